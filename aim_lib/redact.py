"""Takes known secret values, and the forms they are often written in, out of any text."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "[redacted]"
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
