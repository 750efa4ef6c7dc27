"""Looks at this machine: finds out what the checks want to know, when they want to know it, and runs them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from . import catalog, drift, health, machine_facts, plugins, profiles
from .app import App
from .checks import Facts
from .model import Record
from .profiles import Asked, Choice

if TYPE_CHECKING:
    from .drift import Standing
    from .schema import Health


class Once:
    """An answer that is found out when first asked for, once, whoever asks; who asks meanwhile waits for it.

    What finding it out raises is raised again for everyone who asks.
    """

    def __init__(self, find_out: Callable[[], Any]) -> None:
        self._find_out = find_out
        self._lock = threading.Lock()
        self._answer: tuple[Any, Exception | None] | None = None

    def __call__(self) -> Any:
        with self._lock:
            if self._answer is None:
                self._answer = self._ask()
        found, error = self._answer
        if error is not None:
            raise error
        return found

    def _ask(self) -> tuple[Any, Exception | None]:
        try:
            return self._find_out(), None
        except Exception as error:  # noqa: BLE001 - kept, and raised for every check that asks
            return None, error


class Gathering:
    """`Facts` of which the costly ones are found out by the first check that wants them, in that check's own time."""

    def __init__(self, known: Facts, costly: Mapping[str, Callable[[], Any]]) -> None:
        self._known = known
        self._costly = {name: Once(find_out) for name, find_out in costly.items()}

    def __getattr__(self, name: str) -> Any:
        costly = self._costly.get(name)
        return getattr(self._known, name) if costly is None else costly()


def choice(app: App, asked: Asked) -> Choice:
    """What to run here; profiles do not count while the configuration has mistakes. Raises BadConfig."""
    known = catalog.members(health.PACKAGE)
    if app.settings.problems:
        bare = profiles.Asked(only=asked.only, skip=asked.skip, is_strict=asked.is_strict)
        return profiles.choose(app.settings.config.health, bare, known)
    return profiles.choose(app.settings.config.health, asked, known)


def examine(app: App, chosen: Choice) -> tuple[Record, ...]:
    """The Record of every chosen check, sorted by id."""
    modules = catalog.table(health.PACKAGE)
    checks = [modules[name] for name in chosen.checks if name in modules]
    return health.run_checks(checks, gather(app, chosen.health), app.runner, chosen.limits)


def gather(app: App, told: Health) -> Facts:
    """What the checks may know of this machine, by the settings `told`.

    What costs time is found out when a check asks for it: it delays only the checks that want it.
    """
    standings = Once(app.standings)
    folders = app.host.folders
    known = Facts(
        host=app.host,
        python_version=(sys.version_info.major, sys.version_info.minor, sys.version_info.micro),
        min_python=told.min_python,
        required_commands=tuple(told.required_commands),
        optional_commands=tuple(told.optional_commands),
        config_files=app.config_files(),
        config_problems=app.settings.problems,
        folders=(folders.config, folders.state, folders.data, folders.logs, folders.cache),
        bin_folders=(),
        off_tools=(),
        tool_count=0,
        timeout_s=told.check_timeout_s,
        secret_warn_days=app.settings.config.secrets.warn_days,
        **machine_facts.known(app, told),
    )
    costly: dict[str, Callable[[], Any]] = {
        "bin_folders": app.bin_folders,
        "off_tools": lambda: _off(standings()),
        "tool_count": lambda: sum(each.status == drift.OK for each in standings()),
        "plugins": lambda: tuple(map(str, plugins.installed())),
        "plugin_problems": catalog.refused_anywhere,
        **machine_facts.costly(app, standings),
    }
    return cast("Facts", Gathering(known, costly))


def _off(found: tuple[Standing, ...]) -> tuple[tuple[str, str], ...]:
    off = (each for each in found if each.status in drift.OFF and not machine_facts.is_shadowed(each))
    return tuple((each.tool, each.why or each.status) for each in off)
