"""The event log: what a line holds, what is done when it cannot be written, what a killed writer leaves."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aim_lib import app as wiring
from aim_lib import audit_chain as chain
from aim_lib import audit_lock, audit_verify
from aim_lib.audit import Audit, Limits, redacted
from aim_lib.audit_append import TORN
from aim_lib.errors import LockHeld, NotPermitted
from aim_lib.redact import MASK, Redactor

from .fakes import audit, host

FIELDS = ["event_type", "timestamp", "severity", "message", "details", "user", "session_id"]


def events(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "audit.jsonl").read_bytes().splitlines()]


def types(folder: Path) -> list[object]:
    return [event["event_type"] for event in events(folder)]


def test_an_event_has_the_predecessors_fields_and_its_place(tmp_path: Path) -> None:
    """Seven fields as they were, who and where, then the chain."""
    audit(tmp_path).write("tool.changed", "pipx:ruff", details={"want": "1.0"})

    (event,) = events(tmp_path)
    assert list(event) == [*FIELDS, "host", "version", "asked_by", "seq", "prev", "hash"]
    assert (event["seq"], event["prev"], event["details"]) == (1, chain.GENESIS, {"want": "1.0"})


def test_each_event_follows_the_one_before(tmp_path: Path) -> None:
    """By number and by hash, whoever writes."""
    for name in ("ada", "bob"):
        replace_user(audit(tmp_path), name).write("health.check", "fine")

    first, second = events(tmp_path)
    assert (second["seq"], second["prev"]) == (2, first["hash"])


def replace_user(log: Audit, user: str) -> Audit:
    log.user = user
    return log


def test_the_log_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    """Its lines stay as they are; an event with their hash begins the chain."""
    before = b'{"event_type":"tool.changed","timestamp":"2026-01-01T00:00:00.000Z"}\n' * 2
    (tmp_path / "audit.jsonl").write_bytes(before)
    audit(tmp_path).write("health.check", "fine")

    assert (tmp_path / "audit.jsonl").read_bytes().startswith(before)
    assert types(tmp_path)[2:] == ["log.continued", "health.check"]
    verdict = audit_verify.verify(tmp_path / "audit.jsonl")
    assert (verdict.unchained, verdict.events, verdict.first_break) == (2, 2, None)


def test_an_old_line_that_was_changed_is_found(tmp_path: Path) -> None:
    """What was there before the chain is sealed by it."""
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b'{"event_type":"tool.changed"}\n')
    audit(tmp_path).write("health.check", "fine")
    path.write_bytes(path.read_bytes().replace(b"tool.changed", b"tool.charged"))

    found = audit_verify.verify(path).first_break
    assert found is not None
    assert (found.kind, found.line) == ("edit", 1)


@pytest.mark.parametrize("kept", [1, 40, 200])
def test_a_torn_line_is_kept_aside_and_said(kept: int, tmp_path: Path) -> None:
    """The chain goes on behind the last whole line; what is torn is in a file of its own."""
    log, path = audit(tmp_path), tmp_path / "audit.jsonl"
    log.write("health.check", "one")
    whole = path.read_bytes()
    log.write("health.check", "two")
    torn = path.read_bytes()[len(whole) :][:kept]
    path.write_bytes(whole + torn)
    (tmp_path / "audit.lock").unlink()
    log.write("health.check", "three")

    assert types(tmp_path) == ["health.check", "log.torn", "health.check"]
    assert (tmp_path / TORN).read_bytes() == torn + b"\n"
    verdict = audit_verify.verify(path)
    assert (verdict.torn, verdict.first_break) == (1, None)


def test_a_long_torn_line_leaves_nothing_behind(tmp_path: Path) -> None:
    """Also when it is longer than what is written in its place."""
    log, path = audit(tmp_path), tmp_path / "audit.jsonl"
    log.write("health.check", "one")
    with path.open("ab") as file:
        file.write(b'{"message":"' + b"x" * 100_000)
    log.write("health.check", "two")

    assert types(tmp_path) == ["health.check", "log.torn", "health.check"]


def test_an_event_that_lacks_its_newline_is_whole(tmp_path: Path) -> None:
    """A kill in front of the last byte loses nothing."""
    log, path = audit(tmp_path), tmp_path / "audit.jsonl"
    log.write("health.check", "one")
    path.write_bytes(path.read_bytes()[:-1])
    log.write("health.check", "two")

    assert types(tmp_path) == ["health.check", "health.check"]
    assert audit_verify.verify(path).first_break is None


def test_what_was_cut_off_is_said_by_the_next_event(tmp_path: Path) -> None:
    """The lock file knows the last number: a log that is shorter than that was touched."""
    log, path = audit(tmp_path), tmp_path / "audit.jsonl"
    for message in ("one", "two", "three"):
        log.write("health.check", message)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:1]))
    log.write("health.check", "four")

    assert types(tmp_path) == ["health.check", "log.cut", "health.check"]
    found = audit_verify.verify(path).first_break
    assert found is not None
    assert (found.kind, found.line) == ("deletion", 2)


def test_a_disabled_log_writes_nothing(tmp_path: Path) -> None:
    """Not even its lock."""
    log = audit(tmp_path / "logs")
    log.is_enabled = False
    log.write("secret.read", "x")

    assert not (tmp_path / "logs").exists()


def no_folder(tmp_path: Path, *, refuses: bool) -> tuple[Audit, list[str]]:
    """A log whose folder is a file, and what it says."""
    (tmp_path / "logs").write_text("", encoding="utf-8")
    said: list[str] = []
    log = audit(tmp_path / "logs")
    log.limits, log.say = Limits(refuses=refuses), said.append
    return log, said


@pytest.mark.parametrize("event_type", ["secret.read", "tool.changing", "config.trusted", "run.began"])
def test_what_must_be_on_record_is_refused(event_type: str, tmp_path: Path) -> None:
    """Exit 7, with what to do."""
    log, _ = no_folder(tmp_path, refuses=True)

    with pytest.raises(NotPermitted, match="cannot be written") as caught:
        log.write(event_type, "x")
    assert 'on_failure = "warn"' in caught.value.remedy
    assert caught.value.exit_code == 7


@pytest.mark.parametrize(("event_type", "refuses"), [("health.check", True), ("secret.read", False)])
def test_what_need_not_be_on_record_is_only_warned_of(event_type: str, refuses: bool, tmp_path: Path) -> None:
    """Reading goes on, and so does everything where the user wants that."""
    log, said = no_folder(tmp_path, refuses=refuses)
    log.write(event_type, "x")

    assert len(said) == 1
    assert "cannot be written" in said[0]


def test_who_holds_the_lock_is_to_be_ended(tmp_path: Path) -> None:
    """Room or access would not help: the remedy is the lock's."""
    log = audit(tmp_path)
    log.lock_wait_s = 0
    with audit_lock.held(tmp_path), pytest.raises(NotPermitted, match="another process holds") as caught:
        log.write("secret.read", "x")

    assert "end the process that hangs" in caught.value.remedy


