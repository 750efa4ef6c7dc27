"""Failures, kills and interrupts in the middle: what was there before is there again, and the next run finishes."""

from __future__ import annotations

import csv
import json
import signal
import tomllib
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from .world import NO_NETWORK, World, descendants, installers, living, processes_in, wait_until

pytestmark = pytest.mark.real

TRUST = {"AIM_TRUST": "1"}
ONE_BY_ONE = {"AIM_BOOTSTRAP_JOBS": "1"}
THUD = 'thud = { source = "./thud" }\n'
FAILS = "raise SystemExit('no compiler here')"


def pipx_receipt(world: World, name: str) -> dict[str, object]:
    receipt: dict[str, object] = json.loads((world.venvs / name / "pipx_metadata.json").read_text())
    return receipt


def local(world: World, first: str) -> str:
    """A line for a tools table: thud, built from a folder of the project whose build does `first`."""
    world.package("thud", first)
    return THUD


# --- the third of three fails -----------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_a_failure_puts_everything_back(world: World, jobs: str) -> None:
    """The third tool cannot be built: the absent one is absent, the old one old, and the plan is what it was."""
    world.pipx("install", "ruff==0.9.0")
    receipt = pipx_receipt(world, "ruff")
    world.declare('[tools.npm]\nmkdirp = "3.0.1"\n[tools.pipx]\nruff = "0.14.1"\n[tools.uv]\n' + local(world, FAILS))
    before, there = world.plan(), world.installed()

    done = world.aim("bootstrap", AIM_BOOTSTRAP_JOBS=jobs, **TRUST)

    assert done.exit_code == 4, done.text
    assert "error: thud could not be built" in done.stderr
    assert "fix: " in done.stderr
    assert "no compiler here" in done.stderr
    assert world.version_of("mkdirp") == ""
    assert world.version_of("ruff") == "0.9.0"
    assert pipx_receipt(world, "ruff") == receipt
    assert world.plan() == before
    assert world.installed() == there
    assert not world.lock_file.exists()


def test_what_was_put_back_is_said(world: World) -> None:
    """The error's details and the audit log name each tool that was put back and what it is now."""
    world.uv("tool", "install", "pycowsay==0.0.0.1")
    world.declare('[tools.uv]\npycowsay = "0.0.0.2"\n' + local(world, FAILS))

    done = world.aim("install", **ONE_BY_ONE, **TRUST)

    assert done.exit_code == 4, done.text
    assert "  pycowsay is back to 0.0.0.1\n" in done.stderr.partition("error: ")[2]
    assert world.version_of("pycowsay") == "0.0.0.1"
    assert world.events("tool.failed") == ["uv:thud"]
    assert world.events("tool.undone") == ["uv:pycowsay"]


def test_a_later_run_after_the_cause_is_gone_finishes(world: World) -> None:
    """Once the package can be built, the same command installs everything."""
    world.declare('[tools.npm]\nmkdirp = "3.0.1"\n[tools.uv]\n' + local(world, FAILS))
    failed = world.aim("install", **TRUST)
    backend = world.project / "thud" / "backend.py"
    backend.write_text(backend.read_text().replace(FAILS, "pass"))

    done = world.aim("install", **TRUST)

    assert failed.exit_code == 4, failed.text
    assert done.exit_code == 0, done.text
    assert world.command("thud").stdout == "thud 1.0\n"
    assert world.version_of("mkdirp") == "3.0.1"


def test_a_request_in_uvs_receipt_survives_a_rollback(world: World) -> None:
    """uv's receipt said "any version" before: so it does after our change was undone, or their upgrades would stop."""
    world.uv("tool", "install", "pycowsay")
    receipt = world.uv_tools / "pycowsay" / "uv-receipt.toml"
    before = tomllib.loads(receipt.read_text())["tool"]["requirements"]
    world.declare('[tools.uv]\npycowsay = "0.0.0.1"\n' + local(world, FAILS))

    done = world.aim("install", **ONE_BY_ONE, **TRUST)

    assert done.exit_code == 4, done.text
    assert world.version_of("pycowsay") == "0.0.0.2"
    assert tomllib.loads(receipt.read_text())["tool"]["requirements"] == before


