"""A writer of the event log that is killed at any moment loses nothing that it had acknowledged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from . import audit_kills


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX's")
def test_kills_while_writing_and_rotating_lose_nothing(tmp_path: Path) -> None:
    """Some rounds of what `python -m tests.audit_kills 500` does."""
    outcome = audit_kills.run(tmp_path, 12)

    assert (outcome.wrong, outcome.first_break) == (0, None)
    assert outcome.acknowledged >= 12
