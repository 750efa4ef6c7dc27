"""`pipx list --json`: what pipx has installed, and what it was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import (
    Asked,
    Entry,
    Malformed,
    Reading,
    Remark,
    as_table,
    joined,
    list_of,
    load_json,
    parse_requirement,
    peek,
    pypi_request,
    source_trouble,
    table_of,
    text_at,
)

FILES = ("pipx.json", "pipx-list.json", "pipx_list.json")
KINDS = ()
VERSION = "0.1"


def looks_like(text: str) -> bool:
    document = peek(text)
    return isinstance(document, dict) and "venvs" in document and "pipx_spec_version" in document


def read(text: str) -> Reading:
    document = as_table(load_json(text), "the document")
    version = document.get("pipx_spec_version")
    if version != VERSION:
        raise Malformed(f"pipx_spec_version {version!r} is not known, only {VERSION!r}")
    venvs = table_of(document, "venvs")
    return joined(_read(name, as_table(venv, f"venvs.{name}")) for name, venv in venvs.items())


def _read(name: str, venv: dict[str, Any]) -> Reading:
    where = f"venvs.{name}."
    metadata = table_of(venv, "metadata", where=where)
    main = table_of(metadata, "main_package", where=where)
    package, version = text_at(main, "package"), text_at(main, "package_version")
    spec = text_at(main, "package_or_url")
    asked = parse_requirement(spec) or Asked()
    why = _why_not(main, package, version, asked)
    if why:
        return Reading(left_out=(Remark(what=f"pipx:{package or name}", why=why),))
    injected = table_of(metadata, "injected_packages", where=where)
    entry = Entry(
        kind="pipx",
        name=package,
        request=_request(main, asked, version),
        version="" if asked.source else version,
        extras=tuple(_extras(injected)),
        python=".".join(text_at(metadata, "python_version").removeprefix("Python ").split(".")[:2]),
        source=asked.source,
    )
    return Reading(
        tools=(entry,), left_out=tuple(Remark(what=entry.id, why=why, is_part=True) for why in _not_said(main, asked))
    )


def _why_not(main: dict[str, Any], package: str, version: str, asked: Asked) -> str:
    if not package or not version:
        return "pipx itself does not know what is in it; try: pipx reinstall"
    if text_at(main, "suffix"):
        return f"a second copy, installed with --suffix {text_at(main, 'suffix')}"
    return source_trouble(asked.source) if asked.source else ""


def _request(main: dict[str, Any], asked: Asked, version: str) -> str:
    """What was asked for; the version that is there where nothing was, or where it is pinned."""
    if asked.source:
        return "*"
    return version if main.get("pinned") else pypi_request(asked.request, version)


def _extras(injected: dict[str, Any]) -> Iterator[str]:
    for name, package in sorted(injected.items()):
        spec = text_at(package, "package_or_url") if isinstance(package, dict) else ""
        asked = parse_requirement(spec or name)
        yield (spec or name) if asked and not asked.source else name


def _not_said(main: dict[str, Any], asked: Asked) -> Iterator[str]:
    if asked.extras:
        yield f"its extras [{','.join(asked.extras)}] cannot be declared"
    if list_of(main, "pip_args"):
        yield "it was installed with arguments for pip, which cannot be declared"
    if main.get("include_dependencies"):
        yield "commands of its dependencies (--include-deps) cannot be declared"