def test_what_is_no_text_is_written_all_the_same(tmp_path: Path) -> None:
    """Python keeps bytes that are not UTF-8 in file names and arguments as half surrogates; JSON has none."""
    audit(tmp_path).write("run.began", "caf\udce9", details={"\udce9": ["a\udce9", 5]})

    (event,) = events(tmp_path)
    assert (event["message"], event["details"]) == ("caf\\udce9", {"\\udce9": ["a\\udce9", 5]})


def test_a_secret_that_is_no_text_is_masked(tmp_path: Path) -> None:
    """Before its bytes are spelled out, or nobody would know it again."""
    redactor, log = Redactor(), audit(tmp_path)
    redactor.learn(["pass\udce9word"])
    log.redact = redactor.text
    log.write("run.began", "a pass\udce9word b", details={"at": Path("/pass\udce9word")})

    (event,) = events(tmp_path)
    assert (event["message"], event["details"]) == (f"a {MASK} b", {"at": f"/{MASK}"})


FULL = """
import resource, signal, sys
from pathlib import Path
from tests.fakes import audit
from aim_lib.errors import NotPermitted
log = audit(Path(sys.argv[1]))
log.write("secret.read", "one")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = (Path(sys.argv[1]) / "audit.jsonl").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))
try:
    log.write("secret.read", "two")
except NotPermitted:
    sys.exit(7)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits stand for a full disk")
def test_a_disk_that_fills_up_within_a_line_leaves_whole_lines(tmp_path: Path) -> None:
    """The part that was taken is taken back."""
    code = subprocess.run([sys.executable, "-c", FULL, tmp_path], check=False, cwd=Path(__file__).parents[1]).returncode

    assert code == 7
    assert [event["message"] for event in events(tmp_path)] == ["one"]
    assert audit_verify.verify(tmp_path / "audit.jsonl").first_break is None


def test_a_lock_that_is_not_given_back_is_named(tmp_path: Path) -> None:
    """Whoever was stopped while writing does not stop everybody for ever."""
    with audit_lock.held(tmp_path), pytest.raises(LockHeld, match=r"audit\.lock"), audit_lock.held(tmp_path, wait_s=0):
        pass


def test_a_secret_is_masked_before_the_line_is_formed(tmp_path: Path) -> None:
    """Also one that JSON escapes, one in a key, one that is a number."""
    redactor = Redactor()
    redactor.learn(['qu"ote\\\n', "1234567890"])
    log = audit(tmp_path)
    log.redact = redactor.text
    log.write("run.began", 'a qu"ote\\\n b', details={"1234567890": {"n": [1234567890, 5]}})

    (event,) = events(tmp_path)
    assert (event["message"], event["details"]) == (f"a {MASK} b", {MASK: {"n": [MASK, 5]}})


def test_a_value_whose_key_gives_it_away_is_masked() -> None:
    """npm's token is none that we know, but its key is."""
    assert redacted({"_authToken": "abc", "name": "x"}, Redactor().text) == {"_authToken": MASK, "name": "x"}


