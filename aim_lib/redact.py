"""Takes known secret values, the forms they are often written in, and credentials in addresses out of any text."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "[redacted]"
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^\s\"'<>]*)")
SHORTEST = 6  # shorter values would blank out ordinary words
# Patterns as text: most runs print none of it. What stands before the last @ of a host goes, the user's name too: it
# may be a token. The "git" of ssh addresses is none.
_USERINFO = r"""(?<=://)(?!git@)[^/?#\s"'<>`\\]+@"""
# Keys of .npmrc and .pypirc, also behind `//host/:`, and a request's header.
_KEYS = r"""(?i)((?<![a-z0-9])_(?:authToken|auth|password)["']?\s*[=:]\s*["']?)[^\s"',;\\]+"""
_HEADER = r"""(?i)(\bauthorization["']?\s*[:=]\s*["']?(?:(?:bearer|basic|token)\s+)?)[^\s"',;\\]+"""


def mask_credentials(text: str) -> str:
    """`text` without what stands between `://` and `@`, and without the values of npm's `_authToken` and its like."""
    if "://" in text and "@" in text:
        text = re.sub(_USERINFO, f"{MASK}@", text)
    lower = text.lower()
    if "_auth" in lower or "_password" in lower:
        text = re.sub(_KEYS, rf"\1{MASK}", text)
    return re.sub(_HEADER, rf"\1{MASK}", text) if "authorization" in lower else text


class Redactor:
    """Remembers secret values; `text` replaces each, longest first, with a mask, and credentials in addresses always.

    Knows the value itself and its JSON, URL and base64 (three alignments) forms. Values shorter than
    six characters are not masked: the result would be unreadable and reveal them by their absence.
    """

    def __init__(self) -> None:
        self._forms: tuple[str, ...] = ()

    def learn(self, values: Iterable[str]) -> None:
        forms = set(self._forms)
        for value in values:
            if len(value) >= SHORTEST:
                forms |= _forms(value)
        self._forms = tuple(sorted(forms, key=len, reverse=True))

    def text(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, MASK)
        return mask_credentials(text)


def without_credentials(text: str) -> str:
    """`text` with user, password, query and fragment taken out of every URL in it."""
    return _URL.sub(_bare, text)


def _bare(url: re.Match[str]) -> str:
    rest = re.split(r"[?#]", url[2], maxsplit=1)[0]
    place, slash, path = rest.partition("/")
    # A password with a "/" in it ends the address too early: then only what follows its last "@" is certain.
    # npm's own paths have "/@scope/", which is none.
    if re.search(r"[^/]@", f"/{path}"):
        place, slash, path = path[path.rindex("@") + 1 :].partition("/")
    return f"{url[1]}{place.rpartition('@')[2]}{slash}{path}"


def _forms(value: str) -> set[str]:
    raw = value.encode()
    written = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    written |= {quote(value, safe=""), quote(value), quote_plus(value), raw.hex()}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        # The first and last quantum also carry the neighbours' bits: only what lies between is ours for sure.
        start = -(-8 * shift // 6)
        certain = encoded[start : (8 * (shift + len(raw))) // 6]
        written |= {certain, certain.translate(_URL_SAFE)}
    return {form for form in written if len(form) >= SHORTEST}


_URL_SAFE = str.maketrans("+/", "-_")
