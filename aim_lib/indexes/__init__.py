"""Package indexes, one file per ecosystem: which releases a package has, by the user's own client configuration.

A member defines `ECOSYSTEM` and `open(host, fetcher)` returning an `Index`. Members ask for metadata only; no artifact
is ever downloaded. Three signals: a `Package` that exists, one that does not, and `Unreachable`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Protocol

from .. import versions
from ..errors import CommandFailed
from ..model import Frozen


class Release(Frozen, frozen=True):
    """One published version. `yanked` and `deprecated` are the author's reasons, or "".

    `uploaded` is None where the index tells no dates; `needs` is what it asks of its runtime (`engines.node`,
    Requires-Python), as written.
    """

    version: str
    yanked: str = ""
    deprecated: str = ""
    uploaded: datetime | None = None
    needs: str = ""


class Package(Frozen, frozen=True):
    """What an index says of a name. Releases are sorted, oldest first, by the ecosystem's own rules.

    `latest` is what the index itself calls so. `unreadable` says why the index would not answer: then `exists` is
    False without anybody knowing. `is_partial`: only the latest release was asked for.
    """

    name: str
    exists: bool = True
    releases: tuple[Release, ...] = ()
    latest: str = ""
    deprecated: str = ""
    created: datetime | None = None
    unreadable: str = ""
    is_partial: bool = False


class Need(IntEnum):
    """How much of a package must be known; each costs more than the one before."""

    LATEST = 1
    RELEASES = 2
    DATES = 3


class Unreachable(CommandFailed):
    """The index did not answer, or not with package metadata: nothing is known of the name."""


class NotRemembered(Unreachable):
    """Offline, and the cache does not have it."""


class NotAsked(Exception):
    """The user's configuration has no index that could be asked over HTTP or on disk: a reason, no failure."""


@dataclass(frozen=True, slots=True)
class Registry:
    """One index as its client is told to use it; `url` bears no credentials, they are in `authorization`."""

    url: str
    authorization: str = field(default="", repr=False)
    certificates: tuple[str, ...] = ()
    proxy: str = field(default="", repr=False)
    is_offline: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer, unpacked. `kind` is its media type, lower case, without parameters."""

    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Question:
    """One GET: `path` below the registry's URL, already quoted. `read` raises ValueError for anything but metadata."""

    registry: Registry
    name: str
    path: str
    accept: str
    read: Callable[[Reply], Package]


class Fetched(Frozen, frozen=True):
    """An answer, and the index's mark for it; `package` is None when what was marked so is still true."""

    package: Package | None
    etag: str = ""


class Fetcher(Protocol):
    """Who may speak HTTP for a member."""

    def ask(self, question: Question) -> Package:
        """The package; one that does not exist when the index says so. Raises Unreachable."""
        ...


class Index(Protocol):
    """One ecosystem's index on one machine."""

    def look_up(self, name: str, need: Need, kind: str) -> Package:
        """What is known of `name`, at least as much as `need`; `kind` is the manager whose configuration counts.

        Raises Unreachable, and NotAsked where the configuration leaves nothing to ask.
        """
        ...


def in_order(ecosystem: str, releases: Iterable[Release]) -> tuple[Release, ...]:
    """Releases oldest first; those whose version cannot be read are left out, as installers do."""
    keyed = []
    for release in releases:
        try:
            keyed.append((versions.order(ecosystem, release.version), release))
        except ValueError:
            continue
    return tuple(release for _, release in sorted(keyed, key=lambda pair: pair[0]))


def newest(ecosystem: str, releases: Iterable[Release]) -> str:
    """The last of sorted `releases` that is final and not withdrawn; when there is none, the last of all; or ""."""
    whole = tuple(releases)
    final = [one for one in whole if not one.yanked and not versions.is_prerelease(ecosystem, one.version)]
    return (final or list(whole) or [Release(version="")])[-1].version


def one_line(text: object) -> str:
    """An author's text as one line of at most 200 characters, without what a terminal would obey; "" for no text."""
    if not isinstance(text, str):
        return ""
    whole = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return whole if len(whole) <= 200 else f"{whole[:197]}..."


def moment(text: str) -> datetime | None:
    """A point in time as indexes write it, aware; None when it is absent or cannot be read."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else None
