"""One try of one AI tool: consent, its scope's secrets, its adapter, the program, what came of it; all on record."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import msgspec

from . import catalog, files, injection
from .adapters import Adapter, Answer, Call, Failure, Request
from .ai_tools import Tool
from .app import App
from .desk import Desk
from .errors import BadConfig, CommandFailed, Failed, MissingProgram, NotPermitted, Unavailable, Unsupported
from .injection import CONSENT
from .model import Frozen
from .payloads import files_of
from .proc import Completed
from .processes import stop_tree
from .routing import Candidate
from .turns import VARIABLE

LOGIN_S = 20.0
FOLDER = "ai"  # of the state folder
ADAPTERS = "aim_lib.adapters"


class Order(Frozen, frozen=True):
    """What is asked for. `timeout_s` 0: what the rules say."""

    capability: str
    payload: Mapping[str, Any]
    args: tuple[str, ...] = ()
    timeout_s: float = 0.0


class Attempt(Frozen, frozen=True):
    """How one try ended; `exit_code` is None when nothing was started."""

    tool: str
    success: bool
    message: str
    failure: str = ""
    exit_code: int | None = None
    seconds: float = 0.0


def load_adapter(name: str) -> Adapter:
    """The adapter `name`. Raises BadConfig when there is none."""
    known = catalog.own(ADAPTERS)
    if name not in known:
        raise BadConfig(f"there is no adapter {name!r}", remedy=f"adapters are {', '.join(known)}")
    return cast("Adapter", catalog.load(ADAPTERS, name))


def try_tool(desk: Desk, candidate: Candidate, order: Order) -> tuple[Attempt, Answer, Adapter]:
    """Ask one tool once. Raises NotPermitted without consent to a project's tool; all else is an answer."""
    tool = desk.tools.by_id[candidate.tool]
    adapter = load_adapter(tool.adapter)
    _require_consent(desk, tool)
    started = desk.app.clock()
    try:
        answer, said = _ask(desk, tool, adapter, candidate, order)
    except (Unavailable, MissingProgram, Unsupported) as reason:
        why = reason.reason if isinstance(reason, Unavailable) else reason.message
        answer, said = Answer(success=False, message=why, failure=Failure.UNAVAILABLE), None
    except (CommandFailed, NotPermitted) as error:
        answer, said = Answer(success=False, message=error.message, failure=Failure.UNAVAILABLE), None
    except Failed as error:  # a secret of its scope that has expired, or is broken
        answer, said = Answer(success=False, message=error.message, failure=Failure.AUTHENTICATION), None
    attempt = attempt_of(tool.id, answer, said, (desk.app.clock() - started).total_seconds())
    _put_on_record(desk.app, attempt, order)
    return attempt, answer, adapter


def attempt_of(tool: str, answer: Answer, said: Completed | None, unstarted_s: float = 0.0) -> Attempt:
    """What is told of a try; `unstarted_s` is how long it took where nothing was started, in seconds."""
    return Attempt(
        tool=tool,
        success=answer.success,
        message=answer.message[:2000],
        failure=answer.failure.value,
        exit_code=said.exit_code if said else None,
        seconds=round(said.seconds if said else unstarted_s, 3),
    )


def _require_consent(desk: Desk, tool: Tool) -> None:
    if tool.is_foreign:
        file = desk.app.settings.project
        question = f"{file} says how {tool.id} is run: {' '.join(tool.command)}; allow it?"
        remedy = f"read its [ai.tools.{tool.id}], {CONSENT}"
        injection.require_consent(desk.app, f"{file} asks to run {tool.id} its own way", question, remedy, desk.confirm)


