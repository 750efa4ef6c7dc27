"""Secrets: which are required and present. Values are never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import asked, chain_option, command, config_key, say

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.credentials import Presence
    from aim_lib.model import Record, Result


@command(default=True)
def status(app: App) -> Result:
    """Which secrets are required, which are present and where; never their values."""
    from aim_lib.model import Result

    records = _records(app, _presence(app))
    closing = () if records else ("no secrets are declared; see [secrets] in aim.toml",)
    return Result(records=records, closing=closing, body=_body(records))


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


def _presence(app: App) -> Presence:
    from aim_lib import credentials

    secrets = app.settings.config.secrets
    vaults = credentials.open_vaults(app.host, app.runner)
    return credentials.locate((*secrets.required, *secrets.names), secrets.names, vaults)


def _records(app: App, presence: Presence) -> tuple[Record, ...]:
    from aim_lib import credentials

    secrets = app.settings.config.secrets
    return credentials.records(secrets.required, secrets.names, presence)


def _missing(app: App, presence: Presence) -> list[str]:
    return [name for name in app.settings.config.secrets.required if name not in presence.where]


def _ask_for(names: list[str], app: App) -> None:
    if not app.host.is_interactive or app.host.in_ci:
        return
    from getpass import getpass

    from aim_lib import credentials

    vaults = credentials.open_vaults(app.host, app.runner, credentials.WRITABLE[app.settings.config.secrets.store])
    for name in names:
        try:
            value = getpass(f"{name} (hidden; empty to skip): ")
        except EOFError:  # Ctrl-D: what is missing is reported as missing
            say("")
            return
        if value:
            app.redactor.learn([value])
            alias = app.settings.config.secrets.names.get(name, name)
            say(f"  {name} stored in the {credentials.store(alias, value, vaults)}")


def _body(records: tuple[Record, ...]) -> dict[str, object]:
    return {"secrets": [{"name": record.title, "status": record.status, "detail": record.detail} for record in records]}
