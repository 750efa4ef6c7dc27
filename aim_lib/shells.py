"""The line a user's shell needs so that folders come first on PATH. Text only; persisting it is another's work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from .host import Host


def shell_name(host: Host) -> str:
    """The user's shell: bash, zsh, fish, pwsh or sh."""
    if host.is_windows:
        return "pwsh"
    name = Path(host.get("SHELL") or "sh").name
    return name if name in ("bash", "zsh", "fish", "pwsh") else "sh"


def absent_from_path(host: Host, folders: Iterable[Path]) -> list[Path]:
    """Those of `folders` that are not on PATH, by any name."""
    real = {entry.resolve() for entry in host.path}
    return [folder for folder in folders if folder.resolve() not in real]


def path_line(host: Host, folders: Sequence[Path]) -> str:
    """What to type, or put into the shell's start file, so that `folders` are first on PATH."""
    if shell_name(host) == "fish":
        return "fish_add_path --prepend " + " ".join(_quoted(folder, host) for folder in folders)
    if shell_name(host) == "pwsh":
        listed = host.separator.join(re.sub(r'([`$"])', r"`\1", str(folder)) for folder in folders)
        return f'$env:PATH = "{listed}{host.separator}$env:PATH"'
    return f'export PATH="{":".join(_short(folder, host) for folder in folders)}:$PATH"'


def start_file(host: Host) -> str:
    """Where such a line belongs, for a message."""
    files = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "", "pwsh": "$PROFILE", "sh": "~/.profile"}
    return files[shell_name(host)]


def _short(folder: Path, host: Host) -> str:
    """A folder for a double-quoted word of sh or fish, with $HOME for the home and the rest taken literally."""
    if folder.is_relative_to(host.home):
        rest = str(folder.relative_to(host.home))
        return "$HOME" if rest == "." else f"$HOME/{_literal(rest)}"
    return _literal(str(folder))


def _literal(text: str) -> str:
    return re.sub(r'([$`"\\])', r"\\\1", text)


def _quoted(folder: Path, host: Host) -> str:
    return f'"{_short(folder, host)}"'
