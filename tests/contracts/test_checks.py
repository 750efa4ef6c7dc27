"""The contract of `aim_lib/checks/`: a stable id, a verdict on good and bad facts, a remedy wherever one is needed."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType, ModuleType

import msgspec
import pytest

from aim_lib import catalog, registry
from aim_lib.checks import Facts
from aim_lib.drift import Standing
from aim_lib.host import utc_now
from aim_lib.model import Record, Status
from aim_lib.ownership import Owned
from aim_lib.proc import Runner
from aim_lib.secret import Secret
from aim_lib.vaults import age_file

from ..fakes import ScriptedRunner, audit, facts, host, stub
from ..test_files import NOBODY, open_folder
from ..webserver import Page, on_loopback_only, serving

__all__ = ["open_folder"]

PACKAGE = "aim_lib.checks"
CHECKS = catalog.own(PACKAGE)
BAD_STATES = (Status.WARNED, Status.FAILED)
TITLE_SIZE, LEAST_WORDS = 130, 12  # of an explanation: letters of its title, words behind it
CODE = re.compile(r"AIM-H(\d{3})")
# The first number of each check's codes; the next check's begin behind them. 900 and up are of the check itself.
FIRST = {
    "python": 1,
    "required_commands": 10,
    "optional_commands": 20,
    "ai_tools": 30,
    "secrets_vault": 40,
    "config": 50,
    "paths": 60,
    "permissions": 70,
    "path_order": 80,
    "drift": 90,
    "duplicates": 100,
    "caches": 110,
    "disk": 120,
    "clock": 130,
    "network": 140,
    "jobs": 150,
    "audit_chain": 160,
    "locks": 170,
    "release": 180,
    "plugins": 190,
    "links": 200,
}


KEPT = ExitStack()  # the servers that a test has begun


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Some bad facts bring an index of their own."""
    monkeypatch.setattr(socket.socket, "connect", on_loopback_only)
    with KEPT:
        yield


def healthy(home: Path) -> Facts:
    """Facts of a machine with nothing to complain of."""
    tools = home / "bin"
    stub(tools, "git", "echo git version 2.47.1")
    on = host("linux", home, {"PATH": str(tools), "SHELL": "/bin/bash"})
    return facts(
        on,
        required_commands=("git",),
        config_files=("aim.toml",),
        folders=(on.folders.state, on.folders.logs),
        bin_folders=(tools,),
        tool_count=3,
        now_s=utc_now().timestamp(),
        version="0.1.0",
    )


def empty(home: Path, system: str) -> Facts:
    """Facts of a machine on which nothing is and of which nothing is asked."""
    return msgspec.structs.replace(
        healthy(home / "other"),
        host=host(system, home),
        required_commands=(),
        config_files=(),
        folders=(),
        bin_folders=(),
        tool_count=0,
    )


def git_says(answer: str) -> Runner:
    return ScriptedRunner(answer=lambda _argv: (0, answer, ""))


def run(check: str, facts: Facts, runner: Runner | None = None) -> Record:
    record: Record = module(check).check(facts, runner or git_says("git version 2.47.1\n"))
    return record


def module(check: str) -> ModuleType:
    return catalog.load(PACKAGE, check)


def _changed(**fields: object) -> Callable[[Facts], Facts]:
    return lambda facts: msgspec.structs.replace(facts, **fields)


def _behind_a_file(facts: Facts) -> Facts:
    file = stub(facts.host.home, "file")
    return msgspec.structs.replace(facts, folders=(file / "below",))


def _without_path(facts: Facts) -> Facts:
    env = MappingProxyType({**facts.host.env, "PATH": "/elsewhere"})
    return msgspec.structs.replace(facts, host=replace(facts.host, env=env))


def _with_a_broken_vault(facts: Facts) -> Facts:
    folder = facts.host.folders.data / "secrets"
    folder.mkdir(mode=0o700, parents=True)
    (folder / "vault.json").write_text("{")
    (folder / "vault.json").chmod(0o600)
    return facts


def _with_an_expired_secret(facts: Facts) -> Facts:
    vault = age_file.open(facts.host, git_says(""))
    vault.ladder.init("file", has_consent=True)
    vault.set("OLD_KEY", Secret("sk-0123456789"), expires="2000-01-01")
    return facts


def _with_an_empty_ai_tool(facts: Facts) -> Facts:
    stub(facts.host.home / "bin", "claude").write_text("")
    return msgspec.structs.replace(facts, ai_tools=registry.load().tool)


