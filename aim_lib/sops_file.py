"""A JSON document as sops keeps it, read without its key: names, what is in clear, for whom it is encrypted.

Pure: bytes in, a value out; what is not known of a document survives in it. With its key it is `sops_opened`'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from .errors import NotAsWanted, Unsupported
from .sops_values import SUFFIX, Rules, kind_of

ABOUT = "sops"
RULES = ("unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex")
# Other ways to wrap the data key; a document may have them beside age.
OTHERS = ("kms", "pgp", "gcp_kms", "azure_kv", "hc_vault", "hckms")
RESTORE = "take the version before it: aim secrets restore --previous"


class Sealed(msgspec.Struct, frozen=True):
    """A document as it was read. `source` is where from; `tree` has no `sops` table, `about` is that table."""

    source: str
    tree: Mapping[str, Any]
    about: Mapping[str, Any]

    @property
    def rules(self) -> Rules:
        return Rules(**{name: self.about.get(name) or "" for name in RULES})

    @property
    def suffix(self) -> str:
        """What the name of a value ends with that is kept in clear."""
        return str(self.about.get("unencrypted_suffix") or SUFFIX)

    @property
    def recipients(self) -> tuple[str, ...]:
        """The age public keys that it is encrypted to."""
        return tuple(entry["recipient"] for entry in self.about["age"])

    @property
    def others(self) -> tuple[str, ...]:
        """The other ways by which its data key can be had, such as "pgp"."""
        return tuple(name for name in OTHERS if self.about.get(name))

    def names(self) -> tuple[str, ...]:
        """The names of its secrets in order: the encrypted values that stand at the top and are not empty."""
        return tuple(name for name, value in self.tree.items() if kind_of(value) and self.is_secret(name))

    def is_secret(self, name: str) -> bool:
        """Whether a value of this name would be kept encrypted."""
        return name != ABOUT and self.rules.is_encrypted((name,))

    def clear(self, name: str) -> Any:
        """A value that is kept in clear; None when there is none."""
        return None if self.is_secret(name) else self.tree.get(name)


def parse(content: bytes, source: str) -> Sealed:
    """Read a document without its key. Raises NotAsWanted for one that is damaged, Unsupported for one not for age."""
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        what = "is empty" if not content.strip() else "is cut short or damaged: it is no JSON document"
        raise NotAsWanted(f"{source} {what}", remedy=RESTORE)
    about = document.pop(ABOUT, None)
    if not isinstance(about, dict):
        raise NotAsWanted(f"{source} is not encrypted by sops: it has no table sops", remedy=RESTORE)
    _check_about(about, source)
    return Sealed(source, document, about)


def _check_about(about: Mapping[str, Any], source: str) -> None:
    """Raises what `parse` does."""
    if about.get("shamir_threshold") or about.get("key_groups"):
        raise Unsupported(f"{source} needs keys of several groups", remedy=f"use sops itself: sops decrypt {source}")
    entries = about.get("age")
    if not entries:
        raise Unsupported(f"{source} is not encrypted for age", remedy=f"sops rotate -i --add-age age1… {source}")
    is_whole = isinstance(entries, list) and all(
        isinstance(entry, dict) and isinstance(entry.get("recipient"), str) and isinstance(entry.get("enc"), str)
        for entry in entries
    )
    texts = [about.get("mac"), about.get("lastmodified"), *(about.get(name) or "" for name in RULES)]
    if not is_whole or not all(isinstance(text, str) for text in texts):
        raise NotAsWanted(f"{source} is damaged: its table sops is not as sops writes it", remedy=RESTORE)
    try:
        for name in ("unencrypted_regex", "encrypted_regex"):
            re.compile(about.get(name) or "")
    except re.error:
        raise NotAsWanted(f"{source} is damaged: its {name} is no pattern", remedy=RESTORE) from None
