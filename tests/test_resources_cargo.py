"""cargo: where it installs to, whose toolchain builds, and what its own list and words mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib.host import Host
from aim_lib.model import Present, Run, Wanted
from aim_lib.resources import Options, cargo

from .fakes import host, stub

LIST = '[v1]\n"{entry}" = ["{file}"]\n'


def with_cargo(home: Path, system: str = "linux", **env: str) -> Host:
    """A machine whose PATH has a cargo."""
    stub(home / "programs", "cargo.exe" if system == "windows" else "cargo")
    return host(system, home, {"PATH": str(home / "programs"), "PATHEXT": ".EXE;.CMD", **env})


def install(on: Host) -> Run:
    """The step that installs ripgrep."""
    (step,) = cargo.open(on, Options()).change(Wanted(kind="cargo", name="ripgrep"), None, "14.1.0").do
    assert isinstance(step, Run)
    return step


def listed(home: Path, entry: str, file: str = "tool") -> Present:
    """The one thing that a list with this entry says is installed."""
    stub(home / ".cargo" / "bin", file)
    (home / ".cargo" / ".crates.toml").write_text(LIST.format(entry=entry, file=file), encoding="utf-8")
    (found,) = cargo.open(with_cargo(home), Options()).find()
    return found


# --- where ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
@pytest.mark.parametrize(
    ("env", "folder"),
    [
        ({}, "{home}/.cargo"),
        ({"CARGO_HOME": "/c"}, "/c"),
        ({"CARGO_HOME": "/c", "CARGO_INSTALL_ROOT": "/r"}, "/r"),
        ({"CARGO_INSTALL_ROOT": "below"}, "{home}/below"),
        ({"CARGO_HOME": "", "CARGO_INSTALL_ROOT": ""}, "{home}/.cargo"),
    ],
)
def test_programs_are_where_cargo_puts_them(system: str, env: dict[str, str], folder: str, tmp_path: Path) -> None:
    """cargo's own rule, the same on every system; an empty variable counts for nothing."""
    assert cargo.install_root(host(system, tmp_path, env)) == Path(folder.format(home=tmp_path))


@pytest.mark.parametrize(("root", "folder"), [("/r", "/r"), ("below", "{home}/below"), ("~/x", "{home}/~/x")])
def test_the_users_config_may_say_where(root: str, folder: str, tmp_path: Path) -> None:
    """install.root counts from the folder that holds `.cargo`, and `~` means nothing to cargo."""
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo" / "config.toml").write_text(f'[install]\nroot = "{root}"\n')

    assert cargo.install_root(host("linux", tmp_path)) == Path(folder.format(home=tmp_path))


def test_the_environment_is_before_the_config(tmp_path: Path) -> None:
    """$CARGO_INSTALL_ROOT wins over install.root."""
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo" / "config.toml").write_text('[install]\nroot = "/wrong"\n')

    assert cargo.install_root(host("linux", tmp_path, {"CARGO_INSTALL_ROOT": "/right"})) == Path("/right")


def test_the_older_name_of_the_config_hides_the_newer(tmp_path: Path) -> None:
    """Where there are both, cargo reads `config` and not `config.toml`."""
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo" / "config").write_text("[net]\nretry = 1\n")
    (tmp_path / ".cargo" / "config.toml").write_text('[install]\nroot = "/wrong"\n')

    assert cargo.install_root(host("linux", tmp_path)) == tmp_path / ".cargo"


@pytest.mark.parametrize("text", ["", "[install", "install = 1\n", "[install]\nroot = 1\n"])
def test_a_config_that_says_nothing_is_no_choice(text: str, tmp_path: Path) -> None:
    """Half a file, or one of another shape, says nothing about a root."""
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo" / "config.toml").write_text(text)

    assert cargo.install_root(host("linux", tmp_path)) == tmp_path / ".cargo"


def test_cargo_is_told_where(tmp_path: Path) -> None:
    """What was decided is what cargo is started with."""
    words = install(with_cargo(tmp_path, CARGO_INSTALL_ROOT="/r")).argv

    assert words[words.index("--root") + 1] == "/r"


# --- whose cargo ------------------------------------------------------------------------------------------------


def test_without_cargo_the_reason_is_said(tmp_path: Path) -> None:
    """On a machine without Rust nothing is planned, and the reason says how to get it."""
    found = cargo.open(host("linux", tmp_path), Options())

    assert found.unsuitable == "cargo is not on PATH"
    assert "https://sh.rustup.rs" in found.remedy
    assert found.is_off is False


@pytest.mark.parametrize(("system", "name"), [("linux", "cargo"), ("windows", "cargo.exe")])
def test_a_cargo_that_the_next_login_will_find_is_found(system: str, name: str, tmp_path: Path) -> None:
    """rustup has just installed it, and this shell does not know yet."""
    program = stub(tmp_path / ".cargo" / "bin", name)

    found = cargo.open(host(system, tmp_path), Options())

    assert found.unsuitable == ""
    assert found.program == program


def test_the_compiler_beside_cargo_is_first_on_its_path(tmp_path: Path) -> None:
    """cargo starts the rustc that PATH has: it must be the one that came with it."""
    on = with_cargo(tmp_path)

    assert dict(install(on).env)["PATH"] == f"{tmp_path}/programs:{tmp_path}/programs"


