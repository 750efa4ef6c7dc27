"""Notices reach every channel that there is; one that fails does not stop the others, and no address is shown."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from aim_lib import notices
from aim_lib.errors import MissingProgram
from aim_lib.model import Status
from aim_lib.notices import Channels, Notice
from aim_lib.proc import Runner

from .fakes import ScriptedRunner, host, stub
from .webserver import Page, Server, on_loopback_only, serving

NOTICE = Notice(
    kind="health.changed",
    timestamp="2026-01-02T12:00:00.000Z",
    title="AIM: unhealthy",
    text='git is missing; "$HOME" `id`',
    severity="error",
    details={"was": "healthy"},
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(socket.socket, "connect", on_loopback_only)
    with serving() as running:
        yield running


def channels(tmp_path: Path, runner: Runner | None = None, **more: object) -> Channels:
    return Channels(host(home=tmp_path), runner or ScriptedRunner(), **more)  # type: ignore[arg-type]


def test_a_file_gets_a_line_each(tmp_path: Path) -> None:
    """Lines of JSON, in a folder that is made."""
    to = channels(tmp_path, file=tmp_path / "new" / "notices.jsonl")

    notices.tell(NOTICE, to)
    (record,) = notices.tell(NOTICE, to)

    told = [json.loads(line) for line in (tmp_path / "new" / "notices.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["kind"] for line in told] == ["health.changed"] * 2
    assert record.status is Status.OK


def test_a_webhook_is_sent_the_notice(server: Server, tmp_path: Path) -> None:
    """As JSON, once."""
    server.put("/hook/s3cret", Page(b"ok"))

    (record,) = notices.tell(NOTICE, channels(tmp_path, webhook=f"{server.url}/hook/s3cret"))

    assert [json.loads(body)["title"] for body in server.sent] == ["AIM: unhealthy"]
    assert dict(server.asked[0][1])["content-type"] == "application/json"
    assert record.status is Status.OK


@pytest.mark.parametrize("page", [Page(status=500), Page(status=404), Page(status=302, headers={"Location": "/x"})])
def test_a_webhook_that_refuses_is_told_without_its_address(server: Server, page: Page, tmp_path: Path) -> None:
    """Its path is the secret; no redirect is followed."""
    server.put("/hook/s3cret?token=t0ken", page)

    (record,) = notices.tell(NOTICE, channels(tmp_path, webhook=f"{server.url}/hook/s3cret?token=t0ken"))

    assert record.status is Status.FAILED
    assert record.detail == f"http://127.0.0.1 answers {page.status}"
    assert record.remedy == "look at webhook in [alerts]"


def test_a_webhook_that_nobody_answers_is_told_without_its_address(server: Server, tmp_path: Path) -> None:
    """Nor does the reason repeat it."""
    port = server.url.rpartition(":")[2]
    url = server.url.replace(port, "1") + "/hook/s3cret"

    (record,) = notices.tell(NOTICE, channels(tmp_path, webhook=url))

    assert record.status is Status.FAILED
    assert "s3cret" not in record.detail + record.remedy


def test_one_channel_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    """Each has a record of its own."""
    (tmp_path / "a file").touch()
    to = channels(tmp_path, desktop=True, webhook="ftp://x/s3cret", file=tmp_path / "a file" / "below")

    told = {record.id: record.status for record in notices.tell(NOTICE, to)}

    assert told == {
        "notice:file": Status.FAILED,
        "notice:desktop": Status.OK,
        "notice:webhook": Status.FAILED,
    }


@pytest.mark.parametrize(
    ("system", "program"), [("linux", "notify-send"), ("macos", "/usr/bin/osascript"), ("windows", "powershell.exe")]
)
def test_a_note_on_the_desktop_is_text_and_no_code(system: str, program: str) -> None:
    """What was found is no part of a script: it comes as an argument of its own, or in a variable."""
    argv = notices.desktop_argv(NOTICE, host(system))

    assert argv[0] == program
    assert all(NOTICE.text == word or "$HOME" not in word for word in argv)


def test_a_real_notify_send_gets_title_and_text(tmp_path: Path) -> None:
    """With the urgency of what happened."""
    stub(tmp_path / "bin", "notify-send", f'printf "%s\\n" "$@" >"{tmp_path}/said"')
    on = host(home=tmp_path, env={"PATH": str(tmp_path / "bin")})

    notices.tell(NOTICE, Channels(on, Runner(), desktop=True))

    said = (tmp_path / "said").read_text(encoding="utf-8").splitlines()
    assert said == ["--app-name=AIM", "--urgency=critical", "--", NOTICE.title, NOTICE.text]


def test_no_program_for_notes_says_what_to_install(tmp_path: Path) -> None:
    """Or to switch them off."""

    def gone(_argv: tuple[str, ...]) -> tuple[int, str, str]:
        raise MissingProgram("notify-send cannot be found")

    (record,) = notices.tell(NOTICE, channels(tmp_path, ScriptedRunner(answer=gone), desktop=True))

    assert record.status is Status.FAILED
    assert "apt install libnotify-bin" in record.remedy


def test_without_channels_nothing_is_told(tmp_path: Path) -> None:
    """That is what a machine without [alerts] does."""
    to = channels(tmp_path)

    assert to.is_silent
    assert notices.tell(NOTICE, to) == ()