def _with_an_ai_tool_without_node(facts: Facts) -> Facts:
    stub(facts.host.home / "bin", "gemini").write_text("#!/usr/bin/env node\n")
    return msgspec.structs.replace(facts, ai_tools=registry.load().tool)


def _with_an_edited_event(facts: Facts) -> Facts:
    log = audit(facts.host.folders.logs)
    for text in ("one", "two", "three"):
        log.write("health.check", text)
    log.path.write_bytes(log.path.read_bytes().replace(b'"two"', b'"too"'))
    return facts


def _with_a_large_cache(facts: Facts) -> Facts:
    blob = facts.host.home / ".cache" / "uv" / "archive" / "blob"
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"x" * 100_000)
    return msgspec.structs.replace(facts, cache_warn_gb=0.000_05)


def _with_an_event_of_the_future(facts: Facts) -> Facts:
    audit(facts.host.folders.logs).write("health.check", "later", timestamp="2999-01-01T00:00:00.000Z")
    return facts


def standing(name: str, *copies: Owned) -> Standing:
    """A tool of pipx as it is declared and there, with all copies of its command."""
    return Standing(tool=name, manager="pipx", expected="1.0", actual="1.0", status="ok", path="", copies=copies)


def copy(path: str, place: int, manager: str, name: str = "ruff", **more: str) -> Owned:
    return Owned(command=name, path=path, place=place, manager=manager, name=name, group=more.get("id", path), **more)


OURS = copy("/home/ada/.local/bin/ruff", 1, "pipx", id="pipx:ruff")
THEIRS = {"id": "uv:ruff", "removal": "uv tool uninstall ruff"}


def _path_is(path: str) -> Callable[[Facts], Facts]:
    def changed(facts: Facts) -> Facts:
        env = MappingProxyType({**facts.host.env, "PATH": path})
        return msgspec.structs.replace(facts, host=replace(facts.host, env=env))

    return changed


def _with(**variables: str) -> Callable[[Facts], Facts]:
    """What is asked of the network is allowed, with these variables."""

    def changed(facts: Facts) -> Facts:
        env = MappingProxyType({**facts.host.env, **variables})
        return msgspec.structs.replace(facts, host=replace(facts.host, env=env), has_network=True, has_release=True)

    return changed


def _with_a_newer_release(facts: Facts) -> Facts:
    page = facts.host.home / "index" / "aim-plus" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<a href="aim_plus-9.0-py3-none-any.whl">aim_plus-9.0-py3-none-any.whl</a>')
    return _with(PIP_INDEX_URL=page.parents[1].as_uri())(facts)


def _with_a_timer_alone(facts: Facts) -> Facts:
    timer = facts.host.home / ".config" / "systemd" / "user" / "aim-health.timer"
    timer.parent.mkdir(parents=True)
    timer.write_text("[Timer]\nOnUnitActiveSec=3600s\n")
    return facts


def _with_a_dead_owner(facts: Facts) -> Facts:
    card = facts.host.folders.state / "machine.owner.json"
    card.parent.mkdir(parents=True)
    card.write_text('{"command": "install", "pid": 4194999, "since": "2026-01-02 12:00:00 UTC"}')
    return facts


def _with_a_dangling_link(facts: Facts) -> Facts:
    (facts.bin_folders[0] / "gone").symlink_to("/nowhere/gone")
    return facts


def _with_an_open_key(facts: Facts) -> Facts:
    key = facts.host.folders.data / "secrets" / "identity.txt"
    key.parent.mkdir(mode=0o700, parents=True)
    key.write_text("AGE-SECRET-KEY-1")
    key.chmod(0o644)
    return facts


def _with_an_open_log(facts: Facts) -> Facts:
    audit(facts.host.folders.logs).write("health.check", "one")
    (facts.host.folders.logs / "audit.jsonl").chmod(0o644)
    return facts


def _with_a_closed_log(facts: Facts) -> Facts:
    audit(facts.host.folders.logs).write("health.check", "one")
    (facts.host.folders.logs / "audit.jsonl").chmod(0o400)
    return facts


def _with_a_folder_of_another(facts: Facts) -> Facts:
    if os.geteuid() != 0:
        return msgspec.structs.replace(facts, folders=(Path("/tmp"),))
    facts.host.folders.state.mkdir(parents=True)
    os.chown(facts.host.folders.state, NOBODY, NOBODY)
    return facts


