"""Which program a word means, and how a shell is told to run a line. Starts nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import MissingProgram, NotPermitted, Unsupported

PATHEXT = ".COM;.EXE;.BAT;.CMD"  # Windows' own, where the variable is missing
BATCH_UNSAFE = set('"%!^&|<>()\r\n')


def resolve(program: str, env: Mapping[str, str], cwd: Path | None = None) -> str:
    """The absolute path of `program` on env's PATH. Raises MissingProgram, or NotPermitted for a file without x.

    A path with a folder in it is taken from `cwd`, where the program will run.
    """
    if cwd is not None and os.path.dirname(program):  # noqa: PTH120 - Path would drop the "./" of "./configure"
        program = str(cwd.absolute() / program)
    found = _find(program, env, os.F_OK | os.X_OK)
    if found is None:
        plain = _find(program, env, os.F_OK)
        if plain is not None:
            raise NotPermitted(f"{plain} may not be executed", remedy=f"chmod +x {plain}")
        raise MissingProgram(f"{program} is not on PATH", remedy=f"install {program}, or put its folder on PATH")
    return found


def _find(program: str, env: Mapping[str, str], mode: int) -> str | None:
    path = env.get("PATH", "")
    return shutil.which(program, mode=mode, path=path) if os.name == "posix" else _find_on_windows(program, path, env)


def _find_on_windows(program: str, path: str, env: Mapping[str, str]) -> str | None:
    """As `shutil.which`, but never in the current folder, where anybody's `git.cmd` may lie and Windows looks first.

    What `env` says the endings are counts, not our own environment; a path may leave out its ending, too.
    """
    endings = [ending.lower() for ending in env.get("PATHEXT", PATHEXT).split(";") if ending]
    is_whole = program.lower().endswith(tuple(endings))
    names = [program] if is_whole else [program + ending for ending in endings]
    if os.path.dirname(program):  # noqa: PTH120 - as above
        return next((name for name in (*names, program) if os.path.isfile(name)), None)  # noqa: PTH113 - a str is wanted
    places = (os.path.join(folder, name) for folder in path.split(";") if folder for name in names)  # noqa: PTH118 - as above
    return next((place for place in places if os.path.isfile(place)), None)  # noqa: PTH113 - as above


def refuse_unsafe_batch(program: str, args: Sequence[str]) -> None:
    """A .cmd or .bat re-reads its arguments as shell text, whatever the quoting: refuse what it could run."""
    if not program.lower().endswith((".cmd", ".bat")):
        return
    bad = next((arg for arg in args if BATCH_UNSAFE & set(arg)), None)
    if bad is not None:
        raise Unsupported(f"{program} is a batch file and cannot be given the argument {bad!r} safely")


def shell_line(command: str, shell: str) -> list[str] | str:
    """How `shell` is told to run a line: POSIX shells by -c, PowerShell by -Command, cmd.exe in its own quoting.

    Raises Unsupported for more than one line in cmd.exe, which would silently run the first alone.
    """
    name = Path(shell).stem.lower()
    if name == "cmd":
        command = command.strip()
        if "\n" in command:
            raise Unsupported("cmd.exe runs one line alone, and the command has more", remedy="call c.run once a line")
        # One string: cmd strips the outer quotes and takes what is between them as typed, as `subprocess` never would.
        return f'"{shell}" /d /s /c "{command}"'
    if name in ("pwsh", "powershell"):
        # By itself it ends with 1 for whatever code the program had.
        own_code = "if (-not $?) { if ($LASTEXITCODE) { exit $LASTEXITCODE } else { exit 1 } }"
        return [shell, "-NoProfile", "-NonInteractive", "-Command", f"{command}\n{own_code}"]
    # Invoke's default is bash, which a bare Alpine does not have.
    return [shell if os.name != "posix" or shutil.which(shell) else "/bin/sh", "-c", command]
