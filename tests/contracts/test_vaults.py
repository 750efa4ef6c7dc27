"""The contract of `aim_lib/vaults/`: each holds every name and value, says why it cannot, and lets no value slip out.

The keyring is the real one in a real subprocess; only its backend is written here.
"""

from __future__ import annotations

import json
import os
import string
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aim_lib import catalog
from aim_lib.errors import Unavailable
from aim_lib.proc import Completed, Runner
from aim_lib.secret import Secret
from aim_lib.sops_opened import Opened
from aim_lib.vaults import Vault, age_file, environ, os_keyring

from ..fakes import ScriptedRunner, host

PACKAGE = "aim_lib.vaults"
MEMBERS = catalog.own(PACKAGE)
REPOSITORY = Path(__file__).parents[2]
NASTY = {
    "punctuation": string.punctuation,
    "three alphabets": "пароль-συνθηματικό-密码-🔑",
    "lines": "-----BEGIN KEY-----\r\nline\n\tindented\n\n",
    "long": "0123456789" * 10_000,
    "like an option": "--help",
    "like a document": '{"do": "has", "error": "no"}',
    "blank at the ends": "  value  ",
}
VALUE = "sk-never-shown-to-anybody"

# Backends, as a third party would write them. What is kept is one JSON file beside the module.
BACKENDS = """
import json, pathlib, threading
from keyring.backend import KeyringBackend

FILE = pathlib.Path(__file__).with_name("kept.json")

class Kept(KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        return self._all().get(f"{service}/{username}")
    def set_password(self, service, username, password):
        FILE.write_text(json.dumps({**self._all(), f"{service}/{username}": password}))
    def _all(self):
        return json.loads(FILE.read_text()) if FILE.exists() else {}

class Indiscreet(Kept):
    def set_password(self, service, username, password):
        raise RuntimeError(f"cannot keep {password} for {username}")

class Forgetful(Kept):
    def set_password(self, service, username, password):
        super().set_password(service, username, password[:-1])

class Silent(Kept):
    def get_password(self, service, username):
        threading.Event().wait()
    set_password = get_password

class Fatal(Kept):
    def get_password(self, service, username):
        raise SystemExit(3)
"""


@dataclass(slots=True)
class Noting(Runner):
    """A real runner that keeps what it was told, and may cut every time limit short."""

    longest_s: float = 60.0
    told: list[dict[str, Any]] = field(default_factory=list)

    def run(self, argv: Sequence[str], *, env: Mapping[str, str], timeout_s: float, **more: Any) -> Completed:
        self.told.append({"argv": list(argv), "env": dict(env), "timeout_s": timeout_s, **more})
        return Runner.run(self, argv, env=env, timeout_s=min(timeout_s, self.longest_s), **more)


def keyring(folder: Path, backend: str = "backends.Kept", runner: Runner | None = None) -> Vault:
    """The vault of a keyring whose backend is one of those above, or one of keyring's own."""
    (folder / "backends.py").write_text(BACKENDS)
    env = {
        "PYTHONPATH": f"{folder}{os.pathsep}{REPOSITORY}",
        "PYTHON_KEYRING_BACKEND": backend,
        "HOME": str(folder),
        "PATH": "/nowhere",
    }
    return os_keyring.open(host("linux", folder, env, python=sys.executable), runner or Runner(grace_s=0.1))


def kept(folder: Path) -> dict[str, str]:
    """What lies in the keyring, name by name."""
    path = folder / "kept.json"
    items = json.loads(path.read_text()) if path.exists() else {}
    return {key.removeprefix(f"{os_keyring.SERVICE}/"): value for key, value in items.items()}


def full_environment(folder: Path, secrets: Mapping[str, str]) -> Vault:
    return environ.open(host(env=secrets), Runner())


def full_keyring(folder: Path, secrets: Mapping[str, str]) -> Vault:
    items = {f"{os_keyring.SERVICE}/{name}": value for name, value in secrets.items()}
    (folder / "kept.json").write_text(json.dumps(items))
    return keyring(folder)


def full_age_file(folder: Path, secrets: Mapping[str, str]) -> Vault:
    vault = age_file.open(host("linux", folder), ScriptedRunner())
    vault.ladder.init("file", has_consent=True)

    def fill(opened: Opened) -> Opened:
        for name, value in secrets.items():
            opened = opened.with_secret(name, Secret(value)) if value else opened.with_clear(name, "")
        return opened

    vault.file.change(fill)
    return vault


