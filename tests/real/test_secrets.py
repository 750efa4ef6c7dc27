"""Secrets with a real terminal and real keyrings; the value of a secret is nowhere but in its vault."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from .world import World, can_trace

pytestmark = pytest.mark.real

VALUE = 'tök3n-"§$%&/()=\\x-secret'
DECLARED = """
[tools]
[secrets]
required = ["AIM_TEST_TOKEN"]
[secrets.names]
AIM_TEST_TOKEN = "test-token"
"""
# A keyring that keeps its items in a file; one that is locked; one that forgets.
BACKENDS = """
import json, os, pathlib
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

class File(KeyringBackend):
    priority = 1
    path = pathlib.Path(__file__).with_name("items.json")
    def items(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}
    def get_password(self, service, name):
        return self.items().get(service + "/" + name)
    def set_password(self, service, name, value):
        self.path.write_text(json.dumps({**self.items(), service + "/" + name: value}))
    def delete_password(self, service, name):
        self.path.write_text(json.dumps({k: v for k, v in self.items().items() if k != service + "/" + name}))

class Locked(KeyringBackend):
    priority = 1
    def get_password(self, service, name):
        raise KeyringLocked("Failed to unlock the collection!")
    def set_password(self, service, name, value):
        raise KeyringLocked("Failed to unlock the collection! " + value)

class Forgetful(KeyringBackend):
    priority = 1
    def get_password(self, service, name):
        return None
    def set_password(self, service, name, value):
        pass
"""


# Makes the terminal it was given the one that it can be asked on, and becomes another program.
ON_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass(slots=True)
class Terminal:
    """A program on a terminal of its own; `screen` is all it has shown."""

    process: subprocess.Popen[bytes]
    handle: int
    screen: str = ""

    @property
    def exit_code(self) -> int | None:
        return self.process.returncode

    def read_until(self, text: str) -> None:
        """Wait until the screen shows `text`; fails when the program ends before."""
        while text not in self.screen:
            assert self._read(), f"{text!r} did not come:\n{self.screen}"

    def type(self, text: str) -> None:
        os.write(self.handle, text.encode())

    def end(self) -> str:
        """Read to the program's end; returns the whole screen."""
        while self._read():
            pass
        self.process.wait(60)
        return self.screen

    def _read(self) -> bool:
        if not select.select([self.handle], [], [], 60)[0]:
            raise AssertionError(f"nothing for a minute after:\n{self.screen}")
        try:
            chunk = os.read(self.handle, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.screen += chunk.decode(errors="replace")
        return bool(chunk)


@contextmanager
def terminal(world: World, *argv: str) -> Iterator[Terminal]:
    """Run a program on a pseudo-terminal, as a person's shell would."""
    handle, inside = os.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-c", ON_TERMINAL, *argv],
            cwd=world.project,
            env=dict(world.env),
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        ) as process:
            os.close(inside)
            try:
                yield Terminal(process, handle)
            finally:
                process.kill()
    finally:
        os.close(handle)


def aim(*words: str) -> list[str]:
    return [sys.executable, "-m", "aim_lib", *words]


@pytest.fixture
def with_keyring(world: World) -> Callable[[str], World]:
    """The home with a keyring of the named kind, and AIM_TEST_TOKEN required."""
    folder = world.root / "backends"
    folder.mkdir()
    (folder / "test_backends.py").write_text(BACKENDS)
    world.declare(DECLARED)
    return lambda kind: world.with_env(PYTHONPATH=str(folder), PYTHON_KEYRING_BACKEND=f"test_backends.{kind}")


def kept(world: World) -> dict[str, str]:
    path = world.root / "backends" / "items.json"
    items: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return items


def files_with(value: str, folder: Path) -> list[str]:
    """Files under `folder` that hold `value`, also as JSON would write it."""
    forms = {value.encode(), json.dumps(value)[1:-1].encode(), json.dumps(value, ensure_ascii=False)[1:-1].encode()}
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return [str(path) for path in files if any(form in path.read_bytes() for form in forms)]


# --- in the environment, or nowhere -----------------------------------------------------------------------------


def test_a_secret_in_the_environment_is_enough(with_keyring: Callable[[str], World]) -> None:
    """A required secret that is set in the environment: bootstrap goes on, says where it is, shows no value."""
    done = with_keyring("File").aim("bootstrap", AIM_TEST_TOKEN=VALUE)

    assert done.exit_code == 0, done.text
    assert "in the environment" in done.stdout
    assert VALUE not in done.text


