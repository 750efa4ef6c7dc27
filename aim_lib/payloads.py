"""Whether a payload may be sent at all: its fields, its size, the files it names. Pure: paths are judged as words.

Where a path leads on disk, through links, is looked up by the bridge, which has the answer judged here as well.
"""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from .quantities import counted
from .schema_ai import AiPolicy

FILE_KEYS = ("files", "file", "test_path")


class Policies(NamedTuple):
    """What the whole configuration says, and the user's own part of it: which files go out, both must allow."""

    told: AiPolicy
    own: AiPolicy


def problems(
    payload: Mapping[str, Any], requires: Mapping[str, str], policies: Policies, real: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Why it is refused, () when it is not. `real` says where the files it names lie, relative to the project."""
    return tuple(_problems(payload, requires, policies, real or {}))


def _problems(
    payload: Mapping[str, Any], requires: Mapping[str, str], policies: Policies, real: Mapping[str, str]
) -> Iterator[str]:
    policy = policies.told
    for field, need in requires.items():
        if need == "required" and payload.get(field) in (None, "", [], {}):
            yield f"the payload has no {field}"
    size = size_of(payload)
    if size > policy.max_payload_bytes:
        yield f"the payload has {size} bytes, ai.policy.max_payload_bytes is {policy.max_payload_bytes}"
    named = files_of(payload)
    if len(named) > policy.max_files:
        yield f"the payload names {counted(len(named), 'file')}, ai.policy.max_files is {policy.max_files}"
    for name in named:
        places = dict.fromkeys((name, real.get(name, name)))
        wrong = next(filter(None, (refusal(place, each) for place in places for each in policies)), "")
        if wrong:
            yield f"{name!r} {wrong}"


def size_of(payload: Mapping[str, Any]) -> int:
    """Bytes of the payload as JSON. Raises ValueError when it cannot be JSON."""
    try:
        return len(msgspec.json.encode(payload))
    except (TypeError, UnicodeEncodeError) as error:
        raise ValueError(f"the payload cannot be written as JSON: {error}") from error


def files_of(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """The files a payload names, without repeats, in order."""
    found: list[str] = []
    for key in FILE_KEYS:
        value = payload.get(key)
        found += [value] if isinstance(value, str) else [each for each in value or () if isinstance(each, str)]
    return tuple(dict.fromkeys(each for each in found if each))


def refusal(path: str, policy: AiPolicy) -> str:
    """Why a file may not be named, or ""."""
    if any(ord(sign) < 32 for sign in path):
        return "has control characters in its name"
    plain = posixpath.normpath(path.replace("\\", "/"))
    if plain == ".." or plain.startswith(("../", "/", "~")) or plain[1:2] == ":":
        return "is outside the project"
    where = f"/{plain}".lower()
    blocked = next((rule for rule in policy.forbidden_paths if _is_under(where, rule.lower())), "")
    if blocked:
        return f"is forbidden by ai.policy.forbidden_paths ({blocked})"
    if policy.allowed_files and not any(_matches(plain, rule) for rule in policy.allowed_files):
        return "is none of ai.policy.allowed_files"
    return ""


def _is_under(where: str, rule: str) -> bool:
    """`/.git/` forbids a folder wherever it is and all in it; others are names, or patterns of them, anywhere."""
    if rule.endswith("/"):
        return f"/{rule.strip('/')}/" in f"{where}/"
    return (
        any(fnmatch.fnmatchcase(part, rule) for part in _endings(where))
        if rule.startswith("/")
        else (fnmatch.fnmatchcase(where[1:], rule) or fnmatch.fnmatchcase(posixpath.basename(where), rule))
    )


def _endings(where: str) -> Iterable[str]:
    """`/a/b/c`: that, `/b/c`, `/c`, and the folders on the way, each as such an ending."""
    parts = where.strip("/").split("/")
    return {f"/{'/'.join(parts[start:end])}" for start in range(len(parts)) for end in range(start + 1, len(parts) + 1)}


def _matches(plain: str, rule: str) -> bool:
    return fnmatch.fnmatchcase(plain.lower(), rule.lower()) or fnmatch.fnmatchcase(
        posixpath.basename(plain).lower(), rule.lower()
    )
