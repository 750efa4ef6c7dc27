"""One value of a sops document: `ENC[AES256_GCM,…]` and back, and which values are encrypted at all.

Follows sops 3.11: aes/cipher.go (32 byte nonces, the path as additional data, an empty text stays as it is) and
`ToBytes` in sops.go (what of a value goes into the MAC).
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 32
TAG_BYTES = 16
KEY_BYTES = 32
WRITTEN = re.compile(r"ENC\[AES256_GCM,data:([^,\]]*),iv:([^,\]]*),tag:([^,\]]*),type:([a-z]+)\]")
SUFFIX = "_unencrypted"

Path = tuple[str, ...]


class Rules(msgspec.Struct, frozen=True):
    """Which values a document keeps encrypted; at most one of the four is set, as sops sees to."""

    unencrypted_suffix: str = ""
    encrypted_suffix: str = ""
    unencrypted_regex: str = ""
    encrypted_regex: str = ""

    def is_encrypted(self, path: Path) -> bool:
        """Whether the value at `path` is kept encrypted. Raises re.error for a pattern that is not one."""
        if self.encrypted_regex:
            return any(re.search(self.encrypted_regex, part) for part in path)
        if self.encrypted_suffix:
            return any(part.endswith(self.encrypted_suffix) for part in path)
        if self.unencrypted_regex:
            return not any(re.search(self.unencrypted_regex, part) for part in path)
        suffix = self.unencrypted_suffix
        return not (suffix and any(part.endswith(suffix) for part in path))


def cipher_of(key: bytes) -> AESGCM:
    """The key as an object that shows nothing of it. Raises ValueError for one of a wrong length."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(key) != KEY_BYTES:
        raise ValueError("a data key has 32 bytes")
    return AESGCM(key)


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def context(path: Path) -> bytes:
    """What a value is bound to, so that it cannot stand at another name."""
    return (":".join(path) + ":").encode()


def encrypt(plain: bytes, cipher: AESGCM, bound_to: bytes, kind: str = "str") -> str:
    """`plain` as sops writes it."""
    if not plain:
        return ""
    nonce = os.urandom(NONCE_BYTES)
    sealed = cipher.encrypt(nonce, plain, bound_to)
    data, iv, tag = (base64.b64encode(part).decode() for part in (sealed[:-TAG_BYTES], nonce, sealed[-TAG_BYTES:]))
    return f"ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:{kind}]"


def kind_of(written: object) -> str:
    """The type sops noted for an encrypted value, such as "str" or "int"; "" when this is none."""
    found = WRITTEN.fullmatch(written) if isinstance(written, str) else None
    return found[4] if found else ""


def decrypt(written: object, cipher: AESGCM, bound_to: bytes) -> bytes | None:
    """What an encrypted value holds; None when it is not one, not ours, altered, or stands at another name."""
    from cryptography.exceptions import InvalidTag

    if written == "":
        return b""
    found = WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        return None
    try:
        data, iv, tag = (base64.b64decode(part, validate=True) for part in found.groups()[:3])
        return cipher.decrypt(iv, data + tag, bound_to)
    except (binascii.Error, ValueError, InvalidTag):
        return None


def in_clear(value: object) -> bytes:
    """What a value that is not encrypted adds to the MAC, as Go's strconv writes it."""
    if isinstance(value, bool):
        return b"True" if value else b"False"
    if isinstance(value, int | float):  # sops reads every number of JSON as a float64
        return _number(value)
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b""


def _number(value: float) -> bytes:
    """strconv.FormatFloat(value, 'f', -1, 64): the shortest digits, no exponent; sops refuses what is no float64."""
    from decimal import Decimal

    try:
        text = format(Decimal(repr(float(value))), "f")
    except OverflowError:
        return b"too large"  # so no MAC fits
    return (text.rstrip("0").rstrip(".") if "." in text else text).encode()


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is no table and no list, with its path, in order; members of a list have the list's path."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from leaves(member, (*path, key))
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member, path)
    else:
        yield path, value


def replaced(value: Any, change: Any, path: Path = ()) -> Any:
    """`value` with `change(path, leaf)` for every leaf, in the same order."""
    if isinstance(value, Mapping):
        return {key: replaced(member, change, (*path, key)) for key, member in value.items()}
    if isinstance(value, list):
        return [replaced(member, change, path) for member in value]
    return change(path, value)
