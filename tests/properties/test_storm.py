"""After one sweep the view is what a full walk finds, whatever has happened and whatever was heard of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from aim_lib import inotify
from aim_lib.caches import known
from aim_lib.hints import ByInotify
from aim_lib.watcher import Sighted
from tests.storms import Storm, view_of, viewed, walked

from . import EXAMPLES

CHANGES = EXAMPLES * 3  # in each of four rounds, of each seed
SEEDS = range(max(3, EXAMPLES // 20))
linux = pytest.mark.skipif(not inotify.LIMIT.exists(), reason="inotify is Linux's")


@pytest.mark.parametrize("seed", SEEDS)
def test_one_sweep_after_a_storm_sees_all_of_it(tmp_path: Path, seed: int) -> None:
    """Nobody hints: folders, what is noted in them, and the caches are those of a walk, round after round."""
    storm, view, sighted = Storm(tmp_path / "tree", seed), view_of(tmp_path / "tree"), Sighted(known())
    for _ in range(4):
        storm.blow(CHANGES)
        sighted.update(view, view.sweep(time.time_ns()))

        assert viewed(view) == walked(storm.root)
        assert set(sighted.known) == {each.path for each in walked(storm.root)[2]}
    assert len(view.folders) > 20  # else there was no storm


@linux
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("most", [0, 3], ids=["enough watches", "too few watches"])
def test_a_storm_with_hints_and_one_sweep(tmp_path: Path, seed: int, most: int) -> None:
    """What is heard is looked at in between; then one sweep, and the view is true, also when most is not watched."""
    storm, view, heard = Storm(tmp_path / "tree", seed), view_of(tmp_path / "tree"), inotify.start(most)
    assert heard is not None
    view.sweep(time.time_ns(), heard.add)
    notes: list[str] = []
    for _ in range(8):
        storm.blow(CHANGES // 2)
        swept = view.look_at(sorted(heard.read().folders), time.time_ns(), heard.add)
        for gone in swept.removed:
            heard.remove(gone)
        notes += ByInotify(heard).notes()
    view.sweep(time.time_ns(), heard.add)
    notes += ByInotify(heard).notes()  # three watches may hear of nothing before
    heard.close()

    assert viewed(view) == walked(storm.root)
    assert bool(notes) is bool(most)


@linux
def test_an_overflow_is_said_and_one_sweep_mends_it(tmp_path: Path) -> None:
    """More happens than the queue holds, while nobody reads."""
    view, heard = view_of(tmp_path), inotify.start()
    assert heard is not None
    view.sweep(time.time_ns(), heard.add)
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text(encoding="ascii"))
    places = [tmp_path / "one", tmp_path / "other"]
    places[0].mkdir()
    for _ in range(most // 2 + 2):
        places[0].rename(places[1])
        places.reverse()
    (tmp_path / "last" / ".mypy_cache").mkdir(parents=True)
    told = heard.read()
    view.sweep(time.time_ns(), heard.add)
    heard.close()

    assert told.is_overflow
    assert viewed(view) == walked(tmp_path)


@linux
def test_no_nested_cache_is_missed_by_hints_alone(tmp_path: Path) -> None:
    """300 times `mkdir -p`, faster than anybody can watch each part: every cache is seen without a sweep."""
    view, heard, sighted = view_of(tmp_path), inotify.start(), Sighted(known())
    assert heard is not None
    view.sweep(time.time_ns(), heard.add)
    for number in range(300):
        (tmp_path / f"a{number}" / "b" / ".mypy_cache" / "3.11").mkdir(parents=True)
        if number % 10 == 0:
            sighted.update(view, view.look_at(heard.read().folders, time.time_ns(), heard.add))
    while told := heard.read().folders:
        sighted.update(view, view.look_at(told, time.time_ns(), heard.add))
    heard.close()

    assert len(sighted.known) == 300
