"""A view of folders is made true by looking at their times, whatever has become of them."""

from __future__ import annotations

import os
import time
from pathlib import Path

from aim_lib.caches import known
from aim_lib.listing import Rules
from aim_lib.sweeping import View
from aim_lib.swept import Swept
from aim_lib.walking import outermost
from aim_lib.watcher import Sighted

from .storms import view_of

LATER = 10_000_000_000  # ns: by then every folder has settled


def sweep(view: View) -> Swept:
    """As long after now that what is known by its times alone is not listed again."""
    return view.sweep(time.time_ns() + LATER)


def files_of(root: Path) -> View:
    return View((str(root),), Rules(), counts_files=True)


def test_nothing_is_listed_when_nothing_has_changed(tmp_path: Path) -> None:
    """The second sweep of a quiet tree only asks for times."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    view = view_of(tmp_path)
    first = sweep(view)
    second = sweep(view)

    assert [len(first.added), len(view.folders)] == [3, 3]
    assert second.is_empty


def test_a_folder_changed_just_now_is_not_trusted(tmp_path: Path) -> None:
    """Its next change may bear the same time."""
    view = view_of(tmp_path, settled_ns=2_000_000_000)
    view.sweep(tmp_path.stat().st_mtime_ns + 1_000_000_000)
    young = view.folders[str(tmp_path)].is_settled
    view.sweep(tmp_path.stat().st_mtime_ns + 3_000_000_000)

    assert (young, view.folders[str(tmp_path)].is_settled) == (False, True)


def test_another_folder_of_the_same_name_is_seen(tmp_path: Path) -> None:
    """By its identity, however old it says it is."""
    (tmp_path / "a" / "old").mkdir(parents=True)
    (tmp_path / "other" / "new").mkdir(parents=True)
    view = view_of(tmp_path)
    sweep(view)
    (tmp_path / "a").rename(tmp_path / "gone")
    (tmp_path / "other").rename(tmp_path / "a")
    sweep(view)

    assert {Path(path).name for path in view.folders} >= {"a", "new", "gone", "old"}
    assert str(tmp_path / "a" / "old") not in view.folders


def test_a_time_that_was_set_back_hides_nothing(tmp_path: Path) -> None:
    """As archives do it: the time of the last change of the folder itself tells."""
    view = view_of(tmp_path)
    sweep(view)
    before = tmp_path.stat()
    (tmp_path / "unpacked").mkdir()
    os.utime(tmp_path, ns=(before.st_atime_ns, before.st_mtime_ns))
    sweep(view)

    assert str(tmp_path / "unpacked") in view.folders


def test_links_and_what_is_pruned_are_not_entered(tmp_path: Path) -> None:
    """A circle of links is no trouble, and a cache is known by its name."""
    (tmp_path / ".mypy_cache" / "3.11").mkdir(parents=True)
    (tmp_path / "node_modules" / "x").mkdir(parents=True)
    (tmp_path / "circle").symlink_to(tmp_path)
    view = view_of(tmp_path)
    sweep(view)

    assert list(view.folders) == [str(tmp_path)]
    assert view.folders[str(tmp_path)].noted == ((".mypy_cache", True), ("node_modules", True))


def test_a_root_that_goes_and_comes_back(tmp_path: Path) -> None:
    """It is said to be gone, nothing of it is left, and it is seen again."""
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    view = view_of(root)
    sweep(view)
    root.rename(tmp_path / "away")
    gone = sweep(view)
    left, why = dict(view.folders), dict(view.failures)
    (tmp_path / "away").rename(root)
    sweep(view)

    assert sorted(gone.removed) == [str(root), str(root / "a")]
    assert (left, why) == ({}, {str(root): "No such file or directory"})
    assert (set(view.folders), view.failures) == ({str(root), str(root / "a")}, {})


def test_roots_in_one_another_are_one(tmp_path: Path) -> None:
    """Links in them are resolved, and one that is not there yet counts, too."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    told = outermost(str(tmp_path / name) for name in ("link/b", "a", "later"))

    assert told == (str(tmp_path / "a"), str(tmp_path / "later"))


def test_files_that_are_made_changed_and_removed(tmp_path: Path) -> None:
    """Where files count, each is asked; a mode is a change as well."""
    for name in ("kept", "changed", "gone", "opened"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    view = files_of(tmp_path)
    sweep(view)
    (tmp_path / "changed").write_text("another", encoding="utf-8")
    (tmp_path / "opened").chmod(0o777)
    (tmp_path / "gone").unlink()
    (tmp_path / "made").touch()
    told = sweep(view).files

    assert [(word, Path(path).name) for word, path in told] == [
        ("changed", "changed"),
        ("gone", "gone"),
        ("made", "made"),
        ("changed", "opened"),
    ]


def test_a_cache_that_becomes_one_is_told_again(tmp_path: Path) -> None:
    """First there is only the name; what the tool puts in it changes nothing above it."""
    (tmp_path / ".mypy_cache").mkdir()
    view, sighted = view_of(tmp_path), Sighted(known())
    first = sighted.update(view, sweep(view))
    (tmp_path / ".mypy_cache" / "3.11").mkdir()
    second = sighted.update(view, sweep(view))
    third = sighted.update(view, sweep(view))

    assert [[each.evidence for each in told] for told in (first, second, third)] == [["name"], ["layout"], []]


def test_a_cache_in_packages_is_seen_when_it_comes(tmp_path: Path) -> None:
    """`node_modules` is not entered, and its time is not asked: the one place in it is."""
    (tmp_path / "package.json").touch()
    (tmp_path / "node_modules").mkdir()
    view, sighted = view_of(tmp_path), Sighted(known())
    sighted.update(view, sweep(view))
    (tmp_path / "node_modules" / ".cache").mkdir()
    told = sighted.update(view, sweep(view))

    assert [each.pattern for each in told] == ["node_modules/.cache"]
