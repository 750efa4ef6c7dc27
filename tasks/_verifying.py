"""Are the tools there, at their versions, and do their commands answer? As Results, for whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import asked
from ._injecting import bare_host
from ._wanted import relevant_tools

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result


def verified(app: App) -> Result:
    """Each tool: on disk at its version, its command answers, and is the one a shell would run. Changes nothing."""
    from aim_lib import app as wiring
    from aim_lib import plan as planning
    from aim_lib import verify as verifying
    from aim_lib.model import Record, Result, Status

    if asked().dry_run:
        return Result(
            records=(Record(id="verify", status=Status.SKIPPED, title="verify", detail="nothing is run in a dry run"),)
        )
    found = app.take_inventory()
    verifier = verifying.Verifier(bare_host(app), found, wiring.ecosystems(), app.runner)
    here = relevant_tools(app, found)
    off = [item for item in here if found.resources[item.kind].is_off]
    skipped = [planning.left_out(item, found.resources[item.kind]) for item in off]
    records = (*verifying.verify([item for item in here if item not in off], verifier), *skipped)
    failed = any(record.status is Status.FAILED for record in records)
    return Result(records=records, exit_code=5 if failed else 0)
