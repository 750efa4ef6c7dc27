"""The summary of a step: appended where GitHub says, never more than it takes, never through a link."""

from __future__ import annotations

from pathlib import Path

from aim_lib import step_summary
from tests.fakes import host


def test_it_is_added_behind_what_is_there(tmp_path: Path) -> None:
    """Other commands of the step may have written before."""
    path = tmp_path / "summary.md"
    path.write_text("before\n")

    said = step_summary.add(host(env={"GITHUB_STEP_SUMMARY": str(path)}), "# ours\n")

    assert (said, path.read_text()) == ("", "before\n# ours\n\n")


def test_outside_of_github_nothing_is_written() -> None:
    """Without the variable there is no such page."""
    assert step_summary.add(host(), "text") == ""


def test_what_is_too_long_is_cut_at_a_line(tmp_path: Path) -> None:
    """GitHub drops a summary over 1 MiB as a whole: ours says that it was cut."""
    path = tmp_path / "summary.md"
    path.write_text("x" * 1000)

    said = step_summary.add(host(env={"GITHUB_STEP_SUMMARY": str(path)}), "line é\n" * 200_000)

    content = path.read_bytes()
    assert said == ""
    assert len(content) <= step_summary.MOST_BYTES
    assert content.decode().endswith(f"line é\n{step_summary.CUT}")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """The file is GitHub's own; a link in its place is somebody else's."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("kept")
    link.symlink_to(target)

    said = step_summary.add(host(env={"GITHUB_STEP_SUMMARY": str(link)}), "text")

    assert f"{link}, cannot be written" in said
    assert target.read_text() == "kept"
