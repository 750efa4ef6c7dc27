"""Which secrets a program gets, and from where: vaults in their order, scopes, consent, the environment of a child.

Takes the `App`; what must be said or asked goes through functions that are passed in, so that it serves commands and
Python programs alike.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import AimError, Failed, NotPermitted

if TYPE_CHECKING:
    from .app import App
    from .host import Host
    from .scopes import Scope
    from .secret_notes import Notes
    from .vaults import Vault
    from .vaults.age_file import AgeFile

Say = Callable[[str], None]
Confirm = Callable[[str], bool]
CONSENT = "then: aim config trust  (in CI: AIM_TRUST=1)"


def own_vault(app: App, *, team: bool = False) -> AgeFile:
    """The user's own vault, or the team's. Raises BadConfig when no team file is configured."""
    from .errors import BadConfig
    from .vaults import age_file

    path = team_file(app) if team else None
    if team and path is None:
        raise BadConfig(
            "no team vault is configured", remedy='set secrets.team = "secrets.json" in the project\'s aim.toml'
        )
    return age_file.open(app.host, app.runner, path=path, clock=app.clock)


def team_file(app: App) -> Path | None:
    """The vault file that a team shares, by the `aim.toml` that names it; None when none does."""
    told = app.settings.config.secrets.team
    if not told:
        return None
    folder = app.settings.folders.get(app.settings.origins.get("secrets.team", ""), app.host.cwd)
    return (folder / Path(told).expanduser()).resolve()


def chain(app: App) -> tuple[Vault, ...]:
    """Every vault in the order they are asked: environment, one's own, the team's, the keyring's items, plugins'."""
    from . import credentials

    environment, own, *others = credentials.open_vaults(app.host, app.runner)
    return (environment, own, *_team_vaults(app), *others)


def _team_vaults(app: App) -> tuple[AgeFile, ...]:
    return (own_vault(app, team=True),) if team_file(app) else ()


def aliases(app: App, say: Say) -> dict[str, str]:
    """Variable → name in a vault. A project's own count when its `aim.toml` is trusted.

    Otherwise a cloned repository could hand any secret, by the name of another, to a tool that may see that one.
    """
    from . import trust

    project = app.settings.project
    told: dict[str, str] = {}
    for layer in app.settings.layers:
        names = layer.values.get("secrets", {}).get("names", {})
        if project is None or layer.name != str(project) or not names or trust.is_trusted(project, app.host):
            told.update(names)
        else:
            say(f"  ! {project}: its secrets.names do not count before `aim config trust`")
    return told


def known_names(app: App) -> tuple[str, ...]:
    """Every variable that is declared, and every name in a vault that can be one; no key is needed for that."""
    from .exports import NAME

    told = app.settings.config.secrets
    vaults = (own_vault(app), *_team_vaults(app))
    stored = {name.partition("@")[0] for vault in vaults for name in vault.names()} - set(told.names.values())
    return tuple(sorted({*told.required, *told.names, *(name for name in stored if NAME.fullmatch(name))}))


def all_notes(app: App) -> Mapping[str, Notes]:
    """What is known about every secret of the vaults, by its name there; one's own come before the team's."""
    return {name: notes for vault in (*_team_vaults(app), own_vault(app)) for name, notes in vault.notes().items()}


def put_on_record(app: App, names: Iterable[str], action: str, *, success: bool = True, **more: Any) -> None:
    """One audit event for each name, of what was done or was not to be had; never a value."""
    for name in names:
        details = {"name": name, "action": action, "success": success, **more}
        told = action if success else f"not {action}"
        app.audit.write(
            f"secret.{action}", f"{name}: {told}", severity="info" if success else "warning", details=details
        )


@contextlib.contextmanager
def refusals_on_record(app: App, names: Iterable[str], action: str, **more: Any) -> Iterator[None]:
    """What cannot be had is put on record too: a program that asks for what it may not have should be noticed."""
    try:
        yield
    except AimError:
        put_on_record(app, names, action, success=False, **more)
        raise


def told_scopes(app: App) -> tuple[dict[str, Sequence[str]], dict[str, Sequence[str]]]:
    """The scopes that the user's own layers set, the later before the earlier, and the project's."""
    project = str(app.settings.project) if app.settings.project else ""
    own: dict[str, Sequence[str]] = {}
    theirs: dict[str, Sequence[str]] = {}
    for layer in app.settings.layers:
        told = layer.values.get("secrets", {}).get("scopes", {})
        (theirs if layer.name == project else own).update(told)
    return own, theirs


def scope_of(app: App, words: Sequence[str], known: Sequence[str], say: Say, confirm: Confirm) -> Scope:
    """What a program may see: the scope of the first of `words` that has one, else of the last, which is its id.

    `known` are the variables it is known to read. A project's own scopes count only when its `aim.toml` is trusted;
    they are asked about once, until it changes. Raises NotPermitted without consent.
    """
    from . import scopes

    own, project = told_scopes(app)
    key = next((name for name in words if name in own or name in project), words[-1])
    scope = scopes.decide(key, own, project, known)
    if scope.is_foreign and scope.names and app.settings.project is not None:
        given = ", ".join(scope.names)
        question = f"{app.settings.project} would give {key} these secrets: {given}; allow it?"
        remedy = f"look at its [secrets.scopes], {CONSENT}"
        require_consent(app, f"the scopes of {app.settings.project} are not trusted", question, remedy, confirm)
    for name in scope.refused:
        say(f"  ! {app.settings.project} asks for {name}, which your own aim.toml does not allow {key}")
    return scope


def require_consent(app: App, refusal: str, question: str, remedy: str, confirm: Confirm) -> None:
    """Pass when the project is trusted, or `confirm` says yes, which is remembered. Raises NotPermitted."""
    from . import trust

    file = app.settings.project
    if file is None or trust.is_trusted(file, app.host):
        return
    if not confirm(question):
        raise NotPermitted(refusal, remedy=remedy)
    trust.remember(file, app.host)
    app.audit.write("config.trusted", f"{file} is trusted as it stands")


def present_ones(app: App, names: tuple[str, ...], profile: str, say: Say) -> tuple[str, ...]:
    """Of a scope what there is: a tool that can read five keys needs one. () when there is none."""
    from . import credentials

    told, others = app.settings.config.secrets, aliases(app, say)
    wanted = {name: credentials.candidates(name, others, profile or told.profile) for name in names}
    found = credentials.locate([one for many in wanted.values() for one in many], {}, chain(app))
    return tuple(name for name, many in wanted.items() if any(one in found.where for one in many))


def child_env(
    app: App, names: Sequence[str], program: str, say: Say, *, profile: str = "", allow_expired: bool = False
) -> dict[str, str]:
    """The environment of a program that may see `names` alone. Raises Failed when one is missing or has expired."""
    from . import credentials, scopes

    told = app.settings.config.secrets
    with refusals_on_record(app, names, "injected", tool=Path(program).name):
        others = aliases(app, say)
        if not allow_expired:
            _refuse_expired(app, names, others, profile or told.profile)
        values = credentials.env_for(names, others, chain(app), profile or told.profile)
    app.redactor.learn(values.values())
    return {**scopes.strip(app.host.env, secret_names(app)), **values}


def bare_host(app: App) -> Host:
    """The machine as installers and the tools they install see it: without secrets, but for what a scope allows one.

    A package runs code of its authors when it is built or installed, and again when its command is asked for a sign of
    life. `[secrets.scopes] npm = ["NPM_TOKEN"]` lets a manager have one, and so does npm's own `${NPM_TOKEN}`.
    """
    from dataclasses import replace

    from . import npmrc, scopes
    from .kinds import tool_kinds

    own, _ = told_scopes(app)
    allowed = {name for kind in tool_kinds() for name in own.get(kind, ())} | npmrc.variables_in_files(app.host)
    return replace(app.host, env=scopes.strip(app.host.env, secret_names(app), allowed))


def secret_names(app: App) -> set[str]:
    """Every variable that is known to be a secret, by the configuration, the vaults and the registry."""
    from . import registry

    own, project = told_scopes(app)
    config = app.settings.config
    listed = {name for scope in (*own.values(), *project.values()) for name in scope}
    known = {name for tool in registry.load().tool.values() for name in tool.secrets}
    known |= {name for tool in config.ai.tools.values() for name in tool.secrets or ()}
    try:
        stored = known_names(app)
    except AimError:  # a vault that cannot be read is told of where it is needed
        stored = (*config.secrets.required, *config.secrets.names)
    return {*stored, *config.secrets.names.values(), *listed, *known}


def _refuse_expired(app: App, names: Iterable[str], others: Mapping[str, str], profile: str) -> None:
    from .credentials import candidates

    notes = all_notes(app)
    for name in names:
        if app.host.get(name):  # the environment comes first, and knows of no day
            continue
        key = next((each for each in candidates(name, others, profile) if each in notes), None)
        if key and notes[key].has_expired(app.clock()):
            remedy = f"aim secrets rotate {key}, or say --expired to use it all the same"
            raise Failed(f"{key} has expired on {notes[key].expires[:10]}", remedy=remedy)
