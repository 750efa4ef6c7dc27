"""The places where the vault's key may lie: read it there, keep it there, take it away. Which one is `identity`'s."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from . import age, keyrings, private_files
from .errors import BadConfig, Failed, MissingProgram, NotPermitted, Unavailable
from .host import Host
from .identity_choice import Choice
from .proc import Runner
from .secret import KEY, KEY_FILE, Secret, encoded

VARIABLES = (KEY, KEY_FILE)
FILES = {"file": "identity.txt", "passphrase": "identity.age"}
INIT = "aim secrets init --identity file --yes"
OTHERWISE = f"or set {KEY_FILE} to a file with the key"
TRIES = 3
ITEM = {"service": keyrings.SERVICE, "name": keyrings.IDENTITY}


class NoIdentity(MissingProgram):
    """There is no key yet, and none may be made without a word: exit 3, and the remedy makes one."""


class Places(msgspec.Struct, frozen=True):
    """`ask` is how a passphrase is had from a person, given a prompt; without it none is ever asked for."""

    host: Host
    runner: Runner
    ask: Callable[[str], Secret | None] | None = None

    @property
    def folder(self) -> Path:
        return self.host.folders.data / "secrets"

    def named(self, path: str) -> Secret:
        """The key in the file that the environment names, which may be a pipe. Raises NotPermitted, BadConfig."""
        content = private_files.read_named(Path(path).expanduser(), KEY_FILE)
        return self._unlocked(content, path) if age.is_encrypted(content) else _text(content, path)

    def found(self) -> str:
        """The kind of the file with a key that is there, else ""."""
        return next((kind for kind, name in FILES.items() if (self.folder / name).exists()), "")

    def read(self, choice: Choice) -> Secret:
        """The key from where it lies. Raises NotPermitted when it cannot be had now, Failed when it is gone."""
        if choice.kind == "keyring":
            return self._from_keyring(choice)
        path = self.folder / FILES[choice.kind]
        content = private_files.read(path)
        if content is None:
            raise Failed(f"the vault's key is gone: there is no {path}", remedy=f"bring it back, {OTHERWISE}")
        return self._unlocked(content, str(path)) if choice.kind == "passphrase" else _text(content, str(path))

    def in_keyring(self, backend: str) -> Secret | None:
        """The key in the keyring, None when it has none. Raises Unavailable."""
        question = {"do": "get", "service": keyrings.SERVICE, "names": [keyrings.IDENTITY], "backend": backend}
        found: Secret | None = keyrings.ask(self.host, self.runner, question)["values"].get(keyrings.IDENTITY)
        return found

    def _from_keyring(self, choice: Choice) -> Secret:
        try:
            found = self.in_keyring(choice.backend)
        except Unavailable as reason:
            said = reason.reason
        else:
            if found is not None:
                return found
            said = f"it does not have the item {keyrings.SERVICE}/{keyrings.IDENTITY}"
        raise NotPermitted(
            f"the vault's key is in the keyring and cannot be had: {said}",
            remedy=f"unlock the keyring of your session, {OTHERWISE}",
        )

    def _unlocked(self, content: bytes, where: str) -> Secret:
        for _ in range(TRIES):
            passphrase = self.ask(f"passphrase of {where} (hidden): ") if self.ask else None
            if passphrase is None:
                raise NotPermitted(f"{where} needs its passphrase", remedy=f"run this on a terminal, {OTHERWISE}")
            plain = age.unlock(content, passphrase)
            if plain is not None:
                return _text(plain, where)
        raise NotPermitted(f"no passphrase of {TRIES} opens {where}", remedy=f"remember it, {OTHERWISE}")

    def keep(self, choice: Choice, text: Secret, passphrase: Secret | None) -> None:
        """Write the key to its place and see it there. Raises NoIdentity when a keyring refuses, Failed."""
        if choice.kind == "keyring":
            try:
                keyrings.ask(self.host, self.runner, {"do": "set", **ITEM, "backend": choice.backend, "value": text})
            except Unavailable as reason:
                raise NoIdentity(f"the key could not be kept in the keyring: {reason.reason}", remedy=INIT) from None
            return
        if choice.kind == "passphrase" and passphrase is not None:
            content = age.lock(encoded(text, "the key"), passphrase)
        else:
            about = f"# made by aim, {choice.at}\n# public key: {choice.recipient}\n"
            content = about.encode() + encoded(text, "the key") + b"\n"
        path = self.folder / FILES[choice.kind]
        private_files.replace(path, content)
        if private_files.read(path) != content:
            raise Failed(f"{path} did not keep what was written", remedy="check the disk")

    def drop(self, choice: Choice) -> None:
        """Take the key away from a place. Raises Failed when a keyring does not let it go."""
        if choice.kind != "keyring":
            (self.folder / FILES[choice.kind]).unlink(missing_ok=True)
            return
        try:
            keyrings.ask(self.host, self.runner, {"do": "delete", **ITEM, "backend": choice.backend})
        except Unavailable as reason:
            item = f"{keyrings.SERVICE}/{keyrings.IDENTITY}"
            raise Failed(
                f"the key has moved, but a copy is still in the keyring: {reason.reason}", remedy=f"remove {item} there"
            ) from None


def _text(content: bytes, where: str) -> Secret:
    try:
        return Secret(content.decode())
    except UnicodeDecodeError:
        pass  # that exception carries the content
    raise BadConfig(f"{where} is no age identity", remedy="give one that begins with AGE-SECRET-KEY-1")
