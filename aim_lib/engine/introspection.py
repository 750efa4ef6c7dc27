"""What there is to run and what a run would do, told without running anything: list, plan, explain, tree."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import AimError
from ..host import Host
from ..model import Result, Table
from . import freshness, graph, resume
from .catalogue import Catalogue, bound_arguments, rules_of, where_of
from .decorator import Rules, refusal
from .fingerprint import fingerprint_of
from .flags import SHARED
from .graph import Graph, Node, Reference
from .places import Places, digest_of

RUN, SKIP, FRESH, OPEN = "run", "skip", "up-to-date", "depends"


def list_tasks(catalogue: Catalogue) -> Result:
    """Every task: what it takes, what it refers to, where it is."""
    described = [_described(name, catalogue) for name in catalogue.tasks]
    rows = tuple((each["name"], ", ".join(each["aliases"]), each["summary"]) for each in described)
    return Result(body={"tasks": described}, table=Table(columns=("task", "also", "does"), rows=rows))


def plan(catalogue: Catalogue, name: str, places: Places, host: Host) -> Result:
    """What running a task would run and skip, in order, and why. Conditions that are functions are not asked."""
    whole = _graph(catalogue, name)
    steps: list[dict[str, Any]] = []
    running: set[str] = set()
    for node in whole.nodes:
        action, reason = _foreseen(node, catalogue, places, host, running)
        if action in (RUN, OPEN):
            running.add(node.key)
        rules = catalogue.rules(node.key)
        steps.append(
            {
                "name": node.name,
                "action": action,
                "reason": reason,
                "arguments": _plain(bound_arguments(catalogue.call(node.key))),
                "env": list(rules.env),
                "after": [edge.before for edge in node.needs],
                "always": node.must_run,
                "path": where_of(catalogue.call(node.key).task),
            }
        )
    rows = tuple((step["action"], step["name"], step["reason"]) for step in steps)
    count = sum(step["action"] != SKIP and step["action"] != FRESH for step in steps)
    return Result(
        body={"steps": steps},
        table=Table(columns=("would", "task", "why"), rows=rows),
        closing=(f"plan: {count} of {len(steps)} tasks would run; nothing was touched",),
    )


def explain(catalogue: Catalogue, name: str, places: Places, host: Host) -> Result:
    """Why a task would run, or would not: what has changed since its last success, and what it waits for."""
    node = next(one for one in _graph(catalogue, name).nodes if one.name == catalogue.resolve(name))
    rules = catalogue.rules(node.key)
    action, reason = _foreseen(node, catalogue, places, host, set())
    verdict = _verdict(node, catalogue, places, host)
    changed = list(verdict.changed) if verdict is not None else []
    lines = [f"{node.name} would {_verb(action)}: {reason}"]
    lines += [f"  changed: {each}" for each in changed]
    lines += [f"  files looked at: {len(verdict.success.inputs)}"] if verdict and verdict.success else []
    lines += [f"  after: {', '.join(edge.before for edge in node.needs)}"] if node.needs else []
    lines += [f"  only when: {_function_name(rules.when)}"] if callable(rules.when) else []
    lines += [f"  asks first: {rules.confirm}"] if rules.confirm else []
    for unfinished in _unfinished(node, places):
        lines.append(f"  the unfinished run of {unfinished.began} has done it; --resume would not do it again unless")
        lines.append("  its code, arguments, inputs or prerequisites are others now")
    where = where_of(catalogue.call(node.key).task)
    body = {"name": node.name, "action": action, "reason": reason, "changed": changed, "path": where}
    return Result(body=body, text="\n".join(lines))


def tree(catalogue: Catalogue, name: str = "", *, is_upstream: bool = False, is_mermaid: bool = False) -> Result:
    """What each task refers to, as an indented tree; upstream: what refers to it; or as a Mermaid graph."""
    names = [catalogue.resolve(name)] if name else list(catalogue.tasks)
    references = {each: _references(each, catalogue) for each in catalogue.tasks}
    if is_upstream:
        references = _turned(references)
    elif not name:
        names = [each for each in names if not any(each == other for refs in references.values() for other, _ in refs)]
    edges = [{"from": each, "to": other, "as": kind} for each, refs in references.items() for other, kind in refs]
    text = _mermaid(names, references) if is_mermaid else "\n".join(_branches(names, references))
    return Result(body={"roots": names, "edges": edges}, text=text)


def _unfinished(node: Node, places: Places) -> Iterator[resume.Done]:
    """What unfinished runs say of a task."""
    for path in places.all_unfinished():
        done = resume.read(path).get(digest_of(node.key))
        if done is not None:
            yield done


def _graph(catalogue: Catalogue, name: str) -> Graph:
    return graph.build([catalogue.reference(name, "")], catalogue.spec)


# --- list -------------------------------------------------------------------------------------------------------


def _described(name: str, catalogue: Catalogue) -> dict[str, Any]:
    task = catalogue.tasks[name]
    rules = rules_of(task)
    document = inspect.getdoc(task) or ""
    references = _references(name, catalogue)
    return {
        "name": name,
        "aliases": catalogue.aliases_of(name),
        "summary": document.partition("\n")[0],
        "help": document,
        "path": where_of(task),
        "arguments": [_argument(each) for each in task.get_arguments() if not _shared_flags(task) & set(each.names)],
        "pre": [other for other, kind in references if kind == "pre"],
        "post": [other for other, kind in references if kind == "post"],
        "finally": [other for other, kind in references if kind == "finally"],
        "inputs": _declared(rules.inputs),
        "outputs": _declared(rules.outputs),
        "each": rules.each,
        "env": list(rules.env),
        "resources": list(rules.resources),
        "when": _function_name(rules.when) if callable(rules.when) else not rules.is_off,
        "retries": rules.retries,
        "timeout_s": rules.timeout_s,
        "confirm": rules.confirm,
    }


def _argument(argument: Any) -> dict[str, Any]:
    return {
        "name": argument.name,
        "flags": [f"--{each}" if len(each) > 1 else f"-{each}" for each in argument.names],
        "type": getattr(argument.kind, "__name__", str(argument.kind)),
        "default": _plain(argument.default),
        "help": argument.help or "",
        "positional": bool(argument.positional),
        "required": bool(argument.positional) and argument.default is None,
        "repeatable": argument.kind is list,
    }


def _shared_flags(task: Any) -> set[str]:
    """The flags of the whole run, those aside that a task has as its own."""
    own = {each.replace("_", "-") for each in task.argspec(task.body).parameters}
    return {flag for flag, *_ in SHARED.values()} - own


def _declared(patterns: Any) -> list[str] | str | None:
    if patterns is None:
        return None
    if callable(patterns):
        return f"{_function_name(patterns)}()"
    return [str(patterns)] if isinstance(patterns, str | Path) else [str(each) for each in patterns]


def _function_name(function: Any) -> str:
    name = str(getattr(function, "__name__", type(function).__name__))
    return "a function" if name == "<lambda>" else name


def _plain(value: Any) -> Any:
    """A value as JSON can show it."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


