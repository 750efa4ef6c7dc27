"""What the commands about AI tools share: a payload from a file, rows of the status, findings, outcomes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aim_lib.ai_tools import Tool
    from aim_lib.app import App
    from aim_lib.asking import Outcome
    from aim_lib.desk import Desk
    from aim_lib.model import Record, Result, Table

LIMIT = 64 << 20  # bytes of a payload that are read at most; the policy's own limit is far below


@dataclass(frozen=True, slots=True)
class Row:
    """One tool as the status shows it."""

    tool: Tool
    where: str
    version: str
    pinned: str
    is_declared: bool

    def document(self, keys: Mapping[str, str]) -> dict[str, Any]:
        """As JSON; `keys` says where each secret lies, by variable."""
        own = self.tool.secrets
        return {
            "tool": self.tool.id,
            "name": self.tool.title,
            "path": self.where,
            "version": self.version,
            "pinned": self.pinned,
            "capabilities": list(self.tool.capabilities),
            "adapter": self.tool.adapter,
            "secrets": list(own),
            "missing_secrets": [] if any(name in keys for name in own) else list(own),
            "config_paths": list(self.tool.config_paths),
            "log_paths": list(self.tool.log_paths),
            "cache_paths": list(self.tool.cache_paths),
        }


def standings(desk: Desk) -> list[Row]:
    """Every tool that counts, by id, those with a version that only they know asked side by side."""
    from aim_lib.desk import versioned
    from aim_lib.together import ask_together

    tools = list(desk.tools.by_id.values())
    versions = ask_together([lambda tool=tool: versioned(desk, tool) for tool in tools])  # type: ignore[misc]
    wanted = {item.id: item.version or item.request for item in desk.app.wanted()}
    told = desk.app.settings.config.ai.tools
    return [
        Row(
            tool=tool,
            where=found.where,
            version=found.version,
            pinned=tool.pinned or next((wanted[source] for source in tool.sources if source in wanted), ""),
            is_declared=any(tool.is_called(word) for word in told),
        )
        for tool, found in zip(tools, versions, strict=True)
    ]


def keys_of(app: App, rows: Iterable[Row]) -> Mapping[str, str]:
    """Where the secrets of those tools lie, by variable, with no value read; what cannot be asked has none."""
    from aim_lib import credentials

    from ._vault import aliases, chain

    names = {name for row in rows for name in row.tool.secrets}
    return credentials.locate(sorted(names), aliases(app), chain(app)).where if names else {}


def status_table(rows: Iterable[Row], keys: Mapping[str, str]) -> Table:
    from aim_lib.model import Table

    lines = []
    for row in rows:
        there = [name for name in row.tool.secrets if name in keys]
        secrets = ", ".join(there) or (f"none of {', '.join(row.tool.secrets)}" if row.tool.secrets else "needs none")
        version = (row.version or "?") if row.where else "not here"
        lines.append((row.tool.id, version, row.pinned, ", ".join(row.tool.capabilities), secrets))
    return Table(columns=("tool", "version", "pinned", "capabilities", "secrets"), rows=tuple(lines))


def payload_from(app: App, name: str) -> dict[str, Any]:
    """The JSON object in a file, or on stdin for `-`; {} for "". Raises BadConfig."""
    import msgspec

    from aim_lib.errors import BadConfig

    if not name:
        return {}
    try:
        if name == "-":
            text = sys.stdin.buffer.read(LIMIT)
        else:
            with (app.host.cwd / Path(name).expanduser()).open("rb") as file:
                text = file.read(LIMIT)
        found = msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"))
    except OSError as error:
        raise BadConfig(f"{name} cannot be read: {error.strerror}", remedy="name a file with a JSON object") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{name} is not JSON: {error}", remedy='write it like {"prompt": "…"}') from error
    if not isinstance(found, dict):
        raise BadConfig(f"{name} is no JSON object", remedy='write it like {"prompt": "…"}')
    return found


def outcome_result(outcome: Outcome) -> Result:
    """What the tool said on success; else every try with its reason."""
    from aim_lib.model import Record, Result, Status

    records = [
        Record(
            id=f"ai:{each.tool}",
            status=Status.OK if each.success else Status.FAILED,
            title=each.tool,
            detail="did it" if each.success else f"{each.failure}: {each.message}",
            seconds=each.seconds,
        )
        for each in outcome.attempts
    ]
    text = f"{outcome.message}\n" if outcome.success and outcome.message else ""
    closing = () if outcome.success or outcome.attempts else (outcome.message,)
    shown = tuple(records) if len(records) > 1 or not outcome.success else ()
    return Result(exit_code=outcome.exit_code, records=shown, text=text, body=outcome.body(), closing=closing)


def findings(desk: Desk) -> tuple[Record, ...]:
    """What is wrong with the registry and [ai], then what is merely not here."""
    return (*_wrong_tools(desk), *_wrong_capabilities(desk), *_not_here(desk))


def _wrong_tools(desk: Desk) -> Iterator[Record]:
    import re

    from aim_lib.calling import load_adapter
    from aim_lib.errors import BadConfig

    for tool in desk.tools.by_id.values():
        where = f"ai.tools.{tool.id}"
        try:
            load_adapter(tool.adapter)
        except BadConfig as error:
            yield _record(where, error.message, error.remedy)
        if not tool.command and tool.is_enabled:
            yield _record(where, "nothing says how to run it", f'set command = ["{tool.id}", "{{prompt}}"]')
        if tool.prompt == "file" and not any("{prompt_file}" in word for word in tool.command):
            yield _record(where, "its prompt goes by a file that its command line does not name", "use {prompt_file}")
        try:
            re.compile(tool.version_pattern)
        except re.error as error:
            yield _record(where, f"its version_pattern is no regular expression: {error}", "correct it")


def _wrong_capabilities(desk: Desk) -> Iterator[Record]:
    from aim_lib.mistakes import did_you_mean

    for name, rule in desk.rules.capabilities.items():
        where, seen = f"ai.capabilities.{name}", set[str]()
        for word in filter(None, (rule.primary, *rule.fallback)):
            tool = desk.tools.named(word)
            if tool is None:
                yield _record(where, f"no tool of the name {word} is known{did_you_mean(word, desk.tools.by_id)}", "")
            elif tool.id in seen:
                yield _record(where, f"{word} is asked twice: a circle", "name each tool once")
            elif name not in tool.capabilities:
                yield _record(where, f"{word} does not have it", f'add "{name}" to ai.tools.{tool.id}.capabilities')
            seen |= {tool.id} if tool else set()


def _not_here(desk: Desk) -> Iterator[Record]:
    from aim_lib.model import Record, Status

    for name, rule in desk.rules.capabilities.items():
        for word in filter(None, (rule.primary, *rule.fallback)):
            tool = desk.tools.named(word)
            if tool is not None and not desk.found[tool.id].where:
                source = next(iter(tool.sources), "").partition(":")[2]
                yield Record(
                    id=f"ai.capabilities.{name}",
                    status=Status.WARNED,
                    title=f"ai.capabilities.{name}",
                    detail=f"{tool.id} is not on this machine",
                    remedy=f"aim install {source}" if source else "",
                )


def _record(where: str, detail: str, remedy: str) -> Record:
    from aim_lib.model import Record, Status

    return Record(id=where, status=Status.FAILED, title=where, detail=detail, remedy=remedy or "correct aim.toml")
