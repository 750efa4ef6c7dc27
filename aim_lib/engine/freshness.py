"""Is an incremental task up to date: by the content of its inputs, its code, its arguments and its environment.

Size and time of change only save reading a file again. What a task was made of is written down after its success alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..errors import Failed
from ..files import PRIVATE_FILE, delete, make_folder, write_text
from ..model import Frozen
from .decorator import Rules
from .fingerprint import Fingerprint
from .patterns import files_of, has_magic, path_text
from .places import Places, digest_of

VERSION = 1
# Within this time of a change another one may leave size and time as they are (coarse clocks of file systems).
UNSETTLED_NS = 2_000_000_000


class Mark(Frozen, frozen=True):
    """A file as it was: `is_settled` when its size and time of change are proof enough that it still is."""

    size: int
    mtime_ns: int
    digest: str
    is_settled: bool


class Success(Frozen, frozen=True):
    """What a task was made of when it last succeeded. `pairs` are input → output of an `each` task."""

    version: int
    fingerprint: Fingerprint
    inputs: Mapping[str, Mark]
    outputs: tuple[str, ...] = ()
    pairs: Mapping[str, str] = {}


class Verdict(Frozen, frozen=True):
    """Whether to run and why; the inputs and outputs to run on; and what to write down after success.

    `has_moved`: files were touched but are as they were, which is worth writing down so as not to read them again.
    """

    must_run: bool
    reason: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    is_empty: bool = False
    has_moved: bool = False
    changed: tuple[str, ...] = ()
    path: str = ""
    success: Success | None = None

    @property
    def inputs_digest(self) -> str:
        """One digest of the names and the content of all inputs."""
        marks = self.success.inputs if self.success is not None else {}
        return digest_of(*(f"{name}={mark.digest}" for name, mark in marks.items()))


Ask = Callable[[Callable[..., Any]], Any]


def judge(
    name: str, rules: Rules, fingerprint: Fingerprint, places: Places, ask: Ask, *, force: bool = False
) -> Verdict:
    """Whether the task is up to date. `ask` calls a function of the user's with the task's context.

    Raises Failed for an input that is not there, and when `each` finds no output for every input.
    """
    inputs = resolve_inputs(rules, places.project, ask)
    if rules.inputs is not None and not inputs:
        return Verdict(must_run=False, reason="no input", is_empty=True)
    pairs = _pairs(rules, inputs, ask) if rules.each else {}
    patterns = tuple(pairs.values()) if rules.each else _texts(rules.outputs, ask)
    path = places.success(_identity(name, rules, patterns, fingerprint))
    last = _read(path)
    marks = _marks(inputs, places.project, last.inputs if last else {})
    reason, stale = _stale(last, fingerprint, marks, patterns, pairs, places.project)
    if force and not stale:
        reason, stale = "forced", tuple(marks)
    if force and rules.each:
        stale = tuple(marks)
    success = Success(version=VERSION, fingerprint=fingerprint, inputs=marks, outputs=patterns, pairs=pairs)
    concerned = set(stale)
    chosen = tuple(one for one in inputs if one in concerned) if rules.each else inputs
    outputs = tuple(pairs[one] for one in chosen) if rules.each else patterns
    if rules.each and stale:
        reason = f"{len(chosen)} of {len(inputs)} stale: {reason}"
    return Verdict(
        must_run=bool(reason),
        reason=reason or "nothing has changed",
        inputs=chosen,
        outputs=outputs,
        changed=tuple(sorted(stale)),
        has_moved=last is not None and marks != last.inputs,
        path=str(path),
        success=success,
    )


def _identity(name: str, rules: Rules, patterns: Sequence[str], fingerprint: Fingerprint) -> str:
    """Calls that make different outputs are remembered apart; those that make the same ones undo each other."""
    if rules.each:  # its outputs grow with its inputs
        return name
    return "\0".join((name, *patterns)) if patterns else f"{name}\0{fingerprint.arguments}"


def begin(verdict: Verdict) -> None:
    """Forget what is about to be made again, so that a run that fails or is killed half-way leaves it stale."""
    path = Path(verdict.path)
    last = _read(path)
    if last is None:
        return
    begun = set(verdict.inputs)
    kept = {name: mark for name, mark in last.inputs.items() if last.pairs and name not in begun}
    if kept:
        _write(path, msgspec.structs.replace(last, inputs=kept))
    else:
        delete(path)


def succeeded(verdict: Verdict, project: Path) -> tuple[str, ...]:
    """Write down what the task was made of. Returns the declared outputs it did not make: then nothing is written."""
    if verdict.success is None:
        return ()
    missing = tuple(_missing(verdict.outputs, project))
    if not missing:
        found = tuple(one for pattern in verdict.success.outputs for one in files_of(pattern, project))
        kept = verdict.success.outputs if verdict.success.pairs else tuple(dict.fromkeys(found))
        _write(Path(verdict.path), msgspec.structs.replace(verdict.success, outputs=kept))
    return missing


def resolve_inputs(rules: Rules, project: Path, ask: Ask) -> tuple[str, ...]:
    """The input files, as paths from the project's folder, sorted. Raises Failed for one that is not there."""
    patterns = _texts(rules.inputs, ask)
    excluded = {one for text in patterns if text.startswith("!") for one in files_of(text[1:], project)}
    found: dict[str, None] = {}
    for pattern in patterns:
        if pattern.startswith("!"):
            continue
        files = files_of(pattern, project)
        if not files and not has_magic(pattern) and not (project / pattern).is_dir():
            raise Failed(f"input {pattern!r} is missing", remedy=f"make {project / pattern}, or correct inputs=")
        found |= dict.fromkeys(files)
    kept = [one for one in found if one not in excluded]
    # A function's order may mean something to it; that of a glob is the file system's.
    return tuple(kept) if callable(rules.inputs) or rules.each else tuple(sorted(kept))