def test_a_request_in_pipxs_receipt_survives_a_rollback(world: World) -> None:
    """What the user had asked pipx for, a range, and what they had injected is there after our change was undone."""
    world.pipx("install", "ruff<0.10")
    world.pipx("inject", "ruff", "pycowsay")
    world.pipx("pin", "ruff")
    before = pipx_receipt(world, "ruff")
    world.declare('[tools.pipx]\nruff = "0.14.1"\n[tools.uv]\n' + local(world, FAILS))

    done = world.aim("install", **ONE_BY_ONE, **TRUST)

    after = pipx_receipt(world, "ruff")
    assert done.exit_code == 4, done.text
    assert world.version_of("ruff").startswith("0.9.")
    assert after["main_package"] == before["main_package"]
    assert after["injected_packages"] == before["injected_packages"]


def test_without_consent_nothing_is_started(world: World) -> None:
    """A project's own code is not built unasked: exit 7, what it is, how to consent, and no program started."""
    world.declare('[tools.npm]\nmkdirp = "3.0.1"\n[tools.uv]\n' + local(world, FAILS))
    before = world.tree()

    done, started = world.programs_started("bootstrap")

    assert done.exit_code == 7, done.text
    assert "uv:thud is built from" in done.stderr
    assert "aim config trust" in done.stderr
    assert started == []
    assert world.tree() == before


def test_consent_is_remembered_until_the_file_changes(world: World) -> None:
    """`aim config trust` lets the project build its package; a changed aim.toml has to be trusted again."""
    text = "[tools.uv]\n" + local(world, "pass")
    world.declare(text)
    world.aim("config", "trust")

    done = world.aim("install")
    world.declare(text + '[tools.npm]\nmkdirp = "3.0.1"\n')
    (world.bin / "thud").unlink()
    again = world.aim("install")

    assert done.exit_code == 0, done.text
    assert again.exit_code == 7, again.text


# --- killed -----------------------------------------------------------------------------------------------------

MOMENTS: dict[str, Callable[[World], object]] = {
    "first start": lambda world: "start" in events(world),
    "first child": lambda world: "child" in events(world),
    "three children": lambda world: events(world).count("child") >= 3,
    "first done": lambda world: "done" in events(world),
}
THREE = '[tools.pipx]\nruff = "0.14.1"\n[tools.npm]\nprettier = "3.6.2"\n[tools.uv]\npycowsay = "0.0.0.2"\n'
VERSIONS = {"ruff": "0.14.1", "prettier": "3.6.2", "pycowsay": "0.0.0.2"}


def events(world: World) -> list[str]:
    return [line["event"] for line in world.journal()]


def with_older_ones(world: World) -> None:
    world.pipx("install", "ruff==0.9.0")
    world.uv("tool", "install", "pycowsay==0.0.0.1")
    world.aim("install", "prettier", "--manager", "npm", "--version", "3.5.0")


def kill_in_the_middle(world: World, moment: str, *, with_children: bool) -> None:
    with world.running("install") as process:
        wait_until(lambda: MOMENTS[moment](world) or process.poll() is not None)
        children = descendants(process.pid) if with_children else []
        process.kill()
        for child in children:
            child.kill()
    if with_children:
        psutil.wait_procs(children, timeout=60)


def lost_files(world: World) -> list[str]:
    """Files that a Python package's RECORD promises and that are not there."""
    records = [*world.venvs.glob("*/lib/python*/site-packages/*.dist-info/RECORD")]
    records += world.uv_tools.glob("*/lib/python*/site-packages/*.dist-info/RECORD")
    return [
        str(record.parent.parent / row[0])
        for record in records
        for row in csv.reader(record.read_text().splitlines())
        if row and not (record.parent.parent / row[0]).exists()
    ]


@pytest.mark.parametrize("before", ["nothing", "older"])
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("whole", [False, True], ids=["aim alone", "all of it"])
def test_a_killed_run_is_finished_by_the_next(world: World, moment: str, before: str, whole: bool) -> None:
    """After kill -9 the next run says what it found and finishes the job; the one after it changes nothing."""
    if before == "older":
        with_older_ones(world)
    world.declare(THREE)
    kill_in_the_middle(world, moment, with_children=whole)
    found = world.journal()

    second, third = world.aim("bootstrap"), world.aim("bootstrap")

    assert found, "the run was in the middle of something"
    assert second.exit_code == 0, second.text
    assert "aim install" in second.stderr
    assert "was killed" in second.stderr
    assert third.exit_code == 0, third.text
    assert "nothing to change" in third.stdout
    assert "was killed" not in third.text
    assert {name: world.version_of(name) for name in VERSIONS} == VERSIONS
    assert lost_files(world) == []
    assert world.journal() == []


