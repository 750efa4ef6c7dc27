"""Python tools from a lock: the very files that were locked, or nothing; and what pipx and uv make of it later."""

from __future__ import annotations

import hashlib
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from aim_lib import interpreters, lock
from aim_lib.host import current
from aim_lib.model import Wanted
from aim_lib.resources import Holds

from ..wheels import WHO
from .python_bench import Bench
from .world import Done

pytestmark = pytest.mark.real


# --- making a lock ----------------------------------------------------------------------------------------------


def test_a_lock_has_the_hash_of_every_file(each: Bench) -> None:
    """The tool, what it needs and what goes with it are there, with the sha256 that their files really have."""
    made = each.make_lock(extras=("hat",))

    assert isinstance(made, Path), made.text
    text = made.read_text()
    assert made.name == "pylock.greet.toml"
    assert [body for body in each.index.files.values() if hashlib.sha256(body).hexdigest() in text] == [
        each.index.files[f"{name}-1.0-py3-none-any.whl"] for name in ("mood", "hat", "greet")
    ]
    assert str(each.world.root) not in text


def test_a_lock_made_again_is_the_same(each: Bench) -> None:
    """What is installed keeps its versions, though the index has newer ones meanwhile."""
    each.commit(each.make_lock())
    first = each.make_lock(folder="first")
    installed = each.world.aim("bootstrap")
    each.index.add("mood", "2.0")

    again = each.make_lock(folder="again")

    assert installed.exit_code == 0, installed.text
    assert isinstance(first, Path)
    assert isinstance(again, Path), again.text
    assert again.read_bytes() == first.read_bytes()


def test_a_password_of_the_index_is_in_no_lock(each: Bench) -> None:
    """An index that wants a password can be locked, without the password."""
    each.index.wants_password = True
    there = replace(each, world=each.world.with_env(UV_DEFAULT_INDEX=each.index.url_with_password))

    made = there.make_lock()

    assert isinstance(made, Path), made.text
    assert not any(part in made.read_text() for part in WHO.split(":"))


def test_a_folder_of_this_machine_cannot_be_locked(each: Bench) -> None:
    """Nobody else has that folder: there is no lock, and the reason."""
    folder = each.world.root / "wheels"
    folder.mkdir()
    for name, body in each.index.files.items():
        (folder / name).write_bytes(body)
    there = replace(each, world=each.world.with_env(UV_FIND_LINKS=str(folder)))

    made = there.make_lock()

    assert isinstance(made, Done)
    said = there.resource.diagnose(made.text)
    assert (said.cause, said.message) == (
        "lock",
        "the package: greet comes from a folder of this machine",
    )
    assert not (there.world.root / "making" / "pylock.greet.toml").exists()


# --- installing from it -----------------------------------------------------------------------------------------


def test_exactly_what_was_locked_is_installed(each: Bench) -> None:
    """What the tool needs has its locked version too, and a second run has nothing to do."""
    each.commit(each.make_lock())
    each.index.add("mood", "2.0")

    done = each.world.aim("bootstrap")

    assert done.exit_code == 0, done.text
    assert each.installed() == {"greet": "1.0", "mood": "1.0"}
    assert each.world.command("greet").stdout == "greet 1.0\n"
    assert each.world.reasons() == {}


def test_what_goes_with_a_tool_is_locked_with_it(each: Bench) -> None:
    """Packages of `with` come from the lock, and are not missed afterwards."""
    each.commit(each.make_lock(extras=("hat",)), extras='["hat"]')

    done = each.world.aim("bootstrap")

    assert done.exit_code == 0, done.text
    assert each.installed() == {"greet": "1.0", "hat": "1.0", "mood": "1.0"}
    assert each.world.reasons() == {}


