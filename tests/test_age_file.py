"""The vault in a file: what it gives out, what it keeps, and what it refuses; and a team's file with several keys."""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from aim_lib import age, identity, vault_backup
from aim_lib.errors import AimError, BadConfig, Failed, NotAsWanted, NotPermitted, Unavailable, Unsupported
from aim_lib.identity import NoIdentity
from aim_lib.proc import Runner
from aim_lib.secret import Secret
from aim_lib.vaults import age_file
from aim_lib.vaults.age_file import AgeFile

from .fakes import NOON, KeyringRunner, host

VALUE = "sk-never-shown-to-anybody"
POSIX = pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")


@dataclass(slots=True)
class Home:
    """A person's machine; `later` moves its clock."""

    folder: Path
    runner: KeyringRunner
    days: int = 0

    def vault(self, path: Path | None = None, runner: Runner | None = None, **env: str) -> AgeFile:
        """The vault as a new process has it."""
        identity._read_before.clear()
        machine = host("linux", self.folder, env)
        return age_file.open(machine, runner or self.runner, path=path, clock=lambda: NOON + timedelta(days=self.days))

    @property
    def file(self) -> Path:
        return self.folder / "aim/data/secrets/vault.json"

    @property
    def previous(self) -> Path:
        return self.file.with_name("vault.previous.json")


@pytest.fixture
def new_home(tmp_path: Path) -> Callable[[str], Home]:
    """A home with a keyring."""
    return lambda name: Home(tmp_path / name, KeyringRunner())


@pytest.fixture
def home(new_home: Callable[[str], Home]) -> Home:
    return new_home("ada")


@pytest.fixture
def full(home: Home) -> Home:
    """A home whose vault has TOKEN and OTHER."""
    home.vault().set("TOKEN", Secret(VALUE), description="for the build")
    home.vault().set("OTHER", Secret("other"))
    home.runner.asked.clear()
    return home


def revealed(vault: AgeFile, *names: str) -> dict[str, str]:
    return {name: value.reveal() for name, value in vault.get(names).items()}


def failing(kind: type[AimError], work: Callable[[], object]) -> AimError:
    with pytest.raises(kind) as error:
        work()
    return error.value


# --- keeping ----------------------------------------------------------------------------------------------------


@POSIX
def test_the_first_secret_makes_the_vault(home: Home) -> None:
    """Nothing was prepared: the keyring holds the key, the file the secret, and its notes say when."""
    notes = home.vault().set("TOKEN", Secret(VALUE), description="for the build", profile="work")

    assert (notes.description, notes.profile, notes.created) == ("for the build", "work", "2026-01-02T12:00:00Z")
    assert home.runner.questions == ["choose", "get", "set"]
    assert revealed(home.vault(), "TOKEN") == {"TOKEN": VALUE}
    assert home.file.stat().st_mode & 0o777 == 0o600
    assert VALUE not in home.file.read_text()


def test_without_a_place_for_the_key(home: Home) -> None:
    """No keyring: exit 3 with the remedy; nothing is written."""
    home.runner.backend = ""

    error = failing(NoIdentity, lambda: home.vault().set("TOKEN", Secret(VALUE)))

    assert error.exit_code == 3
    assert error.remedy == "aim secrets init --identity file --yes"
    assert not home.file.exists()


def test_storing_without_a_place_for_the_key_asks_the_next_vault(home: Home) -> None:
    """For the chain that is "not mine": the reason is kept, another vault may take it."""
    home.runner.backend = ""

    with pytest.raises(Unavailable, match="no keyring can keep the vault's key here") as error:
        home.vault().store("TOKEN", VALUE)

    assert error.value.remedy


@POSIX
def test_storing_that_fails_does_not_ask_the_next_vault(full: Home) -> None:
    """A vault that is there but open to others is a failure: the value goes nowhere else."""
    full.file.chmod(0o644)

    failing(NotPermitted, lambda: full.vault().store("TOKEN", VALUE))


@pytest.mark.parametrize(("name", "value"), [("TOKEN", ""), ("A_unencrypted", VALUE), ("", VALUE), ("TOKEN", "\ud800")])
def test_what_cannot_be_kept(full: Home, name: str, value: str) -> None:
    """An empty value, a name that would lie open: refused, the file as it was."""
    before, secret = full.file.read_bytes(), Secret(value)

    error = failing(BadConfig, lambda: full.vault().set(name, secret))

    assert error.remedy
    assert full.file.read_bytes() == before
    assert VALUE not in "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def test_the_version_before_is_kept(full: Home) -> None:
    """What one change has spoiled is brought back by one command; again, and the change is back."""
    full.vault().set("TOKEN", Secret("mistake"))

    full.vault().file.restore_previous()
    restored = revealed(full.vault(), "TOKEN")
    full.vault().file.restore_previous()

    assert restored == {"TOKEN": VALUE}
    assert revealed(full.vault(), "TOKEN") == {"TOKEN": "mistake"}