@pytest.mark.parametrize("kind", ["File", "Locked"])
def test_missing_without_a_terminal(with_keyring: Callable[[str], World], kind: str) -> None:
    """Nobody can be asked: exit 1 before anything is installed, the name, and how to give it."""
    world = with_keyring(kind)
    world.declare(DECLARED + '[tools.uv]\npycowsay = "0.0.0.2"\n')

    done = world.aim("bootstrap")

    assert done.exit_code == 1, done.text
    assert "error: required secrets are missing" in done.stderr
    assert "AIM_TEST_TOKEN: required and not found" in done.stderr
    assert "fix: aim secrets set AIM_TEST_TOKEN" in done.stderr
    assert world.version_of("pycowsay") == ""


def test_a_locked_keyring_says_so(with_keyring: Callable[[str], World]) -> None:
    """The reason why the keyring could not be asked stands beside the secret that is missing."""
    done = with_keyring("Locked").aim("secrets", "status")

    assert done.exit_code == 0, done.text
    assert "KeyringLocked" in done.stdout


def test_no_keyring_at_all_says_so(world: World) -> None:
    """A machine without any keyring: the reason is its class, not a traceback."""
    world.declare(DECLARED)

    done = world.with_env(DBUS_SESSION_BUS_ADDRESS="disabled:").aim("bootstrap")

    assert done.exit_code == 1, done.text
    assert "the keyring cannot be used" in done.stderr
    assert "Traceback" not in done.text


# --- on a terminal ----------------------------------------------------------------------------------------------


def test_a_hidden_prompt_stores_in_the_vault(with_keyring: Callable[[str], World]) -> None:
    """What is typed is not shown, lies in the vault under its alias, and the next run does not ask."""
    world = with_keyring("File")
    with terminal(world, *aim("bootstrap")) as person:
        person.read_until("AIM_TEST_TOKEN (hidden")
        person.type(VALUE + "\n")
        screen = person.end()

    again = world.aim("bootstrap")

    assert person.exit_code == 0, screen
    assert "AIM_TEST_TOKEN stored in the vault" in screen
    assert list(kept(world)) == ["aim-plus/age-identity"]
    assert VALUE not in screen
    assert again.exit_code == 0, again.text
    assert "in the vault" in again.stdout
    assert files_with(VALUE, world.home) == []


def test_an_item_of_its_own_when_that_is_asked(with_keyring: Callable[[str], World]) -> None:
    """With store = "keyring" each secret is one item in the keyring, under its alias, and no vault is made."""
    world = with_keyring("File")
    world.declare(DECLARED.replace("[secrets]", '[secrets]\nstore = "keyring"'))
    with terminal(world, *aim("bootstrap")) as person:
        person.read_until("AIM_TEST_TOKEN (hidden")
        person.type(VALUE + "\n")
        screen = person.end()

    again = world.aim("bootstrap")

    assert person.exit_code == 0, screen
    assert "AIM_TEST_TOKEN stored in the keyring" in screen
    assert kept(world) == {"aim-plus/test-token": VALUE}
    assert "in the keyring" in again.stdout, again.text
    assert files_with(VALUE, world.home) == []


@pytest.mark.skipif(not can_trace(), reason="strace is not here, or may not trace")
def test_the_value_is_in_no_argument(with_keyring: Callable[[str], World]) -> None:
    """No program that is started on the way into the keyring has the value in its arguments or its environment."""
    world = with_keyring("File")
    log = world.root / "trace"
    strace = [str(world.root / "programs" / "strace"), "-f", "-v", "-s", "100000", "-e", "trace=execve", "-o", str(log)]
    with terminal(world, *strace, *aim("bootstrap")) as person:
        person.read_until("AIM_TEST_TOKEN (hidden")
        person.type("plain-ascii-secret-77\n")
        screen = person.end()

    assert person.exit_code == 0, screen
    assert list(kept(world)) == ["aim-plus/age-identity"]
    assert "_ask_keyring" in log.read_text()
    assert "plain-ascii-secret-77" not in log.read_text()
    assert "AGE-SECRET-KEY" not in log.read_text()


@pytest.mark.parametrize(("keys", "code"), [("\n", 1), ("\x04", 1), ("\x03", 130)], ids=["enter", "ctrl-d", "ctrl-c"])
def test_a_prompt_can_be_declined(with_keyring: Callable[[str], World], keys: str, code: int) -> None:
    """Enter and Ctrl-D leave the secret missing, Ctrl-C interrupts; none is a bug of ours, and echo is on again."""
    world = with_keyring("File")
    with terminal(world, *aim("bootstrap")) as person:
        person.read_until("AIM_TEST_TOKEN (hidden")
        person.type(keys)
        screen = person.end()

    assert person.exit_code == code, screen
    assert "bug" not in screen
    assert kept(world) == {}


