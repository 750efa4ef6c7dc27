"""The task decorator: Invoke's own, with what a build needs beyond it."""

from __future__ import annotations

import copy
import functools
import inspect
import sys
import types
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Union, get_args, get_origin

import invoke
from invoke.exceptions import Exit
from invoke.parser import Argument
from invoke.tasks import Call

from .flags import SHARED

EXECUTOR_LINE = "put `tasks: {executor_class: aim_lib.engine.executor.GraphExecutor}` into invoke.yaml"

Paths = str | Path | Sequence[str | Path]
Condition = bool | tuple[bool, str] | Callable[..., bool | tuple[bool, str]]

# Every task that was made, by module: one that its collection does not hold was lost to another of its name.
MADE: dict[str, list[EngineTask]] = {}


class Rules(NamedTuple):
    """What an engine task declares beyond Invoke's own; `task` says what each means.

    A named tuple: it is made for every listing, and msgspec takes longer to import than a listing may.
    """

    finally_: tuple[Any, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    when: Condition = True
    inputs: Paths | Callable[..., Iterable[str | Path]] | None = None
    outputs: Paths | Callable[..., Any] | None = None
    each: bool = False
    env: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    retries: int = 0
    timeout_s: float | None = None
    confirm: str = ""
    ordered: bool = False
    resume_key: Callable[..., str] | None = None
    alone: bool = False
    words: tuple[str, ...] = ()
    is_command: bool = False

    @property
    def is_incremental(self) -> bool:
        return self.inputs is not None or self.outputs is not None

    @property
    def is_off(self) -> bool:
        """Whether its condition is settled, and not met."""
        return self.when is False or (isinstance(self.when, tuple) and not self.when[0])


def refusal(answer: bool | tuple[bool, str]) -> str:
    """Why a condition that has answered so keeps its task from running; "" when it may."""
    is_met, reason = answer if isinstance(answer, tuple) else (answer, "")
    return "" if is_met else reason or "its condition is not met"


class EngineTask(invoke.Task):  # type: ignore[type-arg]
    """A task with `rules`. Takes the options of the whole run behind its name, and types from annotations.

    A program that has those options as its own sets `shares_options` to False: they slow every task's parser.
    """

    shares_options = True

    def __init__(self, body: Callable[..., Any], *args: Any, rules: Rules | None = None, **kwargs: Any) -> None:
        super().__init__(body, *args, **kwargs)
        self.rules = rules or Rules()

    def __deepcopy__(self, memo: dict[int, Any]) -> EngineTask:
        """One more of it. Invoke has every task of a module copied with all in it, at a tenth of the time of a list."""
        same = copy.copy(self)
        same.help = dict(self.help)  # Invoke takes out what it has shown
        memo[id(self)] = same
        return same

    @property
    def where(self) -> str:
        """file:line of its definition."""
        code = getattr(inspect.unwrap(self.body), "__code__", None)
        return f"{code.co_filename}:{code.co_firstlineno}" if code else ""

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        if _only_lists():
            return []
        texts = dict(self.help)
        arguments = super().get_arguments(ignore_unknown_help)
        self.help = texts  # Invoke takes each text out, so that only its first caller sees them
        if not EngineTask.shares_options:
            return arguments
        taken = {name for argument in arguments for name in argument.names}
        return [*arguments, *(argument for argument in shared_arguments() if not taken & set(argument.names))]

    def fill_implicit_positionals(self, positional: Iterable[str] | None) -> Iterable[str]:
        return () if _only_lists() else super().fill_implicit_positionals(positional)

    def argspec(self, body: Callable[..., Any]) -> inspect.Signature:
        """Invoke's, without `**kwargs`, and with `*names` as an option to be given any number of times."""
        signature = super().argspec(body)
        kept = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
        return signature.replace(
            parameters=[
                each.replace(kind=each.KEYWORD_ONLY, default=None) if each.kind is each.VAR_POSITIONAL else each
                for each in kept
            ]
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        parameters = inspect.signature(self.body).parameters
        takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
        if not takes_any and SHARED.keys() & kwargs.keys() - parameters.keys():
            raise Exit(f"tasks of aim_lib.engine need its executor: {EXECUTOR_LINE}", code=2)
        words = next((kwargs.pop(name) or () for name in (self.words_name,) if name in kwargs), ())
        return super().__call__(*args, *words, **kwargs)

    @property
    def words_name(self) -> str:
        """The name of the body's `*names`, or ""."""
        parameters = inspect.signature(self.body).parameters.values()
        return next((each.name for each in parameters if each.kind is each.VAR_POSITIONAL), "")

    def arg_opts(self, name: str, default: Any, taken_names: set[str]) -> dict[str, Any]:
        options = super().arg_opts(name, default, taken_names)
        kind = list if name == self.words_name else _kind(self.body, name)
        if kind is list:
            options |= {"kind": list, "default": list(options.get("default") or ())}
        elif kind is not None and "kind" not in options and not options.get("incrementable"):
            options["kind"] = kind
        return options


def _only_lists() -> bool:
    """Whether this is `invoke -l` and nothing more: Invoke would make every option of every task, and show none."""
    program, *words = sys.argv or [""]
    return words in (["-l"], ["--list"]) and Path(program).stem in ("invoke", "inv", "__main__")


def shared_arguments() -> list[Argument]:
    """The options of a run as Invoke arguments."""
    return [copy.copy(each) for each in _shared()]


@functools.cache
def _shared() -> tuple[SharedArgument, ...]:
    # attr_name only where it differs: equal to the name it sends Invoke's deep copy into endless recursion.
    return tuple(
        SharedArgument(name=flag, kind=kind, default=default, help=text, attr_name=None if flag == key else key)
        for key, (flag, kind, default, text) in SHARED.items()
    )


class SharedArgument(Argument):
    """One of them. Invoke copies every argument of every task deeply, twice a start; nothing in this one is deep."""

    def __deepcopy__(self, memo: dict[int, Any]) -> SharedArgument:
        return copy.copy(self)


def task(*args: Any, **settings: Any) -> Callable[..., Any]:
    """Invoke's `@task` with more keywords.

    - `pre`, `post`, `finally_`: references: tasks, `call(task, …)`, dotted names, or `safe(…)` and `"?name"` for one
      that may fail. `post` runs after success, `finally_` whatever happened.
    - `before="name"`, `after="name"`: put this task into another's `pre` or `post`.
    - `when`: whether to run at all: a bool or (bool, reason), or a function of the context that gives one. What is
      settled leaves the task's own references out; a function is asked when the prerequisites are done.
    - `inputs`, `outputs`: globs from the folder of `tasks.py`, or functions of the context. The task is up to date
      while the content of its inputs, its code, its arguments and the variables named in `env` are as they were at its
      last success, and its outputs are there. `each=True` pairs them, `outputs` being a function of one input: only
      stale pairs are given as `c.inputs` and `c.outputs`.
    - `resources=("npm",)`: two tasks that name the same one never run at once.
    - `retries`: how many more tries after a failure. `timeout_s`: seconds for one try; its programs are stopped.
    - `confirm`: a question to be answered first; without a terminal only `--yes` answers it.
    - `ordered=True`: prerequisites one after the other, also with `--jobs`.
    - `alone=True`: nothing else may be asked for on the same command line.
    - `words`: options that a program with a spaced grammar also takes as bare words, behind the positional ones.
    - `resume_key`: a function of the context; while the text it gives is another, `--resume` runs the task again.
    """
    if len(args) == 1 and not settings and callable(args[0]) and not isinstance(args[0], invoke.Task | Call):
        return task()(args[0])  # type: ignore[no-any-return]
    rules = Rules(**{name: _plain(name, settings.pop(name)) for name in Rules._fields if name in settings})
    if args:
        settings["pre"] = [*args, *_as_tuple(settings.get("pre", ()))]
    for place in ("pre", "post"):
        if place in settings:
            settings[place] = list(_as_tuple(settings[place]))
    klass = settings.pop("klass", EngineTask)

    def make(body: Callable[..., Any]) -> Any:
        made = klass(body, rules=rules, **settings)
        MADE.setdefault(body.__module__, []).append(made)
        return made

    return make


def _plain(name: str, value: Any) -> Any:
    return _as_tuple(value) if name in ("finally_", "before", "after", "env", "resources", "words") else value


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _kind(body: Callable[..., Any], name: str) -> type | None:
    """The type that a parameter's annotation names, for the command line; None when it names no simple one."""
    try:
        hints = inspect.get_annotations(inspect.unwrap(body), eval_str=True)
    except (NameError, TypeError, AttributeError, SyntaxError):  # names that only a type checker imports
        return None
    hint = hints.get(name)
    if get_origin(hint) in (Union, types.UnionType):
        others = [one for one in get_args(hint) if one is not type(None)]
        hint = others[0] if len(others) == 1 else None
    if get_origin(hint) in (list, tuple, Sequence):
        return list
    return hint if isinstance(hint, type) and hint in (int, float, bool, str, Path, list) else None