@pytest.mark.parametrize(
    ("env", "asked"),
    [
        ({"CLAUDECODE": "1", "CI": "1"}, "agent:claudecode"),
        ({"CI": "true"}, "ci"),
        ({}, "program"),
    ],
)
def test_who_asked_is_on_record(env: dict[str, str], asked: str, tmp_path: Path) -> None:
    """An agent shows itself by a variable."""
    built = wiring.build(host("linux", tmp_path, env=env, name="box"))

    assert (built.audit.asked_by, built.audit.host, bool(built.audit.version)) == (asked, "box", True)


def test_what_we_start_belongs_to_our_session(tmp_path: Path) -> None:
    """The session is passed on in the environment; one that is no word is not taken."""
    first = wiring.build(host("linux", tmp_path))
    second = wiring.build(first.host)
    third = wiring.build(host("linux", tmp_path, env={"AIM_SESSION_ID": "a b\n"}))

    assert second.audit.session_id == first.audit.session_id
    assert third.audit.session_id != "a b\n"


WRITER = """
import sys
from pathlib import Path
from tests.fakes import audit
log = audit(Path(sys.argv[1]))
log.user = sys.argv[2]
for number in range(int(sys.argv[3])):
    log.write("health.check", str(number))
"""


def writers(folder: Path, count: int, each: int) -> Iterator[subprocess.Popen[bytes]]:
    for name in range(count):
        argv = [sys.executable, "-c", WRITER, str(folder), str(name), str(each)]
        yield subprocess.Popen(argv, cwd=Path(__file__).parents[1])


def test_many_processes_write_one_chain(tmp_path: Path) -> None:
    """Nothing is lost, nothing is torn, and each one's order is kept."""
    codes = [writer.wait() for writer in list(writers(tmp_path, 4, 100))]

    assert codes == [0] * 4
    verdict = audit_verify.verify(tmp_path / "audit.jsonl")
    assert (verdict.events, verdict.first_break, verdict.torn) == (400, None, 0)
    numbers = [event["message"] for event in events(tmp_path) if event["user"] == "2"]
    assert numbers == [str(number) for number in range(100)]


def test_the_log_is_for_its_owners_eyes(tmp_path: Path) -> None:
    """What was done, and when, is nobody else's business."""
    audit(tmp_path / "logs").write("health.check", "x")

    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "logs").iterdir()}
    assert modes == {0o600} or os.name == "nt"


def test_a_link_in_the_place_of_the_log_is_not_followed(tmp_path: Path) -> None:
    """Events are not written where somebody else points."""
    (tmp_path / "audit.jsonl").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(NotPermitted, match=os.strerror(errno.ELOOP)):
        audit(tmp_path).write("secret.read", "x")
