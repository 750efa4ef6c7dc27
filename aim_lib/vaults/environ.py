"""Secrets that are already in the environment of this run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import Unavailable
from ..host import Host
from ..proc import Runner
from ..secret import Secret


class Environ:
    name = "environment"

    def __init__(self, host: Host) -> None:
        self._env = host.env

    def has(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(name for name in names if self._env.get(name))

    def get(self, names: Iterable[str]) -> Mapping[str, Secret]:
        return {name: Secret(value) for name in names if (value := self._env.get(name))}

    def why_not(self, name: str) -> str:
        return "it is set, but empty" if name in self._env else "it is not set"

    def store(self, name: str, value: str) -> None:
        raise Unavailable("an environment variable does not outlive its process")


def open(host: Host, runner: Runner) -> Environ:  # noqa: A001 - the folder's contract
    return Environ(host)
