"""Room on the disks that AIM and your tools write to: bytes, files, and a quota where the system tells of one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import AimError
from ..host import Host
from ..model import Frozen, Record, Status
from ..proc import Runner
from . import Facts, host_of
from ._flaws import Flaw, verdict

ID = "disk"
CODES = {
    "AIM-H120": "A disk has less room than `health.min_free_gb`. It holds your home, AIM's state or cache, or "
    "temporary files. Installations unpack hundreds of megabytes; the next ones may stop half-way. Make room.",
    "AIM-H121": "A disk is full. Nothing can be installed, and no event or secret can be written there. Less than a "
    "fiftieth of `min_free_gb` is left, or hardly any file can be made although there is room (`df -i`): caches of "
    "very many small files use up inodes. Make room before anything else.",
    "AIM-H122": "You have used up your quota on a disk. Writes fail for you although the disk has room. Remove files "
    "of yours, or ask whoever runs the machine for more.",
}
GB = 1_000_000_000
FULL_PART = 50  # of the room that a disk must have: 20 MB of 1 GB, less than one package unpacked
FEW_FILES = 1_000
QUOTA_S = 2.0


class Disk(Frozen, frozen=True):
    """One file system by a folder on it; `free_files` is -1 where files are not counted."""

    what: str
    folder: Path
    free_bytes: int
    free_files: int


def check(facts: Facts, runner: Runner) -> Record:
    host = host_of(facts)
    disks = _disks(host)
    flaws = [flaw for disk in disks if (flaw := _flaw(disk, facts))]
    listed = ", ".join(f"{disk.what} {_shown(disk.free_bytes)} free" for disk in disks)
    free = {disk.what: disk.free_bytes for disk in disks}
    return verdict(ID, (*flaws, *_quota(facts, host, runner)), listed or "no disk tells its size", free=free)


def _flaw(disk: Disk, facts: Facts) -> Flaw | None:
    where = f"{disk.what} ({disk.folder})"
    remedy = f"make room on the disk of {disk.folder}"
    if disk.free_bytes < facts.min_free_gb * GB / FULL_PART:
        what = f"{where} is full: {_shown(disk.free_bytes)} free"
        return Flaw(code="AIM-H121", what=what, remedy=remedy, status=Status.FAILED)
    if 0 <= disk.free_files < FEW_FILES:
        what = f"{where} has room for {disk.free_files} more files only"
        return Flaw(code="AIM-H121", what=what, remedy=f"{remedy}: remove many small files", status=Status.FAILED)
    if disk.free_bytes < facts.min_free_gb * GB:
        what = f"{where} has {_shown(disk.free_bytes)} free, less than {facts.min_free_gb:g} GB"
        return Flaw(code="AIM-H120", what=what, remedy=remedy)
    return None


def _disks(host: Host) -> list[Disk]:
    """The file systems that are written to, each once, by the first folder on it."""
    temporary = Path(host.get("TMPDIR") or host.get("TEMP") or tempfile.gettempdir())
    folders = host.folders
    places = {
        "home": host.home,
        "state": folders.state,
        "data": folders.data,
        "logs": folders.logs,
        "cache": folders.cache,
        "tmp": temporary,
    }
    found: dict[int, Disk] = {}
    for what, folder in places.items():
        there = next((place for place in (folder, *folder.parents) if os.path.exists(place)), None)  # noqa: PTH110 - never raises
        if there is None:
            continue
        try:
            number, disk = there.stat().st_dev, _look(what, there)
        except OSError:
            continue
        if disk is not None:
            found.setdefault(number, disk)
    return list(found.values())


def _look(what: str, folder: Path) -> Disk | None:
    """None for a file system that tells no size, as some of networks do."""
    usage = shutil.disk_usage(folder)
    if not usage.total:
        return None
    files = -1
    if hasattr(os, "statvfs"):
        told = os.statvfs(folder)
        files = told.f_favail if told.f_files else -1
    return Disk(what=what, folder=folder, free_bytes=usage.free, free_files=files)


def _quota(facts: Facts, host: Host, runner: Runner) -> Iterator[Flaw]:
    """What the system's own `quota` says, where there is one; it ends with an error when a quota is used up."""
    program = None if host.is_windows else host.which("quota")
    if program is None:
        return
    try:
        done = runner.run((str(program), "-q", "-w"), env=host.env, timeout_s=min(QUOTA_S, facts.timeout_s / 2))
    except AimError:
        return
    said = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    if done.exit_code != 0 and said and not done.timed_out:
        remedy = "remove files of yours there, or ask for more; quota -s shows the numbers"
        yield Flaw(code="AIM-H122", what=f"your quota is used up: {said[-1]}", remedy=remedy, status=Status.FAILED)


def _shown(size_bytes: int) -> str:
    return f"{size_bytes / GB:.1f} GB" if size_bytes >= GB else f"{size_bytes / 1_000_000:.0f} MB"
