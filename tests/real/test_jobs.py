"""Jobs as the schedulers themselves see them: systemd reads our units, the real crontab takes our line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from aim_lib.platforms import Job, _systemd

from ..checkout import with_checkout
from ..fakes import stub
from ..test_files import open_folder

__all__ = ["open_folder"]
pytestmark = pytest.mark.real

USER = "nobody"  # has no crontab on any machine
SYSTEM = "/usr/bin:/bin"
LINES = b"# kept \xff as it is\nMAILTO=\"\"\n0 5 * * * true % 'a b'\n"
JOB = Job(
    name="health", about='50% of "it\'s" $HOME', argv=("/bin/true", "50%", "$HOME", "it's", '"', "\\", ""), folder="/"
)


@pytest.mark.parametrize("every_s", [60, 5400, 86400])
@pytest.mark.parametrize("kind", ["timer", "service"])
def test_systemd_takes_our_units(kind: str, every_s: int, tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say, whatever words and folders a job has."""
    (tmp_path / "my 50% folder").mkdir()
    env = (("PATH", '/opt/it\'s "$X" %h\\:/bin'), ("AIM_STATE_DIR", "/ünï"))
    job = msgspec.structs.replace(JOB, kind=kind, every_s=every_s, folder=str(tmp_path / "my 50% folder"), env=env)
    for name, text in _systemd.units_of(job).items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    units = [str(tmp_path / name) for name in _systemd.units_of(job)]
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *units],
        env={"PATH": SYSTEM, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_would_complain(tmp_path: Path) -> None:
    """The test above can fail: a unit with a wrong word is told."""
    unit = tmp_path / "aim-x.timer"
    unit.write_text("[Timer]\nOnActiveSec=soon\n", encoding="utf-8")
    env = {"PATH": SYSTEM, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}

    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit)], env=env, capture_output=True, text=True, check=False
    )

    assert "aim-x.timer has a bad unit file setting" in done.stderr


@pytest.fixture
def crontab() -> Iterator[tuple[str, ...]]:
    """The real crontab program for a user who has none, who has none again at the end."""
    program = shutil.which("crontab", path=SYSTEM)
    if program is None or os.geteuid() != 0:
        pytest.skip("only root can give a crontab to another user")
    argv = (program, "-u", USER)
    before = subprocess.run([*argv, "-l"], capture_output=True, check=False)
    if before.returncode == 0:
        pytest.skip(f"{USER} has a crontab here")
    yield argv
    subprocess.run([*argv, "-r"], capture_output=True, check=False)


@pytest.mark.xdist_group("crontab")  # there is one table, so one worker has it
def test_a_real_crontab_takes_our_line_and_gives_it_back(crontab: tuple[str, ...], open_folder: Path) -> None:
    """Every other line stays; what cron would start runs health, keeps its report and tells of it."""
    home, project = open_folder / "home", open_folder / "my 100% project"
    project.mkdir()
    (project / "aim.toml").write_text(
        '[tools.pipx]\n[health]\nrequired_commands = ["no-such-program"]\n', encoding="utf-8"
    )
    (home / ".config" / "aim").mkdir(parents=True)
    told = open_folder / "told.jsonl"
    (home / ".config" / "aim" / "aim.toml").write_text(f'[alerts]\nfile = "{told}"\n', encoding="utf-8")
    stub(home / "bin", "crontab", f'exec {" ".join(crontab)} "$@"')
    env = with_checkout({"HOME": str(home), "PATH": f"{home / 'bin'}:{SYSTEM}", "LANG": "C.UTF-8"})

    def aim(*words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "aim_lib", *words]
        return subprocess.run(argv, cwd=project, env=env, capture_output=True, text=True, check=False)

    def table() -> bytes:
        return subprocess.run([*crontab, "-l"], capture_output=True, check=False).stdout

    subprocess.run([*crontab, "-"], input=LINES, check=True)
    scheduled = aim("health", "schedule", "--every", "30m")
    there = table()
    again = aim("health", "schedule", "--every", "30m")
    script = home / ".local" / "share" / "aim" / "jobs" / "health.sh"
    # As cron starts it, in whose environment this checkout is not found by itself.
    bare = {"HOME": str(home), "PATH": SYSTEM, **{key: env[key] for key in ("PYTHONPATH",) if key in env}}
    subprocess.run(["/bin/sh", str(script)], env=bare, cwd="/", check=False)
    unscheduled = aim("health", "unschedule")

    assert (scheduled.returncode, unscheduled.returncode) == (0, 0), scheduled.stderr + unscheduled.stderr
    assert there.startswith(LINES)
    assert there[len(LINES) :] == (f"*/30 * * * * /bin/sh {script} >/dev/null 2>&1 # aim job: health\n".encode())
    assert again.stdout == "nothing to change: health is looked at every 30 min\n"
    assert '"overall_status":"unhealthy"' in (home / ".local/state/aim/health.json").read_text(encoding="utf-8")
    assert '"kind":"health.changed"' in told.read_text(encoding="utf-8")
    assert table() == LINES


@pytest.mark.xdist_group("crontab")
@pytest.mark.parametrize("times", ["* * * * *", "*/30 * * * *", "17 */2 * * *", "17 4 * * *", "@reboot"])
def test_a_real_crontab_understands_our_times(times: str, crontab: tuple[str, ...]) -> None:
    """It refuses a table with a field it does not know."""
    done = subprocess.run([*crontab, "-"], input=f"{times} /bin/true\n".encode(), check=False)

    assert done.returncode == 0
