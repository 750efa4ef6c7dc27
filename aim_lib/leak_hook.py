"""The Git hook that scans what is staged before each commit: its text, and the steps that put it there. Pure."""

from __future__ import annotations

from .errors import NotPermitted
from .model import Delete, Move, Step, Write

NAME = "pre-commit"
KEPT = "pre-commit.before-aim"  # a hook that was there; ours runs it first
COMMAND = "aim secrets scan --staged"
MARK = "# This hook is aim's"
TEXT = f"""#!/bin/sh
{MARK}: no secret is committed. A hook that was here before is {KEPT}, and runs first.
before="${{0%/*}}/{KEPT}"
if [ -x "$before" ]; then
  "$before" "$@" || exit
fi
if ! command -v aim >/dev/null 2>&1; then
  echo "error: aim is not on PATH, so what is staged was not searched for secrets" >&2
  echo "fix: install aim-plus, or commit without hooks: git commit --no-verify" >&2
  exit 3
fi
exec {COMMAND}
"""


def install_steps(folder: str, present: str | None, kept: str | None) -> tuple[Step, ...]:
    """What puts the hook into `folder`, nothing when it is there; a foreign one (`present`: its text) is kept and run.

    Raises NotPermitted when there are a foreign hook and a kept one (`kept`: its text): neither is overwritten.
    """
    ours = f"{folder}/{NAME}"
    if present == TEXT:
        return ()
    write = Write(path=ours, text=TEXT, mode=0o755)
    if present is None or MARK in present:
        return (write,)
    if kept is not None:
        raise NotPermitted(
            f"{folder}/{NAME} is not ours, and {KEPT} beside it is taken",
            remedy=f"put this line into it: {COMMAND} || exit",
        )
    return (Move(source=ours, path=f"{folder}/{KEPT}"), write)


def remove_steps(folder: str, present: str | None, kept: str | None) -> tuple[Step, ...]:
    """What takes our hook away and puts the one before it back; nothing when the hook is not ours."""
    if present is None or MARK not in present:
        return ()
    if kept is not None:
        return (Move(source=f"{folder}/{KEPT}", path=f"{folder}/{NAME}"),)
    return (Delete(path=f"{folder}/{NAME}"),)
