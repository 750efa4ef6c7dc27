"""pnpm: where its global packages lie, which layout its version has, and what it is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aim_lib.host import Host
from aim_lib.model import Present, Run, Wanted
from aim_lib.programs import refuse_unsafe_batch
from aim_lib.resources import Options, _pnpm_places, pnpm

from .contracts.test_resources import lay_out
from .fakes import host, stub

DATA = Path(__file__).parent / "data" / "resources" / "pnpm"


def with_pnpm(home: Path, version: str = "12.21.0", system: str = "linux", **env: str) -> Host:
    """A machine with a node and with a pnpm that npm has installed."""
    programs = home / "programs"
    for name in ("node.exe", "pnpm.cmd") if system == "windows" else ("node",):
        stub(programs, name)
    package = (programs if system == "windows" else home / "lib") / "node_modules" / "pnpm"
    stub(package / "bin", "pnpm.cjs")
    (package / "package.json").write_text(json.dumps({"name": "pnpm", "version": version}))
    if system != "windows":
        (programs / "pnpm").symlink_to(package / "bin" / "pnpm.cjs")
    return host(system, home, {"PATH": str(programs), "PATHEXT": ".EXE;.CMD", **env})


def opened(on: Host, node: str = "auto") -> pnpm.Pnpm:
    return pnpm.open(on, Options(node=node, node_version="22.14.0"))


def install(on: Host, version: str = "1.6.0", request: str = "*") -> Run:
    """The step that installs cowsay."""
    (step,) = opened(on).change(Wanted(kind="pnpm", name="cowsay", request=request), None, version).do
    assert isinstance(step, Run)
    return step


@pytest.mark.parametrize(("version", "allowed"), [("9.15.0", []), ("10.34.9", ["--allow-build=cowsay"])])
def test_allowed_scripts_are_named(version: str, allowed: list[str], tmp_path: Path) -> None:
    """pnpm from 10 on builds only what it is told to; 9 builds everything, and does not know the word."""
    wanted = Wanted(kind="pnpm", name="cowsay", allow_scripts=True)

    (step,) = opened(with_pnpm(tmp_path, version)).change(wanted, None, "1.6.0").do

    assert isinstance(step, Run)
    assert [word for word in step.argv if word.startswith("--allow-build")] == allowed


# --- where ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "env", "folder"),
    [
        ("linux", {}, "{home}/.local/share/pnpm"),
        ("linux", {"XDG_DATA_HOME": "/x"}, "/x/pnpm"),
        ("linux", {"XDG_DATA_HOME": "/x", "PNPM_HOME": "/p"}, "/p"),
        ("macos", {}, "{home}/Library/pnpm"),
        ("macos", {"XDG_DATA_HOME": "/x"}, "/x/pnpm"),
        ("windows", {}, "{home}/.pnpm"),
        ("windows", {"LOCALAPPDATA": "/local"}, "/local/pnpm"),
        ("windows", {"LOCALAPPDATA": "/local", "PNPM_HOME": ""}, "/local/pnpm"),
    ],
)
def test_pnpm_has_a_home(system: str, env: dict[str, str], folder: str, tmp_path: Path) -> None:
    """pnpm's own rule: its variable, then XDG on every system, then the system's place."""
    assert _pnpm_places.pnpm_home(host(system, tmp_path, env)) == Path(folder.format(home=tmp_path))


@pytest.mark.parametrize(
    ("version", "packages", "commands"),
    [
        ("9.15.9", "global/5", "."),
        ("10.34.9", "global/5", "."),
        ("11.0.0", "global/v11", "bin"),
        ("12.21.0", "global/v11", "bin"),
    ],
)
@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
def test_the_layout_is_that_of_the_version(
    system: str, version: str, packages: str, commands: str, tmp_path: Path
) -> None:
    """From 11 on each package has a folder of its own, and commands have a folder of theirs."""
    resource = opened(with_pnpm(tmp_path, version, system, PNPM_HOME=str(tmp_path / "p")))

    assert resource.packages == tmp_path / "p" / packages
    assert resource.bin_folders == (tmp_path / "p" / commands,)


@pytest.mark.parametrize(("there", "packages"), [((), "v11"), (("5",), "5"), (("5", "v11"), "v11"), (("v11",), "v11")])
def test_a_pnpm_of_unknown_version_has_the_layout_that_is_there(
    there: tuple[str, ...], packages: str, tmp_path: Path
) -> None:
    """corepack's pnpm does not say which it is: then the folders do, and without any it is a new one."""
    for name in there:
        (tmp_path / "p" / "global" / name).mkdir(parents=True)
    for name in ("pnpm", "node"):
        stub(tmp_path / "programs", name)

    resource = opened(host("linux", tmp_path, {"PATH": str(tmp_path / "programs"), "PNPM_HOME": str(tmp_path / "p")}))

    assert resource.packages.name == packages


