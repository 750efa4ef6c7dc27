"""The part of CI that is a program: .ci/skips.py reads pytest's own JUnit files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SKIPS = Path(__file__).resolve().parents[1] / ".ci" / "skips.py"
REPORT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" tests="5">
<testcase classname="tests.test_a" name="test_fine" />
<testcase classname="tests.test_a" name="test_wrong"><failure message="no">trace</failure></testcase>
<testcase classname="tests.real.test_b" name="test_needs[apt-x]">
<skipped type="pytest.skip" message="there is no apt here">b.py:1</skipped></testcase>
<testcase classname="tests.test_a" name="test_later"><skipped type="pytest.xfail" message="not yet" /></testcase>
<testcase classname="tests.test_a" name="test_torn_down"><error message="teardown">trace</error></testcase>
</testsuite></testsuites>
"""
GROUPED = """
import os
import pytest

@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(6))
def test_it(number):
    with open("workers", "a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + " ")
"""


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """What pytest writes of five tests: one passed, one skipped, one expected to fail, two that went wrong."""
    path = tmp_path / "unit.xml"
    path.write_text(REPORT, encoding="utf-8")
    return path


def skips(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SKIPS), *map(str, words)]
    return subprocess.run(command, text=True, capture_output=True, check=False)


def check(report: Path, allowed: str) -> subprocess.CompletedProcess[str]:
    listed = report.with_name("skips.txt")
    listed.write_text(allowed, encoding="utf-8")
    return skips("--allowed", listed, report)


def test_the_list_names_only_tests_that_exist() -> None:
    """An entry whose file is gone is a leftover."""
    listed = SKIPS.parents[1] / "tests" / "skips.txt"
    patterns = [line.partition("#")[0].strip() for line in listed.read_text(encoding="utf-8").splitlines()]
    files = {pattern.partition("::")[0] for pattern in patterns if pattern}

    assert [name for name in files if not (listed.parents[1] / name).is_file()] == []


def test_a_skip_that_is_not_listed_fails(report: Path) -> None:
    """A skipped test proves nothing: without a reason on the list it is a failure that names it."""
    done = check(report, "# nothing may be skipped\n")

    assert done.returncode == 1
    assert "tests/real/test_b.py::test_needs[apt-x]: there is no apt here" in done.stdout


@pytest.mark.parametrize("pattern", ["tests/real/test_b.py::test_needs[apt-x]", "tests/real/test_b.py::test_needs*"])
def test_a_listed_skip_passes(report: Path, pattern: str) -> None:
    """A listed id counts with its brackets as they are, and a star stands for the parameters."""
    done = check(report, f"{pattern}  # apt is only on Debian\n")

    assert (done.returncode, done.stdout) == (0, "")


def test_a_pattern_must_match_the_whole_id(report: Path) -> None:
    """A pattern for one test does not cover another whose name begins alike."""
    done = check(report, "tests/real/test_b.py::test_need  # another test\n")

    assert done.returncode == 1


def test_a_listed_skip_needs_a_reason(report: Path) -> None:
    """The list is worth something only while it says why."""
    done = check(report, "tests/real/test_b.py::*\n")

    assert done.returncode == 1
    assert "skips.txt:1: tests/real/test_b.py::* has no reason" in done.stderr


def test_the_counts_come_last(report: Path) -> None:
    """The closing line has the form that CI servers read; an error in a fixture is a failure."""
    done = skips("--counts", report, report.with_name("absent.xml"))

    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "unit: 1 passed, 2 failed, 1 skipped, 1 expected failures",
        "total: 1 passed, 2 failed, 1 skipped",
    ]


def test_what_belongs_on_one_worker_is_run_by_one(tmp_path: Path) -> None:
    """The real tests that share a thing of the machine rely on xdist's groups; pytest 9.2 made them do nothing."""
    (tmp_path / "test_groups.py").write_text(GROUPED, encoding="utf-8")
    argv = [sys.executable, "-m", "pytest", "-q", "-n2", "--dist=loadgroup", "-p", "no:cacheprovider", "test_groups.py"]

    # An environment of its own: CI's PYTEST_ADDOPTS names the report of the run that this test is part of.
    subprocess.run(argv, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, check=True, capture_output=True)

    workers = (tmp_path / "workers").read_text(encoding="utf-8").split()
    assert (len(workers), len(set(workers))) == (6, 1)
