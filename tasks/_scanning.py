"""What the scans share: where to look, and which caches count."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.cache_sizes import Size
    from aim_lib.caches import Cache, Kind
    from aim_lib.crew import Helpers
    from aim_lib.quarantine import Ward
    from aim_lib.scanner import Filter, Scope

KB, MB = 1024, 1024 * 1024


def scope_of(app: App, path: Iterable[str] | None, exclude: Iterable[str] | None = None) -> Scope:
    """The folders that were named, else those of the configuration, else the one we are in. Raises BadConfig."""
    from aim_lib.errors import BadConfig
    from aim_lib.pathtext import heard
    from aim_lib.scanner import Scope

    told = app.settings.config.scan
    named = [str(app.host.cwd / Path(heard(each)).expanduser()) for each in path or ()]
    roots = named or [str(each) for each in configured(app, "scan.roots", told.roots)] or [str(app.host.cwd)]
    for root in named:
        if not Path(root).is_dir():
            raise BadConfig(f"{root} is no folder", remedy="aim scan FOLDER")
    return Scope(tuple(roots), (*told.exclude, *(exclude or ())), told.across_mounts, str(app.host.home))


def configured(app: App, key: str, paths: Iterable[str]) -> list[Path]:
    """Folders that a configuration names, relative to it."""
    folder = app.settings.folders.get(app.settings.origins.get(key, ""), app.host.cwd)
    return [folder / Path(path).expanduser() for path in paths]


def filter_of(app: App, min_size: int, extension: Iterable[str] | None) -> Filter:
    """Which files to compare; a `min_size` below 0 is what the configuration says."""
    from aim_lib.scanner import Filter

    least = app.settings.config.scan.min_size_kb if min_size < 0 else min_size
    return Filter(least * KB, tuple(extension or ()))


def helpers_of(app: App) -> Helpers:
    """The processes that may list and read for a scan."""
    from aim_lib.crew import helpers_for

    return helpers_for(app.host.python, app.host.env)


def kinds_of(app: App) -> tuple[Kind, ...]:
    from aim_lib import caches

    return caches.with_names(app.settings.config.cache.patterns)


def central_folder(app: App) -> Path:
    """Where caches belong."""
    told = app.settings.config.cache.central
    return configured(app, "cache.central", [told])[0] if told else app.host.folders.cache / "central"


def misplaced(app: App, found: Iterable[Cache]) -> list[Cache]:
    """Those that lie under none of the folders where caches belong."""
    import os

    from aim_lib import caches

    folders = [central_folder(app), *configured(app, "cache.allowed", app.settings.config.cache.allowed)]
    allowed = [os.path.realpath(folder) for folder in folders]
    return [each for each in found if caches.is_misplaced(each.path, allowed)]


def ward_of(app: App) -> Ward:
    """The quarantine, as of now: planning again under the lock must give the same."""
    from aim_lib.quarantine import Ward

    return Ward(app.host.folders.state / "quarantine", app.clock(), app.settings.config.cache.quarantine_days)


def large_enough(app: App, sized: Iterable[tuple[Cache, Size]], threshold: float) -> list[tuple[Cache, Size]]:
    """Those of at least `threshold` MB; below 0 it is what the configuration says. The largest first."""
    least = (app.settings.config.cache.threshold_mb if threshold < 0 else threshold) * MB
    return sorted((pair for pair in sized if pair[1].size_bytes >= least), key=lambda pair: -pair[1].size_bytes)
