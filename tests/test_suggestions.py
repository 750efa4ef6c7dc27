"""Names that nobody has, and what was meant."""

from __future__ import annotations

import re

import pytest

from aim_lib.config import default_folder
from aim_lib.suggestions import Catalogue, read, stranger, suggest
from aim_lib.versions import rules


@pytest.fixture(scope="module")
def known() -> Catalogue:
    return read(default_folder())


@pytest.mark.parametrize(
    ("name", "ecosystem", "meant"),
    [
        ("@google/generative-ai-cli", "npm", "@google/gemini-cli"),
        ("github-copilot-cli", "npm", "@github/copilot"),
        ("claude-code", "npm", "@anthropic-ai/claude-code"),
        ("@anthropic/claude-code", "npm", "@anthropic-ai/claude-code"),
        ("aider", "pypi", "aider-chat"),
        ("Prettier", "npm", "prettier"),
        ("pretier", "npm", "prettier"),
        ("rufff", "pypi", "ruff"),
        ("fd", "cargo", "fd-find"),
        ("claude-code", "pypi", "@anthropic-ai/claude-code (npm)"),
        ("aider-chat", "npm", "aider-chat (pipx)"),
        ("gemini-clii", "npm", "@google/gemini-cli"),
        ("@specifyapp/spec-kit", "npm", None),
        ("zzz-qqq", "npm", None),
        ("prettier", "npm", None),  # right, though no index could be asked: not suggested for itself
    ],
)
def test_what_was_meant(name: str, ecosystem: str, meant: str | None, known: Catalogue) -> None:
    """By the list, by likeness, or in another ecosystem; nothing rather than anything."""
    assert next(iter(suggest(name, ecosystem, known)), None) == meant


def test_declared_names_are_suggested(known: Catalogue) -> None:
    """A tool of one's own that nobody else knows."""
    assert suggest("@acme/toool", "npm", known, ["@acme/tool"]) == ("@acme/tool",)


def test_a_name_that_is_another_thing(known: Catalogue) -> None:
    """It exists, and is not what it is thought to be."""
    assert stranger("@specifyapp/cli", "npm", known) == "Specify's design-token tool, not GitHub's Spec Kit"
    assert stranger("prettier", "npm", known) == ""


def test_the_list_is_sound(known: Catalogue) -> None:
    """Every package has a name its ecosystem allows; no tool is another's mistake; strangers are not recommended."""
    packages = [(ecosystem, name) for one in known.known for ecosystem, name in one.packages.items()]
    mistakes = [name for one in known.known for name in one.also]

    assert [name for ecosystem, name in packages if not re.fullmatch(rules(ecosystem).NAME, name)] == []
    assert len(packages) == len(set(packages))
    assert len(mistakes) == len(set(mistakes))
    assert not {f"{ecosystem}:{name}" for ecosystem, name in packages} & set(known.strangers)
