"""What must run before what: a graph of tasks from references, checked whole before anything runs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ..errors import BadConfig
from ..model import Frozen


class Reference(Frozen, frozen=True):
    """One mention of a task: its full name, its bound arguments as text, and whether its failure is tolerated there."""

    name: str
    arguments: str = ""
    is_safe: bool = False

    @property
    def key(self) -> str:
        return f"{self.name}({self.arguments})" if self.arguments else self.name


class Spec(Frozen, frozen=True):
    """What a task declares: what runs before it, after its success, and after it in any case.

    `is_ordered`: its prerequisites run one after the other. `is_off`: it will be skipped, and what only it refers to
    is left out. `where` is file:line, for messages.
    """

    key: str
    name: str
    where: str = ""
    pre: tuple[Reference, ...] = ()
    post: tuple[Reference, ...] = ()
    finally_: tuple[Reference, ...] = ()
    is_ordered: bool = False
    is_off: bool = False

    @property
    def references(self) -> tuple[Reference, ...]:
        return (*self.pre, *self.post, *self.finally_)


class Edge(Frozen, frozen=True):
    """`after` waits for `before`; a tolerant edge lets it go on also when `before` did not succeed."""

    before: str
    after: str
    is_tolerant: bool = False


class Node(Frozen, frozen=True):
    """One task of a run.

    `must_run` nodes run also when the run is being stopped. `follows` are the tasks after whose success it runs,
    empty when it is wanted for itself too.
    """

    key: str
    name: str
    needs: tuple[Edge, ...] = ()
    must_run: bool = False
    follows: tuple[str, ...] = ()


class Graph(Frozen, frozen=True):
    """The nodes of a run in the order a single worker takes them; `tolerated` may fail without the run failing."""

    nodes: tuple[Node, ...]
    requested: tuple[str, ...]
    tolerated: frozenset[str]


Lookup = Callable[[Reference], Spec]


def build(requested: Sequence[Reference], lookup: Lookup, *, without_references: bool = False) -> Graph:
    """The graph of everything `requested` leads to. `lookup` raises BadConfig for a name that is no task.

    `without_references` keeps only what was asked for. Raises BadConfig for a cycle, naming its members.
    """
    specs = _gather(requested, lookup, without_references=without_references)
    needs = _needs(specs)
    order = _order(requested, specs, needs)
    must_run = _must_run(requested, specs)
    follows = _follows(requested, specs)
    nodes = tuple(
        Node(
            key=key,
            name=specs[key].name,
            needs=tuple(needs[key].values()),
            must_run=key in must_run,
            follows=follows.get(key, ()),
        )
        for key in order
    )
    asked = tuple(dict.fromkeys(reference.key for reference in requested))
    return Graph(nodes=nodes, requested=asked, tolerated=_tolerated(requested, specs))


def _gather(requested: Iterable[Reference], lookup: Lookup, *, without_references: bool) -> dict[str, Spec]:
    """The specs of everything reachable, depth first without recursion: chains may be thousands long."""
    specs: dict[str, Spec] = {}
    stack = list(requested)[::-1]
    while stack:
        current = stack.pop()
        if current.key in specs:
            continue
        spec = lookup(current)
        if without_references or spec.is_off:
            spec = Spec(key=spec.key, name=spec.name, where=spec.where, is_off=spec.is_off)
        specs[current.key] = spec
        stack += reversed(spec.references)
    return specs


Needs = dict[str, dict[str, Edge]]


def _needs(specs: Mapping[str, Spec]) -> Needs:
    """Key → what it waits for, by key. An edge that is tolerant by one mention and not by another is not."""
    needs: Needs = {key: {} for key in specs}
    for spec in specs.values():
        for edge in _edges_before(spec):
            _add(needs, edge)
    at_last = {reference.key for spec in specs.values() for reference in spec.finally_}
    after = [edge for spec in specs.values() for edge in _edges_after(spec, needs, at_last)]
    for edge in after:
        _add(needs, edge)
    _wait_for_followers(specs, needs)
    return {key: _in_order(specs[key], edges, specs) for key, edges in needs.items()}


def _in_order(spec: Spec, edges: dict[str, Edge], specs: Mapping[str, Spec]) -> dict[str, Edge]:
    """What a task waits for, each prerequisite with its followers right behind it."""
    behind = {one.key: (*specs[one.key].post, *specs[one.key].finally_) for one in spec.pre}
    wished = [key for one in spec.pre for key in (one.key, *(follower.key for follower in behind[one.key]))]
    return {key: edges[key] for key in dict.fromkeys((*wished, *edges)) if key in edges}


def _edges_after(spec: Spec, needs: Needs, at_last: set[str]) -> Iterator[Edge]:
    """What runs after a task; what a `finally_` names (`at_last`) runs whatever happened, also where it is a `post`."""
    for reference in spec.post:
        if not _leads_to(spec.key, reference.key, needs):  # else it has run before, and a task runs once
            yield Edge(before=spec.key, after=reference.key, is_tolerant=reference.key in at_last)
    for reference in spec.finally_:
        yield Edge(before=spec.key, after=reference.key, is_tolerant=True)


def _edges_before(spec: Spec) -> Iterator[Edge]:
    for reference in spec.pre:
        yield Edge(before=reference.key, after=spec.key, is_tolerant=reference.is_safe)
    if spec.is_ordered:
        for first, second in zip(spec.pre, spec.pre[1:], strict=False):
            if first.key != second.key:
                yield Edge(before=first.key, after=second.key, is_tolerant=first.is_safe)


def _add(needs: Needs, edge: Edge) -> None:
    known = needs[edge.after].get(edge.before)
    if known is None or known.is_tolerant:
        needs[edge.after][edge.before] = edge


def _wait_for_followers(specs: Mapping[str, Spec], needs: Needs) -> None:
    """Whoever waits for a task waits for what follows it too, unless that waits for the one who would wait."""
    for spec in specs.values():
        for reference in spec.pre:
            for follower in specs[reference.key].post:
                is_tolerant = reference.is_safe or follower.is_safe
                _add_soft(needs, Edge(before=follower.key, after=spec.key, is_tolerant=is_tolerant))
            for last in specs[reference.key].finally_:
                _add_soft(needs, Edge(before=last.key, after=spec.key, is_tolerant=True))
        for last in spec.finally_:
            for follower in spec.post:
                _add_soft(needs, Edge(before=follower.key, after=last.key, is_tolerant=True))


def _add_soft(needs: Needs, edge: Edge) -> None:
    if edge.before != edge.after and not _leads_to(edge.before, edge.after, needs):
        _add(needs, edge)


def _leads_to(start: str, goal: str, needs: Needs) -> bool:
    """Whether `start` waits for `goal`, directly or through others."""
    stack, seen = [start], {start}
    while stack:
        for key in needs[stack.pop()]:
            if key == goal:
                return True
            if key not in seen:
                seen.add(key)
                stack.append(key)
    return False


def _order(requested: Sequence[Reference], specs: Mapping[str, Spec], needs: Needs) -> list[str]:
    """Depth first in the order of definition, what follows a task right behind it. Raises BadConfig at a cycle."""
    done: dict[str, None] = {}
    roots = [reference.key for reference in reversed(requested)]
    while roots:
        root = roots.pop()
        if root not in done:
            _visit(root, needs, done, specs)
            followers = (*specs[root].post, *specs[root].finally_)
            roots += [follower.key for follower in reversed(followers)]
    for key in specs:
        if key not in done:
            _visit(key, needs, done, specs)
    return list(done)


def _visit(root: str, needs: Needs, done: dict[str, None], specs: Mapping[str, Spec]) -> None:
    active: dict[str, None] = {root: None}
    stack: list[tuple[str, Iterator[str]]] = [(root, iter(needs[root]))]
    while stack:
        key, rest = stack[-1]
        following = next((other for other in rest if other not in done), None)
        if following is None:
            stack.pop()
            active.pop(key)
            done[key] = None
        elif following in active:
            path = list(active)
            raise _cycle([*path[path.index(following) :], following], specs)
        else:
            active[following] = None
            stack.append((following, iter(needs[following])))


def _cycle(keys: list[str], specs: Mapping[str, Spec]) -> BadConfig:
    lines = [f"{specs[key].where}: {specs[key].name}".removeprefix(": ") for key in keys[:-1]]
    names = " → ".join(specs[key].name for key in keys)
    return BadConfig(f"tasks wait for each other: {names}", details=lines, remedy="take one of these references out")


def _reached(roots: Iterable[str], specs: Mapping[str, Spec], of: Callable[[Spec], Iterable[Reference]]) -> set[str]:
    found = set(roots)
    stack = list(found)
    while stack:
        for reference in of(specs[stack.pop()]):
            if reference.key not in found:
                found.add(reference.key)
                stack.append(reference.key)
    return found


def _tolerated(requested: Iterable[Reference], specs: Mapping[str, Spec]) -> frozenset[str]:
    """What every way from the command line passes a safe reference to."""
    roots = [reference.key for reference in requested if not reference.is_safe]
    unsafe = _reached(roots, specs, lambda spec: (one for one in spec.references if not one.is_safe))
    return frozenset(set(specs) - unsafe)


def _must_run(requested: Iterable[Reference], specs: Mapping[str, Spec]) -> set[str]:
    """What is named by a `finally_`, and what only that needs."""
    ordinary = _reached((one.key for one in requested), specs, lambda spec: (*spec.pre, *spec.post))
    named = {reference.key for spec in specs.values() for reference in spec.finally_}
    return named | (set(specs) - ordinary)


def _follows(requested: Iterable[Reference], specs: Mapping[str, Spec]) -> dict[str, tuple[str, ...]]:
    """Key → the tasks after whose success it runs, for what is wanted for that reason alone."""
    found: dict[str, tuple[str, ...]] = {}
    for spec in specs.values():
        for reference in spec.post:
            found[reference.key] = (*found.get(reference.key, ()), spec.key)
    otherwise = {one.key for one in requested}
    otherwise |= {one.key for spec in specs.values() for one in (*spec.pre, *spec.finally_)}
    return {key: keys for key, keys in found.items() if key not in otherwise}
