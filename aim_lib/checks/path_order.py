"""PATH itself: is a declared tool the first by its name, and is every folder one that cannot change below us?

Folders that are not there or stand twice are told and are no flaw: most machines have some.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .. import ownership
from ..host import Host
from ..model import Record
from ..proc import Runner
from ..quantities import counted
from . import Facts, host_of
from ._flaws import Flaw, verdict

ID = "path_order"
CODES = {
    "AIM-H080": "Another copy of a declared tool comes first on PATH. A shell starts that one, at whatever version "
    "it is, and not the one that AIM keeps at yours. Remove the other copy, or put the folder of ours before it.",
    "AIM-H081": "PATH has an entry that is no absolute path, or an empty one, which means the current folder. In a "
    "folder of somebody else's, such as a project just cloned, a program of theirs is started by a usual name. Take "
    "the entry out of PATH, or write the whole path.",
}


def check(facts: Facts, runner: Runner) -> Record:
    host = host_of(facts)
    missing, repeated = _missing(host), _repeated(host)
    notes = [f"{len(missing)} not there" if missing else "", f"{len(repeated)} twice" if repeated else ""]
    told = ", ".join(note for note in notes if note)
    fine = counted(len(host.path), "folder") + (f" ({told})" if told else "")
    flaws = (*_shadows(facts), *_relative(host))
    return verdict(ID, flaws, fine, missing=list(map(str, missing)), repeated=list(map(str, repeated)))


def _shadows(facts: Facts) -> Iterator[Flaw]:
    for standing in facts.standings:
        for finding in ownership.findings_among(f"{standing.manager}:{standing.tool}", standing.copies):
            if finding.is_shadow:
                remedy = finding.remedy or f"put the folder of {finding.ours} first on PATH"
                yield Flaw(code="AIM-H080", what=finding.detail, remedy=remedy)


def _relative(host: Host) -> Iterator[Flaw]:
    entries = host.get("PATH").split(host.separator) if host.get("PATH") else []
    for entry in dict.fromkeys(entries):
        bare = entry.strip('"')
        if not bare and not host.is_windows:
            what = "PATH has an empty entry, which means the current folder"
            yield Flaw(code="AIM-H081", what=what, remedy="take the colon too many out of PATH")
        elif bare and not bare.startswith("%") and not _is_absolute(bare, host):
            what = f"PATH has {bare}, which is another folder wherever you are"
            yield Flaw(code="AIM-H081", what=what, remedy=f"take {bare} out of PATH, or write its whole path")


def _is_absolute(entry: str, host: Host) -> bool:
    from pathlib import PurePosixPath, PureWindowsPath

    return (PureWindowsPath(entry) if host.is_windows else PurePosixPath(entry)).is_absolute()


def _missing(host: Host) -> list[Path]:
    return [folder for folder in dict.fromkeys(host.path) if not folder.is_dir()]


def _repeated(host: Host) -> list[Path]:
    """Folders that PATH has twice under one name; two names of one folder, as /bin and /usr/bin, are usual."""
    return [folder for folder in dict.fromkeys(host.path) if host.path.count(folder) > 1]
