"""Secrets: which there are, which are required, where the key of their vault is kept. Values are never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import asked, chain_option, command, config_key, confirm, say

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.credentials import Presence
    from aim_lib.model import Record, Result


@command(default=True)
def status(app: App) -> Result:
    """Which secrets are required, which are present and where, which expire; never their values."""
    from aim_lib.model import Result

    records = _records(app, _presence(app))
    return Result(records=records, closing=(*_undeclared(app), *_key_line(app)), body=_body(records))


@command(resume_key=config_key)
def ensure(app: App) -> Result:
    """Every required secret can be had: asks for missing ones on a terminal (hidden), else reports them and fails."""
    from aim_lib.errors import Failed
    from aim_lib.model import Result, Status

    if chain_option("tools") or chain_option("tools_only"):
        return Result(closing=("left out: only the tools were asked for",))
    presence = _presence(app)
    if _missing(app, presence) and not asked().dry_run:
        _ask_for(_missing(app, presence), app)
        presence = _presence(app)
    records = _records(app, presence)
    missing = [record for record in records if record.status is Status.FAILED]
    if missing and not asked().dry_run:
        lines = [f"{record.title}: {record.detail}" for record in missing]
        raise Failed("required secrets are missing", details=lines, remedy=missing[0].remedy)
    closing = () if records else ("no secrets are declared",)
    return Result(records=records, closing=closing)


@command(help={"identity": "where the vault's key is kept: auto, keyring, passphrase or file"})
def init(app: App, identity: str = "auto") -> Result:
    """Make the vault's key, or move it: into a keyring that works, behind a passphrase, or with --yes into a file."""
    from aim_lib.identity import PROTECTS
    from aim_lib.model import Record, Result, Status

    from ._vault import ensure_key, new_passphrase, own_vault

    vault = own_vault(app)
    before = vault.ladder.choice()
    if asked().dry_run:
        return Result(records=_rungs(app))
    if identity == "auto":
        ensure_key(app, vault, is_asked_for=True)
    else:
        is_asked = identity == "passphrase" and app.host.is_interactive
        passphrase = new_passphrase("new passphrase of the vault's key") if is_asked else None
        question = f"an open file {PROTECTS['file']}; keep the key there?"
        has_consent = identity == "file" and ((before is not None and before.kind == "file") or confirm(question))
        vault.ladder.init(identity, passphrase=passphrase, has_consent=has_consent)
    made = vault.ladder.choice()
    if made is None:
        return Result(records=_rungs(app))
    app.audit.write("secret.key", f"the vault's key is kept in: {made.kind}", details={"kind": made.kind})
    state = Status.OK if made == before else Status.CHANGED
    record = Record(id="key", status=state, title=made.kind, detail=f"{made.reason}; {PROTECTS[made.kind]}")
    return Result(records=(record,), closing=(f"its public key: {made.recipient}",) if made.recipient else ())


@command(name="list", help={"team": "of the vault that the team shares"})
def list_secrets(app: App, team: bool = False) -> Result:
    """The names of all secrets, with what is known about them; the vault's key is not needed."""
    from aim_lib.model import Result, Table

    from ._vault import all_notes, expiring, own_vault

    notes = own_vault(app, team=True).notes() if team else all_notes(app)
    rows = [
        (
            name,
            each.description or "-",
            (each.rotated or each.created)[:10] or "-",
            expiring(each, app) or each.expires or "-",
        )
        for name, each in notes.items()
    ]
    table = Table(columns=("secret", "description", "since", "expires"), rows=tuple(rows))
    closing = () if rows else ("no secrets are kept yet: aim secrets set NAME",)
    body = {"secrets": [{"name": name, **_document(each)} for name, each in notes.items()]}
    return Result(table=table if rows else None, closing=closing, body=body)


# --- how they are done --------------------------------------------------------------------------------------------


def _presence(app: App) -> Presence:
    from aim_lib import credentials

    from ._vault import chain

    secrets = app.settings.config.secrets
    return credentials.locate((*secrets.required, *secrets.names), secrets.names, chain(app))


def _records(app: App, presence: Presence) -> tuple[Record, ...]:
    from aim_lib import credentials

    secrets = app.settings.config.secrets
    found = credentials.records(secrets.required, secrets.names, presence)
    return (*found, *_expiring(app))


def _expiring(app: App) -> tuple[Record, ...]:
    from aim_lib.model import Record, Status

    from ._vault import all_notes, expiring

    late = ((name, expiring(notes, app)) for name, notes in all_notes(app).items())
    return tuple(
        Record(id=f"expiry:{name}", status=Status.WARNED, title=name, detail=said, remedy=f"aim secrets rotate {name}")
        for name, said in late
        if said
    )


def _undeclared(app: App) -> tuple[str, ...]:
    """What there is besides what `aim.toml` asks for."""
    from aim_lib.quantities import counted

    from ._vault import all_notes

    told = app.settings.config.secrets
    asked_for = {*told.required, *told.names, *told.names.values()}
    others = [name for name in all_notes(app) if name not in asked_for]
    if others:
        return (f"{counted(len(others), 'secret')} that no aim.toml asks for: aim secrets list",)
    return () if asked_for else ("no secrets are declared; see [secrets] in aim.toml",)


def _key_line(app: App) -> tuple[str, ...]:
    """Where the vault's key is kept, and what that protects; nothing where there is no vault."""
    from ._vault import own_vault

    used = next((rung for rung in own_vault(app).ladder.explain() if rung.is_used), None)
    return (f"the vault's key: {used.kind}; {used.protects}",) if used else ()


def _rungs(app: App) -> tuple[Record, ...]:
    from aim_lib.model import Record, Status

    from ._vault import own_vault

    return tuple(
        Record(id=rung.kind, status=Status.OK if rung.is_used else Status.SKIPPED, title=rung.kind, detail=rung.detail)
        for rung in own_vault(app).ladder.explain()
    )


def _missing(app: App, presence: Presence) -> list[str]:
    return [name for name in app.settings.config.secrets.required if name not in presence.where]


def _ask_for(names: list[str], app: App) -> None:
    from aim_lib.identity import on_terminal

    from ._vault import keep, put_on_record

    ask = on_terminal(app.host)
    if ask is None:
        return
    for name in names:
        secret = ask(f"{name} (hidden; empty to skip): ")
        if secret is None:  # Ctrl-D: what is missing is reported as missing
            say("")
            return
        if secret.reveal():
            app.redactor.learn([secret.reveal()])
            place = keep(app, app.settings.config.secrets.names.get(name, name), secret)
            put_on_record(app, [name], "set")
            say(f"  {name} stored in the {place}")


def _document(notes: object) -> dict[str, object]:
    import msgspec

    document: dict[str, object] = msgspec.to_builtins(notes)
    return {key: value for key, value in document.items() if key != "rest"}


def _body(records: tuple[Record, ...]) -> dict[str, object]:
    return {"secrets": [{"name": record.title, "status": record.status, "detail": record.detail} for record in records]}
