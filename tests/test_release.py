"""What a release depends on: its tag, its notes, what it is made of, and the workflows that make it."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from invoke.vendor import yaml
from packaging.version import Version

from aim_lib import __version__

ROOT = Path(__file__).resolve().parents[1]
RELEASE = runpy.run_path(str(ROOT / ".ci/release.py"))
SBOM = runpy.run_path(str(ROOT / ".ci/sbom.py"))
WORKFLOWS = {path.name: path for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-01-02\n\n- New.\n\n## [1.0.0] - 2025-01-02\n\n- Old.\n"
LOCK = (
    "Some_Thing==1.0 ; python_full_version < '3.12' \\\n"
    f"    --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{'b' * 64}\n"
    f"other==2.0 \\\n    --hash=sha256:{'c' * 64}\n"
)


def workflow(name: str) -> dict[Any, Any]:
    """A workflow; YAML 1.1 reads its key `on` as true."""
    read: dict[Any, Any] = yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))  # type: ignore[no-untyped-call]
    return read


def steps(document: dict[Any, Any]) -> Iterator[dict[str, Any]]:
    for job in document["jobs"].values():
        yield from job["steps"]


# --- the tag and the changelog -------------------------------------------------------------------------------------


def test_the_notes_of_a_release_are_its_section() -> None:
    """And nothing of the one before."""
    assert RELEASE["notes"]("v1.1.0", "1.1.0", CHANGELOG) == "- New."


@pytest.mark.parametrize(
    ("tag", "version", "said"),
    [
        ("v1.1.0", "1.2.0", "the tag v1.1.0 is not the version of the sources, which is 1.2.0"),
        ("1.1.0", "1.1.0", "is not the version"),
        ("v1.2.0", "1.2.0", r"has no section '## \[1.2.0\] - YYYY-MM-DD'"),
        ("vUnreleased", "Unreleased", "has no section"),
    ],
)
def test_a_tag_that_says_something_else_is_refused(tag: str, version: str, said: str) -> None:
    """Before anything is built."""
    with pytest.raises(SystemExit, match=said):
        RELEASE["notes"](tag, version, CHANGELOG)


def test_the_changelog_has_one_section_a_version_newest_first() -> None:
    """The sources are at the newest of them, or ahead of it with what is not released."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = [(found["version"], found["date"]) for found in RELEASE["HEADING"].finditer(text)]
    released = [version for version, _ in headings if version != "Unreleased"]

    assert headings[0] == ("Unreleased", None)
    assert all(date for _, date in headings[1:])
    assert released == sorted(released, key=Version, reverse=True)
    assert not released or Version(__version__) >= Version(released[0])


# --- what it is made of --------------------------------------------------------------------------------------------


def test_every_package_of_the_lock_is_named_with_its_hashes() -> None:
    """Under the name that indexes compare, and when it is needed."""
    made = SBOM["document"]("1.0", ["some.thing>=1; python_version < '4'"], LOCK)

    first, second = made["components"]
    assert (first["purl"], second["purl"]) == ("pkg:pypi/some-thing@1.0", "pkg:pypi/other@2.0")
    assert [each["content"][0] for each in first["externalReferences"][0]["hashes"]] == ["a", "b"]
    assert first["properties"] == [{"name": "aim:environment-marker", "value": "python_full_version < '3.12'"}]
    assert made["dependencies"] == [{"ref": "pkg:pypi/aim-plus@1.0", "dependsOn": ["pkg:pypi/some-thing@1.0"]}]


def test_the_same_lock_is_the_same_document() -> None:
    """Another lock has another serial number."""
    one, two = (SBOM["document"]("1.0", [], LOCK) for _ in range(2))
    other = SBOM["document"]("1.0", [], LOCK.replace("2.0", "2.1"))

    assert json.dumps(one) == json.dumps(two)
    assert one["serialNumber"] != other["serialNumber"]


def test_a_line_that_is_not_understood_stops_it() -> None:
    """A package that was left out would be a lie."""
    with pytest.raises(SystemExit, match=r"requirements.lock:1 is neither"):
        SBOM["document"]("1.0", [], "thing @ https://example.org/thing.whl\n")


def test_all_that_we_ask_for_is_in_the_lock() -> None:
    """Our own lock is understood, and the graph begins with our own dependencies."""
    import tomllib

    direct = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    made = SBOM["document"](__version__, direct, (ROOT / "requirements.lock").read_text(encoding="utf-8"))

    assert len(made["dependencies"][0]["dependsOn"]) == len(direct)
    assert all(each["externalReferences"][0]["hashes"] for each in made["components"])


# --- the workflows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_is_one(name: str) -> None:
    """Its triggers, least permissions at the top, and for each job where it runs and how long at most."""
    document = workflow(name)

    assert set(document) <= {"name", True, "permissions", "concurrency", "jobs", "defaults", "env"}
    assert document[True]
    assert document["permissions"] in ({}, {"contents": "read"})
    for job in document["jobs"].values():
        assert {"runs-on", "timeout-minutes", "steps"} <= set(job)
        assert all(("run" in step) != ("uses" in step) for step in job["steps"])


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_by_commit(name: str) -> None:
    """With the tag that it was as a comment: a tag can be moved."""
    lines = [line for line in WORKFLOWS[name].read_text(encoding="utf-8").splitlines() if "uses:" in line]

    assert [line for line in lines if not re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_expression_stands_in_a_script(name: str) -> None:
    """What a branch or a tag is called would be run; a script gets it by its environment. Results of jobs are words."""
    scripts = [step["run"] for step in steps(workflow(name)) if "run" in step]
    found = [each for script in scripts for each in re.findall(r"\$\{\{(.*?)\}\}", script)]

    assert [each for each in found if "needs." not in each] == []


def test_only_the_job_that_publishes_can() -> None:
    """It runs nothing of ours, and no token is kept anywhere."""
    jobs = workflow("release.yml")["jobs"]

    assert [name for name, job in jobs.items() if "id-token" in job["permissions"]] == ["publish"]
    assert jobs["publish"]["environment"]["name"] == "pypi"
    assert not [step for step in jobs["publish"]["steps"] if "run" in step]
    assert jobs["publish"]["steps"][-1]["with"]["attestations"] is True
    assert "secrets." not in WORKFLOWS["release.yml"].read_text(encoding="utf-8")


def test_nothing_is_published_that_was_not_tested() -> None:
    """The order of the jobs, and of what happens in the first."""
    jobs = workflow("release.yml")["jobs"]
    scripts = [step.get("run", "") for step in jobs["build"]["steps"]]

    assert (jobs["publish"]["needs"], jobs["announce"]["needs"]) == ("build", "publish")
    assert next(place for place, text in enumerate(scripts) if "release.py" in text) < scripts.index("bash .ci/run")
    assert scripts.index("bash .ci/run") < next(place for place, text in enumerate(scripts) if "sha256sum" in text)


def test_the_weekly_look_comes_every_week() -> None:
    """And can be asked for; what it proposes has passed the tests."""
    document = workflow("updates.yml")
    scripts = [step.get("run", "") for step in steps(document)]

    assert len(document[True]["schedule"][0]["cron"].split()) == 5
    assert "workflow_dispatch" in document[True]
    tested = next(place for place, text in enumerate(scripts) if "aim.py test" in text)
    assert tested < next(place for place, text in enumerate(scripts) if "gh pr create" in text)
