"""The examples do what their READMEs say, in a fresh home."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.engine.stage import Stage

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def wordcount(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    shutil.copytree(EXAMPLES / "wordcount", stage.project, ignore=shutil.ignore_patterns("__pycache__", "dist"))
    stage.home.mkdir()
    return stage


def states(stage: Stage) -> dict[str, str]:
    """How each task of the last run stands."""
    path = next(stage.home.rglob("last-run.json"))
    return {each["name"]: each["state"] for each in json.loads(path.read_text(encoding="utf-8"))["tasks"]}


def test_the_build_is_done_once(wordcount: Stage) -> None:
    """The second time what it made is up to date; a changed page is made anew, alone."""
    first = wordcount.invoke("all")
    assert first.returncode == 0, first.stderr
    assert set(states(wordcount).values()) == {"ok"}

    second = wordcount.invoke("all", "--jobs", "4")
    assert second.returncode == 0, second.stderr
    assert {name for name, state in states(wordcount).items() if state == "up-to-date"} == {"docs", "pack"}

    (wordcount.project / "docs/why.md").write_text("# Why not\n", encoding="utf-8")
    third = wordcount.invoke("docs")
    assert third.stdout == "docs/why.md -> dist/docs/why.html\n"


def test_a_failing_test_leaves_no_scratch_folder(wordcount: Stage) -> None:
    """What runs in any case has run."""
    (wordcount.project / "wordcount/__init__.py").write_text("def count(text): return 0\n", encoding="utf-8")

    done = wordcount.invoke("all")

    assert done.returncode == 4
    assert (states(wordcount)["test"], states(wordcount)["all"]) == ("failed", "blocked")
    assert not (wordcount.project / "scratch").exists()


def test_a_failure_that_may_happen_does_not_stop_the_build(wordcount: Stage) -> None:
    """It is shown."""
    (wordcount.project / "docs/use.md").write_text("We utilize words.\n", encoding="utf-8")

    done = wordcount.invoke("all")

    assert done.returncode == 0
    assert "Build completed with errors." in done.stderr
    assert states(wordcount)["spelling"] == "failed"


def test_a_release_asks_first(wordcount: Stage) -> None:
    """Where nobody can answer it says how to."""
    refused = wordcount.invoke("release")
    released = wordcount.invoke("release", "--yes")

    assert (refused.returncode, released.returncode) == (7, 0)
    assert "fix: --yes answers yes" in refused.stderr
    assert (wordcount.project / "release/wordcount.pyz").is_file()


def test_every_command_of_the_readme_runs(wordcount: Stage) -> None:
    """As it is printed there; what asks a person is told yes."""
    text = (wordcount.project / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\$ invoke ([^#\n]+)", text, re.MULTILINE)

    codes = {
        line: wordcount.invoke(*line.split(), *(["--yes"] if "release" in line else [])).returncode for line in lines
    }

    assert len(lines) == 6
    assert set(codes.values()) == {0}, codes
