"""Secrets that are already in the environment of this run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import Unavailable
from ..host import Host
from ..proc import Runner
from ..secret import KEY_VARIABLES, Secret


class Environ:
    name = "environment"

    def __init__(self, host: Host) -> None:
        self._env = host.env

    def has(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(name for name in names if self._has(name))

    def get(self, names: Iterable[str]) -> Mapping[str, Secret]:
        return {name: Secret(self._env[name]) for name in names if self._has(name)}

    def _has(self, name: str) -> bool:
        return bool(self._env.get(name)) and name not in KEY_VARIABLES

    def why_not(self, name: str) -> str:
        if name in KEY_VARIABLES:
            return "it is the vault's own key, and given to nobody"
        return "it is set, but empty" if name in self._env else "it is not set"

    def store(self, name: str, value: str) -> None:
        raise Unavailable("an environment variable does not outlive its process")


def open(host: Host, runner: Runner) -> Environ:  # noqa: A001 - the folder's contract
    return Environ(host)
