"""Configuration: every mistake at once, in the words of the file; layers that say where a value came from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aim_lib.config import (
    DEFAULT_FILE,
    built_in,
    default_folder,
    load_config,
    project_file,
    read_toml,
    user_file,
)
from aim_lib.errors import BadConfig, NotPermitted
from aim_lib.host import Host
from aim_lib.kinds import tool_kinds
from aim_lib.mistakes import did_you_mean, dotted, find_mistakes
from aim_lib.wanted import wanted_tools
from tests.fakes import IS_ROOT, host
from tests.test_files import NOBODY, as_nobody, open_folder

__all__ = ["open_folder"]


def machine(tmp_path: Path, project: str = "", user: str = "", **env: str) -> Host:
    """A machine whose project and user files hold these texts."""
    on = host(home=tmp_path, env=env)
    for path, text in ((tmp_path / "aim.toml", project), (user_file(on), user)):
        if text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return on


def mistakes(on: Host) -> tuple[str, ...]:
    with pytest.raises(BadConfig) as caught:
        load_config(on)
    assert caught.value.exit_code == 2
    assert caught.value.remedy
    return caught.value.details or (caught.value.message,)


FIVE = """
[bootstrap]
jobs = 0
nod = "auto"
[tools.pip]
ruff = "1"
[tools.npm]
Eslint = "9"
[tools.pipx]
black = "one point oh"
"""


def test_the_built_in_configuration_has_no_mistakes() -> None:
    """It is not checked when it is loaded."""
    assert list(find_mistakes(read_toml(default_folder() / "default.toml"))) == []


def test_five_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    """Each with its file, its key path and what to write instead."""
    file = tmp_path / "aim.toml"

    found = mistakes(machine(tmp_path, FIVE))

    assert found == (
        f"{file}: bootstrap.jobs: expected a whole number >= 1: 0",
        f'{file}: bootstrap.nod: unknown key; did you mean "node"?',
        f'{file}: tools.pip: unknown package manager; did you mean "pipx"?',
        f"{file}: tools.npm.Eslint: 'Eslint' cannot be the name of a npm package",
        f'{file}: tools.pipx.black: "one point oh" is not a version, a range or "*"; '
        'write it like "0.14.1", ">=25,<26"',
    )


def test_mistakes_of_several_files_come_together(tmp_path: Path) -> None:
    """The user's file, the project's and the environment, in this order."""
    on = machine(tmp_path, "[helth]\nx = 1\n", "[bootstrap]\nnode = 'sytem'\n", AIM_BOOTSTRAP_JOBS="many")

    found = mistakes(on)

    assert found == (
        f'{user_file(on)}: bootstrap.node: "sytem" is not one of "auto", "system", "none"; did you mean "system"?',
        f'{tmp_path / "aim.toml"}: helth: unknown key; did you mean "health"?',
        'environment: AIM_BOOTSTRAP_JOBS: expected a whole number, got a text: "many"',
    )


def test_a_file_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    """A syntax error in one file and a wrong key in another are told in one go."""
    found = "\n".join(mistakes(machine(tmp_path, "[helth]\nx = 1\n", "[bootstrap\n")))

    assert "not valid TOML" in found
    assert "helth" in found


@pytest.mark.parametrize(
    ("text", "key", "part"),
    [
        ("tools = 3", "tools", "expected a table, got a number"),
        ("[tools]\npipx = ['ruff']", "tools.pipx", "expected a table, got a list"),
        ("[tools.pipx]\nruff = 1", "tools.pipx.ruff", "1"),
        ("[tools.pipx]\nruff = { version = '1.0', optoinal = true }", "tools.pipx.ruff.optoinal", '"optional"'),
        ("[tools.pipx]\nruff = { version = 'x y' }", "tools.pipx.ruff.version", '"x y" is not a version'),
        ("[tools.pipx]\nruff = { platforms = ['linux', 'beos'] }", "tools.pipx.ruff.platforms[1]", '"beos"'),
        ("[tools.pipx]\nruff = { python = 'snake' }", "tools.pipx.ruff.python", 'write it like "3.12", ">=3.10,<3.13"'),
        ("[tools.npm]\n'@Scope/x' = '1.0.0'", 'tools.npm."@Scope/x"', "cannot be the name"),
        ("[tools.npm]\n--global = '1.0.0'", "tools.npm.--global", "cannot be the name"),
        ("[tools.cargo]\n'a.b' = '1.0.0'", 'tools.cargo."a.b"', "cannot be the name"),
        ("[tools.cargo]\nripgrep = '14.1'", "tools.cargo.ripgrep", 'write it like "1.2.3", "^1.2", ">=1, <3"'),
        ("[tools.npm]\nx = '1.0.0.0'", "tools.npm.x", "is not a version"),
        ("[secrets]\nrequired = ['OK', 'A-B']", "secrets.required[1]", '"A-B"'),
        ("[secrets]\nrequired = 'A'", "secrets.required", "a list"),
        ("[health]\nmin_python = '2.7'", "health.min_python", '"2.7"'),
        ("[bootstrap]\ntimeout_s = 0", "bootstrap.timeout_s", "0"),
        ("[audit]\nenabled = 'yes'", "audit.enabled", "expected true or false, got a text"),
        ("schema_version = 2", "schema_version", "2 is not one of"),
        ("audit = []", "audit", "expected a table, got a list"),
        ("[policy]\nmax_major = {}", "policy.max_major", "expected"),
        ("[ai.tools.x]\ndetct = []", "ai.tools.x.detct", 'did you mean "detect"'),
        ("[ai.tools.x]\ndetect = {}", "ai.tools.x.detect", "expected a list"),
        ("[ai.policy]\nmove_on = ['tool_error']", "ai.policy.move_on[0]", "is not one of"),
    ],
)
def test_a_mistake_is_told_with_its_key(tmp_path: Path, text: str, key: str, part: str) -> None:
    """One mistake, one line: file, key path as TOML writes it, what is wrong."""
    (found,) = mistakes(machine(tmp_path, text))

    assert found.startswith(f"{tmp_path / 'aim.toml'}: {key}: ")
    assert part in found


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("AIM_BOOTSTRAP_NODE", "sytem", 'did you mean "system"?'),
        ("AIM_BOOTSTRAP_JOBS", "33", "33"),
        ("AIM_BOOTSTRAP_TIMEOUT_S", "soon", '"soon"'),
        ("AIM_AUDIT_ENABLED", "maybe", '"maybe"'),
        ("AIM_HEALTH_MIN_PYTHON", "2.7", "expected a version such as 3.11"),
        ("AIM_BOOTSTRAP_NOD", "none", 'did you mean "node"?'),
        ("AIM_SECRETS_REQUIRED", "A,B", "expected a list"),
    ],
)
def test_a_wrong_variable_is_told(tmp_path: Path, variable: str, value: str, part: str) -> None:
    """A value in the environment is checked as one in a file is, and called by the variable's name."""
    (found,) = mistakes(machine(tmp_path, **{variable: value}))

    assert found.startswith(f"environment: {variable}: ")
    assert part in found


