"""The ladder of the vault's key: which rung is taken and why, what is remembered, what is said when none holds."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aim_lib import age, identity, identity_choice
from aim_lib.errors import AimError, BadConfig, Failed, NotPermitted
from aim_lib.identity import Ladder, NoIdentity
from aim_lib.proc import Runner
from aim_lib.redact import Redactor
from aim_lib.secret import Secret

from .fakes import NOON, KeyringRunner, fixed_clock, host

KEY = "AGE-SECRET-KEY-1UTS04G06LGFXZ8GE94E6ZC87NR9X0H5L3GSQLK2XJRLE0EREQWRSFDV3Z2"
PUBLIC = "age1th608dw32uc43q56hh096u4qhdf7mfkdkmhsquj9w7vdg6uxyffsu9na7n"
FILE = "aim/data/secrets/identity.txt"
LOCKED_FILE = "aim/data/secrets/identity.age"
STATE = "aim/state/identity.json"
POSIX = pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")


@pytest.fixture
def ladder(tmp_path: Path) -> Callable[..., Ladder]:
    """A ladder on the machine in `tmp_path`, as a new process has it; words are environment variables."""

    def make(runner: Runner | None = None, clock: Callable[[], datetime] = fixed_clock, **env: str) -> Ladder:
        identity._read_before.clear()
        return Ladder(host("linux", tmp_path, env), runner or KeyringRunner(backend=""), None, clock)

    return make


def typing(ladder: Ladder, *passphrases: str) -> Ladder:
    """The same, with somebody who types these, one after the other."""
    answers = iter(passphrases)
    return Ladder(ladder.host, ladder.runner, lambda _prompt: Secret(next(answers)), ladder.clock)


def failing(kind: type[AimError], work: Callable[[], object]) -> AimError:
    with pytest.raises(kind) as error:
        work()
    return error.value


# --- the environment --------------------------------------------------------------------------------------------


def test_the_environment_comes_first(ladder: Callable[..., Ladder]) -> None:
    """In CI the key is a variable: nothing else is asked, and nothing written."""
    runner = KeyringRunner()

    keys = ladder(runner, AIM_AGE_KEY=KEY).current()

    assert keys.recipients == (PUBLIC,)
    assert runner.asked == []


@POSIX
def test_the_environment_may_name_a_file(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """A file as age-keygen writes it, closed to others."""
    path = tmp_path / "keys.txt"
    path.write_text(f"# public key: {PUBLIC}\n{KEY}\n")
    path.chmod(0o600)

    assert ladder(AIM_AGE_KEY_FILE=str(path)).current().recipients == (PUBLIC,)

    path.chmod(0o644)
    error = failing(NotPermitted, ladder(AIM_AGE_KEY_FILE=str(path)).current)
    assert error.remedy == f"chmod 600 {path}"


def test_a_named_file_may_need_a_passphrase(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """A key that was protected with age itself: the passphrase is asked for, once in a process."""
    path = tmp_path / "keys.age"
    path.write_bytes((Path(__file__).parent / "data/sops/key.age").read_bytes())
    path.chmod(0o600)

    found = typing(ladder(AIM_AGE_KEY_FILE=str(path)), "correct horse")

    assert [found.current().recipients for _ in range(2)] == [(PUBLIC,)] * 2


@pytest.mark.parametrize("content", [b"not a key", b"\xff\xfe"])
def test_a_named_file_that_is_no_key(ladder: Callable[..., Ladder], tmp_path: Path, content: bytes) -> None:
    """Which file, or which variable, and what a key looks like; never its content."""
    path = tmp_path / "keys.txt"
    path.write_bytes(content)
    path.chmod(0o600)

    error = failing(BadConfig, ladder(AIM_AGE_KEY_FILE=str(path)).current)

    assert "is no age identity" in error.message
    assert "not a key" not in error.message


def test_a_variable_that_is_no_key(ladder: Callable[..., Ladder]) -> None:
    """A truncated key in CI is told by the name of its variable; the traceback does not have it."""
    broken = ladder(AIM_AGE_KEY=KEY[:-3])

    error = failing(BadConfig, broken.current)

    assert error.message == "AIM_AGE_KEY is no age identity"
    assert KEY[:-3] not in "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


# --- choosing ---------------------------------------------------------------------------------------------------


def test_without_any_key(ladder: Callable[..., Ladder]) -> None:
    """Nothing is made silently: exit 3 and the command that makes one."""
    error = failing(NoIdentity, ladder().current)

    assert error.exit_code == 3
    assert error.remedy == "aim secrets init --identity file --yes"


def test_the_keyring_is_taken_when_its_canary_lives(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """One item holds the key; which backend and why is remembered, and the key itself nowhere on disk."""
    runner = KeyringRunner()

    choice = ladder(runner).init()

    assert (choice.kind, choice.backend) == ("keyring", "backends.Kept")
    assert choice.reason == "backends.Kept kept, gave back and deleted a probe"
    assert list(runner.items) == ["age-identity"]
    assert ladder(runner).current().recipients == (choice.recipient,)
    on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"AGE-SECRET-KEY" not in on_disk
    assert choice.recipient.encode() in (tmp_path / STATE).read_bytes()


def test_without_a_keyring_nothing_is_made(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """The canary died: why, exit 3, and the remedy that needs no keyring; no key lies anywhere."""
    error = failing(NoIdentity, ladder().init)

    assert error.message == "no keyring can keep the vault's key here: backends.Gone: it is not here"
    assert error.remedy == "aim secrets init --identity file --yes"
    assert not (tmp_path / FILE).exists()


def test_a_keyring_that_is_locked(ladder: Callable[..., Ladder]) -> None:
    """What the child says is the reason."""
    error = failing(NoIdentity, ladder(KeyringRunner(lock="the keyring did not answer within 10 s")).init)

    assert error.message.endswith("here: the keyring did not answer within 10 s")


def test_a_keyring_that_fails_after_its_canary(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """What cannot be kept in the end is no choice that is remembered."""
    error = failing(NoIdentity, ladder(KeyringRunner(refusal="it is full")).init)

    assert error.message == "the key could not be kept in the keyring: it is full"
    assert ladder().choice() is None


def test_an_open_file_needs_consent(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """Asked for without consent: what such a file does not protect from, and the command that consents."""
    error = failing(NotPermitted, lambda: ladder().init("file"))

    assert "not from programs that run as you" in error.message
    assert error.remedy == "aim secrets init --identity file --yes"
    assert not (tmp_path / FILE).exists()


@POSIX
def test_an_open_file_with_consent(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """A file as age-keygen writes it, 0600 in a folder 0700, so that age and sops can use it too."""
    choice = ladder().init("file", has_consent=True)

    path = tmp_path / FILE
    assert f"# public key: {choice.recipient}\nAGE-SECRET-KEY-1" in path.read_text()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert ladder().current().recipients == (choice.recipient,)


@POSIX
def test_an_open_file_that_others_read(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """A key that was opened to others is not used as if nothing were."""
    ladder().init("file", has_consent=True)
    (tmp_path / FILE).chmod(0o644)

    assert failing(NotPermitted, ladder().current).remedy == f"chmod 600 {tmp_path / FILE}"


def test_a_passphrase(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """The key is an age file that the passphrase opens."""
    choice = ladder().init("passphrase", passphrase=Secret("correct horse"))

    assert age.is_encrypted((tmp_path / LOCKED_FILE).read_bytes())
    assert typing(ladder(), "correct horse").current().recipients == (choice.recipient,)


@pytest.fixture
def locked(ladder: Callable[..., Ladder], tmp_path: Path) -> Callable[..., Ladder]:
    """The same machine, with a key that the passphrase "correct horse" opens."""
    path = tmp_path / LOCKED_FILE
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_bytes((Path(__file__).parent / "data/sops/key.age").read_bytes())
    path.chmod(0o600)
    return ladder


def test_a_passphrase_has_three_tries(locked: Callable[..., Ladder], tmp_path: Path) -> None:
    """A slip is no failure; three are, and say which file it is about."""
    assert typing(locked(), "wrong", "correct horse").current().recipients == (PUBLIC,)

    error = failing(NotPermitted, typing(locked(), "a", "b", "c").current)
    assert error.message == f"no passphrase of 3 opens {tmp_path / LOCKED_FILE}"


def test_a_passphrase_and_nobody_to_type_it(locked: Callable[..., Ladder], tmp_path: Path) -> None:
    """Without a terminal: which file needs it, and how else the key can be given."""
    error = failing(NotPermitted, locked().current)

    assert error.message == f"{tmp_path / LOCKED_FILE} needs its passphrase"
    assert "AIM_AGE_KEY_FILE" in error.remedy


@pytest.mark.parametrize("passphrase", [None, Secret("")])
def test_a_passphrase_that_is_none(ladder: Callable[..., Ladder], passphrase: Secret | None) -> None:
    """An empty one protects nothing."""
    error = failing(BadConfig, lambda: ladder().init("passphrase", passphrase=passphrase))

    assert error.message == "a passphrase is needed"


def test_a_kind_that_is_none(ladder: Callable[..., Ladder]) -> None:
    """The kinds there are are named."""
    assert failing(BadConfig, lambda: ladder().init("yubikey")).remedy == "one of: keyring, passphrase, file"


# --- moving -----------------------------------------------------------------------------------------------------


def test_a_second_init_changes_nothing(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """There is a key: it stays where and what it is, and the keyring is not asked."""
    first, runner = ladder().init("file", has_consent=True), KeyringRunner()

    assert ladder(runner).init() == first
    assert ladder(runner).init("file") == first
    assert runner.asked == []


def test_the_key_moves_into_the_keyring(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """The same key, so that the vault stays readable; the file is gone."""
    first, runner = ladder().init("file", has_consent=True), KeyringRunner()

    second = ladder(runner).init("keyring")

    assert second.recipient == first.recipient == ladder(runner).current().recipients[0]
    assert not (tmp_path / FILE).exists()
    assert "#" not in runner.items["age-identity"]


def test_the_key_moves_out_of_the_keyring(ladder: Callable[..., Ladder]) -> None:
    """Into a file, and the item is removed."""
    runner = KeyringRunner()
    first = ladder(runner).init()

    second = ladder(runner).init("file", has_consent=True)

    assert second.recipient == first.recipient == ladder().current().recipients[0]
    assert runner.items == {}


def test_a_passphrase_is_changed(locked: Callable[..., Ladder]) -> None:
    """A new passphrase for the same key."""
    choice = typing(locked(), "correct horse").init("passphrase", passphrase=Secret("two"))

    assert choice.recipient == PUBLIC
    assert typing(locked(), "two").current().recipients == (PUBLIC,)


def test_a_move_that_fails_leaves_the_key(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """A keyring that refuses: the file is still there, still chosen, still opens."""
    first = ladder().init("file", has_consent=True)

    failing(NoIdentity, lambda: ladder(KeyringRunner(refusal="it is full")).init("keyring"))

    assert ladder().current().recipients == (first.recipient,)


def test_a_key_from_elsewhere(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """Whoever has a key brings it: from another machine, or from sops."""
    choice = ladder().init("file", has_consent=True, identity=Secret(f"# mine\n{KEY}\n"))

    assert choice.recipient == PUBLIC
    assert "# mine" not in (tmp_path / FILE).read_text()


def test_a_key_that_the_keyring_has_is_not_overwritten(ladder: Callable[..., Ladder]) -> None:
    """What was remembered is lost, the item is there: it is taken, not replaced by a new key."""
    runner = KeyringRunner(items={"age-identity": KEY})

    assert ladder(runner).init().recipient == PUBLIC


# --- remembering ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [None, b"", b"{", b'{"choice": 7}'])
def test_what_is_remembered_may_be_lost(ladder: Callable[..., Ladder], tmp_path: Path, damage: bytes | None) -> None:
    """Without the state file, or with a damaged one, the key is found where it lies."""
    choice = ladder().init("file", has_consent=True)
    (tmp_path / STATE).unlink()
    if damage is not None:
        (tmp_path / STATE).write_bytes(damage)

    assert ladder().current().recipients == (choice.recipient,)


def test_a_vault_without_a_file_for_its_key_means_the_keyring(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """The state file is lost and the vault is there: its key is looked for in the keyring, and none is made."""
    runner = KeyringRunner(items={"age-identity": KEY})
    folder = tmp_path / "aim/data/secrets"
    folder.mkdir(parents=True)
    (folder / "vault.json").write_text("{}")

    assert ladder(runner).current().recipients == (PUBLIC,)


def test_the_canary_is_asked_once_in_a_session(ladder: Callable[..., Ladder]) -> None:
    """A verdict that was good holds while the session is the same; in another one it is asked again."""
    runner = KeyringRunner()
    one, other = (ladder(runner, DBUS_SESSION_BUS_ADDRESS=bus).host for bus in ("unix:1", "unix:2"))

    verdicts = [identity_choice.canary(where, runner, NOON) for where in (one, one, other)]

    assert [verdict.backend for verdict in verdicts] == ["backends.Kept"] * 3
    assert runner.questions == ["choose", "choose"]


@pytest.mark.parametrize(("minutes", "asked"), [(9, 1), (11, 2), (-1, 2)])
def test_a_refusal_is_believed_for_minutes(ladder: Callable[..., Ladder], minutes: int, asked: int) -> None:
    """A keyring that hung is not waited for by every command; but somebody may unlock it."""
    runner = KeyringRunner(lock="the keyring did not answer within 10 s")
    here = ladder().host

    identity_choice.canary(here, runner, NOON)
    identity_choice.canary(here, runner, NOON + timedelta(minutes=minutes))

    assert len(runner.asked) == asked


def test_the_keyring_by_name_is_asked_anew(ladder: Callable[..., Ladder]) -> None:
    """Who names it has perhaps just unlocked it."""
    failing(NoIdentity, ladder(KeyringRunner(lock="it is locked")).init)

    assert ladder(KeyringRunner()).init("keyring").kind == "keyring"


# --- reading ----------------------------------------------------------------------------------------------------


def test_the_keyring_is_read_once_in_a_process(ladder: Callable[..., Ladder]) -> None:
    """Ten secrets, three vaults: one question."""
    runner = KeyringRunner()
    ladder(runner).init()
    runner.asked.clear()
    here = ladder(runner)

    for _ in range(3):
        Ladder(here.host, runner).current()

    assert runner.questions == ["get"]


def test_a_keyring_that_cannot_be_read_is_asked_once(ladder: Callable[..., Ladder]) -> None:
    """A hanging keyring costs its limit once, not for every secret."""
    runner = KeyringRunner()
    ladder(runner).init()
    runner.lock = "the keyring did not answer within 10 s"
    runner.asked.clear()
    here = ladder(runner)

    errors = {failing(NotPermitted, Ladder(here.host, runner).current).message for _ in range(3)}

    assert errors == {"the vault's key is in the keyring and cannot be had: the keyring did not answer within 10 s"}
    assert runner.questions == ["get"]


def test_an_item_that_vanished(ladder: Callable[..., Ladder]) -> None:
    """Somebody has emptied the keyring: which item is missing, and how to go on; no new key is made."""
    runner = KeyringRunner()
    ladder(runner).init()
    runner.items.clear()

    error = failing(NotPermitted, ladder(runner).current)

    assert error.message.endswith("it does not have the item aim-plus/age-identity")
    assert error.remedy == "unlock the keyring of your session, or set AIM_AGE_KEY_FILE to a file with the key"


def test_a_file_that_vanished(ladder: Callable[..., Ladder], tmp_path: Path) -> None:
    """The key's file is gone: that is said, and nothing else taken for it."""
    ladder().init("file", has_consent=True)
    (tmp_path / FILE).unlink()

    assert str(tmp_path / FILE) in failing(Failed, ladder().current).message