@pytest.mark.parametrize("kind", ["pipx", "uv"])
def test_an_orphaned_installer_is_stopped(world: World, kind: str) -> None:
    """The installer that the killed run had started still works: it and all its children are stopped, then replaced."""
    gate = world.gate("thud")
    world.declare(f"[tools.{kind}]\n{THUD}")
    with world.running("install", **TRUST) as process:
        gate.wait()
        orphans = descendants(process.pid)
        process.kill()
    alive = living(orphans)
    gate.stay_open()

    done = world.aim("install", **TRUST)

    assert alive, "the installer outlived its parent"
    assert done.exit_code == 0, done.text
    assert "was killed while changing" in done.stderr
    assert "stopped its installer" in done.stderr
    assert living(orphans) == []
    assert world.command("thud").stdout == "thud 1.0\n"


@pytest.mark.parametrize("kind", ["pipx", "uv"])
def test_an_orphan_of_the_installer_is_stopped_too(world: World, kind: str) -> None:
    """AIM and its installer are gone, a build that the installer had started still works: it is found and stopped."""
    gate = world.gate("thud")
    world.declare(f"[tools.{kind}]\n{THUD}")
    with world.running("install", **TRUST) as process:
        gate.wait()
        direct, family = psutil.Process(process.pid).children(), descendants(process.pid)
        process.kill()
        for installer in direct:
            installer.kill()
    psutil.wait_procs(direct, timeout=60)
    builds = living(family)
    gate.stay_open()

    done = world.aim("install", AIM_BOOTSTRAP_TIMEOUT_S="60", **TRUST)

    assert builds, "a build outlived the installer"
    assert done.exit_code == 0, done.text
    assert living(builds) == []
    assert world.command("thud").stdout == "thud 1.0\n"


def test_status_tells_of_a_killed_run(world: World) -> None:
    """`aim status` says that a run was killed while it changed things, and what to type."""
    gate = world.gate("thud")
    world.declare(f"[tools.uv]\n{THUD}")
    with world.running("install", **TRUST) as process:
        gate.wait()
        orphans = descendants(process.pid)
        process.kill()
    for orphan in orphans:
        orphan.kill()

    done = world.aim("status")

    assert "was killed" in done.stdout
    assert "aim install" in done.stdout


# --- interrupted ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["first child", "first done"])
def test_an_interrupt_puts_everything_back(world: World, number: signal.Signals, moment: str) -> None:
    """Ctrl-C, a cancelled job or a closed terminal in the middle: exit 130, all as before, no child left."""
    with_older_ones(world)
    world.declare(THREE)
    before, there = world.plan(), world.installed()
    with world.running("install", AIM_BOOTSTRAP_JOBS="2") as process:
        wait_until(lambda: MOMENTS[moment](world) or process.poll() is not None)
        children = descendants(process.pid)
        process.send_signal(number)
        _, said = process.communicate(timeout=120)

    assert process.returncode == 130, said
    assert "interrupted" in said
    assert world.plan() == before
    assert world.installed() == there
    assert {name: world.version_of(name) for name in VERSIONS} == {
        "ruff": "0.9.0",
        "prettier": "3.5.0",
        "pycowsay": "0.0.0.1",
    }
    assert living(children) == []
    assert world.journal() == []
    assert "was killed" not in world.aim("status").stdout


@pytest.mark.parametrize("kind", ["pipx", "uv"])
def test_an_interrupt_reaches_a_build(world: World, kind: str) -> None:
    """An installer that is waiting for its build is stopped with it, and nothing of it stays."""
    gate = world.gate("thud")
    world.declare(f"[tools.{kind}]\n{THUD}")
    with world.running("install", **TRUST) as process:
        gate.wait()
        children = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)

    assert process.returncode == 130, said
    assert living(children) == []
    assert world.installed() == []
    assert world.reasons() == {f"{kind}:thud": "missing"}


