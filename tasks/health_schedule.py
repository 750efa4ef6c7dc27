"""Health by itself: a timer of the user's own that looks, keeps its report, and tells of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import command
from ._arranging import arrange, place

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

GROUP = "health"
JOB = "health"


@command(help={"every": 'how often: "30m", "60m", "2h", "1d"; else jobs.health.every'})
def schedule(app: App, every: str = "") -> Result:
    """Look at the health of this machine regularly, by the system's own scheduler; tells of changes by [alerts]."""
    from aim_lib import jobs

    told = app.settings.config.jobs
    every_s = jobs.seconds_of(every or told.health.every)
    folder = app.settings.project.parent if app.settings.project else app.host.home
    job = jobs.our_job(
        app.host, JOB, "AIM: health of this machine", ("health", "--scheduled", "--quiet"), folder, every_s=every_s
    )
    return place(
        app,
        [jobs.arranged(app.host, app.runner)],
        lambda: jobs.scheduling(job, app.host, app.runner, told.scheduler),
        f"every {every_s // 60} min",
        f"nothing to change: health is looked at every {every_s // 60} min",
    )


@command()
def unschedule(app: App) -> Result:
    """Take the scheduled look at health away again, wherever it is."""
    from aim_lib import jobs, placed

    return arrange(
        app,
        [jobs.arranged(app.host, app.runner)],
        lambda: placed.changes(jobs.unscheduling(JOB, app.host, app.runner), "no longer wanted"),
        "nothing to change: health is not scheduled",
    )
