"""A locked npm tool from npm's cache, without npm: what comes out, and when it is left to npm."""

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from aim_lib.resources import _npm_unpack
from aim_lib.resources._npm_platform import Machine, Unsure
from aim_lib.resources._npm_unpack import commands_of, fill

from .fakes import stub
from .tarballs import Locked, files, member, tarball

PROGRAM = Path(_npm_unpack.__file__)
TOOL = files(package_json='{"name": "cow"}', cli_js="#!/usr/bin/env node\n", lib__moo_js="moo")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="on Windows npm installs")


@pytest.fixture
def locked(tmp_path: Path) -> Locked:
    return Locked(tmp_path)


def put(locked: Locked, **known: str) -> dict[str, str]:
    """Unpack on a machine of which this is known; the tree, each file with its mode or its link."""
    values = {"os": "linux", "cpu": "x64", "libc": "glibc", "node": "v20.19.0", **known}
    fill(str(locked.write()), str(locked.cache), Machine(**values))
    return tree(locked.modules)


def tree(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            found[str(path.relative_to(folder))] = str(path.readlink())
        elif stat.S_ISREG(mode):
            found[str(path.relative_to(folder))] = oct(mode & 0o7777)[2:]
    return found


def run(locked: Locked, npm: Path, cache: Path | None = None) -> subprocess.CompletedProcess[str]:
    words = [str(locked.build), str(cache or locked.cache), "--", str(npm), "ci", "--prefix", str(locked.build)]
    command = [sys.executable, "-I", "-S", str(PROGRAM), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# --- what comes out ---------------------------------------------------------------------------------------------


def test_the_program_makes_what_npm_would(locked: Locked) -> None:
    """Packages at their places, commands as links in each .bin, npm's own note; npm is not started."""
    locked.add("cow", TOOL, bin={"cow": "cli.js"}, dependencies={"@a/b": "^1"})
    locked.add("@a/b", files(x_js=""), bin={"b": "./x.js"})
    locked.add("cow/node_modules/@a/b", files(y_js=""), bin={"b": "y.js"})
    npm = stub(locked.root, "npm", "exit 9")
    locked.write()

    done = run(locked, npm)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert tree(locked.modules) == {
        ".bin/b": "../@a/b/x.js",
        ".bin/cow": "../cow/cli.js",
        ".package-lock.json": "644",
        "@a/b/x.js": "755",
        "cow/cli.js": "755",
        "cow/lib/moo.js": "644",
        "cow/node_modules/.bin/b": "../@a/b/y.js",
        "cow/node_modules/@a/b/y.js": "755",
        "cow/package.json": "644",
    }


def test_the_note_is_the_lock_without_its_root(locked: Locked) -> None:
    """npm finds there what it would have written itself."""
    locked.add("cow", TOOL, license="MIT")

    put(locked)

    note = json.loads((locked.modules / ".package-lock.json").read_text())
    assert note == {"name": "own", "lockfileVersion": 3, "requires": True, "packages": locked.entries}


def test_what_was_there_is_replaced(locked: Locked) -> None:
    """As npm ci does it."""
    locked.add("cow", TOOL)
    stub(locked.modules / "old", "x.js")

    found = put(locked)

    assert "old/x.js" not in found
    assert [path.name for path in locked.build.iterdir() if path.name.startswith(".")] == []


def test_the_first_folder_of_a_tarball_may_have_any_name(locked: Locked) -> None:
    """As with types; links, empty folders and a file beside it are left out."""
    link = member("node/link", None, type=tarfile.SYMTYPE, linkname="/etc/passwd")
    hard = member("node/hard", None, type=tarfile.LNKTYPE, linkname="node/a")
    locked.add("cow", tarball(member("node/a", "a"), link, hard, member("beside"), member("node/empty", None)))

    found = put(locked)

    assert found == {".package-lock.json": "644", "cow/a": "644"}
    assert not (locked.modules / "cow" / "empty").exists()


@pytest.mark.parametrize(("mode", "expected"), [(0o000, 0o644), (0o755, 0o755), (0o600, 0o644), (0o111, 0o755)])
def test_a_mode_is_at_least_what_everybody_may_read(locked: Locked, mode: int, expected: int) -> None:
    """npm adds 0666 to what the tarball says, and the umask takes from that."""
    locked.add("cow", tarball(member("package/a", "", mode)))
    before = os.umask(0o022)

    found = put(locked)

    os.umask(before)
    assert found["cow/a"] == f"{expected:o}"


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_paths(locked: Locked, form: int) -> None:
    """Paths longer than a header has room for, in each of the three forms, and of other letters."""
    long = f"{'d' * 60}/{'e' * 60}/{'f' * 60}.js"
    members = (member(f"package/{long}", "1"), member("package/grüße.js", "2"), member("package/after.js", "3"))
    locked.add("cow", tarball(*members, form=form))

    put(locked)

    texts = [(locked.modules / "cow" / name).read_text() for name in (long, "grüße.js", "after.js")]
    assert texts == ["1", "2", "3"]


def test_a_second_file_of_a_name_is_written_over_the_first(locked: Locked) -> None:
    """It keeps the mode of the first, as with npm."""
    locked.add("cow", tarball(member("package/a", "first, longer", 0o755), member("package/a", "second")))

    found = put(locked)

    assert (locked.modules / "cow" / "a").read_text() == "second"
    assert found["cow/a"] == "755"


def test_a_padded_tarball_is_whole(locked: Locked) -> None:
    """Zeros after the end of the gzip, as old packages have them, are nothing."""
    locked.add("cow", TOOL + bytes(1000))

    found = put(locked)

    assert "cow/cli.js" in found


def test_ignored_files_have_npms_name(locked: Locked) -> None:
    """.gitignore is renamed unless there is the other one."""
    names = ("a/.gitignore", "b/.npmignore", "b/.gitignore")
    locked.add("cow", tarball(*(member(f"package/{name}", name) for name in names)))

    found = put(locked)

    assert sorted(found) == [".package-lock.json", "cow/a/.npmignore", "cow/b/.npmignore"]
    assert (locked.modules / "cow/b/.npmignore").read_text() == "b/.npmignore"


def test_a_command_written_on_windows_gets_a_first_line_that_works(locked: Locked) -> None:
    """Only its first line; a file that is no command is left as it is."""
    script = "#!/usr/bin/env node\r\nmoo()\r\n"
    locked.add("cow", files(cli_js=script, other_js=script), bin={"cow": "cli.js"})

    put(locked)

    assert (locked.modules / "cow/cli.js").read_bytes() == b"#!/usr/bin/env node\nmoo()\r\n"
    assert (locked.modules / "cow/other.js").read_bytes() == script.encode()


def test_the_first_of_two_packages_has_the_command(locked: Locked) -> None:
    """By npm's order of names, in which a dash is before a letter; a file that is not there takes the name, too."""
    locked.add("cow", TOOL, bin={"x": "cli.js", "y": "gone.js"})
    locked.add("co-w", TOOL, bin={"x": "cli.js"})
    locked.add("cowl", TOOL, bin={"y": "cli.js"})

    found = put(locked)

    assert {path: to for path, to in found.items() if path.startswith(".bin")} == {".bin/x": "../co-w/cli.js"}


@pytest.mark.parametrize(
    ("bins", "expected"),
    [
        ("./cli.js", {"b": "cli.js"}),
        ({"../../x": "../../etc/passwd"}, {"x": "etc/passwd"}),
        ({"a:b\\c": "bin\\c.js"}, {"c": "bin/c.js"}),
        ({"": "x", "..": "y", "z": 3, "e": ""}, {}),
        (None, {}),
    ],
)
def test_commands_are_normalised(bins: object, expected: dict[str, str]) -> None:
    """No command and no file of it is outside of its folder."""
    assert commands_of("@a/b", bins) == expected


# --- what is for other machines ---------------------------------------------------------------------------------


def test_packages_for_other_machines_are_left_out(locked: Locked) -> None:
    """With what only they need; what something else needs, too, stays. Their content need not be there."""
    wants: Mapping[str, Any] = {"dependencies": {"shared": "*"}, "optionalDependencies": {"mac": "*", "here": "*"}}
    locked.add("cow", TOOL, **wants)
    locked.add("mac", optional=True, os=["darwin"], dependencies={"shared": "*", "only-mac": "*"}).unlink()
    locked.add("only-mac", files(a="a"), optional=True)
    locked.add("shared", files(b="b"))
    locked.add("here", files(c="c"), optional=True, os=["linux"], cpu=["!arm"], libc=["glibc"])

    found = put(locked)

    assert sorted(found) == [
        ".package-lock.json",
        "cow/cli.js",
        "cow/lib/moo.js",
        "cow/package.json",
        "here/c",
        "shared/b",
    ]
    assert "node_modules/mac" not in (locked.modules / ".package-lock.json").read_text()


def test_an_optional_package_for_another_node_is_left_out(locked: Locked) -> None:
    """npm takes `engines` of optional packages for a condition, that of others for a hint."""
    locked.add("cow", TOOL, engines={"node": ">=99"})
    locked.add("later", files(a="a"), optional=True, engines={"node": "^18 || >=22.1"})

    found = put(locked, node="v20.19.0")

    assert "later/a" not in found
    assert "cow/cli.js" in found


def test_a_needed_package_for_another_machine_is_npms_to_refuse(locked: Locked) -> None:
    """It has the words for it."""
    locked.add("cow", TOOL, os=["win32"])

    with pytest.raises(Unsure, match="not for this machine"):
        put(locked)


# --- what is left to npm ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        {"hasInstallScript": True},
        {"link": True},
        {"inBundle": True},
        {"bundleDependencies": ["x"]},
        {"hasShrinkwrap": True},
        {"dev": True},
        {"devOptional": True},
        {"integrity": "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="},
        {"integrity": ""},
        {"resolved": "git+ssh://git@github.com/a/b.git#c"},
        {"resolved": "file:../x.tgz"},
        {"resolved": "https://elsewhere.example/x.tgz"},
        {"version": "1.0.1"},
        {"dependencies": {"gone": "^1"}},
        {"optionalDependencies": {"gone": "^1"}},
        {"peerDependencies": {"gone": "^1"}},
        {"dependencies": {"cow": "https://a.example/x.tgz"}},
        {"bin": ["x"]},
    ],
)
def test_what_a_lock_has_that_is_not_only_files(locked: Locked, entry: dict[str, Any]) -> None:
    """Scripts, links, bundles, other places, a lock out of step: nothing is written."""
    locked.add("cow", TOOL, **entry)

    with pytest.raises(Unsure):
        put(locked)

    assert not locked.modules.exists()


