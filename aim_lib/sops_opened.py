"""A document of sops whose data key we have: values out and in, its MAC, for whom it is encrypted.

Pure but for random numbers. `open_sealed` gives one only when its MAC fits; no plain value stands in an exception.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from . import age
from .age import Keys
from .errors import AimError, BadConfig, NotAsWanted, NotPermitted, Unsupported
from .secret import Secret, encoded
from .sops_file import ABOUT, RESTORE, Sealed
from .sops_values import (
    KEY_BYTES,
    SUFFIX,
    Path,
    cipher_of,
    context,
    decrypt,
    encrypt,
    in_clear,
    kind_of,
    leaves,
    new_key,
    replaced,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "3.11.0"  # what the format was checked against
ONLY_ENCRYPTED = bytes.fromhex("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69")


class Opened(Struct, frozen=True):
    """A document whose data key we have."""

    sealed: Sealed
    cipher: AESGCM

    def reveal(self, name: str) -> Secret | None:
        """The value of a secret; None when it is not there, or is empty. Raises NotAsWanted when it is not text."""
        written = self.sealed.tree.get(name)
        if not kind_of(written):
            return None
        return _text(
            decrypt(written, self.cipher, context((name,))), kind_of(written), f"{name} in {self.sealed.source}"
        )

    def with_secret(self, name: str, value: Secret) -> Opened:
        """The document with that value, encrypted anew. Raises BadConfig for a name or value that cannot be kept so."""
        _check_name(name, self.sealed)
        if not value.reveal():
            raise BadConfig(f"the value of {name} is empty", remedy=f"give a value, or: aim secrets delete {name}")
        written = encrypt(encoded(value, name), self.cipher, context((name,)))
        return self._with({**self.sealed.tree, name: written})

    def with_clear(self, name: str, text: str) -> Opened:
        """The document with a text that anybody can read; encrypted where its rules want that name encrypted."""
        hidden = self.sealed.rules.is_encrypted((name,))
        written = encrypt(text.encode(), self.cipher, context((name,))) if hidden else text
        return self._with({**self.sealed.tree, name: written})

    def without(self, *names: str) -> Opened:
        return self._with({key: value for key, value in self.sealed.tree.items() if key not in names})

    def _with(self, tree: Mapping[str, Any]) -> Opened:
        return replace(self, sealed=replace(self.sealed, tree=tree))


def new(source: str, recipients: Sequence[str]) -> Opened:
    """An empty document for `recipients`. Raises BadConfig for one that is none."""
    key = new_key()
    about = {"age": _wrapped(key, recipients), "lastmodified": "", "mac": "", "unencrypted_suffix": SUFFIX}
    return Opened(Sealed(source, {}, {**about, "version": VERSION}), cipher_of(key))


def open_sealed(sealed: Sealed, keys: Keys) -> Opened:
    """Decrypt the data key and check the MAC. Raises NotPermitted when no key fits, NotAsWanted after tampering."""
    opened = Opened(sealed, _cipher(sealed, keys))
    written = decrypt(sealed.about["mac"], opened.cipher, sealed.about["lastmodified"].encode())
    if not written or written.decode("ascii", "replace") != mac(opened):
        raise NotAsWanted(
            f"{sealed.source} was changed by someone without the key: its MAC does not fit its values",
            remedy=RESTORE,
        )
    return opened


def _cipher(sealed: Sealed, keys: Keys) -> AESGCM:
    # The entry that names our key comes first; SSH keys and aliases of a key are found by trying.
    entries = sorted(sealed.about["age"], key=lambda entry: entry["recipient"] not in keys.recipients)
    is_named = False
    for entry in entries:
        key = age.decrypt(entry["enc"].encode("utf-8", "replace"), keys)
        if key and len(key) == KEY_BYTES:
            return cipher_of(key)
        is_named = is_named or entry["recipient"] in keys.recipients
    if is_named:
        raise NotAsWanted(f"{sealed.source} is damaged: its data key cannot be decrypted", remedy=RESTORE)
    raise NotPermitted(
        f"{sealed.source} is not encrypted for this identity",
        remedy=f"someone who can read it must add you: aim secrets recipients add {_mine(keys)}",
        details=[f"it is for {recipient}" for recipient in sealed.recipients],
    )


def _mine(keys: Keys) -> str:
    return keys.recipients[0] if keys.recipients else "YOUR-PUBLIC-KEY"


def mac(opened: Opened) -> str:
    """SHA-512 over all values in order, in capital hex. Raises NotAsWanted for a value that cannot be decrypted."""
    rules, about = opened.sealed.rules, opened.sealed.about
    hashed = hashlib.sha512(ONLY_ENCRYPTED if about.get("mac_only_encrypted") else b"")
    for path, value in leaves(opened.sealed.tree):
        if rules.is_encrypted(path):
            hashed.update(_plain(value, path, opened))
        elif not about.get("mac_only_encrypted"):
            hashed.update(in_clear(value))
    return hashed.hexdigest().upper()


def _plain(written: object, path: Path, opened: Opened) -> bytes:
    if written is None:
        return b""
    plain = decrypt(written, opened.cipher, context(path))
    if plain is None:
        raise NotAsWanted(
            f"{opened.sealed.source} was changed by someone without the key: {'.'.join(path)} is not as it was written",
            remedy=RESTORE,
        )
    return plain


def dump(opened: Opened, lastmodified: str) -> bytes:
    """The document as sops writes it, with a new MAC. `lastmodified` is RFC 3339 in whole seconds, UTC."""
    import json

    sealed_mac = encrypt(mac(opened).encode(), opened.cipher, lastmodified.encode())
    about = {**opened.sealed.about, "lastmodified": lastmodified, "mac": sealed_mac}
    text = json.dumps({**opened.sealed.tree, ABOUT: about}, indent="\t", ensure_ascii=False)
    for character in "<>&\u2028\u2029":  # as Go does, so that a change by sops is a small one
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "surrogatepass") + b"\n"


def with_recipients(opened: Opened, keys: Keys, recipients: Iterable[str]) -> Opened:
    """The document for these age recipients as well. Raises BadConfig for one that is none."""
    more = [recipient for recipient in dict.fromkeys(recipients) if recipient not in opened.sealed.recipients]
    raw = _raw_key(opened.sealed, keys)
    entries = [*opened.sealed.about["age"], *_wrapped(raw, more)]
    return replace(opened, sealed=replace(opened.sealed, about={**opened.sealed.about, "age": entries}))


def _raw_key(sealed: Sealed, keys: Keys) -> bytes:
    found = (age.decrypt(entry["enc"].encode("utf-8", "replace"), keys) for entry in sealed.about["age"])
    return next(key for key in found if key)


def rekeyed(opened: Opened, recipients: Sequence[str]) -> Opened:
    """The document under a new data key, for exactly these age recipients; who is left out cannot read what follows.

    Raises Unsupported when the data key is also wrapped in ways we do not know, BadConfig without a recipient.
    """
    sealed = opened.sealed
    if sealed.others:
        ways = ", ".join(sealed.others)
        raise Unsupported(
            f"{sealed.source} is also for {ways}", remedy=f"use sops itself: sops rotate -i {sealed.source}"
        )
    if not recipients:
        raise BadConfig(f"{sealed.source} would be for nobody", remedy="leave at least one recipient")
    key = new_key()
    cipher = cipher_of(key)

    def change(path: Path, written: Any) -> Any:
        if written is None or not sealed.rules.is_encrypted(path):
            return written
        return encrypt(_plain(written, path, opened), cipher, context(path), kind_of(written) or "str")

    about = {**sealed.about, "age": _wrapped(key, recipients)}
    return Opened(Sealed(sealed.source, replaced(sealed.tree, change), about), cipher)


def _wrapped(key: bytes, recipients: Sequence[str]) -> list[dict[str, str]]:
    return [{"recipient": public, "enc": age.encrypt(key, [public]).decode()} for public in recipients]


def _text(plain: bytes | None, kind: str, what: str) -> Secret:
    """A value as text: true and false in small letters, as JSON has them."""
    failure: AimError = NotAsWanted(f"{what} was changed by someone without the key", remedy=RESTORE)
    if plain is not None:
        try:
            text = plain.decode()
        except UnicodeDecodeError:
            failure = NotAsWanted(f"{what} is not text", remedy="use sops itself for bytes")
        else:
            # The type is no part of what is authenticated: nothing but these two words may depend on it.
            return Secret(text.lower() if kind == "bool" and text in ("True", "False") else text)
    plain = None  # no traceback shows it
    raise failure


def _check_name(name: str, sealed: Sealed) -> None:
    if not name or not sealed.is_secret(name):
        why = "is no name for a secret" if name in ("", ABOUT) else f"would be kept in clear in {sealed.source}"
        raise BadConfig(f'"{name}" {why}', remedy="choose another name")
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        raise BadConfig("the name of a secret is not text", remedy="choose another name")
    if isinstance(sealed.tree.get(name), dict | list):
        raise BadConfig(f"{name} is a table in {sealed.source}", remedy="choose another name, or use sops itself")
