"""Documents of sops: what sops wrote is read, what we write holds together, what was tampered with is found out."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aim_lib import age, sops_file, sops_opened, sops_values
from aim_lib.age import Keys
from aim_lib.errors import AimError, BadConfig, NotAsWanted, NotPermitted, Unsupported
from aim_lib.secret import Secret
from aim_lib.sops_opened import Opened
from aim_lib.sops_values import Rules

DATA = Path(__file__).parent / "data" / "sops"
KEYS = age.keys_of(Secret((DATA / "key.txt").read_text()), "key.txt")
OURS = KEYS.recipients[0]
AT = "2026-01-02T12:00:00Z"
VALUE = "sk-never-shown-to-anybody"
EVERYTHING = {
    "A": "x<y>&é\u2028",
    "I": "42",
    "F": "1.5",
    "BIG": "12345678901234567000",
    "E": "1000000000000000000000",
    "S": "0.0000001",
    "T": "true",
    "NUL": "a\0b",
}


def recorded(name: str, keys: Keys = KEYS) -> Opened:
    """A document that sops wrote, opened."""
    return sops_opened.open_sealed(sops_file.parse((DATA / f"{name}.json").read_bytes(), name), keys)


def values(opened: Opened) -> dict[str, str]:
    found = {name: opened.reveal(name) for name in opened.sealed.names()}
    return {name: value.reveal() for name, value in found.items() if value is not None}


def written(**secrets: str) -> Opened:
    """A document of our own with these secrets."""
    opened = sops_opened.new("vault.json", [OURS])
    for name, value in secrets.items():
        opened = opened.with_secret(name, Secret(value))
    return opened


def reread(content: bytes) -> Opened:
    return sops_opened.open_sealed(sops_file.parse(content, "vault.json"), KEYS)


def again(opened: Opened) -> Opened:
    """The document, written and read."""
    return reread(sops_opened.dump(opened, AT))


def changed(opened: Opened, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """The document with its JSON changed by hand."""
    document = json.loads(sops_opened.dump(opened, AT))
    change(document)
    return json.dumps(document).encode()


def failing(kind: type[AimError], content: bytes, keys: Keys = KEYS) -> AimError:
    with pytest.raises(kind) as error:
        sops_opened.open_sealed(sops_file.parse(content, "vault.json"), keys)
    return error.value


# --- what sops wrote --------------------------------------------------------------------------------------------


def test_every_type_is_read_as_text() -> None:
    """Numbers as Go writes them, truth in small letters, nothing and empty are no secrets, tables neither."""
    opened = recorded("every-type")

    assert values(opened) == EVERYTHING
    assert opened.reveal("EMPTY") is opened.reveal("N") is opened.reveal("nest") is None


@pytest.mark.parametrize(
    ("name", "secrets"),
    [
        ("two-recipients", set(EVERYTHING)),
        ("mac-only-encrypted", set(EVERYTHING)),
        ("encrypted-regex", {"A", "I"}),
        ("encrypted-suffix", {"A"}),
        ("unencrypted-regex", set(EVERYTHING) - {"A", "I"} | {"n_unencrypted", "i_unencrypted"}),
        ("from-yaml-with-comments", {"A", "B", "D"}),
    ],
)
def test_every_kind_of_document_is_read(name: str, secrets: set[str]) -> None:
    """Whichever values it keeps encrypted, its MAC is understood, and its secrets are those."""
    assert set(values(recorded(name))) == secrets


@pytest.mark.parametrize("name", ["every-type", "encrypted-regex", "mac-only-encrypted", "from-yaml-with-comments"])
def test_what_is_not_known_survives(name: str) -> None:
    """One secret is set: all else stands as sops wrote it, but for the date and the MAC, in the same order."""
    before = json.loads((DATA / f"{name}.json").read_text())

    after = json.loads(sops_opened.dump(recorded(name).with_secret("A", Secret("17")), AT))

    assert list(after) == list(before)
    assert without_changes(after) == without_changes(before)


def without_changes(document: dict[str, Any]) -> dict[str, Any]:
    about = {key: value for key, value in document["sops"].items() if key not in ("mac", "lastmodified")}
    return {**document, "A": "", "sops": about}


def test_it_is_written_as_sops_writes_it() -> None:
    """Tabs, the order of names and Go's escapes: a change by either program is a small one for version control."""
    opened = recorded("every-type")
    before = (DATA / "every-type.json").read_text().splitlines()

    after = sops_opened.dump(opened, AT).decode().splitlines()

    assert [line for line in after if line not in before] == [
        line for line in after if '"mac"' in line or '"lastmodified"' in line
    ]


def test_another_recipient_cannot_read_what_is_not_theirs() -> None:
    """A document that is for others: exit 7, for whom it is, and our own public key in the remedy."""
    stranger = age.keys_of(age.new_identity(), "it")

    error = failing(NotPermitted, (DATA / "every-type.json").read_bytes(), stranger)

    assert error.message == "vault.json is not encrypted for this identity"
    assert error.details == (f"it is for {OURS}",)
    assert stranger.recipients[0] in error.remedy


