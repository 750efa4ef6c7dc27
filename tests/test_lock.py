"""The lock file: the same entries, the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import lock
from aim_lib.errors import BadConfig
from aim_lib.model import Locked

RUFF = Locked(kind="pipx", name="ruff", request=">=0.14", version="0.14.5")
SCOPED = Locked(kind="npm", name="@x/y", request="*", version="1.0.0-rc.1")


def test_entries_come_back_sorted(tmp_path: Path) -> None:
    """What was written is what is read."""
    assert lock.write(tmp_path, [RUFF, SCOPED])

    assert lock.read(tmp_path) == (SCOPED, RUFF)


def test_the_same_entries_give_the_same_bytes(tmp_path: Path) -> None:
    """In any order; nothing is written a second time."""
    lock.write(tmp_path, [RUFF, SCOPED])
    before = (tmp_path / "aim.lock").stat().st_mtime_ns

    assert not lock.write(tmp_path, [SCOPED, RUFF])
    assert (tmp_path / "aim.lock").stat().st_mtime_ns == before
    assert lock.text([RUFF, SCOPED]) == lock.text([SCOPED, RUFF])


def test_what_a_companion_was_made_for_comes_back(tmp_path: Path) -> None:
    """In the words of aim.toml; what was not declared is not written."""
    made_for = Locked(kind="pipx", name="x", request="*", version="1.0", python="3.12", extras=("hat",))

    lock.write(tmp_path, [made_for, RUFF])

    assert lock.read(tmp_path) == (RUFF, made_for)
    assert lock.text([made_for]).endswith('python = "3.12"\nwith = [\n    "hat",\n]\n')
    assert "with" not in lock.text([RUFF])


def test_no_entries_make_no_file(tmp_path: Path) -> None:
    """But an existing file is emptied."""
    assert not lock.write(tmp_path, [])
    assert not (tmp_path / "aim.lock").exists()
    lock.write(tmp_path, [RUFF])

    assert lock.write(tmp_path, [])
    assert lock.read(tmp_path) == ()


def test_an_absent_lock_is_empty(tmp_path: Path) -> None:
    """Nothing is locked before the first pin."""
    assert lock.read(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    "content",
    [
        b"lock_version = 1\n[[tool]\n",
        b"\xff\xfe",
        b"lock_version = 'one'\n",
        b"[[tool]]\nkind = 'pipx'\n",
        b"lock_version = 1\nsurprise = true\n",
        b"lock_version = 1\n[[tool]]\nkind = 'pipx'\nname = 'x'\nrequest = '*'\nversion = 1\n",
    ],
)
def test_a_damaged_lock_is_refused(tmp_path: Path, content: bytes) -> None:
    """Code 2, with the file's name and what to do; it is not guessed at."""
    (tmp_path / "aim.lock").write_bytes(content)

    with pytest.raises(BadConfig) as caught:
        lock.read(tmp_path)

    assert caught.value.message.startswith(f"{tmp_path / 'aim.lock'} cannot be used: ")
    assert "aim pin" in caught.value.remedy


@pytest.mark.parametrize("more", ["", "made_by = 'tomorrow'\n"])
def test_a_newer_lock_asks_for_a_newer_program(tmp_path: Path, more: str) -> None:
    """Deleting it, as a damaged one, would be bad advice."""
    (tmp_path / "aim.lock").write_text(f"lock_version = 2\n{more}", encoding="utf-8")

    with pytest.raises(BadConfig, match="was written by a newer AIM") as caught:
        lock.read(tmp_path)

    assert caught.value.remedy == "upgrade AIM"


def test_a_tool_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    """That is what a merge leaves which took both sides."""
    text = lock.text([RUFF])
    (tmp_path / "aim.lock").write_text(text + text[text.index("\n[[tool]]") :], encoding="utf-8")

    with pytest.raises(BadConfig, match="names pipx:ruff twice"):
        lock.read(tmp_path)


def test_every_tool_is_a_block_of_its_own(tmp_path: Path) -> None:
    """Whatever its length: a form that depends on it could not be merged."""
    text = lock.text([Locked(kind="npm", name="x", request="*", version="1"), RUFF])

    assert text.removeprefix(lock.HEADER) == (
        'lock_version = 1\n\n[[tool]]\nkind = "npm"\nname = "x"\nrequest = "*"\nversion = "1"\n\n'
        '[[tool]]\nkind = "pipx"\nname = "ruff"\nrequest = ">=0.14"\nversion = "0.14.5"\n'
    )
