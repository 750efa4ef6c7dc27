"""Where shells and AI tools keep what was typed and said, on each platform: a table. Reads folders, never files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .host import Host


@dataclass(frozen=True, slots=True)
class Place:
    """Files by a pattern below one of `_bases`; `is_store`: a program keeps a key there on purpose, in the clear."""

    who: str
    base: str
    patterns: tuple[str, ...]
    is_store: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One file that is there, or a folder that may not be looked into, and whose it is."""

    path: str
    who: str
    is_store: bool


PLACES = (
    Place("the shell's history", "home", (".bash_history", ".zsh_history", ".zhistory", ".histfile", ".sh_history")),
    Place("the shell's history", "zdotdir", (".zsh_history", ".zhistory")),
    Place("fish's history", "data", ("fish/*_history",)),
    Place("PowerShell's history", "data", ("powershell/PSReadLine/*_history.txt",)),
    Place("PowerShell's history", "roaming", ("Microsoft/Windows/PowerShell/PSReadLine/*_history.txt",)),
    Place("an interpreter's history", "home", (".python_history", ".node_repl_history", ".psql_history")),
    Place("Claude Code", "claude", ("settings*.json", "history.jsonl", "projects/**/*.jsonl", "shell-snapshots/*")),
    Place("Claude Code", "claude", ("todos/*.json", "debug/*", "CLAUDE.md")),
    Place("Claude Code", "claude", (".credentials.json",), is_store=True),
    Place("Claude Code", "home", (".claude.json", ".claude.json.backup")),
    Place("Claude Desktop", "apps", ("Claude/claude_desktop_config.json", "Claude/logs/*.log")),
    Place("Claude Desktop", "home", ("Library/Logs/Claude/*.log",)),
    Place("Codex", "codex", ("config.toml", "history.jsonl", "sessions/**/*.jsonl", "log/*")),
    Place("Codex", "codex", ("auth.json",), is_store=True),
    Place("Gemini", "home", (".gemini/settings.json", ".gemini/.env", ".gemini/tmp/*/logs.json")),
    Place("Gemini", "home", (".gemini/oauth_creds.json",), is_store=True),
    Place("Cursor", "home", (".cursor/mcp.json",)),
    Place("Cursor", "apps", ("Cursor/User/settings.json",)),
    Place("VS Code", "apps", ("Code/User/mcp.json", "Code/User/settings.json")),
    Place("Windsurf", "home", (".codeium/windsurf/mcp_config.json",)),
    Place("Continue", "home", (".continue/config.*",)),
    Place("Aider", "home", (".aider*",)),
    Place("environment file", "home", (".env", ".env.*", ".envrc")),
    Place("netrc", "home", (".netrc", "_netrc"), is_store=True),
    Place("npm", "home", (".npmrc",), is_store=True),
    Place("twine", "home", (".pypirc",), is_store=True),
    Place("Git", "home", (".git-credentials",), is_store=True),
    Place("Hugging Face", "home", (".cache/huggingface/token",), is_store=True),
    Place("AIM's logs", "aim logs", ("**/*",)),
    Place("AIM's state", "aim state", ("**/*",)),
)
# In the folder of a project, and above it up to the home.
PROJECT = (
    Place("Claude Code", "project", (".claude/settings*.json", ".claude/commands/**/*.md", ".mcp.json")),
    Place("Codex", "project", (".codex/*",)),
    Place("Cursor", "project", (".cursor/mcp.json",)),
    Place("VS Code", "project", (".vscode/mcp.json", ".vscode/settings.json")),
    Place("Aider", "project", (".aider*",)),
    Place("environment file", "project", (".env", ".env.*", ".envrc")),
)


def _bases(host: Host) -> dict[str, Path]:
    home, roaming = host.home, Path(host.get("APPDATA") or host.home / "AppData/Roaming")
    config = Path(host.get("XDG_CONFIG_HOME") or home / ".config")
    apps = {"windows": roaming, "macos": home / "Library/Application Support"}.get(host.system, config)
    return {
        "home": home,
        "roaming": roaming,
        "apps": apps,
        "data": Path(host.get("XDG_DATA_HOME") or home / ".local/share"),
        "zdotdir": Path(host.get("ZDOTDIR") or home),
        "claude": Path(host.get("CLAUDE_CONFIG_DIR") or home / ".claude"),
        "codex": Path(host.get("CODEX_HOME") or home / ".codex"),
        "aim logs": host.folders.logs,
        "aim state": host.folders.state,
    }


def find_places(host: Host) -> Iterator[Found]:
    """Every file of the tables that is there, each once: the user's own, then those of the project we are in."""
    seen: set[str] = set()
    for found in _all(host):
        if found.path not in seen:
            seen.add(found.path)
            yield found


def _all(host: Host) -> Iterator[Found]:
    bases = _bases(host)
    if host.get("HISTFILE"):
        yield Found(host.get("HISTFILE"), "the shell's history", is_store=False)
    for place in PLACES:
        yield from _there(place, bases[place.base])
    above = [folder for folder in (host.cwd, *host.cwd.parents) if folder.is_relative_to(host.home)] or [host.cwd]
    for place in PROJECT:
        for folder in above:
            yield from _there(place, folder)


def _there(place: Place, base: Path) -> Iterator[Found]:
    if _is_closed(base):  # Path.glob passes over it
        yield Found(str(base), place.who, place.is_store)
        return
    for pattern in place.patterns:
        # Links to folders are not followed, one to a file is: settings are often kept in a repository of dotfiles.
        yield from (
            Found(str(path), place.who, place.is_store) for path in sorted(base.glob(pattern)) if path.is_file()
        )


def _is_closed(folder: Path) -> bool:
    try:
        os.scandir(folder).close()
    except PermissionError:
        return True
    except OSError:  # not there, mostly
        return False
    return False
