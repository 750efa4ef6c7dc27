"""The tests that Windows cannot run, and why: tests/windows.txt, in the form of tests/skips.txt."""

from __future__ import annotations

import ctypes
import importlib.util
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "windows.txt"
WINE = "wine: "  # how the reasons begin that are wine's own: on a real Windows such tests run
EVERY = "::*"
REPORT = "AIM_TESTS_LISTED"  # the variable with the file that is told what the list did


@dataclass(frozen=True, slots=True)
class Choice:
    """Ids of tests that run and that do not, and the patterns that no test matches."""

    run: frozenset[str]
    left_out: frozenset[str]
    idle: tuple[str, ...]

    def write(self, path: Path) -> None:
        told = {"run": len(self.run), "left_out": len(self.left_out), "idle": self.idle}
        path.write_text(json.dumps(told), encoding="utf-8")


def choose(identities: Iterable[str], patterns: Sequence[str]) -> Choice:
    """Which of the tests run; a pattern is only compared with the tests of its file."""
    by_file: dict[str, list[str]] = defaultdict(list)
    for pattern in patterns:
        by_file[pattern.partition("::")[0]].append(pattern)
    matches = _skips().matches
    run: set[str] = set()
    left_out: set[str] = set()
    used: set[str] = set()
    for identity in identities:
        hits = [pattern for pattern in by_file.get(identity.partition("::")[0], ()) if matches(identity, pattern)]
        used.update(hits)
        (left_out if hits else run).add(identity)
    used.update(f"{name}{EVERY}" for name in whole_files(patterns) if (ROOT / name).is_file())
    idle = tuple(pattern for known in by_file.values() for pattern in known if pattern not in used)
    return Choice(frozenset(run), frozenset(left_out), idle)


def whole_files(patterns: Iterable[str]) -> list[str]:
    """The files that are left out as a whole: they are not even read, since what they import may not be there."""
    return [pattern.removesuffix(EVERY) for pattern in patterns if pattern.endswith(EVERY)]


def patterns(path: Path = LIST, *, is_wine: bool) -> list[str]:
    """Those of the list that count here."""
    listed: Mapping[str, str] = _skips().read_listed(path)
    return [pattern for pattern, reason in listed.items() if is_wine or not reason.startswith(WINE)]


def is_wine() -> bool:
    """Whether this Windows is wine, which says so."""
    if sys.platform != "win32":  # noqa: TID251 - which system runs the tests, not which one they are about
        return False
    return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


def _skips() -> ModuleType:
    spec = importlib.util.spec_from_file_location("skips", ROOT / ".ci" / "skips.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
