"""One walk over real small trees: what is equal, what is not entered, what could not be read."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from aim_lib import digest_store
from aim_lib.digest_store import Known
from aim_lib.digests import compare
from aim_lib.listing import Rules
from aim_lib.pathtext import heard, shown, spoken
from aim_lib.scanner import Duplicates, Filter, Scope, find_duplicates
from aim_lib.walking import broken_links, mount_points, walk


def write(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def later() -> int:
    """A minute from now, in nanoseconds: what was made by now has settled by then."""
    return time.time_ns() + 60_000_000_000


def scanned(root: Path, memory: Path | None = None, **more: object) -> Duplicates:
    return find_duplicates(Scope((str(root),), **more), Filter(), memory, later())  # type: ignore[arg-type]


def test_files_that_differ_behind_their_head_are_not_equal(tmp_path: Path) -> None:
    """The first 16 KiB are only the beginning."""
    head = b"x" * 20_000
    found = scanned(write(tmp_path, {"a": head + b"1", "b": head + b"2", "c": head + b"1"}))

    (group,) = found.compared.groups
    assert sorted(found.tree.names[row] for row in group.rows) == ["a", "c"]
    assert group.wasted == 20_001


def test_further_names_of_a_file_waste_nothing(tmp_path: Path) -> None:
    """A hard link is no copy."""
    write(tmp_path, {"a": b"same"})
    os.link(tmp_path / "a", tmp_path / "b")

    assert scanned(tmp_path).wasted == 0


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A circle ends, and a linked folder is not scanned twice."""
    write(tmp_path, {"real/a": b"same"})
    (tmp_path / "real/circle").symlink_to(tmp_path)
    (tmp_path / "linked").symlink_to("real")
    found = scanned(tmp_path)

    assert (len(found.tree.names), len(found.tree.links), found.wasted) == (1, 2, 0)


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    """One that leads somewhere is not."""
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / "somewhere").symlink_to(".")

    assert broken_links(walk([str(tmp_path)], Rules())) == [str(tmp_path / "nowhere")]


def test_a_mount_point_is_not_entered(tmp_path: Path) -> None:
    """It is named instead."""
    write(tmp_path, {"here/a": b"same", "disk/b": b"same"})
    tree = walk([str(tmp_path)], Rules(mounts={str(tmp_path / "disk")}))

    assert (tree.names, tree.mounts) == (["a"], [str(tmp_path / "disk")])


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="only Linux has this table")
def test_the_machine_s_mount_points_are_known() -> None:
    """Where /proc is there, it is one."""
    assert "/proc" in (mount_points() or ())


def test_a_mount_point_with_a_blank_is_read(tmp_path: Path) -> None:
    """proc(5): blanks are written as octal numbers."""
    table = tmp_path / "mountinfo"
    table.write_bytes(b"36 35 98:0 / /mnt/my\\040disk rw - ext4 /dev/x rw\n")

    assert mount_points(str(table)) == frozenset(("/mnt/my disk",))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become another user")
