"""A real cargo and tiny crates of our own: programs are built, moved, healed and removed, without any registry."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from .world import World

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (shutil.which("cargo") and shutil.which("cc")), reason="cargo or cc is not on this machine"),
]

TRUST = {"AIM_TRUST": "1"}
MAIN = 'fn main() { println!("tiny {}", env!("CARGO_PKG_VERSION")); }\n'


@pytest.fixture
def there(world: World) -> World:
    """A home with this machine's Rust and C compilers on its PATH."""
    path = os.environ["PATH"]  # noqa: TID251 - the test's own environment
    rustup = os.environ.get("RUSTUP_HOME") or str(Path.home() / ".rustup")  # noqa: TID251
    return world.with_env(PATH=f"{world.env['PATH']}:{path}", RUSTUP_HOME=rustup)


def declare(world: World, version: str) -> None:
    """A crate ./tiny of this version, declared at this version."""
    folder = world.project / "tiny"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(f'[package]\nname = "tiny"\nversion = "{version}"\nedition = "2021"\n')
    (folder / "src" / "main.rs").write_text(MAIN)
    world.declare(f'[tools.cargo]\ntiny = {{ version = "{version}", source = "./tiny" }}\n')


def program(world: World) -> Path:
    return world.home / ".cargo" / "bin" / "tiny"


def test_a_program_is_built_once(there: World) -> None:
    """Install builds it, cargo lists it, it answers, and a second run has nothing to do."""
    declare(there, "0.1.0")

    done = there.aim("install", **TRUST)

    assert done.exit_code == 0, done.text
    assert there.run(program(there)).stdout == "tiny 0.1.0\n"
    assert "tiny v0.1.0" in there.run("cargo", "install", "--list").stdout
    assert there.with_env(**TRUST).reasons() == {}


@pytest.mark.parametrize(("before", "after"), [("0.1.0", "0.2.0"), ("0.2.0", "0.1.0")])
def test_another_version_takes_its_place(there: World, before: str, after: str) -> None:
    """A declared version moves the program up and down."""
    declare(there, before)
    there.aim("install", **TRUST)
    declare(there, after)

    done = there.aim("install", **TRUST)

    assert done.exit_code == 0, done.text
    assert there.run(program(there)).stdout == f"tiny {after}\n"


def test_a_lost_program_is_built_again(there: World) -> None:
    """cargo itself takes it for installed; the plan says that it is missing, and install brings it back."""
    declare(there, "0.1.0")
    there.aim("install", **TRUST)
    program(there).unlink()

    reasons, done = there.with_env(**TRUST).reasons(), there.aim("install", **TRUST)

    assert list(reasons) == ["cargo:tiny"]
    assert "its command tiny is missing" in reasons["cargo:tiny"]
    assert done.exit_code == 0, done.text
    assert there.run(program(there)).stdout == "tiny 0.1.0\n"


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_program_goes(there: World, is_lost: bool) -> None:
    """Prune removes what is no longer declared, also when its file is already gone, which stops cargo itself."""
    declare(there, "0.1.0")
    there.aim("install", **TRUST)
    if is_lost:
        program(there).unlink()
    there.declare("[tools]\n")

    done = there.aim("sync-versions", "--prune")

    assert done.exit_code == 0, done.text
    assert not program(there).exists()
    assert there.run("cargo", "install", "--list").stdout == ""


def test_a_program_that_cannot_be_built_is_explained(there: World) -> None:
    """A crate that does not compile: exit 4, the tool named, what to do, and nothing left behind."""
    declare(there, "0.1.0")
    (there.project / "tiny" / "src" / "main.rs").write_text("fn main() { nonsense }\n")

    done = there.aim("install", **TRUST)

    assert done.exit_code == 4, done.text
    assert "tiny could not be built" in done.stderr
    assert "fix: read the compiler's output" in done.stderr
    assert not program(there).exists()
