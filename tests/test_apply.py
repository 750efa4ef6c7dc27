"""Applying: what counts as done, what is tried again, and that every bad end puts everything back."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psutil
import pytest

from aim_lib.apply import apply, carry_out, stop_orphans
from aim_lib.audit import Audit
from aim_lib.errors import AimError, CommandFailed, Failed, Interrupted, NotPermitted, OurBug, TookTooLong, Unsupported
from aim_lib.journal import Journal
from aim_lib.model import Change, Copy, Delete, Lane, Link, Present, Run, SetVar, Status, Step, Wanted, Write
from aim_lib.plan import Plan, make_plan
from aim_lib.proc import Runner
from aim_lib.resources import Diagnosis, Steps
from aim_lib.steps import Doer, Event, perform
from tests.fakes import audit, stub
from tests.properties.things import ANOTHER, Order, Things, doer, programs, tree, world


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the stub installers and nothing installed."""
    folder = tmp_path / "machine"
    programs(folder)
    (folder / "things").mkdir()
    return folder


def wanted(name: str = "tool", request: str = "2.0", **more: object) -> Wanted:
    fields: dict[str, object] = {"kind": "thing", "name": name, "request": request, "version": request}
    return Wanted(**{**fields, **more})  # type: ignore[arg-type]


def planned(resource: Things, *items: Wanted) -> tuple[Change, ...]:
    return make_plan(items or (wanted(),), world(resource)).changes


def change(root: Path, *do: Step, undo: tuple[Step, ...] = (), name: str = "tool", **more: object) -> Change:
    """A change of a thing with steps of one's own."""
    fields: dict[str, object] = {
        "id": f"thing:{name}",
        "kind": "thing",
        "name": name,
        "have": "",
        "want": "2.0",
        "reason": "missing",
        "do": do,
        "undo": undo or (Delete(path=str(root / "things" / "thing" / name)),),
        "lane": Lane(name="thing", width=4),
    }
    return Change(**{**fields, **more})  # type: ignore[arg-type]


def files_of(root: Path, name: str, version: str = "2.0") -> tuple[Write, Write]:
    folder = root / "things" / "thing" / name
    return Write(path=str(folder / "version"), text=version), Write(path=str(folder / "payload"), text=name)


def events(root: Path) -> list[tuple[str, str]]:
    """(event type, message) of every line of the event log."""
    lines = (root / "logs" / "audit.jsonl").read_bytes().splitlines()
    return [(event["event_type"], event["message"]) for event in map(msgspec.json.decode, lines)]


# --- what counts as done --------------------------------------------------------------------------------------------


def test_a_change_is_done_when_the_artifact_is_there(root: Path) -> None:
    """The record says from what to what, by the disk."""
    thing = Things("thing", root)
    thing.plant("tool", "1.0")

    (record,) = apply(planned(thing), doer(root, thing))

    assert (record.status, record.detail) == (Status.CHANGED, "1.0 → 2.0")
    assert record.facts == {"have": "1.0", "now": "2.0", "reason": "below the wanted version"}


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (Order(trouble="nothing happens"), "the installer of tool reported success, but it is not there"),
        (Order(trouble=ANOTHER), "the installer of tool reported success, but 0.1 is there, not 2.0"),
        (Order(trouble="it arrives broken"), "tool was installed but half of it is missing"),
    ],
)
def test_an_installer_that_only_says_so_has_failed(root: Path, order: Order, message: str) -> None:
    """Exit 0 is not believed: the artifact on disk is the truth, and a wrong one is undone."""
    thing = Things("thing", root, orders={"tool": order})

    with pytest.raises(CommandFailed) as caught:
        apply(planned(thing), doer(root, thing))

    assert caught.value.message == message
    assert caught.value.exit_code == 4
    assert caught.value.remedy
    assert thing.find() == ()


def says(root: Path, words: str) -> Things:
    """Things whose installer only says `words`, with exit 0, and which understand a full disk."""

    class Talkative(Things):
        def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
            return Steps(do=(Run(argv=(str(stub(root / "bin", "talk", f"echo '{words}'")),)),), undo=())

    def understand(output: str) -> Diagnosis:
        cause = "disk" if "No space" in output else "unknown"
        return Diagnosis(cause=cause, message="the disk is full while installing the package", remedy="free some space")

    return Talkative("thing", root, understand=understand)


