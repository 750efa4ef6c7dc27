"""The spaced grammar loses no word, and the options of a run mean the same wherever they stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim_lib import namespace
from aim_lib.cli import AimProgram, translate
from aim_lib.engine.executor import GraphExecutor
from docs._make.commands import bare_options

from . import BOUNDED

bare = st.from_regex(r"[a-z@][a-z0-9@/._-]{0,8}", fullmatch=True)
tails = st.none() | st.lists(bare | st.sampled_from(["--", "-x", "--json", "a b", ""]), max_size=4)
COMMANDS = (
    ["install"],
    ["plan"],
    ["health"],
    ["health", "check"],
    ["version", "check"],
    ["config", "show"],
    ["sync-versions"],
)
commands = st.sampled_from(COMMANDS)
SWITCHES = {
    "--json": "json",
    "--json-output": "json_output",
    "--dry-run": "dry_run",
    "--quiet": "quiet",
    "--yes": "yes",
}
shared = st.lists(
    st.sampled_from([*([switch] for switch in SWITCHES), ["--format", "json"]]), max_size=4, unique_by=tuple
)


def parsed(words: list[str]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The task that a line means, its arguments, and the options of the run."""
    with bare_options():
        program = AimProgram(name="AIM", binary="aim", binary_names=["aim"], executor_class=GraphExecutor)
        program.create_config()
        program.parse_core(["aim", *words])
        program.parse_collection()
        program.parse_tasks()
        program.update_config()
    (task,) = program.tasks
    return (
        str(task.name),
        {name: argument.value for name, argument in task.args.items()},
        dict(program.config.aim_options),
    )


@BOUNDED
@given(commands, st.lists(bare, max_size=3), shared, st.data())
def test_options_of_a_run_mean_the_same_wherever_they_stand(
    command: list[str], names: list[str], options: list[list[str]], data: st.DataObject
) -> None:
    """Before the command, behind it, between the names: the same task, the same arguments, the same options."""
    words = [[" ".join(command)], *([name] for name in (names if command == ["install"] else []))]
    line = [word for part in words for word in part[0].split()]
    flat = [word for option in options for word in option]
    reference = parsed([*line, *flat])

    mixed = list(words)
    for option in options:
        mixed.insert(data.draw(st.integers(0, len(mixed))), option)
    said = parsed([word for part in mixed for word in (part[0].split() if part in words else part)])

    assert said[:2] == reference[:2]
    assert said[2] == reference[2]
    assert said[2]["format"] == ("json" if ["--format", "json"] in options else "")
    assert all(said[2][key] == ([switch] in options) for switch, key in SWITCHES.items())


@BOUNDED
@given(commands, st.lists(bare, max_size=5), tails)
def test_translating_keeps_every_word(command: list[str], names: list[str], tail: list[str] | None) -> None:
    """After the command's dotted name come the same words in the same order, bare ones perhaps as `--name WORD`."""
    rest = names if command == ["install"] else []
    dashes = [] if tail is None else ["--", *tail]

    name, *words = translate([*command, *rest, *dashes], namespace())

    assert name.split(".")[: len(command)] == command
    front = words[: len(words) - len(dashes)]
    assert [word for word in front if word != "--name"] == rest
    assert front.count("--name") == len(rest)
    assert words[len(words) - len(dashes) :] == dashes


@BOUNDED
@given(st.lists(bare, min_size=1, max_size=4))
def test_names_arrive_as_they_were_typed(names: list[str]) -> None:
    """`aim install a b` asks for a and b, in this order."""
    task, arguments, _options = parsed(["install", *names])

    assert (task, arguments["name"]) == ("install", names)


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_after_dashes_is_not_ours(word: str) -> None:
    """`-- CMD --help` asks CMD."""
    assert translate(["install", "ruff", "--", word], namespace()) == ["install", "--name", "ruff", "--", word]
