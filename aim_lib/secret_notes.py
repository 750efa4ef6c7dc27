"""What is known about a secret beside its value: description, dates, profile, old names. Pure; kept in clear.

In a vault file the notes of NAME are one text at NAME_unencrypted: a JSON object with the name in it, so that notes
moved to another secret are found out. One text and no table, because `sops exec-env` refuses files that have tables.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from .model import Frozen

OLD_NAME_DAYS = 7
_FIELDS = ("description", "created", "updated", "rotated", "expires", "profile", "was")


class Notes(Frozen, frozen=True):
    """Dates are ISO 8601 in UTC, "" when not known; `was` has old names and until when each of them answers.

    `rest` is what another program wrote here; it is kept.
    """

    description: str = ""
    created: str = ""
    updated: str = ""
    rotated: str = ""
    expires: str = ""
    profile: str = ""
    was: Mapping[str, str] = msgspec.field(default_factory=dict)
    rest: Mapping[str, Any] = msgspec.field(default_factory=dict)

    def has_expired(self, now: datetime) -> bool:
        return bool(self.expires) and not is_after(self.expires, now)


def read(text: object, name: str) -> Notes:
    """The notes in `text`; empty ones when it is none, or the notes of another name."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("name") != name:
        return Notes()
    known = {field: found[field] for field in _FIELDS if field in found}
    rest = {key: value for key, value in found.items() if key not in (*_FIELDS, "name")}
    try:
        return msgspec.convert({**known, "rest": rest}, Notes)
    except msgspec.ValidationError:  # edited by hand: a date that is a number
        return Notes()


def write(notes: Notes, name: str) -> str:
    """The text that `read` reads; what is empty is left out."""
    known = {field: value for field in _FIELDS if (value := getattr(notes, field))}
    return json.dumps({"name": name, **known, **notes.rest}, ensure_ascii=False)


def stamp(moment: datetime) -> str:
    """ISO 8601 in whole seconds, as sops has its own."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_after(date: str, now: datetime) -> bool:
    """Whether a date is later than `now`; a day alone means its end. False for what is no date."""
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return False
    if len(date) == len("2026-01-02"):
        moment += timedelta(days=1)
    return moment.replace(tzinfo=moment.tzinfo or now.tzinfo) > now


def stored(before: Notes | None, now: datetime, changes: Mapping[str, Any]) -> Notes:
    """The notes of a value that was just kept: created once, rotated when there was one before."""
    at = stamp(now)
    if before is None:
        return msgspec.structs.replace(Notes(), created=at, updated=at, **changes)
    return msgspec.structs.replace(before, updated=at, rotated=at, **{"expires": "", **changes})


def renamed(notes: Notes, old: str, now: datetime) -> Notes:
    """The notes under a new name: the old one answers for seven days."""
    still = {name: until for name, until in notes.was.items() if is_after(until, now)}
    until = stamp(now + timedelta(days=OLD_NAME_DAYS))
    return msgspec.structs.replace(notes, updated=stamp(now), was={**still, old: until})