def test_an_impatient_ctrl_c_does_not_stop_the_undo(world: World) -> None:
    """Three more interrupts while things are put back change nothing."""
    world.pipx("install", "ruff==0.9.0")
    gate = world.gate("thud")
    world.declare('[tools.pipx]\nruff = "0.14.1"\n[tools.uv]\n' + THUD)
    with world.running("install", **TRUST, **ONE_BY_ONE) as process:
        gate.wait()
        for _ in range(4):
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)

    assert process.returncode == 130, said
    assert world.version_of("ruff") == "0.9.0"


def test_a_deaf_installer_is_killed(world: World) -> None:
    """A build that ignores SIGTERM is killed after the grace period: Ctrl-C ends, and nothing is left."""
    gate = world.gate("thud")
    backend = world.project / "thud" / "backend.py"
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN)"
    backend.write_text(f"{deaf}\n{backend.read_text()}")
    world.declare(f"[tools.pipx]\n{THUD}")
    with world.running("install", **TRUST) as process:
        gate.wait()
        children = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

    assert process.returncode == 130, said
    assert living(children) == []


# --- the installer is killed, or takes too long -------------------------------------------------------------------


ESLINT = '[tools.npm]\neslint = {{ version = "{}", layout = "global" }}\n'


def retired(world: World, name: str) -> Path | None:
    """Where npm has set a package aside, once the new version is being unpacked in its place."""
    aside = next(world.modules.glob(f".{name}-*"), None)
    return aside if aside and (world.modules / name).is_dir() else None


def npm_only_once(world: World) -> None:
    """The next npm is the real one; all after it fail, as without a network."""
    npm = world.root / "programs" / "npm"
    real, used = npm.resolve(), world.root / "used"
    npm.unlink()
    npm.write_text(f'#!/bin/sh\n[ -e {used} ] && exit 1\n: > {used}\nexec {real} "$@"\n')
    npm.chmod(0o755)


def test_a_killed_npm_is_undone_without_npm(world: World) -> None:
    """kill -9 while it unpacks the new version: the old one is renamed back and works, and no npm is needed for it."""
    world.declare(ESLINT.format("8.0.0"))
    world.aim("install")
    world.declare(ESLINT.format("9.39.0"))
    npm_only_once(world)
    with world.running("install") as process:
        wait_until(lambda: retired(world, "eslint") or process.poll() is not None)
        for child in descendants(process.pid):
            child.kill()
        _, said = process.communicate(timeout=60)

    assert process.returncode == 4, said
    assert "eslint is back to 8.0.0" in said
    assert world.version_of("eslint") == "8.0.0"
    assert list(world.modules.glob(".*")) == []


def test_what_a_killed_npm_set_aside_survives_a_run_without_network(world: World) -> None:
    """AIM and npm are gone: the next run puts the old version back before it fails, instead of losing it."""
    world.declare(ESLINT.format("8.0.0"))
    world.aim("install")
    world.declare(ESLINT.format("9.39.0"))
    npm_only_once(world)
    with world.running("install") as process:
        wait_until(lambda: retired(world, "eslint") or process.poll() is not None)
        children = descendants(process.pid)
        process.kill()
        for child in children:
            child.kill()
    psutil.wait_procs(children, timeout=60)

    done = world.aim("install")

    assert done.exit_code == 4, done.text
    assert "eslint is back to 8.0.0" in done.stderr
    assert world.version_of("eslint") == "8.0.0"


