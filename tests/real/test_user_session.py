"""Services and timers in a real systemd of a user: started, noticed, killed, told of when they stop, taken away."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..checkout import with_checkout

pytestmark = pytest.mark.real

SYSTEMD = Path("/usr/lib/systemd/systemd")
RUNTIME = "/run/user/aim"
# Its own /run, which nobody else sees: systemd looks there for a sign that the machine has one.
PLACE = f"mount -t tmpfs none /run; mkdir -p -m 700 /run/systemd/system {RUNTIME}"
BEGIN = ("unshare", "--mount", "sh", "-ec", f"{PLACE}; exec {SYSTEMD} --user")
WAIT_S = 60.0
CONFIG = """\
[tools]
[scan]
roots = ["."]
[alerts]
protect = ["guarded"]
"""


@dataclass(frozen=True)
class Session:
    """A user's systemd in namespaces of its own, of process `pid`, with a project in `folder`."""

    pid: int
    folder: Path
    env: dict[str, str]

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        words = ("nsenter", "--mount", f"--target={self.pid}", f"--wd={self.folder}", *argv)
        return subprocess.run(words, env=self.env, capture_output=True, text=True, check=False)

    def aim(self, *words: str) -> str:
        done = self.run(sys.executable, "-m", "aim_lib", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def systemctl(self, *words: str) -> str:
        return self.run("systemctl", "--user", *words).stdout.strip()

    def jobs(self) -> dict[str, object]:
        """What `health check` says of our jobs."""
        document = json.loads(self.run(sys.executable, "-m", "aim_lib", "health", "check", "--json").stdout)
        (found,) = (each for each in document["records"] if each["id"] == "jobs")
        return dict(found)

    def log(self, name: str) -> str:
        path = Path(self.env["HOME"]) / ".local/state/aim/log" / name
        return path.read_text(encoding="utf-8") if path.exists() else ""


def until(what: Callable[[], bool]) -> bool:
    """Whether it comes true before long."""
    end = time.monotonic() + WAIT_S
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A systemd of a user who has nothing yet."""
    probe = ("unshare", "--mount", "sh", "-ec", PLACE)
    if not SYSTEMD.exists() or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("a systemd of a user of its own cannot be started here")
    home, folder = tmp_path / "home", tmp_path / "my 50% project"
    home.mkdir()
    (folder / "guarded").mkdir(parents=True)
    (folder / "aim.toml").write_text(CONFIG)
    path = "/usr/sbin:/usr/bin:/sbin:/bin"
    env = with_checkout({"PATH": path, "HOME": str(home), "XDG_RUNTIME_DIR": RUNTIME, "LANG": "C.UTF-8"})
    with (tmp_path / "systemd.log").open("wb") as told:
        process = subprocess.Popen(BEGIN, env=env, stdout=told, stderr=told)
    begun = Session(process.pid, folder, env)
    try:
        assert until(lambda: begun.systemctl("is-system-running") == "running"), (tmp_path / "systemd.log").read_text()
        yield begun
    finally:
        process.terminate()  # it stops all that it has started
        process.wait(WAIT_S)


def test_services_live_in_a_real_session(session: Session) -> None:
    """They start, see what they are there for, are started again after a kill, and are taken away without a trace."""
    session.aim("cache", "watch", "--install", "--yes")
    session.aim("alerts", "install", "--yes")
    session.aim("health", "schedule", "--every", "30m", "--yes")
    names = ("aim-watch.service", "aim-alerts.service", "aim-health.timer")

    assert [session.systemctl("is-active", name) for name in names] == ["active"] * 3
    assert [session.systemctl("is-enabled", name) for name in names] == ["enabled"] * 3
    assert (session.jobs()["status"], session.jobs()["detail"]) == ("ok", "alerts, health, watch")
    assert "nothing to change" in session.aim("cache", "watch", "--install", "--yes")

    # Both have looked once when they say so; what comes from then on is new.
    assert until(lambda: session.log("audit.jsonl").count('"message":"aim ') >= 3)
    assert until(lambda: _sees(session))

    before = session.systemctl("show", "--property=MainPID", "--value", "aim-watch.service")
    session.run("sh", "-c", f"kill -9 {before}")
    assert session.jobs()["code"] == "AIM-H153"
    assert until(lambda: session.systemctl("is-active", "aim-watch.service") == "active")
    assert session.systemctl("show", "--property=MainPID", "--value", "aim-watch.service") != before

    session.systemctl("start", "aim-health.service")
    assert '"overall_status"' in (Path(session.env["HOME"]) / ".local/state/aim/health.json").read_text()

    session.systemctl("stop", "aim-alerts.service")
    told = session.jobs()
    assert (told["code"], told["remedy"]) == ("AIM-H153", "systemctl --user restart aim-alerts.service")
    assert "aim-alerts.service does not run: it is inactive" in str(told["detail"])

    session.aim("cache", "watch", "--remove", "--yes")
    session.aim("alerts", "remove", "--yes")
    session.aim("health", "unschedule", "--yes")
    assert session.systemctl("list-units", "--all", "--no-legend", "aim-*") == ""
    assert [path for path in (Path(session.env["HOME"]) / ".config").rglob("*") if not path.is_dir()] == []
    assert session.jobs()["detail"] == "none are scheduled"


def _sees(session: Session) -> bool:
    """A cache in the wrong place and a change in a protected folder are told."""
    count = len(list(session.folder.iterdir()))
    (session.folder / f"part{count}" / ".mypy_cache").mkdir(parents=True)
    (session.folder / f"part{count}" / ".mypy_cache" / "x").touch()
    (session.folder / "guarded" / f"intruder{count}").touch()
    return until(lambda: "scan.misplaced" in session.log("audit.jsonl") and "intruder" in session.log("alerts.jsonl"))