@pytest.mark.parametrize("place", ["../x", "a/../b", "a", "node_modules", "/etc", "cow/node_modules/.bin", "a\\b"])
def test_a_place_outside(locked: Locked, place: str) -> None:
    """A lock cannot name a folder elsewhere."""
    locked.add("cow", TOOL)
    locked.entries[place if place == "a" else f"node_modules/{place}"] = dict(locked.entries["node_modules/cow"])

    with pytest.raises(Unsure, match="place"):
        put(locked)


def test_a_peer_that_may_be_missing_is(locked: Locked) -> None:
    """It is not in the lock, and nothing is wrong with that."""
    locked.add("cow", TOOL, peerDependencies={"hat": "*"}, peerDependenciesMeta={"hat": {"optional": True}})

    found = put(locked)

    assert "cow/cli.js" in found


def damaged(packed: bytes, change: Callable[[bytearray], None]) -> bytes:
    text = bytearray(gzip.decompress(packed))
    change(text)
    return gzip.compress(bytes(text))


def resize(text: bytearray, size: bytes) -> None:
    text[124:136] = size
    text[148:156] = b" " * 8
    text[148:156] = f"{sum(text[:512]):06o}\0 ".encode()


ONE = tarball(member("package/a", "a" * 1000))
PAX = tarball(member("package/ü"), form=tarfile.PAX_FORMAT)


