"""`aim status` of a used home: twenty tools, a log of 100,000 events, a last run; beside `invoke -l`."""

from __future__ import annotations

import json
from pathlib import Path

from aim_lib.engine.places import places_of
from aim_lib.host import iso, utc_now
from tests.fakes import host

from . import event_logs
from .bench import BIN, ROOT, Bench, Budget, Program, clean_env, furnished

EVENTS = 100_000


def status(bench: Bench, scratch: Path) -> None:
    """One screen in 0.3 s beyond a start: what is kept is read, nothing is asked."""
    home = furnished(scratch)
    state = home / ".local/state/aim"
    event_logs.make(state / "log", EVENTS, utc_now())
    tasks = [{"name": f"t{number}", "state": "ok", "started": iso(utc_now()), "seconds": 1.0} for number in range(100)]
    run = {
        "command": "build",
        "timestamp": iso(utc_now()),
        "result": "succeeded",
        "tasks": tasks,
        "totals": {"tasks": 100},
    }
    own = places_of(home / "project", host(home=home)).folder.name
    (state / "runs" / own).mkdir(parents=True)
    (state / "runs" / own / "last-run.json").write_text(json.dumps(run))
    env = clean_env(home)
    bench.measure(
        {
            "invoke -l": Program(((str(BIN / "invoke"), "-l"),), env, ROOT),
            "status": Program(((str(BIN / "aim"), "status"),), env, home / "project"),
        }
    )
    bench.judge(Budget("status, 20 tools, 100,000 events", "status", "invoke -l", "<= invoke -l + 300 ms", 1.0, 300.0))
