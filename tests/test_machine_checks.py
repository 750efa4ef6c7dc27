"""The checks of the whole machine where they must not cry wolf, and what only one of them does."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from aim_lib import audit_verify, catalog, machine_facts, registry
from aim_lib.checks import Facts
from aim_lib.checks._commands import Command
from aim_lib.checks._flaws import Flaw, verdict
from aim_lib.drift import Standing
from aim_lib.model import Record, Status
from aim_lib.ownership import Owned
from aim_lib.platforms import Job, _cron, _systemd
from aim_lib.proc import Runner
from aim_lib.schema import Health
from tests import fakes
from tests.fakes import ScriptedRunner, audit, host, stub

POSIX = pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")


def facts(home: Path, **fields: object) -> Facts:
    """A machine of which nothing is asked but what `fields` say; `env` is its environment, `system` its system."""
    env = {"PATH": str(home / "bin"), **dict(fields.pop("env", {}))}  # type: ignore[call-overload]
    on = replace(host(str(fields.pop("system", "linux")), home, env), root=home)
    return fakes.facts(on, **{"now_s": 1_800_000_000.0, **fields})


def run(check: str, told: Facts, runner: Runner | None = None) -> Record:
    record: Record = catalog.load("aim_lib.checks", check).check(told, runner or ScriptedRunner())
    return record


def says(text: str, code: int = 0) -> ScriptedRunner:
    return ScriptedRunner(answer=lambda _argv: (code, text, ""))


# --- several flaws in one Record ------------------------------------------------------------------------------------


def test_the_worst_flaw_is_on_top() -> None:
    """What fails comes before what warns, and gives the Record its code, its remedy and its status."""
    small = Flaw(code="AIM-H120", what="little room", remedy="make room")
    large = Flaw(code="AIM-H121", what="no room", remedy="make room now", status=Status.FAILED)

    found = verdict("disk", [small, large], "fine")

    assert (found.status, found.code, found.remedy) == (Status.FAILED, "AIM-H121", "make room now")
    assert found.detail == "no room\nlittle room (fix: make room)"
    assert [each["code"] for each in found.facts["findings"]] == ["AIM-H121", "AIM-H120"]


def test_no_flaw_is_fine() -> None:
    """Without flaws a Record says what was looked at, and has no findings."""
    found = verdict("disk", (), "fine", free={"home": 1})

    assert (found.status, found.code, found.detail, found.facts) == (Status.OK, "", "fine", {"free": {"home": 1}})


# --- commands -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "least", "is_too_old"),
    [
        ("2.47.1", "2.30", False),
        ("2.30", "2.30.0", False),
        ("2.9", "2.30", True),
        ("2.47.1.windows.1", "2.47.1", False),
        ("20.11.0-pre", "22", True),
        ("", "2.30", False),
        ("2.9", "", False),
    ],
)
def test_versions_are_compared_as_numbers(version: str, least: str, is_too_old: bool) -> None:
    """Digit by digit would be wrong; a command that tells no version is not judged."""
    command = Command(name="git", least=least, path="/usr/bin/git", version=version)

    assert command.is_too_old is is_too_old


def test_a_suggested_command_may_be_missing(tmp_path: Path) -> None:
    """What only the built-in list names is told, and is no flaw: a brand-new machine has none of it."""
    found = run("optional_commands", facts(tmp_path, optional_commands=("node", "gh")))

    assert (found.status, found.detail) == (Status.OK, "not here: node, gh")


@pytest.mark.parametrize("request_", ["git", "git>=2", "git >= 2.30.1", "g++", "x86_64-linux-gnu-gcc-12>=12.2"])
def test_a_command_may_ask_for_a_version(request_: str) -> None:
    """A name, or a name and the oldest version that will do."""
    assert msgspec.convert({"required_commands": [request_]}, Health).required_commands == [request_]


@pytest.mark.parametrize("request_", ["", "git=>2", "git>=", "git>2", "git>=two", "git>=2 gh"])
def test_a_command_that_asks_otherwise_is_a_mistake(request_: str) -> None:
    """What would otherwise be looked for under a strange name is refused where it is written."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"optional_commands": [request_]}, Health)


