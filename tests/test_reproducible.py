"""The wheel and the source archive have the same bits wherever, whenever and by whomever they are built."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from aim_lib.host import current

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = (".git", ".venv", "dist", "__pycache__", ".*_cache", ".hypothesis", "node_modules")
LONG_AGO = 1_000_000_000.0
pytestmark = pytest.mark.skipif(os.name != "posix", reason="umask and modes are POSIX's; the CI builds on Linux")


def copy(target: Path, umask: int, modified: float) -> Path:
    """This repository as another user's checkout with `umask`, made at the time `modified`."""
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    for path in [target, *target.rglob("*")]:
        is_program = path.stat().st_mode & 0o100
        path.chmod((0o777 if is_program else 0o666) & ~umask)
        os.utime(path, (modified, modified))
    return target


def build(source: Path, target: Path, umask: int, *kinds: str) -> dict[str, str]:
    """The SHA-256 of what is built there, by file name; SOURCE_DATE_EPOCH is not set."""
    env = {name: value for name, value in current().env.items() if name != "SOURCE_DATE_EPOCH"}
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target), *kinds]
    subprocess.run(command, cwd=source, env=env, check=True, capture_output=True, umask=umask)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in target.iterdir()}


def test_the_same_bits_twice(tmp_path: Path) -> None:
    """Another folder, another umask, other times of change; and the archive builds the same wheel."""
    mine = build(copy(tmp_path / "mine", 0o022, 1_700_000_000.0), tmp_path / "a", 0o022)
    theirs = build(copy(tmp_path / "the other one", 0o077, LONG_AGO), tmp_path / "b", 0o077)
    archive = next((tmp_path / "a").glob("*.tar.gz"))
    with tarfile.open(archive) as packed:
        if hasattr(tarfile, "data_filter"):  # from 3.11.4; Debian 12 has 3.11.2
            packed.extraction_filter = staticmethod(tarfile.data_filter)
        packed.extractall(tmp_path / "unpacked")  # noqa: S202 - made by ourselves a moment ago
    again = build(next((tmp_path / "unpacked").iterdir()), tmp_path / "c", 0o022, "-t", "wheel")

    assert len(mine) == 2
    assert mine == theirs
    assert again.items() <= mine.items()