@pytest.mark.parametrize(
    ("words", "message", "remedy"),
    [
        ("No space left", "it is not there: the disk is full while installing tool", "free some space"),
        ("All is well", "it is not there", "run it again"),
    ],
)
def test_what_the_installer_said_tells_why_it_has_not_done_it(
    root: Path, words: str, message: str, remedy: str
) -> None:
    """Some end with 0 and say what went wrong."""
    thing = says(root, words)

    with pytest.raises(CommandFailed) as caught:
        apply(planned(thing), doer(root, thing))

    assert caught.value.message == f"the installer of tool reported success, but {message}"
    assert caught.value.remedy == remedy


def test_a_removal_is_done_when_it_is_gone(root: Path) -> None:
    """A removed thing's record ends in `removed`."""
    thing = Things("thing", root)
    thing.plant("tool", "1.0")

    (record,) = apply(make_plan((), world(thing), prune=thing.find()).changes, doer(root, thing))

    assert record.detail == "1.0 → removed"
    assert thing.find() == ()


def test_a_removal_that_leaves_it_there_has_failed(root: Path) -> None:
    """An uninstaller is not believed either."""
    thing = Things("thing", root)
    thing.plant("tool", "1.0")
    removal = change(root, Delete(path=str(root / "nothing")), have="1.0", want="")

    with pytest.raises(CommandFailed, match="tool is still there after its removal"):
        apply([removal], doer(root, thing))


def test_every_change_is_logged_before_and_after(root: Path) -> None:
    """The event log says what is about to change, and what it then was."""
    thing = Things("thing", root)

    apply(planned(thing), doer(root, thing))

    assert events(root) == [
        ("tool.changing", "thing:tool: absent → 2.0"),
        ("tool.changed", "thing:tool: absent → 2.0"),
    ]


def test_an_unknown_variable_step_is_refused(root: Path) -> None:
    """A step that no platform performs says so with code 6."""
    with pytest.raises(Unsupported) as caught:
        perform(SetVar(name="A", value="b"), doer(root))

    assert caught.value.exit_code == 6


def test_a_link_never_replaces_a_real_file(root: Path) -> None:
    """What is not a link is the user's own: it stays, and the run fails with code 7."""
    theirs = root / "theirs"
    theirs.write_text("mine", encoding="utf-8")

    with pytest.raises(NotPermitted) as caught:
        perform(Link(path=str(theirs), target="/elsewhere"), doer(root))

    assert caught.value.exit_code == 7
    assert theirs.read_text(encoding="utf-8") == "mine"


def test_a_file_that_is_not_the_locked_one_stops_the_run(root: Path) -> None:
    """A wrong hash is refused before anything of the change is installed."""
    thing = Things("thing", root)
    lock = root / "pylock.toml"
    lock.write_text("tampered", encoding="utf-8")
    copied = Copy(source=str(lock), path=str(root / "copy"), sha256="0" * 64)

    with pytest.raises(CommandFailed, match="is not the file that was locked: its hash differs"):
        apply([change(root, copied, *files_of(root, "tool"))], doer(root, thing))

    assert not (root / "copy").exists()
    assert thing.find() == ()


# --- trying again ---------------------------------------------------------------------------------------------------


def diagnosis(cause: str) -> Diagnosis:
    return Diagnosis(cause=cause, message=f"the package: {cause}", remedy="type this")


def test_a_network_failure_is_tried_again_with_growing_pauses(root: Path) -> None:
    """Two more tries, the second after a longer pause, then the diagnosis with its remedy."""
    pauses: list[float] = []
    thing = Things("thing", root, understand=lambda _output: diagnosis("network"))
    tries = root / "tries"
    failing = change(root, Run(argv=(str(stub(root / "bin", "flaky", f"echo >> {tries}; exit 1")),)))

    with pytest.raises(CommandFailed) as caught:
        apply([failing], doer(root, thing, pause=pauses.append, retries=2))

    assert caught.value.message == "tool: network"
    assert caught.value.remedy == "type this"
    assert tries.read_text(encoding="utf-8").count("\n") == 3
    assert len(pauses) == 2
    assert 0 < pauses[0] < pauses[1] <= 12


