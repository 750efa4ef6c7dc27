"""Opens what Windows' Data Protection API has sealed for the user who runs this, by crypt32 itself."""

from __future__ import annotations

import ctypes
import os
from typing import Any

from .errors import NotPermitted, Unsupported

WITHOUT_ASKING = 1  # CRYPTPROTECT_UI_FORBIDDEN


class _Blob(ctypes.Structure):
    _fields_ = (("size", ctypes.c_uint32), ("data", ctypes.c_void_p))


def unseal(sealed: bytes) -> bytes:
    """What was sealed. Raises Unsupported on another system, NotPermitted when it was not this user on this machine."""
    return _call("CryptUnprotectData", sealed)


def seal(plain: bytes) -> bytes:
    """Seal something for the current user. Raises as `unseal` does."""
    return _call("CryptProtectData", plain)


def _call(name: str, given: bytes, windows: Any = ctypes) -> bytes:
    if os.name != "nt":
        remedy = "there: aim secrets import vault.json, then aim secrets backup; here: aim secrets restore"
        raise Unsupported("what Windows has sealed can be opened only there, by the user who sealed it", remedy=remedy)
    library = windows.WinDLL("crypt32", use_last_error=True)
    held = ctypes.create_string_buffer(given, len(given))
    source, result = _Blob(len(given), ctypes.cast(held, ctypes.c_void_p)), _Blob()
    nothing = (None, None, None, None)
    if not getattr(library, name)(ctypes.byref(source), *nothing, WITHOUT_ASKING, ctypes.byref(result)):
        code = windows.get_last_error() & 0xFFFFFFFF
        raise NotPermitted(
            f"Windows does not open it (error {code:#x})",
            remedy="run this as the user and on the machine that sealed it",
        )
    try:
        return ctypes.string_at(result.data, result.size)
    finally:
        windows.WinDLL("kernel32").LocalFree(ctypes.c_void_p(result.data))
