"""Files for one user's eyes: what is not closed is refused, and what is written is whole or not there."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aim_lib import private_files
from aim_lib.errors import AimError, BadConfig, Failed, LockHeld, NotPermitted

resource = pytest.importorskip("resource", reason="limits of a process are POSIX")
NOBODY = 65534
pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes and owners are POSIX")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A closed folder that its owner, and root, can reach; pytest's own are closed to others further up."""
    outer = Path(tempfile.mkdtemp())
    outer.chmod(0o755)
    inner = outer / "secrets"
    inner.mkdir(mode=0o700)
    yield inner
    shutil.rmtree(outer)


@pytest.fixture
def path(folder: Path) -> Path:
    """A closed file with "old" in it."""
    path = folder / "vault.json"
    private_files.replace(path, b"old")
    return path


@contextlib.contextmanager
def as_nobody(*owned: Path) -> Iterator[None]:
    """Without root's rights for a while, owning some files; nothing changes for who has none."""
    if os.geteuid() != 0:
        yield
        return
    for path in owned:
        os.chown(path, NOBODY, -1)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextlib.contextmanager
def small_files() -> Iterator[None]:
    """No file may grow beyond one block, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def refused(path: Path) -> NotPermitted:
    with pytest.raises(NotPermitted) as error:
        private_files.read(path)
    return error.value


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


# --- reading ----------------------------------------------------------------------------------------------------


def test_what_was_written_is_read(path: Path) -> None:
    """A file of ours is closed to others, and its bytes come back."""
    assert private_files.read(path) == b"old"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_not_there_is_none(folder: Path) -> None:
    """No file, and no folder for it, is no error."""
    assert private_files.read(folder / "other") is None
    assert private_files.read(folder / "no" / "such" / "folder") is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_file_that_others_reach_is_refused(path: Path, mode: int) -> None:
    """Readable or writable for a group or everybody: exit 7, the mode, and what closes it."""
    path.chmod(mode)

    error = refused(path)

    assert error.message == f"others have access to {path} (mode {mode:o})"
    assert error.remedy == f"chmod 600 {path}"


def test_a_folder_that_others_reach_is_refused(path: Path) -> None:
    """Whoever may write the folder may put another file there."""
    path.parent.chmod(0o755)

    assert refused(path).remedy == f"chmod 700 {path.parent}"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("which", ["file", "folder"])
def test_someone_else_s_is_refused(path: Path, which: str) -> None:
    """A file, or the folder it is in, that belongs to another user: whose it is, and whom to be."""
    given = path if which == "file" else path.parent
    os.chown(given, NOBODY, -1)

    error = refused(path)

    assert error.message == f"{given} belongs to nobody, and you are root"
    assert error.remedy == f"run this as nobody, or: chown root {given}"


def test_a_link_is_refused(path: Path) -> None:
    """A link in the place of the file is not followed, neither to read nor to write nor to lock."""
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    lock = path.with_name("lock")
    lock.symlink_to(elsewhere)

    assert refused(path).message == f"{path} is a link, and links are not followed here"
    with pytest.raises(NotPermitted, match="is a link"), private_files.locked(lock):
        pass
    assert elsewhere.read_bytes() == b"old"


@pytest.mark.parametrize("work", ["read", "lock"])
def test_a_folder_that_is_a_link_is_refused(path: Path, work: str) -> None:
    """Nor is a link in the place of the folder: nothing is made behind it."""
    behind = path.parent.with_name("behind")
    path.parent.rename(behind)
    path.parent.symlink_to(behind)

    with pytest.raises(NotPermitted, match="secrets is a link") as error:
        private_files.read(path) if work == "read" else private_files.locked(path.with_name("lock")).__enter__()

    assert error.value.remedy == f"rm {path.parent}"
    assert list(files(behind)) == ["vault.json"]


def test_a_pipe_in_its_place_does_not_hang(path: Path) -> None:
    """What is no plain file is refused at once, not waited for."""
    path.unlink()
    os.mkfifo(path, 0o600)

    assert refused(path).message == f"{path} is no plain file"


def test_a_shared_file_may_be_read_by_all(path: Path) -> None:
    """A team's file is as version control made it; only what everybody may change is refused."""
    path.chmod(0o644)

    assert private_files.read(path, is_private=False) == b"old"

    path.chmod(0o666)
    with pytest.raises(NotPermitted, match="everybody may change"):
        private_files.read(path, is_private=False)


