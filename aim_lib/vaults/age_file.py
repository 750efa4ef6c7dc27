"""Secrets in one encrypted file, as sops keeps it; its key is `identity`'s. Names and notes can be read without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Unavailable, Unsupported
from ..host import Host, utc_now
from ..proc import Runner
from ..secret import Secret

if TYPE_CHECKING:
    from ..identity import Choice, Ladder
    from ..secret_notes import Notes
    from ..sops_file import Sealed
    from ..sops_opened import Opened
    from ..vault_file import VaultFile


class AgeFile:
    """The vault in `file`, with the key that `ladder` has. Nothing is read before it is asked for."""

    name = "vault"

    def __init__(self, file: VaultFile, ladder: Ladder, clock: Callable[[], datetime] = utc_now) -> None:
        self.file = file
        self.ladder = ladder
        self._clock = clock

    # --- as every vault ---

    def has(self, names: Iterable[str]) -> frozenset[str]:
        """Which of `names` are there, old names included; the key is not needed."""
        sealed = self.file.read()
        return frozenset() if sealed is None else frozenset(self._meant(sealed, names))

    def get(self, names: Iterable[str]) -> Mapping[str, Secret]:
        """The values of those that are there. The key is asked for only when one is.

        Raises an AimError when the file or its key cannot be used: a value that is there is not looked for elsewhere.
        """
        sealed = self.file.read()
        meant = {} if sealed is None else self._meant(sealed, names)
        if sealed is None or not meant:
            return {}
        from .. import sops_opened

        opened = sops_opened.open_sealed(sealed, self.ladder.current())
        found = {name: opened.reveal(real) for name, real in meant.items()}
        return {name: value for name, value in found.items() if value is not None}

    def store(self, name: str, value: str) -> None:
        """Keep a value, and make the vault's key when a keyring can hold it. Raises Unavailable when there is none."""
        from ..identity import NoIdentity

        try:
            self.set(name, Secret(value))
        except (NoIdentity, Unsupported) as error:
            raise Unavailable(error.message, remedy=error.remedy) from None

    def why_not(self, name: str) -> str:
        """Why a name is not there."""
        from .. import vault_edits

        sealed = self.file.read()
        if sealed is None:
            return f"there is no {self.file.path} yet"
        newer = next((new for new in vault_edits.names(sealed) if name in vault_edits.notes(sealed, new).was), "")
        old = f"; it was renamed to {newer}, and its seven days are over" if newer else ""
        return f"not among the {len(vault_edits.names(sealed))} names in {self.file.path}{old}"

    # --- what only this one can ---

    def init(
        self,
        kind: str = "auto",
        *,
        has_consent: bool = False,
        passphrase: Secret | None = None,
        identity: Secret | None = None,
    ) -> Choice:
        """As `Ladder.init`, but a key from elsewhere must open the vault that is there. Raises NotPermitted if not."""
        sealed = self.file.read() if identity is not None else None
        if identity is not None and sealed is not None:
            from .. import age, sops_opened

            sops_opened.open_sealed(sealed, age.keys_of(identity, "the key that was given"))
        return self.ladder.init(kind, has_consent=has_consent, passphrase=passphrase, identity=identity)

    def start_over(self) -> Path | None:
        """For a key that is lost: put the vault and the choice of its key aside, so that a new one can be made.

        Returns where the vault is now, with the version before beside it; None when there was none. Nothing is deleted.
        """
        from .. import identity_choice

        aside = self.file.put_aside()
        identity_choice.forget_choice(self.ladder.host)
        return aside

    def names(self) -> tuple[str, ...]:
        from .. import vault_edits

        sealed = self.file.read()
        return () if sealed is None else vault_edits.names(sealed)

    def notes(self) -> Mapping[str, Notes]:
        """What is known about each secret, in order; the key is not needed, so nothing of it is proved."""
        from .. import vault_edits

        sealed = self.file.read()
        return {} if sealed is None else {name: vault_edits.notes(sealed, name) for name in vault_edits.names(sealed)}

    def set(self, name: str, value: Secret, **changes: Any) -> Notes:
        """Keep a value with notes (`description`, `expires`, `profile`); returns them.

        Makes the vault's key when a keyring can hold it. Raises NoIdentity (exit 3) when not.
        """
        return self.set_all({name: value}, **changes)[name]

    def set_all(self, values: Mapping[str, Secret], **changes: Any) -> Mapping[str, Notes]:
        """As `set`, for several at once: all of them are kept, or none."""
        from .. import vault_edits

        def edit(opened: Opened) -> Opened:
            for name, value in values.items():
                opened = vault_edits.set_secret(opened, name, value, self._clock(), changes)
            return opened

        self._ensure_key()
        opened = self.file.change(edit)
        return {name: self._proved(opened, name, value) for name, value in values.items()}

    def delete(self, *names: str) -> None:
        """All of them, or none. Raises Failed when one is not there."""
        from functools import reduce

        from .. import vault_edits

        for name in names[:1]:
            self._change(lambda was: reduce(vault_edits.delete, names, was), name)

    def rename(self, old: str, new: str) -> Notes:
        """The old name answers for seven days more. Raises Failed when it is not there, BadConfig when `new` is."""
        from .. import vault_edits

        opened = self._change(lambda was: vault_edits.rename(was, old, new, self._clock()), old)
        return vault_edits.notes(opened.sealed, new)

    def annotate(self, name: str, **changes: Any) -> Notes:
        """Change notes, not the value. Raises Failed when the secret is not there."""
        from .. import vault_edits

        opened = self._change(lambda was: vault_edits.annotate(was, name, self._clock(), changes), name)
        return vault_edits.notes(opened.sealed, name)

    def _change(self, edit: Callable[[Opened], Opened], name: str) -> Opened:
        """As `VaultFile.change`, but without a file, or the name in it, no key is asked for and nothing is made."""
        from .. import sops_file, vault_edits

        sealed = self.file.read()
        if sealed is None or name not in vault_edits.names(sealed):
            nothing = sops_file.Sealed(str(self.file.path), {}, {})
            raise vault_edits.absent(sealed or nothing, name)
        return self.file.change(edit)

    def _ensure_key(self) -> None:
        from ..identity import VARIABLES

        if not any(self.ladder.host.get(variable) for variable in VARIABLES) and self.ladder.choice() is None:
            self.ladder.init()

    def _proved(self, opened: Opened, name: str, value: Secret) -> Notes:
        from .. import vault_edits
        from ..errors import Failed

        if opened.reveal(name) != value:
            raise Failed(f"{self.file.path} did not keep {name}", remedy="aim secrets restore --previous")
        return vault_edits.notes(opened.sealed, name)

    def _meant(self, sealed: Sealed, names: Iterable[str]) -> dict[str, str]:
        from .. import vault_edits

        return vault_edits.meanings(sealed, names, self._clock())


def open(  # noqa: A001 - the folder's contract
    host: Host,
    runner: Runner,
    *,
    path: Path | None = None,
    ask: Callable[[str], Secret | None] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> AgeFile:
    """The user's own vault, or with `path` a team's file. `ask` gets a passphrase from a person, when one is needed."""
    from .. import vault_file
    from ..identity import VAULT, Ladder

    ladder = Ladder(host, runner, ask, clock)
    if path is not None:
        return AgeFile(vault_file.shared(path, host.folders, ladder.current, clock), ladder, clock)
    return AgeFile(vault_file.own(ladder.folder, VAULT, ladder.current, clock), ladder, clock)
