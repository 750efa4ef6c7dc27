"""Jobs of the user's own systemd: units, and the link that `systemctl enable` would make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ..errors import BadConfig
from ..host import Host
from ..model import Delete, Link, Present, Run, Step, Write
from ..states import state_of
from . import JOB, Job, Placing, back, moved, present, text_at

NAME = "systemd"
PREFIX = "aim-"
MARK = "# made by aim; it is replaced as a whole\n"
SYSTEMCTL_S = 60.0
LINGER = "it runs while you are logged in; to have it run always: loginctl enable-linger"


def is_here(host: Host) -> bool:
    """Whether a systemd runs for this user now, and can be told about units."""
    runtime = host.get("XDG_RUNTIME_DIR")
    return bool(runtime) and (Path(runtime) / "systemd" / "private").exists() and host.which("systemctl") is not None


def found(host: Host) -> tuple[Present, ...]:
    """Every job that has a unit of ours."""
    names = {path.stem.removeprefix(PREFIX) for path in _folder(host).glob(f"{PREFIX}*.service")}
    return tuple(present(JOB, name, _state(name, host), _unit(host, name, "service"), NAME) for name in sorted(names))


def place(job: Job, host: Host) -> Placing:
    """Units for `job`; the one that begins it is started."""
    units, starts = units_of(job), _starts(job.name, job.kind)
    paths = {_folder(host) / name: text for name, text in units.items()}
    link = _link(host, job.name, job.kind)
    stale = [path for path in _paths(host, job.name) if path not in paths and path != link]
    writes: list[Step] = [Write(path=str(path), text=text) for path, text in paths.items()]
    tell = _tell(host, ("daemon-reload",), ("restart", starts))
    do = (*map(_deletion, stale), *writes, Link(path=str(link), target=str(_folder(host) / starts)), *tell)
    undo = _undo(host, job.name, [*paths, link, *stale])
    want, note = _state_of(units, job.kind), "\n".join(filter(None, (moved(_folder_of(job.name, host), job), LINGER)))
    return Placing(
        kind=JOB, name=job.name, have=_state(job.name, host), want=want, do=do, undo=undo, where=str(link), note=note
    )


def withdraw(name: str, host: Host) -> Placing:
    """No unit is left of the job; one that runs is stopped."""
    there = _paths(host, name)
    stops = _tell(host, ("stop", _starts(name, "timer" if _is_timer(host, name) else "service")))
    do = (*stops, *map(_deletion, there), *_tell(host, ("daemon-reload",)))
    return Placing(kind=JOB, name=name, have=_state(name, host), want="", do=do, undo=_undo(host, name, there))


def units_of(job: Job) -> Mapping[str, str]:
    """The text of each unit, by its file name. Raises BadConfig for what a unit cannot say."""
    lines = [*_head(job), "[Service]", f"Type={'oneshot' if job.kind == 'timer' else 'exec'}"]
    lines += [f"ExecStart={' '.join(quoted(word, is_command=True) for word in job.argv)}"]
    lines += [f"WorkingDirectory={_plain(job.folder)}"]
    lines += [f"Environment={quoted(f'{name}={value}')}" for name, value in job.env]
    if job.kind == "timer":
        # What it found is no failure of the unit: people would see it among the failed ones of `systemctl`.
        lines += ["SuccessExitStatus=1", "TimeoutStartSec=15min", "Nice=10", "IOSchedulingClass=idle"]
        timer = [*_head(job), "[Timer]", "OnActiveSec=1min", f"OnUnitActiveSec={job.every_s}s", "AccuracySec=1min"]
        timer += ["", "[Install]", "WantedBy=timers.target"]
        return {_file(job.name, "service"): _text(lines), _file(job.name, "timer"): _text(timer)}
    lines += ["Restart=on-failure", "RestartSec=10s", "", "[Install]", "WantedBy=default.target"]
    return {_file(job.name, "service"): _text(lines)}


def quoted(word: str, *, is_command: bool = False) -> str:
    """`word` as one word of a unit file: systemd.syntax(7), "Quoting"; only commands expand `$`."""
    _refuse_lines(word)
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped.replace("$", "$$") if is_command else escaped}"'


def _folder_of(name: str, host: Host) -> str:
    """Where the job runs by now, "" when there is none."""
    found = re.search(r"^WorkingDirectory=(.*)$", text_at(_unit(host, name, "service")) or "", re.MULTILINE)
    return found[1].replace("%%", "%") if found else ""


def _plain(folder: str) -> str:
    _refuse_lines(folder)
    return folder.replace("%", "%%")


def _refuse_lines(word: str) -> None:
    if any(mark in word for mark in "\n\r\0"):
        raise BadConfig(f"{word!r} cannot stand in a unit of systemd", remedy="use names and folders of one line")


def _head(job: Job) -> list[str]:
    about = " ".join(job.about.replace("%", "%%").split())
    return [MARK.rstrip("\n"), "[Unit]", f"Description={about}", ""]


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _file(name: str, ending: str) -> str:
    return f"{PREFIX}{name}.{ending}"


def _starts(name: str, kind: str) -> str:
    return _file(name, "timer" if kind == "timer" else "service")


def _folder(host: Host) -> Path:
    base = Path(host.get("XDG_CONFIG_HOME") or host.home / ".config")
    return base / "systemd" / "user"


def _unit(host: Host, name: str, ending: str) -> Path:
    return _folder(host) / _file(name, ending)


def _link(host: Host, name: str, kind: str) -> Path:
    """What makes systemd start it by itself."""
    target = "timers.target.wants" if kind == "timer" else "default.target.wants"
    return _folder(host) / target / _starts(name, kind)


def _is_timer(host: Host, name: str) -> bool:
    return _unit(host, name, "timer").exists()


def _paths(host: Host, name: str) -> list[Path]:
    """Every file and link of the job that is there."""
    links = [_link(host, name, kind) for kind in ("timer", "service")]
    units = [_unit(host, name, ending) for ending in ("service", "timer")]
    return [path for path in (*links, *units) if path.exists() or path.is_symlink()]


def _state(name: str, host: Host) -> str:
    """What the units say and whether systemd starts them, "" when there are none."""
    units = {path.name: text for path in _paths(host, name) if (text := text_at(path)) and not path.is_symlink()}
    kind = "timer" if _file(name, "timer") in units else "service"
    return _state_of(units, kind if _link(host, name, kind).is_symlink() else "off") if units else ""


def _state_of(units: Mapping[str, str], begins: str) -> str:
    return state_of("\0".join([begins, *(f"{name}\0{units[name]}" for name in sorted(units))]))


def _undo(host: Host, name: str, paths: list[Path]) -> tuple[Step, ...]:
    """The files as they are now, and systemd told so. Stopping comes last: what is not there cannot be stopped."""
    restored = tuple(_back(path) for path in paths)
    running = [_starts(name, kind) for kind in ("timer", "service") if _link(host, name, kind).is_symlink()]
    again = [("restart", unit) for unit in running]
    return (*restored, *_tell(host, ("daemon-reload",), *again))


def _back(path: Path) -> Step:
    return Link(path=str(path), target=str(path.readlink())) if path.is_symlink() else back(path)


def _deletion(path: Path) -> Step:
    return Delete(path=str(path))


def _tell(host: Host, *orders: tuple[str, ...]) -> tuple[Step, ...]:
    """Orders for the user's systemd, none when it does not run: then it reads the files when it begins."""
    program = host.which("systemctl")
    if program is None or not is_here(host):
        return ()
    return tuple(Run(argv=(str(program), "--user", *words), timeout_s=SYSTEMCTL_S) for words in orders)