@pytest.mark.parametrize("place", ["Cellar/pnpm/10.11.0/bin", ".tools/pnpm/9.1.0/bin", ".tools/@pnpm+exe/10.2.0"])
def test_a_path_may_say_the_version(place: str, tmp_path: Path) -> None:
    """Homebrew, and pnpm's own updates, have the version in a folder's name."""
    stub(tmp_path / place, "pnpm")

    resource = opened(host("linux", tmp_path, {"PATH": str(tmp_path / place)}))

    assert resource.packages.name == "5"


@pytest.mark.parametrize(
    ("version", "env", "folder"),
    [
        ("10.0.0", {"npm_config_global_bin_dir": "/b"}, "/b"),
        ("10.0.0", {"NPM_CONFIG_GLOBAL_BIN_DIR": "/b"}, "/b"),
        ("10.0.0", {"pnpm_config_global_bin_dir": "/b"}, "/p"),
        ("12.0.0", {"pnpm_config_global_bin_dir": "/b"}, "/b"),
        ("12.0.0", {"PNPM_CONFIG_GLOBAL_BIN_DIR": "/b"}, "/b"),
        ("12.0.0", {"npm_config_global_bin_dir": "/b"}, "/p/bin"),
    ],
)
def test_variables_move_the_commands(version: str, env: dict[str, str], folder: str, tmp_path: Path) -> None:
    """pnpm 9 and 10 listen to npm's names, 11 and 12 to their own, and neither to the other's."""
    assert opened(with_pnpm(tmp_path, version, PNPM_HOME="/p", **env)).bin_folders == (Path(folder),)


@pytest.mark.parametrize(
    ("version", "file", "text"),
    [
        ("10.0.0", ".npmrc", "; mine\nglobal-bin-dir = /b\nglobal-dir=/g\n"),
        ("10.0.0", ".config/pnpm/rc", "global-bin-dir=/b\nglobal-dir=${G}\n"),
        ("12.0.0", ".config/pnpm/config.yaml", "# mine\nglobalBinDir: '/b'\nglobalDir: \"/g\"\n"),
    ],
)
def test_settings_move_packages_and_commands(version: str, file: str, text: str, tmp_path: Path) -> None:
    """What the user has set in pnpm's own files is where we look and what we tell pnpm."""
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(text)
    on = with_pnpm(tmp_path, version, G="/g")

    resource = opened(on)

    assert (resource.store, resource.bin_folders) == (Path("/g"), (Path("/b"),))
    assert dict(install(on).env)["pnpm_config_global_dir"] == "/g"


@pytest.mark.parametrize(
    ("system", "env", "folder"),
    [
        ("linux", {}, "{home}/.config/pnpm"),
        ("linux", {"XDG_CONFIG_HOME": "/x"}, "/x/pnpm"),
        ("macos", {}, "{home}/Library/Preferences/pnpm"),
        ("windows", {"LOCALAPPDATA": "/local"}, "/local/pnpm/config"),
        ("windows", {}, "{home}/.config/pnpm"),
    ],
)
def test_settings_are_where_pnpm_keeps_them(system: str, env: dict[str, str], folder: str, tmp_path: Path) -> None:
    """pnpm's own rule for each system."""
    assert _pnpm_places.config_folder(host(system, tmp_path, env)) == Path(folder.format(home=tmp_path))


@pytest.mark.parametrize("value", ["relative", "", "  "])
def test_a_folder_that_is_none_is_no_choice(value: str, tmp_path: Path) -> None:
    """A folder that depends on where one stands cannot be the home of anything."""
    assert opened(with_pnpm(tmp_path, PNPM_HOME="/p", pnpm_config_global_dir=value)).store == Path("/p/global")


# --- whose pnpm -------------------------------------------------------------------------------------------------


def test_without_pnpm_the_reason_is_said(tmp_path: Path) -> None:
    """On a machine without pnpm nothing is planned, and the reason says how to get it."""
    found = opened(host("linux", tmp_path))

    assert (found.unsuitable, found.remedy) == ("pnpm is not on PATH", "npm install --global pnpm")
    assert found.prerequisite() is None


