"""The one place that builds config, host, runner, clock and logs, and hands them out together."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from . import catalog, config, drift, files, inventory, lock, plan
from .audit import Audit
from .config import Settings
from .drift import Standing
from .errors import BadConfig
from .host import Host, iso, utc_now
from .inventory import Inventory
from .journal import Journal
from .kinds import is_shared, tool_kinds
from .model import Locked, Present, Wanted
from .plan import World
from .proc import Runner, own_pid
from .redact import Redactor
from .resources import Options

Clock = Callable[[], datetime]
SUDO_S = 10.0


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
        declared = config.wanted_tools(self.settings, self.host.system)
        return Options(
            node=bootstrap.node,
            node_version=bootstrap.node_version,
            timeout_s=bootstrap.timeout_s,
            names=frozenset(item.id for item in declared) | self.journal.owned(),
            layouts={item.id: item.layout for item in declared if item.layout},
        )

    def wanted(self) -> tuple[Wanted, ...]:
        """Every tool declared for this machine, with the version it must have where one is known."""
        declared = config.wanted_tools(self.settings, self.host.system)
        return plan.with_locked_versions(declared, self.locked(declared), ecosystems())

    def locked(self, wanted: Iterable[Wanted]) -> Mapping[tuple[str, str], Locked]:
        """(folder, id) → entry of every lock file beside a config that declared a tool."""
        folders = sorted({item.folder for item in wanted})
        return {(folder, entry.id): entry for folder in folders for entry in lock.read(Path(folder))}

    def take_inventory(self, kinds: Iterable[str] | None = None) -> Inventory:
        return inventory.take_inventory(self.host, self.options, kinds)

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

    def standings(self) -> tuple[Standing, ...]:
        """How every tool that counts here stands, and what nobody declared."""
        found = self.take_inventory()
        wanted = self.wanted()
        here = plan.relevant(wanted, found.present)
        counted = [item for item in here if not found.resources[item.kind].is_off]
        extra = undeclared(found, wanted, self.journal.owned())
        return drift.standings(counted, extra, found.present, ecosystems())

    def bin_folders(self) -> tuple[Path, ...]:
        """The folders that must be on PATH for the tools that are declared, the optional ones aside."""
        resources = self.take_inventory().resources
        kinds = sorted({item.kind for item in self.wanted() if not item.optional})
        return tuple(dict.fromkeys(folder for kind in kinds for folder in resources[kind].bin_folders))

    def config_files(self) -> tuple[str, ...]:
        """The files the configuration was read from; the built-in one only when it is alone."""
        return tuple(layer.name for layer in self.settings.layers[1:-2]) or (self.settings.layers[0].name,)

    def machine_lock(self, command: str, on_wait: Callable[[dict[str, Any]], None]) -> AbstractContextManager[None]:
        """The one lock of everything that changes this machine."""
        owner = {"command": command, "pid": own_pid(), "since": self.clock().strftime("%Y-%m-%d %H:%M:%S UTC")}
        path = self.host.folders.state / "machine.lock"
        return files.held_lock(path, owner, self.settings.config.bootstrap.lock_timeout_s, on_wait)


def build(host: Host, *, lenient: bool = False, clock: Clock | None = None) -> App:
    """Read the configuration and wire everything; writes nothing.

    Raises BadConfig; with `lenient` the built-in defaults serve instead, and `settings.problems` says what is wrong.
    """
    now = clock or utc_now
    try:
        settings = config.load_config(host)
    except BadConfig as error:
        if not lenient:
            raise
        settings = config.built_in(host, error.details or (error.message,))
    redactor = Redactor()
    audit = Audit(
        path=host.folders.logs / "audit.jsonl",
        stamp=lambda: iso(now()),
        user=host.user,
        session_id=host.get("AIM_SESSION_ID") or uuid.uuid4().hex,
        redact=redactor.text,
        is_enabled=settings.config.audit.enabled,
    )
    runner = Runner(redact=redactor.text)
    return App(host, settings, runner, redactor, now, audit, Journal(host.folders.state))


def ecosystems() -> dict[str, Any]:
    """The version rules of every kind of managed thing."""
    return {name: module.ECOSYSTEM for name, module in catalog.table(inventory.PACKAGE).items()}


def world(found: Inventory) -> World:
    """What the planner looks at."""
    return World(present=found.present, resources=found.resources, ecosystems=ecosystems())


def undeclared(found: Inventory, wanted: Iterable[Wanted], owned: Container[str]) -> tuple[Present, ...]:
    """Tools that are present but that nobody declared, sorted by id; of the whole machine's only those we `owned`."""
    declared = {item.id for item in wanted}
    own = {kind for kind in tool_kinds() if not is_shared(kind)}
    left = (found.present[key] for key in sorted(found.present) if key not in declared)
    return tuple(item for item in left if item.kind in own or item.id in owned)
