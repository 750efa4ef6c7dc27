"""Which packages of a package-lock.json `npm ci` puts on this machine, and where. Standard library only.

What npm would ask a registry about, build, link or only copy out of another package is not decided here: Unsure.
Source: npm's arborist (load-virtual, build-ideal-tree, optional-set).
"""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Iterator, Mapping

TYPE_CHECKING = False  # not typing's: its import is a tenth of the program's start
if TYPE_CHECKING:
    from typing import Any

    from ._npm_platform import Machine, Unsure

    Entries = Mapping[str, dict[str, Any]]
elif __package__:
    from ._npm_platform import Unsure
else:  # a program's room: its folder is on the path
    from _npm_platform import Unsure

PUBLIC = "https://registry.npmjs.org/"
PART = r"(?!node_modules(?:/|$))[\w~!'()*-][\w.~!'()*-]*"
PLACE = re.compile(rf"node_modules/(?:@{PART}/)?{PART}(?:/node_modules/(?:@{PART}/)?{PART})*", re.ASCII)
# A manifest of ours, and what a lock has for it: scripts, overrides and workspaces are npm's.
ROOT_KEYS = {"name", "version", "private", "license", "dependencies"}
# What makes a package more than its tarball, or less: links, what comes within another one, scripts, what is left out.
SPECIAL = (
    "link",
    "inBundle",
    "bundleDependencies",
    "hasShrinkwrap",
    "hasInstallScript",
    "dev",
    "devOptional",
    "extraneous",
)


def chosen(lock: Mapping[str, Any], manifest: Mapping[str, Any], machine: Machine) -> dict[str, dict[str, Any]]:
    """The entries to install by their places, in the lock's order. Raises Unsure."""
    packages = lock.get("packages")
    if lock.get("lockfileVersion") not in (2, 3) or not isinstance(packages, dict):
        raise Unsure("the lock is of another kind")
    entries = {place: entry for place, entry in packages.items() if place}
    strange = [place for place in entries if not PLACE.fullmatch(place) or _above(place) not in {"", *entries}]
    if strange:
        raise Unsure(f"the place {strange[0]}")
    _check_root(packages.get("", {}), manifest, entries)
    left_out = _left_out(entries, _edges(entries), machine)
    kept = {place: entry for place, entry in entries.items() if not _is_below(place, left_out)}
    for place, entry in kept.items():
        _check(place, entry)
    return kept


def digest(integrity: object) -> str:
    """The sha512 of an `integrity`, in hexadecimal. Raises Unsure when it has none, or several."""
    found = [word for word in str(integrity).split() if word.startswith("sha512-")]
    if len(found) != 1:
        raise Unsure(f"the integrity {integrity}")
    return binascii.a2b_base64(found[0].removeprefix("sha512-")).hex()


def content(cache: str, name: str) -> str:
    """Where npm's cache keeps the content that has this sha512."""
    return os.path.join(cache, "_cacache", "content-v2", "sha512", name[:2], name[2:4], name[4:])


def is_at_hand(lock: Mapping[str, Any], cache: str) -> bool:
    """Whether a lock has nothing that is npm's alone, and all is in the cache but what may be for other machines."""
    entries = {place: entry for place, entry in lock.get("packages", {}).items() if place}
    try:
        missing = {place for place, entry in entries.items() if not _has(cache, entry)}
    except (Unsure, ValueError, AttributeError):
        return False
    elsewhere = {place for place in missing if entries[place].get("optional")}
    return missing <= elsewhere and not any(
        entry.get(key) for place, entry in entries.items() if not _is_below(place, elsewhere) for key in SPECIAL
    )


def _has(cache: str, entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("integrity")) and os.path.isfile(content(cache, digest(entry["integrity"])))


