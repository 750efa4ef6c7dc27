"""A part of a file that is not ours comes and goes; every other byte stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim_lib.platforms import _hands as hands

from .fakes import stub

BLOCK = b". /our/file\n"
PROFILES = {
    "with a line end": b"alias ll='ls -l'\n",
    "without one": b"export A=1",
    "of Windows": b"export A=1\r\nexport B=2\r\n",
    "of Windows, without the last": b"export A=1\r\nexport B=2",
    "empty": b"",
    "one line end": b"\n",
    "no text": b"export A=\xff\xfe\x80\n",
    "blank at its end": b"a\n\n\n",
}
TABLES = {
    "none": b"",
    "some": b"# mine\nMAILTO=me@example.com\n0 5 * * * backup --to 'a b'\n",
    "of Windows": b"0 5 * * * backup\r\n",
    "no text": b"# \xff\xfe\n* * * * * true % \x80\n",
    "another's comment": b"# aim job: health is not ours\n0 5 * * * x # aim job: other\n",
}
any_bytes = st.binary(max_size=60) | st.text("ab\r\n#=", max_size=30).map(str.encode)


@pytest.mark.parametrize("name", PROFILES)
def test_a_block_comes_and_goes_without_a_trace(name: str) -> None:
    """Line ends, encodings and a missing last line end are as before."""
    before = PROFILES[name]

    after = hands.with_block(before, BLOCK)

    assert after.startswith(before)
    assert hands.block_of(after) == BLOCK
    assert hands.without_block(after) == before


@given(before=any_bytes)
def test_any_file_is_given_back(before: bytes) -> None:
    """Also after the block was replaced by another one."""
    changed = hands.with_block(hands.with_block(before, BLOCK), b"other\n")

    assert hands.block_of(changed) == b"other\n"
    assert hands.without_block(changed) == before


@given(before=any_bytes)
def test_the_same_block_twice_is_one(before: bytes) -> None:
    """Applying again changes nothing."""
    once = hands.with_block(before, BLOCK)

    assert hands.with_block(once, BLOCK) == once


@given(before=any_bytes, later=st.sampled_from([b"x\n", b"x", b"\n"]))
def test_what_is_written_behind_the_block_stays(before: bytes, later: bytes) -> None:
    """A line that somebody adds later stays a line of its own."""
    after = hands.without_block(hands.with_block(before, BLOCK) + later)

    whole = before if not before or before.endswith(b"\n") else before + b"\n"
    assert after == whole + later


def test_a_file_that_was_not_there_is_gone_again(tmp_path: Path) -> None:
    """It is made for the block alone, and goes with it."""
    profile = tmp_path / "new" / ".profile"

    hands.put_block(profile, "line\n")
    was_made = profile.exists()
    hands.remove_block(profile)

    assert was_made
    assert not profile.exists()


def test_a_file_made_for_us_that_has_become_the_users_stays() -> None:
    """Only our block goes."""
    made = hands.with_block(None, BLOCK)

    assert hands.without_block(made + b"export MINE=1\n") == b"export MINE=1\n"


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    """Dotfiles are often kept in a folder under version control."""
    target = tmp_path / "dotfiles" / "bashrc"
    target.parent.mkdir()
    target.write_bytes(b"x\n")
    link = tmp_path / ".bashrc"
    link.symlink_to(target)

    hands.put_block(link, "line\n")

    assert link.is_symlink()
    assert hands.block_of(target.read_bytes()) == b"line\n"


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
def test_the_mode_stays(tmp_path: Path) -> None:
    """A private start file stays private."""
    profile = tmp_path / ".bashrc"
    profile.write_bytes(b"x\n")
    profile.chmod(0o640)

    hands.put_block(profile, "line\n")

    assert profile.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", TABLES)
def test_a_line_of_the_crontab_comes_and_goes(name: str) -> None:
    """Every other line is the same, byte for byte."""
    before = TABLES[name]
    line = f"0 * * * * /bin/sh x{hands.mark_of('health')}"

    after = hands.with_line(before, "health", line)

    assert hands.line_of(after, "health") == line
    assert hands.with_line(after, "health", "") == before


def test_a_line_is_replaced_in_its_place() -> None:
    """One job has one line, where it was."""
    old, new = (f"{when} x{hands.mark_of('health')}" for when in ("0 1 * * *", "0 2 * * *"))
    table = f"# first\n{old}\n# last\n".encode()

    assert hands.with_line(table, "health", new) == f"# first\n{new}\n# last\n".encode()


def test_a_table_without_its_last_line_end_gets_one() -> None:
    """cron ignores a last line that does not end."""
    after = hands.with_line(b"0 5 * * * backup", "health", "line # aim job: health")

    assert after == b"0 5 * * * backup\nline # aim job: health\n"


def test_only_lines_of_ours_are_ours() -> None:
    """A comment is no job, whatever it says."""
    assert set(hands.own_lines(TABLES["another's comment"])) == {"other"}


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(Path(hands.__file__)), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, env={"HOME": str(folder)})


def test_the_program_shows_our_lines_and_no_other(tmp_path: Path) -> None:
    """The rest of a crontab may hold secrets: it never leaves the program."""
    crontab = stub(tmp_path, "crontab", "echo '0 5 * * * TOKEN=abc x'; echo '* * * * * y # aim job: health'")

    done = run("crontab", "show", str(crontab), folder=tmp_path)

    assert done.stdout == "* * * * * y # aim job: health\n"


def test_a_crontab_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """An error is not an empty table: that one would be written back."""
    crontab = stub(tmp_path, "crontab", "echo 'you may not use this program' >&2; exit 1")

    done = run("crontab", "put", str(crontab), "health", "line", folder=tmp_path)

    assert done.returncode == 1
    assert done.stderr == "crontab -l: you may not use this program\n"
