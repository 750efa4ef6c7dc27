"""Takes known secret values, and the forms they are often written in, out of any text."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote

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
    forms = {value, json.dumps(value)[1:-1], quote(value, safe=""), quote(value)}
    raw = value.encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        # The first and last quantum also carry the neighbours' bits: only the middle is ours.
        forms.add(encoded[4 * bool(shift) : len(encoded) - 4].rstrip("="))
    return {form for form in forms if len(form) >= SHORTEST}
