"""The HTML page in a real browser: what a reader sees is there, and the console has nothing to complain of."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from aim_lib.host import current
from aim_lib.model import Record, Status
from aim_lib.reports import html
from tests.test_html_report import HOSTILE, LOOK, WHOLE, hostile

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(current().system != "linux", reason="its browser is Debian's chromium"),
]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--enable-logging=stderr", "--v=0"),
)
CONSOLE = re.compile(r":CONSOLE[:(]\d+.*")


def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), "")
    assert found, "no Chromium on PATH: apt-get install chromium"
    return found


def opened(text: str, folder: Path, *more: str) -> tuple[str, list[str]]:
    """The page's document after rendering, and every line of its console."""
    page = folder / "page.html"
    page.write_text(text, encoding="utf-8")
    argv = (browser(), *FLAGS, f"--user-data-dir={folder / 'profile'}", *more, "--dump-dom", page.as_uri())
    done = subprocess.run(argv, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, CONSOLE.findall(done.stderr)


def words(document: str) -> str:
    """What a reader sees of a document: text outside of elements and of the style sheet."""
    bare = re.sub(r"(?s)<style.*?</style>|<[^>]+>", " ", document)
    return re.sub(r"\s+", " ", bare)


def test_a_planted_error_is_seen(tmp_path: Path) -> None:
    """The check sees what it is for: an error on the console, also that of a refused script."""
    _, said = opened("<!doctype html><script>console.error('planted')</script>", tmp_path)

    assert len(said) == 1
    assert "planted" in said[0]


def test_the_policy_refuses_a_script(tmp_path: Path) -> None:
    """Should anything ever get past the escaping: the page's own policy stops it, and the console says so."""
    text = html.render(WHOLE, LOOK).replace("</main>", "<script>document.title = 'taken'</script></main>")

    document, said = opened(text, tmp_path)

    assert "<title>Health</title>" in document
    assert len(said) == 1
    assert "Content Security Policy" in said[0]


def test_a_reader_sees_every_section(tmp_path: Path) -> None:
    """The rendered text has health, drift, the run, caches and activity, and the console is silent."""
    document, said = opened(html.render(WHOLE, LOOK), tmp_path)

    assert said == []
    shown = words(document)
    for text in ("unhealthy", "AIM-H010", "install Node.js", "1 off", "below", "no npm", "3.0 GiB", "2026-01-01"):
        assert text in shown


def test_hostile_names_are_only_seen(tmp_path: Path) -> None:
    """Nothing runs, nothing is asked for, the title is not taken over."""
    document, said = opened(html.render(replace(WHOLE, title=HOSTILE, body=hostile(WHOLE.body)), LOOK), tmp_path)

    assert said == []
    assert "<script" not in document
    assert "alert(1)" in words(document)


@pytest.mark.parametrize("width", [380, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_screen(scheme: str, width: int, tmp_path: Path) -> None:
    """Narrow and wide, light and dark: a picture comes out, and nothing is wider than the window."""
    measure = (
        "<script>document.documentElement.dataset.wide = String(document.documentElement.scrollWidth);"
        "document.documentElement.dataset.inner = String(window.innerWidth);"
        "document.documentElement.dataset.ground = getComputedStyle(document.body).backgroundColor;</script>"
    )
    long = Record(id="long", status=Status.FAILED, title="t" * 200, detail="/d" * 200, remedy="r" * 300, where="w" * 99)
    tools = [{"tool": "x" * 150, "manager": "pipx", "expected": "1" * 99, "actual": "2", "status": "drift"}]
    caches = [{"path": "/deep" * 60, "size_bytes": 9 << 40}]
    whole = replace(WHOLE, records=(long,), body={**WHOLE.body, "tools": tools, "caches": caches}, title="T" * 120)
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html.render(whole, LOOK))
    colours = {"dark": 0, "light": 1}[scheme]
    size = (f"--window-size={width},900", f"--blink-settings=preferredColorScheme={colours}")

    document, said = opened(text.replace("</body>", f"{measure}</body>"), tmp_path, *size)

    assert said == []
    told = dict(re.findall(r'data-(wide|inner|ground)="([^"]+)"', document))
    assert int(told["wide"]) <= int(told["inner"]) <= max(width, 500)  # some are never narrower than 500
    brightness = sum(map(int, re.findall(r"\d+", told["ground"])[:3])) / 3
    assert (brightness > 128) == (scheme == "light")
