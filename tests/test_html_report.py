"""The HTML page: what it shows of a body, that nothing in it is markup of others, that everybody can read it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from aim_lib.model import Record, Result, Status, Table
from aim_lib.reports import Look, html
from aim_lib.reports._html_style import DARK, LIGHT, STYLE

LOOK = Look(timestamp="2026-01-02T12:00:00.000Z")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&lt;\x00\x1b[31m\u202e\ud800</style></title>"
VOID = ("meta", "link", "br", "img", "rect", "line", "input")
RUN = {
    "command": "bootstrap",
    "timestamp": "2026-01-02T11:00:00.000Z",
    "result": "failed",
    "totals": {"seconds": 10.0},
    "tasks": [
        {"name": "prepare", "state": "ok", "started": "2026-01-02T10:59:50.000Z", "seconds": 2.5},
        {
            "name": "install",
            "state": "failed",
            "started": "2026-01-02T10:59:52.500Z",
            "seconds": 7.5,
            "error": "no npm",
        },
        {"name": "verify", "state": "blocked", "started": None, "seconds": 0.0, "reason": "install failed"},
    ],
}
BODY: dict[str, Any] = {
    "overall_status": "unhealthy",
    "summary": {"pass": 1, "warn": 0, "fail": 1},
    "tools": [
        {"tool": "black", "manager": "pipx", "expected": "25.9.0", "actual": "25.9.0", "status": "ok"},
        {"tool": "ruff", "manager": "pipx", "expected": "2", "actual": "1", "status": "drift", "why": "below"},
    ],
    "last_run": RUN,
    "caches": [{"path": "~/small", "size_bytes": 1024}, {"path": "~/big", "size_bytes": 3 << 30}],
    "activity": {"days": {"2026-01-01": 4, "2025-12-30": 2}, "errors": {"2026-01-01": 1}},
}
RECORDS = (
    Record(id="git", status=Status.OK, title="git", detail="found"),
    Record(id="npm", status=Status.FAILED, title="npm", detail="gone", remedy="install Node.js", code="AIM-H010"),
)
WHOLE = Result(command="health.report", records=RECORDS, body=BODY, exit_code=1, title="Health")


class Page(HTMLParser):
    """A page as a strict reader sees it: the elements with their attributes, the text, what was closed wrongly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words += f"{data} "

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(result: Result) -> Page:
    return Page(html.render(result, LOOK))


