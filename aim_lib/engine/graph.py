"""What must run before what: a graph of tasks from references, checked whole before anything runs. Pure."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NoReturn

from ..errors import BadConfig
from ..model import Frozen
from .topology import Edge, Needs, Refuse, Sorter, visit


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


class Node(Frozen, frozen=True):
    """One task of a run.

    `ends` are the tasks whose `finally_` it serves: it runs also when the run is being stopped, once one of them, or
    what that waits for, was begun. `follows` are the tasks after whose success it runs, empty when it is wanted for
    itself too.
    """

    key: str
    name: str
    needs: tuple[Edge, ...] = ()
    ends: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()

    @property
    def must_run(self) -> bool:
        return bool(self.ends)


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
    refuse = functools.partial(_refuse, specs)
    needs = _needs(specs, refuse)
    order = _order(requested, specs, needs, refuse)
    ends = _ends(specs)
    follows = _follows(requested, specs)
    nodes = tuple(
        Node(
            key=key,
            name=specs[key].name,
            needs=tuple(needs[key].values()),
            ends=ends.get(key, ()),
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


def _needs(specs: Mapping[str, Spec], refuse: Refuse) -> Needs:
    """Key → what it waits for, by key. An edge that is tolerant by one mention and not by another is not."""
    followers = {one.key for spec in specs.values() for one in (*spec.post, *spec.finally_)}
    sorter = Sorter(specs, followers, refuse)
    for spec in specs.values():
        for reference in spec.pre:
            sorter.add(Edge(before=reference.key, after=spec.key, is_tolerant=reference.is_safe))
    sorter.sort()
    at_last = {reference.key for spec in specs.values() for reference in spec.finally_}
    for edge in [edge for spec in specs.values() for edge in _edges_after(spec, sorter, at_last)]:
        sorter.add(edge)
    sorter.sort()
    behind = functools.cache(lambda reference: tuple(_followers(reference, specs)))
    for spec in specs.values():
        for edge in (*_edges_between(spec), *_edges_to_followers(spec, behind)):
            sorter.add_unless_circular(edge)
    return {key: _in_order(specs[key], edges, behind) for key, edges in sorter.needs.items()}


def _edges_after(spec: Spec, sorter: Sorter, at_last: set[str]) -> Iterator[Edge]:
    """What runs after a task; what a `finally_` names (`at_last`) runs whatever happened, also where it is a `post`."""
    for reference in spec.post:
        if not sorter.leads_to(spec.key, reference.key):  # else it has run before, and a task runs once
            yield Edge(before=spec.key, after=reference.key, is_tolerant=reference.key in at_last)
    for reference in spec.finally_:
        yield Edge(before=spec.key, after=reference.key, is_tolerant=True)


def _edges_between(spec: Spec) -> Iterator[Edge]:
    """The order of the prerequisites of an ordered task; none asked for the one before, so none needs its success."""
    if spec.is_ordered:
        for first, second in pairwise(dict.fromkeys(reference.key for reference in spec.pre)):
            yield Edge(before=first, after=second, is_tolerant=True)


Behind = Callable[[Reference], tuple[tuple[str, bool], ...]]


def _edges_to_followers(spec: Spec, behind: Behind) -> Iterator[Edge]:
    """Whoever waits for a task waits for what follows it too, and what runs at last for what follows before."""
    for reference in spec.pre:
        for key, is_safe in behind(reference):
            yield Edge(before=key, after=spec.key, is_tolerant=is_safe)
    for last in spec.finally_:
        for follower in spec.post:
            yield Edge(before=follower.key, after=last.key, is_tolerant=True)


def _followers(reference: Reference, specs: Mapping[str, Spec]) -> Iterator[tuple[str, bool]]:
    """The keys of what follows a task, what follows that, and so on; each with whether its failure is tolerated."""
    stack, seen = [(reference.key, reference.is_safe)], {reference.key}
    while stack:
        key, is_safe = stack.pop()
        spec = specs[key]
        # A failure at last is the run's; here it only is a matter of order.
        behind = [(one.key, is_safe or one.is_safe) for one in spec.post] + [(one.key, True) for one in spec.finally_]
        for follower in behind:
            if follower[0] not in seen:
                seen.add(follower[0])
                stack.append(follower)
                yield follower


def _in_order(spec: Spec, edges: dict[str, Edge], behind: Behind) -> dict[str, Edge]:
    """What a task waits for, each prerequisite with its followers right behind it."""
    wished = [name for one in spec.pre for name in (one.key, *(follower for follower, _ in behind(one)))]
    return {name: edges[name] for name in dict.fromkeys((*wished, *edges)) if name in edges}


def _order(requested: Sequence[Reference], specs: Mapping[str, Spec], needs: Needs, refuse: Refuse) -> list[str]:
    """Depth first in the order of definition, what follows a task right behind it."""
    done: dict[str, None] = {}
    roots = [reference.key for reference in reversed(requested)]
    while roots:
        root = roots.pop()
        if root not in done:
            visit(root, needs, done, refuse)
            followers = (*specs[root].post, *specs[root].finally_)
            roots += [follower.key for follower in reversed(followers)]
    for key in specs:
        visit(key, needs, done, refuse)
    return list(done)


def _refuse(specs: Mapping[str, Spec], keys: list[str]) -> NoReturn:
    lines = [f"{specs[key].where}: {specs[key].name}".removeprefix(": ") for key in keys[:-1]]
    names = " → ".join(specs[key].name for key in keys)
    raise BadConfig(f"tasks wait for each other: {names}", details=lines, remedy="take one of these references out")


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


def _ends(specs: Mapping[str, Spec]) -> dict[str, tuple[str, ...]]:
    """Key → the tasks that name it, or something that needs it, in their `finally_`."""
    found: dict[str, dict[str, None]] = {}
    for spec in specs.values():
        for key in _reached((one.key for one in spec.finally_), specs, lambda one: (*one.pre, *one.post)):
            found.setdefault(key, {})[spec.key] = None
    return {key: tuple(owners) for key, owners in found.items()}


def _follows(requested: Iterable[Reference], specs: Mapping[str, Spec]) -> dict[str, tuple[str, ...]]:
    """Key → the tasks after whose success it runs, for what is wanted for that reason alone."""
    found: dict[str, tuple[str, ...]] = {}
    for spec in specs.values():
        for reference in spec.post:
            found[reference.key] = (*found.get(reference.key, ()), spec.key)
    otherwise = {one.key for one in requested}
    otherwise |= {one.key for spec in specs.values() for one in (*spec.pre, *spec.finally_)}
    return {key: keys for key, keys in found.items() if key not in otherwise}
