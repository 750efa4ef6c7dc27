"""When a locked npm tool is left to our own unpacking: npm's settings, its cache, and the machine it is for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from aim_lib.host import Host
from aim_lib.model import Change, Copy, Lane, Run, Write
from aim_lib.resources import Options
from aim_lib.resources._npm_batch import together
from aim_lib.resources._npm_cache import cache_folder, is_ready
from aim_lib.resources._npm_platform import Machine, Unsure, is_within
from aim_lib.resources._npm_program import Program

from .fakes import host
from .tarballs import Locked


def machine(home: Path, npmrc: str = "", **env: str) -> Host:
    home.mkdir(exist_ok=True)
    (home / ".npmrc").write_text(npmrc)
    return host(home=home, env=env)


# --- npm's settings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("npmrc", "env", "expected"),
    [
        ("", {}, "{home}/.npm"),
        ("cache=/big/npm\n", {}, "/big/npm"),
        ("cache=${HOME}/c\n", {}, "{home}/c"),
        ("cache=~/c\n", {}, "{home}/c"),
        ("cache=/big/npm\n", {"npm_config_cache": "/other"}, "/other"),
        ("fund=false\naudit=false\n//r.example/:_authToken=x\nregistry=https://r.example/\n", {}, "{home}/.npm"),
    ],
)
def test_the_cache_is_the_one_npm_uses(tmp_path: Path, npmrc: str, env: dict[str, str], expected: str) -> None:
    """The environment, the user's npmrc, npm's own place; what does not change the packages is no matter."""
    found = cache_folder(machine(tmp_path / "home", npmrc, **env))

    assert str(found) == expected.format(home=tmp_path / "home")


@pytest.mark.parametrize("npmrc", ["omit=optional", "engine-strict=true", "umask=0077", "libc=musl", "force = true"])
def test_npm_installs_when_the_user_says_what(tmp_path: Path, npmrc: str) -> None:
    """A setting that changes what is installed, or whether it is."""
    assert cache_folder(machine(tmp_path / "home", npmrc)) is None


def test_a_setting_in_the_environment_counts(tmp_path: Path) -> None:
    """In either case of its letters."""
    assert cache_folder(machine(tmp_path / "home", NPM_CONFIG_ENGINE_STRICT="true")) is None


def test_on_windows_npm_installs(tmp_path: Path) -> None:
    """Commands are its shims there."""
    install = Run(argv=("npm", "ci"))

    done = Program(host("windows", tmp_path), Options()).unpack(tmp_path, install)

    assert done == install


def test_npm_is_what_it_falls_back_on(tmp_path: Path) -> None:
    """The call has npm's own words at its end, and npm's environment."""
    install = Run(argv=("npm", "ci"), env=(("A", "b"),), timeout_s=5)

    done = Program(machine(tmp_path), Options()).unpack(tmp_path / "build", install)

    assert done.argv[1:3] == ("-I", "-S")
    assert done.argv[4:] == (str(tmp_path / "build"), str(tmp_path / ".npm"), "--", "npm", "ci")
    assert (done.env, done.timeout_s) == (install.env, 5)


# --- its cache --------------------------------------------------------------------------------------------------


def lock_file(locked: Locked) -> tuple[str, str, str]:
    return str(locked.write() / "package-lock.json"), str(locked.root), str(locked.cache)


def test_a_whole_cache_is_ready(tmp_path: Path) -> None:
    """What may be for other machines is not asked for."""
    locked = Locked(tmp_path)
    locked.add("cow")
    locked.add("mac", b"mac", optional=True, hasInstallScript=True, os=["darwin"]).unlink()

    assert is_ready(*lock_file(locked))


@pytest.mark.parametrize("entry", [{}, {"hasInstallScript": True}, {"integrity": "sha1-x"}, {"link": True}])
def test_a_part_of_it_is_not(tmp_path: Path, entry: dict[str, Any]) -> None:
    """A content that is missing, and what needs npm anyway."""
    locked = Locked(tmp_path)
    content = locked.add("cow", **entry)
    if not entry:
        content.unlink()

    assert not is_ready(*lock_file(locked))


@pytest.mark.parametrize("text", ["", "[]", '{"packages": {"a": 3}}', '{"packages": {"a": {"integrity": "sha512-?"}}}'])
def test_nor_is_a_lock_that_is_none(tmp_path: Path, text: str) -> None:
    """What is wrong with it is said by the one who installs from it."""
    (tmp_path / "lock").write_text(text)

    assert not is_ready(str(tmp_path / "lock"), text, str(tmp_path))


def change(program: Program, locked: Locked, name: str) -> Change:
    build = Path("/tools") / name / "1.0.0"
    return Change(
        id=f"npm:{name}",
        kind="npm",
        name=name,
        have="",
        want="1.0.0",
        reason="missing",
        do=(
            Write(path=str(build / "package.json"), text="{}"),
            Copy(source=str(locked.write() / "package-lock.json"), path=str(build / "l"), sha256=str(locked.root)),
            program.unpack(build, Run(argv=("npm", "ci", "--prefix", str(build)))),
            Run(argv=("hands", "expose", name)),
        ),
        undo=(),
        lane=Lane(name="npm", width=4),
    )


def world(home: Path) -> tuple[Program, Locked, Locked]:
    """A program, a lock that is wholly in its cache, one that is not."""
    whole, part = Locked(home / "whole"), Locked(home / "part")
    for locked in (whole, part):
        locked.root.mkdir()
        content = locked.add("cow", str(locked.root).encode())
    content.unlink()
    on = machine(home / "home", f"cache={whole.cache}")
    return Program(on, Options()), whole, part


def test_what_is_in_the_cache_needs_no_company(tmp_path: Path) -> None:
    """It is unpacked, side by side with others, in less than a part of one npm's time."""
    program, whole, part = world(tmp_path)

    assert together([change(program, whole, "a"), change(program, whole, "b")], tmp_path, program) is None
    assert together([change(program, whole, "a"), change(program, part, "b")], tmp_path, program) is None