def test_variables_are_read_as_their_types(tmp_path: Path) -> None:
    """Numbers and truth values come as text."""
    on = machine(tmp_path, AIM_BOOTSTRAP_JOBS="3", AIM_BOOTSTRAP_TIMEOUT_S="1.5", AIM_AUDIT_ENABLED="false")

    config = load_config(on).config

    assert (config.bootstrap.jobs, config.bootstrap.timeout_s, config.audit.enabled) == (3, 1.5, False)


def test_an_empty_variable_is_unset(tmp_path: Path) -> None:
    """`AIM_BOOTSTRAP_NODE=` says nothing."""
    assert load_config(machine(tmp_path, AIM_BOOTSTRAP_NODE="")).config.bootstrap.node == "auto"


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Windows editors write one."""
    on = machine(tmp_path, "\ufeff[bootstrap]\njobs = 2\n")

    assert load_config(on).config.bootstrap.jobs == 2


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    """With the place of the first bad byte."""
    (tmp_path / "aim.toml").write_bytes(b"# caf\xe9\n")

    (found,) = mistakes(machine(tmp_path))

    assert found == f"{tmp_path / 'aim.toml'} is not UTF-8: invalid continuation byte at byte 5"


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    """The parser's line and column, and the file."""
    (found,) = mistakes(machine(tmp_path, "a = 1\n[bootstrap\n"))

    assert found.startswith(f"{tmp_path / 'aim.toml'} is not valid TOML: ")
    assert "line 2" in found


def test_a_file_that_may_not_be_read_is_code_7(open_folder: Path) -> None:
    """Permission is another matter than content."""
    (open_folder / "aim.toml").write_text("", encoding="utf-8")
    (open_folder / "aim.toml").chmod(0)

    with as_nobody(), pytest.raises(NotPermitted) as caught:
        read_toml(open_folder / "aim.toml")

    assert caught.value.exit_code == 7
    assert caught.value.message == f"{open_folder / 'aim.toml'} cannot be read: Permission denied"


