"""Caches in the wrong place: where we may look for them, and what is to become of each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ._scanning import central_folder, configured, kinds_of, misplaced, scope_of

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.caches import Cache
    from aim_lib.links import Linked
    from aim_lib.model import Record

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


def left_records(found: Found) -> tuple[Record, ...]:
    """What stays where it is, and why."""
    from aim_lib.model import Record, Status

    return tuple(
        Record(id=each.path, status=Status.SKIPPED, title=each.path, detail=f"left where it is: {why}")
        for each, why in found.left
    )


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
