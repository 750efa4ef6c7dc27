"""Secrets from files and into files: what other tools have, what a shell or a CI needs, backups, recipients."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aim_lib.quantities import counted

from ._app import asked, command, confirm, say

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.imports import Imported
    from aim_lib.model import Record, Result
    from aim_lib.secret import Secret
    from aim_lib.vault_backup import Kept

GROUP = "secrets"
TEAM = {"team": "the vault that the team shares"}


@command(
    help={
        "shell": "for one of bash, zsh, fish, pwsh and cmd",
        "format": "for a file: dotenv, json or github",
        "only": "these names alone: A,B",
        "profile": "the secrets of this profile",
        "output": "write it to this file (0600) instead of stdout",
    }
)
def export(
    app: App,
    shell: str = "",
    format: str = "",  # noqa: A002 - the option's name
    only: str = "",
    profile: str = "",
    output: str = "",
) -> Result:
    """Print secrets as a shell, a .env file or a CI takes them; GitHub's own file is written where there is one."""
    from aim_lib import credentials, exports
    from aim_lib.errors import BadConfig
    from aim_lib.model import Result

    from ._vault import aliases, chain, known_names, put_on_record, split

    target = shell or format or "dotenv"
    if (shell and format) or (shell and shell not in exports.SHELLS):
        remedy = f"give --format, or --shell with one of {', '.join(exports.SHELLS)}"
        raise BadConfig("an export is for one shell or of one form", remedy=remedy)
    told, others, vaults = app.settings.config.secrets, aliases(app), chain(app)
    names = split(only) or known_names(app)
    if only:
        values = credentials.env_for(names, others, vaults, profile or told.profile)
    else:
        fetched = credentials.fetch(names, others, vaults, profile or told.profile)
        values = {name: value.reveal() for name, value in fetched.values.items()}
    text = exports.render(target, values)
    put_on_record(app, values, "exported", to=target)
    _hand_over(app, target, text, values, output)
    left = [name for name in names if name not in values]
    closing = (f"left out, for they are not there: {', '.join(left)}",) if left else ()
    return Result(closing=closing if output else (), body={"names": sorted(values), "missing": left})


@command(
    name="import",
    positional=["file"],
    help={
        "file": "a .env or JSON file, AI_MANGER's vault.json, or `keyring` for its single items",
        "only": "these names alone: A,B",
        "profile": "keep them as secrets of this profile",
        "overwrite": "also those that are there with another value",
        **TEAM,
    },
)
def import_secrets(
    app: App, file: str, only: str = "", profile: str = "", overwrite: bool = False, team: bool = False
) -> Result:
    """Keep the secrets of a file in the vault; what is there stays, unless --overwrite. The file is not changed."""
    from aim_lib.credentials import key_of
    from aim_lib.model import Result
    from aim_lib.secret import Secret

    from ._vault import ensure_key, keep_prints, own_vault, put_on_record, split

    found = _read(app, file)
    chosen = {name: value for name, value in found.values.items() if not only or name in split(only)}
    app.redactor.learn(chosen.values())
    vault = own_vault(app, team=team)
    keys = {name: key_of(name, profile) for name in chosen}
    there = vault.get(keys.values()) if vault.names() else {}
    new = [name for name in chosen if keys[name] not in there]
    other = [name for name in chosen if keys[name] in there and there[keys[name]] != Secret(chosen[name])]
    taken = [*new, *(other if overwrite else ())]
    if taken and not asked().dry_run:
        ensure_key(app, vault)
        kept = {keys[name]: Secret(chosen[name]) for name in taken}
        vault.set_all(kept, **({"profile": profile} if profile else {}))
        put_on_record(app, [keys[name] for name in taken], "imported")
        keep_prints(app)
    records = tuple(_imported(keys[name], name in taken, name in other) for name in chosen)
    closing = (*(f"left out: {line}" for line in found.left_out), *_afterwards(file, taken))
    return Result(records=records, closing=closing, body={"kept": [keys[name] for name in taken]})


