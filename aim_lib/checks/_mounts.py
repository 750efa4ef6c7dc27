"""Mounted file systems that know no owners and modes: what they show for these is made up, and judged by nobody."""

from __future__ import annotations

from pathlib import Path

from ..host import Host

# Windows' drives in WSL (9p, drvfs), sticks, shares of other systems: everything there looks open to everybody.
WITHOUT_MODES = ("9p", "drvfs", "vfat", "exfat", "msdos", "ntfs", "ntfs3", "fuseblk", "cifs", "smb3", "vboxsf")


def without_modes(host: Host) -> tuple[Path, ...]:
    """Where such file systems are mounted."""
    try:
        lines = (host.root / "proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    rows = (line.split() for line in lines)
    return tuple(Path(row[1].replace("\\040", " ")) for row in rows if len(row) > 2 and row[2] in WITHOUT_MODES)


def has_modes(path: Path, odd: tuple[Path, ...]) -> bool:
    """Whether the modes below `path` mean something; `odd` is what `without_modes` gave."""
    return not any(path.is_relative_to(place) for place in odd)