def test_an_unreadable_folder_is_told() -> None:
    """As another user: the reason stands beside the path, and the rest is scanned."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        root = write(Path(name), {"a": b"same", "b": b"same", "closed/c": b"same"})
        root.chmod(0o755)
        (root / "closed").chmod(0o700)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.setuid(65534)
            found = scanned(root)
            os.write(writer, f"{found.wasted} {found.failures}".encode())
            os._exit(0)
        os.waitpid(child, 0)
        said = os.read(reader, 4096).decode()

    assert said == f"4 [('{name}/closed', 'Permission denied')]"


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    """Between the walk and the reading it grew: it is in no group, and the reason is told."""
    tree = walk([str(write(tmp_path, {"a": b"same", "b": b"same"}))], Rules())
    (tmp_path / "a").write_bytes(b"longer")
    compared = compare(tree, range(2), digest_store.Known(), later())

    assert (compared.groups, compared.failures) == ([], [(str(tmp_path / "a"), "it changed while it was read")])


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    """By name, and with a slash by path."""
    write(tmp_path, {"a.iso": b"same", "deep/b/c": b"same", "d": b"same"})
    found = scanned(tmp_path, exclude=("*.iso", "deep/b"))

    assert (found.tree.names, found.tree.excluded) == (["d"], 2)


def test_a_second_scan_reads_nothing(tmp_path: Path) -> None:
    """What was read is remembered, and the answer is the same."""
    root = write(tmp_path / "tree", {"a": b"1" * 30_000, "b": b"1" * 30_000, "c": b"small", "d": b"small"})
    first, again = (scanned(root, tmp_path / "memory") for _ in range(2))

    assert (first.compared.read, again.compared.read) == (6, 0)
    assert again.wasted == first.wasted == 30_005


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """Also when its size and its modification time are made the same."""
    root = write(tmp_path / "tree", {"a": b"same", "b": b"same"})
    scanned(root, tmp_path / "memory")
    before = (root / "a").stat()
    (root / "a").write_bytes(b"sane")
    os.utime(root / "a", ns=(before.st_atime_ns, before.st_mtime_ns))

    assert scanned(root, tmp_path / "memory").wasted == 0


def test_a_file_just_written_is_not_remembered(tmp_path: Path) -> None:
    """It may change again within one tick of a coarse clock."""
    root = write(tmp_path / "tree", {"a": b"same", "b": b"same"})
    scope, now = Scope((str(root),)), time.time_ns()
    reads = [find_duplicates(scope, Filter(), tmp_path / "memory", now).compared.read for _ in range(2)]

    assert reads == [2, 2]


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"aim digests 0 little\n" + b"0" * 96])
def test_a_damaged_memory_is_told_and_ignored(tmp_path: Path, damage: bytes) -> None:
    """As is one of another version, or one of which a bit is wrong."""
    root = write(tmp_path / "tree", {"a": b"same", "b": b"same"})
    scanned(root, tmp_path / "memory")
    (file,) = (tmp_path / "memory").glob("*.bin")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(damage or bytes(content))
    found = scanned(root, tmp_path / "memory")

    assert found.wasted == 4
    assert "is damaged" in found.notes[0]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes only there")
def test_a_name_that_is_no_utf8_survives() -> None:
    """Through a document and back, and harmlessly to a terminal."""
    path = os.fsdecode(b"/home/caf\xe9\n")

    assert spoken(path) == "file:///home/caf%E9%0A"
    assert heard(spoken(path)) == path
    assert shown(path, "/home") == r"caf\xe9\x0a"


def many(root: Path) -> Path:
    """More files than are read before the disk is judged, and than are announced at once."""
    return write(root, {f"{place % 7}/{place}": b"%d" % (place % 50) * 9000 for place in range(600)})


def test_a_cold_disk_is_read_otherwise_with_the_same_answer(tmp_path: Path) -> None:
    """In the order of inodes, the next files announced."""
    tree = walk([str(many(tmp_path))], Rules())
    groups = [
        {(group.digest, frozenset(group.rows)) for group in compare(tree, range(600), Known(), 0, cold_s=cold_s).groups}
        for cold_s in (1e9, 0.0)
    ]

    assert groups[0] == groups[1]
    assert len(groups[0]) == 50


WITHOUT = """
import sys
sys.modules["xxhash"] = None
from aim_lib.content_hash import algorithm
from aim_lib.scanner import Filter, Scope, find_duplicates
found = find_duplicates(Scope((sys.argv[1],)), Filter(), None, 0)
print(algorithm()[0], len(found.compared.groups), found.wasted)
"""


def test_without_the_fast_hash_the_answer_is_the_same(tmp_path: Path) -> None:
    """Where there is no wheel of it Python's own is taken, and named."""
    found = scanned(many(tmp_path))
    said = subprocess.run((sys.executable, "-c", WITHOUT, str(tmp_path)), capture_output=True, text=True, check=True)

    assert said.stdout.split() == ["blake2b-128", str(len(found.compared.groups)), str(found.wasted)]


def test_a_second_scan_of_a_changed_tree_reads_what_is_new(tmp_path: Path) -> None:
    """What went and what came shifts everything that is remembered: still nothing else is read."""
    root = many(tmp_path / "files")
    first = scanned(root, tmp_path / "memory")
    (root / "3/10").unlink()
    write(root, {"3/new": b"10" * 9000})
    second = scanned(root, tmp_path / "memory")

    assert (first.compared.read > 600, second.compared.read) == (True, 2)
    assert second.wasted == first.wasted
