"""Health: is this environment fit to work in?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._app import asked, command

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.checks import Facts
    from aim_lib.model import Result


@command(
    default=True,
    lenient=True,
    iterable=["only"],
    help={"strict": "degraded exits 1 too", "only": "the id of a check; repeat for more"},
)
def check(app: App, strict: bool = False, only: Iterable[str] | None = None) -> Result:
    """Run every check: healthy and degraded exit 0, unhealthy 1."""
    from aim_lib import health, last_health
    from aim_lib.model import Result

    names = tuple(only or ())
    _check_names(names)
    records = health.check_all(_facts(app), app.runner, names)
    overall, counts = health.overall(records), health.summary(records)
    failed = overall == "unhealthy" or (strict and overall == "degraded")
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
    body = {"overall_status": overall, "summary": counts, "checks": checks}
    counted = ", ".join(f"{count} {word}" for word, count in counts.items())
    if not names and not asked().dry_run:
        last_health.keep(app.host.folders.state, body, stamp)
    return Result(
        exit_code=1 if failed else 0,
        records=records,
        closing=(f"{overall}: {counted}",),
        body=body,
    )


def _check_names(only: tuple[str, ...]) -> None:
    from aim_lib import catalog
    from aim_lib.errors import BadConfig
    from aim_lib.mistakes import did_you_mean

    known = catalog.members("aim_lib.checks")
    for name in only:
        if name not in known:
            raise BadConfig(f"--only {name}: there is no such check{did_you_mean(name, known)}", remedy="aim health")


def _facts(app: App) -> Facts:
    import sys

    from aim_lib import catalog, drift, plugins
    from aim_lib.checks import Facts

    config = app.settings.config.health
    folders = app.host.folders
    found = app.standings()
    off = [(each.tool, each.why or each.status) for each in found if each.status in (drift.DRIFT, drift.MISSING)]
    return Facts(
        host=app.host,
        python_version=(sys.version_info.major, sys.version_info.minor, sys.version_info.micro),
        min_python=config.min_python,
        required_commands=tuple(config.required_commands),
        optional_commands=tuple(config.optional_commands),
        config_files=app.config_files(),
        config_problems=app.settings.problems,
        folders=(folders.config, folders.state, folders.data, folders.logs, folders.cache),
        bin_folders=app.bin_folders(),
        off_tools=tuple(off),
        tool_count=sum(each.status == drift.OK for each in found),
        timeout_s=config.check_timeout_s,
        secret_warn_days=app.settings.config.secrets.warn_days,
        plugins=tuple(map(str, plugins.installed())),
        plugin_problems=catalog.refused_anywhere(),
    )
