"""What a Mac is given: its folders, property lists that launchd takes, its Keychain alone."""

from __future__ import annotations

import plistlib
from pathlib import Path

import msgspec
import pytest

from aim_lib import identity_choice, keyrings
from aim_lib.model import Delete, Run, Write
from aim_lib.platforms import JOB, Job, Placing, Vars, _launchd, macos

from .fakes import NOON, KeyringRunner, host

TIMER = Job(name="health", about="looks", argv=("/opt/aim <&>", "a b", 'say "x"', "ключ"), folder="/tmp/a & b")
SERVICE = msgspec.structs.replace(TIMER, kind="service", log="/tmp/log", env=(("PATH", "/bin:$X"),))
# launchd.plist(5): the keys that we may use, and the type of each.
KEYS = {
    "Label": str,
    "ProgramArguments": list,
    "WorkingDirectory": str,
    "EnvironmentVariables": dict,
    "ProcessType": str,
    "StandardOutPath": str,
    "StandardErrorPath": str,
    "StartInterval": int,
    "LowPriorityIO": bool,
    "RunAtLoad": bool,
    "KeepAlive": dict,
}


def written(placing: Placing) -> Write:
    return next(step for step in placing.do if isinstance(step, Write))


def perform(placing: Placing) -> list[tuple[str, ...]]:
    """The files as `steps.perform` leaves them; the orders to launchctl."""
    for step in placing.do:
        if isinstance(step, Write):
            Path(step.path).parent.mkdir(parents=True, exist_ok=True)
            Path(step.path).write_text(step.text, encoding="utf-8")
        elif isinstance(step, Delete):
            Path(step.path).unlink(missing_ok=True)
    return [step.argv for step in placing.do if isinstance(step, Run)]


# --- folders --------------------------------------------------------------------------------------------------------


def test_agents_lie_where_launchd_looks(tmp_path: Path) -> None:
    """The user's own, which need no administrator."""
    placing = _launchd.place(TIMER, host("macos", tmp_path))

    assert Path(written(placing).path) == tmp_path / "Library" / "LaunchAgents" / "aim.health.plist"


def test_our_own_folders_are_apples() -> None:
    """As platformdirs has them, whose answer `host.current` takes there."""
    from platformdirs.macos import MacOS

    dirs = MacOS("aim", appauthor=False)

    assert Path(dirs.user_config_dir).parts[-3:] == ("Library", "Application Support", "aim")
    assert Path(dirs.user_cache_dir).parts[-3:] == ("Library", "Caches", "aim")
    assert Path(dirs.user_log_dir).parts[-3:] == ("Library", "Logs", "aim")


# --- launchd --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("job", [TIMER, SERVICE], ids=["timer", "service"])
def test_a_list_has_only_keys_that_launchd_knows(job: Job, tmp_path: Path) -> None:
    """Of the type that its manual page gives each: launchd ignores a list with another."""
    read = plistlib.loads(written(_launchd.place(job, host("macos", tmp_path))).text.encode())

    assert {name: type(value) for name, value in read.items()} == {name: KEYS[name] for name in read}
    assert read["Label"] == "aim.health"
    assert read["ProgramArguments"] == list(job.argv)


def test_the_agent_of_the_variables_is_one_too() -> None:
    """With every value quoted for the shell that sets them."""
    agent = macos.agent(Vars(values=(("A", "it's <$x> & ключ"),), first=("/x y",), folder="", is_desktop=True))
    read = plistlib.loads(plistlib.dumps(agent))

    assert {name: type(value) for name, value in read.items()} == {name: KEYS[name] for name in read}
    assert read["ProgramArguments"][:2] == ["/bin/sh", "-c"]


def test_a_job_is_loaded_found_changed_and_unloaded(tmp_path: Path) -> None:
    """An older list is unloaded before it is written over: launchd would keep what it has read."""
    on = host("macos", tmp_path)
    other = msgspec.structs.replace(TIMER, every_s=60)

    first = perform(_launchd.place(TIMER, on))
    second = perform(_launchd.place(other, on))
    found = _launchd.found(on)
    last = perform(_launchd.withdraw("health", on))

    path = str(_launchd.list_of(on, "health"))
    assert first == [("/bin/launchctl", "load", path)]
    assert second == [("/bin/launchctl", "unload", path), ("/bin/launchctl", "load", path)]
    assert [(each.kind, each.name, each.where) for each in found] == [(JOB, "health", path)]
    assert last == [("/bin/launchctl", "unload", path)]
    assert _launchd.found(on) == ()


def test_a_job_that_is_as_wanted_is_done(tmp_path: Path) -> None:
    """Nothing is unloaded for it."""
    on = host("macos", tmp_path)
    perform(_launchd.place(TIMER, on))

    assert _launchd.place(TIMER, on).is_done


def test_lists_of_others_are_not_ours(tmp_path: Path) -> None:
    """Also not the one that sets the variables."""
    on = host("macos", tmp_path)
    folder = _launchd.agents(on)
    folder.mkdir(parents=True)
    for name in ("com.apple.x.plist", "aim.env.plist", "homebrew.mxcl.postgresql.plist"):
        (folder / name).write_bytes(plistlib.dumps({"Label": name}))

    assert _launchd.found(on) == ()


# --- Keychain -------------------------------------------------------------------------------------------------------


def test_only_the_keychain_is_asked_for_the_key(tmp_path: Path) -> None:
    """No file that somebody's keyring settings may name."""
    runner = KeyringRunner(backend="keyring.backends.macOS.Keyring")

    verdict = identity_choice._ask_canary(host("macos", tmp_path), runner, NOON)

    assert runner.asked[0]["backends"] == ["keyring.backends.macOS.Keyring"]
    assert verdict.backend == "keyring.backends.macOS.Keyring"


@pytest.mark.parametrize(("is_interactive", "limit"), [(True, 45.0), (False, 10.0)])
def test_somebody_may_type_the_keychains_password(is_interactive: bool, limit: float) -> None:
    """macOS asks in a window, without DISPLAY; where nobody sits, nobody waits."""
    assert keyrings.limit_s(host("macos", is_interactive=is_interactive)) == limit
