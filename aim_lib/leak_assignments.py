"""Random text that is given to a name such as `api_key`; and what is only written where a secret would be. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .leak_runs import KEY, Runs, find_runs
from .randomness import looks_random

_BITS = 56.0
_LOOK_BACK = 72
_WORDS = (b"key", b"secret", b"token", b"passw", b"passphrase", b"credential", b"bearer")
_OPENERS = frozenset(b"\"'`=: \t")
_GIVEN = re.compile(
    rb"""(?i)([\w.-]{0,32}
    (?:api_?-?key|access_?-?key|auth_?-?key|secret|token|passw(?:or)?d|passphrase|credential|bearer)
    [\w.-]{0,16}?)
    (?:\\?["'`]?\s{0,2}(?:=>|:=|[=:])\s{0,2}(?:bearer\s|basic\s|token\s)?\\?["'`]?  # name = "x", "name": "x"
      |(?<=bearer)\s|(?<=[-_]key)\s|(?<=[-_]token)\s)$                              # --api-key x
    """,
    re.VERBOSE,
)
# Names of what may be seen by anybody, or is not the secret itself.
_HARMLESS = re.compile(
    rb"(?i)public|hash|sha\d|digest|finger_?print|checksum|integrity|_id$|_?name|_?file|_?path|_?url|csrf|next_?page|cursor"
)
_PLACEHOLDER = re.compile(
    rb"(?i)example|placeholder|your|dummy|fake|sample|change_?me|redacted|insert|replace|xxxx|\.\.\.|\*\*\*|(.)\1{5}"
    rb"|1234567|0123456|abcdefg|deadbeef|SflKxwRJSMeKKF2QT4"  # the last is of the token that jwt.io shows
)


def assigned(data: bytes, runs: Runs) -> Iterator[tuple[int, int, str]]:
    """`(start, end, name)` of each random text, out of `runs` of `data`, that is given to the name of a secret."""
    for begin, finish in find_runs(runs.text, KEY):
        start = runs.origin(begin)
        if not start or data[start - 1] not in _OPENERS:
            continue
        before = data[max(0, start - _LOOK_BACK) : start].rpartition(b"\n")[2].lower()
        if not any(word in before for word in _WORDS):  # the quickest question first
            continue
        text = runs.text[begin:finish]
        given = looks_random(text, _BITS) and not is_placeholder(text) and _GIVEN.search(before)
        if given and not _HARMLESS.search(given[1]):
            name = data[start - len(before) + given.start(1) : start - len(before) + given.end(1)]
            yield start, start + len(text), name.decode("ascii", "replace").lstrip("-.")


def is_placeholder(text: bytes) -> bool:
    """Whether it stands for a secret in a text that people read: `your-key`, `xxxx`, `EXAMPLE`."""
    return bool(_PLACEHOLDER.search(text))
