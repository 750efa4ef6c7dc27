"""A look at the machine's health as a Result: which checks, what they found, how that is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ._app import asked

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Record, Result
    from aim_lib.profiles import Choice

# What stands together on a screen; a check that is not here comes last, below "Plugins".
GROUPS = {
    "This machine": (
        *("python", "required_commands", "optional_commands", "ai_tools", "paths", "path_order", "disk", "clock"),
        "network",
    ),
    "Tools": ("drift", "duplicates", "links", "caches"),
    "Secrets": ("secrets_vault", "permissions"),
    "AIM": ("config", "plugins", "audit_chain", "locks", "jobs", "release"),
}
OTHERS = "Plugins"


def chosen(
    app: App,
    *,
    profile: str = "",
    only: Iterable[str] | None = None,
    skip: Iterable[str] | None = None,
    strict: bool = False,
) -> Choice:
    """Which checks to run, by the words of a command line. Raises BadConfig."""
    from aim_lib import examination
    from aim_lib.profiles import Asked

    asked = Asked(profile=profile, only=tuple(only or ()), skip=tuple(skip or ()), is_strict=strict)
    return examination.choice(app, asked)


def look(app: App, choice: Choice) -> Result:
    """Run the chosen checks; healthy and degraded exit 0, unhealthy 1, when strict what is degraded 1 too."""
    from aim_lib import examination, last_health

    found = as_result(app, choice, examination.examine(app, choice))
    if _is_whole(app, choice) and not asked().dry_run:
        last_health.keep(app.host.folders.state, redacted(app, found.body), app.audit.stamp())
    return found


def redacted(app: App, body: Mapping[str, Any]) -> dict[str, Any]:
    """`body` as it may lie on disk: no known secret in it."""
    import msgspec

    text = app.redactor.text(msgspec.json.encode(body).decode())
    return msgspec.json.decode(text, type=dict[str, Any])


def _is_whole(app: App, choice: Choice) -> bool:
    """Whether nothing is left out but what aim.toml says: only then the next `status` may call it the health."""
    from aim_lib import catalog, health

    left_out = set(catalog.members(health.PACKAGE)) - set(choice.checks)
    return not choice.profile and left_out <= set(app.settings.config.health.skip)


def as_result(app: App, choice: Choice, records: tuple[Record, ...]) -> Result:
    from aim_lib import health
    from aim_lib.model import Result

    overall, counts = health.overall(records), health.summary(records)
    failed = overall == "unhealthy" or (choice.is_strict and overall == "degraded")
    stamp = app.audit.stamp()
    checks = [
        {
            "name": record.id,
            "status": health.WORDS[record.status],
            "message": record.detail,
            "details": record.facts,
            "remedy": record.remedy,
            "timestamp": stamp,
        }
        for record in records
    ]
    return Result(
        exit_code=1 if failed else 0,
        records=records,
        closing=_closing(choice, records, overall, counts),
        body={"overall_status": overall, "summary": counts, "checks": checks},
        groups=grouped(records),
    )


def grouped(records: Iterable[Record]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Headings and the ids below each, as far as there are such records."""
    there = [record.id for record in records]
    known = {name for names in GROUPS.values() for name in names}
    groups = {**GROUPS, OTHERS: tuple(name for name in there if name not in known)}
    found = ((heading, tuple(name for name in names if name in there)) for heading, names in groups.items())
    return tuple((heading, names) for heading, names in found if names)


def _closing(choice: Choice, records: tuple[Record, ...], overall: str, counts: dict[str, int]) -> tuple[str, ...]:
    """The verdict, and what else one may want to know; the first line is also what the event log says."""
    from aim_lib import curing
    from aim_lib.findings import codes_of
    from aim_lib.model import Status

    strictly = " (which fails here: strict)" if choice.is_strict and overall == "degraded" else ""
    lines = [f"{overall}: {', '.join(f'{count} {word}' for word, count in counts.items())}{strictly}"]
    if choice.profile:
        lines.append(f"profile: {choice.profile}")
    if choice.left_out:
        lines.append(f"left out: {', '.join(choice.left_out)}")
    codes = tuple(codes_of(sorted(records, key=lambda record: record.status is not Status.FAILED)))
    if codes:
        lines.append(f"explain: aim health explain {codes[0]}")
    if any(curing.can_heal(code) for code in codes):
        lines.append("heal: aim health --fix")
    return tuple(lines)
