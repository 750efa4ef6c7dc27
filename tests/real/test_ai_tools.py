"""Real AI command-line tools in a throw-away home: installed, detected, versioned, asked without a login.

One test, for one home: with xdist each test would install the three for itself.
"""

from __future__ import annotations

from typing import Any

import pytest

from .world import World

pytestmark = pytest.mark.real
VERSIONS = {"claude-code": "2.0.31", "gemini-cli": "0.61.0", "qwen-code": "0.15.10"}
TOOLS = """
[tools.npm]
"@anthropic-ai/claude-code" = "2.0.31"
"@google/gemini-cli" = "0.61.0"
"@qwen-code/qwen-code" = "0.15.10"
"""
CHAIN = """
[ai.capabilities.code_generation]
primary = "aider"
fallback = ["claude-cli", "gemini", "qwen"]
timeout_s = 60
"""
ALONE = """
[ai.policy]
move_on = []
[ai.capabilities.code_generation]
primary = "gemini"
fallback = ["claude-cli", "qwen"]
"""


def asked(world: World) -> tuple[int, list[tuple[Any, Any]]]:
    """The exit code of one request, and of each try the tool and the kind of failure."""
    done = world.aim("ai", "run", "code_generation", "--prompt", "say hi", "--json")
    tried = done.json()["content"]["attempts"]
    return done.exit_code, [(each["tool"], each["failure"]) for each in tried]


def test_real_tools_are_detected_and_fail_honestly_without_a_login(world: World) -> None:
    """Versions from the packages; each says it needs a login, which is `authentication`, and moves on as configured."""
    world.declare(TOOLS + CHAIN)
    installed = world.aim("install")

    assert installed.exit_code == 0, installed.text
    rows = {row["tool"]: row for row in world.aim("ai", "status", "--json").json()["tools"]}
    assert {tool: (rows[tool]["version"], rows[tool]["pinned"]) for tool in VERSIONS} == {
        tool: (version, version) for tool, version in VERSIONS.items()
    }
    assert rows["gemini-cli"]["missing_secrets"] == ["GEMINI_API_KEY", "GOOGLE_API_KEY"]
    assert asked(world) == (7, [(tool, "authentication") for tool in VERSIONS])
    world.declare(TOOLS + ALONE)
    assert asked(world) == (7, [("gemini-cli", "authentication")])
