"""Watches folders that nothing should change, and tells when something does."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from aim_lib.quantities import counted

from . import _watching
from ._app import asked, command, say_always
from ._noticing import channels_of, tell
from ._scanning import configured

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result
    from aim_lib.watcher import Seen, Watcher

JOB = "alerts"
FILE = "alerts.jsonl"
TOLD = 100  # paths in one notice; the file has all of them
WORDS = {"made": "made", "changed": "changed", "gone": "removed"}


@command()
def install(app: App) -> Result:
    """Watch the folders of alerts.protect as a service of yours."""
    _roots(app)
    return _watching.install(app, JOB, "AIM: watches protected folders", ("alerts", "watch"))


@command()
def remove(app: App) -> Result:
    """Take that service away."""
    return _watching.remove(app, JOB)


@command()
def test(app: App) -> Result:
    """Send a test notice through every channel of [alerts], and say what became of each; exits 1 when one failed."""
    from aim_lib.model import Record, Result, Status
    from aim_lib.notices import Notice

    channels = channels_of(app)
    if channels.is_silent:
        remedy = 'desktop = true, webhook = "https://…" or file = "~/notices.jsonl" in [alerts]'
        none = Record(
            id="alerts", status=Status.FAILED, title="alerts", detail="no channel is configured", remedy=remedy
        )
        return Result(records=(none,), exit_code=1)
    notice = Notice(
        kind="alert.test",
        timestamp=app.audit.stamp(),
        title="AIM: a test",
        text="this is what an alert looks like",
        host=app.host.name,
    )
    if asked().dry_run:
        names = [name for name in ("file", "desktop", "webhook") if getattr(channels, name)]
        return Result(closing=(f"would send a test notice by {', '.join(names)}",))
    records = tell(app, notice)
    return Result(records=records, exit_code=1 if any(record.remedy for record in records) else 0)


@command(help={"once": "compare nothing: say what would be watched, and end"})
def watch(app: App, once: bool = False) -> Result:
    """What the service runs: tell of every change in the protected folders outside the allowed ones, until ended."""
    from aim_lib.model import Result

    watcher = _watcher(app)
    told, is_begun = 0, False

    def act(seen: Seen) -> None:
        nonlocal told, is_begun
        told += _tell(app, seen) if is_begun else 0
        is_begun = True

    try:
        if once or asked().dry_run:
            watcher.look()
        else:
            _watching.follow(watcher.watch(), act)
    finally:
        watcher.hints.close()
    folders = watcher.view.folders
    files = sum(len(folder.files) for folder in folders.values())
    closing = f"{', '.join(watcher.view.roots)}: {counted(len(folders), 'folder')}, {counted(files, 'file')}"
    return Result(closing=(closing,), body={"folders": len(folders), "files": files, "alerts": told})


# --- how they are done --------------------------------------------------------------------------------------------


def _roots(app: App) -> tuple[str, ...]:
    """The protected folders. Raises BadConfig when there are none."""
    from aim_lib.errors import BadConfig
    from aim_lib.walking import outermost

    roots = outermost(map(str, configured(app, "alerts.protect", app.settings.config.alerts.protect)))
    if not roots:
        raise BadConfig("no folder is protected", remedy='protect = ["~/.ssh"] in [alerts]')
    return roots


def _watcher(app: App) -> Watcher:
    from aim_lib import hints
    from aim_lib.listing import Rules
    from aim_lib.sweeping import View
    from aim_lib.watcher import Watcher

    roots = _roots(app)
    rules = Rules(_is_allowed(app), mounts=None)
    view = View(roots, rules, counts_files=True)
    return Watcher(view, hints.for_host(app.host, roots, contents=True), _watching.times_of(app))


def _is_allowed(app: App) -> Callable[[str, str], bool]:
    """Whether an entry, by its name and its path, may change: it is not even looked at."""
    import os

    from aim_lib.walking import is_in

    told = app.settings.config.alerts.allow
    names = [each for each in told if "/" not in each and "\\" not in each and each != "~"]
    rest = configured(app, "alerts.allow", (each for each in told if each not in names))
    folders = [*(os.path.realpath(each) for each in rest), str(_file(app))]

    def is_allowed(name: str, path: str) -> bool:
        return any(fnmatch.fnmatch(name, each) for each in names) or any(is_in(path, each) for each in folders)

    return is_allowed


def _file(app: App) -> Path:
    return app.host.folders.logs / FILE


def _tell(app: App, seen: Seen) -> int:
    """Put every change down, and send one notice for what came together; returns how many there were."""
    import json

    from aim_lib import files
    from aim_lib.pathtext import shown
    from aim_lib.quantities import counted

    swept = seen.swept
    changes = [*swept.files, *(("made", path) for path in swept.added), *(("gone", path) for path in swept.removed)]
    if not changes:
        return 0
    stamp = app.audit.stamp()
    lines = [(WORDS[word], shown(path, "")) for word, path in sorted(changes, key=lambda each: each[1])]
    for word, path in lines:
        say_always(f"  ! {word}: {path}")
        document = {"timestamp": stamp, "kind": "alert.changed", "change": word, "path": path, "host": app.host.name}
        files.append_line(_file(app), app.redactor.text(json.dumps(document, ensure_ascii=False)))
    more = " …" if len(lines) > 1 else ""
    text = f"{counted(len(lines), 'change')} in protected folders: {lines[0][1]} was {lines[0][0]}{more}"
    details = {"count": len(lines), "changes": [{"change": word, "path": path} for word, path in lines[:TOLD]]}
    app.audit.write("alert.changed", text, severity="warning", details=details)
    _watching.notify(app, "alert.changed", "a protected folder has changed", text, details)
    return len(lines)
