"""uv: where `uv tool` keeps environments and commands, and which Python it builds with."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib.host import Host
from aim_lib.model import Delete, Run, Wanted
from aim_lib.resources import Options, uv

from .fakes import host, stub


def install(on: Host, python: str = "") -> Run:
    """The step that installs ruff."""
    wanted = Wanted(kind="uv", name="ruff", python=python)
    (step,) = uv.open(on, Options()).change(wanted, None, "0.14.1").do
    assert isinstance(step, Run)
    return step


@pytest.mark.parametrize(
    ("system", "env", "folder"),
    [
        ("linux", {}, "{home}/.local/share/uv/tools"),
        ("linux", {"XDG_DATA_HOME": "/x/share"}, "/x/share/uv/tools"),
        ("linux", {"XDG_DATA_HOME": "/x/share", "UV_TOOL_DIR": "/t"}, "/t"),
        ("macos", {}, "{home}/.local/share/uv/tools"),
        ("windows", {}, "{home}/AppData/Roaming/uv/data/tools"),
        ("windows", {"APPDATA": "/d/roaming"}, "/d/roaming/uv/data/tools"),
    ],
)
def test_environments_are_where_uv_keeps_them(system: str, env: dict[str, str], folder: str, tmp_path: Path) -> None:
    """uv's own rule: its variable, then XDG, then the system's place; macOS is as Linux."""
    assert uv.tool_folder(host(system, tmp_path, env)) == Path(folder.format(home=tmp_path))


def test_a_legacy_folder_on_macos_is_kept(tmp_path: Path) -> None:
    """uv goes on using ~/Library/Application Support/uv where it exists."""
    legacy = tmp_path / "Library" / "Application Support" / "uv" / "tools"
    legacy.mkdir(parents=True)

    assert uv.tool_folder(host("macos", tmp_path)) == legacy
    assert uv.tool_folder(host("linux", tmp_path)) != legacy


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
@pytest.mark.parametrize(
    ("env", "folder"),
    [
        ({}, "{home}/.local/bin"),
        ({"XDG_DATA_HOME": "/x/share"}, "/x/bin"),
        ({"XDG_DATA_HOME": "/x/share", "XDG_BIN_HOME": "/b"}, "/b"),
        ({"XDG_BIN_HOME": "/b", "UV_TOOL_BIN_DIR": "/t"}, "/t"),
        ({"UV_TOOL_BIN_DIR": ""}, "{home}/.local/bin"),
    ],
)
def test_commands_are_where_uv_puts_them(system: str, env: dict[str, str], folder: str, tmp_path: Path) -> None:
    """uv's own rule, the same on every system, is not pipx's: with XDG_DATA_HOME they differ."""
    assert uv.bin_folder(host(system, tmp_path, env)) == Path(folder.format(home=tmp_path))


def test_uv_is_told_its_folders(tmp_path: Path) -> None:
    """What was decided is what uv is started with."""
    env = dict(install(host("linux", tmp_path, {"XDG_DATA_HOME": "/x/share"})).env)

    assert env["UV_TOOL_DIR"] == "/x/share/uv/tools"
    assert env["UV_TOOL_BIN_DIR"] == "/x/bin"


def test_tools_are_built_with_the_python_that_runs_us(tmp_path: Path) -> None:
    """Left to itself uv takes the first python on PATH, however old, or downloads one; links are followed."""
    real = stub(tmp_path / "python", "python3.11")
    ours = tmp_path / "venv" / "bin" / "python"
    ours.parent.mkdir(parents=True)
    ours.symlink_to(real)

    words = install(host("linux", tmp_path)).argv

    assert words[words.index("--python") + 1] == str(real)


def test_a_python_that_is_asked_for_is_used(tmp_path: Path) -> None:
    """The tool's own `python` wins, by its program: left to itself uv would download one."""
    found = stub(tmp_path / ".pyenv" / "versions" / "3.12.1" / "bin", "python3")

    words = install(host("linux", tmp_path), "3.12").argv

    assert words[words.index("--python") + 1] == str(found)


