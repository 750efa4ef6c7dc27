"""What the commands about secrets share: which vault is meant, how a value comes in, what is put on record."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aim_lib import injection
from aim_lib.injection import all_notes, chain, known_names, own_vault, put_on_record, refusals_on_record, team_file

from ._app import say

if TYPE_CHECKING:
    from datetime import datetime

    from aim_lib.app import App
    from aim_lib.secret import Secret
    from aim_lib.secret_notes import Notes
    from aim_lib.vaults.age_file import AgeFile

SHORTEST = 8  # below this a value is not masked in what programs print
__all__ = ["all_notes", "chain", "known_names", "own_vault", "put_on_record", "refusals_on_record", "team_file"]
ASK_WHERE = "no keyring can keep the vault's key here ({}).\nKeep it with a [p]assphrase, or in an open [f]ile? [p/f] "


def aliases(app: App) -> dict[str, str]:
    """Variable → name in a vault; see `injection.aliases`. What does not count is said."""
    return injection.aliases(app, say)


def absent_required(app: App) -> tuple[str, ...]:
    """The required secrets that are neither in the environment nor known to a vault; no single keyring item is asked.

    Raises an AimError leaf when a vault cannot be read.
    """
    from aim_lib.credentials import candidates

    told, notes = app.settings.config.secrets, all_notes(app) if app.settings.config.secrets.required else {}
    return tuple(
        name
        for name in told.required
        if not app.host.get(name) and not any(key in notes for key in candidates(name, told.names, told.profile))
    )


def ensure_key(app: App, vault: AgeFile, *, is_asked_for: bool = False) -> None:
    """Make the vault's key when there is none: in a keyring that works, else where a person on the terminal says.

    A keyring that has just refused is asked again only when somebody asks for the key itself.

    Raises NoIdentity (exit 3), with what to type, when there is nobody to ask.
    """
    from aim_lib.identity import VARIABLES, NoIdentity

    ladder = vault.ladder
    if any(app.host.get(name) for name in VARIABLES) or ladder.choice() is not None:
        return
    try:
        made = ladder.init("keyring" if is_asked_for else "auto")
    except NoIdentity as reason:
        if not app.host.is_interactive or app.host.in_ci:
            raise
        sys.stderr.write(ASK_WHERE.format(reason.message))
        sys.stderr.flush()
        answer = sys.stdin.readline().strip().lower()[:1]
        if answer == "p":
            made = ladder.init("passphrase", passphrase=new_passphrase("new passphrase of the vault's key"))
        elif answer == "f":
            made = ladder.init("file", has_consent=True)
        else:
            raise
    say(f"  the vault's key is made: {made.kind}, {made.reason}")


def keep(app: App, key: str, secret: Secret, *, team: bool = False, **notes: str) -> str:
    """Keep a secret where `secrets.store` says, or in the team's vault; returns where that is.

    Raises NoIdentity when the vault has no key and none may be made, Failed when a keyring does not keep it.
    """
    from aim_lib import credentials

    if app.settings.config.secrets.store == "keyring" and not team:
        return credentials.store(key, secret.reveal(), credentials.open_vaults(app.host, app.runner, ("os_keyring",)))
    vault = own_vault(app, team=team)
    ensure_key(app, vault)
    vault.set(key, secret, **{name: text for name, text in notes.items() if text})
    keep_prints(app)
    return "team's vault" if team else "vault"


def new_passphrase(what: str) -> Secret:
    """A passphrase typed twice. Raises BadConfig when the two differ, or nobody can be asked."""
    from getpass import getpass

    from aim_lib.errors import BadConfig
    from aim_lib.secret import Secret

    try:
        first, second = (Secret(getpass(f"{what}{again} (hidden): ")) for again in ("", ", again"))
    except EOFError:
        raise BadConfig("no passphrase was given", remedy="run it on a terminal") from None
    if first != second or not first.reveal():
        raise BadConfig("the two passphrases are not the same, or empty", remedy="run the same command again")
    return first


def value_for(name: str, app: App, *, value: str, stdin: bool, from_file: str) -> Secret:
    """The value of a secret from where it was said to be, else typed by a person. Raises BadConfig without one."""
    from aim_lib.errors import BadConfig
    from aim_lib.secret import Secret

    if sum(map(bool, (value, stdin, from_file))) > 1:
        raise BadConfig("a value comes from one place", remedy="give one of VALUE, --stdin and --from-file")
    if value:
        say("  ! a value on the command line can be seen by other programs and stays in the shell's history")
        found = Secret(value)
    elif from_file:
        found = Secret(_one_line_less(_text_of(Path(from_file).expanduser())))
    elif stdin:
        found = Secret(_one_line_less(sys.stdin.read()))
    else:
        found = _typed(name, app)
    app.redactor.learn([found.reveal()])
    if not found.reveal():
        raise BadConfig(f"the value of {name} is empty", remedy=f"aim secrets delete {name} removes a secret")
    if len(found.reveal()) < SHORTEST:
        say(f"  ! {name} is shorter than {SHORTEST} characters: it is not masked in what programs print")
    return found


def _typed(name: str, app: App) -> Secret:
    from aim_lib.errors import BadConfig
    from aim_lib.identity import on_terminal

    ask = on_terminal(app.host)
    if ask is None:
        raise BadConfig(f"no value was given for {name}", remedy=f"… | aim secrets set {name} --stdin")
    found = ask(f"{name} (hidden): ")
    if found is None:
        raise BadConfig(f"no value was given for {name}", remedy="run the same command again")
    return found


def _text_of(path: Path) -> str:
    from aim_lib.errors import BadConfig

    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadConfig(f"{path} cannot be read: {error.strerror}", remedy="name a file with the value") from None
    except UnicodeDecodeError:
        raise BadConfig(f"{path} is not UTF-8", remedy="name a file with the value as text") from None


def _one_line_less(text: str) -> str:
    """Without the line's end that `echo` and editors put behind a value."""
    return text.removesuffix("\n").removesuffix("\r")


