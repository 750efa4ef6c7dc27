"""Locked npm tools from npm's cache, by the real npm and by our own unpacking: the same trees, to the last bit."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from pathlib import Path

import pytest

from aim_lib import files
from aim_lib.host import Folders, Host
from aim_lib.model import Copy, Delete, Run, Step, Wanted
from aim_lib.resources import Options, npm

from .world import World

pytestmark = pytest.mark.real

TOOLS = {
    "npm-check-updates": "17.1.14",  # one package, two commands
    "@antfu/ni": "0.21.12",  # in a scope, many commands
    "rimraf": "5.0.5",  # several versions of a package
    "mocha": "10.8.2",
    "eslint": "9.39.0",
    "jest": "29.7.0",  # two packages have one command's name; one for macOS only
    "ts-node": "10.9.2",  # tarballs with another first folder
    "dotenv-cli": "8.0.0",  # an empty folder in a tarball
    "live-server": "1.2.2",  # commands written on Windows, odd modes
    "rolldown": "1.0.0-beta.30",  # a program for each platform, one of them with packages in it
}


def tree(folder: Path) -> dict[str, str]:
    """Every file with its mode and its content, every folder with its mode, every link with where it leads."""
    return {str(path.relative_to(folder)): described(path) for path in sorted(folder.rglob("*"))}


def described(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"-> {path.readlink()}"
    content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(mode) else ""
    return f"{mode:o} {content}"


def perform(step: Step, world: World) -> None:
    if isinstance(step, Run):
        done = world.with_env(**dict(step.env)).run(*step.argv)
        assert done.exit_code == 0, done.text
    elif isinstance(step, Copy):
        files.copy_locked(Path(step.source), Path(step.path), step.sha256)
    elif isinstance(step, Delete):
        shutil.rmtree(step.path, ignore_errors=True)
    else:
        files.write_text(Path(step.path), step.text)  # type: ignore[union-attr]


def prepared(world: World, name: str, version: str) -> tuple[Path, Run]:
    """A build that is locked and not yet filled, and the step that fills it."""
    own = Folders(*(world.own / folder for folder in ("config", "state", "data", "logs", "cache")))
    resource = npm.open(Host("linux", "x86_64", world.home, world.project, own, env=dict(world.env)), Options())
    wanted = Wanted(kind="npm", name=name, version=version, request=version)
    locking = resource.locking(wanted, None, version, world.root / "locking")
    assert locking is not None
    for step in locking.steps:
        perform(step, world)
    lock = Path(locking.made)
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    locked = Wanted(kind="npm", name=name, version=version, request=version, lock_file=str(lock), lock_sha256=digest)
    *before, fill, _ = resource.change(locked, None, version).do
    for step in before:
        perform(step, world)
    assert isinstance(fill, Run)
    return world.npm_tools / name.replace("/", "+") / version, fill


def npm_itself(fill: Run) -> Run:
    return Run(argv=fill.argv[fill.argv.index("--") + 1 :], env=fill.env)


def without_npm(fill: Run) -> Run:
    """The same call, but what it falls back on fails."""
    return Run(argv=(*fill.argv[: fill.argv.index("--") + 1], "/bin/false"), env=fill.env)


@pytest.mark.parametrize("name", TOOLS)
def test_the_tree_is_the_one_npm_makes(world: World, name: str) -> None:
    """Names, contents, modes, links and npm's own note; npm is not needed for it once its cache is warm."""
    build, fill = prepared(world, name, TOOLS[name])
    perform(npm_itself(fill), world)
    theirs = tree(build / "node_modules")
    shutil.rmtree(build / "node_modules")

    perform(without_npm(fill), world)

    assert tree(build / "node_modules") == theirs


@pytest.mark.parametrize(("name", "version"), [("esbuild", "0.25.0"), ("npm", "10.9.0")])
def test_what_is_more_than_files_is_npms(world: World, name: str, version: str) -> None:
    """Install scripts, packages within packages: npm makes all of it."""
    build, fill = prepared(world, name, version)
    perform(npm_itself(fill), world)
    theirs = tree(build / "node_modules")
    shutil.rmtree(build / "node_modules")

    done = world.with_env(**dict(fill.env)).run(*without_npm(fill).argv)
    perform(fill, world)

    assert done.exit_code == 1
    assert tree(build / "node_modules") == theirs


def test_a_damaged_cache_is_mended_by_npm(world: World) -> None:
    """A content that is not what its name says is fetched anew, and what is installed is right."""
    cache = world.root / "npm-cache"
    there = world.with_env(npm_config_cache=str(cache), NPM_CONFIG_CACHE=str(cache))
    build, fill = prepared(there, "mkdirp", "3.0.1")
    perform(fill, there)
    theirs = tree(build / "node_modules")
    shutil.rmtree(build / "node_modules")
    for content in (cache / "_cacache" / "content-v2" / "sha512").rglob("*"):
        if content.is_file() and content.stat().st_size:
            os.truncate(content, content.stat().st_size - 1)

    perform(fill, there)

    assert tree(build / "node_modules") == theirs
