"""Consent to a project's own code: remembered by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import trust
from tests.fakes import host


@pytest.fixture
def asking(tmp_path: Path) -> Path:
    path = tmp_path / "aim.toml"
    path.write_text("[tools]\n", encoding="utf-8")
    return path


def test_nothing_is_trusted_unasked(tmp_path: Path, asking: Path) -> None:
    """A file just cloned asks first."""
    assert not trust.is_trusted(asking, host(home=tmp_path))


def test_consent_lasts_until_the_file_changes(tmp_path: Path, asking: Path) -> None:
    """And is there again when the old content is back."""
    on = host(home=tmp_path)
    trust.remember(asking, on)
    assert trust.is_trusted(asking, on)

    asking.write_text("[tools]\n# one more line\n", encoding="utf-8")
    assert not trust.is_trusted(asking, on)

    asking.write_text("[tools]\n", encoding="utf-8")
    assert trust.is_trusted(asking, on)


def test_consent_is_for_one_file(tmp_path: Path, asking: Path) -> None:
    """The same text elsewhere asks again; consent to another does not forget the first."""
    on = host(home=tmp_path)
    other = tmp_path / "other" / "aim.toml"
    other.parent.mkdir()
    other.write_bytes(asking.read_bytes())
    trust.remember(asking, on)
    assert not trust.is_trusted(other, on)

    trust.remember(other, on)

    assert trust.is_trusted(asking, on)


@pytest.mark.parametrize(("value", "trusted"), [("1", True), ("0", False), ("", False), ("yes", False)])
def test_ci_consents_by_a_variable(tmp_path: Path, asking: Path, value: str, trusted: bool) -> None:
    """Exactly `AIM_TRUST=1`, for this run; nothing is remembered."""
    assert trust.is_trusted(asking, host(home=tmp_path, env={"AIM_TRUST": value})) is trusted
    assert not trust.is_trusted(asking, host(home=tmp_path))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}'])
def test_a_damaged_memory_trusts_nothing(tmp_path: Path, asking: Path, text: str) -> None:
    """And can be written anew."""
    on = host(home=tmp_path)
    on.folders.state.mkdir(parents=True)
    (on.folders.state / trust.FILE_NAME).write_text(text, encoding="utf-8")
    assert not trust.is_trusted(asking, on)

    trust.remember(asking, on)

    assert trust.is_trusted(asking, on)


def test_the_memory_is_private(tmp_path: Path, asking: Path) -> None:
    """Which projects someone trusts is their own business."""
    on = host(home=tmp_path)

    trust.remember(asking, on)

    assert (on.folders.state / trust.FILE_NAME).stat().st_mode & 0o777 == 0o600
