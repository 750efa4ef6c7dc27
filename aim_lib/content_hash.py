"""The hash by which contents are known: xxh3 where it is installed, else one of Python's own. To find, not to prove."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # not typing's: a program that starts for every scan imports this
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    Hash = Callable[[bytes | memoryview], bytes]

    class Streaming(Protocol):
        """A hash that is fed piece by piece."""

        def update(self, data: memoryview, /) -> None: ...
        def digest(self) -> bytes: ...


def algorithm() -> tuple[str, Hash]:
    """The hash and its name: xxh3 where it is installed, else one of Python's own."""
    try:
        from xxhash import xxh3_128_digest
    except ImportError:  # no wheel for this platform
        import hashlib

        return "blake2b-128", lambda data: hashlib.blake2b(data, digest_size=16).digest()
    return "xxh3-128", xxh3_128_digest


def streaming() -> Streaming:
    """The same hash, for what is read in pieces."""
    try:
        from xxhash import xxh3_128
    except ImportError:
        import hashlib

        return hashlib.blake2b(digest_size=16)
    return xxh3_128()


def place() -> str:
    """The folder that the hash was imported from, "" for Python's own."""
    try:
        import xxhash
    except ImportError:
        return ""
    return os.path.dirname(os.path.dirname(xxhash.__file__))
