"""Long unbroken runs of letters out of a text: keys stand in them, and little else does. Pure.

A text is read once, at the speed of `bytes.translate` and `bytes.find`; whatever is dear looks at the runs alone.
"""

from __future__ import annotations

import string
from bisect import bisect_right
from dataclasses import dataclass, field

Span = tuple[int, int]  # start and end
LEAST = 16  # bytes of a run that may hold a key
_WORD = string.ascii_letters + string.digits + "_-"


def _members(letters: str) -> bytes:
    inside = frozenset(letters.encode())
    return bytes(b"x"[0] if code in inside else b" "[0] for code in range(256))


KEY = _members(_WORD)  # survives URL, JSON, XML and shell quoting as it is
BASE64 = _members(_WORD + "+/")  # both alphabets
HEX = _members(string.hexdigits)


@dataclass(slots=True)
class Runs:
    """The runs of a text in `text`, a line each; `origin` says where a byte of it came from."""

    text: bytes = b""
    begins: list[int] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)

    def origin(self, at: int) -> int:
        number = max(0, bisect_right(self.begins, at) - 1)
        return self.origins[number] + at - self.begins[number]


def find_runs(data: bytes, members: bytes, least: int = LEAST) -> list[Span]:
    """Every unbroken run of at least `least` bytes that are `members`: `(start, end)`, in order."""
    classes, wanted = data.translate(members), b"x" * least
    found, start = [], classes.find(wanted)
    while start >= 0:
        end = classes.find(b" ", start + least)
        end = len(data) if end < 0 else end
        found.append((start, end))
        start = classes.find(wanted, end)
    return found


def gather(data: bytes, spans: list[Span]) -> Runs:
    """Those stretches of `data`, a line each."""
    runs, begin = Runs(b"\n".join([data[start:end] for start, end in spans])), 0
    for start, end in spans:
        runs.begins.append(begin)
        runs.origins.append(start)
        begin += end - start + 1
    return runs