def _with_an_open_folder(facts: Facts) -> Facts:
    facts.host.folders.state.mkdir(parents=True)
    facts.host.folders.state.chmod(0o777)
    return facts


def _with_half_the_room(facts: Facts) -> Facts:
    free = shutil.disk_usage(facts.host.home).free
    return msgspec.structs.replace(facts, min_free_gb=free / 1e9 * 10)


def _with_a_quota(facts: Facts) -> Facts:
    stub(facts.bin_folders[0], "quota")
    return facts


def _with_a_folder_for_a_log(facts: Facts) -> Facts:
    (facts.host.folders.logs / "audit.jsonl").mkdir(parents=True)
    return facts


def _with_a_run_for_days(facts: Facts) -> Facts:
    began = datetime.now(UTC) - timedelta(seconds=1)  # noqa: TID251 - a process of this test has really begun
    card = {"command": "install", "pid": os.getpid(), "since": f"{began:%Y-%m-%d %H:%M:%S} UTC"}
    facts.host.folders.state.mkdir(parents=True)
    (facts.host.folders.state / "machine.owner.json").write_text(json.dumps(card))
    return msgspec.structs.replace(facts, now_s=facts.now_s + 3 * 86_400)


def _with_half_a_file(facts: Facts) -> Facts:
    half = facts.host.folders.data / "secrets" / ".vault.json.new"
    half.parent.mkdir(mode=0o700, parents=True)
    half.touch()
    os.utime(half, (1_700_000_000, 1_700_000_000))
    return facts


def _with_a_job(program: str = "/bin/sh", *, last_s: float = 0.0) -> Callable[[Facts], Facts]:
    """An hourly timer that is switched on, its service, and the stamp of its last run."""

    def changed(facts: Facts) -> Facts:
        timer = _with_a_timer_alone(facts).host.home / ".config" / "systemd" / "user" / "aim-health.timer"
        timer.with_suffix(".service").write_text(f'[Service]\nExecStart="{program}" "health"\n')
        wants = timer.parent / "timers.target.wants"
        wants.mkdir()
        (wants / timer.name).symlink_to(timer)
        stamp = facts.host.home / ".local" / "share" / "systemd" / "timers" / f"stamp-{timer.name}"
        stamp.parent.mkdir(parents=True)
        stamp.touch()
        os.utime(stamp, (last_s or facts.now_s, last_s or facts.now_s))
        return facts

    return changed


def _with_a_service(facts: Facts) -> Facts:
    """One that the user's systemd, which runs, is to start."""
    home = facts.host.home
    service = home / ".config" / "systemd" / "user" / "aim-watch.service"
    wants = service.parent / "default.target.wants"
    wants.mkdir(parents=True)
    service.write_text('[Service]\nType=exec\nExecStart="/bin/sh"\n')
    (wants / service.name).symlink_to(service)
    (home / "run" / "systemd" / "private").mkdir(parents=True)
    stub(facts.bin_folders[0], "systemctl")
    env = {**facts.host.env, "XDG_RUNTIME_DIR": str(home / "run")}
    return msgspec.structs.replace(facts, host=replace(facts.host, env=env))


def _with_a_cron_job(facts: Facts) -> Facts:
    stub(facts.bin_folders[0], "crontab")
    return facts


def _with_a_dead_gh(facts: Facts) -> Facts:
    stub(facts.bin_folders[0], "gh").write_text("#!/nowhere/interpreter\n")
    return msgspec.structs.replace(facts, optional_commands=("gh",))


def _with_an_index(status: int, *, ahead_s: float = 0.0) -> Callable[[Facts], Facts]:
    """An index on loopback that answers with `status`; `ahead_s` is how far our clock is ahead of its."""

    def changed(facts: Facts) -> Facts:
        server = KEPT.enter_context(serving())
        server.put("/simple/pip/", Page(b"{}", status))
        told = msgspec.structs.replace(facts, now_s=facts.now_s + ahead_s)
        return _with(PIP_INDEX_URL=f"{server.url}/simple")(told)

    return changed


def says(code: int, text: str) -> Runner:
    return ScriptedRunner(answer=lambda _argv: (code, text, ""))


def _with_an_open_bin_folder(facts: Facts) -> Facts:
    (facts.host.home / "bin").chmod(0o777)
    return facts


def _with_a_dead_git(facts: Facts) -> Facts:
    (facts.bin_folders[0] / "git").write_text("#!/nowhere/interpreter\n")
    return facts