ODD = {
    "up": tarball(member("package/../../x")),
    "up from a folder": tarball(member("package/a/../../../x")),
    "absolute": tarball(member("/package/x")),
    "backslash": tarball(member("package/a\\b")),
    "to be built": tarball(member("package/binding.gyp")),
    "packages in it": tarball(member("package/node_modules/x/index.js")),
    "as somebody else": tarball(member("package/a", "", 0o4755)),
    "a pipe": tarball(member("package/fifo", type=tarfile.FIFOTYPE)),
    "file and folder": tarball(member("package/a", "x"), member("package/a/b", "y")),
    "a type of its own": tarball(member("package/a", pax_headers={"type": "5"}), form=tarfile.PAX_FORMAT),
    "a wrong sum": damaged(ONE, lambda text: text.__setitem__(0, 0x41)),
    "a negative size": damaged(ONE, lambda text: resize(text, b"-0000002000\0")),
    "a binary size": damaged(ONE, lambda text: resize(text, b"\x80" + bytes(10) + b"\x01")),
    "no length of a header's line": damaged(PAX, lambda text: text.__setitem__(slice(512, 515), b"0 p")),
    "cut off": damaged(ONE, lambda text: text.__delitem__(slice(900, None))),
    "more after the end": damaged(ONE, lambda text: text.extend(b"more")),
    "half of the gzip": ONE[:-9],
    "more after the gzip": ONE + b"more",
    "no gzip": gzip.decompress(ONE),
    "nothing": b"",
}


