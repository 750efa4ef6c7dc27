"""The ratios of every release, kept as JSON, and the page that shows them: `aim dev bench --keep`, then `--report`.

docs/bench/VERSION.json is what one machine measured for one version; docs/bench.md and its plot are made from all.
Only ratios are kept: two programs in the same interleaved rounds see the same weather, milliseconds of two days do not.
"""

from __future__ import annotations

import dataclasses
import json
import platform
import sys
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from aim_lib import __version__

if TYPE_CHECKING:
    from tests.bench import Ratio

DOCS = Path(__file__).resolve().parents[1] / "docs"
HEAD = """# Speed, release by release

Written by `aim dev bench --report` from `docs/bench/`; how it is measured is in [testing.md](testing.md#speed).
Each number is our time by the rival's in the same interleaved rounds, elapsed and (of CPU time): below 1 we are
faster. Milliseconds are not kept: they say more of a machine than of a program.
"""
ROW, LEFT, WIDTH, TOP = 26, 330, 860, 34
INK, GREY, FINE, OVER = "#57606a", "#8c959f", "#2f81f7", "#d1242f"


def keep(ratios: Iterable[Ratio], rounds: int, folder: Path = DOCS / "bench") -> Path:
    """Write what was measured as that of this version; suites that were not run keep what they had."""
    path = folder / f"{__version__}.json"
    before = json.loads(path.read_text(encoding="utf-8"))["ratios"] if path.is_file() else []
    new = [dataclasses.asdict(ratio) for ratio in ratios]
    known = {(each["what"], each["rival"]) for each in new}
    kept = [each for each in before if (each["what"], each["rival"]) not in known]
    python = f"{platform.python_implementation()} {'.'.join(platform.python_version_tuple()[:2])}"
    document = {
        "version": __version__,
        "rounds": rounds,
        "system": f"{platform.system()} {platform.machine()}",
        "python": python,
        "ratios": sorted([*kept, *new], key=lambda each: (each["what"], each["rival"])),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return path


def read(folder: Path) -> list[dict[str, Any]]:
    """What was kept of every version, the oldest first."""
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return sorted(documents, key=lambda each: Version(each["version"]))


def page(releases: Sequence[dict[str, Any]]) -> str:
    """The page, in Markdown: the plot, the newest numbers, and where each was measured."""
    newest = releases[-1]
    rows = [
        f"| {each['what']} | {each['rival']} | {each['wall']:.2f} ({each['cpu']:.2f}) | {each['budget']} |"
        f" {'**over**' if each['is_over'] else 'kept' if each['budget'][0] in '<>' else '-'} |"
        for each in newest["ratios"]
    ]
    measured = [
        f"| {each['version']} | {each['system']} | {each['python']} | {each['rounds']} | {len(each['ratios'])} |"
        for each in releases
    ]
    return "\n".join(
        [
            HEAD,
            "![ratios of every release, one line a measurement](bench.svg)\n",
            f"## {newest['version']}\n",
            "| what | beside | ratio | budget | |",
            "|---|---|---|---|---|",
            *rows,
            "\n## Measured on\n",
            "| version | system | Python | rounds | ratios |",
            "|---|---|---|---|---|",
            *measured,
            "",
        ]
    )


def plot(releases: Sequence[dict[str, Any]]) -> str:
    """One row a measurement, a dot for each release, the newest filled; left of the line at 1 we are faster.

    The scale is logarithmic, from a hundredth to ten times the rival; what lies beyond stands at the edge.
    """
    names = [(each["what"], each["rival"]) for each in releases[-1]["ratios"]]
    height = TOP + ROW * len(names) + 30
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12">',
        "<title>our time by the rival's, by measurement and release</title>",
    ]
    for value in (0.01, 0.1, 1, 10):
        dash = "" if value == 1 else ' stroke-dasharray="2 4"'
        x = _x(value)
        lines.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{height - 22}" stroke="{GREY}"{dash}/>'
            f'<text x="{x:.1f}" y="{height - 6}" fill="{INK}" text-anchor="middle">{value:g} x</text>'
        )
    lines.append(f'<text x="{_x(1) - 6:.1f}" y="14" fill="{INK}" text-anchor="end">AIM is faster</text>')
    for place, name in enumerate(names):
        lines += _row(place, name, releases)
    return "\n".join([*lines, "</svg>", ""])


def _row(place: int, name: tuple[str, str], releases: Sequence[dict[str, Any]]) -> list[str]:
    y = TOP + ROW * place + ROW / 2
    label = f"{name[0]} / {name[1]}"
    lines = [
        f'<text x="{LEFT - 12}" y="{y + 4:.1f}" fill="{INK}" text-anchor="end">'
        f"{escape(label if len(label) <= 52 else label[:51] + '…')}</text>"
    ]
    for release in releases:
        found = next((each for each in release["ratios"] if (each["what"], each["rival"]) == name), None)
        if found is None:
            continue
        is_newest, tone = release is releases[-1], OVER if found["is_over"] else FINE
        lines.append(
            f'<circle cx="{_x(found["wall"]):.1f}" cy="{y:.1f}" r="{5 if is_newest else 3}" stroke="{tone}" '
            f'fill="{tone if is_newest else "none"}"><title>{escape(label)}: {found["wall"]:.2f} x in '
            f"{release['version']}</title></circle>"
        )
    return lines


def _x(ratio: float) -> float:
    from math import log10

    return LEFT + (min(max(log10(max(ratio, 1e-9)), -2), 1) + 2) / 3 * (WIDTH - LEFT - 40)


def main() -> int:
    releases = read(DOCS / "bench")
    if not releases:
        raise SystemExit("nothing was kept yet: aim dev bench --keep")
    (DOCS / "bench.svg").write_text(plot(releases), encoding="utf-8")
    (DOCS / "bench.md").write_text(page(releases), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
