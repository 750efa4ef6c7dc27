"""`uv tool list`, best with --show-version-specifiers and --show-with: a line for each tool, its commands below it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import Entry, Malformed, Reading, Remark, joined, parse_requirement, pypi_request, request_of

FILES = ("uv-tools.txt", "uv_tools.txt", "uv-tool-list.txt")
KINDS = ()
_TOOL = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*) v(?P<version>\d\S*)(?P<rest>( \[[^\]]*\])*)( \(.*\))?")
_COMMAND = re.compile(r"- \S+( \(.*\))?")
_NOISE = re.compile(r"(warning|hint):? .*|No tools installed")


def looks_like(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    return any(map(_TOOL.fullmatch, lines)) and all(_is_known(line) for line in lines)


def read(text: str) -> Reading:
    lines = [(place, line.rstrip()) for place, line in enumerate(text.splitlines(), 1) if line.strip()]
    strange = next(((place, line) for place, line in lines if not _is_known(line)), None)
    if strange:
        raise Malformed(f"{strange[1][:60]!r} is no line of `uv tool list`", strange[0])
    found = ((place, _TOOL.fullmatch(line)) for place, line in lines)
    return joined(_read(tool, place) for place, tool in found if tool)


def _is_known(line: str) -> bool:
    return bool(_TOOL.fullmatch(line) or _COMMAND.fullmatch(line) or _NOISE.fullmatch(line))


def _read(tool: re.Match[str], place: int) -> Reading:
    said = dict(re.findall(r"\[(\w+): ([^\]]*)\]", tool["rest"]))
    python = re.search(r"\[(?:CPython )?(3\.\d+)[^\]]*\]", tool["rest"])
    version = tool["version"]
    entry = Entry(
        kind="uv",
        name=tool["name"],
        request=pypi_request(request_of(said.get("required", "")), version),
        version=version,
        extras=tuple(_with(said.get("with", ""))),
        python=python[1] if python else "",
        line=place,
    )
    lost = f"its extras [{said['extras']}] cannot be declared" if said.get("extras") else ""
    return Reading(
        tools=(entry,), left_out=(Remark(what=entry.id, why=lost, line=place, is_part=True),) if lost else ()
    )


def _with(text: str) -> Iterator[str]:
    """The requirements in `click>=8, <9, colorama`: a comma stands between two of them, and inside each."""
    pieces = re.split(r",(?!\s*[<>=!~])", text)
    for piece in (re.sub(r"\s+", "", piece) for piece in pieces if piece.strip()):
        asked = parse_requirement(piece)
        if asked and not asked.source:
            yield piece
