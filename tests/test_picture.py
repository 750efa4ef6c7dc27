"""The README's screenshot is what the commands print today."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(os.name != "posix", reason="its stub programs are shell scripts")
def test_the_picture_is_what_is_drawn_now(tmp_path: Path) -> None:
    """`aim dev picture` writes it anew; its commands really run, with tools from an index on loopback."""
    from tests.picture import PICTURE, take

    assert PICTURE.read_text(encoding="utf-8") == take(tmp_path)


def test_the_picture_needs_nothing_else() -> None:
    """It is an image that pages embed: no font, script or address is loaded; and the README shows it."""
    text = (ROOT / "docs/picture.svg").read_text(encoding="utf-8")
    tree = ET.fromstring(text)  # noqa: S314 - our own file

    assert "url(" not in text.replace("url(#", "")
    assert not [node.tag for node in tree.iter() if node.tag.endswith(("script", "image", "foreignObject"))]
    assert 'src="docs/picture.svg"' in (ROOT / "README.md").read_text(encoding="utf-8")
