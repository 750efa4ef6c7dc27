"""Notes: `[tools.notes]` in aim.toml, one file each in the notes folder, its version in its first line."""

import re
from pathlib import Path

from aim_lib.host import Host
from aim_lib.model import Delete, Lane, Present, Step, Wanted, Write
from aim_lib.resources import Diagnosis, Options, Steps

from . import notes_folder

IS_TOOL = True
ECOSYSTEM = "pypi"  # whose rules versions are written and compared by
NEWEST = "1.0"


class Notes:
    """The notes of one user."""

    lane = Lane(name="notes", width=4)
    unsuitable = ""
    is_off = False
    notes: tuple[str, ...] = ()

    def __init__(self, host: Host) -> None:
        self.folder = notes_folder(host)
        self.bin_folders = (self.folder,)

    def prerequisite(self) -> Wanted | None:
        return None

    def find(self) -> tuple[Present, ...]:
        return tuple(_read(path) for path in sorted(self.folder.glob("*.note")))

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        path = self.folder / f"{wanted.name}.note"
        text = f"# {wanted.name} {version or NEWEST}\n"
        return Steps(do=(Write(path=str(path), text=text),), undo=(_as_it_is(path),))

    def remove(self, have: Present) -> Steps:
        path = Path(have.where)
        return Steps(do=(Delete(path=str(path)),), undo=(_as_it_is(path),))

    def diagnose(self, output: str) -> Diagnosis:
        return Diagnosis(cause="unknown", message="the note could not be written", remedy="look at the notes folder")


def open(host: Host, options: Options) -> Notes:  # noqa: A001 - the contract
    return Notes(host)


def _read(path: Path) -> Present:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    found = re.fullmatch(r"# (\S+) (\S+)", first)
    flaw = "" if found and found[1] == path.stem else "its first line does not say its name and version"
    version = found[2] if found else ""
    return Present(kind="notes", name=path.stem, version=version, where=str(path), flaw=flaw)


def _as_it_is(path: Path) -> Step:
    """The step that brings back what is there now."""
    if not path.exists():
        return Delete(path=str(path))
    return Write(path=str(path), text=path.read_text(encoding="utf-8"), mode=path.stat().st_mode & 0o777)
