"""Real pnpms of both layouts: packages come, move, heal and go, and pnpm itself sees it so."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aim_lib.resources import _pnpm_places

from ..fakes import host
from .world import World

pytestmark = pytest.mark.real

SHARED, ISOLATED = "10.34.9", "12.21.0"
TWO = '[tools.pnpm]\nmkdirp = "3.0.0"\nsemver = "5.7.1"\n'


def with_version(world: World, version: str) -> World:
    """The world with this pnpm on its PATH, and with the dirname and sed that pnpm's commands call."""
    folder = world.root / "pnpm"
    world.npm("install", "--global", "--prefix", str(folder), f"pnpm@{version}")
    return world.with_env(PATH=f"{world.env['PATH']}:/usr/bin:/bin").with_path_first(folder / "bin")


@pytest.fixture(params=[SHARED, ISOLATED])
def there(request: pytest.FixtureRequest, world: World) -> World:
    """A home with node, npm and a pnpm that has installed nothing yet."""
    return with_version(world, request.param)


def home_of(world: World) -> Path:
    return _pnpm_places.pnpm_home(host("macos" if sys.platform == "darwin" else "linux", world.home))  # noqa: TID251


def package(world: World, name: str) -> Path:
    """Where pnpm has put a package."""
    store = home_of(world) / "global"
    (found,) = {
        path.resolve() for path in (*store.glob(f"5/node_modules/{name}"), *store.glob(f"v11/*/node_modules/{name}"))
    }
    return found


def command(world: World, name: str) -> Path:
    home = home_of(world)
    folder = home if (home / "global" / "5").is_dir() else home / "bin"
    return folder / name


def seen_by_pnpm(world: World) -> dict[str, str]:
    """What `pnpm ls --global` says is installed, name → version."""
    home = home_of(world)
    told = (
        world.with_env(PNPM_HOME=str(home))
        .with_path_first(home, home / "bin")
        .run("pnpm", "ls", "-g", "--parseable", "--long")
    )
    assert told.exit_code == 0, told.text
    words = (
        line.rpartition(":")[2].rpartition("@") for line in told.stdout.splitlines() if "@" in line.rpartition(":")[2]
    )
    return {name: version for name, _, version in words}


def test_packages_come_once(there: World) -> None:
    """Install brings both, a command answers, and a second run has nothing to do."""
    there.declare(TWO)

    done = there.aim("install")

    assert done.exit_code == 0, done.text
    assert there.standings() == {"mkdirp": ("ok", "3.0.0"), "semver": ("ok", "5.7.1")}
    assert there.run(command(there, "mkdirp"), "--version").stdout.strip() == "3.0.0"
    assert there.reasons() == {}


@pytest.mark.parametrize(("before", "why"), [("2.1.6", "below"), ("3.0.1", "above")])
def test_what_pnpm_installed_is_moved(there: World, before: str, why: str) -> None:
    """Another version of the user's own is moved up or down, and its neighbour stays as it is."""
    there.declare(TWO.replace("3.0.0", before))
    there.aim("install")
    there.declare(TWO)

    reasons, done = there.reasons(), there.aim("install")

    assert reasons == {"pnpm:mkdirp": f"{why} the wanted version"}
    assert done.exit_code == 0, done.text
    assert there.standings() == {"mkdirp": ("ok", "3.0.0"), "semver": ("ok", "5.7.1")}
    assert there.reasons() == {}


def test_a_package_goes(there: World) -> None:
    """Prune removes what is no longer declared, with its command, and nothing else."""
    there.declare(TWO)
    there.aim("install")
    there.declare('[tools.pnpm]\nmkdirp = "3.0.0"\n')

    done = there.aim("sync-versions", "--prune")

    assert done.exit_code == 0, done.text
    assert there.standings() == {"mkdirp": ("ok", "3.0.0")}
    assert command(there, "mkdirp").exists()
    assert not command(there, "semver").exists()


def without_command(world: World) -> None:
    command(world, "mkdirp").unlink()


def with_another_version(world: World) -> None:
    # A new file, as another updater would write it. Changed in place it would be changed in pnpm's store too, whose
    # files it shares, and pnpm notices that only when it comes long enough after its last look.
    manifest = package(world, "mkdirp") / "package.json"
    text = manifest.read_text()
    manifest.unlink()
    manifest.write_text(text.replace('"3.0.0"', '"3.9.9"'))


def without_manifest(world: World) -> None:
    (package(world, "mkdirp") / "package.json").unlink()


def with_a_foreign_command(world: World) -> None:
    command(world, "mkdirp").write_bytes(command(world, "semver").read_bytes())


STATES: dict[str, tuple[Callable[[World], None], str]] = {
    "command": (without_command, "its command mkdirp is missing"),
    "version": (with_another_version, "above the wanted version"),
    "manifest": (without_manifest, "its package.json is gone or unreadable"),
    "foreign": (with_a_foreign_command, "belongs to something else"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_broken_state_is_seen_and_healed(there: World, state: str) -> None:
    """The plan names what is broken, and nothing else; `install` heals it, and then there is nothing to change."""
    spoil, why = STATES[state]
    there.declare(TWO)
    there.aim("install")
    spoil(there)

    seen, done = there.reasons(), there.aim("install")

    assert list(seen) == ["pnpm:mkdirp"]
    assert why in seen["pnpm:mkdirp"]
    assert done.exit_code == 0, done.text
    assert there.reasons() == {}
    assert there.run(command(there, "mkdirp"), "--version").stdout.strip() == "3.0.0"


def test_a_failed_change_keeps_what_was_there(there: World) -> None:
    """A version that does not exist: exit 4, the tool named, and both packages as before."""
    there.declare(TWO)
    there.aim("install")
    there.declare(TWO.replace("5.7.1", "99.0.0"))

    done = there.aim("install")

    assert done.exit_code == 4, done.text
    assert "semver: npm has no such version" in done.stderr
    there.declare(TWO)
    assert there.reasons() == {}


def test_the_others_of_a_group_stay(world: World) -> None:
    """pnpm drops a whole group when one of it is added anew, and when one is removed: we keep the others."""
    there = with_version(world, ISOLATED)
    home = home_of(there)
    done = (
        there.with_env(PNPM_HOME=str(home))
        .with_path_first(home / "bin")
        .run("pnpm", "add", "-g", "mkdirp@3.0.0,semver@5.7.1")
    )
    assert done.exit_code == 0, done.text
    there.declare('[tools.pnpm]\nmkdirp = "3.0.1"\n')

    done = there.aim("install")

    assert done.exit_code == 0, done.text
    assert seen_by_pnpm(there) == {"mkdirp": "3.0.1", "semver": "5.7.1"}
    assert command(there, "semver").exists()