def test_a_pnpm_that_the_next_login_will_find_is_found(tmp_path: Path) -> None:
    """pnpm's own installer puts it into its home, which this shell does not know yet."""
    program = stub(tmp_path / ".local" / "share" / "pnpm", "pnpm")

    assert opened(host("linux", tmp_path)).program == program


def test_without_node_node_comes_first(tmp_path: Path) -> None:
    """A pnpm may stand alone, but what it installs is run by node."""
    stub(tmp_path / "programs", "pnpm")

    found = opened(host("linux", tmp_path, {"PATH": str(tmp_path / "programs")}))

    needed = found.prerequisite()
    assert needed is not None
    assert (needed.id, needed.version) == ("node:node", "22.14.0")
    assert found.bin_folders[-1] == tmp_path / "aim" / "data" / "node" / "bin"


@pytest.mark.parametrize(("node", "is_off"), [("none", True), ("system", False)])
def test_pnpm_can_be_left_out(node: str, is_off: bool, tmp_path: Path) -> None:
    """bootstrap.node may forbid to provide a node; then the reason is said and nothing is asked for first."""
    stub(tmp_path / "programs", "pnpm")

    found = opened(host("linux", tmp_path, {"PATH": str(tmp_path / "programs")}), node)

    assert "bootstrap.node" in found.unsuitable
    assert found.is_off is is_off
    assert found.prerequisite() is None


def test_pnpm_finds_its_commands_on_path(tmp_path: Path) -> None:
    """pnpm refuses a folder for commands that is not on PATH; at the end of it, it hides nothing."""
    env = dict(install(with_pnpm(tmp_path, PNPM_HOME="/p")).env)

    assert env["PATH"] == f"{tmp_path}/programs:/p/bin"
    assert env["PNPM_HOME"] == "/p"


def test_ranges_can_be_installed_on_windows(tmp_path: Path) -> None:
    """A batch file would swallow the ^ of a range: on Windows pnpm is started through node."""
    step = install(with_pnpm(tmp_path, "10.0.0", "windows"), "", "^1.5")

    refuse_unsafe_batch(step.argv[0], step.argv[1:])
    assert step.argv[-1] == "cowsay@^1.5"
    assert [Path(word).name for word in step.argv[:2]] == ["node.exe", "pnpm.cjs"]


# --- the shared folder of pnpm 9 and 10 -------------------------------------------------------------------------


@pytest.fixture
def shared(tmp_path: Path) -> pnpm.Pnpm:
    """What a real pnpm 10 left in a home, seen by a pnpm 10."""
    lay_out(json.loads((DATA / "tree-10.json").read_text(encoding="utf-8")), tmp_path)
    return opened(with_pnpm(tmp_path, "10.34.9"))


def present(resource: pnpm.Pnpm, name: str) -> Present:
    return next(each for each in resource.find() if each.name == name)


def test_everything_of_the_shared_folder_is_found(shared: pnpm.Pnpm) -> None:
    """Names and versions are those on disk, and what is wrong is said."""
    found = {each.name: (each.version, each.flaw.partition(" from ")[0]) for each in shared.find()}

    assert found == {
        "@antfu/ni": ("0.21.12", ""),
        "greet": ("0.3.0", ""),
        "he": ("1.2.9", ""),
        "is-odd": ("3.0.1", ""),
        "json": ("", "its package.json is gone or unreadable"),
        "mkdirp": ("3.0.1", ""),
        "nanoid": ("3.3.7", f"{shared.home / 'nanoid'} belongs to something else"),
        "semver": ("5.7.3", ""),
        "uuid": ("8.3.2", "its command uuid is missing"),
    }


def test_a_version_that_pnpm_did_not_install_is_noticed(shared: pnpm.Pnpm) -> None:
    """The link's name says what pnpm put there, the package.json what is there now."""
    assert present(shared, "he").traits == ("altered",)
    assert present(shared, "mkdirp").traits == ()


def test_the_shared_folder_is_no_group(shared: pnpm.Pnpm) -> None:
    """pnpm 10 changes one package and leaves the others alone."""
    (step,) = shared.change(Wanted(kind="pnpm", name="mkdirp"), present(shared, "mkdirp"), "3.0.2").do

    assert isinstance(step, Run)
    assert step.argv[1:] == ("add", "--global", "mkdirp@3.0.2")


def test_the_shared_folder_lets_one_in_at_a_time(shared: pnpm.Pnpm, tmp_path: Path) -> None:
    """Two at once in one folder lose a command now and then; in folders of their own they do not meet."""
    isolated = opened(with_pnpm(tmp_path / "other"))

    assert (shared.lane.width, isolated.lane.width) == (1, 4)


