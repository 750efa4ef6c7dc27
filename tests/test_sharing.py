"""Equal files that lie on the blocks of one: what is refused, what is compared, what comes back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aim_lib import share_plan, sharing
from aim_lib.apply import apply
from aim_lib.errors import AimError, CommandFailed
from aim_lib.model import Change, Share, Status, Unshare
from aim_lib.scanner import Filter, Scope, find_duplicates
from aim_lib.share_plan import Register, Sharing
from tests.fakes import NOON
from tests.properties.things import doer

BYTES = bytes(range(256)) * 32
TIME_NS = 1_700_000_000_123_456_789


def write(root: Path, *names: str, content: bytes = BYTES) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
        os.utime(root / name, ns=(TIME_NS, TIME_NS))


def register(root: Path) -> Register:
    return Register(root / "state" / "shared", NOON)


def planned(root: Path) -> Sharing:
    """All that can be done in the folder `p` below `root`, hard links allowed."""
    found = find_duplicates(Scope((str(root / "p"),)), Filter(), None, 0)
    return share_plan.sharing(found.tree, found.compared.groups, register(root), with_hardlinks=True)


def do(root: Path, changes: tuple[Change, ...]) -> None:
    records = apply(changes, doer(root, resources={share_plan.KIND: register(root).kind()}, ecosystems={}))
    assert {record.status for record in records} <= {Status.CHANGED}


def shares(root: Path, *names: str) -> list[bool]:
    return [sharing.are_shared(str(root / "p" / name), str(root / "p" / names[0])) for name in names[1:]]


def step(path: Path, source: Path) -> Share:
    was, source_was = sharing.seen(path.lstat()), sharing.seen(source.lstat())
    return Share(path=str(path), source=str(source), way=sharing.HARDLINK, was=was, source_was=source_was)


def test_equal_files_share_and_keep_what_they_are(tmp_path: Path) -> None:
    """Content, mode and time are as before, and a second look finds nothing more to do."""
    write(tmp_path / "p", "a", "b", "deep/c")
    do(tmp_path, tuple(planned(tmp_path).changes))
    found = (tmp_path / "p/deep/c").stat()

    assert shares(tmp_path, "a", "b", "deep/c") == [True, True]
    assert (found.st_mtime_ns, found.st_size) == (TIME_NS, len(BYTES))
    assert planned(tmp_path).changes == []


def test_what_was_shared_is_apart_again(tmp_path: Path) -> None:
    """A file of its own with the same bytes, mode and time; writing it does not touch the other."""
    write(tmp_path / "p", "a", "b")
    do(tmp_path, tuple(planned(tmp_path).changes))
    do(tmp_path, share_plan.separating(register(tmp_path), register(tmp_path).all()))
    time_ns = (tmp_path / "p/b").stat().st_mtime_ns
    (tmp_path / "p/b").write_bytes(b"new")

    assert time_ns == TIME_NS
    assert (tmp_path / "p/a").read_bytes() == BYTES
    assert register(tmp_path).all() == ()


def test_a_failed_sharing_takes_all_apart_again(tmp_path: Path) -> None:
    """The second group fails on purpose: the first is undone, and nothing is left beside the files."""
    write(tmp_path / "p", "a", "b")
    write(tmp_path / "p", "x", "y", content=BYTES[::-1])
    changes = planned(tmp_path).changes
    with (tmp_path / "p/y").open("ab") as file:
        file.write(b"meanwhile")

    with pytest.raises(AimError, match="has changed since it was looked at"):
        do(tmp_path, tuple(changes))
    assert shares(tmp_path, "a", "b") == [False]
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == ["a", "b", "x", "y"]
    assert register(tmp_path).all() == ()


def test_files_are_compared_and_not_believed(tmp_path: Path) -> None:
    """The same size and times say nothing of the bytes: both stay as they are."""
    write(tmp_path, "a")
    write(tmp_path, "b", content=BYTES[:-1] + b"!")

    with pytest.raises(CommandFailed, match="not equal any more"):
        sharing.share(step(tmp_path / "b", tmp_path / "a"))
    assert (tmp_path / "b").read_bytes().endswith(b"!")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    """Somebody put it there after the scan."""
    write(tmp_path, "a", "b", "precious")
    wanted = step(tmp_path / "b", tmp_path / "a")
    (tmp_path / "b").unlink()
    (tmp_path / "b").symlink_to("precious")

    with pytest.raises(OSError, match=r"symbolic links|cannot"):
        sharing.share(wanted)
    assert (tmp_path / "b").is_symlink()


def test_another_file_of_that_name_is_left_alone(tmp_path: Path) -> None:
    """Equal or not: it is not the one that was planned."""
    write(tmp_path, "a", "b", "c")
    wanted = step(tmp_path / "b", tmp_path / "a")
    (tmp_path / "c").replace(tmp_path / "b")

    with pytest.raises(CommandFailed, match="has changed"):
        sharing.share(wanted)


def test_what_does_not_share_is_not_copied(tmp_path: Path) -> None:
    """Undoing what was not done does nothing."""
    write(tmp_path, "a", "b")
    before = (tmp_path / "b").stat().st_ino
    sharing.unshare(str(tmp_path / "b"), str(tmp_path / "a"))

    assert (tmp_path / "b").stat().st_ino == before


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("node_modules/m/b", "a package manager or a program keeps it"),
        (".venv/b", "a package manager or a program keeps it"),
        (".cargo/registry/b", "a package manager or a program keeps it"),
        ("dist/b", "a package manager or a program keeps it"),
        ("bell\a", "its name cannot be put on record"),
    ],
)
def test_what_is_not_plainly_the_users_is_left(tmp_path: Path, name: str, why: str) -> None:
    """And the reason is told."""
    write(tmp_path / "p", "a", name)
    found = planned(tmp_path)

    assert found.changes == []
    assert [reason.startswith(why) for reason, count in found.left.items() if count] == [True]


@pytest.mark.parametrize("mark", ["p/my env/pyvenv.cfg", "p/my env/conda-meta/history"])
def test_environments_of_any_name_are_left(tmp_path: Path, mark: str) -> None:
    """Their scripts are equal today, and each is written anew when its environment is."""
    write(tmp_path, mark, "p/my env/share/doc/a", "p/b")
    found = planned(tmp_path)

    assert found.changes == []
    assert found.left["a package manager or a program keeps it: theirs to share"] >= 1


@pytest.mark.parametrize("mode", [0o666, 0o664, 0o4755])
def test_what_others_may_write_or_runs_with_rights_is_left(tmp_path: Path, mode: int) -> None:
    """What they write into one would be in all."""
    write(tmp_path / "p", "a", "b")
    (tmp_path / "p/b").chmod(mode)

    assert planned(tmp_path).changes == []


def test_a_folder_that_others_may_write_is_left(tmp_path: Path) -> None:
    """They could put something else in a file's place meanwhile."""
    write(tmp_path / "p", "a", "open/b")
    (tmp_path / "p/open").chmod(0o777)

    assert planned(tmp_path).changes == []