@pytest.mark.parametrize(
    ("env", "told"), [({}, "stable-x86_64"), ({"RUSTUP_TOOLCHAIN": "nightly"}, None), ({"RUSTUP_HOME": "/none"}, None)]
)
def test_a_projects_toolchain_does_not_build_the_users_tools(
    env: dict[str, str], told: str | None, tmp_path: Path
) -> None:
    """A rust-toolchain.toml of the current folder would choose the compiler, so rustup is told the user's default."""
    (tmp_path / ".rustup").mkdir()
    (tmp_path / ".rustup" / "settings.toml").write_text('default_toolchain = "stable-x86_64"\n[overrides]\n')

    assert dict(install(with_cargo(tmp_path, **env)).env).get("RUSTUP_TOOLCHAIN") == told


# --- cargo's list -----------------------------------------------------------------------------------------------


def test_windows_has_its_own_endings(tmp_path: Path) -> None:
    """On Windows cargo lists files that end in .exe; the command is named without."""
    stub(tmp_path / ".cargo" / "bin", "rg.exe")
    entry = "ripgrep 14.1.0 (registry+https://github.com/rust-lang/crates.io-index)"
    (tmp_path / ".cargo" / ".crates.toml").write_text(LIST.format(entry=entry, file="rg.exe"))

    (found,) = cargo.open(with_cargo(tmp_path, "windows"), Options()).find()

    assert (found.version, found.commands, found.flaw) == ("14.1.0", ("rg",), "")


def test_a_lost_program_of_windows_is_lent_with_its_ending(tmp_path: Path) -> None:
    """What cargo wants to remove is called rg.exe there."""
    resource = cargo.open(with_cargo(tmp_path, "windows"), Options())

    lent, _ = resource.remove(Present(kind="cargo", name="ripgrep", version="14.1.0", commands=("rg",))).do

    assert getattr(lent, "path", "") == str(tmp_path / ".cargo" / "bin" / "rg.exe")


@pytest.mark.parametrize("text", ["", "[v1", "v1 = 1\n", '[v1]\n"no entry" = ["x"]\n'])
def test_a_list_that_cannot_be_read_has_nothing(text: str, tmp_path: Path) -> None:
    """Half a file, or one of another shape, lists nothing."""
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo" / ".crates.toml").write_text(text)

    assert cargo.open(with_cargo(tmp_path), Options()).find() == ()


def test_the_list_in_json_alone_has_nothing(tmp_path: Path) -> None:
    """cargo believes .crates.toml: without it nothing is installed, whatever the other list says."""
    (tmp_path / ".cargo").mkdir()
    entry = "tool 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)"
    (tmp_path / ".cargo" / ".crates2.json").write_text(f'{{"installs": {{"{entry}": {{"bins": ["tool"]}}}}}}')

    assert cargo.open(with_cargo(tmp_path), Options()).find() == ()


def test_credentials_of_a_source_are_not_kept(tmp_path: Path) -> None:
    """What was fetched with a token in its address is shown, and restored, without the token."""
    found = listed(tmp_path, "tool 1.0.0 (git+https://ada:hush@example.com/tool#abc123)")

    steps = cargo.open(with_cargo(tmp_path), Options()).remove(found)

    assert found.recorded == "git+https://example.com/tool#abc123"
    assert "hush" not in str(steps)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("path+file:///src/my%20tool", ("--path", "/src/my tool")),
        ("path+file:///C:/src/tool", ("--path", "C:/src/tool")),
        ("git+https://x.org/t?branch=main#abc", ("--git", "https://x.org/t", "--rev", "abc", "tool")),
        ("registry+https://x.org/index", ("tool", "--version", "=1.0.0", "--index", "https://x.org/index")),
        ("sparse+https://x.org/i/", ("tool", "--version", "=1.0.0", "--index", "sparse+https://x.org/i/")),
        ("sparse+https://index.crates.io/", ("tool", "--version", "=1.0.0")),
    ],
)
def test_undo_goes_back_to_where_it_came_from(source: str, words: tuple[str, ...], tmp_path: Path) -> None:
    """Whatever cargo recorded as the source is what the undo installs from."""
    found = listed(tmp_path, f"tool 1.0.0 ({source})")

    (step,) = cargo.open(with_cargo(tmp_path), Options()).remove(found).undo

    assert isinstance(step, Run)
    assert step.argv[5:-1] == words


def test_the_later_of_two_of_one_name_counts(tmp_path: Path) -> None:
    """cargo may list a name twice, from two sources; for us a name is one thing."""
    stub(tmp_path / ".cargo" / "bin", "tool")
    lines = ('"tool 1.0.0 (path+file:///a)" = ["tool"]', '"tool 2.0.0 (path+file:///b)" = ["tool"]')
    (tmp_path / ".cargo" / ".crates.toml").write_text("\n".join(("[v1]", *lines)))

    (found,) = cargo.open(with_cargo(tmp_path), Options()).find()

    assert found.version == "2.0.0"


# --- its words --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "remedy"),
    [
        ("error: linker `cc` not found", "build-essential"),
        ("rustc 1.60.0 is not supported by the following package:\n x@1.0.0 requires rustc 1.70", "rustup update"),
        ("[60] SSL peer certificate or SSH remote key was not OK", "CARGO_HTTP_CAINFO"),
        ("error: failed to parse crate metadata at `x`", ".crates2.json"),
        ("error: rustup could not choose a version of cargo to run", "rustup default stable"),
    ],
)
def test_a_failure_has_its_remedy(output: str, remedy: str) -> None:
    """What can be done is said in words that can be typed."""
    assert remedy in cargo.open(host(), Options()).diagnose(output).remedy
