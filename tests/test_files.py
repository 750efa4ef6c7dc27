"""Files are whole or untouched, locks know their holders."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aim_lib import files
from aim_lib.errors import CommandFailed, LockHeld, NotPermitted

NOBODY = 65534


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's rights for a while; nothing changes for who has none."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_file_is_replaced_with_its_mode(tmp_path: Path) -> None:
    """Text, line ends and permission bits are as asked; nothing else is left in the folder."""
    path = tmp_path / "new" / "file"

    files.write_text(path, "naïve\nline\n", 0o640)

    assert path.read_bytes() == "naïve\nline\n".encode()
    assert mode(path) == 0o640
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    """Text that cannot be encoded touches nothing and leaves no temporary file."""
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")

    with pytest.raises(UnicodeEncodeError):
        files.write_text(path, "new \ud800")

    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_a_locked_file_is_copied(tmp_path: Path, spelled: Callable[[str], str]) -> None:
    """Its bytes arrive as they are, with the mode asked for, and nothing else is left in the folder."""
    source, path = tmp_path / "lock", tmp_path / "new" / "copy"
    source.write_bytes(b"\xff\r\n")

    files.copy_locked(source, path, spelled(hash_of(b"\xff\r\n")), 0o600)

    assert path.read_bytes() == b"\xff\r\n"
    assert mode(path) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_another_file_than_the_locked_one_is_not_copied(tmp_path: Path) -> None:
    """The old file stays, nothing is created beside it, and the remedy says where the right one is."""
    source, path = tmp_path / "lock", tmp_path / "copy"
    source.write_text("tampered", encoding="utf-8")
    path.write_text("old", encoding="utf-8")

    with pytest.raises(CommandFailed) as caught:
        files.copy_locked(source, path, hash_of(b"locked"))

    assert caught.value.message == f"{source} is not the file that was locked: its hash differs"
    assert (caught.value.exit_code, caught.value.remedy) == (4, files.RESTORE)
    assert path.read_text(encoding="utf-8") == "old"
    assert sorted(tmp_path.iterdir()) == [path, source]


def test_a_locked_file_that_is_gone_is_said(tmp_path: Path) -> None:
    """A missing source is the lock's trouble, not a missing folder of the copy's."""
    with pytest.raises(CommandFailed, match="lock was locked but is not there") as caught:
        files.copy_locked(tmp_path / "lock", tmp_path / "new" / "copy", hash_of(b""))

    assert caught.value.remedy == files.RESTORE
    assert list(tmp_path.iterdir()) == []


def test_a_locked_file_that_may_not_be_read_is_said(open_folder: Path) -> None:
    """The message names the file that cannot be read, with code 7."""
    source = open_folder / "lock"
    source.write_text("locked", encoding="utf-8")
    source.chmod(0)

    with as_nobody(), pytest.raises(NotPermitted, match="lock cannot be read") as caught:
        files.copy_locked(source, open_folder / "copy", hash_of(b"locked"))

    assert caught.value.exit_code == 7


@pytest.mark.parametrize("there", ["nothing", "a file", "a folder"])
def test_a_folder_is_moved_in_the_place_of_another(tmp_path: Path, there: str) -> None:
    """Whatever was there is gone, and nothing is left where it came from."""
    source, path = tmp_path / "from", tmp_path / "new" / "to"
    source.mkdir()
    (source / "file").touch()
    if there != "nothing":
        path.parent.mkdir()
        path.mkdir() if there == "a folder" else path.touch()

    files.move(source, path)

    assert [entry.name for entry in path.iterdir()] == ["file"]
    assert not source.exists()


def test_nothing_is_deleted_for_a_move_that_cannot_be(tmp_path: Path) -> None:
    """When there is nothing to take its place, what is there stays."""
    path = tmp_path / "to"
    path.touch()

    with pytest.raises(FileNotFoundError):
        files.move(tmp_path / "nowhere", path)

    assert path.exists()


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    """A dotfile that is kept elsewhere is written where it is kept."""
    real, link = tmp_path / "kept" / "file", tmp_path / "file"
    real.parent.mkdir()
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)

    files.write_text(link, "new")

    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "new"


def test_a_folder_that_may_not_be_written_is_code_7(open_folder: Path) -> None:
    """The refusal names the file and the remedy its folder."""
    closed = open_folder / "closed"
    closed.mkdir(mode=0o555)

    with as_nobody(), pytest.raises(NotPermitted) as caught:
        files.write_text(closed / "file", "text")

    assert caught.value.exit_code == 7
    assert caught.value.message == f"{closed / 'file'} cannot be written"
    assert str(closed) in caught.value.remedy


def test_a_folder_that_may_not_be_made_is_code_7(open_folder: Path) -> None:
    """Our own folders below a closed one are refused with a remedy."""
    closed = open_folder / "closed"
    closed.mkdir(mode=0o555)

    with as_nobody(), pytest.raises(NotPermitted) as caught:
        files.make_folder(closed / "state" / "deep")

    assert caught.value.remedy == f"give yourself write access to {closed}"


def test_our_folders_are_private(tmp_path: Path) -> None:
    """What lies in state and log folders is the user's business alone."""
    assert mode(files.make_folder(tmp_path / "state")) == 0o700


