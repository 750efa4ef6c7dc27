"""A home with forty tools of seven package managers, laid out as those were recorded, for the bench of planning."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from aim_lib.inventory import take_inventory
from aim_lib.model import Present
from aim_lib.resources import Options
from tests.contracts.test_resources import lay_out, read
from tests.fakes import host, stub

COUNT = 40
EACH = 6  # of what was recorded of one manager
RECORDED = ("brew", "cargo", "pnpm", "uv")
SYSTEM = ("base-files", "bash", "coreutils", "dpkg")  # of a Debian that every machine has; none on another system


def mixed(scratch: Path, lay_out_one: dict[str, Callable[[Path, str], None]]) -> tuple[Path, str]:
    """A home in `scratch` whose project declares forty tools, and its PATH; `lay_out_one` fills up, in turns."""
    home = scratch / "mixed"
    for kind in RECORDED:
        lay_out(read(kind, "tree.json"), home)
    for name in ("node", "npm", "pnpm", "cargo"):
        stub(home / "programs", name)
    stub(home / "homebrew/bin", "brew")
    path = f"{home}/.local/bin:{home}/npm/bin:{home}/homebrew/bin:{home}/programs:/usr/local/bin:/usr/bin:/bin"
    there = list(_found(home, path))
    system = [name for name in SYSTEM if shutil.which("dpkg")]
    for place in range(COUNT - len(there) - len(system)):
        kind = sorted(lay_out_one)[place % len(lay_out_one)]
        lay_out_one[kind](home, f"{kind}-{place}")
        there.append(Present(kind=kind, name=f"{kind}-{place}", version="1.0.0"))
    there += [Present(kind="apt", name=name) for name in system]
    (home / "project").mkdir()
    (home / "project/aim.toml").write_text(_config(there))
    return home, path


def _found(home: Path, path: str) -> Iterator[Present]:
    on = host(home=home, env={"PATH": path})
    found = take_inventory(on, Options(node_version="24.19.0"), RECORDED)
    for kind in RECORDED:
        mine = (each for each in found.present.values() if each.kind == kind and "dependency" not in each.traits)
        yield from sorted(mine, key=lambda each: each.id)[:EACH]


def _config(there: list[Present]) -> str:
    kinds: dict[str, list[str]] = {}
    for each in there:
        kinds.setdefault(each.kind, []).append(f'"{each.name}" = "*"')
    lines = [line for kind in sorted(kinds) for line in (f"[tools.{kind}]", *kinds[kind])]
    return "\n".join([*lines, "[health]", "required_commands = []", ""])
