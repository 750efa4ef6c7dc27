"""Blocks of lines, compressed with zstd: one frame each, with a checksum. Imported late: appending needs none of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from .errors import Failed, MissingProgram

BLOCK_BYTES = 256 * 1024


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


def frames(packed: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each frame with its content. Raises Failed where it is damaged."""
    module, rest, offset = zstd(), packed, 0
    while rest:
        decompressor = module.ZstdDecompressor()
        try:
            content = decompressor.decompress(rest)
        except module.ZstdError as error:
            raise damaged(str(error)) from error
        if not decompressor.eof:
            raise damaged("its end is missing")
        size = len(rest) - len(decompressor.unused_data)
        yield packed[offset : offset + size], content
        offset += size
        rest = packed[offset:]


def damaged(why: str) -> Failed:
    return Failed(f"a segment of the event log is damaged: {why}", remedy="aim audit verify says where")


def blocks_of(content: bytes) -> Iterator[bytes]:
    """Whole lines in blocks of about BLOCK_BYTES; what follows the last newline is one more."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start + BLOCK_BYTES) + 1 or len(content)
        yield content[start:end]
        start = end


def unpack(frame: bytes) -> bytes:
    """The content of one frame. Raises Failed where it is damaged."""
    module = zstd()
    try:
        content: bytes = module.decompress(frame)
    except module.ZstdError as error:
        raise damaged(str(error)) from error
    return content
