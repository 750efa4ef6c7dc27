"""The map of the code names every room of it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "aim_lib"


def rooms() -> list[str]:
    """Modules by name, packages with a slash behind it."""
    modules = [path.stem for path in PACKAGE.glob("*.py")]
    packages = [f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")]
    return sorted({*modules, *packages} - {"__init__"})


def test_every_room_is_on_the_map() -> None:
    """Each module and package of `aim_lib` has its name in backticks in docs/architecture.md."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert [room for room in rooms() if f"`{room}`" not in text] == []


def test_no_room_is_on_the_map_twice() -> None:
    """What two rows say of one module is not the same for long."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [row.split("|") for row in text.splitlines() if row.startswith("| ")]
    named = Counter(
        name for _, _, names, *rest in rows if len(rest) == 2 for name in re.findall(r"`([a-z_]+/?)`", names)
    )

    assert [room for room in rooms() if named[room] > 1] == []
