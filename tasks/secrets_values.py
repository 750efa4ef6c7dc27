"""Single secrets: keeping, changing, removing, and showing one."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._app import asked, command, confirm

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result
    from aim_lib.secret import Secret

GROUP = "secrets"
PROFILE = {"profile": "the secret of this profile"}
TEAM = {"team": "in the vault that the team shares"}
VALUE = {
    "value": "the value itself: better not, others can see it",
    "stdin": "read the value from stdin",
    "from-file": "read the value from this file",
}
ABOUT = {"description": "what it is for", "expires": "the last day it is good: 2027-01-31, or 90d"}


@command(
    name="set", positional=["name"], words=("value",), help={"name": "its name", **VALUE, **ABOUT, **PROFILE, **TEAM}
)
def set_secret(
    app: App,
    name: str,
    value: str = "",
    stdin: bool = False,
    from_file: str = "",
    description: str = "",
    expires: str = "",
    profile: str = "",
    team: bool = False,
) -> Result:
    """Keep a secret: asked for on the terminal (hidden), or from --stdin or --from-file; read back afterwards."""
    from ._vault import valid_name, value_for

    secret = value_for(valid_name(name), app, value=value, stdin=stdin, from_file=from_file)
    return _keep(app, name, secret, "set", description=description, expires=expires, profile=profile, team=team)


@command(positional=["name"], words=("value",), help={"name": "its name", **VALUE, **ABOUT, **PROFILE, **TEAM})
def rotate(
    app: App,
    name: str,
    value: str = "",
    stdin: bool = False,
    from_file: str = "",
    description: str = "",
    expires: str = "",
    profile: str = "",
    team: bool = False,
) -> Result:
    """Put a new value in the place of a secret that is there; its notes stay, its former expiry does not."""
    from aim_lib.credentials import key_of
    from aim_lib.errors import Failed

    from ._vault import own_vault, value_for

    vault, key = own_vault(app, team=team), key_of(name, profile)
    newer = next((new for new, notes in vault.notes().items() if key in notes.was), "")
    if newer and key not in vault.names():
        raise Failed(f"{name} is called {newer} now", remedy=f"aim secrets rotate {newer}")
    if not vault.has([key]):
        raise Failed(f"{name} is not there: {vault.why_not(key)}", remedy=f"aim secrets set {name}")
    before = vault.get([key])[key]
    secret = value_for(name, app, value=value, stdin=stdin, from_file=from_file)
    if secret == before:
        raise Failed(f"the new value of {name} is the old one", remedy="make a new key where it comes from")
    return _keep(app, name, secret, "rotated", description=description, expires=expires, profile=profile, team=team)


@command(positional=["name"], help={"name": "its name", "clip": "onto the clipboard, for 45 seconds", **PROFILE})
def get(app: App, name: str, clip: bool = False, profile: str = "") -> Result:
    """Print a secret, and nothing else, or put it on the clipboard."""
    from aim_lib import credentials
    from aim_lib.errors import Failed
    from aim_lib.model import Result

    from ._vault import aliases, chain, put_on_record, refusals_on_record

    told = app.settings.config.secrets
    with refusals_on_record(app, [name], "read"):
        fetched = credentials.fetch([name], aliases(app), chain(app), profile or told.profile)
        if name not in fetched.values:
            raise Failed(f"{name} is not there", details=fetched.misses[name], remedy=f"aim secrets set {name}")
    if clip:
        from aim_lib import clipboard

        clipboard.put(fetched.values[name].reveal(), clipboard.choose(app.host), app.host)
        put_on_record(app, [name], "read", tool="clipboard")
        return Result(closing=(f"{name} is on the clipboard for {clipboard.CLEAR_S:.0f} s",))
    put_on_record(app, [name], "read")
    if asked().format == "terminal":
        sys.stdout.write(f"{fetched.values[name].reveal()}\n")
    return Result(body={"name": name, "vault": fetched.where[name]})


@command(iterable=["name"], help={"name": "its name; repeat for more", **PROFILE, **TEAM})
def delete(app: App, name: Iterable[str] | None = None, profile: str = "", team: bool = False) -> Result:
    """Remove secrets from the vault; the version before stays beside it until the next change."""
    from aim_lib.credentials import key_of
    from aim_lib.errors import BadConfig, NotPermitted
    from aim_lib.model import Record, Result, Status

    from ._vault import keep_prints, own_vault, put_on_record

    names = tuple(key_of(one, profile) for one in name or ())
    if not names:
        raise BadConfig("delete needs the name of a secret", remedy="aim secrets list shows them")
    vault = own_vault(app, team=team)
    if not asked().dry_run:
        if not confirm(f"remove {', '.join(names)}?"):
            raise NotPermitted("nothing was removed", remedy=f"aim secrets delete {' '.join(names)} --yes")
        vault.delete(*names)
        put_on_record(app, names, "deleted")
        keep_prints(app)
    return Result(records=tuple(Record(id=one, status=Status.CHANGED, title=one, detail="removed") for one in names))


@command(positional=["name", "to"], help={"name": "its name", "to": "its new name", **PROFILE, **TEAM})
def rename(app: App, name: str, to: str, profile: str = "", team: bool = False) -> Result:
    """Give a secret another name; the old one answers for seven more days."""
    from aim_lib.credentials import key_of
    from aim_lib.model import Record, Result, Status

    from ._vault import keep_prints, own_vault, put_on_record, valid_name

    old, new = key_of(name, profile), key_of(valid_name(to), profile)
    if not asked().dry_run:
        own_vault(app, team=team).rename(old, new)
        put_on_record(app, [old], "renamed", to=new)
        keep_prints(app)
    detail = f"→ {new}; {old} answers for 7 more days"
    return Result(records=(Record(id=old, status=Status.CHANGED, title=old, detail=detail),))


def _keep(
    app: App, name: str, secret: Secret, action: str, *, description: str, expires: str, profile: str, team: bool
) -> Result:
    from aim_lib.credentials import key_of
    from aim_lib.model import Record, Result, Status

    from ._vault import expiry, keep, put_on_record

    key, day = key_of(name, profile), expiry(expires, app.clock())
    if asked().dry_run:
        return Result(records=(Record(id=key, status=Status.CHANGED, title=key, detail="would be kept"),))
    place = keep(app, key, secret, team=team, description=description, expires=day, profile=profile)
    put_on_record(app, [key], action)
    detail = f"{action} in the {place}" + (f", until {day}" if day else "")
    return Result(records=(Record(id=key, status=Status.CHANGED, title=key, detail=detail),))
