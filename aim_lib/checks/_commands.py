"""Commands that a machine should have: where each is, its version, and whether that is recent enough."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from ..errors import AimError
from ..model import Frozen
from ..proc import Runner
from ..together import ask_together
from . import Facts, host_of

DEAD = "(cannot be started)"
_VERSION = re.compile(r"\d+\.\d+[\w.+-]*")


class Command(Frozen, frozen=True):
    """One command that was looked for; `version` is "" when it does not tell one, `least` the oldest that will do."""

    name: str
    least: str = ""
    path: str = ""
    version: str = ""

    @property
    def is_dead(self) -> bool:
        return self.version == DEAD

    @property
    def is_too_old(self) -> bool:
        known = self.path and self.least and self.version and not self.is_dead
        return bool(known) and _numbers(self.version) < _numbers(self.least)

    @property
    def shown(self) -> str:
        """Its name and version, for a list."""
        return f"{self.name} {self.version}".rstrip()


def look(requests: Iterable[str], facts: Facts, runner: Runner) -> tuple[Command, ...]:
    """Each of `requests`, a name or `name>=version`; those that are there are asked for their version, side by side."""
    host = host_of(facts).with_path_first(*facts.bin_folders)
    asked = [(name, least, str(host.which(name) or "")) for name, least in map(_parsed, requests)]
    answers = ask_together([partial(_ask, path, facts, runner) for _, _, path in asked])
    return tuple(
        Command(name=name, least=least, path=path, version=version)
        for (name, least, path), version in zip(asked, answers, strict=True)
    )


def _parsed(request: str) -> tuple[str, str]:
    name, _, least = request.partition(">=")
    return name.strip(), least.strip()


def _ask(path: str, facts: Facts, runner: Runner) -> str:
    if not path:
        return ""
    try:
        done = runner.run((path, "--version"), env=host_of(facts).env, timeout_s=facts.timeout_s / 2)
    except AimError:
        return DEAD
    version = _VERSION.search(done.stdout + done.stderr)
    return version.group() if version else ""


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version, without zeros at the end: 2.30 is 2.30.0."""
    found = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