# --- AI tools -------------------------------------------------------------------------------------------------------


def test_no_ai_tool_is_no_flaw(tmp_path: Path) -> None:
    """A machine may do without."""
    found = run("ai_tools", facts(tmp_path, ai_tools=registry.load().tool))

    assert (found.status, found.detail) == (Status.OK, "none of those we know are here")


def test_the_version_of_an_ai_tool_is_read_beside_it(tmp_path: Path) -> None:
    """No tool is started for its version: the package.json that it lies in says it."""
    package = tmp_path / "lib" / "node_modules" / "@anthropic-ai" / "claude-code"
    script = stub(package, "cli.js", "exit 1")
    (package / "package.json").write_text(json.dumps({"version": "2.0.31"}))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "claude").symlink_to(script)
    runner = ScriptedRunner()

    found = run("ai_tools", facts(tmp_path, ai_tools=registry.load().tool), runner)

    assert (found.detail, runner.asked) == ("claude-code 2.0.31", [])


# --- permissions and PATH -------------------------------------------------------------------------------------------


def test_windows_lists_are_not_judged(tmp_path: Path) -> None:
    """Modes say nothing there."""
    found = run("permissions", facts(tmp_path, system="windows"))

    assert found.status is Status.SKIPPED


@POSIX
def test_modes_that_a_file_system_makes_up_do_not_count(tmp_path: Path) -> None:
    """In WSL all of Windows' folders on PATH look open to everybody."""
    folder = tmp_path / "drive c" / "bin"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    (tmp_path / "proc").mkdir()
    mounted = str(tmp_path / "drive c").replace(" ", "\\040")
    (tmp_path / "proc" / "mounts").write_text(f"C:\\134 {mounted} 9p rw 0 0\n")

    found = run("permissions", facts(tmp_path, env={"PATH": str(folder)}))

    assert found.status is Status.OK


def test_folders_that_are_not_there_are_no_flaw(tmp_path: Path) -> None:
    """Most machines have a PATH with some that are not there, or twice: that is told, and no more."""
    (tmp_path / "bin").mkdir()

    found = run("path_order", facts(tmp_path, env={"PATH": f"{tmp_path}/bin:/nowhere:{tmp_path}/bin"}))

    assert (found.status, found.detail) == (Status.OK, "3 folders (1 not there, 1 twice)")


@pytest.mark.parametrize("path", [r"C:\Windows;C:\Tools", r"C:\Windows;;", r'"C:\Program Files\Git";C:\Windows'])
def test_a_path_of_windows_is_read_as_one(tmp_path: Path, path: str) -> None:
    """There a semicolon too many means nothing, and folders may be quoted."""
    found = run("path_order", facts(tmp_path, system="windows", env={"PATH": path}))

    assert found.status is Status.OK


def test_a_shadowed_tool_is_no_drift() -> None:
    """A tool that is as declared, with another copy ahead of it, is told once: by the order of PATH."""
    ours = Owned(
        command="ruff", path="/home/ada/.local/bin/ruff", place=1, manager="pipx", id="pipx:ruff", group="pipx:ruff"
    )
    other = Owned(command="ruff", path="/opt/ruff", place=0, manager="cargo", group="/opt/ruff")
    told = Standing(
        tool="ruff", manager="pipx", expected="1", actual="1", status="drift", path="", copies=(other, ours)
    )

    assert machine_facts.is_shadowed(msgspec.structs.replace(told, why="shadowed by /opt/ruff (cargo)"))
    assert not machine_facts.is_shadowed(msgspec.structs.replace(told, why="below the wanted version"))


# --- caches and disks -----------------------------------------------------------------------------------------------


def test_caches_may_be_left_alone(tmp_path: Path) -> None:
    """0 is never."""
    found = run("caches", facts(tmp_path, cache_warn_gb=0))

    assert found.status is Status.SKIPPED


