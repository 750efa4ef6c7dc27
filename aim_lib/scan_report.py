"""Equal files and folders as a Result: a few lines for a person, everything for a program."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from .content_hash import algorithm
from .folding import FileGroup, FolderGroup, Owned
from .model import Result
from .pathtext import shown, spoken
from .quantities import counted
from .scanner import Duplicates
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
        text="\n".join(duplicate_lines(found, cwd, limit)),
        closing=tuple(duplicate_closing(found, cwd)),
        body={**duplicates_body(found), "totals": totals_body(found)} if is_document else {},
    )


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


def duplicate_lines(found: Duplicates, cwd: str, limit: int) -> Iterator[str]:
    tree, folded = found.tree, found.folded
    folders = [each for each in folded.folders if not each.owner]
    if folders:
        yield "equal folders"
        yield from limited([_folder_line(tree, each, cwd) for each in folders], limit, "groups")
        yield ""
    if folded.owned:
        yield "equal files in folders that something else looks after"
        yield from (_owned_line(tree, each, cwd) for each in folded.owned)
        yield ""
    if folded.files:
        yield "equal files"
        yield from limited([_file_line(tree, each, cwd) for each in folded.files], limit, "groups")
        yield ""


def _folder_line(tree: Tree, group: FolderGroup, cwd: str) -> str:
    lines = [f"{shown(tree.folders[row], cwd)}{os.sep}" for row in group.folders]
    return _grouped(group.wasted, lines, counted(group.files, "file"))


def _file_line(tree: Tree, each: FileGroup, cwd: str) -> str:
    paths = sorted(tree.path(row) for row in each.group.rows)
    return _grouped(each.wasted, [shown(path, cwd) for path in paths], "")


def _owned_line(tree: Tree, each: Owned, cwd: str) -> str:
    places = sorted(shown(tree.folders[row], cwd) for row in each.places)
    what = f"{each.owner}: {counted(each.files, 'file')} in {counted(len(places), 'place')}"
    return _grouped(each.wasted, [what, *places[:5], *(["…"] if len(places) > 5 else []), f"→ {WORTH[each.owner]}"], "")


def _grouped(wasted: int, lines: Sequence[str], what: str) -> str:
    first, *rest = lines
    head = f"  {size_text(wasted):>9}  {first}{f'  ({what})' if what else ''}"
    return "\n".join([head, *(f"  {'':9}  {line}" for line in rest)])


def limited(lines: list[str], limit: int, what: str) -> list[str]:
    if not limit or len(lines) <= limit:
        return lines
    return [*lines[:limit], f"  … and {len(lines) - limit} more {what}: --limit 0 shows all"]


def duplicate_closing(found: Duplicates, cwd: str) -> Iterator[str]:
    if found.copies:
        copies = counted(found.copies, "copy", "copies")
        yield f"{size_text(found.wasted)} in {copies} of {counted(len(found.compared.groups), 'file')}"
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
