"""Our folders and the tools' folders: can they be written, and are the tools' on PATH?"""

from __future__ import annotations

import os
from pathlib import Path

from ..model import Record, Status
from ..proc import Runner
from ..shells import absent_from_path, path_line
from . import Facts, host_of, record

ID = "paths"


def check(facts: Facts, runner: Runner) -> Record:
    host = host_of(facts)
    locked = [str(folder) for folder in facts.folders if not _is_writable(folder)]
    if locked:
        return record(
            ID, Status.FAILED, f"cannot be written: {', '.join(locked)}", f"chown -R {host.user} {' '.join(locked)}"
        )
    absent = absent_from_path(host, facts.bin_folders)
    if absent:
        detail = f"not on PATH: {', '.join(map(str, absent))}"
        return record(ID, Status.WARNED, detail, path_line(host, absent), absent=[str(folder) for folder in absent])
    return record(ID, Status.OK, "our folders can be written, the tools' are on PATH")


def _is_writable(folder: Path) -> bool:
    """Whether the folder, or the nearest one above that exists, lets us write."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
