"""Markdown tables: text from values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, "" without rows; a cell may hold Markdown, and its bars and line ends are made harmless."""
    lines = [_line(row) for row in rows]
    return "\n".join([_line(head), "|" + "---|" * len(head), *lines]) + "\n" if lines else ""


def code(text: str) -> str:
    """Text in backticks, "" for none; one that holds a backtick itself gets two."""
    if not text:
        return ""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def plain(text: str) -> str:
    """Words of a docstring or a help text, in which signs are only signs; what stands in backticks stays so."""
    parts = text.split("`")
    return "`".join(part if place % 2 else _escaped(part) for place, part in enumerate(parts))


def _escaped(text: str) -> str:
    for sign in "\\*_[]<>":
        text = text.replace(sign, f"\\{sign}")
    return text


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
