"""The child that talks to the keyring: a JSON question on stdin, an answer on stdout. Its parent limits its time."""

from __future__ import annotations

import contextlib
import json
import secrets
import sys
from importlib import import_module
from typing import Any

WINDOWS_CHARACTERS = 1280  # 2560 bytes of UTF-16: CRED_MAX_CREDENTIAL_BLOB_SIZE
WORDS = {
    "KeyringLocked": "it is locked",
    "InitError": "nobody has unlocked it",
    "NoKeyringError": "there is none",
    "ModuleNotFoundError": "it is not installed",
}


class Refused(Exception):
    """An answer in our own words, without a value; the remedy only where it is another than the caller's."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.remedy = remedy


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Do what `question` asks. Raises whatever the keyring raises."""
    if question["do"] == "choose":
        return choose(question["backends"], question["service"])
    ring, service = ring_of(question.get("backend", "")), question["service"]
    if question["do"] == "has":
        return {"found": [name for name in question["names"] if ring.get_password(service, name)]}
    if question["do"] == "get":
        values = {name: ring.get_password(service, name) for name in question["names"]}
        return {"values": {name: value for name, value in values.items() if value}}
    if question["do"] == "delete":
        if ring.get_password(service, question["name"]) is not None:
            ring.delete_password(service, question["name"])
        return {"deleted": question["name"]}
    keep(ring, service, question["name"], question["value"])
    return {"stored": question["name"]}


def ring_of(backend: str) -> Any:
    """The keyring of that class, or for "" the one keyring itself chooses."""
    if not backend:
        import keyring

        return keyring.get_keyring()
    return class_of(backend)()


def class_of(backend: str) -> Any:
    module, _, name = backend.rpartition(".")
    return getattr(import_module(module), name)


def keep(ring: Any, service: str, name: str, value: str) -> None:
    """Store a value and read it back. Raises Refused, or what the keyring raises; the old value is then put back."""
    old = None
    if is_windows(ring):
        if is_too_long(value):
            limit = f"the Windows Credential Manager keeps at most {WINDOWS_CHARACTERS} characters"
            raise Refused(limit, 'keep it in the vault: secrets.store = "vault"')
        # Over an old value it would leave a copy of it: https://github.com/jaraco/keyring/issues/545
        old = ring.get_password(service, name)
        if old is not None:
            ring.delete_password(service, name)
    try:
        ring.set_password(service, name, value)
    except Exception:
        if old is not None:
            ring.set_password(service, name, old)
        raise
    # The null backend accepts everything and keeps nothing: only reading back tells.
    if ring.get_password(service, name) != value:
        raise Refused("the keyring did not keep the value")


def is_windows(ring: Any) -> bool:
    """Whether a value given to `ring` ends in the Credential Manager."""
    first = next(iter(getattr(ring, "backends", ())), ring)  # the chainer stores in its first
    return type(first).__module__ == "keyring.backends.Windows"


def is_too_long(value: str) -> bool:
    return len(value.encode("utf-16-le", "surrogatepass")) // 2 > WINDOWS_CHARACTERS


def choose(backends: list[str], service: str) -> dict[str, Any]:
    """The first keyring that keeps, gives back and deletes a probe, and why each before it does not.

    One that the user has named to keyring (PYTHON_KEYRING_BACKEND, keyringrc.cfg) is the only one that is tried.
    """
    from keyring.core import load_config, load_env

    named = load_env() or load_config()
    name_of = f"{type(named).__module__}.{type(named).__qualname__}" if named else ""
    tried: dict[str, str] = {}
    for backend in [name_of] if name_of else backends:
        try:
            probe(backend, service)
        except Refused as refusal:
            tried[backend] = str(refusal)
        except Exception as error:  # noqa: BLE001 - every backend raises its own
            tried[backend] = in_words(error)
        else:
            return {"backend": backend, "tried": tried}
    return {"backend": "", "tried": tried}


def in_words(error: Exception) -> str:
    """What is wrong, by the exception's class: its text may have a value in it."""
    kind = type(error).__name__
    return f"{WORDS[kind]} ({kind})" if kind in WORDS else kind


def probe(backend: str, service: str) -> None:
    """Raises Refused, or what the keyring raises, when a random value does not survive it, or survives its deletion."""
    if "plaintext" in backend.lower():
        raise Refused("it keeps values unencrypted")
    if not class_of(backend).viable:
        raise Refused("it is not here, or nobody runs it")
    ring = ring_of(backend)
    name, value = f"canary-{secrets.token_hex(8)}", secrets.token_hex(16)
    ring.set_password(service, name, value)
    if ring.get_password(service, name) != value:
        with contextlib.suppress(Exception):
            ring.delete_password(service, name)
        raise Refused("it did not give back what it was given")
    ring.delete_password(service, name)
    if ring.get_password(service, name) is not None:
        raise Refused("it did not delete what it was told to")


def main() -> None:
    try:
        said = answer(json.load(sys.stdin))
    except Refused as refusal:
        said = {"error": str(refusal), "remedy": refusal.remedy}
    except Exception as error:  # noqa: BLE001 - every backend raises its own; the class names it, the text has no value
        said = {"error": f"the keyring cannot be used ({type(error).__name__})"}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