@pytest.mark.parametrize("kind", ["pipx", "uv"])
@pytest.mark.parametrize("is_deaf", [False, True], ids=["obedient", "deaf"])
def test_an_installer_that_takes_too_long_is_stopped_whole(world: World, kind: str, is_deaf: bool) -> None:
    """SIGTERM to all of it, SIGKILL after the grace period to the deaf: exit 8, nothing lives on, nothing is left."""
    gate = world.gate("thud")
    if is_deaf:
        backend = world.project / "thud" / "backend.py"
        backend.write_text(f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{backend.read_text()}")
    world.declare(f"[tools.{kind}]\n{THUD}")
    with world.running("install", AIM_BOOTSTRAP_TIMEOUT_S="5", **TRUST) as process:
        gate.wait()
        children = descendants(process.pid)
        _, said = process.communicate(timeout=60)

    assert process.returncode == 8, said
    assert "did not end within 5 s and was stopped" in said
    assert "fix: raise bootstrap.timeout_s" in said
    assert living(children) == []
    assert world.installed() == []


def test_one_404_does_not_block_the_others(world: World) -> None:
    """With --keep-going: one npm for all fails, is halved, and three of four are there; the culprit is named."""
    versions = {"cowsay": "1.6.0", "mkdirp": "3.0.1", "rimraf": "99.0.0", "semver": "7.6.0"}
    lines = (f'{name} = {{ version = "{version}", layout = "global" }}\n' for name, version in versions.items())
    world.declare("[tools.npm]\n" + "".join(lines))

    done = world.aim("install", "--keep-going")

    assert done.exit_code == 4, done.text
    assert "3 installed, 1 failed" in done.stdout
    assert "rimraf: npm has no such version" in done.stderr
    assert [world.version_of(name) for name in ("cowsay", "mkdirp")] == ["1.6.0", "3.0.1"]
    assert sorted(path.name for path in world.modules.iterdir()) == ["cowsay", "mkdirp", "semver"]


# --- no network, wrong names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "tool", "registry"),
    [
        ('[tools.pipx]\nisort = "7.0.0"\n', "isort", "PyPI"),
        ('[tools.npm]\nmkdirp = "3.0.1"\n', "mkdirp", "npm"),
        ('[tools.uv]\nisort = "7.0.0"\n', "isort", "PyPI"),
    ],
    ids=["pipx", "npm", "uv"],
)
def test_no_network_is_a_sentence(world: World, tmp_path: Path, declared: str, tool: str, registry: str) -> None:
    """A registry that refuses connections: exit 4, tool and registry named, a remedy, nothing left behind."""
    world.declare(declared)
    caches = {"UV_CACHE_DIR": str(tmp_path / "empty"), "npm_config_cache": str(tmp_path / "empty-npm")}
    before = world.reasons()

    done = world.aim("install", **NO_NETWORK, **caches)

    assert done.exit_code == 4, done.text
    error = next(line for line in done.stderr.splitlines() if line.startswith("error: "))
    assert tool in error
    assert f"the {registry} registry cannot be reached" in error
    assert "fix: check the network" in done.stderr
    assert world.reasons() == before
    assert world.installed() == []


def test_no_network_is_tried_again(world: World, tmp_path: Path) -> None:
    """A network failure is retried as often as bootstrap.retries says, and each pause is announced."""
    world.declare('[tools.uv]\nisort = "7.0.0"\n')
    settings = NO_NETWORK | {"AIM_BOOTSTRAP_RETRIES": "1", "UV_CACHE_DIR": str(tmp_path / "empty")}

    done, started = world.programs_started("install", **settings)

    assert done.exit_code == 4, done.text
    assert done.stderr.count("again in") == 1
    assert len([argv for argv in installers(started) if "isort==7.0.0" in argv]) == 2


@pytest.mark.parametrize("kind", ["pipx", "npm", "uv"])
def test_a_name_that_is_not_published_is_told_before_anything_is_touched(world: World, kind: str) -> None:
    """Names are looked up first: exit 4, all unknown ones at once, and the tool that could be had is not installed."""
    unknown = f'[tools.{kind}]\naim-no-such-package-x9 = "*"\naim-no-such-package-x8 = "*"\n'
    world.declare(unknown + '[tools.npm.mkdirp]\nversion = "3.0.1"\n')
    registry = "npm" if kind == "npm" else "PyPI"

    done, started = world.programs_started("install")

    assert done.exit_code == 4, done.text
    assert "error: 2 names are unknown to their indexes" in done.stderr
    assert f"{kind}:aim-no-such-package-x8: {registry} has no such package" in done.stderr
    assert f"{kind}:aim-no-such-package-x9: {registry} has no such package" in done.stderr
    assert "fix: correct the names in aim.toml" in done.stderr
    assert installers(started) == []
    assert world.installed() == []


