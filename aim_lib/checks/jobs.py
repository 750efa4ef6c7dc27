"""Our jobs on Linux: is each switched on, is its program there, does it run, or has it lately? Read from files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from ..errors import AimError
from ..host import Host, is_executable
from ..model import Frozen, Record, Status
from ..platforms._hands import own_lines
from ..proc import Runner
from . import Facts, host_of, record
from ._flaws import Flaw, verdict

ID = "jobs"
CODES = {
    "AIM-H150": "A scheduled job of AIM has not run for much longer than its interval. Whatever it looks after is "
    "not looked after. Look at why the system does not start it, and run it by hand.",
    "AIM-H151": "A scheduled job of AIM is there in part only. Its timer has no service, or is not switched on, so "
    "it never runs and what it looks after is not looked after. Schedule it again, or take what is left of it away.",
    "AIM-H152": "The program of a scheduled job of AIM is not there. Most often AIM was installed anew in another "
    "place since, and the job now fails every time it is started. Schedule it again, or take it away.",
    "AIM-H153": "A job of AIM failed when it last ran, or is a service that does not run. Whatever it looks after is "
    "not looked after, and nobody is told of what happens there. See what it said last, and start it again.",
}
WEEK_S = 7 * 86_400.0  # a machine may sleep for days; nobody is told of that
WORDS_S = {"minutely": 60, "hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_678_400}
UNITS_S = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3_600, "hour": 3_600, "d": 86_400, "day": 86_400, "w": 604_800}


class Timer(Frozen, frozen=True):
    """A timer of the user's systemd; `every_s` is 0 where its interval is none that we read."""

    name: str
    path: Path
    every_s: int


def check(facts: Facts, runner: Runner) -> Record:
    host = host_of(facts)
    if host.system != "linux":
        return record(ID, Status.SKIPPED, f"scheduled jobs of {host.system} are not looked at")
    timers, services, lines = _timers(host), _services(host), _crontab(facts, host, runner)
    flaws = [flaw for timer in timers for flaw in _of_timer(timer, facts, host, runner)]
    flaws += [flaw for service in services for flaw in _of_service(service, facts, host, runner)]
    flaws += [flaw for name, line in lines.items() for flaw in _of_line(name, line)]
    names = sorted([*(timer.name for timer in timers), *map(_name, services), *lines])
    return verdict(ID, flaws, ", ".join(names) or "none are scheduled", jobs=names)


# --- systemd --------------------------------------------------------------------------------------------------------


def _units(host: Host) -> Path:
    return Path(host.get("XDG_CONFIG_HOME") or host.home / ".config") / "systemd" / "user"


def _timers(host: Host) -> list[Timer]:
    found = sorted(_units(host).glob("aim-*.timer"))
    return [Timer(name=_name(path), path=path, every_s=_every_s(_text(path))) for path in found]


def _services(host: Host) -> list[Path]:
    """Services that no timer starts."""
    return [path for path in sorted(_units(host).glob("aim-*.service")) if not path.with_suffix(".timer").exists()]


def _name(unit: Path) -> str:
    return unit.stem.removeprefix("aim-")


def _of_service(unit: Path, facts: Facts, host: Host, runner: Runner) -> Iterator[Flaw]:
    text = _text(unit)
    if _value(text, "Type") == "oneshot":
        what = f"{unit} has no {unit.stem}.timer beside it"
        yield Flaw(code="AIM-H151", what=what, remedy=f"rm {unit}")
        return
    if not (unit.parent / "default.target.wants" / unit.name).exists():
        again = f"systemctl --user enable --now {unit.name}"
        yield Flaw(code="AIM-H151", what=f"{unit} is not switched on", remedy=again)
        return
    yield from _of_program(_name(unit), _command(text), str(unit))
    told = _shown(unit.name, facts, host, runner)
    state = told.get("ActiveState", "")
    if state in ("failed", "inactive") or told.get("SubState") == "auto-restart":
        why = f" ({told['Result']})" if told.get("Result", "success") != "success" else ""
        what = f"{unit.name} does not run: it is {state if state != 'activating' else 'started again and again'}{why}"
        yield Flaw(code="AIM-H153", what=what, remedy=f"systemctl --user restart {unit.name}")


