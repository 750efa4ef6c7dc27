"""What the group `health` says beside its screen: a report in a file, an explanation of a code."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from . import version
from ._app import asked, said_by

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.findings import Finding
    from aim_lib.model import Result

WIDTH = 80
JSON = "json"
FORMATS = {".json": JSON, ".html": "html", ".htm": "html", ".md": "markdown", ".xml": "junit", ".txt": "terminal"}
PAGES = ("html", "markdown")  # they also show the tools, the last run and the log's activity


def reported(app: App, result: Result, output: str) -> Result:
    """The report as JSON on stdout, or in the file `output`, in the format that is asked for or that its name tells."""
    import msgspec

    if not output:
        is_plain = asked().format == "terminal"
        text = _rendered(app, result, JSON) if is_plain else ""
        return msgspec.structs.replace(
            result, records=() if is_plain else result.records, groups=(), closing=(), text=text
        )
    from pathlib import Path

    from aim_lib.files import write_text
    from aim_lib.model import Record, Status

    path = app.host.cwd / Path(output).expanduser()
    name = _format(path.suffix.lower())
    text = _rendered(app, _with_more(app, result) if name in PAGES else result, name)
    if not asked().dry_run:
        write_text(path, text)
    written = Record(
        id="report",
        status=Status.CHANGED,
        title=output,
        detail="not written in a dry run" if asked().dry_run else "written",
    )
    is_plain = asked().format == "terminal"
    return msgspec.structs.replace(result, records=(written,) if is_plain else result.records, groups=())


def explained(found: Finding) -> Result:
    from aim_lib.curing import can_heal
    from aim_lib.model import Result

    lines = [*textwrap.wrap(found.rest, WIDTH, break_long_words=False, break_on_hyphens=False)]
    healing = ("heal: aim health --fix",) if can_heal(found.code) else ()
    only = () if " " in found.check else (f"look again: aim health --only {found.check}",)
    return Result(
        title=f"{found.code}  {found.title}",
        text="\n".join(lines),
        closing=(*only, *healing),
        body={"code": found.code, "check": found.check, "title": found.title, "text": found.text},
    )


def _format(suffix: str) -> str:
    """What it is written as: what `--format` says, else what the file's name tells, else JSON."""
    return FORMATS.get(suffix, JSON) if asked().format == "terminal" else asked().format


def _with_more(app: App, result: Result) -> Result:
    """`result` with what a page shows beside it, as far as it is known on disk."""
    import msgspec

    from aim_lib import overview

    tools = {} if app.settings.problems else {"tools": said_by(version.check, app).body["tools"]}
    return msgspec.structs.replace(result, body={**result.body, **tools, **overview.parts(app, result.records)})


def _rendered(app: App, result: Result, name: str) -> str:
    import msgspec

    from aim_lib import catalog
    from aim_lib.engine.run import current_run
    from aim_lib.reports import Look, member_of

    run = current_run()
    report = catalog.load("aim_lib.reports", member_of(name))
    whole = msgspec.structs.replace(result, command=run.current or "health.report")
    text: str = report.render(whole, Look(timestamp=app.audit.stamp()))
    return run.redact(text)
