"""The npm registry: the document of the latest version where that is enough, else the packument, short or full."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from ..host import Host
from ..npmrc import read_npmrc
from ..versions import order
from . import Fetcher, Need, NotAsked, Package, Question, Registry, Release, Reply, in_order, moment, newest, one_line

ECOSYSTEM = "npm"
ONE = "application/json"
SHORT = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"


class Version(msgspec.Struct, frozen=True):
    """What we read of a version's package.json. Authors write odd things: nothing here is trusted to be a text."""

    version: str
    engines: Any = None
    deprecated: Any = None


class Packument(msgspec.Struct, frozen=True):
    """A package's document; `time` is only in the full one, and not on every mirror."""

    versions: dict[str, Version] = {}
    tags: dict[str, str] = msgspec.field(default_factory=dict, name="dist-tags")
    time: Any = None


class Npm:
    """Registries by scope, as npm's configuration has them."""

    def __init__(self, host: Host, fetcher: Fetcher) -> None:
        self.fetcher = fetcher
        self.settings = read_npmrc(host)

    def look_up(self, name: str, need: Need, kind: str) -> Package:
        registry = self._registry(name)
        path = quote(name, safe="@")  # @scope%2Fname, as npm itself asks
        if need is Need.LATEST:
            package = self.fetcher.ask(Question(registry, name, f"{path}/latest", ONE, lambda reply: _one(name, reply)))
            if package.exists or package.unreadable:
                return package
            # A package without a "latest", or a mirror that does not serve single versions: the packument decides.
        accept = ONE if need is Need.DATES else SHORT
        return self.fetcher.ask(Question(registry, name, path, accept, lambda reply: _all(name, reply)))

    def _registry(self, name: str) -> Registry:
        scope = name.partition("/")[0] if name.startswith("@") else ""
        settings = self.settings
        url = settings.registry_of(scope)
        if not url.startswith(("https://", "http://")):
            raise NotAsked("npm's registry is not an address of the web")
        return Registry(
            url,
            authorization=settings.authorization(url),
            certificates=settings.certificates,
            proxy=settings.proxy_for(url),
            is_offline=settings.is_offline,
        )


def open(host: Host, fetcher: Fetcher) -> Npm:  # noqa: A001 - the folder's contract
    return Npm(host, fetcher)


def _one(name: str, reply: Reply) -> Package:
    found = msgspec.json.decode(reply.body, type=Version)
    order("npm", found.version)
    release = _release(found, {})
    return Package(name=name, releases=(release,), latest=found.version, deprecated=release.deprecated, is_partial=True)


def _all(name: str, reply: Reply) -> Package:
    document = msgspec.json.decode(reply.body, type=Packument)
    times = document.time if isinstance(document.time, dict) else {}
    releases = in_order("npm", (_release(one, times) for one in document.versions.values()))
    tagged = next((one for one in releases if one.version == document.tags.get("latest")), None)
    return Package(
        name=name,
        exists=bool(releases),  # an unpublished name keeps a document without versions
        releases=releases,
        latest=tagged.version if tagged else newest("npm", releases),
        deprecated=tagged.deprecated if tagged else "",
        created=moment(str(times.get("created", ""))),
    )


def _release(found: Version, times: dict[str, Any]) -> Release:
    engines = found.engines if isinstance(found.engines, dict) else {}
    deprecated = found.deprecated  # a text; some mirrors and old packages have true
    return Release(
        version=found.version,
        deprecated=one_line(deprecated) or ("deprecated" if deprecated else ""),
        uploaded=moment(str(times.get(found.version, ""))),
        needs=one_line(engines.get("node")),
    )
