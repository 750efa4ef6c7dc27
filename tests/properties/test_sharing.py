"""Whatever equal files there are: sharing converges, a failure leaves all as it was, and nothing changes a byte."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim_lib import share_plan, sharing
from aim_lib.apply import apply
from aim_lib.errors import AimError
from aim_lib.model import Change, Write
from aim_lib.scanner import Filter, Scope, find_duplicates
from aim_lib.share_plan import Register
from tests.fakes import NOON

from .things import doer

FILES = st.dictionaries(
    st.sampled_from([f"{folder}/{name}" for folder in ("p", "p/q", "p/.git", "p/r") for name in "abc"]),
    st.tuples(st.sampled_from([b"x" * 4096, b"y" * 4096, b"z" * 70_000, b"small"]), st.sampled_from([0o600, 0o644])),
    min_size=2,
    max_size=10,
)
Look = dict[str, tuple[bytes, int, int, int]]


def make(root: Path, files: dict[str, tuple[bytes, int]]) -> None:
    for name, (content, mode) in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
        os.utime(path, ns=(1, 1))


def changes_of(root: Path, register: Register) -> list[Change]:
    found = find_duplicates(Scope((str(root / "p"),)), Filter(), None, 0)
    return share_plan.sharing(found.tree, found.compared.groups, register, with_hardlinks=True).changes


def look(root: Path) -> Look:
    files = [path for path in sorted((root / "p").rglob("*")) if path.is_file()]
    stats = [(path, path.stat()) for path in files]
    return {str(path): (path.read_bytes(), each.st_mode, each.st_mtime_ns, each.st_uid) for path, each in stats}


@settings(max_examples=25, deadline=None)
@given(FILES, st.booleans())
def test_sharing_converges_and_comes_apart(files: dict[str, tuple[bytes, int]], fails: bool) -> None:
    """After a run nothing is left to do; after a failed one, and after taking apart, no two files share."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(os.path.realpath(name))
        make(root, files)
        register = Register(root / "state", NOON)
        before = look(root)
        of = doer(root, resources={share_plan.KIND: register.kind()}, ecosystems={})
        changes = changes_of(root, register)
        if fails and changes:
            changes[-1] = _broken(changes[-1])
            with pytest.raises(AimError):
                apply(changes, of)
        else:
            apply(changes, of)
            assert changes_of(root, register) == []
            apply(share_plan.separating(register, register.all()), of)

        assert look(root) == before
        assert not _sharing_pairs(list(before))
        assert register.all() == ()


def _broken(change: Change) -> Change:
    import msgspec

    return msgspec.structs.replace(change, do=(*change.do, Write(path="/dev/null/no/such", text="")))


def _sharing_pairs(paths: list[str]) -> list[tuple[str, str]]:
    return [(one, other) for one in paths for other in paths if one < other and sharing.are_shared(one, other)]
