"""Is the notes folder one that we can write into?"""

import os

from aim_lib.checks import Facts, host_of, record
from aim_lib.model import Record, Status
from aim_lib.proc import Runner

from . import notes_folder

ID = "notes_folder"


def check(facts: Facts, runner: Runner) -> Record:
    folder = notes_folder(host_of(facts))
    if folder.is_dir() and not os.access(folder, os.W_OK):
        return record(ID, Status.FAILED, f"{folder} may not be written", f"chmod u+w {folder}")
    return record(ID, Status.OK, f"{folder} is fine", count=len(list(folder.glob("*.note"))))