def test_the_redactor_does_not_touch_the_key(ladder: Callable[..., Ladder]) -> None:
    """A runner that masks the key in all that programs print still brings it from the keyring."""
    redactor = Redactor()
    redactor.learn([KEY])
    runner = KeyringRunner(redact=redactor.text, items={"age-identity": KEY})

    assert ladder(runner).init().recipient == PUBLIC


# --- explaining -------------------------------------------------------------------------------------------------


def test_every_rung_explains_itself(ladder: Callable[..., Ladder]) -> None:
    """Which is used, why not the others, and what each protects from; no keyring is asked for that."""
    failing(NoIdentity, ladder().init)
    ladder().init("file", has_consent=True)
    runner = KeyringRunner()

    rungs = ladder(runner).explain()

    assert [(rung.kind, rung.is_used, rung.detail) for rung in rungs] == [
        ("environment", False, "none of AIM_AGE_KEY, AIM_AGE_KEY_FILE is set"),
        ("keyring", False, "backends.Gone: it is not here"),
        ("passphrase", False, "not chosen"),
        ("file", True, "an open file was agreed to"),
    ]
    assert all(rung.protects for rung in rungs)
    assert runner.asked == []


def test_a_variable_is_above_what_is_stored(ladder: Callable[..., Ladder]) -> None:
    """What is stored is not used while a variable is set, and that is said."""
    ladder().init("file", has_consent=True)

    rungs = ladder(AIM_AGE_KEY=KEY).explain()

    assert [rung.kind for rung in rungs if rung.is_used] == ["environment"]
    assert rungs[0].detail == "AIM_AGE_KEY is set"
    assert KEY not in repr(rungs)
