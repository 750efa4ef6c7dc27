"""Whatever is kept in a vault comes back; what is done to its file without the key is found out, or changes nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from aim_lib import age, secret_notes, sops_file, sops_opened, vault_backup, vault_edits
from aim_lib.errors import AimError
from aim_lib.secret import Secret
from aim_lib.secret_notes import Notes
from aim_lib.sops_opened import Opened

from ..fakes import NOON
from . import BOUNDED

KEYS = age.keys_of(Secret((Path(__file__).parents[1] / "data/sops/key.txt").read_text()), "key.txt")
AT = "2026-01-02T12:00:00Z"
EMPTY = sops_opened.new("vault.json", KEYS.recipients)
characters = st.characters(codec="utf-8")
values = st.one_of(
    st.text(characters, min_size=1, max_size=200),
    st.sampled_from(
        ["\0", "\n", " ", '"', "\\", "\ufeff", "\u2028", "ENC[AES256_GCM,data:,iv:,tag:,type:str]", "x" * 100_000]
    ),
)
names = st.text(characters, min_size=1, max_size=20).filter(lambda name: EMPTY.sealed.is_secret(name))


def again(opened: Opened) -> Opened:
    """The document, written and read."""
    return sops_opened.open_sealed(sops_file.parse(sops_opened.dump(opened, AT), "vault.json"), KEYS)


def revealed(opened: Opened) -> dict[str, str]:
    found = {name: opened.reveal(name) for name in vault_edits.names(opened.sealed)}
    return {name: value.reveal() for name, value in found.items() if value is not None}


def filled(secrets: dict[str, str]) -> Opened:
    opened = EMPTY
    for name, value in secrets.items():
        opened = vault_edits.set_secret(opened, name, Secret(value), NOON, {})
    return opened


@BOUNDED
@given(st.dictionaries(names, values, max_size=5))
def test_what_is_kept_comes_back(secrets: dict[str, str]) -> None:
    """Any name, any value but an empty one: every character of each, and no other secret."""
    assume(not any(f"{name}_unencrypted" in secrets for name in secrets))

    assert revealed(again(filled(secrets))) == secrets


@BOUNDED
@given(st.dictionaries(names, st.text(characters, max_size=100).map("sk-never-shown-".__add__), min_size=1, max_size=4))
def test_no_value_is_in_the_file(secrets: dict[str, str]) -> None:
    """Neither as it is nor as JSON writes it, unless it is in a name."""
    content = sops_opened.dump(filled(secrets), AT).decode()
    text = json.dumps([*secrets], ensure_ascii=False)

    for value in secrets.values():
        forms = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        assert not [form for form in forms if form in content and form not in text]


@BOUNDED
@given(
    st.lists(st.tuples(st.sampled_from(["set", "delete", "rename"]), st.sampled_from("abcd"), st.sampled_from("abcd")))
)
def test_a_vault_is_a_dictionary(steps: list[tuple[str, str, str]]) -> None:
    """Any order of setting, deleting and renaming leaves what the same would leave in a dictionary."""
    opened, expected = EMPTY, {}

    for number, (what, one, other) in enumerate(steps):
        try:
            if what == "set":
                opened = vault_edits.set_secret(opened, one, Secret(str(number)), NOON, {})
                expected[one] = str(number)
            elif what == "delete":
                opened = vault_edits.delete(opened, one)
                del expected[one]
            else:
                opened = vault_edits.rename(opened, one, other, NOON)
                expected[other] = expected.pop(one)
        except AimError:
            assert one not in expected or (what == "rename" and other in expected)

    assert revealed(again(opened)) == expected


@BOUNDED
@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_flipped_byte_never_gives_another_value(position: int, flip: int) -> None:
    """One byte of the file changed, anywhere: an error of ours, or exactly what was kept."""
    secrets = {"TOKEN": "value one", "OTHER": "value two"}
    content = bytearray(sops_opened.dump(filled(secrets), AT))
    content[position % len(content)] ^= flip

    said, found = "", secrets
    try:
        found = revealed(sops_opened.open_sealed(sops_file.parse(bytes(content), "vault.json"), KEYS))
    except AimError as error:
        said = f"{error.message}{error.details}{error.remedy}"

    assert found == secrets
    assert "value one" not in said


@BOUNDED
@given(st.data())
def test_lines_that_change_places_are_found_out(data: st.DataObject) -> None:
    """A file whose values are moved, dropped or doubled without the key gives no value under another name."""
    secrets = {name: f"value of {name}" for name in "ABC"}
    document = json.loads(sops_opened.dump(filled(secrets), AT))
    about = document.pop("sops")
    order = data.draw(st.lists(st.sampled_from(sorted(document)), max_size=6, unique=True))
    sources = data.draw(st.lists(st.sampled_from(sorted(document)), min_size=len(order), max_size=len(order)))
    mixed = {name: document[source] for name, source in zip(order, sources, strict=True)}

    content = json.dumps({**mixed, "sops": about}).encode()
    try:
        found = revealed(sops_opened.open_sealed(sops_file.parse(content, "vault.json"), KEYS))
    except AimError:
        found = {}

    assert found.items() <= secrets.items()


@BOUNDED
@given(st.dictionaries(names, values, max_size=4))
def test_a_new_data_key_keeps_everything(secrets: dict[str, str]) -> None:
    """Encrypting anew changes every value's text and no value."""
    assume(not any(f"{name}_unencrypted" in secrets for name in secrets))
    before = filled(secrets)

    after = again(sops_opened.rekeyed(before, KEYS.recipients))

    assert revealed(after) == secrets
    assert all(after.sealed.tree[name] != before.sealed.tree[name] for name in secrets)


@BOUNDED
@given(st.dictionaries(names, values, max_size=4), st.text(characters, max_size=50))
def test_a_backup_comes_back(secrets: dict[str, str], description: str) -> None:
    """Values, names and notes through an age file into an empty vault."""
    assume(not any(f"{name}_unencrypted" in secrets for name in secrets))
    opened = EMPTY
    for name, value in secrets.items():
        opened = vault_edits.set_secret(opened, name, Secret(value), NOON, {"description": description})

    kept = vault_backup.unpack(vault_backup.pack(opened, AT, recipients=KEYS.recipients), "backup", keys=KEYS)
    restored = vault_backup.put_back(EMPTY, kept)

    assert revealed(again(restored)) == secrets
    assert all(vault_edits.notes(restored.sealed, name).description == description for name in secrets)


texts = st.text(characters, max_size=30)


@BOUNDED
@given(texts, texts, texts, st.dictionaries(texts, texts, max_size=3), texts)
def test_notes_come_back(description: str, expires: str, profile: str, was: dict[str, str], name: str) -> None:
    """Whatever is noted is read again, under that name and no other."""
    notes = Notes(description=description, expires=expires, profile=profile, was=was)

    text = secret_notes.write(notes, name)

    assert secret_notes.read(text, name) == notes
    assert secret_notes.read(text, name + "x") == Notes()
    assert isinstance(notes.has_expired(NOON + timedelta(days=1)), bool)
