"""Files are read and folders listed by several processes as by one, whatever becomes of the others."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from aim_lib import crew, helper, walking
from aim_lib.crew import Crew, Helpers, Work, helpers_for
from aim_lib.digest_store import Known
from aim_lib.digests import Compared, compare
from aim_lib.host import current
from aim_lib.listing import Excluded, Listing, Rules
from aim_lib.readers import Readers
from aim_lib.reading import CHANGED, HEAD, Batch, Job
from aim_lib.walking import walk


@pytest.fixture(autouse=True)
def _worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few files and folders are enough to start helpers for."""
    monkeypatch.setattr(crew, "WORTH", 10)
    monkeypatch.setattr(walking, "_PORTION", 40)


def helpers(most: int = 2, python: str = sys.executable) -> Helpers:
    return Helpers(most, python, helpers_for(python, current().env).env)


def make(root: Path) -> Path:
    """Small and large files in folders and folders in those, most of them twice."""
    for place in range(900):
        folder = root / str(place % 30) / ("below" if place % 3 else "")
        folder.mkdir(parents=True, exist_ok=True)
        content = b"%3d" % (place % 300) * (6000 if place % 10 == 0 else 100)
        (folder / f"{place} \u00e9").write_bytes(content + b"%d" % (place % 2))
    return root


def make_odd(root: Path) -> Path:
    """And what else may lie in a folder."""
    make(root)
    for place in ("1/below", "17/below", "29/below"):
        folder = root / place
        (folder / "node_modules/inner").mkdir(parents=True)
        os.link(next(each for each in folder.iterdir() if each.is_file()), folder / "node_modules/inner/another name")
        (folder / "left out").mkdir()
        (folder / "noted").touch()
        (folder / "pruned").mkdir()
        (folder / "pruned/never seen").touch()
        if os.name == "posix":
            (folder / "link").symlink_to("..")
            os.mkfifo(folder / "pipe")
            (folder / os.fsdecode(b"caf\xe9")).mkdir()
            (folder / os.fsdecode(b"caf\xe9") / os.fsdecode(b"\xff")).touch()
    return root


def rules(root: Path) -> Rules:
    mounts = {str(root / "5/below")}
    return Rules(Excluded("left.out", "/nowhere"), {"noted", "pruned"}, {"pruned"}, mounts)


def batches(root: Path) -> list[Batch]:
    folders = [Path(folder) for folder, _, files in os.walk(root) if files]
    return [[_job(sorted(file for file in folder.iterdir() if file.is_file()))] for folder in sorted(folders)]


def _job(files: list[Path]) -> Job:
    return str(files[0].parent), [file.name for file in files], [file.stat().st_size for file in files]


def hashed(root: Path, with_crew: Crew) -> object:
    return Readers(with_crew).read(batches(root), is_whole=False)


def hashed_whole(root: Path, with_crew: Crew) -> object:
    return Readers(with_crew).read(batches(root), is_whole=True)


def walked(root: Path, with_crew: Crew) -> object:
    return astuple(walk([str(root)], rules(root), with_crew))


DOINGS = pytest.mark.parametrize("doing", [hashed, hashed_whole, walked])
Doing = Callable[[Path, Crew], object]


def found(compared: Compared) -> tuple[object, ...]:
    groups = {(group.size, group.digest, group.rows) for group in compared.groups}
    return groups, compared.failures, compared.heads, compared.wholes, compared.read


def test_with_helpers_the_same_files_are_equal(tmp_path: Path) -> None:
    """Groups, what is to be remembered, and what could not be read."""
    tree = walk([str(make(tmp_path))], Rules())
    gone, longer = tree.path(700), tree.path(100)
    Path(gone).unlink()
    with Path(longer).open("ab") as file:
        file.write(b"more")
    with Crew() as one, Crew(helpers()) as several:
        alone, together = (compare(tree, range(900), Known(), 2**63 - 1, each) for each in (one, several))

    assert found(alone) == found(together)
    assert sorted(alone.failures) == sorted([(gone, "No such file or directory"), (longer, CHANGED)])
    assert len(alone.groups) > 100
    assert len(alone.wholes) > 50