def test_what_is_tried_again_is_named(root: Path) -> None:
    """Who watches is told which tool waits, and for what."""
    heard: list[str] = []
    thing = Things("thing", root, understand=lambda _output: diagnosis("network"))
    failing = change(root, Run(argv=(str(root / "bin" / "broken"),)))

    with pytest.raises(CommandFailed):
        apply([failing], doer(root, thing, retries=1, on_event=lambda event: heard.append(event.text)))

    assert "tool: network; again in 1 s" in heard


def test_a_try_that_succeeds_ends_the_trying(root: Path) -> None:
    """A registry that answers the second time costs one pause and no failure."""
    pauses: list[float] = []
    thing = Things("thing", root, understand=lambda _output: diagnosis("network"))
    once = root / "once"
    program = stub(root / "bin", "flaky", f"[ -e {once} ] && exit 0; : > {once}; exit 1")
    flaky = change(root, Run(argv=(str(program),)), *files_of(root, "tool"))

    (record,) = apply([flaky], doer(root, thing, pause=pauses.append, retries=2))

    assert record.status is Status.CHANGED
    assert len(pauses) == 1


@pytest.mark.parametrize("cause", ["disk", "tls", "hash", "version", "name", "build", "permission", "unknown"])
def test_nothing_else_is_tried_again(root: Path, cause: str) -> None:
    """A failure that another try cannot cure ends at once."""
    pauses: list[float] = []
    thing = Things("thing", root, understand=lambda _output: diagnosis(cause))
    failing = change(root, Run(argv=(str(root / "bin" / "broken"),)))

    with pytest.raises(CommandFailed, match=f"tool: {cause}") as caught:
        apply([failing], doer(root, thing, pause=pauses.append))

    assert pauses == []
    assert caught.value.details[0] == "out of luck"


def test_a_time_limit_is_no_reason_to_try_again(root: Path) -> None:
    """The program is stopped, what it did is undone, the code is 8."""
    pauses: list[float] = []
    thing = Things("thing", root, understand=lambda _output: diagnosis("network"))
    version, payload = files_of(root, "tool")
    slow = stub(root / "bin", "slow", "sleep 300")
    changes = [change(root, version, Run(argv=(str(slow),), timeout_s=0.2), payload)]

    with pytest.raises(TookTooLong) as caught:
        apply(changes, doer(root, thing, pause=pauses.append))

    assert caught.value.exit_code == 8
    assert caught.value.message == "slow did not end within 0 s and was stopped"
    assert pauses == []
    assert thing.find() == ()


# --- bad ends -------------------------------------------------------------------------------------------------------


def test_an_undo_that_fails_is_said_and_logged(root: Path) -> None:
    """What could not be restored stands in the error's details, and in the event log as an error."""
    thing = Things("thing", root)
    version, payload = files_of(root, "tool")
    stuck = change(
        root,
        version,
        payload,
        Run(argv=(str(root / "bin" / "broken"),)),
        undo=(Run(argv=(str(root / "bin" / "broken"),)),),
    )

    with pytest.raises(CommandFailed) as caught:
        apply([stuck], doer(root, thing))

    line = "tool could not be put back to absent: exit 1; out of luck"
    assert caught.value.details[-1] == line
    assert ("tool.undo_failed", f"thing:tool: {line}") in events(root)


def test_an_undo_that_fails_does_not_keep_others_from_theirs(root: Path) -> None:
    """Whatever an undo step raises, the changes begun before it are still undone."""
    thing = Things("thing", root)
    in_the_way = Write(path=str(root / "bin" / "broken" / "below-a-file"), text="")
    first = change(root, *files_of(root, "first"), name="first")
    second = change(root, *files_of(root, "second"), in_the_way, undo=(in_the_way,), name="second")

    with pytest.raises(CommandFailed) as caught:
        apply([first, second], doer(root, thing, jobs=1))

    assert [present.name for present in thing.find()] == ["second"]
    assert "second could not be put back to absent" in caught.value.details[-1]


