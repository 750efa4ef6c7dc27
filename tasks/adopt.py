"""Come from another program: declare what its list says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aim_lib.quantities import counted

from ._app import asked, command, usual_python

if TYPE_CHECKING:
    from aim_lib.adoption import Standing
    from aim_lib.app import App
    from aim_lib.manifests import Entry, Remark
    from aim_lib.model import Record, Result

TOP_LEVEL = True


@command(help={"file": "the list, or - for stdin", "from": "its format, where it cannot be told from the file"})
def adopt(app: App, file: str, from_: str = "") -> Result:
    """Declare what a list of another program says: `pipx list --json`, a Brewfile, mise.toml, `winget export` …"""
    from aim_lib import adoption, entries, manifest
    from aim_lib.model import Result

    text = manifest.decode(_data(app, file), file)
    kind = manifest.detect(file, text, from_)
    found = manifest.read(kind, text, file)
    declared = entries.declared(app.settings, {}, with_default=False)
    standings = adoption.compare(found.tools, declared, app.take_inventory().present, usual_python())
    target = _target(app)
    added = adoption.new(standings)
    _declare(app, target, added)
    return Result(
        records=(*map(_record, standings), *map(_left_out, found.left_out)),
        table=_table(standings) if standings else None,
        body=_body(standings, found.left_out, kind, target),
        closing=(*_explained(standings, found.left_out), *_closing(added, target)),
    )


def _data(app: App, file: str) -> bytes:
    """The bytes of the list, no more than are looked at. Raises BadConfig."""
    from aim_lib.errors import BadConfig
    from aim_lib.manifest import LIMIT_BYTES

    if file == "-":
        return sys.stdin.buffer.read(LIMIT_BYTES + 1)
    path = app.host.cwd / Path(file).expanduser()
    try:
        with path.open("rb") as stream:
            return stream.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise BadConfig(f"{file} cannot be read: {error.strerror}", remedy="name a list that is there") from error


def _target(app: App) -> Path:
    """The `aim.toml` to declare in. Raises BadConfig where a predecessor's file stands in its place."""
    from aim_lib.config import FILE_NAME
    from aim_lib.errors import BadConfig

    project = app.settings.project or app.host.cwd / FILE_NAME
    if project.name != FILE_NAME:
        raise BadConfig(f"there is no aim.toml, {project} stands in its place", remedy="aim config migrate --apply")
    return project


def _declare(app: App, target: Path, added: tuple[Entry, ...]) -> None:
    """Write the new declarations; nothing when there are none, or in a dry run."""
    from aim_lib import declaring, files, starter

    if not added:
        return
    if not target.exists():
        text, mode = starter.from_entries(added), 0o644
    else:
        mark, before = _parts(target.read_bytes().decode("utf-8"))
        text, mode = mark + declaring.with_tools(before, added, str(target)), target.stat().st_mode & 0o777
    if not asked().dry_run:
        files.write_text(target, text, mode)
        app.audit.write("config.adopted", f"{counted(len(added), 'tool was', 'tools were')} declared in {target}")


def _parts(text: str) -> tuple[str, str]:
    """The byte order mark of a file, or "", and the rest of it."""
    mark = "\ufeff"
    return (mark, text[1:]) if text.startswith(mark) else ("", text)


def _table(standings: tuple[Standing, ...]) -> Any:
    from aim_lib.model import Table

    rows = tuple(
        (each.entry.id, each.entry.source or each.entry.request, each.standing, each.present or "-")
        for each in standings
    )
    return Table(columns=("tool", "request", "aim.toml", "present"), rows=rows)


def _explained(standings: tuple[Standing, ...], left_out: tuple[Remark, ...]) -> tuple[str, ...]:
    """What the table does not tell; without a table the records are shown, and tell it."""
    kept = (f"kept: {each.entry.id}: {each.why}" for each in standings if each.why)
    return (*kept, *map(str, left_out)) if standings else ()


def _closing(added: tuple[Entry, ...], target: Path) -> tuple[str, ...]:
    if not added:
        return ("nothing to declare",)
    verb = "would be declared" if asked().dry_run else "declared"
    count = counted(len(added), "tool")
    return (f"{count} {verb} in {target}", "next: aim plan")


def _record(standing: Standing) -> Record:
    from aim_lib.adoption import NEW
    from aim_lib.model import Record, Status

    entry, is_new = standing.entry, standing.standing == NEW
    detail = standing.why or ("declared" if is_new and not asked().dry_run else standing.standing)
    status = Status.CHANGED if is_new else Status.WARNED if standing.why else Status.OK
    return Record(id=entry.id, status=status, title=entry.name, detail=detail)


def _left_out(remark: Remark) -> Record:
    from aim_lib.model import Record, Status

    return Record(id=f"left-out:{remark.what}", status=Status.SKIPPED, title=remark.what, detail=remark.why)


def _body(standings: tuple[Standing, ...], left_out: tuple[Remark, ...], kind: str, target: Path) -> dict[str, Any]:
    tools = [
        {
            "kind": each.entry.kind,
            "name": each.entry.name,
            "request": each.entry.request,
            "standing": each.standing,
            "declared": each.declared,
            "present": each.present,
        }
        for each in standings
    ]
    remarks = [{"what": each.what, "why": each.why, "line": each.line, "is_part": each.is_part} for each in left_out]
    return {"format": kind, "file": str(target), "tools": tools, "left_out": remarks}
