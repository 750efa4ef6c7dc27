"""A project's page of the Simple API as HTML (PEP 503): the files it lists, with what each anchor says of its file."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass(frozen=True, slots=True)
class Anchor:
    """One file; `yanked` is the reason, "" when none is given, None when it is not withdrawn."""

    filename: str
    requires_python: str | None = None
    yanked: str | None = None


def read_page(body: bytes, endings: tuple[str, ...]) -> tuple[Anchor, ...]:
    """The files whose names have one of `endings`. Raises ValueError for a page that is no listing."""
    page = _Page(endings)
    page.feed(body.decode("utf-8", "replace"))
    if not page.is_listing:
        raise ValueError("a page without a list of files")
    return tuple(page.files)


class _Page(HTMLParser):
    """Anchors whose texts are file names. A page of another kind has others, or none."""

    def __init__(self, endings: tuple[str, ...]) -> None:
        super().__init__()
        self.endings = endings
        self.files: list[Anchor] = []
        self.is_listing = False
        self._open: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._open = marks
        self.is_listing |= tag == "meta" and marks.get("name") == "pypi:repository-version"

    def handle_data(self, data: str) -> None:
        if self._open is None or not data.strip().endswith(self.endings):
            return
        marks, self._open = self._open, None
        self.is_listing = True
        self.files.append(Anchor(data.strip(), marks.get("data-requires-python"), marks.get("data-yanked")))
