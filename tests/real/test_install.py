"""What is there already, whoever made it and however broken it is, ends as declared; and only that is touched."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aim_lib.resources.npm import retired_folder

from .world import World

pytestmark = pytest.mark.real

RUFF = '[tools.pipx]\nruff = "0.14.1"\n'
PRETTIER = '[tools.npm]\nprettier = { version = "3.6.2", layout = "global" }\n'
PYCOWSAY = '[tools.uv]\npycowsay = "0.0.0.2"\n'


def pipx_receipt(world: World, name: str) -> dict[str, object]:
    receipt: dict[str, object] = json.loads((world.venvs / name / "pipx_metadata.json").read_text())["main_package"]
    return receipt


# --- what others have installed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "why"), [("0.9.0", "below"), ("0.14.2", "above")])
def test_what_pipx_installed_is_moved(world: World, before: str, why: str) -> None:
    """An older ruff of the user's own pipx is upgraded, a newer one downgraded; pipx itself sees it so."""
    world.pipx("install", f"ruff=={before}")
    world.declare(RUFF)

    reasons, done = world.reasons(), world.aim("bootstrap")

    assert reasons == {"pipx:ruff": f"{why} the wanted version"}
    assert done.exit_code == 0, done.text
    assert f"{before} → 0.14.1" in done.stdout
    assert world.version_of("ruff") == "0.14.1"
    assert "ruff 0.14.1" in world.pipx("list", "--short").stdout


def test_an_environment_of_the_pip_backend_is_moved(world: World) -> None:
    """What a pipx without uv made is upgraded too."""
    world.with_env(PIPX_DEFAULT_BACKEND="pip").pipx("install", "pycowsay==0.0.0.1")
    world.declare('[tools.pipx]\npycowsay = "0.0.0.2"\n')
    assert (world.venvs.parent / "shared").is_dir(), "pip was used"

    done = world.aim("bootstrap")

    assert done.exit_code == 0, done.text
    assert world.version_of("pycowsay") == "0.0.0.2"


@pytest.mark.parametrize("before", ["3.5.0", "3.7.0"])
def test_an_npm_package_is_moved(world: World, before: str) -> None:
    """npm's package at another version becomes the declared one, up and down."""
    world.aim("install", "prettier", "--manager", "npm", "--version", before)
    world.declare(PRETTIER)

    done = world.aim("install")

    assert done.exit_code == 0, done.text
    assert world.version_of("prettier") == "3.6.2"


def test_a_uv_tool_is_moved(world: World) -> None:
    """A tool that the user's own uv installed becomes the declared version."""
    world.uv("tool", "install", "pycowsay==0.0.0.1")
    world.declare(PYCOWSAY)

    done = world.aim("install")

    assert done.exit_code == 0, done.text
    assert world.version_of("pycowsay") == "0.0.0.2"


def test_a_pinned_app_is_moved_and_stays_pinned(world: World) -> None:
    """`pipx pin` does not keep ruff at 0.9.0, and ruff is pinned again at 0.14.1."""
    world.pipx("install", "ruff==0.9.0")
    world.pipx("pin", "ruff")
    world.declare(RUFF)

    done = world.aim("install")

    assert done.exit_code == 0, done.text
    assert world.version_of("ruff") == "0.14.1"
    assert pipx_receipt(world, "ruff")["pinned"] is True


def test_an_app_from_a_lock_of_pipx_is_moved(world: World) -> None:
    """An environment that pipx made from a pylock file, which its own upgrade leaves alone, is moved."""
    (world.project / "in.txt").write_text("ruff==0.9.0\n")
    lock = str(world.project / "pylock.ruff.toml")
    world.uv("pip", "compile", "-q", "--universal", "--python", "3.11", "in.txt", "-o", lock)
    world.pipx("install", "ruff==0.9.0", "--lock", lock)
    world.declare(RUFF)

    done = world.aim("install")

    assert done.exit_code == 0, done.text
    assert world.version_of("ruff") == "0.14.1"


