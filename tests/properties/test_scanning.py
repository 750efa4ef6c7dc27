"""For any small tree: our groups are those of hashing everything, and folding loses no byte."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import defaultdict
from pathlib import Path
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from aim_lib import walking
from aim_lib.folding import Folded
from aim_lib.scanner import Filter, Scope, find_duplicates

CONTENTS = st.sampled_from([b"", b"a", b"b", b"ab", b"x" * 16_384, b"x" * 16_385, b"x" * 16_384 + b"y"])
NAMES = st.sampled_from(["a", "b", "node_modules", "lib", ".git", "c"])
FOLDERS = st.lists(NAMES, max_size=3).map(tuple)
TREES = st.dictionaries(st.tuples(FOLDERS, st.sampled_from(["f", "g", "h"])), CONTENTS, max_size=12)
LINKS = st.lists(st.tuples(FOLDERS, st.sampled_from(["one", "two"])), max_size=2)


def make(root: Path, tree: dict[tuple[tuple[str, ...], str], bytes], links: list[tuple[tuple[str, ...], str]]) -> None:
    for (folders, name), content in tree.items():
        path = root.joinpath(*folders, f"{name}.txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for folders, target in links:
        path = root.joinpath(*folders, "link")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_symlink():
            path.symlink_to(target)


def naive(root: Path) -> set[frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_size:
            found[hashlib.sha256(path.read_bytes()).hexdigest()].add(str(path))
    return {frozenset(paths) for paths in found.values() if len(paths) > 1}


def told(folded: Folded) -> int:
    groups = sum(each.wasted for each in folded.folders) + sum(each.wasted for each in folded.files)
    return groups + sum(each.loose for each in folded.owned)


@settings(max_examples=60, deadline=None)
@given(TREES, LINKS, st.integers(1, 5))
def test_our_groups_are_those_of_hashing_everything(
    tree: dict[tuple[tuple[str, ...], str], bytes], links: list[tuple[tuple[str, ...], str]], portion: int
) -> None:
    """And every wasted byte is told once, in a folder group, with an owner, or in a file group."""
    with tempfile.TemporaryDirectory() as name, mock.patch.object(walking, "_PORTION", portion):
        root = Path(os.path.realpath(name))
        make(root, tree, links)
        found = find_duplicates(Scope((str(root),)), Filter(), None, 0)

        ours = {frozenset(found.tree.path(row) for row in group.rows) for group in found.compared.groups}
        assert ours == naive(root)
        assert told(found.folded) == found.wasted


@settings(max_examples=40, deadline=None)
@given(TREES, LINKS)
def test_folders_told_as_equal_are_equal(
    tree: dict[tuple[tuple[str, ...], str], bytes], links: list[tuple[tuple[str, ...], str]]
) -> None:
    """All the way down: the same names, contents and links."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(os.path.realpath(name))
        make(root, tree, links)
        found = find_duplicates(Scope((str(root),)), Filter(), None, 0)

        for group in found.folded.folders:
            inside = [listing(Path(found.tree.folders[row])) for row in group.folders]
            assert inside == [inside[0]] * len(inside)


def listing(folder: Path) -> list[tuple[str, object]]:
    return [
        (str(path.relative_to(folder)), path.readlink() if path.is_symlink() else path.is_dir() or path.read_bytes())
        for path in sorted(folder.rglob("*"))
    ]
