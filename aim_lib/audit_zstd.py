"""Blocks of lines, compressed with zstd: one frame each, with a checksum. Imported late: appending needs none of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from .errors import Failed, MissingProgram

BLOCK_BYTES = 256 * 1024
PART = "a part of the event log"


@cache
def zstd() -> Any:
    """Python's own module from 3.14 on, else the backport of it. Raises MissingProgram."""
    from importlib import import_module

    for name in ("compression.zstd", "backports.zstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    raise MissingProgram("segments of the event log are compressed with zstd", remedy="pip install backports.zstd")


def pack(content: Iterable[bytes]) -> Iterator[bytes]:
    """One compressed frame, with a checksum, for each block."""
    module = zstd()
    told = {module.CompressionParameter.compression_level: 3, module.CompressionParameter.checksum_flag: 1}
    for block in content:
        yield module.compress(block, options=told)


def frames(packed: bytes, name: object = PART) -> Iterator[tuple[int, bytes]]:
    """The size of each frame with its content. Raises Failed, which says `name`, where it is damaged."""
    module, rest = zstd(), memoryview(packed)
    while rest:
        try:
            size = module.get_frame_size(rest)
            content = module.decompress(rest[:size])
        except module.ZstdError as error:
            raise damaged(name, error) from error
        yield size, content
        rest = rest[size:]


def damaged(name: object, why: Exception) -> Failed:
    # The library explains itself in several sentences; the last says what it found.
    told = str(why).rpartition(": ")[2].rstrip(".")
    remedy = "aim audit verify says which events are safe; put back a copy of the file if there is one"
    return Failed(f"{name} is damaged: {told}", remedy=remedy)


def blocks_of(content: bytes) -> Iterator[bytes]:
    """Whole lines in blocks of about BLOCK_BYTES; what follows the last newline is one more."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start + BLOCK_BYTES) + 1 or len(content)
        yield content[start:end]
        start = end


def unpack(frame: bytes, name: object = PART) -> bytes:
    """The content of one frame. Raises Failed, which says `name`, where it is damaged."""
    module = zstd()
    try:
        content: bytes = module.decompress(frame)
    except module.ZstdError as error:
        raise damaged(name, error) from error
    return content