# --- plan and explain -------------------------------------------------------------------------------------------


def _foreseen(node: Node, catalogue: Catalogue, places: Places, host: Host, running: set[str]) -> tuple[str, str]:
    """What would become of a node and why, as far as can be told before its prerequisites have run."""
    rules = catalogue.rules(node.key)
    if not callable(rules.when) and (refused := refusal(rules.when)):
        return SKIP, refused
    try:
        verdict = _verdict(node, catalogue, places, host)
    except AimError as error:
        return RUN, f"it may fail: {error}"
    if callable(rules.when):
        return OPEN, f"{_function_name(rules.when)} decides when its turn comes"
    if verdict is None:
        return RUN, _why(node, rules)
    if verdict.must_run:
        return RUN, verdict.reason
    maker = next((edge.before for edge in node.needs if edge.before in running), "")
    if maker:
        return OPEN, f"{verdict.reason} now; {maker} runs before it and may change that"
    return (SKIP if verdict.is_empty else FRESH), verdict.reason


def _verdict(node: Node, catalogue: Catalogue, places: Places, host: Host) -> freshness.Verdict | None:
    """How an incremental task stands by its files; None for one that is not, or whose files only a function knows."""
    rules, call = catalogue.rules(node.key), catalogue.call(node.key)
    wants_context = any(callable(each) for each in (rules.inputs, rules.outputs)) and not rules.each
    if not rules.is_incremental or wants_context or callable(rules.inputs):
        return None
    known = fingerprint_of(call.task.body, bound_arguments(call), rules.env, host.env)
    return freshness.judge(node.name, rules, known, places, lambda function: function)


