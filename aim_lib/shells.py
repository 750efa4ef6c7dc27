"""The line a user's shell needs so that folders come first on PATH. Text only; persisting it is another's work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .host import Host


def shell_name(host: Host) -> str:
    """The user's shell: bash, zsh, fish, pwsh or sh."""
    if host.is_windows:
        return "pwsh"
    name = Path(host.get("SHELL") or "sh").name
    return name if name in ("bash", "zsh", "fish", "pwsh") else "sh"


def path_line(host: Host, folders: Sequence[Path]) -> str:
    """What to type, or put into the shell's start file, so that `folders` are first on PATH."""
    if shell_name(host) == "fish":
        return "fish_add_path --prepend " + " ".join(_quoted(folder, host) for folder in folders)
    if shell_name(host) == "pwsh":
        separator = ";" if host.is_windows else ":"
        return f'$env:PATH = "{separator.join(map(str, folders))}{separator}$env:PATH"'
    return f'export PATH="{":".join(_short(folder, host) for folder in folders)}:$PATH"'


def start_file(host: Host) -> str:
    """Where such a line belongs, for a message."""
    files = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "", "pwsh": "$PROFILE", "sh": "~/.profile"}
    return files[shell_name(host)]


def _short(folder: Path, host: Host) -> str:
    text = str(folder)
    return text.replace(str(host.home), "$HOME", 1) if folder.is_relative_to(host.home) else text


def _quoted(folder: Path, host: Host) -> str:
    return f'"{_short(folder, host)}"'
