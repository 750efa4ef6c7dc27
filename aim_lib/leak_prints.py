"""Finds secret values without having them, by fingerprints: what a commit hook can do while the vault is locked.

Of each value the longest part of letters, digits, `_` and `-` counts: it stays as it is in URLs, JSON and shells, and
base64 and hexadecimal texts are decoded before they are looked at. docs/leaks.md says what a thief of the file learns.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import msgspec

from . import files
from .errors import BadConfig
from .leak_decoding import base64_readings, hex_readings
from .leak_hits import Hit
from .leak_runs import BASE64, HEX, LEAST, find_runs, gather
from .leak_shapes import has_shape
from .leak_words import WINDOW, Words, index_words
from .model import Frozen
from .randomness import looks_random, shannon_bits

FILE_NAME = "leak-prints.json"
# What a print gives away is at most two bits for each of 15 bytes; what is left must be beyond trying.
LEAST_BITS = 64.0 + 2 * WINDOW
_ENDS = 2  # lines at each end of a long text that formats, not secrets, decide
# The second with what URLs and JSON may change: better found in fewer forms than in none.
_PARTS = tuple(re.compile(rb"[%s]{%d,}" % (letters, LEAST)) for letters in (rb"A-Za-z0-9_-", rb"A-Za-z0-9_+/-"))


class Print(Frozen, frozen=True):
    """One value's: its name, the length of its part, two keyed bits for each of its last 15 bytes, a keyed hash."""

    name: str
    length: int
    marks: str
    digest: str


class Prints(Frozen, frozen=True):
    """The file: a key of its own, the prints, and the names whose values have none because they could be guessed."""

    key: str
    prints: tuple[Print, ...]
    left_out: tuple[str, ...] = ()
    version: int = 1


def fingerprint(values: Iterable[tuple[str, str]], key: bytes = b"") -> Prints:
    """Prints of all values that are random enough; `key` (32 bytes) is a new one unless it is given."""
    key = key or secrets.token_bytes(32)
    table, found, left_out = _table(key), [], []
    for name, value in values:
        part = _part(value)
        if not part:
            left_out.append(name)
            continue
        marks = part[-WINDOW:].translate(table).decode()
        found.append(Print(name=name, length=len(part), marks=marks, digest=_digest(key, part)))
    return Prints(key=key.hex(), prints=tuple(found), left_out=tuple(left_out))


def save(prints: Prints, path: Path) -> None:
    """Write them (0600). Raises NotPermitted."""
    files.write_json(path, prints)


def load(path: Path) -> Prints | None:
    """The prints of a file, None when there is none. Raises BadConfig when it cannot be read."""
    try:
        prints = msgspec.json.decode(path.read_bytes(), type=Prints)
        if prints.version == 1 and len(bytes.fromhex(prints.key)) == 32 and all(map(_is_sound, prints.prints)):
            return prints
        why = "it is of another version"
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
        why = getattr(error, "strerror", None) or str(error)
    raise BadConfig(f"{path} cannot be used: {why}", remedy=f"rm {path}, then make it again: aim secrets scan")


def _is_sound(one: Print) -> bool:
    return bool(re.fullmatch(f"[0-3]{{{WINDOW}}}", one.marks)) and one.length >= LEAST


@dataclass(frozen=True, slots=True)
class Printed:
    """Looks for the values behind `prints`."""

    prints: tuple[Print, ...]
    words: Words
    table: bytes
    key: bytes
    left_out: tuple[str, ...] = ()

    def find(self, data: bytes) -> Iterator[Hit]:
        """Every place of every value that has a print, in any order; of a decoded one, where its letters stand."""
        spans = find_runs(data, BASE64)
        outer = gather(data, spans)
        for start, one in self._in(outer.text):
            yield _hit(one, outer.origin(start), outer.origin(start + one.length - 1))
        digits = [
            (outer.origin(start), outer.origin(end - 1) + 1) for start, end in find_runs(outer.text, HEX, 2 * LEAST)
        ]
        # What has only digits up to F is no base64: lock files are full of hashes.
        known = frozenset(digits)
        letters = [span for span in spans if span not in known]
        for reading in chain(base64_readings(data, letters), hex_readings(data, digits)):
            inner = gather(reading.text, find_runs(reading.text, BASE64))
            for start, one in self._in(inner.text):
                first, last = (reading.origin(inner.origin(at)) for at in (start, start + one.length - 1))
                yield _hit(one, first, last, reading.form)

    def _in(self, runs: bytes) -> Iterator[tuple[int, Print]]:
        for start, number in self.words.candidates(runs.translate(self.table)):
            one = self.prints[number]
            if hmac.compare_digest(_digest(self.key, runs[start : start + one.length]), one.digest):
                yield start, one


def _hit(one: Print, first: int, last: int, form: str = "") -> Hit:
    return Hit(start=first, end=last + 1, name=one.name, kind="value", form=form)


def prepare(prints: Prints) -> Printed:
    """Make ready to look for them."""
    key = bytes.fromhex(prints.key)
    words = index_words((one.marks.encode(), one.length - WINDOW) for one in prints.prints)
    return Printed(prints.prints, words, _table(key), key, prints.left_out)


def _table(key: bytes) -> bytes:
    """Each byte as one of four digits, dealt evenly by the key."""
    order = sorted(range(256), key=lambda code: hmac.digest(key, b"mark %d" % code, hashlib.sha256))
    return bytes(b"0123"[order.index(code) % 4] for code in range(256))


def _digest(key: bytes, part: bytes) -> str:
    return hmac.digest(key, b"part " + part, hashlib.sha256).hex()


def _part(value: str) -> bytes:
    """The part of a value that its print is made of, b"" when none is random enough to have one."""
    lines = value.strip().encode("utf-8", "replace").splitlines()
    # The head of a private key is the same in many of them.
    lines = lines[_ENDS:-_ENDS] if len(lines) > 2 * _ENDS else lines
    for pattern in _PARTS:
        parts: list[bytes] = [part for line in lines for part in pattern.findall(line) if _is_beyond_trying(part)]
        if parts:
            return max(parts, key=shannon_bits)
    return b""


def _is_beyond_trying(part: bytes) -> bool:
    return looks_random(part, LEAST_BITS) or (has_shape(part) and shannon_bits(part) >= LEAST_BITS)