def valid_name(name: str) -> str:
    """`name`. Raises BadConfig for one that no variable, and no key of a vault, can have."""
    import re

    from aim_lib.errors import BadConfig

    if not re.fullmatch(r"[A-Za-z_][\w.-]*", name, re.ASCII) or name.endswith("_unencrypted"):
        raise BadConfig(f"{name!r} cannot be the name of a secret", remedy="use letters, digits, _ . and -")
    return name


def expiry(text: str, now: datetime) -> str:
    """`text` as a day: `2027-01-31`, or `90d` from now. Raises BadConfig; "" stays."""
    import re
    from datetime import date

    from aim_lib.errors import BadConfig

    days = re.fullmatch(r"(\d{1,5})d", text)
    if days:
        return (now + timedelta(days=int(days[1]))).date().isoformat()
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise BadConfig(f"{text!r} is no day", remedy="write it like 2027-01-31 or 90d") from None


def expiring(notes: Notes, app: App) -> str:
    """`expired on …`, `expires on …` when that is near, or ""."""
    if not notes.expires:
        return ""
    now = app.clock()
    if notes.has_expired(now):
        return f"expired on {notes.expires[:10]}"
    soon = now + timedelta(days=app.settings.config.secrets.warn_days)
    return f"expires on {notes.expires[:10]}" if notes.has_expired(soon) else ""


def prints_file(app: App) -> Path:
    """Where the fingerprints lie, by which values are found while the vault is locked."""
    from aim_lib import leak_prints

    return app.host.folders.data / leak_prints.FILE_NAME


def keep_prints(app: App, pairs: Iterable[tuple[str, str]] | None = None) -> None:
    """Bring the fingerprints in line with the vault, or with its `pairs` of names and values where they are at hand."""
    from aim_lib import files, leak_prints

    vault = own_vault(app)
    if pairs is None:
        pairs = [(name, value.reveal()) for name, value in vault.get(vault.names()).items()]
    found = leak_prints.fingerprint(pairs)
    if found.prints:
        leak_prints.save(found, prints_file(app))
    else:
        files.delete(prints_file(app))


def split(text: str) -> tuple[str, ...]:
    """The names in `A,B`."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