def test_what_was_restored_is_said(root: Path) -> None:
    """The error tells which tools are back to what they were."""
    thing = Things("thing", root)
    thing.plant("first", "1.0")
    broken = change(root, Run(argv=(str(root / "bin" / "broken"),)), name="second")

    with pytest.raises(CommandFailed) as caught:
        apply([*planned(thing, wanted("first")), broken], doer(root, thing, jobs=1))

    assert "first is back to 1.0" in caught.value.details
    assert ("tool.undone", "thing:first: back to 1.0") in events(root)


@dataclass(slots=True)
class Raising:
    """A listener that raises `error` when it hears of `kind`."""

    error: BaseException
    kind: str
    heard: list[str] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.heard.append(event.kind)
        if event.kind == self.kind:
            raise self.error


def test_an_interrupt_undoes_everything(root: Path) -> None:
    """Ctrl-C ends as Interrupted, code 130, with nothing left of the run."""
    thing = Things("thing", root)
    thing.plant("first", "1.0")
    before = tree(root / "things")
    changes = planned(thing, wanted("first"), wanted("second"))

    with pytest.raises(Interrupted) as caught:
        apply(changes, doer(root, thing, jobs=1, on_event=Raising(KeyboardInterrupt(), "done")))

    assert caught.value.exit_code == 130
    assert caught.value.remedy
    assert tree(root / "things") == before


def test_a_signal_stops_the_running_installer(root: Path) -> None:
    """A SIGINT while an installer runs stops it at once and undoes what it had done."""
    thing = Things("thing", root)
    program = stub(root / "bin", "endless", f"kill -INT {os.getpid()}; sleep 300")
    changes = [change(root, *files_of(root, "tool"), Run(argv=(str(program),)))]
    pids: list[int] = []
    journal = Listening(root / "state", pids)

    with pytest.raises(Interrupted):
        apply(changes, doer(root, thing, journal=journal))

    assert thing.find() == ()
    assert not any(psutil.pid_exists(pid) for pid in pids)


@dataclass(slots=True)
class Listening(Journal):
    """A journal that tells which children it was told of."""

    pids: list[int] = field(default_factory=list)

    def __init__(self, folder: Path, pids: list[int]) -> None:
        Journal.__init__(self, folder)
        self.pids = pids

    def child(self, pid: int, started: float) -> None:
        self.pids.append(pid)
        Journal.child(self, pid, started)


def test_a_second_interrupt_does_not_stop_the_undoing(root: Path) -> None:
    """An impatient second Ctrl-C waits until everything is back."""
    thing = Things("thing", root)
    impatient = stub(root / "bin", "impatient", f"kill -INT {os.getpid()}; rm -r {root}/things/thing/tool")
    version, payload = files_of(root, "tool")
    changes = [
        change(root, version, payload, Run(argv=(str(root / "bin" / "broken"),)), undo=(Run(argv=(str(impatient),)),))
    ]

    with pytest.raises(CommandFailed):
        apply(changes, doer(root, thing))

    assert thing.find() == ()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_bug_in_a_worker_is_ours_and_is_undone(root: Path) -> None:
    """An exception nobody foresaw ends as code 70, with its cause, after everything is back."""
    thing = Things("thing", root)
    bug = RuntimeError("nobody foresaw this")

    with pytest.raises(OurBug) as caught:
        apply(planned(thing), doer(root, thing, on_event=Raising(bug, "done")))

    assert caught.value.exit_code == 70
    assert caught.value.__cause__ is bug
    assert thing.find() == ()


@pytest.mark.parametrize("kind", ["failed", "undo", "undone"])
def test_a_listener_that_fails_late_does_not_prevent_the_undoing(root: Path, kind: str) -> None:
    """A display that breaks (its terminal has gone) while a failure is told does not leave half a change."""
    thing = Things("thing", root)
    broken = change(root, *files_of(root, "tool"), Run(argv=(str(root / "bin" / "broken"),)))
    first = change(root, *files_of(root, "first"), name="first")

    with pytest.raises(AimError):
        apply([first, broken], doer(root, thing, jobs=1, on_event=Raising(BrokenPipeError(), kind)))

    assert thing.find() == ()


