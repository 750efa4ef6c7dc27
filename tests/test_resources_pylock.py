"""Locks of Python tools: how they are made, and which are not fit to be shared."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from aim_lib.host import Host
from aim_lib.model import Present, Run, Wanted, Write
from aim_lib.resources import Locking, Options, _pylock, _tidy_pylock, pipx

from .fakes import host

GREET = '{ url = "%s", upload-time = 2026-10-18T16:21:07.123Z, size = 5, hashes = { sha256 = "00ff" } }'
LOCK = 'lock-version = "1.0"\n\n[[packages]]\nname = "greet"\nversion = "1.0"\nwheels = [%s]\n'


def lock(url: str = "https://files.example.org/greet-1.0.whl") -> str:
    return LOCK % (GREET % url)


def making(on: Host, wanted: Wanted, have: Present | None = None) -> Locking:
    made = pipx.open(on, Options(timeout_s=12.0)).locking(wanted, have, "1.0", on.home / "new")
    assert made is not None
    return made


def written(made: Locking) -> dict[str, str]:
    return {Path(step.path).name: step.text for step in made.steps if isinstance(step, Write)}


def compiling(made: Locking) -> list[str]:
    (run,) = (step for step in made.steps if isinstance(step, Run) and "compile" in step.argv)
    return list(run.argv)


def test_a_lock_is_made_of_the_version_and_its_extras(tmp_path: Path) -> None:
    """uv is asked for one version and all that goes with it, for every platform, away from our own project."""
    wanted = Wanted(kind="pipx", name="Greet.Me", request=">=1", extras=("six", "idna>=3"))

    made = making(host("linux", tmp_path), wanted)

    assert written(made) == {"requirements.in": "Greet.Me==1.0\nsix\nidna>=3\n"}
    assert (made.name, made.made) == ("pipx/pylock.greet-me.toml", str(tmp_path / "new" / "pylock.greet-me.toml"))
    words = compiling(made)
    assert {"--universal", "--no-header", "pylock.toml"} <= set(words)
    assert words[words.index("--directory") + 1] == str(tmp_path / "new")
    assert words[words.index("--python-version") + 1] == "3.11"


def test_what_is_installed_beside_it_keeps_its_version(tmp_path: Path) -> None:
    """uv prefers what the file it writes to already says; the package itself tells its oldest Python."""
    site = tmp_path / "env" / "lib" / "python3.12" / "site-packages"
    for name in ("greet-1.0", "mood-0.9"):
        (site / f"{name}.dist-info").mkdir(parents=True)
    (site / "greet-1.0.dist-info" / "METADATA").write_text("Requires-Python: >=3.12\n")
    have = Present(kind="pipx", name="greet", version="1.0", where=str(tmp_path / "env"), python="3.12.1")

    made = making(host("linux", tmp_path), Wanted(kind="pipx", name="greet"), have)

    assert written(made)["pylock.greet.toml"].endswith(
        '\n[[packages]]\nname = "greet"\nversion = "1.0"\n\n[[packages]]\nname = "mood"\nversion = "0.9"\n'
    )
    words = compiling(made)
    assert words[words.index("--python-version") + 1] == "3.12"


def test_what_is_installed_at_another_version_says_nothing(tmp_path: Path) -> None:
    """What another version needed is no reason to keep it."""
    have = Present(kind="pipx", name="greet", version="0.9", where=str(tmp_path / "env"))

    made = making(host("linux", tmp_path), Wanted(kind="pipx", name="greet"), have)

    assert list(written(made)) == ["requirements.in"]


def test_a_source_has_no_lock(tmp_path: Path) -> None:
    """A folder or an address has no files with hashes."""
    wanted = Wanted(kind="pipx", name="greet", source="/src/greet")

    assert pipx.open(host("linux", tmp_path), Options()).locking(wanted, None, "1.0", tmp_path) is None


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        (lock(), ""),
        (lock("https://ada:secret@files.example.org/greet.whl"), "the address of greet has credentials in it"),
        (
            lock("https://files.example.org/greet.whl?token=secret"),
            "the address of greet has a query in it, which may be a credential",
        ),
        (lock("file:///home/ada/greet.whl"), "greet comes from a folder of this machine"),
        (LOCK % '{ path = "../greet.whl", hashes = { sha256 = "00" } }', "greet comes from a folder of this machine"),
        (LOCK % '{ url = "https://files.example.org/greet.whl" }', "a file of greet has no sha256"),
        (LOCK % "", "greet comes from a folder or a repository, which has no hash"),
        ('lock-version = "1.0"\n', "it locks no package"),
    ],
)
def test_only_what_anybody_may_use_is_kept(text: str, trouble: str, tmp_path: Path) -> None:
    """Addresses with secrets, files of one machine and files without a hash are refused; no secret is repeated."""
    path = tmp_path / "pylock.greet.toml"
    path.write_text(text)

    code = _tidy_pylock.main(["tidy", str(path)])

    assert _tidy_pylock.trouble(tomllib.loads(text)) == trouble
    assert (code, path.exists()) == ((1, False) if trouble else (0, True))


def test_dates_are_taken_out(tmp_path: Path) -> None:
    """One mirror has them and another does not: the lock is the same."""
    path = tmp_path / "pylock.greet.toml"
    path.write_text(lock())

    _tidy_pylock.main(["tidy", str(path)])

    assert "upload-time" not in path.read_text()
    assert tomllib.loads(path.read_text())["packages"][0]["wheels"][0]["size"] == 5


@pytest.mark.parametrize(
    ("host", "lines"),
    [("files.pythonhosted.org", 1), ("files.example.org", 0)],
)
def test_the_public_index_is_named(host: str, lines: int, tmp_path: Path) -> None:
    """Where its files are from there, so that uv finds them in its cache; nothing is made up for another index."""
    path = tmp_path / "pylock.greet.toml"
    path.write_text(lock(f"https://{host}/greet.whl"))

    _tidy_pylock.main(["tidy", str(path)])
    once = path.read_text()
    _tidy_pylock.main(["tidy", str(path)])

    assert once.count('\nindex = "https://pypi.org/simple"\n') == lines
    assert path.read_text() == once


def test_a_refusal_is_told_as_one(tmp_path: Path) -> None:
    """What the tidying program said comes out as a message with something to do; anything else is none of it."""
    said = _pylock.refusal("Resolved 2 packages\nnot fit to be shared: greet comes from a folder of this machine\n")

    assert said is not None
    assert said.message == "the package: greet comes from a folder of this machine"
    assert said.remedy
    assert _pylock.refusal("error: no network") is None
