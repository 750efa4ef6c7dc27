"""The event log: one JSON line for each thing done to the machine, chained to the line before it.

Events of secrets and changes are on disk before `write` returns, and what they announce is refused when they cannot be
written; others are handed to the system, which survives us but not the power. No secret is ever formed into a line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from . import audit_append
from .audit_families import must_be_kept
from .audit_lock import WAIT_S
from .errors import AimError, LockHeld, NotPermitted
from .redact import MASK

FILE_NAME = "audit.jsonl"


@dataclass(frozen=True, slots=True)
class Limits:
    """When the log is sealed and what is done when it cannot be written; 0 is never."""

    max_bytes: int = 0
    max_age_days: int = 0
    refuses: bool = True


@dataclass(slots=True)
class Audit:
    """Appends events to `path`; `stamp` gives the time (ISO 8601, UTC). A disabled log takes events and writes none.

    `redact` masks every text of an event before its line is formed. `say` is told of what could not be written.
    """

    path: Path
    stamp: Callable[[], str]
    user: str
    session_id: str
    redact: Callable[[str], str] = str
    is_enabled: bool = True
    host: str = ""
    version: str = ""
    asked_by: str = ""
    limits: Limits = Limits()
    say: Callable[[str], None] = lambda _line: None
    written: int = field(default=0, init=False)
    lock_wait_s: float = WAIT_S

    def write(
        self,
        event_type: str,
        message: str,
        *,
        severity: str = "info",
        details: Mapping[str, Any] | None = None,
        timestamp: str = "",
    ) -> None:
        """Append one event; of a secret or a change it is on disk afterwards. `timestamp` is of one that is imported.

        Raises NotPermitted when such an event cannot be written and the log `refuses`; else that is only said.
        """
        if not self.is_enabled:
            return
        must = must_be_kept(event_type)
        body = self._body(event_type, message, severity, details or {}, timestamp)
        try:
            size = audit_append.append(self.path, body, self._body, is_durable=must, wait_s=self.lock_wait_s)
        except (OSError, AimError) as error:
            if isinstance(error, LockHeld):
                self.lock_wait_s = min(self.lock_wait_s, 0.5)  # who is stopped while holding it makes us wait long once
            self._refuse(error, is_fatal=must and self.limits.refuses)
            return
        self.written += 1
        self._rotate(size)

    def _body(
        self, event_type: str, message: str, severity: str, details: Mapping[str, Any], timestamp: str = ""
    ) -> bytes:
        event = {
            "event_type": event_type,
            "timestamp": timestamp or self.stamp(),
            "severity": severity,
            "message": message,
            "details": dict(details),
            "user": self.user,
            "session_id": self.session_id,
            "host": self.host,
            "version": self.version,
            "asked_by": self.asked_by,
        }
        try:
            line = msgspec.json.encode(event, enc_hook=str)
        except UnicodeEncodeError:
            told = msgspec.to_builtins(event, enc_hook=str, str_keys=True)
            line = msgspec.json.encode(spelled(told, self.redact))
        # Without an escape the line is its own texts, all of them at once: one look is enough for most events.
        plain = "" if b"\\" in line else line.decode()
        if plain and self.redact(plain) == plain:
            return line
        return msgspec.json.encode(redacted(msgspec.json.decode(line), self.redact))

    def _refuse(self, error: OSError | AimError, *, is_fatal: bool) -> None:
        why = error.message if isinstance(error, AimError) else error.strerror or str(error)
        told = f"the event log {self.path} cannot be written: {why}"
        if is_fatal:
            cure = error.remedy if isinstance(error, AimError) else ""
            cure = cure or f"make room, or get write access to {self.path.parent}"
            raise NotPermitted(told, remedy=f'{cure}; or set on_failure = "warn" in [audit]') from error
        self.say(f"  ! {told}")

    def _rotate(self, size: int) -> None:
        """Seal the log when it is large enough, or, asked once in a run, old enough; trouble there stops nobody."""
        is_large = 0 < self.limits.max_bytes <= size
        may_be_old = self.limits.max_age_days > 0 and self.written == 1
        if not is_large and not may_be_old:
            return
        from . import audit_rotation as rotation

        try:
            age_days, least = self.limits.max_age_days, self.limits.max_bytes if is_large else 1
            is_due = is_large or rotation.is_older(rotation.first_time(self.path), age_days, self.stamp())
            if is_due and rotation.seal(self.path, least):
                rotation.pack_sealed(self.path.parent)
        except (OSError, AimError) as error:
            why = error.message if isinstance(error, AimError) else str(error)
            self.say(f"  ! the event log goes on, but was not compressed: {why}")


def spelled(value: Any, redact: Callable[[str], str]) -> Any:
    """What JSON holds, masked, with the half surrogates spelled out that stand for bytes which are no UTF-8."""
    if isinstance(value, str):
        return redact(value).encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {spelled(key, redact): spelled(item, redact) for key, item in value.items()}
    return [spelled(item, redact) for item in value] if isinstance(value, list) else value


def redacted(value: Any, redact: Callable[[str], str]) -> Any:
    """What JSON holds, with every text in it masked: keys, numbers, and values that their key gives away, included."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(key): _redacted_under(key, item, redact) for key, item in value.items()}
    if isinstance(value, list):
        return [redacted(item, redact) for item in value]
    told = redact(str(value))
    return value if told == str(value) else told


def _redacted_under(key: str, value: Any, redact: Callable[[str], str]) -> Any:
    """`_authToken` and its like say by their name that their value is none to be kept."""
    is_shown = not isinstance(value, str) or redact(f"{key}={value}") == f"{redact(key)}={redact(value)}"
    return redacted(value, redact) if is_shown else MASK
