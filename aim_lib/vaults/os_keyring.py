"""Secrets in the operating system's keyring, one item per name, asked in a subprocess with a time limit.

A keyring can hang for ever on a prompt that nobody sees, and looks healthy until it is used: only a bounded question
to it is an honest one. Values travel over pipes, never in arguments.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..errors import MissingProgram, Unavailable
from ..host import Host
from ..proc import Runner

SERVICE = "aim-plus"
LIMIT_S = 10.0
REMEDY = "unlock or install a keyring, or set the variable in the environment"


class OsKeyring:
    name = "keyring"

    def __init__(self, host: Host, runner: Runner) -> None:
        self._host = host
        self._runner = runner

    def has(self, names: Iterable[str]) -> frozenset[str]:
        answer = self._ask({"do": "has", "service": SERVICE, "names": sorted(names)})
        return frozenset(answer["found"])

    def store(self, name: str, value: str) -> None:
        self._ask({"do": "set", "service": SERVICE, "name": name, "value": value})

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        argv = (self._host.python, "-m", "aim_lib.vaults._ask_keyring")
        try:
            done = self._runner.run(argv, env=self._host.env, timeout_s=LIMIT_S, stdin=json.dumps(question))
        except MissingProgram as error:
            raise Unavailable(error.message, remedy=REMEDY) from error
        if done.timed_out:
            raise Unavailable(f"the keyring did not answer within {LIMIT_S:.0f} s", remedy=REMEDY)
        try:
            answer: dict[str, Any] = json.loads(done.stdout)
        except ValueError as error:
            raise Unavailable("the keyring's answer could not be read", remedy=REMEDY) from error
        if "error" in answer:
            raise Unavailable(str(answer["error"]), remedy=REMEDY)
        return answer


def open(host: Host, runner: Runner) -> OsKeyring:  # noqa: A001 - the folder's contract
    return OsKeyring(host, runner)
