"""The summary of a step in GitHub Actions, written at the end of a run that speaks to GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aim_lib.engine.run import Run
    from aim_lib.host import Host
    from aim_lib.model import Result
    from aim_lib.reports import Look


def add_summary(host: Host, whole: Result, look: Look, run: Run) -> None:
    """Write the Result as Markdown; where that cannot be, a warning says so and the run goes on."""
    import msgspec

    from aim_lib import step_summary
    from aim_lib.reports import markdown

    from ._app import say_always

    # A file has no terminal's limits.
    text = markdown.render(whole, msgspec.structs.replace(look, has_unicode=True))
    trouble = step_summary.add(host, run.redact(text))
    if trouble:
        say_always(f"  ! {trouble}")
