"""What of `[env]` may be applied, and what is refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import config, envwanted, leak_prints
from aim_lib.errors import BadConfig
from aim_lib.platforms import Vars

from .fakes import host


def of(text: str, home: Path, is_secret: bool = False) -> Vars:
    (home / "aim.toml").write_text(text, encoding="utf-8")
    on = host(home=home)
    return envwanted.wanted(config.load_config(on), on, [home / "bin", home / "own"], lambda _value: is_secret)


def refused(text: str, home: Path, is_secret: bool = False) -> str:
    with pytest.raises(BadConfig) as caught:
        of(text, home, is_secret)
    return "\n".join(caught.value.details)


def test_path_begins_with_wrappers_then_what_is_named_then_tools(tmp_path: Path) -> None:
    """Each folder once, in the place where it comes first."""
    wanted = of('[env.path]\nfirst = ["~/own", "/x"]\n', tmp_path)

    wrappers = tmp_path / "aim" / "data" / "wrappers"
    assert wanted.first == (str(wrappers), str(tmp_path / "own"), "/x", str(tmp_path / "bin"))


def test_values_are_taken_as_they_are_but_for_the_home(tmp_path: Path) -> None:
    """As a shell that assigns: `~` counts at the beginning alone."""
    wanted = of('[env.vars]\nA = "~/x"\nB = "$HOME ~ `id`"\nC = ""\n', tmp_path)

    assert dict(wanted.values) == {"A": f"{tmp_path}/x", "B": "$HOME ~ `id`", "C": ""}


@pytest.mark.parametrize("name", ["API_KEY", "GITHUB_TOKEN", "DB_PASSWORD", "MY_SECRET", "AWS_SECRET_ACCESS_KEY"])
def test_a_name_of_a_secret_is_refused(name: str, tmp_path: Path) -> None:
    """With what to do instead."""
    said = refused(f'[env.vars]\n{name} = "x"\n', tmp_path)

    assert said == f"env.vars.{name}: this is the name of a secret: aim secrets set {name}"


@pytest.mark.parametrize(
    "name", ["TOKENIZERS_PARALLELISM", "SSH_KEY_PATH", "TOKEN_FILE", "KEYBOARD", "SECRETARY", "PASSWORD_COMMAND"]
)
def test_a_name_that_only_sounds_like_one_is_not(name: str, tmp_path: Path) -> None:
    """Where a secret lies is none."""
    assert dict(of(f'[env.vars]\n{name} = "x"\n', tmp_path).values) == {name: "x"}


def test_a_value_that_is_known_to_be_a_secret_is_refused(tmp_path: Path) -> None:
    """Whatever it is called; it is not repeated."""
    said = refused('[env.vars]\nHARMLESS = "hunter2hunter2"\n', tmp_path, is_secret=True)

    assert said == "env.vars.HARMLESS: its value is a secret: aim secrets set HARMLESS"


def test_a_value_of_the_vault_is_known_by_its_fingerprint(tmp_path: Path) -> None:
    """Also while the vault is locked, and inside a longer text; and what the run itself has masked."""
    on, secret = host(home=tmp_path), "Zq8fXw3LrT0vKd6Yb2Jm5Ns9Hc4Ga7Pe"
    on.folders.data.mkdir(parents=True)
    leak_prints.save(leak_prints.fingerprint([("MY_KEY", secret)]), on.folders.data / leak_prints.FILE_NAME)

    is_secret = envwanted.known_secrets(on, lambda text: text.replace("hunter2", "[redacted]"))

    assert is_secret(f"https://example.com/{secret}")
    assert is_secret("hunter2")
    assert not is_secret("https://example.com/")


def test_a_value_of_the_shape_of_a_key_is_refused(tmp_path: Path) -> None:
    """As a provider issues them."""
    token = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"[:36]
    said = refused(f'[env.vars]\nHARMLESS = "{token}"\n', tmp_path)

    assert "its value is a secret" in said
    assert token not in said


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('vars = { PATH = "/x" }', "list them in [env.path] first"),
        ('vars = { HOME = "/x" }', "the system sets it itself"),
        ('vars = { AIM_JOBS = "1" }', "our own settings stand in aim.toml"),
        ('vars = { XDG_DATA_HOME = "/x" }', "set xdg = true"),
        ('vars = { A = "a\\u0000b" }', "a NUL character"),
        ('path = { first = ["a/b"] }', "is no absolute folder"),
        ('path = { first = ["/a:/b"] }', "which separates the entries"),
        ('path = { first = ["/a\\nb"] }', "has a control character"),
    ],
)
def test_what_cannot_be_meant_is_refused(line: str, reason: str, tmp_path: Path) -> None:
    """Before anything is touched."""
    assert reason in refused(f"[env]\n{line}\n", tmp_path)


def test_xdg_variables_are_for_those_who_say_so(tmp_path: Path) -> None:
    """They move the folders of every program."""
    wanted = of('[env]\nxdg = true\nvars = { XDG_CACHE_HOME = "/x" }\n', tmp_path)

    assert dict(wanted.values) == {"XDG_CACHE_HOME": "/x"}


def test_a_name_that_no_variable_can_have_is_a_mistake_of_the_file(tmp_path: Path) -> None:
    """It is told with its key, like any other mistake."""
    with pytest.raises(BadConfig) as caught:
        of('[env.vars]\n"A B" = "x"\n', tmp_path)

    assert caught.value.details[0].endswith('env.vars."A B": expected a name of letters, digits and _: "A B"')


def test_only_what_the_project_says_needs_consent(tmp_path: Path) -> None:
    """The user's own file is the user's own."""
    on = host(home=tmp_path, cwd=tmp_path / "project")
    (tmp_path / "project").mkdir()
    on.folders.config.mkdir(parents=True)
    (on.folders.config / "aim.toml").write_text('[env.vars]\nMINE = "x"\n', encoding="utf-8")
    (tmp_path / "project" / "aim.toml").write_text('[env.vars]\nTHEIRS = "x"\n', encoding="utf-8")

    assert envwanted.foreign(config.load_config(on)) == ("THEIRS = 'x'",)
