"""A tree and the known places are searched as a whole: what is read, what is not, and what a finding says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aim_lib import leak_prints, leak_values, leaks
from aim_lib.errors import BadConfig
from aim_lib.leak_files import MOST_BYTES
from aim_lib.leaks import Outcome, Search

from .fakes import host
from .leak_texts import LOOKING, made_key
from .test_files import as_nobody, open_folder

__all__ = ["open_folder"]

KEY = made_key(length=40)
OTHER = made_key("gh" + "p_", 36)


def knowing(*values: str) -> Search:
    """A search for values in memory, and for shapes."""
    return Search(values=leak_values.know((f"KEY{place}", value) for place, value in enumerate(values)))


def scan(folder: Path, search: Search | None = None) -> Outcome:
    return leaks.in_tree(str(folder), search or knowing(KEY), host(home=folder / "no-home"))


def told(outcome: Outcome, folder: Path) -> list[tuple[str, int, int, str]]:
    """Path below `folder`, line, column and name of each finding."""
    return [
        (os.path.relpath(one.path, folder).replace(os.sep, "/"), one.line, one.column, one.name)
        for one in outcome.findings
    ]


def test_a_finding_says_where(tmp_path: Path) -> None:
    """Line and column from 1, columns in characters."""
    (tmp_path / "a.txt").write_text(f"one\nkäse: {KEY}\n", encoding="utf-8")

    assert told(scan(tmp_path), tmp_path) == [("a.txt", 2, 7, "KEY0")]


def test_a_value_is_told_once_a_file(tmp_path: Path) -> None:
    """The first place, and how often; a key of ours is no second finding for its shape."""
    (tmp_path / "a.txt").write_text(f"{KEY}\n{KEY.encode().hex()}\n{KEY}\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text(f"{OTHER}\n{KEY}", encoding="utf-8")

    outcome = scan(tmp_path)

    assert told(outcome, tmp_path) == [
        ("a.txt", 1, 1, "KEY0"),
        ("b.txt", 1, 1, "github-token"),
        ("b.txt", 2, 1, "KEY0"),
    ]
    assert [one.count for one in outcome.findings] == [3, 1, 1]


@pytest.mark.parametrize("looking", LOOKING)
def test_nothing_that_is_made_holds_a_value(looking: str, tmp_path: Path) -> None:
    """Neither a finding nor an outcome, in any repr."""
    (tmp_path / f"{KEY}.txt").write_text(f"{KEY}\n{OTHER}", encoding="utf-8")

    outcome = scan(tmp_path, Search(values=LOOKING[looking]({"KEY": KEY})))

    assert len(outcome.findings) == 3
    assert not any(secret[8:] in repr(outcome) for secret in (KEY, OTHER))


def test_a_value_in_a_name_is_found_once(tmp_path: Path) -> None:
    """Of a folder's name, not of each file below it; the path is shown without it."""
    folder = tmp_path / f"of-{KEY}-x"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / name).write_text("fine", encoding="utf-8")

    (finding,) = scan(tmp_path).findings

    assert (finding.path, finding.form) == (f"{tmp_path}{os.sep}of-[redacted]-x", "name")


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither to files nor to folders; they are counted."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a").write_text(KEY, encoding="utf-8")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "folder").symlink_to(tmp_path / "outside")
    (tmp_path / "tree" / "file").symlink_to(tmp_path / "outside" / "a")

    outcome = scan(tmp_path / "tree")

    assert (outcome.findings, outcome.files, outcome.links) == ((), 0, 2)


