"""Secrets that are already in the environment of this run."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import Unavailable
from ..host import Host
from ..proc import Runner


class Environ:
    name = "environment"

    def __init__(self, host: Host) -> None:
        self._env = host.env

    def has(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(name for name in names if self._env.get(name))

    def store(self, name: str, value: str) -> None:
        raise Unavailable("an environment variable does not outlive its process")


def open(host: Host, runner: Runner) -> Environ:  # noqa: A001 - the folder's contract
    return Environ(host)