@pytest.mark.skipif(not IS_ROOT, reason="only root can make a file of another user")
def test_another_users_project_is_refused(open_folder: Path) -> None:
    """A file that a stranger put above our folder does not decide what is installed."""
    (open_folder / "aim.toml").write_text("", encoding="utf-8")
    os.chown(open_folder / "aim.toml", 1234, 1234)

    with as_nobody(), pytest.raises(NotPermitted) as caught:
        project_file(host(home=open_folder))

    assert caught.value.exit_code == 7
    assert caught.value.message == f"{open_folder / 'aim.toml'} belongs to another user"


@pytest.mark.skipif(not IS_ROOT, reason="only root can make a file of another user")
@pytest.mark.parametrize("owner", [0, NOBODY])
def test_ones_own_and_roots_files_count(open_folder: Path, owner: int) -> None:
    """The administrator may declare for everyone."""
    (open_folder / "aim.toml").write_text("", encoding="utf-8")
    os.chown(open_folder / "aim.toml", owner, owner)

    with as_nobody():
        found = project_file(host(home=open_folder))

    assert found == open_folder / "aim.toml"


def test_the_nearest_project_file_upward_counts(tmp_path: Path) -> None:
    """From a subfolder the project's file is found; a nearer one hides it whole."""
    near, deep = tmp_path / "a", tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "aim.toml").write_text("[bootstrap]\njobs = 1\n", encoding="utf-8")
    assert load_config(host(home=tmp_path, cwd=deep)).config.bootstrap.jobs == 1

    (near / "aim.toml").write_text("[bootstrap]\nretries = 1\n", encoding="utf-8")

    settings = load_config(host(home=tmp_path, cwd=deep))
    assert settings.project == near / "aim.toml"
    assert settings.config.bootstrap.jobs == 4


def test_each_value_knows_its_origin(tmp_path: Path) -> None:
    """File, environment or command line, key by key."""
    project, user = "[bootstrap]\njobs = 2\n[tools.npm]\n'@x/y' = '1.0.0'\n", "[bootstrap]\njobs = 3\nretries = 1\n"
    on = machine(tmp_path, project, user, AIM_BOOTSTRAP_NODE="none")

    settings = load_config(on, {"audit": {"enabled": False}})

    assert settings.config.bootstrap.jobs == 2
    assert settings.origins["bootstrap.jobs"] == str(tmp_path / "aim.toml")
    assert settings.origins["bootstrap.retries"] == str(user_file(on))
    assert settings.origins["bootstrap.node"] == "environment"
    assert settings.origins["audit.enabled"] == "command line"
    assert settings.origins['tools.npm."@x/y"'] == str(tmp_path / "aim.toml")
    assert settings.origins["health.required_commands"] == DEFAULT_FILE


def test_the_built_in_tools_serve_who_declares_none(tmp_path: Path) -> None:
    """Their lock lies in the user's own folder."""
    on = machine(tmp_path, "[bootstrap]\njobs = 2\n")

    found = wanted_tools(load_config(on), "linux")

    assert "pipx:ruff" in {item.id for item in found}
    assert {(item.origin, item.folder) for item in found} == {(DEFAULT_FILE, str(on.folders.config))}


@pytest.mark.parametrize("where", ["project", "user"])
def test_one_declared_tool_replaces_the_built_in_list(tmp_path: Path, where: str) -> None:
    """Whoever says what they want gets that and nothing else."""
    on = machine(tmp_path, **{where: "[tools.pipx]\nhttpie = '3.2.4'\n"})

    found = wanted_tools(load_config(on), "linux")

    assert [item.id for item in found] == ["pipx:httpie"]


def test_an_empty_tools_table_wants_nothing(tmp_path: Path) -> None:
    """Saying "no tools" is saying something."""
    assert wanted_tools(load_config(machine(tmp_path, "[tools]\n")), "linux") == ()


def test_a_tool_for_another_system_is_not_wanted(tmp_path: Path) -> None:
    """`platforms` keeps it where it belongs."""
    settings = load_config(machine(tmp_path, "[tools.pipx]\nruff = { platforms = ['windows', 'macos'] }\n"))

    assert [len(wanted_tools(settings, system)) for system in ("linux", "macos", "windows")] == [0, 1, 1]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("./tool", "{file}/tool"),
        ("../tool", "{above}/tool"),
        ("/opt/tool", "/opt/tool"),
        ("git+https://example.org/x.git", "git+https://example.org/x.git"),
        ("https://example.org/x.whl", "https://example.org/x.whl"),
    ],
)
def test_a_source_is_relative_to_its_file(tmp_path: Path, source: str, expected: str) -> None:
    """Not to the folder the command was typed in; an address stays as it is."""
    deep = tmp_path / "project" / "deep"
    deep.mkdir(parents=True)
    (deep.parent / "aim.toml").write_text(f"[tools.pipx]\nx = {{ source = '{source}' }}\n", encoding="utf-8")

    (item,) = wanted_tools(load_config(host(home=tmp_path, cwd=deep)), "linux")

    assert item.source == expected.format(file=deep.parent, above=tmp_path)


