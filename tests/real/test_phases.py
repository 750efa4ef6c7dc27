"""Our own process killed at each phase of a run, and a file system that refuses: the next run finishes the job."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from .world import Done, World, descendants, wait_until

pytestmark = pytest.mark.real

BOTH = '[tools.pipx]\npycowsay = "0.0.0.2"\n[tools.npm]\nmkdirp = "3.0.1"\n'
VERSIONS = {"pycowsay": "0.0.0.2", "mkdirp": "3.0.1"}
# Kills the process in the moment before it does the wanted thing for the n-th time; only ours, not an installer.
HOOK = """
import os, signal, sys
WRITING = os.O_WRONLY | os.O_RDWR
seen = 0
def note(event, args):
    global seen
    if event != {event!r} or not str(args[{place}]).endswith({name!r}):
        return
    if event == "open" and not (isinstance(args[2], int) and args[2] & WRITING):
        return
    seen += 1
    if seen == {count}:
        os.kill(os.getpid(), signal.SIGKILL)
if "aim_lib" in sys.orig_argv:
    sys.addaudithook(note)
"""
# phase → (what Python calls it, which of its arguments, how that ends, the how manieth)
PHASES = {
    "the journal begins": ("open", 0, "journal.jsonl", 1),
    "the first change starts": ("open", 0, "journal.jsonl", 2),
    "the second line of a change": ("open", 0, "journal.jsonl", 3),
    "the third line of a change": ("open", 0, "journal.jsonl", 4),
    "the fourth line of a change": ("open", 0, "journal.jsonl", 5),
    "the fifth line of a change": ("open", 0, "journal.jsonl", 6),
    "an installer starts": ("subprocess.Popen", 0, "", 2),
    "the journal ends": ("os.remove", 0, "journal.jsonl", 2),
    "what is ours is noted": ("os.rename", 1, "owned.json", 1),
    "what was installed is noted": ("os.rename", 1, "installed.json", 1),
    "the lock is written": ("os.rename", 1, "aim.lock", 1),
}


def killed(world: World, phase: str) -> Done:
    """`aim bootstrap`, killed in the moment before `phase`."""
    event, place, name, count = PHASES[phase]
    hook = world.root / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(HOOK.format(event=event, place=place, name=name, count=count))
    return world.aim("bootstrap", PYTHONPATH=str(hook))


@pytest.mark.parametrize("phase", PHASES)
def test_killed_at_any_phase_the_next_run_ends_it(world: World, phase: str) -> None:
    """SIGKILL: the next run installs what is missing and leaves nothing to do, and nothing of the dead one."""
    world.declare(BOTH)
    dead = killed(world, phase)

    second, third = world.aim("bootstrap"), world.aim("bootstrap")

    assert dead.exit_code == -9, dead.text
    assert "Traceback" not in dead.text + second.text
    assert second.exit_code == 0, second.text
    assert (third.exit_code, "nothing to change" in third.stdout) == (0, True), third.text
    assert {name: world.version_of(name) for name in VERSIONS} == VERSIONS
    assert world.aim("version", "check", "--check").exit_code == 0
    assert world.journal() == []


# --- the installer is killed, and we are not --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pipx", "uv"])
def test_a_killed_installer_is_a_failure_and_undone(world: World, kind: str) -> None:
    """SIGKILL to the installer and its build: exit 4, nothing of it stays, and the same command installs."""
    gate = world.gate("thud")
    world.declare(f'[tools.{kind}]\nthud = {{ source = "./thud" }}\n')
    with world.running("install", AIM_TRUST="1") as process:
        gate.wait()
        for child in descendants(process.pid):
            child.kill()
        _, said = process.communicate(timeout=120)
    left = world.installed()
    gate.stay_open()

    done = world.aim("install", AIM_TRUST="1")

    assert (process.returncode, left) == (4, []), said
    assert "fix: " in said
    assert "Traceback" not in said
    assert done.exit_code == 0, done.text
    assert world.command("thud").stdout == "thud 1.0\n"


def test_a_killed_npm_leaves_the_former_build_current(world: World) -> None:
    """SIGKILL to npm while it makes an isolated tool: exit 4, the former version answers, and the next run installs."""
    world.declare('[tools.npm]\nprettier = "3.5.0"\n')
    world.aim("install")
    world.declare('[tools.npm]\nprettier = "3.6.2"\n')
    build = world.npm_tools / "prettier" / "3.6.2"
    with world.running("install") as process:
        wait_until(lambda: (build / "package.json").exists() and descendants(process.pid))
        for child in descendants(process.pid):
            child.kill()
        _, said = process.communicate(timeout=120)
    left = world.version_of("prettier"), build.exists()

    done = world.aim("install")

    assert (process.returncode, left) == (4, ("3.5.0", False)), said
    assert "fix: " in said
    assert "Traceback" not in said
    assert done.exit_code == 0, done.text
    assert world.version_of("prettier") == "3.6.2"


# --- the file system refuses ------------------------------------------------------------------------------------

TOOLS = {
    "pipx": ('[tools.pipx]\nruff = "0.14.1"\n', "ruff", "0.14.1"),
    "uv": ('[tools.uv]\nruff = "0.14.1"\n', "ruff", "0.14.1"),
    "npm": ('[tools.npm]\nprettier = "3.6.2"\n', "prettier", "3.6.2"),
}
# Who finds out: the installer, or we, who write the first file of an isolated tool.
REFUSED = {
    "pipx": (4, "check the folder's owner and mode"),
    "uv": (4, "check the folder's owner and mode"),
    "npm": (7, "give yourself write access to {}"),
}


def folder_of(world: World, kind: str) -> Path:
    """Where tools of a kind are installed."""
    folder = {"pipx": world.venvs, "uv": world.uv_tools, "npm": world.npm_tools}[kind]
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("kind", TOOLS)
def test_a_folder_that_may_not_be_written(world: World, kind: str) -> None:
    """Permission denied: 4 from the installer or 7 from us, a remedy, no traceback; later the same command installs."""
    declared, name, version = TOOLS[kind]
    code, remedy = REFUSED[kind]
    world.declare(declared)
    folder = folder_of(world, kind)
    folder.chmod(0o555)

    failed = bounded_aim(world, "install")
    folder.chmod(0o755)
    done = world.aim("install")

    assert (failed.exit_code, f"fix: {remedy.format(folder)}" in failed.stderr) == (code, True), failed.text
    assert "Traceback" not in failed.text
    assert done.exit_code == 0, done.text
    assert world.version_of(name) == version


def bounded_aim(world: World, *words: str) -> Done:
    """AIM without root's right to write everywhere."""
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:
        found = shutil.which("setpriv")
        if not found:
            pytest.skip("root without setpriv may write everywhere")
        prefix = (found, "--bounding-set=-dac_override,-dac_read_search")
    return world.run(*prefix, sys.executable, "-m", "aim_lib", *words)


FULL = """
mount -t tmpfs -o size=400k tmpfs "$1"
"$2" -m aim_lib install; echo "exit $?"
mount -o remount,size=400m "$1"
"$2" -m aim_lib install; echo "exit $?"
"$2" -m aim_lib version check --check; echo "exit $?"
"""


@pytest.mark.parametrize("kind", TOOLS)
def test_a_disk_that_is_full(world: World, kind: str) -> None:
    """No space left: exit 4, that and a remedy are said, no traceback; with room the same command installs."""
    declared, _, _ = TOOLS[kind]
    world.declare(declared)
    folder = folder_of(world, kind)
    there = world.with_env(PATH=f"{world.env['PATH']}:/usr/bin:/bin:/usr/sbin:/sbin")
    if there.run("env", "unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", folder).exit_code:
        pytest.skip("a small disk of its own cannot be mounted here")

    done = there.run("env", "unshare", "-m", "sh", "-c", FULL, "sh", folder, sys.executable)

    assert [line for line in done.stdout.splitlines() if line.startswith("exit ")] == ["exit 4", "exit 0", "exit 0"], (
        done.text
    )
    assert "the disk is full" in done.stderr, done.text
    assert "fix: " in done.stderr
    assert "Traceback" not in done.text
