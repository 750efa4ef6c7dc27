"""age: what is encrypted for whom, and that no key is in an error."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aim_lib import age, sops_file, sops_opened
from aim_lib.errors import BadConfig, Unsupported
from aim_lib.secret import Secret

KEY = "AGE-SECRET-KEY-1UTS04G06LGFXZ8GE94E6ZC87NR9X0H5L3GSQLK2XJRLE0EREQWRSFDV3Z2"
LOCKED = (Path(__file__).parent / "data/sops/key.age").read_bytes()
PUBLIC = "age1th608dw32uc43q56hh096u4qhdf7mfkdkmhsquj9w7vdg6uxyffsu9na7n"


def text_of(error: BaseException) -> str:
    """All that a traceback with variables would show."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def failing(work: Callable[[], Any]) -> BadConfig:
    with pytest.raises(BadConfig) as error:
        work()
    return error.value


def test_an_identity_has_a_public_half() -> None:
    """The recipient of a known identity is the one that age-keygen prints."""
    assert age.keys_of(Secret(KEY), "it").recipients == (PUBLIC,)


def test_comments_and_more_than_one_identity() -> None:
    """A file of age-keygen, or several in one, is read as it is."""
    other = age.new_identity()
    text = Secret(f"# created: today\n# public key: {PUBLIC}\n\n{KEY}\r\n  {other.reveal()}\n")

    keys = age.keys_of(text, "it")

    assert keys.recipients == (PUBLIC, *age.keys_of(other, "it").recipients)


def test_what_is_encrypted_comes_back() -> None:
    """For each of several recipients, and for nobody else."""
    one, two, stranger = (age.keys_of(age.new_identity(), "it") for _ in range(3))

    sealed = age.encrypt(b"\0value", [*one.recipients, *two.recipients])

    assert [age.decrypt(sealed, keys) for keys in (one, two, stranger)] == [b"\0value", b"\0value", None]
    assert age.is_encrypted(sealed)


@pytest.mark.parametrize("damage", [b"", b"age", b"-----BEGIN AGE ENCRYPTED FILE-----\n"])
def test_a_damaged_file_is_not_decrypted(damage: bytes) -> None:
    """What is cut short or is something else gives nothing, not an exception of pyrage's."""
    assert age.decrypt(damage, age.keys_of(Secret(KEY), "it")) is None


def test_a_passphrase_locks_and_unlocks() -> None:
    """The right one opens it."""
    sealed = age.lock(b"value", Secret("correct"))

    assert age.unlock(sealed, Secret("correct")) == b"value"


@pytest.mark.parametrize("passphrase", ["wrong", "", "correct horse ", "\ud800"])
def test_another_passphrase_does_not(passphrase: str) -> None:
    """Whatever it is, it opens nothing and is no crash."""
    assert age.unlock(LOCKED, Secret("correct horse")) == f"# public key: {PUBLIC}\n{KEY}\n".encode()
    assert age.unlock(LOCKED, Secret(passphrase)) is None


@pytest.mark.parametrize(
    "text", ["", "# only a comment", KEY[:-1] + "A", KEY + "\nmore", "-----BEGIN OPENSSH", "\ud800"]
)
def test_what_is_no_identity_is_refused(text: str) -> None:
    """The error names where it came from and repeats nothing of it, in no variable of its traceback either."""
    given = Secret(text)

    error = failing(lambda: age.keys_of(given, "AIM_AGE_KEY"))

    assert error.message == "AIM_AGE_KEY is no age identity"
    assert error.remedy
    assert KEY[:-1] not in text_of(error)


@pytest.mark.parametrize("text", ["", "age1", "ssh-rsa x", KEY, "\ud800"])
def test_what_is_no_recipient_is_refused(text: str) -> None:
    """A private key given by mistake is not repeated."""
    error = failing(lambda: age.encrypt(b"value", [text]))

    assert "recipient" in error.message
    assert KEY not in f"{error.message}{error.remedy}"


# --- SSH keys, and no pyrage ------------------------------------------------------------------------------------


def ssh_key() -> tuple[str, str]:
    """A new OpenSSH key: private, public."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return private.decode(), key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def test_an_ssh_key_is_a_recipient() -> None:
    """A team mate without an age key is added by the public SSH key, and reads with the private one."""
    private, public = ssh_key()

    sealed = age.encrypt(b"value", [PUBLIC, f"{public} ada@home"])

    assert age.decrypt(sealed, age.keys_of(Secret(private), "it")) == b"value"


def test_an_ssh_key_opens_a_vault() -> None:
    """Its entry in the document is found by trying: an SSH key's public half is not known from the private one."""
    private, public = ssh_key()
    opened = sops_opened.new("vault.json", [PUBLIC, public]).with_secret("A", Secret("one"))
    sealed = sops_file.parse(sops_opened.dump(opened, "2026-01-02T12:00:00Z"), "vault.json")

    value = sops_opened.open_sealed(sealed, age.keys_of(Secret(private), "it")).reveal("A")

    assert value == Secret("one")


def test_without_pyrage(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine it has no wheel for: exit 6, what is missing, and what to do or use instead."""
    monkeypatch.setitem(sys.modules, "pyrage", None)

    with pytest.raises(Unsupported, match="the vault needs pyrage") as error:
        age.new_identity()

    assert error.value.exit_code == 6
    assert "pip install pyrage" in error.value.remedy
    assert "environment" in error.value.remedy