def test_a_cache_is_counted_as_long_as_there_is_time(tmp_path: Path) -> None:
    """Without time its size is said to be a part of it, and nobody is warned."""
    (tmp_path / ".cache" / "pip").mkdir(parents=True)

    found = run("caches", facts(tmp_path, cache_warn_gb=1e-6, timeout_s=1e-9))

    assert (found.status, found.detail) == (Status.OK, "pip more than 0.0 GB")


@pytest.mark.parametrize(
    ("system", "folder"), [("macos", "Library/Caches/pip"), ("windows", "AppData/Local/pip/cache")]
)
def test_caches_are_where_each_system_has_them(tmp_path: Path, system: str, folder: str) -> None:
    """pip's cache is looked for where pip keeps it there."""
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "wheel").write_bytes(b"x" * 10_000)

    found = run("caches", facts(tmp_path, system=system, cache_warn_gb=1e-6))

    assert (found.code, found.remedy) == ("AIM-H110", "pip cache purge")


def test_a_quota_that_holds_is_no_flaw(tmp_path: Path) -> None:
    """`quota -q` is silent then."""
    stub(tmp_path / "bin", "quota")

    assert run("disk", facts(tmp_path, min_free_gb=0.0), says("")).status is Status.OK


# --- the clock ------------------------------------------------------------------------------------------------------


def test_hours_are_no_wrong_clock(tmp_path: Path) -> None:
    """Time zones and a clock that is set at start make hours: an event of later today is no witness."""
    audit(tmp_path / "aim" / "logs").write("health.check", "later", timestamp="2027-01-15T20:00:00.000Z")

    found = run("clock", facts(tmp_path, now_s=1_800_000_000.0))  # 2027-01-15 08:00

    assert found.status is Status.OK


# --- the network ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", ["network", "release"])
def test_nobody_is_asked_unasked(check: str, tmp_path: Path) -> None:
    """Off by default, and off where AIM is told to be offline, both with the reason."""
    unasked = run(check, facts(tmp_path))
    offline = run(check, facts(tmp_path, has_network=True, has_release=True, is_offline=True))

    assert (unasked.status, unasked.detail) == (Status.SKIPPED, f"not asked for: health.{check} is false")
    assert (offline.status, offline.detail) == (Status.SKIPPED, "bootstrap.offline is true")


def test_an_index_that_may_not_be_asked_is_not(tmp_path: Path) -> None:
    """Where pip is told to use none, there is none to answer."""
    found = run("network", facts(tmp_path, has_network=True, env={"PIP_NO_INDEX": "1"}))

    assert (found.status, found.detail) == (Status.OK, "no index is asked by your tools' managers")


def test_an_address_is_told_without_its_password(tmp_path: Path) -> None:
    """Neither the message nor the document has it."""
    env = {"PIP_INDEX_URL": "ftp://ada:hunter2-hunter2@pypi.example/simple"}

    found = run("network", facts(tmp_path, has_network=True, env=env))

    assert found.status is Status.FAILED
    assert b"hunter2" not in msgspec.json.encode(found)


def test_the_newest_release_is_fine(tmp_path: Path) -> None:
    """What is out is what runs."""
    page = tmp_path / "index" / "aim-plus" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<a href="aim_plus-0.1.0-py3-none-any.whl">aim_plus-0.1.0-py3-none-any.whl</a>')
    env = {"PIP_INDEX_URL": page.parents[1].as_uri()}

    found = run("release", facts(tmp_path, has_release=True, version="0.1.0", env=env))

    assert (found.status, found.detail) == (Status.OK, "0.1.0 is the newest")


# --- jobs -----------------------------------------------------------------------------------------------------------


def put_timer(home: Path, timer: str) -> Path:
    unit = home / ".config" / "systemd" / "user" / "aim-health.timer"
    wants = unit.parent / "timers.target.wants"
    wants.mkdir(parents=True)
    unit.write_text(f"[Timer]\n{timer}\n")
    unit.with_suffix(".service").write_text("[Service]\nExecStart=/bin/sh\n")
    (wants / unit.name).symlink_to(unit)
    return unit


