"""Files on a system where an open file can neither be replaced nor removed, and a path may be long."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aim_lib import files
from aim_lib.errors import LockHeld, NotPermitted

HOLD = """
import sys
from pathlib import Path
from aim_lib import files
with files.held_lock(Path(sys.argv[1]), {"command": "aim apply", "pid": 7, "since": "noon"}, 0, print):
    sys.stdout.write("held\\n")
    sys.stdout.flush()
    sys.stdin.read()
"""


def test_a_file_that_another_has_open_for_a_moment_is_replaced(tmp_path: Path) -> None:
    """As a virus scanner or an indexer has it, right after it was written."""
    path = tmp_path / "aim.lock"
    path.write_text("old", encoding="utf-8")
    reader = path.open(encoding="utf-8")
    threading.Timer(0.2, reader.close).start()

    files.write_text(path, "new")

    assert path.read_text(encoding="utf-8") == "new"


def test_a_file_that_stays_open_is_left_whole_and_said(tmp_path: Path) -> None:
    """With the cause that it has on Windows, and nothing left beside it."""
    path = tmp_path / "aim.lock"
    path.write_text("old", encoding="utf-8")

    with path.open(encoding="utf-8"), pytest.raises(NotPermitted) as caught:
        files.write_text(path, "new")

    assert "close the program that has it open" in caught.value.remedy
    assert path.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["aim.lock"]


def test_what_is_written_has_the_bytes_that_were_given(tmp_path: Path) -> None:
    """No line end is turned into two characters, and no letter into the code page's."""
    path = tmp_path / "a.txt"

    files.write_text(path, "päß→🔑\nb\r\n")
    files.append_line(path, "ü")

    assert path.read_bytes() == "päß→🔑\nb\r\nü\n".encode()


def test_a_long_path_is_written_read_and_removed(tmp_path: Path) -> None:
    """Beyond the 260 characters of old: node_modules go there."""
    folder = tmp_path.joinpath(*["x" * 50] * 6)
    path = folder / "a.json"

    files.write_text(path, "{}")
    found = path.read_text(encoding="utf-8")
    files.delete(tmp_path / ("x" * 50))

    assert len(str(path)) > 300
    assert found == "{}"
    assert not folder.exists()


def test_a_lock_holds_between_processes_and_ends_with_its_own(tmp_path: Path) -> None:
    """Whoever comes second is told who holds it; killed, nobody does."""
    lock = tmp_path / "machine.lock"
    words = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        said = holder.stdout.readline()

        with pytest.raises(LockHeld) as caught, files.held_lock(lock, {}, 0, lambda _: None):
            pass
        holder.kill()

    with files.held_lock(lock, {"command": "aim plan"}, 10, lambda _: None):
        has_it = True

    assert said == "held\n"
    assert "aim apply (pid 7, since noon)" in caught.value.message
    assert has_it


def test_removing_a_junction_leaves_what_it_points_to(tmp_path: Path) -> None:
    """scoop's `current` is one."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    subprocess.run(
        ["cmd", "/c", "mklink", "/J", str(tmp_path / "junction"), str(kept)], check=True, capture_output=True
    )

    files.delete(tmp_path / "junction")

    assert not (tmp_path / "junction").exists()
    assert (kept / "file").exists()


def test_a_link_is_pointed_elsewhere(tmp_path: Path) -> None:
    """Where the user may make symbolic links: with Developer Mode, or as administrator."""
    for name in ("one", "two"):
        (tmp_path / name).write_text(name, encoding="utf-8")

    files.make_link(tmp_path / "link", str(tmp_path / "one"))
    files.make_link(tmp_path / "link", str(tmp_path / "two"))

    assert (tmp_path / "link").read_text(encoding="utf-8") == "two"


def test_a_folder_of_its_own_is_private_to_no_mode(tmp_path: Path) -> None:
    """Windows keeps no such bits: nothing may fail for want of them."""
    folder = files.make_folder(tmp_path / "a" / "b")

    assert folder.is_dir()
