"""What a program is given is what it gets, character by character, whichever kind of file the program is."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aim_lib.errors import Unsupported
from aim_lib.proc import Runner

# It says what it got in ASCII alone, so that no code page has a part in it.
SAY = "import json, sys; sys.stdout.write(json.dumps(sys.argv[1:]))"
NASTY = (
    "a b",
    "",
    " ",
    'say "hi"',
    '"',
    "%PATH%",
    "100%",
    "!x!",
    "^a^",
    "a&b",
    "a|b",
    "<a>",
    "(a)",
    "back\\slash",
    "ends\\",
    "a b\\",
    'a\\"b',
    "\\\\server\\share",
    "päß→🔑",
    "*.py",
    "@file",
    "'single'",
    "a=b,c;d",
    "~",
    "/c",
    "tab\there",
    "line\nline",
)
UNSAFE = ('"', "%", "!", "^", "&", "|", "<", ">", "(", ")", "\n", "\r")


def received(program: str, *words: str, before: tuple[str, ...] = ()) -> list[str]:
    """What the program says that it was given."""
    done = Runner().run((program, *before, *words), env=dict(os.environ), timeout_s=60)  # noqa: TID251 - the real one
    assert done.exit_code == 0, done.stderr
    words_said: list[str] = json.loads(done.stdout)
    return words_said


@pytest.fixture
def wrapper(tmp_path: Path) -> str:
    """A batch file in a folder with a blank that hands its arguments on, as npm's and scoop's wrappers do."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "say.py").write_text(SAY, encoding="utf-8")
    path = folder / "say.cmd"
    path.write_text(f'@echo off\n"{sys.executable}" "%~dp0say.py" %*\n', encoding="ascii", newline="\r\n")
    return str(path)


@pytest.mark.parametrize("word", NASTY)
def test_a_program_gets_each_word_as_it_is(word: str) -> None:
    """Blanks, quotes, backslashes before quotes, what shells would read, and nothing at all."""
    assert received(sys.executable, word, "last", before=("-c", SAY)) == [word, "last"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12), max_size=40))
def test_a_program_gets_any_words_as_they_are(words: list[str]) -> None:
    """Many at once, since starting a program is slow."""
    assert received(sys.executable, *words, before=("-c", SAY)) == words


@pytest.mark.parametrize("word", [word for word in NASTY if not set(UNSAFE) & set(word)])
def test_a_batch_file_gets_each_safe_word_as_it_is(word: str, wrapper: str) -> None:
    """Also through `%*`, which hands them to the program behind it."""
    assert received(wrapper, word, "last") == [word, "last"]


@pytest.mark.parametrize("character", UNSAFE)
@pytest.mark.parametrize("frame", ["{}", "a{}b", "a {} b"])
def test_a_batch_file_is_never_given_what_it_would_read_as_text(character: str, frame: str, wrapper: str) -> None:
    """No quoting is safe there: `"&calc` in an argument would start calc."""
    with pytest.raises(Unsupported, match="cannot be given the argument"):
        received(wrapper, frame.format(character))


def test_a_batch_file_is_known_whatever_the_case_of_its_name(wrapper: str) -> None:
    """SAY.CMD is the same file, and as dangerous."""
    with pytest.raises(Unsupported, match="batch file"):
        received(wrapper.upper(), "%PATH%")


def test_what_a_program_says_is_read_as_utf_8() -> None:
    """Whatever the code page of the machine is."""
    said = "import sys; sys.stdout.buffer.write('päß→🔑'.encode())"

    done = Runner().run((sys.executable, "-c", said), env=dict(os.environ), timeout_s=60)  # noqa: TID251 - the real one

    assert done.stdout == "päß→🔑"
