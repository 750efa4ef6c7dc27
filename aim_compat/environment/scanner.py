"""`aim.environment.scanner`: what `aim scan` finds. Nothing is deleted: what is cleaned goes to quarantine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .exceptions import ScannerError
from .program import document, trouble

MEGABYTE = 1024 * 1024


@dataclass
class DuplicateGroup:
    """Equal files; one of them is not wasted."""

    file_hash: str
    files: list[str]
    size_bytes: int

    @property
    def size_mb(self) -> float:
        return self.size_bytes / MEGABYTE

    @property
    def wasted_bytes(self) -> int:
        return self.size_bytes * (len(self.files) - 1)

    @property
    def wasted_mb(self) -> float:
        return self.wasted_bytes / MEGABYTE


@dataclass
class MisplacedCache:
    """A cache that lies outside the central folder."""

    path: str
    pattern: str
    size_bytes: int
    file_count: int

    @property
    def size_mb(self) -> float:
        return self.size_bytes / MEGABYTE


@dataclass
class ScanReport:
    """What one scan found."""

    duplicates: list[DuplicateGroup] = field(default_factory=list)
    misplaced_caches: list[MisplacedCache] = field(default_factory=list)
    total_scanned_files: int = 0
    total_scanned_bytes: int = 0


class EnvironmentScanner:
    """Asks `aim scan`; its names of caches are AIM's own, to which `[cache] patterns` adds."""

    def find_duplicates(
        self, roots: Iterable[str], min_size_kb: int = 100, extensions: Iterable[str] | None = None
    ) -> list[DuplicateGroup]:
        """Equal files below `roots` of at least that size, what wastes most first. Raises ScannerError."""
        endings = [word for each in extensions or () for word in ("--extension", each)]
        return _groups(document(ScannerError, "scan", "duplicates", *_below(roots), f"--min-size={min_size_kb}", *endings))

    def find_misplaced_caches(self, roots: Iterable[str], central_cache: str | None = None) -> list[MisplacedCache]:
        """Caches below `roots` that are not where caches belong, nor below `central_cache`. Raises ScannerError."""
        found = _caches(document(ScannerError, "scan", "caches", *_below(roots)))
        inside = f"{central_cache.rstrip('/')}/" if central_cache else ""
        return [each for each in found if not (inside and f"{each.path}/".startswith(inside))]

    def scan(self, roots: Iterable[str], min_size_kb: int = 100, central_cache: str | None = None) -> ScanReport:
        """Duplicates, caches and totals. Raises ScannerError."""
        places = tuple(roots)
        found = document(ScannerError, "scan", "all", *_below(places), f"--min-size={min_size_kb}")
        caches = self.find_misplaced_caches(places, central_cache) if central_cache else _caches(found)
        totals = found["totals"]
        return ScanReport(_groups(found), caches, totals["files"], totals["size_bytes"])

    def cleanup_cache(self, path: str) -> bool:
        """Move the cache at `path` to quarantine, from where `aim cache restore` has it back. Raises ScannerError."""
        folder = str(Path(path).parent)
        there = {each.path for each in self.find_misplaced_caches([folder])}
        if path not in there:
            return False
        others = [word for each in sorted(there - {path}) for word in ("--exclude", each)]
        if said := trouble(document(ScannerError, "scan", "clean", "--path", folder, *others, "--yes")):
            raise ScannerError(said)
        return not Path(path).exists()

    def remove_duplicates(self, group: DuplicateGroup, keep_index: int = 0) -> int:
        """Raises ScannerError: AIM deletes none of your files; equal ones can share their blocks instead."""
        keep = group.files[keep_index]
        raise ScannerError(f"no copy of {keep} is deleted; to free their room: aim scan clean --duplicates [--hardlink]")


def _below(roots: Iterable[str]) -> list[str]:
    return [word for root in roots for word in ("--path", str(root))]


def _groups(found: dict[str, Any]) -> list[DuplicateGroup]:
    return [DuplicateGroup(each["hash"], each["files"], each["size_bytes"]) for each in found["duplicates"]]


def _caches(found: dict[str, Any]) -> list[MisplacedCache]:
    keys = ("path", "pattern", "size_bytes", "file_count")
    return [MisplacedCache(*(each[key] for key in keys)) for each in found["caches"]]