def _of_timer(timer: Timer, facts: Facts, host: Host, runner: Runner) -> Iterator[Flaw]:
    again = f"systemctl --user enable --now {timer.path.name}"
    service = timer.path.with_suffix(".service")
    if not service.exists():
        yield Flaw(code="AIM-H151", what=f"{timer.path} has no {service.name} beside it", remedy=f"rm {timer.path}")
        return
    if not (timer.path.parent / "timers.target.wants" / timer.path.name).exists():
        yield Flaw(code="AIM-H151", what=f"{timer.path} is not switched on", remedy=again)
        return
    yield from _of_program(timer.name, _command(_text(service)), str(service))
    last_s = _last_s(timer, host, facts, runner)
    late_s = facts.now_s - last_s
    if last_s and timer.every_s and late_s > max(3 * timer.every_s, WEEK_S):
        what = f"{timer.path.name} is to run every {_span(timer.every_s)}, and last did {_span(late_s)} ago"
        yield Flaw(code="AIM-H150", what=what, remedy=f"systemctl --user status {timer.path.name} {service.name}")
    told = _shown(service.name, facts, host, runner)
    if told.get("ActiveState") == "failed":
        what = f"{service.name} failed when it last ran ({told.get('Result', 'failed')})"
        yield Flaw(code="AIM-H153", what=what, remedy=f"systemctl --user status {service.name}")


def _last_s(timer: Timer, host: Host, facts: Facts, runner: Runner) -> float:
    """When a timer last fired (epoch seconds), by the running systemd or the stamp of one that lasts; 0: unknown."""
    told = _shown(timer.path.name, facts, host, runner).get("LastTriggerUSec", "")
    if re.fullmatch(r"@\d+", told):
        return float(told[1:])
    data = Path(host.get("XDG_DATA_HOME") or host.home / ".local/share")
    try:
        return (data / "systemd" / "timers" / f"stamp-{timer.path.name}").stat().st_mtime
    except OSError:
        return 0.0


def _shown(unit: str, facts: Facts, host: Host, runner: Runner) -> dict[str, str]:
    """What the user's systemd says of a unit; nothing where none runs."""
    program, runtime = host.which("systemctl"), host.get("XDG_RUNTIME_DIR")
    if not program or not runtime or not (Path(runtime) / "systemd" / "private").exists():
        return {}
    wanted = "LastTriggerUSec,ActiveState,SubState,Result"
    argv = (str(program), "--user", "show", "--timestamp=unix", f"--property={wanted}", unit)
    try:
        said = runner.run(argv, env=host.env, timeout_s=min(3.0, facts.timeout_s / 2)).stdout
    except AimError:
        return {}
    return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)


def _every_s(text: str) -> int:
    """The interval of a timer's unit, in seconds; 0 for one that is no plain interval."""
    calendar = WORDS_S.get(_value(text, "OnCalendar"), 0)
    parts = re.findall(r"(\d+)\s*([a-z]*)", _value(text, "OnUnitActiveSec"))
    return calendar or sum(int(count) * UNITS_S.get(unit.rstrip("s") or "s", 0) for count, unit in parts)


def _value(text: str, key: str) -> str:
    found = re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)
    return str(found[-1]).strip() if found else ""


def _command(unit: str) -> str:
    """What a service starts, without the escapes of systemd.service(5)."""
    return _value(unit, "ExecStart").replace("%%", "%").replace("$$", "$")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


# --- cron -----------------------------------------------------------------------------------------------------------


def _crontab(facts: Facts, host: Host, runner: Runner) -> dict[str, str]:
    """Our lines of the user's crontab, by the job's name."""
    program = host.which("crontab")
    if program is None:
        return {}
    try:
        done = runner.run((str(program), "-l"), env=host.env, timeout_s=min(3.0, facts.timeout_s / 2))
    except AimError:
        return {}
    return own_lines(done.stdout.encode()) if done.is_ok else {}


def _of_line(name: str, line: str) -> Iterator[Flaw]:
    command = line.split(maxsplit=1)[-1] if line.startswith("@") else line.split(maxsplit=5)[-1]
    flaws = list(_of_program(name, command.replace("\\%", "%"), "the crontab"))
    yield from flaws or _of_script(name, _words(command.replace("\\%", "%"))[1:])


def _of_script(name: str, words: list[str]) -> Iterator[Flaw]:
    """The script that cron's line has a shell run ends in the program, see `platforms`."""
    for script in words[:1]:
        starts = re.findall(r"^(?:exec|until) (.*?)(?:; do)?$", _text(Path(script)), re.MULTILINE)
        for command in starts[-1:]:
            yield from _of_program(name, command, script)


def _of_program(name: str, command: str, where: str) -> Iterator[Flaw]:
    """A job whose program, or the script that a shell is to run, is not there."""
    for place, each in enumerate(_words(command)):
        path = Path(each)
        if path.is_absolute() and not (path.exists() if place else is_executable(path)):
            what = f"the job {name} ({where}) starts {path}, which is not there"
            yield Flaw(code="AIM-H152", what=what, remedy=f"schedule {name} again, or remove it from {where}")
            return


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)[:2]
    except ValueError:
        return []


def _span(seconds: float) -> str:
    for unit, size_s in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size_s:
            return f"{seconds / size_s:.0f} {unit}"
    return f"{seconds:.0f} s"
