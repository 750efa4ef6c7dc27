"""age encryption by pyrage: identities, recipients, passphrases. No value or key is in any exception's text or cause.

Source of the format: https://age-encryption.org/v1. The `age` program reads what this writes, and the reverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from .errors import BadConfig, Unsupported
from .secret import Secret, encoded

if TYPE_CHECKING:
    from types import ModuleType

HEADERS = (b"age-encryption.org/v1", b"-----BEGIN AGE ENCRYPTED FILE-----")
NATIVE = "AGE-SECRET-KEY-"
SSH = "-----BEGIN "


class Keys(msgspec.Struct, frozen=True):
    """Identities that can decrypt, by objects that show nothing; `recipients` are their public halves, where known."""

    recipients: tuple[str, ...]
    objects: tuple[Any, ...]


def _pyrage() -> ModuleType:
    try:
        import pyrage
    except ImportError:
        raise Unsupported(
            "the vault needs pyrage, which has no ready-made package for this machine",
            remedy="install Rust, then: pip install pyrage; or keep secrets in the environment or the keyring",
        ) from None
    module: ModuleType = pyrage
    return module


def is_encrypted(content: bytes) -> bool:
    """Whether this is an age file, binary or armored."""
    return content.lstrip().startswith(HEADERS)


def new_identity() -> Secret:
    """A new X25519 identity, `AGE-SECRET-KEY-1…`."""
    return Secret(str(_pyrage().x25519.Identity.generate()))


def keys_of(identities: Secret, source: str) -> Keys:
    """The identities in a text like age-keygen's (comments and empty lines aside), or in one OpenSSH private key.

    Raises BadConfig, which names `source`, when there is none or one is not understood.
    """
    found = _ssh(identities) if identities.reveal().lstrip().startswith(SSH) else _native(identities)
    if found is None:
        raise BadConfig(
            f"{source} is no age identity",
            remedy="give one that begins with AGE-SECRET-KEY-1, or an OpenSSH key without a passphrase",
        )
    return found


def _native(text: Secret) -> Keys | None:
    pyrage = _pyrage()
    lines = [Secret(line.strip()) for line in text.reveal().splitlines() if line.strip() and line.strip()[0] != "#"]
    try:
        objects = tuple(pyrage.x25519.Identity.from_str(line.reveal()) for line in lines)
    except (pyrage.IdentityError, UnicodeEncodeError):
        return None
    return Keys(tuple(str(item.to_public()) for item in objects), objects) if objects else None


def _ssh(text: Secret) -> Keys | None:
    pyrage = _pyrage()
    try:
        return Keys((), (pyrage.ssh.Identity.from_buffer(text.reveal().encode()),))
    except (pyrage.IdentityError, UnicodeEncodeError):
        return None


def check_recipient(recipient: str) -> None:
    """Raises BadConfig when this is no public key that can be encrypted to."""
    _recipient(recipient)


def _recipient(recipient: str) -> Any:
    pyrage = _pyrage()
    kind = pyrage.ssh.Recipient if recipient.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return kind.from_str(recipient)
    except (pyrage.RecipientError, UnicodeEncodeError):
        pass  # someone may have given the private key: it is not repeated
    shown = (
        f"{recipient[:60]} is no age recipient" if recipient.startswith(("age1", "ssh-")) else "that is no recipient"
    )
    raise BadConfig(shown, remedy="give a public key: age1…, from age-keygen -y, or ssh-ed25519 …")


def encrypt(content: bytes, recipients: Sequence[str]) -> bytes:
    """An armored age file for all of `recipients`. Raises BadConfig for one that is none."""
    known = [_recipient(recipient) for recipient in recipients]
    return bytes(_pyrage().encrypt(content, known, armored=True))


def decrypt(content: bytes, keys: Keys) -> bytes | None:
    """What an age file holds; None when it is none of ours, or damaged."""
    pyrage = _pyrage()
    try:
        return bytes(pyrage.decrypt(content, list(keys.objects)))
    except pyrage.DecryptError:
        return None


def lock(content: bytes, passphrase: Secret) -> bytes:
    """An armored age file that a passphrase opens. Takes seconds: that is its protection. Raises BadConfig."""
    encoded(passphrase, "the passphrase")
    return bytes(_pyrage().passphrase.encrypt(content, passphrase.reveal(), armored=True))


def unlock(content: bytes, passphrase: Secret) -> bytes | None:
    """What a passphrase's age file holds; None when the passphrase is wrong or the file damaged. Takes seconds."""
    pyrage = _pyrage()
    try:
        return bytes(pyrage.passphrase.decrypt(content, passphrase.reveal()))
    except (pyrage.DecryptError, UnicodeEncodeError):
        return None
