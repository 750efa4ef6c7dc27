"""The gate of a pipeline: other commands as one verdict, by exit code and files. It never asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import config, health, secrets, version
from ._app import asked, command, current_run, said_by, say_always

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Record, Result
    from aim_lib.reports import Look

TOP_LEVEL = True
GATES = ("config", "health", "drift", "secrets")


@command(
    lenient=True,
    help={
        "output": "the folder for junit.xml, report.json and summary.md",
        "html": "a page for people too: report.html",
        "strict": "a warning fails the gate too",
    },
)
def ci(app: App, output: str = "aim-report", html: bool = False, strict: bool = False) -> Result:
    """Configuration, health, drift and required secrets: exit 0, or 5 when one of them does not hold."""
    from dataclasses import replace

    from aim_lib import gate

    folder = gate.report_folder(output, app.host)
    result = _judged(replace(app, host=replace(app.host, is_interactive=False)), strict)
    look = _look(app)
    if not asked().dry_run:
        _write(app, folder, result, look, with_page=html)
    _tell_github(app, result, look)
    return result


def _judged(app: App, strict: bool) -> Result:
    from aim_lib import gate
    from aim_lib.model import Result

    body: dict[str, Any] = {"gates": {}}
    records: list[Record] = []
    for name in GATES:
        found, told = _held(name, app)
        records += found
        body |= told
        body["gates"][name] = gate.verdict(found)
    bad = ("fail", "warn") if strict else ("fail",)
    failed = [name for name in GATES if body["gates"][name] in bad]
    said = ", ".join(f"{name} {word}" for name, word in body["gates"].items())
    closing = f"the gate does not hold: {said}" if failed else f"the gate holds: {said}"
    return Result(
        command="ci",
        title="Gate",
        records=tuple(records),
        body=body,
        exit_code=gate.NOT_HELD if failed else 0,
        closing=(closing,),
    )


def _held(name: str, app: App) -> tuple[tuple[Record, ...], dict[str, Any]]:
    """The records of one gate and what it has for the document; without a configuration the last two mean nothing."""
    from aim_lib import gate
    from aim_lib.errors import AimError
    from aim_lib.model import Record, Status

    if app.settings.problems and name in ("drift", "secrets"):
        detail = "not judged while the configuration has mistakes"
        return (Record(id=name, status=Status.SKIPPED, title=name, detail=detail),), {}
    judge: Callable[[App], tuple[tuple[Record, ...], dict[str, Any]]] = {
        "config": _config,
        "health": _health,
        "drift": _drift,
        "secrets": _secrets,
    }[name]
    try:
        return judge(app)
    except AimError as error:
        return gate.of_error(name, error, app.host.cwd), {}


def _config(app: App) -> tuple[tuple[Record, ...], dict[str, Any]]:
    from aim_lib import gate

    result = said_by(config.validate, app)
    return gate.of_gate("config", result), {"config_files": result.body["files"]}


def _health(app: App) -> tuple[tuple[Record, ...], dict[str, Any]]:
    from aim_lib import gate

    result = said_by(health.check, app)
    return gate.of_gate("health", result), dict(result.body)


def _drift(app: App) -> tuple[tuple[Record, ...], dict[str, Any]]:
    from aim_lib import gate

    tools = said_by(version.check, app).body["tools"]
    return gate.of_drift(tools), {"tools": tools}


def _secrets(app: App) -> tuple[tuple[Record, ...], dict[str, Any]]:
    from aim_lib import gate
    from aim_lib.model import Record, Status

    result = said_by(secrets.status, app)
    asked_for = set(app.settings.config.secrets.required)
    counted = [each for each in result.records if each.title in asked_for or each.status is Status.WARNED]
    none = (Record(id="secrets", status=Status.OK, title="secrets", detail="none are required"),)
    import msgspec

    found = msgspec.structs.replace(result, records=tuple(counted))
    return gate.of_gate("secrets", found) if counted else none, dict(result.body)


def _look(app: App) -> Look:
    from aim_lib.reports import Look

    return Look(timestamp=app.audit.stamp())


def _write(app: App, folder: Path, result: Result, look: Look, *, with_page: bool) -> None:
    from aim_lib import gate, overview

    more = overview.parts(app, _health_records(result)) if with_page else {}
    files = dict(_redacted(gate.pages(result, more, look, with_page=with_page)))
    gate.write(folder, files.items())
    shown = folder.relative_to(app.host.cwd) if folder.is_relative_to(app.host.cwd) else folder
    if asked().format == "terminal" and not asked().quiet:
        say_always(f"  written to {shown}: {', '.join(files)}")


def _redacted(files: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    redact = current_run().redact
    return ((name, redact(text)) for name, text in files)


def _health_records(result: Result) -> Iterator[Record]:
    """The checks' records under their own names."""
    import msgspec

    own = (record for record in result.records if record.id.startswith("health:"))
    return (msgspec.structs.replace(record, id=record.id.removeprefix("health:")) for record in own)


def _tell_github(app: App, result: Result, look: Look) -> None:
    """Annotations and the step's summary where GitHub runs us; `--format github` has said them by itself."""
    if app.host.get("GITHUB_ACTIONS") != "true" or asked().format == "github":
        return
    from aim_lib.reports import github

    from ._stepping import add_summary

    for line in github.only_annotations(result.records):
        say_always(line)
    if not asked().dry_run:
        add_summary(app.host, result, look, current_run())
