"""Caches on a terminal: all names at once, then each with its size."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("termios")

from .screens import Screen


def shown(root: Path, *words: str) -> tuple[int, str]:
    """What `aim scan caches` says on a terminal of two caches, 200 KB and next to nothing."""
    for name, size in (("large", 200_000), ("small", 1)):
        (root / name / ".mypy_cache/3.12").mkdir(parents=True)
        (root / name / ".mypy_cache/3.12/x").write_bytes(b"x" * size)
    home = (f"HOME={root / 'home'}", f"AIM_CONFIG={root / 'aim.toml'}")
    (root / "aim.toml").write_text("[tools]\n")
    aim = (sys.executable, "-m", "aim_lib", "scan", "caches", "--path", str(root), *words)
    with Screen(("/usr/bin/env", *home, *aim), columns=250) as screen:
        code = screen.close()
    return code, screen.text


def test_names_come_first_and_sizes_after(tmp_path: Path) -> None:
    """Each is told twice: by its name, and with its size when that is known."""
    code, text = shown(tmp_path)

    assert code == 0
    assert text.count("large/.mypy_cache") == text.count("small/.mypy_cache") == 2
    assert text.index("small/.mypy_cache") < text.index("KB")


def test_only_sizes_above_the_threshold_are_told(tmp_path: Path) -> None:
    """The names are there at once all the same."""
    code, text = shown(tmp_path, "--threshold", "0.1")

    assert code == 0
    assert (text.count("large/.mypy_cache"), text.count("small/.mypy_cache")) == (2, 1)
    assert "in 1 cache," in text
