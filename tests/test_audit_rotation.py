"""Putting away the event log and other files: nothing is lost, whenever it is stopped."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from aim_lib import audit_lock, audit_rotation, audit_segments, audit_verify
from aim_lib.audit import Limits
from aim_lib.audit_others import Other, put_away
from aim_lib.audit_query import Question, ask
from aim_lib.audit_zstd import frames
from aim_lib.errors import BadConfig

from .fakes import NOON, audit


def messages(folder: Path) -> list[str]:
    return [event.message for event in ask(folder / "audit.jsonl", Question())][::-1]


def test_a_large_log_is_sealed_and_goes_on(tmp_path: Path) -> None:
    """The chain goes over the seam."""
    log = audit(tmp_path)
    log.limits = Limits(max_bytes=1000)
    for number in range(20):
        log.write("health.check", str(number))

    verdict = audit_verify.verify(log.path)
    assert len(audit_segments.segments(tmp_path)) >= 3
    assert messages(tmp_path) == [str(number) for number in range(20)]
    assert (verdict.events, verdict.first_break) == (20, None)


def test_an_old_log_is_sealed_by_the_first_event_of_a_run(tmp_path: Path) -> None:
    """Whatever its size."""
    log = audit(tmp_path)
    log.write("health.check", "old", timestamp="2025-01-01T00:00:00.000Z")
    again = audit(tmp_path)
    again.limits = Limits(max_age_days=30)
    again.write("health.check", "new")

    assert len(audit_segments.segments(tmp_path)) == 1
    assert not log.path.exists()


@pytest.mark.parametrize("left", ["plain", "plain and part", "both"])
def test_a_rotation_that_was_killed_is_finished_by_the_next(left: str, tmp_path: Path) -> None:
    """In the middle all is there once, and afterwards, too."""
    log = audit(tmp_path)
    for number in range(4):
        log.write("health.check", str(number))
    sealed = audit_rotation.seal(log.path)
    assert sealed is not None
    content = sealed.read_bytes()
    if left == "plain and part":
        (tmp_path / "audit-000000000001.jsonl.zst.part").write_bytes(b"\x28\xb5")
    if left == "both":
        audit_rotation.pack_sealed(tmp_path)
        sealed.write_bytes(content)
    log.write("health.check", "4")

    assert messages(tmp_path) == ["0", "1", "2", "3", "4"]
    assert audit_verify.verify(log.path).first_break is None
    audit_rotation.pack_sealed(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    segment = "audit-000000000001"
    locks = ["audit.jsonl", "audit.lock", "audit.rotate.lock"]
    assert names == [f"{segment}.index.json", f"{segment}.jsonl.zst", *locks]


def test_a_torn_log_is_mended_before_it_is_sealed(tmp_path: Path) -> None:
    """A segment ends in a whole line."""
    log = audit(tmp_path)
    log.write("health.check", "one")
    log.path.write_bytes(log.path.read_bytes() + b"{")

    assert audit_rotation.seal(log.path) is None


def test_a_damaged_compressed_part_does_not_cost_the_plain_one(tmp_path: Path) -> None:
    """Where both lie there, the plain part goes only when the other one was read back."""
    log = audit(tmp_path)
    log.write("health.check", "one")
    sealed = audit_rotation.seal(log.path)
    assert sealed is not None
    content = sealed.read_bytes()
    (packed,) = audit_rotation.pack_sealed(tmp_path)
    sealed.write_bytes(content)
    packed.path.write_bytes(packed.path.read_bytes()[:-9])
    audit_rotation.pack_sealed(tmp_path)

    assert messages(tmp_path) == ["one"]
    assert audit_verify.verify(log.path).first_break is None


def test_an_index_whose_segment_is_gone_is_cleared_away(tmp_path: Path) -> None:
    """A kill between the two leaves it behind."""
    log = audit(tmp_path)
    log.write("health.check", "one")
    audit_rotation.seal(log.path)
    orphan = tmp_path / "audit-000000000777.index.json"
    orphan.write_text("{}", encoding="utf-8")
    audit_rotation.pack_sealed(tmp_path)

    assert not orphan.exists()


def test_one_process_compresses_at_a_time(tmp_path: Path) -> None:
    """The others go on."""
    log = audit(tmp_path)
    log.write("health.check", "one")
    audit_rotation.seal(log.path)

    with audit_lock.held(tmp_path, audit_rotation.PACKING):
        assert audit_rotation.pack_sealed(tmp_path) == []


def test_what_is_removed_on_purpose_leaves_a_log_that_holds(tmp_path: Path) -> None:
    """An event says what was there."""
    log = audit(tmp_path)
    log.write("health.check", "old", timestamp="2025-01-01T00:00:00.000Z")
    audit_rotation.seal(log.path)
    audit_rotation.pack_sealed(tmp_path)
    log.write("health.check", "new")
    ((segment, index),) = audit_rotation.expired(tmp_path, 100, "2026-01-02T12:00:00.000Z")
    told = {"last_seq": index.last_seq, "last_hash": index.last_hash, "events": index.lines}
    log.write("log.removed", "old ones", details=told)
    audit_rotation.remove(segment)

    verdict = audit_verify.verify(log.path)
    assert (verdict.first_break, verdict.removed) == (None, 1)


def test_nothing_is_removed_unless_it_is_asked_for(tmp_path: Path) -> None:
    """0 days is for ever."""
    log = audit(tmp_path)
    log.write("health.check", "old", timestamp="2001-01-01T00:00:00.000Z")
    audit_rotation.seal(log.path)
    audit_rotation.pack_sealed(tmp_path)

    assert audit_rotation.expired(tmp_path, 0, "2026-01-02T12:00:00.000Z") == []


def other(folder: Path, *, keep: int = 0) -> Other:
    return Other(path=folder / "other[1].log", max_bytes=10, max_age_days=0, keep=keep)


def test_another_programs_file_is_renamed_then_compressed(tmp_path: Path) -> None:
    """Whoever has it open goes on writing to it until the next time."""
    told = other(tmp_path)
    told.path.write_text("line\n" * 10, encoding="utf-8")
    first = put_away(told, NOON)
    second = put_away(told, NOON + timedelta(days=1))

    assert [done.what for done in (*first, *second)] == ["renamed", "compressed"]
    assert b"".join(content for _, content in frames(second[0].path.read_bytes())) == b"line\n" * 10
    assert not told.path.exists()


def test_a_small_file_and_one_that_is_not_there_are_left_alone(tmp_path: Path) -> None:
    """Nothing is due."""
    told = other(tmp_path)

    assert put_away(told, NOON) == []
    told.path.write_text("x", encoding="utf-8")
    assert put_away(told, NOON) == []


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_is_no_file_is_not_put_away(kind: str, tmp_path: Path) -> None:
    """A folder would be renamed as a whole, and of a link only the link."""
    told = other(tmp_path)
    there = tmp_path / "there"
    there.write_text("line\n" * 10, encoding="utf-8")
    told.path.mkdir() if kind == "folder" else told.path.symlink_to(there)

    with pytest.raises(BadConfig, match="is no file"):
        put_away(told, NOON)
    assert told.path.exists()


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    """The oldest go."""
    for day in range(5):
        told = other(tmp_path, keep=2)
        told.path.write_text(f"line {day} and more\n", encoding="utf-8")
        put_away(told, NOON + timedelta(days=day))

    assert len(list(tmp_path.glob("*.zst"))) == 2