def test_a_wrong_hash_is_refused(each: Bench) -> None:
    """With the real file in the cache, and another version installed: that one is there afterwards, and runs."""
    each.world.declare(f'[tools.{each.kind}]\ngreet = "1.1"\n')
    assert each.world.aim("bootstrap").exit_code == 0
    companion = each.commit(each.make_lock())
    digest = hashlib.sha256(each.index.files["mood-1.0-py3-none-any.whl"]).hexdigest()
    companion.write_text(companion.read_text().replace(digest, "0" * 64))
    each.seal(companion)

    done = each.world.aim("bootstrap")

    assert done.exit_code == 4, done.text
    assert "greet is not the file that was locked: its hash differs" in done.stderr
    assert each.installed() == {"greet": "1.1", "mood": "1.0"}
    assert each.world.command("greet").stdout == "greet 1.1\n"


def test_an_index_that_lies_is_refused(each: Bench) -> None:
    """Other bytes under the name that was locked are not installed, and nothing stays behind."""
    each.commit(each.make_lock())
    each.index.add("greet", "1.0", "mood>=1.0", says=" and more")
    before = each.world.installed()

    done = each.world.aim("bootstrap", UV_CACHE_DIR=str(each.world.root / "another-cache"))

    assert done.exit_code == 4, done.text
    assert "its hash differs" in done.stderr
    assert each.world.installed() == before


def test_an_index_that_is_gone_costs_no_tool(bench: Bench) -> None:
    """pipx keeps the former environment when the files of the lock cannot be had, and so do we."""
    bench.world.declare('[tools.pipx]\ngreet = "1.1"\n')
    assert bench.world.aim("bootstrap").exit_code == 0
    bench.commit(bench.make_lock())
    bench.index.files.clear()

    done = bench.world.aim("bootstrap", UV_CACHE_DIR=str(bench.world.root / "another-cache"))

    assert done.exit_code == 4, done.text
    assert "could not be put back" not in done.text
    assert bench.world.command("greet").stdout == "greet 1.1\n"
    assert list((bench.world.venvs.parent / "aim-locks").rglob("pylock.*")) == []


def test_several_locked_tools_are_one_pipx(bench: Bench) -> None:
    """Which installs them side by side; each is what it would be alone, and the next run has nothing to do."""
    everything = lock_everything(bench)
    before = pipx_calls(bench)
    asked = bench.folders.cache / "index-1"
    shutil.rmtree(asked)

    done = bench.world.aim("install")

    assert done.exit_code == 0, done.text
    assert not asked.exists(), "a lock has the names already"
    assert pipx_calls(bench) == before + 1
    assert {name: bench.installed(name)[name] for name in everything} == dict.fromkeys(everything, "1.0")
    assert {bench.world.command(name).stdout for name in everything} == {f"{name} 1.0\n" for name in everything}
    assert all("locked" in bench.must(name).traits for name in everything)
    assert bench.world.reasons() == {}


def test_a_wrong_hash_among_several_stops_none_of_the_others(bench: Bench) -> None:
    """Those that came with it go away with it, and are tried again without it."""
    everything = lock_everything(bench)
    spoil(bench, "hat")

    done = bench.world.aim("install", "--keep-going")

    assert done.exit_code == 4, done.text
    assert "its hash differs" in done.text
    assert {name for name in everything if bench.present(name)} == everything - {"hat"}
    assert bench.world.reasons() == {"pipx:hat": "missing"}


def lock_everything(bench: Bench) -> set[str]:
    """Three tools declared and locked, with nothing installed."""
    everything = {"greet", "mood", "hat"}
    bench.index.add("hat", "1.0")
    bench.index.add("mood", "1.0")
    bench.world.declare("[tools.pipx]\n" + "".join(f'{name} = "1.0"\n' for name in sorted(everything)))
    for words in (("install",), ("pin",), ("tools", "uninstall", *everything, "--yes")):
        done = bench.world.aim(*words)
        assert done.exit_code == 0, done.text
    return everything


def spoil(bench: Bench, name: str) -> None:
    """Lock a tool to a file that nobody has."""
    companion = bench.world.project / lock.COMPANIONS / "pipx" / f"pylock.{name}.toml"
    digest = hashlib.sha256(bench.index.files[f"{name}-1.0-py3-none-any.whl"]).hexdigest()
    before = hashlib.sha256(companion.read_bytes()).hexdigest()
    companion.write_text(companion.read_text().replace(digest, "0" * 64))
    after = hashlib.sha256(companion.read_bytes()).hexdigest()
    place = bench.world.project / "aim.lock"
    place.write_text(place.read_text().replace(before, after))


