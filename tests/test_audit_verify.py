"""Whatever is done to the log, in its newest file or in an old segment, is found and named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aim_lib import audit_rotation, audit_segments, audit_verify
from aim_lib.audit_verify import Anchor
from aim_lib.audit_zstd import blocks_of, frames, pack
from aim_lib.errors import BadConfig

from .fakes import audit


def written(folder: Path, count: int = 6, *, is_sealed: bool = False) -> Path:
    """A log of events 1 to `count`; with `is_sealed` in a segment, with one more event behind it."""
    log, path = audit(folder), folder / "audit.jsonl"
    for number in range(count):
        log.write("health.check", f"number {number + 1}")
    if is_sealed:
        audit_rotation.seal(path)
        audit_rotation.pack_sealed(folder)
        log.write("health.check", "the next")
    return path


def rewrite(folder: Path, change: Callable[[list[bytes]], list[bytes]], *, is_sealed: bool) -> None:
    """Change the lines of the newest file, or of the segment, whose index is made anew: the culprit knows us."""
    if not is_sealed:
        path = folder / "audit.jsonl"
        path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
        return
    (segment,) = audit_segments.segments(folder)
    content = b"".join(content for _, content in frames(segment.path.read_bytes()))
    changed = b"".join(pack(blocks_of(b"".join(change(content.splitlines(keepends=True))))))
    segment.path.write_bytes(changed)
    segment.index_path.unlink()


def swap(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[2], lines[1], *lines[3:]]


def test_a_log_that_nobody_touched_holds(tmp_path: Path) -> None:
    """Over a segment and the newest file."""
    verdict = audit_verify.verify(written(tmp_path, is_sealed=True))

    assert (verdict.events, verdict.head_seq, verdict.first_break) == (7, 7, None)


@pytest.mark.parametrize("is_sealed", [False, True])
@pytest.mark.parametrize(
    ("kind", "line", "change"),
    [
        ("edit", 3, lambda lines: [line.replace(b"number 3", b"number 8") for line in lines]),
        ("edit", 3, lambda lines: [line.replace(b'"}\n', b'"}x') if b"number 3" in line else line for line in lines]),
        ("deletion", 3, lambda lines: [*lines[:2], *lines[3:]]),
        ("deletion", 2, lambda lines: [lines[0], *lines[4:]]),
        ("reordering", 2, swap),
        ("deletion", 1, lambda lines: lines[1:]),
        ("insertion", 3, lambda lines: [*lines[:2], b"{}\n", b"{}\n", *lines[2:]]),
        ("reordering", 3, lambda lines: [*lines[:2], lines[1], *lines[2:]]),
    ],
)
def test_what_was_done_is_named_with_its_line(
    kind: str, line: int, change: Callable[[list[bytes]], list[bytes]], is_sealed: bool, tmp_path: Path
) -> None:
    """The first break, in whichever file it is."""
    path = written(tmp_path, is_sealed=is_sealed)
    rewrite(tmp_path, change, is_sealed=is_sealed)

    found = audit_verify.verify(path).first_break
    assert found is not None
    assert (found.kind, found.line) == (kind, line)
    assert Path(found.file).name == ("audit-000000000001.jsonl.zst" if is_sealed else "audit.jsonl")


def test_the_end_cut_off_is_found_by_the_lock_file(tmp_path: Path) -> None:
    """It knows the last number."""
    path = written(tmp_path)
    rewrite(tmp_path, lambda lines: lines[:4], is_sealed=False)

    found = audit_verify.verify(path).first_break
    assert found is not None
    assert (found.kind, found.line) == ("deletion", 4)
    assert "event 6" in found.text


def test_the_end_cut_off_everywhere_is_found_by_an_anchor(tmp_path: Path) -> None:
    """A head that is kept elsewhere knows it, whatever was done to the folder."""
    path = written(tmp_path)
    verdict = audit_verify.verify(path)
    rewrite(tmp_path, lambda lines: lines[:4], is_sealed=False)
    (tmp_path / "audit.lock").unlink()

    found = audit_verify.verify(path, Anchor(seq=verdict.head_seq, hash=verdict.head_hash)).first_break
    assert audit_verify.verify(path).first_break is None
    assert found is not None
    assert (found.kind, found.line) == ("deletion", 4)


def test_a_chain_made_anew_is_found_by_an_anchor(tmp_path: Path) -> None:
    """A whole new log holds by itself."""
    path = written(tmp_path)
    verdict = audit_verify.verify(path)
    for each in tmp_path.iterdir():
        each.unlink()
    log = audit(tmp_path)
    for number in range(8):
        log.write("health.check", f"forged {number}")

    found = audit_verify.verify(path, Anchor(seq=verdict.head_seq, hash=verdict.head_hash)).first_break
    assert found is not None
    assert (found.kind, found.line) == ("edit", 6)


def test_a_segment_that_is_gone_is_found(tmp_path: Path) -> None:
    """The log may not begin in the middle, unless an event says that its beginning was removed."""
    path = written(tmp_path, is_sealed=True)
    (segment,) = audit_segments.segments(tmp_path)
    segment.path.unlink()
    segment.index_path.unlink()

    found = audit_verify.verify(path).first_break
    assert found is not None
    assert (found.kind, found.file, found.line) == ("deletion", str(path), 1)


def test_a_torn_end_is_named_as_that(tmp_path: Path) -> None:
    """Until the next event keeps it aside."""
    path = written(tmp_path)
    with path.open("ab") as file:
        file.write(b'{"event_type":"heal')

    found = audit_verify.verify(path).first_break
    assert found is not None
    assert (found.kind, found.line) == ("torn", 7)


@pytest.mark.parametrize("name", ["audit.jsonl", "audit-000000000001.jsonl.zst", "audit-000000000001.index.json"])
def test_no_bit_can_be_turned_unseen(name: str, tmp_path: Path) -> None:
    """In each file of the log, at every byte."""
    path = written(tmp_path, 3, is_sealed=True)
    content = (tmp_path / name).read_bytes()
    unseen = []
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        (tmp_path / name).write_bytes(changed)
        if audit_verify.verify(path).first_break is None:
            unseen.append(place)

    assert unseen == []


def test_an_index_that_is_gone_is_no_break(tmp_path: Path) -> None:
    """Also when the clock was set back: the latest time of what is older is not in it alone."""
    log, path = audit(tmp_path), tmp_path / "audit.jsonl"
    for hour in ("20", "08", "07"):
        log.write("health.check", hour, timestamp=f"2026-01-02T{hour}:00:00.000Z")
        audit_rotation.seal(path)
        audit_rotation.pack_sealed(tmp_path)
    audit_segments.segments(tmp_path)[1].index_path.unlink()

    assert audit_verify.verify(path).first_break is None


def test_an_anchor_is_told_from_another_file(tmp_path: Path) -> None:
    """None is no mistake: it is made then."""
    (tmp_path / "other").write_text("hello", encoding="utf-8")

    assert audit_verify.read_anchor(tmp_path / "absent") is None
    with pytest.raises(BadConfig, match="no anchor"):
        audit_verify.read_anchor(tmp_path / "other")
