"""What is a cache, by evidence; and clearing it away and having it back."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from aim_lib import caches, links, quarantine, untouchable
from aim_lib.apply import apply
from aim_lib.cache_sizes import size_of
from aim_lib.caches import Cache, found_in, known, search
from aim_lib.errors import AimError
from aim_lib.listing import Rules
from aim_lib.model import Change, Delete, Status
from aim_lib.quarantine import Ward
from aim_lib.scanner import Filter, Scope, find_everything
from tests.fakes import NOON
from tests.properties.things import doer

TAG = caches.TAG + b"\n# a cache\n"


def write(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(TAG if name.endswith("CACHEDIR.TAG") else b"content")
    return root


def found(root: Path) -> dict[str, Cache]:
    """By their paths below `root`, with slashes."""
    every = found_in(search([str(root)], Rules(), known()), known())
    return {Path(each.path).relative_to(root).as_posix(): each for each in every}


@pytest.mark.parametrize(
    ("names", "path", "evidence", "is_cleanable"),
    [
        ([".mypy_cache/CACHEDIR.TAG"], ".mypy_cache", "tag", True),
        (["my own/CACHEDIR.TAG"], "my own", "tag", True),
        ([".mypy_cache/3.12/x"], ".mypy_cache", "layout", True),
        (["p/__pycache__/x.cpython-312.pyc"], "p/__pycache__", "layout", True),
        (["p/__pycache__/notes.txt"], "p/__pycache__", "name", False),
        ([".mypy_cache/thesis.txt"], ".mypy_cache", "name", False),
        ([".eslintcache", "package.json"], ".eslintcache", "marker", True),
        ([".eslintcache"], ".eslintcache", "name", False),
        (["node_modules/.cache/x", "package.json"], "node_modules/.cache", "marker", True),
        ([".claude/CACHEDIR.TAG"], ".claude", "tag", False),
        ([".ipynb_checkpoints/CACHEDIR.TAG"], ".ipynb_checkpoints", "tag", False),
    ],
)
def test_the_evidence_decides(tmp_path: Path, names: list[str], path: str, evidence: str, is_cleanable: bool) -> None:
    """From the best to the name alone, which is never enough."""
    each = found(write(tmp_path, *names))[path]

    assert (each.evidence, each.is_cleanable) == (evidence, is_cleanable)


@pytest.mark.parametrize("hard", [".venv", ".git", "node_modules", "dist", "build", "site-packages", "env"])
def test_what_is_never_touched_is_no_cache(tmp_path: Path, hard: str) -> None:
    """uv puts a CACHEDIR.TAG into each .venv."""
    write(tmp_path, f"{hard}/CACHEDIR.TAG", f"{hard}/x")

    assert not found(tmp_path)


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
@pytest.mark.parametrize("tag", ["my env/CACHEDIR.TAG", "my env/share/.mypy_cache/3.12/x", "my env/lib/x/CACHEDIR.TAG"])
def test_an_environment_is_known_by_what_is_in_it(tmp_path: Path, mark: str, tag: str) -> None:
    """Whatever it is called: uv and virtualenv put a CACHEDIR.TAG into it, and moving it away takes a tool away."""
    root = write(tmp_path / "p", tag, f"my env/{mark}", "a/__pycache__/x.pyc")
    everything = find_everything(Scope((str(root),)), Filter(), None, 0, known())

    assert list(found(root)) == ["a/__pycache__"]
    assert [each.path for each, _ in everything.caches] == [str(root / "a/__pycache__")]


@pytest.mark.parametrize("place", ["pipx/py", "pipx/venvs/black", "uv/tools/ruff", "uv/python/cpython-3.12"])
def test_what_a_manager_keeps_is_no_cache(tmp_path: Path, place: str) -> None:
    """pipx puts a CACHEDIR.TAG beside the interpreters that its tools run by."""
    write(tmp_path, f"{place}/CACHEDIR.TAG", f"{place}/lib/__pycache__/x.pyc", "a/__pycache__/x.pyc")

    assert list(found(tmp_path)) == ["a/__pycache__"]


@pytest.mark.parametrize(
    ("path", "is_theirs"),
    [
        ("/usr/lib/python3/__pycache__", True),
        ("/usr/local/src/p/__pycache__", False),
        ("/usrs/p/__pycache__", False),
        ("/nix/store/x/__pycache__", True),
        ("/System/Library/x/__pycache__", True),
        ("C:/Program Files/Python312/Lib/__pycache__", True),
        ("C:/Program Files (x86)/x/__pycache__", True),
        ("d:/windows/x", True),
        ("C:/Users/ada/windows/p/__pycache__", False),
        ("/home/ada/.local/share/pipx/venvs/black", True),
        ("/home/ada/pipx/src", False),
    ],
)
def test_what_the_system_or_a_manager_has_put_there_is_theirs(path: str, is_theirs: bool) -> None:
    """Moved away it would be made again by nobody, or by root."""
    assert untouchable.is_owned(path.replace("/", os.sep)) == is_theirs


@pytest.mark.parametrize(
    "place",
    [
        *("pipx/venvs", "pipx/py", "pipx/shared", "uv/tools", "uv/python", "mise/installs", ".asdf/installs"),
        *(".pyenv/versions", ".nvm/versions", ".volta/tools", ".rustup/toolchains", "pnpm/global"),
    ],
)
def test_what_a_manager_keeps_is_its_own(place: str) -> None:
    """The folder, and what lies in it; not one whose name merely ends so, or has another letter for the dot."""
    told = [f"/h/{place}", f"/h/{place}/x", f"/h/{place}x", f"/h/x{place}", f"/h/{place.replace('.', 'x')}/x"]

    found = [untouchable.is_owned(path.replace("/", os.sep)) for path in told]
    assert found == [True, True, False, False, "." not in place]


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_what_has_become_an_environment_is_not_cleared(tmp_path: Path, mark: str) -> None:
    """Between the search and the clearing; and it is not linked."""
    (each,) = found(write(tmp_path, ".mypy_cache/CACHEDIR.TAG")).values()
    write(tmp_path, f".mypy_cache/{mark}")

    assert quarantine.why_not(each) == "it is never touched"
    assert links.why_not(each, tmp_path / "central") == "it is never touched"


def test_nothing_in_an_environment_is_a_cache(tmp_path: Path) -> None:
    """Neither for the search of caches nor for the walk that answers everything."""
    root = write(tmp_path / "p", ".venv/lib/__pycache__/x.pyc", ".git/.mypy_cache/3.12/x", "a/__pycache__/x.pyc")
    everything = find_everything(Scope((str(root),)), Filter(), None, 0, known())

    assert list(found(root)) == ["a/__pycache__"]
    assert [each.path for each, _ in everything.caches] == [str(root / "a/__pycache__")]


def test_a_link_is_no_cache(tmp_path: Path) -> None:
    """What it leads to is not ours to clear."""
    write(tmp_path, "store/3.12/x")
    (tmp_path / ".mypy_cache").symlink_to("store")

    assert not found(tmp_path)


def test_both_ways_to_size_agree(tmp_path: Path) -> None:
    """By the columns of the one walk, and alone; a file of two names counts once."""
    write(tmp_path, ".mypy_cache/3.12/x", ".mypy_cache/3.12/deep/y")
    os.link(tmp_path / ".mypy_cache/3.12/x", tmp_path / ".mypy_cache/3.12/z")
    ((_, size),) = find_everything(Scope((str(tmp_path),)), Filter(), None, 0, known()).caches

    assert size == size_of(str(tmp_path / ".mypy_cache"))
    assert size.files == 2


def test_a_cache_that_has_gone_meanwhile_has_no_size(tmp_path: Path) -> None:
    """It is told, and the others are sized."""
    size = size_of(str(tmp_path / "gone"))

    assert (size.size_bytes, size.files) == (0, 0)
    assert [(path, bool(reason)) for path, reason in size.failures] == [(str(tmp_path / "gone"), True)]


def test_a_cache_may_be_a_file(tmp_path: Path) -> None:
    """It is sized by itself."""
    (tmp_path / ".coverage").write_bytes(b"x" * 5000)
    size = size_of(str(tmp_path / ".coverage"))

    assert (size.files, size.size_bytes >= 5000, size.failures) == (1, True, ())


def test_what_is_beside_the_central_folder_is_misplaced() -> None:
    """By the parts of a path: `cache2` does not lie in `cache`."""
    there = [str(Path("/tools", *parts)) for parts in (("cache", "x"), ("cache2", "x"))]
    told = [caches.is_misplaced(path, [str(Path("/tools/cache"))]) for path in there]

    assert told == [False, True]


# --- quarantine ---------------------------------------------------------------------------------------------------


def ward(root: Path) -> Ward:
    return Ward(root / "state" / "quarantine", NOON, days=14)


def cleared(root: Path) -> Ward:
    """A project with a cache, cleared away."""
    write(root / "p", ".mypy_cache/3.12/x", "a/__pycache__/x.pyc", "b/__pycache__/x.pyc")
    sized = [(each, size_of(each.path)) for each in found(root / "p").values()]
    do(root, quarantine.clearing(ward(root), sized))
    return ward(root)


def do(root: Path, changes: tuple[Change, ...]) -> None:
    records = apply(changes, doer(root, resources={quarantine.KIND: ward(root).kind()}, ecosystems={}))
    assert {record.status for record in records} <= {Status.CHANGED}


def test_what_was_cleared_is_gone_and_comes_back(tmp_path: Path) -> None:
    """Those of one name and project together; afterwards nothing is held."""
    kept = cleared(tmp_path)
    gone = [(tmp_path / "p" / name).exists() for name in (".mypy_cache", "a/__pycache__", "b/__pycache__")]
    titles = [held.title for held in kept.held()]
    do(tmp_path, quarantine.restoring(kept, kept.held()))

    assert gone == [False] * 3
    assert sorted(titles) == sorted([str(tmp_path / "p/.mypy_cache"), f"2 __pycache__ in {tmp_path / 'p'}"])
    assert (tmp_path / "p/.mypy_cache/3.12/x").read_bytes() == b"content"
    assert kept.held() == ()


def test_what_is_there_again_is_not_overwritten(tmp_path: Path) -> None:
    """The rest goes back; what could not is still held."""
    kept = cleared(tmp_path)
    write(tmp_path / "p", "a/__pycache__/new.pyc")
    do(tmp_path, quarantine.restoring(kept, kept.held()))

    assert (tmp_path / "p/a/__pycache__/new.pyc").exists()
    assert (tmp_path / "p/b/__pycache__/x.pyc").exists()
    assert [thing.path for held in kept.held() for thing in held.things] == [str(tmp_path / "p/a/__pycache__")]


def test_a_failed_clearing_puts_everything_back(tmp_path: Path) -> None:
    """The second change fails on purpose: the first is undone."""
    write(tmp_path, "p/.mypy_cache/3.12/x", "p/.ruff_cache/0.1/x")
    sized = [(each, size_of(each.path)) for each in found(tmp_path / "p").values()]
    first, second = quarantine.clearing(ward(tmp_path), sized)
    Path(second.name.partition(" #")[0]).rename(tmp_path / "elsewhere")

    with pytest.raises(AimError):
        do(tmp_path, (first, second))
    assert (tmp_path / "p/.mypy_cache/3.12/x").exists()
    assert ward(tmp_path).held() == ()


def test_only_what_is_past_its_time_is_due(tmp_path: Path) -> None:
    """To the day."""
    held = cleared(tmp_path).held()[0]
    due = [quarantine.is_due(held, NOON + timedelta(days=days)) for days in (13, 14)]

    assert due == [False, True]


def test_purging_deletes_for_good(tmp_path: Path) -> None:
    """The thing and its manifest."""
    kept = cleared(tmp_path)
    places = [thing.place for held in kept.held() for thing in held.things]
    changes = quarantine.purging(kept, kept.held())
    do(tmp_path, changes)

    assert [os.path.lexists(place) for place in places] == [False] * 3
    assert all(isinstance(step, Delete) for change in changes for step in change.do)


def test_something_mounted_in_it_keeps_a_cache_where_it_is(tmp_path: Path) -> None:
    """Moving would take the mount with it, or fail halfway."""
    (cache,) = found(write(tmp_path, ".mypy_cache/3.12/x")).values()

    assert quarantine.why_not(cache, {str(Path(cache.path, "3.12"))}) == "something is mounted there"
