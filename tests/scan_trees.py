"""A tree like a developer's disk, the same whenever it is made: real packages in projects, caches, copies, oddities.

`aim dev tree FOLDER`, or python -m tests.scan_trees FOLDER. The packages are fetched once, by uv and npm with the
user's own configuration, into `FOLDER/fetched`; the tree is `FOLDER/tree`, without which it is made anew.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

from aim_lib.host import current

SHARED_NPM = (
    *("date-fns@3.6.0", "lodash@4.17.21", "core-js@3.38.1", "caniuse-lite@1.0.30001660", "antd@5.20.6"),
    *("ramda@0.30.1", "@babel/runtime@7.25.6", "prettier@3.3.3", "@mui/material@5.16.7", "highlight.js@11.10.0"),
)
NPM: dict[str, tuple[str, ...]] = {
    "shop": (*SHARED_NPM, "es-abstract@1.23.3", "rxjs@7.8.1", "typescript@5.6.2"),
    "site": (*SHARED_NPM, "es-abstract@1.22.5", "rxjs@7.5.7", "typescript@5.4.5"),
}
SHARED_PYPI = (
    *("django==5.1.1", "pandas==2.2.2", "sqlalchemy==2.0.35", "setuptools==75.1.0", "matplotlib==3.9.2"),
    *("numpy==2.1.1", "ansible-core==2.17.4"),
)
PYPI: dict[str, tuple[str, ...]] = {
    "api": (*SHARED_PYPI, "sympy==1.13.2", "botocore==1.35.20"),
    "jobs": (*SHARED_PYPI, "sympy==1.12", "botocore==1.34.162"),
}
PYTHON, PLATFORM = "3.12", "x86_64-manylinux_2_28"  # the same wheels wherever the tree is made
TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n"
STAMP_NS = 1_700_000_000_000_000_000
LARGE = 28
MIB = 1024 * 1024


def make_tree(folder: Path) -> Path:
    """The tree below `folder`, made when it is not there; stops the program when a client fails."""
    tree, fetched = folder / "tree", folder / "fetched"
    if (tree / ".complete").exists():
        return tree
    shutil.rmtree(tree, ignore_errors=True)
    for project, packages in NPM.items():
        _make_node_project(tree / project, [_fetch_npm(package, fetched / "npm") for package in packages])
    for project, packages in PYPI.items():
        site = _fetch_pypi(project, packages, fetched)
        shutil.copytree(site, tree / project / ".venv/lib/python3.12/site-packages", symlinks=True)
        (tree / project / ".venv/pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.0\n")
        (tree / project / "pyproject.toml").write_text(f'[project]\nname = "{project}"\n')
        _make_tool_caches(tree / project)
    _make_large(tree / "media")
    _make_oddities(tree / "odd")
    _set_times(tree)
    (tree / ".complete").touch()
    return tree


# --- packages -----------------------------------------------------------------------------------------------------


def _fetch_npm(package: str, folder: Path) -> tuple[str, Path]:
    """The package's name and its tarball."""
    name = package.rpartition("@")[0]
    place = folder / package.replace("/", "__")
    if not any(place.glob("*.tgz")):
        place.mkdir(parents=True, exist_ok=True)
        _run("npm", "pack", "--silent", "--pack-destination", str(place), package)
    return name, next(place.glob("*.tgz"))


def _make_node_project(project: Path, packages: Iterable[tuple[str, Path]]) -> None:
    for name, tarball in packages:
        target = project / "node_modules" / name
        target.mkdir(parents=True)
        with tarfile.open(tarball) as archive:
            for member in archive.getmembers():
                # Each package has one folder at its top, mostly called `package`.
                member.name = member.name.partition("/")[2]
                if member.name and (member.isfile() or member.isdir()):
                    archive.extract(member, target, filter="data")
    (project / "node_modules/.bin").mkdir()
    (project / "node_modules/.bin/tsc").symlink_to("../typescript/bin/tsc")
    (project / "package.json").write_text(f'{{"name": "{project.name}"}}\n')


