"""`cargo install --list`: crates, versions, and where they came from when that is not crates.io."""

from __future__ import annotations

import re

from . import Entry, Malformed, Reading, Remark, joined

FILES = ("cargo.txt", "cargo-list.txt", "cargo-install-list.txt")
KINDS = ()
_CRATE = re.compile(r"(?P<name>[A-Za-z][\w-]*) v(?P<version>\d[^\s:]*)(?: \((?P<source>.*)\))?:")


def looks_like(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    return any(map(_CRATE.fullmatch, lines)) and all(line[0] in " \t" or _CRATE.fullmatch(line) for line in lines)


def read(text: str) -> Reading:
    return joined(_read(place, line) for place, line in enumerate(text.splitlines(), 1) if line.strip())


def _read(place: int, line: str) -> Reading:
    if line[0] in " \t":  # a program of the crate above
        return Reading()
    crate = _CRATE.fullmatch(line.rstrip())
    if crate is None:
        raise Malformed(f"{line[:60]!r} is no line of `cargo install --list`", place)
    if crate["source"]:
        why = _why_not(crate["source"])
        return Reading(left_out=(Remark(what=f"cargo:{crate['name']}", why=why, line=place),))
    version = crate["version"]
    return Reading(tools=(Entry(kind="cargo", name=crate["name"], request=version, version=version, line=place),))


def _why_not(source: str) -> str:
    if source.startswith("registry"):
        return "it comes from a registry of its own"
    return "it was built from a repository" if "://" in source else "it was built from a folder"
