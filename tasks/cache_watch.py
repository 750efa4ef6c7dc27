"""Watches for caches in the wrong place, and for changes of the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aim_lib.quantities import counted

from . import _centralising, _watching, _wrong_places
from ._app import asked, command, say, say_always
from ._arranging import arrange
from ._scanning import central_folder, configured, kinds_of, misplaced, scope_of, ward_of

if TYPE_CHECKING:
    from pathlib import Path

    from aim_lib.app import App
    from aim_lib.caches import Cache
    from aim_lib.listing import Rules
    from aim_lib.model import Record, Result
    from aim_lib.watcher import Seen, Sighted, Watcher

GROUP = "cache"
JOB = "watch"
QUIET_S = 5.0  # a cache in which a tool is at work is left alone so long
MISPLACED = "misplaced"


@command(
    help={
        "once": "look once, and end",
        "install": "have it run as a service of yours",
        "remove": "take that service away",
        "limit": "watch at most so many folders; the others are swept (default: what the system allows)",
    },
)
def watch(app: App, once: bool = False, install: bool = False, remove: bool = False, limit: int = 0) -> Result:
    """Tell of caches that appear in the wrong place; with cache.enforce = true move them; check a changed aim.toml."""
    from aim_lib.errors import BadConfig
    from aim_lib.model import Result

    if install and remove:
        raise BadConfig("--install and --remove are opposites", remedy="say one of them")
    if install:
        _wrong_places.roots(app)  # a service that cannot begin is not installed
        return _watching.install(app, JOB, "AIM: watches for caches", ("cache", "watch"))
    if remove:
        return _watching.remove(app, JOB)
    guard = Guard(app)
    if once or asked().dry_run:
        guard.open(limit)
        guard.act(guard.watcher.look())
        guard.watcher.hints.close()
    else:
        guard.stay(limit)
    found = guard.sighted.known.values()
    records = tuple(_record(each) for each in misplaced(guard.app, sorted(found, key=lambda each: each.path)))
    count = "1 cache is" if len(records) == 1 else f"{len(records)} caches are"
    closing = f"{count} in the wrong place" if records else "all caches are where they belong"
    return Result(
        records=records, closing=(closing,), body={MISPLACED: [each.title for each in records], "enforced": guard.moved}
    )


@dataclass(slots=True)
class Guard:
    """One watch: the App it has now, what it sees, and what it has told already."""

    app: App
    watcher: Watcher = field(init=False)
    sighted: Sighted = field(init=False)
    told: set[str] = field(default_factory=set)
    waiting: dict[str, Cache] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    is_changed: bool = False
    moved: int = 0

    def open(self, limit: int) -> None:
        """Begin to watch what the configuration names."""
        from aim_lib import caches, config, hints
        from aim_lib.sweeping import View
        from aim_lib.walking import outermost
        from aim_lib.watcher import Sighted, Watcher

        app, kinds = self.app, kinds_of(self.app)
        roots = outermost(_wrong_places.roots(app))
        project = app.settings.project or app.host.cwd / config.FILE_NAME
        files = (config.user_file(app.host), project, project.with_name("aim.lock"))
        heard = hints.for_host(app.host, roots, (str(file.parent) for file in files), most=limit)
        self.sighted = Sighted(kinds)
        view = View(roots, caches.searching(_rules(app), kinds))
        self.watcher = Watcher(view, heard, _watching.times_of(app), files)

    def stay(self, limit: int) -> None:
        """Watch until somebody ends it; a changed configuration begins anew."""
        from aim_lib.errors import AimError

        before = self.app
        while True:
            try:
                self.open(limit)
            except AimError as error:
                if self.app is before:
                    raise
                say_always(f"  ! {error.message}; what was in force before stays so")
                self.app = before
                continue
            before = self.app
            say(f"watching {', '.join(self.watcher.view.roots)}; Ctrl-C ends it")
            try:
                _watching.follow(self._until_changed(), self.act)
            finally:
                self.watcher.hints.close()
            if not self.is_changed:
                return
            self.is_changed = False

    def _until_changed(self) -> Iterable[Seen]:
        for seen in self.watcher.watch():
            yield seen
            if self.is_changed:
                return

    def act(self, seen: Seen) -> None:
        """Tell what is new; move what may be moved; look at a changed configuration."""
        new = misplaced(self.app, self.sighted.update(self.watcher.view, seen.swept))
        fresh = [each for each in new if each.path not in self.told]
        self.told |= {each.path for each in fresh}
        self.told &= self.sighted.known.keys()
        if fresh:
            self._tell(fresh)
        if self.app.settings.config.cache.enforce and not asked().dry_run:
            self.waiting |= {each.path: each for each in new}
            self._enforce()
        if seen.files:
            self._look_at_config(seen.files)

    def _tell(self, fresh: list[Cache]) -> None:
        lines = [f"{each.path} ({each.tool or each.pattern}, {each.evidence})" for each in fresh]
        for line in lines:
            say(f"  misplaced: {line}")
        count = "1 cache" if len(fresh) == 1 else f"{len(fresh)} caches"
        text = f"{count} in the wrong place: {lines[0]}{' …' if len(lines) > 1 else ''}"
        if not asked().dry_run:
            details = {"count": len(fresh), "paths": [each.path for each in fresh[:100]]}
            self.app.audit.write("scan.misplaced", text, details=details)
            _watching.notify(self.app, "cache.misplaced", "caches in the wrong place", text, details, "info")

    def _enforce(self) -> None:
        """Move what waits and is quiet; what stays where it is says why, once."""
        from aim_lib.errors import AimError
        from aim_lib.watcher import is_quiet

        here = {path: each for path, each in self.waiting.items() if path in self.sighted.known}
        now_ns = self.watcher.times.wall_ns()
        quiet = [path for path in here if is_quiet(path, now_ns, QUIET_S)]
        self.waiting = {path: each for path, each in here.items() if path not in quiet}
        again = [path for path in quiet if path in self.cleared]
        for path in again:
            say_always(f"  ! {path} is made again: its tool was started where the variables are not; open a new shell")
        chosen = [self.sighted.known[path] for path in quiet if path not in self.cleared]
        if not chosen:
            return
        app, ward = self.app, ward_of(self.app)
        try:
            found = _wrong_places.sort_out(app, chosen)
            known = _centralising.links_of(app).all()
            kinds = _centralising.kinds(app, ward, _centralising.files_of((*found.to_link, *known)))
            done = arrange(app, kinds, lambda: _centralising.enforcing(app, ward, lambda: found), "")
        except AimError as error:
            say_always(f"  ! {error.message}; {error.remedy}")
            return
        self.cleared |= {each.path for each in found.to_clear}
        self.moved += len(found.to_link) + len(found.to_clear)
        for record in (*done.records, *_wrong_places.left_records(found)):
            say(f"  {record.title}: {record.detail}")

    def _look_at_config(self, files: Iterable[Path]) -> None:
        """A changed configuration: is it right, and how do the tools stand by it?"""
        from aim_lib import app as wiring
        from aim_lib import drift
        from aim_lib.errors import AimError

        there = [file for file in files if file.is_file()]
        for file in (each for each in files if each not in there):
            say_always(f"  ! {file} is gone; what it said stays in force")
        if not there:
            return
        names = ", ".join(map(str, there))
        try:
            new = wiring.build(self.app.host)
            counts = drift.summary(new.standings())
        except AimError as error:
            say_always(f"  ! {names} has changed: {error.message}")
            for line in error.details:
                say_always(f"    {line}")
            text = "; ".join((error.message, *error.details))
            _watching.notify(self.app, "config.invalid", "the configuration has mistakes", text, {"files": names})
            return
        self.app, self.is_changed = replace(self.app, settings=new.settings), True
        off = counts[drift.DRIFT] + counts[drift.MISSING]
        text = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "no tools are declared"
        say_always(f"  {names} has changed and is valid: {text}{'; aim plan' if off else ''}")
        self.app.audit.write("config.changed", f"{names} has changed: {text}", details={"files": names, **counts})
        if off:
            _watching.notify(
                self.app, "config.drift", f"{counted(off, 'tool has', 'tools have')} drifted", text, dict(counts)
            )


def _rules(app: App) -> Rules:
    """What is not looked at: what the configuration excludes, and the folders where caches belong."""
    import os

    from aim_lib.listing import Rules
    from aim_lib.scanner import excluder

    own = [central_folder(app), *configured(app, "cache.allowed", app.settings.config.cache.allowed)]
    places, excluded = {os.path.realpath(each) for each in own}, excluder(scope_of(app, None))
    return Rules(lambda name, path: path in places or bool(excluded and excluded(name, path)), mounts=None)


def _record(cache: Cache) -> Record:
    from aim_lib.model import Record, Status

    return Record(
        id=cache.path,
        status=Status.WARNED,
        title=cache.path,
        detail=f"misplaced ({cache.evidence})",
        remedy="aim cache enforce" if cache.is_cleanable else "",
    )
