"""Start a project of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import asked, command, say, usual_python

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

TOP_LEVEL = True

TASKS = '''"""This project's tasks: AIM's own, and yours beside them."""

from aim_lib import namespace
from aim_lib.engine import task

ns = namespace()


@task
def hello(c):
    """An example; `invoke hello` runs it."""
    print("hello from", c.cwd or ".")


ns.add_task(hello)
'''
INVOKE = "tasks:\n  executor_class: aim_lib.engine.executor.GraphExecutor\n"


@command(lenient=True, name="init", help={"from-current": "declare what is installed now"})
def init(app: App, from_current: bool = False) -> Result:
    """Write a starter aim.toml, tasks.py and invoke.yaml into this folder; nothing is overwritten."""
    from aim_lib import files, starter
    from aim_lib.model import Record, Result, Status

    config = _from_current(app) if from_current else starter.from_default()
    records = []
    for name, text in {"aim.toml": config, "tasks.py": TASKS, "invoke.yaml": INVOKE}.items():
        path = app.host.cwd / name
        if path.exists():
            records.append(Record(id=name, status=Status.SKIPPED, title=name, detail="exists, left as it is"))
            continue
        if not asked().dry_run:
            files.write_text(path, text)
        detail = "would be written" if asked().dry_run else "written"
        records.append(Record(id=name, status=Status.CHANGED, title=name, detail=detail, where=str(path)))
    return Result(records=tuple(records), closing=("next: edit aim.toml, then: aim plan",))


def _from_current(app: App) -> str:
    """What is installed, as an aim.toml; what is left out is said on stderr."""
    from aim_lib import entries, starter

    found = entries.installed(app.take_inventory().present.values(), usual_python())
    for remark in found.left_out:
        say(str(remark))
    return starter.from_entries(found.tools)