@dataclass(slots=True)
class FullDisk(Audit):
    """An event log on a disk that is full from its `room`-th event on."""

    room: int = 0

    def __init__(self, folder: Path, room: int) -> None:
        Audit.__init__(self, folder / "audit.jsonl", stamp=lambda: "noon", user="ada", session_id="one")
        self.room = room

    def write(self, event_type: str, message: str, **more: object) -> None:
        self.room -= 1
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("room", [0, 1, 2, 3])
def test_a_log_that_cannot_be_written_does_not_prevent_the_undoing(root: Path, room: int) -> None:
    """A disk that fills up during a run is the commonest reason to need the undo."""
    thing = Things("thing", root)
    first = change(root, *files_of(root, "first"), name="first")
    second = change(root, *files_of(root, "second"), name="second")

    with pytest.raises(AimError) as caught:
        apply([first, second], doer(root, thing, jobs=1, audit=FullDisk(root / "logs", room)))

    assert "No space left on device" in f"{caught.value.message} {caught.value.details}"
    assert thing.find() == ()


@dataclass(slots=True)
class Gate(Runner):
    """A real runner that says when it is cancelled."""

    cancelled: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        Runner.cancel(self)
        self.cancelled.set()


@dataclass(slots=True)
class Slow(Things):
    """Things of which one is looked at, after its installation, only when the run has been cancelled."""

    gate: threading.Event = field(default_factory=threading.Event)

    def find(self) -> tuple[Present, ...]:
        if (self.folder / "late" / "version").exists():
            self.gate.wait(10)
        return Things.find(self)


def test_an_optional_change_that_fails_after_the_run_is_undone_too(root: Path) -> None:
    """The programs of its undo run although everything else was told to stop."""
    runner = Gate(grace_s=2.0)
    slow = Slow("slow", root, orders={"late": Order(trouble=ANOTHER)}, gate=runner.cancelled)
    thing = Things("thing", root)
    folder = root / "things" / "slow" / "late"
    remover = Run(argv=("/bin/rm", "-r", str(folder)))
    (late,) = make_plan(
        [Wanted(kind="slow", name="late", request="2.0", version="2.0", optional=True)], world(slow)
    ).changes
    late = msgspec.structs.replace(late, undo=(remover,))
    program = stub(root / "bin", "waits", f"while [ ! -e {folder}/payload ]; do :; done; exit 1")
    broken = change(root, Run(argv=(str(program),)))

    with pytest.raises(CommandFailed):
        apply([late, broken], doer(root, thing, slow, runner=runner))

    assert not folder.exists()


@dataclass(slots=True)
class Restless(Things):
    """Things whose folders change while they are read: every other look finds one gone that was just listed."""

    looks: int = 0

    def find(self) -> tuple[Present, ...]:
        self.looks += 1
        if self.looks % 2:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return Things.find(self)


def test_looking_beside_a_running_installer_is_tried_again(root: Path) -> None:
    """A folder that another installer has just removed is no failure of this change."""
    restless = Restless("thing", root)

    (record,) = apply([change(root, *files_of(root, "tool"))], doer(root, restless))

    assert record.status is Status.CHANGED


# --- carry out: ask, lock, ask again --------------------------------------------------------------------------------


@dataclass(slots=True)
class Lock:
    """A lock that runs `meanwhile` when it is taken, and counts."""

    meanwhile: object = None
    taken: int = 0

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        self.taken += 1
        if callable(self.meanwhile):
            self.meanwhile()
        yield


def test_nothing_to_do_takes_no_lock(root: Path) -> None:
    """A run that needs nothing neither waits for another nor writes a file."""
    lock = Lock()
    before = tree(root)

    outcome = carry_out(Plan(), Plan, doer(root), lock.hold())

    assert outcome.records == ()
    assert lock.taken == 0
    assert tree(root) == before


