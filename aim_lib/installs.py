"""Every install of a command: its copies folded by what they really are, who wins, and why. Pure.

One install is one resolved file, or one thing that a manager knows: two names of it are no two installs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from .managers import is_shim
from .model import Frozen
from .ownership import OFF_PATH, QUIET, SWITCHES, Owned

_UPSTREAM = re.compile(r"(?:\d+:)?v?(.+?)(?:[+~]\S*)?(?:-[^-]*)?")  # of a Debian version


class Install(Frozen, frozen=True):
    """One install: where it can be started from, a shell's first choice first, and whose it is.

    `source` is where its version comes from: "manager", "files", "asked" (its own answer) or "" when nobody knows it.
    """

    paths: tuple[str, ...]
    manager: str
    name: str = ""
    version: str = ""
    source: str = ""
    id: str = ""
    place: int = OFF_PATH
    note: str = ""
    removal: str = ""

    @property
    def is_whole(self) -> bool:
        return self.note != "broken"

    @property
    def is_shim(self) -> bool:
        """Whether it starts one of many versions, chosen by the folder: it has none of its own."""
        return self.manager in SWITCHES and is_shim(self.paths[0])

    @property
    def comparable(self) -> str:
        """Its version as other managers would write it."""
        fitting = _UPSTREAM.fullmatch(self.version) if self.manager == "apt" else None
        return fitting[1] if fitting else self.version.removeprefix("v")


class Tool(Frozen, frozen=True):
    """A command and its installs, in a shell's order."""

    tool: str
    command: str
    installs: tuple[Install, ...]

    @property
    def winner(self) -> Install | None:
        """What a shell starts, None when nothing of it is on PATH."""
        return next((each for each in self.installs if each.is_whole and each.place > OFF_PATH), None)

    @property
    def versions(self) -> tuple[str, ...]:
        """The different versions that are known, the winner's first."""
        first = {each.comparable: each.version for each in reversed(self.installs) if each.is_whole and each.version}
        return tuple(reversed(first.values()))

    @property
    def is_in_conflict(self) -> bool:
        return len(self.versions) > 1

    def why(self, install: Install, shown: Callable[[str], str] = str) -> str:
        """Why this install wins, or does not; paths as `shown` has them."""
        if not install.is_whole:
            return "leads nowhere"
        if install.place == OFF_PATH:
            return "not on PATH"
        winner = self.winner
        if winner is not None and install is not winner:
            return f"behind {shown(winner.paths[0])}"
        if install.note == "launcher":
            return "wins: our launcher starts it"
        if install.is_shim:
            return f"wins: {install.manager} chooses the version by the folder"
        return "wins: first on PATH" if len(self.installs) > 1 else "the only one"


def fold(tool: str, command: str, copies: Iterable[Owned]) -> Tool:
    """The installs that `copies` of a command are of."""
    groups: dict[tuple[str, bool], list[Owned]] = {}
    for copy in copies:
        groups.setdefault((copy.group, copy.note == "broken"), []).append(copy)
    return Tool(tool=tool, command=command, installs=tuple(map(_install, groups.values())))


def _install(copies: list[Owned]) -> Install:
    first = copies[0]
    return Install(
        paths=tuple(copy.path for copy in copies),
        manager=first.manager,
        name=first.name,
        version=first.version,
        source="manager" if first.version else "",
        id=first.id,
        place=first.place,
        note=first.note,
        removal=next((copy.removal for copy in copies if copy.note != "launcher"), first.removal),
    )


def advice(tool: Tool) -> tuple[str, ...]:
    """What makes every install but the one that wins go away; not the system's, nor a project's own."""
    winner = tool.winner
    others = (each for each in tool.installs if each is not winner and each.is_whole)
    return tuple(each.removal for each in others if each.removal and each.manager not in QUIET)


def document(tool: Tool) -> Mapping[str, object]:
    """What the JSON says of it."""
    winner = tool.winner
    return {
        "tool": tool.tool,
        "command": tool.command,
        "paths": [path for each in tool.installs for path in each.paths],
        "versions": tool.versions,
        "wins": winner.paths[0] if winner else "",
        "installs": [_install_document(tool, each, winner) for each in tool.installs],
    }


def _install_document(tool: Tool, install: Install, winner: Install | None) -> dict[str, object]:
    keys = ("paths", "manager", "name", "version", "source", "id", "note")
    return {
        **{key: getattr(install, key) for key in keys},
        "wins": install is winner,
        "why": tool.why(install),
        "removal": install.removal,
    }
