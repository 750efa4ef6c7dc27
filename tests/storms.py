"""Random changes of a folder tree, by a seed: folders, caches, links, renames, and what else confuses who watches."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
from pathlib import Path

from aim_lib import caches
from aim_lib.caches import Cache, found_in, known
from aim_lib.listing import Rules
from aim_lib.sweeping import View
from aim_lib.walking import Tree, walk

NAMES = (
    *("a", "b", "src", "docs", "node_modules", ".venv", ".git", ".mypy_cache", ".ruff_cache", "__pycache__", ".next"),
    *(f"part{number}" for number in range(20)),
)
INSIDE = ("3.11", "cache", "content", "CACHEDIR.TAG", "package.json", "x.pyc", "plain.txt", "tox.ini", "pyvenv.cfg")
MOST = 12  # things in a folder that is removed as a whole
RULES = caches.searching(Rules(), known())


def view_of(root: Path, settled_ns: int = 50_000_000) -> View:
    """A view that trusts the times of a folder after 50 ms: longer than any tick, and short, so that it does trust."""
    return View((str(root),), RULES, settled_ns=settled_ns)


def walked(root: Path) -> tuple[set[str], set[tuple[str, str, bool]], set[Cache]]:
    """What a full walk says: folders, what is noted, caches."""
    return said_by(walk([str(root)], RULES))


def viewed(view: View) -> tuple[set[str], set[tuple[str, str, bool]], set[Cache]]:
    return said_by(view.tree())


def said_by(tree: Tree) -> tuple[set[str], set[tuple[str, str, bool]], set[Cache]]:
    noted = {(tree.folders[home], name, is_folder) for home, name, is_folder in tree.noted}
    return set(tree.folders), noted, set(found_in(tree, known()))


class Storm:
    """Changes below `root`, the same ones for the same seed."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.random = root, random.Random(seed)  # noqa: S311 - to be had again
        root.mkdir(exist_ok=True)

    def blow(self, times: int) -> None:
        acts = (*[self._make] * 8, self._put, self._rename, self._rename, self._remove, self._link, self._clear)
        for _ in range(times):
            act = self.random.choice((*acts, self._swap, self._age))
            # A folder moved into itself, something over something that is not empty: as random people do.
            with contextlib.suppress(OSError, shutil.Error):
                act(self._folder())

    def _folder(self) -> Path:
        """Some folder of the tree, links not followed; the deeper the rarer."""
        place = self.root
        while self.random.random() < 0.75:
            below = sorted(entry.path for entry in os.scandir(place) if entry.is_dir(follow_symlinks=False))
            if not below:
                break
            place = Path(self.random.choice(below))
        return place

    def _make(self, place: Path) -> None:
        names = self.random.choices(NAMES, k=self.random.randint(1, 4))
        place.joinpath(*names).mkdir(parents=True, exist_ok=True)

    def _put(self, place: Path) -> None:
        name = self.random.choice(INSIDE)
        (place / name).write_bytes(caches.TAG if name == "CACHEDIR.TAG" else b"x")

    def _rename(self, place: Path) -> None:
        if place != self.root:
            place.rename(self._folder() / self.random.choice(NAMES))

    def _remove(self, place: Path) -> None:
        """Not the largest ones, or a storm ends with an empty tree."""
        if place != self.root and sum(1 for _ in place.rglob("*")) < MOST:
            shutil.rmtree(place)

    def _clear(self, place: Path) -> None:
        """Links and files go, too: else they have taken every name in the end, and nothing happens any more."""
        for entry in sorted(place.iterdir()):
            if entry.is_symlink() or entry.is_file():
                entry.unlink()

    def _link(self, place: Path) -> None:
        (place / self.random.choice(NAMES)).symlink_to(self._folder())

    def _swap(self, place: Path) -> None:
        """Another folder takes the place of one, under the same name."""
        if place != self.root and sum(1 for _ in place.rglob("*")) < MOST:
            aside = self.root / "aside"
            place.rename(aside)
            place.joinpath(self.random.choice(NAMES)).mkdir(parents=True)
            shutil.rmtree(aside)

    def _age(self, place: Path) -> None:
        """As archives and copies do it: something is put there, and the time is what it was."""
        before = place.stat()
        (place / self.random.choice(NAMES)).mkdir(exist_ok=True)
        os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
