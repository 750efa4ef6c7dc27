"""The key of the vault, by a ladder: environment, keyring, passphrase-protected file, open file.

Never an open file without consent. What was chosen is remembered with its reason (`identity_choice`); where it lies and
how it is had from there is `identity_places`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from . import age, identity_choice, private_files
from .age import Keys
from .errors import AimError, BadConfig, NotPermitted, Unavailable
from .host import Host, iso, utc_now
from .identity_choice import Choice, Verdict
from .identity_places import INIT, VARIABLES, NoIdentity, Places
from .proc import Runner
from .secret import KEY, KEY_FILE, Secret

__all__ = ["KINDS", "PROTECTS", "VARIABLES", "Choice", "Ladder", "NoIdentity", "Rung"]

VAULT = "vault.json"
KINDS = ("keyring", "passphrase", "file")
PROTECTS = {
    "environment": "as safe as whoever sets the variable; it is given to no program that is started",
    "keyring": "opens when you log in; programs that run as you can ask the unlocked keyring for it too",
    "passphrase": "opens with the passphrase alone, each time; nobody can use a copy of the disk without it",
    "file": "protects the vault in backups, commits and copies; not from programs that run as you",
}


class Rung(msgspec.Struct, frozen=True):
    """One rung as it stands: `is_used` is the one whose key opens the vault here; `detail` says why, or why not."""

    kind: str
    is_used: bool
    detail: str
    protects: str


# One reading of a place in a process, whatever came of it; by the choice, its folder and the session.
_read_before: dict[tuple[str, ...], Secret | AimError] = {}


class Ladder(msgspec.Struct, frozen=True):
    """`ask` is how a passphrase is had from a person, given a prompt; by default on the terminal, if there is one."""

    host: Host
    runner: Runner
    ask: Callable[[str], Secret | None] | None = None
    clock: Callable[[], datetime] = utc_now

    @property
    def folder(self) -> Path:
        """Where the user's own vault and the files with its key lie."""
        return self._places.folder

    @property
    def _places(self) -> Places:
        return Places(self.host, self.runner, self.ask or on_terminal(self.host))

    def current(self) -> Keys:
        """The keys that open the vault. A keyring is asked, and a passphrase, at most once in a process.

        Raises NoIdentity when there is none, NotPermitted when it cannot be had now, BadConfig when it is no key.
        """
        if self.host.get(KEY):
            return age.keys_of(Secret(self.host.get(KEY)), KEY)
        named = self.host.get(KEY_FILE)
        if named:
            return age.keys_of(self._once((KEY_FILE, named), lambda: self._places.named(named)), named)
        choice = self.choice()
        if choice is None:
            raise NoIdentity("there is no key for the vault yet", remedy=INIT)
        return age.keys_of(self._read_once(choice), f"the key in the {choice.kind}")

    def choice(self) -> Choice | None:
        """Which stored key is used, without reading it; None when there is none."""
        known = identity_choice.read(self.host)
        if known.choice is not None:
            return known.choice
        kind = self._places.found()
        if kind:
            return Choice(kind=kind, recipient="", reason="its file was found")
        if not (self.folder / VAULT).exists():
            return None
        backend = known.verdict.backend if known.verdict else ""
        return Choice(kind="keyring", recipient="", reason="there is a vault and no file with its key", backend=backend)

    def _read_once(self, choice: Choice) -> Secret:
        return self._once(self._about(choice), lambda: self._places.read(choice))

    def _about(self, choice: Choice) -> tuple[str, ...]:
        return (str(self.folder), choice.kind, choice.at, identity_choice.fingerprint(self.host))

    @staticmethod
    def _once(about: tuple[str, ...], read: Callable[[], Secret]) -> Secret:
        if about not in _read_before:
            try:
                _read_before[about] = read()
            except AimError as error:
                _read_before[about] = error
        found = _read_before[about]
        if isinstance(found, AimError):
            raise found
        return found

    def init(
        self,
        kind: str = "auto",
        *,
        has_consent: bool = False,
        passphrase: Secret | None = None,
        identity: Secret | None = None,
    ) -> Choice:
        """Make the key, or move the one there is to another rung; `identity` brings one from elsewhere in its place.

        "auto" is what there is, else the keyring if its canary passes. Raises NoIdentity when it does not, NotPermitted
        for an open file without consent, BadConfig for a passphrase that is missing: all is then as it was before.
        """
        with private_files.locked(self.folder / ".identity.lock"):
            before = self.choice()
            if before is not None and identity is None and not passphrase and kind in ("auto", before.kind):
                return before
            choice = self._chosen(kind, passphrase, has_consent=has_consent)
            text = identity or (self._there(choice) if before is None else self._read_once(before))
            return self._settle(choice, text or age.new_identity(), passphrase, before)

    def _there(self, choice: Choice) -> Secret | None:
        """A key that the keyring already has, although nothing remembers it: it is not overwritten."""
        if choice.kind != "keyring":
            return None
        try:
            return self._places.in_keyring(choice.backend)
        except Unavailable as reason:
            raise NoIdentity(f"the keyring cannot be read: {reason.reason}", remedy=INIT) from None

    def _settle(self, choice: Choice, text: Secret, passphrase: Secret | None, before: Choice | None) -> Choice:
        recipients = age.keys_of(text, "the key that was given").recipients
        if not recipients:
            raise BadConfig("a vault of your own needs an age key", remedy="give one from age-keygen")
        settled = msgspec.structs.replace(choice, recipient=recipients[0], at=iso(self.clock()))
        kept = _without_comments(text)
        self._places.keep(settled, kept, passphrase)
        identity_choice.remember_choice(self.host, settled)
        _read_before[self._about(settled)] = kept  # seen there just now: no need to ask again
        if before is not None and before.kind != settled.kind:
            self._places.drop(before)
        return settled

    def _chosen(self, kind: str, passphrase: Secret | None, *, has_consent: bool) -> Choice:
        if kind in ("auto", "keyring"):
            verdict = identity_choice.canary(self.host, self.runner, self.clock(), is_fresh=kind == "keyring")
            return _by_canary(verdict)
        if kind == "passphrase":
            if passphrase is None or not passphrase.reveal():
                raise BadConfig("a passphrase is needed", remedy="run it on a terminal: aim secrets init")
            return Choice(kind=kind, recipient="", reason="a passphrase was chosen")
        if kind != "file":
            raise BadConfig(f'"{kind}" is no place for the key', remedy=f"one of: {', '.join(KINDS)}")
        if not has_consent:
            raise NotPermitted(f"an open file needs your consent: it {PROTECTS['file']}", remedy=INIT)
        return Choice(kind=kind, recipient="", reason="an open file was agreed to")

    def explain(self) -> tuple[Rung, ...]:
        """How each rung stands, from the first; nothing is read and no keyring asked."""
        verdict = identity_choice.read(self.host).verdict
        choice, given = self.choice(), next((name for name in VARIABLES if self.host.get(name)), "")
        detail = f"{given} is set" if given else f"none of {', '.join(VARIABLES)} is set"
        rungs = [Rung("environment", bool(given), detail, PROTECTS["environment"])]
        for kind in KINDS:
            is_chosen = choice is not None and choice.kind == kind
            detail = choice.reason if choice is not None and is_chosen else _unused(kind, verdict)
            rungs.append(Rung(kind, is_chosen and not given, detail, PROTECTS[kind]))
        return tuple(rungs)


def on_terminal(host: Host) -> Callable[[str], Secret | None] | None:
    """Asks for a passphrase without showing it; None where nobody can be asked."""
    if not host.is_interactive or host.in_ci:
        return None

    def ask(prompt: str) -> Secret | None:
        from getpass import getpass

        try:
            return Secret(getpass(prompt))
        except EOFError:  # Ctrl-D
            return None

    return ask


def _unused(kind: str, verdict: Verdict | None) -> str:
    if kind == "keyring" and verdict is not None:
        return verdict.reason
    return "not asked yet" if kind == "keyring" else "not chosen"


def _by_canary(verdict: Verdict) -> Choice:
    if not verdict.backend:
        raise NoIdentity(f"no keyring can keep the vault's key here: {verdict.reason}", remedy=INIT)
    return Choice(kind="keyring", recipient="", reason=verdict.reason, backend=verdict.backend)


def _without_comments(text: Secret) -> Secret:
    """The keys alone: comments may be long, and say where it was before."""
    if text.reveal().lstrip().startswith(age.SSH):
        return text
    return Secret("\n".join(line for line in text.reveal().splitlines() if line.strip() and not line.startswith("#")))
