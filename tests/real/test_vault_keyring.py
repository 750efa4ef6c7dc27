"""The key of the vault in a real Secret Service: unlocked, locked, dismissed, hanging, and where there is none."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .test_secrets import files_with
from .world import Done, World

pytestmark = pytest.mark.real

DRIVER = Path(__file__).with_name("vault_driver.py")
VALUE = "tök3n-from-the-vault"
Session = Callable[..., list[dict[str, Any]]]
# How gnome-keyring is before the vault asks it. A wrong password leaves the collection of before locked.
UNLOCK = "printf %s {password} | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "
STATES = {
    "unlocked": UNLOCK.format(password="right"),
    "locked": UNLOCK.format(password="wrong"),
    "dismissed": "",
    "hanging": "",
}
# Runs a program while it is the one who asks people for passwords, and never gives an answer: a window nobody sees.
PROMPTER = """
import subprocess, sys, threading
from jeepney import MessageType, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

bus = open_dbus_connection()
bus.send_and_get_reply(message_bus.RequestName("org.gnome.keyring.SystemPrompter"))

def accept():
    while True:
        message = bus.receive()
        if message.header.message_type is MessageType.method_call:
            bus.send(new_method_return(message))

threading.Thread(target=accept, daemon=True).start()
sys.exit(subprocess.run(sys.argv[1:]).returncode)
"""


@pytest.fixture
def session(world: World) -> Session:
    """Runs the driver, once per group of words, in one D-Bus session whose keyring is in a state; `before` is shell."""
    missing = [name for name in ("dbus-run-session", "gnome-keyring-daemon") if not shutil.which(name)]
    if missing:
        pytest.skip(f"not here: {', '.join(missing)}")
    runtime = world.root / "run"
    runtime.mkdir(mode=0o700)
    prompter = world.root / "prompter.py"
    prompter.write_text(PROMPTER)
    there = world.with_env(PATH=f"{world.env['PATH']}:/usr/bin:/bin", XDG_RUNTIME_DIR=str(runtime))

    def run(state: str, *groups: tuple[str, ...], before: str = "") -> list[dict[str, Any]]:
        quoted = (" ".join(f"'{word}'" for word in group) for group in groups)
        script = STATES[state] + before + "".join(f'"$0" "$1" {words}; echo; ' for words in quoted)
        asker = (sys.executable, prompter) if state == "hanging" else ()
        done = there.run("dbus-run-session", "--", *asker, "/bin/sh", "-c", script, sys.executable, DRIVER)
        return said(done)

    return run


def said(done: Done) -> list[dict[str, Any]]:
    """What the driver printed, one document a line."""
    assert "Traceback" not in done.text, done.text
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def test_the_key_lies_in_the_secret_service(world: World, session: Session) -> None:
    """The first secret makes it; another session, unlocked anew, reads; no key and no value lie on the disk."""
    (put,) = session("unlocked", ("put", "TOKEN", VALUE))

    (get,) = session("unlocked", ("get", "TOKEN"))

    assert put["answer"] == ["TOKEN"], put
    assert get["answer"] == {"TOKEN": VALUE}, get
    assert "SecretService" in (world.own / "state/identity.json").read_text()
    assert files_with("AGE-SECRET-KEY", world.home) == files_with(VALUE, world.home) == []


def test_ten_secrets_are_one_question(session: Session) -> None:
    """A process that reads many values asks the keyring once; one that finds nothing asks it not at all."""
    names = [f"NAME_{number}" for number in range(10)]
    pairs = [word for name in names for word in (name, name.lower())]

    _, ten, none = session("unlocked", ("put", *pairs), ("get", *names), ("get", "ELSE"))

    assert ten["answer"] == {name: name.lower() for name in names}
    assert (ten["asked"], none["asked"], none["answer"]) == (1, 0, {})


@pytest.mark.parametrize(
    ("state", "reason", "seconds"),
    [("dismissed", "nobody has unlocked it", 5), ("hanging", "did not answer within 10 s", 20)],
)
def test_a_keyring_nobody_unlocks(world: World, session: Session, state: str, reason: str, seconds: int) -> None:
    """It ends in seconds with the reason and the remedy, exit 3; the remedy works there, and is not asked for again."""
    failed, again, init, put, get = session(
        state,
        ("put", "TOKEN", VALUE),
        ("put", "TOKEN", VALUE),
        ("init", "file"),
        ("put", "TOKEN", VALUE),
        ("get", "TOKEN"),
    )

    assert failed["exit_code"] == again["exit_code"] == 3
    assert reason in failed["error"], failed
    assert failed["remedy"] == "aim secrets init --identity file --yes"
    assert failed["seconds"] < seconds  # not speed: whether it hangs
    assert (failed["asked"], again["asked"]) == (1, 0)
    assert init["answer"] == "file", init
    assert (put["answer"], get["answer"]) == (["TOKEN"], {"TOKEN": VALUE})


@pytest.mark.parametrize(("state", "reason"), [("locked", "KeyringLocked"), ("hanging", "did not answer within 10 s")])
def test_a_keyring_that_was_open_once(session: Session, state: str, reason: str) -> None:
    """The vault is there and its key cannot be had now: reading fails in seconds with the reason, exit 7."""
    session("unlocked", ("put", "TOKEN", VALUE))

    (get,) = session(state, ("get", "TOKEN"))

    assert get["exit_code"] == 7, get
    assert reason in get["error"]
    assert get["remedy"] == "unlock the keyring of your session, or set AIM_AGE_KEY_FILE to a file with the key"
    assert get["seconds"] < 20


def test_a_vault_whose_session_is_elsewhere(world: World, session: Session) -> None:
    """Logged in by ssh, without D-Bus: what is missing is said; names can still be listed, nothing is made anew."""
    session("unlocked", ("put", "TOKEN", VALUE))
    before = (world.own / "data/secrets/vault.json").read_bytes()
    there = world.with_env(DBUS_SESSION_BUS_ADDRESS="disabled:")

    (get,) = said(there.run(sys.executable, DRIVER, "get", "TOKEN"))
    (put,) = said(there.run(sys.executable, DRIVER, "put", "TOKEN", "other"))

    assert get["exit_code"] == put["exit_code"] == 7
    assert "the vault's key is in the keyring and cannot be had" in get["error"]
    assert (world.own / "data/secrets/vault.json").read_bytes() == before


def test_the_key_moves_between_keyring_and_file(world: World, session: Session) -> None:
    """Out of the Secret Service and back: the same vault opens throughout, and the file is gone in the end."""
    answers = session(
        "unlocked",
        ("put", "TOKEN", VALUE),
        ("init", "file"),
        ("get", "TOKEN"),
        ("init", "keyring"),
        ("get", "TOKEN"),
    )

    assert [said["answer"] for said in answers[1:]] == ["file", {"TOKEN": VALUE}, "keyring", {"TOKEN": VALUE}]
    assert files_with("AGE-SECRET-KEY", world.home) == []


def test_headless(world: World) -> None:
    """No D-Bus at all: with consent once, everything works."""
    there = world.with_env(DBUS_SESSION_BUS_ADDRESS="disabled:")

    words = (("put", "TOKEN", VALUE), ("init", "file"), ("put", "TOKEN", VALUE), ("get", "TOKEN"))
    failed, init, put, get = [said(there.run(sys.executable, DRIVER, *group))[0] for group in words]

    assert (failed["exit_code"], failed["remedy"]) == (3, "aim secrets init --identity file --yes")
    assert (init["answer"], put["answer"], get["answer"]) == ("file", ["TOKEN"], {"TOKEN": VALUE})


def test_in_ci(world: World) -> None:
    """The key is a variable: nothing is asked, nothing of it is written."""
    (key,) = [
        line for line in (Path(__file__).parents[1] / "data/sops/key.txt").read_text().splitlines() if "#" not in line
    ]
    there = world.with_env(AIM_AGE_KEY=key, DBUS_SESSION_BUS_ADDRESS="disabled:", CI="true")

    (put,) = said(there.run(sys.executable, DRIVER, "put", "TOKEN", VALUE))
    (get,) = said(there.run(sys.executable, DRIVER, "get", "TOKEN"))

    assert (put["answer"], get["answer"], put["asked"]) == (["TOKEN"], {"TOKEN": VALUE}, 0)
    assert files_with("AGE-SECRET-KEY", world.home) == []
