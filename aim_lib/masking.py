"""Takes secret values and the forms they are written in out of a stream of bytes, however it is cut into pieces.

What it lets through is byte for byte what came in. It knows no clock: whoever feeds it decides when it has held back
long enough. What masking cannot catch stands in docs/masking.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import compress

from .forms import forms
from .redact import MASK

ALWAYS_BYTES = 8  # values this long are masked in any case
LEAST_BYTES = 4  # shorter ones never: they would blank out ordinary words and be revealed by their absence
_MASK = MASK.encode()
_WORD = 4  # bytes looked at as one number
_WINDOW = 2 * _WORD - 1  # that many bytes hold one whole number, wherever they begin
_LONG = 256  # beginnings of longer forms are looked for one by one


@dataclass(frozen=True, slots=True)
class Patterns:
    """What to look for. A text is read as numbers of four bytes, of which few can be part of a form.

    `words` says which, and for each of them which forms hold it and how many bytes in. Every form is entered
    with the four words of its last seven bytes: one of them is read wherever it stands. The last bytes, because keys of
    one kind begin alike.
    """

    words: dict[int, tuple[tuple[int, bytes], ...]]
    keys: frozenset[int]
    short: tuple[bytes, ...]  # under seven bytes
    long: tuple[bytes, ...]
    sorted: tuple[bytes, ...]
    heads: frozenset[bytes]  # every form's first bytes: one, two, three and four of them
    reach: int  # bytes in the longest of those that are not long

    def spans(self, text: bytes) -> list[tuple[int, int]]:
        """Every place where a form stands, also inside of another: `(start, end)`, in order."""
        found = [(start, start + len(form)) for form in self.short for start in _places(form, text)]
        numbers = memoryview(text)[: len(text) // _WORD * _WORD].cast("I")
        if not self.keys.isdisjoint(numbers):
            for at in compress(range(len(numbers)), map(self.keys.__contains__, numbers)):
                found += self._around(text, at * _WORD, numbers[at])
        return sorted(found)

    def _around(self, text: bytes, at: int, number: int) -> Iterator[tuple[int, int]]:
        for inside, form in self.words[number]:
            if at >= inside and text.startswith(form, at - inside):
                yield at - inside, at - inside + len(form)

    def unfinished(self, text: bytes) -> int:
        """How many bytes at the end of `text` could be the beginning of a form; a whole form is not one."""
        size = len(text)
        found = [size - start for form in self.long for start in _beginnings(form, text)]
        heads = self.heads
        for start in range(max(0, size - self.reach + 1), size):
            if text[start : start + _WORD] in heads and self._begins_one(text[start:]):
                found.append(size - start)
                break
        return max(found, default=0)

    def _begins_one(self, text: bytes) -> bool:
        # What begins with `text` and is longer comes right after it.
        place = bisect_right(self.sorted, text)
        return place < len(self.sorted) and self.sorted[place].startswith(text)


def compile_patterns(values: Iterable[str], declared: Iterable[str] = ()) -> Patterns:
    """Patterns of all `values` of eight bytes and more, and of those `declared` to be secret of four and more."""
    found: set[bytes] = set()
    for value in values:
        found |= forms(value, ALWAYS_BYTES)
    for value in declared:
        found |= forms(value, LEAST_BYTES)
    words: dict[int, list[tuple[int, bytes]]] = {}
    for form in found:
        if len(form) >= _WINDOW:
            for inside in range(len(form) - _WINDOW, len(form) - _WORD + 1):
                number = memoryview(form[inside : inside + _WORD]).cast("I")[0]
                words.setdefault(number, []).append((inside, form))
    return Patterns(
        words={number: tuple(known) for number, known in words.items()},
        keys=frozenset(words),
        short=tuple(form for form in found if len(form) < _WINDOW),
        long=tuple(form for form in found if len(form) > _LONG),
        sorted=tuple(sorted(found)),
        heads=frozenset(form[:size] for form in found for size in range(1, _WORD + 1)),
        reach=min(_LONG, max(map(len, found), default=0)),
    )


class Masker:
    """One stream, in which every form is replaced by the mask; forms that overlap or touch by a single one.

    However the stream is cut, the same comes out, as long as nothing was let go by `flush` or by `least`. Of a form
    that was let go in part, the rest is still masked.
    """

    def __init__(self, patterns: Patterns) -> None:
        self._patterns = patterns
        self._kept = b""  # the end of the stream so far that could be the beginning of a form
        self._said = 0  # how much of it has gone out, as it is or under a mask
        self._is_masked = False  # what went out last was a mask

    def feed(self, piece: bytes, least: int = 1) -> bytes:
        """Take the next piece of the stream; returns what may go out now.

        An end that could be the beginning of a form is held back, if it is at least `least` bytes.
        """
        text = self._kept + piece
        end = len(text) - self._patterns.unfinished(text)
        return self._say(text, end, len(text) if len(text) - end < least else end)

    def flush(self) -> bytes:
        """What is being held back, because the stream has ended or has said nothing more for long enough."""
        return self._say(self._kept, 0, len(self._kept))

    @property
    def is_holding(self) -> bool:
        return self._said < len(self._kept)

    def _say(self, text: bytes, keep_from: int, until: int) -> bytes:
        """What of `text` goes out up to `until`; afterwards what stands from `keep_from` on is kept in mind."""
        spoken, pieces = self._said, []
        for start, end in self._patterns.spans(text):
            if end <= spoken:
                continue
            if start >= until:
                break
            if start > spoken:
                pieces.append(text[spoken:start])
                self._is_masked = False
            if not self._is_masked:
                pieces.append(_MASK)
                self._is_masked = True
            spoken = end
        if spoken < until:
            pieces.append(text[spoken:until])
            self._is_masked = False
            spoken = until
        self._kept, self._said = text[keep_from:], spoken - keep_from
        return b"".join(pieces)


def _places(form: bytes, text: bytes) -> Iterator[int]:
    start = text.find(form)
    while start >= 0:
        yield start
        start = text.find(form, start + 1)


def _beginnings(form: bytes, text: bytes) -> Iterator[int]:
    """Where in `text` a long form begins that goes on beyond it; one near to the end is found with the others."""
    head = form[: _LONG // 2]
    start = text.find(head, max(0, len(text) - len(form) + 1))
    while start >= 0:
        if form.startswith(text[start:]):
            yield start
            return
        start = text.find(head, start + 1)
