"""The JSON schema that editors use says the same as the checker."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from aim_lib.config import default_folder
from aim_lib.schema import json_schema

PUBLISHED = Path(__file__).parents[1] / "config" / "aim.schema.json"


def mistakes(text: str) -> list[str]:
    """The JSON paths of what the schema objects to."""
    document: dict[str, Any] = tomllib.loads(text)
    return [error.json_path for error in Draft202012Validator(json_schema()).iter_errors(document)]


def test_the_published_schema_is_the_generated_one() -> None:
    """After a change of schema.py: `aim config schema --output config/aim.schema.json`."""
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == json_schema()


def test_its_title_is_the_files_name() -> None:
    """An editor shows it."""
    assert json_schema()["title"] == "aim.toml"


def test_it_is_a_valid_schema() -> None:
    """By its own metaschema."""
    Draft202012Validator.check_schema(json_schema())


def test_the_built_in_default_is_valid() -> None:
    """Our own file obeys."""
    assert mistakes((default_folder() / "default.toml").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[tools.pipx]\nruff = '1'\nx = { version = '*', optional = true, with = ['a'], platforms = ['linux'] }",
        "[bootstrap]\nnode = 'none'\njobs = 1\ntimeout_s = 1.5",
        "[secrets]\nrequired = ['A_B']\n[secrets.names]\nA = 'b'",
    ],
)
def test_right_documents_pass(text: str) -> None:
    """What the checker takes the editor takes."""
    assert mistakes(text) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[bootstrap]\nnod = 'auto'", "$.bootstrap"),
        ("[bootstrap]\nnode = 'sytem'", "$.bootstrap.node"),
        ("[bootstrap]\njobs = 0", "$.bootstrap.jobs"),
        ("[helth]", "$"),
        ("[secrets]\nrequired = ['A-B']", "$.secrets.required[0]"),
        ("schema_version = 2", "$.schema_version"),
        ("[tools.pipx]\nruff = 1", "$.tools.pipx.ruff"),
        ("[tools.pipx]\nruff = { optoinal = true }", "$.tools.pipx.ruff"),
    ],
)
def test_wrong_documents_are_marked(text: str, path: str) -> None:
    """Where the mistake is."""
    assert mistakes(text) == [path]
