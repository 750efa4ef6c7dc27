"""Where pnpm is and where it keeps its things, by its versions, its settings and the system."""

from __future__ import annotations

import re
from pathlib import Path

from ..host import Host, is_executable
from . import read_json

ISOLATED = 11  # from here on every package has a folder of its own; before, all share one
ITSELF = ("pnpm", "@pnpm/exe")


def pnpm_home(host: Host) -> Path:
    """pnpm's own folder: $PNPM_HOME, below $XDG_DATA_HOME on every system, or the system's place."""
    if host.get("PNPM_HOME"):
        return Path(host.get("PNPM_HOME"))
    if host.get("XDG_DATA_HOME"):
        return Path(host.get("XDG_DATA_HOME")) / "pnpm"
    if host.system == "macos":
        return host.home / "Library" / "pnpm"
    if not host.is_windows:
        return host.home / ".local" / "share" / "pnpm"
    return Path(host.get("LOCALAPPDATA")) / "pnpm" if host.get("LOCALAPPDATA") else host.home / ".pnpm"


def config_folder(host: Host) -> Path:
    """Where pnpm keeps the user's settings."""
    if host.get("XDG_CONFIG_HOME"):
        return Path(host.get("XDG_CONFIG_HOME")) / "pnpm"
    if host.system == "macos":
        return host.home / "Library" / "Preferences" / "pnpm"
    if host.is_windows and host.get("LOCALAPPDATA"):
        return Path(host.get("LOCALAPPDATA")) / "pnpm" / "config"
    return host.home / ".config" / "pnpm"


def find_pnpm(host: Host, home: Path) -> Path | None:
    """pnpm on PATH, else the one its own installer has put where the next login will find it."""
    name = "pnpm.exe" if host.is_windows else "pnpm"
    beside = (folder / name for folder in (home / "bin", home))
    return host.which("pnpm") or next((path for path in beside if is_executable(path)), None)


def is_isolated(host: Host, program: Path | None, home: Path) -> bool:
    """Which layout this pnpm has: by its version, else (corepack, a single-file pnpm) by what is there."""
    version = major(program) if program else 0
    if version:
        return version >= ISOLATED
    return (home / "global" / "v11").is_dir() or not (home / "global" / "5").is_dir()


def major(program: Path) -> int:
    """The major version of a pnpm by its files, or 0 when they do not tell."""
    real = program.resolve()
    for folder in (*real.parents[:3], program.parent / "node_modules" / "pnpm"):
        manifest = read_json(folder / "package.json")
        if manifest.get("name") in ITSELF:
            return int(str(manifest.get("version", "0")).partition(".")[0])
    in_path = re.search(r"pnpm(?:\+exe)?[/\\@](\d+)\.\d+\.\d+", str(real))  # Homebrew's Cellar, pnpm's own .tools
    return int(in_path[1]) if in_path else 0


def chosen(host: Host, setting: str, *, is_isolated: bool) -> Path | None:
    """A folder that the user has chosen in pnpm's settings, or None; each pnpm reads files and variables of its own."""
    name = setting.replace("-", "_")
    whose = "pnpm" if is_isolated else "npm"
    camel = re.sub(r"-(\w)", lambda found: found[1].upper(), setting)
    files = (
        ((config_folder(host) / "config.yaml", rf"{camel}\s*:"),)
        if is_isolated
        else ((host.home / ".npmrc", rf"{setting}\s*="), (config_folder(host) / "rc", rf"{setting}\s*="))
    )
    said = [host.get(f"{whose}_config_{name}"), host.get(f"{whose}_config_{name}".upper())]
    said += [_setting(path, key) for path, key in files]
    value = next((text for text in said if text), "")
    value = re.sub(r"\$\{(\w+)\}", lambda found: host.get(found[1]), value)
    folder = host.home / value[2:] if value.startswith("~/") else Path(value)
    return folder if folder.is_absolute() else None


def _setting(path: Path, key: str) -> str:
    """The value of a top-level setting in a file of lines, or ""."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    found = re.search(rf"^{key}[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)
    return found[1].strip("\"'") if found else ""
