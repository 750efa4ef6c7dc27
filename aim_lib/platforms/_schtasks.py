"""Jobs of Windows' Task Scheduler: a definition in XML, kept among our files, registered by `schtasks`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape, unescape

from ..errors import BadConfig
from ..host import Host
from ..model import Delete, Present, Run, Step, Write
from ..proc import Runner
from ..states import state_of
from . import JOB, Job, Placing, back, moved, present, text_at

NAME = "schtasks"
FOLDER = "AIM"
SCHTASKS_S = 60.0
LONGEST_S = 31 * 86400  # of a repetition: the scheduler takes no longer one
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TIMER = """
    <TimeTrigger>
      <StartBoundary>2020-01-01T00:00:00</StartBoundary>
      <Repetition>
        <Interval>PT{minutes}M</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
    </TimeTrigger>"""
_LOGON = """
    <LogonTrigger>
      <UserId>{user}</UserId>
    </LogonTrigger>"""
_RESTART = """
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>999</Count>
    </RestartOnFailure>"""
# Elements in the order that the schema of version 1.2 demands. It names no encoding: schtasks hands the text on as
# UTF-16 and the parser refuses one that says otherwise, so everything beyond ASCII is a reference.
_TASK = """<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{about}</Description>
  </RegistrationInfo>
  <Triggers>{trigger}
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>{limit}</ExecutionTimeLimit>{restart}
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{command}</Command>
      <Arguments>{arguments}</Arguments>
      <WorkingDirectory>{folder}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def found(host: Host, runner: Runner) -> tuple[Present, ...]:
    """Every job whose definition is here and which the scheduler knows."""
    names = sorted(path.stem for path in _folder(host).glob("*.xml"))
    return tuple(
        present(JOB, name, state, file_of(host, name), NAME) for name in names if (state := _state(name, host, runner))
    )


def place(job: Job, host: Host, runner: Runner) -> Placing:
    path, text = file_of(host, job.name), definition(job, host)
    do = (Write(path=str(path), text=text), _create(job.name, path))
    have = _state(job.name, host, runner)
    return Placing(
        kind=JOB,
        name=job.name,
        have=have,
        want=state_of(text),
        do=do,
        undo=_undo(job.name, path, have),
        where=f"{FOLDER}\\{job.name}",
        note=moved(_folder_of(path), job),
    )


def _folder_of(path: Path) -> str:
    """Where the job runs by now, "" when there is none."""
    found = re.search(r"<WorkingDirectory>(.*)</WorkingDirectory>", text_at(path) or "")
    return re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), unescape(found[1])) if found else ""


def withdraw(name: str, host: Host, runner: Runner) -> Placing:
    path, have = file_of(host, name), _state(name, host, runner)
    do = (_schtasks("/Delete", name, "/F"), Delete(path=str(path)))
    return Placing(kind=JOB, name=name, have=have, want="", do=do, undo=_undo(name, path, have))


def definition(job: Job, host: Host) -> str:
    """The task in XML, ASCII alone. Raises BadConfig for what it cannot say."""
    if job.kind == "timer" and not 60 <= job.every_s <= LONGEST_S:
        raise BadConfig("the Task Scheduler repeats a job every 1 minute to 31 days", remedy="say --every 60m")
    trigger = _TIMER.format(minutes=job.every_s // 60) if job.kind == "timer" else _LOGON
    user = _xml(f"{host.get('USERDOMAIN')}\\{host.user}" if host.get("USERDOMAIN") else host.user)
    is_timer = job.kind == "timer"
    return _TASK.format(
        about=_xml(job.about),
        trigger=trigger.replace("{user}", user),
        user=user,
        limit="PT15M" if is_timer else "PT0S",
        restart="" if is_timer else _RESTART,
        command=_xml(job.argv[0]),
        arguments=_xml(command_line(job.argv[1:])),
        folder=_xml(job.folder),
    )


def command_line(words: tuple[str, ...]) -> str:
    """Words as a program that begins on Windows takes its command line apart again (CommandLineToArgvW)."""
    return " ".join(map(_word, words))


def _word(word: str) -> str:
    if word and not re.search(r'[\s"]', word):
        return word
    # Backslashes count only before a quote: there each is doubled, and the quote escaped.
    inner = re.sub(r'(\\*)"', r'\1\1\\"', word)
    doubled = re.sub(r"(\\+)$", r"\1\1", inner)
    return f'"{doubled}"'


def _xml(text: str) -> str:
    if _NOT_XML.search(text):
        raise BadConfig(f"{text!r} cannot stand in a task's definition", remedy="use names without control characters")
    return escape(text).encode("ascii", "xmlcharrefreplace").decode()


def _folder(host: Host) -> Path:
    return host.folders.data / "jobs"


def file_of(host: Host, name: str) -> Path:
    return _folder(host) / f"{name}.xml"


def _state(name: str, host: Host, runner: Runner) -> str:
    text = text_at(file_of(host, name))
    if text is None:
        return ""
    asked = runner.run(_schtasks("/Query", name).argv, env=_env(host), timeout_s=SCHTASKS_S)
    return state_of(text) if asked.is_ok else ""


def _env(host: Host) -> Mapping[str, str]:
    return dict(host.env)


def _create(name: str, path: Path) -> Run:
    return _schtasks("/Create", name, "/XML", str(path), "/F")


def _schtasks(order: str, name: str, *more: str) -> Run:
    return Run(argv=("schtasks", order, "/TN", f"{FOLDER}\\{name}", *more), timeout_s=SCHTASKS_S)


def _undo(name: str, path: Path, have: str) -> tuple[Step, ...]:
    return (back(path), _create(name, path)) if have else (back(path), _schtasks("/Delete", name, "/F"))
