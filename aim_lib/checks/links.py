"""Links that lead nowhere: in the folders that the tools' commands lie in, and at the top of our cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..host import Host
from ..managers import word
from ..model import Record
from ..proc import Runner
from ..quantities import counted
from . import Facts, host_of
from ._flaws import Flaw, verdict

ID = "links"
CODES = {
    "AIM-H200": "A link in a folder of commands, or in AIM's cache, leads nowhere. Most often the environment of a "
    "tool was removed by hand, and what led there stayed. A shell skips such a link, or says that the command is not "
    "found. Remove the link, or install the tool again.",
}


def check(facts: Facts, runner: Runner) -> Record:
    host = host_of(facts)
    folders = tuple(dict.fromkeys((*facts.bin_folders, host.folders.cache)))
    flaws = [_flaw(link, host) for folder in folders for link in _dangling(folder)]
    return verdict(ID, flaws, f"all lead somewhere, in {counted(len(folders), 'folder')}")


def _flaw(link: Path, host: Host) -> Flaw:
    target = link.readlink()
    removal = "Remove-Item" if host.is_windows else "rm"
    return Flaw(
        code="AIM-H200", what=f"{link} leads to {target}, which is not there", remedy=f"{removal} {word(str(link))}"
    )


def _dangling(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            links = sorted(entry.path for entry in entries if entry.is_symlink())
    except OSError:
        return
    yield from (Path(link) for link in links if not os.path.exists(link))  # noqa: PTH110 - never raises
