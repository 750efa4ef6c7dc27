"""Caches in projects: what they are, by evidence and not by name alone, whose, and how large.

The evidence, from the best: CACHEDIR.TAG, a tool's own layout, the name beside a file that goes with it, the name. What
has only the name is reported and nothing else; some things are never acted on, whatever they say of themselves.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from .model import Frozen
from .walking import NONE, Rules, Tree, is_in, join, reason_of, walk

TABLE = "known_caches.toml"
TAG_NAME, TAG = "CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55"  # bford.info/cachedir
BY_TAG, BY_LAYOUT, BY_MARKER, BY_NAME = "tag", "layout", "marker", "name"
QUARANTINE = ".aim-quarantine"
# Never moved, linked or deleted, and nothing in them but what the table names: repositories, environments, packages,
# builds that may be all there is of something, and what AI tools remember. uv puts a CACHEDIR.TAG into each .venv.
_REPOSITORIES = (".git", ".hg", ".svn", ".jj", ".bzr")
_PACKAGES = (".venv", "venv", "env", ".env", "node_modules", "bower_components", "site-packages", "dist-packages")
_AGENTS = (".claude", ".aider", ".jules", ".codex", ".gemini", ".cursor", ".continue", ".copilot")
HARD = frozenset((*_REPOSITORIES, *_PACKAGES, "dist", "build", *_AGENTS))
_HISTORY = (".aider.chat.history", ".aider.input.history", ".aider.llm.history")
_WALLS = frozenset((*_REPOSITORIES, *_PACKAGES, QUARANTINE))  # what a search for caches does not enter
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


@dataclass(frozen=True, slots=True)
class Size:
    """What a cache takes on disk, in bytes and files; the newest change in it, in nanoseconds since 1970."""

    size_bytes: int = 0
    files: int = 0
    newest_ns: int = 0
    failures: tuple[tuple[str, str], ...] = ()


def is_hard(path: str) -> bool:
    """Whether it is on the list of what is never touched, by the name of its last part."""
    name = os.path.basename(path)
    return name in HARD or name.startswith(_HISTORY)


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
    return frozenset((*(kind.parts[0] for kind in kinds), TAG_NAME, *_PROJECTS))


def search(roots: Iterable[str], rules: Rules, kinds: Sequence[Kind]) -> Tree:
    """A walk for caches alone: it enters neither them nor environments, repositories and installed packages."""
    return walk(roots, searching(rules, kinds))


def searching(rules: Rules, kinds: Sequence[Kind]) -> Rules:
    """`rules` for who looks for caches alone."""
    names = frozenset(kind.parts[0] for kind in kinds)
    return Rules(rules.is_excluded, noted_names(kinds) | _WALLS, names | _WALLS, rules.mounts)


def found_in(tree: Tree, kinds: Iterable[Kind]) -> tuple[Cache, ...]:
    """The caches that a walk came by, sorted by path; of those in one another the outermost."""
    projects = _project_rows(tree)
    by_first: dict[str, list[Kind]] = {}
    for kind in kinds:
        by_first.setdefault(kind.parts[0], []).append(kind)
    seen = (
        each
        for home, name, is_folder in tree.noted
        for each in _at(tree, home, name, is_folder, by_first.get(name, ()), projects)
    )
    kept: list[Cache] = []
    for each in sorted(seen, key=lambda each: each.path):
        if not kept or not is_in(each.path, kept[-1].path):
            kept.append(each)
    return tuple(kept)


def _at(
    tree: Tree, home: int, name: str, is_folder: bool, kinds: Sequence[Kind], projects: Mapping[int, bool]
) -> Iterable[Cache]:
    folder = tree.folders[home]
    if _is_walled(folder):
        return
    project = _project_of(tree, home, projects)
    if name == TAG_NAME and not is_folder and not is_hard(folder) and has_tag(folder):
        yield Cache(folder, os.path.basename(folder), "", _above(tree, home, projects), BY_TAG)
    for kind in kinds:
        path = os.path.join(folder, *kind.parts)
        if os.path.lexists(path) and not os.path.islink(path):
            is_dir = os.path.isdir(path)
            yield Cache(path, kind.name, kind.tool, project, evidence_of(path, kind), kind.kept, is_dir)


def _above(tree: Tree, home: int, projects: Mapping[int, bool]) -> str:
    parent = tree.parents[home]
    return _project_of(tree, parent, projects) if parent != NONE else tree.folders[home]


def _is_walled(folder: str) -> bool:
    """Whether it lies in what is not ours to clear up, where a walk for other things went on into it."""
    return not _WALLS.isdisjoint(folder.split(os.sep))


def evidence_of(path: str, kind: Kind) -> str:
    """The best evidence that what lies at `path` is the cache that its name says."""
    if has_tag(path):
        return BY_TAG
    if any(_matches(path, pattern) for pattern in kind.layout) or (kind.only and _has_only(path, kind.only)):
        return BY_LAYOUT
    beside = os.path.dirname(path)
    if any(os.path.exists(os.path.join(beside, name)) for name in kind.beside):
        return BY_MARKER
    return BY_NAME


def has_tag(folder: str) -> bool:
    """Whether `folder` says of itself that it is a cache."""
    try:
        with open(os.path.join(folder, TAG_NAME), "rb") as file:
            return file.read(len(TAG)) == TAG
    except OSError:
        return False


def _matches(folder: str, pattern: str) -> bool:
    first, _, rest = pattern.partition("/")
    found = [name for name in _names(folder) if fnmatch.fnmatchcase(name, first)]
    return any(_matches(join(folder, name), rest) for name in found) if rest else bool(found)


def _has_only(folder: str, patterns: Collection[str]) -> bool:
    names = _names(folder)
    return bool(names) and all(any(fnmatch.fnmatchcase(name, each) for each in patterns) for name in names)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _project_rows(tree: Tree) -> dict[int, bool]:
    """Folders that look like projects; True for those with a repository."""
    found: dict[int, bool] = {}
    for home, name, _ in tree.noted:
        if name in _PROJECTS:
            found[home] = found.get(home, False) or name == ".git"
    return found


def _project_of(tree: Tree, home: int, projects: Mapping[int, bool]) -> str:
    """The innermost repository around it, else the innermost project, else the root of the walk."""
    rows = [home]
    while tree.parents[rows[-1]] != NONE:
        rows.append(tree.parents[rows[-1]])
    inside = [row for row in rows if row in projects]
    chosen = next((row for row in inside if projects[row]), next(iter(inside), rows[-1]))
    return tree.folders[chosen]


def size_of(path: str) -> Size:
    """What lies at `path`, links not followed, a file of several names once."""
    total, files, newest, failures = 0, 0, 0, []
    seen: set[tuple[int, int]] = set()
    has_blocks = hasattr(os.stat_result, "st_blocks")
    stack = [path]
    if not os.path.isdir(path):
        found = os.lstat(path)
        return Size(found.st_blocks * 512 if has_blocks else found.st_size, 1, found.st_mtime_ns)
    while stack:
        folder = stack.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
                        continue
                    found = entry.stat(follow_symlinks=False)
                    if found.st_nlink > 1:
                        if (found.st_dev, found.st_ino) in seen:
                            continue
                        seen.add((found.st_dev, found.st_ino))
                    total += found.st_blocks * 512 if has_blocks else found.st_size
                    files += 1
                    if found.st_mtime_ns > newest:
                        newest = found.st_mtime_ns
        except OSError as error:
            failures.append((folder, reason_of(error)))
    return Size(total, files, newest, tuple(failures))


def is_misplaced(path: str, allowed: Iterable[str]) -> bool:
    """Whether it lies under none of the folders where caches belong: by parts, `cache2` is not in `cache`."""
    return not any(is_in(path, folder) for folder in allowed)
