"""Jobs get to their place and away again, in every scheduler, with exactly the words they have."""

from __future__ import annotations

import plistlib
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim_lib import jobs, placed
from aim_lib.apply import apply
from aim_lib.errors import BadConfig, CommandFailed, MissingProgram
from aim_lib.host import Host
from aim_lib.platforms import Job, _cron, _launchd, _schtasks, _systemd
from aim_lib.proc import Runner
from aim_lib.steps import Doer

from .fakes import ScriptedRunner, host, stub
from .properties.things import SYSTEM_PATH, doer, tree

CRONTAB = """
table="$HOME/crontab"
case "$1" in
-l) [ -f "$table" ] || { echo 'no crontab for ada' >&2; exit 1; }; exec /bin/cat "$table" ;;
-r) exec /bin/rm "$table" ;;
-) exec /bin/cat >"$table" ;;
esac
"""
JOB = Job(
    name="health",
    about="AIM: a test",
    argv=("/opt/my aim/aim", "health", "--scheduled"),
    folder="/home/ada/my project",
    env=(("PATH", "/opt/it's $X:/bin"),),
    log="/tmp/it's.log",
)
SERVICE = msgspec.structs.replace(JOB, name="watch", kind="service")
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8) | st.text("\\\"'% $`;#", max_size=6)


def machine(home: Path, *, is_systemd: bool = False) -> Host:
    """A Linux with a crontab program, and a systemd for the user or none."""
    stub(home / "bin", "crontab", CRONTAB)
    stub(home / "bin", "systemctl", f'echo "$@" >>"{home}/told"')
    env = {"HOME": str(home), "PATH": f"{home / 'bin'}:{SYSTEM_PATH}", "XDG_RUNTIME_DIR": str(home / "run")}
    if is_systemd:
        (home / "run" / "systemd").mkdir(parents=True)
        (home / "run" / "systemd" / "private").touch()
    return host(home=home, env=env, python=_python())


def _python() -> str:
    import sys

    return sys.executable


def who(on: Host) -> Doer:
    return doer(on.home, host=on, resources={"job": jobs.arranged(on, Runner())}, ecosystems={})


def schedule(on: Host, job: Job = JOB, choice: str = "auto") -> None:
    apply(placed.changes(jobs.scheduling(job, on, Runner(), choice), "test"), who(on))


def unschedule(on: Host, name: str = "health") -> None:
    apply(placed.changes(jobs.unscheduling(name, on, Runner()), "test"), who(on))


def left(home: Path) -> dict[str, tuple[int, bytes]]:
    """Every file but our records."""
    return {name: value for name, value in tree(home).items() if not name.startswith(("logs", "state", "told"))}


def files_only(home: Path) -> dict[str, tuple[int, bytes]]:
    return {name: value for name, value in left(home).items() if not (home / name).is_dir()}


@pytest.mark.parametrize("is_systemd", [True, False])
@pytest.mark.parametrize("job", [JOB, SERVICE], ids=["timer", "service"])
def test_a_job_comes_and_goes_without_a_trace(is_systemd: bool, job: Job, tmp_path: Path) -> None:
    """The second time there is nothing to do, and after it has gone every file is as before."""
    on = machine(tmp_path, is_systemd=is_systemd)
    (tmp_path / "crontab").write_bytes(b"# mine \xff\n0 5 * * * backup\n")
    before = files_only(tmp_path)

    schedule(on, job)
    (there,) = jobs.present_jobs(on, Runner())
    again = jobs.scheduling(job, on, Runner())
    unschedule(on, job.name)

    assert (there.name, there.traits) == (job.name, ("systemd" if is_systemd else "cron",))
    assert again == ()
    assert files_only(tmp_path) == before
    assert jobs.present_jobs(on, Runner()) == ()


