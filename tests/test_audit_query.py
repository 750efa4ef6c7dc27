"""Questions to the event log: what fits, in which order, over every part of it, and how many."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from aim_lib import audit_families, audit_query, audit_rotation, audit_segments
from aim_lib.audit import Audit
from aim_lib.audit_export import export
from aim_lib.audit_query import Question
from aim_lib.audit_stats import stats
from aim_lib.errors import BadConfig, Failed
from aim_lib.host import iso

from . import event_logs
from .fakes import NOON, audit


def log_in(folder: Path, *events: tuple[str, str, int]) -> Audit:
    """A log of (type, message, hours after noon), a part of it sealed and compressed after each second event."""
    log = audit(folder)
    for number, (kind, message, hours) in enumerate(events, 1):
        log.write(kind, message, details={"tool": message[:4]}, timestamp=iso(NOON + timedelta(hours=hours)))
        if number % 2 == 0:
            audit_rotation.seal(log.path)
            audit_rotation.pack_sealed(folder)
    return log


def asked(log: Audit, **told: str) -> list[str]:
    """The messages of what fits; `kind` and `family` are words as the command line has them."""
    wanted = [
        found
        for found in (audit_families.by_type(told.pop("kind", "")), audit_families.by_family(told.pop("family", "")))
        if found is not None
    ]
    return [event.message for event in audit_query.ask(log.path, Question(wanted=tuple(wanted), **told))]


FIVE = (
    ("tool.changed", "ruff 1", 0),
    ("secret.read", 'KEY "q" Ä', 1),
    ("tool.failed", "ruff 2", 2),
    ("secret.set", "KEY set", 3),
    ("health.check", "fine", 4),
)


def test_the_newest_comes_first_over_all_parts(tmp_path: Path) -> None:
    """Segments and the newest file are one log."""
    log = log_in(tmp_path, *FIVE)

    assert len(audit_segments.segments(tmp_path)) == 2
    assert asked(log) == [message for _, message, _ in reversed(FIVE)]


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"kind": "tool.changed"}, ["ruff 1"]),
        ({"kind": "tool.*"}, ["ruff 2", "ruff 1"]),
        ({"kind": "secret_get"}, ['KEY "q" Ä']),
        ({"family": "secret_access"}, ["KEY set", 'KEY "q" Ä']),
        ({"family": "error"}, ["ruff 2"]),
        ({"family": "tool_install", "kind": "error"}, ["ruff 2"]),
        ({"tool": "ruff"}, ["ruff 2", "ruff 1"]),
        ({"text": '"Q" ä'}, ['KEY "q" Ä']),
        ({"session": "session", "text": "fine"}, ["fine"]),
        ({"session": "another"}, []),
        ({"severity": "error"}, []),
        ({"since": "2026-01-02T15:00:00.000Z"}, ["fine", "KEY set"]),
        ({"until": "2026-01-02T12:30:00.000Z"}, ["ruff 1"]),
        ({"since": "2026-01-02T13:00:00.000Z", "until": "2026-01-02T14:00:00.000Z"}, ["ruff 2", 'KEY "q" Ä']),
    ],
)
def test_what_fits_is_found(told: dict[str, str], found: list[str], tmp_path: Path) -> None:
    """By each question alone and by two at once."""
    assert asked(log_in(tmp_path, *FIVE), **told) == found


def test_a_clock_that_was_set_back_hides_nothing(tmp_path: Path) -> None:
    """An older part may have later times than a newer one."""
    log = log_in(tmp_path, ("a.b", "late", 9), ("a.b", "x", 0), ("a.b", "y", 1), ("a.b", "z", 1), ("a.b", "w", 2))

    assert asked(log, since="2026-01-02T20:00:00.000Z") == ["late"]


def test_a_change_is_an_install_an_upgrade_or_a_removal(tmp_path: Path) -> None:
    """The predecessor had a type for each; our changes say what was there and what was wanted."""
    log = audit(tmp_path)
    for have, want in (("", "1"), ("1", "2"), ("2", "")):
        log.write("tool.changed", f"{have}-{want}", details={"have": have, "want": want})

    assert asked(log, kind="tool_install") == ["-1"]
    assert asked(log, kind="tool_upgrade") == ["1-2"]
    assert asked(log, kind="tool_uninstall") == ["2-"]


def test_an_event_that_quotes_another_is_found_once(tmp_path: Path) -> None:
    """Its details may hold what is looked for, too."""
    log = audit(tmp_path)
    log.write("secret.read", "quotes", details={"event_type": "secret.injected", "severity": "error"})

    assert asked(log, kind="secret_get") == ["quotes"]
    assert asked(log, kind="secret.injected") == asked(log, severity="error") == []


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1h", "2026-01-02T11:00:00.000Z"),
        ("2d", "2025-12-31T12:00:00.000Z"),
        ("2026-01-01", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T12:00+02:00", "2026-01-01T10:00:00.000Z"),
        ("", ""),
    ],
)
def test_times_are_read_as_people_write_them(text: str, moment: str) -> None:
    """Ago, or ISO 8601; a time without a zone is UTC."""
    assert audit_query.moment(text, NOON) == moment


def test_what_is_no_time_is_refused() -> None:
    """With how to write one."""
    with pytest.raises(BadConfig, match="is no time"):
        audit_query.moment("soon", NOON)


def test_whole_segments_are_counted_by_their_indexes(tmp_path: Path) -> None:
    """The same numbers as by reading every event."""
    path = event_logs.make(tmp_path, 3000, NOON)

    by_index = stats(path, Question())
    one_by_one = stats(path, Question(severity="", until="9999"))
    assert by_index == one_by_one
    assert by_index.total == 3000


def test_blocks_without_the_type_are_not_opened(tmp_path: Path) -> None:
    """The index knows what is in each."""
    path = event_logs.make(tmp_path, 3000, NOON)
    (segment, *_) = audit_segments.segments(tmp_path)
    segment.path.write_bytes(b"\0" * segment.path.stat().st_size)
    wanted = audit_families.by_type("scan.nothing")
    assert wanted is not None

    assert list(audit_query.ask(path, Question(wanted=(wanted,)))) == []


def test_segments_that_lie_in_the_time_are_counted_by_their_indexes(tmp_path: Path) -> None:
    """The same numbers as one by one; what lies between the first and the last is not opened."""
    path = event_logs.make(tmp_path, 3000, NOON)
    log = audit(tmp_path)
    for _ in range(2):
        audit_rotation.seal(path)
        audit_rotation.pack_sealed(tmp_path)
        log.write("health.check", "late", timestamp=iso(NOON))
    asked = Question(since=iso(NOON - timedelta(hours=1)), until=iso(NOON))
    told = {asked: stats(path, asked), Question(until=asked.since): stats(path, Question(until=asked.since))}
    by_each = {asked: [event.event_type for event in audit_query.ask(path, asked)] for asked in told}
    _, middle, *_ = audit_segments.segments(tmp_path)
    middle.path.write_bytes(b"\0" * middle.path.stat().st_size)

    for each, found in told.items():
        assert found.total == len(by_each[each]) > 0
        assert found.counts["type"] == Counter(by_each[each])
    assert stats(path, asked) == told[asked]


@pytest.mark.parametrize("told", [{"tool": "nothing"}, {"severity": "critical"}])
def test_segments_without_the_tool_or_severity_are_not_opened(told: dict[str, str], tmp_path: Path) -> None:
    """Their indexes count both."""
    log = log_in(tmp_path, *FIVE)
    for segment in audit_segments.segments(tmp_path):
        segment.path.write_bytes(b"\0" * segment.path.stat().st_size)

    assert asked(log, **told) == []


def test_a_damaged_segment_is_named(tmp_path: Path) -> None:
    """With what can be done."""
    log = log_in(tmp_path, *FIVE)
    (first, _) = audit_segments.segments(tmp_path)
    first.path.write_bytes(b"\0" * first.path.stat().st_size)

    with pytest.raises(Failed, match=re.escape(f"{first.path} is damaged")) as caught:
        asked(log)
    assert "aim audit verify" in caught.value.remedy


def test_lines_that_are_no_events_hide_none(tmp_path: Path) -> None:
    """Of an earlier version, of another program, or damaged: what can be read is found and counted."""
    log = audit(tmp_path)
    strange = (
        b'hello\n{"event_type":"a.b","details":[1]}\n{"event_type":"a.b","timestamp":"2026","details":{"tool":5}}\n'
    )
    log.path.write_bytes(strange)
    log.write("a.b", "ours", details={"tool": "ruff"})

    assert asked(log, kind="a.b") == ["ours", ""]
    assert stats(log.path, Question()).counts["type"] == {"a.b": 3, "log.continued": 1}
    assert stats(log.path, Question()).counts["tool"] == {"ruff": 1}


def test_an_index_that_is_gone_is_made_again(tmp_path: Path) -> None:
    """It holds nothing that the segment does not."""
    log = log_in(tmp_path, *FIVE)
    for segment in audit_segments.segments(tmp_path):
        segment.index_path.unlink()

    assert len(asked(log)) == 5


def test_new_events_are_followed_over_a_rotation(tmp_path: Path) -> None:
    """In their order, each once, and nothing from before."""
    log = log_in(tmp_path, *FIVE[:3])
    later = iter(["one", "two", "three"])

    def meanwhile() -> None:
        log.write("tool.changed", next(later))
        audit_rotation.seal(log.path)
        log.write("health.check", "no answer")

    wanted = audit_families.by_type("tool.changed")
    assert wanted is not None
    found = audit_query.follow(log.path, Question(wanted=(wanted,)), meanwhile)

    assert [event.message for event in itertools.islice(found, 3)] == ["one", "two", "three"]


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_an_export_holds_every_event_in_its_order(form: str, tmp_path: Path) -> None:
    """Oldest first; JSON lines are the log's own."""
    log = log_in(tmp_path, *FIVE)
    text = b"".join(export(audit_query.lines(log.path, Question()), form)).decode()

    rows: list[dict[str, str]] = list(csv.DictReader(io.StringIO(text)))
    if form != "csv":
        rows = json.loads(text if form == "json" else f"[{','.join(text.splitlines())}]")
    assert [row["message"] for row in rows] == [message for _, message, _ in FIVE]
    assert form != "jsonl" or text.splitlines()[-1].encode() + b"\n" == log.path.read_bytes()


def test_an_export_of_nothing_is_an_empty_list() -> None:
    """And still JSON."""
    assert json.loads(b"".join(export([], "json"))) == []