def test_with_helpers_the_same_tree_is_found(tmp_path: Path) -> None:
    """In the same order, so that what is remembered fits; and as the system's own walk has it."""
    root = make_odd(tmp_path)
    with Crew(helpers()) as several:
        tree = walk([str(root)], rules(root), several)
        processes = len(several._running)

    assert processes == 2
    assert astuple(tree) == astuple(walk([str(root)], rules(root)))
    assert sorted(tree.path(row) for row in range(len(tree.names))) == sorted(_files(root))
    assert (len(tree.shared), len(tree.later_names), tree.excluded, tree.mounts) == (6, 3, 3, [str(root / "5/below")])
    assert {(name, is_folder) for _, name, is_folder in tree.noted} == {("noted", False), ("pruned", True)}
    inner = [row for row, folder in enumerate(tree.folders) if Path(folder).name == "inner"]
    assert {Path(tree.folders[tree.owned_by[row]]).name for row in inner} == {"node_modules"}
    for row, parent in enumerate(tree.parents):
        assert parent < row
        assert (
            tree.folders[row] == str(root)
            if parent == -1
            else Path(tree.folders[row]).parent == Path(tree.folders[parent])
        )


def _files(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = [each for each in folders if each not in ("left out", "pruned")]
        if Path(folder) == root / "5/below":
            continue
        yield from (
            os.path.join(folder, file)  # noqa: PTH118 - a name may be no UTF-8
            for file in files
            if file not in ("link", "pipe")
        )


def test_roots_are_walked_one_after_the_other(tmp_path: Path) -> None:
    """Each with what is below it, though several do it."""
    roots = [str(make(tmp_path / name)) for name in ("a", "b", "c")]
    with Crew(helpers()) as several:
        tree = walk([*roots, str(tmp_path / "gone")], Rules(), several)

    assert [tree.folders[row] for row, parent in enumerate(tree.parents) if parent == -1] == roots
    assert [tree.path(row).startswith(roots[row // 900]) for row in range(2700)] == [True] * 2700
    assert [path for path, _ in tree.failures] == [str(tmp_path / "gone")]


def test_what_only_we_can_exclude_is_asked_here(tmp_path: Path) -> None:
    """A function cannot be told to another process: it is walked alone."""
    with Crew(helpers()) as several:
        tree = walk([str(make(tmp_path))], Rules(lambda name, _: name == "below"), several)

        assert several._running == []
    assert (len(tree.names), tree.excluded) == (300, 20)


@DOINGS
def test_helpers_do_their_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, doing: Doing) -> None:
    """They are not there for show: each answers, and is gone after the block."""
    root = make(tmp_path)
    with Crew() as one:
        right = doing(root, one)
    heard: set[int] = set()
    have_both, asked, do = threading.Event(), crew.asked, Crew.do

    def heeded(process: subprocess.Popen[bytes], question: tuple[Any, ...]) -> object:
        answer = asked(process, question)
        heard.add(process.pid)
        if len(heard) == 2:
            have_both.set()
        return answer

    def late(self: Crew, work: Work[Any], jobs: Sequence[Any], *, is_alone: bool = False) -> None:
        here, done = work.here, list[object]()

        def waits(job: Any) -> object:
            if len(done) == 3:  # by then all helpers are asked
                assert have_both.wait(60)
            done.append(job)
            return here(job)

        monkeypatch.setattr(work, "here", waits)
        do(self, work, jobs, is_alone=is_alone)

    monkeypatch.setattr(crew, "asked", heeded)
    monkeypatch.setattr(Crew, "do", late)
    with Crew(helpers()) as several:
        assert doing(root, several) == right
        processes = list(several._running)

    assert len(processes) == 2
    assert all(process.returncode is not None for process in processes)


def test_for_little_to_do_no_helper_is_started(tmp_path: Path) -> None:
    """Starting one takes longer."""
    (tmp_path / "a").mkdir()
    with Crew(helpers()) as several:
        Readers(several).read(batches(make(tmp_path / "b"))[:1], is_whole=False, is_alone=True)
        Readers(several).read([[(str(tmp_path), ["nothing"] * 9, [1] * 9)]], is_whole=False)
        walk([str(tmp_path / "a")], Rules(), several)

        assert several._running == []


UNFIT = {
    "is not there": "/nowhere/python",
    "ends at once": shutil.which("true"),
    "says what it hears": shutil.which("cat"),
    "talks nonsense": shutil.which("yes"),
}


@pytest.mark.skipif(os.name != "posix", reason="programs of Unix")
@pytest.mark.parametrize("python", UNFIT.values(), ids=UNFIT)
@DOINGS
def test_an_unfit_helper_is_done_without(tmp_path: Path, python: str, doing: Doing) -> None:
    """What it was to do is done here, and it is not asked again."""
    root = make(tmp_path)
    with Crew() as one, Crew(helpers(python=python)) as several:
        assert doing(root, several) == doing(root, one)
        assert len(several._running) < 2  # another one may have come too late to be asked


@DOINGS
def test_an_answer_of_another_shape_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, doing: Doing) -> None:
    """Well-formed nonsense is no better."""
    root = make(tmp_path)
    with Crew() as one:
        right = doing(root, one)
    monkeypatch.setattr(crew, "asked", lambda _process, _question: (["x"],) * len(Listing.__slots__))
    with Crew(helpers()) as several:
        assert doing(root, several) == right


def test_without_one_more_thread_all_is_done_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user may have so many processes and no more."""

    def refused(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    root = make(tmp_path)
    with Crew() as one, Crew(helpers()) as several:
        right = hashed(root, one), walked(root, one)
        monkeypatch.setattr(threading.Thread, "start", refused)

        assert (hashed(root, several), walked(root, several)) == right


@DOINGS
def test_a_helper_that_is_killed_is_done_without(tmp_path: Path, doing: Doing) -> None:
    """Also between two questions."""
    root = make(tmp_path)
    with Crew(helpers()) as several:
        right = doing(root, several)
        first, other = several._running
        first.kill()

        assert doing(root, several) == right
        assert several._running in ([other], [first, other])  # it need not have been asked


def test_what_fails_here_is_heard_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a job that nobody does."""

    def fails(*_: object) -> object:
        raise KeyError("a mistake")

    monkeypatch.setattr(walking._Listers, "done", fails)
    with Crew(helpers()) as several, pytest.raises(KeyError, match="a mistake"):
        walked(make(tmp_path), several)


@pytest.mark.skipif(os.name != "posix", reason="programs of Unix")
def test_who_interrupts_leaves_nothing_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Helpers are at work then: they end, and nobody complains of it."""
    complaints: list[object] = []
    processes: list[subprocess.Popen[bytes]] = []
    are_asked, asked = threading.Barrier(3), crew.asked

    def heeded(process: subprocess.Popen[bytes], question: tuple[Any, ...]) -> object:
        processes.append(process)
        are_asked.wait(60)
        return asked(process, question)

    def interrupted(*_: object) -> object:
        are_asked.wait(60)
        raise KeyboardInterrupt

    class Busy:
        """Jobs that a helper does not end."""

        def size(self) -> int:
            return 100

        here = interrupted

        def question(self, job: str) -> tuple[Any, ...]:
            return "heads", [(job, ["pipe"], [1])]

        def done(self, job: str, answer: object) -> Sequence[str]:
            return ()

    monkeypatch.setattr(threading, "excepthook", complaints.append)
    monkeypatch.setattr(crew, "asked", heeded)
    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt), Crew(helpers(python=_slow(tmp_path))) as several:
        several.do(Busy(), [str(tmp_path)] * 3)
    for thread in set(threading.enumerate()) - before:
        thread.join(60)

    assert complaints == []
    assert [process.returncode is None for process in processes] == [False, False]


def _slow(folder: Path) -> str:
    """A program that reads nothing and says nothing."""
    program = folder / "slow"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(600)\n")
    program.chmod(0o755)
    return str(program)


def test_a_helper_without_the_same_hash_says_nothing(tmp_path: Path) -> None:
    """Its answers would be other ones for the same files."""
    argv = (sys.executable, "-I", "-S", str(helper.__file__), "another-hash")
    question = tmp_path / "question"
    with question.open("wb") as file:
        helper.tell(file, ("heads", [("/", ["nothing"], [1])]))
    with question.open("rb") as file:
        assert subprocess.run(argv, stdin=file, capture_output=True, check=True).stdout == b""


def test_a_helper_ends_with_us(tmp_path: Path) -> None:
    """Its input ends when we do, however that is."""
    process = crew._start(helpers())
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
    with Crew(helpers(most=1)) as several, Crew() as one:
        (right,) = set(Readers(one).read([wanted], is_whole=False))
        Readers(several).read([wanted], is_whole=False)
        (process,) = several._running

        assert crew.asked(process, ("heads", wanted)) == [right] * 20
        assert isinstance(right, bytes)


def test_a_file_as_large_as_a_head_is_read_whole(tmp_path: Path) -> None:
    """One that has a byte more by now is not taken for it."""
    (tmp_path / "a").write_bytes(b"x" * (HEAD + 1))
    (tmp_path / "b").write_bytes(b"x" * HEAD)
    with Crew() as one:
        (longer, right) = Readers(one).read([[(str(tmp_path), ["a", "b"], [HEAD, HEAD])]], is_whole=False)

    assert (longer, type(right)) == (CHANGED, bytes)
