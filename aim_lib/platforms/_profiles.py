"""The start files of a user's shells: which are there, which must be, and our marked block in each."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import msgspec

from ..errors import NotPermitted
from ..host import Host
from ..model import Delete, Present, Step, Write
from ..shells import shell_name
from ..states import state_of
from . import ENV, Placing, Vars, back, hands, present, text_at
from ._hands import block_of
from ._shell_text import fish_block, fish_file, sh_block, sh_file

SH, FISH = "env.sh", "env.fish"
LOGIN_FILES = (".bash_profile", ".bash_login", ".profile")  # bash reads the first of them that is there


def candidates(host: Host) -> dict[Path, str]:
    """Every start file that we would write to, and the name of the file of ours that it reads."""
    home, zsh = host.home, Path(host.get("ZDOTDIR") or host.home)
    posix = [*(home / name for name in (*LOGIN_FILES, ".bashrc")), zsh / ".zprofile", zsh / ".zshrc"]
    fish = Path(host.get("XDG_CONFIG_HOME") or home / ".config") / "fish" / "config.fish"
    return {**dict.fromkeys(posix, SH), fish: FISH}


def chosen(host: Host) -> dict[Path, str]:
    """Of the candidates those that are there, and those that the user's login shell reads and must have."""
    known = candidates(host)
    there = {path: file for path, file in known.items() if _is_there(path)}
    return {**there, **{path: known[path] for path in _needed(host, there) if path not in there}}


def _needed(host: Host, there: dict[Path, str]) -> Iterator[Path]:
    home, shell = host.home, shell_name(host)
    has_login = any(home / name in there for name in LOGIN_FILES)
    if shell == "zsh":
        yield Path(host.get("ZDOTDIR") or home) / ".zshrc"
    elif shell == "fish":
        yield next(path for path, file in candidates(host).items() if file == FISH)
    elif shell == "bash":
        yield home / ".bashrc"
        if not has_login:
            yield home / ".profile"
    elif shell == "sh" and (host.get("SHELL") or not there):
        yield home / ".profile"


def found(host: Host, folder: Path) -> tuple[Present, ...]:
    """Our files and our blocks, as they are."""
    files = [
        present(ENV, name, state_of(text), folder / name)
        for name in (SH, FISH)
        if (text := text_at(folder / name)) is not None
    ]
    blocks = {path: block for path in candidates(host) if (block := _block(path)) is not None}
    return (*files, *(present(ENV, host.tilde(path), state_of(block), path) for path, block in blocks.items()))


def place(wanted: Vars, host: Host, folder: Path) -> Iterator[Placing]:
    """Our files, then the block in each start file. Raises NotPermitted for one that may not be written."""
    profiles = chosen(host)
    texts: dict[str, Callable[[Vars], str]] = {SH: sh_file, FISH: fish_file}
    for name, text in texts.items():
        if name in profiles.values():
            note = _let_go(folder / SH, wanted) if name == SH else ""
            yield msgspec.structs.replace(placed_file(folder / name, name, text(wanted)), note=note)
    for path, file in profiles.items():
        block = (sh_block if file == SH else fish_block)(str(folder / file))
        yield _placed_block(path, block, host)


def _let_go(file: Path, wanted: Vars) -> str:
    """What is set now and will be no more: the file is replaced as a whole, perhaps by what another project wants."""
    kept = {name for name, _ in wanted.values} | {"PATH"}
    try:
        words = shlex.split(text_at(file) or "", comments=True)
    except ValueError:  # somebody has written into it
        return ""
    gone = sorted({after.partition("=")[0] for word, after in pairwise(words) if word == "export"} - kept)
    return f"no longer set, as nothing here asks for them: {', '.join(gone)}" if gone else ""


def withdraw(host: Host, folder: Path) -> Iterator[Placing]:
    """First the blocks, then our files: at no moment does a block read a file that is gone for good."""
    for path in candidates(host):
        if _block(path) is not None:
            yield _placed_block(path, "", host)
    for name in (SH, FISH):
        if (folder / name).exists():
            yield placed_file(folder / name, name, "")


def placed_file(path: Path, name: str, text: str) -> Placing:
    """A file of ours with `text`; "" is no file."""
    have = text_at(path)
    step: Step = Write(path=str(path), text=text) if text else Delete(path=str(path))
    return Placing(
        kind=ENV,
        name=name,
        have="" if have is None else state_of(have),
        want=state_of(text) if text else "",
        do=(step,),
        undo=(back(path),),
        where=str(path),
    )


def _placed_block(path: Path, block: str, host: Host) -> Placing:
    have = _block(path)
    want = state_of(block.encode()) if block else ""
    state = "" if have is None else state_of(have)
    if state != want:
        _require_writable(path)
    before = have.decode("utf-8", "surrogateescape") if have is not None else ""
    return Placing(
        kind=ENV,
        name=host.tilde(path),
        have=state,
        want=want,
        do=(_hands(host, path, block),),
        undo=(_hands(host, path, before),),
        where=str(path),
    )


def _hands(host: Host, path: Path, block: str) -> Step:
    return hands(host, "block", "put", str(path), block) if block else hands(host, "block", "remove", str(path))


def _block(path: Path) -> bytes | None:
    try:
        return block_of(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (PermissionError, IsADirectoryError) as error:
        remedy = f"see to it that {path} is a file that you may read"
        raise NotPermitted(f"{path} cannot be read: {error.strerror}", remedy=remedy) from error


def _require_writable(path: Path) -> None:
    """A file that its owner has made read-only is meant to stay as it is, whatever root may do."""
    target = path.resolve()
    if target.exists() and not target.stat().st_mode & 0o200:
        remedy = f"chmod u+w {target}, or write its last line yourself"
        raise NotPermitted(f"{path} is read-only", remedy=remedy)


def _is_there(path: Path) -> bool:
    return path.is_file() or path.is_symlink()