def test_a_whole_declaration_becomes_a_wanted(tmp_path: Path) -> None:
    """Every key of the long form arrives."""
    text = (
        "[tools.pipx]\naider-chat = { version = '*', python = '3.12', optional = true, commands = ['aider'], "
        "with = ['boto3'], smoke = ['--help'] }\n"
    )

    (item,) = wanted_tools(load_config(machine(tmp_path, text)), "linux")

    assert (item.request, item.python, item.optional) == ("*", "3.12", True)
    assert (item.commands, item.extras, item.smoke) == (("aider",), ("boto3",), ("--help",))
    assert item.is_smoke_chosen


def test_the_defaults_serve_beside_a_broken_file(tmp_path: Path) -> None:
    """Commands that must work meanwhile know the mistakes."""
    settings = built_in(machine(tmp_path, FIVE), ["one", "two"])

    assert settings.problems == ("one", "two")
    assert settings.project is None


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("nod", ["node", "jobs"], '; did you mean "node"?'),
        ("zzz", ["node", "jobs"], "; known are jobs, node"),
        ("zzz", [], ""),
    ],
)
def test_a_wrong_word_is_answered_with_what_there_is(word: str, known: list[str], said: str) -> None:
    """The nearest word, else all of them."""
    assert did_you_mean(word, known) == said


def test_key_paths_are_written_as_toml_writes_them() -> None:
    """Quotes where needed, items in brackets."""
    assert dotted(("tools", "npm", "@x/y", "platforms", "1")) == 'tools.npm."@x/y".platforms[1]'


def test_only_package_managers_may_be_declared() -> None:
    """The Node.js we provide is a kind of thing, but no table of tools."""
    assert set(tool_kinds()) >= {"npm", "pipx", "uv"}
    assert "node" not in tool_kinds()


def test_members_of_a_group_come_in_their_order(tmp_path: Path) -> None:
    """The first that works is meant: the order of the file counts, and one declared by itself is no member."""
    text = '[first_of.copilot]\nnpm = ["z", "b", "a"]\npipx = ["c"]\n'

    settings = load_config(machine(tmp_path, text, user='[tools.npm]\nb = "*"\n'))

    members = [item for item in wanted_tools(settings, "linux") if item.group]
    assert [(item.kind, item.name, item.group) for item in members] == [
        ("npm", "z", "copilot"),
        ("npm", "a", "copilot"),
        ("pipx", "c", "copilot"),
    ]


@pytest.mark.parametrize(("system", "names"), [("windows", ["a", "b"]), ("linux", ["b"])])
def test_a_tool_is_meant_for_where_its_manager_exists(tmp_path: Path, system: str, names: list[str]) -> None:
    """A winget package without `platforms` is nobody's failure on Linux; one that says linux is."""
    text = '[tools.winget]\n"X.a" = "*"\n"X.b" = { platforms = ["windows", "linux"] }\n'

    settings = load_config(machine(tmp_path, text))

    assert [item.name for item in wanted_tools(settings, system)] == [f"X.{name}" for name in names]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[first_of.x]\nnpn = ["a"]\n', 'first_of.x.npn: unknown package manager; did you mean "npm"?'),
        ('[first_of.x]\nnpm = ["A b"]\n', "first_of.x.npm: 'A b' cannot be the name of a npm package"),
        (
            '[tools.npm]\na = "*"\n[first_of.x]\nnpm = ["a"]\n',
            'first_of.x.npm: "a" is declared in tools.npm as well; keep one of the two',
        ),
        ('[first_of.x]\nnpm = ["a"]\n[first_of.y]\nnpm = ["a"]\n', 'first_of.y.npm: "a" is in first_of.x as well'),
    ],
)
def test_a_wrong_member_of_a_group_is_told(tmp_path: Path, text: str, said: str) -> None:
    """Where it stands, and what to do about it."""
    (found,) = mistakes(machine(tmp_path, text))

    assert found.endswith(said)


def test_a_windows_machine_begins_with_what_most_work_needs(tmp_path: Path) -> None:
    """Git, Python, Node, GitHub's CLI and PowerShell, by winget; elsewhere nobody is told of them."""
    settings = load_config(machine(tmp_path))
    systems = {
        system: [item.name for item in wanted_tools(settings, system) if item.kind == "winget"]
        for system in ("linux", "macos", "windows")
    }

    profile = ["Git.Git", "GitHub.cli", "Microsoft.PowerShell", "OpenJS.NodeJS.LTS", "Python.Python.3.13"]
    assert systems == {"linux": [], "macos": [], "windows": profile}