def test_keys_of_groups_are_not_for_us() -> None:
    """sops can ask for several keys at once: that is said, and who can."""
    error = failing(Unsupported, (DATA / "two-groups.json").read_bytes())

    assert error.message == "vault.json needs keys of several groups"
    assert error.remedy.startswith("use sops itself")


# --- what we write ----------------------------------------------------------------------------------------------


def test_names_are_in_clear_and_values_are_not() -> None:
    """Names and what is to be read by all stand there; the value stands nowhere."""
    content = sops_opened.dump(written(TOKEN=VALUE).with_clear("TOKEN_unencrypted", "for the build"), AT)

    assert b'"TOKEN"' in content
    assert b"for the build" in content
    assert VALUE.encode() not in content
    assert sops_file.parse(content, "it").names() == ("TOKEN",)


def test_an_unchanged_value_is_not_encrypted_anew() -> None:
    """Setting one secret changes its line alone: a diff says what was changed."""
    first = again(written(A="one", B="two"))

    second = again(first.with_secret("B", Secret("three")))

    assert second.sealed.tree["A"] == first.sealed.tree["A"]
    assert values(second) == {"A": "one", "B": "three"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is no name for a secret"),
        ("sops", "is no name for a secret"),
        ("A_unencrypted", "would be kept in clear"),
        ("A\ud800", "is not text"),
    ],
)
def test_names_that_would_not_be_kept_secret(name: str, reason: str) -> None:
    """A name that would put its value in the open, or break the file, is refused before anything is written."""
    with pytest.raises(BadConfig, match=reason) as error:
        written(**{name: VALUE})

    assert VALUE not in f"{error.value}{error.value.remedy}"


@pytest.mark.parametrize("name", ["nest", "table"])
def test_a_table_is_not_overwritten(name: str) -> None:
    """A secret of the name of a whole table would take its place, and all that is in it."""
    opened = recorded("every-type")
    there = Opened(sops_file.Sealed("it", {**opened.sealed.tree, "table": [1, 2]}, opened.sealed.about), opened.cipher)

    with pytest.raises(BadConfig, match=f"{name} is a table in it"):
        there.with_secret(name, Secret(VALUE))


def test_a_document_s_own_rules_decide_what_is_secret() -> None:
    """In a file that encrypts only some names, another name would lie open: it is refused."""
    opened = recorded("encrypted-regex")

    with pytest.raises(BadConfig, match='"TOKEN" would be kept in clear in encrypted-regex'):
        opened.with_secret("TOKEN", Secret(VALUE))


@pytest.mark.parametrize(
    ("rules", "path", "expected"),
    [
        (Rules(unencrypted_suffix="_unencrypted"), ("a", "b"), True),
        (Rules(unencrypted_suffix="_unencrypted"), ("a_unencrypted", "b"), False),
        (Rules(encrypted_suffix="_secret"), ("a_secret", "b"), True),
        (Rules(encrypted_suffix="_secret"), ("a", "b"), False),
        (Rules(encrypted_regex="^b$"), ("a", "b"), True),
        (Rules(encrypted_regex="^b$"), ("a", "bb"), False),
        (Rules(unencrypted_regex="^b$"), ("a", "b"), False),
        (Rules(), ("a_unencrypted",), True),
    ],
)
def test_which_values_are_encrypted(rules: Rules, path: tuple[str, ...], expected: bool) -> None:
    """By the end of a name or by a pattern, of any part of the path, as sops decides it."""
    assert rules.is_encrypted(path) is expected


# --- tampering --------------------------------------------------------------------------------------------------


def swap(document: dict[str, Any]) -> None:
    document["A"], document["B"] = document["B"], document["A"]


