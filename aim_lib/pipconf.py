"""Which indexes pip and uv are told to use: their variables, their files in the real order, and netrc.

Addresses leave this module without credentials; those are in the header beside them.
"""

from __future__ import annotations

import configparser
import re
import tomllib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from .host import Host

DEFAULT = "https://pypi.org/simple"


@dataclass(frozen=True, slots=True)
class Source:
    """What one client asks: (URL, Authorization) of each index, the first to ask first; none when it may ask none.

    `is_chosen`: the user named an index or forbade all, instead of leaving the client its default.
    """

    registries: tuple[tuple[str, str], ...] = field(repr=False)
    certificates: tuple[str, ...] = ()
    proxy: str = field(default="", repr=False)
    is_offline: bool = False
    is_chosen: bool = False


def read_pip(host: Host) -> Source:
    """Which indexes pip asks."""
    values = pip_values(host)
    extra = values.get("extra-index-url", "").split()
    urls = [values.get("index-url") or DEFAULT, *extra]
    is_off = is_on(values.get("no-index", ""))
    return Source(
        registries=() if is_off else _with_credentials(urls, host),
        certificates=_given(values.get("cert", ""), host.get("REQUESTS_CA_BUNDLE"), host.get("CURL_CA_BUNDLE")),
        proxy=values.get("proxy", ""),
        is_chosen=bool(values.get("index-url") or extra or is_off),
    )


def pip_values(host: Host) -> dict[str, str]:
    """What pip's files and variables say, by option; a variable counts more than any file."""
    values = {key: value for path in pip_files(host) for key, value in _ini(path).items()}
    told = {name[4:].lower().replace("_", "-"): value for name, value in host.env.items() if name[:4] == "PIP_"}
    return {**values, **{key: value for key, value in told.items() if value}}


def read_uv(host: Host) -> Source:
    """Which indexes uv asks for its tools: files of projects do not count."""
    values = uv_values(host)
    listed = [entry for entry in values.get("index", ()) if isinstance(entry, dict) and entry.get("url")]
    named = [_named_url(entry, host) for entry in listed if not entry.get("default")]
    default = next((_named_url(entry, host) for entry in listed if entry.get("default")), "")
    own = [
        *(_with_login(*entry, host) for entry in map(_split_name, host.get("UV_INDEX").split())),
        *host.get("UV_EXTRA_INDEX_URL").split(),
        *named,
        *map(str, values.get("extra-index-url", ())),
    ]
    chosen = _with_login(*_split_name(host.get("UV_DEFAULT_INDEX")), host) or host.get("UV_INDEX_URL") or default
    urls = [*own, chosen or str(values.get("index-url") or DEFAULT)]  # uv asks its default last
    is_off = bool(values.get("no-index")) or is_on(host.get("UV_NO_INDEX"))
    return Source(
        registries=() if is_off else _with_credentials(urls, host),
        is_offline=bool(values.get("offline")) or is_on(host.get("UV_OFFLINE")),
        is_chosen=True,
    )


def uv_values(host: Host) -> dict[str, Any]:
    """What uv's files say, by key: the user's counts more than the machine's."""
    if host.get("UV_CONFIG_FILE"):
        return _toml(Path(host.get("UV_CONFIG_FILE")))
    if is_on(host.get("UV_NO_CONFIG")):
        return {}
    if host.is_windows:
        system = Path(host.get("PROGRAMDATA") or "C:/ProgramData") / "uv" / "uv.toml"
        user = Path(host.get("APPDATA") or host.home / "AppData/Roaming") / "uv" / "uv.toml"
    else:
        system = Path(host.get("XDG_CONFIG_DIRS").partition(":")[0] or host.root / "etc") / "uv" / "uv.toml"
        user = Path(host.get("XDG_CONFIG_HOME") or host.home / ".config") / "uv" / "uv.toml"
    return {**_toml(system), **_toml(user)}


def pip_files(host: Host) -> tuple[Path, ...]:
    """pip's files, what counts less first: the machine's, the user's, the environment's, $PIP_CONFIG_FILE's."""
    named = host.get("PIP_CONFIG_FILE")
    if named in ("/dev/null", "nul"):
        return ()
    name = "pip.ini" if host.is_windows else "pip.conf"
    users = () if named and Path(named).exists() else _user_files(host, name)
    last = (Path(named),) if named else ()
    return (*_machine_files(host, name), *users, Path(host.python).parent.parent / name, *last)


