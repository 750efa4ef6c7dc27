"""Secrets in the operating system's keyring, one item per name, asked in a subprocess with a time limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import keyrings
from ..errors import Unavailable
from ..host import Host
from ..keyrings import LIMIT_S, REMEDY, SERVICE
from ..proc import Runner
from ..secret import Secret

__all__ = ["LIMIT_S", "REMEDY", "SERVICE", "OsKeyring", "open"]


class OsKeyring:
    name = "keyring"

    def __init__(self, host: Host, runner: Runner) -> None:
        self._host = host
        self._runner = runner

    def has(self, names: Iterable[str]) -> frozenset[str]:
        wanted = _ours(names)
        return frozenset(self._ask({"do": "has", "names": wanted})["found"])

    def get(self, names: Iterable[str]) -> Mapping[str, Secret]:
        values: dict[str, Secret] = self._ask({"do": "get", "names": _ours(names)})["values"]
        return values

    def store(self, name: str, value: str) -> None:
        if name == keyrings.IDENTITY:
            raise Unavailable(f"{name} is the item of the vault's own key", remedy="choose another name")
        self._ask({"do": "set", "name": name, "value": Secret(value)})

    def delete(self, name: str) -> None:
        """Remove an item; none of that name is fine. Raises Unavailable."""
        if name != keyrings.IDENTITY:
            self._ask({"do": "delete", "name": name})

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        return keyrings.ask(self._host, self._runner, {"service": SERVICE, **question})


def _ours(names: Iterable[str]) -> list[str]:
    """The names in order, without the item that is the vault's key: it is handed to no tool."""
    return sorted(set(names) - {keyrings.IDENTITY})


def open(host: Host, runner: Runner) -> OsKeyring:  # noqa: A001 - the folder's contract
    return OsKeyring(host, runner)
