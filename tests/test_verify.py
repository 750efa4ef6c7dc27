"""Verifying: on disk, at its version, answering, and the one a shell would run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aim_lib.host import Host
from aim_lib.inventory import Inventory
from aim_lib.model import Present, Record, Status, Wanted
from aim_lib.proc import Completed
from aim_lib.verify import Verifier, path_records, verify
from tests.fakes import ScriptedRunner, host, stub
from tests.properties.things import Things

Answer = Callable[[tuple[str, ...]], tuple[int, str, str]]


def fine(_argv: tuple[str, ...]) -> tuple[int, str, str]:
    return 0, "tool 2.0", ""


def machine(tmp_path: Path, *path: Path) -> Host:
    return host(home=tmp_path, env={"PATH": ":".join(map(str, path or (tmp_path / "bin",)))})


def verified(on: Host, *found: Present, item: Wanted | None = None, answer: Answer = fine) -> Record:
    """What is said of one wanted thing at 2.0."""
    runner = ScriptedRunner(answer=answer)
    inventory = Inventory({each.id: each for each in found}, {"thing": Things("thing", on.home)})
    verifier = Verifier(on, inventory, {"thing": "pypi"}, runner)
    return verify([item or Wanted(kind="thing", name="tool", request="2.0")], verifier)[0]


def present(**more: object) -> Present:
    fields: dict[str, object] = {
        "kind": "thing",
        "name": "tool",
        "version": "2.0",
        "commands": ("tool",),
        "where": "/x",
    }
    return Present(**{**fields, **more})  # type: ignore[arg-type]


def test_a_tool_that_answers_is_ok(tmp_path: Path) -> None:
    """The record tells its version and place."""
    stub(tmp_path / "bin", "tool")

    record = verified(machine(tmp_path), present())

    assert (record.status, record.detail, record.where) == (Status.OK, "2.0", "/x")


@pytest.mark.parametrize(
    ("found", "detail", "remedy"),
    [
        ([], "is not installed", "aim install tool"),
        ([present(flaw="its files are gone")], "its files are gone", "aim install tool"),
        ([present(version="1.0")], "1.0 is there, 2.0 is wanted", "aim sync-versions"),
    ],
)
def test_what_is_wrong_on_disk_is_told(tmp_path: Path, found: list[Present], detail: str, remedy: str) -> None:
    """Before any command is run."""
    record = verified(machine(tmp_path), *found)

    assert (record.status, record.detail, record.remedy) == (Status.FAILED, detail, remedy)


def test_a_declared_command_must_be_there(tmp_path: Path) -> None:
    """Whatever the package brings otherwise."""
    stub(tmp_path / "bin", "tool")
    item = Wanted(kind="thing", name="tool", request="2.0", commands=("other",))

    record = verified(machine(tmp_path), present(), item=item)

    assert record.detail == "it brings no command other"


def test_another_copy_ahead_on_path_is_told(tmp_path: Path) -> None:
    """A shell would run that one; the remedy removes it or turns PATH round."""
    theirs, _ = stub(tmp_path / "theirs", "tool"), stub(tmp_path / "bin", "tool")

    record = verified(machine(tmp_path, tmp_path / "theirs", tmp_path / "bin"), present())

    assert record.status is Status.FAILED
    assert record.detail == f"tool is {theirs}, of unknown origin, ahead of ours, {tmp_path / 'bin' / 'tool'}"
    assert record.remedy.startswith(f"remove {theirs}, or: export PATH=")


def test_a_copy_behind_ours_does_not_matter(tmp_path: Path) -> None:
    """Ours is the one a shell would run."""
    stub(tmp_path / "theirs", "tool")
    stub(tmp_path / "bin", "tool")

    assert verified(machine(tmp_path, tmp_path / "bin", tmp_path / "theirs"), present()).status is Status.OK


def test_a_copy_elsewhere_is_no_matter_while_ours_is_not_on_path(tmp_path: Path) -> None:
    """What is judged is how it will be with our folders first; that they are absent is a warning of its own."""
    stub(tmp_path / "theirs", "tool")
    stub(tmp_path / "bin", "tool")

    assert verified(machine(tmp_path, tmp_path / "theirs"), present()).status is Status.OK


@pytest.mark.parametrize(
    ("code", "detail", "remedy"),
    [
        (
            1,
            "`tool --version` ended with exit 1: no such option",
            "aim install tool; if that is its way, set smoke = [] for tool",
        ),
        (127, "`tool --version` ended with exit 127: no such option", "aim install tool"),
    ],
)
def test_a_command_that_does_not_answer_is_told(tmp_path: Path, code: int, detail: str, remedy: str) -> None:
    """With its last words."""
    stub(tmp_path / "bin", "tool")

    record = verified(machine(tmp_path), present(), answer=lambda _argv: (code, "", "usage\nno such option\n"))

    assert (record.detail, record.remedy) == (detail, remedy)


class Hanging(ScriptedRunner):
    def run(self, argv: object, **more: object) -> Completed:
        return replace(ScriptedRunner.run(self, argv, **more), timed_out=True)  # type: ignore[arg-type]


def test_a_command_that_hangs_is_told(tmp_path: Path) -> None:
    """With the setting that asks it something else."""
    stub(tmp_path / "bin", "tool")
    inventory = Inventory({"thing:tool": present()}, {"thing": Things("thing", tmp_path)})
    verifier = Verifier(machine(tmp_path), inventory, {"thing": "pypi"}, Hanging())

    (record,) = verify([Wanted(kind="thing", name="tool", request="2.0")], verifier)

    assert record.detail == "`tool --version` did not answer within 60 s"
    assert 'smoke = ["--help"]' in record.remedy


def test_no_smoke_asks_nothing(tmp_path: Path) -> None:
    """`smoke = []` is the user's word that it needs no asking."""
    stub(tmp_path / "bin", "tool")
    item = Wanted(kind="thing", name="tool", request="2.0", smoke=())

    record = verified(machine(tmp_path), present(), item=item, answer=lambda _argv: (1, "", "must not be asked"))

    assert record.status is Status.OK


def test_a_folder_missing_from_path_is_a_warning_with_its_line(tmp_path: Path) -> None:
    """And one that is there under another name is not missing."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "alias").symlink_to(tmp_path / "bin")
    on = machine(tmp_path, tmp_path / "alias")

    assert path_records(on, [tmp_path / "bin"]) == ()
    (record,) = path_records(on, [tmp_path / "bin", tmp_path / "other"])
    assert (record.status, record.detail) == (Status.WARNED, f"not on it: {tmp_path / 'other'}")
    assert record.remedy == 'export PATH="$HOME/other:$PATH"  (in ~/.profile)'


def test_records_come_in_the_order_of_the_tools(tmp_path: Path) -> None:
    """However long each takes."""
    items = [Wanted(kind="thing", name=name) for name in "cab"]
    inventory = Inventory({}, {"thing": Things("thing", tmp_path)})

    records = verify(items, Verifier(machine(tmp_path), inventory, {"thing": "pypi"}, ScriptedRunner()))

    assert [record.title for record in records] == ["c", "a", "b"]