def _fetch_pypi(project: str, packages: tuple[str, ...], fetched: Path) -> Path:
    site = fetched / "pypi" / project
    if not site.exists():
        making = site.with_name(f"{project}.making")
        where = ("--target", str(making), "--cache-dir", str(fetched / "uv"), "--link-mode", "copy")
        which = ("--no-deps", "--only-binary", ":all:", "--python-version", PYTHON, "--python-platform", PLATFORM)
        _run(sys.executable, "-m", "uv", "pip", "install", "--quiet", *where, *which, *packages)
        for path in (*making.glob("*.dist-info/uv_cache.json"), making / ".lock"):
            path.unlink(missing_ok=True)  # they have times of this moment in them
        making.rename(site)
    return site


def _run(*argv: str) -> None:
    program = shutil.which(argv[0])
    if program is None:
        raise SystemExit(f"{argv[0]} is not on PATH: the tree is made of packages that it fetches")
    done = subprocess.run((program, *argv[1:]), env=dict(current().env), check=False, stdout=subprocess.DEVNULL)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv[:3])} ended with {done.returncode}")


# --- what packages do not have --------------------------------------------------------------------------------------


def _make_tool_caches(project: Path) -> None:
    """What mypy, ruff, pytest and Python leave; the bytes are made up, the layout is theirs."""
    made = random.Random(project.name)  # noqa: S311 - of a bench
    for name, below in ((".mypy_cache", "3.12"), (".ruff_cache", "0.14.1"), (".pytest_cache", "v/cache")):
        cache = project / name
        (cache / below).mkdir(parents=True)
        (cache / "CACHEDIR.TAG").write_bytes(TAG)
        (cache / ".gitignore").write_text("*\n")
        for place in range(200):
            (cache / below / f"{place}.meta.json").write_bytes(made.randbytes(made.randrange(200, 40_000)))
    for place in range(300):
        package = project / "src" / f"part_{place}"
        (package / "__pycache__").mkdir(parents=True)
        (package / "__init__.py").write_text(f"PART = {place}\n")
        (package / "__pycache__/__init__.cpython-312.pyc").write_bytes(made.randbytes(300))


def _make_large(media: Path) -> None:
    """28 files of 1 to 50 MiB, half of them copies; and pairs that differ in their last byte alone."""
    made = random.Random(1)  # noqa: S311 - of a bench
    media.mkdir(parents=True)
    for place in range(LARGE // 2):
        content = made.randbytes(made.choice((1, 1, 2, 3, 5, 8, 13, 50)) * MIB)
        (media / f"{place}.bin").write_bytes(content)
        (media / f"copy of {place}.bin").write_bytes(content)
    for place in range(40):
        content = made.randbytes(made.randrange(20_000, 300_000))
        (media / f"near {place}.bin").write_bytes(content)
        (media / f"nearly {place}.bin").write_bytes(content[:-1] + bytes((content[-1] ^ 1,)))


def _make_oddities(odd: Path) -> None:
    """Sparse files, hard links, links in a circle and to nowhere, empty files and folders, a name that is no UTF-8."""
    odd.mkdir(parents=True)
    for name in ("sparse.img", "sparse too.img"):
        with (odd / name).open("wb") as file:
            file.truncate(8 * MIB)
    (odd / "linked").write_bytes(b"one file of many names\n" * 500)
    for place in range(50):
        os.link(odd / "linked", odd / f"link {place}")
        (odd / f"empty {place}").touch()
    (odd / "circle").symlink_to(".")
    (odd / "nowhere").symlink_to("/nowhere/at/all")
    (odd / "nothing").mkdir()
    if os.name == "posix":
        Path(os.fsdecode(os.fsencode(odd) + b"/caf\xe9")).write_bytes(b"latin-1\n")


def _set_times(tree: Path) -> None:
    for folder, _, files in os.walk(tree):
        for name in files:
            os.utime(f"{folder}/{name}", ns=(STAMP_NS, STAMP_NS), follow_symlinks=False)


if __name__ == "__main__":
    sys.stdout.write(f"{make_tree(Path(sys.argv[1]))}\n")
