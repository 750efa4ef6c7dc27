"""Which tools were made from another lock than they have by now."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from aim_lib.model import Present, Wanted
from aim_lib.origins import relocked
from aim_lib.resources import Options, Resource, npm, pipx

from .fakes import host

RESOURCES: dict[str, Resource] = {"pipx": pipx.open(host(), Options()), "npm": npm.open(host(), Options())}


def locked(path: Path, content: str, kind: str = "pipx") -> Wanted:
    """A tool whose lock at `path` says `content`."""
    path.write_text(content, encoding="utf-8")
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Wanted(kind=kind, name="tool", lock_file=str(path), lock_sha256=digest)


def made_from(path: Path | str, kind: str = "pipx") -> dict[str, Present]:
    return {f"{kind}:tool": Present(kind=kind, name="tool", version="1.0", made_from=str(path))}


@pytest.mark.parametrize(("kept", "found"), [("one", set()), ("another", {"pipx:tool"})])
def test_what_a_tool_keeps_of_its_lock_is_compared(kept: str, found: set[str], tmp_path: Path) -> None:
    """By its bytes."""
    item = locked(tmp_path / "now", "one")
    (tmp_path / "kept").write_text(kept, encoding="utf-8")

    assert relocked([item], made_from(tmp_path / "kept"), RESOURCES) == found


def test_where_nothing_is_kept_nothing_tells(tmp_path: Path) -> None:
    """Nor where the tool is absent, or has no lock."""
    item, bare = locked(tmp_path / "now", "one"), Wanted(kind="pipx", name="tool")

    assert not relocked([item], made_from(""), RESOURCES)
    assert not relocked([item], made_from(tmp_path / "gone"), RESOURCES)
    assert not relocked([item], {}, RESOURCES)
    assert not relocked([bare], made_from(tmp_path / "now"), RESOURCES)


@pytest.mark.parametrize(("integrity", "found"), [("sha512-x", set()), ("sha512-y", {"npm:tool"})])
def test_package_locks_are_compared_by_their_packages(integrity: str, found: set[str], tmp_path: Path) -> None:
    """A build that was made for a range has the range in its lock, and is the same all the same."""

    def package_lock(asked: str, integrity: str) -> str:
        root = {"dependencies": {"tool": asked}}
        other = {"version": "1.0", "resolved": "https://example.org/x.tgz", "integrity": integrity}
        return json.dumps({"packages": {"": root, "node_modules/x": other}})

    item = locked(tmp_path / "now", package_lock("1.0", "sha512-x"), "npm")
    (tmp_path / "kept").write_text(package_lock(">=1", integrity), encoding="utf-8")

    assert relocked([item], made_from(tmp_path / "kept", "npm"), RESOURCES) == found