def test_a_named_file_may_be_a_link(path: Path) -> None:
    """What the user names is taken where it is; but not when it is theirs and open to others."""
    link = path.with_name("link")
    link.symlink_to(path)

    assert private_files.read_named(link, "AIM_AGE_KEY_FILE") == b"old"

    path.chmod(0o644)
    with pytest.raises(NotPermitted, match="others have access"):
        private_files.read_named(link, "AIM_AGE_KEY_FILE")
    with pytest.raises(BadConfig, match="AIM_AGE_KEY_FILE names a file that is not there"):
        private_files.read_named(path.with_name("gone"), "AIM_AGE_KEY_FILE")


# --- writing ----------------------------------------------------------------------------------------------------


def test_the_one_before_is_kept(path: Path) -> None:
    """Each time the last version is moved aside; only one is kept, and no other file is left."""
    previous = path.with_name("previous")

    private_files.replace(path, b"new", previous=previous)
    private_files.replace(path, b"newer", previous=previous)

    assert files(path.parent) == {"vault.json": b"newer", "previous": b"new"}


def test_a_first_version_has_none_before(folder: Path) -> None:
    """Nothing is kept of what was not there."""
    private_files.replace(folder / "new", b"1", previous=folder / "previous")

    assert files(folder) == {"new": b"1"}


@pytest.mark.parametrize("left", [".vault.json.new", ".previous.new"])
def test_what_a_killed_run_left_does_not_hinder(path: Path, left: str) -> None:
    """A file that was being written when its run was killed: the next one clears it away."""
    (path.parent / left).write_bytes(b"half")
    (path.parent / left).chmod(0o666)

    private_files.replace(path, b"new", previous=path.with_name("previous"))

    assert files(path.parent) == {"vault.json": b"new", "previous": b"old"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_killed_between_keeping_and_replacing(path: Path) -> None:
    """Both names are then one file: the next write still keeps it and goes on."""
    previous = path.with_name("previous")
    os.link(path, previous)

    private_files.replace(path, b"new", previous=previous)

    assert files(path.parent) == {"vault.json": b"new", "previous": b"old"}


def test_a_link_that_was_put_in_the_way_is_not_written_through(path: Path) -> None:
    """Who guesses the name of the file being written gains nothing by a link there."""
    victim = path.with_name("victim")
    victim.write_bytes(b"theirs")
    (path.parent / ".vault.json.new").symlink_to(victim)

    private_files.replace(path, b"new")

    assert files(path.parent) == {"vault.json": b"new", "victim": b"theirs"}


def test_a_full_disk_leaves_the_old_file(path: Path) -> None:
    """No room: exit 1, what is full and what to do; the old file is as it was and no half one beside it."""
    with small_files(), pytest.raises(Failed, match="the file may not grow; what was there is as it was") as error:
        private_files.replace(path, b"x" * 10_000, previous=path.with_name("previous"))

    assert error.value.remedy == f"make room where {path.parent} is, and try again"
    assert files(path.parent) == {"vault.json": b"old"}


def test_a_folder_that_may_not_be_written(path: Path) -> None:
    """Read-only: exit 7 and the folder to open; the old file is as it was."""
    path.parent.chmod(0o500)

    with as_nobody(path, path.parent), pytest.raises(NotPermitted) as error:
        private_files.replace(path, b"new")

    assert error.value.remedy == f"give yourself write access to {path.parent}"
    assert path.read_bytes() == b"old"


# --- the lock ---------------------------------------------------------------------------------------------------


def test_a_lock_makes_its_folder(tmp_path: Path) -> None:
    """Closed to others from the first moment, as is the lock itself."""
    lock = tmp_path / "aim" / "secrets" / ".lock"

    with private_files.locked(lock):
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (lock.parent, lock)]

    assert modes == [0o700, 0o600]


def test_a_lock_is_waited_for_and_then_not(folder: Path) -> None:
    """Who holds it for longer than the limit is told of: exit 9."""
    with private_files.locked(folder / "lock"):
        failures: list[AimError] = []

        def other() -> None:
            try:
                with private_files.locked(folder / "lock", timeout_s=0.05):
                    pass
            except LockHeld as error:
                failures.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    assert [error.message for error in failures] == [f"another program has held {folder / 'lock'} for 0.05 s"]
    with private_files.locked(folder / "lock", timeout_s=0.05):
        pass
