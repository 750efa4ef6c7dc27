"""Puts a secret on the clipboard, and takes it off again later if it is still there.

The later part is a process of its own, `python -m aim_lib.clipboard`: it is told by its stdin what to look for, as a
salted digest, so that it holds no secret while it waits.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .errors import CommandFailed, MissingProgram
from .host import Host, current
from .model import Frozen
from .proc import Runner, has_ended, spawn

if TYPE_CHECKING:
    from subprocess import Popen

CLEAR_S = 45.0
LIMIT_S = 10.0
_PASTE = "[Console]::OutputEncoding = [Text.Encoding]::UTF8; [Console]::Write((Get-Clipboard -Raw))"
_COPY = "[Console]::InputEncoding = [Text.Encoding]::UTF8; Set-Clipboard -Value ([Console]::In.ReadToEnd())"
_EMPTY = "[void][Reflection.Assembly]::LoadWithPartialName('System.Windows.Forms'); [Windows.Forms.Clipboard]::Clear()"


class Programs(Frozen, frozen=True):
    """What to call: `copy` takes the text on its stdin, `paste` prints it, `clear` empties the clipboard."""

    copy: tuple[str, ...]
    paste: tuple[str, ...]
    clear: tuple[str, ...]
    needs: str = ""  # a variable without which they have nobody to talk to


WAYLAND = Programs(("wl-copy",), ("wl-paste", "--no-newline"), ("wl-copy", "--clear"), "WAYLAND_DISPLAY")
XCLIP = Programs(
    ("xclip", "-selection", "clipboard", "-in"),
    ("xclip", "-selection", "clipboard", "-out"),
    ("xclip", "-selection", "clipboard", "-in"),
    "DISPLAY",
)
XSEL = Programs(
    ("xsel", "--clipboard", "--input"),
    ("xsel", "--clipboard", "--output"),
    ("xsel", "--clipboard", "--clear"),
    "DISPLAY",
)
MACOS = Programs(("pbcopy",), ("pbpaste",), ("pbcopy",))
POWERSHELL = ("powershell.exe", "-NoProfile", "-NonInteractive", "-Command")
WINDOWS = Programs((*POWERSHELL, _COPY), (*POWERSHELL, _PASTE), ("powershell.exe", "-STA", *POWERSHELL[1:], _EMPTY))
KNOWN = {"windows": (WINDOWS,), "macos": (MACOS,), "linux": (WAYLAND, XCLIP, XSEL)}


def choose(host: Host) -> Programs:
    """The clipboard of this machine. Raises MissingProgram when none can be reached."""
    usable = (each for each in KNOWN.get(host.system, ()) if not each.needs or host.get(each.needs))
    found = next((each for each in usable if host.which(each.copy[0])), None)
    if found is None:
        remedy = "install wl-clipboard or xclip and be in a desktop session, or leave out --clip"
        raise MissingProgram("there is no clipboard that can be reached from here", remedy=remedy)
    return found


def put(value: str, programs: Programs, host: Host, *, clear_s: float = CLEAR_S) -> Popen[bytes]:
    """Put `value` there; the process that is returned takes it off after `clear_s` seconds, whether or not we go on.

    Raises CommandFailed when it cannot be put there.
    """
    _feed(programs.copy, value, host.env)
    salt = secrets.token_bytes(16)
    order = {
        "seconds": clear_s,
        "salt": salt.hex(),
        "digest": digest(value, salt),
        "paste": programs.paste,
        "clear": programs.clear,
    }
    later = spawn((host.python, "-P", "-m", "aim_lib.clipboard"), env=host.env, has_stdin=True, is_heard=False)
    assert later.stdin is not None  # noqa: S101 - asked for in the line above
    with contextlib.suppress(OSError), later.stdin:
        later.stdin.write(json.dumps(order).encode())
    return later


def digest(value: str, salt: bytes) -> str:
    """A slow, salted digest of a value."""
    return hashlib.scrypt(value.encode(), salt=salt, n=2**14, r=8, p=1).hex()


def _feed(argv: Sequence[str], text: str, env: Mapping[str, str]) -> None:
    # Not heard: xclip leaves a process behind that keeps its output open until something else is copied.
    process = spawn(argv, env=env, has_stdin=True, is_heard=False)
    assert process.stdin is not None  # noqa: S101 - asked for in the line above
    with contextlib.suppress(OSError), process.stdin:
        process.stdin.write(text.encode())
    if not has_ended(process, LIMIT_S) or process.returncode:
        process.kill()
        raise CommandFailed(f"{argv[0]} could not copy to the clipboard", remedy="leave out --clip")


def clear_later(order: Mapping[str, Any], host: Host) -> bool:
    """Wait, then empty the clipboard if it still has what was put there; whether it had."""
    time.sleep(order["seconds"])
    there = Runner().run(order["paste"], env=host.env, timeout_s=LIMIT_S)
    salt = bytes.fromhex(order["salt"])
    texts = {there.stdout, there.stdout.rstrip("\r\n")}
    is_ours = there.is_ok and any(secrets.compare_digest(digest(text, salt), order["digest"]) for text in texts)
    if is_ours:
        _feed(order["clear"], "", host.env)
    return is_ours


if __name__ == "__main__":
    clear_later(json.load(sys.stdin), current())
