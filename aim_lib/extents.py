"""Which blocks of a disk a file lies on, and two files sharing theirs: Linux's ioctl_fideduperange(2) and FIEMAP.

Where the file system cannot (ext4, tmpfs), or the system is another, nothing is shared and nothing is seen as such.
"""

from __future__ import annotations

import errno
import os
import struct

DEDUPE, FIEMAP = 0xC0189436, 0xC020660B
_MOST = 16 * 1024 * 1024  # bytes at once: what btrfs takes
_RANGE, _MAP, _EXTENT = struct.Struct("=QQHHIqQQiI"), struct.Struct("=QQIIII"), struct.Struct("=QQQQQIIII")
_SYNC, _SHARED, _UNSURE = 0x1, 0x2000, 0x2 | 0x4 | 0x200  # unknown place, still to be written, within the inode
_EXTENTS = 256
_DIFFERS = 1
_IS_LINUX = hasattr(os, "copy_file_range")  # elsewhere these numbers mean nothing, or something else


def can_share(source: int, target: int) -> bool:
    """Whether the file system of two open files lets them share blocks: asked for none of them."""
    if not _IS_LINUX:
        return False
    try:
        return _dedupe(source, target, 0, 0)[1] == 0
    except OSError:
        return False


def share(source: int, target: int, size: int) -> bool:
    """Let two open files share all their blocks, which the kernel compares first; False when they differ.

    Raises OSError. No time, mode or name of either is changed.
    """
    done = 0
    while done < size:
        count, status = _dedupe(source, target, done, min(_MOST, size - done))
        if status == _DIFFERS:
            return False
        if status < 0:
            raise OSError(-status, os.strerror(-status))
        if not count:
            raise OSError(errno.EIO, "the file system shares nothing")
        done += count
    return True


def _dedupe(source: int, target: int, begin: int, size: int) -> tuple[int, int]:
    """How many bytes are shared now, and the status."""
    from fcntl import ioctl

    answer = bytearray(_RANGE.pack(begin, size, 1, 0, 0, target, begin, 0, 0, 0))
    ioctl(source, DEDUPE, answer)
    fields = _RANGE.unpack(answer)
    return fields[7], fields[8]


def are_shared(one: int, other: int) -> bool:
    """Whether two open files lie on the same blocks, all of them."""
    first = _places(one)
    return bool(first) and first == _places(other)


def _places(handle: int) -> list[tuple[int, int, int]]:
    """Offset, place on disk and length of each piece; none where it cannot be told, or one is the file's alone."""
    if not _IS_LINUX:
        return []
    from fcntl import ioctl

    asked = bytearray(_MAP.pack(0, 2**64 - 1, _SYNC, 0, _EXTENTS, 0) + bytes(_EXTENTS * _EXTENT.size))
    try:
        ioctl(handle, FIEMAP, asked)
    except OSError:
        return []
    count = _MAP.unpack_from(asked)[3]
    found = [_EXTENT.unpack_from(asked, _MAP.size + place * _EXTENT.size) for place in range(count)]
    if any(each[5] & _UNSURE or not each[5] & _SHARED for each in found):
        return []
    return [(each[0], each[1], each[2]) for each in found]
