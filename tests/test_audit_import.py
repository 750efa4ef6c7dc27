"""The predecessors' logs: their times are mended, and nothing that a tool was given comes along."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from aim_lib import audit_import


@pytest.mark.parametrize(
    ("old", "mended"),
    [
        ("2025-11-30T10:00:00.123456+00:00Z", "2025-11-30T10:00:00.123Z"),
        ("2025-11-12T10:04:05-05:00", "2025-11-12T15:04:05.000Z"),
        ("2025-10-01T10:00:00.1234567+02:00", "2025-10-01T08:00:00.123Z"),
        ("2025-10-01T10:00:00", "2025-10-01T10:00:00.000Z"),
        ("/Date(1759300000000)/", "2025-10-01T06:26:40.000Z"),
        ("2025-10-01T10:00:00Z", "2025-10-01T10:00:00.000Z"),
    ],
)
def test_times_are_mended(old: str, mended: str) -> None:
    """Each as one of the programs really wrote it."""
    assert audit_import.mended(old) == mended


@pytest.mark.parametrize("stamp", ["", None, "soon"])
def test_what_is_no_time_is_refused(stamp: object) -> None:
    """An event without a time is none that can be found again."""
    with pytest.raises(ValueError, match="is no time"):
        audit_import.mended(stamp)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The others are read all the same."""
    (tmp_path / "a.jsonl").write_text('{"event_type":"x","timestamp":"2025-01-01"}\n\n{broken\n', encoding="utf-8")
    (tmp_path / "b.json").write_bytes(b"\xff\xfe")

    found = audit_import.read(tmp_path)
    assert [event.event_type for event in found.events] == ["x"]
    assert [line.partition(": ")[0] for line in found.refused] == [f"{tmp_path}/a.jsonl:3", f"{tmp_path}/b.json"]


def test_what_a_tool_was_given_stays_behind(tmp_path: Path) -> None:
    """The predecessors wrote it down unmasked."""
    text = b'{"timestamp":"2025-01-01","tool_id":"x","payload":"sk-1","result":{"content":"sk-1"},"capability":"c"}'
    event = audit_import.parse({"timestamp": "2025-01-01", "tool_id": "x", "payload": "sk-1"}, "x.json", text)

    assert "sk-1" not in repr(event)


def test_an_event_is_known_again(tmp_path: Path) -> None:
    """By its file's name and its bytes."""
    (tmp_path / "a.jsonl").write_text('{"event_type":"x","timestamp":"2025-01-01"}\n', encoding="utf-8")

    first, second = audit_import.read(tmp_path), audit_import.read(tmp_path / "a.jsonl")
    assert first.events == second.events


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A folder that is named like one is none."""
    (tmp_path / "a.jsonl").write_text('{"event_type":"x","timestamp":"2025-01-01"}\n', encoding="utf-8")
    (tmp_path / "old.json").mkdir()
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")

    found = audit_import.read(tmp_path)
    assert [event.event_type for event in found.events] == ["x"]
    assert found.refused == (f"{tmp_path / 'gone.json'}: {os.strerror(errno.ENOENT)}",)
