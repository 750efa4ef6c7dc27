"""The one place that builds config, host, runner, clock and logs, and hands them out together."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from . import __version__, callers, catalog, config, copies, drift, files, first_of, inventory, lock, origins, plan
from .audit import FILE_NAME, Audit, Limits
from .config import Settings
from .drift import Standing
from .errors import BadConfig
from .host import Host, iso, utc_now
from .inventory import Inventory
from .journal import Journal
from .kinds import is_shared, tool_kinds
from .model import Locked, Present, Wanted
from .plan import World
from .policy import Policy
from .proc import Runner, own_pid
from .redact import Redactor
from .resources import Options
from .wanted import wanted_tools

Clock = Callable[[], datetime]
SUDO_S = 10.0
AS_DEPENDENCY = frozenset({"dependency", "automatic"})  # brew's and apt's words for it


@dataclass(frozen=True, slots=True)
class App:
    """Everything a command may use. Frozen; made once per run by `build`."""

    host: Host
    settings: Settings
    runner: Runner
    redactor: Redactor
    clock: Clock
    audit: Audit
    journal: Journal

    @property
    def options(self) -> Options:
        bootstrap = self.settings.config.bootstrap
        declared = wanted_tools(self.settings, self.host.system)
        return Options(
            node=bootstrap.node,
            node_version=bootstrap.node_version,
            timeout_s=bootstrap.timeout_s,
            names=frozenset(item.id for item in declared) | self.journal.owned(),
            offline=bootstrap.offline,
            layouts={item.id: item.layout for item in declared if item.layout},
        )

    @property
    def policy(self) -> Policy:
        """What may change, and how far."""
        told = self.settings.config.policy
        return Policy(
            cooldown_days=told.cooldown_days,
            max_major=None if told.max_major is msgspec.UNSET else told.max_major,
            allow=tuple(told.allow),
            deny=tuple(told.deny),
            respect_pins=told.respect_pins,
        )

    def wanted(self) -> tuple[Wanted, ...]:
        """Every tool declared for this machine, members of groups too, with the version it must have if known."""
        declared = wanted_tools(self.settings, self.host.system)
        return plan.with_locked_versions(declared, self.locked(declared), ecosystems())

    def declared(self, found: Inventory, wanted: tuple[Wanted, ...] | None = None) -> tuple[Wanted, ...]:
        """What is wanted on this machine: of each group one. `wanted` is read, locks included, when it is not given."""
        everything = self.wanted() if wanted is None else wanted
        return first_of.settle(everything, found.present, found.resources)

    def locked(self, wanted: Iterable[Wanted]) -> Mapping[tuple[str, str], Locked]:
        """(folder, id) → entry of every lock file beside a config that declared a tool."""
        folders = sorted({item.folder for item in wanted})
        return {(folder, entry.id): entry for folder in folders for entry in lock.read(Path(folder))}

    def take_inventory(self, kinds: Iterable[str] | None = None, names: Iterable[str] = ()) -> Inventory:
        """What is there; of a shared kind only where an id is declared, ours, or in `names`."""
        options = self.options
        asked = msgspec.structs.replace(options, names=frozenset((*(options.names or ()), *names)))
        return inventory.take_inventory(self.host, asked, kinds)

    def whose(self, found: Inventory, wanted: Iterable[Wanted], also: Iterable[Present] = ()) -> Mapping[str, Any]:
        """Every copy of the commands of `wanted`, and of what is `also` there, with its owner, by command."""
        here = [(item.commands, found.present.get(item.id)) for item in wanted]
        named = {command for commands, have in here if have for command in commands or have.commands}
        named |= {command for have in also for command in have.commands}
        return copies.whose(self.host, named, found.present.values(), found.command_folders) if named else {}

    def world(self, found: Inventory, wanted: Iterable[Wanted] = ()) -> World:
        """What the planner looks at, for `wanted`."""
        return World(
            present=found.present,
            resources=found.resources,
            ecosystems=ecosystems(),
            policy=self.policy,
            copies=self.whose(found, wanted),
            installed=self.installed(),
            relocked=origins.relocked(wanted, found.present, found.resources),
        )

    def installed(self) -> Mapping[str, str]:
        """The version that we last installed, by id."""
        return {key: entry.version for key, entry in self.journal.installed().items()}

    def with_sudo(self, found: Inventory) -> Inventory | None:
        """`found` as resources see it that may use sudo; None when sudo is not there or would ask for a password.

        It is asked only when something needs it: sudo reports in vain attempts to whoever administers the machine.
        """
        if self.host.is_root or self.host.which("sudo") is None:
            return None
        if not self.runner.run(("sudo", "-n", "true"), env=dict(self.host.env), timeout_s=SUDO_S).is_ok:
            return None
        options = msgspec.structs.replace(self.options, has_sudo=True)
        return Inventory(found.present, inventory.open_resources(self.host, options, found.resources))

    def standings(self, *, is_all: bool = False) -> tuple[Standing, ...]:
        """How every tool that counts here stands, and what nobody declared; with `is_all` of the whole machine."""
        options = self.options
        asked = msgspec.structs.replace(options, names=None) if is_all else options
        found, wanted = inventory.take_inventory(self.host, asked), self.wanted()
        here = plan.relevant(self.declared(found, wanted), found.present)
        counted = [item for item in here if not found.resources[item.kind].is_off]
        extra = undeclared(found, wanted, found.present if is_all else self.journal.owned())
        truth = drift.Truth(
            present=found.present,
            ecosystems=ecosystems(),
            copies=self.whose(found, counted, extra),
            installed=self.installed(),
            relocked=origins.relocked(counted, found.present, found.resources),
        )
        return drift.standings(counted, extra, truth)

    def bin_folders(self) -> tuple[Path, ...]:
        """The folders that must be on PATH for the tools that are declared, the optional ones aside.

        Whatever the lock says, even when nobody can read it: it decides versions, not kinds.
        """
        found = self.take_inventory()
        wanted = wanted_tools(self.settings, self.host.system)
        kinds = sorted({item.kind for item in self.declared(found, wanted) if not item.optional})
        return tuple(dict.fromkeys(folder for kind in kinds for folder in found.resources[kind].bin_folders))

    def config_files(self) -> tuple[str, ...]:
        """The files the configuration was read from; the built-in one only when it is alone."""
        return tuple(layer.name for layer in self.settings.layers[1:-2]) or (self.settings.layers[0].name,)

    def machine_lock(self, command: str, on_wait: Callable[[dict[str, Any]], None]) -> AbstractContextManager[None]:
        """The one lock of everything that changes this machine."""
        owner = {"command": command, "pid": own_pid(), "since": self.clock().strftime("%Y-%m-%d %H:%M:%S UTC")}
        path = self.host.folders.state / "machine.lock"
        return files.held_lock(path, owner, self.settings.config.bootstrap.lock_timeout_s, on_wait)


def build(
    host: Host, *, lenient: bool = False, clock: Clock | None = None, flags: Mapping[str, Any] | None = None
) -> App:
    """Read the configuration and wire everything; writes nothing.

    `flags` are settings from the command line, above all others. Raises BadConfig; with `lenient` the built-in
    defaults serve instead, and `settings.problems` says what is wrong.
    """
    now = clock or utc_now
    try:
        settings = config.load_config(host, flags)
    except BadConfig as error:
        if not lenient:
            raise
        settings = config.built_in(host, error.details or (error.message,))
    redactor, told = Redactor(), settings.config.audit
    redactor.learn([settings.config.alerts.webhook])  # who knows the address may write there
    session = callers.session_of(host) or uuid.uuid4().hex
    # What we start, and what that starts of ours, belongs to the same session.
    host = replace(host, env=MappingProxyType({**host.env, callers.SESSION_VARIABLE: session}))
    audit = Audit(
        path=host.folders.logs / FILE_NAME,
        stamp=lambda: iso(now()),
        user=host.user,
        session_id=session,
        redact=redactor.text,
        is_enabled=told.enabled,
        host=host.name,
        version=__version__,
        asked_by=callers.asked_by(host),
        limits=Limits(told.max_size_mb << 20, told.max_age_days, told.on_failure == "refuse"),
    )
    runner = Runner(redact=redactor.text)
    return App(host, settings, runner, redactor, now, audit, Journal(host.folders.state))


def ecosystems() -> dict[str, Any]:
    """The version rules of every kind of managed thing."""
    return {name: module.ECOSYSTEM for name, module in catalog.table(inventory.PACKAGE).items()}


def undeclared(found: Inventory, wanted: Iterable[Wanted], owned: Container[str]) -> tuple[Present, ...]:
    """Tools that are present but that nobody declared, sorted by id; of the whole machine's only those we `owned`.

    What came as a dependency of something else is nobody's wish, and no surprise.
    """
    declared = {item.id for item in wanted}
    own = {kind for kind in tool_kinds() if not is_shared(kind)}
    left = (found.present[key] for key in sorted(found.present) if key not in declared)
    chosen = (item for item in left if not set(item.traits) & AS_DEPENDENCY)
    return tuple(item for item in chosen if item.kind in own or item.id in owned)
