"""What Git is told to overlook: lines of ours in a repository's own `info/exclude`, which is never committed.

The line is there before the link is: a pattern such as `.mypy_cache/` does not match a link, and the link would be
committed with a path of this machine in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .arranged import Arranged, change
from .host import Host
from .model import Change, Present, Run
from .platforms import hands
from .platforms._hands import block_of
from .states import state_of

KIND, BLOCK = "git-exclude", "cache"
_SPECIAL = re.compile(r"[\\*?\[\]]")


@dataclass(frozen=True, slots=True)
class Repository:
    """A working tree of Git, and the file that it reads beside its `.gitignore`s."""

    root: Path
    exclude: Path


def repository_of(path: Path) -> Repository | None:
    """The innermost repository around `path`; None when there is none, or when its `.git` says nothing usable."""
    for folder in path.parents:
        mark = folder / ".git"
        if mark.is_dir():
            return Repository(folder, mark / "info" / "exclude")
        if mark.is_file():
            common = _common_folder(mark)
            return Repository(folder, common / "info" / "exclude") if common else None
    return None


def _common_folder(mark: Path) -> Path | None:
    """Where a linked working tree, or a submodule, has its repository (gitrepository-layout(5))."""
    told = mark.read_text(encoding="utf-8", errors="surrogateescape").strip()
    if not told.startswith("gitdir: "):
        return None
    own = mark.parent / told.removeprefix("gitdir: ")
    try:
        common = own / (own / "commondir").read_text(encoding="utf-8", errors="surrogateescape").strip()
    except OSError:
        common = own
    return common.resolve() if common.is_dir() else None


def line_for(path: Path, repository: Repository) -> str:
    """The pattern of `path` and nothing else (gitignore(5))."""
    inside = _SPECIAL.sub(r"\\\g<0>", path.relative_to(repository.root).as_posix())
    return f"/{inside[:-1]}\\ " if inside.endswith(" ") else f"/{inside}"


def changes(wanted: Mapping[str, Iterable[str]], host: Host, reason: str) -> tuple[Change, ...]:
    """What makes our block of each exclude file hold exactly these lines; none of them: no block."""
    made = []
    for file, lines in sorted(wanted.items()):
        have = _block(Path(file))
        text = "".join(f"{line}\n" for line in sorted(set(lines)))
        if (have or b"") == text.encode("utf-8", "surrogateescape"):
            continue
        before = (have or b"").decode("utf-8", "surrogateescape")
        made.append(
            change(
                KIND,
                file,
                topic="cache",
                have=state_of(have) if have else "",
                want=state_of(text) if text else "",
                reason=reason,
                do=(_step(host, file, text),),
                undo=(_step(host, file, before),),
            )
        )
    return tuple(made)


def kind(files: Iterable[str]) -> Arranged:
    """How our block stands in each of `files`."""

    def look() -> tuple[Present, ...]:
        found = ((file, _block(Path(file))) for file in sorted(set(files)))
        return tuple(
            Present(kind=KIND, name=file, version=state_of(block), where=file) for file, block in found if block
        )

    return Arranged(KIND, look)


def _step(host: Host, file: str, text: str) -> Run:
    return hands(host, "block", "put", file, text, BLOCK) if text else hands(host, "block", "remove", file, BLOCK)


def _block(file: Path) -> bytes | None:
    try:
        return block_of(file.read_bytes(), BLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
