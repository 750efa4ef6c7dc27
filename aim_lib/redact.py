"""Takes known secret values, and the forms they are often written in, out of any text."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "[redacted]"
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^\s\"'<>]*)")
SHORTEST = 6  # shorter values would blank out ordinary words


class Redactor:
    """Remembers secret values; `text` replaces each, longest first, with a mask.

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
        return text


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