def test_the_version_before_mends_a_damaged_file(full: Home) -> None:
    """A truncated vault: every use says so with the remedy, and the remedy works."""
    full.vault().set("TOKEN", Secret("newer"))
    full.file.write_bytes(full.file.read_bytes()[:100])

    error = failing(NotAsWanted, lambda: full.vault().get(["TOKEN"]))
    full.vault().file.restore_previous()

    assert error.message == f"{full.file} is cut short or damaged: it is no JSON document"
    assert error.remedy == "take the version before it: aim secrets restore --previous"
    assert revealed(full.vault(), "TOKEN") == {"TOKEN": VALUE}


def test_without_a_version_before(home: Home) -> None:
    """After the first secret there is none yet."""
    home.vault().set("TOKEN", Secret(VALUE))

    failing(Failed, home.vault().file.restore_previous)


def test_a_vault_that_is_gone_is_not_begun_anew(full: Home) -> None:
    """The file was removed and the version before is there: that is told, and a set does not make an empty vault."""
    full.file.unlink()

    errors = [failing(NotAsWanted, work) for work in (full.vault().names, lambda: full.vault().set("A", Secret("1")))]

    assert {error.message for error in errors} == {f"{full.file} is gone, but the version before is there"}


def test_deleting(full: Home) -> None:
    """The value and its notes are gone; deleting what is not there says so and asks for no key."""
    full.vault().delete("TOKEN")
    full.runner.asked.clear()

    error = failing(Failed, lambda: full.vault().delete("TOKEN"))

    assert full.vault().names() == ("OTHER",)
    assert "TOKEN" not in full.file.read_text()
    assert error.message == f"there is no secret TOKEN in {full.file}"
    assert full.runner.asked == []


def test_renaming(full: Home) -> None:
    """The old name goes on answering for seven days, and says so afterwards."""
    full.vault().rename("TOKEN", "BUILD_TOKEN")

    soon = revealed(full.vault(), "TOKEN", "BUILD_TOKEN")
    full.days = 8
    late = revealed(full.vault(), "TOKEN", "BUILD_TOKEN")

    assert soon == {"TOKEN": VALUE, "BUILD_TOKEN": VALUE}
    assert late == {"BUILD_TOKEN": VALUE}
    assert "it was renamed to BUILD_TOKEN, and its seven days are over" in full.vault().why_not("TOKEN")


def test_notes_are_changed(full: Home) -> None:
    """The value stays."""
    notes = full.vault().annotate("TOKEN", expires="2026-03-01")

    assert (notes.expires, notes.description) == ("2026-03-01", "for the build")
    assert revealed(full.vault(), "TOKEN") == {"TOKEN": VALUE}