def _why(node: Node, rules: Rules) -> str:
    if rules.is_incremental:
        return "its files are known when its turn comes"
    return "in any case, at the end" if node.must_run else "always: it declares no inputs or outputs"


def _verb(action: str) -> str:
    return {RUN: "run", OPEN: "perhaps run", FRESH: "not run", SKIP: "be skipped"}[action]


# --- tree -------------------------------------------------------------------------------------------------------


def _references(name: str, catalogue: Catalogue) -> list[tuple[str, str]]:
    """What a task refers to: (name, "pre", "post" or "finally"), with "?" where its failure is tolerated."""
    spec = catalogue.spec(catalogue.reference(name, ""))
    kinds = (("pre", spec.pre), ("post", spec.post), ("finally", spec.finally_))
    return [(_marked(one), kind) for kind, references in kinds for one in references]


def _marked(reference: Reference) -> str:
    return f"?{reference.name}" if reference.is_safe else reference.name


def _turned(references: dict[str, list[tuple[str, str]]]) -> dict[str, list[tuple[str, str]]]:
    turned: dict[str, list[tuple[str, str]]] = {name: [] for name in references}
    for name, refs in references.items():
        for other, kind in refs:
            turned.setdefault(other.removeprefix("?"), []).append((name, kind))
    return turned


def _branches(names: Sequence[str], references: dict[str, list[tuple[str, str]]]) -> Iterator[str]:
    """The lines of the tree. What stands below a task is shown once; chains may be thousands long."""
    shown: set[str] = set()
    stack = [(name, "", "", "pre") for name in reversed(names)]
    while stack:
        mention, before, indent, kind = stack.pop()
        name = mention.removeprefix("?")
        refs = references.get(name, [])
        again = " (see above)" if name in shown and refs else ""
        yield f"{before}{mention}{'' if kind == 'pre' else f' ({kind})'}{again}"
        if not again:
            shown.add(name)
            stack += [
                (
                    other,
                    f"{indent}{'└── ' if place == 0 else '├── '}",
                    f"{indent}{'    ' if place == 0 else '│   '}",
                    how,
                )
                for place, (other, how) in enumerate(reversed(refs))
            ]


def _mermaid(names: Sequence[str], references: dict[str, list[tuple[str, str]]]) -> str:
    """The graph below `names` for mermaid.js: solid for prerequisites, dotted for what follows."""
    arrows = {"pre": "-->", "post": "-. after .->", "finally": "-. in any case .->"}
    lines, stack, seen = ["graph TD"], list(reversed(names)), set(names)
    while stack:
        name = stack.pop()
        lines.append(f'    {_identifier(name)}["{name}"]')
        for other, kind in references.get(name, []):
            bare = other.removeprefix("?")
            arrow = "-- may fail -->" if other.startswith("?") and kind == "pre" else arrows[kind]
            lines.append(f"    {_identifier(name)} {arrow} {_identifier(bare)}")
            if bare not in seen:
                seen.add(bare)
                stack.append(bare)
    return "\n".join(lines)


def _identifier(name: str) -> str:
    return "t_" + "".join(each if each.isalnum() else f"_{ord(each):x}_" for each in name)