def _check_root(root: Mapping[str, Any], manifest: Mapping[str, Any], entries: Entries) -> None:
    """Raises Unsure when npm might find the lock out of step with the manifest."""
    wanted = manifest.get("dependencies", {})
    if root.get("dependencies") != wanted or {*root, *manifest} - ROOT_KEYS:
        raise Unsure("the lock is of another manifest")
    off = [name for name, spec in wanted.items() if entries.get(f"node_modules/{name}", {}).get("version") != spec]
    if off:
        raise Unsure(f"{off[0]} is not locked to the version that is asked for")


def _check(place: str, entry: Mapping[str, Any]) -> None:
    special = [key for key in SPECIAL if entry.get(key)]
    if special:
        raise Unsure(f"{place}: {special[0]}")
    if not str(entry.get("resolved", PUBLIC)).startswith(PUBLIC):
        raise Unsure(f"{place} is not from a registry's usual place")


# --- the tree ---------------------------------------------------------------------------------------------------


class Edge:
    """One package wants another; `to` is None when nothing of that name can be seen from there."""

    def __init__(self, start: str, to: str, *, is_optional: bool) -> None:
        self.start = start
        self.to = to
        self.is_optional = is_optional


def _edges(entries: Entries) -> list[Edge]:
    found = []
    for start, entry in entries.items():
        for name, spec, is_optional in _wishes(entry):
            if re.search(r"[:/]", spec) and not spec.startswith("npm:"):
                raise Unsure(f"{start} wants {name} from {spec}")
            to = _seen_from(start, name, entries)
            if to:
                found.append(Edge(start, to, is_optional=is_optional))
            elif not is_optional or name in entry.get("optionalDependencies", ()):  # else a peer that may be missing
                raise Unsure(f"{start} wants {name}, which is not in the lock")
    return found


def _wishes(entry: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Name, range, and whether it may be missing."""
    optional = entry.get("optionalDependencies", {})
    own = entry.get("dependencies", {})
    notes = entry.get("peerDependenciesMeta", {})
    yield from ((name, spec, True) for name, spec in optional.items())
    yield from ((name, spec, False) for name, spec in own.items() if name not in optional)
    for name, spec in entry.get("peerDependencies", {}).items():
        if name not in own and name not in optional:
            yield name, spec, bool(notes.get(name, {}).get("optional"))


def _seen_from(place: str, name: str, entries: Entries) -> str:
    """The place that node finds `name` at from `place`, or ""."""
    above = place
    while above:
        if f"{above}/node_modules/{name}" in entries:
            return f"{above}/node_modules/{name}"
        above = _above(above)
    return f"node_modules/{name}" if f"node_modules/{name}" in entries else ""


def _above(place: str) -> str:
    """The place of the package that a package is in, "" for the root."""
    return place.rpartition("node_modules/")[0].rstrip("/")


def _is_below(place: str, left_out: set[str]) -> bool:
    while place and place not in left_out:
        place = _above(place)
    return bool(place)


def _left_out(entries: Entries, edges: list[Edge], machine: Machine) -> set[str]:
    """The optional packages that are for other machines, with what only they bring. Raises Unsure."""
    gone: set[str] = set()
    for place, entry in entries.items():
        if not entry.get("optional"):
            if not machine.fits(entry):
                raise Unsure(f"{place} is not for this machine")
        elif place not in gone and not (machine.fits(entry) and machine.suits(entry.get("engines"))):
            gone |= _optional_set(place, edges, gone)
    return gone


def _optional_set(place: str, edges: list[Edge], gone: set[str]) -> set[str]:
    """A package that is left out, what cannot do without it, and what nothing else needs (npm's optional-set)."""
    core = {place}
    while more := {edge.start for edge in edges if edge.to in core and not edge.is_optional} - core:
        core |= more
    counted = [edge for edge in edges if edge.to not in core and edge.start not in gone]
    found = {*core}
    while more := {edge.to for edge in counted if edge.start in found} - found:
        found |= more
    while kept := {edge.to for edge in counted if edge.to in found and edge.start not in found}:
        found -= kept
    return found
