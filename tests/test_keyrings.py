"""What is asked of a keyring and how: Windows' limits, the canary, and that nobody's folder is imported on the way."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aim_lib import keyrings
from aim_lib.errors import Unavailable
from aim_lib.proc import Completed, Runner
from aim_lib.secret import Secret
from aim_lib.vaults import _ask_keyring, os_keyring

from .contracts.test_vaults import BACKENDS, REPOSITORY
from .fakes import KeyringRunner, host

VALUE = "sk-never-shown-to-anybody"
MORE = """
class Absent(Kept):
    viable = False

class PlaintextRing(Kept):
    pass

class Undying(Kept):
    def delete_password(self, service, username):
        pass

class Living(Kept):
    viable = True
    def delete_password(self, service, username):
        left = {key: value for key, value in self._all().items() if key != f"{service}/{username}"}
        FILE.write_text(json.dumps(left))
"""


@dataclass(slots=True)
class Ring:
    """A keyring in memory that notes what is done to it; `refuses` values cannot be set."""

    items: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    refuses: str = ""

    def get_password(self, service: str, name: str) -> str | None:
        return self.items.get(name)

    def set_password(self, service: str, name: str, value: str) -> None:
        self.done.append("set")
        if value == self.refuses:
            raise RuntimeError(f"cannot keep {value}")
        self.items[name] = value

    def delete_password(self, service: str, name: str) -> None:
        self.done.append("delete")
        del self.items[name]


class WindowsRing(Ring):
    """The same, as if it were the Credential Manager's."""


WindowsRing.__module__ = "keyring.backends.Windows"


@pytest.fixture
def chosen(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """What the canary's child answers for these backends of ours; `named` is the one that the user has named."""

    def ask(*backends: str, named: str = "") -> dict[str, Any]:
        (tmp_path / "backends.py").write_text(BACKENDS + MORE)
        env = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}", "HOME": str(tmp_path), "PATH": "/nowhere"}
        env |= {"PYTHON_KEYRING_BACKEND": named} if named else {}
        here = host("linux", tmp_path, env, python=sys.executable)
        question = {"do": "choose", "service": "aim-plus", "backends": [f"backends.{name}" for name in backends]}
        return keyrings.ask(here, Runner(grace_s=0.1), question)

    return ask


# --- Windows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"), [("x" * 1280, False), ("x" * 1281, True), ("🔑" * 640, False), ("🔑" * 641, True)]
)
def test_what_the_credential_manager_can_hold(value: str, expected: bool) -> None:
    """1280 units of UTF-16: characters outside the basic plane count twice."""
    assert _ask_keyring.is_too_long(value) is expected


def test_a_value_too_long_for_windows_is_refused_before_it_is_stored() -> None:
    """Windows would answer "The stub received bad data": the limit is said instead, and what was there stays."""
    ring = WindowsRing({"A": "old"})

    with pytest.raises(_ask_keyring.Refused, match="at most 1280 characters") as error:
        _ask_keyring.keep(ring, "aim-plus", "A", "x" * 1281)

    assert ring.items == {"A": "old"}
    assert error.value.remedy == 'keep it in the vault: secrets.store = "vault"'
    assert "xx" not in str(error.value)


def test_a_new_value_on_windows_leaves_no_copy_of_the_old() -> None:
    """keyring would keep the old value under another target: it is deleted first."""
    ring = WindowsRing({"A": "old"})

    _ask_keyring.keep(ring, "aim-plus", "A", "new")

    assert ring.done == ["delete", "set"]
    assert ring.items == {"A": "new"}


def test_a_new_value_that_windows_refuses_brings_the_old_one_back() -> None:
    """Deleted first, it would otherwise be lost."""
    ring = WindowsRing({"A": "old"}, refuses="new")

    with pytest.raises(RuntimeError):
        _ask_keyring.keep(ring, "aim-plus", "A", "new")

    assert ring.items == {"A": "old"}


def test_elsewhere_a_value_is_simply_set() -> None:
    """Other keyrings replace in one step, and take any length."""
    ring = Ring({"A": "old"})

    _ask_keyring.keep(ring, "aim-plus", "A", "x" * 5000)

    assert ring.done == ["set"]


def test_windows_is_seen_behind_a_chain() -> None:
    """keyring's chainer stores in its first backend: that one's limits count."""

    @dataclass
    class Chain:
        backends: list[Ring]

    assert _ask_keyring.is_windows(Chain([WindowsRing(), Ring()]))
    assert not _ask_keyring.is_windows(Chain([Ring()]))


# --- the canary -------------------------------------------------------------------------------------------------


