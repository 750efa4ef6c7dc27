"""The tree that the scan is measured with is the same whenever it is made; its packages only the bench fetches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aim_lib.scanner import Duplicates, Filter, Scope, find_duplicates

from . import scan_trees

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the tree has names that are no text")


def made(root: Path) -> Duplicates:
    scan_trees.make_tool_caches(root / "api")
    scan_trees.make_large(root / "media", 4, 2)
    scan_trees.make_oddities(root / "odd")
    return find_duplicates(Scope((str(root),)), Filter(), None, 0)


def test_it_is_the_same_whenever_it_is_made(tmp_path: Path) -> None:
    """Names and bytes are made by seeds: the reclaimable bytes of two trees are equal, group by group."""
    one, other = made(tmp_path / "one"), made(tmp_path / "other")

    assert {group.digest for group in one.compared.groups} == {group.digest for group in other.compared.groups}
    assert one.wasted == other.wasted > 0


def test_it_has_what_trees_of_developers_have(tmp_path: Path) -> None:
    """Files of many names, links in a circle and to nowhere, near-duplicates, empty files."""
    found = made(tmp_path)
    names = {found.tree.names[row] for group in found.compared.groups for row in group.rows}

    assert len(found.tree.later_names) == 50
    assert {"circle", "nowhere"} <= {name for _, name in found.tree.links}
    assert "0.bin" in names
    assert not any(name.startswith("near") for name in names)
