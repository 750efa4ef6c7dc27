"""The index that pip is told to use, in uv's words: our pipx installs with uv, which reads nothing of pip's.

Without this a company's package would be asked of the public index, where a stranger may have its name. Who has told
uv itself of an index has the last word. Not for display: addresses may hold credentials.
"""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Iterator
from pathlib import Path

from .host import Host

MARK = "AIM_INDEX"  # in a step's environment, "pip": this program is to ask the indexes that pip would ask
UV_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_NO_INDEX", "UV_CONFIG_FILE")
UV_KEYS = ("index", "index-url", "extra-index-url", "no-index", "pip")
ON = ("1", "true", "yes", "on", "y", "t")


def index_env(host: Host, etc: Path = Path("/etc")) -> dict[str, str]:
    """Variables that make uv ask what pip would; {} when pip is told nothing, or uv has been told by itself."""
    chosen = _pip_settings(host, etc)
    if not chosen or any(host.get(name) for name in UV_VARIABLES) or _is_uv_told(host, etc):
        return {}
    if chosen.get("no-index", "").lower() in ON:
        return {"UV_NO_INDEX": "1", "UV_FIND_LINKS": ",".join(chosen.get("find-links", "").split())}
    env = {
        "UV_DEFAULT_INDEX": chosen.get("index-url", ""),
        "UV_INDEX": " ".join(chosen.get("extra-index-url", "").split()),
    }
    return {name: value for name, value in env.items() if value}


def _pip_settings(host: Host, etc: Path) -> dict[str, str]:
    """What pip's files and variables say of indexes: a variable counts more than any file, [install] than [global]."""
    found: dict[str, str] = {}
    for path in _pip_files(host, etc):
        found.update(_ini(path))
    keys = ("index-url", "extra-index-url", "no-index", "find-links")
    told = {key: host.get(f"PIP_{key.replace('-', '_').upper()}") for key in keys}
    return {**found, **{key: value for key, value in told.items() if value}}


def _pip_files(host: Host, etc: Path) -> Iterator[Path]:
    """What counts less first; https://pip.pypa.io/en/stable/topics/configuration/"""
    named = host.get("PIP_CONFIG_FILE")
    if named in ("/dev/null", "nul"):
        return
    name = "pip.ini" if host.is_windows else "pip.conf"
    if host.is_windows:
        yield Path(host.get("ALLUSERSPROFILE") or "C:/ProgramData") / "pip" / name
        yield from (host.home / "pip" / name, Path(host.get("APPDATA") or host.home / "AppData/Roaming") / "pip" / name)
    else:
        mac = host.home / "Library/Application Support/pip"
        config = Path(host.get("XDG_CONFIG_HOME") or host.home / ".config") / "pip"
        yield from (etc / "xdg" / "pip" / name, etc / name, host.home / ".pip" / name)
        yield (mac if host.system == "macos" and mac.is_dir() else config) / name
    if named:
        yield Path(named)


def _ini(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}
    sections = (section for section in ("global", "install") if parser.has_section(section))
    return {key.replace("_", "-"): value for section in sections for key, value in parser.items(section)}


def _is_uv_told(host: Host, etc: Path) -> bool:
    config = Path(host.get("XDG_CONFIG_HOME") or host.home / ".config")
    user = Path(host.get("APPDATA") or host.home / "AppData/Roaming") if host.is_windows else config
    return any(_names_an_index(folder / "uv" / "uv.toml") for folder in (user, etc))


def _names_an_index(path: Path) -> bool:
    try:
        return any(key in UV_KEYS for key in tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
