"""The environment as lines for the shell that goes on: `eval "$(aim env activate)"`, and back again. Pure.

What each variable was before goes along in a variable of its own, so that it can be that again.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence

import msgspec

from .errors import BadConfig
from .exports import SHELLS, render
from .platforms import Vars

BEFORE = "__AIM_ENV_BEFORE"
FORMS = {"sh": "bash", **{shell: shell for shell in SHELLS}}


class Before(msgspec.Struct, frozen=True):
    """What was: `values` by name (None: it was unset), PATH before and after our folders came."""

    values: dict[str, str | None]
    path: str
    made: str


def activated(env: Mapping[str, str], wanted: Vars, separator: str) -> dict[str, str | None]:
    """Variable → new value, None to unset, that turns `env` into what is wanted; once active, again and anew."""
    base = _base(env)
    path = path_of(base)
    made = with_first(base.get(path, ""), wanted.first, separator)
    target = {**dict(wanted.values), path: made}
    values = {name: base.get(name) for name, _ in wanted.values}
    before = Before(values=values, path=base.get(path, ""), made=made)
    return _difference(env, {**base, **target, BEFORE: _packed(before)})


def deactivated(env: Mapping[str, str], wanted: Vars, separator: str) -> dict[str, str | None]:
    """Variable → value, None to unset, that turns `env` back; nothing when nothing was activated."""
    before = _unpacked(env.get(BEFORE, ""))
    if before is None:
        return {}
    base, path = _base(env), path_of(env)
    if env.get(path) != before.made:  # others have changed PATH since: only what is ours goes
        old = before.path.split(separator)
        ours = [entry for entry in before.made.split(separator) if entry not in old]
        base[path] = separator.join(entry for entry in env.get(path, "").split(separator) if entry not in ours)
    return _difference(env, base)


def with_first(path: str, first: Sequence[str], separator: str) -> str:
    """`path` with the folders `first` in front, none of them twice; every other entry stays where it was."""
    rest = [entry for entry in path.split(separator) if entry not in first] if path else []
    return separator.join([*first, *rest])


def lines(shell: str, changed: Mapping[str, str | None]) -> str:
    """`changed` as lines of `shell`. Raises BadConfig for a shell, or a value, that cannot be told."""
    if shell not in FORMS:
        raise BadConfig(f"--shell {shell!r} is not known", remedy=f"use one of {', '.join(sorted(FORMS))}")
    unset = "".join(_UNSET[FORMS[shell]].format(name=name) for name, value in sorted(changed.items()) if value is None)
    return unset + render(FORMS[shell], {name: value for name, value in changed.items() if value is not None})


_UNSET = {
    "bash": "unset {name}\n",
    "zsh": "unset {name}\n",
    "fish": "set -e {name}\n",
    "pwsh": "Remove-Item -LiteralPath Env:{name} -ErrorAction SilentlyContinue\n",
    "cmd": '@set "{name}="\r\n',
}


def path_of(env: Mapping[str, str]) -> str:
    """How PATH is spelled there: Windows minds no case."""
    return "PATH" if "PATH" in env else next((name for name in env if name.upper() == "PATH"), "PATH")


def _base(env: Mapping[str, str]) -> dict[str, str]:
    """`env` as it was before we were activated in it."""
    before = _unpacked(env.get(BEFORE, ""))
    if before is None:
        return dict(env)
    base = {name: value for name, value in env.items() if name != BEFORE and name not in before.values}
    base |= {name: value for name, value in before.values.items() if value is not None}
    if env.get(path_of(env)) == before.made:
        base[path_of(env)] = before.path
    return base


def _difference(env: Mapping[str, str], target: Mapping[str, str]) -> dict[str, str | None]:
    gone: dict[str, str | None] = {name: None for name in env if name not in target}
    return {**gone, **{name: value for name, value in target.items() if env.get(name) != value}}


def _packed(before: Before) -> str:
    """In letters that every shell takes as they are."""
    return base64.urlsafe_b64encode(msgspec.json.encode(before)).decode()


def _unpacked(text: str) -> Before | None:
    if not re.fullmatch(r"[A-Za-z0-9_=-]+", text):
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text), type=Before)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
