"""Real AI command-line tools in one throw-away home: installed, detected, versioned, asked without a login."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .world import World, make_world, network_settings

pytestmark = pytest.mark.real
VERSIONS = {"claude-code": "2.0.31", "gemini-cli": "0.61.0", "qwen-code": "0.15.10"}
CONFIG = """
[tools.npm]
"@anthropic-ai/claude-code" = "2.0.31"
"@google/gemini-cli" = "0.61.0"
"@qwen-code/qwen-code" = "0.15.10"
[ai.capabilities.code_generation]
primary = "aider"
fallback = ["claude-cli", "gemini", "qwen"]
timeout_s = 60
requires = { prompt = "required" }
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, downloads: dict[str, str]) -> Iterator[World]:
    """One home with the three tools, for all tests here."""
    base = {**network_settings(), **downloads, "LANG": "C.UTF-8", "TERM": "dumb", "SHELL": "/bin/bash"}
    made = make_world(tmp_path_factory.mktemp("ai"), base)
    (made.project / "aim.toml").write_text(CONFIG, encoding="utf-8")
    installed = made.aim("install")
    assert installed.exit_code == 0, installed.text
    yield made


def attempts(world: World, *words: str) -> tuple[int, list[dict[str, Any]]]:
    done = world.aim("ai", "run", "code_generation", "--prompt", "say hi", "--json", *words)
    return done.exit_code, json.loads(done.stdout)["content"]["attempts"]


def test_installed_tools_are_detected_with_their_versions(world: World) -> None:
    """From what the packages say on disk; none of their secrets is there."""
    rows = {row["tool"]: row for row in world.aim("ai", "status", "--json").json()["tools"]}

    assert {tool: rows[tool]["version"] for tool in VERSIONS} == VERSIONS
    assert {tool: rows[tool]["pinned"] for tool in VERSIONS} == VERSIONS
    assert rows["gemini-cli"]["missing_secrets"] == ["GEMINI_API_KEY", "GOOGLE_API_KEY"]


def test_each_says_that_nobody_is_logged_in_and_the_next_is_asked(world: World) -> None:
    """An honest failure each, of the kind `authentication`; the one that is not here is passed over."""
    code, tried = attempts(world)

    assert [(each["tool"], each["failure"]) for each in tried] == [(tool, "authentication") for tool in VERSIONS]
    assert code == 7


def test_without_leave_to_move_on_the_first_failure_ends_it(world: World) -> None:
    """`ai.policy.move_on = []`: the others are not asked."""
    own = world.own / "config" / "aim.toml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text('[ai.policy]\nmove_on = []\n[ai.capabilities.code_generation]\nprimary = "gemini"\n', encoding="utf-8")
    (world.project / "aim.toml").write_text(CONFIG.replace('primary = "aider"\n', ""), encoding="utf-8")

    code, tried = attempts(world)

    assert [(each["tool"], each["failure"]) for each in tried] == [("gemini-cli", "authentication")]
    assert code == 7
