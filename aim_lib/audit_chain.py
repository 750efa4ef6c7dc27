"""The chain of the event log: each line carries a number, the hash of the line before it, and its own. Pure.

A line is compact JSON that ends in `,"seq":N,"prev":"…","hash":"…"}`; its hash is the SHA-256, in hex, of the line
without that last member (`{…,"prev":"…"}`). Anybody can check it with a few lines of any language. It proves accidents
and single edits; who may write the file can make a whole new chain, which only a head kept elsewhere shows.
"""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

GENESIS = "0" * 64
_HASH, _PREV, _SEQ = b',"hash":"', b',"prev":"', b',"seq":'
_HASH_SIZE = len(_HASH) + 64 + 2  # with `"}`
_PREV_SIZE = len(_PREV) + 64 + 1
END_BYTES = len(_SEQ) + 18 + _PREV_SIZE + _HASH_SIZE + 1  # what `ends_with` looks at, at most


class Head(NamedTuple):
    """The last line of a chain: its number, from 1, and its hash."""

    seq: int
    hash: str


class Link(NamedTuple):
    """What a line says of its place in the chain."""

    seq: int
    prev: str
    hash: str

    @property
    def head(self) -> Head:
        return Head(self.seq, self.hash)


START = Head(0, GENESIS)


def link(body: bytes, head: Head) -> tuple[bytes, Head]:
    """The line for `body`, a compact JSON object, behind `head`; its newline is part of it."""
    told = b'%b,"seq":%d,"prev":"%b"}' % (body[:-1], head.seq + 1, head.hash.encode())
    digest = sha256(told).hexdigest()
    return b'%b,"hash":"%b"}\n' % (told[:-1], digest.encode()), Head(head.seq + 1, digest)


def follow(line: bytes, head: Head) -> Head | None:
    """The head behind `line`, without its newline, when it is the whole next of `head`; None: look closer."""
    end = len(line) - _HASH_SIZE
    told = line[:end]
    if not told.endswith(b',"seq":%d,"prev":"%b"' % (head.seq + 1, head.hash.encode())):
        return None
    digest = sha256(told + b"}").hexdigest()
    return Head(head.seq + 1, digest) if line.endswith(b',"hash":"%b"}' % digest.encode(), max(0, end)) else None


def place(line: bytes) -> Link | None:
    """Where a line, without its newline, says it stands; None for one that is in no chain."""
    hash_at = len(line) - _HASH_SIZE
    prev_at = hash_at - _PREV_SIZE
    if prev_at < 0 or not line.startswith(_HASH, hash_at) or not line.startswith(_PREV, prev_at):
        return None
    own, prev = line[hash_at + len(_HASH) : -2], line[prev_at + len(_PREV) : hash_at - 1]
    number = line[line.rfind(_SEQ, 0, prev_at) + len(_SEQ) : prev_at]
    if not line.endswith(b'"}') or not number.isdigit() or len(number) > 18 or not (own + prev).isalnum():
        return None
    return Link(int(number), prev.decode(), own.decode())


def ends_with(ending: bytes, head: Head) -> bool:
    """Whether a log whose last END_BYTES are `ending` ends with the line of `head`, as a whole."""
    seq = b',"seq":%d,"prev":"' % head.seq
    seq_at = len(ending) - 1 - _HASH_SIZE - _PREV_SIZE - (len(seq) - len(_PREV))
    return ending.endswith(b',"hash":"%b"}\n' % head.hash.encode()) and ending.startswith(seq, max(0, seq_at))


def is_whole(line: bytes) -> bool:
    """Whether a line of the chain has the hash that it says."""
    end = len(line) - _HASH_SIZE
    return sha256(line[:end] + b"}").hexdigest().encode() == line[end + len(_HASH) : -2]