@pytest.mark.parametrize(
    ("timer", "days", "is_late"),
    [
        ("OnUnitActiveSec=3600s", 6, False),
        ("OnUnitActiveSec=3600s", 8, True),
        ("OnUnitActiveSec=1h 30min", 8, True),
        ("OnCalendar=daily", 8, True),
        ("OnCalendar=weekly", 15, False),
        ("OnCalendar=Mon *-*-* 04:00", 99, False),
    ],
)
def test_a_job_is_late_after_a_week(tmp_path: Path, timer: str, days: int, is_late: bool) -> None:
    """A machine sleeps for days; three times the interval, and a week, are long. Other times are not judged."""
    put_timer(tmp_path, timer)
    (tmp_path / "run" / "systemd" / "private").mkdir(parents=True)
    stub(tmp_path / "bin", "systemctl")
    told = facts(tmp_path, env={"XDG_RUNTIME_DIR": str(tmp_path / "run")})

    found = run("jobs", told, says(f"LastTriggerUSec=@{told.now_s - days * 86_400:.0f}\n"))

    assert (found.code == "AIM-H150") is is_late


def job(home: Path, kind: Literal["timer", "service"], program: Path) -> Job:
    """One of ours, in a folder whose name every scheduler has to escape; its program is there."""
    stub(program.parent, program.name)
    return Job(name="watch", about="x", argv=(str(program), "cache"), folder=str(home), kind=kind)


def put_units(home: Path, told: Job) -> Path:
    """As `cache watch --install` puts them, switched on; the path of the service."""
    folder = home / ".config" / "systemd" / "user"
    for name, text in _systemd.units_of(told).items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    begins = "timers.target.wants" if told.kind == "timer" else "default.target.wants"
    (folder / begins).mkdir()
    name = f"aim-watch.{told.kind}"
    (folder / begins / name).symlink_to(folder / name)
    return folder / "aim-watch.service"


@POSIX
@pytest.mark.parametrize(
    ("kind", "said", "words"),
    [
        ("service", "ActiveState=active\nSubState=running\nResult=success\n", ""),
        (
            "service",
            "ActiveState=failed\nResult=exit-code\n",
            "service does not run: it is failed (exit-code)",
        ),
        ("service", "ActiveState=inactive\nResult=success\n", "aim-watch.service does not run: it is inactive"),
        ("service", "ActiveState=activating\nSubState=auto-restart\nResult=exit-code\n", "is started again and again"),
        ("service", "", ""),
        ("timer", "ActiveState=inactive\nResult=success\n", ""),
        ("timer", "ActiveState=failed\nResult=timeout\n", "aim-watch.service failed when it last ran (timeout)"),
    ],
)
def test_a_job_that_fails_is_told(kind: Literal["timer", "service"], said: str, words: str, tmp_path: Path) -> None:
    """By what the user's systemd says of it; a job between two runs is fine."""
    put_units(tmp_path, job(tmp_path, kind, tmp_path / "my 50% $folder" / "aim"))
    (tmp_path / "run" / "systemd" / "private").mkdir(parents=True)
    stub(tmp_path / "bin", "systemctl")

    found = run("jobs", facts(tmp_path, env={"XDG_RUNTIME_DIR": str(tmp_path / "run")}), says(said))

    assert (found.code, words in found.detail) == ("AIM-H153" if words else "", True)
    assert found.facts["jobs"] == ["watch"]


@POSIX
@pytest.mark.parametrize(
    ("kind", "lost", "code"),
    [
        ("service", "default.target.wants/aim-watch.service", "AIM-H151"),
        ("service", "aim", "AIM-H152"),
        ("timer", "aim-watch.timer", "AIM-H151"),
        ("timer", "aim", "AIM-H152"),
    ],
)
def test_half_a_job_of_systemd_is_told(kind: Literal["timer", "service"], lost: str, code: str, tmp_path: Path) -> None:
    """Without its link, its timer or its program it never runs."""
    program = tmp_path / "my 50% $folder" / "aim"
    units = put_units(tmp_path, job(tmp_path, kind, program)).parent
    fine = run("jobs", facts(tmp_path))
    (program if lost == "aim" else units / lost).unlink()

    assert (fine.code, run("jobs", facts(tmp_path)).code) == ("", code)