def _stale(
    last: Success | None,
    fingerprint: Fingerprint,
    marks: Mapping[str, Mark],
    patterns: Sequence[str],
    pairs: Mapping[str, str],
    project: Path,
) -> tuple[str, tuple[str, ...]]:
    """Why the task must run, "" when it need not, and the inputs that are concerned."""
    everything = tuple(marks)
    if last is None:
        return "no success is on record", everything
    common = fingerprint.difference(last.fingerprint)
    if common:
        return common, everything
    changed = tuple(one for one, mark in marks.items() if last.inputs.get(one, _NOTHING).digest != mark.digest)
    if pairs:
        concerned = {*changed, *(one for one, output in pairs.items() if not (project / output).exists())}
        stale = tuple(one for one in marks if one in concerned)
        return (_first(stale[0], _how(stale[0], last, changed)) if stale else ""), stale
    if changed:
        return _first(changed[0], _how(changed[0], last, changed), len(changed)), changed
    removed = [one for one in last.inputs if one not in marks]
    if removed:
        return _first(removed[0], "is no longer an input", len(removed)), everything
    lost = (one for one in last.outputs if not (project / one).exists())
    missing = list(dict.fromkeys([*_missing(patterns, project), *lost]))
    return _first(missing[0], "is missing", len(missing)) if missing else "", everything if missing else ()


_NOTHING = Mark(size=0, mtime_ns=0, digest="", is_settled=False)


def _how(name: str, last: Success, changed: Sequence[str]) -> str:
    if name not in last.inputs:
        return "new"
    return "changed" if name in changed else "has no output"


def _first(name: str, what: str, count: int = 1) -> str:
    more = f" and {count - 1} more" if count > 1 else ""
    return f"{name}{more} {what}"


def _missing(patterns: Iterable[str], project: Path) -> Iterator[str]:
    for pattern in dict.fromkeys(patterns):
        if not (files_of(pattern, project) or (not has_magic(pattern) and (project / pattern).exists())):
            yield pattern


def _pairs(rules: Rules, inputs: Sequence[str], ask: Ask) -> dict[str, str]:
    """Input → output. `outputs` is a function of one input, or as many paths as there are inputs."""
    if callable(rules.outputs):
        function = rules.outputs
        return {one: path_text(function(Path(one))) for one in inputs}
    outputs = _texts(rules.outputs, ask)
    if len(outputs) != len(inputs):
        raise Failed(
            f"each=True needs an output for every input: there are {len(inputs)} inputs and {len(outputs)} outputs",
            remedy="give outputs= as a function of one input: lambda path: path.with_suffix('.o')",
        )
    return dict(zip(inputs, outputs, strict=True))


def _texts(declared: Any, ask: Ask) -> tuple[str, ...]:
    if declared is None:
        return ()
    value = ask(declared) if callable(declared) else declared
    return (path_text(value),) if isinstance(value, str | os.PathLike) else tuple(map(path_text, value or ()))


def _marks(inputs: Iterable[str], project: Path, known: Mapping[str, Mark]) -> dict[str, Mark]:
    now_ns = time.time_ns()
    return {one: _mark(project / one, known.get(one), now_ns) for one in inputs}


def _mark(path: Path, known: Mark | None, now_ns: int) -> Mark:
    found = path.stat()
    same = known is not None and (known.size, known.mtime_ns) == (found.st_size, found.st_mtime_ns)
    if known is not None and same and known.is_settled:
        return known
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    is_settled = abs(now_ns - found.st_mtime_ns) > UNSETTLED_NS
    return Mark(size=found.st_size, mtime_ns=found.st_mtime_ns, digest=digest, is_settled=is_settled)


def _write(path: Path, success: Success) -> None:
    # Not msgspec's JSON: it knows no names of files that are no text.
    make_folder(path.parent)
    write_text(path, json.dumps(msgspec.to_builtins(success)), PRIVATE_FILE)


def _read(path: Path) -> Success | None:
    """The last success; None when there is none, or none that this version can read."""
    try:
        found = msgspec.convert(json.loads(path.read_bytes()), Success)
    except (OSError, ValueError, msgspec.ValidationError):
        return None
    return found if found.version == VERSION else None
