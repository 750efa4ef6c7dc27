"""Files are read by several processes as by one, whatever becomes of the others."""

from __future__ import annotations

import marshal
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aim_lib import readers, reading
from aim_lib.digest_store import Known
from aim_lib.digests import Compared, compare
from aim_lib.host import current
from aim_lib.readers import Helpers, Readers, helpers_for
from aim_lib.reading import CHANGED, HEAD, Answer, Batch, Job, Reader
from aim_lib.walking import Rules, walk


@pytest.fixture(autouse=True)
def _worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few files are enough to start helpers for."""
    monkeypatch.setattr(readers, "WORTH", 10)


def helpers(most: int = 2, python: str = sys.executable) -> Helpers:
    return Helpers(most, python, helpers_for(python, current().env).env)


def make(root: Path) -> Path:
    """Small and large files in many folders, most of them twice."""
    for place in range(900):
        folder = root / str(place % 30)
        folder.mkdir(parents=True, exist_ok=True)
        content = b"%3d" % (place % 300) * (6000 if place % 10 == 0 else 100)
        (folder / f"{place} \u00e9").write_bytes(content + b"%d" % (place % 2))
    return root


def batches(root: Path) -> list[Batch]:
    return [[_job(sorted(folder.iterdir()))] for folder in sorted(root.iterdir())]


def _job(files: list[Path]) -> Job:
    return str(files[0].parent), [file.name for file in files], [file.stat().st_size for file in files]


def found(compared: Compared) -> tuple[object, ...]:
    groups = {(group.size, group.digest, group.rows) for group in compared.groups}
    return groups, compared.failures, compared.heads, compared.wholes, compared.read


def test_with_helpers_the_answer_is_the_same(tmp_path: Path) -> None:
    """Groups, what is to be remembered, and what could not be read."""
    tree = walk([str(make(tmp_path))], Rules())
    gone, longer = tree.path(700), tree.path(100)
    Path(gone).unlink()
    with Path(longer).open("ab") as file:
        file.write(b"more")
    alone, together = (compare(tree, range(900), Known(), 2**63 - 1, how) for how in (None, helpers()))

    assert found(alone) == found(together)
    assert sorted(alone.failures) == sorted([(gone, "No such file or directory"), (longer, CHANGED)])
    assert len(alone.groups) > 100
    assert len(alone.wholes) > 50


@pytest.mark.parametrize("is_whole", [False, True], ids=["heads", "wholes"])
def test_helpers_do_their_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_whole: bool) -> None:
    """They are not there for show: each answers, and is gone after the block."""
    root = make(tmp_path)
    with Readers() as one:
        right = one.read(batches(root), is_whole=is_whole)
    heard: set[int] = set()
    has_begun, asked = threading.Event(), readers._asked

    def heeded(process: subprocess.Popen[bytes], batch: Batch, is_whole: bool) -> list[Answer]:
        answers = asked(process, batch, is_whole)
        heard.add(process.pid)
        if len(heard) == 2:
            has_begun.set()
        return answers

    def late(batch: Batch, *, is_whole: bool) -> list[Answer]:
        assert has_begun.wait(60)
        return Reader().answers(batch, is_whole=is_whole)

    monkeypatch.setattr(readers, "_asked", heeded)
    with Readers(helpers()) as several:
        monkeypatch.setattr(several._own, "answers", late)
        assert several.read(batches(root), is_whole=is_whole) == right
        processes = list(several._running)

    assert len(processes) == 2
    assert all(process.returncode is not None for process in processes)


def test_for_few_files_no_helper_is_started(tmp_path: Path) -> None:
    """Starting one takes longer."""
    with Readers(helpers()) as several:
        several.read(batches(make(tmp_path))[:1], is_whole=False, is_alone=True)
        several.read([[(str(tmp_path), ["nothing"] * 9, [1] * 9)]], is_whole=False)

        assert several._running == []


UNFIT = {
    "is not there": "/nowhere/python",
    "ends at once": shutil.which("true"),
    "says what it hears": shutil.which("cat"),
    "talks nonsense": shutil.which("yes"),
}


@pytest.mark.skipif(os.name != "posix", reason="programs of Unix")
@pytest.mark.parametrize("python", UNFIT.values(), ids=UNFIT)
def test_an_unfit_helper_is_done_without(tmp_path: Path, python: str) -> None:
    """What it was to read is read here."""
    root = make(tmp_path)
    with Readers() as one, Readers(helpers(python=python)) as several:
        assert several.read(batches(root), is_whole=False) == one.read(batches(root), is_whole=False)


def test_without_one_more_thread_all_is_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user may have so many processes and no more."""

    def refused(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    root = make(tmp_path)
    with Readers() as one, Readers(helpers()) as several:
        right = one.read(batches(root), is_whole=False)
        monkeypatch.setattr(threading.Thread, "start", refused)

        assert several.read(batches(root), is_whole=False) == right


def test_a_helper_that_is_killed_is_done_without(tmp_path: Path) -> None:
    """Also between two questions."""
    root = make(tmp_path)
    with Readers(helpers()) as several:
        right = several.read(batches(root), is_whole=False)
        several._running[0].kill()

        assert several.read(batches(root), is_whole=False) == right


def test_a_helper_without_the_same_hash_says_nothing() -> None:
    """Its answers would be other ones for the same files."""
    argv = (sys.executable, "-I", "-S", str(reading.__file__), "another-hash")
    question = marshal.dumps((False, [("/", ["nothing"], [1])]))

    assert subprocess.run(argv, input=question, capture_output=True, check=True).stdout == b""


def test_a_helper_ends_with_us(tmp_path: Path) -> None:
    """Its input ends when we do, however that is."""
    process = readers._start(helpers())
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()

    assert process.wait(30) == 0
    process.stdout.close()


@pytest.mark.skipif(os.name != "posix", reason="names are bytes only there")
def test_a_name_that_is_no_utf8_is_read_by_a_helper(tmp_path: Path) -> None:
    """It comes through to the other process as it is."""
    name = os.fsdecode(b"caf\xe9")
    (tmp_path / name).write_bytes(b"same")
    wanted: Batch = [(str(tmp_path), [name] * 20, [4] * 20)]
    with Readers(helpers(most=1)) as several, Readers() as one:
        (right,) = set(one.read([wanted], is_whole=False))
        several.read([wanted], is_whole=False)
        (process,) = several._running

        assert readers._asked(process, wanted, False) == [right] * 20
        assert isinstance(right, bytes)


def test_a_file_as_large_as_a_head_is_read_whole(tmp_path: Path) -> None:
    """One that has a byte more by now is not taken for it."""
    (tmp_path / "a").write_bytes(b"x" * (HEAD + 1))
    (tmp_path / "b").write_bytes(b"x" * HEAD)
    with Readers() as one:
        (longer, right) = one.read([[(str(tmp_path), ["a", "b"], [HEAD, HEAD])]], is_whole=False)

    assert (longer, type(right)) == (CHANGED, bytes)