def pipx_calls(bench: Bench) -> int:
    """How often pipx was started, by the logs that it keeps."""
    return len(list(bench.world.venvs.parent.glob("logs/cmd_*.log")))


def test_an_altered_lock_is_refused(each: Bench) -> None:
    """The companion must be the one that aim.lock names: nothing is started otherwise."""
    companion = each.commit(each.make_lock())
    companion.write_text(companion.read_text() + "\n")

    done = each.world.aim("bootstrap")

    assert done.exit_code != 0
    assert "pylock.greet.toml" in done.stderr
    assert each.present() is None


def test_a_lock_over_what_had_none(each: Bench) -> None:
    """The tool is made anew from the lock, though its version is changed by nothing else."""
    each.index.files.pop("mood-1.0-py3-none-any.whl")
    each.index.add("mood", "0.9")
    each.index.add("mood", "1.5")
    each.world.declare(f'[tools.{each.kind}]\ngreet = "1.1"\n')
    assert each.world.aim("bootstrap").exit_code == 0
    each.index.add("mood", "1.7")
    each.commit(each.make_lock())

    done = each.world.aim("bootstrap")

    assert done.exit_code == 0, done.text
    assert each.installed() == {"greet": "1.0", "mood": "1.7"}


def test_a_lock_that_changes_alone_is_drift(each: Bench) -> None:
    """The same version of the tool with another of what it needs: seen, explained, brought in line, and then quiet."""
    first = each.make_lock()
    each.index.add("mood", "2.0")
    second = each.make_lock(folder="second")
    each.commit(first)
    each.world.aim("install")
    each.commit(second)

    before, reasons, verified = each.world.standings(), each.world.reasons(), each.world.aim("verify")
    done = each.world.aim("install")

    assert before == {"greet": ("drift", "1.0")}
    assert reasons == {f"{each.kind}:greet": "its lock has changed"}
    assert (verified.exit_code, "its lock has changed" in verified.text) == (5, True)
    assert done.exit_code == 0, done.text
    assert each.installed() == {"greet": "1.0", "mood": "2.0"}
    assert each.world.standings() == {"greet": ("ok", "1.0")}
    assert each.world.reasons() == {}


def test_another_with_voids_the_lock(each: Bench) -> None:
    """Nothing is installed from a lock that is for other packages; `aim pin` makes one that is for these."""
    each.world.declare(f'[tools.{each.kind}]\ngreet = {{ version = "1.0", smoke = [] }}\n')
    assert each.world.aim("install").exit_code == 0
    assert each.world.aim("pin").exit_code == 0
    each.world.declare(f'[tools.{each.kind}]\ngreet = {{ version = "1.0", with = ["hat"], smoke = [] }}\n')

    checked, planned = each.world.aim("pin", "--check"), each.world.aim("plan", "--check")
    refused, pinned = each.world.aim("install"), each.world.aim("pin", "greet")
    done = each.world.aim("install")

    why = "its lock was made for with = [], not [hat]"
    assert (checked.exit_code, why in checked.text) == (5, True)
    assert (planned.exit_code, why in planned.text) == (5, True)
    assert (refused.exit_code, why in refused.text, "fix: aim pin greet" in refused.text) == (5, True, True)
    assert pinned.exit_code == 0, pinned.text
    assert done.exit_code == 0, done.text
    assert each.installed() == {"greet": "1.0", "hat": "1.0", "mood": "1.0"}
    assert each.world.standings() == {"greet": ("ok", "1.0")}
    assert each.world.aim("pin", "--check").exit_code == 0


# --- pipx afterwards --------------------------------------------------------------------------------------------


