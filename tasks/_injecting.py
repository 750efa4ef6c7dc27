"""Runs a program with the secrets that it may see, and with no others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ._app import confirm, current_run, say
from ._vault import aliases, all_notes, chain, known_names, put_on_record, refusals_on_record

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.host import Host
    from aim_lib.scopes import Scope


def command_line(usage: str) -> tuple[str, ...]:
    """The words behind `--`. Raises BadConfig when there are none."""
    from aim_lib.errors import BadConfig

    words = current_run().rest
    if not words:
        raise BadConfig("there is no command to run", remedy=usage)
    return words


def scope_for(app: App, program: str) -> Scope:
    """What `program` may see, by its id in the registry or its name. Raises NotPermitted without consent.

    A project's own scopes count only when its `aim.toml` is trusted; they are asked about once, until it changes.
    """
    from aim_lib import registry, scopes, trust
    from aim_lib.errors import NotPermitted

    word = Path(program).name.removesuffix(".exe").removesuffix(".cmd")
    found = registry.load().named(word)
    tool = found[0] if found else word
    own, project = _told(app)
    key = next((name for name in (word, tool) if name in own or name in project), tool)
    scope = scopes.decide(key, own, project, found[1].secrets if found else ())
    if scope.is_foreign and scope.names and app.settings.project is not None:
        file = app.settings.project
        if not trust.is_trusted(file, app.host):
            if not confirm(f"{file} would give {key} these secrets: {', '.join(scope.names)}; allow it?"):
                remedy = "look at its [secrets.scopes], then: aim config trust  (in CI: AIM_TRUST=1)"
                raise NotPermitted(f"the scopes of {file} are not trusted", remedy=remedy)
            trust.remember(file, app.host)
            app.audit.write("config.trusted", f"{file} is trusted as it stands")
    for name in scope.refused:
        say(f"  ! {app.settings.project} asks for {name}, which your own aim.toml does not allow {key}")
    return scope


def _told(app: App) -> tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]]:
    """The scopes that the user's own layers set, the later before the earlier, and the project's."""
    project = str(app.settings.project) if app.settings.project else ""
    own: dict[str, Sequence[str]] = {}
    theirs: dict[str, Sequence[str]] = {}
    for layer in app.settings.layers:
        told = layer.values.get("secrets", {}).get("scopes", {})
        (theirs if layer.name == project else own).update(told)
    return own, theirs


def child_env(
    app: App, names: Sequence[str], program: str, *, profile: str = "", allow_expired: bool = False
) -> dict[str, str]:
    """The environment of a program that may see `names` alone. Raises Failed when one is missing or has expired."""
    from aim_lib import credentials, scopes

    told = app.settings.config.secrets
    with refusals_on_record(app, names, "injected", tool=Path(program).name):
        others = aliases(app)
        if not allow_expired:
            _refuse_expired(app, names, others, profile or told.profile)
        values = credentials.env_for(names, others, chain(app), profile or told.profile)
    app.redactor.learn(values.values())
    return {**scopes.strip(app.host.env, _secret_names(app)), **values}


def bare_host(app: App) -> Host:
    """The machine as installers and the tools they install see it: without secrets, but for what a scope allows one.

    A package runs code of its authors when it is built or installed, and again when its command is asked for a sign of
    life. `[secrets.scopes] npm = ["NPM_TOKEN"]` lets a manager have one, and so does npm's own `${NPM_TOKEN}`.
    """
    from dataclasses import replace

    from aim_lib import npmrc, scopes
    from aim_lib.kinds import tool_kinds

    own, _ = _told(app)
    allowed = {name for kind in tool_kinds() for name in own.get(kind, ())} | npmrc.variables_in_files(app.host)
    return replace(app.host, env=scopes.strip(app.host.env, _secret_names(app), allowed))


def _secret_names(app: App) -> set[str]:
    """Every variable that is known to be a secret, by the configuration, the vaults and the registry."""
    from aim_lib import registry
    from aim_lib.errors import AimError

    own, project = _told(app)
    listed = {name for scope in (*own.values(), *project.values()) for name in scope}
    known = {name for tool in registry.load().tool.values() for name in tool.secrets}
    told = app.settings.config.secrets
    try:
        stored = known_names(app)
    except AimError:  # a vault that cannot be read is told of where it is needed
        stored = (*told.required, *told.names)
    return {*stored, *told.names.values(), *listed, *known}


def _refuse_expired(app: App, names: Iterable[str], others: Mapping[str, str], profile: str) -> None:
    from aim_lib.credentials import candidates
    from aim_lib.errors import Failed

    notes = all_notes(app)
    for name in names:
        if app.host.get(name):  # the environment comes first, and knows of no day
            continue
        key = next((each for each in candidates(name, others, profile) if each in notes), None)
        if key and notes[key].has_expired(app.clock()):
            remedy = f"aim secrets rotate {key}, or say --expired to use it all the same"
            raise Failed(f"{key} has expired on {notes[key].expires[:10]}", remedy=remedy)


def run_with(app: App, argv: Sequence[str], names: Sequence[str], env: Mapping[str, str], *, mask: bool) -> int:
    """Run `argv` on our streams; its exit code. On a terminal that a person looks at it takes our place."""
    from aim_lib import callers, pump
    from aim_lib.orders import Order

    values = tuple(env[name] for name in names)
    put_on_record(app, names, "injected", tool=Path(argv[0]).name)
    is_read_by_others = mask or app.host.in_ci or bool(callers.agent(app.host))
    order = Order(argv=tuple(argv), env=env, values=values, declared=values, masks_terminals=is_read_by_others)
    return pump.run(order).exit_code
