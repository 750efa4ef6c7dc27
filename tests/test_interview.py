"""The questions of `aim init`, and what answers mean; at the end on a real terminal."""

from __future__ import annotations

import os
import shlex
import sys
import tomllib
from pathlib import Path

import pytest

from aim_lib.interview import SHOWN, chosen_secrets, chosen_tools, tools_question
from aim_lib.manifests import Entry

FOUND = tuple(
    Entry(kind=kind, name=name, request="1.0") for kind, name in (("pipx", "ruff"), ("npm", "eslint"), ("uv", "ruff"))
)


@pytest.mark.parametrize(
    ("answer", "ids"),
    [
        ("", []),
        ("2", ["npm:eslint"]),
        ("3 1", ["uv:ruff", "pipx:ruff"]),
        ("1,1, 1", ["pipx:ruff"]),
        ("ruff", ["pipx:ruff", "uv:ruff"]),
        ("uv:ruff", ["uv:ruff"]),
        ("ALL", ["pipx:ruff", "npm:eslint", "uv:ruff"]),
    ],
)
def test_an_answer_names_tools(answer: str, ids: list[str]) -> None:
    """By number, by name, or all; Enter is none."""
    assert [entry.id for entry in chosen_tools(answer, FOUND)] == ids


@pytest.mark.parametrize("answer", ["0", "4", "-1", "black", "1 x", "²"])
def test_a_wrong_answer_is_explained(answer: str) -> None:
    """What could have been said is said."""
    with pytest.raises(ValueError, match="is none of them: a number from 1 to 3, or a name"):
        chosen_tools(answer, FOUND)


def test_many_tools_are_not_all_listed() -> None:
    """The question stays on one screen."""
    text = tools_question([Entry(kind="npm", name=f"t{number}", request="1") for number in range(50)])

    assert text.startswith("50 tools are here already:\n   1  t0 (npm)\n")
    assert "and 30 more, by number or name" in text
    assert len(text.splitlines()) == SHOWN + 4
    assert max(map(len, text.splitlines())) <= 80


def test_secrets_are_names() -> None:
    """Each once, in the order in which they were typed."""
    assert chosen_secrets("B_KEY, A_KEY B_KEY") == ("B_KEY", "A_KEY")
    assert chosen_secrets("") == ()


def test_a_value_typed_for_a_name_is_not_repeated() -> None:
    """Somebody may paste the key itself."""
    with pytest.raises(ValueError, match="only the names are asked for") as caught:
        chosen_secrets("sk-ant-0123456789")

    assert "sk-ant" not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="a terminal of one's own is POSIX's")
class TestOnATerminal:
    """The whole command, with a person at the keyboard."""

    def started(self, folder: Path, *words: str, **env: str) -> list[str]:
        """`aim init` in `folder`, whose home it is too, with one tool installed."""
        from tests.test_scenarios import put_pipx

        put_pipx(folder / ".local", "ruff", "0.14.1", "ruff")
        known = {"HOME": str(folder), "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **env}
        command = shlex.join(["env", *(f"{name}={value}" for name, value in known.items()), sys.executable, "-m"])
        return ["sh", "-c", f"cd {shlex.quote(str(folder))} && exec {command} aim_lib init {shlex.join(words)}"]

    def test_answers_become_the_file(self, tmp_path: Path) -> None:
        """A mistake is asked again."""
        from tests.screens import Screen

        with Screen(self.started(tmp_path)) as screen:
            screen.until("1  ruff (pipx)", "Which shall aim.toml declare?")
            screen.type("7\n")
            screen.until("'7' is none of them")
            screen.type("1\n")
            screen.until("Which secrets does the project need?")
            screen.type("OPENAI_API_KEY\n")
            assert screen.close() == 0

        written = tomllib.loads((tmp_path / "aim.toml").read_text(encoding="utf-8"))
        assert written["tools"] == {"pipx": {"ruff": "0.14.1"}}
        assert written["secrets"] == {"required": ["OPENAI_API_KEY"]}

    def test_enter_takes_what_no_question_gives(self, tmp_path: Path) -> None:
        """The built-in list, and no secrets."""
        from aim_lib.starter import from_default
        from tests.screens import Screen

        with Screen(self.started(tmp_path)) as screen:
            screen.until("Which shall aim.toml declare?")
            screen.type("\n")
            screen.until("Which secrets does the project need?")
            screen.type("\n")
            assert screen.close() == 0

        assert (tmp_path / "aim.toml").read_text(encoding="utf-8") == from_default()

    @pytest.mark.parametrize(("words", "env"), [(("--yes",), {}), ((), {"CI": "true"}), (("--from-current",), {})])
    def test_nobody_is_asked_who_did_not_come_to_be_asked(
        self, tmp_path: Path, words: tuple[str, ...], env: dict[str, str]
    ) -> None:
        """With --yes or --from-current, and in CI."""
        from tests.screens import Screen

        with Screen(self.started(tmp_path, *words, **env)) as screen:
            code = screen.close()

        assert (code, "Which" in screen.text) == (0, False)
        assert (tmp_path / "aim.toml").is_file()

    def test_a_file_that_is_there_needs_no_answers(self, tmp_path: Path) -> None:
        """It stays as it is."""
        from tests.screens import Screen

        (tmp_path / "aim.toml").write_text("[tools]\n", encoding="utf-8")
        with Screen(self.started(tmp_path)) as screen:
            code = screen.close()

        assert (code, "Which" in screen.text) == (0, False)
        assert (tmp_path / "aim.toml").read_text(encoding="utf-8") == "[tools]\n"
