"""The predecessors' files as today's tables: every key accounted for, nothing of one machine, nothing secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aim_lib import migrate
from aim_lib.config import load_config
from aim_lib.errors import BadConfig
from aim_lib.leak_shapes import has_shape
from aim_lib.migrate import Source
from aim_lib.migrate_document import Migration, settled, together
from aim_lib.migrate_places import Ground
from aim_lib.migrate_rows import ROWS, SUCCESSORS
from aim_lib.migrate_text import read_tables
from aim_lib.migrate_values import translations
from aim_lib.mistakes import find_mistakes
from tests import migration_pairs as pairs
from tests.fakes import host

LINUX = Ground(system="linux", home="/home/ada", folder="/home/ada/project")
WINDOWS = Ground(system="windows", home="C:/Users/ada", folder="C:/Users/ada/project")


def come_over(tree: dict[str, Any], ground: Ground = LINUX) -> Migration:
    """One file called `old`, migrated."""
    made = migrate.read(
        Source(name="old", form=migrate.kind_of(tree, "old"), tree=tree), ground, lambda text: has_shape(text.encode())
    )
    return together([made])


def no_secret(_text: str) -> bool:
    return False


def reasons(made: Migration) -> dict[str, str]:
    return {each.origin.removeprefix("old: "): each.why for each in made.left}


@pytest.mark.parametrize("case", pairs.cases())
def test_a_real_file_becomes_what_stands_beside_it(case: str) -> None:
    """Each generation of each file, on Linux and on Windows, and what is left out of it."""
    there = {name: (pairs.FOLDER / case / name).read_text(encoding="utf-8") for name in pairs.results(case)}

    assert pairs.results(case) == there


@pytest.mark.parametrize("case", pairs.cases())
def test_what_was_migrated_is_a_configuration(case: str, tmp_path: Path) -> None:
    """Our own loader reads it without a mistake."""
    text = pairs.results(case)["after.toml"]
    (tmp_path / "aim.toml").write_text(text, encoding="utf-8")

    settings = load_config(host(home=tmp_path, cwd=tmp_path))

    assert settings.problems == ()


@pytest.mark.parametrize("case", pairs.cases())
def test_every_key_is_accounted_for(case: str) -> None:
    """No leaf of an old file is neither in a comment of the new one nor among what was left."""
    made = pairs.migrated(pairs.sources(case))
    told = {origin for each in made.carried for origin in each.origins} | {each.origin for each in made.left}
    trees = {path.name: read_tables(path.read_bytes().decode("utf-8-sig"), path.name) for path in pairs.sources(case)}

    missing = {f"{name}: {'.'.join(path)}" for name, tree in trees.items() for path, _ in migrate._leaves(tree)} - told

    assert missing == set()


@pytest.mark.parametrize("case", pairs.cases())
def test_no_path_of_one_user_is_carried(case: str) -> None:
    """On another system nothing of a drive, and nowhere a home that is spelled out."""
    text = pairs.results(case)["after.toml"]

    values = "\n".join(line.partition("  # ")[0] for line in text.splitlines())

    assert [word for word in ("C:", "D:", "Users", "%", "/home/") if word in values] == []


def test_every_translation_of_the_table_exists() -> None:
    """A row that is carried names one of the translations, and one that is not says why."""
    rows = [row for table in ROWS.values() for row in table]

    assert [row.old for row in rows if row.new and row.how not in translations()] == []
    assert [row.old for row in rows if not row.new and not row.why] == []


def test_pins_and_apps_make_one_declaration() -> None:
    """A pin gives the version of an app; an app without one may be any."""
    made = come_over({"PipxApps": ["ruff", "nox"], "Pins": {"pipx": {"ruff": "0.14.1"}}})

    assert made.tree() == {"tools": {"pipx": {"ruff": "0.14.1", "nox": "*"}}}
    assert made.carried[0].origins == ("old: PipxApps", "old: Pins.pipx.ruff")


def test_keys_are_read_in_any_case() -> None:
    """PowerShell never minded."""
    assert come_over({"pipxapps": ["ruff"], "PINS": {"PIPX": {"ruff": "1.0"}}}).tree() == {
        "tools": {"pipx": {"ruff": "1.0"}}
    }


def test_npm_tools_stay_where_npm_put_them() -> None:
    """They were global, and are not moved into folders of their own."""
    made = come_over({"NpmGlobal": ["eslint"]})

    assert made.tree()["tools"]["npm"]["eslint"] == {"version": "*", "layout": "global"}


def test_a_package_that_is_gone_is_left_with_its_successor() -> None:
    """It is not swapped for another without a word, nor carried: no install could end."""
    made = come_over({"NpmGlobal": ["@google/generative-ai-cli"], "Pins": {"npm": {"@google/generative-ai-cli": "1"}}})

    assert made.tree() == {}
    assert "@google/gemini-cli: add that if it is wanted" in reasons(made)["NpmGlobal"]
    assert [each.is_loss for each in made.left] == [True, True]


def test_of_copilots_packages_the_one_that_lives_comes_first() -> None:
    """The group keeps its idea: the first that works."""
    made = come_over({"CopilotPkgs": ["github-copilot-cli", "@githubnext/github-copilot-cli"]})

    assert made.tree()["first_of"]["copilot"]["npm"] == ["@github/copilot", "@githubnext/github-copilot-cli"]


def test_successors_are_not_gone_themselves() -> None:
    """Nobody is sent from one dead name to the next."""
    assert {f"npm:{name}" for name in SUCCESSORS.values()} & set(SUCCESSORS) == set()


@pytest.mark.parametrize(
    ("path", "ground", "new"),
    [
        (r"%USERPROFILE%\.cache_x", LINUX, "~/.cache_x"),
        (r"%LocalAppData%\CLI", LINUX, "~/.local/share/CLI"),
        (r"%LOCALAPPDATA%\CLI", WINDOWS, "~/AppData/Local/CLI"),
        ("${env:USERPROFILE}/x", LINUX, "~/x"),
        ("$HOME/x", LINUX, "~/x"),
        (r"C:\Tools\cache", LINUX, "~/.local/share/aim-tools/cache"),
        (r"C:\Tools\cache", WINDOWS, "C:/Tools/cache"),
        (r"c:\tools", LINUX, "~/.local/share/aim-tools"),
        (r"C:\Users\ada\cache", WINDOWS, "~/cache"),
        (r"c:\users\ADA\cache", WINDOWS, "~/cache"),
        ("/home/ada/cache", LINUX, "~/cache"),
        ("build\\cache", LINUX, "build/cache"),
    ],
)
def test_a_path_that_is_certain_is_translated(path: str, ground: Ground, new: str) -> None:
    """Variables, the tools folder and the home, with `/` between the parts."""
    assert come_over({"ToolsRoot": "", "CentralCache": path}, ground).tree()["cache"]["central"] == new


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (r"C:\Users\<YOU>\Projects", "belongs to one user"),
        (r"C:\Users\adam\x", "belongs to one user"),
        ("/home/bob/x", "belongs to one user"),
        (r"D:\Work", "belongs to one machine"),
        (r"C:\Toolshed\x", "belongs to one machine"),
        (r"%NOBODYS%\x", "nobody has set NOBODYS here"),
    ],
)
def test_a_path_of_one_machine_is_listed(path: str, why: str) -> None:
    """It is never carried: somebody must say what is meant."""
    for ground in (LINUX, WINDOWS):
        made = come_over({"ToolsRoot": "C:\\Tools", "CentralCache": path}, ground)

        assert made.tree() == {}
        assert why in reasons(made)["CentralCache"]


def test_the_tools_folder_is_the_one_of_the_file() -> None:
    """Whoever moved it to another drive still gets what lies below."""
    made = come_over({"ToolsRoot": "E:\\Dev\\", "CentralCache": "E:\\Dev\\cache"})

    assert made.tree()["cache"]["central"] == "~/.local/share/aim-tools/cache"


def test_of_a_list_what_can_be_carried_is() -> None:
    """One path of another user does not take the others along."""
    made = come_over({"ToolsRoot": "C:\\Tools", "WatchRoots": ["D:\\Work", "%USERPROFILE%\\src"]})

    assert made.tree()["scan"]["roots"] == ["~/src"]
    assert "D:\\Work belongs to one machine" in reasons(made)["WatchRoots"]


def test_read_as_it_is_a_path_of_this_machine_stays() -> None:
    """A file that nobody migrated goes on to mean what it meant."""
    here = Ground(system="linux", home="/home/ada", keeps_places=True)

    assert come_over({"WatchRoots": ["/srv/work", "D:\\Work"]}, here).tree()["scan"]["roots"] == ["/srv/work"]


def test_a_value_that_is_a_secret_is_not_carried() -> None:
    """Somebody who wrote a key where its name belongs is told, without it."""
    key = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"[:36]

    made = come_over({"PipxApps": ["ruff"], "Secrets": {"EnvMap": {"GITHUB_TOKEN": key}}})

    assert "secrets" not in made.tree()
    assert "looks like a secret" in reasons(made)["Secrets.EnvMap.GITHUB_TOKEN"]
    assert key not in str(made)


def test_a_webhook_is_not_carried_nor_told() -> None:
    """Whoever knows the address can post."""
    made = come_over({"PipxApps": [], "Audit": {"Notify": {"WebhookUrl": "https://hooks.example/T0/B0/xyz"}}})

    assert "hooks.example" not in str(made)


def test_blank_strings_are_no_values() -> None:
    """An empty text, list or table says nothing, and no word is lost on it but one."""
    made = come_over({"ToolsRoot": "", "CentralCache": " ", "PipxApps": [], "Pins": {"pipx": {}, "npm": {"x": ""}}})

    assert made.tree() == {}
    assert {each.why for each in made.left} == {"it was empty"}


def test_commands_become_names_of_programs() -> None:
    """Endings, folders, further words and a name that was never right go."""
    old = ["aider --version", "%USERPROFILE%/.local/bin/aider.exe", "claude-code", "%APPDATA%\\npm\\claude.cmd"]

    made = come_over({"tools": {"x": {"detectCommands": old}}})

    assert made.tree()["ai"]["tools"]["x"]["detect"] == ["aider", "claude"]


def test_python_is_called_as_on_this_system() -> None:
    """A Linux machine without `python` is not unhealthy for it."""
    tree = {"environment": {"healthChecks": {"requiredCommands": ["git", "python", "py"]}}}

    assert come_over(tree).tree()["health"]["required_commands"] == ["git", "python3"]
    assert come_over(tree, WINDOWS).tree()["health"]["required_commands"] == ["git", "python", "py"]


def test_a_pin_of_the_registry_holds_the_package() -> None:
    """Of aider it is known in which package it comes; a pin beside it has the last word."""
    registry = {"tools": {"aider": {"detectCommands": ["aider"], "pinnedVersion": "0.5.0", "autoUpdate": False}}}
    apps = {"pipxApps": ["aider-chat"]}

    alone = come_over({"registry": registry, "environment": apps})
    beside = come_over(
        {"registry": registry, "environment": {**apps, "versionPins": {"pipx": {"aider-chat": "0.86.2"}}}}
    )

    assert alone.tree()["tools"]["pipx"]["aider-chat"] == {"version": "0.5.0", "self_update": "block"}
    assert beside.tree()["tools"]["pipx"]["aider-chat"]["version"] == "0.86.2"
    assert "pinned to another version" in reasons(beside)["registry.tools.aider.pinnedVersion"]


def test_a_tool_is_not_declared_by_its_switches_alone() -> None:
    """That jules may not update itself is no wish to install it."""
    made = come_over({"registry": {"tools": {"jules": {"detectCommands": ["jules"], "autoUpdate": False}}}})

    assert "tools" not in made.tree()
    assert reasons(made)["registry.tools.jules.autoUpdate"] == "@google/jules is not among the tools"


def test_of_two_files_the_later_has_the_last_word() -> None:
    """And the earlier one is told that it was not heard."""
    made = together(migrate.read(one, LINUX, no_secret) for one in (_pins("a", "1.0"), _pins("b", "2.0")))

    assert made.tree() == {"tools": {"pipx": {"ruff": "2.0"}}}
    assert [each.origin for each in made.left if "another file" in each.why] == ["a: Pins.pipx.ruff"]


def _pins(name: str, version: str) -> Source:
    return Source(name=name, form="toolstack", tree={"Pins": {"pipx": {"ruff": version}}})


def test_what_the_checker_refuses_is_left_with_its_words() -> None:
    """Whatever an old file says, the result is valid."""
    made = come_over({"PipxApps": ["ruff", "no such name!"], "Pins": {"pipx": {"ruff": "not a version"}}})

    valid = settled(made, find_mistakes)

    assert list(find_mistakes(valid.tree())) == []
    assert "cannot be so" in " ".join(reasons(valid).values())


@pytest.mark.parametrize("tree", [{}, {"name": "x", "scripts": {"a": "b"}}, {"tools": {"x": {"y": 1}}}])
def test_another_programs_file_is_refused(tree: dict[str, Any]) -> None:
    """Nothing is guessed from it."""
    with pytest.raises(BadConfig, match="none of the predecessors"):
        migrate.kind_of(tree, "package.json")


def test_a_vault_is_no_configuration() -> None:
    """It is named, with the command that takes it over; nothing of it is."""
    tree = {"openai": "AQAAANCMnd8BFdERjHoAwE/Cl+sBAAAA"}

    made = migrate.read(
        Source(name="vault.json", form=migrate.kind_of(tree, "vault.json"), tree=tree), LINUX, no_secret
    )

    assert (made.carried, made.hints) == ((), ("aim secrets import vault.json",))
    assert "AQAAAN" not in str(made)


def test_what_no_aim_toml_holds_is_offered() -> None:
    """Secrets and old events have commands of their own."""
    stack = come_over({"PipxApps": [], "Secrets": {"VaultPath": r"%LOCALAPPDATA%\CLI_Vault\vault.json"}}, WINDOWS)
    aim = come_over({"environment": {"secretsVault": "x"}, "audit": {"logPath": "/home/ada/old/audit.jsonl"}})

    assert stack.hints == ("aim secrets import ~/AppData/Local/CLI_Vault/vault.json",)
    assert aim.hints == ("aim secrets import keyring", "aim audit import-legacy ~/old/audit.jsonl")


def test_json_that_does_not_fit_is_told_and_not_guessed() -> None:
    """A list where a name belongs, a name where a list does."""
    made = come_over(
        json.loads('{"PipxApps": "ruff", "NpmGlobal": [1], "WatchRoots": {"a": "b"}, "Pins": {"pipx": 3}}')
    )

    assert made.tree() == {"tools": {"pipx": {"ruff": "*"}}}
    assert reasons(made) == {
        "NpmGlobal": "it is no list of texts",
        "WatchRoots.a": migrate.UNKNOWN,
        "Pins.pipx": migrate.UNKNOWN,
    }