@pytest.mark.parametrize("is_systemd", [True, False])
def test_a_job_that_fails_to_begin_is_undone(is_systemd: bool, tmp_path: Path) -> None:
    """Its files, and its line, are gone again."""
    on = machine(tmp_path, is_systemd=is_systemd)
    (tmp_path / "crontab").write_bytes(b"0 5 * * * backup\n")
    before = files_only(tmp_path)
    (change,) = placed.changes(jobs.scheduling(JOB, on, Runner()), "test")
    broken = stub(tmp_path / "other", "broken", "exit 3")
    failing = msgspec.structs.replace(
        change, do=(*change.do, msgspec.structs.replace(change.do[-1], argv=(str(broken),)))
    )

    with pytest.raises(CommandFailed):
        apply([failing], who(on))

    assert {name: value for name, value in files_only(tmp_path).items() if not name.startswith("other")} == before


@pytest.mark.parametrize("is_systemd", [True, False])
def test_another_interval_replaces_the_job_and_can_be_undone(is_systemd: bool, tmp_path: Path) -> None:
    """There is one job, and the undo of the change gives the old one back."""
    on = machine(tmp_path, is_systemd=is_systemd)
    schedule(on)
    before = files_only(tmp_path)
    (change,) = placed.changes(jobs.scheduling(msgspec.structs.replace(JOB, every_s=7200), on, Runner()), "test")
    back = msgspec.structs.replace(change, do=change.undo, undo=change.do, have=change.want, want=change.have)

    apply([change], who(on))
    changed = files_only(tmp_path)
    apply([back], who(on))

    assert changed != before
    assert files_only(tmp_path) == before


def test_a_timer_that_becomes_a_service_leaves_no_timer(tmp_path: Path) -> None:
    """Units of the other kind go."""
    on = machine(tmp_path, is_systemd=True)
    schedule(on)

    schedule(on, msgspec.structs.replace(JOB, kind="service"))

    units = tmp_path / ".config" / "systemd" / "user"
    assert not (units / "aim-health.timer").exists()
    assert (units / "default.target.wants" / "aim-health.service").is_symlink()


def test_a_job_is_never_in_two_schedulers(tmp_path: Path) -> None:
    """When another one is chosen it is moved."""
    on = machine(tmp_path, is_systemd=True)
    schedule(on, choice="cron")

    schedule(on, choice="systemd")

    assert [each.traits for each in jobs.present_jobs(on, Runner())] == [("systemd",)]


def test_a_job_stays_where_it_is_unless_another_is_chosen(tmp_path: Path) -> None:
    """What was scheduled by cron is found there from a session that has a systemd, too."""
    on = machine(tmp_path, is_systemd=True)
    schedule(on, choice="cron")

    assert jobs.scheduling(JOB, on, Runner()) == ()


def test_systemd_is_told(tmp_path: Path) -> None:
    """Read the units again, and start the timer now."""
    on = machine(tmp_path, is_systemd=True)

    schedule(on)

    told = (tmp_path / "told").read_text(encoding="utf-8").splitlines()
    assert told == ["--user daemon-reload", "--user restart aim-health.timer"]


def test_without_a_running_systemd_its_files_still_go(tmp_path: Path) -> None:
    """From a session without one a job can be taken away."""
    schedule(machine(tmp_path, is_systemd=True))
    (tmp_path / "run" / "systemd" / "private").unlink()

    unschedule(host(home=tmp_path, env={"PATH": SYSTEM_PATH, "HOME": str(tmp_path)}, python=_python()))

    assert not list((tmp_path / ".config").rglob("aim-*"))


def test_nothing_to_schedule_with_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    """No systemd, no cron: code 3, and what to install."""
    with pytest.raises(MissingProgram, match="no crontab") as caught:
        jobs.scheduling(JOB, host(home=tmp_path), Runner())

    assert caught.value.exit_code == 3
    assert "apt install cron" in caught.value.remedy


