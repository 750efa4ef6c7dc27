"""Questions to the operating system's keyring, each in a program of its own with a time limit.

A keyring can wait for ever on a prompt that nobody sees, and looks healthy until it is used: only a bounded question
is an honest one. Values travel over pipes, never in arguments, and past the redactor.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from .errors import MissingProgram, Unavailable
from .host import Host
from .proc import Runner
from .secret import Secret

SERVICE = "aim-plus"
IDENTITY = "age-identity"  # the one item that is no secret of a user's
LIMIT_S = 10.0
PROMPT_S = 45.0  # a person at a desktop may have to type the keyring's password
REMEDY = "unlock or install a keyring, or set the variable in the environment"
CHILD = "aim_lib.vaults._ask_keyring"
# Their own, in the order they are tried; keyring's priorities count what is installed, not what works.
BACKENDS = {
    "linux": ("keyring.backends.SecretService.Keyring", "keyring.backends.kwallet.DBusKeyring"),
    "macos": ("keyring.backends.macOS.Keyring",),
    "windows": ("keyring.backends.Windows.WinVaultKeyring",),
}


def ask(host: Host, runner: Runner, question: dict[str, Any], remedy: str = REMEDY) -> dict[str, Any]:
    """The child's answer; a Secret in `question` goes as what it is. Raises Unavailable, with the reason.

    There is none when it does not come in time, or is an error.
    """
    answer = _answer(host, runner, question)
    if "error" in answer:
        raise Unavailable(str(answer["error"]), remedy=str(answer.get("remedy") or remedy))
    return answer


def _answer(host: Host, runner: Runner, question: dict[str, Any]) -> dict[str, Any]:
    """The answer, or an `error`: no exception is raised here, as the program's input and output would be in it."""
    # -P: the current folder may be anyone's, and so would be a keyring.py in it.
    argv = (host.python, "-P", "-m", CHILD)
    asker = replace(runner, redact=str) if question["do"] == "get" else runner
    limit = limit_s(host)
    stdin = json.dumps(question, default=Secret.reveal)
    try:
        done = asker.run(argv, env=host.env, timeout_s=limit, stdin=stdin)
    except MissingProgram as error:
        return {"error": error.message}
    if done.timed_out:
        return {"error": f"the keyring did not answer within {limit:.0f} s"}
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"error": "the keyring's answer could not be read"}
    if question["do"] == "get":
        answer["values"] = {name: Secret(value) for name, value in answer.get("values", {}).items()}
    return answer


def limit_s(host: Host) -> float:
    """How long an answer may take: longer where somebody may be typing a password into a window."""
    has_windows = host.system != "linux" or bool(host.get("DISPLAY") or host.get("WAYLAND_DISPLAY"))
    return PROMPT_S if host.is_interactive and has_windows else LIMIT_S
