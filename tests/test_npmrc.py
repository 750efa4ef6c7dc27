"""npm's own settings: which file counts more, whose registry a scope has, and where credentials are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aim_lib.npmrc import DEFAULT, global_files, read_npmrc, variables_in_files
from tests.fakes import host, stub


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_nothing_said_means_npms_own(tmp_path: Path) -> None:
    """With or without a scope."""
    found = read_npmrc(host("linux", tmp_path))

    assert (found.registry_of(""), found.registry_of("@x"), found.authorization(DEFAULT)) == (DEFAULT, DEFAULT, "")


def test_the_environment_then_the_user_then_the_machine(tmp_path: Path) -> None:
    """As npm lays them; each says what the ones above leave open."""
    node = stub(tmp_path / "usr" / "bin", "node")
    write(
        tmp_path / "usr/etc/npmrc", "registry=https://machine.example\ncafile=/machine.pem\nproxy=http://p.example:1\n"
    )
    write(tmp_path / ".npmrc", "registry = https://user.example\ncafile = '/user.pem'\n; registry=https://no.example\n")
    env = {"PATH": str(node.parent), "NPM_CONFIG_REGISTRY": "https://env.example/deep"}

    found = read_npmrc(host("linux", tmp_path, env))

    assert found.registry_of("") == "https://env.example/deep/"
    assert found.certificates == ("/user.pem",)
    assert found.proxy_for("https://env.example/") == "http://p.example:1"


def test_the_prefixes_have_an_npmrc_each(tmp_path: Path) -> None:
    """The prefix the user chose, ours, node's; one that is named stands for all."""
    node = stub(tmp_path / "usr" / "bin", "node")
    on = host("linux", tmp_path, {"PATH": str(node.parent)})

    files = [str(path.relative_to(tmp_path)) for path in global_files(on, {"prefix": str(tmp_path / "chosen")})]

    assert files == ["chosen/etc/npmrc", "aim/data/npm/etc/npmrc", "usr/etc/npmrc"]
    assert global_files(on, {"globalconfig": "/g"}) == (Path("/g"),)


def test_another_user_file_may_be_named(tmp_path: Path) -> None:
    """`npm_config_userconfig`."""
    write(tmp_path / "mine", "registry=https://mine.example/\n")
    env = {"npm_config_userconfig": str(tmp_path / "mine")}

    assert read_npmrc(host("linux", tmp_path, env)).registry_of("") == "https://mine.example/"


def test_a_scope_has_its_registry(tmp_path: Path) -> None:
    """And its own token; the other registry does not see it."""
    write(
        tmp_path / ".npmrc",
        "@acme:registry=https://npm.acme.example/repo\n//npm.acme.example/repo/:_authToken=${ACME_TOKEN}\n",
    )
    found = read_npmrc(host("linux", tmp_path, {"ACME_TOKEN": "t0ken-t0ken"}))

    assert found.registry_of("@acme") == "https://npm.acme.example/repo/"
    assert found.authorization("https://npm.acme.example/repo/") == "Bearer t0ken-t0ken"
    assert found.authorization(DEFAULT) == ""
    assert "t0ken" not in repr(found)


@pytest.mark.parametrize(
    ("line", "header"),
    [
        ("//a.example/:_authToken=tt", "Bearer tt"),
        ("//a.example/deep/:_authToken=tt", "Bearer tt"),
        ("//a.example/:_auth=YWRhOnB3", "Basic YWRhOnB3"),
        ("//a.example/:username=ada\n//a.example/:_password=cHc=", "Basic YWRhOnB3"),
        ("registry=https://ada:pw@a.example/deep/", "Basic YWRhOnB3"),
        ("//a.example/deeper/:_authToken=tt", ""),
        ("//a.example:8080/:_authToken=tt", ""),
        ("_authToken=tt", ""),
    ],
)
def test_credentials_belong_to_a_place(line: str, header: str, tmp_path: Path) -> None:
    """npm's "nerf dart": host, port and path; a token without a place is nobody's."""
    write(tmp_path / ".npmrc", line + "\n")

    assert read_npmrc(host("linux", tmp_path)).authorization("https://a.example/deep/") == header


def test_a_token_may_come_from_the_environment(tmp_path: Path) -> None:
    """`npm_config_//host/:_authToken`, its case kept."""
    env = {"npm_config_//a.example/:_authToken": "Tt"}

    assert read_npmrc(host("linux", tmp_path, env)).authorization("https://a.example/") == "Bearer Tt"


def test_an_address_with_credentials_is_bare(tmp_path: Path) -> None:
    """What is asked, and shown, has none."""
    found = read_npmrc(host("linux", tmp_path, {"npm_config_registry": "https://ada:pw@a.example"}))

    assert found.registry_of("") == "https://a.example/"
    assert "pw" not in repr(found)


def test_offline_is_npms_word(tmp_path: Path) -> None:
    """`npm_config_offline=true`."""
    assert read_npmrc(host("linux", tmp_path, {"NPM_CONFIG_OFFLINE": "true"})).is_offline


def test_variables_that_the_user_s_settings_name(tmp_path: Path) -> None:
    """They are how npm is told its tokens; a project's own file, which may be anybody's, is not read."""
    home, project = tmp_path / "home", tmp_path / "project"
    for folder, name in ((home, "MY_TOKEN"), (project, "OPENAI_API_KEY")):
        folder.mkdir()
        (folder / ".npmrc").write_text(
            f"//npm.example.org/:_authToken=${{{name}}}\n@acme:registry=https://npm.example.org\n"
        )

    assert variables_in_files(replace(host("linux", home), cwd=project)) == {"MY_TOKEN"}
