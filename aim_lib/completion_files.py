"""Where a completion script must lie so that a shell finds it by itself, as what is to be put there. Does nothing.

Where a shell has a folder for such files it is one file. Where nothing would read that folder, a marked block in the
shell's start file reads it: zsh knows no folder of the user's, PowerShell none at all, bash only with bash-completion.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from .errors import NotPermitted
from .host import Host
from .model import Delete, Present, Step, Write
from .platforms import Placing, back, hands, present, text_at
from .platforms._hands import block_of
from .states import state_of

KIND = "completion"
TOPIC = "completion"
LOADS = re.compile(r"^\s*[^#\s].*bash_completion", re.MULTILINE)  # a start file that loads bash-completion names it so
OURS = "complete.py"  # every script of ours calls it
NOTE = "# written by aim tasks completion --install; --remove takes it away\n"


def place(shell: str, programs: Sequence[str], text: str | None, host: Host) -> Iterator[Placing]:
    """The files for `programs` with `text`, then the block that reads them; None takes all away, the block first.

    Raises NotPermitted for a start file that may not be written.
    """
    files = script_files(shell, programs, host)
    blocks = list(_blocks(shell, files, is_wanted=text is not None, host=host))
    yield from blocks if text is None else ()
    for path in files:
        if text is not None or _is_ours(path):
            yield _file(path, text or "", host)
    yield from blocks if text is not None else ()


def found(programs: Sequence[str], shells: Sequence[str], host: Host) -> tuple[Present, ...]:
    """What is there of all that `place` can put, as it is."""
    files = [path for shell in shells for path in script_files(shell, programs, host)]
    starts = [path for shell in shells for path in start_files(shell, host)]
    held = [*((path, text_at(path)) for path in files), *((path, _block(path)) for path in starts)]
    return tuple(present(KIND, host.tilde(path), state_of(text), path) for path, text in held if text is not None)


def script_files(shell: str, programs: Sequence[str], host: Host) -> tuple[Path, ...]:
    """The file of each program; the scripts of zsh and PowerShell speak for all of them at once."""
    data = Path(host.get("XDG_DATA_HOME") or host.home / ".local/share")
    config = Path(host.get("XDG_CONFIG_HOME") or host.home / ".config")
    if shell == "bash":
        own = host.get("BASH_COMPLETION_USER_DIR").partition(":")[0]
        folder = Path(own or data / "bash-completion") / "completions"
        return tuple(folder / name for name in programs)
    if shell == "fish":
        return tuple(config / "fish" / "completions" / f"{name}.fish" for name in programs)
    if shell == "zsh":
        return (data / "zsh" / "site-functions" / f"_{programs[0]}",)
    return (host.folders.config / f"{programs[0]}.completion.ps1",)


def start_files(shell: str, host: Host) -> tuple[Path, ...]:
    """The file that the shell reads at each start, where it may be needed."""
    if shell == "bash":
        return (host.home / ".bashrc",)
    if shell == "zsh":
        return (Path(host.get("ZDOTDIR") or host.home) / ".zshrc",)
    if shell != "pwsh":
        return ()
    if host.is_windows:  # a folder of documents that was moved elsewhere is not found
        return (host.home / "Documents" / "PowerShell" / "profile.ps1",)
    return (Path(host.get("XDG_CONFIG_HOME") or host.home / ".config") / "powershell" / "profile.ps1",)


def _blocks(shell: str, files: Sequence[Path], *, is_wanted: bool, host: Host) -> Iterator[Placing]:
    for path in start_files(shell, host):
        have = _block(path)
        want = "".join(_line(shell, file) for file in files) if is_wanted and _is_needed(shell, host) else ""
        if have is not None or want:
            yield _placed_block(path, f"{NOTE}{want}" if want else "", have, host)


def _is_needed(shell: str, host: Host) -> bool:
    """Whether nothing else would read the file: of bash-completion that is told by who mentions it."""
    if shell != "bash":
        return True
    starts = (host.home / ".bashrc", host.root / "etc/bash.bashrc", host.root / "etc/bashrc")
    return not any(LOADS.search(text_at(path) or "") for path in starts)


def _line(shell: str, file: Path) -> str:
    if shell == "pwsh":
        word = "'" + str(file).replace("'", "''") + "'"
        return f"if (Test-Path -LiteralPath {word}) {{ . {word} }}\n"
    word = shlex.quote(str(file))
    return f"if [ -r {word} ]; then . {word}; fi\n"


def _is_ours(path: Path) -> bool:
    return OURS in (text_at(path) or "")


def _file(path: Path, text: str, host: Host) -> Placing:
    have = text_at(path)
    if have is not None and not _is_ours(path):
        raise NotPermitted(f"{path} is not ours", remedy=f"look at it, and move it away: {shlex.quote(str(path))}")
    step: Step = Write(path=str(path), text=text) if text else Delete(path=str(path))
    return Placing(
        kind=KIND,
        name=host.tilde(path),
        have="" if have is None else state_of(have),
        want=state_of(text) if text else "",
        do=(step,),
        undo=(back(path),),
        where=str(path),
    )


def _placed_block(path: Path, block: str, have: bytes | None, host: Host) -> Placing:
    before = have.decode("utf-8", "surrogateescape") if have is not None else ""
    state, want = ("" if have is None else state_of(have)), (state_of(block.encode()) if block else "")
    target = path.resolve()
    if state != want and target.exists() and not target.stat().st_mode & 0o200:
        raise NotPermitted(f"{path} is read-only", remedy=f"chmod u+w {shlex.quote(str(target))}, then the same again")
    return Placing(
        kind=KIND,
        name=host.tilde(path),
        have=state,
        want=want,
        do=(_step(path, block, host),),
        undo=(_step(path, before, host),),
        where=str(path),
    )


def _step(path: Path, block: str, host: Host) -> Step:
    if block:
        return hands(host, "block", "put", str(path), block, TOPIC)
    return hands(host, "block", "remove", str(path), TOPIC)


def _block(path: Path) -> bytes | None:
    try:
        return block_of(path.read_bytes(), TOPIC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (PermissionError, IsADirectoryError) as error:
        remedy = f"see to it that {path} is a file that you may read"
        raise NotPermitted(f"{path} cannot be read: {error.strerror}", remedy=remedy) from error
