"""What folders hold, kept up to date by looking at their times: a view of a tree that one sweep makes true again.

A sweep asks every folder that is known for its identity and its times, and lists again those that have changed. Hints
make it quicker and are never needed. Links are not followed, other file systems not entered, and the folders that are
pruned are known by name alone.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from .listing import NONE, Rules, join, reason_of
from .swept import Folder, Stamp, Swept, file_stamp, is_a_folder, list_folder, stamp_of
from .walking import Tree

# A folder that was changed so shortly before it was listed may be changed again within one tick of a coarse clock: it
# is listed again. As in Git's index; FAT has ticks of two seconds.
SETTLED_NS = 2_000_000_000


@dataclass(slots=True)
class View:
    """The folders below `roots`, absolute and without links in them, and what is noted in them.

    `counts_files`: each file is asked, too. `settled_ns`: a folder that has not changed for so long shows its next
    change by its times. `failures` has the reason of every folder that cannot be read, by path, and
    `gone` the roots that are not there.
    """

    roots: tuple[str, ...]
    rules: Rules
    counts_files: bool = False
    settled_ns: int = SETTLED_NS
    folders: dict[str, Folder] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def sweep(self, now_ns: int, on_added: Callable[[str], None] = lambda _folder: None) -> Swept:
        """Look at everything that is known, at `now_ns` (of the wall clock); afterwards the view is what is there.

        `on_added` is called with each new folder before it is listed: whoever watches it from then on misses nothing.
        """
        swept = Swept()
        for root in self.roots:
            self._look_at_root(root, now_ns, swept, on_added)
        lstat, is_light = os.lstat, not self.counts_files
        for path, folder in list(self.folders.items()):
            if folder.is_settled and is_light:  # what most of them are, with nothing else asked
                try:
                    found = lstat(path)
                except OSError:
                    self._forget(path, swept)
                    continue
                if (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns) == folder.stamp:
                    continue
            if self.folders.get(path) is folder and path not in self.roots:
                self._look_at(path, folder, now_ns, swept, on_added)
        return swept

    def look_at(
        self, paths: Collection[str], now_ns: int, on_added: Callable[[str], None] = lambda _folder: None
    ) -> Swept:
        """As `sweep`, for these folders alone, which are listed whatever their times say."""
        swept = Swept()
        for path in paths:
            folder = self.folders.get(path)
            if folder is not None:
                folder.is_settled = False
                self._look_at(path, folder, now_ns, swept, on_added)
        return swept

    def tree(self, chosen: Iterable[str] | None = None) -> Tree:
        """The view as what a walk would have found, without files: all of it, or `chosen` folders and those above."""
        wanted = self.folders.keys() if chosen is None else self._with_those_above(chosen)
        tree, rows = Tree(), dict[str, int]()
        for path in sorted(wanted, key=len):  # a folder before those in it
            rows[path] = len(tree.folders)
            tree.folders.append(path)
            tree.parents.append(NONE if path in self.roots else rows[os.path.dirname(path)])
            tree.noted += [(rows[path], name, is_folder) for name, is_folder in self.folders[path].noted]
        tree.failures += sorted(self.failures.items())
        return tree

    def _with_those_above(self, chosen: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for path in chosen:
            place = path
            while place in self.folders and place not in found:
                found.add(place)
                place = place if place in self.roots else os.path.dirname(place)
        return found

    def _look_at_root(self, root: str, now_ns: int, swept: Swept, on_added: Callable[[str], None]) -> None:
        try:
            found = os.lstat(root)
        except OSError as error:
            self._forget(root, swept)
            self.gone.add(root)
            self.failures[root] = reason_of(error)
            return
        self.gone.discard(root)
        self.failures.pop(root, None)
        folder = self.folders.get(root)
        if not stat.S_ISDIR(found.st_mode):
            self._forget(root, swept)
            self.failures[root] = "it is no folder"
        elif folder is None:
            self._add(root, now_ns, swept, on_added)
        else:
            self._look_at(root, folder, now_ns, swept, on_added)

    def _look_at(self, path: str, folder: Folder, now_ns: int, swept: Swept, on_added: Callable[[str], None]) -> None:
        try:
            found = os.lstat(path)
        except OSError:
            self._forget(path, swept)
            return
        stamp = stamp_of(found)
        if stamp[:2] != folder.stamp[:2]:
            # Another folder of the same name: nothing that is known of the old one says anything about it.
            self._forget(path, swept)
            if stat.S_ISDIR(found.st_mode) and self._is_wanted(path, found.st_dev):
                self._add(path, now_ns, swept, on_added)
        elif stamp != folder.stamp or not folder.is_settled:
            self._list(path, folder, stamp, now_ns, swept, on_added)
        elif self.counts_files:
            self._ask_files(path, folder, swept)

    def _is_wanted(self, path: str, device: int) -> bool:
        """Whether the folder above it still names it, and nothing has been mounted there."""
        above = self.folders.get(os.path.dirname(path))
        if path in self.roots or above is None:
            return path in self.roots
        return os.path.basename(path) in above.children and (device == above.stamp[0] or self.rules.mounts is not None)

    def _add(self, path: str, now_ns: int, swept: Swept, on_added: Callable[[str], None]) -> None:
        stack = [path]
        while stack:
            place = stack.pop()
            on_added(place)
            try:
                stamp = stamp_of(os.lstat(place))
            except OSError:
                continue
            folder = self.folders[place] = Folder(stamp)
            swept.added.append(place)
            stack += self._read(place, folder, stamp, now_ns, swept, is_new=True)

    def _list(
        self, path: str, folder: Folder, stamp: Stamp, now_ns: int, swept: Swept, on_added: Callable[[str], None]
    ) -> None:
        before = set(folder.children)
        self._read(path, folder, stamp, now_ns, swept, is_new=False)
        for name in before.difference(folder.children):
            self._forget(join(path, name), swept)
        for name in folder.children:
            child = join(path, name)
            if child not in self.folders:
                self._add(child, now_ns, swept, on_added)

    def _read(self, path: str, folder: Folder, stamp: Stamp, now_ns: int, swept: Swept, *, is_new: bool) -> list[str]:
        """List `path` into `folder`; returns the folders in it that are not known yet."""
        rules, children, noted, others = self.rules, [], [], {}
        swept.reads += 1
        try:
            entries = list_folder(path)
            self.failures.pop(path, None)
        except OSError as error:
            entries = []
            self.failures[path] = reason_of(error)
        for entry in entries:
            name = entry.name
            if rules.is_excluded is not None and rules.is_excluded(name, join(path, name)):
                continue
            is_folder = is_a_folder(entry)
            if name in rules.noted:
                noted.append((name, is_folder))
                if name in rules.pruned:
                    continue
            if is_folder and not self._is_mount(join(path, name), stamp[0]):
                children.append(name)
            elif self.counts_files and not is_folder:
                others[name] = file_stamp(join(path, name))
        was = (folder.children, folder.noted)
        folder.children, folder.noted = tuple(sorted(children)), tuple(sorted(noted))
        self._compare_files(path, folder, others, swept, is_new=is_new)
        newest = max(stamp[2], stamp[3])
        # Nothing tells when a time that lies ahead has passed, nor one of a file system that has none.
        folder.is_settled = newest < now_ns - self.settled_ns
        folder.stamp = stamp
        if is_new or was != (folder.children, folder.noted):
            swept.listed.append(path)
        return [join(path, name) for name in folder.children if join(path, name) not in self.folders]

    def _is_mount(self, path: str, device: int) -> bool:
        if self.rules.mounts is not None:
            return path in self.rules.mounts
        try:
            found = os.lstat(path)
        except OSError:
            return False
        return bool(getattr(found, "st_reparse_tag", 0)) or found.st_dev != device

    def _ask_files(self, path: str, folder: Folder, swept: Swept) -> None:
        now = {name: file_stamp(join(path, name)) for name in folder.files}
        self._compare_files(path, folder, now, swept, is_new=False)

    def _compare_files(
        self, path: str, folder: Folder, now: dict[str, tuple[int, ...]], swept: Swept, *, is_new: bool
    ) -> None:
        before, folder.files = folder.files, {name: each for name, each in now.items() if each}
        for name in sorted({*before, *folder.files}):
            was, is_ = before.get(name), folder.files.get(name)
            if was != is_:
                word = "made" if was is None else "gone" if is_ is None else "changed"
                swept.files.append((word, join(path, name)))

    def _forget(self, path: str, swept: Swept) -> None:
        stack = [path] if path in self.folders else []
        while stack:
            place = stack.pop()
            folder = self.folders.pop(place, None)
            self.failures.pop(place, None)
            if folder is not None:
                swept.removed.append(place)
                swept.files += [("gone", join(place, name)) for name in sorted(folder.files)]
                stack += [join(place, name) for name in folder.children]