@pytest.mark.parametrize(
    ("every_s", "times"),
    [
        (60, "* * * * *"),
        (300, "*/5 * * * *"),
        (1800, "*/30 * * * *"),
        (3600, "17 * * * *"),
        (7200, "17 */2 * * *"),
        (86400, "17 4 * * *"),
    ],
)
def test_intervals_that_cron_has_words_for(every_s: int, times: str) -> None:
    """Parts of an hour, of a day, or a day."""
    assert _cron.times(every_s) == times


@pytest.mark.parametrize("every_s", [90, 420, 5400, 18000, 172800])
def test_intervals_that_cron_has_no_words_for(every_s: int) -> None:
    """They are refused: cron would begin anew each hour or day."""
    with pytest.raises(BadConfig, match="cron cannot start a job every"):
        _cron.times(every_s)


@pytest.mark.parametrize(("text", "seconds"), [("60s", 60), ("60", 3600), ("30m", 1800), (" 2H ", 7200), ("1d", 86400)])
def test_an_interval_is_read(text: str, seconds: int) -> None:
    """A number alone are minutes."""
    assert jobs.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "59s", "m", "1.5h", "-5m", "1w"])
def test_what_is_no_interval_is_refused(text: str) -> None:
    """Nothing is guessed, and a job does not run more often than every minute."""
    with pytest.raises(BadConfig, match="no interval"):
        jobs.seconds_of(text)


def test_only_named_variables_go_with_a_job(tmp_path: Path) -> None:
    """A secret of the session does not get into a unit."""
    on = host(home=tmp_path, env={"PATH": "/bin", "API_KEY": "s3cret", "AIM_STATE_DIR": "/state"})

    made = jobs.our_job(on, "health", "about", ("health",), tmp_path, every_s=60)

    assert dict(made.env) == {"PATH": "/bin", "AIM_STATE_DIR": "/state"}


def test_a_script_for_cron_starts_exactly_the_words(tmp_path: Path) -> None:
    """Quotes, dollars and blanks reach the program as they are, and so does the folder."""
    (tmp_path / "my folder").mkdir()
    show = stub(tmp_path / "it's", "show", 'pwd; printf "%s\\n" "$A" "$@"')
    job = Job(name="x", about="a\nb", argv=(str(show), "a b", "$HOME", "it's"), folder=str(tmp_path / "my folder"))
    job = msgspec.structs.replace(job, env=(("A", "`id` 100%"),), log=str(tmp_path / "log"))

    subprocess.run(["/bin/sh", "-c", _cron.script_text(job)], check=True)

    said = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert said == [str(tmp_path / "my folder"), "`id` 100%", "a b", "$HOME", "it's"]


def test_what_has_several_lines_cannot_stand_in_a_unit() -> None:
    """It would be another setting of it."""
    with pytest.raises(BadConfig, match="cannot stand in a unit"):
        _systemd.units_of(msgspec.structs.replace(JOB, argv=("/opt/aim", "a\nExecStart=/evil")))


def test_a_unit_quotes_what_systemd_would_expand() -> None:
    """Percent signs are specifiers, and in a command a dollar is a variable."""
    unit = _systemd.units_of(msgspec.structs.replace(JOB, argv=("/opt/aim", '50% "$HOME" \\')))["aim-health.service"]

    assert r'ExecStart="/opt/aim" "50%% \"$$HOME\" \\"' in unit
    assert 'Environment="PATH=/opt/it\'s $X:/bin"' in unit


@pytest.mark.parametrize("job", [JOB, SERVICE], ids=["timer", "service"])
def test_a_property_list_says_the_same(job: Job, tmp_path: Path) -> None:
    """Read back by the library that macOS' own tools agree with."""
    placing = _launchd.place(job, host("macos", tmp_path))
    write = next(step for step in placing.do if hasattr(step, "text"))
    read = plistlib.loads(write.text.encode())

    assert read["ProgramArguments"] == list(job.argv)
    assert read["EnvironmentVariables"] == dict(job.env)
    assert read.get("StartInterval") == (3600 if job.kind == "timer" else None)
    assert read.get("KeepAlive") == (None if job.kind == "timer" else {"SuccessfulExit": False})


NAMESPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


@pytest.mark.parametrize("job", [JOB, SERVICE], ids=["timer", "service"])
def test_a_task_of_windows_says_the_same(job: Job) -> None:
    """In the order of elements that its schema demands, ASCII alone."""
    on = host("windows", user="ädä")
    text = _schtasks.definition(msgspec.structs.replace(job, argv=("C:\\my aim\\aim.exe", "a b", 'say "x"')), on)
    task = ET.fromstring(text)  # noqa: S314 - our own text
    found = {node.tag.removeprefix(NAMESPACE): node.text for node in task.iter()}

    assert text.isascii()
    assert [node.tag.removeprefix(NAMESPACE) for node in task] == [
        "RegistrationInfo",
        "Triggers",
        "Principals",
        "Settings",
        "Actions",
    ]
    assert found["Command"] == "C:\\my aim\\aim.exe"
    assert found["Arguments"] == '"a b" "say \\"x\\""'
    assert found["UserId"] == "ädä"
    assert found.get("Interval") == ("PT60M" if job.kind == "timer" else "PT1M")
    assert ("LogonTrigger" in found) == (job.kind == "service")


@given(given_words=st.lists(words, min_size=1, max_size=4))
def test_a_command_line_of_windows_is_taken_apart_again(given_words: list[str]) -> None:
    """As the standard library quotes it, which Microsoft's rules were the model of."""
    assert _taken_apart(_schtasks.command_line(tuple(given_words))) == given_words


def _taken_apart(line: str) -> list[str]:
    """CommandLineToArgvW, by its description."""
    found: list[str] = []
    place, is_quoted, word, has_word = 0, False, "", False
    while place < len(line):
        slashes = len(line[place:]) - len(line[place:].lstrip("\\"))
        after = line[place + slashes : place + slashes + 1]
        if slashes:
            word += "\\" * (slashes // 2 if after == '"' else slashes)
            has_word = True
            place += slashes
            if after == '"' and slashes % 2:
                word += '"'
                place += 1
            continue
        if after == '"':
            is_quoted, has_word = not is_quoted, True
        elif after == " " and not is_quoted:
            if has_word:
                found.append(word)
            word, has_word = "", False
        else:
            word, has_word = word + after, True
        place += 1
    return [*found, word] if has_word else found


def test_a_task_that_the_scheduler_does_not_know_is_not_there(tmp_path: Path) -> None:
    """Its definition alone starts nothing."""
    on = host("windows", tmp_path)
    _schtasks.file_of(on, "health").parent.mkdir(parents=True)
    _schtasks.file_of(on, "health").write_text("<Task/>", encoding="utf-8")

    known = _schtasks.found(on, ScriptedRunner(answer=lambda _argv: (0, "", "")))
    unknown = _schtasks.found(on, ScriptedRunner(answer=lambda _argv: (1, "", "")))

    assert [job.name for job in known] == ["health"]
    assert unknown == ()


@pytest.mark.parametrize(
    ("said", "message", "remedy"),
    [
        ("Failed to connect to bus: No medium found", "systemd does not run for this user", 'scheduler = "cron"'),
        ("crontab: you may not use this program", "crontab: you may not use this program", "what the scheduler says"),
    ],
)
def test_a_scheduler_that_refuses_is_quoted(said: str, message: str, remedy: str, tmp_path: Path) -> None:
    """With what to do about it, and everything is as before."""
    on = machine(tmp_path, is_systemd=True)
    stub(tmp_path / "bin", "systemctl", f"echo '{said}' >&2; exit 1")

    with pytest.raises(CommandFailed, match=message) as caught:
        schedule(on)

    assert remedy in caught.value.remedy
    assert jobs.present_jobs(on, Runner()) == ()