def test_a_plan_that_grew_while_waiting_is_refused(root: Path) -> None:
    """More than was shown is not done without being shown."""
    thing = Things("thing", root)
    thing.plant("second", "2.0")
    items = (wanted("first"), wanted("second"))

    def again() -> Plan:
        return make_plan(items, world(thing))

    lock = Lock(meanwhile=lambda: (thing.folder / "second" / "version").write_text("1.0", encoding="utf-8"))

    with pytest.raises(Failed) as caught:
        carry_out(again(), again, doer(root, thing), lock.hold())

    assert caught.value.message == "the machine changed while this run was waiting"
    assert caught.value.remedy == "run the same command again"
    assert [present.name for present in thing.find()] == ["second"]


def test_what_another_run_did_meanwhile_is_not_done_again(root: Path) -> None:
    """The plan is made again under the lock: what is there by then needs nothing."""
    thing = Things("thing", root)

    def again() -> Plan:
        return make_plan([wanted()], world(thing))

    outcome = carry_out(again(), again, doer(root, thing), Lock(meanwhile=lambda: thing.plant("tool", "2.0")).hold())

    assert outcome.records == ()


def test_only_what_we_installed_is_owned(root: Path) -> None:
    """A tool that was there before is not ours to prune, one that we brought is, until we remove it."""
    thing = Things("thing", root)
    thing.plant("theirs", "1.0")
    items = (wanted("theirs"), wanted("ours"))
    busy = doer(root, thing)
    before = make_plan(items, world(thing))

    carry_out(before, lambda: before, busy, Lock().hold())

    assert busy.journal.owned() == {"thing:ours"}


def test_a_failed_run_owns_nothing_new(root: Path) -> None:
    """What was rolled back is not remembered, and no journal is left."""
    thing = Things("thing", root, orders={"second": Order(trouble="a program fails")})
    busy = doer(root, thing, jobs=1)
    before = make_plan((wanted("first"), wanted("second")), world(thing))

    with pytest.raises(CommandFailed):
        carry_out(before, lambda: before, busy, Lock().hold())

    assert busy.journal.owned() == frozenset()
    assert not busy.journal.is_open()


def test_an_installer_that_a_killed_run_left_is_stopped(root: Path) -> None:
    """The next run stops it, says what was going on, and finishes the job from what is there."""
    thing = Things("thing", root)
    busy = doer(root, thing)
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    (interrupted,) = planned(thing)
    busy.journal.begin("aim install", "noon")
    busy.journal.start(interrupted)
    busy.journal.child(left.pid, psutil.Process(left.pid).create_time())
    heard: list[str] = []
    again = Doer(
        **{name: getattr(busy, name) for name in Doer.__slots__ if name != "on_notice"}, on_notice=heard.append
    )

    outcome = carry_out(Plan(), lambda: make_plan([wanted()], world(thing)), again, Lock().hold())

    left.wait(timeout=10)
    assert not psutil.pid_exists(left.pid)
    assert outcome.notices == (
        "aim install, begun noon, was killed while changing: thing:tool",
        f"stopped its installer, still running as pid {left.pid}",
        "finishing the job from what is really there",
    )
    assert tuple(heard) == outcome.notices
    assert [present.version for present in thing.find()] == ["2.0"]
    assert not busy.journal.is_open()


def test_a_pid_that_another_program_has_by_now_is_left_alone(root: Path) -> None:
    """Pids are used again: only the process that started then is the orphan."""
    busy = doer(root)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        busy.journal.begin("aim install", "noon")
        busy.journal.child(other.pid, psutil.Process(other.pid).create_time() - 3600)

        notices = stop_orphans(busy.journal)

        assert other.poll() is None
        assert notices[0] == "aim install, begun noon, was killed while changing: nothing that is not finished"
        other.kill()


def test_a_disabled_event_log_keeps_the_journal(root: Path) -> None:
    """Rollback does not depend on the log."""
    thing = Things("thing", root, orders={"tool": Order(trouble=ANOTHER)})
    silent = audit(root / "logs")
    silent.is_enabled = False

    with pytest.raises(CommandFailed):
        apply(planned(thing), doer(root, thing, audit=silent))

    assert thing.find() == ()
    assert not (root / "logs" / "audit.jsonl").exists()