def test_a_wanted_addition_is_injected(world: World) -> None:
    """`with = [...]` puts a package into an environment that is there without it."""
    world.pipx("install", "pycowsay==0.0.0.2")
    world.declare('[tools.pipx]\npycowsay = { version = "0.0.0.2", with = ["isort"] }\n')

    reasons, done = world.reasons(), world.aim("install")

    assert reasons == {"pipx:pycowsay": "lacks isort"}
    assert done.exit_code == 0, done.text
    assert list((world.venvs / "pycowsay").glob("lib/python*/site-packages/isort"))
    assert world.reasons() == {}


# --- drift and the lock -----------------------------------------------------------------------------------------


def test_an_upgrade_behind_our_back_is_drift(world: World) -> None:
    """After `pipx upgrade` the version check says drift, exit 5 with --check, and sync-versions puts it back."""
    world.declare(RUFF)
    world.aim("install")
    world.pipx("upgrade", "ruff")

    moved, check = world.standings(), world.aim("version", "check", "--check")
    done = world.aim("sync-versions")

    assert moved["ruff"][0] == "drift"
    assert moved["ruff"][1] != "0.14.1"
    assert check.exit_code == 5, check.text
    assert done.exit_code == 0, done.text
    assert world.version_of("ruff") == "0.14.1"
    assert world.standings() == {"ruff": ("ok", "0.14.1")}


def test_a_change_that_no_receipt_tells_is_drift(world: World) -> None:
    """`pipx runpip` changes what is there and not what pipx says is there: we go by what is there."""
    world.declare(RUFF)
    world.aim("bootstrap")
    world.pipx("runpip", "ruff", "install", "ruff==0.9.0")

    moved, done = world.standings(), world.aim("sync-versions")

    assert moved == {"ruff": ("drift", "0.9.0")}
    assert done.exit_code == 0, done.text
    assert world.version_of("ruff") == "0.14.1"


@pytest.mark.parametrize("before", ["", "0.9.0"])
def test_a_range_means_what_the_lock_says(world: World, before: str) -> None:
    """A range request is answered with the version in aim.lock, not with the newest that fits; the lock stays."""
    world.declare('[tools.pipx]\nruff = ">=0.9,<1"\n')
    world.lock_file.write_text(
        'lock_version = 1\ntool = [{ kind = "pipx", name = "ruff", request = ">=0.9,<1", version = "0.14.1" }]\n'
    )
    if before:
        world.pipx("install", f"ruff=={before}")

    done = world.aim("bootstrap")

    assert done.exit_code == 0, done.text
    assert world.version_of("ruff") == "0.14.1"
    assert world.aim("pin", "--check").exit_code == 0


def test_a_range_keeps_what_it_got(world: World) -> None:
    """An environment made from a range is not upgraded by a second bootstrap, and healed to the locked version."""
    world.declare('[tools.pipx]\nruff = ">=0.9,<0.14.2"\n')
    world.aim("bootstrap")
    world.pipx("unpin", "ruff")
    world.pipx("upgrade", "ruff")

    drifted, done = world.standings(), world.aim("bootstrap")

    assert drifted["ruff"][0] == "drift"
    assert done.exit_code == 0, done.text
    assert world.version_of("ruff") == "0.14.1"


# --- which tools ------------------------------------------------------------------------------------------------

OPTIONAL = """
[tools.uv]
pycowsay = "0.0.0.2"
[tools.pipx]
isort = { version = "7.0.0", optional = true }
[tools.npm]
mkdirp = { version = "3.0.1", optional = true }
"""


@pytest.mark.parametrize(
    ("words", "there"),
    [
        (("install",), {"pycowsay"}),
        (("install", "isort"), {"isort"}),
        (("install", "--all"), {"pycowsay", "isort", "mkdirp"}),
    ],
)
def test_optional_tools_come_when_asked_for(world: World, words: tuple[str, ...], there: set[str]) -> None:
    """An optional tool is installed when it is named or with --all, and not otherwise."""
    world.declare(OPTIONAL)

    done = world.aim(*words)

    assert done.exit_code == 0, done.text
    assert {name for name in ("pycowsay", "isort", "mkdirp") if world.version_of(name)} == there


