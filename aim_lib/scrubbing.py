"""Text made fit to be shown to strangers: no secret, no key's shape, and, unless asked for, nobody's name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import leak_shapes
from .host import Host
from .leak_hits import Hit, Values
from .redact import MASK, without_credentials

# Variables and settings whose values are secrets, by their names.
SECRET_NAME = re.compile(
    r"(?i)key|token|secret|passw|passphrase|(?<!old)pwd(?<!^pwd)|credential|auth|cookie|private|dsn|webhook|signature"
)
SHORTEST = 8  # a shorter value of such a variable is a switch, and its word is everywhere
# Everybody's: taking them out would tell nothing less and make the rest unreadable.
COMMON = frozenset({"root", "user", "users", "admin", "home", "localhost", "unknown", "runner", "python", "linux"})


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Scrubs texts: `redact` knows values, `values` the vault's in all forms, `names` what stands for whom."""

    redact: Callable[[str], str]
    values: Values | None
    names: tuple[tuple[re.Pattern[str], str], ...]

    def text(self, text: str) -> str:
        known = without_credentials(self.redact(text))
        shown = _without(known, self._hits)
        for pattern, word in self.names:
            shown = pattern.sub(lambda _, word=word: word, shown)  # type: ignore[misc]
        return shown

    def _hits(self, data: bytes) -> Iterator[Hit]:
        yield from self.values.find(data) if self.values is not None else ()
        yield from leak_shapes.find_shapes(data)

    def value(self, value: object, name: str = "") -> object:
        """The same document with its texts scrubbed; what is called like a secret has no value at all."""
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(item, str(key)) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item, name) for item in value]
        if not isinstance(value, str):
            return value
        is_secret = bool(SECRET_NAME.search(name)) and len(value) >= SHORTEST
        return MASK if is_secret and not _is_name(value) else self.text(value)


def _is_name(value: str) -> bool:
    """Whether a value is plainly the name of something, as in a list of required secrets."""
    return bool(re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", value))


def _without(text: str, find: Callable[[bytes], Iterable[Hit]]) -> str:
    """`text` with one mask in the place of hits that overlap or touch."""
    data = text.encode("utf-8", "surrogatepass")
    pieces: list[bytes] = []
    end = 0
    for hit in sorted(find(data), key=lambda hit: (hit.start, hit.end)):
        if hit.start > end or not pieces:
            pieces += [data[end : hit.start], MASK.encode()]
        end = max(end, hit.end)
    return b"".join((*pieces, data[end:])).decode("utf-8", "replace")


def secrets_of(env: Mapping[str, str]) -> Iterator[str]:
    """The values of the variables that are called like a secret; a path that is there is none."""
    named = (value for name, value in env.items() if SECRET_NAME.search(name) and len(value) >= SHORTEST)
    return (value for value in named if not (value.startswith("/") and _is_there(value)))


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def names_of(host: Host) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What stands for the home folder, the user and the machine: `~`, `<user>`, `<host>`."""
    homes = {str(host.home), _resolved(host.home)}
    ways = sorted({way for home in homes if len(home) > 1 for way in (home, json.dumps(home)[1:-1])}, key=len)
    found = [(re.compile(f"{re.escape(way)}(?![\\w.-])"), "~") for way in reversed(ways)]
    found += [(_word(name), "<host>") for name in (host.name, host.name.partition(".")[0]) if _is_telling(name)]
    return (*found, *((_word(name), "<user>") for name in (host.user, host.home.name) if _is_telling(name)))


def _resolved(path: Path) -> str:
    try:
        return str(path.resolve())
    except OSError:
        return str(path)


def _is_telling(name: str) -> bool:
    return len(name) >= 3 and name.lower() not in COMMON


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", re.IGNORECASE)