def test_lines_are_appended_privately(tmp_path: Path) -> None:
    """A new log is 0600 and grows by whole lines."""
    path = tmp_path / "logs" / "log"

    files.append_line(path, "one")
    files.append_line(path, "zwö")

    assert path.read_text(encoding="utf-8") == "one\nzwö\n"
    assert mode(path) == 0o600


def test_a_link_is_replaced_and_made(tmp_path: Path) -> None:
    """A link points where it should, also when it pointed elsewhere or nowhere."""
    link = tmp_path / "bin" / "tool"
    files.make_link(link, "/nowhere")

    files.make_link(link, "../elsewhere")

    assert str(link.readlink()) == "../elsewhere"
    assert list(link.parent.iterdir()) == [link]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_no_link_is_never_replaced(tmp_path: Path, kind: str) -> None:
    """A real file or folder in the way is the user's."""
    path = tmp_path / "tool"
    path.mkdir() if kind == "folder" else path.write_text("mine", encoding="utf-8")

    with pytest.raises(NotPermitted, match="exists and is not a link"):
        files.make_link(path, "/nowhere")

    assert not path.is_symlink()


def test_deleting_takes_a_tree_a_file_or_nothing(tmp_path: Path) -> None:
    """Absent is fine."""
    tree, file = tmp_path / "tree", tmp_path / "file"
    (tree / "deep").mkdir(parents=True)
    file.write_text("x", encoding="utf-8")

    for path in (tree, file, tmp_path / "absent"):
        files.delete(path)

    assert list(tmp_path.iterdir()) == []


def test_deleting_a_link_spares_its_target(tmp_path: Path) -> None:
    """A linked folder keeps its content."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.mkdir()
    link.symlink_to(target)

    files.delete(link)

    assert list(tmp_path.iterdir()) == [target]


def hold(path: Path, waits: list[object], timeout_s: float = 0) -> contextlib.AbstractContextManager[None]:
    return files.held_lock(path, {"command": "aim install", "pid": 7, "since": "noon"}, timeout_s, waits.append)


def in_a_thread(path: Path, waits: list[object], timeout_s: float) -> tuple[threading.Thread, list[object]]:
    """Try to take the lock elsewhere; what came of it."""
    said: list[object] = []

    def attempt() -> None:
        try:
            with hold(path, waits, timeout_s):
                said.append("held")
        except LockHeld as error:
            said.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    return thread, said


def test_a_held_lock_refuses_with_its_holder(tmp_path: Path) -> None:
    """Code 9; the message says who holds it, and who waits is told once."""
    path, waits = tmp_path / "state" / "machine.lock", list[object]()
    with hold(path, []):
        thread, said = in_a_thread(path, waits, 0)
        thread.join()

    (error,) = said
    assert isinstance(error, LockHeld)
    assert error.exit_code == 9
    assert error.message == "another run holds the lock: aim install (pid 7, since noon)"
    assert waits == [{"command": "aim install", "pid": 7, "since": "noon"}]


def test_who_waits_gets_the_lock_afterwards(tmp_path: Path) -> None:
    """The lock goes on to the next, and no owner's card is left at the end."""
    path, waits = tmp_path / "machine.lock", list[object]()
    with hold(path, []):
        thread, said = in_a_thread(path, waits, 30)
        while not waits:
            threading.Event().wait(0.005)
    thread.join()

    assert said == ["held"]
    assert not path.with_suffix(".owner.json").exists()


def test_an_error_below_the_lock_releases_it(tmp_path: Path) -> None:
    """Whatever ends the work, the next one can begin."""
    path = tmp_path / "machine.lock"
    with pytest.raises(RuntimeError, match="the work"), hold(path, []):
        raise RuntimeError("the work")

    with hold(path, []):
        assert path.with_suffix(".owner.json").exists()


def test_a_holder_nobody_can_name_is_said_to_be_unknown() -> None:
    """The card may be gone or half-written."""
    assert files.describe_owner({}) == "unknown process"
