"""Which tests a Windows Python runs: all but those of a list whose every entry has a reason and a test."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from . import listed

TESTS = (
    "tests/test_a.py::test_one[x-1]",
    "tests/test_a.py::test_one[y]",
    "tests/test_a.py::test_two",
    "tests/test_b.py::test_one[x-1]",
)
REPORT = """<testsuites><testsuite>
<testcase classname="tests.test_a" name="test_one" /><testcase classname="tests.test_a" name="test_two" />
<testcase classname="tests.test_a" name="test_no"><skipped type="pytest.skip" message="no">a</skipped></testcase>
</testsuite></testsuites>"""
JUDGE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import windows
sys.exit(windows.judge(int(sys.argv[2]), *map(Path, sys.argv[3:])))
"""


def test_what_a_pattern_matches_is_left_out() -> None:
    """In its own file alone; brackets are brackets."""
    choice = listed.choose(TESTS, ["tests/test_a.py::test_one[x*]", "tests/test_b.py::test_?ne*"])

    assert choice.left_out == {TESTS[0], TESTS[3]}
    assert choice.run == {TESTS[1], TESTS[2]}
    assert choice.idle == ()


def test_a_pattern_without_a_test_is_idle() -> None:
    """It is named, so that the list cannot rot; a whole file must be there."""
    choice = listed.choose(TESTS, ["tests/test_a.py::test_gone", "tests/test_gone.py::*", "tests/test_listed.py::*"])

    assert choice.idle == ("tests/test_a.py::test_gone", "tests/test_gone.py::*")


def test_reasons_of_wine_count_under_wine_alone(tmp_path: Path) -> None:
    """A real Windows runs those tests."""
    path = tmp_path / "list.txt"
    path.write_text("a::b  # wine: makes no links\nc::d  # modes\n", encoding="utf-8")

    assert listed.patterns(path, is_wine=True) == ["a::b", "c::d"]
    assert listed.patterns(path, is_wine=False) == ["c::d"]


def test_the_list_is_one() -> None:
    """Each entry has a reason, is written once, and names a file that is there."""
    patterns = listed.patterns(is_wine=True)
    lines = [line for line in listed.LIST.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]

    assert len(patterns) == len(lines)
    assert [name for name in patterns if not (listed.ROOT / name.partition("::")[0]).is_file()] == []


def judged(folder: Path, code: int = 0, idle: tuple[str, ...] = (), total: int = 3) -> subprocess.CompletedProcess[str]:
    """What the lane says of a run of which two tests passed."""
    (folder / "windows.xml").write_text(REPORT, encoding="utf-8")
    (folder / "unit.xml").write_text(f"<a>{'<testcase/>' * total}</a>", encoding="utf-8")
    (folder / "listed.json").write_text(json.dumps({"run": 3, "left_out": 1, "idle": idle}), encoding="utf-8")
    files = [str(folder / name) for name in ("windows.xml", "listed.json", "unit.xml")]
    command = [sys.executable, "-c", JUDGE, str(listed.ROOT / ".ci"), str(code), *files]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_lane_says_how_many_ran(tmp_path: Path) -> None:
    """Those that passed, of all that there are: a skipped one did not run."""
    done = judged(tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "windows: 2 of 3 tests (67 %); 1 are listed\n"


def test_too_few_are_a_failure(tmp_path: Path) -> None:
    """Under 60 % it proves too little to be called a lane."""
    done = judged(tmp_path, total=4)

    assert done.returncode == 1
    assert "less than 60 %" in done.stdout


def test_a_failing_test_and_an_idle_entry_are_failures(tmp_path: Path) -> None:
    """The entry is named."""
    failed = judged(tmp_path, code=1)
    idle = judged(tmp_path, idle=("tests/test_a.py::test_gone",))

    assert (failed.returncode, idle.returncode) == (1, 1)
    assert "test_gone matches no test" in idle.stdout


PUT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import windows
windows.put(*map(Path, sys.argv[2:]))
"""


def test_what_windows_sees_is_a_copy_of_the_sources(tmp_path: Path) -> None:
    """With what is not committed yet, without what git ignores and without what was there before."""
    root, dest = tmp_path / "root", tmp_path / "dest"
    old = dest / "z" / "checkout" / "old.py"
    for path, text in (
        (root / ".gitignore", ".venv/\n"),
        (root / "a" / "new.py", "x = 1\n"),
        (root / ".venv" / "v", ""),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    old.parent.mkdir(parents=True)
    old.write_text("", encoding="utf-8")
    git = shutil.which("git", path="/usr/bin:/usr/local/bin:/bin")
    assert git
    subprocess.run([git, "init", "-q", root], check=True)

    env = {"PATH": str(Path(git).parent)}
    subprocess.run([sys.executable, "-c", PUT, listed.ROOT / ".ci", root, dest], env=env, check=True)

    found = sorted(path.relative_to(old.parent).as_posix() for path in old.parent.rglob("*") if path.is_file())
    assert found == [".gitignore", "a/new.py"]
