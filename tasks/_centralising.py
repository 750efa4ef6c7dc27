"""Caches to where they belong: tools are told by variables, what no variable can say is linked; and all of it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from . import _environment
from ._scanning import central_folder, configured, kinds_of, misplaced, scope_of

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.arranged import Arranged
    from aim_lib.caches import Cache
    from aim_lib.links import Linked, Links
    from aim_lib.model import Change, Record
    from aim_lib.quarantine import Held, Ward

KNOBS = "cache-knobs"
GIT_S = 30.0


class Found(NamedTuple):
    """What lies in the wrong place: to be linked, to be cleared away because its tool has been told, and the rest."""

    to_link: tuple[Linked, ...] = ()
    to_clear: tuple[Cache, ...] = ()
    left: tuple[tuple[Cache, str], ...] = ()


def roots(app: App) -> tuple[str, ...]:
    """The folders in which caches are moved: those of [scan], else the project we are in.

    Raises BadConfig where there is neither, and NotPermitted where an untrusted project asks for more than itself.
    """
    from aim_lib.errors import BadConfig
    from aim_lib.excludes import repository_of

    _require_consent(app)
    told = app.settings.config.scan.roots
    if told:
        return scope_of(app, None).roots
    project = app.settings.project
    around = repository_of(app.host.cwd / "here")
    folder = project.parent if project else around.root if around else None
    if folder is None:
        remedy = (
            'go to a project (one with an aim.toml or a .git), or say which folders: roots = ["~/projects"] in [scan]'
        )
        raise BadConfig("caches are moved only in projects, and this is none", remedy=remedy)
    return (str(folder),)


def find(app: App) -> Found:
    """What of the caches below our roots is to be moved. Reads; raises BadConfig for tools that are not known."""
    from aim_lib.caches import found_in, search
    from aim_lib.scanner import Scope, rules_for

    kinds, told = kinds_of(app), scope_of(app, None)
    scope = Scope(roots(app), told.exclude, told.is_across_mounts, told.home)
    return sort_out(app, misplaced(app, found_in(search(scope.roots, rules_for(scope), kinds), kinds)))


def sort_out(app: App, found: Iterable[Cache]) -> Found:
    """Which of the caches `found` are to be linked, and which cleared away."""
    from aim_lib import knobs, links, quarantine
    from aim_lib.walking import mount_points

    central, mounts = central_folder(app), mount_points() or frozenset()
    chosen = knobs.chosen(app.settings.config.cache.tools)
    told = {knob.cache for knob in chosen if knob.cache and not knob.apart}
    linked = {knob.cache for knob in chosen if knob.apart}
    to_link, to_clear, left = [], [], []
    for each in found:
        if each.pattern in told:
            why = quarantine.why_not(each, mounts)
            (left.append((each, why)) if why else to_clear.append(each))
            continue
        why = links.why_not(each, central, mounts)
        if not why and each.pattern not in linked:
            why = f"{each.tool} is not among the tools of [cache]"
        if not why:
            wanted = links.wanted_link(each, central)
            why = _why_git_minds(app, wanted)
            if not why:
                to_link.append(wanted)
                continue
        left.append((each, why))
    return Found(tuple(to_link), tuple(to_clear), tuple(left))


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


def left_records(found: Found) -> tuple[Record, ...]:
    """What stays where it is, and why."""
    from aim_lib.model import Record, Status

    return tuple(
        Record(id=each.path, status=Status.SKIPPED, title=each.path, detail=f"left where it is: {why}")
        for each, why in found.left
    )


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


def _why_git_minds(app: App, linked: Linked) -> str:
    """Why a link in its place would show in `git status` whatever is excluded: something there is committed."""
    from aim_lib.errors import AimError
    from aim_lib.excludes import repository_of

    repository = repository_of(Path(linked.path))
    if repository is None:
        return ""
    # fsmonitor is a program that the repository names: it is not to run for a question.
    argv = ("git", "-c", "core.fsmonitor=false", "-C", str(repository.root), "ls-files", "-z", "--", linked.path)
    env = {**app.host.env, "GIT_LITERAL_PATHSPECS": "1", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = app.runner.run(argv, env=env, timeout_s=GIT_S)
    except AimError as error:
        return f"whether it is committed cannot be asked: {error.message}"
    if not done.is_ok:
        return f"whether it is committed cannot be asked: {done.last_words(1)}"
    return "it is committed" if done.stdout.strip("\0\n") else ""


def _require_consent(app: App) -> None:
    """What a project's `aim.toml` says of folders outside itself counts only when it is trusted."""
    from aim_lib import trust
    from aim_lib.errors import NotPermitted
    from aim_lib.walking import is_in

    project, told = app.settings.project, app.settings.config
    if project is None or trust.is_trusted(project, app.host):
        return
    asks = []
    for key, folders in (("scan.roots", told.scan.roots), ("cache.central", [told.cache.central])):
        if app.settings.origins.get(key) != str(project):
            continue
        outside = [
            each
            for each in configured(app, key, folders)
            if not is_in(str(each.resolve()), str(project.parent.resolve()))
        ]
        asks += [f"{key}: {each}" for each in outside]
    if asks:
        remedy = "read it, then: aim config trust  (in CI: AIM_TRUST=1)"
        raise NotPermitted(f"{project} asks for folders outside of itself", details=asks, remedy=remedy)


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
