"""Diagnostics for somebody who helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aim_lib.quantities import counted

from ._app import asked, command

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.leak_hits import Values
    from aim_lib.model import Result


@command(
    lenient=True,
    help={
        "output": "the file to write (default: aim-support-TIME.zip here)",
        "names": "leave your home folder, your name and the machine's as they are",
    },
)
def bundle(app: App, output: str = "", names: bool = False) -> Result:
    """One zip of redacted diagnostics, and a manifest to read before you send it."""
    from aim_lib import bundle, private_files
    from aim_lib.errors import BadConfig
    from aim_lib.model import Record, Result, Status
    from aim_lib.scrubbing import Scrubber, names_of, secrets_of

    stamp = app.audit.stamp()
    path = bundle.target(output, stamp, app.host)
    if (path.exists() or path.is_symlink()) and not asked().yes and not asked().dry_run:
        raise BadConfig(f"{path} is there already", remedy="name another file: -o FILE, or replace it: --yes")
    values, notes = _values(app)
    app.redactor.learn(secrets_of(app.host.env))
    scrub = Scrubber(app.redactor.text, values, () if names else names_of(app.host))
    found = bundle.parts(app, scrub)
    text = bundle.manifest(found, stamp, map(scrub.text, notes), has_names=names)
    body = {"file": str(path), "members": [bundle.MANIFEST, *(part.name for part in found if not part.why)]}
    if asked().dry_run:
        return Result(text=text, body=body)
    private_files.replace(path, bundle.packed(found, text))
    told = f"{counted(len(body['members']), 'file')}; read it, then send it yourself: nothing was sent"
    record = Record(id="bundle", status=Status.CHANGED, title=path.name, detail=told, where=str(path))
    return Result(records=(record,), text=text, body=body)


def _values(app: App) -> tuple[Values | None, list[str]]:
    """The vaults' values, learnt by the redactor too; where a vault stays locked its fingerprints, and a note."""
    from aim_lib import leak_prints, leak_values
    from aim_lib.errors import AimError

    from ._vault import own_vault, prints_file, team_file

    pairs: list[tuple[str, str]] = []
    notes: list[str] = []
    for is_team in (False, True) if team_file(app) else (False,):
        try:
            vault = own_vault(app, team=is_team)
            pairs += [(name, value.reveal()) for name, value in vault.get(vault.names()).items()]
        except AimError as error:
            kind = "the team's vault" if is_team else "the vault"
            notes.append(f"{kind} could not be opened ({error.message}); its values were looked for by fingerprints")
    app.redactor.learn(value for _, value in pairs)
    if not notes:
        return leak_values.know(pairs) if pairs else None, notes
    try:
        prints = leak_prints.load(prints_file(app))
    except AimError as error:
        return None, [*notes, error.message]
    return leak_prints.prepare(prints) if prints else None, notes
