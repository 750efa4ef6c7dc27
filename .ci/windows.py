"""Run the tests in the Windows Python of .ci/windows-python, on a copy of the checkout, and say how many of all ran.

    python .ci/windows.py DEST --report windows.xml --of unit.xml

Exit 1 when a test fails, when an entry of tests/windows.txt matches no test, or when less than 60 % ran and passed.
`--of` is pytest's JUnit file of the same tests on this system, which says how many there are; `--tests` are fewer.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

from skips import outcomes

ROOT = Path(__file__).resolve().parents[1]
ENOUGH = 60  # percent
LIMIT_S = 1100


def as_windows(path: Path, dest: Path) -> str:
    """How wine calls a path of ours below its drive Z:."""
    return "Z:\\" + str(path.relative_to(dest / "z")).replace("/", "\\")


def put(root: Path, dest: Path) -> Path:
    """A fresh copy of the sources in `root`, as they are now, where wine sees it; returns its folder.

    Without `.venv` and all else that git does not want: nothing outside is to be reached from there.
    """
    to = dest / "z" / "checkout"
    shutil.rmtree(to, ignore_errors=True)
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, to / name)
    return to


def run(dest: Path, checkout: Path, report: Path, listed: Path, tests: list[str]) -> int:
    """pytest's exit code; what it prints goes to ours. `report` and `listed` are files to write."""
    there, told = dest / "z" / "report.xml", dest / "z" / "listed.json"
    for file in (there, told):
        file.unlink(missing_ok=True)
    everything = os.environ.items()  # noqa: TID251 - a program of CI, which has no Host
    own = {name: value for name, value in everything if not name.startswith(("PYTEST_", "AIM_", "PYTHON"))}
    own |= {"AIM_TESTS_LISTED": as_windows(told, dest), "PYTHONPYCACHEPREFIX": r"Z:\pycache"}
    words = ["-n2", "--dist=loadfile", "-q", "-p", "no:cacheprovider", "--tb=short", "--ignore=tests/real"]
    command = [str(dest / "python"), "-m", "pytest", *words, f"--junitxml={as_windows(there, dest)}", *tests]
    done = subprocess.run(command, cwd=checkout, env=own, stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=False)
    for file, to in ((there, report), (told, listed)):
        if file.is_file():
            shutil.copyfile(file, to)
    return done.returncode


def share(report: Path, of: Path | None) -> tuple[int, int]:
    """How many tests passed, and how many there are."""
    passed = Counter(outcome for _, outcome, _ in outcomes(report))["passed"]
    if of is not None:
        return passed, sum(1 for _ in ET.parse(of).iter("testcase"))  # noqa: S314 - our own pytest wrote it
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", "--ignore=tests/real"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return passed, sum("::" in line for line in said.splitlines())


def judge(code: int, report: Path, listed: Path, of: Path | None) -> int:
    """Print what ran, and what is wrong; the exit code."""
    passed, total = share(report, of)
    percent = 100 * passed / total
    told = json.loads(listed.read_text(encoding="utf-8"))
    sys.stdout.write(f"windows: {passed} of {total} tests ({percent:.0f} %); {told['left_out']} are listed\n")
    for pattern in told["idle"]:
        sys.stdout.write(f"tests/windows.txt: {pattern} matches no test: take it out\n")
    if percent < ENOUGH:
        sys.stdout.write(f"that is less than {ENOUGH} %\n")
    return 1 if code or told["idle"] or percent < ENOUGH else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dest", type=Path, help="the folder that .ci/windows-python has filled")
    parser.add_argument("--report", type=Path, required=True, help="the JUnit file to write")
    parser.add_argument("--of", type=Path, help="the JUnit file of the same tests on this system")
    parser.add_argument("--tests", nargs="+", default=[], help="only these: nothing but their failures counts then")
    asked = parser.parse_args()
    listed = asked.report.with_suffix(".json")
    dest = asked.dest.absolute()
    code = run(dest, put(ROOT, dest), asked.report, listed, asked.tests)
    return code if asked.tests or not listed.is_file() else judge(code, asked.report, listed, asked.of)


if __name__ == "__main__":
    sys.exit(main())
