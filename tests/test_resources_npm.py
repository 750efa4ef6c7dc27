"""npm: whose prefix it uses, whose npm it runs, and how it recognises what a killed npm left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aim_lib.host import Host
from aim_lib.model import Run, Wanted
from aim_lib.programs import refuse_unsafe_batch
from aim_lib.resources import Options, npm

from .fakes import host, stub

RETIRED = json.loads((Path(__file__).parent / "data" / "resources" / "npm" / "retired.json").read_text())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home that `~` means to this process (see conftest.py), which is where a host's home must be."""
    return tmp_path / "home-of-no-one"


def npmrc(home: Path, text: str) -> None:
    home.mkdir(exist_ok=True)
    (home / ".npmrc").write_text(text, encoding="utf-8")


def with_npm(home: Path, system: str = "linux") -> Host:
    """A machine with a node and an npm of its own."""
    for name in ("npm.cmd", "node.exe") if system == "windows" else ("npm", "node"):
        stub(home / "programs", name)
    return host(system, home, {"PATH": str(home / "programs"), "PATHEXT": ".EXE;.CMD"})


def install(on: Host, version: str = "1.6.0", request: str = "*") -> Run:
    """The step that installs cowsay globally."""
    wanted = Wanted(kind="npm", name="cowsay", request=request, layout="global")
    (step,) = npm.open(on, Options()).change(wanted, None, version).do
    assert isinstance(step, Run)
    return step


# --- the prefix -------------------------------------------------------------------------------------------------


def test_the_prefix_is_ours_when_none_was_chosen(home: Path) -> None:
    """The system's prefix is never used: without a choice of the user's we have one of our own."""
    assert npm.open(with_npm(home), Options()).prefix == home / "aim" / "data" / "npm"


@pytest.mark.parametrize("variable", ["NPM_CONFIG_PREFIX", "npm_config_prefix"])
def test_a_prefix_from_the_environment_is_used(variable: str, home: Path) -> None:
    """A prefix in the user's home that the environment names is theirs to choose, before that of ~/.npmrc."""
    npmrc(home, "prefix=~/of-the-file\n")

    assert npm.open(host("linux", home, {variable: str(home / "mine")}), Options()).prefix == home / "mine"


def test_an_empty_variable_is_no_choice(home: Path) -> None:
    """npm takes an empty variable for unset, and so do we."""
    npmrc(home, "prefix=~/of-the-file\n")

    assert npm.open(host("linux", home, {"NPM_CONFIG_PREFIX": ""}), Options()).prefix == home / "of-the-file"


@pytest.mark.parametrize(
    "line", ["prefix=~/.npm-global", "prefix = ${HOME}/.npm-global", 'prefix="${HOME}/.npm-global"']
)
def test_a_prefix_from_npmrc_is_used(line: str, home: Path) -> None:
    """~/.npmrc may name the home as npm lets it, among other settings."""
    npmrc(home, f"; a comment\nfund=false\n{line}\nprefixes=/no\n")

    assert npm.open(host("linux", home), Options()).prefix == home / ".npm-global"


def test_another_npmrc_can_be_named(home: Path, tmp_path: Path) -> None:
    """$NPM_CONFIG_USERCONFIG says where the user's settings are."""
    npmrc(home, "prefix=~/wrong\n")
    (tmp_path / "other").write_text("prefix=~/right\n")

    on = host("linux", home, {"NPM_CONFIG_USERCONFIG": str(tmp_path / "other")})

    assert npm.open(on, Options()).prefix == home / "right"


@pytest.mark.parametrize("chosen", ["/usr/local", "/opt/npm", "relative/folder", "/home/ada-too"])
def test_a_prefix_outside_the_home_is_refused(chosen: str, home: Path) -> None:
    """A prefix of the system's, of another user's or of the current folder would need rights we do not ask for."""
    npmrc(home, f"prefix={chosen}\n")

    assert npm.open(host("linux", home), Options()).prefix == home / "aim" / "data" / "npm"


def test_a_prefix_that_climbs_out_of_the_home_is_refused(home: Path) -> None:
    """Dots do not make a folder of the system's one of the user's."""
    on = host("linux", home, {"NPM_CONFIG_PREFIX": f"{home}/../../usr/local"})

    assert npm.open(on, Options()).prefix == home / "aim" / "data" / "npm"


def test_an_unreadable_npmrc_is_no_choice(home: Path) -> None:
    """A file that is not text says nothing about a prefix."""
    home.mkdir()
    (home / ".npmrc").write_bytes(b"prefix=\xff\xfe")

    assert npm.open(host("linux", home), Options()).prefix == home / "aim" / "data" / "npm"


# --- whose npm --------------------------------------------------------------------------------------------------


def test_the_systems_npm_is_used_when_it_has_its_node(home: Path) -> None:
    """An npm with a node on PATH is enough: nothing has to be provided first."""
    found = npm.open(with_npm(home), Options(node_version="22.14.0"))

    assert found.prerequisite() is None
    assert found.bin_folders == (home / "aim" / "data" / "npm-tools" / "bin",)