def test_threads_lose_nothing(home: Home) -> None:
    """Eight at once in one process, each with a name of its own: eight are there."""
    home.vault().set("FIRST", Secret("x"))
    vault = home.vault()
    threads = [threading.Thread(target=vault.set, args=(f"NAME_{n}", Secret(str(n)))) for n in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(home.vault().names()) == {"FIRST", *(f"NAME_{n}" for n in range(8))}


# --- giving out -------------------------------------------------------------------------------------------------


def test_names_need_no_key(full: Home) -> None:
    """What there is, and what is known about it, is read without asking the keyring."""
    vault = full.vault()

    assert vault.names() == ("TOKEN", "OTHER")
    assert vault.notes()["TOKEN"].description == "for the build"
    assert vault.has(["TOKEN", "ELSE"]) == {"TOKEN"}
    assert full.runner.asked == []


def test_what_is_not_there_needs_no_key(full: Home) -> None:
    """A name that the vault does not have is told without asking the keyring; so is a vault that is not there."""
    assert full.vault().get(["ELSE"]) == {}
    assert full.runner.asked == []


def test_many_need_the_key_once(full: Home) -> None:
    """All values in one go: one question to the keyring."""
    assert revealed(full.vault(), "TOKEN", "OTHER", "ELSE") == {"TOKEN": VALUE, "OTHER": "other"}
    assert full.runner.questions == ["get"]


def test_a_locked_keyring_is_a_failure_not_an_absence(full: Home) -> None:
    """The secret is there and cannot be read now: another vault may not answer in its place."""
    full.runner.lock = "the keyring cannot be used (KeyringLocked)"

    error = failing(NotPermitted, lambda: full.vault().get(["TOKEN"]))

    assert "KeyringLocked" in error.message
    assert full.vault().has(["TOKEN"]) == {"TOKEN"}


def test_why_a_name_is_not_there(home: Home) -> None:
    """No vault yet, or not among its names."""
    before = home.vault().why_not("ELSE")
    home.vault().set("TOKEN", Secret(VALUE))

    assert before == f"there is no {home.file} yet"
    assert home.vault().why_not("ELSE") == f"not among the 1 names in {home.file}"


def test_tampering_gives_nothing_out(full: Home) -> None:
    """Not even the values that were not touched."""
    document = json.loads(full.file.read_text())
    document["OTHER_unencrypted"] = "{}"
    full.file.write_text(json.dumps(document))

    failing(NotAsWanted, lambda: full.vault().get(["TOKEN"]))


def test_no_traceback_has_a_value(full: Home) -> None:
    """A read that fails after the data key was had: no variable of any frame shows it, a value or the key."""
    document = json.loads(full.file.read_text())
    document["OTHER"] = document["TOKEN"]
    full.file.write_text(json.dumps(document))
    vault = full.vault()

    error = failing(NotAsWanted, lambda: vault.get(["TOKEN"]))

    told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "secrets" in told
    assert VALUE not in told
    assert full.runner.items["age-identity"] not in told


# --- the key ----------------------------------------------------------------------------------------------------


def test_a_key_from_elsewhere_must_open_the_vault(full: Home) -> None:
    """The vault's own key is taken; another would make what is there unreadable, and is refused."""
    key = Secret(full.runner.items["age-identity"])

    failing(NotPermitted, lambda: full.vault().init("file", has_consent=True, identity=age.new_identity()))
    full.vault().init("file", has_consent=True, identity=key)

    assert revealed(full.vault(), "TOKEN") == {"TOKEN": VALUE}


def test_starting_over_with_a_lost_key(full: Home) -> None:
    """The keyring was emptied: the vault is put aside and a new one begins; with the key, the old one opens."""
    key = full.runner.items.pop("age-identity")
    failing(NotPermitted, lambda: full.vault().set("TOKEN", Secret("new")))

    aside = full.vault().start_over()
    full.vault().set("TOKEN", Secret("new"))

    assert aside == full.file.with_name("vault.lost-20260102-120000.json")
    assert revealed(full.vault(), "TOKEN", "OTHER") == {"TOKEN": "new"}
    assert revealed(full.vault(aside, AIM_AGE_KEY=key), "TOKEN", "OTHER") == {"TOKEN": VALUE, "OTHER": "other"}


def test_starting_over_without_a_vault(home: Home) -> None:
    """There is nothing to put aside."""
    assert home.vault().start_over() is None


# --- a team's file ----------------------------------------------------------------------------------------------


@pytest.fixture
def team(new_home: Callable[[str], Home], tmp_path: Path) -> tuple[Home, Home, Path]:
    """Two people with keys of their own, and a committed file that the first has made."""
    path = tmp_path / "project" / "secrets.json"
    path.parent.mkdir()
    ada, bob = new_home("ada"), new_home("bob")
    ada.vault(path).set("TOKEN", Secret(VALUE))
    bob.vault().ladder.init()
    return ada, bob, path


@POSIX
def test_a_team_s_file_is_alone_in_its_folder(team: tuple[Home, Home, Path]) -> None:
    """Readable as committed files are; its lock and its last version are elsewhere."""
    ada, _, path = team

    ada.vault(path).set("TOKEN", Secret("newer"))
    path.chmod(0o664)
    ada.vault(path).set("TOKEN", Secret("newest"))

    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o664
    ada.vault(path).file.restore_previous()
    assert revealed(ada.vault(path), "TOKEN") == {"TOKEN": "newer"}


def test_the_folder_of_a_team_s_file_is_made(team: tuple[Home, Home, Path]) -> None:
    """As any folder of a project, which others may enter."""
    ada, _, path = team
    place = path.parent / "ops" / "keys" / "secrets.json"

    ada.vault(place).set("TOKEN", Secret(VALUE))

    assert revealed(ada.vault(place), "TOKEN") == {"TOKEN": VALUE}
    assert os.name == "nt" or place.parent.stat().st_mode & 0o055 == 0o055


def test_who_is_added_reads_and_writes(team: tuple[Home, Home, Path]) -> None:
    """Bob is no recipient and is told his own public key; added, he reads, and Ada reads what he writes."""
    ada, bob, path = team
    stranger = failing(NotPermitted, lambda: bob.vault(path).get(["TOKEN"]))

    ada.vault(path).file.add_recipients([stranger.remedy.rpartition(" ")[2]])
    bob.vault(path).set("HIS", Secret("his"))

    assert revealed(ada.vault(path), "TOKEN", "HIS") == {"TOKEN": VALUE, "HIS": "his"}


def test_who_is_removed_reads_no_more(team: tuple[Home, Home, Path]) -> None:
    """From then on; and Ada still does."""
    ada, bob, path = team
    public = bob.vault().ladder.current().recipients[0]
    ada.vault(path).file.add_recipients([public])

    ada.vault(path).file.remove_recipient(public)

    failing(NotPermitted, lambda: bob.vault(path).get(["TOKEN"]))
    assert revealed(ada.vault(path), "TOKEN") == {"TOKEN": VALUE}


def test_recipients_that_cannot_be(team: tuple[Home, Home, Path]) -> None:
    """None of them, no public key, oneself: refused, the file as it was."""
    ada, bob, path = team
    own = ada.vault().ladder.current().recipients[0]
    his = bob.vault().ladder.current().recipients[0]
    before = path.read_bytes()

    errors = [
        failing(Failed, lambda: ada.vault(path).file.remove_recipient(his)),
        failing(BadConfig, lambda: ada.vault(path).file.add_recipients(["age1nobody"])),
        failing(BadConfig, lambda: ada.vault(path).file.remove_recipient(own)),
    ]

    assert [error.message.split(" ")[-1] for error in errors] == [his, "recipient", "yourself"]
    assert path.read_bytes() == before


# --- a backup ---------------------------------------------------------------------------------------------------


def test_a_backup_brings_everything_to_another_machine(full: Home, new_home: Callable[[str], Home]) -> None:
    """Values and notes, by a passphrase alone: the key of the vault it is from is not needed."""
    opened = full.vault().file.open()
    assert opened is not None
    content = vault_backup.pack(opened, "2026-01-02", passphrase=Secret("correct horse"))
    other = new_home("bob")
    other.vault().set("OTHER", Secret("his own"))

    kept = vault_backup.unpack(content, "backup.age", passphrase=Secret("correct horse"))
    other.vault().file.change(lambda opened: vault_backup.put_back(opened, kept, is_newest=False))

    assert revealed(other.vault(), "TOKEN", "OTHER") == {"TOKEN": VALUE, "OTHER": "his own"}
    assert other.vault().notes()["TOKEN"].description == "for the build"
    assert VALUE.encode() not in content


def test_a_backup_for_a_recipient(full: Home) -> None:
    """Whoever has that key opens it; over what there is, when that is asked."""
    opened, keys = full.vault().file.open(), full.vault().ladder.current()
    assert opened is not None
    content = vault_backup.pack(opened, "2026-01-02", recipients=keys.recipients)
    full.vault().set("TOKEN", Secret("newer"))

    kept = vault_backup.unpack(content, "backup.age", keys=keys)
    full.vault().file.change(lambda opened: vault_backup.put_back(opened, kept))

    assert revealed(full.vault(), "TOKEN") == {"TOKEN": VALUE}
    assert VALUE not in repr(kept)


def test_backups_that_are_none(full: Home) -> None:
    """Another file, a wrong key, an age file of something else; and a backup that nobody could open."""
    keys = full.vault().ladder.current()
    opened = full.vault().file.open()
    assert opened is not None
    stranger = age.keys_of(age.new_identity(), "it")
    content = vault_backup.pack(opened, "2026-01-02", recipients=keys.recipients)
    something = age.encrypt(b'{"aim_backup": 1}', keys.recipients)

    errors = [
        failing(NotAsWanted, lambda: vault_backup.unpack(b"{}", "b.age", keys=keys)),
        failing(NotPermitted, lambda: vault_backup.unpack(content, "b.age", keys=stranger)),
        failing(NotAsWanted, lambda: vault_backup.unpack(something, "b.age", keys=keys)),
        failing(BadConfig, lambda: vault_backup.pack(opened, "2026-01-02")),
    ]

    assert [error.message for error in errors] == [
        "b.age is no age file",
        "the vault's key does not open b.age",
        "b.age is no backup of a vault",
        "a backup needs a passphrase or a recipient",
    ]


# --- a machine without pyrage -----------------------------------------------------------------------------------


def test_without_pyrage_the_chain_goes_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """No wheel for this machine: a new secret goes to the next vault, and looking for one is no error."""
    monkeypatch.setitem(sys.modules, "pyrage", None)

    with pytest.raises(Unavailable, match="the vault needs pyrage"):
        home.vault().store("TOKEN", VALUE)

    assert home.vault().get(["TOKEN"]) == {}


def test_without_pyrage_a_vault_that_is_there_says_so(full: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it holds is not looked for elsewhere; its names can be read all the same."""
    monkeypatch.setitem(sys.modules, "pyrage", None)

    failing(Unsupported, lambda: full.vault().get(["TOKEN"]))

    assert full.vault().names() == ("TOKEN", "OTHER")
