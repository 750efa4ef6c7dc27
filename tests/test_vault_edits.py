"""Setting, deleting, renaming and annotating secrets, with what is known about each."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aim_lib import age, secret_notes, sops_file, sops_opened, vault_edits
from aim_lib.errors import BadConfig, Failed
from aim_lib.secret import Secret
from aim_lib.secret_notes import Notes
from aim_lib.sops_opened import Opened

from .fakes import NOON

DATA = Path(__file__).parent / "data" / "sops"
KEYS = age.keys_of(Secret((DATA / "key.txt").read_text()), "key.txt")
VALUE = "sk-never-shown-to-anybody"
LATER = NOON + timedelta(hours=1)


def new() -> Opened:
    return sops_opened.new("vault.json", KEYS.recipients)


def put(opened: Opened, name: str, value: str = VALUE, now: datetime = NOON, **changes: str) -> Opened:
    return vault_edits.set_secret(opened, name, Secret(value), now, changes)


def notes(opened: Opened, name: str) -> Notes:
    return vault_edits.notes(opened.sealed, name)


# --- notes ------------------------------------------------------------------------------------------------------


def test_a_new_secret_has_its_day() -> None:
    """Created and updated when it came, never rotated; what was said about it stands there."""
    found = notes(put(new(), "A", description="for the build", expires="2026-02-01"), "A")

    assert found == Notes(
        description="for the build",
        created="2026-01-02T12:00:00Z",
        updated="2026-01-02T12:00:00Z",
        expires="2026-02-01",
    )


def test_a_new_value_rotates() -> None:
    """The description stays, the date of expiry was the old value's and goes."""
    first = put(new(), "A", description="for the build", expires="2026-02-01")

    found = notes(put(first, "A", "another", LATER), "A")

    assert (found.created, found.rotated, found.updated) == (
        "2026-01-02T12:00:00Z",
        "2026-01-02T13:00:00Z",
        "2026-01-02T13:00:00Z",
    )
    assert (found.description, found.expires) == ("for the build", "")


def test_notes_can_be_changed_alone() -> None:
    """The value stays encrypted as it is."""
    first = put(new(), "A")

    second = vault_edits.annotate(first, "A", LATER, {"description": "new words"})

    assert notes(second, "A").description == "new words"
    assert notes(second, "A").rotated == ""
    assert second.sealed.tree["A"] == first.sealed.tree["A"]


def test_notes_are_one_readable_text() -> None:
    """A JSON object with the name in it; sops' own programs see a flat file."""
    text = put(new(), "A", description="für den Build").sealed.tree["A_unencrypted"]

    assert json.loads(text)["name"] == "A"
    assert "für den Build" in text


def test_notes_of_another_secret_do_not_count() -> None:
    """Notes that were moved to another name by who has no key: they are not that secret's."""
    text = put(new(), "A", expires="2099-01-01").sealed.tree["A_unencrypted"]

    assert secret_notes.read(text, "B") == Notes()


@pytest.mark.parametrize("text", [None, 7, "", "{", "[]", '{"name": "A", "expires": 7}', '{"name": "A", "was": "B"}'])
def test_notes_that_are_none(text: object) -> None:
    """Whatever stands there instead is no error: nothing is known."""
    assert secret_notes.read(text, "A") == Notes()


def test_what_others_note_survives() -> None:
    """A key that we do not know stays in the notes through our changes."""
    opened = put(new(), "A").with_clear("A_unencrypted", '{"name": "A", "owner": "ada", "created": "2020-01-01"}')

    changed = vault_edits.annotate(opened, "A", LATER, {"description": "new"})

    assert json.loads(changed.sealed.tree["A_unencrypted"])["owner"] == "ada"
    assert notes(changed, "A").created == "2020-01-01"


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        ("", False),
        ("2026-01-02", False),
        ("2026-01-01", True),
        ("2026-01-02T11:59:59Z", True),
        ("2026-01-02T12:00:01Z", False),
        ("2026-01-02T12:30:00+01:00", True),
        ("soon", True),
    ],
)
def test_when_a_secret_has_expired(expires: str, expected: bool) -> None:
    """A day counts to its end; a date that cannot be read is over, so that it is looked at."""
    assert Notes(expires=expires).has_expired(NOON) is expected


