"""The index that pip is told to use, in uv's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib.host import Host
from aim_lib.model import Run, Wanted
from aim_lib.pipconf import DEFAULT
from aim_lib.pipindex import MARK, index_env, index_source
from aim_lib.resources import Options, node, pipx, uv

from .fakes import host

URL = "https://user:pw@pypi.example/simple"


def asked(home: Path, **env: str) -> dict[str, str]:
    return index_env(a_host(home, **env))


def a_host(home: Path, **env: str) -> Host:
    return host("linux", home, env)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_who_has_told_pip_nothing_gets_uv_s_default(tmp_path: Path) -> None:
    """Settings that name no index do not count."""
    write(tmp_path / ".config/pip/pip.conf", "[global]\ntimeout = 60\nfind-links = /wheels\n")

    assert asked(tmp_path) == {}


def test_a_variable_of_pip_s(tmp_path: Path) -> None:
    """The index, and those beside it."""
    env = asked(tmp_path, PIP_INDEX_URL=URL, PIP_EXTRA_INDEX_URL="https://a/simple https://b/simple")

    assert env == {"UV_DEFAULT_INDEX": URL, "UV_INDEX": "https://a/simple https://b/simple"}


@pytest.mark.parametrize("place", ["etc/pip.conf", "etc/xdg/pip/pip.conf", ".pip/pip.conf", ".config/pip/pip.conf"])
def test_each_file_of_pip_s(place: str, tmp_path: Path) -> None:
    """The machine's and the user's, old and new."""
    write(tmp_path / place, f"[global]\nindex-url = {URL}\n")

    assert asked(tmp_path) == {"UV_DEFAULT_INDEX": URL}


def test_what_counts_more(tmp_path: Path) -> None:
    """[install] than [global], the user's file than the machine's, the named file than both, a variable than all."""
    write(
        tmp_path / "etc/pip.conf",
        "[global]\nindex-url = https://machine/\nextra-index-url =\n  https://x/\n  https://y/\n",
    )
    write(
        tmp_path / ".config/pip/pip.conf", "[install]\nindex-url = https://install/\n[global]\nindex-url = https://u/\n"
    )
    write(tmp_path / "named.conf", "[global]\nindex_url = https://named/\n")
    named = str(tmp_path / "named.conf")

    assert asked(tmp_path) == {"UV_DEFAULT_INDEX": "https://install/", "UV_INDEX": "https://x/ https://y/"}
    assert asked(tmp_path, PIP_CONFIG_FILE=named)["UV_DEFAULT_INDEX"] == "https://named/"
    assert asked(tmp_path, PIP_CONFIG_FILE=named, PIP_INDEX_URL=URL)["UV_DEFAULT_INDEX"] == URL
    assert asked(tmp_path, PIP_CONFIG_FILE="/dev/null") == {}


def test_no_index_at_all(tmp_path: Path) -> None:
    """Who forbids every index gets none, but the folders of wheels that were named."""
    env = asked(tmp_path, PIP_NO_INDEX="1", PIP_FIND_LINKS="/wheels /more", PIP_INDEX_URL=URL)

    assert env == {"UV_NO_INDEX": "1", "UV_FIND_LINKS": "/wheels,/more"}


@pytest.mark.parametrize("variable", ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_CONFIG_FILE"])
def test_who_has_told_uv_has_the_last_word(variable: str, tmp_path: Path) -> None:
    """By a variable."""
    assert asked(tmp_path, PIP_INDEX_URL=URL, **{variable: "https://mine/"}) == {}


@pytest.mark.parametrize("text", ['index-url = "https://mine/"', '[[index]]\nurl = "https://mine/"', "no-index = true"])
def test_who_has_told_uv_in_its_file_has_the_last_word(text: str, tmp_path: Path) -> None:
    """By the user's or the machine's uv.toml; one that names no index does not count."""
    write(tmp_path / "etc/uv/uv.toml", "native-tls = true\n")
    assert asked(tmp_path, PIP_INDEX_URL=URL) == {"UV_DEFAULT_INDEX": URL}

    write(tmp_path / ".config/uv/uv.toml", text)

    assert asked(tmp_path, PIP_INDEX_URL=URL) == {}


def test_files_that_cannot_be_read_are_left_to_their_owners(tmp_path: Path) -> None:
    """pip and uv say themselves what is wrong with them."""
    write(tmp_path / ".config/pip/pip.conf", "index-url = x\n")
    write(tmp_path / ".config/uv/uv.toml", "= ")

    assert asked(tmp_path, PIP_INDEX_URL=URL) == {"UV_DEFAULT_INDEX": URL}


def test_only_where_pip_would_be_asked(tmp_path: Path) -> None:
    """pipx and our Node.js follow pip; `uv tool` is uv's own. No step holds the address: steps are shown."""
    on = a_host(tmp_path, PIP_INDEX_URL=URL)
    marks = {}
    for member in (pipx, node, uv):
        steps = member.open(on, Options()).change(_wanted(), None, "1.0")
        marks[member.__name__.rpartition(".")[2]] = (MARK, "pip") in getattr(steps.do[0], "env", ())
        assert URL not in str(steps)

    assert marks == {"pipx": True, "node": True, "uv": False}


def test_a_lock_comes_from_where_its_tool_comes_from(tmp_path: Path) -> None:
    """pipx's lock by pip's index, that of `uv tool` by uv's; a password in the address is in no step."""
    on = a_host(tmp_path, PIP_INDEX_URL=URL)
    marks = {}
    for kind, resource in (("pipx", pipx.open(on, Options())), ("uv", uv.open(on, Options()))):
        made = resource.locking(Wanted(kind=kind, name="x"), None, "1.0", tmp_path / "new")
        assert made is not None
        marks[kind] = any((MARK, "pip") in step.env for step in made.steps if isinstance(step, Run))
        assert URL not in str(made)

    assert marks == {"pipx": True, "uv": False}


@pytest.mark.parametrize(
    ("kind", "env", "asked"),
    [
        ("pipx", {"PIP_INDEX_URL": "https://pip/"}, ["https://pip/"]),
        ("pipx", {"PIP_EXTRA_INDEX_URL": "https://more/"}, [DEFAULT, "https://more/"]),
        ("pipx", {"PIP_INDEX_URL": "https://pip/", "UV_DEFAULT_INDEX": "https://uv/"}, ["https://uv/"]),
        ("pipx", {"UV_INDEX_URL": "https://uv/"}, ["https://uv/"]),
        ("uv", {"PIP_INDEX_URL": "https://pip/"}, [DEFAULT]),
    ],
)
def test_versions_are_looked_for_where_they_are_installed_from(
    kind: str, env: dict[str, str], asked: list[str], tmp_path: Path
) -> None:
    """The newest of another index could not be installed."""
    found = index_source(kind, a_host(tmp_path, **env))

    assert [url for url, _ in found.registries] == asked


def _wanted() -> Wanted:
    return Wanted(kind="x", name="x")
