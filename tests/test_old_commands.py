"""Every command line that the predecessor's documents show works as it is printed, by both of its names."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.test_scenarios import play

DATA = Path(__file__).parent / "data" / "old_commands.toml"
COMPAT = Path(__file__).parents[1] / "aim_compat"  # in the wheel it is the package `aim`
FORMS = ("aim ", "python -m aim ")


def book() -> dict[str, Any]:
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


def lines() -> list[Any]:
    """Each printed line, and each command by the name that no document gives it; those that must fail are marked."""
    found = []
    for entry in book()["command"]:
        printed = list(dict.fromkeys([*entry["printed"], *(named(entry["printed"][0], form) for form in FORMS)]))
        why = entry.get("missing", "")
        marks = [pytest.mark.xfail(strict=True, reason=f"{why} is not there yet", raises=AssertionError)] if why else []
        found += [pytest.param(entry, line, id=line, marks=marks) for line in printed]
    return found


def named(line: str, form: str) -> str:
    return form + bare(line)


def bare(line: str) -> str:
    """The words of a line behind the program's name."""
    return line.removeprefix("python -m ").removeprefix("aim ")


def script(entry: dict[str, Any], line: str, packages: Path) -> str:
    """A scenario: the stage, what comes before, the line without what a shell does, what is expected."""
    told = book()
    command, _, _ = line.partition(" > ")
    parts = (
        f"env PYTHONPATH={packages}",
        told["stage"],
        entry.get("before", ""),
        f"$ {command}\n? {entry.get('exit', 0)}",
        entry.get("expect", ""),
        told["files"],
    )
    return "\n".join(part.strip("\n") for part in parts)


def test_the_documents_show_47_commands() -> None:
    """Two lines of them are one command when only the name of a secret, or what a shell does, differs."""
    firsts = [bare(entry["printed"][0]) for entry in book()["command"]]

    assert len(firsts) == len(set(firsts)) == 47


def test_no_line_stands_there_twice() -> None:
    """And each begins with one of the two names."""
    printed = [line for entry in book()["command"] for line in entry["printed"]]

    assert len(printed) == len(set(printed))
    assert [line for line in printed if not line.startswith(FORMS)] == []
    assert [line for line in printed if not shlex.split(line)[1:]] == []


@pytest.mark.parametrize(("entry", "line"), lines())
def test_a_line_works_as_printed(entry: dict[str, Any], line: str, tmp_path: Path) -> None:
    """Its exit code, what it says and what it leaves behind."""
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "aim").symlink_to(COMPAT)

    play(script(entry, line, packages), tmp_path / "stage")