def split_credentials(url: str) -> tuple[str, str]:
    """A URL without user and password, and the Authorization header they make ("" for none).

    Raises ValueError for what is no URL, without repeating it.
    """
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    if "@" in parts.path or (parts.scheme != "file" and not place):
        raise ValueError("not the address of an index")
    bare = urlunsplit((parts.scheme, place, parts.path, "", ""))
    name, _, password = user.partition(":")
    return bare, basic(unquote(name), unquote(password)) if user else ""


def basic(name: str, password: str) -> str:
    """The Authorization header of a name and a password."""
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


def is_on(text: str) -> bool:
    """Whether pip and uv take a variable's or an option's text for yes."""
    return text.strip().lower() in ("1", "true", "yes", "on", "y", "t")


def _machine_files(host: Host, name: str) -> tuple[Path, ...]:
    if host.is_windows:
        return (Path(host.get("ALLUSERSPROFILE") or "C:/ProgramData") / "pip" / name,)
    if host.system == "macos":
        return (host.root / "Library/Application Support/pip" / name,)
    etc = host.root / "etc"
    folders = [Path(part) for part in host.get("XDG_CONFIG_DIRS").split(":") if part] or [etc / "xdg"]
    return (*(folder / "pip" / name for folder in folders), etc / name)


def _user_files(host: Host, name: str) -> tuple[Path, ...]:
    legacy = host.home / ("pip" if host.is_windows else ".pip") / name
    if host.is_windows:
        return (legacy, Path(host.get("APPDATA") or host.home / "AppData/Roaming") / "pip" / name)
    mac = host.home / "Library/Application Support/pip"
    if host.system == "macos" and mac.is_dir():
        return (legacy, mac / name)
    return (legacy, Path(host.get("XDG_CONFIG_HOME") or host.home / ".config") / "pip" / name)


def _ini(path: Path) -> dict[str, str]:
    """A file's settings for installing: [install] counts more than [global]."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}  # pip itself will say what is wrong with it
    found = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            found.update({key.replace("_", "-"): value for key, value in parser.items(section)})
    return found


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def _split_name(text: str) -> tuple[str, str]:
    """`name=url` or a bare URL, as UV_INDEX has them: (name, url)."""
    name, sign, url = text.partition("=")
    return (name, url) if sign and re.fullmatch(r"[\w.-]+", name) else ("", text)


def _named_url(entry: Mapping[str, Any], host: Host) -> str:
    return _with_login(str(entry.get("name", "")), str(entry["url"]), host)


def _with_login(name: str, url: str, host: Host) -> str:
    """`url` with the user and password that uv's variables have for an index of this name."""
    key = re.sub(r"\W", "_", name).upper()
    user, password = host.get(f"UV_INDEX_{key}_USERNAME"), host.get(f"UV_INDEX_{key}_PASSWORD")
    scheme, sign, rest = url.partition("://")
    if not key or not (user or password) or not sign or "@" in rest:
        return url
    return f"{scheme}://{_quoted(user)}:{_quoted(password)}@{rest}"


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def _with_credentials(urls: Iterable[str], host: Host) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(_each_with_credentials(urls, host)))


def _each_with_credentials(urls: Iterable[str], host: Host) -> Iterator[tuple[str, str]]:
    for url in urls:
        try:
            bare, authorization = split_credentials(url)
        except ValueError:
            bare, authorization = "", ""  # whoever asks it says that it cannot be read
        yield bare, authorization or _from_netrc(bare, host)


def _from_netrc(url: str, host: Host) -> str:
    import netrc

    path = Path(host.get("NETRC") or host.home / ("_netrc" if host.is_windows else ".netrc"))
    place = urlsplit(url).hostname
    if not place or not path.is_file():
        return ""
    try:
        found = netrc.netrc(path).authenticators(place)
    except (OSError, UnicodeDecodeError, netrc.NetrcParseError):
        return ""
    return basic(found[0] or "", found[2] or "") if found else ""


def _given(*paths: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for path in paths if path))
