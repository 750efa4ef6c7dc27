"""One self-contained HTML page of any Result: inline style and SVG, no script, nothing loaded from anywhere.

What a body has decides which sections there are: health, drift, the last run, caches, activity. A policy in the page
forbids scripts and requests, should anything ever get past the escaping.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..model import Result, Status, worst
from ..quantities import counted
from . import Look
from ._html_body import activity, entries, last_run
from ._html_parts import Section, esc, pill, tone
from ._html_sections import sections
from ._html_style import STYLE
from ._text import duration, size

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
WORDS = {Status.OK: "ok", Status.CHANGED: "changed", Status.WARNED: "warned"}


def render(result: Result, look: Look) -> str:
    title = result.title or f"aim {result.command.replace('.', ' ')}".strip()
    parts = sections(result)
    page = "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            '<link rel="icon" href="data:,">',
            f"<title>{esc(title)}</title>",
            f"<style>\n{STYLE}</style>",
            "</head>",
            "<body>",
            *_header(result, title, look, parts),
            "<main>",
            *(part.markup for part in parts),
            "</main>" if parts else '<p class="dim">There is nothing to show.</p>\n</main>',
            "<footer>Made by AIM. This page loads nothing and runs no script.</footer>",
            "</body>",
            "</html>",
        )
    )
    text = page + "\n"
    return text if look.has_unicode else text.encode("ascii", "xmlcharrefreplace").decode()


def _header(result: Result, title: str, look: Look, parts: tuple[Section, ...]) -> Iterator[str]:
    stamp = look.timestamp
    when = f'<time datetime="{esc(stamp)}">{esc(stamp[:10])} {esc(stamp[11:19])} UTC</time>' if stamp else ""
    command = f"aim {result.command.replace('.', ' ')}" if result.command else ""
    code = f"exit code {result.exit_code}"
    told = " · ".join(part for part in (esc(command), when, code) if part)
    yield f'<header>\n<div class="top"><div><h1>{esc(title)}</h1>\n<p class="meta">{told}</p></div>'
    yield f"{_verdict(result)}</div>"
    cards = "".join(_cards(result.body))
    yield f'<ul class="cards" aria-label="in short">{cards}</ul>' if cards else ""
    links = "".join(f'<li><a href="#{part.identity}">{esc(part.name)}</a></li>' for part in parts)
    yield f'<nav aria-label="sections"><ul>{links}</ul></nav>' if len(parts) > 1 else ""
    yield "</header>"


def _verdict(result: Result) -> str:
    """How it stands as a whole: by the health that was found, else by the exit code and the gravest record."""
    overall = result.body.get("overall_status")
    is_bad = result.exit_code and worst(result.records) in (Status.FAILED, Status.BLOCKED)
    if isinstance(overall, str) and (overall == "unhealthy" or not is_bad):
        return pill(overall, is_big=True)
    if result.exit_code:
        return pill("failed", is_big=True)
    return pill(WORDS.get(worst(result.records), "failed"), is_big=True)


def _cards(body: Mapping[str, Any]) -> Iterator[str]:
    overall, summary = body.get("overall_status"), body.get("summary")
    if isinstance(overall, str) and isinstance(summary, Mapping):
        note = ", ".join(f"{count} {word}" for word, count in summary.items())
        yield _card(tone(overall), "health", overall, note)
    tools = [each for each in entries(body, "tools") if "status" in each]
    if tools:
        off = [each for each in tools if each["status"] in ("drift", "missing")]
        value = f"{len(off)} off" if off else "as declared"
        yield _card("warn" if off else "ok", "tools", value, f"of {counted(len(tools), 'tool')}")
    run = last_run(body)
    if run:
        yield _run_card(run)
    caches = [each["size_bytes"] for each in entries(body, "caches") if isinstance(each.get("size_bytes"), int)]
    if caches:
        yield _card("info", "caches", size(sum(caches)), counted(len(caches), "folder"))
    counts, errors = activity(body)
    if counts:
        wrong = f"{counted(sum(errors.values()), 'error')} among them" if errors else "no errors"
        yield _card("warn" if errors else "info", "events", str(sum(counts.values())), wrong)


def _run_card(run: Mapping[str, Any]) -> str:
    result, totals = str(run.get("result") or "ended"), run.get("totals")
    seconds = totals.get("seconds") if isinstance(totals, Mapping) else None
    took = f" in {duration(seconds)}" if isinstance(seconds, int | float) else ""
    kinds = {"succeeded": "ok", "succeeded with warnings": "warn", "completed with errors": "warn"}
    return _card(kinds.get(result, "bad"), "last run", result, f"{counted(len(entries(run, 'tasks')), 'task')}{took}")


def _card(kind: str, label: str, value: str, note: str) -> str:
    return (
        f'<li class="{kind}"><span class="label">{esc(label)}</span>'
        f'<span class="value">{esc(value)}</span><span class="note">{esc(note)}</span></li>'
    )
