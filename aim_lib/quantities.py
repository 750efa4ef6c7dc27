"""How many there are, in words. Pure."""

from __future__ import annotations


def counted(number: int, one: str, several: str = "") -> str:
    """`1 tool`, `2 tools`; `several` is the plural where it is not `one` with an s: `tool is`, `tools are`."""
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"