@command(
    positional=["file"], help={"file": "where to write it", "recipient": "for this age key, no passphrase", **TEAM}
)
def backup(app: App, file: str, recipient: str = "", team: bool = False) -> Result:
    """Write every secret into one encrypted file, which `age` opens too, for the day the vault's key is gone."""
    from aim_lib import files, vault_backup
    from aim_lib.errors import Failed, NotPermitted
    from aim_lib.host import iso
    from aim_lib.model import Record, Result, Status

    from ._vault import new_passphrase, own_vault, put_on_record

    vault, path = own_vault(app, team=team), Path(file).expanduser()
    opened = vault.file.open()
    if opened is None:
        raise Failed(f"there is no {vault.file.path} yet", remedy="aim secrets set NAME")
    if path.exists() and not confirm(f"{path} is there; write over it?"):
        raise NotPermitted(f"{path} is there", remedy="give another name, or --yes")
    recipients = (recipient,) if recipient else ()
    passphrase = None if recipient else _given_passphrase(app) or new_passphrase("passphrase of the backup")
    packed = vault_backup.pack(opened, iso(app.clock()), passphrase=passphrase, recipients=recipients)
    if not asked().dry_run:
        files.write_text(path, packed.decode(), 0o600)
        put_on_record(app, vault.names(), "backed_up")
    detail = f"{counted(len(vault.names()), 'secret')}; open it with {'that key' if recipient else 'that passphrase'}"
    return Result(records=(Record(id="backup", status=Status.CHANGED, title=str(path), detail=detail),))


@command(iterable=["file"], help={"file": "a backup", "previous": "the vault as it was before its last change", **TEAM})
def restore(app: App, file: Iterable[str] | None = None, previous: bool = False, team: bool = False) -> Result:
    """Bring the secrets of a backup back into the vault, the newer value of each; or undo the vault's last change."""
    from aim_lib import vault_backup
    from aim_lib.errors import BadConfig
    from aim_lib.model import Record, Result, Status

    from ._vault import ensure_key, keep_prints, own_vault, put_on_record

    names, vault = tuple(file or ()), own_vault(app, team=team)
    if previous == bool(names) or len(names) > 1:
        raise BadConfig("say what to bring back", remedy="aim secrets restore FILE, or: aim secrets restore --previous")
    if asked().dry_run:
        return Result(records=(Record(id="restore", status=Status.CHANGED, title=str(vault.file.path)),))
    if previous:
        vault.file.restore_previous()
    else:
        ensure_key(app, vault)
        kept = _unpacked(app, Path(names[0]).expanduser())
        vault.file.change(lambda opened: vault_backup.put_back(opened, kept))
    put_on_record(app, vault.names(), "restored")
    keep_prints(app)
    detail = f"there now: {counted(len(vault.names()), 'secret')}"
    return Result(records=(Record(id="restore", status=Status.CHANGED, title=str(vault.file.path), detail=detail),))


@command(iterable=["words"], help={"words": "nothing, `add KEY` or `remove KEY`: age or SSH public keys", **TEAM})
def recipients(app: App, words: Iterable[str] | None = None, team: bool = False) -> Result:
    """Whose keys open the vault: list, add or remove them. Who was removed can still read old copies of the file."""
    from aim_lib.errors import BadConfig
    from aim_lib.model import Record, Result, Status

    from ._vault import own_vault

    vault = own_vault(app, team=team)
    verb, *keys = (*(words or ()),) or ("",)
    if verb not in ("", "add", "remove") or bool(verb) != bool(keys):
        raise BadConfig("recipients takes nothing, or a verb and keys", remedy="aim secrets recipients add age1…")
    sealed = vault.file.read()
    before = sealed.recipients if sealed else ()
    if verb and not asked().dry_run:
        if verb == "add":
            vault.file.add_recipients(keys)
        for key in keys if verb == "remove" else ():
            vault.file.remove_recipient(key)
        app.audit.write(f"secret.recipient_{verb}", f"{vault.file.path}: {verb} {len(keys)}", details={"keys": keys})
    after = vault.file.read()
    now = after.recipients if after else ()
    records = tuple(
        Record(id=key, status=Status.OK if key in before else Status.CHANGED, title=key, detail="can open it")
        for key in now
    )
    gone = tuple(Record(id=key, status=Status.CHANGED, title=key, detail="removed") for key in before if key not in now)
    return Result(records=(*records, *gone), closing=() if records else ("there is no vault yet",))


