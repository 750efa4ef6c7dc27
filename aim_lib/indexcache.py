"""What indexes have said, kept for an hour, then revalidated: one private file an answer, without any address."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec

from . import files
from .errors import AimError
from .indexes import Fetched, NotRemembered, Package, Question

FRESH = timedelta(hours=1)
FORMAT = "index-1"  # what a file holds; another number makes old files strangers


class Entry(msgspec.Struct, frozen=True):
    """One answer: when it was had, the index's mark for it, and what it says."""

    fetched: datetime
    package: Package
    etag: str = ""

    def is_fresh(self, now: datetime) -> bool:
        """Younger than an hour; an answer of the future (a clock was set back) is not."""
        return timedelta(0) <= now - self.fetched < FRESH


class Asker(Protocol):
    """Who asks when the cache does not know."""

    def get(self, question: Question, etag: str) -> Fetched: ...


class Remembering:
    """A Fetcher that asks the cache first, then whoever `asker` gives; with `is_offline` the cache alone."""

    def __init__(
        self, cache: Cache, clock: Callable[[], datetime], asker: Callable[[], Asker], *, is_offline: bool = False
    ) -> None:
        self.cache = cache
        self.clock = clock
        self.asker = asker
        self.is_offline = is_offline

    def ask(self, question: Question) -> Package:
        """See `indexes.Fetcher`. Raises NotRemembered when offline and nothing is kept."""
        if question.registry.url.startswith("file:"):
            return self.asker().get(question, "").package or Package(name=question.name, exists=False)
        known = self.cache.read(question)
        is_offline = self.is_offline or question.registry.is_offline
        if known and (is_offline or known.is_fresh(self.clock())):
            return known.package
        if is_offline:
            raise NotRemembered(
                f"{question.name} is not in the cache, and this is offline",
                remedy="run the same command once with a network",
            )
        said = self.asker().get(question, known.etag if known else "")
        package = said.package or (known.package if known else Package(name=question.name, exists=False))
        if package.exists:  # what is missing may be there in a minute
            self.cache.write(question, Entry(self.clock(), package, said.etag))
        return package


class Cache:
    """A folder of answers (0700, files 0600). It is a convenience: whatever fails here is as if nothing was kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FORMAT

    def read(self, question: Question) -> Entry | None:
        try:
            return msgspec.json.decode(self._path(question).read_bytes(), type=Entry)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def write(self, question: Question, entry: Entry) -> None:
        try:
            files.make_folder(self.folder)
            files.write_text(self._path(question), msgspec.json.encode(entry).decode(), files.PRIVATE_FILE)
        except (OSError, AimError):
            return

    def _path(self, question: Question) -> Path:
        return self.folder / f"{key(question)}.json"


def key(question: Question) -> str:
    """A name for the question that tells nothing of it: who asks counts, a password does not."""
    registry = question.registry
    parts = (registry.url, question.path, question.accept, _identity(registry.authorization))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _identity(authorization: str) -> str:
    """The user of a Basic header, whose password could be guessed from a digest; anything else as it is."""
    scheme, _, secret = authorization.partition(" ")
    if scheme != "Basic":
        return authorization
    try:
        return b64decode(secret).decode().partition(":")[0]
    except ValueError:
        return scheme
