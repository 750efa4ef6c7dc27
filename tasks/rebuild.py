"""Everything again: the tools, and what is arranged around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import asked, command

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

TOP_LEVEL = True


@command(ordered=True)
def rebuild(app: App) -> Result:
    """Bootstrap, then what stands around the tools: environment, caches, launchers; a second run changes nothing."""
    from aim_lib.engine.run import current_run
    from aim_lib.model import Result, Status

    said = current_run().results
    changed = sum(record.status is Status.CHANGED for result in said for record in result.records)
    planned = sum(len(result.body["changes"]) for result in said if "changes" in result.body and result.table)
    if asked().dry_run:
        return Result(closing=(f"dry run: {planned} changes planned, nothing touched",), body={"changed": 0})
    closing = f"done: {changed} things changed" if changed else "done: nothing to change"
    return Result(closing=(closing,), body={"changed": changed})
