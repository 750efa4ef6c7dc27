"""Check who imports whom with import-linter, in a copy of the sources laid out as in the wheel: `aim dev contracts`.

From the checkout itself import-linter sees `tasks` as a module, not a package, and would miss every file in it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def settings() -> dict[str, Any]:
    """The tool tables of pyproject.toml."""
    tool: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    return tool


def lay_out(folder: Path) -> Path:
    """Copy the sources into `folder` where the wheel has them; returns `folder`."""
    wheel = settings()["hatch"]["build"]["targets"]["wheel"]
    places = {**{name: name for name in wheel["packages"]}, **wheel["force-include"]}
    for source, target in places.items():
        if (ROOT / source).is_dir():
            skip = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, folder / target, ignore=skip, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / source, folder / target)
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the sources in `folder`; its report is on stdout."""
    # A process of its own: in ours `aim_lib` is already imported, from the checkout.
    command = [sys.executable, "-c", LINT, "--config", str(ROOT / "pyproject.toml"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, text=True, encoding="utf-8", capture_output=True, check=False)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="aim-contracts-") as scratch:
        done = lint(lay_out(Path(scratch)))
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