def test_uv_s_own_variable_chooses_the_python() -> None:
    """$UV_PYTHON is the user's choice for uv: we do not overrule it."""
    assert "--python" not in install(host(env={"UV_PYTHON": "3.13"})).argv


def test_our_own_uv_is_run_on_windows() -> None:
    """The uv that is our dependency has its ending there."""
    assert Path(install(host("windows")).argv[0]).name == "uv.exe"


def test_windows_has_its_own_layout(tmp_path: Path) -> None:
    """On Windows an environment has Lib and Scripts, and commands end in .exe, in the receipt too."""
    tool = tmp_path / "AppData" / "Roaming" / "uv" / "data" / "tools" / "ruff"
    (tool / "Lib" / "site-packages" / "ruff-0.14.1.dist-info").mkdir(parents=True)
    stub(tool / "Scripts", "python.exe")
    stub(tmp_path / ".local" / "bin", "ruff.exe")
    (tool / "uv-receipt.toml").write_text(
        '[tool]\nrequirements = [{ name = "ruff" }]\nentrypoints = [{ name = "ruff.exe", from = "ruff" }]\n'
    )

    (found,) = uv.open(host("windows", tmp_path), Options()).find()

    assert (found.version, found.commands, found.flaw) == ("0.14.1", ("ruff",), "")


@pytest.mark.parametrize("text", ["", "[tool", "tool = 1\n", "[other]\n"])
def test_a_receipt_that_cannot_be_read_is_an_interruption(text: str, tmp_path: Path) -> None:
    """Half a file, or one of another shape, says nothing: the environment counts as interrupted."""
    tool = tmp_path / ".local" / "share" / "uv" / "tools" / "ruff"
    tool.mkdir(parents=True)
    (tool / "uv-receipt.toml").write_text(text)

    (found,) = uv.open(host("linux", tmp_path), Options()).find()

    assert found.flaw == "an earlier installation of it was interrupted"


@pytest.mark.parametrize("spelled", ["Jinja2_CLI", "jinja2.cli", "jinja2-cli"])
def test_names_are_compared_as_python_packages_are(spelled: str, tmp_path: Path) -> None:
    """The dist-info folder and the receipt may spell the name in any way that PEP 503 takes for the same."""
    tool = tmp_path / ".local" / "share" / "uv" / "tools" / "jinja2-cli"
    (tool / "lib" / "python3.11" / "site-packages" / f"{spelled.replace('-', '_')}-0.8.2.dist-info").mkdir(parents=True)
    stub(tool / "bin", "python")
    (tool / "uv-receipt.toml").write_text(f'[tool]\nrequirements = [{{ name = "{spelled}", specifier = "<1" }}]\n')

    (found,) = uv.open(host("linux", tmp_path), Options()).find()

    assert (found.version, found.recorded, found.extras, found.flaw) == ("0.8.2", "<1", (), "")


@pytest.mark.parametrize("is_there", [False, True])
def test_a_link_left_behind_goes_before_anything_else(is_there: bool, tmp_path: Path) -> None:
    """uv refuses to install over it ("Executable already exists", exit 2), and removes it only by its receipt."""
    gone = tmp_path / ".local/share/uv/tools/gone"
    link = tmp_path / ".local/bin/gone"
    link.parent.mkdir(parents=True)
    link.symlink_to(gone / "bin" / "gone")
    if is_there:
        gone.mkdir(parents=True)
    resource = uv.open(host(home=tmp_path), Options())

    (orphan,) = resource.find()

    first, *then = resource.remove(orphan).do
    assert (orphan.name, first) == ("gone", Delete(path=str(link)))
    assert [step.argv[1:] for step in then if isinstance(step, Run)] == ([("tool", "uninstall", "gone")] * is_there)
    assert resource.change(Wanted(kind="uv", name="gone"), orphan, "1.0").do[0] == Delete(path=str(link))
