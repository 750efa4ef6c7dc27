"""Finds where one of many byte strings may stand, whatever their number: a text is read as numbers of eight bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import compress

_SIZE = 8
WINDOW = 2 * _SIZE - 1  # that many bytes hold one whole number, wherever they begin


@dataclass(frozen=True, slots=True)
class Words:
    """For each number that a needle's window can be read as: how many bytes before it the needle begins, and which."""

    known: dict[int, tuple[tuple[int, int], ...]]

    def candidates(self, text: bytes) -> Iterator[tuple[int, int]]:
        """`(start, needle)`: where a needle's number was read. Whoever asks looks at the rest of it."""
        numbers = memoryview(text)[: len(text) // _SIZE * _SIZE].cast("Q")
        if self.known.keys().isdisjoint(numbers):
            return
        for at in compress(range(len(numbers)), map(self.known.__contains__, numbers)):
            for before, needle in self.known[numbers[at]]:
                if at * _SIZE >= before:
                    yield at * _SIZE - before, needle


def index_words(windows: Iterable[tuple[bytes, int]]) -> Words:
    """An index of needles by one window of each: its 15 bytes, and how many bytes of the needle are before them."""
    known: dict[int, list[tuple[int, int]]] = {}
    for needle, (window, before) in enumerate(windows):
        for inside in range(_SIZE):
            number = memoryview(window[inside : inside + _SIZE]).cast("Q")[0]
            known.setdefault(number, []).append((before + inside, needle))
    return Words({number: tuple(places) for number, places in known.items()})
