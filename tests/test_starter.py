"""The first aim.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

from aim_lib.config import load_config
from aim_lib.model import Present
from aim_lib.starter import from_default, from_present
from tests.fakes import host


def test_the_starter_says_what_no_file_says(tmp_path: Path) -> None:
    """The same tools and settings as the built-in default, as a file that can be read."""
    without = load_config(host(home=tmp_path)).config

    (tmp_path / "aim.toml").write_text(from_default(), encoding="utf-8")

    assert load_config(host(home=tmp_path)).config == without
    assert "as soon as your" not in from_default().lower()


def test_what_is_whole_is_declared_exactly() -> None:
    """Broken things, what is no tool and what is the whole machine's are left out."""
    text = from_present(
        [
            Present(kind="pipx", name="ruff", version="0.14.1"),
            Present(kind="npm", name="@x/y", version="1.0.0"),
            Present(kind="npm", name="broken", version="1.0.0", flaw="its command is gone"),
            Present(kind="pipx", name="empty"),
            Present(kind="node", name="node", version="24.0.0"),
            Present(kind="apt", name="bash", version="5.2.15-2+b8"),
        ]
    )

    assert tomllib.loads(text)["tools"] == {"npm": {"@x/y": "1.0.0"}, "pipx": {"ruff": "0.14.1"}}


def test_nothing_installed_is_a_valid_start() -> None:
    """A file that only has its version."""
    assert tomllib.loads(from_present([])) == {"schema_version": 1}
