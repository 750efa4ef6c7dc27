"""What is kept of the bench for each release, and the page that is made of it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from aim_lib import __version__
from tests.bench_report import DOCS, keep, page, plot, read


def ratio(what: str, wall: float, rival: str = "theirs", *, is_over: bool = False) -> dict[str, Any]:
    return {"what": what, "rival": rival, "budget": "<= 1.0 x theirs", "wall": wall, "cpu": wall, "is_over": is_over}


def release(version: str, *ratios: dict[str, Any]) -> dict[str, Any]:
    return {"version": version, "rounds": 3, "system": "Linux x86_64", "python": "CPython 3.11", "ratios": [*ratios]}


RELEASES = [
    release("0.9.0", ratio("gone", 0.5), ratio("list", 2.0)),
    release("0.10.0", ratio("list", 0.5), ratio("<new> & odd", 500.0, is_over=True)),
]


def test_releases_are_in_the_order_of_their_versions(tmp_path: Path) -> None:
    """0.10 comes after 0.9, whatever the file system says."""
    for each in reversed(RELEASES):
        (tmp_path / f"{each['version']}.json").write_text(json.dumps(each), encoding="utf-8")

    assert [each["version"] for each in read(tmp_path)] == ["0.9.0", "0.10.0"]


def test_a_suite_that_is_measured_alone_keeps_the_others(tmp_path: Path) -> None:
    """The newer measurement of the same thing counts."""
    from tests.bench import Ratio

    keep([Ratio("a", "r", "<= 1", 1.0, 1.0, False), Ratio("b", "r", "<= 1", 1.0, 1.0, False)], 3, tmp_path)
    keep([Ratio("b", "r", "<= 1", 2.0, 2.0, True)], 5, tmp_path)

    (kept,) = read(tmp_path)
    assert [(each["what"], each["wall"]) for each in kept["ratios"]] == [("a", 1.0), ("b", 2.0)]
    assert kept["version"] == __version__


def test_the_page_shows_the_newest_release() -> None:
    """What was exceeded stands out, and where each release was measured is told."""
    text = page(RELEASES)

    assert "| list | theirs | 0.50 (0.50) | <= 1.0 x theirs | kept |" in text
    assert "| 500.00 (500.00) | <= 1.0 x theirs | **over** |" in text
    assert "| gone |" not in text
    assert "| 0.9.0 | Linux x86_64 | CPython 3.11 | 3 | 2 |" in text


def test_the_plot_has_a_dot_for_each_release() -> None:
    """To the left where we are faster; what lies beyond the scale stands at its edge."""
    tree = ET.fromstring(plot(RELEASES))  # noqa: S314 - our own
    dots = {dot[0].text: float(dot.get("cx", "0")) for dot in tree.iter("{http://www.w3.org/2000/svg}circle")}

    assert len(dots) == 3
    assert dots["list / theirs: 0.50 x in 0.10.0"] < dots["list / theirs: 2.00 x in 0.9.0"]
    assert dots["<new> & odd / theirs: 500.00 x in 0.10.0"] < 860


def test_the_page_is_made_from_what_is_kept() -> None:
    """`aim dev bench --report` was run after the last `--keep`."""
    releases = read(DOCS / "bench")

    assert (DOCS / "bench.md").read_text(encoding="utf-8") == page(releases)
    assert (DOCS / "bench.svg").read_text(encoding="utf-8") == plot(releases)