def test_less_than_a_block_is_left(tmp_path: Path) -> None:
    """Nothing would be had."""
    write(tmp_path / "p", "a", "b", content=b"small")

    assert planned(tmp_path).changes == []


def test_a_file_of_several_names_is_left(tmp_path: Path) -> None:
    """Its other names would no longer be of the same file."""
    write(tmp_path / "p", "a", "b")
    os.link(tmp_path / "p/b", tmp_path / "elsewhere")

    assert planned(tmp_path).changes == []


@pytest.mark.parametrize("unlike", ["mode", "time"])
def test_one_file_has_one_mode_and_one_time(tmp_path: Path, unlike: str) -> None:
    """Unlike ones are no names of one file; where blocks are shared they stay as unlike as they were."""
    write(tmp_path / "p", "a", "b")
    if unlike == "mode":
        (tmp_path / "p/b").chmod(0o600)
    else:
        os.utime(tmp_path / "p/b", ns=(TIME_NS + 1, TIME_NS + 1))
    before = (tmp_path / "p/b").stat()
    do(tmp_path, tuple(planned(tmp_path).changes))
    after = (tmp_path / "p/b").stat()

    assert (before.st_mode, before.st_mtime_ns, before.st_nlink) == (after.st_mode, after.st_mtime_ns, after.st_nlink)


def test_a_lost_manifest_is_no_reason_to_fail(tmp_path: Path) -> None:
    """What cannot be read is not one of ours, and what shares no more is not told."""
    write(tmp_path / "p", "a", "b")
    do(tmp_path, tuple(planned(tmp_path).changes))
    (tmp_path / "state/shared/broken.json").write_text("{")
    (tmp_path / "p/b").unlink()

    assert register(tmp_path).all() == ()


def test_every_change_can_be_undone(tmp_path: Path) -> None:
    """For each file that shares there is a step that takes it apart."""
    write(tmp_path / "p", "a", "b", "c")
    (change,) = planned(tmp_path).changes
    done = {each.path for each in change.do if isinstance(each, Share)}

    assert done == {each.path for each in change.undo if isinstance(each, Unshare)}
