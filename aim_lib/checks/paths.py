"""Our folders and the tools' folders: can they be written, and are the tools' on PATH?"""

from __future__ import annotations

import os
from pathlib import Path

from ..model import Record, Status
from ..proc import Runner
from ..shells import absent_from_path, path_line
from . import Facts, host_of
from ._flaws import Flaw, verdict

ID = "paths"
LOCKED = "AIM-H060"
OFF_PATH = "AIM-H061"
CODES = {
    LOCKED: "A folder that AIM needs cannot be written. Settings, the event log, secrets or caches are kept there, and "
    "commands that need them will fail. It belongs to somebody else, lacks the right to write, or a file stands where "
    "a folder should be: give it back to yourself with chown, or move the file away.",
    OFF_PATH: "A folder with installed commands is not on PATH. The tools are there, but a shell does not find them, "
    "or finds another copy. Paste the line into this shell, and into its start-up file so that new shells have it too.",
}


def check(facts: Facts, runner: Runner) -> Record:
    host, flaws = host_of(facts), []
    locked = [str(folder) for folder in facts.folders if not _is_writable(folder)]
    if locked:
        remedy = f"chown -R {host.user} {' '.join(locked)}"
        what = f"cannot be written: {', '.join(locked)}"
        flaws.append(Flaw(code=LOCKED, what=what, remedy=remedy, status=Status.FAILED))
    absent = absent_from_path(host, facts.bin_folders)
    if absent:
        what = f"not on PATH: {', '.join(map(str, absent))}"
        flaws.append(Flaw(code=OFF_PATH, what=what, remedy=path_line(host, absent)))
    fine = "our folders can be written, the tools' are on PATH"
    return verdict(ID, flaws, fine, absent=[str(folder) for folder in absent])


def _is_writable(folder: Path) -> bool:
    """Whether the folder, or the nearest one above that exists, lets us write."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
