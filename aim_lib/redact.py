"""Takes known secret values, the forms they are often written in, and credentials in addresses out of any text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

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
    """Remembers secret values; `text` replaces each with a mask, and credentials in addresses always.

    Knows the value itself and its other `forms`; those that overlap or touch get one mask. Values shorter than six
    characters are not masked: the result would be unreadable and reveal them by their absence.
    """

    def __init__(self) -> None:
        self._forms: frozenset[str] = frozenset()

    def learn(self, values: Iterable[str]) -> None:
        known = [value for value in values if len(value) >= SHORTEST]
        if known:
            from .forms import forms  # most runs know no value

            found = {form.decode("utf-8", "surrogateescape") for value in known for form in forms(value, SHORTEST)}
            self._forms |= {form for form in (*found, *known) if len(form) >= SHORTEST}

    def text(self, text: str) -> str:
        present = [form for form in self._forms if form in text]
        return mask_credentials(_without(present, text) if present else text)


def _without(present: Iterable[str], text: str) -> str:
    spoken = 0
    pieces: list[str] = []
    for start, end in sorted((place, place + len(form)) for form in present for place in _places(form, text)):
        if start > spoken or not pieces:
            pieces += [text[spoken:start], MASK]
        spoken = max(spoken, end)
    return "".join([*pieces, text[spoken:]])


def _places(form: str, text: str) -> Iterator[int]:
    start = text.find(form)
    while start >= 0:
        yield start
        start = text.find(form, start + 1)


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
