"""When a watcher looks: at its pace, sooner when something is told, and at everything when something was lost."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aim_lib import caches
from aim_lib.inotify import Told
from aim_lib.watcher import LONGEST_S, SHORTEST_S, Seen, Sighted, Times, Watcher, pace

from .storms import view_of

DAY_NS = 86_400_000_000_000


@dataclass(slots=True)
class Script:
    """Hints by a script, and the clocks: each wait is told the next thing and takes as long as it says, in seconds."""

    told: Iterator[tuple[Told, float]]
    slept_s: float = 0.0
    awake_s: float = 0.0
    watched: set[str] = field(default_factory=set)
    lines: tuple[str, ...] = ()

    def add(self, folder: str) -> None:
        self.watched.add(folder)

    def remove(self, folder: str) -> None:
        self.watched.discard(folder)

    def again(self) -> None:
        """All is heard."""

    def wait(self, seconds: float) -> Told:
        told, took_s = next(self.told, (Told(), seconds))
        self.awake_s += took_s
        return told

    def notes(self) -> tuple[str, ...]:
        return self.lines

    def close(self) -> None:
        """Nothing is open."""


def watcher(root: Path, *told: tuple[Told, float], files: tuple[Path, ...] = ()) -> tuple[Watcher, Script]:
    script = Script(iter(told))
    start = root.stat().st_mtime_ns + DAY_NS
    times = Times(lambda: start + int((script.awake_s + script.slept_s) * 1e9), lambda: script.awake_s, lambda: 0.0)
    return Watcher(view_of(root), script, times, files), script


def looks(watching: Watcher, count: int) -> list[Seen]:
    return list(itertools.islice(watching.watch(), count))


def test_the_more_it_costs_the_rarer() -> None:
    """Half a hundredth of a core, within bounds."""
    assert [pace(cost) for cost in (0.0, 0.02, 0.05, 100.0)] == [SHORTEST_S, 4.0, 10.0, LONGEST_S]


def test_what_the_first_look_costs_does_not_set_the_pace(tmp_path: Path) -> None:
    """It reads everything; a quiet one costs a fraction, and that counts."""
    watching, _ = watcher(tmp_path)
    costs = iter((0.0, 60.0, 60.0, 60.02))
    watching.times = Times(watching.times.wall_ns, watching.times.awake_s, lambda: next(costs))
    following = watching.watch()
    paces = [(next(following), watching.interval_s)[1] for _ in range(2)]

    assert [round(each, 3) for each in paces] == [SHORTEST_S, 4.0]


def test_it_looks_at_its_pace(tmp_path: Path) -> None:
    """Nobody tells anything: everything is looked at whenever it is time."""
    watching, script = watcher(tmp_path)
    seen = looks(watching, 3)

    assert [each.is_whole for each in seen] == [True] * 3
    assert script.awake_s == 2 * SHORTEST_S


def test_what_is_told_is_looked_at_early_and_alone(tmp_path: Path) -> None:
    """A cache is seen before its time, and its folder is watched from then on."""
    watching, script = watcher(tmp_path, (Told({str(tmp_path)}), 0.1))
    following = watching.watch()
    next(following)
    (tmp_path / "a" / "b").mkdir(parents=True)
    seen = next(following)

    assert not seen.is_whole
    assert seen.swept.added == [str(tmp_path / "a"), str(tmp_path / "a" / "b")]
    assert str(tmp_path / "a" / "b") in script.watched
    assert script.awake_s < SHORTEST_S


def test_lost_events_are_said_and_everything_is_looked_at(tmp_path: Path) -> None:
    """Also those that were lost while more was gathered."""
    watching, _ = watcher(tmp_path, (Told({"x"}), 0.1), (Told(set(), is_overflow=True), 0.05))
    seen = looks(watching, 2)[1]

    assert seen.is_whole
    assert seen.notes == ("changes came too fast and were lost: everything is looked at again",)


def test_after_a_sleep_of_the_machine_everything_is_looked_at(tmp_path: Path) -> None:
    """The clock on the wall went on, ours did not."""
    watching, script = watcher(tmp_path, (Told(), 0.1))
    following = watching.watch()
    next(following)
    script.slept_s = 3600
    seen = next(following)

    assert seen.is_whole
    assert "slept" in seen.notes[0]


def test_what_cannot_be_heard_is_said_once(tmp_path: Path) -> None:
    """And again when it was over in between."""
    watching, script = watcher(tmp_path)
    following = watching.watch()
    said = []
    for lines in (("7 folders are not watched",), ("7 folders are not watched",), (), ("7 folders are not watched",)):
        script.lines = lines
        said.append(next(following).notes)

    assert said == [("7 folders are not watched",), (), (), ("7 folders are not watched",)]


def test_a_root_that_goes_is_said_and_that_it_is_back(tmp_path: Path) -> None:
    """The watch goes on."""
    root = tmp_path / "root"
    root.mkdir()
    watching, _ = watcher(root)
    following = watching.watch()
    next(following)
    root.rename(tmp_path / "away")
    gone = next(following).notes
    (tmp_path / "away").rename(root)
    back = next(following).notes

    assert (gone, back) == ((f"{root}: No such file or directory",), (f"{root} is back",))


def test_a_changed_file_is_told_by_its_name(tmp_path: Path) -> None:
    """An editor puts another file in its place; one that comes into being has changed, too."""
    first, second = tmp_path / "aim.toml", tmp_path / "other.toml"
    first.write_text("[tools]", encoding="utf-8")
    watching, _ = watcher(tmp_path, files=(first, second))
    following = watching.watch()
    before = next(following).files
    (tmp_path / "new").write_text("[tools]", encoding="utf-8")
    (tmp_path / "new").replace(first)
    replaced = next(following).files
    second.touch()
    made = next(following).files

    assert (before, replaced, made) == ((), (first,), (second,))


def test_a_tag_that_comes_and_goes_counts_for_all_below(tmp_path: Path) -> None:
    """A tagged folder is one cache with all that is in it; without its tag those in it are caches again."""
    inner, tag = tmp_path / "a" / ".mypy_cache", tmp_path / "CACHEDIR.TAG"
    (inner / "3.11").mkdir(parents=True)
    view, sighted = view_of(tmp_path), Sighted(caches.known())
    seen = []
    for change in (lambda: None, lambda: tag.write_bytes(caches.TAG), tag.unlink):
        change()
        sighted.update(view, view.sweep(time.time_ns()))
        seen.append(sorted(sighted.known))

    assert seen == [[str(inner)], [str(tmp_path)], [str(inner)]]
