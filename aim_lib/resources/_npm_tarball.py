"""A package's tarball as npm unpacks it. Standard library only, without `tarfile`: importing that takes
as long as unpacking most packages, and a small one takes it twice as long to read.

Only files, without their first folder, whatever its name; links and empty folders are left out; a mode is at least
0666 before the umask; the times are of now; `.gitignore` becomes `.npmignore`. What npm would refuse, warn about or see
otherwise is Unsure. Source: `pacote` (fetcher) and `tar` (header, pax, unpack).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator

TYPE_CHECKING = False  # not typing's: its import is a tenth of the program's start
if TYPE_CHECKING or __package__:
    from ._npm_platform import Unsure
else:
    from _npm_platform import Unsure

BLOCK = 512
NOTHING = bytes(BLOCK)
FILE, FOLDER, LINKS = b"07\0", b"5", b"12"
HARMLESS = {"linkpath", "charset", "comment", "gname", "uname", "gid", "uid", "atime", "ctime", "mtime"}


def unpack(packed: bytes, folder: str, made: set[str]) -> None:
    """Put the files of a tarball into `folder`; `made` are folders that are there, and grows. Raises Unsure, OSError.

    Nothing is followed or left: no links are made, and no path leads out of `folder`.
    """
    renamed: set[str] = set()
    make_folder(folder, made)
    for path, mode, body in _entries(_plain(packed)):
        name = path.rpartition("/")[2]
        if name == ".npmignore":
            renamed.add(path)
        elif name == ".gitignore":
            path = path.removesuffix(name) + ".npmignore"
            if path in renamed:
                continue
        place = _within(folder, path)
        if place != folder:  # npm takes a file beside the first folder for the folder itself, and drops it
            make_folder(os.path.dirname(place), made)
            _write(place, body, (mode | 0o666) & 0o777)


def make_folder(place: str, made: set[str]) -> None:
    """A folder with those above it; raises Unsure when something else is in its way."""
    if place in made:
        return
    make_folder(os.path.dirname(place), made)
    try:
        os.mkdir(place)
    except FileExistsError:
        if not os.path.isdir(place):
            raise Unsure(f"{place} is a file, too") from None
    made.add(place)


def _write(place: str, body: memoryview, mode: int) -> None:
    """A file that is there is written over and keeps its mode, as npm does with a second one of the same name."""
    file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    try:
        while body:
            body = body[os.write(file, body) :]
    finally:
        os.close(file)


def _within(folder: str, path: str) -> str:
    parts = [part for part in path.split("/")[1:] if part not in ("", ".")]
    if ".." in parts or path.startswith("/") or "\\" in path:
        raise Unsure(f"the path {path}")
    if parts[:1] == ["node_modules"] or parts == ["binding.gyp"]:
        raise Unsure(f"{path} is more than a file to npm")
    return "/".join([folder, *parts])


def _plain(packed: bytes) -> memoryview:
    engine = zlib.decompressobj(31)  # with gzip's header
    text = engine.decompress(packed)
    if not engine.eof or engine.unused_data.strip(b"\0"):  # some are padded
        raise Unsure("not one whole gzip stream")
    return memoryview(text)


def _entries(text: memoryview) -> Iterator[tuple[str, int, memoryview]]:
    """Path, mode and content of each file."""
    at = 0
    given: dict[str, str] = {}
    while (head := bytes(text[at : at + BLOCK])) != NOTHING:
        kind, size = _checked(head), _number(head[124:136])
        at += BLOCK
        if kind in b"xLKg":
            given |= _extension(kind, bytes(text[at : at + size]))
        else:
            path, size = (
                given.get("path") or _path(head),
                _number(given["size"].encode(), 10) if "size" in given else size,
            )
            is_folder = kind in FOLDER or (kind in FILE and path.endswith("/"))
            size = 0 if is_folder else size
            if at + size > len(text):
                raise Unsure("it ends within a file")
            if kind in FILE and not is_folder:
                yield path, _mode(head), text[at : at + size]
            given = {}
        at += -(-size // BLOCK) * BLOCK
    if bytes(text[at:]).strip(b"\0"):
        raise Unsure("there is something after its end")


def _checked(head: bytes) -> bytes:
    """The kind of an entry. Raises Unsure for what npm ignores with a warning."""
    kind = head[156:157]
    if len(head) < BLOCK or sum(head) - sum(head[148:156]) + 8 * 0x20 != _number(head[148:156]):
        raise Unsure("a damaged header")
    is_known = kind in FILE + FOLDER + LINKS + b"xLKg"
    if not is_known or (kind not in LINKS + b"xg" and head[157] != 0) or (kind in LINKS and _number(head[124:136])):
        raise Unsure("an entry of a rare kind")
    return kind


def _path(head: bytes) -> str:
    name = _text(head[:100])
    if head[257:265] != b"ustar\x0000":
        return name
    # The last bytes of the field are other times in some archives: npm reads them only when it must be a long one.
    prefix = _text(head[345:500] if head[475] else head[345:475])
    return f"{prefix}/{name}" if prefix else name


def _extension(kind: bytes, body: bytes) -> dict[str, str]:
    """What an entry says of the next one: a longer path, in GNU's or in POSIX' form, or a larger size."""
    if kind == b"K":
        return {}
    if kind == b"L":
        return {"path": _text(body)}
    found = {}
    while body:
        length, _, _ = body.partition(b" ")
        line, body = body[: _number(length, 10)], body[_number(length, 10) :]
        key, sign, value = line[len(length) + 1 :].decode().partition("=")
        if not sign or not value.endswith("\n") or "\n" in value[:-1] or "\0" in value:
            raise Unsure("an extended header in a rare form")
        found[key] = value[:-1]
    odd = [
        key for key in found if key not in HARMLESS and "." not in key and (key not in ("path", "size") or kind == b"g")
    ]
    if odd:
        raise Unsure(f"an extended header with {odd[0]}")
    return {key: value for key, value in found.items() if key in ("path", "size") and value}


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode()


def _mode(head: bytes) -> int:
    mode = _number(head[100:108])
    if mode & 0o7000:
        raise Unsure("a file that would run as somebody else")
    return mode


def _number(field: bytes, base: int = 8) -> int:
    """A number of a header, never a negative one; one in GNU's binary form is none here."""
    digits = field.strip(b"\0 ")
    if digits and not digits.isdigit():
        raise Unsure("a number in a rare form")
    return int(digits or b"0", base)
