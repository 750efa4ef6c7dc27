"""Which files a pattern means: a path, a folder with all below it, or a glob; all from the project's folder."""

from __future__ import annotations

import glob
import os
from pathlib import Path

has_magic = glob.has_magic


def path_text(path: str | os.PathLike[str]) -> str:
    """A path as it is written in a pattern, with `/`."""
    return path if isinstance(path, str) else Path(path).as_posix()


def files_of(pattern: str, project: Path) -> list[str]:
    """The files a pattern means: of a folder all below it. Paths from the project's folder, with `/`."""
    place = project / pattern
    if place.exists() or not has_magic(pattern):  # a file may have brackets in its name
        if place.is_dir():
            inside = (found for found in place.rglob("*") if found.is_file())
            return sorted(_from(project, found) for found in inside)
        return [_from(project, place)] if place.is_file() else []
    # Not Path.glob: an absolute pattern is none for it.
    found = glob.iglob(pattern, root_dir=project, recursive=True)  # noqa: PTH207
    return sorted({_from(project, project / one) for one in found if (project / one).is_file()})


def _from(project: Path, path: Path) -> str:
    """The one way to write a path: from the project's folder where it is inside, without `.` and `..`."""
    plain = Path(os.path.normpath(path))
    return (plain.relative_to(project) if plain.is_relative_to(project) else plain).as_posix()