def _ask(
    desk: Desk, tool: Tool, adapter: Adapter, candidate: Candidate, order: Order
) -> tuple[Answer, Completed | None]:
    app = desk.app
    env = tool_env(desk, tool)
    silent = _login_missing(app, tool, candidate.where, env)
    if silent is not None:
        return Answer(success=False, message=silent.last_words(1), failure=Failure.AUTHENTICATION), silent
    pwsh = app.host.which("pwsh")
    with _prompt_file(app) as prompt_file:
        request = Request(
            tool=tool.id,
            program=candidate.where,
            command=tool.command,
            capability=order.capability,
            payload=order.payload,
            prompt_by=tool.prompt,
            prompt_file=str(prompt_file),
            edit_args=tool.edit_args,
            args=order.args,
            files=files_of(order.payload),
            timeout_s=order.timeout_s or candidate.timeout_s,
            retries=candidate.retries,
            is_windows=app.host.is_windows,
            pwsh=str(pwsh or ""),
        )
        call = adapter.call(request)
        if call.writes is not None:
            files.write_text(prompt_file, call.writes, files.PRIVATE_FILE)
        said = start(app, call, env, request.timeout_s)
    return adapter.read(request, said), said


def tool_env(desk: Desk, tool: Tool) -> dict[str, str]:
    """The environment of a tool: what there is of its scope, and no other secret. Raises Failed, NotPermitted."""
    app = desk.app
    words = (*tool.detect, *tool.aliases, tool.id)
    scope = injection.scope_of(app, words, tool.known_secrets, desk.say, desk.confirm)
    names = injection.present_ones(app, scope.names, "", desk.say)
    if tool.needs_secret and not names:
        raise Failed(f"{tool.id} needs one of {', '.join(tool.secrets) or 'its secrets'}, and none is there")
    env = injection.child_env(app, names, tool.id, desk.say)
    injection.put_on_record(app, names, "injected", tool=tool.id)
    return {**env, VARIABLE: str(app.host.cwd)}


def _login_missing(app: App, tool: Tool, where: str, env: Mapping[str, str]) -> Completed | None:
    """What the tool says when nobody is logged in; None when somebody is, or it has no way to ask."""
    if not tool.login_command or any(env.get(name) for name in tool.login_variables):
        return None
    said = app.runner.run((where, *tool.login_command[1:]), env=env, timeout_s=LOGIN_S)
    return None if said.is_ok or said.timed_out else said


def start(app: App, call: Call, env: Mapping[str, str], timeout_s: float) -> Completed:
    """Run it, with its whole tree stopped at the time limit, or at once when it begins to wait for a person."""
    pids: list[int] = []
    is_started = threading.Event()  # a line may be read before we are told whose it is

    def remember(pid: int, _since: float) -> None:
        pids.append(pid)
        is_started.set()

    def look(line: str) -> None:
        if re.search(call.give_up, line) and is_started.wait(LOGIN_S) and pids:
            stop_tree(pids.pop(), app.runner.grace_s)

    return app.runner.run(
        call.argv,
        env={**env, **dict(call.env)},
        timeout_s=timeout_s,
        cwd=app.host.cwd,
        stdin=call.stdin,
        on_line=look if call.give_up else None,
        on_start=remember,
    )


@contextmanager
def _prompt_file(app: App) -> Iterator[Path]:
    """Where a prompt may be put for a tool that reads it from a file; gone afterwards."""
    path = app.host.folders.state / FOLDER / f"prompt-{uuid.uuid4().hex}.txt"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _put_on_record(app: App, attempt: Attempt, order: Order) -> None:
    """What was tried and how it ended; of the payload only how large it was and which files it named."""
    details = {
        "capability": order.capability,
        **msgspec.to_builtins(attempt),
        "files": list(files_of(order.payload)),
        "payload_bytes": len(msgspec.json.encode(order.payload)),
    }
    told = "done" if attempt.success else f"{attempt.failure}: {attempt.message[:200]}"
    severity = "info" if attempt.success else "warning"
    app.audit.write("ai.tried", f"{attempt.tool}: {order.capability}: {told}", severity=severity, details=details)