def test_without_npm_node_comes_first(home: Path) -> None:
    """On a machine without npm the provided node is a prerequisite, and its folder belongs on PATH."""
    on = host("linux", home)

    found = npm.open(on, Options(node_version="22.14.0"))

    needed = found.prerequisite()
    assert needed is not None
    assert (needed.id, needed.version, needed.smoke) == ("node:node", "22.14.0", ())
    data = home / "aim" / "data"
    assert found.bin_folders == (data / "npm-tools" / "bin", data / "node" / "bin")
    assert install(on).argv[0] == str(home / "aim" / "data" / "node" / "bin" / "npm")


@pytest.mark.parametrize("present", ["npm", "node"])
def test_half_a_node_is_none(present: str, home: Path) -> None:
    """An npm without a node, or a node without an npm, cannot install anything."""
    stub(home / "programs", present)

    found = npm.open(host("linux", home, {"PATH": str(home / "programs")}), Options(node_version="22.14.0"))

    assert found.prerequisite() is not None


def test_the_npm_that_we_provide_is_not_the_systems(home: Path) -> None:
    """Our own bin folder on PATH does not turn the provided npm into the system's."""
    bin_folder = home / "aim" / "data" / "node" / "bin"
    for name in ("npm", "node"):
        stub(bin_folder, name)

    found = npm.open(host("linux", home, {"PATH": str(bin_folder)}), Options(node_version="22.14.0"))

    assert found.prerequisite() is not None


@pytest.mark.parametrize("node", ["none", "system"])
def test_npm_can_be_left_out(node: str, home: Path) -> None:
    """bootstrap.node may forbid to provide a node; then the reason is said and nothing is asked for first."""
    found = npm.open(host("linux", home), Options(node=node))

    assert "bootstrap.node" in found.unsuitable
    assert found.prerequisite() is None


def test_the_node_that_belongs_to_npm_is_first_on_its_path(home: Path) -> None:
    """Scripts of packages start `env node`: they must get the node of the npm that runs them."""
    on = host("linux", home, {"PATH": f"/first:{with_npm(home).get('PATH')}"})

    assert dict(install(on).env)["PATH"] == f"{home}/programs:/first:{home}/programs"


@pytest.mark.parametrize("is_provided", [False, True])
def test_ranges_can_be_installed_on_windows(is_provided: bool, home: Path) -> None:
    """The usual npm range begins with ^, which a batch file would swallow: on Windows npm is started through node."""
    step = install(host("windows", home) if is_provided else with_npm(home, "windows"), "", "^1.5")

    refuse_unsafe_batch(step.argv[0], step.argv[1:])
    assert step.argv[-1] == "cowsay@^1.5"


def test_windows_has_its_own_layout(home: Path) -> None:
    """On Windows packages lie in <prefix>\\node_modules and commands, as .cmd files, in the prefix itself."""
    prefix = home / "aim" / "data" / "npm"
    package = prefix / "node_modules" / "cowsay"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "cowsay", "version": "1.6.0", "bin": {"cowsay": "cli.js"}}')
    stub(prefix, "cowsay.cmd")

    (found,) = npm.open(with_npm(home, "windows"), Options()).find()

    assert (found.id, found.version, found.flaw) == ("npm:cowsay", "1.6.0", "")


def test_npm_itself_is_no_tool(home: Path) -> None:
    """npm and corepack come with node: they are not what anybody installed."""
    for name in ("npm", "corepack"):
        folder = home / "aim" / "data" / "npm" / "lib" / "node_modules" / name
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(f'{{"name": "{name}", "version": "11.0.0"}}')

    assert npm.open(with_npm(home), Options()).find() == ()


# --- what a killed npm leaves -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "name"), RETIRED.items())
def test_the_name_of_a_retired_folder_is_npm_s(path: str, name: str) -> None:
    """We compute the names that a real npm 11, killed in the middle of a change, left behind."""
    assert npm.retired_folder(Path(path)) == Path(path).with_name(name)


def test_a_linked_home_has_the_same_retired_names(tmp_path: Path) -> None:
    """npm resolves links before it computes the name (recorded: in /home/via-link -> /home/lin it was that of lin)."""
    real = tmp_path / "real" / "node_modules"
    real.mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")

    through_the_link = npm.retired_folder(tmp_path / "link" / "node_modules" / "rimraf")

    assert through_the_link.name == npm.retired_folder(real / "rimraf").name


def test_a_hidden_folder_of_another_name_is_left_alone(home: Path) -> None:
    """Only the very name that npm would have used is taken for what npm left."""
    folder = home / "aim" / "data" / "npm" / "lib" / "node_modules" / ".cowsay-AAAAAAAA"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"name": "cowsay", "version": "1.6.0"}')

    assert npm.open(with_npm(home), Options()).find() == ()


def test_an_untrusted_registry_is_mended_with_node_s_variable() -> None:
    """What helps node is NODE_EXTRA_CA_CERTS."""
    diagnosis = npm.open(host(), Options()).diagnose("npm error code SELF_SIGNED_CERT_IN_CHAIN")

    assert diagnosis.cause == "tls"
    assert "NODE_EXTRA_CA_CERTS" in diagnosis.remedy