def test_what_is_not_goes_together_by_npm(tmp_path: Path) -> None:
    """One call of npm itself, for both."""
    program, _, part = world(tmp_path)

    batch = together([change(program, part, "a"), change(program, part, "b")], tmp_path, program)

    assert batch is not None
    calls = [step.argv for step in batch.together if isinstance(step, Run)]
    assert calls[1][:3] == ("npm", "ci", "--prefix")
    assert Path(calls[1][3]).parent == tmp_path / ".together"


# --- the machine ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({}, True),
        ({"os": ["linux"], "cpu": ["x64", "arm64"], "libc": ["glibc"]}, True),
        ({"os": ["any"]}, True),
        ({"os": "linux"}, True),
        ({"os": ["!win32"]}, True),
        ({"os": ["!win32", "!linux"]}, False),
        ({"os": ["!win32", "darwin"]}, False),
        ({"cpu": ["ia32"]}, False),
        ({"libc": ["musl"]}, False),
    ],
)
def test_a_list_of_platforms(entry: dict[str, object], expected: bool) -> None:
    """npm's names, with negations; all three must fit."""
    assert Machine(os="linux", cpu="x64", libc="glibc").fits(entry) is expected


def test_a_system_without_several_c_libraries_has_none() -> None:
    """A package for one of them is not for it."""
    assert not Machine(os="darwin", cpu="arm64", libc="").fits({"libc": ["glibc"]})


@pytest.mark.parametrize(
    ("wanted", "inside", "outside"),
    [
        (">=18", "v18.0.0", "v17.9.9"),
        (">= 14.21.3", "v14.21.3", "v14.21.2"),
        ("^18.17.0 || ^20.3.0 || >=21.0.0", "v20.19.0", "v19.1.0"),
        ("~1.2", "1.2.9", "1.3.0"),
        ("~1", "1.9.0", "2.0.0"),
        ("^0.2.3", "0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0.0", "0.0.9", "0.1.0"),
        (">16 <=20", "20.9.9", "16.9.0"),
        (">=12.0.0 <22", "12.0.0", "22.0.0"),
        ("18.x", "18.1.0", "19.0.0"),
        ("=20.1.2", "20.1.2", "20.1.3"),
        ("20.1", "20.1.9", "20.2.0"),
        (">20.1.2", "20.1.3", "20.1.2"),
    ],
)
def test_the_ranges_of_engines(wanted: str, inside: str, outside: str) -> None:
    """As node-semver has them."""
    assert is_within(inside, wanted)
    assert not is_within(outside, wanted)


@pytest.mark.parametrize("wanted", ["*", "", ">=x", "x"])
def test_any_engine(wanted: str) -> None:
    """Every version is in these."""
    assert is_within("20.1.2", wanted)


@pytest.mark.parametrize(("version", "wanted"), [("20.1.2", "1 - 3"), ("20.1.2", ">=21-0"), ("21.0.0-nightly", "*")])
def test_a_rare_range_is_npms(version: str, wanted: str) -> None:
    """What is not read for certain is not decided here."""
    with pytest.raises(Unsure):
        is_within(version, wanted)


POSIX = pytest.mark.skipif(os.name == "nt", reason="on Windows npm installs")


@POSIX
@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\x7fELF\x02\x01" + bytes(12) + b"\x3e\x00", "x64"),
        (b"\x7fELF\x02\x01" + bytes(12) + b"\xb7\x00", "arm64"),
        (b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01" + bytes(12), "arm64"),
        (b"\xcf\xfa\xed\xfe\x07\x00\x00\x01" + bytes(12), "x64"),
    ],
)
def test_the_processor_is_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes, expected: str) -> None:
    """A machine may run programs of another: what node was built for is what packages must fit."""
    (tmp_path / "node").write_bytes(head)
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", f"/nowhere:{tmp_path}")

    assert Machine().value("cpu") == expected


@POSIX
def test_a_node_behind_a_script_is_asked_by_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version manager's entrance does not tell."""
    (tmp_path / "node").write_text("#!/bin/sh\necho v20.1.2\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert Machine().value("node") == "v20.1.2"
    with pytest.raises(Unsure):
        Machine().value("cpu")


def test_locks_are_read_again_by_their_content(tmp_path: Path) -> None:
    """Another lock at the same place is another question."""
    locked = Locked(tmp_path)
    locked.add("cow")
    path, _, cache = lock_file(locked)
    before = is_ready(path, "one", cache)
    Path(path).write_text(json.dumps({"packages": {"node_modules/x": {"version": "1.0.0"}}}))

    assert before
    assert not is_ready(path, "two", cache)
