"""Finds secret values that are in memory, as they are and in the forms they are often written in, in any bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, unquote_plus

from .forms import forms
from .leak_hits import Hit
from .leak_words import WINDOW, Words, index_words
from .randomness import looks_random

SHORTEST = 8  # bytes; a shorter value stands in many texts by chance
_LINE_BITS = 90.0  # of a value of several lines, a line that looks this random is as good as the value


@dataclass(frozen=True, slots=True)
class Needle:
    """One way in which the value of `name` may be written."""

    form: bytes = field(repr=False)
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class KnownValues:
    """All that is looked for; `left_out` are the names whose values are too short for it."""

    needles: tuple[Needle, ...] = field(repr=False)
    words: Words = field(repr=False)
    short: tuple[Needle, ...] = field(repr=False)
    left_out: tuple[str, ...] = ()

    def find(self, data: bytes) -> Iterator[Hit]:
        """Every place of every form, in any order."""
        for start, number in self.words.candidates(data):
            needle = self.needles[number]
            if data.startswith(needle.form, start):
                yield _hit(needle, start)
        for needle in self.short:
            start = data.find(needle.form)
            while start >= 0:
                yield _hit(needle, start)
                start = data.find(needle.form, start + 1)


def know(values: Iterable[tuple[str, str]]) -> KnownValues:
    """What to look for, from names and values."""
    needles: dict[tuple[str, bytes], Needle] = {}
    left_out = []
    for name, value in values:
        if len(value.strip().encode("utf-8", "replace")) < SHORTEST:
            left_out.append(name)
            continue
        for piece in _pieces(value.strip()):
            lines = frozenset(piece.encode("utf-8", "replace").splitlines())
            for form in forms(piece, SHORTEST):
                if len(lines) == 1 or form.strip() not in lines:  # no line of such a piece is the secret alone
                    label = _label(form.decode("utf-8", "replace"), piece)
                    needles.setdefault((name, form), Needle(form, name, label))
    long = tuple(needle for needle in needles.values() if len(needle.form) >= WINDOW)
    short = tuple(needle for needle in needles.values() if len(needle.form) < WINDOW)
    # The last bytes: keys of one kind begin alike.
    words = index_words((needle.form[-WINDOW:], len(needle.form) - WINDOW) for needle in long)
    return KnownValues(long, words, short, tuple(left_out))


def _pieces(value: str) -> Iterator[str]:
    """The value; of one of several lines those that no other text has, as `-----BEGIN …` is no secret."""
    lines = value.splitlines()
    random = [line for line in lines if len(lines) > 1 and looks_random(line.encode("utf-8", "replace"), _LINE_BITS)]
    yield from random or [value]


def _hit(needle: Needle, start: int) -> Hit:
    return Hit(start=start, end=start + len(needle.form), name=needle.name, kind="value", form=needle.label)


def _label(form: str, value: str) -> str:
    if form == value:
        return ""
    if form.lower() == value.encode().hex():
        return "hex"
    if value in (unquote(form), unquote_plus(form)):
        return "URL"
    try:
        is_json = json.loads(f'"{form}"') == value
    except ValueError:
        is_json = False
    return "JSON" if is_json else "base64" if re.fullmatch(r"[\w+/-]+", form) else "escaped"
