"""The package index that the user has given to pip, for uv, which reads nothing of pip's. Looks at files only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .host import Host

OWN = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_NO_INDEX", "UV_CONFIG_FILE")


def pip_index(host: Host) -> str:
    """The address of pip's index when uv has been told of none; "" without one, or when it has a password in it.

    Steps are shown and stored, so that a password cannot be handed on in one; see `untold`.
    """
    url = _asked_of_pip(host)
    return "" if _has_password(url) else url


def untold(host: Host) -> tuple[str, ...]:
    """What the user should know: uv asks the public index although pip would ask another."""
    if not _has_password(_asked_of_pip(host)):
        return ()
    return ("pip's index has a password in its address, which uv does not know: set UV_DEFAULT_INDEX to use it",)


def _asked_of_pip(host: Host) -> str:
    if any(host.get(name) for name in OWN) or any(_mentions_index(path) for path in _uv_files(host)):
        return ""
    return host.get("PIP_INDEX_URL") or next(filter(None, map(_index_in, _pip_files(host))), "")


def _has_password(url: str) -> bool:
    return "@" in url.partition("://")[2].partition("/")[0]


def _pip_files(host: Host) -> Iterator[Path]:
    """pip's files, the strongest first."""
    if host.get("PIP_CONFIG_FILE"):
        yield Path(host.get("PIP_CONFIG_FILE"))
    if host.is_windows:
        yield Path(host.get("APPDATA") or host.home / "AppData" / "Roaming") / "pip" / "pip.ini"
        yield Path(host.get("PROGRAMDATA") or host.root / "ProgramData") / "pip" / "pip.ini"
        return
    if host.system == "macos":
        yield host.home / "Library" / "Application Support" / "pip" / "pip.conf"
    yield Path(host.get("XDG_CONFIG_HOME") or host.home / ".config") / "pip" / "pip.conf"
    yield host.home / ".pip" / "pip.conf"
    yield host.root / "etc" / "pip.conf"


def _uv_files(host: Host) -> Iterator[Path]:
    if host.is_windows:
        yield Path(host.get("APPDATA") or host.home / "AppData" / "Roaming") / "uv" / "uv.toml"
        return
    yield Path(host.get("XDG_CONFIG_HOME") or host.home / ".config") / "uv" / "uv.toml"
    yield host.root / "etc" / "uv" / "uv.toml"


def _mentions_index(path: Path) -> bool:
    return "index" in _text(path)


def _index_in(path: Path) -> str:
    """`index-url` of one of pip's files: that for installing, else that for all it does."""
    import configparser

    text = _text(path)
    if "index" not in text:
        return ""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return ""
    named = ((section, key) for section in ("install", "global") for key in ("index-url", "index_url"))
    return next((found for place in named if (found := parser.get(*place, fallback="").strip())), "")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""
