"""Pinned tools stay where they are: the real pipx and npm, with the updaters that people run beside us."""

from __future__ import annotations

import json

import pytest

from .world import World

pytestmark = pytest.mark.real

TOOLS = """
[tools.pipx]
pycowsay = "<0.0.0.2"
[tools.npm]
"@qwen-code/qwen-code" = { version = "0.15.10", commands = ["qwen"], layout = "global" }
"""


def test_what_is_pinned_survives_upgrade_all(world: World) -> None:
    """As topgrade runs it; after unpin it moves, and the next sync brings back what is asked for."""
    world.declare('[tools.pipx]\npycowsay = "<0.0.0.2"\n')
    world.aim("install")

    pinned = world.aim("pin")
    world.pipx("upgrade-all", "--include-injected")
    held = world.aim("version", "check", "--check")
    unpinned = world.aim("unpin", "pycowsay")
    world.pipx("upgrade-all", "--include-injected")
    moved = world.aim("version", "check", "--check")
    back = world.aim("sync-versions")

    assert [done.exit_code for done in (pinned, held, unpinned, moved, back)] == [0, 0, 0, 5, 0], (
        pinned.text + moved.text
    )
    assert "held by pipx at its version" in pinned.text
    assert "no longer held by pipx" in unpinned.text


def test_our_own_sync_moves_a_held_tool_and_holds_it_again(world: World) -> None:
    """A hold is against others."""
    world.declare('[tools.pipx]\npycowsay = "0.0.0.1"\n')
    world.aim("install")
    world.aim("pin")
    world.declare('[tools.pipx]\npycowsay = "0.0.0.2"\n')

    done = world.aim("bootstrap", "--tools-only")
    receipt = json.loads((world.venvs / "pycowsay" / "pipx_metadata.json").read_text())

    assert done.exit_code == 0, done.text
    assert receipt["main_package"]["package_version"] == "0.0.0.2"
    assert receipt["main_package"]["pinned"] is True


def test_a_second_pin_starts_no_program(world: World) -> None:
    """With pipx and npm, locked, held and switched off; the user's own settings are as they were but for one key."""
    settings = world.home / ".qwen" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{\n  // mine\n  "ui": {"theme": "x"}\n}\n')
    world.declare(TOOLS)
    world.aim("install")
    first = world.aim("pin")
    before = world.lock_file.read_bytes()

    again, started = world.programs_started("pin")

    assert first.exit_code == 0, first.text
    assert '"enableAutoUpdate": false' in settings.read_text()
    assert settings.read_text().endswith('  // mine\n  "ui": {"theme": "x"}\n}\n')
    assert (again.exit_code, started, world.lock_file.read_bytes()) == (0, [], before)
    assert world.aim("unpin", "@qwen-code/qwen-code").exit_code == 0
    assert settings.read_text() == '{\n  // mine\n  "ui": {"theme": "x"}\n}\n'
