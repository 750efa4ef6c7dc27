"""Which proxy a request goes through, by the variables every client knows."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import SplitResult, unquote, urlsplit

from .host import Host


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where it listens and what it wants to see; `problem` is why it cannot be used, or ""."""

    host: str = ""
    port: int = 0
    authorization: str = field(default="", repr=False)
    problem: str = ""

    @property
    def headers(self) -> Mapping[str, str]:
        return MappingProxyType({"Proxy-Authorization": self.authorization} if self.authorization else {})


def proxy_for(host: Host, target: SplitResult, configured: str = "") -> Proxy | None:
    """The proxy for `target`: the client's own (`configured`) or the environment's; None to connect directly."""
    names = (f"{target.scheme}_proxy", "all_proxy")
    found = configured or next((value for name in names if (value := _variable(host, name))), "")
    if not found or _is_exempt(target, _variable(host, "no_proxy") or host.get("npm_config_noproxy")):
        return None
    return _parsed(found)


def _parsed(text: str) -> Proxy:
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port or 80
    except ValueError:
        return Proxy(problem="the address of the proxy cannot be read")
    if parts.scheme != "http" or not parts.hostname:
        return Proxy(problem="the proxy is not one of the form http://HOST:PORT")
    secret = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    login = f"Basic {b64encode(secret.encode()).decode()}" if parts.username else ""
    return Proxy(parts.hostname, port, login)


def _is_exempt(target: SplitResult, listed: str) -> bool:
    """Whether NO_PROXY names the target: itself, a domain above it, with its port or without, or "*"."""
    name = str(target.hostname)
    port = str(target.port or (443 if target.scheme == "https" else 80))
    for entry in listed.replace(" ", ",").lower().split(","):
        place, _, only = entry.partition(":") if entry.count(":") == 1 else (entry, "", "")
        bare = place.strip("[]").lstrip("*").lstrip(".")
        if entry == "*" or (bare and only in ("", port) and (name == bare or name.endswith(f".{bare}"))):
            return True
    return False


def _variable(host: Host, name: str) -> str:
    return host.get(name) or host.get(name.upper())
