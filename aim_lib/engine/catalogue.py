"""Every task of a collection by its dotted name, and the graph's view of each: references resolved, arguments bound."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from invoke import Collection
from invoke.tasks import Call, Task

from ..errors import BadConfig
from .decorator import MADE, EngineTask, Rules
from .graph import Reference, Spec
from .references import Given, Safe

NO_RULES = Rules()


class Catalogue:
    """The tasks of one collection. Aliases and the defaults of groups lead to the same names."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.tasks = dict(dotted_names(collection))
        # By body, not identity: loading a namespace copies its tasks; nor Task.__eq__, which mixes up generated tasks.
        self._names: dict[int, str] = {}
        for name, task in self.tasks.items():
            self._names.setdefault(id(task.body), name)
        self._aliases = dict(_aliases(collection))
        self._calls: dict[str, Call] = {}
        self._injected = self._injections()

    def refuse_duplicates(self) -> None:
        """Raises BadConfig when a task was lost to another of its name: Invoke keeps the last and says nothing."""
        kept = {id(task.body) for task in self.tasks.values()}
        kept |= {id(_task_of(one).body) for task in self.tasks.values() for one in _mentions(task) if _task_of(one)}
        named = {(_module_of(task), name.rpartition(".")[2]): task for name, task in self.tasks.items()}
        for module in {module for module, _ in named}:
            for lost in MADE.get(module, ()):
                own = self.collection.transform(lost.name)
                task = named.get((module, own))
                if task is not None and id(lost.body) not in kept and "<locals>" not in lost.body.__qualname__:
                    places = sorted({where_of(task), lost.where}, key=_place)
                    raise BadConfig(f"task {own!r} is defined twice", details=places, remedy="rename one of them")

    def reference(self, target: Any, where: str, given: Mapping[str, Any] | None = None) -> Reference:
        """A reference from what a task's list or the command line may hold; `given` are the referring task's arguments.

        Raises BadConfig for a name that is no task's.
        """
        if isinstance(target, Safe):
            inner = self.reference(target.target, where, given)
            return Reference(name=inner.name, arguments=inner.arguments, is_safe=True)
        if isinstance(target, str):
            full = self.resolve(target.removeprefix("?"), where)
            call, is_safe = Call(self.tasks[full]), target.startswith("?")
        else:
            call, is_safe = target if isinstance(target, Call) else Call(target), False
            full = self._name(call)
        call = _passed_on(call, given or {}, where)
        reference = Reference(name=full, arguments=_bound(call), is_safe=is_safe)
        self._calls.setdefault(reference.key, call)
        return reference

    def spec(self, reference: Reference) -> Spec:
        """What the referred task declares, with what others have put into its chain."""
        call = self._calls[reference.key]
        rules, where = rules_of(call.task), where_of(call.task)
        before, after = self._injected.get(reference.name, ([], []))
        given = bound_arguments(call)
        return Spec(
            key=reference.key,
            name=reference.name,
            where=where,
            pre=tuple(self.reference(target, where, given) for target in (*call.pre, *before)),
            post=tuple(self.reference(target, where, given) for target in (*call.post, *after)),
            finally_=tuple(self.reference(target, where, given) for target in rules.finally_),
            is_ordered=rules.ordered,
            is_off=rules.is_off,
        )

    def call(self, key: str) -> Call:
        return self._calls[key]

    def rules(self, key: str) -> Rules:
        return rules_of(self._calls[key].task)

    def resolve(self, name: str, where: str = "") -> str:
        """The full name that `name`, an alias or the name of a group with a default stands for. Raises BadConfig."""
        found = self._known(name)
        if found is None:
            close = difflib.get_close_matches(self.collection.transform(name), sorted(self.tasks), n=1)
            raise BadConfig(
                f"there is no task {name!r}{f'; did you mean {close[0]!r}?' if close else ''}",
                details=(f"{where}: it is referred to here",) if where else (),
                remedy="correct the name, or see them all with --list",
            )
        return found

    def knows(self, name: str) -> bool:
        """Whether `name` is a task's, an alias, or that of a group with a default."""
        return self._known(name) is not None

    def aliases_of(self, name: str) -> list[str]:
        """The other names that lead to a task."""
        return sorted({alias for alias, full in self._aliases.items() if full == name})

    def configuration(self, name: str) -> dict[str, Any]:
        """The configuration of the collection a task lives in, merged with those above it."""
        return self.collection.configuration(name if name in self.tasks else None)

    def _known(self, name: str) -> str | None:
        plain = self.collection.transform(name)
        return plain if plain in self.tasks else self._aliases.get(plain)

    def _name(self, call: Call) -> str:
        """The full dotted name of what is called; the plain one for a task that is in no collection."""
        if call.called_as:
            said = self._known(call.called_as)
            if said and self.tasks[said].body is call.task.body:
                return said
        return self._names.get(id(call.task.body)) or str(call.task.name)

    def _injections(self) -> dict[str, tuple[list[Any], list[Any]]]:
        """Name → what others have put before and after it."""
        found: dict[str, tuple[list[Any], list[Any]]] = {}
        for name, task in self.tasks.items():
            rules = rules_of(task)
            for place, targets in enumerate((rules.before, rules.after)):
                for target in targets:
                    host = self.resolve(target.removeprefix("?"), where_of(task))
                    mention = f"?{name}" if target.startswith("?") else name
                    found.setdefault(host, ([], []))[place].append(mention)
        return found


