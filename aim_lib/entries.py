"""Tools as the entries of a list: those that are declared, and those that are installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from . import versions
from .config import DEFAULT_FILE, Settings
from .kinds import ecosystem, is_shared, tool_kinds
from .manifest import trouble
from .manifests import Entry, Reading, Remark, parse_requirement, request_of, source_trouble
from .mistakes import dotted
from .model import Present
from .wanted import as_tool

# Marks of a manager on what came only because something else needs it.
COME_ALONG = {"dependency": "it came with another tool", "automatic": "it came with another package"}
# brew installs what its list has today: an exact version would soon be one that nobody can have again.
ROLLING = ("brew",)
PYTHON_KINDS = ("pipx", "uv")


def declared(settings: Settings, versions_by_id: Mapping[str, str], *, with_default: bool = True) -> tuple[Entry, ...]:
    """Every declared tool, for whatever system, sorted by id, with its exact version where `versions_by_id` has one."""
    found = (
        Entry(
            kind=kind,
            name=name,
            request=tool.version,
            version=versions_by_id.get(f"{kind}:{name}", ""),
            extras=tuple(tool.extras),
            python=tool.python,
            platforms=tuple(sorted(tool.platforms)),
            source=tool.source,
            optional=tool.optional,
        )
        for kind, tools in settings.config.tools.items()
        for name, tool in ((name, as_tool(spec)) for name, spec in tools.items())
        if with_default or origin(settings, kind, name) != DEFAULT_FILE
    )
    return tuple(sorted(found, key=lambda entry: entry.id))


def origin(settings: Settings, kind: str, name: str) -> str:
    """The file that declares a tool."""
    return settings.origins.get(dotted(("tools", kind, name)), DEFAULT_FILE)


def installed(present: Iterable[Present], python: str) -> Reading:
    """Everything that is installed and was asked for, as declarations that it fulfils, sorted by id.

    A request that a receipt tells is kept while what is there accepts it; otherwise the version that is there counts.
    `python` ("3.12") is what environments are made with unless a tool says another.
    """
    tools, left = [], []
    for item in sorted(present, key=lambda item: item.id):
        if item.kind not in tool_kinds():
            continue
        entry = _entry(item, python)
        why = _why_not(item) or trouble(entry)
        tools += [] if why else [entry]
        left += [Remark(what=item.id, why=why)] if why and not is_shared(item.kind) else []
    return Reading(tools=tuple(tools), left_out=tuple(left))


def environment_python(folder: Path) -> str:
    """The Python ("3.11") that a virtual environment was made with, by its pyvenv.cfg; "" when it does not tell."""
    try:
        text = (folder / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", text, re.MULTILINE)
    return found[1] if found else ""


def _why_not(item: Present) -> str:
    if is_shared(item.kind):
        return "it is the whole machine's"
    alongs = [why for trait, why in COME_ALONG.items() if trait in item.traits]
    if alongs:
        return alongs[0]
    if item.flaw:
        return f"it is broken: {item.flaw}"
    if not item.version:
        return "its version is not known"
    return next(_strange_origins(item), "")


def _strange_origins(item: Present) -> Iterator[str]:
    """Why something that was not installed from its registry cannot be declared as if it were."""
    recorded = item.recorded
    if item.kind in PYTHON_KINDS:
        asked = parse_requirement(recorded)
        if asked and asked.source and source_trouble(asked.source):
            yield source_trouble(asked.source)
    elif item.kind == "cargo" and recorded.startswith(("registry+", "sparse+")):
        yield "it comes from a registry of its own"
    elif item.kind == "cargo" and recorded.startswith(("git+", "path+")):
        yield "it was built from a repository or a folder; declare it with its source"
    elif recorded.startswith(("link:", "file:")) or (item.kind == "npm" and Path(item.where).is_symlink()):
        yield "it is a link to a folder; declare it with its source"


def _entry(item: Present, python: str) -> Entry:
    asked = parse_requirement(item.recorded) if item.kind in PYTHON_KINDS and item.recorded else None
    source = asked.source if asked else ""
    made_with = environment_python(Path(item.where)) if item.kind in PYTHON_KINDS and item.where else ""
    return Entry(
        kind=item.kind,
        name=item.name,
        request="*" if source or item.kind in ROLLING else _request(item, asked.request if asked else ""),
        version=item.version,
        extras=item.extras,
        python=made_with if made_with != python else "",
        source=source,
    )


def _request(item: Present, asked: str) -> str:
    """The request that the receipt tells and that what is there accepts; else the version that is there."""
    rules = ecosystem(item.kind)
    if rules not in ("pypi", "npm", "cargo") or "pinned" in item.traits:
        return item.version
    request = asked or (request_of(item.recorded) if rules == "pypi" else item.recorded.removeprefix("="))
    is_request = request not in versions.ANY and not versions.problem(rules, request)
    return request if is_request and versions.accepts(rules, request, item.version) else item.version
