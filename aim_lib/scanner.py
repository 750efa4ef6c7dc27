"""What is in some folders, by one walk: equal files and folders, caches, links that lead nowhere, totals."""

from __future__ import annotations

import contextlib
import fnmatch
import gc
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import digest_store
from .content_hash import algorithm
from .crew import Crew, Helpers
from .digests import Compared, compare
from .folding import Folded, fold
from .listing import Excluded, Rules
from .walking import QUARANTINE, Tree, broken_links, mount_points, walk

if TYPE_CHECKING:
    from .cache_sizes import Size
    from .caches import Cache, Kind

# A file that was changed so shortly before a scan may be changed again within one tick of a coarse clock.
SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look. `exclude` are patterns: of names, or with a slash of whole paths; `~` is `home`."""

    roots: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    is_across_mounts: bool = False
    home: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which files to compare: at least so many bytes, and with one of these endings when there are any."""

    min_bytes: int = 0
    extensions: tuple[str, ...] = ()

    def rows(self, tree: Tree) -> Iterable[int]:
        rows: Iterable[int] = range(len(tree.names))
        if self.min_bytes:
            rows = [row for row in rows if tree.sizes[row] >= self.min_bytes]
        if self.extensions:
            endings = tuple(f".{each.lower().removeprefix('.')}" for each in self.extensions)
            rows = [row for row in rows if tree.names[row].lower().endswith(endings)]
        return rows


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Equal files, as groups and folded; `notes` are for people."""

    tree: Tree
    compared: Compared
    folded: Folded
    notes: tuple[str, ...] = ()

    @property
    def wasted(self) -> int:
        return sum(group.wasted for group in self.compared.groups)

    @property
    def copies(self) -> int:
        return sum(len(group.rows) - 1 for group in self.compared.groups)

    @property
    def failures(self) -> list[tuple[str, str]]:
        return [*self.tree.failures, *self.compared.failures]


@dataclass(frozen=True, slots=True)
class Everything:
    """All answers of one walk."""

    duplicates: Duplicates
    caches: tuple[tuple[Cache, Size], ...]
    broken_links: tuple[str, ...]


def rules_for(scope: Scope, noted: frozenset[str] = frozenset()) -> Rules:
    """How to walk `scope`; our own quarantine is never entered."""
    mounts = frozenset() if scope.is_across_mounts else mount_points()
    quarantine = frozenset((QUARANTINE,))
    return Rules(excluder(scope), noted | quarantine, quarantine, mounts)


def excluder(scope: Scope) -> Excluded | None:
    """Whether an entry, by its name and its path, is to be left out; None when nothing is."""
    told = [_at_home(pattern, scope.home) for pattern in scope.exclude]
    names = _regex(pattern for pattern in told if "/" not in pattern)
    paths = _regex(pattern if pattern.startswith("/") else f"*/{pattern}" for pattern in told if "/" in pattern)
    return Excluded(names, paths) if names or paths else None


def _at_home(pattern: str, home: str) -> str:
    text = pattern.rstrip("/")
    return home.replace(os.sep, "/") + text[1:] if text.startswith("~/") else text


def _regex(patterns: Iterable[str]) -> str:
    return "|".join(map(fnmatch.translate, patterns))


@contextlib.contextmanager
def _many_values() -> Iterator[None]:
    """No search for circles among values meanwhile: there are none, and looking through them costs a tenth."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_many_values()
def find_duplicates(
    scope: Scope, which: Filter, memory: Path | None, now_ns: int, helpers: Helpers | None = None
) -> Duplicates:
    """Equal files and folders.

    `memory` is the folder in which what was read is remembered, None for nowhere; `helpers` are processes that may list
    and read for us, None for none.
    """
    with Crew(helpers) as crew:
        return _duplicates(walk(scope.roots, rules_for(scope), crew), scope, which, memory, now_ns, crew)


@_many_values()
def find_everything(
    scope: Scope,
    which: Filter,
    memory: Path | None,
    now_ns: int,
    kinds: tuple[Kind, ...],
    helpers: Helpers | None = None,
) -> Everything:
    """Equal files and folders, caches with their sizes, and links that lead nowhere."""
    from . import caches
    from .cache_sizes import sizes_in

    with Crew(helpers) as crew:
        tree = walk(scope.roots, rules_for(scope, caches.noted_names(kinds)), crew)
        found = caches.found_in(tree, kinds)
        sizes = sizes_in(tree, found)
        links = tuple(broken_links(tree))
        sized = tuple((each, sizes[each.path]) for each in found)
        return Everything(_duplicates(tree, scope, which, memory, now_ns, crew), sized, links)


def _duplicates(tree: Tree, scope: Scope, which: Filter, memory: Path | None, now_ns: int, crew: Crew) -> Duplicates:
    recall, path = digest_store.Recall(digest_store.Known()), None
    if memory is not None:
        words = (algorithm()[0], *sorted(scope.roots), "", *scope.exclude, str(which), str(scope.is_across_mounts))
        path = digest_store.file_for(memory, words)
        recall = digest_store.load(path)
    compared = compare(tree, which.rows(tree), recall.known, now_ns - SETTLED_NS, crew)
    notes = [recall.flaw] if recall.flaw else []
    if path is not None and compared.read:
        notes += _remember(path, tree, compared)
    return Duplicates(tree, compared, fold(tree, compared.groups), tuple(notes))


def _remember(path: Path, tree: Tree, compared: Compared) -> list[str]:
    from .errors import AimError

    try:
        digest_store.save(path, tree, compared.heads, compared.wholes)
    except (AimError, OSError) as error:
        return [f"what was read is not remembered: {error}"]
    return []
