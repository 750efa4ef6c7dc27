"""The environment of the user's programs: variables and the order of PATH, applied for good or for one shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _environment
from ._app import asked, command, confirm, say
from ._arranging import arrange, place

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result


@command(default=True)
def show(app: App) -> Result:
    """Each variable and folder of PATH: as wanted, as it is here, which file asks for it, and whether it is applied."""
    from aim_lib import activation, envwanted
    from aim_lib.model import Result, Table

    wanted = _environment.wanted(app)
    is_applied = all(placing.is_done for placing in _environment.placings(app, wanted))
    files = app.settings
    rows = [
        (name, value, app.host.env.get(name), envwanted.origin_of(files, name) or "-", is_applied)
        for name, value in wanted.values
    ]
    path = [str(entry) for entry in app.host.path]
    rows += [("PATH", folder, folder if folder in path else None, "-", is_applied) for folder in wanted.first]
    states = [_state(want, have, applied) for _, want, have, _, applied in rows]
    table = Table(
        columns=("variable", "wanted", "here", "from", "applied"),
        rows=tuple(
            (name, app.host.tilde(want), "-" if have is None else app.host.tilde(have), origin, state)
            for (name, want, have, origin, _), state in zip(rows, states, strict=True)
        ),
    )
    body = [
        {"name": name, "wanted": want, "present": have, "origin": origin, "state": state}
        for (name, want, have, origin, _), state in zip(rows, states, strict=True)
    ]
    here = app.host.path_of(*app.host.path)
    in_order = activation.with_first(here, wanted.first, app.host.separator) == here
    order = "PATH is in order" if in_order else "PATH is not in this order here"
    return Result(table=table, body={"variables": body, "path_in_order": in_order}, closing=(order,))


@command(help={"undo": "take everything back: start files are byte for byte as they were"})
def apply(app: App, undo: bool = False) -> Result:
    """Make the variables of [env] and the order of PATH last, for every new shell."""
    import msgspec

    from aim_lib import placed

    if undo:
        return arrange(
            app,
            [_environment.kind(app)],
            lambda: placed.changes(_environment.placings(app, None), "env apply --undo"),
            "nothing to change: nothing of the environment is ours",
        )
    wanted = _environment.wanted(app)
    if not asked().dry_run:
        _require_consent(app)
    nothing = "nothing to change: the environment is applied"
    done = place(app, [_environment.kind(app)], lambda: _environment.placings(app, wanted), "[env]", nothing)
    return msgspec.structs.replace(done, closing=(*done.closing, _environment.NEXT)) if done.records else done


@command()
def doctor(app: App) -> Result:
    """What is wrong with PATH, start files and variables here, and what to do; exits 1 when something is."""
    from pathlib import Path

    from aim_lib import env_doctor
    from aim_lib.model import Result, Status

    wanted = _environment.wanted(app)
    placings = _environment.placings(app, wanted)
    names = [*(name for name, _ in wanted.values), "PATH"]
    later: dict[str, str] = {}
    for placing in placings:
        if placing.name.startswith("~") or "/" in placing.name:
            later |= env_doctor.set_again(Path(placing.where), names, b"# <<< aim env")
    records = env_doctor.examine(wanted, placings, app.host, later)
    is_bad = any(record.status is Status.FAILED for record in records)
    return Result(records=records, exit_code=1 if is_bad else 0, body={"wrong": sum(bool(r.remedy) for r in records)})


@command(
    help={
        "shell": "sh, bash, zsh, fish, pwsh or cmd; else the one of $SHELL",
        "undo": "lines that make the shell what it was before",
    },
)
def activate(app: App, shell: str = "", undo: bool = False) -> Result:
    """Print what makes one shell have it: eval "$(aim env activate)"; fish: aim env activate | source."""
    from aim_lib import activation
    from aim_lib.model import Result
    from aim_lib.shells import shell_name

    name = shell or shell_name(app.host)
    wanted = _environment.wanted(app)
    if not undo:
        wanted = _environment.with_project(app, wanted)
        _require_consent(app)
    turned = (activation.deactivated if undo else activation.activated)(app.host.env, wanted, app.host.separator)
    text = activation.lines(name, turned)
    return Result(text=text, body={"shell": name, "variables": dict(sorted(turned.items()))})


def _state(want: str, have: str | None, is_applied: bool) -> str:
    if have == want:
        return "yes" if is_applied else "here only"
    return "in new shells" if is_applied else "no"


def _require_consent(app: App) -> None:
    """A project's variables and its PATH decide which code runs: consent once, until its file changes."""
    from aim_lib import envwanted, injection, trust
    from aim_lib.errors import NotPermitted

    file, asks = app.settings.project, envwanted.foreign(app.settings)
    if not asks or trust.are_trusted(app.settings.project_files, app.host):
        return
    for line in asks:
        say(f"  {line}")
    if not confirm(f"{file} would set this for your programs; trust it?"):
        remedy = "read it, then: aim config trust  (in CI: AIM_TRUST=1)"
        raise NotPermitted(f"{file} asks for an environment of its own", details=asks, remedy=remedy)
    injection.remember(app)
