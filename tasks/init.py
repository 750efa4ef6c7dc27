"""Start a project of one's own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._app import asked, command, say, usual_python

if TYPE_CHECKING:
    from pathlib import Path

    from aim_lib.app import App
    from aim_lib.manifests import Entry
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


TRIES = 3


@command(lenient=True, name="init", help={"from-current": "declare what is installed now, without a question"})
def init(app: App, from_current: bool = False) -> Result:
    """Write a starter aim.toml, tasks.py and invoke.yaml into this folder; nothing is overwritten.

    On a terminal it asks two questions, each of which Enter skips; --yes asks none.
    """
    from aim_lib import files
    from aim_lib.model import Record, Result, Status

    names = ("aim.toml", "tasks.py", "invoke.yaml")
    absent = [name for name in names if not _is_there(app.host.cwd / name)]
    texts = {"tasks.py": TASKS, "invoke.yaml": INVOKE}
    if "aim.toml" in absent:
        texts["aim.toml"] = _config(app, from_current)
    records = []
    for name in names:
        path = app.host.cwd / name
        if name not in absent:
            records.append(Record(id=name, status=Status.SKIPPED, title=name, detail="exists, left as it is"))
            continue
        if not asked().dry_run:
            files.write_text(path, texts[name])
        detail = "would be written" if asked().dry_run else "written"
        records.append(Record(id=name, status=Status.CHANGED, title=name, detail=detail, where=str(path)))
    return Result(records=tuple(records), closing=("next: edit aim.toml, then: aim plan",))


def _is_there(path: Path) -> bool:
    """Also a link that leads nowhere: writing would go through it."""
    return path.exists() or path.is_symlink()


def _config(app: App, from_current: bool) -> str:
    """The text of aim.toml: of what is installed, of what a person has chosen, or the built-in list."""
    from aim_lib import interview, starter

    if from_current:
        return _from_current(app)
    if not _may_ask(app):
        return starter.from_default()
    found = _installed(app)
    tools = _answer(interview.tools_question(found), lambda line: interview.chosen_tools(line, found)) if found else ()
    secrets = _answer(interview.SECRETS_QUESTION, interview.chosen_secrets)
    return starter.with_secrets(starter.from_entries(tools) if tools else starter.from_default(), secrets)


def _may_ask(app: App) -> bool:
    """Only a person on a terminal, who did not say --yes, is asked; and only for what will be written."""
    is_free = app.host.is_interactive and not app.host.in_ci and not asked().yes
    return is_free and not asked().dry_run and asked().format == "terminal"


def _answer(question: str, meaning: Callable[[str], tuple[Any, ...]]) -> tuple[Any, ...]:
    """What a person answers, () for Enter alone. Raises BadConfig when no try can be understood."""
    from aim_lib.errors import BadConfig

    said = ""
    for _ in range(TRIES):
        sys.stderr.write(f"{said}{question}")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:  # Ctrl-D: no more answers
            sys.stderr.write("\n")
            return ()
        try:
            return meaning(line.strip())
        except ValueError as error:
            said = f"  {error}\n"
    raise BadConfig(said.strip(), remedy="aim init --yes asks nothing")


def _installed(app: App) -> tuple[Entry, ...]:
    from aim_lib import entries

    return entries.installed(app.take_inventory().present.values(), usual_python()).tools


def _from_current(app: App) -> str:
    """What is installed, as an aim.toml; what is left out is said on stderr."""
    from aim_lib import entries, starter

    found = entries.installed(app.take_inventory().present.values(), usual_python())
    for remark in found.left_out:
        say(str(remark))
    return starter.from_entries(found.tools)