@pytest.mark.parametrize("odd", ODD)
def test_a_tarball_that_npm_would_see_otherwise(locked: Locked, odd: str) -> None:
    """Paths that lead out, what npm builds from, damage: npm is called, nothing is left, nothing is outside."""
    locked.add("cow", ODD[odd])
    locked.write()
    npm = stub(locked.root, "npm", f'echo "$@" > "{locked.root}/called"; exit 7')

    done = run(locked, npm)

    assert done.returncode == 7
    assert sorted(path.name for path in locked.build.iterdir()) == ["package-lock.json", "package.json"]
    assert (locked.root / "called").read_text() == f"ci --prefix {locked.build}\n"
    assert sorted(path.name for path in locked.root.iterdir()) == ["build", "cache", "called", "npm"]


@pytest.mark.parametrize("change", [lambda path: path.unlink(), lambda path: path.write_bytes(ONE)])
def test_a_content_that_is_missing_or_another_is_npms(locked: Locked, change: Callable[[Path], object]) -> None:
    """npm fetches it anew, or refuses it: what has not the locked hash is never installed."""
    locked.add("aaa", TOOL)
    change(locked.add("cow", files(a="a")))
    locked.write()
    npm = stub(locked.root, "npm", "echo called")

    done = run(locked, npm)

    assert (done.returncode, done.stdout) == (0, "called\n")
    assert sorted(path.name for path in locked.build.iterdir()) == ["package-lock.json", "package.json"]


def test_no_lock_is_npms(locked: Locked) -> None:
    """It says so."""
    locked.build.mkdir()

    done = run(locked, stub(locked.root, "npm", "echo no lock >&2; exit 1"))

    assert (done.returncode, done.stderr) == (1, "no lock\n")


def test_an_npm_that_is_not_there(locked: Locked) -> None:
    """One sentence, and the code of a shell."""
    locked.build.mkdir()

    done = run(locked, locked.root / "npm")

    assert done.returncode == 127
    assert done.stderr == f"aim: {locked.root}/npm cannot be started: No such file or directory\n"


def test_killed_half_way_there_is_nothing_that_looks_done(locked: Locked) -> None:
    """The second content is a pipe: the program waits there and is killed. Another call makes all of it."""
    locked.add("cow", TOOL)
    second = locked.add("dog", files(a="a"))
    packed = second.read_bytes()
    second.unlink()
    os.mkfifo(second)
    words = [str(locked.write()), str(locked.cache), "--", "npm"]
    with subprocess.Popen([sys.executable, "-I", "-S", str(PROGRAM), *words]) as program:
        pipe = os.open(second, os.O_WRONLY)  # returns when the program has opened it
        program.kill()
    os.close(pipe)
    was_there, was_begun = locked.modules.exists(), (locked.build / _npm_unpack.NEW / "cow" / "cli.js").exists()
    second.unlink()
    second.write_bytes(packed)

    done = run(locked, locked.root / "npm")

    assert (was_there, was_begun) == (False, True)
    assert done.returncode == 0
    assert sorted(tree(locked.modules)) == [
        ".package-lock.json",
        "cow/cli.js",
        "cow/lib/moo.js",
        "cow/package.json",
        "dog/a",
    ]
    assert not (locked.build / _npm_unpack.NEW).exists()
