"""The `aim` program: Invoke's program with the spaced grammar (`aim scan caches`), many names, and our exit codes.

Built-in commands never load a project's `tasks.py`; only a word that is no command of ours is looked up there.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from invoke import Program
from invoke.exceptions import Exit, ParseError

from . import __version__, namespace
from .collect import project_tasks
from .engine.catalogue import dotted_names
from .engine.decorator import EngineTask, shared_arguments
from .engine.executor import GraphExecutor
from .engine.flags import SHARED
from .errors import AimError, BadConfig, Interrupted

if TYPE_CHECKING:
    from invoke import Collection
    from invoke.parser import Argument
    from invoke.tasks import Task

    from .reports import Look

SHARED_VALUES = {f"--{flag}" for flag, kind, _, _ in SHARED.values() if kind is not bool}


class AimProgram(Program):
    """Invoke's Program over our built-in tasks, or over a project's `tasks.py` for a word that is not ours."""

    def run_to_end(self) -> None:
        """Invoke's `run` without its exit codes: whatever ends the run is raised."""
        self.create_config()
        self.parse_core(None)
        self.parse_collection()
        self.parse_tasks()
        self.parse_cleanup()
        self.update_config()
        self.execute()

    @property
    def words(self) -> str:
        """The command as it was typed, without options."""
        bare = []
        for word in self.argv[1:]:
            if word.startswith("-"):
                break
            bare.append(word)
        return " ".join(bare)

    def load_collection(self) -> None:
        words = [word for word in self.core.unparsed if not word.startswith("-")]
        built_in = namespace()
        theirs = None if not words or is_known(words[0], built_in) else project_tasks(Path.cwd())
        if theirs is None:
            self.collection = built_in
        else:
            self.args["search-root"].value = str(theirs.parent)
            super().load_collection()

    def parse_tasks(self) -> None:
        if not self.core.unparsed and not any(self.args[name].value for name in ("help", "list", "complete")):
            self.core.unparsed = ["next"]
        if self.core.unparsed and self.core.unparsed[0].startswith("--"):
            raise self.misread(f"No idea what '{self.core.unparsed[0]}' is!", "")
        self.core.unparsed = translate(self.core.unparsed, self.collection)
        if self.core.unparsed[:1] in (["--help"], ["--list"]):
            self.args[self.core.unparsed[0].lstrip("-")].value = self.core.unparsed[1]
            self.core.unparsed = []
        super().parse_tasks()

    def misread(self, said: str, command: str) -> BadConfig:
        """What Invoke's parser could not read, as an error of ours: an option that is not there has a near one."""
        told = f"aim {command} --help" if command else "aim --help"
        found = re.fullmatch(r"No idea what '(-[^'=]+)(?:=[^']*)?' is!", said)
        if not found:
            return BadConfig(said, remedy=told)
        parser, unparsed = getattr(self, "parser", None), self.core.unparsed
        context = parser.contexts.get(unparsed[0]) if parser and unparsed else None
        known = [*(context.flags if context else ()), *self.initial_context.flags]
        close = difflib.get_close_matches(found[1], known, n=1)
        remedy = f"did you mean {close[0]}? {told} shows all" if close else told
        return BadConfig(f"there is no option {found[1]}", remedy=remedy)

    def print_help(self) -> None:
        """In the place of Invoke's, which begins with its thirty options."""
        from . import manual

        self._show(manual.overview(self.initial_context.help_tuples(), self._look()))

    def list_flat(self) -> None:
        """In the place of Invoke's, which takes four lines for each command on a narrow screen."""
        from . import manual

        if self.list_depth:
            super().list_flat()
        else:
            self._show(manual.listing(self.scoped_collection, self._look(), (self.list_root or "").replace(".", " ")))

    def print_task_help(self, name: str) -> None:
        import inspect

        from . import manual

        task, context = self.collection[name], self.parser.contexts[name]
        words = " ".join(argument.name.upper() for argument in context.positional_args)
        told = inspect.getdoc(task) or ""
        self._show(manual.of_command(name, told, context.help_tuples(), words, self._look()))

    def _look(self) -> Look:
        from .engine.summary import look_of
        from .host import current

        return look_of(sys.stdout, current())

    def _show(self, text: str) -> None:
        from .engine.summary import print_out
        from .reports.terminal import plain

        print_out(text if self._look().has_unicode else plain(text))

    def core_args(self) -> list[Argument]:
        return [*super().core_args(), *shared_arguments()]

    def update_config(self, merge: bool = True) -> None:
        """Invoke's, then: the options of the run go to the executor by way of the configuration."""
        super().update_config(merge=False)
        given = {key: self.args[flag].value for key, (flag, *_) in SHARED.items()}
        self.config.load_overrides({**self.config._overrides, "aim_options": given}, merge=merge)


