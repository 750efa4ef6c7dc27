"""What stays and watches: its clocks, its end, its job, and what it tells."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ._app import say, say_always
from ._arranging import arrange, place
from ._noticing import tell

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result
    from aim_lib.watcher import Seen, Times


def times_of(app: App) -> Times:
    from aim_lib.watcher import Times

    return Times(lambda: int(app.clock().timestamp() * 1_000_000_000), time.monotonic, time.process_time)


def follow(seen: Iterable[Seen], act: Callable[[Seen], None]) -> None:
    """Do `act` for whatever is seen. SIGTERM, which stops a service, is its good end; Ctrl-C is an interruption."""
    from aim_lib.signals import interrupt, is_by_keyboard, signals_handled

    try:
        with signals_handled(interrupt):
            for each in seen:
                for note in each.notes:
                    say_always(f"  ! {note}")
                act(each)
    except KeyboardInterrupt as error:
        if is_by_keyboard(error):
            raise
        say("asked to end: the watch is over")


def notify(app: App, kind: str, title: str, text: str, details: dict[str, Any], severity: str = "warning") -> None:
    """Tell through every channel of [alerts]; a channel that fails is said."""
    from aim_lib.notices import Notice

    notice = Notice(
        kind=kind,
        timestamp=app.audit.stamp(),
        title=app.redactor.text(f"AIM on {app.host.name or 'this machine'}: {title}"),
        text=app.redactor.text(text),
        host=app.host.name,
        severity=severity,
        details=details,
    )
    for record in tell(app, notice):
        if record.remedy:
            say_always(f"  ! {record.title}: {record.detail}; {record.remedy}")


def install(app: App, name: str, about: str, words: tuple[str, ...]) -> Result:
    """Have `aim WORDS` run as a service of the user, from now on and after each login."""
    from aim_lib import jobs

    folder = app.settings.project.parent if app.settings.project else app.host.home
    job, choice = jobs.our_job(app.host, name, about, words, folder), app.settings.config.jobs.scheduler
    return place(
        app,
        [jobs.arranged(app.host, app.runner)],
        lambda: jobs.scheduling(job, app.host, app.runner, choice),
        f"aim {' '.join(words)}",
        "nothing to change: it is installed",
    )


def remove(app: App, name: str) -> Result:
    from aim_lib import jobs, placed

    return arrange(
        app,
        [jobs.arranged(app.host, app.runner)],
        lambda: placed.changes(jobs.unscheduling(name, app.host, app.runner), "no longer wanted"),
        "nothing to change: it is not installed",
    )