@POSIX
@pytest.mark.parametrize("kind", ["timer", "service"])
def test_a_job_of_cron_is_seen(kind: Literal["timer", "service"], tmp_path: Path) -> None:
    """By the mark that `health schedule` leaves; its script and the program in it have to be there."""
    told = facts(tmp_path / "my 50% home", env={"PATH": str(tmp_path / "bin")})
    stub(tmp_path / "bin", "crontab")
    program = tmp_path / "my 50% $folder" / "aim"
    wanted = job(tmp_path, kind, program)
    script = _cron.script_of(told.host, "watch")
    script.parent.mkdir(parents=True)
    script.write_text(_cron.script_text(wanted))
    table = says(f"# a line of yours\n{_cron.line_for(wanted, told.host)}\n")

    fine = run("jobs", told, table)
    program.unlink()
    without_program = run("jobs", told, table)
    script.unlink()
    without_script = run("jobs", told, table)

    assert (fine.code, fine.facts["jobs"]) == ("", ["watch"])
    assert (without_program.code, str(program) in without_program.detail) == ("AIM-H152", True)
    assert (without_script.code, str(script) in without_script.detail) == ("AIM-H152", True)


@pytest.mark.parametrize("system", ["macos", "windows"])
def test_jobs_of_other_systems_are_skipped(tmp_path: Path, system: str) -> None:
    """They are not read yet, and it says so."""
    assert run("jobs", facts(tmp_path, system=system)).status is Status.SKIPPED


# --- the event log --------------------------------------------------------------------------------------------------


def test_a_torn_line_is_no_broken_chain(tmp_path: Path) -> None:
    """A run that was killed while it wrote leaves one; the next event puts it aside by itself."""
    log = audit(tmp_path / "aim" / "logs")
    log.write("health.check", "one")
    with log.path.open("ab") as file:
        file.write(b'{"event_type":"heal')

    found = run("audit_chain", facts(tmp_path))

    assert (found.status, found.code) == (Status.OK, "")
    assert "cut short" in found.detail


def test_a_long_log_is_verified_as_far_as_there_is_time(tmp_path: Path) -> None:
    """The newest file always; how far the rest came is said."""
    audit(tmp_path / "aim" / "logs").write("health.check", "one")

    found = run("audit_chain", facts(tmp_path, timeout_s=1e-9))

    assert found.status is Status.OK
    assert found.detail == ("the newest 1 event holds, and the oldest 0: no time for more; all of it: aim audit verify")


def test_a_walk_may_be_ended(tmp_path: Path) -> None:
    """What was seen until then is true, and it says that it is not all."""
    log = audit(tmp_path)
    log.write("health.check", "one")

    ended = audit_verify.verify(log.path, is_over=lambda: True)

    assert (ended.is_whole, ended.events, ended.first_break) == (False, 0, None)
    assert audit_verify.verify(log.path).is_whole


# --- locks ----------------------------------------------------------------------------------------------------------


def test_a_run_that_goes_on_is_no_flaw(tmp_path: Path) -> None:
    """Its card, its journal and the file that it is just writing are as they should be."""
    state = tmp_path / "aim" / "state"
    state.mkdir(parents=True)
    card = {"command": "install", "pid": os.getpid(), "since": "2999-01-01 00:00:00 UTC"}
    (state / "machine.owner.json").write_text(json.dumps(card))
    half = state / ".owned.json.k3x_9a0b"
    half.touch()

    found = run("locks", facts(tmp_path, open_run="install, begun now", now_s=half.stat().st_mtime + 60))

    assert (found.status, found.detail) == (
        Status.OK,
        f"held by install (pid {os.getpid()}, since 2999-01-01 00:00:00 UTC)",
    )


def test_a_number_that_is_used_again_is_another_process(tmp_path: Path) -> None:
    """A process that began after the card was written has not written it."""
    state = tmp_path / "aim" / "state"
    state.mkdir(parents=True)
    card = {"command": "install", "pid": os.getpid(), "since": "2020-01-01 00:00:00 UTC"}
    (state / "machine.owner.json").write_text(json.dumps(card))

    assert run("locks", facts(tmp_path)).code == "AIM-H170"
