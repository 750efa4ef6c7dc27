"""The sparse index of crates.io, or of the registry that replaces it in cargo's configuration."""

from __future__ import annotations

import msgspec

from ..cargoconf import read_cargo
from ..host import Host
from . import Fetcher, Need, NotAsked, Package, Question, Registry, Release, Reply, in_order, moment, newest, one_line

ECOSYSTEM = "cargo"


class Entry(msgspec.Struct, frozen=True):
    """One line of a crate's file; `pubtime` is new and often absent."""

    vers: str
    yanked: bool = False
    rust_version: str | None = None
    pubtime: str | None = None


class Crates:
    """The one registry that stands for crates.io."""

    def __init__(self, host: Host, fetcher: Fetcher) -> None:
        self.fetcher = fetcher
        self.settings = read_cargo(host)

    def look_up(self, name: str, need: Need, kind: str) -> Package:
        settings = self.settings
        if not settings.url:
            raise NotAsked(settings.why_not)
        registry = Registry(
            settings.url,
            authorization=settings.token,
            certificates=settings.certificates,
            proxy=settings.proxy,
            is_offline=settings.is_offline,
        )
        return self.fetcher.ask(
            Question(registry, name, place(name), "text/plain, */*", lambda reply: _read(name, reply))
        )


def open(host: Host, fetcher: Fetcher) -> Crates:  # noqa: A001 - the folder's contract
    return Crates(host, fetcher)


def place(name: str) -> str:
    """Where the index keeps a crate: https://doc.rust-lang.org/cargo/reference/registry-index.html#index-files."""
    low = name.lower()
    if len(low) < 3:
        return f"{len(low)}/{low}"
    return f"3/{low[0]}/{low}" if len(low) == 3 else f"{low[:2]}/{low[2:4]}/{low}"


def _read(name: str, reply: Reply) -> Package:
    entries = msgspec.json.Decoder(Entry).decode_lines(reply.body)
    releases = in_order("cargo", (_release(entry) for entry in entries))
    dates = [one.uploaded for one in releases if one.uploaded]
    return Package(
        name=name,
        exists=bool(releases),
        releases=releases,
        latest=newest("cargo", releases),
        created=min(dates, default=None),
    )


def _release(entry: Entry) -> Release:
    return Release(
        version=entry.vers,
        yanked="yanked" if entry.yanked else "",
        uploaded=moment(entry.pubtime or ""),
        needs=one_line(entry.rust_version),
    )
