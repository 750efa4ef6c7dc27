"""From nothing to a working, pinned, verified set of tools."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from aim_lib.quantities import counted

from ._app import asked, chain_option, command, config_key

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

TOP_LEVEL = True


@command(resume_key=config_key)
def prepare(app: App) -> Result:
    """Is this machine ready: configuration, folders, and what the package managers need."""
    from aim_lib.model import Record, Result, Status

    found = app.take_inventory()
    records = [Record(id="config", status=Status.OK, title="configuration", detail=", ".join(app.config_files()))]
    for kind in sorted({item.kind for item in app.declared(found) if not item.optional}):
        resource = found.resources[kind]
        needed = resource.prerequisite()
        ready = needed is None or needed.id in found.present
        detail = resource.unsuitable or f"commands go to {resource.bin_folders[0]}"
        if not ready and needed:
            detail += f"; {needed.name} {needed.version} will be provided"
        status = Status.SKIPPED if resource.unsuitable else Status.OK
        records.append(Record(id=f"manager:{kind}", status=status, title=kind, detail=detail))
    return Result(records=tuple(records))


@command(
    aliases=("setup",),
    ordered=True,
    help={
        "all": "optional tools too",
        "tools": "no secrets: the same as --tools-only",
        "tools-only": "everything but the secrets",
        "secrets-only": "nothing but the secrets",
        "sync": "also remove what we installed and nobody declares any more",
    },
)
def bootstrap(
    app: App,
    all: bool = False,
    tools: bool = False,
    tools_only: bool = False,
    secrets_only: bool = False,
    sync: bool = False,
) -> Result:
    """Set everything up: prepare, secrets, install, pin, verify; a second run changes nothing."""
    from aim_lib.engine.run import current_run
    from aim_lib.model import Result, Status

    run = current_run()
    said = [record for result in run.results for record in result.records]
    beside = ("lock:", "hold:")  # what pin says is of no tool's version
    changed = [record for record in said if record.status is Status.CHANGED and not record.id.startswith(beside)]
    plans = [result.body["changes"] for result in run.results if "changes" in result.body]
    seconds = time.monotonic() - run.began
    if chain_option("secrets_only"):
        return Result(closing=("done: the secrets alone were looked at",))
    if asked().dry_run:
        count = len(plans[0]) if plans else 0
        closing = [f"dry run: {count} changes planned, nothing touched"]
    elif changed:
        closing = [f"done: {counted(len(changed), 'tool')} changed in {seconds:.0f} s, pinned and verified"]
    else:
        closing = [f"done: nothing to change, everything verified, in {seconds:.1f} s"]
    closing += [] if asked().dry_run else _next_steps(app)
    return Result(closing=tuple(closing), body={"changes": plans[0] if plans else []})


def _next_steps(app: App) -> list[str]:
    """What to type so that `aim`, `invoke` and the tools are at hand."""
    from aim_lib.shells import path_line, start_file
    from aim_lib.verify import path_records

    folders = app.bin_folders()
    steps = []
    own = Path(app.host.python).parent
    if app.host.which("aim") is None:
        steps.append(f"next: have aim and invoke at hand with: {path_line(app.host, [own])}")
    if path_records(app.host, folders):
        file = start_file(app.host)
        steps.append(f"next: put the tools on PATH{f' (in {file})' if file else ''}: {path_line(app.host, folders)}")
    own_file = "" if app.settings.project else "; aim init starts an aim.toml of your own"
    steps.append(f"next: aim status shows how things stand{own_file}")
    return steps
