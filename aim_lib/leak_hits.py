"""Where something secret stands in some bytes, without what it is. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Literal, Protocol

from .model import Frozen


class Hit(Frozen, frozen=True):
    """Bytes `start` to `end` are the value of the secret `name`, or look like a key of the shape `name`.

    `form` is how a value is written ("" as it is, "base64", …); `hint` is what of a shape may be shown.
    """

    start: int
    end: int
    name: str
    kind: Literal["value", "shape"]
    form: str = ""
    hint: str = ""


class Values(Protocol):
    """Values to look for: those in memory (`leak_values`) or those behind fingerprints (`leak_prints`)."""

    @property
    def left_out(self) -> tuple[str, ...]: ...

    def find(self, data: bytes) -> Iterable[Hit]: ...


def settled(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """`hits` in order; of those of one name that overlap the first, and no shape where a value or another one lies."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.kind == "shape", hit.start, -hit.end)):
        if not any(_is_told_by(other, hit) for other in kept):
            kept.append(hit)
    return tuple(sorted(kept, key=lambda hit: (hit.start, hit.name)))


def _is_told_by(other: Hit, hit: Hit) -> bool:
    is_overlapping = other.start < hit.end and hit.start < other.end
    return is_overlapping and (hit.kind == "shape" or other.name == hit.name)


class Lines:
    """Line and column, both from 1, of a byte; columns count characters, those that are no UTF-8 as one a byte."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._ends: list[int] = []
        end = data.find(b"\n")
        while end >= 0:
            self._ends.append(end)
            end = data.find(b"\n", end + 1)

    def place(self, at: int) -> tuple[int, int]:
        number = bisect_left(self._ends, at)
        begin = self._ends[number - 1] + 1 if number else 0
        return number + 1, len(self._data[begin:at].decode("utf-8", "replace")) + 1

    def text(self, at: int) -> bytes:
        """The whole line of a byte, without its end."""
        number = bisect_left(self._ends, at)
        begin = self._ends[number - 1] + 1 if number else 0
        return self._data[begin : self._ends[number] if number < len(self._ends) else None]