# --- how they are done --------------------------------------------------------------------------------------------


def _hand_over(app: App, target: str, text: str, values: Mapping[str, str], output: str) -> None:
    """To the file that was named, to GitHub's own, or as it is to stdout: this must not redact."""
    from aim_lib import exports, files

    if asked().dry_run:
        return
    own = app.host.get("GITHUB_ENV") if target == "github" and not output else ""
    if own:
        sys.stdout.write(exports.masks(values))
        files.append_line(Path(own), text.removesuffix("\n"))
    elif output:
        files.write_text(Path(output).expanduser(), text, 0o600)
    elif asked().format == "terminal":
        sys.stdout.write(text)


def _read(app: App, file: str) -> Imported:
    from aim_lib import dpapi, imports

    if file != "keyring":
        return imports.read(Path(file).expanduser(), dpapi.unseal)
    from aim_lib import credentials
    from aim_lib.errors import Failed, Unavailable
    from aim_lib.vaults import Readable

    from ._vault import known_names

    (vault,) = credentials.open_vaults(app.host, app.runner, ("os_keyring",))[:1]
    told = app.settings.config.secrets
    names = {*known_names(app), *told.names.values()}
    try:
        held = vault.get(names) if isinstance(vault, Readable) else {}
    except Unavailable as reason:
        raise Failed(reason.reason, remedy=reason.remedy) from None
    return imports.Imported(values={name: value.reveal() for name, value in held.items()})


def _imported(name: str, is_taken: bool, is_other: bool) -> Record:
    from aim_lib.model import Record, Status

    if is_taken:
        return Record(id=name, status=Status.CHANGED, title=name, detail="kept in the vault")
    if is_other:
        detail = "there with another value, which stays"
        return Record(id=name, status=Status.WARNED, title=name, detail=detail, remedy="say --overwrite to replace it")
    return Record(id=name, status=Status.OK, title=name, detail="there already")


def _afterwards(file: str, taken: list[str]) -> tuple[str, ...]:
    if not taken or file == "keyring" or asked().dry_run:
        return ()
    return (f"{file} still has the values in the open: remove it when nothing needs it",)


def _given_passphrase(app: App) -> Secret | None:
    """The passphrase of a backup where nobody can be asked, as in a job that runs by itself."""
    from aim_lib.secret import Secret

    given = app.host.get("AIM_BACKUP_PASSPHRASE")
    if given:
        app.redactor.learn([given])
    return Secret(given) if given else None


def _unpacked(app: App, path: Path) -> tuple[Kept, ...]:
    """What a backup holds: with the vault's own key where that opens it, else with its passphrase."""
    from aim_lib import vault_backup
    from aim_lib.errors import BadConfig, NotPermitted
    from aim_lib.identity import on_terminal

    from ._vault import own_vault

    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadConfig(
            f"{path} cannot be read: {error.strerror}", remedy="name a file of aim secrets backup"
        ) from None
    try:
        return vault_backup.unpack(content, str(path), keys=own_vault(app).ladder.current())
    except NotPermitted:
        ask = on_terminal(app.host)
        passphrase = _given_passphrase(app) or (ask(f"passphrase of {path} (hidden): ") if ask else None)
        if passphrase is None:
            raise
        say(f"  opening {path} …")
        return vault_backup.unpack(content, str(path), passphrase=passphrase)
