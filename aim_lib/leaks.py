"""Searches a folder, what is staged in Git, or the places AI tools leak to, for secrets that stand in the clear.

Nothing found is ever repeated: a finding says where, which and how it is written, not what. docs/leaks.md says what
cannot be found.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import groupby

from .errors import BadConfig
from .host import Host
from .leak_files import Content, Tally, content_of, read_file, read_tree
from .leak_git import read_staged
from .leak_hits import Hit, Lines, Values, settled
from .leak_places import find_places
from .leak_runs import KEY, find_runs
from .leak_shapes import find_shapes
from .model import Frozen
from .redact import MASK


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for. `allow`: patterns of paths (`tests/data/*`) in which keys are not told by their shape."""

    values: Values | None = None
    has_shapes: bool = True
    allow: tuple[str, ...] = ()


class Finding(Frozen, frozen=True):
    """One secret in one file, where it first stands there; `count` is how often.

    `path` is fit to be shown. Lines and columns count from 1; line 0 of a file that is no text means that `column` is
    a byte, and is none of both when the secret is in the path itself (`form` is "name"). `is_store`: a program's own
    store; `who` is whose place it is, "" in a tree.
    """

    path: str
    line: int
    column: int
    name: str
    kind: str
    form: str = ""
    hint: str = ""
    count: int = 1
    is_store: bool = False
    is_staged: bool = False
    who: str = ""


class Outcome(Frozen, frozen=True):
    """What was found, how much was searched, and what was not; paths are fit to be shown."""

    findings: tuple[Finding, ...]
    files: int = 0
    size_bytes: int = 0
    links: int = 0
    unreadable: tuple[str, ...] = ()
    too_large: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def in_tree(root: str, search: Search, host: Host) -> Outcome:
    """Search a folder or file. Links are not followed, folders that Git ignores are searched too.

    Raises BadConfig when it is not there.
    """
    if not os.path.lexists(root):
        raise BadConfig(f"{root} is not there", remedy="aim secrets scan FOLDER")
    scan = _Scan(search)
    stores = {found.path for found in find_places(host) if found.is_store}
    start = os.path.realpath(root) if os.path.islink(root) else root  # noqa: PTH114 - the user means what it points to
    for content in read_tree(start, scan.tally):
        inside = os.path.relpath(content.path, start).replace(os.sep, "/")
        is_store = os.path.abspath(content.path) in stores  # noqa: PTH100
        scan.look_at(content, inside=inside, is_store=is_store)
    return scan.outcome()


def in_places(search: Search, host: Host) -> Outcome:
    """Search shell histories, and the settings, transcripts and logs of AI tools, on this platform."""
    scan = _Scan(search)
    for found in find_places(host):
        for content in read_file(os.path.realpath(found.path), scan.tally):
            named = Content(found.path, content.data, content.is_text)
            scan.look_at(named, is_store=found.is_store, who=found.who)
    return scan.outcome()


def in_staged(search: Search, host: Host) -> Outcome:
    """Search what is about to be committed: values in whole files, shapes in lines that were not there before.

    Raises MissingProgram without Git, CommandFailed outside of a repository.
    """
    scan = _Scan(search)
    for staged in read_staged(host, scan.tally.too_large):
        scan.tally.files += 1
        scan.tally.size_bytes += len(staged.data)
        content = content_of(staged.path, staged.data)
        before = content_of(staged.path, staged.before).data
        scan.look_at(content, inside=staged.path, known=frozenset(before.splitlines()), is_staged=True)
    return scan.outcome()


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """Several outcomes as one; of findings at one place the first."""
    outcomes = tuple(outcomes)
    found = {
        (one.path, one.line, one.column, one.name): one for out in reversed(outcomes) for one in out.findings[::-1]
    }
    return Outcome(
        findings=tuple(reversed(found.values())),
        files=sum(one.files for one in outcomes),
        size_bytes=sum(one.size_bytes for one in outcomes),
        links=sum(one.links for one in outcomes),
        unreadable=_each(line for one in outcomes for line in one.unreadable),
        too_large=_each(line for one in outcomes for line in one.too_large),
        left_out=_each(name for one in outcomes for name in one.left_out),
    )