def test_the_first_that_works_is_chosen(chosen: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    """Each before it says why not; nothing of the probe is left."""
    answer = chosen("Absent", "Undying", "Living")

    assert answer == {
        "backend": "backends.Living",
        "tried": {
            "backends.Absent": "it is not here, or nobody runs it",
            "backends.Undying": "it did not delete what it was told to",
        },
    }


@pytest.mark.parametrize(
    ("backend", "why"),
    [
        ("keyring.backends.null.Keyring", "it did not give back what it was given"),
        ("keyring.backends.fail.Keyring", "there is none (NoKeyringError)"),
        ("backends.PlaintextRing", "it keeps values unencrypted"),
        ("backends.Forgetful", "it did not give back what it was given"),
        ("backends.Indiscreet", "RuntimeError"),
    ],
)
def test_a_backend_that_the_user_named_is_the_only_one(
    chosen: Callable[..., dict[str, Any]], backend: str, why: str
) -> None:
    """It is tried as any other, and nothing else is when it fails; its own words are not repeated."""
    assert chosen("Living", named=backend) == {"backend": "", "tried": {backend: why}}


def test_without_any_backend(chosen: Callable[..., dict[str, Any]]) -> None:
    """A system for which there is none."""
    assert chosen() == {"backend": "", "tried": {}}


# --- asking -----------------------------------------------------------------------------------------------------


def test_the_current_folder_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cloned project with a keyring.py, or an aim_lib, of its own: the child that has our secrets runs none of it."""
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    home.mkdir()
    for name in ("keyring.py", "json.py", "aim_lib.py"):
        (project / name).write_text(f"open({str(tmp_path / 'stolen')!r}, 'a').write({name!r})\nraise SystemExit\n")
    (home / "backends.py").write_text(BACKENDS)
    env = {"PYTHONPATH": f"{home}:{REPOSITORY}", "PYTHON_KEYRING_BACKEND": "backends.Kept", "PATH": "/nowhere"}
    vault = os_keyring.open(host("linux", home, env, python=sys.executable), Runner(grace_s=0.1))
    monkeypatch.chdir(project)

    vault.store("A", VALUE)

    assert vault.get({"A"})["A"].reveal() == VALUE
    assert not (tmp_path / "stolen").exists()


def test_an_answer_that_is_cut_is_in_no_traceback() -> None:
    """A child that dies in the midst of its answer: the value it had begun is in no variable of ours."""

    class Dying(Runner):
        def run(self, argv: Any, **_: Any) -> Completed:
            return Completed(tuple(argv), 1, '{"values": {"A": "' + VALUE, "", 0.0)

    with pytest.raises(Unavailable, match="answer could not be read") as error:
        keyrings.ask(host(), Dying(), {"do": "get", "service": "aim-plus", "names": ["A"]})

    told = traceback.TracebackException.from_exception(error.value, capture_locals=True)
    assert VALUE not in "".join(told.format())
    assert error.value.__context__ is None


def test_a_value_that_was_to_be_stored_is_in_no_traceback() -> None:
    """Nor is the value of a question that was refused."""
    secret = Secret(VALUE)
    with pytest.raises(Unavailable, match="it is full") as error:
        keyrings.ask(host(), KeyringRunner(refusal="it is full"), {"do": "set", "name": "A", "value": secret})

    assert VALUE not in "".join(traceback.TracebackException.from_exception(error.value, capture_locals=True).format())


@pytest.mark.parametrize(
    ("env", "interactive", "seconds"),
    [({}, True, 10.0), ({"DISPLAY": ":0"}, False, 10.0), ({"DISPLAY": ":0"}, True, 45.0)],
)
def test_how_long_an_answer_may_take(env: dict[str, str], interactive: bool, seconds: float) -> None:
    """Longer only where somebody sits who may be typing the keyring's password into a window."""
    assert keyrings.limit_s(host("linux", env=env, is_interactive=interactive)) == seconds


# --- the vault of single items ----------------------------------------------------------------------------------


def test_the_key_of_the_vault_is_no_secret_of_the_chain() -> None:
    """It lies in the same keyring: by its name it is neither found, nor given out, overwritten or deleted."""
    runner = KeyringRunner(items={"age-identity": "AGE-SECRET-KEY-1"})
    vault = os_keyring.open(host(), runner)

    assert vault.get({"age-identity"}) == {}
    with pytest.raises(Unavailable, match="the item of the vault's own key"):
        vault.store("age-identity", VALUE)
    vault.delete("age-identity")

    assert runner.items == {"age-identity": "AGE-SECRET-KEY-1"}
    assert all("age-identity" not in question.get("names", ()) for question in runner.asked)  # type: ignore[operator]


def test_an_item_is_deleted() -> None:
    """For who moves it into the vault."""
    runner = KeyringRunner(items={"A": VALUE, "B": VALUE})

    os_keyring.open(host(), runner).delete("A")

    assert list(runner.items) == ["B"]


def test_values_pass_the_redactor() -> None:
    """A runner that masks what is known to be secret still brings it from the keyring."""
    runner = KeyringRunner(items={"A": VALUE}, redact=lambda text: text.replace(VALUE, "[redacted]"))

    assert os_keyring.open(host(), runner).get({"A"})["A"].reveal() == VALUE


def test_the_child_s_module_is_where_it_is_asked() -> None:
    """It is named as text: a rename must not go unseen."""
    assert _ask_keyring.__name__ == keyrings.CHILD