def translate(words: Sequence[str], collection: Collection) -> list[str]:
    """Invoke's command line for ours: `secrets status` → `secrets.status`, `install a b` → `install --name a --name b`.

    Raises BadConfig for a command that does not exist, with the nearest one that does.
    """
    if not words:
        return []
    if words[0] in collection.collections and not [word for word in words[1:] if not word.startswith("-")]:
        group = collection.collections[words[0]]
        if not group.default:
            return ["--list", words[0]]
    name, rest = _command(words, collection)
    task = collection[name]
    ours = rest[: rest.index("--")] if "--" in rest else rest
    if "--help" in ours or "-h" in ours:
        return ["--help", name]
    if name in collection.collections and ours and not ours[0].startswith("-") and not _takes_words(task):
        raise _unknown(words, _aliases(collection))
    return [name, *_spread(rest, task)]


def is_known(word: str, collection: Collection) -> bool:
    """Whether `word` begins a command of `collection`."""
    return (
        word in collection.task_names
        or word in _aliases(collection)
        or word.partition(".")[0] in collection.collections
    )


def _command(words: Sequence[str], collection: Collection) -> tuple[str, list[str]]:
    """The longest leading run of words whose dotted join is a command, and the words after it."""
    known = _aliases(collection)
    leading = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    for count in range(leading, 0, -1):
        name = ".".join(words[:count])
        if name in known:
            return name, list(words[count:])
    raise _unknown(words, known)


def _unknown(words: Sequence[str], known: Sequence[str]) -> BadConfig:
    said = " ".join(words[:2])
    close = difflib.get_close_matches(".".join(words[:2]), known, n=1) or difflib.get_close_matches(
        words[0], known, n=1
    )
    remedy = f"did you mean `aim {close[0].replace('.', ' ')}`?" if close else "aim --list shows every command"
    return BadConfig(f"there is no command {said!r}", remedy=remedy)


def _aliases(collection: Collection) -> list[str]:
    """Every name a command may be called by: dotted names, aliases, and groups that have a default."""
    names = [name for name, _ in dotted_names(collection)]
    for name, aliases in collection.task_names.items():
        names += [name, *aliases]
    return list(dict.fromkeys(names))


def _takes_words(task: Task) -> bool:  # type: ignore[type-arg]
    return bool(task.positional) or any(argument.kind is list for argument in task.get_arguments())


def _spread(words: list[str], task: Task) -> list[str]:  # type: ignore[type-arg]
    """Give bare words to the task's repeatable argument, or to those it names for them; others keep their words.

    Raises BadConfig when there are more of them than a task with such names can take. It repeats none: one may be a
    secret that somebody forgot to quote.
    """
    named = getattr(getattr(task, "rules", None), "words", ())
    repeatable = [argument.name for argument in task.get_arguments() if argument.kind is list]
    if not named and (not repeatable or task.positional):
        return words
    places = [*("" for _ in task.positional), *named]
    spread: list[str] = []
    for word, is_bare in _bare(words, task):
        if is_bare and named:
            if not places:
                what = " ".join((*task.positional, *named)).upper()
                raise BadConfig("there are more words than this command takes", remedy=f'quote a value: {what} -> "…"')
            place = places.pop(0)
            spread.append(f"--{place}={word}" if place else word)
        else:
            spread += [f"--{repeatable[0]}", word] if is_bare else [word]
    return spread


def _bare(words: list[str], task: Task) -> Iterator[tuple[str, bool]]:  # type: ignore[type-arg]
    """Each word, and whether it is neither an option nor the value of one; behind `--` none is."""
    takes_value = SHARED_VALUES | {
        f"--{name}" if len(name) > 1 else f"-{name}"
        for argument in task.get_arguments()
        if argument.takes_value
        for name in argument.names
    }
    expecting = is_rest = False
    for word in words:
        is_rest = is_rest or (word == "--" and not expecting)
        yield word, not (is_rest or expecting or word.startswith("-"))
        expecting = not expecting and word in takes_value


def main() -> NoReturn:
    """Run the command line of this process and exit with one of our codes."""
    from .engine.summary import say_error

    EngineTask.shares_options = False
    program = AimProgram(
        version=__version__, name="AIM", binary="aim", binary_names=["aim"], executor_class=GraphExecutor
    )
    code = 0
    try:
        program.run_to_end()
    except Exit as ended:
        code = ended.code
        if ended.message:
            print(ended.message, file=sys.stderr)
    except ParseError as error:
        # Invoke repeats the word it has no use for, and that may be a value which begins with a dash.
        command, said = program.words, str(error)
        if command.startswith("secrets"):
            command, said = " ".join(command.split()[:2]), "there is an option that this command does not have"
            say_error(BadConfig(said, remedy=f"aim {command} --help"))
        else:
            say_error(program.misread(said, command))
        code = BadConfig.exit_code
    except KeyboardInterrupt:
        code = Interrupted.exit_code
    except AimError as error:
        say_error(error)
        code = error.exit_code
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
