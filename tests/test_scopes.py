"""What a program may see of the secrets: what its user allows, what a project may narrow, and what is taken away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim_lib import scopes
from aim_lib.scopes import Scope

names = st.lists(st.sampled_from(["A_KEY", "B_KEY", "C_KEY", "D_KEY"]), unique=True)


@pytest.mark.parametrize(
    ("own", "project", "known", "scope"),
    [
        ({}, {}, [], Scope(tool="aider", names=())),
        ({}, {}, ["A_KEY"], Scope(tool="aider", names=("A_KEY",))),
        ({"aider": ["B_KEY"]}, {}, ["A_KEY"], Scope(tool="aider", names=("B_KEY",))),
        ({"aider": []}, {"aider": ["A_KEY"]}, ["A_KEY"], Scope("aider", (), ("A_KEY",), is_foreign=True)),
        ({}, {"aider": ["A_KEY"]}, ["A_KEY", "B_KEY"], Scope("aider", ("A_KEY",), is_foreign=True)),
        ({}, {"aider": ["C_KEY", "A_KEY"]}, ["A_KEY"], Scope("aider", ("A_KEY",), ("C_KEY",), is_foreign=True)),
        ({"codex": ["A_KEY"]}, {"codex": ["A_KEY"]}, [], Scope(tool="aider", names=())),
    ],
)
def test_the_user_decides_and_a_project_narrows(
    own: dict[str, list[str]], project: dict[str, list[str]], known: list[str], scope: Scope
) -> None:
    """Nobody saying anything is nothing; the registry speaks only where the user does not."""
    assert scopes.decide("aider", own, project, known) == scope


@given(own=st.none() | names, project=st.none() | names, known=names)
def test_a_project_never_widens(own: list[str] | None, project: list[str] | None, known: list[str]) -> None:
    """Whatever a cloned repository says, the tool sees no more than it would without it."""
    mine = {} if own is None else {"aider": own}
    theirs = {} if project is None else {"aider": project}

    with_project = scopes.decide("aider", mine, theirs, known)
    without = scopes.decide("aider", mine, {}, known)

    assert set(with_project.names) <= set(without.names)
    assert set(with_project.names) | set(with_project.refused) == (
        set(project) if project is not None else set(without.names)
    )


def test_what_is_secret_is_taken_from_a_program() -> None:
    """Also what its parent has, and what opens the vault, which nothing can allow."""
    env = {"PATH": "/bin", "A_KEY": "1", "B_KEY": "2", "AIM_AGE_KEY": "AGE-SECRET-KEY-1", "SOPS_AGE_KEY_FILE": "/k"}

    assert scopes.strip(env, ["A_KEY", "B_KEY"], ["B_KEY", "AIM_AGE_KEY"]) == {"PATH": "/bin", "B_KEY": "2"}
