"""The predecessors' files count as they are where no `aim.toml` stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aim_lib import desk, predecessors, trust
from aim_lib.app import build
from aim_lib.config import load_config
from aim_lib.errors import BadConfig
from aim_lib.host import Host
from tests.fakes import host

STACK = {"PipxApps": ["ruff"], "Pins": {"pipx": {"ruff": "0.14.1"}}}


def put(path: Path, content: Any, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((content if isinstance(content, str) else json.dumps(content)).encode(encoding))
    return path


@pytest.fixture
def machine(tmp_path: Path) -> Host:
    """Somebody who works below a project's folder."""
    below = tmp_path / "project" / "src" / "deep"
    below.mkdir(parents=True)
    return host(home=tmp_path / "home", cwd=below)


@pytest.fixture
def project(machine: Host) -> Path:
    return machine.cwd.parents[1]


def test_the_files_of_the_nearest_folder_count(machine: Host, project: Path) -> None:
    """Found upward, as an `aim.toml` is; tools are locked beside what they belong to."""
    file = put(project / "config" / "toolstack.config.json", STACK)

    settings = load_config(machine)

    assert settings.config.tools == {"pipx": {"ruff": "0.14.1"}}
    assert (settings.project, settings.folders[str(file)]) == (file, project)


def test_an_aim_toml_above_has_the_only_word(machine: Host, project: Path) -> None:
    """An old file that was left lying is not mixed with it."""
    put(project / "src" / "aim_config.json", {"environment": {"pipxApps": ["black"]}})
    put(project / "aim.toml", '[tools.pipx]\nruff = "1.0"\n')

    assert load_config(machine).config.tools == {"pipx": {"ruff": "1.0"}}


def test_the_later_file_of_a_folder_has_the_last_word(machine: Host, project: Path) -> None:
    """Of AI_MANGER's and AIM's it is AIM's; the rules are above all."""
    put(project / "toolstack.config.json", {**STACK, "Secrets": {"EnvMap": {"A_KEY": "a"}}})
    tools = {"capabilities": {"edit": {"primaryTool": "aider"}}}
    put(project / "aim_config.json", {"environment": {"versionPins": {"pipx": {"ruff": "2.0"}}}, "registry": tools})
    rules = {"capabilities": {"edit": {"primary": "jules", "fallback": ["aider"]}}}
    put(project / ".AIM_ai-tools-registry/AIM_cross-tool/AIM_coordination-rules.json", rules)

    config = load_config(machine).config

    assert config.tools["pipx"] == {"ruff": "2.0"}
    assert config.secrets.names == {"A_KEY": "a"}
    assert config.ai.capabilities["edit"].primary == "jules"


def test_every_file_of_the_project_needs_its_own_trust(machine: Host, project: Path) -> None:
    """None of them speaks for another."""
    first = put(project / "toolstack.config.json", STACK)
    second = put(project / "aim_config.json", {"environment": {"pipxApps": ["black"]}})

    assert load_config(machine).project_files == (first, second)


def test_the_registry_of_the_user_counts_below(machine: Host, project: Path, tmp_path: Path) -> None:
    """AIM_REGISTRY_PATH names its folder; it did not come with the project."""
    put(tmp_path / "reg" / "AIM_registry.json", {"tools": {"aider": {"detectCommands": ["aider.exe"]}}})
    on = host(home=machine.home, cwd=machine.cwd, env={"AIM_REGISTRY_PATH": str(tmp_path / "reg")})

    settings = load_config(on)

    assert settings.config.ai.tools["aider"].detect == ["aider"]
    assert settings.project_files == ()


def test_what_is_of_no_use_is_kept_to_be_told(machine: Host, project: Path) -> None:
    """It is no mistake: nobody is stopped by it."""
    put(project / "toolstack.config.json", {**STACK, "TeamNotes": "ours"})

    settings = load_config(machine)

    left = [line for layer in settings.layers for line in layer.left]
    assert [line.partition(": ")[2] for line in left] == ["TeamNotes: nothing is known of this key"]


@pytest.mark.parametrize(("text", "encoding"), [("{", "utf-8"), ("é", "latin-1"), ('{"name": "x"}', "utf-8")])
def test_a_file_that_cannot_be_read_is_a_mistake(text: str, encoding: str, machine: Host, project: Path) -> None:
    """It is told with its name, and nothing is guessed."""
    file = put(project / "aim_config.json", text, encoding)

    with pytest.raises(BadConfig) as caught:
        load_config(machine)

    assert str(file) in caught.value.details[0]


def test_what_powershell_wrote_is_read(machine: Host, project: Path) -> None:
    """Its `>` writes UTF-16 with a mark."""
    put(project / "toolstack.config.json", STACK, "utf-16")

    assert load_config(machine).config.tools == {"pipx": {"ruff": "0.14.1"}}


@pytest.mark.parametrize("name", predecessors.NAMES)
def test_the_folder_of_a_file_is_that_of_its_project(name: str, machine: Host, project: Path) -> None:
    """Also where it lies in a folder of its own."""
    assert predecessors.base_of(project / name, machine) == project


def test_a_project_may_be_called_aim(tmp_path: Path) -> None:
    """Its `config` folder is not that of the folder above."""
    machine = host(home=tmp_path, cwd=tmp_path / "aim")

    assert predecessors.base_of(tmp_path / "aim/config/aim_config.json", machine) == tmp_path / "aim"


def test_what_any_of_the_projects_files_says_of_a_tool_is_foreign(machine: Host, project: Path) -> None:
    """Also what a file below the last of them says: a clone with two old files must not pass for the user's own."""
    script = {"adapterScript": "steal.py", "detectCommands": ["aider"], "capabilities": ["edit"]}
    put(project / ".AIM_ai-tools-registry" / "AIM_registry.json", {"tools": {"aider": script}})
    rules = {"capabilities": {"edit": {"primary": "aider", "fallback": []}}}
    put(project / ".AIM_ai-tools-registry/AIM_cross-tool/AIM_coordination-rules.json", rules)

    tools = desk.known_tools(build(machine))

    assert tools.by_id["aider"].is_foreign


def test_consent_to_one_file_is_not_consent_to_another(machine: Host, project: Path) -> None:
    """Both are asked about, and remembered, together."""
    first = put(project / "toolstack.config.json", STACK)
    second = put(project / "aim_config.json", {"environment": {"pipxApps": ["black"]}})
    files = load_config(machine).project_files

    trust.remember(second, machine)
    is_half = trust.are_trusted(files, machine)
    trust.remember(first, machine)

    assert (is_half, trust.are_trusted(files, machine)) == (False, True)