REFUSING = [("Locked", "KeyringLocked"), ("Forgetful", "it did not give back what it was given")]


@pytest.mark.parametrize(("kind", "reason"), REFUSING)
def test_a_keyring_that_does_not_keep_it(with_keyring: Callable[[str], World], kind: str, reason: str) -> None:
    """Where the vault's key goes instead is asked; without an answer nothing is kept, and the remedy is told."""
    world = with_keyring(kind)
    with terminal(world, *aim("bootstrap")) as person:
        person.read_until("AIM_TEST_TOKEN (hidden")
        person.type(VALUE + "\n")
        person.read_until("[p/f]")
        person.type("\n")
        screen = person.end()

    assert person.exit_code == 3, screen
    assert reason in screen
    assert "aim secrets init --identity file --yes" in screen
    assert VALUE not in screen
    assert files_with(VALUE, world.home) == []


def test_an_open_file_when_a_person_says_so(with_keyring: Callable[[str], World]) -> None:
    """The secret is in the vault then, and the next run finds it without a word."""
    world = with_keyring("Locked")
    with terminal(world, *aim("bootstrap")) as person:
        person.read_until("AIM_TEST_TOKEN (hidden")
        person.type(VALUE + "\n")
        person.read_until("[p/f]")
        person.type("f\n")
        screen = person.end()

    again = world.aim("bootstrap")

    assert person.exit_code == 0, screen
    assert "AIM_TEST_TOKEN stored in the vault" in screen
    assert again.exit_code == 0, again.text
    assert files_with(VALUE, world.home) == []


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("AIM_DRY_RUN", "1")])
def test_no_prompt_where_none_belongs(with_keyring: Callable[[str], World], name: str, value: str) -> None:
    """In CI and in a dry run nobody is asked, not even on a terminal."""
    world = with_keyring("File").with_env(**{name: value})
    with terminal(world, *aim("bootstrap")) as person:
        screen = person.end()

    assert "hidden" not in screen
    assert person.exit_code == (1 if name == "CI" else 0), screen


# --- the Secret Service -----------------------------------------------------------------------------------------


@pytest.fixture
def secret_service(world: World) -> Callable[[str, list[str]], list[str]]:
    """Wraps a command so that it runs in a D-Bus session of its own; the word says what its keyring is like."""
    missing = [name for name in ("dbus-run-session", "gnome-keyring-daemon") if not shutil.which(name)]
    if missing:
        pytest.skip(f"not here: {', '.join(missing)}")
    runtime = world.root / "run"
    runtime.mkdir(mode=0o700)
    unlock = "printf %s test-only | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "

    def wrapped(state: str, argv: list[str]) -> list[str]:
        script = f'export XDG_RUNTIME_DIR={runtime}; {unlock if state == "unlocked" else ""}exec "$@"'
        return [str(shutil.which("dbus-run-session")), "--", "/bin/sh", "-c", script, "sh", *argv]

    return wrapped


def test_the_secret_service_keeps_it(world: World, secret_service: Callable[[str, list[str]], list[str]]) -> None:
    """The real gnome-keyring has the vault's key: typed once on a terminal, found by a later run in another session."""
    world.declare(DECLARED)
    there = world.with_env(PATH=f"{world.env['PATH']}:/usr/bin:/bin")
    with terminal(there, *secret_service("unlocked", aim("bootstrap"))) as person:
        person.read_until("AIM_TEST_TOKEN (hidden")
        person.type(VALUE + "\n")
        screen = person.end()

    again = there.run(*secret_service("unlocked", aim("secrets", "status")))

    assert person.exit_code == 0, screen
    assert "in the vault" in again.stdout, again.text
    assert VALUE not in screen + again.text
    assert files_with(VALUE, world.home) == []
    assert files_with("AGE-SECRET-KEY", world.home) == []


def test_a_secret_service_nobody_unlocked(world: World, secret_service: Callable[[str, list[str]], list[str]]) -> None:
    """A keyring that looks healthy and cannot be used does not hang: exit 1 with its reason."""
    world.declare(DECLARED)
    there = world.with_env(PATH=f"{world.env['PATH']}:/usr/bin:/bin")

    done = there.run(*secret_service("locked", aim("bootstrap")))

    assert done.exit_code == 1, done.text
    assert "keyring" in done.stderr
    assert "Traceback" not in done.text
