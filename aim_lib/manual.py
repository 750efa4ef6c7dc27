"""What `aim --help`, `aim --list` and `aim COMMAND --help` print: one line a command, 80 columns and less."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from .reports import Look
from .reports.terminal import fitted, paint

if TYPE_CHECKING:
    from invoke import Collection

Pair = tuple[str, str | None]

USAGE = "aim [options] COMMAND [words] [options]"
FIRST = (
    ("aim", "what to do next in this folder"),
    ("aim bootstrap", "set everything up; a second run changes nothing"),
    ("aim init", "start an aim.toml of your own here"),
    ("aim plan", "what install would change, and why"),
    ("aim install", "make the tools as declared; a failure puts all back"),
    ("aim status", "one screen: how things stand"),
    ("aim health", "check this machine; --fix mends"),
    ("aim update", "what newer versions there are"),
    ("aim secrets", "required secrets: which are there"),
    ("aim --list", "every command"),
    ("aim COMMAND --help", "what it does and takes"),
)
EVERYWHERE = ("json", "format", "dry-run", "quiet", "yes", "offline")
OF_TASKS = ("jobs", "keep-going", "resume", "force", "only", "output", "report")
GAP, LEAST, MARGIN = 2, 24, 2
CLAUSE, SHORTEST = re.compile(r"[:;.] "), 12


def overview(options: Iterable[Pair], look: Look) -> str:
    """What `aim --help` prints: where to begin, then the options that everything takes, then Invoke's own."""
    pairs = list(options)
    ours = [pair for pair in pairs if _long(pair) in EVERYWHERE]
    runs = [pair for pair in pairs if _long(pair) in OF_TASKS]
    invokes = [pair for pair in pairs if pair not in ours and pair not in runs]
    blocks = [
        [f"{paint('usage:', '1', look)} {USAGE}"],
        _block("where to begin", FIRST, look),
        _block("options of every command", sorted(ours, key=lambda pair: EVERYWHERE.index(_long(pair))), look),
        _block("options of a run of tasks", runs, look),
        _block("Invoke's own", invokes, look),
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def listing(collection: Collection, look: Look, root: str = "") -> str:
    """Every command of `collection` by group, one line each; a summary that is too long is cut."""
    blocks = [_block(root or "commands", _own(collection, root), look)] if collection.tasks else []
    for name, group in sorted(collection.collections.items()):
        full = f"{root} {name}".strip()
        blocks.append(_block(full, _own(group, full), look))
    tail = "aim COMMAND --help says more of each"
    return "\n\n".join("\n".join(block) for block in blocks if len(block) > 1) + f"\n\n{tail}\n"


def of_command(name: str, told: str, options: Sequence[Pair], words: str, look: Look) -> str:
    """What `aim COMMAND --help` prints: usage, what the command's docstring says, its options."""
    called = " ".join(("aim", *name.split("."), *([words] if words else []), *(["[options]"] if options else [])))
    paragraphs = told.strip().split("\n\n") if told.strip() else []
    blocks = [[f"{paint('usage:', '1', look)} {called}"]]
    blocks += [textwrap.wrap(" ".join(each.split()), min(look.width, 100)) for each in paragraphs]
    blocks += [_block("options", options, look)] if options else []
    blocks += [["also: --json --dry-run --quiet --yes --offline (aim --help)"]]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _own(collection: Collection, root: str) -> Iterator[Pair]:
    """The commands of one group, the one that the group's name alone means first; with their other names."""
    for name in sorted(collection.tasks, key=lambda name: (name != collection.default, name)):
        task = collection.tasks[name]
        full = f"{root} {collection.transform(name)}".strip()
        also = [*([root] if root and name == collection.default else []), *map(collection.transform, task.aliases)]
        others = f" ({', '.join(also)})" if also else ""
        yield f"{full}{others}", (task.__doc__ or "").strip().partition("\n")[0]


def _block(heading: str, pairs: Iterable[Pair], look: Look) -> list[str]:
    """A heading and two columns; the second is wrapped for options, and cut to one line for commands."""
    known = [(left, right or "") for left, right in pairs]
    width = max((len(left) for left, _ in known), default=0)
    room = max(min(look.width, 110) - MARGIN - width - GAP, LEAST)
    is_options = any(left.startswith("-") for left, _ in known)
    lines = [paint(heading, "1", look)]
    for left, right in known:
        texts = textwrap.wrap(right, room) if is_options else [_clause(right, room, look)]
        first, *more = texts or [""]
        lines.append(f"{' ' * MARGIN}{left:{width}}{' ' * GAP}{first}".rstrip())
        lines += [f"{' ' * (MARGIN + width + GAP)}{line}" for line in more]
    return lines


def _clause(text: str, room: int, look: Look) -> str:
    """`text`, or as many of its clauses as have room; where not even one has, it is cut."""
    if len(text) <= room:
        return text
    ends = [found.start() for found in CLAUSE.finditer(text) if SHORTEST <= found.start() <= room]
    return text[: ends[-1]] if ends else fitted(text, room, look)


def _long(pair: Pair) -> str:
    """The long name of an option's line: `-l [STRING], --list[=STRING]` is list."""
    long = next((word for word in pair[0].replace(",", " ").split() if word.startswith("--")), "")
    return long.removeprefix("--").partition("=")[0].partition("[")[0]
