"""A home whose only package index is on loopback, for tests of Python tools: what one does there, and looks at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aim_lib import environments, files, lock
from aim_lib.host import Host, current
from aim_lib.inventory import open_resources
from aim_lib.model import Copy, Delete, Locked, Present, Run, Step, Wanted, Write
from aim_lib.resources import Locks, Options, Resource

from ..wheels import Index
from .world import Done, World

KINDS = ("pipx", "uv")


@dataclass(frozen=True, slots=True)
class Bench:
    """A world whose only index is on loopback, and what one does there without AIM's face."""

    world: World
    index: Index
    kind: str = "pipx"

    @property
    def host(self) -> Host:
        return replace(
            current(), home=self.world.home, cwd=self.world.project, env=self.world.env, folders=self.folders
        )

    @property
    def folders(self) -> Any:
        own = self.world.own
        return type(current().folders)(*(own / name for name in ("config", "state", "data", "logs", "cache")))

    @property
    def resource(self) -> Resource:
        return open_resources(self.host, Options(), [self.kind])[self.kind]

    def present(self, name: str = "greet") -> Present | None:
        return next((found for found in self.resource.find() if found.name == name), None)

    def must(self, name: str = "greet") -> Present:
        found = self.present(name)
        assert found is not None
        return found

    def installed(self, name: str = "greet") -> dict[str, str]:
        """The versions of all packages in a tool's environment."""
        found = self.must(name)
        return dict(environments.packages(environments.site_packages(Path(found.where), found.python)))

    def do(self, steps: Iterable[Step]) -> Done:
        """Carry steps out, until one fails."""
        done = Done(0, "", "")
        for step in steps:
            done = self._one(step)
            if done.exit_code:
                return done
        return done

    def _one(self, step: Step) -> Done:
        match step:
            case Run(argv=argv, env=env):
                return self.world.with_env(**dict(env)).run(*argv)
            case Write(path=path, text=text, mode=mode):
                files.write_text(Path(path), text, mode)
            case Copy(source=source, path=path, sha256=sha256):
                files.copy_locked(Path(source), Path(path), sha256)
            case Delete(path=path):
                files.delete(Path(path))
        return Done(0, "", "")

    def make_lock(self, version: str = "1.0", extras: tuple[str, ...] = (), folder: str = "making") -> Path | Done:
        """The lock as the resource makes it, or how making it failed."""
        place = self.world.root / folder
        place.mkdir()
        resource = self.resource
        assert isinstance(resource, Locks)
        wanted = Wanted(kind=self.kind, name="greet", request=version, version=version, extras=extras)
        making = resource.locking(wanted, self.present(), version, place)
        assert making is not None
        done = self.do(making.steps)
        return done if done.exit_code else Path(making.made)

    def commit(self, made: Path | Done, version: str = "1.0", extras: str = "[]") -> Path:
        """Declare greet, with its lock in aim.lock; returns the companion."""
        assert isinstance(made, Path), made.text
        self.world.declare(f'[tools.{self.kind}]\ngreet = {{ version = "{version}", with = {extras}, smoke = [] }}\n')
        companion = self.world.project / lock.COMPANIONS / self.kind / made.name
        companion.parent.mkdir(parents=True, exist_ok=True)
        companion.write_bytes(made.read_bytes())
        self.seal(companion, version)
        return companion

    def seal(self, companion: Path, version: str = "1.0") -> None:
        """Bring aim.lock to what the companion now is."""
        digest = hashlib.sha256(companion.read_bytes()).hexdigest()
        place = str(companion.relative_to(self.world.project))
        extras = ("hat",) if b"hat" in companion.read_bytes() else ()
        entry = Locked(
            kind=self.kind,
            name="greet",
            request=version,
            version=version,
            file=place,
            sha256=digest,
            extras=extras,
        )
        lock.write(self.world.project, [entry])

    def receipt(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.world.venvs / "greet" / "pipx_metadata.json").read_text())
        return found
