"""Caches to where they belong: tools are told by variables, what no variable can say is linked; and all of it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from . import _environment
from ._scanning import central_folder

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.arranged import Arranged
    from aim_lib.caches import Cache
    from aim_lib.links import Linked, Links
    from aim_lib.model import Change
    from aim_lib.quarantine import Held, Ward

    from ._wrong_places import Found

KNOBS = "cache-knobs"


def kinds(app: App, ward: Ward, files: Iterable[str]) -> list[Arranged]:
    """How everything stands that centralising changes; `files` are those in which Git is told."""
    from aim_lib import excludes

    return [_environment.kind(app), _knobs_kind(app), excludes.kind(files), ward.kind(), links_of(app).kind()]


def links_of(app: App) -> Links:
    from aim_lib.links import Links

    return Links(app.host.folders.state / "links", app.host)


def _told(app: App) -> Mapping[str, str]:
    """The variables by which tools are to be told."""
    from aim_lib import knobs

    return knobs.shared(knobs.chosen(app.settings.config.cache.tools), central_folder(app))


def notes(app: App) -> tuple[str, ...]:
    """What a person should know before the tools are told."""
    return tuple(placing.note for placing in _environment.with_caches(app, _told(app)) if placing.note)


def enforcing(app: App, ward: Ward, look: Callable[[], Found]) -> tuple[Change, ...]:
    """All changes that bring caches to where they belong; `look` says again what does not lie there."""
    from aim_lib import cache_sizes, excludes, links, placed, quarantine
    from aim_lib.walking import mount_points

    found, ours, told = look(), links_of(app), _told(app)
    known = ours.all()
    new = {each.path for each in found.to_link}
    lines = _lines([*(each for each in known if each.path not in new), *found.to_link])
    git = excludes.changes(lines, app.host, "Git overlooks links of ours")
    stores = [_as_cache(each) for each in found.to_link if Path(each.store).is_dir()]
    cleared = [(each, cache_sizes.size_of(each.path)) for each in (*found.to_clear, *stores)]
    away = quarantine.clearing(ward, cleared, mount_points() or frozenset())
    before = [change.id for change in (*git, *away)]
    return (
        *_setting(app, told),
        *placed.changes(_environment.with_caches(app, told), "[cache]"),
        *git,
        *away,
        *links.mending(ours, (each for each in known if each.stand == links.DANGLING)),
        *links.linking(ours, found.to_link, before),
    )


def releasing(app: App, chosen: Iterable[Linked], *, is_all: bool) -> tuple[Change, ...]:
    """Changes that take links back, and with `is_all` the variables, too."""
    from aim_lib import excludes, links, placed

    ours = links_of(app)
    known = ours.all()
    going = {each.path for each in chosen}
    back = links.unlinking(ours, (each for each in known if each.path in going))
    git = excludes.changes(
        {**dict.fromkeys(files_of(known), ()), **_lines(each for each in known if each.path not in going)},
        app.host,
        "wanted again",
    )
    later = tuple(_after(change, [each.id for each in back]) for change in git)
    if not is_all or not _environment.in_force(app):
        return (*back, *later)
    return (*placed.changes(_environment.with_caches(app, {}), "wanted again"), *_setting(app, {}), *back, *later)


def files_of(linked: Iterable[Linked]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.exclude for each in linked if each.exclude))


# --- how they are done --------------------------------------------------------------------------------------------


def _setting(app: App, told: Mapping[str, str]) -> tuple[Change, ...]:
    """That the variables `told` are in force, on record: `aim env` knows by it what is ours."""
    import msgspec

    from aim_lib.arranged import change
    from aim_lib.model import Delete, Step, Write
    from aim_lib.platforms import back
    from aim_lib.states import state_of

    file, have = _environment.record_file(app), _environment.in_force(app)
    if have == told:
        return ()
    text = msgspec.json.encode(told, order="sorted").decode() + "\n"
    step: Step = Write(path=str(file), text=text) if told else Delete(path=str(file))
    return (
        change(
            KNOBS,
            "variables",
            topic="cache",
            have=state_of(file.read_bytes()) if have else "",
            want=state_of(text) if told else "",
            reason=", ".join(told) or "wanted again",
            do=(step,),
            undo=(back(file),),
        ),
    )


def _knobs_kind(app: App) -> Arranged:
    from aim_lib.arranged import Arranged
    from aim_lib.model import Present
    from aim_lib.states import state_of

    file = _environment.record_file(app)

    def look() -> tuple[Present, ...]:
        if not file.is_file():
            return ()
        return (Present(kind=KNOBS, name="variables", version=state_of(file.read_bytes()), where=str(file)),)

    return Arranged(KNOBS, look)


def _lines(linked: Iterable[Linked]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in linked:
        if each.exclude:
            found.setdefault(each.exclude, []).append(each.line)
    return found


def _after(change: Change, ids: Iterable[str]) -> Change:
    import msgspec

    return msgspec.structs.replace(change, after=tuple(ids))


def _as_cache(linked: Linked) -> Cache:
    """What an earlier link has left in the central folder, as something that can be cleared away."""
    from aim_lib.caches import BY_TAG, Cache

    return Cache(linked.store, Path(linked.store).name, "", str(Path(linked.store).parent), BY_TAG)


def held_or_linked(app: App, ward: Ward, paths: tuple[str, ...]) -> tuple[list[Held], list[Linked]]:
    """What is held in quarantine and what is linked, of `paths`. Raises BadConfig for one of which nothing is."""
    import os

    from aim_lib.errors import BadConfig
    from aim_lib.walking import is_in

    held, linked = ward.held(), links_of(app).all()
    if not paths:
        return list(held), list(linked)
    chosen: list[Held] = []
    back: list[Linked] = []
    for path in paths:
        folder = os.path.normpath(app.host.cwd / Path(path).expanduser())
        here = [each for each in held if any(is_in(thing.path, folder) for thing in each.things)]
        ours = [each for each in linked if is_in(each.path, folder)]
        if not here and not ours:
            known = [*(each.title for each in held), *(each.path for each in linked)]
            raise BadConfig(f"nothing of {path} is held or linked", details=known, remedy="aim cache restore --dry-run")
        chosen += [each for each in here if each not in chosen]
        back += [each for each in ours if each not in back]
    return chosen, back