@pytest.mark.parametrize(
    ("declared", "name", "what"),
    [
        ('[tools.pipx]\nruff = "99.0.0"\n', "ruff", "PyPI has no such version"),
        ('[tools.npm]\nmkdirp = "99.0.0"\n', "mkdirp", "npm has no such version"),
        ('[tools.uv]\npycowsay = "99.0.0"\n', "pycowsay", "PyPI has no such version"),
        ('[tools.pipx]\nruff = ">=98,<99"\n', "ruff", "PyPI has no such version"),
        ('[tools.npm]\nmkdirp = "^99"\n', "mkdirp", "npm has no such version"),
        ('[tools.uv]\npycowsay = ">=98"\n', "pycowsay", "PyPI has no such version"),
    ],
)
def test_a_version_that_is_not_published_is_named(world: World, declared: str, name: str, what: str) -> None:
    """The tool and the registry that has no such version are named: exit 4, a remedy, no retry, nothing is left."""
    world.declare(declared)

    done = world.aim("install")

    assert done.exit_code == 4, done.text
    assert f"error: {name}: {what}" in done.stderr
    assert world.installed() == []
    assert "aim.toml" in done.stderr.partition("fix: ")[2]
    assert "again in" not in done.stderr


def test_an_optional_tool_may_fail(world: World) -> None:
    """With --all a failing optional tool is a warning with its remedy: exit 0, and the others are there."""
    world.declare(
        '[tools.uv]\npycowsay = "0.0.0.2"\n[tools.npm]\nmkdirp = { version = "99.0.0", optional = true }\n'
        '[tools.pipx]\nruff = { version = "99.0.0", optional = true }\n'
    )
    world.pipx("install", "ruff==0.14.1")

    done = world.aim("install", "--all")

    assert done.exit_code == 0, done.text
    assert "mkdirp: npm has no such version" in done.text
    assert "fix: " in done.stdout
    assert world.version_of("pycowsay") == "0.0.0.2"
    assert world.version_of("ruff") == "0.14.1"


def test_an_optional_tool_that_is_named_may_not_fail(world: World) -> None:
    """Who names an optional tool wants it: its failure is an error."""
    world.declare('[tools.npm]\nmkdirp = { version = "99.0.0", optional = true }\n')

    done = world.aim("install", "mkdirp")

    assert done.exit_code == 4, done.text
    assert "error: mkdirp: npm has no such version" in done.stderr


def test_a_failure_is_a_document_too(world: World) -> None:
    """With --json a failure is one document on stdout: its exit code, the error and its remedy."""
    world.declare('[tools.npm]\nmkdirp = "99.0.0"\n')

    done = world.aim("install", "--json")

    document = done.json()
    failed = [record for record in document["records"] if record["status"] == "failed"]
    assert done.exit_code == document["exit_code"] == 4
    assert [record["detail"].splitlines()[0] for record in failed] == ["mkdirp: npm has no such version"]
    assert failed[0]["remedy"]


def test_a_time_limit_stops_the_installer(world: World) -> None:
    """An installer that does not end within bootstrap.timeout_s is stopped with its children: exit 8."""
    world.gate("thud")
    world.declare(f"[tools.uv]\n{THUD}")

    done = world.aim("install", AIM_BOOTSTRAP_TIMEOUT_S="3", **TRUST)

    assert done.exit_code == 8, done.text
    assert "thud" in done.stderr
    assert "bootstrap.timeout_s" in done.stderr
    assert world.reasons() == {"uv:thud": "missing"}
    assert living(processes_in(world.home)) == []


def test_an_installer_sees_no_secret(world: World) -> None:
    """What a package runs when it is built, and a tool when it is asked for a sign of life, has none to take away."""
    seen = world.root / "seen"
    keys = "sorted({'MY_KEY', 'OPENAI_API_KEY', 'AIM_AGE_KEY'} & {*os.environ})"
    world.package("curious", f"import os, pathlib; pathlib.Path({str(seen)!r}).write_text(str({keys}))")
    world.declare('[tools.pipx]\ncurious = { source = "./curious" }\n[secrets]\nrequired = ["MY_KEY"]\n')

    done = world.aim("install", AIM_TRUST="1", MY_KEY="sk-0123456789", OPENAI_API_KEY="sk-9876543210", AIM_AGE_KEY="x")

    assert done.exit_code == 0, done.text
    assert seen.read_text() == "[]"
