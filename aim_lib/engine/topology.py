"""Edges between keys, and an order in which none goes backward. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import NoReturn

from ..model import Frozen

Refuse = Callable[[list[str]], NoReturn]


class Edge(Frozen, frozen=True):
    """`after` waits for `before`; a tolerant edge lets it go on also when `before` did not succeed."""

    before: str
    after: str
    is_tolerant: bool = False


Needs = dict[str, dict[str, Edge]]


class Sorter:
    """Edges with a topological order of the keys: one that goes forward in it closes no circle, and needs no search."""

    def __init__(self, keys: Iterable[str], followers: AbstractSet[str], refuse: Refuse) -> None:
        self._followers = followers
        self._refuse = refuse
        self._place: dict[str, int] = {}
        self.needs: Needs = {key: {} for key in keys}

    def add(self, edge: Edge) -> None:
        known = self.needs[edge.after].get(edge.before)
        if known is None or known.is_tolerant:
            self.needs[edge.after][edge.before] = edge

    def add_unless_circular(self, edge: Edge) -> None:
        """Add an edge that is a wish only. Needs the order of `sort`, and keeps it."""
        if edge.before == edge.after:
            return
        is_forward = self._place[edge.before] < self._place[edge.after]
        if is_forward or edge.before in self.needs[edge.after] or not self.leads_to(edge.before, edge.after):
            self.add(edge)
            if not is_forward:
                self.sort()

    def leads_to(self, start: str, goal: str) -> bool:
        """Whether `start` waits for `goal`, directly or through others. Looks only at what lies between them."""
        least = self._place[goal]
        stack, seen = [start], {start}
        while stack:
            for key in self.needs[stack.pop()]:
                if key == goal:
                    return True
                if key not in seen and self._place[key] > least:
                    seen.add(key)
                    stack.append(key)
        return False

    def sort(self) -> None:
        """Put the keys in order, what follows a task right behind it. Calls `refuse` with a circle."""
        open_needs = {key: len(edges) for key, edges in self.needs.items()}
        waiting: dict[str, list[str]] = {key: [] for key in self.needs}
        for key, edges in self.needs.items():
            for before in edges:
                waiting[before].append(key)
        ready = sorted((key for key in self.needs if not open_needs[key]), key=lambda key: key not in self._followers)
        order: list[str] = []
        while ready:
            key = ready.pop()
            order.append(key)
            freed = []
            for other in waiting[key]:
                open_needs[other] -= 1
                if not open_needs[other]:
                    freed.append(other)
            ready += sorted(freed, key=lambda other: other in self._followers)
        if len(order) < len(self.needs):
            done: dict[str, None] = {}
            for key in self.needs:
                visit(key, self.needs, done, self._refuse)
        self._place = {key: place for place, key in enumerate(order)}


def visit(root: str, needs: Needs, done: dict[str, None], refuse: Refuse) -> None:
    """Put `root` into `done` behind all it waits for. Calls `refuse` with a circle."""
    if root in done:
        return
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
            refuse([*path[path.index(following) :], following])
        else:
            active[following] = None
            stack.append((following, iter(needs[following])))