Case = tuple[Callable[[Facts], Facts], str] | tuple[Callable[[Facts], Facts], str, Runner]
# What is wrong on a machine, check by check, a word that the record must then say, and who runs programs there if that
# is not the one that only plays git.
BAD: dict[str, dict[str, Case]] = {
    "ai_tools": {
        "an empty file": (_with_an_empty_ai_tool, "the file is empty"),
        "no interpreter": (_with_an_ai_tool_without_node, "node is not on PATH"),
    },
    "audit_chain": {
        "an edited event": (_with_an_edited_event, "line 2"),
        "no file": (_with_a_folder_for_a_log, "cannot be read"),
    },
    "caches": {"a large one": (_with_a_large_cache, "/.cache/uv")},
    "clock": {
        "before it was made": (_changed(now_s=86_400.0), "1970-01-02"),
        "before its own events": (_with_an_event_of_the_future, "2999-01-01"),
        "not as the index has it": (_with_an_index(200, ahead_s=3600), "60 minutes ahead of http://127.0.0.1"),
    },
    "disk": {
        "little room": (_with_half_the_room, "free, less than"),
        "no room": (_changed(min_free_gb=1e9), "is full"),
        "no quota left": (_with_a_quota, "/dev/sda1 5000*", says(1, "Disk quotas for user ada:\n/dev/sda1 5000*\n")),
    },
    "duplicates": {
        "two managers": (
            _changed(standings=(standing("ruff", OURS, copy("/opt/uv/ruff", 2, "uv", **THEIRS)),)),
            "/opt/uv/ruff, of uv",
        )
    },
    "jobs": {
        "half a job": (_with_a_timer_alone, "no aim-health.service"),
        "an overdue one": (_with_a_job(last_s=1_700_000_000), "every 60 min, and last did"),
        "one whose program is gone": (_with_a_job("/nowhere/aim"), "starts /nowhere/aim"),
        "one of cron whose script is gone": (
            _with_a_cron_job,
            "starts /nowhere/health.sh",
            says(0, "17 * * * * /bin/sh /nowhere/health.sh >/dev/null 2>&1 # aim job: health\n"),
        ),
        "a service that does not run": (
            _with_a_service,
            "aim-watch.service does not run: it is failed (exit-code)",
            says(0, "ActiveState=failed\nResult=exit-code\n"),
        ),
    },
    "links": {"a dangling one": (_with_a_dangling_link, "/nowhere/gone")},
    "locks": {
        "a dead owner": (_with_a_dead_owner, "pid 4194999"),
        "one that hangs": (_with_a_run_for_days, "for 72 h"),
        "half a file": (_with_half_a_file, ".vault.json.new was never finished"),
        "a killed run": (_changed(open_run="install, begun at noon, was changing: pipx:ruff"), "pipx:ruff"),
    },
    "network": {
        "no address": (_with(PIP_INDEX_URL="ftp://example.org/simple"), "ftp://example.org/simple"),
        "one that is ill": (_with_an_index(503), "it answers 503"),
        "one that is closed": (_with_an_index(401), "does not let you in"),
        "a wrong proxy": (_with(PIP_INDEX_URL="http://pypi.example", http_proxy="socks5://p:1"), "proxy"),
    },
    "optional_commands": {
        "missing, and named": (_changed(optional_commands=("gh",), is_optional_chosen=True), "not on PATH: gh"),
        "too old": (_changed(optional_commands=("git>=3.1",)), "2.47.1"),
        "one that cannot start": (_with_a_dead_gh, "gh", Runner()),
    },
    "path_order": {
        "a shadow": (
            _changed(standings=(standing("ruff", copy("/opt/uv/ruff", 0, "uv", **THEIRS), OURS),)),
            "/opt/uv/ruff, of uv, ahead of ours",
        ),
        "a relative folder": (_path_is("/usr/bin:node_modules/.bin"), "node_modules/.bin"),
        "an empty entry": (_path_is("/usr/bin::/bin"), "an empty entry"),
    },
    "permissions": {
        "an open key": (_with_an_open_key, "identity.txt: others have access to it (mode 644)"),
        "an open log": (_with_an_open_log, "audit.jsonl: others have access to it (mode 644)"),
        "a closed log": (_with_a_closed_log, "it cannot be written (mode 400)"),
        "a folder of another": (_with_a_folder_of_another, "it belongs to"),
        "an open folder": (_with_an_open_folder, "everybody may change it (mode 777)"),
        "an open folder of PATH": (_with_an_open_bin_folder, "(mode 777)"),
    },
    "release": {"a newer one": (_with_a_newer_release, "aim-plus 9.0 is out; this is 0.1.0")},
    "config": {
        "a mistake": (_changed(config_problems=("aim.toml: tools.pip: unknown",)), "tools.pip"),
        "several mistakes": (_changed(config_problems=("aim.toml: a", "aim.toml: b")), "aim.toml: b"),
    },
    "drift": {
        "one tool": (_changed(off_tools=(("ruff", "0.14.1, not 0.14.2"),)), "ruff: 0.14.1, not 0.14.2"),
        "several tools": (_changed(off_tools=(("ruff", "missing"), ("black", "broken"))), "black: broken"),
    },
    "paths": {
        "a folder that cannot be": (_behind_a_file, "file/below"),
        "a bin folder off PATH": (_without_path, "not on PATH"),
    },
    "plugins": {
        "a broken one": (_changed(plugin_problems=("notes 1.0: aim.checks x = y: it has no ID",)), "it has no ID"),
        "two of one package": (_changed(plugin_problems=("notes 1.0: a", "notes 1.0: b")), "notes 1.0: b"),
    },
    "secrets_vault": {
        "a broken vault": (_with_a_broken_vault, "vault.json"),
        "an expired secret": (_with_an_expired_secret, "OLD_KEY (2000-01-01)"),
    },
    "python": {
        "an old Python": (_changed(python_version=(3, 10, 9)), "3.10.9"),
        "a Python that is older than asked for": (_changed(min_python="3.13"), "3.13"),
        "a single digit is no smaller than two": (_changed(python_version=(3, 9, 0), min_python="3.10"), "3.9.0"),
    },
    "required_commands": {
        "one missing": (_changed(required_commands=("git", "gh")), "gh"),
        "all missing": (_changed(required_commands=("rg", "gh")), "rg, gh"),
        "too old": (_changed(required_commands=("git>=2.50",)), "git 2.47.1"),
        "one that cannot start": (_with_a_dead_git, "git", Runner()),
    },
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_id_is_the_file_s_name(check: str, tmp_path: Path) -> None:
    """A check is known by one name everywhere: its file, its ID, its record."""
    assert check == module(check).ID
    assert run(check, healthy(tmp_path)).id == check


@pytest.mark.parametrize("check", CHECKS)
def test_a_healthy_machine_is_ok(check: str, tmp_path: Path) -> None:
    """Nothing wrong, nothing to do; the detail says what was looked at."""
    record = run(check, healthy(tmp_path))

    assert record.status in (Status.OK, Status.SKIPPED)  # what is off unless it is asked for says so
    assert (record.remedy, record.code) == ("", "")
    assert record.title
    assert record.detail


@pytest.mark.parametrize("check", CHECKS)
def test_codes_are_of_the_check_s_own_range(check: str) -> None:
    """A code names one kind of finding for good: no two checks share one."""
    first = FIRST[check]
    room = range(first, 10 if first == 1 else first + 10)

    numbers = [int(found[1]) if (found := CODE.fullmatch(code)) else -1 for code in module(check).CODES]

    assert numbers
    assert [number for number in numbers if number not in room] == []


@pytest.mark.parametrize(("check", "code"), [(check, code) for check in CHECKS for code in module(check).CODES])
def test_a_code_is_explained(check: str, code: str) -> None:
    """A short first sentence says what was found; why it matters and what to do come after it, in one paragraph."""
    text = module(check).CODES[code]

    title, _, rest = text.partition(". ")

    assert title[0].isupper() or not title[0].isalpha()
    assert len(title) <= TITLE_SIZE
    assert len(rest.split()) >= LEAST_WORDS
    assert "\n" not in text


@pytest.mark.parametrize(("check", "code"), [(check, code) for check in CHECKS for code in module(check).CODES])
def test_every_code_has_facts_that_give_it(check: str, code: str, tmp_path: Path) -> None:
    """A code that nothing leads to is not finished: it needs its bad facts in the table above."""
    cases = BAD[check].values()
    homes = [tmp_path / str(place) for place in range(len(cases))]

    found = {
        run(check, change(healthy(home)), *runner).code for (change, _, *runner), home in zip(cases, homes, strict=True)
    }

    assert code in found


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_has_facts_that_it_finds_bad(check: str) -> None:
    """A check that nothing can fail is not finished: it needs its bad facts in the table above."""
    assert BAD.get(check)


@pytest.mark.parametrize(("check", "case"), [(check, case) for check in CHECKS for case in BAD.get(check, {})])
def test_bad_facts_have_a_remedy(check: str, case: str, tmp_path: Path) -> None:
    """What is wrong is said, with what to do about it."""
    change, word, *runner = BAD[check][case]

    record = run(check, change(healthy(tmp_path)), *runner)

    assert record.status in BAD_STATES
    assert word in record.detail
    assert record.remedy.strip()
    assert record.remedy == record.remedy.strip()
    assert record.remedy
    assert "\n" not in record.remedy
    assert record.code in module(check).CODES


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
@pytest.mark.parametrize("check", CHECKS)
def test_an_empty_machine_is_looked_at(check: str, system: str, tmp_path: Path) -> None:
    """Nothing on the machine and nothing asked of it: every check has an answer, and leaves nothing behind."""
    facts = empty(tmp_path / "home", system)

    record = run(check, facts)

    assert record.id == check
    assert not (tmp_path / "home" / "aim").exists()


@pytest.mark.parametrize(("check", "case"), [(check, case) for check in CHECKS for case in ("", *BAD.get(check, {}))])
def test_details_are_a_document(check: str, case: str, tmp_path: Path) -> None:
    """What a check adds for documents can be written as JSON, good or bad."""
    facts = healthy(tmp_path)
    record = run(check, BAD[check][case][0](facts) if case else facts)

    assert msgspec.json.decode(msgspec.json.encode(record.facts)) == record.facts


# --- what only one check does -----------------------------------------------------------------------------------


def test_drift_is_not_judged_beside_a_wrong_configuration(tmp_path: Path) -> None:
    """With mistakes in the configuration nobody knows what was declared: it is skipped, with the reason."""
    record = run("drift", msgspec.structs.replace(healthy(tmp_path), config_problems=("aim.toml: a",)))

    assert record.status is Status.SKIPPED
    assert "configuration" in record.detail


def test_a_bin_folder_counts_through_a_link(tmp_path: Path) -> None:
    """PATH may reach a folder by another way."""
    facts = healthy(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "bin")

    record = run("paths", msgspec.structs.replace(facts, bin_folders=(tmp_path / "link",)))

    assert record.status is Status.OK


def test_the_line_for_path_is_the_remedy(tmp_path: Path) -> None:
    """What is missing on PATH is mended by a line that can be pasted into a shell."""
    record = run("paths", _without_path(healthy(tmp_path)))

    assert record.remedy == 'export PATH="$HOME/bin:$PATH"'


@contextmanager
def with_no_rights() -> Iterator[None]:
    """Without root's rights for a while, of the real user too: that is the one `os.access` asks about."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_folder_without_rights_is_bad(tmp_path: Path, open_folder: Path) -> None:
    """A folder that may not be written is bad, also when it is not there yet and the one above is closed."""
    closed = open_folder / "closed"
    closed.mkdir(mode=0o555)
    facts = msgspec.structs.replace(healthy(tmp_path), folders=(closed / "not" / "yet",))

    with with_no_rights():
        record = run("paths", facts)

    assert record.status is Status.FAILED
    assert record.remedy == f"chown -R ada {closed}/not/yet"


def test_versions_are_told_beside_the_commands(tmp_path: Path) -> None:
    """A command that is there is asked for its version."""
    record = run("required_commands", healthy(tmp_path), Runner())

    assert record.detail == "git 2.47.1"
    assert record.facts["versions"] == {"git": "2.47.1"}


def test_a_command_is_looked_for_where_the_tools_are(tmp_path: Path) -> None:
    """The tools' own folders count even before they are on the user's PATH."""
    record = run("required_commands", _without_path(healthy(tmp_path)))

    assert record.status is Status.OK


def test_a_command_that_cannot_be_started_is_bad(tmp_path: Path) -> None:
    """A required command whose interpreter is gone is as good as missing."""
    facts = healthy(tmp_path)
    (tmp_path / "bin" / "git").write_text("#!/nowhere/interpreter\n")

    record = run("required_commands", facts, Runner())

    assert record.status in BAD_STATES
    assert record.remedy


def test_a_file_that_is_no_program_is_survived(tmp_path: Path) -> None:
    """An executable file without `#!` works in a shell and not here: that is said, not thrown."""
    facts = healthy(tmp_path)
    (tmp_path / "bin" / "git").write_text("echo git version 2.47.1\n")

    record = run("required_commands", facts, Runner())

    assert record.status in BAD_STATES
