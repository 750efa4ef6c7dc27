"""The few questions of `aim init`: what is asked, and what an answer means. It neither prints nor reads."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .manifests import Entry

SHOWN = 20  # tools that are listed one by one
SECRET = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def tools_question(found: Sequence[Entry]) -> str:
    """The installed tools with their numbers, and what may be answered."""
    lines = [f"  {number:>2}  {entry.name} ({entry.kind})" for number, entry in enumerate(found[:SHOWN], start=1)]
    more = [f"      and {len(found) - SHOWN} more, by number or name"] * (len(found) > SHOWN)
    head = "here already:" if len(found) == 1 else f"{len(found)} tools are here already:"
    asks = "Which shall aim.toml declare? Numbers, names or all; Enter: the built-in list\n> "
    return "\n".join([head, *lines, *more, asks])


SECRETS_QUESTION = "Which secrets does the project need? Such as OPENAI_API_KEY; Enter: none\n> "


def chosen_tools(answer: str, found: Sequence[Entry]) -> tuple[Entry, ...]:
    """What `1 3`, `ruff, eslint` or `all` means; () for nothing. Raises ValueError with a sentence for a person."""
    words = answer.replace(",", " ").split()
    if [word.lower() for word in words] == ["all"]:
        return tuple(found)
    return tuple(dict.fromkeys(entry for word in words for entry in _meant(word, found)))


def _meant(word: str, found: Sequence[Entry]) -> tuple[Entry, ...]:
    if word.isdecimal() and 1 <= int(word) <= len(found):
        return (found[int(word) - 1],)
    named = tuple(entry for entry in found if word in (entry.name, entry.id))
    if not named:
        raise ValueError(f"{word!r} is none of them: a number from 1 to {len(found)}, or a name")
    return named


def chosen_secrets(answer: str) -> tuple[str, ...]:
    """The names in `A, B`. Raises ValueError for what is no name, and does not repeat it: it may be a key."""
    words = answer.replace(",", " ").split()
    if not all(SECRET.fullmatch(word) for word in words):
        raise ValueError("that is no name of a variable: only the names are asked for, never a value")
    return tuple(dict.fromkeys(words))
