"""What is remembered about the vault's key: which rung of the ladder was taken and why, and what the canary said.

One small file in the state folder, without a secret. Losing it costs nothing: the key is then looked for.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import msgspec

from . import files, private_files
from .errors import Unavailable
from .host import Host, iso
from .keyrings import BACKENDS, SERVICE, ask
from .model import Frozen
from .proc import Runner

REFUSAL_S = 600.0  # so long a keyring that refused is not asked again, unless the user names it
# What makes it another session, with another keyring or another way to it.
SESSION = (
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_ID",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "PYTHON_KEYRING_BACKEND",
)


class Choice(Frozen, frozen=True):
    """Where the identity lies: `kind` is "keyring", "passphrase" or "file"; `backend` the keyring's class."""

    kind: str
    recipient: str
    reason: str
    at: str = ""
    backend: str = ""


class Verdict(Frozen, frozen=True):
    """What the canary found in one session: the backend that works, "" for none, and the reason."""

    fingerprint: str
    backend: str
    reason: str
    at: str


class Memory(Frozen, frozen=True):
    choice: Choice | None = None
    verdict: Verdict | None = None


def read(host: Host) -> Memory:
    """What is remembered; nothing when there is no file, or one that is damaged."""
    try:
        return msgspec.json.decode(_path(host).read_bytes(), type=Memory)
    except (OSError, msgspec.DecodeError):
        return Memory()


def remember_choice(host: Host, choice: Choice) -> None:
    """Raises NotPermitted, Failed when the disk is full."""
    _write(host, Memory(choice=choice, verdict=read(host).verdict))


def forget_choice(host: Host) -> None:
    """Raises NotPermitted, Failed when the disk is full."""
    _write(host, Memory(verdict=read(host).verdict))


def fingerprint(host: Host) -> str:
    """The session, as far as its keyring is concerned."""
    seen = "\n".join((host.system, host.user, host.python, *(f"{name}={host.get(name)}" for name in SESSION)))
    return hashlib.sha256(seen.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def canary(host: Host, runner: Runner, now: datetime, *, is_fresh: bool = False) -> Verdict:
    """Whether a keyring keeps, gives back and deletes a probe; remembered for the session, a refusal for minutes.

    `is_fresh` asks whatever is remembered.
    """
    known = read(host)
    if known.verdict is not None and not is_fresh and _still_holds(known.verdict, host, now):
        return known.verdict
    verdict = _ask_canary(host, runner, now)
    _write(host, Memory(choice=known.choice, verdict=verdict))
    return verdict


def _still_holds(verdict: Verdict, host: Host, now: datetime) -> bool:
    if verdict.fingerprint != fingerprint(host):
        return False
    if verdict.backend:
        return True
    try:
        return 0 <= (now - datetime.fromisoformat(verdict.at)).total_seconds() < REFUSAL_S
    except (ValueError, TypeError):
        return False


def _ask_canary(host: Host, runner: Runner, now: datetime) -> Verdict:
    question = {"do": "choose", "service": SERVICE, "backends": list(BACKENDS.get(host.system, ()))}
    try:
        answer = ask(host, runner, question)
    except Unavailable as silence:
        backend, reason = "", silence.reason
    else:
        backend = str(answer.get("backend", ""))
        tried = (f"{name.removeprefix('keyring.backends.')}: {why}" for name, why in answer.get("tried", {}).items())
        reason = f"{backend} kept, gave back and deleted a probe" if backend else "; ".join(tried)
    return Verdict(fingerprint=fingerprint(host), backend=backend, reason=reason or "there is none", at=iso(now))


def _write(host: Host, memory: Memory) -> None:
    try:
        files.write_json(_path(host), memory)
    except OSError as error:
        raise private_files.unwritable(_path(host), error) from error


def _path(host: Host) -> Path:
    return host.folders.state / "identity.json"
