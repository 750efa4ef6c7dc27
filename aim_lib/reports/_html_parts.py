"""The pieces of the HTML page: escaped text, marks of a status, tables that a narrow screen shows as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ..model import Frozen
from ._text import visible

# A word for how something stands → its tone (a class of the style sheet) and its mark.
TONES = {
    **dict.fromkeys(("ok", "pass", "healthy", "present", "succeeded"), ("ok", "✓")),
    **dict.fromkeys(("changed", "unexpected"), ("info", "●")),
    **dict.fromkeys(("skipped", "skip", "up-to-date", "waiting", "not set"), ("skip", "○")),
    **dict.fromkeys(("warned", "warn", "degraded", "drift", "cancelled", "aborted"), ("warn", "!")),
    **dict.fromkeys(("failed", "fail", "blocked", "missing", "unhealthy", "error", "critical"), ("bad", "✗")),
}
UNKNOWN = ("skip", "·")


class Column(Frozen, frozen=True):
    """A column of a table: `kind` is its class; `is_bare` where a narrow screen need not repeat the label."""

    label: str
    kind: str = ""
    is_bare: bool = False


class Section(Frozen, frozen=True):
    """A part of the page: `identity` is what a link points to, `name` its word in the list of contents."""

    identity: str
    name: str
    markup: str


class Cell(Frozen, frozen=True):
    """Markup that is safe already."""

    markup: str


def esc(text: object) -> str:
    """Any text as HTML, in an element or in a quoted attribute."""
    return escape(visible(str(text)), quote=True)


def tone(word: str) -> str:
    return TONES.get(word, UNKNOWN)[0]


def pill(word: str, text: str = "", *, is_big: bool = False) -> str:
    """A status: its mark is for the eye alone, its word for everybody."""
    name, mark = TONES.get(word, UNKNOWN)
    big = " big" if is_big else ""
    return f'<span class="pill {name}{big}"><span aria-hidden="true">{mark}</span> {esc(text or word)}</span>'


def table(columns: Sequence[Column], rows: Iterable[Sequence[str | Cell]], caption: str = "") -> str:
    """A table; the roles say it again for browsers that forget them when rows are shown as blocks."""
    heads = "".join(
        f'<th scope="col" role="columnheader"{_class(column.kind)}>{esc(column.label)}</th>' for column in columns
    )
    body = "\n".join(f'<tr role="row">{_cells(columns, row)}</tr>' for row in rows)
    title = f"<caption>{esc(caption)}</caption>" if caption else ""
    return (
        f'<table class="stack" role="table">{title}<thead role="rowgroup"><tr role="row">{heads}</tr></thead>\n'
        f'<tbody role="rowgroup">\n{body}\n</tbody></table>'
    )


def _cells(columns: Sequence[Column], row: Sequence[str | Cell]) -> str:
    return "".join(_cell(column, value) for column, value in zip(columns, row, strict=True))


def _cell(column: Column, value: str | Cell) -> str:
    markup = value.markup if isinstance(value, Cell) else esc(value)
    kind = f"{column.kind} bare".strip() if column.is_bare else column.kind
    label = f' data-label="{esc(column.label)}"' if column.label else ""
    return f'<td role="cell"{_class(kind)}{label}>{markup}</td>'


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def section(identity: str, name: str, note: str, *content: str, heading: str = "") -> Section:
    """A part of the page with its heading; it is its name unless another one is given."""
    small = f" <small>{esc(note)}</small>" if note else ""
    inside = "\n".join(part for part in content if part)
    markup = (
        f'<section id="{identity}" aria-labelledby="{identity}-h">\n'
        f'<h2 id="{identity}-h">{esc(heading or name)}{small}</h2>\n{inside}\n</section>'
    )
    return Section(identity=identity, name=name, markup=markup)


def code(text: str) -> str:
    return f"<code>{esc(text)}</code>" if text else ""


def fix(remedy: str, *, is_alone: bool = False) -> str:
    """What to type against something, on a line of its own; `is_alone` when nothing stands above it."""
    alone = " alone" if is_alone else ""
    return f'<span class="fix{alone}"><b>fix</b>{code(remedy)}</span>' if remedy else ""


def details(summary: str, content: str) -> str:
    return f"<details><summary>{esc(summary)}</summary>\n{content}\n</details>"