def test_an_undeclared_scoped_name_is_npms(world: World) -> None:
    """`aim install @babel/parser` needs no declaration to know whose package that is."""
    world.declare(PYCOWSAY)

    done = world.aim("install", "@babel/parser", "--version", "7.28.0")

    assert done.exit_code == 0, done.text
    package = world.npm_tools / "@babel+parser/current/node_modules/@babel/parser/package.json"
    assert json.loads(package.read_text())["version"] == "7.28.0"
    assert world.version_of("pycowsay") == ""


@pytest.mark.parametrize(("manager", "version"), [("pipx", "0.0.0.2"), ("uv", "0.0.0.1")])
def test_anything_at_any_version_with_a_manager(world: World, manager: str, version: str) -> None:
    """`--manager` and `--version` install what is declared nowhere."""
    world.declare("[tools]\n")

    done = world.aim("install", "pycowsay", "--manager", manager, "--version", version)

    assert done.exit_code == 0, done.text
    assert world.version_of("pycowsay") == version


def test_an_unknown_name_without_a_manager_is_a_mistake(world: World) -> None:
    """Nothing is started for a name that nobody declared: exit 2, and what to write."""
    world.declare(RUFF)

    done = world.aim("install", "rufff")

    assert done.exit_code == 2, done.text
    assert "rufff is not declared" in done.stderr
    assert "did you mean ruff?" in done.stderr


def test_prune_takes_only_what_we_installed(world: World) -> None:
    """`sync-versions --prune` removes our undeclared tools and leaves the user's own."""
    world.pipx("install", "isort==7.0.0")
    world.declare(PYCOWSAY)
    world.aim("install", "mkdirp", "--manager", "npm", "--version", "3.0.1")
    world.aim("install", "cowsay", "--manager", "pipx")

    done = world.aim("sync-versions", "--prune")

    assert done.exit_code == 0, done.text
    assert {name: bool(world.version_of(name)) for name in ("pycowsay", "isort", "mkdirp")} == {
        "pycowsay": True,
        "isort": True,
        "mkdirp": False,
    }
    assert not (world.bin / "cowsay").exists()
    assert not (world.venvs / "cowsay").exists()


def test_what_another_project_declares_is_not_pruned(world: World) -> None:
    """Tools lie in the home: what one project drops, another may need; until it says so no more, or is gone."""
    other = world.home / "other" / "aim.toml"
    other.parent.mkdir()
    other.write_text(RUFF + PYCOWSAY)
    elsewhere = world.run("sh", "-c", f"cd {other.parent} && {sys.executable} -m aim_lib install")
    world.declare(RUFF)
    kept = world.aim("sync-versions", "--prune")
    is_there = bool(world.version_of("pycowsay"))
    by_name = world.aim("tools", "uninstall", "pycowsay", "--dry-run")
    other.write_text(RUFF)
    done = world.aim("sync-versions", "--prune")

    assert elsewhere.exit_code == 0, elsewhere.text
    assert kept.exit_code == 0, kept.text
    assert "uv:pycowsay stays: ~/other/aim.toml declares it" in kept.stderr
    assert is_there
    assert "note: pycowsay is declared in ~/other/aim.toml, which will miss it" in by_name.stderr
    assert done.exit_code == 0, done.text
    assert not (world.uv_tools / "pycowsay").exists()
    assert world.version_of("ruff") == "0.14.1"


def test_adopted_tools_are_not_pruned(world: World) -> None:
    """A tool that the user had before stays theirs, also after we have moved it to another version."""
    world.pipx("install", "ruff==0.9.0")
    world.declare(RUFF)
    world.aim("install")
    world.declare("[tools]\n")

    done = world.aim("sync-versions", "--prune")

    assert done.exit_code == 0, done.text
    assert world.version_of("ruff") == "0.14.1"


# --- broken by the user, by an updater, by a crash --------------------------------------------------------------

EVERYTHING = RUFF + PRETTIER + PYCOWSAY


def without_ruffs_link(world: World) -> None:
    (world.bin / "ruff").unlink()


