"""Uses the vault as a command would, in a process of its own: `python -m tests.real.vault_driver WORK WORDS…`.

Prints one JSON document: what came of it, in how many seconds, how many programs asked the keyring.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aim_lib import host, sops_file, sops_opened, vault_edits
from aim_lib.errors import AimError, Unavailable
from aim_lib.proc import Runner
from aim_lib.secret import Secret
from aim_lib.vaults import age_file
from aim_lib.vaults.age_file import AgeFile

NEW = ".vault.json.new"
asked = 0


def init(vault: AgeFile, kind: str) -> Any:
    passphrase = Secret("correct horse") if kind == "passphrase" else None
    return vault.ladder.init(kind, has_consent=kind == "file", passphrase=passphrase).kind


def put(vault: AgeFile, *pairs: str) -> Any:
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        vault.set(name, Secret(value), description=f"about {name}")
    return list(vault.names())


def get(vault: AgeFile, *names: str) -> Any:
    return {name: value.reveal() for name, value in vault.get(names).items()}


def change(vault: AgeFile, what: str, *words: str) -> Any:
    getattr(vault, what)(*words)
    return list(vault.names())


def recipients(vault: AgeFile, what: str, public: str) -> Any:
    opened = vault.file.add_recipients([public]) if what == "add" else vault.file.remove_recipient(public)
    return list(opened.sealed.recipients)


def killing(vault: AgeFile, count: str) -> Any:
    """Set so many secrets, each in a process of its own that is killed at a random moment; what was found after each.

    A killed one counts as inside when the vault was being written just then: between the first byte of the new file
    and its rename into place.
    """
    vault.ladder.init("file", has_consent=True)
    vault.set("FIRST", Secret("FIRST"))
    took_s = min(_one(vault, f"WARM_{number}", 0.0, is_killed=False)[2] for number in range(3))
    kept = {"FIRST", *(f"WARM_{number}" for number in range(3))}
    tally = {"sets": 0, "kills": 0, "inside": 0, "in flight, there": 0, "in flight, not there": 0}
    while tally["sets"] < int(count) or (tally["inside"] < int(count) // 4 and tally["sets"] < 3 * int(count)):
        name = f"NAME_{tally['sets']}"
        has_died, was_inside, _ = _one(vault, name, random.random() * took_s, is_killed=True)  # noqa: S311
        tally["sets"] += 1
        tally["kills"] += has_died
        tally["inside"] += was_inside
        kept |= _checked(vault, kept, name, has_died=has_died)
        if has_died:
            tally["in flight, there" if name in kept else "in flight, not there"] += 1
    return tally


def _one(vault: AgeFile, name: str, delay_s: float, *, is_killed: bool) -> tuple[bool, bool, float]:
    """Whether the process that set it was killed, and while it wrote; and the seconds that it wrote."""
    window = mmap.mmap(-1, 1)
    pid = os.fork()
    if pid == 0:
        sys.addaudithook(lambda event, args: _note(window, event, args))
        vault.set(name, Secret(name))
        os._exit(0)
    while not window[0]:
        pass
    began = time.perf_counter()
    while window[0] == 1 and (not is_killed or time.perf_counter() < began + delay_s):
        pass
    seconds = time.perf_counter() - began
    if is_killed:
        os.kill(pid, signal.SIGKILL)
    has_died = os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    return has_died, has_died and window[0] == 1, seconds


def _note(window: mmap.mmap, event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and str(args[0]).endswith(NEW):
        window[0] = 1
    elif event == "open" and window[0] and isinstance(args[2], int) and args[2] & os.O_DIRECTORY:
        window[0] = 2  # the new file is in its place: only its folder is still to be written


def _checked(vault: AgeFile, kept: set[str], name: str, *, has_died: bool) -> set[str]:
    """Which of the names are there. Raises AssertionError when something that was kept is not, or is another value."""
    names = set(vault.names())
    values = vault.get(names)
    assert {name: value.reveal() for name, value in values.items()} == {name: name for name in names}
    assert names in ((kept, kept | {name}) if has_died else (kept | {name},)), (names, kept, name)
    sealed = sops_file.parse(vault.file.previous.read_bytes(), "previous")
    before = set(vault_edits.names(sops_opened.open_sealed(sealed, vault.ladder.current()).sealed))
    assert before <= names
    assert len(names - before) <= 1, "the file before is not the one before"
    return names


def work(words: list[str]) -> dict[str, Any]:
    here = host.current()
    path = Path(here.get("TEAM_FILE")) if here.get("TEAM_FILE") else None
    vault = age_file.open(here, Runner(grace_s=0.5), path=path)
    works: dict[str, Callable[..., Any]] = {
        "init": init,
        "put": put,
        "get": get,
        "change": change,
        "recipients": recipients,
        "killing": killing,
    }
    try:
        return {"answer": works[words[0]](vault, *words[1:]), "exit_code": 0}
    except (AimError, Unavailable) as error:
        return {"error": str(error), "remedy": error.remedy, "exit_code": getattr(error, "exit_code", 0)}


def count(event: str, args: tuple[Any, ...]) -> None:
    global asked
    asked += event == "subprocess.Popen" and "aim_lib.vaults._ask_keyring" in args[1]


if __name__ == "__main__":
    sys.addaudithook(count)
    began = time.monotonic()
    said = work(sys.argv[1:])
    json.dump({**said, "seconds": time.monotonic() - began, "asked": asked}, sys.stdout)
