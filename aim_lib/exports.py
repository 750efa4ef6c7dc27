"""Environment variables as text for a shell, a file or a CI: quoted so that what reads it gets the same value. Pure."""

from __future__ import annotations

import json
import re
import shlex
import uuid
from collections.abc import Callable, Mapping

from .errors import BadConfig

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# PowerShell ends a '…' text at these as well.
_PWSH_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")
_BARE = re.compile(r"[A-Za-z0-9_./:@+-]+")
# GitHub sets these itself and refuses them, or would run what they name in every later step.
_NOT_FOR_GITHUB = re.compile(r"(GITHUB|RUNNER)_\w*|CI|NODE_OPTIONS|PATH|LD_PRELOAD", re.IGNORECASE)


def render(form: str, values: Mapping[str, str]) -> str:
    """`values` in one of `FORMS`, by name. Raises BadConfig for one that the form has no way to say; never shows it."""
    if form not in FORMS:
        raise BadConfig(f"{form!r} is no form to export to", remedy=f"use one of {', '.join(sorted(FORMS))}")
    for name, value in values.items():
        if not NAME.fullmatch(name):
            raise BadConfig(f"{name!r} cannot be the name of a variable", remedy="map it in [secrets.names]")
        if "\0" in value:
            raise BadConfig(f"{name} has a NUL character, which no variable can hold", remedy=f"aim secrets set {name}")
    return FORMS[form](dict(sorted(values.items())))


def masks(values: Mapping[str, str]) -> str:
    """Lines that make GitHub Actions hide each value, and each line of one that has several, in what follows."""
    lines = {part for value in values.values() for part in (value, *value.splitlines()) if len(part.strip()) >= 4}
    return "".join(f"::add-mask::{_for_command(line)}\n" for line in sorted(lines, key=len, reverse=True))


def _for_command(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _posix(values: Mapping[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def _fish(values: Mapping[str, str]) -> str:
    return "".join(f"set -gx {name} '{_escaped(value)}'\n" for name, value in values.items())


def _escaped(value: str) -> str:
    """In fish's and dotenv's '…' a backslash and a quote are written with a backslash, and nothing else is special."""
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _pwsh(values: Mapping[str, str]) -> str:
    doubled = {name: _PWSH_QUOTES.sub(r"\1\1", value) for name, value in values.items()}
    return "".join(f"$env:{name} = '{value}'\n" for name, value in doubled.items())


def _cmd(values: Mapping[str, str]) -> str:
    """For a batch file: there a percent sign is doubled, and a quote or a line's end cannot be said."""
    for name, value in values.items():
        if re.search(r'["\r\n]', value):
            raise BadConfig(f"{name} has a quote or several lines, which cmd cannot be told", remedy="use --shell pwsh")
    doubled = {name: value.replace("%", "%%") for name, value in values.items()}
    return "".join(f'@set "{name}={value}"\r\n' for name, value in doubled.items())


def _dotenv(values: Mapping[str, str]) -> str:
    return "".join(f"{name}={_dotenv_value(value)}\n" for name, value in values.items())


def _dotenv_value(value: str) -> str:
    """Bare where every reader agrees; in '…', which none expands; with an escape only where there is no other way."""
    if _BARE.fullmatch(value):
        return value
    if not re.search(r"['\\\r]", value):
        return f"'{value}'"
    escaped = re.sub(r'(["\\])', r"\\\1", value).replace("\r", "\\r").replace("\n", "\\n")
    return f'"{escaped}"'


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def _github(values: Mapping[str, str]) -> str:
    """For the file $GITHUB_ENV. The delimiter is random: a value that has it would set variables of its own choice."""
    for name in values:
        if _NOT_FOR_GITHUB.fullmatch(name):
            raise BadConfig(
                f"{name} may not be set for later steps of a workflow", remedy="give the secret another name"
            )
    blocks = []
    for name, value in values.items():
        end = f"ghadelimiter_{uuid.uuid4()}"
        blocks.append(f"{name}<<{end}\n{value}\n{end}\n")
    return "".join(blocks)


FORMS: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "bash": _posix,
    "zsh": _posix,
    "fish": _fish,
    "pwsh": _pwsh,
    "cmd": _cmd,
    "dotenv": _dotenv,
    "json": _json,
    "github": _github,
}
SHELLS = ("bash", "zsh", "fish", "pwsh", "cmd")
