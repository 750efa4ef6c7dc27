"""What the base64 and the hexadecimal runs of a text say, each read at every alignment. Pure."""

from __future__ import annotations

import binascii
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .leak_runs import LEAST, Span

_LETTERS = -(-LEAST * 4 // 3) - 1  # of base64; that many hold a part, whatever its alignment
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_FULL_LINE = 60  # letters; the next line of a wrapped text goes on where a line as long as this ended
_FILL = b"AAAAAAAA"  # zeros to both decoders
_LAST_LINE = re.compile(rb"\r?\n([A-Za-z0-9+/_-]{1,%d})(?![A-Za-z0-9+/_-])" % (_LETTERS - 1))


@dataclass(frozen=True, slots=True)
class Decoded:
    """`text` is what was written; `origin` says which byte of the source wrote one of it."""

    form: str
    text: bytes
    shift: int
    letters: tuple[int, int]  # that many letters write that many bytes
    begins: list[int]
    origins: list[int]

    def origin(self, at: int) -> int:
        letter = self.shift + at * self.letters[0] // self.letters[1]
        number = max(0, bisect_right(self.begins, letter) - 1)
        return self.origins[number] + letter - self.begins[number]


def base64_readings(data: bytes, runs: Iterable[Span]) -> Iterator[Decoded]:
    """What the base64 `runs` of `data` say, from each of the first four letters on."""
    whole = [part for run in runs if run[1] - run[0] >= _LETTERS for part in _with_last_line(data, run)]
    joined, begins, origins = _join(data, whole, 4)
    joined = joined.translate(_TO_STANDARD)
    for shift in range(4 if joined else 0):
        part = joined[shift : len(joined) - (4 - shift) % 4]
        yield Decoded("base64", binascii.a2b_base64(part), shift, (4, 3), begins, origins)


def hex_readings(data: bytes, runs: Iterable[Span]) -> Iterator[Decoded]:
    """What the hexadecimal `runs` of `data` say, from both of the first two digits on."""
    joined, begins, origins = _join(data, runs, 2)
    for shift in range(2 if joined else 0):
        part = joined[shift : len(joined) - shift]
        yield Decoded("hex", binascii.a2b_hex(part), shift, (2, 1), begins, origins)


def _with_last_line(data: bytes, run: Span) -> Iterator[Span]:
    """The run, and the line after it when that is too short to be one but ends a wrapped text."""
    yield run
    if run[1] - run[0] >= _FULL_LINE:
        last = _LAST_LINE.match(data, run[1])
        if last:
            yield last.span(1)


def _join(data: bytes, runs: Iterable[Span], quantum: int) -> tuple[bytes, list[int], list[int]]:
    """All runs in one text in which each begins a quantum; those of a wrapped text follow each other at once."""
    pieces: list[bytes] = []
    begins, origins, size, before = [], [], 0, (0, 0)
    for start, end in runs:
        is_next_line = before[1] - before[0] >= _FULL_LINE and data[before[1] : start] in (b"\n", b"\r\n")
        if pieces and not is_next_line:
            pieces.append(_FILL[: quantum + -size % quantum])
            size += len(pieces[-1])
        begins.append(size)
        origins.append(start)
        pieces.append(data[start:end])
        size += end - start
        before = (start, end)
    if pieces:
        pieces.append(_FILL[: quantum + -size % quantum])
    return b"".join(pieces), begins, origins
