"""What health was the last time is read back, or there was no last time."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import last_health

from .fakes import host


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """The whole document."""
    last_health.write(host(home=tmp_path), {"overall_status": "healthy"})

    assert last_health.read(host(home=tmp_path)) == {"overall_status": "healthy"}


@pytest.mark.parametrize("content", [None, b"", b"[]", b"\xff", b'{"overall'])
def test_what_cannot_be_read_counts_as_none(content: bytes | None, tmp_path: Path) -> None:
    """A damaged file does not stop the next report."""
    on = host(home=tmp_path)
    on.folders.state.mkdir(parents=True)
    if content is not None:
        (on.folders.state / last_health.FILE_NAME).write_bytes(content)

    assert last_health.read(on) is None
