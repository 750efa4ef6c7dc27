"""What an installer that was killed had set aside: whether it is whole, and the steps that put it back, offline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..environments import package_version
from ..model import Link, Move, Present, Step
from . import read_json


def is_whole(folder: Path) -> bool:
    """Whether nothing has been deleted from `folder` since it was moved or copied there.

    npm and pipx delete what they set aside once the new version works, and may be killed in the midst of it. A
    deletion changes the folder it happens in after the last change of the top folder itself; being moved there, or
    having been copied with its times, is that last change. In doubt (a file system that keeps no such times): no.
    """
    try:
        moved = folder.stat().st_ctime_ns
        inner = (path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())
        return folder.is_dir() and all(path.stat().st_mtime_ns < moved for path in (folder, *inner))
    except OSError:  # somebody is deleting it now
        return False


def whole_version(retired: Path) -> str:
    """The version of a whole npm package that was set aside, or ""."""
    version = str(read_json(retired / "package.json").get("version", ""))
    return version if version and is_whole(retired) else ""


def put_package_back(retired: Path, place: Path, bin_folder: Path, name_of: Callable[[Path], Path]) -> tuple[Step, ...]:
    """Steps that make the npm package `retired` the one at `place` again, with its commands in `bin_folder`.

    `name_of` says where npm moves a path aside: it does so with the links of the commands too. () when nothing whole
    is there.
    """
    if not whole_version(retired):
        return ()
    commands = _targets(read_json(retired / "package.json"), place.name)
    links = [_link_back(bin_folder / command, place / target, name_of) for command, target in commands.items()]
    return (Move(source=str(retired), path=str(place)), *links)


def put_environment_back(trash: Path, have: Present, bin_folder: Path) -> tuple[Step, ...]:
    """Steps that put back the copy of a pipx environment that pipx had made before it changed `have`, or ()."""
    place = Path(have.where)
    copies = [copy for copy in trash.glob(f"{place.name}-*-pipx-backup") if _is_copy_of(copy, have)]
    if not copies:
        return ()
    lost = [command for command in have.commands if not (bin_folder / command).is_symlink()]
    links = [Link(path=str(bin_folder / command), target=str(place / "bin" / command)) for command in lost]
    newest = max(copies, key=lambda copy: copy.stat().st_ctime_ns)
    return (Move(source=str(newest), path=str(place)), *links)


def _is_copy_of(copy: Path, have: Present) -> bool:
    has_receipt = (copy / "pipx_metadata.json").is_file()
    return has_receipt and package_version(copy, have.name) == (have.version, "") and is_whole(copy)


def _link_back(link: Path, target: Path, name_of: Callable[[Path], Path]) -> Step:
    aside = name_of(link)
    if aside.is_symlink():
        return Move(source=str(aside), path=str(link))
    import os

    return Link(path=str(link), target=os.path.relpath(target, link.parent))


def _targets(manifest: Mapping[str, Any], name: str) -> dict[str, str]:
    """Each command of a package and the file in it that is run."""
    bins = manifest.get("bin")
    if isinstance(bins, str):
        return {name: bins}
    return {str(command): str(target) for command, target in bins.items()} if isinstance(bins, dict) else {}
