"""What scans found, as a Result: a few lines for a person, everything for a program."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from .caches import Cache, Size
from .digests import algorithm
from .folding import FileGroup, FolderGroup, Owned
from .model import Record, Result, Status
from .pathtext import shown, spoken
from .quarantine import why_not
from .scanner import Duplicates, Everything
from .walking import Tree

WORTH = {
    "node_modules": "pnpm keeps one copy of each file for all projects",
    "bower_components": "bower is retired: move to pnpm",
    "site-packages": "uv shares them from its cache: UV_LINK_MODE=hardlink, or clone where the file system can",
    "dist-packages": "they are the system's",
    ".git": "git worktree shares one repository among many folders",
}
_UNITS = ("B", "KB", "MB", "GB", "TB")


def size_text(size: float) -> str:
    """Bytes for a person, in steps of 1024."""
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def duplicates_result(found: Duplicates, cwd: str, limit: int, *, is_document: bool) -> Result:
    """`limit` groups of each sort are shown, 0 all of them; a document has all, and costs as much as finding them."""
    return Result(
        text="\n".join(_duplicate_lines(found, cwd, limit)),
        closing=tuple(_duplicate_closing(found, cwd)),
        body={**duplicates_body(found), "totals": totals_body(found)} if is_document else {},
    )


def everything_result(
    found: Everything, cwd: str, limit: int, listed: Sequence[tuple[Cache, Size]], *, is_document: bool
) -> Result:
    """As `duplicates_result`, with the caches that are `listed`, and links that lead nowhere."""
    broken = _limited([f"  {shown(path, cwd)}" for path in found.broken_links], limit, "links")
    lines = [
        *_duplicate_lines(found.duplicates, cwd, limit),
        *(["caches", *_limited(list(cache_lines(listed, cwd)), limit, "lines"), ""] if listed else ()),
        *(["links that lead nowhere", *broken, ""] if broken else ()),
    ]
    tree = found.duplicates.tree
    counted = f"{len(tree.names)} files in {len(tree.folders)} folders, {size_text(sum(tree.sizes))}"
    cached = f"{size_text(sum(size.size_bytes for _, size in listed))} in {len(listed)} caches"
    closing = (counted, *_duplicate_closing(found.duplicates, cwd), cached)
    text = "\n".join(lines)
    return Result(text=text, closing=closing, body=everything_body(found, listed) if is_document else {})


def everything_body(found: Everything, listed: Sequence[tuple[Cache, Size]]) -> dict[str, Any]:
    return {
        **duplicates_body(found.duplicates),
        **caches_body(listed),
        "broken_links": [spoken(path) for path in found.broken_links],
        "totals": {**totals_body(found.duplicates), "broken_links": len(found.broken_links)},
    }


# --- duplicates ---------------------------------------------------------------------------------------------------


def duplicates_body(found: Duplicates) -> dict[str, Any]:
    tree = found.tree
    groups = sorted(found.compared.groups, key=lambda group: (-group.wasted, group.digest))
    return {
        "hash_algorithm": algorithm()[0],
        "duplicates": [
            {
                "hash": group.digest.hex(),
                "size_bytes": group.size,
                "files": sorted(spoken(tree.path(row)) for row in group.rows),
                "wasted_bytes": group.wasted,
            }
            for group in groups
        ],
        "folders": [_folder_body(tree, group) for group in found.folded.folders],
        "owned": [_owned_body(tree, each) for each in found.folded.owned],
        "errors": [{"path": spoken(path), "reason": reason} for path, reason in sorted(found.failures)],
        "mounts": [spoken(path) for path in sorted(tree.mounts)],
        "notes": found.notes,
    }


def _folder_body(tree: Tree, group: FolderGroup) -> dict[str, Any]:
    return {
        "folders": [spoken(tree.folders[row]) for row in group.folders],
        "spare": [spoken(tree.folders[row]) for row in group.spare],
        "wasted_bytes": group.wasted,
        "files": group.files,
        "owner": group.owner,
    }


def _owned_body(tree: Tree, each: Owned) -> dict[str, Any]:
    return {
        "owner": each.owner,
        "places": sorted(spoken(tree.folders[row]) for row in each.places),
        "wasted_bytes": each.wasted,
        "files": each.files,
        "remedy": WORTH[each.owner],
    }


def totals_body(found: Duplicates) -> dict[str, int]:
    tree = found.tree
    return {
        "files": len(tree.names),
        "folders": len(tree.folders),
        "size_bytes": sum(tree.sizes),
        "links": len(tree.links),
        "hard_links": len(tree.later_names),
        "special": tree.special,
        "excluded": tree.excluded,
        "mounts": len(tree.mounts),
        "errors": len(found.failures),
        "groups": len(found.compared.groups),
        "duplicate_files": found.copies,
        "wasted_bytes": found.wasted,
        "files_read": found.compared.read,
    }


def _duplicate_lines(found: Duplicates, cwd: str, limit: int) -> Iterator[str]:
    tree, folded = found.tree, found.folded
    folders = [each for each in folded.folders if not each.owner]
    if folders:
        yield "equal folders"
        yield from _limited([_folder_line(tree, each, cwd) for each in folders], limit, "groups")
        yield ""
    if folded.owned:
        yield "equal files in folders that something else looks after"
        yield from (_owned_line(tree, each, cwd) for each in folded.owned)
        yield ""
    if folded.files:
        yield "equal files"
        yield from _limited([_file_line(tree, each, cwd) for each in folded.files], limit, "groups")
        yield ""


def _folder_line(tree: Tree, group: FolderGroup, cwd: str) -> str:
    lines = [f"{shown(tree.folders[row], cwd)}{os.sep}" for row in group.folders]
    return _grouped(group.wasted, lines, f"{group.files} files")


def _file_line(tree: Tree, each: FileGroup, cwd: str) -> str:
    paths = sorted(tree.path(row) for row in each.group.rows)
    return _grouped(each.wasted, [shown(path, cwd) for path in paths], "")


def _owned_line(tree: Tree, each: Owned, cwd: str) -> str:
    places = sorted(shown(tree.folders[row], cwd) for row in each.places)
    what = f"{each.owner}: {each.files} files in {len(places)} places"
    return _grouped(each.wasted, [what, *places[:5], *(["…"] if len(places) > 5 else []), f"→ {WORTH[each.owner]}"], "")


def _grouped(wasted: int, lines: Sequence[str], what: str) -> str:
    first, *rest = lines
    head = f"  {size_text(wasted):>9}  {first}{f'  ({what})' if what else ''}"
    return "\n".join([head, *(f"  {'':9}  {line}" for line in rest)])


def _limited(lines: list[str], limit: int, what: str) -> list[str]:
    if not limit or len(lines) <= limit:
        return lines
    return [*lines[:limit], f"  … and {len(lines) - limit} more {what}: --limit 0 shows all"]


def _duplicate_closing(found: Duplicates, cwd: str) -> Iterator[str]:
    if found.copies:
        yield f"{size_text(found.wasted)} in {found.copies} copies of {len(found.compared.groups)} files"
    else:
        yield f"no two of {len(found.tree.names)} files are equal"
    if found.tree.mounts:
        mounts = [shown(path, cwd) for path in sorted(found.tree.mounts)]
        names = ", ".join([*mounts[:3], *(["…"] if len(mounts) > 3 else [])])
        yield f"not entered: {len(mounts)} mounted file systems ({names})"
    failures = sorted(found.failures)
    for path, reason in failures[:5]:
        yield f"not read: {shown(path, cwd)}: {reason}"
    if len(failures) > 5:
        yield f"not read: {len(failures) - 5} more, in the document: --json"
    yield from (f"note: {note}" for note in found.notes)


# --- caches -------------------------------------------------------------------------------------------------------


def caches_result(listed: Sequence[tuple[Cache, Size]], cwd: str, *, is_streamed: bool = False) -> Result:
    """`is_streamed`: each was shown when it was found."""
    total = sum(size.size_bytes for _, size in listed)
    cleanable = sum(size.size_bytes for each, size in listed if each.is_cleanable)
    closing = [f"{size_text(total)} in {len(listed)} caches, {size_text(cleanable)} of it can go: aim scan clean"]
    failures = [failure for _, size in listed for failure in size.failures]
    closing += [f"not read: {shown(path, cwd)}: {reason}" for path, reason in failures[:5]]
    text = "" if is_streamed else "\n".join(cache_lines(listed, cwd))
    body = {**caches_body(listed), "totals": {"caches": len(listed), "size_bytes": total, "cleanable_bytes": cleanable}}
    return Result(text=text, closing=tuple(closing) if listed else ("there are no caches",), body=body)


def caches_body(listed: Sequence[tuple[Cache, Size]]) -> dict[str, Any]:
    rows = [
        {
            "path": spoken(each.path),
            "pattern": each.pattern,
            "project": spoken(each.project),
            "size_bytes": size.size_bytes,
            "file_count": size.files,
            "tool": each.tool,
            "evidence": each.evidence,
            "is_cleanable": each.is_cleanable,
        }
        for each, size in listed
    ]
    return {"caches": rows}


def left_records(found: Iterable[tuple[Cache, Size]], mounts: Collection[str]) -> tuple[Record, ...]:
    """The caches that a cleaning leaves, with the reason."""
    reasons = ((each, size, why_not(each, mounts)) for each, size in found)
    return tuple(
        Record(
            id=spoken(each.path),
            status=Status.SKIPPED,
            title=shown(each.path),
            detail=f"{why} ({size_text(size.size_bytes)})",
        )
        for each, size, why in reasons
        if why
    )


def cache_lines(listed: Iterable[tuple[Cache, Size]], cwd: str) -> Iterator[str]:
    """A line for each, the largest first; many small ones of one project and name are one line."""
    alike: defaultdict[tuple[str, str, str], list[tuple[Cache, Size]]] = defaultdict(list)
    for each, size in listed:
        alike[(each.pattern, each.project, each.evidence)].append((each, size))
    for members in sorted(alike.values(), key=lambda members: -sum(size.size_bytes for _, size in members)):
        yield cache_line(members, cwd)


def cache_line(members: Sequence[tuple[Cache, Size]], cwd: str) -> str:
    each, total = members[0][0], sum(size.size_bytes for _, size in members)
    many = f"{len(members)} {each.pattern} in {shown(each.project, cwd) or '.'}"
    where = shown(each.path, cwd) if len(members) == 1 else many
    why = "never cleaned" if each.is_kept else "by name only, never cleaned" if not each.is_cleanable else each.evidence
    return f"  {size_text(total):>9}  {where}  ({why})"
