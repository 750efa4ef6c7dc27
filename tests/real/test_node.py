"""A machine without Node.js: it is provided from its wheel, kept right, and forced on nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .world import World, installers, link_programs

pytestmark = pytest.mark.real

PRETTIER = '[tools.npm]\nprettier = "3.6.2"\n'
OLD, NEW = "22.19.0", "22.20.0"


@pytest.fixture
def bare(new_world: Callable[..., World]) -> World:
    """A home whose PATH has no node and no npm, with a tool that needs them declared."""
    world: World = new_world(has_node=False)
    world.declare(f'[bootstrap]\nnode_version = "{NEW}"\n{PRETTIER}')
    return world


def answer_of_node(world: World) -> str:
    return world.command("node", "--version").stdout.strip()


def test_node_is_provided(bare: World) -> None:
    """Bootstrap brings Node.js from its wheel, then prettier, which answers; a second run changes nothing."""
    planned, first = bare.reasons(), bare.aim("bootstrap")
    second, started = bare.programs_started("bootstrap")

    assert planned == {"node:node": "missing", "npm:prettier": "missing"}
    assert first.exit_code == 0, first.text
    assert "will be provided" in first.stdout
    assert answer_of_node(bare) == f"v{NEW}"
    assert bare.version_of("prettier") == "3.6.2"
    assert bare.command("npm", "--version").exit_code == 0
    assert second.exit_code == 0, second.text
    assert "nothing to change" in second.stdout
    assert installers(started) == []


def test_system_means_no_other(bare: World) -> None:
    """With node = "system" and none on PATH nothing is installed: exit 3, what is missing, what to do."""
    before = bare.tree()

    done = bare.aim("install", AIM_BOOTSTRAP_NODE="system")

    assert done.exit_code == 3, done.text
    assert "node and npm are not on PATH" in done.stderr
    assert "fix: " in done.stderr
    assert bare.tree() == before


def test_none_leaves_npm_tools_out(bare: World) -> None:
    """With node = "none" npm tools are skipped and the rest is set up: exit 0."""
    bare.declare(PRETTIER + '[tools.uv]\npycowsay = "0.0.0.2"\n')

    done = bare.aim("bootstrap", AIM_BOOTSTRAP_NODE="none")

    assert done.exit_code == 0, done.text
    assert 'bootstrap.node is "none"' in done.stdout
    assert bare.version_of("pycowsay") == "0.0.0.2"
    assert bare.version_of("prettier") == ""


def test_another_version_is_a_change(bare: World) -> None:
    """A changed node_version moves the provided Node.js up, and down again; prettier is not touched."""
    bare.aim("install", AIM_BOOTSTRAP_NODE_VERSION=OLD)
    before = answer_of_node(bare)

    up = bare.aim("install")
    above = answer_of_node(bare)
    down = bare.aim("install", AIM_BOOTSTRAP_NODE_VERSION=OLD)

    assert [up.exit_code, down.exit_code] == [0, 0], up.text + down.text
    assert [before, above, answer_of_node(bare)] == [f"v{OLD}", f"v{NEW}", f"v{OLD}"]
    assert bare.events("tool.changed").count("npm:prettier") == 1


@pytest.mark.parametrize("part", ["node", "npm", "target"])
def test_a_broken_node_is_healed(bare: World, part: str) -> None:
    """The program, its entrance or npm's entrance deleted: the plan says so, and install brings it back.

    What ran on it is broken until then, and need not be built anew.
    """
    bare.aim("install")
    entrance = bare.own / "data" / "node" / "bin" / ("npm" if part == "npm" else "node")
    (entrance.resolve() if part == "target" else entrance).unlink()

    reasons, done = bare.reasons(), bare.aim("install")

    of_tool = {} if part == "npm" else {"npm:prettier": "broken: the node that runs prettier is gone"}
    assert reasons == {"node:node": "broken: its program is gone", **of_tool}
    assert done.exit_code == 0, done.text
    assert answer_of_node(bare) == f"v{NEW}"
    assert bare.reasons() == {}


def test_a_failed_change_keeps_the_node_of_before(bare: World) -> None:
    """A node_version that does not exist: exit 4, Node.js named, and the one of before still answers."""
    bare.aim("install")

    done = bare.aim("install", AIM_BOOTSTRAP_NODE_VERSION="22.99.0")

    assert done.exit_code == 4, done.text
    assert "Node.js: PyPI has no such version" in done.stderr
    assert answer_of_node(bare) == f"v{NEW}"
    assert bare.version_of("prettier") == "3.6.2"


def test_a_failing_tool_takes_its_node_away_again(bare: World) -> None:
    """When the tool that Node.js was brought for cannot be had, neither is left behind."""
    bare.declare(f'[bootstrap]\nnode_version = "{NEW}"\n[tools.npm]\nprettier = "99.0.0"\n')

    done = bare.aim("install")

    assert done.exit_code == 4, done.text
    assert "prettier: npm has no such version" in done.stderr
    assert answer_of_node(bare) == ""
    assert not list((bare.own / "data").glob("node/*"))


def test_a_node_on_path_is_used(world: World) -> None:
    """Where node and npm are on PATH nothing is provided."""
    world.declare(PRETTIER)

    done = world.aim("bootstrap")

    assert done.exit_code == 0, done.text
    assert not (world.own / "data" / "node").exists()


def test_a_node_that_comes_later_takes_over(bare: World) -> None:
    """Once the machine has a node of its own, the tools keep working and nothing has to change."""
    bare.aim("install")
    folder = bare.root / "node-programs"
    link_programs(folder, "node", "npm")

    done = bare.with_path_first(folder).aim("bootstrap")

    assert done.exit_code == 0, done.text
    assert "nothing to change" in done.stdout