# How each vault is made to hold secrets; a vault that is not here is not finished.
FULL: dict[str, Callable[[Path, Mapping[str, str]], Vault]] = {
    "age_file": full_age_file,
    "environ": full_environment,
    "os_keyring": full_keyring,
}


# --- every vault ------------------------------------------------------------------------------------------------


def test_every_vault_is_held_to_the_contract() -> None:
    """A new vault needs a line in the table above."""
    assert sorted(FULL) == list(MEMBERS)


def test_vaults_have_names_of_their_own() -> None:
    """The name is what a person reads: there is one, and no two vaults share it."""
    names = [catalog.load(PACKAGE, member).open(host(), Runner()).name for member in MEMBERS]

    assert all(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("member", MEMBERS)
def test_a_vault_says_which_it_holds(member: str, tmp_path: Path) -> None:
    """Whatever the value, a name that is held is found, and one that is not held is not."""
    vault = FULL[member](tmp_path, {f"SECRET {name}": value for name, value in NASTY.items()})

    held = vault.has({*(f"SECRET {name}" for name in NASTY), "SECRET", "ABSENT"})

    assert held == {f"SECRET {name}" for name in NASTY}


@pytest.mark.parametrize("member", MEMBERS)
def test_names_may_be_anything(member: str, tmp_path: Path) -> None:
    """A name is data: punctuation, spaces, other alphabets and lines in it mean nothing."""
    names = {value for name, value in NASTY.items() if name != "long"}
    vault = FULL[member](tmp_path, dict.fromkeys(names, VALUE))

    assert vault.has({*names, "ABSENT"}) == names


@pytest.mark.parametrize("member", MEMBERS)
def test_an_empty_value_is_no_secret(member: str, tmp_path: Path) -> None:
    """A variable or item that is there but empty cannot serve as a secret."""
    assert FULL[member](tmp_path, {"EMPTY": ""}).has({"EMPTY"}) == frozenset()


@pytest.mark.parametrize("member", MEMBERS)
def test_nothing_asked_is_nothing_found(member: str, tmp_path: Path) -> None:
    """No names, no answer, no error."""
    assert FULL[member](tmp_path, {"A": VALUE}).has(()) == frozenset()


@pytest.mark.parametrize("member", MEMBERS)
def test_a_vault_gives_back_what_it_holds(member: str, tmp_path: Path) -> None:
    """Every character of every value, all in one question; a name that is not there is left out."""
    vault: Any = FULL[member](tmp_path, {f"SECRET {name}": value for name, value in NASTY.items()})

    found = vault.get({*(f"SECRET {name}" for name in NASTY), "ABSENT"})

    assert {name: value.reveal() for name, value in found.items()} == {f"SECRET {n}": v for n, v in NASTY.items()}
    assert all(type(value) is Secret for value in found.values())


@pytest.mark.parametrize("member", MEMBERS)
def test_an_empty_value_is_not_given_out(member: str, tmp_path: Path) -> None:
    """What cannot serve as a secret is as if it were not there."""
    vault: Any = FULL[member](tmp_path, {"EMPTY": ""})

    assert vault.get({"EMPTY"}) == {}


@pytest.mark.parametrize("value", NASTY.values(), ids=NASTY)
@pytest.mark.parametrize("member", MEMBERS)
def test_a_vault_keeps_or_says_that_it_cannot(member: str, value: str, tmp_path: Path) -> None:
    """Storing ends with the secret held, or with Unavailable and the reason: never with a secret that is lost."""
    vault = FULL[member](tmp_path, {})

    refusal = refused(vault, value)

    if refusal is None:
        assert vault.has({"NEW"}) == {"NEW"}
    else:
        assert refusal.reason
        assert value not in str(refusal)


def refused(vault: Vault, value: str) -> Unavailable | None:
    """Why the vault would not keep `value`; None when it did."""
    try:
        vault.store("NEW", value)
    except Unavailable as reason:
        return reason
    return None


# --- the environment --------------------------------------------------------------------------------------------


def test_the_environment_cannot_be_written() -> None:
    """A variable set in our process would be gone when it ends: the next vault is to be asked."""
    with pytest.raises(Unavailable, match="does not outlive"):
        environ.open(host(), Runner()).store("A", VALUE)


# --- the keyring ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", NASTY.values(), ids=NASTY)
def test_the_keyring_keeps_every_character(value: str, tmp_path: Path) -> None:
    """What arrives in the backend is what was given, character by character."""
    keyring(tmp_path).store("NEW", value)

    assert kept(tmp_path) == {"NEW": value}


def test_a_stored_value_travels_on_stdin_alone(tmp_path: Path) -> None:
    """Arguments and environments can be read by other programs: the value is in neither."""
    runner = Noting(grace_s=0.1)

    keyring(tmp_path, runner=runner).store("NEW", VALUE)

    (call,) = runner.told
    assert VALUE in call.pop("stdin")
    assert VALUE not in repr(call)


def test_looking_never_brings_a_value_back(tmp_path: Path) -> None:
    """The question which names are held is answered with names: no value leaves the subprocess."""
    answers = []
    runner = Runner(grace_s=0.1, redact=lambda text: answers.append(text) or text)  # type: ignore[func-returns-value]
    keyring(tmp_path).store("NEW", VALUE)

    found = keyring(tmp_path, runner=runner).has({"NEW"})

    assert found == {"NEW"}
    assert answers
    assert VALUE not in "".join(answers)


def test_without_a_keyring_the_remedy_is_said(tmp_path: Path) -> None:
    """A machine without any backend has keyring's own that refuses: the error names it and what to do."""
    vault = keyring(tmp_path, "keyring.backends.fail.Keyring")

    with pytest.raises(Unavailable, match="NoKeyringError") as error:
        vault.has({"A"})

    assert "keyring" in error.value.remedy


def test_a_keyring_that_keeps_nothing_is_found_out(tmp_path: Path) -> None:
    """keyring's null backend takes everything and keeps nothing, without a word: reading back tells."""
    vault = keyring(tmp_path, "keyring.backends.null.Keyring")

    with pytest.raises(Unavailable, match="did not keep") as error:
        vault.store("NEW", VALUE)

    assert VALUE not in str(error.value)
    assert vault.has({"NEW"}) == frozenset()


def test_a_keyring_that_cuts_values_is_found_out(tmp_path: Path) -> None:
    """A value that comes back shorter was not kept (Windows has a limit that some backends meet by cutting)."""
    with pytest.raises(Unavailable, match="did not keep"):
        keyring(tmp_path, "backends.Forgetful").store("NEW", VALUE)


def test_a_backend_s_own_words_are_not_repeated(tmp_path: Path) -> None:
    """A backend may put the value into its exception: only the exception's class is told."""
    with pytest.raises(Unavailable, match="RuntimeError") as error:
        keyring(tmp_path, "backends.Indiscreet").store("NEW", VALUE)

    assert VALUE not in f"{error.value!r}{error.value.remedy}{error.value.__cause__!r}{error.value.__context__!r}"


def test_a_backend_that_is_not_installed_is_unavailable(tmp_path: Path) -> None:
    """A backend that is named but missing is a reason to ask the next vault, not a crash."""
    with pytest.raises(Unavailable, match="ModuleNotFoundError"):
        keyring(tmp_path, "no_such_module.Keyring").has({"A"})


def test_a_backend_that_ends_the_process_is_unavailable(tmp_path: Path) -> None:
    """A backend that takes its process down leaves no answer, and that is said."""
    with pytest.raises(Unavailable, match="answer could not be read"):
        keyring(tmp_path, "backends.Fatal").has({"A"})


def test_a_keyring_that_waits_for_ever_is_left(tmp_path: Path) -> None:
    """A prompt that nobody sees may wait for ever: the question ends within its limit, with a remedy."""
    runner = Noting(grace_s=0.1, longest_s=1.0)

    with pytest.raises(Unavailable, match="did not answer within") as error:
        keyring(tmp_path, "backends.Silent", runner).has({"A"})

    assert error.value.remedy
    assert runner.told[0]["timeout_s"] == os_keyring.LIMIT_S <= 10


def test_a_python_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    """Without a Python to ask with there is no keyring, and there may be another vault."""
    vault = os_keyring.open(host("linux", tmp_path, python="/nowhere/python"), Runner())

    with pytest.raises(Unavailable, match="/nowhere/python"):
        vault.has({"A"})
