"""The commands and options that pages name, looked up in the code; nothing is run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aim_lib.cli import translate
from aim_lib.engine.catalogue import Catalogue
from aim_lib.engine.flags import SHARED
from aim_lib.errors import AimError
from docs._make.commands import bare_options
from tests import pages

EVERYWHERE = {*(f"--{flag}" for flag, *_ in SHARED.values()), "--help", "--list", "--version"}
LAUNCHED = {"test": "dev.test"}  # the one word that aim.py knows by itself
ENDS = re.compile(r"\s*(?:&&|\|\||[|;<>]|\s--\s)\s*")


def unknown_words(page: Path, catalogue: Catalogue) -> list[str]:
    """Commands and options that a page names and nobody has, each as it stands there."""
    own = tasks_of(page)
    return [said for said in mentions(page) if not is_known(said, catalogue) and own.isdisjoint(_words(said))]


def tasks_of(page: Path) -> set[str]:
    """The tasks that a page itself defines in its Python blocks."""
    texts = [block.text for block in pages.blocks_of(page) if block.language == "python"]
    return {name for text in texts for name in re.findall(r"^@task.*\ndef (\w+)\(", text, re.MULTILINE)}


def mentions(page: Path) -> Iterator[str]:
    """Each `aim …` or `python3 aim.py …` of a page: in its blocks of commands, and between backticks."""
    for block in pages.blocks_of(page):
        if block.kind == "fence" and block.language in ("sh", "console"):
            for line in block.text.splitlines():
                if block.language == "sh" or line.startswith("$ "):
                    yield from _commands(line.removeprefix("$ ").partition(" #")[0])
    for span in pages.spans_of(page):
        yield from _commands(span)


def _commands(line: str) -> Iterator[str]:
    for part in ENDS.split(line.replace('"$(', " ; ").replace("`", " ; ")):
        found = re.match(
            r"(?:[A-Z_]+=\S*\s+|-?\s*(?:script|run|entry):\s+)*((?:aim|python3 aim\.py) \S.*)", part.strip()
        )
        if found:
            yield found[1].rstrip(')"')


def is_known(said: str, catalogue: Catalogue) -> bool:
    """Whether what is typed names a command, or a group of them, and options that it has."""
    words = _words(said)
    bare = [word for word in words if re.fullmatch(r"[a-z][a-z.-]*", word)]
    options = {re.split(r"[=|]", word)[0] for word in words if re.match("--?[a-z]", word)}
    if not bare:
        return options <= EVERYWHERE
    name = LAUNCHED.get(bare[0]) if "aim.py" in said else None
    name = name or _command(bare, catalogue)
    return bool(name) and (name == "group" or options <= _options(catalogue.tasks[name]) | EVERYWHERE)


def _words(said: str) -> list[str]:
    text = re.sub(r"^(aim|python3 aim\.py) ", "", said)
    text = re.sub(r"[\[\]…()]", " ", text).replace(" | ", " ")
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _command(bare: list[str], catalogue: Catalogue) -> str:
    if bare[0] in catalogue.collection.collections and len(bare) == 1:
        return "group"
    try:
        return catalogue.resolve(translate(bare, catalogue.collection)[0])
    except AimError:
        return ""


def _options(task: Any) -> set[str]:
    with bare_options():
        arguments = task.get_arguments()
    return {f"--{name}" if len(name) > 1 else f"-{name}" for each in arguments for name in each.names}
