"""The last health report: written whole, read back, and never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import last_health

BODY = {"overall_status": "degraded", "summary": {"pass": 1, "warn": 1}, "checks": [{"name": "disk", "status": "warn"}]}


def test_it_is_read_back(tmp_path: Path) -> None:
    """What was found, and when."""
    last_health.keep(tmp_path / "state", BODY, "2026-01-02T12:00:00.000Z")

    found = last_health.read(tmp_path / "state")

    assert found is not None
    assert (found.timestamp, found.overall_status) == ("2026-01-02T12:00:00.000Z", "degraded")
    assert found.checks == ({"name": "disk", "status": "warn"},)


@pytest.mark.parametrize("content", ["", "{}", '{"timestamp": 1}', "null"])
def test_a_file_that_is_not_ours_is_none(content: str, tmp_path: Path) -> None:
    """A damaged file is as good as no file."""
    (tmp_path / last_health.FILE_NAME).write_text(content)

    assert last_health.read(tmp_path) is None


def test_where_it_cannot_be_written_nothing_is_said(tmp_path: Path) -> None:
    """The report itself counts; a file in the folder's place is what health reports."""
    (tmp_path / "state").write_text("in the way")

    last_health.keep(tmp_path / "state", BODY, "2026-01-02T12:00:00.000Z")

    assert last_health.read(tmp_path / "state") is None
