"""Asks the indexes about many tools at once: what updates there are, and which names nobody has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec

from . import catalog, resolution
from .errors import AimError, CommandFailed
from .host import Host
from .indexcache import Cache, Remembering
from .indexes import Fetched, Fetcher, Index, Need, NotAsked, NotRemembered, Package, Question, Unreachable
from .model import Record, Status, Wanted
from .policy import Policy
from .resolution import Ask, Resolution
from .together import ask_together
from .versions import Ecosystem

PACKAGE = "aim_lib.indexes"
WIDTH = 8
NEW_DAYS = 30
Answer = TypeVar("Answer")

if TYPE_CHECKING:
    from .index import Http
    from .suggestions import Catalogue


@dataclass(frozen=True, slots=True)
class Findings:
    """What the indexes said, in the order asked; `silent` are the tools whose index did not answer, by id."""

    resolutions: tuple[Resolution, ...] = ()
    silent: Mapping[str, Unreachable] = field(default_factory=dict)
    not_asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Names:
    """Every unknown name, and what else a user should hear of the names."""

    unknown: tuple[Record, ...] = ()
    notes: tuple[str, ...] = ()


class Desk:
    """The indexes of one machine, opened when first asked."""

    def __init__(self, host: Host, fetcher: Fetcher) -> None:
        self.host = host
        self.fetcher = fetcher
        self._open: dict[str, Index] = {}

    def look_up(self, ask: Ask, need: Need) -> Package:
        """Raises Unreachable and NotAsked."""
        return self._index(ask.ecosystem).look_up(ask.name, need, ask.kind)

    def _index(self, ecosystem: str) -> Index:
        if ecosystem not in self._open:
            # The member of that name first: most have it, and what is not needed is not imported.
            names = sorted(catalog.members(PACKAGE), key=lambda name: name != ecosystem)
            modules = (catalog.load(PACKAGE, name) for name in names)
            member = next((module for module in modules if ecosystem == module.ECOSYSTEM), None)
            if member is None:
                raise NotAsked(f"{ecosystem} has no index that we ask")
            self._open[ecosystem] = member.open(self.host, self.fetcher)
        return self._open[ecosystem]


@contextmanager
def open_desk(
    host: Host, clock: Callable[[], datetime], *, is_offline: bool = False, timeout_s: float = 10.0, tries: int = 2
) -> Iterator[Desk]:
    """A desk over HTTP, its connections closed in the end."""
    made: list[Http] = []
    mutex = threading.Lock()

    def http() -> Http:
        from .index import Http  # brings ssl: only who must ask pays for it

        with mutex:
            if not made:
                made.append(Http(host, timeout_s=timeout_s, tries=tries))
        return made[0]

    try:
        yield Desk(host, Remembering(Cache(host.folders.cache), clock, http, is_offline=is_offline))
    finally:
        for one in made:
            one.close()


@contextmanager
def kept_desk(host: Host, clock: Callable[[], datetime]) -> Iterator[Desk]:
    """A desk that knows what the indexes have said within the hour, and asks nobody."""
    yield Desk(host, Remembering(Cache(host.folders.cache), clock, _Nobody))


class _Nobody:
    def get(self, question: Question, _etag: str) -> Fetched:
        raise NotRemembered(f"{question.name} was not asked for within the hour", remedy="aim update check")


def resolve_all(
    asks: Sequence[Ask], desk: Desk, policy: Policy, now: datetime, node: Callable[[], str] = str
) -> Findings:
    """Resolve every tool. `node` tells the version npm's tools run on; it is asked beside the indexes.

    The small question goes first, and the whole list of releases is asked for only where that leaves something open.
    """
    first = in_pool([node, *(_asking(desk, ask, resolution.need(ask, policy)) for ask in asks)])
    running = first[0] if isinstance(first[0], str) else ""
    here = [msgspec.structs.replace(ask, runtime=running) if ask.ecosystem == "npm" else ask for ask in asks]
    found = list(first[1:])
    open_ = [
        place
        for place, (ask, said) in enumerate(zip(here, found, strict=True))
        if isinstance(said, Package) and not resolution.is_enough(ask, said, policy)
    ]
    for place, said in zip(open_, in_pool([_asking(desk, here[at], Need.RELEASES) for at in open_]), strict=True):
        found[place] = said
    pairs = list(zip(here, found, strict=True))
    return Findings(
        tuple(resolution.resolve(ask, said, policy, now) for ask, said in pairs if isinstance(said, Package)),
        {ask.id: said for ask, said in pairs if isinstance(said, Unreachable)},
        {ask.id: str(said) for ask, said in pairs if isinstance(said, NotAsked)},
    )


def check_names(
    wanted: Iterable[Wanted],
    ecosystems: Mapping[str, Ecosystem],
    desk: Desk,
    known: Catalogue,
    now: datetime,
    declared: Iterable[Wanted] = (),
) -> Names:
    """Which of `wanted` no index knows, all of them, with what may have been meant; nothing is changed.

    An index that does not answer is a note: the installer will tell.
    """
    from . import suggestions

    asks = [Ask(id=item.id, kind=item.kind, name=item.name, ecosystem=ecosystems[item.kind]) for item in wanted]
    found = in_pool([_asking(desk, ask, Need.LATEST) for ask in asks])
    names = {kind: [item.name for item in declared if ecosystems[item.kind] == kind] for kind in ecosystems.values()}
    unknown, notes = [], {}
    for ask, said in zip(asks, found, strict=True):
        if isinstance(said, Package) and not said.exists and not said.unreadable:
            sure = [name for name in names[ask.ecosystem] if name not in {one.name for one in asks}]
            unknown.append(_unknown(ask, suggestions.suggest(ask.name, ask.ecosystem, known, sure)))
        else:
            notes.update(dict.fromkeys(_notes(ask, said, known, now)))
    return Names(tuple(unknown), tuple(notes))


def names_of(
    wanted: Sequence[Wanted],
    ecosystems: Mapping[str, Ecosystem],
    host: Host,
    clock: Callable[[], datetime],
    declared: Iterable[Wanted] = (),
    *,
    is_offline: bool = False,
) -> Names:
    """`check_names` over HTTP with the list that comes with us, in a hurry: an install waits for it."""
    from . import suggestions
    from .config import default_folder

    known = suggestions.read(default_folder())
    with open_desk(host, clock, is_offline=is_offline, timeout_s=5.0, tries=1) as desk:
        return check_names(wanted, ecosystems, desk, known, clock(), declared)


def require_known(names: Names) -> None:
    """Raises CommandFailed with every unknown name."""
    if not names.unknown:
        return
    count = len(names.unknown)
    raise CommandFailed(
        "1 name is unknown to its index" if count == 1 else f"{count} names are unknown to their indexes",
        details=[f"{record.id}: {record.detail}" for record in names.unknown],
        remedy="correct the names in aim.toml; nothing was touched",
    )


def in_pool(questions: Sequence[Callable[[], Answer]], width: int = WIDTH) -> list[Answer | AimError | NotAsked]:
    """Every answer in order, `width` at a time; a question's own failure is its answer."""
    answers: dict[int, Answer | AimError | NotAsked] = {}
    left = iter(list(enumerate(questions)))

    def work() -> None:
        for place, question in left:  # a list's iterator gives each of its items to one thread
            try:
                answers[place] = question()
            except (AimError, NotAsked) as error:
                answers[place] = error

    ask_together([work] * min(width, len(questions)))
    return [answers[place] for place in range(len(questions))]


