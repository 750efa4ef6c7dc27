"""Scans on real file systems of their own: what is mounted, what is on another disk, and blocks that are shared."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[2]
AIM = f"{sys.executable} -m aim_lib"


def run(script: str, folder: Path, *, kind: str = "tmpfs") -> str:
    """Run `script` where `$P/disk` is a file system of `kind` that nobody else sees; returns what it said."""
    mount = "mount -t tmpfs tmpfs $P/disk" if kind == "tmpfs" else _made(kind)
    (folder / "disk").mkdir()
    with (folder / "image").open("wb") as file:
        file.truncate(600 * 1024 * 1024)
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder / "home"), "P": str(folder)}
    (folder / "aim.toml").write_text("[tools]\n")
    env = {**env, "PYTHONPATH": str(ROOT), "AIM_CONFIG": str(folder / "aim.toml")}
    probe = ("unshare", "-m", "sh", "-ec", mount)
    if not mount or subprocess.run(probe, env=env, check=False, capture_output=True).returncode:
        pytest.skip(f"a small {kind} of its own cannot be mounted here")
    argv = ("unshare", "-m", "sh", "-ec", f"{mount}; {script}")
    done = subprocess.run(argv, env=env, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _made(kind: str) -> str:
    """How one is made in the file `$P/image`; "" where the program for it is not installed."""
    program = shutil.which(f"mkfs.{kind}") or shutil.which(f"mkfs.{kind}", path="/usr/sbin:/sbin")
    return f"{program} -q -f $P/image >&2; mount -o loop $P/image $P/disk" if program else ""


def test_what_is_mounted_below_is_named_and_not_entered(tmp_path: Path) -> None:
    """The copy on it is not counted."""
    said = run(f"echo same > one; echo same > disk/two; {AIM} scan duplicates --json", tmp_path)
    document = json.loads(said)

    assert document["mounts"] == [str(tmp_path / "disk")]
    assert document["duplicates"] == []


CLEARED = f"""
mkdir -p disk/p/.mypy_cache/3.12 && echo x > disk/p/.mypy_cache/3.12/x && echo '[project]' > disk/p/pyproject.toml
cd disk/p
{AIM} scan clean --yes >&2
test ! -e .mypy_cache; ls -A
cat .aim-quarantine/.gitignore
{AIM} scan caches >&2
{AIM} cache restore --yes >&2
cat .mypy_cache/3.12/x
{AIM} scan clean --yes >&2
{AIM} cache purge --all --yes >&2
find .aim-quarantine -mindepth 1 ! -name .gitignore
"""


def test_a_cache_on_another_disk_is_kept_beside_its_project(tmp_path: Path) -> None:
    """Moved by a rename all the same, hidden from Git, had back, and nothing is left of it when it is purged."""
    said = run(CLEARED, tmp_path)

    assert said.split() == [".aim-quarantine", "pyproject.toml", "*", "x"]


SHARED = f"""
mkdir disk/p; cd disk/p
head -c 3000000 /dev/urandom > a; cp --reflink=never a b; chmod 600 b
used() {{ sync; df --output=used -B1 . | tail -1; }}
used
{AIM} scan clean --duplicates --yes >&2
used
{AIM} scan clean --duplicates --json
stat -c %a:%h b
{AIM} scan unshare --yes >&2
used
cmp a b
"""


@pytest.mark.parametrize("kind", ["xfs", "btrfs"])
def test_equal_files_share_their_blocks_and_come_apart(tmp_path: Path, kind: str) -> None:
    """The disk has the room again, the files keep their modes, a second run does nothing, and it can be undone."""
    said = run(SHARED, tmp_path, kind=kind)
    before, between, *document, mode, after = said.splitlines()

    assert int(before) - int(between) > 2_900_000
    assert json.loads("\n".join(document))["changes"] == []
    assert mode == "600:1"
    assert int(after) - int(between) > 2_900_000
