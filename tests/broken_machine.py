"""A machine in a box: real files and stub programs in a home of its own, on which faults are planted one by one.

`Machine` is sound when it is made. `FAULTS` are the ways in which it can be broken, each with the one code that it must
be found by; `codes` runs the real program and says which are found.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from aim_lib import identity_choice
from aim_lib.audit import Audit
from aim_lib.host import Folders, Host, iso, utc_now
from aim_lib.identity_choice import Choice
from aim_lib.proc import Runner
from aim_lib.secret import Secret
from aim_lib.vaults import age_file
from tests import fakes
from tests.checkout import with_checkout
from tests.fakes import stub
from tests.test_scenarios import put_npm, put_pipx
from tests.webserver import Server, serving

SECRETS = ("sk-ant-0123456789abcdef", "sk-ant-fedcba9876543210", "hunter2-of-the-index")
LONG_AGO_S = 1_700_000_000
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
LOCKED_KEYRING = """
import keyring.backend
import keyring.errors

class Keyring(keyring.backend.KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        raise keyring.errors.KeyringLocked("it is locked")

    set_password = delete_password = get_password
"""


@dataclass(slots=True)
class Machine:
    """A home, a project, an index on loopback; what is in `health`, `tools`, `path` and `env` counts when it is run."""

    root: Path
    kept: ExitStack
    server: Server
    health: dict[str, object] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def lib(self) -> Path:
        """Where Python finds what is installed beside AIM."""
        return self.root / "lib" / "site-packages"

    @property
    def bin(self) -> Path:
        return self.home / "bin"

    @property
    def folders(self) -> Folders:
        state = self.home / ".local/state/aim"
        return Folders(
            self.home / ".config/aim", state, self.home / ".local/share/aim", state / "log", self.home / ".cache/aim"
        )

    @property
    def host(self) -> Host:
        return fakes.host(home=self.home, env=self.variables(), folders=self.folders, python=sys.executable, user="")

    def audit(self) -> Audit:
        """The event log; its events are of now, or the program would find it old enough to be sealed."""
        return replace(fakes.audit(self.folders.logs), stamp=lambda: iso(utc_now()))

    def variables(self) -> dict[str, str]:
        return {"HOME": str(self.home), "PATH": ":".join(self.path), "LANG": "C.UTF-8", **self.env}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the program as one who may not write everywhere, as root may."""
        lines = [f"{key} = {json.dumps(value)}" for key, value in self.health.items()]
        project = self.root / "project"
        (project / "aim.toml").write_text("\n".join([TOOLS, "[health]", *lines, ""]), encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-m", "aim_lib", *words],
            cwd=project,
            env=with_checkout(self.variables()),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            preexec_fn=without_override if os.geteuid() == 0 else None,
        )


TOOLS = """
[tools.pipx]
ruff = "0.14.1"
black = "25.9.0"
pytest = "8.4.2"
[tools.npm]
eslint = "9.39.0"
"""


def without_override() -> None:
    """Root that has to keep to owners and modes like everybody: what it starts has no CAP_DAC_OVERRIDE."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


def codes(machine: Machine) -> list[str]:
    """Every code that one run of `aim health` finds, sorted; a finding of each check counts, and none is doubled."""
    done = machine.run("health", "--json")
    document = json.loads(done.stdout)
    found: list[str] = []
    for record in document["records"]:
        findings = record["facts"].get("findings") or [record]
        found += [finding["code"] for finding in findings if finding["code"]]
    assert done.returncode == (1 if document["overall_status"] == "unhealthy" else 0)
    return sorted(found)


def make(root: Path, kept: ExitStack) -> Machine:
    """A machine on which nothing is wrong; `kept` is closed when it is no longer needed."""
    machine = Machine(root, kept, kept.enter_context(serving()))
    home = machine.home
    for folder in (machine.bin, root / "project", machine.lib):
        folder.mkdir(parents=True)
    for folder in (machine.folders.config, machine.folders.state, machine.folders.data, machine.folders.cache):
        folder.mkdir(parents=True, mode=0o700)
    for command in ("git 2.47.1", "make 4.4", "jq 1.7", "gh 2.60", "fzf 0.60", "rg 14.1", "node 22.1", "npm 10.9"):
        stub(machine.bin, command.split()[0], f"echo {command}")
    stub(machine.bin, "claude", "echo 2.0.31")
    machine.path = [str(machine.bin), str(home / ".local/bin"), str(home / ".local/share/aim/npm/bin")]
    machine.health = {
        "required_commands": ["git", "make", "jq>=1.6"],
        "optional_commands": ["gh", "fzf", "rg>=13"],
        "network": True,
        "cache_warn_gb": 0.002,
        "min_free_gb": 0.01,
    }
    machine.env = {
        "PIP_INDEX_URL": f"{machine.server.url}/simple",
        "NPM_CONFIG_REGISTRY": f"{machine.server.url}/npm/",
        "PYTHONPATH": str(machine.lib),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    _put_tools(machine)
    _put_job(machine, "health")
    audit = machine.audit()
    for text in ("one", "two", "three"):
        audit.write("health.check", text)
    vault = age_file.open(machine.host, Runner())
    vault.ladder.init("file", has_consent=True)
    vault.set("API_KEY", Secret(SECRETS[0]))
    return machine


def _put_tools(machine: Machine) -> None:
    local = machine.home / ".local"
    put_pipx(local, "ruff", "0.14.1", "ruff")
    put_pipx(local, "black", "25.9.0", "black")
    put_pipx(local, "pytest", "8.4.2", "pytest")
    put_npm(local, "eslint", "9.39.0", "eslint")


def _put_job(machine: Machine, name: str, program: str = "/bin/sh", last_s: float = 0.0) -> Path:
    """An hourly timer that is switched on, with its service, and the stamp of its last run (default: now)."""
    timer = machine.home / ".config/systemd/user" / f"aim-{name}.timer"
    wants = timer.parent / "timers.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    timer.write_text("[Timer]\nOnUnitActiveSec=3600s\n")
    timer.with_suffix(".service").write_text(f'[Service]\nExecStart="{program}" "health"\n')
    (wants / timer.name).symlink_to(timer)
    stamp = machine.home / ".local/share/systemd/timers" / f"stamp-{timer.name}"
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()
    if last_s:
        os.utime(stamp, (last_s, last_s))
    return timer


# --- faults ---------------------------------------------------------------------------------------------------------


def an_old_python(machine: Machine) -> None:
    machine.health["min_python"] = "3.99"


def no_git(machine: Machine) -> None:
    (machine.bin / "git").unlink()


def a_dead_make(machine: Machine) -> None:
    stub(machine.bin, "make").write_text("#!/nowhere/interpreter\n")


def an_old_jq(machine: Machine) -> None:
    stub(machine.bin, "jq", "echo jq-1.5")


def no_gh(machine: Machine) -> None:
    (machine.bin / "gh").unlink()


def a_dead_fzf(machine: Machine) -> None:
    stub(machine.bin, "fzf").write_text("#!/nowhere/interpreter\n")


def an_old_rg(machine: Machine) -> None:
    stub(machine.bin, "rg", "echo ripgrep 11.0.2")


def an_ai_tool_without_bun(machine: Machine) -> None:
    stub(machine.bin, "claude").write_text("#!/usr/bin/env bun\n")


def an_expired_secret(machine: Machine) -> None:
    age_file.open(machine.host, Runner()).set("OLD_KEY", Secret(SECRETS[1]), expires="2000-01-01")


def a_locked_keyring(machine: Machine) -> None:
    (machine.lib / "locked_keyring.py").write_text(LOCKED_KEYRING)
    choice = Choice(kind="keyring", recipient="", reason="it was chosen", backend="locked_keyring.Keyring")
    identity_choice.remember_choice(machine.host, choice)


def a_closed_folder(machine: Machine) -> None:
    machine.folders.config.chmod(0o555)


def a_bin_folder_off_path(machine: Machine) -> None:
    machine.path.remove(str(machine.home / ".local/share/aim/npm/bin"))


def an_open_key(machine: Machine) -> None:
    """One that was left behind when the key moved: the vault is opened by another."""
    key = machine.folders.data / "secrets" / "identity.age"
    key.write_text("a key that is no longer used")
    key.chmod(0o644)


def an_open_log(machine: Machine) -> None:
    (machine.folders.logs / "audit.lock").chmod(0o644)


def a_closed_log(machine: Machine) -> None:
    (machine.folders.logs / "audit.jsonl").chmod(0o400)


def an_open_folder_on_path(machine: Machine) -> None:
    folder = machine.home / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    machine.path.append(str(folder))


def an_open_folder(machine: Machine) -> None:
    machine.folders.data.chmod(0o757)


def a_shadowed_ruff(machine: Machine) -> None:
    other = stub(machine.home / "brew/Cellar/ruff/0.15.0/bin", "ruff", "echo ruff 0.15.0")
    machine.path.insert(0, str(other.parent))


def a_relative_folder_on_path(machine: Machine) -> None:
    machine.path.append("node_modules/.bin")


def a_drifted_black(machine: Machine) -> None:
    shutil.rmtree(machine.home / ".local/share/pipx/venvs/black")
    (machine.home / ".local/bin/black").unlink()
    put_pipx(machine.home / ".local", "black", "25.1.0", "black")


def two_managers(machine: Machine) -> None:
    other = stub(machine.home / ".cargo/bin", "pytest", "echo pytest 1.0")
    machine.path.append(str(other.parent))


def a_large_cache(machine: Machine) -> None:
    blob = machine.home / ".cache/uv/archive/blob"
    blob.parent.mkdir(parents=True)
    blob.write_bytes(os.urandom(3_000_000))


def a_full_disk(machine: Machine) -> None:
    """A small one of its own below the cache, where one may be mounted; else none has the room that is asked for."""
    cache = machine.folders.cache
    mount, umount = (shutil.which(name, path=SYSTEM_PATH) for name in ("mount", "umount"))
    argv = (mount or "", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", str(cache))
    if not mount or not umount or subprocess.run(argv, capture_output=True, check=False).returncode:
        machine.health["min_free_gb"] = 1e9
        return
    machine.kept.callback(subprocess.run, (umount, "-l", str(cache)), check=True)
    try:
        (cache / "all").write_bytes(b"x" * 1_000_000)
    except OSError:
        return
    raise AssertionError("a disk of 256 KiB has taken a megabyte")


def a_full_quota(machine: Machine) -> None:
    stub(machine.bin, "quota", "echo 'Disk quotas for user ada:'; echo '/dev/sda1 5000* 4000 4500 6days'; exit 1")


def a_clock_that_was_set_back(machine: Machine) -> None:
    machine.audit().write("health.check", "later", timestamp="2999-01-01T00:00:00.000Z")


def a_dead_index(machine: Machine) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    machine.env["PIP_INDEX_URL"] = f"http://user:{SECRETS[2]}@127.0.0.1:{port}/simple"


def an_overdue_job(machine: Machine) -> None:
    _put_job(machine, "update", last_s=LONG_AGO_S)


def half_a_job(machine: Machine) -> None:
    _put_job(machine, "scan").with_suffix(".service").unlink()


def a_job_without_its_program(machine: Machine) -> None:
    _put_job(machine, "watch", program=str(machine.home / "old/bin/aim"))


def an_edited_event(machine: Machine) -> None:
    log = machine.folders.logs / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"two"', b'"too"'))


def a_stale_lock(machine: Machine) -> None:
    card = {"command": "install", "pid": 4_194_999, "since": "2026-01-02 12:00:00 UTC"}
    (machine.folders.state / "machine.owner.json").write_text(json.dumps(card))


def a_killed_run(machine: Machine) -> None:
    events = (
        {"event": "begin", "command": "install", "since": "2026-01-02T12:00:00.000Z", "run": "gone"},
        {"event": "start", "id": "pipx:black", "have": "25.1.0", "want": "25.9.0"},
    )
    lines = "".join(f"{json.dumps(event)}\n" for event in events)
    (machine.folders.state / "journal.jsonl").write_text(lines)


def half_a_file(machine: Machine) -> None:
    half = machine.folders.state / ".owned.json.k3x_9a0b"
    half.touch()
    os.utime(half, (LONG_AGO_S, LONG_AGO_S))


def a_broken_plugin(machine: Machine) -> None:
    info = machine.lib / "a_stranger-1.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text("[aim.checks]\nstrange = a_stranger\n")
    (machine.lib / "a_stranger.py").write_text("import nothing_that_is_there\n")


def a_dangling_link(machine: Machine) -> None:
    (machine.home / ".local/bin/gone").symlink_to(machine.folders.data / "npm/lib/node_modules/gone/cli.js")


Fault = Callable[[Machine], None]
FAULTS: dict[Fault, str] = {
    an_old_python: "AIM-H001",
    no_git: "AIM-H010",
    a_dead_make: "AIM-H011",
    an_old_jq: "AIM-H012",
    no_gh: "AIM-H020",
    a_dead_fzf: "AIM-H021",
    an_old_rg: "AIM-H022",
    an_ai_tool_without_bun: "AIM-H030",
    an_expired_secret: "AIM-H041",
    a_locked_keyring: "AIM-H040",
    a_closed_folder: "AIM-H060",
    a_bin_folder_off_path: "AIM-H061",
    an_open_key: "AIM-H070",
    an_open_log: "AIM-H071",
    an_open_folder_on_path: "AIM-H074",
    an_open_folder: "AIM-H075",
    a_shadowed_ruff: "AIM-H080",
    a_relative_folder_on_path: "AIM-H081",
    a_drifted_black: "AIM-H090",
    two_managers: "AIM-H100",
    a_large_cache: "AIM-H110",
    a_full_disk: "AIM-H121",
    a_full_quota: "AIM-H122",
    a_clock_that_was_set_back: "AIM-H131",
    a_dead_index: "AIM-H140",
    an_overdue_job: "AIM-H150",
    half_a_job: "AIM-H151",
    a_job_without_its_program: "AIM-H152",
    an_edited_event: "AIM-H160",
    a_stale_lock: "AIM-H170",
    a_killed_run: "AIM-H172",
    half_a_file: "AIM-H173",
    a_broken_plugin: "AIM-H190",
    a_dangling_link: "AIM-H200",
    a_closed_log: "AIM-H073",  # last: nobody writes to the log behind it
}


def plant(machine: Machine, faults: Iterable[Fault]) -> list[str]:
    """Break the machine in these ways; the codes that must be found, sorted."""
    asked = tuple(faults)
    for fault in asked:
        fault(machine)
    return sorted(FAULTS[fault] for fault in asked)


def name_of(fault: Fault) -> str:
    return re.sub("_", " ", fault.__name__)
