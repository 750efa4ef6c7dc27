"""Go to another program: what is declared, as its list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import command, say, usual_python

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.manifests import Entry, Remark
    from aim_lib.model import Result

TOP_LEVEL = True
SOURCES = ("declared", "present")


@command(
    help={
        "to": "the format; without it they are listed",
        "output": "write it to this file instead of stdout",
        "from": "declared (in aim.toml, at the versions of aim.lock) or present (what is installed)",
        "all": "optional tools too",
    }
)
def export(app: App, to: str = "", output: str = "", from_: str = "declared", all: bool = False) -> Result:
    """Write what is declared as the list of another program; what that cannot say is told on stderr."""
    from aim_lib import manifest
    from aim_lib.errors import BadConfig
    from aim_lib.model import Result

    if not to:
        raise BadConfig("export needs to know the format", remedy=f"--to one of: {', '.join(manifest.targets())}")
    kind = manifest.known(to, manifest.targets(), "--to")
    tools, left = _tools(app, manifest.known(from_, SOURCES, "--from"), all)
    written = manifest.write(kind, tools, app.host.system)
    left_out = (*left, *written.left_out)
    for remark in left_out:
        say(str(remark))
    remarks = [{"what": each.what, "why": each.why, "is_part": each.is_part} for each in left_out]
    body: dict[str, object] = {"format": kind, "text": written.text, "left_out": remarks}
    return _saved(app, output, written.text, body) if output else Result(text=written.text, body=body)


def _tools(app: App, source: str, with_optional: bool) -> tuple[tuple[Entry, ...], tuple[Remark, ...]]:
    """The tools to write, and why others are not among them."""
    from aim_lib import entries
    from aim_lib.manifests import Remark

    if source == "present":
        found = entries.installed(app.take_inventory().present.values(), usual_python())
        return found.tools, found.left_out
    declared = entries.declared(app.settings, _locked(app))
    skipped = [entry for entry in declared if entry.optional and not with_optional]
    left = tuple(Remark(what=entry.id, why="optional; --all writes it too") for entry in skipped)
    return tuple(entry for entry in declared if entry not in skipped), left


def _locked(app: App) -> dict[str, str]:
    """The exact version of every declared tool that has one, by id, for whatever system it is declared."""
    from aim_lib import app as wiring
    from aim_lib import plan
    from aim_lib.manifests import PLATFORMS
    from aim_lib.wanted import wanted_tools

    wanted = [item for system in PLATFORMS for item in wanted_tools(app.settings, system)]
    exact = plan.with_locked_versions(wanted, app.locked(wanted), wiring.ecosystems())
    return {item.id: item.version for item in exact}


def _saved(app: App, output: str, text: str, body: dict[str, object]) -> Result:
    from pathlib import Path

    from aim_lib import files
    from aim_lib.model import Record, Result, Status

    from ._app import asked

    path = app.host.cwd / Path(output).expanduser()
    if not asked().dry_run:
        files.write_text(path, text)
    detail = "would be written" if asked().dry_run else "written"
    record = Record(id="export", status=Status.CHANGED, title=output, detail=detail, where=str(path))
    return Result(records=(record,), body=body)
