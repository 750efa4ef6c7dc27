"""Which registry stands for crates.io in cargo's configuration; projects' files do not count for `cargo install`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .host import Host
from .pipconf import split_credentials

CRATES_IO = "https://index.crates.io/"


@dataclass(frozen=True, slots=True)
class CargoSettings:
    """The sparse index to ask, or why there is none (`why_not`, and `url` is "")."""

    url: str
    why_not: str = ""
    token: str = field(default="", repr=False)
    certificates: tuple[str, ...] = ()
    proxy: str = field(default="", repr=False)
    is_offline: bool = False


def read_cargo(host: Host) -> CargoSettings:
    """Follow `replace-with` from crates.io to the registry that is really asked."""
    home = Path(host.get("CARGO_HOME") or host.home / ".cargo").expanduser()
    config = _toml(home, "config")
    name, url = _replaced(config, host)
    http, net = _table(config, "http"), _table(config, "net")
    why_not = "" if url.startswith("sparse+http") else f"cargo takes its crates from {name}, which is no sparse index"
    try:
        bare, login = split_credentials(url.removeprefix("sparse+")) if not why_not else ("", "")
    except ValueError:
        bare, login, why_not = "", "", f"the address of cargo's registry {name} cannot be read"
    cainfo = host.get("CARGO_HTTP_CAINFO") or str(http.get("cainfo", ""))
    offline = host.get("CARGO_NET_OFFLINE") or str(net.get("offline", "")).lower()
    return CargoSettings(
        url=bare,
        why_not=why_not,
        token=_token(name, _toml(home, "credentials"), host) or login,
        certificates=(cainfo,) if cainfo else (),
        proxy=host.get("CARGO_HTTP_PROXY") or str(http.get("proxy", "")),
        is_offline=offline == "true",
    )


def _replaced(config: Mapping[str, Any], host: Host) -> tuple[str, str]:
    """The name of the registry in the end, and its index."""
    sources, name, seen = _table(config, "source"), "crates-io", set[str]()
    while name not in seen:
        seen.add(name)
        following = _table(sources, name).get("replace-with")
        if not following:
            break
        name = str(following)
    registered = _variable(name, "INDEX", host) or _table(_table(config, "registries"), name).get("index", "")
    default = f"sparse+{CRATES_IO}" if name == "crates-io" else ""
    return name, str(_table(sources, name).get("registry") or registered or default)


def _token(name: str, credentials: Mapping[str, Any], host: Host) -> str:
    # crates.io's own token is for publishing: its index is open to all.
    if name == "crates-io":
        return ""
    return _variable(name, "TOKEN", host) or str(_table(_table(credentials, "registries"), name).get("token", ""))


def _variable(name: str, key: str, host: Host) -> str:
    return host.get(f"CARGO_REGISTRIES_{re.sub(r'[-.]', '_', name).upper()}_{key}")


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def _toml(home: Path, name: str) -> dict[str, Any]:
    """A file with or, as cargo still reads it, without its ending."""
    for path in (home / name, home / f"{name}.toml"):
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            continue
    return {}
