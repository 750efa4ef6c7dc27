"""A program of its own, standard library only: a part of a file that is not ours, put there and taken away again.

    block put FILE TEXT         the lines TEXT stand between our marks in FILE, which is made when it is not there
    block remove FILE           as FILE was before the first `put`
    crontab show PROGRAM            prints the lines of our jobs, and no other
    crontab put PROGRAM NAME LINE   the user's crontab has LINE for our job NAME
    crontab remove PROGRAM NAME     it has no line for it

All other bytes stay what they are, also those that are no text, and none of them stands in a plan: such files hold
secrets. A link is followed; owner and mode stay. Repeating a call is harmless.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

BEGIN, END = b"# >>> aim env", b"# <<< aim env <<<"
# What the first `put` had to do to the file, kept in its first line so that the last `remove` can take it back.
MADE, JOINED, ALONE = b"made", b"joined", b""
_BLOCK = re.compile(
    rb"^"
    + re.escape(BEGIN)
    + rb"(?: \((made|joined)\))? >>>[ \t]*\r?\n(.*?)^"
    + re.escape(END)
    + rb"[ \t]*(?:\r?\n|\Z)",
    re.MULTILINE | re.DOTALL,
)
_NO_CRONTAB = re.compile(r"no crontab for", re.IGNORECASE)
CRON_S = 30.0


class Refused(Exception):
    """What cannot be done, in one sentence."""


# --- a block of lines in a file -----------------------------------------------------------------------------------


def block_of(content: bytes) -> bytes | None:
    """The lines between our marks, with one kind of line end; None when there are no marks."""
    found = _BLOCK.search(content)
    return found[2].replace(b"\r\n", b"\n") if found else None


def with_block(content: bytes | None, text: bytes) -> bytes:
    """`content` (None: no file) with `text` between our marks: in the place of those there, else at its end."""
    found = _BLOCK.search(content) if content else None
    if content is not None and found:
        return content[: found.start()] + _marked(found[1] or ALONE, text) + content[found.end() :]
    if content is None:
        return _marked(MADE, text)
    is_open = bool(content) and not content.endswith(b"\n")
    return content + (b"\n" if is_open else b"") + _marked(JOINED if is_open else ALONE, text)


def without_block(content: bytes) -> bytes | None:
    """`content` as it was before `with_block`; None when there was no file and nothing else has come into it."""
    found = _BLOCK.search(content)
    if not found:
        return content
    before, after = content[: found.start()], content[found.end() :]
    if found[1] == MADE and not before and not after:
        return None
    # A line that came behind the block needs the line end that we had added.
    return (before[:-1] if found[1] == JOINED and not after else before) + after


def _marked(what: bytes, text: bytes) -> bytes:
    note = b" (" + what + b")" if what else b""
    return BEGIN + note + b" >>>\n" + text.rstrip(b"\n") + b"\n" + END + b"\n"


def put_block(path: Path, text: str) -> None:
    before = _read(path)
    after = with_block(before, text.encode("utf-8", "surrogateescape"))
    if after != before:
        _replace(path, after)


def remove_block(path: Path) -> None:
    before = _read(path)
    after = before if before is None else without_block(before)
    if before is not None and after is None:
        path.resolve().unlink()
    elif after is not None and after != before:
        _replace(path, after)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _replace(path: Path, content: bytes) -> None:
    """Put `content` in the place of the file that `path` means, in one step, with its mode and its owner."""
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    was = target.stat() if target.exists() else None
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if was is not None and os.name == "posix" and (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(temporary, was.st_uid, was.st_gid)
        Path(temporary).chmod(was.st_mode & 0o7777 if was else 0o644)
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)


# --- one line in the crontab ----------------------------------------------------------------------------------------


def mark_of(name: str) -> str:
    """How a line of the crontab ends that is our job `name`: a comment for the shell that runs it."""
    return f" # aim job: {name}"


def line_of(table: bytes, name: str) -> str:
    """Our line for `name`, "" when there is none."""
    ends = mark_of(name).encode()
    found = next((line for line in table.split(b"\n") if line.rstrip().endswith(ends)), b"")
    return found.decode("utf-8", "surrogateescape").rstrip()


def own_lines(table: bytes) -> dict[str, str]:
    """The line of each job of ours, by its name."""
    names = re.findall(rb"^[^#\n].* # aim job: ([\w-]+)[ \t]*$", table, re.MULTILINE)
    return {name.decode(): line_of(table, name.decode()) for name in names}


def with_line(table: bytes, name: str, line: str) -> bytes:
    """`table` with `line` for `name`, in the place of one that is there; "" takes it away. Every other byte stays."""
    ends, own = mark_of(name).encode(), line.encode("utf-8", "surrogateescape")
    lines = table.splitlines(keepends=True)
    places = [place for place, old in enumerate(lines) if old.rstrip().endswith(ends)]
    kept = [old for place, old in enumerate(lines) if place not in places]
    if not own:
        return b"".join(kept)
    if lines and not lines[-1].endswith(b"\n"):
        lines[-1] += b"\n"  # cron itself demands it
    at = places[0] if places else len(lines)
    others = [old for place, old in enumerate(lines) if place not in places or place == at]
    return b"".join([*others[:at], own + b"\n", *(others[at + 1 :] if places else others[at:])])


def read_table(program: str) -> bytes:
    """The user's crontab; nothing when there is none. Raises Refused."""
    # Under LC_ALL=C everybody says it in English.
    done = _run([program, "-l"], env={**os.environ, "LC_ALL": "C"})  # noqa: TID251 - a program of its own
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode and not _NO_CRONTAB.search(said):
        raise Refused(f"crontab -l: {said or f'exit {done.returncode}'}")
    return b"" if done.returncode else done.stdout


def put_line(program: str, name: str, line: str) -> None:
    before = read_table(program)
    after = with_line(before, name, line)
    if after == before:
        return
    done = _run([program, "-"] if after else [program, "-r"], given=after)
    if done.returncode:
        raise Refused(f"crontab: {done.stderr.decode(errors='replace').strip() or f'exit {done.returncode}'}")


def show_lines(program: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in own_lines(read_table(program)).values()))


def _run(
    argv: list[str], given: bytes = b"", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(argv, input=given, env=env, capture_output=True, timeout=CRON_S, check=False)


# --- the program ----------------------------------------------------------------------------------------------------


ACTS: Mapping[tuple[str, str], Callable[..., None]] = {
    ("block", "put"): lambda file, text: put_block(Path(file), text),
    ("block", "remove"): lambda file: remove_block(Path(file)),
    ("crontab", "show"): show_lines,
    ("crontab", "put"): put_line,
    ("crontab", "remove"): lambda program, name: put_line(program, name, ""),
}


def main(words: list[str]) -> int:
    try:
        ACTS[words[0], words[1]](*words[2:])
    except (Refused, OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
