"""Plant a bug of a path, of an encoding and of quoting in a copy of the code, and see that the Windows tests catch it.

    python .ci/windows_planted.py DEST

Exit 1 when one is not caught. Each is a slip that no test on Linux notices.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from windows import put, run

ROOT = Path(__file__).resolve().parents[1]


class Bug(NamedTuple):
    """One slip: `right` in `file` becomes `wrong`, and a test of `tests` must fail."""

    name: str
    file: str
    right: str
    wrong: str
    tests: str


BUGS = (
    Bug(
        "path: PATH is split as on Linux",
        "aim_lib/programs.py",
        'path.split(";")',
        'path.split(":")',
        "tests/windows/test_finding_programs.py::test_the_first_folder_of_path_wins",
    ),
    Bug(
        "encoding: what a program says is read in the code page of the machine",
        "aim_lib/pipes.py",
        'getincrementaldecoder("utf-8")',
        'getincrementaldecoder(__import__("locale").getencoding())',
        "tests/windows/test_quoting.py::test_what_a_program_says_is_read_as_utf_8",
    ),
    Bug(
        "quoting: a batch file is given a percent sign",
        "aim_lib/programs.py",
        "set('\"%!^",
        "set('\"!^",
        "tests/windows/test_quoting.py::test_a_batch_file_is_never_given_what_it_would_read_as_text[a{}b-%]",
    ),
)


def plant(bug: Bug, root: Path) -> None:
    """Raises SystemExit when the code has become another."""
    path = root / bug.file
    text = path.read_text(encoding="utf-8")
    if bug.right not in text:
        raise SystemExit(f"{bug.file} has no {bug.right!r} any more: plant {bug.name!r} elsewhere")
    path.write_text(text.replace(bug.right, bug.wrong), encoding="utf-8")


def is_caught(bug: Bug, dest: Path) -> bool:
    """Whether its tests fail; that they pass without it is what the lane itself shows."""
    checkout = put(ROOT, dest)
    plant(bug, checkout)
    with tempfile.TemporaryDirectory() as folder:
        code = run(dest, checkout, Path(folder, "report.xml"), Path(folder, "listed.json"), ["-n0", bug.tests])
    return code == 1  # pytest's own: tests failed; anything else is a lane that does not work


def main() -> int:
    dest = Path(sys.argv[1]).absolute()
    missed = 0
    for bug in BUGS:
        caught = is_caught(bug, dest)
        sys.stdout.write(f"{'caught' if caught else 'MISSED'}  {bug.name}\n")
        sys.stdout.flush()
        missed += not caught
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