def test_pipx_can_repair_from_the_lock(bench: Bench) -> None:
    """pipx notes where its lock is: ours is still there when it installs the tool again."""
    bench.commit(bench.make_lock())
    bench.world.aim("install")
    bench.index.add("mood", "2.0")
    bench.world.pipx("unpin", "greet")

    bench.world.pipx("reinstall", "greet")

    assert bench.must().traits == ("locked",)
    assert bench.installed() == {"greet": "1.0", "mood": "1.0"}


def test_another_lock_leaves_one_copy(bench: Bench) -> None:
    """Copies of locks that no environment needs go when the next one comes."""
    for version in ("1.0", "1.1", "1.0"):
        bench.commit(bench.make_lock(version, folder=f"{version}-{len(list(bench.world.root.iterdir()))}"), version)
        assert bench.world.aim("bootstrap").exit_code == 0

    copies = list((bench.world.venvs.parent / "aim-locks").rglob("pylock.greet.toml"))

    assert len(copies) <= 2
    assert bench.must().version == "1.0"


def test_a_tool_that_pip_made_is_locked(bench: Bench) -> None:
    """The pip of such an environment reads no lock: uv makes it anew, still pinned."""
    there = bench.world.with_env(PIP_INDEX_URL=bench.index.url)
    there.pipx("install", "--skip-maintenance", "--backend", "pip", "greet==1.1")
    bench.world.pipx("pin", "greet")
    bench.commit(bench.make_lock())

    done = bench.world.aim("bootstrap")

    assert done.exit_code == 0, done.text
    assert bench.receipt()["backend"] == "uv"
    assert bench.must().traits == ("pinned", "locked")


def test_without_its_lock_a_tool_can_move_again(bench: Bench) -> None:
    """A lock that is gone from aim.lock holds nothing: the tool gets the version that is asked for."""
    bench.commit(bench.make_lock())
    bench.world.aim("install")
    bench.world.lock_file.unlink()
    bench.world.declare('[tools.pipx]\ngreet = "1.1"\n')

    done = bench.world.aim("install")

    assert done.exit_code == 0, done.text
    assert "locked" not in bench.must().traits
    assert bench.must().version == "1.1"


def test_a_held_tool_is_left_alone_by_pipx(bench: Bench) -> None:
    """`pipx upgrade-all` passes over what is held, and not over what was freed again."""
    bench.world.pipx("install", "greet==1.0")
    resource = bench.resource
    assert isinstance(resource, Holds)
    bench.do(resource.hold(bench.must(), is_held=True).do)
    bench.world.pipx("upgrade-all")
    held = bench.must()
    bench.do(resource.hold(held, is_held=False).do)
    bench.world.pipx("upgrade-all")

    freed = bench.must()

    assert (held.version, held.traits) == ("1.0", ("pinned",))
    assert (freed.version, freed.traits) == ("1.1", ())


def test_uv_s_own_upgrade_keeps_to_an_exact_version(bench: Bench) -> None:
    """uv knows no pins; it remembers `==`, which is how we install."""
    there = replace(bench, kind="uv")
    there.commit(there.make_lock())
    there.world.aim("bootstrap")

    there.world.uv("tool", "upgrade", "--all")

    assert there.must().version == "1.0"


# --- another Python ---------------------------------------------------------------------------------------------


def test_an_environment_of_another_python_is_made_anew(each: Bench) -> None:
    """What was made with a Python that does not fit is made with one that does."""
    mine = f"{sys.version_info[0]}.{sys.version_info[1]}"
    everywhere = interpreters.find(current())
    other = next((found for found in everywhere if not found.version.startswith(mine) and found.version > "3.9"), None)
    if other is None:
        pytest.skip("this machine has one Python")
    if each.kind == "pipx":
        each.world.pipx("install", "--python", str(other.program), "greet==1.0")
    else:
        each.world.uv("tool", "install", "-q", "--python", str(other.program), "greet==1.0")
    before = each.must()

    wanted = Wanted(kind=each.kind, name="greet", request="1.0", version="1.0", python=mine)
    done = each.do(each.resource.change(wanted, before, "1.0").do)

    assert done.exit_code == 0, done.text
    assert not before.python.startswith(mine)
    assert each.must().python.startswith(mine)
    assert each.must().flaw == ""
