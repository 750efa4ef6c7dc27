"""What is passed is what arrives, character by character."""

from __future__ import annotations

import json
import sys

from hypothesis import given
from hypothesis import strategies as st

from aim_lib.proc import Runner

from . import BOUNDED

words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20) | st.sampled_from(
    ["", " ", "a b", '"', "'", "\\", "$HOME", "`id`", "%PATH%", "a\nb", "\r", "*", "~", "-", "--", "é", "\u202e", "😀"]
)
LISTEN = (
    "import json, os, sys; print(json.dumps([sys.argv[1:], os.environ.get('GIVEN'), sys.stdin.buffer.read().decode()]))"
)


@BOUNDED
@given(st.lists(words, max_size=6), words, words)
def test_a_program_receives_exactly_what_was_passed(arguments: list[str], value: str, text: str) -> None:
    """Arguments, an environment variable and standard input reach a real program unchanged."""
    argv = (sys.executable, "-S", "-X", "utf8", "-c", LISTEN, *arguments)

    done = Runner().run(argv, env={"GIVEN": value, "PYTHONUTF8": "1"}, timeout_s=60, stdin=text)

    assert done.stderr == ""
    assert json.loads(done.stdout) == [arguments, value, text]
