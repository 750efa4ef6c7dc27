"""The page of every command: what it does, its words and options with their defaults, its known exit codes."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

from aim_lib import namespace
from aim_lib.engine.catalogue import Catalogue
from aim_lib.engine.decorator import EngineTask
from aim_lib.engine.flags import SHARED
from docs._make import shown
from docs._make.tables import code, plain, table

HEAD = """# Commands

Every command, with all its options. `aim COMMAND --help` shows the same in the terminal, `aim --list` all names.
Each is an Invoke task too: `aim health check` is `invoke health.check`.

The exit codes given with a command are those that a scenario of the test suite shows; any command may end with one
of [the others](exit-codes.md) too.

## Options of every command

"""
KINDS = {str: "TEXT", int: "N", float: "N", list: "TEXT"}


def page() -> str:
    """The whole page as Markdown."""
    with bare_options():
        return _page()


@contextlib.contextmanager
def bare_options() -> Iterator[None]:
    """Tasks tell their own options alone, as they do to `aim`; to `invoke` each has those of the run too."""
    before = EngineTask.shares_options
    EngineTask.shares_options = False
    try:
        yield
    finally:
        EngineTask.shares_options = before


def _page() -> str:
    catalogue = Catalogue(namespace())
    codes = shown.exit_codes(catalogue)
    top = [name for name in sorted(catalogue.tasks) if "." not in name]
    groups = sorted({name.partition(".")[0] for name in catalogue.tasks if "." in name} - {"dev"})
    parts = [HEAD + table(("option", "default", "does"), map(_shared, SHARED.values()))]
    parts += [_section(catalogue, codes, name) for name in top]
    for group in groups:
        parts += [f"## aim {group}\n"]
        parts += [_section(catalogue, codes, name) for name in _members(catalogue, group)]
    return "\n".join(parts)


def _members(catalogue: Catalogue, group: str) -> list[str]:
    return sorted(name for name in catalogue.tasks if name.startswith(f"{group}."))


def _section(catalogue: Catalogue, codes: dict[str, tuple[int, ...]], name: str) -> str:
    task = catalogue.tasks[name]
    level = "###" if "." in name else "##"
    first = next(each for each, other in catalogue.tasks.items() if other.body is task.body)
    if first != name:
        return f"{level} {spoken(name)}\n\nThe same as [{spoken(first)}](#{spoken(first).replace(' ', '-')}).\n"
    lines = [f"{level} {spoken(name)}\n", f"```sh\n{usage(name, task)}\n```\n", plain(_says(task)) + "\n"]
    others = [spoken(alias) for alias in catalogue.aliases_of(name)]
    if others:
        lines.append(f"Also: {', '.join(code(each) for each in others)}.\n")
    lines.append(table(("option", "default", "does"), _rows(task)))
    if name in codes:
        lines.append(f"[Exit codes](exit-codes.md): {', '.join(map(str, codes[name]))}\n")
    return "\n".join(line for line in lines if line)


def spoken(name: str) -> str:
    """`health.check` as one types it: "aim health check"."""
    return f"aim {name.replace('.', ' ')}"


def usage(name: str, task: Any) -> str:
    """One line: the command, its words in capitals, `[options]` where it has any."""
    named = getattr(getattr(task, "rules", None), "words", ())
    words = [word.upper() for word in task.positional] + [f"[{word.upper()}]" for word in named]
    repeatable = [each.name for each in task.get_arguments() if each.kind is list]
    if repeatable and not task.positional and not named:
        words.append(f"[{repeatable[0].upper()}...]")
    options = [each for each in task.get_arguments() if each.name not in task.positional]
    return " ".join([spoken(name), *words, *(["[options]"] if options else [])])


def _says(task: Any) -> str:
    return " ".join(inspect.cleandoc(task.body.__doc__ or "").split())


def _rows(task: Any) -> Iterator[tuple[str, str, str]]:
    for argument in task.get_arguments():
        value = "" if argument.kind is bool else f"={KINDS.get(argument.kind, 'TEXT')}"
        names = [f"--{name}{value}" if len(name) > 1 else f"-{name}" for name in argument.names]
        says = plain(argument.help or "")
        if argument.name in task.positional:
            names, says = [argument.name.upper(), *names], says or "required"
        yield ", ".join(map(code, names)), _default(argument.default), says


def _default(value: Any) -> str:
    return "" if value in (None, "", False, []) else code(str(value))


def _shared(flag: tuple[str, type, Any, str]) -> tuple[str, str, str]:
    name, kind, default, says = flag
    return code(f"--{name}" + ("" if kind is bool else f"={KINDS[kind]}")), _default(default), plain(says)