def without_prettiers_link(world: World) -> None:
    (world.npm_bin / "prettier").unlink()


def without_pycowsays_link(world: World) -> None:
    (world.bin / "pycowsay").unlink()


def with_a_foreign_link(world: World) -> None:
    (world.bin / "ruff").unlink()
    (world.bin / "ruff").symlink_to("/bin/true")


def without_pipx_metadata(world: World) -> None:
    (world.venvs / "ruff" / "pipx_metadata.json").unlink()


def without_uv_receipt(world: World) -> None:
    (world.uv_tools / "pycowsay" / "uv-receipt.toml").unlink()


def without_pipx_interpreter(world: World) -> None:
    python = world.venvs / "ruff" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")


def without_uv_interpreter(world: World) -> None:
    for python in (world.uv_tools / "pycowsay" / "bin").glob("python*"):
        python.unlink()
        python.symlink_to("/nowhere/python3")


def without_pipx_package(world: World) -> None:
    (info,) = (world.venvs / "ruff").glob("lib/python*/site-packages/ruff-*.dist-info")
    shutil.rmtree(info)


def with_another_npm_version(world: World) -> None:
    manifest = world.modules / "prettier" / "package.json"
    manifest.write_text(manifest.read_text().replace('"version": "3.6.2"', '"version": "3.9.9"'))


def without_npm_manifest(world: World) -> None:
    (world.modules / "prettier" / "package.json").unlink()


def with_a_retired_folder(world: World) -> None:
    package = world.modules / "prettier"
    shutil.copytree(package, retired_folder(package))


def with_only_a_retired_folder(world: World) -> None:
    package = world.modules / "prettier"
    package.rename(retired_folder(package))


STATES: dict[str, tuple[Callable[[World], None], str, str]] = {
    "pipx link": (without_ruffs_link, "pipx:ruff", "its command ruff is missing"),
    "npm link": (without_prettiers_link, "npm:prettier", "its command prettier is missing"),
    "uv link": (without_pycowsays_link, "uv:pycowsay", "its command pycowsay is missing"),
    "foreign link": (with_a_foreign_link, "pipx:ruff", "belongs to something else"),
    "pipx metadata": (without_pipx_metadata, "pipx:ruff", "an earlier installation of it was interrupted"),
    "uv receipt": (without_uv_receipt, "uv:pycowsay", "an earlier installation of it was interrupted"),
    "pipx interpreter": (without_pipx_interpreter, "pipx:ruff", "the Python it was made with is gone"),
    "uv interpreter": (without_uv_interpreter, "uv:pycowsay", "the Python it was made with is gone"),
    "pipx package": (without_pipx_package, "pipx:ruff", "its package files are gone"),
    "npm version": (with_another_npm_version, "npm:prettier", "above the wanted version"),
    "npm manifest": (without_npm_manifest, "npm:prettier", "its package.json is gone or unreadable"),
    "npm retired": (with_a_retired_folder, "npm:prettier", "an earlier change of it was interrupted"),
    "npm only retired": (with_only_a_retired_folder, "npm:prettier", "an earlier change of it was interrupted"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_broken_state_is_seen_and_healed(world: World, state: str) -> None:
    """The plan names what is broken, and nothing else; `install` heals it, and then there is nothing to change."""
    spoil, tool, why = STATES[state]
    kind, _, name = tool.partition(":")
    world.declare({"pipx": RUFF, "npm": PRETTIER, "uv": PYCOWSAY}[kind])
    world.aim("bootstrap")
    spoil(world)

    seen, done = world.reasons(), world.aim("install")

    assert list(seen) == [tool]
    assert why in seen[tool]
    assert done.exit_code == 0, done.text
    assert world.reasons() == {}
    assert world.version_of(name) == {"ruff": "0.14.1", "prettier": "3.6.2", "pycowsay": "0.0.0.2"}[name]
    assert hidden_folders(world.modules) == []


def hidden_folders(modules: Path) -> list[str]:
    found = modules.iterdir() if modules.is_dir() else ()
    return [path.name for path in found if path.name.startswith(".") and path.name != ".package-lock.json"]