def _each(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))


@dataclass(slots=True)
class _Scan:
    """One search under way."""

    search: Search
    tally: Tally = field(default_factory=Tally)
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)

    def look_at(
        self,
        content: Content,
        *,
        inside: str = "",
        known: frozenset[bytes] = frozenset(),
        is_store: bool = False,
        is_staged: bool = False,
        who: str = "",
    ) -> None:
        shown = self._look_at_name(content.path)
        shapes = self.search.has_shapes and content.is_text and not content.is_foreign
        hits = self._hits(content.data, shapes and not any(fnmatchcase(inside, glob) for glob in self.search.allow))
        lines = Lines(content.data) if hits and content.is_text else None
        for hit in hits:
            if hit.kind == "shape" and lines is not None and lines.text(hit.start).rstrip(b"\r") in known:
                continue
            line, column = lines.place(hit.start) if lines else (0, hit.start + 1)
            self._add(
                Finding(
                    path=shown,
                    line=line,
                    column=column,
                    name=hit.name,
                    kind=hit.kind,
                    form=hit.form,
                    hint=hit.hint,
                    is_store=is_store,
                    is_staged=is_staged,
                    who=who,
                )
            )

    def _hits(self, data: bytes, has_shapes: bool) -> tuple[Hit, ...]:
        found: list[Hit] = list(self.search.values.find(data)) if self.search.values else []
        if has_shapes:
            found += find_shapes(data)
        return settled(found) if found else ()

    def _look_at_name(self, path: str) -> str:
        """Report secrets in a file's own path, each folder once; returns the path fit to be shown."""
        raw = os.fsencode(path)
        hits = self._hits_in_name(raw)
        for hit in hits:
            end = raw.find(os.sep.encode(), hit.end)
            part = shown(raw[: end if end >= 0 else None], hits)
            self._add(Finding(path=part, line=0, column=0, name=hit.name, kind=hit.kind, form="name"), times=0)
        return shown(raw, hits)

    def _hits_in_name(self, raw: bytes) -> tuple[Hit, ...]:
        # Most names have no word as long as a key.
        return self._hits(raw, self.search.has_shapes and bool(find_runs(raw, KEY)))

    def _add(self, finding: Finding, times: int = 1) -> None:
        key = (finding.path, finding.name if finding.form != "name" else f"{finding.name} name")
        first = self.findings.get(key)
        if first is None:
            self.findings[key] = finding
        elif times:
            from msgspec.structs import replace

            self.findings[key] = replace(first, count=first.count + times)

    def outcome(self) -> Outcome:
        unreadable = tuple(f"{self._look_at_name(path)}: {why}" for path, why in self.tally.unreadable)
        too_large = tuple(map(self._look_at_name, self.tally.too_large))
        return Outcome(
            findings=tuple(self.findings.values()),
            files=self.tally.files,
            size_bytes=self.tally.size_bytes,
            links=self.tally.links,
            unreadable=unreadable,
            too_large=too_large,
            left_out=self.search.values.left_out if self.search.values else (),
        )


def shown(raw: bytes, hits: Iterable[Hit] = ()) -> str:
    """A path without the secrets in it, and without letters that a terminal would take for orders."""
    if not hits and raw.isascii() and raw.decode().isprintable():  # nearly always
        return raw.decode()
    secret = {at for hit in hits for at in range(hit.start, hit.end)}
    pieces = groupby(range(len(raw)), key=secret.__contains__)
    told = b"".join(MASK.encode() if is_secret else bytes(raw[at] for at in some) for is_secret, some in pieces)
    text = told.decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
