"""The truth matrix: what can happen to an installed tool behind everybody's back, and what is said and done about it.

`tests/real/test_truth.py` holds each row to it, `python -m tests.truth` prints it beside what mise says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fakes import stub

from .world import World

PYTHON_TOOL = ("pycowsay", "0.0.0.1", "0.0.0.2")
NODE_TOOL = ("mkdirp", "3.0.1", "3.0.0")
KINDS = {"pipx": PYTHON_TOOL, "uv": PYTHON_TOOL, "npm": NODE_TOOL, "npm global": NODE_TOOL}
CHANGED = "9.9.9"


@dataclass(frozen=True, slots=True)
class Tool:
    """One installed tool: the file or folder that tells its version, its command, and what that needs to start."""

    name: str
    version: Path
    command: Path
    interpreter: Path


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happens: `happen` does it and gives the world as it is then; `cure` is what sync cannot do."""

    what: str
    happen: Callable[[World, str], World]
    why: str  # what the reason says, a regular expression
    is_ours_to_mend: bool = True
    kinds: tuple[str, ...] = tuple(KINDS)
    cure: Callable[[World], None] = lambda _world: None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `version check --check`, `plan`, `sync-versions` and then `version check --check` and `verify` said."""

    status: str
    why: str
    code: int
    planned: str
    synced: int
    now: str
    verified: int


def change_version(tool: Tool) -> None:
    """What a tool does that updates itself: its package says another version than was installed."""
    if tool.version.name == "package.json":
        manifest = json.loads(tool.version.read_text())
        tool.version.write_text(json.dumps({**manifest, "version": CHANGED}))
    else:
        metadata = tool.version / "METADATA"
        text = re.sub(r"(?m)^Version: .*", f"Version: {CHANGED}", metadata.read_text())
        metadata.unlink()  # a new file, as installers write: this one is also that of uv's cache
        metadata.write_text(text)
        tool.version.rename(tool.version.with_name(f"{tool.name}-{CHANGED}.dist-info"))


def delete_command(tool: Tool) -> None:
    tool.command.unlink()


def break_interpreter(tool: Tool) -> None:
    """What an upgrade of Python does to an environment; of npm's tool the script that its command leads to is gone."""
    tool.interpreter.unlink()
    tool.interpreter.symlink_to(tool.interpreter.parent / "gone")


def found(world: World, kind: str) -> Tool:
    """The tool of `kind` as it lies in `world`."""
    name = KINDS[kind][0]
    if kind.startswith("npm"):
        package, commands = world.modules / name, world.npm_bin
        if kind == "npm":
            package, commands = world.npm_tools / name / "current/node_modules" / name, world.npm_tools / "bin"
        return Tool(name, package / "package.json", commands / name, (commands / name).resolve())
    environment = (world.venvs if kind == "pipx" else world.uv_tools) / name
    return python_tool(name, environment, world.bin / name)


def python_tool(name: str, environment: Path, command: Path) -> Tool:
    (version,) = environment.glob(f"lib/python*/site-packages/{name}-*.dist-info")
    return Tool(name, version, command, environment / "bin" / "python")


def _in_place(breaking: Callable[[Tool], None]) -> Callable[[World, str], World]:
    def happen(world: World, kind: str) -> World:
        breaking(found(world, kind))
        return world

    return happen


def _second_copy(world: World, kind: str) -> World:
    stub(world.home / "theirs", KINDS[kind][0], "echo 1.0.0")
    return world.with_path_first(world.home / "theirs")


def _remove_second_copy(world: World) -> None:
    for path in (world.home / "theirs").iterdir():
        path.unlink()


def _another_updater(world: World, kind: str) -> World:
    name, _, other = KINDS[kind]
    if kind == "pipx":
        world.pipx("upgrade", name)
    elif kind == "uv":
        world.uv("tool", "install", "--force", f"{name}=={other}")
    elif kind == "npm":
        world.npm("install", "--prefix", str(world.npm_tools / name / "current"), f"{name}@{other}")
    else:
        npm_globally(world, "install", f"{name}@{other}")
    return world


def npm_globally(world: World, verb: str, package: str) -> None:
    """What `npm i -g` does in the prefix that AIM uses for it."""
    world.npm(verb, "--global", "--prefix", str(world.npm_bin.parent), package)


def _beside_isolated(world: World, kind: str) -> World:
    """The user's shell has the folder of `npm i -g` in front."""
    name, _, other = KINDS[kind]
    npm_globally(world, "install", f"{name}@{other}")
    return world.with_path_first(world.npm_bin)


ROWS = (
    Row(
        "the version inside the package is changed",
        _in_place(change_version),
        rf"(updated itself|moved by another updater) from .* to {re.escape(CHANGED)}",
    ),
    Row("its command is deleted", _in_place(delete_command), r"broken: its command \w+ is missing"),
    Row(
        "its interpreter is broken",
        _in_place(break_interpreter),
        r"broken: (the Python it was made with is gone|its command mkdirp is missing)",
    ),
    Row(
        "a second copy is first on PATH",
        _second_copy,
        r"shadowed by .*/theirs/",
        is_ours_to_mend=False,
        cure=_remove_second_copy,
    ),
    Row(
        "another updater moves it",
        _another_updater,
        r"moved by another updater from .* to ",
    ),
    Row(
        "npm i -g beside isolated",
        _beside_isolated,
        r"shadowed by .*/npm/bin/mkdirp",
        is_ours_to_mend=False,
        cure=lambda world: npm_globally(world, "uninstall", NODE_TOOL[0]),
        kinds=("npm",),
    ),
)


CASES = tuple((kind, row) for row in ROWS for kind in row.kinds)


def prepared(world: World, kind: str) -> World:
    """`world` with the tool of `kind` installed by us, and its command on PATH."""
    name, version, _ = KINDS[kind]
    manager, _, layout = kind.partition(" ")
    place = f', layout = "{layout}"' if layout else ""
    world.declare(f'[tools.{manager}]\n{name} = {{ version = "{version}"{place} }}\n')
    done = world.aim("install")
    assert done.exit_code == 0, done.text
    return world.with_path_first(world.bin, world.npm_bin if layout else world.npm_tools / "bin")


def played(world: World, kind: str, row: Row) -> Outcome:
    """Let `row` happen to the tool of `kind`, look, mend, and look again."""
    name = KINDS[kind][0]
    then = row.happen(world, kind)
    check = then.aim("version", "check", "--check", "--json")
    seen = next(tool for tool in check.json()["tools"] if tool["tool"] == name)
    plan = then.aim("plan", "--json").json()
    reasons = [change["reason"] for change in plan["changes"]]
    reasons += [record["detail"] for record in plan["records"] if record["status"] == "warned"]
    synced = then.aim("sync-versions")
    row.cure(then)
    after = then.aim("version", "check", "--check", "--json").json()
    verified = then.aim("verify")
    return Outcome(
        status=seen["status"],
        why=seen["why"],
        code=check.exit_code,
        planned="; ".join(reasons),
        synced=synced.exit_code,
        now=next(tool["status"] for tool in after["tools"] if tool["tool"] == name),
        verified=verified.exit_code,
    )
