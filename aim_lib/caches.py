"""Caches in projects: what they are, by evidence and not by name alone, whose, and how large.

The evidence, from the best: CACHEDIR.TAG, a tool's own layout, the name beside a file that goes with it, the name. What
has only the name is reported and nothing else; some things are never acted on, whatever they say of themselves.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from .listing import NONE, Rules, join
from .model import Frozen
from .untouchable import ENVIRONMENTS, PACKAGES, REPOSITORIES, is_hard, is_owned
from .walking import QUARANTINE, Tree, is_in, walk

TABLE = "known_caches.toml"
TAG_NAME, TAG = "CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55"  # bford.info/cachedir
BY_TAG, BY_LAYOUT, BY_MARKER, BY_NAME = "tag", "layout", "marker", "name"
_WALLS = frozenset((*REPOSITORIES, *PACKAGES, QUARANTINE))  # what a search for caches does not enter
_PROJECTS = ("pyproject.toml", "package.json", "Cargo.toml", "go.mod", "setup.py", "aim.toml", ".git")


class Kind(Frozen, frozen=True, forbid_unknown_fields=True):
    """One entry of the table."""

    name: str
    tool: str
    layout: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    kept: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.name.split("/"))


class _Table(Frozen, frozen=True, forbid_unknown_fields=True):
    cache: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Cache:
    """One that was found: `evidence` is the best there is; `project` the folder of the project it belongs to."""

    path: str
    pattern: str
    tool: str
    project: str
    evidence: str
    is_kept: bool = False
    is_folder: bool = True

    @property
    def is_cleanable(self) -> bool:
        """Whether it may be moved away: there is more than a name, and it is nothing of the hard list."""
        return not self.is_kept and self.evidence != BY_NAME and not is_hard(self.path)


@cache
def known() -> tuple[Kind, ...]:
    """The kinds that are known, of the built-in table."""
    return msgspec.toml.decode((_data_folder() / TABLE).read_bytes(), type=_Table).cache


def _data_folder() -> Path:
    beside = Path(__file__).resolve().parent
    wheel = beside / "builtin_config"
    return wheel if wheel.is_dir() else beside.parent / "config"


def with_names(names: Iterable[str]) -> tuple[Kind, ...]:
    """The known kinds, and `names` besides: reported as caches, and never acted on unless they have a tag."""
    here = {kind.name for kind in known()}
    return (*known(), *(Kind(name=name.replace("\\", "/"), tool="") for name in names if name not in here))


def noted_names(kinds: Iterable[Kind]) -> frozenset[str]:
    """The names that a walk must note for `found_in`."""
    return frozenset((*(kind.parts[0] for kind in kinds), TAG_NAME, *_PROJECTS, *ENVIRONMENTS))


def search(roots: Iterable[str], rules: Rules, kinds: Sequence[Kind]) -> Tree:
    """A walk for caches alone: it enters neither them nor environments, repositories and installed packages."""
    return walk(roots, searching(rules, kinds, files=False))


def searching(rules: Rules, kinds: Sequence[Kind], *, files: bool = True) -> Rules:
    """`rules` for who looks for caches alone."""
    names = frozenset(kind.parts[0] for kind in kinds)
    return Rules(rules.is_excluded, noted_names(kinds) | _WALLS, names | _WALLS, rules.mounts, files)


def found_in(tree: Tree, kinds: Iterable[Kind]) -> tuple[Cache, ...]:
    """The caches that a walk came by, sorted by path; of those in one another the outermost."""
    projects, environments = _Projects(tree), _in_environments(tree)
    by_first: dict[str, list[Kind]] = {}
    for kind in kinds:
        by_first.setdefault(kind.parts[0], []).append(kind)
    seen = (
        each
        for home, name, is_folder in tree.noted
        if (name in by_first or name == TAG_NAME) and home not in environments
        for each in _at(tree, home, name, is_folder, by_first.get(name, ()), projects)
    )
    kept: list[Cache] = []
    for each in sorted(seen, key=lambda each: each.path):
        if not kept or not is_in(each.path, kept[-1].path):
            kept.append(each)
    return tuple(kept)


def _in_environments(tree: Tree) -> frozenset[int]:
    """Environments, and what lies in them, as rows."""
    found = {home for home, name, _ in tree.noted if name in ENVIRONMENTS}
    if found:
        for row, parent in enumerate(tree.parents):  # a folder comes after the one it is in
            if parent in found:
                found.add(row)
    return frozenset(found)


def _at(
    tree: Tree, home: int, name: str, is_folder: bool, kinds: Sequence[Kind], projects: _Projects
) -> Iterable[Cache]:
    folder = tree.folders[home]
    if _is_walled(folder):
        return
    if name == TAG_NAME and not is_folder and not is_hard(folder) and has_tag(folder):
        yield Cache(folder, os.path.basename(folder), "", projects.above(home), BY_TAG)
    for kind in kinds:
        path, is_dir = join(folder, name), is_folder
        if not is_folder or len(kind.parts) > 1:
            path = os.path.join(folder, *kind.parts)
            if not os.path.lexists(path) or os.path.islink(path):
                continue
            is_dir = os.path.isdir(path)
        yield Cache(path, kind.name, kind.tool, projects.of(home), evidence_of(path, kind), kind.kept, is_dir)


def _is_walled(folder: str) -> bool:
    """Whether it lies in what is not ours to clear up, where a walk for other things went on into it."""
    return not _WALLS.isdisjoint(folder.split(os.sep)) or is_owned(folder)


def evidence_of(path: str, kind: Kind) -> str:
    """The best evidence that what lies at `path` is the cache that its name says."""
    names = _names(path)
    if TAG_NAME in names and has_tag(path):
        return BY_TAG
    if any(_matches(path, names, pattern) for pattern in kind.layout) or (kind.only and _has_only(names, kind.only)):
        return BY_LAYOUT
    beside = os.path.dirname(path)
    if any(os.path.exists(join(beside, name)) for name in kind.beside):
        return BY_MARKER
    return BY_NAME


def has_tag(folder: str) -> bool:
    """Whether `folder` says of itself that it is a cache."""
    try:
        with open(os.path.join(folder, TAG_NAME), "rb") as file:
            return file.read(len(TAG)) == TAG
    except OSError:
        return False


def _matches(folder: str, names: Iterable[str], pattern: str) -> bool:
    first, _, rest = pattern.partition("/")
    found = [name for name in names if fnmatch.fnmatchcase(name, first)]
    return (
        any(_matches(below, _names(below), rest) for below in (join(folder, name) for name in found))
        if rest
        else (bool(found))
    )


def _has_only(names: Collection[str], patterns: Collection[str]) -> bool:
    return bool(names) and all(any(fnmatch.fnmatchcase(name, each) for each in patterns) for name in names)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


class _Projects:
    """The project of a folder: the innermost repository around it, else the innermost project, else the root."""

    __slots__ = ("chosen", "has_repository", "tree")

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.has_repository: dict[int, bool] = {}  # of folders that look like projects
        for home, name, _ in tree.noted:
            if name in _PROJECTS:
                self.has_repository[home] = self.has_repository.get(home, False) or name == ".git"
        self.chosen: dict[int, tuple[int, int]] = {}  # of each folder: what was chosen for it, and how good that is

    def of(self, home: int) -> str:
        return self.tree.folders[self._choose(home)[0]]

    def above(self, home: int) -> str:
        """That of the folder around `home`, which is a project's cache itself."""
        parent = self.tree.parents[home]
        return self.of(parent) if parent != NONE else self.tree.folders[home]

    def _choose(self, home: int) -> tuple[int, int]:
        way = []
        row = home
        while row not in self.chosen and self.tree.parents[row] != NONE:
            way.append(row)
            row = self.tree.parents[row]
        best = self.chosen.get(row) or (row, self._worth(row))
        self.chosen[row] = best
        for inner in reversed(way):  # from outside in: the inner of two equally good ones is the better
            worth = self._worth(inner)
            best = self.chosen[inner] = (inner, worth) if worth and worth >= best[1] else best
        return best

    def _worth(self, row: int) -> int:
        return 0 if row not in self.has_repository else 2 if self.has_repository[row] else 1


def is_misplaced(path: str, allowed: Iterable[str]) -> bool:
    """Whether it lies under none of the folders where caches belong: by parts, `cache2` is not in `cache`."""
    return not any(is_in(path, folder) for folder in allowed)
