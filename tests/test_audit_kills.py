"""A writer of the event log that is killed at any moment loses nothing that it had acknowledged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from . import audit_kills

ROUNDS = max(12, int(os.environ.get("SOAK_EXAMPLES", "0")) * 5 // 4)  # noqa: TID251 - the test's own environment


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX's")
def test_kills_while_writing_and_rotating_lose_nothing(tmp_path: Path) -> None:
    """Some rounds of what `python -m tests.audit_kills 500` does; `aim dev soak` does all 500."""
    outcome = audit_kills.run(tmp_path, ROUNDS)
    print(outcome)

    assert (outcome.wrong, outcome.first_break) == (0, None)
    assert outcome.acknowledged >= ROUNDS
    assert outcome.inside >= ROUNDS // 10
