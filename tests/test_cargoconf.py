"""Which registry stands for crates.io."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib.cargoconf import CRATES_IO, read_cargo
from aim_lib.host import Host
from tests.fakes import host


def machine(home: Path, config: str = "", credentials: str = "", **env: str) -> Host:
    (home / ".cargo").mkdir(parents=True)
    (home / ".cargo" / "config.toml").write_text(config, encoding="utf-8")
    (home / ".cargo" / "credentials.toml").write_text(credentials, encoding="utf-8")
    return host("linux", home, env)


def test_nothing_said_means_crates_io(tmp_path: Path) -> None:
    """Without a token: that one is for publishing."""
    found = read_cargo(machine(tmp_path, credentials='[registry]\ntoken = "secret"'))

    assert (found.url, found.token, found.why_not) == (CRATES_IO, "", "")


def test_a_replacement_is_followed(tmp_path: Path) -> None:
    """Through several names, to a registry of the other table, with its token."""
    config = """
        [source.crates-io]
        replace-with = "first"
        [source.first]
        replace-with = "second"
        [registries.second]
        index = "sparse+https://crates.example/index/"
        [http]
        cainfo = "/ca.pem"
        proxy = "http://proxy.example:1"
        [net]
        offline = true
    """
    found = read_cargo(machine(tmp_path, config, '[registries.second]\ntoken = "Bearer t0ken"'))

    assert (found.url, found.token) == ("https://crates.example/index/", "Bearer t0ken")
    assert (found.certificates, found.proxy, found.is_offline) == (("/ca.pem",), "http://proxy.example:1", True)
    assert "t0ken" not in repr(found)


def test_variables_count_more(tmp_path: Path) -> None:
    """A registry's index and token."""
    config = '[source.crates-io]\nreplace-with = "my-own"'
    env = {
        "CARGO_REGISTRIES_MY_OWN_INDEX": "sparse+https://e.example/",
        "CARGO_REGISTRIES_MY_OWN_TOKEN": "tt",
        "CARGO_NET_OFFLINE": "true",
    }

    found = read_cargo(machine(tmp_path, config, **env))

    assert (found.url, found.token, found.is_offline) == ("https://e.example/", "tt", True)


@pytest.mark.parametrize(
    "source", ['registry = "https://git.example/index"', 'directory = "/vendor"', 'local-registry = "/l"', ""]
)
def test_other_kinds_of_sources_are_not_asked(source: str, tmp_path: Path) -> None:
    """A git index, vendored crates: the reason names the source."""
    config = f'[source.crates-io]\nreplace-with = "corp"\n[source.corp]\n{source}\n'

    found = read_cargo(machine(tmp_path, config))

    assert (found.url, found.why_not) == ("", "cargo takes its crates from corp, which is no sparse index")


def test_a_circle_ends(tmp_path: Path) -> None:
    """Two sources that replace each other."""
    config = '[source.crates-io]\nreplace-with = "a"\n[source.a]\nreplace-with = "crates-io"\n'

    assert read_cargo(machine(tmp_path, config)).url == CRATES_IO
