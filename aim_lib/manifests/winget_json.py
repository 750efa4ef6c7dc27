"""`winget export`: the packages of winget's sources, schema 1.0 and 2.0 (both published with winget's source)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from . import Entry, Malformed, Reading, Remark, Writing, as_table, joined, list_of, load_json, peek, table_of, text_at

FILES = ("winget.json", "winget-packages.json", "packages.json")
SYSTEM = "windows"
KINDS = ("winget",)
SCHEMA = "https://aka.ms/winget-packages.schema.2.0.json"
SCHEMAS = ("", SCHEMA, "https://aka.ms/winget-packages.schema.1.0.json", "https://aka.ms/winget-packages.schema.json")
SOURCE = {
    "Argument": "https://cdn.winget.microsoft.com/cache",
    "Identifier": "Microsoft.Winget.Source_8wekyb3d8bbwe",
    "Name": "winget",
    "Type": "Microsoft.PreIndexed.Package",
}
_WORDS = {
    "Scope": "for whom it is installed",
    "Channel": "its channel",
    "OverrideArguments": "its installer's arguments",
    "CustomSwitches": "its installer's arguments",
}


def looks_like(text: str) -> bool:
    document = peek(text)
    return isinstance(document, dict) and "Sources" in document


def read(text: str) -> Reading:
    document = as_table(load_json(text), "the document")
    schema = text_at(document, "$schema")
    if schema not in SCHEMAS:
        raise Malformed(f"the schema {schema} is not known, only 1.0 and 2.0")
    if "Sources" not in document:
        raise Malformed("it has no Sources")
    return joined(_read_source(as_table(source, "a source")) for source in list_of(document, "Sources"))


def write(entries: Sequence[Entry]) -> Writing:
    packages = []
    left: list[Remark] = []
    for entry in entries:
        version = _exact(entry)
        if entry.source:
            left.append(Remark(what=entry.id, why="it is installed from an address, not from a source of winget's"))
            continue
        packages.append({"PackageIdentifier": entry.name, **({"Version": version} if version else {})})
        if not version and entry.request not in ("*", "latest"):
            why = f"written without a version: the file knows no range such as {entry.request}; try: aim pin"
            left.append(Remark(what=entry.id, why=why, is_part=True))
    sources = [{"Packages": packages, "SourceDetails": SOURCE}] if packages else []
    document = {"$schema": SCHEMA, "Sources": sources}
    return Writing(text=json.dumps(document, indent=2, ensure_ascii=False) + "\n", left_out=tuple(left))


def _read_source(source: dict[str, Any]) -> Reading:
    details = table_of(source, "SourceDetails")
    name = text_at(details, "Name") or text_at(details, "Identifier")
    packages = [as_table(package, "a package") for package in list_of(source, "Packages")]
    if name != "winget" and text_at(details, "Identifier") != SOURCE["Identifier"]:
        why = (
            "comes from the Microsoft Store" if name == "msstore" else f"comes from the source {name}, not from winget"
        )
        return Reading(left_out=tuple(Remark(what=f"winget:{_identifier(each)}", why=why) for each in packages))
    return joined(map(_read, packages))


def _read(package: dict[str, Any]) -> Reading:
    version = text_at(package, "Version")
    # An installed version that winget cannot place is written with a comparison, as `winget list` shows it.
    is_exact = version not in ("", "Unknown") and version[0] not in "<>"
    entry = Entry(
        kind="winget",
        name=_identifier(package),
        request=version if is_exact else "*",
        version=version if is_exact else "",
        platforms=("windows",),
    )
    return Reading(
        tools=(entry,), left_out=tuple(Remark(what=entry.id, why=why, is_part=True) for why in _not_said(package))
    )


def _identifier(package: dict[str, Any]) -> str:
    name = text_at(package, "PackageIdentifier") or text_at(package, "Id")  # Id: schema 1.0
    if not name:
        raise Malformed("a package has no PackageIdentifier")
    return name


def _not_said(package: dict[str, Any]) -> Iterator[str]:
    found = dict.fromkeys(why for key, why in _WORDS.items() if package.get(key))
    if found:
        yield f"{', '.join(found)} cannot be declared"


def _exact(entry: Entry) -> str:
    wish = entry.wish.removeprefix("==").removeprefix("=")
    return "" if wish in ("*", "latest") or wish[:1] in "<>^~!" or wish.endswith("*") or "," in wish else wish