def test_an_older_layout_is_told(tmp_path: Path) -> None:
    """A newer pnpm neither lists nor removes what an older one installed: the user should know."""
    lay_out(json.loads((DATA / "tree-10.json").read_text(encoding="utf-8")), tmp_path)

    resource = opened(with_pnpm(tmp_path))

    assert resource.find() == ()
    assert [str(resource.store / "5") in note for note in resource.notes] == [True]


# --- folders of their own ---------------------------------------------------------------------------------------


def test_a_group_makes_the_lane_narrow(tmp_path: Path) -> None:
    """Two changes to one group would each bring back what the other has just changed."""
    lay_out(json.loads((DATA / "tree.json").read_text(encoding="utf-8")), tmp_path)

    assert opened(with_pnpm(tmp_path)).lane.width == 1


def test_a_folder_that_no_link_leads_to_is_what_a_failure_left(tmp_path: Path) -> None:
    """A failed `pnpm add` leaves its folder for a while: nothing is installed by it."""
    folder = tmp_path / "p" / "global" / "v11" / "e9f-18ea403f-0"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"dependencies": {"cowsay": "1.6.0"}}')

    assert opened(with_pnpm(tmp_path, PNPM_HOME=str(tmp_path / "p"))).find() == ()


def test_pnpm_itself_is_no_tool(tmp_path: Path) -> None:
    """pnpm keeps itself among the packages when it updates itself."""
    folder = tmp_path / "p" / "global" / "5"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"dependencies": {"pnpm": "10.0.0", "@pnpm/exe": "10.0.0"}}')

    assert opened(with_pnpm(tmp_path, "10.0.0", PNPM_HOME=str(tmp_path / "p"))).find() == ()


@pytest.mark.parametrize(
    ("asked", "spec"),
    [
        ("^1.2.0", "tool@1.2.3"),
        ("file:/src/tool.tgz", "/src/tool.tgz"),
        ("github:ada/tool#v1", "github:ada/tool#v1"),
        ("https://x.org/tool.tgz", "https://x.org/tool.tgz"),
        ("npm:other@1.2.3", "tool@npm:other@1.2.3"),
    ],
)
def test_undo_goes_back_to_where_it_came_from(asked: str, spec: str, tmp_path: Path) -> None:
    """A folder, a repository or another name is what the undo installs, not a stranger of that name on npm."""
    folder = tmp_path / "p" / "global" / "5"
    (folder / "node_modules" / "tool").mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"dependencies": {"tool": asked}}))
    (folder / "node_modules" / "tool" / "package.json").write_text('{"name": "tool", "version": "1.2.3"}')
    resource = opened(with_pnpm(tmp_path, "10.0.0", PNPM_HOME=str(tmp_path / "p")))

    (step,) = resource.remove(present(resource, "tool")).undo

    assert isinstance(step, Run)
    assert step.argv[1:] == ("add", "--global", spec)


def test_a_program_as_a_command_is_nobody_elses(tmp_path: Path) -> None:
    """A command that is no script does not say whose it is: it is believed."""
    place = tmp_path / "p" / "global" / "5" / "node_modules" / "tool"
    place.mkdir(parents=True)
    (place.parents[1] / "package.json").write_text('{"dependencies": {"tool": "1.0.0"}}')
    (place / "package.json").write_text('{"name": "tool", "version": "1.0.0", "bin": "tool"}')
    program = stub(tmp_path / "p", "tool")
    program.write_bytes(b"\x7fELF\x02\x01")

    (found,) = opened(with_pnpm(tmp_path, "10.0.0", PNPM_HOME=str(tmp_path / "p"))).find()

    assert (found.commands, found.flaw) == (("tool",), "")


# --- its words --------------------------------------------------------------------------------------------------


def test_an_untrusted_registry_is_mended_with_the_right_variable() -> None:
    """Up to 11 pnpm is a node program, 12 is not: each has its variable."""
    diagnosis = opened(host()).diagnose("GET https://x.org/cowsay: self-signed certificate in certificate chain")

    assert diagnosis.cause == "tls"
    assert "NODE_EXTRA_CA_CERTS (SSL_CERT_FILE from pnpm 12 on)" in diagnosis.remedy


def test_a_node_that_is_too_old_is_named() -> None:
    """pnpm dies with a trace of node's own; what matters is its first line."""
    output = (DATA / "failures" / "11-old-node.txt").read_text(encoding="utf-8")

    assert "pnpm needs Node.js v22.13 or newer" in opened(host()).diagnose(output).message
