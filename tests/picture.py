"""The screenshot of the README: real commands in a home laid out anew, drawn by rich. `aim dev picture`.

Tools come from an index on loopback, so that nothing of today's real ones is in it; only seconds are left out, and the
home is written `~`. The same sources give the same picture: `--check` says whether docs/picture.svg is it.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests import test_scenarios as scenarios
from tests import wheels
from tests.checkout import with_checkout
from tests.fakes import stub

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "picture.svg"
WIDTH = 80
SECONDS = re.compile(r"\x1b\[2m +\d+\.\d s\x1b\[0m")
CONFIG = """schema_version = 1
[tools.pipx]
ruff = "0.14.1"
black = ">=25,<26"
[tools.npm]
eslint = "9.39.0"
prettier = "3.6.2"
[secrets]
required = ["OPENAI_API_KEY"]
[health]
required_commands = ["git"]
"""
COMMANDS = (("",), ("plan",), ("install",), ("version", "check"))
# Grey on near-black reads well on GitHub's light and dark pages alike; the colours are those of its own dark theme.
THEME = TerminalTheme(
    (22, 27, 34),
    (201, 209, 217),
    [
        *((72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34)),
        *((88, 166, 255), (188, 140, 255), (57, 197, 207), (177, 186, 196)),
    ],
)
FONTS = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'


def take(folder: Path) -> str:
    """The picture, as SVG."""
    with wheels.serving() as index:
        env = furnished(folder, index)
        console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
        for words in COMMANDS:
            console.print(Text.assemble(("$ ", "bold green"), (" ".join(("aim", *words)).strip(), "bold")))
            console.print(Text.from_ansi(said(folder, env, words)), soft_wrap=True)
    return drawn(console)


def furnished(folder: Path, index: wheels.Index) -> dict[str, str]:
    """A home with an older eslint, and a project that wants four tools; the environment of its user."""
    home, project = folder / "home", folder / "project"
    project.mkdir(parents=True)
    (project / "aim.toml").write_text(CONFIG, encoding="utf-8")
    stage = scenarios.Stage(folder)
    scenarios.put_tool("npm eslint 9.38.0 eslint", stage)
    stub(home / "bin", "git", "echo git version 2.50.0")
    scenarios.put_fake_npm("", stage)
    for name, version in (("ruff", "0.14.1"), ("black", "25.9.0")):
        index.add(name, version)
    folders = [home / "bin", home / ".local/bin", home / ".local/share/aim/npm-tools/bin", "/usr/bin", "/bin"]
    return {
        "HOME": str(home),
        "PATH": ":".join(map(str, folders)),
        "LANG": "C.UTF-8",
        "FORCE_COLOR": "1",
        "COLUMNS": str(WIDTH),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "AIM_BOOTSTRAP_JOBS": "1",  # one after the other, in an order that is always the same
        "UV_DEFAULT_INDEX": index.url,
        "UV_CACHE_DIR": str(folder / "cache"),
    }


def said(folder: Path, env: dict[str, str], words: tuple[str, ...]) -> str:
    """What a command prints, without what differs from run to run."""
    done = subprocess.run(
        [sys.executable, "-m", "aim_lib", *filter(None, words)],
        cwd=folder / "project",
        env=with_checkout(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode not in (0, 1, 5):
        raise SystemExit(f"aim {' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    text = done.stdout.replace(str(folder / "home"), "~").replace(str(folder / "project"), "~/project")
    return SECONDS.sub("", text)


def drawn(console: Console) -> str:
    """The picture with the reader's own fonts: one that a page embeds may load none."""
    svg = console.export_svg(title="~/project", theme=THEME, unique_id="aim")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("font-family: Fira Code, monospace", f"font-family: {FONTS}")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="aim-picture-") as scratch:
        svg = take(Path(scratch))
    if "--check" not in sys.argv[1:]:
        PICTURE.write_text(svg, encoding="utf-8")
        return 0
    is_same = PICTURE.is_file() and PICTURE.read_text(encoding="utf-8") == svg
    sys.stderr.write("" if is_same else f"{PICTURE} is not what is drawn now; aim dev picture\n")
    return 0 if is_same else 4


if __name__ == "__main__":
    sys.exit(main())