TAMPERED = {
    "two values change places": (swap, "A is not as it was written"),
    "a value is taken away": (lambda document: document.pop("B"), "its MAC does not fit"),
    "a value is emptied": (lambda document: document.update(B=""), "its MAC does not fit"),
    "a value is put in by hand": (lambda document: document.update(B="plain"), "B is not as it was written"),
    "a number is put in": (lambda document: document.update(B=7), "B is not as it was written"),
    "a value is cut": (lambda document: document.update(B=document["B"][:-20]), "B is not as it was written"),
    "a name is changed": (lambda document: document.update(C=document.pop("B")), "C is not as it was written"),
    "a note is changed": (lambda document: document.update(A_unencrypted="theirs"), "its MAC does not fit"),
    "the date is changed": (lambda document: document["sops"].update(lastmodified="2026-01-02T12:00:01Z"), "its MAC"),
    "a number without end": (lambda document: document.update(x_unencrypted=10**400), "its MAC does not fit"),
    "the MAC is emptied": (lambda document: document["sops"].update(mac=""), "its MAC does not fit"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_is_found_out(how: str) -> None:
    """Whoever changes the file without its key is found out: exit 5, the file, what is wrong, how to go back."""
    change, message = TAMPERED[how]
    opened = written(A=VALUE, B="two").with_clear("A_unencrypted", "ours")

    error = failing(NotAsWanted, changed(opened, change))

    assert error.message.startswith("vault.json was changed by someone without the key")
    assert message in error.message
    assert error.remedy == sops_file.RESTORE


def test_a_changed_type_changes_no_value() -> None:
    """sops' types are not authenticated: whoever turns a text into a truth changes nothing of it."""
    opened = written(A="Mixed Case", B="True")

    content = changed(opened, lambda document: document.update(A=document["A"].replace("type:str", "type:bool")))

    assert values(reread(content)) == {"A": "Mixed Case", "B": "True"}


def whole(document: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = document["sops"]
    return about


DAMAGED = {
    "no sops table": (lambda document: document.pop("sops"), NotAsWanted, "has no table sops"),
    "no age": (lambda document: whole(document).pop("age"), Unsupported, "is not encrypted for age"),
    "age is text": (lambda document: whole(document).update(age="age1"), NotAsWanted, "is not as sops writes it"),
    "an entry lacks its key": (
        lambda document: whole(document)["age"][0].pop("enc"),
        NotAsWanted,
        "not as sops writes",
    ),
    "the MAC is a number": (lambda document: whole(document).update(mac=1), NotAsWanted, "not as sops writes it"),
    "no date": (lambda document: whole(document).pop("lastmodified"), NotAsWanted, "not as sops writes it"),
    "a bad pattern": (lambda document: whole(document).update(encrypted_regex="("), NotAsWanted, "is no pattern"),
    "a broken data key": (
        lambda document: whole(document)["age"][0].update(enc="-----BEGIN AGE ENCRYPTED FILE-----\n"),
        NotAsWanted,
        "its data key cannot be decrypted",
    ),
}


@pytest.mark.parametrize("how", DAMAGED)
def test_damage_is_told(how: str) -> None:
    """Each way of being broken is an error of ours with the file and a remedy, never an exception of a library."""
    change, kind, message = DAMAGED[how]

    error = failing(kind, changed(written(A=VALUE), change))

    assert error.message.startswith("vault.json")
    assert message in error.message
    assert error.remedy


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", pytest.param(b"[" * 100_000, id="deep"), b'{"sops": 1}']
)
def test_what_is_no_document_is_told(content: bytes) -> None:
    """Empty, cut short, other text, bytes, nested without end."""
    error = failing(NotAsWanted, content)

    assert error.message.startswith("vault.json is")
    assert error.remedy == sops_file.RESTORE


def test_every_truncation_is_told() -> None:
    """Cut after any byte, the file is an error of ours; never half a vault."""
    content = sops_opened.dump(written(A=VALUE, B="two"), AT).rstrip()

    errors = {failing(NotAsWanted, content[:size]).exit_code for size in range(0, len(content), 7)}

    assert errors == {5}


def test_no_value_is_in_a_traceback() -> None:
    """A traceback with all variables of a failing read has neither the value nor the data key."""
    content = changed(written(A=VALUE, B="two"), lambda document: document.pop("B"))

    error = failing(NotAsWanted, content)

    told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert VALUE not in told
    assert "AGE-SECRET-KEY" not in told


# --- for whom ---------------------------------------------------------------------------------------------------


def test_another_recipient_is_added() -> None:
    """Who is added reads it too, and nothing was encrypted anew."""
    friend = age.keys_of(age.new_identity(), "it")
    first = again(written(A=VALUE))

    second = again(sops_opened.with_recipients(first, KEYS, friend.recipients))

    assert values(sops_opened.open_sealed(second.sealed, friend)) == {"A": VALUE}
    assert second.sealed.recipients == (OURS, *friend.recipients)
    assert second.sealed.tree == first.sealed.tree


def test_a_recipient_is_added_once() -> None:
    """Adding who is there changes nothing."""
    opened = written(A=VALUE)

    assert sops_opened.with_recipients(opened, KEYS, [OURS]).sealed == opened.sealed


def test_who_is_removed_cannot_read_what_follows() -> None:
    """A new data key: neither the new file nor a value in it opens with the old one, nested values included."""
    opened = recorded("two-recipients")

    after = again(sops_opened.rekeyed(opened, [OURS]))

    assert values(after) == EVERYTHING
    assert after.sealed.recipients == (OURS,)
    assert sops_values.decrypt(after.sealed.tree["A"], opened.cipher, b"A:") is None
    assert after.sealed.tree["nest"] != opened.sealed.tree["nest"]
    assert after.sealed.tree["nest"]["e_unencrypted"] == {"f": "g", "h": 7, "k": False}


def test_a_document_that_is_also_for_pgp_is_left_to_sops() -> None:
    """The new data key could not be wrapped for who has it by other ways: they would be shut out."""
    content = changed(written(A=VALUE), lambda document: whole(document).update(pgp=[{"fp": "F00"}]))

    with pytest.raises(Unsupported, match=r"vault\.json is also for pgp"):
        sops_opened.rekeyed(reread(content), [OURS])


def test_a_document_for_nobody_is_refused() -> None:
    """The last recipient cannot be removed."""
    with pytest.raises(BadConfig, match="would be for nobody"):
        sops_opened.rekeyed(written(A=VALUE), [])