def hostile(value: Any) -> Any:
    """The same with every text, keys of counts too, made hostile; what says the shape or a time stays."""
    if isinstance(value, dict):
        kept = ("started", "timestamp")
        return {key: item if key in kept else hostile(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    return HOSTILE if isinstance(value, str) else value


def test_every_part_of_a_body_has_its_section() -> None:
    """Health, drift, the last run, caches and activity are there when the body has them, each in the contents."""
    found = page(WHOLE)

    assert [each["id"] for each in found.of("section")] == ["results", "drift", "run", "caches", "activity"]
    assert [each["href"] for each in found.of("a")] == ["#results", "#drift", "#run", "#caches", "#activity"]


def test_what_a_body_lacks_is_left_out() -> None:
    """A Result of nothing is a page that says so."""
    found = page(Result())

    assert found.of("section") == []
    assert "There is nothing to show." in found.words


@pytest.mark.parametrize(
    "body",
    [
        {"tools": {"ok": 1}},
        {"tools": [{"tool": "x", "paths": []}]},
        {"last_run": "never", "caches": [1], "activity": []},
        {"tasks": [{"name": "build", "seconds": "long", "started": "soon"}], "totals": {}},
        {"caches": [{"path": "x", "size_bytes": "big"}], "by_day": {"someday": 3}},
    ],
)
def test_a_body_of_another_shape_is_shown_as_data(body: dict[str, Any]) -> None:
    """Any command's Result makes a page; nothing of it is lost."""
    found = page(Result(command="any", body=body))

    assert found.wrong == []
    assert all(key in found.words for key in body if key not in ("tasks", "totals"))


def test_what_is_wrong_comes_first() -> None:
    """Failures and drift lead their tables."""
    words = page(WHOLE).words

    assert words.index("AIM-H010") < words.index("found")
    assert words.index("below") < words.index("black")


def test_a_bar_says_its_task_state_and_time() -> None:
    """Whoever cannot see a bar is told what it shows, and a pointer on it too."""
    labels = [each.get("aria-label") for each in page(WHOLE).of("svg")]

    assert "install: failed, 7.5 s from 2.5 s on: no npm" in labels
    assert "~/big: 3.0 GiB" in labels


def test_bars_stand_where_the_tasks_ran() -> None:
    """A quarter of the run, then the other three."""
    drawn = [each for each in page(WHOLE).of("rect") if (each.get("class") or "").startswith("fill-") and "x" in each]

    assert [(each["x"], each["width"]) for each in drawn[:2]] == [("0.00", "25.00"), ("25.00", "75.00")]


def test_days_without_events_have_a_place() -> None:
    """The day between two that have events is an empty column, not a missing one."""
    text = html.render(WHOLE, LOOK)

    assert "2025-12-31: 0 events" in text
    assert "2026-01-01: 4 events, 1 error" in text


def test_one_day_is_no_wall() -> None:
    """A column of a fortnight's width, with the days before it: alone it was as wide as the page."""
    body = {**BODY, "activity": {"days": {"2026-01-01": 4}, "errors": {}}}

    text = html.render(Result(body=body), LOOK)

    assert "2025-12-19: 0 events" in text
    assert "2025-12-18" not in text


def test_a_table_of_a_listing_is_shown() -> None:
    """What has a table for people has it here too, its text and its closing lines."""
    table = Table(columns=("key", "value"), rows=(("a", "missing"),))

    words = page(Result(table=table, text="lines\n", closing=("next: aim",))).words

    assert all(word in words for word in ("key", "missing", "lines", "next: aim"))


def test_hostile_text_stays_text() -> None:
    """Whatever a name, a path or a message holds: no element and no attribute comes of it."""
    records = tuple(
        Record(id=HOSTILE, status=s, title=HOSTILE, detail=HOSTILE, remedy=HOSTILE, where=HOSTILE, code=HOSTILE)
        for s in Status
    )
    table = Table(columns=(HOSTILE,), rows=((HOSTILE,),))
    text, closing = f"{HOSTILE}\n{HOSTILE}", (HOSTILE,)
    body = {**hostile(BODY), HOSTILE: {HOSTILE: HOSTILE}, "activity": {"days": {HOSTILE: 1, "2026-01-01": 1}}}
    bad = Result(
        command=HOSTILE, records=records, table=table, text=text, closing=closing, title=HOSTILE, body=body, exit_code=1
    )
    harmless = Result(
        command="c", records=records[:0], table=table, text="t", closing=("c",), title="t", body=BODY, exit_code=1
    )

    found = page(bad)

    assert found.wrong == []
    assert {tag for tag, _ in found.elements} <= {tag for tag, _ in page(WHOLE).elements} | {
        tag for tag, _ in page(harmless).elements
    }
    assert not [key for _, attributes in found.elements for key in attributes if key.startswith("on") or key == "src"]
    assert "<script>alert(1)</script>" in found.words
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", html.render(bad, LOOK))


def test_nothing_is_loaded_and_nothing_runs() -> None:
    """One file: no script, no link to a resource, and a policy that forbids them."""
    found = page(WHOLE)

    assert found.of("script") == found.of("img") == found.of("iframe") == []
    assert [each["href"] for each in found.of("link")] == ["data:,"]
    assert "default-src 'none'" in str(found.of("meta"))
    assert not re.search(r"url\(|@import|https?:", STYLE)


def test_the_page_can_be_read_without_seeing_it() -> None:
    """A language, one h1, headings that name their sections, header cells with a scope, a name for each drawing."""
    found = page(WHOLE)

    assert found.of("html") == [{"lang": "en"}]
    assert len(found.of("h1")) == 1
    headings = [each["id"] for each in found.of("h2")]
    assert headings == [each["aria-labelledby"] for each in found.of("section")]
    assert all(each.get("scope") for each in found.of("th"))
    assert all(each.get("aria-label") or each.get("aria-hidden") for each in found.of("svg"))
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(colours: dict[str, str]) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for text, 3 to 1 for what bars are drawn with."""
    grounds: dict[str, tuple[str, ...]] = dict.fromkeys(("text", "dim"), ("card", "bg", "code"))
    grounds |= {name: ("card", f"{name}-soft") for name in ("ok", "warn", "bad", "info", "skip")}

    weak = {
        f"{name} on {ground}": round(contrast(colours[name], colours[ground]), 2)
        for name, those in grounds.items()
        for ground in those
        if contrast(colours[name], colours[ground]) < 4.5
    }

    assert weak == {}
    assert all(contrast(colours[name], colours["code"]) >= 3 for name in ("ok", "warn", "bad", "info", "skip"))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG: from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
