"""One short question to each package index that the declared tools come from, by the user's own client settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlsplit

from ..host import Host
from ..npmrc import read_npmrc
from ..pipindex import index_source
from ..redact import without_credentials
from . import Facts

WAIT_S = 3.0
LIMIT_BYTES = 16 * 2**20
# What is small to ask for below each index, and there in every one that is whole.
PATHS = {"pypi": "pip/", "npm": "-/ping", "cargo": "config.json"}
CERTIFICATES = "name your organisation's certificates in SSL_CERT_FILE (npm: NODE_EXTRA_CA_CERTS, pip: PIP_CERT)"
NETWORK = "check the network, the proxy and the index in your client's configuration"


@dataclass(frozen=True, slots=True)
class Place:
    """One index; `url` bears no credentials."""

    ecosystem: str
    url: str
    authorization: str = field(default="", repr=False)
    certificates: tuple[str, ...] = ()
    proxy: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        return without_credentials(self.url).rstrip("/") or f"an index of {self.ecosystem}"


@dataclass(frozen=True, slots=True)
class Said:
    """What came of it: the status of the answer and its Date; or `why` there is none, with a remedy."""

    status: int = 0
    date: str = ""
    why: str = ""
    remedy: str = ""


def places(facts: Facts, host: Host) -> tuple[Place, ...]:
    """The indexes of the declared tools, each once; Python's, where AIM itself comes from, when none are declared."""
    kinds = dict.fromkeys(standing.manager for standing in facts.standings if standing.expected) or {"pipx": None}
    found = (place for kind in kinds for place in _of_kind(kind, host))
    return tuple({place.url: place for place in found}.values())


def _of_kind(kind: str, host: Host) -> Iterator[Place]:
    if kind in ("pipx", "uv"):
        source = index_source(kind, host)
        for url, authorization in () if source.is_offline else source.registries:
            yield Place("pypi", url, authorization, source.certificates, source.proxy)
    elif kind in ("npm", "pnpm"):
        settings = read_npmrc(host)
        url = settings.registry_of("")
        if not settings.is_offline:
            yield Place("npm", url, settings.authorization(url), settings.certificates, settings.proxy_for(url))
    elif kind == "cargo":
        from ..cargoconf import read_cargo

        cargo = read_cargo(host)
        if cargo.url and not cargo.is_offline:
            yield Place("cargo", cargo.url, cargo.token, cargo.certificates, cargo.proxy)


class Asker:
    """Asks over the network, each wait bounded by a few seconds; safe to be used by several threads."""

    def __init__(self, host: Host, timeout_s: float) -> None:
        from ..wire import Wire

        self.wire = Wire(host, min(WAIT_S, timeout_s / 5), LIMIT_BYTES)

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.wire.close()

    def ask(self, place: Place) -> Said:
        """What an index says, whatever it is; raises nothing that a network can bring."""
        from ..wire import Hiccup, Refused, Untrusted

        headers = {"Accept-Encoding": "gzip", "User-Agent": "aim"}
        if place.authorization:
            headers["Authorization"] = place.authorization
        try:
            parts = urlsplit(f"{place.url.rstrip('/')}/{PATHS[place.ecosystem]}")
            if parts.scheme not in ("http", "https") or not parts.hostname or (parts.port or 1) < 1:
                return Said(why="that is not the address of an index", remedy=NETWORK)
            answer = self.wire.get(parts, headers, place.certificates, place.proxy)
        except Untrusted as error:
            return Said(why=str(error), remedy=CERTIFICATES)
        except (Hiccup, Refused) as error:
            return Said(why=str(error), remedy=NETWORK)
        except ValueError:  # a port that is none; its text repeats the address
            return Said(why="that is not the address of an index", remedy=NETWORK)
        return Said(status=answer.status, date=answer.headers.get("date", ""))
