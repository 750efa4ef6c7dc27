"""The truth matrix as a table, beside mise on the same machine in the same run: python -m tests.truth.

Throw-away homes; uses the registries. `--mise DIR` is where mise is or shall be installed by npm; without it a
new folder. Exits 1 when something happened that we did not see or did not mend.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.real.matrix import (
    CASES,
    KINDS,
    Tool,
    break_interpreter,
    change_version,
    delete_command,
    played,
    prepared,
    python_tool,
)
from tests.real.world import PROGRAMS, make_world, network_settings

BREAKS: tuple[tuple[str, Callable[[Tool], None]], ...] = (
    ("the version inside the package is changed", change_version),
    ("its command is deleted", delete_command),
    ("its interpreter is broken", break_interpreter),
)
ASKED = (("ls",), ("install", "--dry-run-code"), ("bootstrap", "status"), ("doctor",))


@dataclass(frozen=True, slots=True)
class Mise:
    """A mise with a home of its own."""

    program: Path
    home: Path

    def run(self, *words: str) -> tuple[int, str]:
        """Exit code, and all it said."""
        folders = {name: str(self.home / name.lower()) for name in ("DATA", "CONFIG", "CACHE", "STATE")}
        own = {f"MISE_{name}_DIR": folder for name, folder in folders.items()}
        # A registry without dates would fail its default of a minimum age.
        ages = {"MISE_MINIMUM_RELEASE_AGE": "0s", "AUBE_MINIMUM_PACKAGE_AGE": "0"}
        # Its shims are first on PATH, as it advises: else that alone is a problem to it.
        path = os.pathsep.join((str(self.home / "data/shims"), str(self.program.parent), str(PROGRAMS), os.defpath))
        found = {name: value for name, value in os.environ.items() if not name.startswith("MISE_")}  # noqa: TID251
        path = f"{path}{os.pathsep}{found['PATH']}"
        env = {**found, **own, **ages, "HOME": str(self.home), "PATH": path, "MISE_YES": "1", "NO_COLOR": "1"}
        argv = [str(self.program), *words]
        done = subprocess.run(argv, env=env, cwd=self.home, capture_output=True, text=True, timeout=300, check=False)
        return done.returncode, done.stdout + done.stderr

    def tools(self) -> tuple[Tool, Tool]:
        """The one from npm and the one from PyPI, where mise has put them."""
        (node_name, node_version, _), (name, version, _) = KINDS["npm"], KINDS["pipx"]
        node = self.home / "data/installs" / f"npm-{node_name}" / node_version / "node_modules"
        package = (node / node_name).resolve()
        script = next((package / "dist").rglob("bin.js"))
        root = self.home / "data/installs" / f"pipx-{name}" / version
        return (
            Tool(node_name, package / "package.json", node / ".bin" / node_name, script),
            python_tool(name, root / name, root / "bin" / name),
        )


def ours(scratch: Path) -> bool:
    """Print our half; returns whether everything was seen and mended."""
    caches = {"UV_CACHE_DIR": str(scratch / "uv"), "npm_config_cache": str(scratch / "npm")}
    is_right = True
    for place, (kind, row) in enumerate(sorted(CASES, key=lambda case: [*KINDS].index(case[0]))):
        base = {**network_settings(), **caches, "LANG": "C.UTF-8", "TERM": "dumb", "SHELL": "/bin/bash"}
        world = make_world(scratch / str(place), base)
        outcome = played(prepared(world, kind), kind, row)
        is_seen = (outcome.status, outcome.code) == ("drift", 5) and bool(re.search(row.why, outcome.why))
        is_mended = (outcome.synced, outcome.now, outcome.verified) == (0, "ok", 0)
        is_right = is_right and is_seen and is_mended
        why = re.sub(r"/\S*/", "…/", outcome.why)
        told = ("seen" if is_seen else "NOT SEEN", "right again" if is_mended else "NOT MENDED")
        print(f"  {kind:10} {row.what:42} {told[0]:9} {told[1]:12} {why}", flush=True)
    return is_right


def theirs(program: Path, scratch: Path) -> None:
    """Print what mise says of the same on its own installations."""
    print(f"\n{Mise(program, scratch).run('--version')[1].splitlines()[0]}, tools by its npm and pipx backends")
    for place, (what, happen) in enumerate(BREAKS):
        home = scratch / f"mise-{place}"
        home.mkdir()
        mise = Mise(program, home)
        names = (f"npm:{KINDS['npm'][0]}@{KINDS['npm'][1]}", f"pipx:{KINDS['pipx'][0]}@{KINDS['pipx'][1]}")
        code, said = mise.run("use", "--global", *names)
        if code:
            raise SystemExit(f"mise use ended with {code}:\n{said}")
        mise.run("reshim")
        before = {words: mise.run(*words) for words in ASKED}
        for tool in mise.tools():
            happen(tool)
        print(f"  {what}")
        for words in ASKED:
            code, said = mise.run(*words)
            change = "as before" if (code, said) == before[words] else _difference(before[words][1], said)
            print(f"    mise {' '.join(words):24} exit {code}  {change}", flush=True)


def _difference(before: str, after: str) -> str:
    """The lines that are new."""
    known = set(before.splitlines())
    return "; ".join(line.strip() for line in after.splitlines() if line.strip() and line not in known) or "says less"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mise", type=Path, help="a prefix of npm's with @jdxcode/mise in it, or for it")
    parser.add_argument("--ours", action="store_true", help="leave mise out")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aim-truth-") as folder:
        scratch = Path(folder)
        print("AIM: version check --check, then sync-versions, then verify")
        is_right = ours(scratch)
        if not asked.ours:
            prefix = asked.mise or scratch / "mise"
            if not (prefix / "bin/mise").exists():
                argv = ("npm", "install", "-g", "--silent", "--prefix", str(prefix), "@jdxcode/mise")
                subprocess.run(argv, check=True)
            theirs(prefix / "bin/mise", scratch)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