def test_the_tree_itself_may_be_a_link(tmp_path: Path) -> None:
    """Who names a link means what it points to."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a").write_text(KEY, encoding="utf-8")
    (tmp_path / "tree").symlink_to(tmp_path / "outside")

    assert scan(tmp_path / "tree").files == 1


def test_a_file_alone_is_searched(tmp_path: Path) -> None:
    """A path may be one file."""
    (tmp_path / "a").write_text(KEY, encoding="utf-8")

    assert told(scan(tmp_path / "a"), tmp_path) == [("a", 1, 1, "KEY0")]


def test_a_path_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    """Not a clean scan."""
    with pytest.raises(BadConfig, match="is not there") as caught:
        scan(tmp_path / "nowhere")

    assert caught.value.remedy == "aim secrets scan FOLDER"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_what_may_not_be_read_is_told(open_folder: Path) -> None:
    """Files and folders; the rest is searched all the same."""
    (open_folder / "a").write_text("closed", encoding="utf-8")
    (open_folder / "a").chmod(0)
    (open_folder / "b").mkdir(mode=0)
    (open_folder / "c").write_text(KEY, encoding="utf-8")
    (open_folder / "c").chmod(0o644)

    with as_nobody():
        outcome = scan(open_folder)
    (open_folder / "b").chmod(0o755)

    assert told(outcome, open_folder) == [("c", 1, 1, "KEY0")]
    # Folders are read after the files beside them.
    assert outcome.unreadable == tuple(f"{open_folder / name}: Permission denied" for name in "ab")


def test_a_file_too_large_is_told(tmp_path: Path) -> None:
    """It is not read at all."""
    with (tmp_path / "big").open("wb") as file:
        file.truncate(MOST_BYTES + 1)

    outcome = scan(tmp_path)

    assert (outcome.too_large, outcome.files) == ((str(tmp_path / "big"),), 0)


def test_a_binary_file_is_searched_for_values_alone(tmp_path: Path) -> None:
    """At which byte, as there are no lines; what looks like a key there is chance."""
    (tmp_path / "a.bin").write_bytes(b"\0\n" + KEY.encode() + b"\n" + OTHER.encode())

    assert told(scan(tmp_path), tmp_path) == [("a.bin", 0, 3, "KEY0")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_text(encoding: str, tmp_path: Path) -> None:
    """As older PowerShells write it, with a mark."""
    (tmp_path / "a.txt").write_bytes(f"\ufeffone\n{KEY}\n{OTHER}".encode(encoding))

    assert [(line, name) for _, line, _, name in told(scan(tmp_path), tmp_path)] == [(2, "KEY0"), (3, "github-token")]


def test_in_other_peoples_code_only_values_count(tmp_path: Path) -> None:
    """Keys that only look like one are many there."""
    folder = tmp_path / "node_modules" / "some"
    folder.mkdir(parents=True)
    (folder / "a.js").write_text(f"{OTHER}\n{KEY}", encoding="utf-8")

    assert [name for *_, name in told(scan(tmp_path), tmp_path)] == ["KEY0"]


def test_paths_may_be_allowed(tmp_path: Path) -> None:
    """For shapes; a value of the vault is a leak wherever it is."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "a").write_text(f"{OTHER}\n{KEY}", encoding="utf-8")

    outcome = scan(tmp_path, Search(values=knowing(KEY).values, allow=("tests/*",)))

    assert [name for *_, name in told(outcome, tmp_path)] == ["KEY0"]


def test_shapes_can_be_left_out(tmp_path: Path) -> None:
    """Then values alone are looked for."""
    (tmp_path / "a").write_text(OTHER, encoding="utf-8")

    assert scan(tmp_path, Search(has_shapes=False)).findings == ()


def test_the_address_of_a_git_remote_is_looked_at(tmp_path: Path) -> None:
    """A token in it is a usual leak; the objects are compressed, so they are passed over."""
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    (tmp_path / ".git" / "objects" / "ab").write_text(KEY, encoding="utf-8")
    (tmp_path / ".git" / "config").write_text(f"url = https://ada:{OTHER}@host.org/x.git", encoding="utf-8")

    assert [(path, name) for path, *_, name in told(scan(tmp_path), tmp_path)] == [(".git/config", "github-token")]


@pytest.mark.skipif(os.name != "posix", reason="such names are POSIX's")
def test_any_name_can_be_shown(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, and orders for a terminal, as escapes."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff\x1b[2J\n")).write_text(KEY, encoding="utf-8")

    (finding,) = scan(tmp_path).findings

    assert finding.path == f"{tmp_path}/a\\xff\\x1b[2J\\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    """Reading one would wait for ever."""
    os.mkfifo(tmp_path / "pipe")

    assert scan(tmp_path).files == 0


def test_what_is_not_looked_for_is_told(tmp_path: Path) -> None:
    """Values too short to be found, and those without a fingerprint."""
    values = leak_prints.prepare(leak_prints.fingerprint([("WEAK", "a password of mine")]))

    assert scan(tmp_path, knowing("short")).left_out == ("KEY0",)
    assert scan(tmp_path, Search(values=values)).left_out == ("WEAK",)


def test_outcomes_can_be_put_together(tmp_path: Path) -> None:
    """What two of them found at one place counts once."""
    (tmp_path / "a").write_text(KEY, encoding="utf-8")
    one = scan(tmp_path)

    both = leaks.together([one, scan(tmp_path / "a"), Outcome(findings=(), too_large=("x",))])

    assert both.findings == one.findings
    assert (both.files, both.size_bytes, both.too_large) == (2, 2 * len(KEY), ("x",))


def test_a_program_s_own_store_is_known_in_a_tree(tmp_path: Path) -> None:
    """An .npmrc in the home holds a token on purpose."""
    (tmp_path / ".npmrc").write_text(f"//registry/:_authToken={OTHER}", encoding="utf-8")
    (tmp_path / "copy").write_text(OTHER, encoding="utf-8")

    outcome = leaks.in_tree(str(tmp_path), Search(), host(home=tmp_path))

    assert [one.is_store for one in outcome.findings] == [True, False]
