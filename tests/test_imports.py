"""Secrets are read out of the files that people have them in, with the quoting that those really use."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from aim_lib import imports
from aim_lib.errors import BadConfig

DOTENV = """\
# keys
OPENAI_API_KEY=sk-plain   # the new one
export ANTHROPIC_API_KEY="sk-ant\\n$HOME"
SINGLE='it\\'s ${NOT} expanded'
MULTI="first
second"
EMPTY=
ALONE
what is this?
"""


def sealed(text: str) -> str:
    """As Windows would have sealed a text, for an opener that only takes the seal off."""
    return base64.b64encode(imports.SEALED + text.encode()).decode()


def opened(blob: bytes) -> bytes:
    return blob.removeprefix(imports.SEALED)


def test_a_dotenv_file_is_read_with_its_quoting(tmp_path: Path) -> None:
    """Comments, `export`, both quotes, escapes and several lines; nothing is expanded, what is no value is told."""
    path = tmp_path / ".env"
    path.write_text(DOTENV)

    found = imports.read(path, opened)

    assert found.values == {
        "OPENAI_API_KEY": "sk-plain",
        "ANTHROPIC_API_KEY": "sk-ant\n$HOME",
        "SINGLE": "it's ${NOT} expanded",
        "MULTI": "first\nsecond",
    }
    assert found.left_out == (
        ".env:7: EMPTY has no value",
        ".env:8: ALONE has no value",
        ".env:9: is not NAME=value",
    )


def test_a_json_object_is_read(tmp_path: Path) -> None:
    """Its texts; numbers and tables are no secrets."""
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"A": "one", "B": 2, "C": {}, "D": ""}))

    found = imports.read(path, opened)

    assert found.values == {"A": "one"}
    assert found.left_out == ("keys.json: B is no text", "keys.json: C is no text", "D is empty")


def test_the_windows_vault_is_opened(tmp_path: Path) -> None:
    """Written by Windows PowerShell, with a byte order mark; a value may have any characters."""
    path = tmp_path / "vault.json"
    path.write_text("\ufeff" + json.dumps({"openai": sealed("sk-ü"), "github": sealed("ghp")}), encoding="utf-8")

    assert imports.read(path, opened).values == {"openai": "sk-ü", "github": "ghp"}


@pytest.mark.parametrize(
    ("content", "told"),
    [(b'{"a": "sk-secret",}', "is not JSON: line 1"), (b"\xff\xfe\x00", "cannot be read as text")],
)
def test_a_file_that_is_broken_is_told_without_its_content(content: bytes, told: str, tmp_path: Path) -> None:
    """Its name and the place, no more."""
    path = tmp_path / "keys.json"
    path.write_bytes(content)

    with pytest.raises(BadConfig) as caught:
        imports.read(path, opened)

    assert told in caught.value.message
    assert "sk-secret" not in repr(caught.value.__cause__) + str(caught.value)


def test_what_was_read_does_not_show_itself(tmp_path: Path) -> None:
    """A debugger or a log has the names alone."""
    path = tmp_path / ".env"
    path.write_text("KEY=sk-secret\n")

    assert repr(imports.read(path, opened)) == "Imported(['KEY'])"