# --- names ------------------------------------------------------------------------------------------------------


def test_deleting_takes_the_notes_too() -> None:
    """Nothing is left of it."""
    assert vault_edits.delete(put(new(), "A"), "A").sealed.tree == {}


def test_the_old_name_answers_for_seven_days() -> None:
    """After a rename both names mean the secret; after a week only the new one."""
    opened = vault_edits.rename(put(new(), "OLD"), "OLD", "NEW", NOON)

    def meant(name: str, days: int) -> str:
        return vault_edits.resolve(opened.sealed, name, NOON + timedelta(days=days))

    assert [meant("NEW", 0), meant("OLD", 0), meant("OLD", 6), meant("OLD", 7)] == ["NEW", "NEW", "NEW", ""]
    assert vault_edits.names(opened.sealed) == ("NEW",)
    value = opened.reveal("NEW")
    assert value is not None
    assert value.reveal() == VALUE


def test_a_second_rename_keeps_the_first_name() -> None:
    """Whoever still knows the first name is served by what the secret is called in the end."""
    once = vault_edits.rename(put(new(), "A"), "A", "B", NOON)

    twice = vault_edits.rename(once, "B", "C", LATER)

    assert [vault_edits.resolve(twice.sealed, name, LATER) for name in "ABC"] == ["C", "C", "C"]


def test_renaming_back_leaves_no_circle() -> None:
    """A name is not its own old one."""
    once = vault_edits.rename(put(new(), "A"), "A", "B", NOON)

    back = vault_edits.rename(once, "B", "A", LATER)

    assert set(notes(back, "A").was) == {"B"}


def test_an_old_name_that_is_set_is_a_secret_of_its_own() -> None:
    """From then on it means the new value, and is nobody's old name."""
    opened = put(vault_edits.rename(put(new(), "OLD"), "OLD", "NEW", NOON), "OLD", "another", LATER)

    assert vault_edits.resolve(opened.sealed, "OLD", LATER) == "OLD"
    assert notes(opened, "NEW").was == {}


def test_old_names_do_not_count_where_notes_are_not_proved() -> None:
    """A file whose MAC does not cover notes: whoever changes them gets no secret under another name."""
    opened = vault_edits.rename(put(new(), "OLD"), "OLD", "NEW", NOON)
    about = {**opened.sealed.about, "mac_only_encrypted": True}
    sealed = sops_file.Sealed("it", opened.sealed.tree, about)

    assert vault_edits.resolve(sealed, "OLD", NOON) == ""


def test_a_name_that_is_taken() -> None:
    """Renaming onto another secret would lose it."""
    with pytest.raises(BadConfig, match="there is already a secret B"):
        vault_edits.rename(put(put(new(), "A"), "B"), "A", "B", NOON)


@pytest.mark.parametrize(
    ("name", "said"), [("TOKE", "; there is TOKEN"), ("OLD", "; it was renamed to NEW"), ("ELSE", "")]
)
def test_a_name_that_is_not_there(name: str, said: str) -> None:
    """Which one may have been meant, and where to see all."""
    opened = vault_edits.rename(put(put(new(), "TOKEN"), "OLD"), "OLD", "NEW", NOON)

    with pytest.raises(Failed) as error:
        vault_edits.delete(opened, name)

    assert error.value.message == f"there is no secret {name} in vault.json{said}"
    assert error.value.remedy == "see which there are: aim secrets list"


def test_notes_that_a_file_keeps_encrypted_are_no_secrets() -> None:
    """Where the rules encrypt every name, notes too: they are not listed, and nothing is known from outside."""
    opened = new()
    about = {key: value for key, value in opened.sealed.about.items() if key != "unencrypted_suffix"}
    first = put(Opened(sops_file.Sealed("it", {}, about), opened.cipher), "A", description="secret words")

    hidden = vault_edits.annotate(first, "A", LATER, {"expires": "2026-02-01"})

    assert vault_edits.names(hidden.sealed) == ("A",)
    assert vault_edits.notes(hidden.sealed, "A") == Notes()
    assert "secret words" not in str(hidden.sealed.tree)
    assert vault_edits.known(hidden, "A").description == "secret words"
