"""Values are found by fingerprints, and a thief of the fingerprints learns no value that can be guessed."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from aim_lib.errors import BadConfig
from aim_lib.leak_hits import settled
from aim_lib.leak_prints import FILE_NAME, fingerprint, load, prepare, save

from .leak_texts import FORMS, made_key

GUESSABLE = {
    "short": "aB3dE5gH7jK9",
    "phrase": "correct-horse-battery-staple-correct-horse",
    "words": "MyCompanyPassword2024ProductionServerFrance",
    "digits": "31415926535897932384626433832795",
    "repeated": "abcABC123" * 6,
    "signs": "a1.B2.c3.D4.e5.F6.g7.H8.i9.J0.k1.L2",
    "small": "0f3c9a7d1e5b8264",
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_found(form: str) -> None:
    """The part that counts stays as it is in URLs and JSON; what is encoded is decoded."""
    key = made_key(length=40)
    prints = prepare(fingerprint([("KEY", key)]))

    (hit,) = settled(prints.find(f"before/{FORMS[form](key)} after".encode()))

    assert hit.name == "KEY"


def test_a_value_inside_a_longer_word_is_found() -> None:
    """Whatever letters are right beside it."""
    key = made_key(length=40)
    data = f"xyz{key}_and0more".encode()

    (hit,) = prepare(fingerprint([("KEY", key)])).find(data)

    assert data[hit.start : hit.end] == key.encode()


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_value_across_the_lines_of_wrapped_base64_is_found(ending: str) -> None:
    """Also when the last line is a short one."""
    key = made_key(length=40)
    prints = prepare(fingerprint([("KEY", key)]))
    texts = ("." * before + key for before in range(60, 120))
    wrapped = (base64.encodebytes(text.encode()).decode().replace("\n", ending) for text in texts)

    assert all([hit.name for hit in prints.find(text.encode())] == ["KEY"] for text in wrapped)


@pytest.mark.parametrize("kind", GUESSABLE)
def test_what_could_be_guessed_has_no_print(kind: str) -> None:
    """Who had the file could try all of them; the name is told instead."""
    prints = fingerprint([("WEAK", GUESSABLE[kind]), ("KEY", made_key())])

    assert prints.left_out == ("WEAK",)
    assert [one.name for one in prints.prints] == ["KEY"]


@pytest.mark.parametrize("head", ["sk-" + "proj-", "gh" + "p_", "AKIA", ""])
def test_an_issued_key_has_one(head: str) -> None:
    """Forty random letters are beyond trying."""
    assert fingerprint([("KEY", made_key(head))]).left_out == ()


def test_a_key_of_base64_letters_has_one() -> None:
    """Its parts between the signs may be too short; then it is found wherever nothing changes those."""
    value = "+".join(made_key("", 11, seed) for seed in range(1, 5))
    prints = prepare(fingerprint([("AWS", value)]))

    texts = (f"x = {value}", base64.b64encode(f"a:{value}".encode()).decode())
    assert [[hit.name for hit in prints.find(text.encode())] for text in texts] == [["AWS"], ["AWS"]]


def test_the_head_of_a_private_key_has_none() -> None:
    """It is the same in every file of its format: the print is of a line in the middle."""
    head, body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAABlwAAAAdzc2gtcn", made_key("", 70)
    lines = ["-----BEGIN OPENSSH KEY-----", head, body, made_key("", 70, seed=2), "-----END OPENSSH KEY-----"]
    prints = prepare(fingerprint([("SSH", "\n".join(lines))]))

    assert not list(prints.find(head.encode()))
    assert [hit.name for hit in prints.find(body.encode())] == ["SSH"]


def test_no_part_of_a_value_is_in_the_file(tmp_path: Path) -> None:
    """Nor any form of four of its letters, which chance would bring once in a million."""
    key, path = made_key("", 64), tmp_path / FILE_NAME

    save(fingerprint([("KEY", key)], key=bytes(32)), path)

    text = path.read_text(encoding="utf-8")
    assert not any(key[at : at + 4] in text for at in range(61))
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_files_of_one_value_have_nothing_in_common() -> None:
    """Each has a key of its own, so that two stolen ones cannot be compared."""
    first, second = (fingerprint([("KEY", made_key())]) for _ in range(2))

    assert first.prints[0].digest != second.prints[0].digest
    assert first.key != second.key


def test_a_saved_file_finds_the_same(tmp_path: Path) -> None:
    """What was saved is what is loaded."""
    prints = fingerprint([("KEY", made_key()), ("WEAK", "hunter2")])

    save(prints, tmp_path / FILE_NAME)

    assert load(tmp_path / FILE_NAME) == prints


def test_no_file_is_no_prints(tmp_path: Path) -> None:
    """None was made yet."""
    assert load(tmp_path / FILE_NAME) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"key": "00", "prints": []}',
        f'{{"key": "{"0" * 64}", "prints": [], "version": 2}}',
        f'{{"key": "{"0" * 64}", "prints": [{{"name": "A", "length": 20, "marks": "9", "digest": ""}}]}}',
    ],
)
def test_a_broken_file_says_how_to_make_it_again(text: str, tmp_path: Path) -> None:
    """Never a scan that finds nothing because it looked for nothing."""
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")

    with pytest.raises(BadConfig, match="cannot be used") as caught:
        load(tmp_path / FILE_NAME)

    assert caught.value.remedy.startswith(f"rm {tmp_path / FILE_NAME}")
