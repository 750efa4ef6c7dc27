"""Tells somebody who is not looking: a line in a file, a note on the desktop, a document for a web address.

A channel that fails is told of and does not stop the others. The address of a webhook is a secret: it is never shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from . import files
from .errors import AimError, CommandFailed, MissingProgram, NotPermitted
from .host import Host
from .model import Record, Status
from .proc import Runner

DESKTOP_S, WEBHOOK_S = 10.0, 10.0
LONGEST_ANSWER = 1 << 20
# The text comes in variables: PowerShell reads none of it as code.
_TOAST = (
    "$m = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]; "
    "$x = $m::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02); "
    "$t = $x.GetElementsByTagName('text'); "
    "[void]$t.Item(0).AppendChild($x.CreateTextNode($env:AIM_NOTICE_TITLE)); "
    "[void]$t.Item(1).AppendChild($x.CreateTextNode($env:AIM_NOTICE_TEXT)); "
    "$n = [Windows.UI.Notifications.ToastNotification, Windows.UI.Notifications, ContentType = WindowsRuntime]; "
    "$m::CreateToastNotifier('AIM').Show($n::new($x))"
)
# Here it comes as arguments, for the same reason.
_APPLE = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What happened: `kind` such as "health.changed", a title and a text for people, and `details` for programs."""

    kind: str
    timestamp: str
    title: str
    text: str
    host: str = ""
    severity: str = "info"
    details: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Channels:
    """Where notices go. `file` is absolute."""

    host: Host
    runner: Runner
    desktop: bool = False
    webhook: str = ""
    file: Path | None = None

    @property
    def is_silent(self) -> bool:
        return not (self.desktop or self.webhook or self.file)


def tell(notice: Notice, channels: Channels) -> tuple[Record, ...]:
    """Send `notice` through every channel; one Record each, failed ones with a remedy. Raises nothing."""
    ways: list[tuple[str, Callable[[], str]]] = []
    if channels.file is not None:
        ways.append(("file", lambda: _to_file(notice, channels)))
    if channels.desktop:
        ways.append(("desktop", lambda: _to_desktop(notice, channels)))
    if channels.webhook:
        ways.append(("webhook", lambda: _to_webhook(notice, channels)))
    return tuple(_attempt(name, send) for name, send in ways)


def desktop_argv(notice: Notice, host: Host) -> tuple[str, ...]:
    """The program that shows a note on this system."""
    if host.system == "macos":
        return ("/usr/bin/osascript", "-e", _APPLE, notice.title, notice.text)
    if host.is_windows:
        return ("powershell.exe", "-NoProfile", "-NonInteractive", "-Command", _TOAST)
    urgency = "critical" if notice.severity in ("error", "critical") else "normal"
    return ("notify-send", "--app-name=AIM", f"--urgency={urgency}", "--", notice.title, notice.text)


def _attempt(name: str, send: Callable[[], str]) -> Record:
    identity = f"notice:{name}"
    try:
        return Record(id=identity, status=Status.OK, title=name, detail=send())
    except AimError as error:
        return Record(id=identity, status=Status.FAILED, title=name, detail=error.message, remedy=error.remedy)


def _to_file(notice: Notice, channels: Channels) -> str:
    if channels.file is None:
        return ""
    try:
        files.append_line(channels.file, msgspec.json.encode(notice).decode())
    except OSError as error:
        remedy = "see to it that you may write there, or change file in [alerts]"
        raise NotPermitted(f"{channels.file} cannot be written: {error.strerror}", remedy=remedy) from error
    return str(channels.file)


def _to_desktop(notice: Notice, channels: Channels) -> str:
    argv = desktop_argv(notice, channels.host)
    env = {**channels.host.env, "AIM_NOTICE_TITLE": notice.title, "AIM_NOTICE_TEXT": notice.text}
    try:
        done = channels.runner.run(argv, env=env, timeout_s=DESKTOP_S)
    except MissingProgram as error:
        remedy = "install it (Debian: apt install libnotify-bin), or desktop = false in [alerts]"
        raise MissingProgram(f"{argv[0]}, which shows notes, is not here", remedy=remedy) from error
    if not done.is_ok:
        said = done.last_words(1) or f"exit {done.exit_code}"
        raise CommandFailed(f"{Path(argv[0]).name}: {said}", remedy="is there a desktop? else: desktop = false")
    return Path(argv[0]).name


def _to_webhook(notice: Notice, channels: Channels) -> str:
    from .wire import Hiccup, Refused, Wire

    parts = urlsplit(channels.webhook)
    place = f"{parts.scheme}://{parts.hostname}"  # the rest may be the secret
    remedy = "look at webhook in [alerts]"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CommandFailed("the webhook is no http address", remedy=remedy)
    wire = Wire(channels.host, WEBHOOK_S, LONGEST_ANSWER)
    try:
        headers = {"Content-Type": "application/json", "User-Agent": "aim"}
        answer = wire.post(parts, headers, msgspec.json.encode(notice))
    except (Hiccup, Refused) as error:
        raise CommandFailed(f"{place}: {error}", remedy=remedy) from None
    finally:
        wire.close()
    if not 200 <= answer.status < 300:
        raise CommandFailed(f"{place} answers {answer.status}", remedy=remedy)
    return place