def _asking(desk: Desk, ask: Ask, need: Need) -> Callable[[], Package]:
    return lambda: desk.look_up(ask, need)


def _unknown(ask: Ask, instead: Sequence[str]) -> Record:
    meant = f"; did you mean {' or '.join(instead)}?" if instead else ""
    index = {"pypi": "PyPI", "npm": "npm", "cargo": "crates.io"}[ask.ecosystem]
    return Record(
        id=ask.id,
        status=Status.FAILED,
        title=ask.name,
        detail=f"{index} has no such package{meant}",
        remedy=f"correct {ask.name} in aim.toml",
        facts={"suggestions": list(instead)},
    )


def _notes(ask: Ask, said: Package | AimError | NotAsked, known: Catalogue, now: datetime) -> Iterator[str]:
    if isinstance(said, NotAsked):
        return
    if isinstance(said, NotRemembered):
        yield "offline: new names are not checked"
        return
    if isinstance(said, AimError):
        yield f"names were not all checked: {said.message}"
        return
    if said.unreadable:
        yield f"{ask.id}: {said.unreadable}"
        return
    from . import suggestions

    really = suggestions.stranger(ask.name, ask.ecosystem, known)
    if really:
        meant = suggestions.suggest(ask.name, ask.ecosystem, known)
        yield f"{ask.id} is {really}{'; did you mean ' + ' or '.join(meant) + '?' if meant else ''}"
    if said.deprecated:
        yield f"{ask.id} is deprecated: {said.deprecated}"
    if said.created and (now - said.created).days < NEW_DAYS:
        yield f"{ask.id} is new: its first release is {(now - said.created).days} days old"