def dotted_names(collection: Collection, prefix: str = "") -> Iterator[tuple[str, Task[Any]]]:
    """Every task of a collection with its full dotted name, as the command line would say it."""
    for name, task in collection.tasks.items():
        yield f"{prefix}{collection.transform(name)}", task
    for name, inner in collection.collections.items():
        yield from dotted_names(inner, f"{prefix}{collection.transform(name)}.")


def rules_of(task: Task[Any]) -> Rules:
    return getattr(task, "rules", NO_RULES)


def where_of(task: Task[Any]) -> str:
    """file:line of a task's definition, or ""."""
    return EngineTask.where.fget(task) if isinstance(task, Task) else ""  # type: ignore[attr-defined,no-any-return]


def bound_arguments(call: Call) -> dict[str, Any]:
    """The call's arguments by name, defaults filled in."""
    parameters = call.task.argspec(call.task.body).parameters.values()
    defaults = {each.name: each.default for each in parameters if each.default is not each.empty}
    if not call.args:
        return {**defaults, **call.kwargs}
    plain = [each.name for each in parameters if each.kind is not each.KEYWORD_ONLY]
    words = {name: call.args[len(plain) :] for name in [_words_name(call.task)] if name}
    return {**defaults, **words, **dict(zip(plain, call.args, strict=False)), **call.kwargs}


def _bound(call: Call) -> str:
    """The arguments that are no defaults, as text: `setup` and `setup(clean=False)` are one and the same."""
    if not call.kwargs and not call.args:
        return ""
    bound = bound_arguments(call)
    defaults = bound_arguments(Call(call.task))
    differing = (name for name in sorted(bound) if not _is_same(bound[name], defaults.get(name)))
    return ", ".join(f"{name}={bound[name]!r}" for name in differing)


def _module_of(task: Task[Any]) -> str:
    return str(getattr(task.body, "__module__", ""))


def _words_name(task: Task[Any]) -> str:
    return task.words_name if isinstance(task, EngineTask) else ""


def _place(where: str) -> tuple[str, int]:
    file, _, line = where.rpartition(":")
    return file, int(line or 0)


def _is_same(value: Any, default: Any) -> bool:
    """Equal; Invoke gives [] for a list that nobody gave, whatever the default."""
    return value == default or (value == [] and default is None)


def _passed_on(call: Call, given: Mapping[str, Any], where: str) -> Call:
    """The call with every `given("name")` replaced by what the referring task got for `name`."""
    if not any(isinstance(value, Given) for value in call.kwargs.values()):
        return call
    unknown = next((v.name for v in call.kwargs.values() if isinstance(v, Given) and v.name not in given), None)
    if unknown is not None:
        raise BadConfig(f"given({unknown!r}): the task at {where} has no such parameter", remedy="correct the name")
    kwargs = {key: given[value.name] if isinstance(value, Given) else value for key, value in call.kwargs.items()}
    return Call(call.task, args=call.args, kwargs=kwargs)


def _mentions(task: Task[Any]) -> Iterator[Any]:
    yield from (*task.pre, *task.post, *rules_of(task).finally_)


def _task_of(target: Any) -> Any:
    inner = target.target if isinstance(target, Safe) else target
    return inner.task if isinstance(inner, Call) else inner if isinstance(inner, Task) else None


def _aliases(collection: Collection, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, task in collection.tasks.items():
        for alias in task.aliases:
            yield f"{prefix}{collection.transform(alias)}", f"{prefix}{collection.transform(name)}"
    for alias, name in collection.tasks.aliases.items():
        yield f"{prefix}{collection.transform(alias)}", f"{prefix}{collection.transform(name)}"
    for name, inner in collection.collections.items():
        group = f"{prefix}{collection.transform(name)}"
        if inner.default:
            yield group, f"{group}.{inner.transform(inner.default)}"
        yield from _aliases(inner, f"{group}.")
