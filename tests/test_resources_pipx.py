"""pipx: which home it shares with the user's own pipx, and what it runs pipx with."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest

from aim_lib.errors import MissingProgram
from aim_lib.host import Host
from aim_lib.model import Change, Copy, Delete, Present, Run, Wanted, Write
from aim_lib.resources import Options, pipx

from .fakes import host, stub


def environment(on: Host) -> dict[str, str]:
    """The variables that pipx is started with."""
    (step,) = pipx.open(on, Options()).change(Wanted(kind="pipx", name="ruff"), None, "0.14.1").do
    assert isinstance(step, Run)
    return dict(step.env)


def their_pipx(folder: Path, version: str) -> Path:
    """Somebody else's pipx, in a virtual environment of its own; returns its bin folder."""
    if version:
        (folder / "lib" / "python3.11" / "site-packages" / f"pipx-{version}.dist-info").mkdir(parents=True)
    return stub(folder / "bin", "pipx").parent


@pytest.mark.parametrize(
    ("system", "env", "home"),
    [
        ("linux", {}, ".local/share/pipx"),
        ("linux", {"PIPX_HOME": ""}, ".local/share/pipx"),
        ("macos", {}, "Library/Application Support/pipx"),
        ("windows", {}, "AppData/Local/pipx/pipx"),
    ],
)
def test_the_home_is_the_systems_own(system: str, env: dict[str, str], home: str, tmp_path: Path) -> None:
    """Without a choice of the user's the home is where pipx 1.16 and later have it; an empty variable is no choice."""
    assert pipx.open(host(system, tmp_path, env), Options()).home == tmp_path / home


def test_the_home_can_be_chosen() -> None:
    """$PIPX_HOME and $PIPX_BIN_DIR are obeyed before anything else."""
    found = pipx.open(host(env={"PIPX_HOME": "/p/home", "PIPX_BIN_DIR": "/p/bin", "XDG_DATA_HOME": "/x"}), Options())

    assert found.home == Path("/p/home")
    assert found.bin_folders == (Path("/p/bin"),)


def test_xdg_moves_the_home_but_not_the_commands(tmp_path: Path) -> None:
    """$XDG_DATA_HOME moves pipx's home on Linux; its commands stay in ~/.local/bin."""
    found = pipx.open(host("linux", tmp_path, {"XDG_DATA_HOME": "/x"}), Options())

    assert found.home == Path("/x/pipx")
    assert found.bin_folders == (tmp_path / ".local" / "bin",)


@pytest.mark.parametrize(
    ("system", "legacy"), [("linux", ".local/pipx"), ("macos", ".local/pipx"), ("windows", "pipx")]
)
def test_a_legacy_home_that_exists_is_kept(system: str, legacy: str, tmp_path: Path) -> None:
    """pipx itself goes on using an old home, so its tools are found there."""
    (tmp_path / legacy).mkdir(parents=True)

    assert pipx.open(host(system, tmp_path), Options()).home == tmp_path / legacy


def test_windows_takes_its_folder_from_the_environment() -> None:
    """%LOCALAPPDATA% may be redirected."""
    assert pipx.open(host("windows", env={"LOCALAPPDATA": "/d/local"}), Options()).home == Path("/d/local/pipx/pipx")


@pytest.mark.parametrize("version", ["1.15.0", "1.8.0", "0.17", ""])
def test_an_old_pipx_of_the_users_keeps_its_home_to_itself(version: str, tmp_path: Path) -> None:
    """A pipx below 1.16, or one that hides its version, could not read our metadata: we use a home of our own."""
    theirs = their_pipx(tmp_path / "theirs", version)
    on = host("linux", tmp_path, {"PATH": str(theirs)})

    found = pipx.open(on, Options())

    assert found.home == on.folders.data / "pipx"
    assert found.bin_folders == (on.folders.data / "pipx" / "bin",)
    (note,) = found.notes
    assert str(theirs / "pipx") in note
    assert (version or "unknown version") in note


@pytest.mark.parametrize("version", ["1.16.0", "1.18.4", "2.0"])
def test_a_recent_pipx_of_the_users_shares_its_home(version: str, tmp_path: Path) -> None:
    """From 1.16 the metadata is the same, so there is one home and nothing to say."""
    found = pipx.open(host("linux", tmp_path, {"PATH": str(their_pipx(tmp_path / "theirs", version))}), Options())

    assert found.home == tmp_path / ".local" / "share" / "pipx"
    assert found.notes == ()


def test_our_own_pipx_is_no_stranger(tmp_path: Path) -> None:
    """The pipx that came as our dependency may be on PATH; what counts is whether there is another."""
    stub(tmp_path / "venv" / "bin", "pipx")

    found = pipx.open(host("linux", tmp_path, {"PATH": str(tmp_path / "venv" / "bin")}), Options())

    assert found.notes == ()


def test_a_link_to_an_old_pipx_is_followed(tmp_path: Path) -> None:
    """A pipx linked into ~/bin has its version where the link leads."""
    theirs = their_pipx(tmp_path / "theirs", "1.8.0")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pipx").symlink_to(theirs / "pipx")

    found = pipx.open(host("linux", tmp_path, {"PATH": str(tmp_path / "bin")}), Options())

    assert "1.8.0" in found.notes[0]


def test_pipx_is_told_its_folders(tmp_path: Path) -> None:
    """What was decided is what pipx is started with, whatever the environment of the run says."""
    on = host("linux", tmp_path, {"PATH": "/theirs", "XDG_DATA_HOME": str(tmp_path / "x")})

    env = environment(on)

    assert env["PIPX_HOME"] == str(tmp_path / "x" / "pipx")
    assert env["PIPX_BIN_DIR"] == str(tmp_path / ".local" / "bin")
    assert env["PIPX_DISABLE_SHARED_LIBS_AUTO_UPGRADE"] == "1"


def test_our_uv_is_first_on_pipx_s_path(tmp_path: Path) -> None:
    """pipx builds with the uv it finds: ours, then whatever the user has."""
    assert environment(host("linux", tmp_path, {"PATH": "/a:/b"}))["PATH"] == f"{tmp_path}/venv/bin:/a:/b"


def test_drives_survive_on_windows() -> None:
    """The PATH that pipx gets on Windows has semicolons between folders and colons within them."""
    on = host("windows", Path("C:/Users/ada"), {"PATH": "C:/Windows;D:/tools"})

    assert environment(on)["PATH"] == "C:/Users/ada/venv/bin;C:/Windows;D:/tools"


def test_the_systems_certificates_are_trusted_unless_others_are_named() -> None:
    """uv below pipx trusts what the system trusts; a bundle that the user named is left alone."""
    assert environment(host())["UV_SYSTEM_CERTS"] == "true"
    assert "UV_SYSTEM_CERTS" not in environment(host(env={"SSL_CERT_FILE": "/bundle.pem"}))


def test_a_command_of_somebody_else_is_a_flaw(tmp_path: Path) -> None:
    """A link of the same name that leads elsewhere is not ours, however healthy it looks."""
    package = tmp_path / ".local" / "share" / "pipx" / "venvs" / "ruff"
    (package / "lib" / "python3.11" / "site-packages" / "ruff-0.14.1.dist-info").mkdir(parents=True)
    stub(package / "bin", "python")
    (package / "pipx_metadata.json").write_text('{"main_package": {"package": "ruff", "apps": ["ruff"]}}')
    (tmp_path / ".local" / "bin").mkdir()
    (tmp_path / ".local" / "bin" / "ruff").symlink_to(stub(tmp_path / "elsewhere", "ruff"))

    (found,) = pipx.open(host("linux", tmp_path), Options()).find()

    assert found.flaw == f"{tmp_path}/.local/bin/ruff belongs to something else"


@pytest.mark.parametrize("text", ["", "{", "[]", '"ruff"', "\udce9"])
def test_metadata_that_cannot_be_read_is_an_interruption(text: str, tmp_path: Path) -> None:
    """Half a file, or one of another shape, says nothing: the environment counts as interrupted."""
    folder = tmp_path / ".local" / "share" / "pipx" / "venvs" / "ruff"
    folder.mkdir(parents=True)
    (folder / "pipx_metadata.json").write_bytes(text.encode("utf-8", "surrogateescape"))

    (found,) = pipx.open(host("linux", tmp_path), Options()).find()

    assert found.name == "ruff"
    assert found.flaw == "an earlier installation of it was interrupted"


def test_a_link_left_behind_is_an_orphan(tmp_path: Path) -> None:
    """Its environment is gone; removing it is removing the link, for pipx would say there is nothing to uninstall."""
    gone = tmp_path / ".local/share/pipx/venvs/gone/bin/gone"
    link = tmp_path / ".local/bin/gone"
    link.parent.mkdir(parents=True)
    link.symlink_to(gone)
    resource = pipx.open(host(home=tmp_path), Options())

    (orphan,) = resource.find()

    assert (orphan.name, orphan.leftovers) == ("gone", (str(link),))
    assert orphan.flaw == "its environment is gone, its command is left behind"
    assert resource.remove(orphan).do == (Delete(path=str(link)),)


def test_a_file_in_place_of_a_link_is_another_ones(tmp_path: Path) -> None:
    """Whoever put it there, a shell runs it instead of what pipx installed."""
    app = stub(tmp_path / ".local/share/pipx/venvs/tool/bin", "tool")
    stub(app.parent, "python")
    (app.parents[1] / "lib/python3.11/site-packages/tool-1.0.dist-info").mkdir(parents=True)
    receipt = {"main_package": {"package": "tool", "apps": ["tool"]}}
    (app.parents[1] / "pipx_metadata.json").write_text(json.dumps(receipt))
    stub(tmp_path / ".local/bin", "tool", "echo another")

    (found,) = pipx.open(host(home=tmp_path), Options()).find()

    assert found.flaw == f"{tmp_path}/.local/bin/tool belongs to something else"


def installed(home: Path, folder: str, said: str, noted: str) -> Present:
    """A tool whose package's folder, METADATA and receipt each tell a version, as pipx finds it."""
    app = stub(home / ".local/share/pipx/venvs/tool/bin", "tool")
    stub(app.parent, "python")
    info = app.parents[1] / f"lib/python3.11/site-packages/tool-{folder}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: tool\nVersion: {said}\n")
    receipt = {"main_package": {"package": "tool", "apps": ["tool"], "package_version": noted}}
    (app.parents[1] / "pipx_metadata.json").write_text(json.dumps(receipt))
    (home / ".local/bin").mkdir()
    (home / ".local/bin/tool").symlink_to(app)
    return pipx.open(host(home=home), Options()).find()[0]


@pytest.mark.parametrize(
    ("folder", "said", "noted", "version", "receipt", "flaw"),
    [
        ("1.0b1", "1.0-beta1", "1.0b1", "1.0-beta1", "1.0b1", ""),
        ("2.0", "2.0", "1.0", "2.0", "1.0", ""),
        ("2.0", "1.0", "1.0", "1.0", "", "its package is 1.0 and 2.0 at once"),
        ("1.0", "2.0", "1.0", "2.0", "1.0", "its package is 2.0 and 1.0 at once"),
    ],
)
def test_the_package_itself_says_its_version(
    folder: str, said: str, noted: str, version: str, receipt: str, flaw: str, tmp_path: Path
) -> None:
    """Its METADATA, which its folder's name must not contradict; what the receipt says is kept beside it."""
    found = installed(tmp_path, folder, said, noted)

    assert (found.version, found.receipt, found.flaw) == (version, receipt, flaw)


def test_what_was_changed_inside_is_made_anew(tmp_path: Path) -> None:
    """pipx goes by its receipt: `--upgrade` to the version it notes does nothing, with exit 0."""
    have = installed(tmp_path, "2.0", "2.0", "1.0")

    steps = pipx.open(host(home=tmp_path), Options()).change(Wanted(kind="pipx", name="tool"), have, "1.0").do

    words = [step.argv[4:] for step in steps if isinstance(step, Run)]
    assert words == [("uninstall", "tool"), ("install", "tool==1.0")]


def test_what_was_altered_in_place_does_not_come_from_the_cache(tmp_path: Path) -> None:
    """uv's cache has the same files, by hard links."""
    have = installed(tmp_path, "2.0", "1.0", "2.0")

    first, *_ = pipx.open(host(home=tmp_path), Options()).change(Wanted(kind="pipx", name="tool"), have, "2.0").do

    assert isinstance(first, Run)
    assert first.argv[1:] == ("cache", "clean", "tool")


def test_an_old_pipx_that_came_later_is_told_that_it_cannot_read_the_home(tmp_path: Path) -> None:
    """What we installed stays where it is: a home of our own would leave it behind, and not help the old pipx."""
    venv = tmp_path / ".local" / "share" / "pipx" / "venvs" / "ruff"
    venv.mkdir(parents=True)
    (venv / "pipx_metadata.json").write_text('{"pipx_metadata_version": "0.12"}')
    theirs = their_pipx(tmp_path / "theirs", "1.8.0")

    found = pipx.open(host("linux", tmp_path, {"PATH": str(theirs)}), Options())

    assert found.home == tmp_path / ".local" / "share" / "pipx"
    (note,) = found.notes
    assert "it cannot read 1 environments" in note
    assert "upgrade it" in note


def held(*traits: str) -> Present:
    return Present(kind="pipx", name="ruff", version="0.14.1", where="/venvs/ruff", traits=traits)


@pytest.mark.parametrize(
    ("have", "is_held", "do", "undo"),
    [
        (held(), True, "pin", "unpin"),
        (held("pinned"), False, "unpin", "pin"),
        (held("pinned", "locked"), False, "unpin", "pin"),
    ],
)
def test_holding_is_pipx_s_own_pin(have: Present, is_held: bool, do: str, undo: str) -> None:
    """It is what every other program that calls pipx respects; freeing is the way back."""
    steps = pipx.open(host(), Options()).hold(have, is_held=is_held)

    assert [step.argv[-2:] for step in (*steps.do, *steps.undo) if isinstance(step, Run)] == [
        (do, "ruff"),
        (undo, "ruff"),
    ]


@pytest.mark.parametrize(("have", "is_held"), [(held("pinned"), True), (held(), False)])
def test_what_is_held_already_needs_no_step(have: Present, is_held: bool) -> None:
    """Asking twice starts nothing."""
    steps = pipx.open(host(), Options()).hold(have, is_held=is_held)

    assert (steps.do, steps.undo) == ((), ())


def test_copies_of_locks_that_nothing_uses_go(tmp_path: Path) -> None:
    """The one that is coming and the one in use stay: the way back needs it."""
    home = tmp_path / ".local" / "share" / "pipx"
    venv, locks = home / "venvs" / "ruff", home / "aim-locks" / "ruff"
    for name in ("old", "in-use"):
        (locks / name).mkdir(parents=True)
    venv.mkdir(parents=True)
    noted = f'{{"__type__": "Path", "__Path__": "{locks}/in-use/pylock.ruff.toml"}}'
    (venv / "pipx_metadata.json").write_text(f'{{"main_package": {{"package": "ruff", "lock_file": {noted}}}}}')
    wanted = Wanted(kind="pipx", name="ruff", version="0.14.2", lock_file="/p/pylock.ruff.toml", lock_sha256="f" * 64)
    resource = pipx.open(host("linux", tmp_path), Options())

    steps = resource.change(wanted, resource.find()[0], "0.14.2")

    copy = Copy(source="/p/pylock.ruff.toml", path=f"{locks}/{'f' * 12}/pylock.ruff.toml", sha256="f" * 64)
    assert steps.do[:2] == (copy, Delete(path=str(locks / "old")))


def test_a_python_that_nobody_has_is_told_before_anything_is_done(tmp_path: Path) -> None:
    """What is lacking, and how to get it."""
    wanted = Wanted(kind="pipx", name="aider-chat", python="<3.9")

    with pytest.raises(MissingProgram, match="no Python on this machine fits <3") as told:
        pipx.open(host("linux", tmp_path, {"PATH": ""}), Options()).change(wanted, None, "")

    assert told.value.remedy == "uv python install 3.8"


def test_a_folder_we_stand_in_lends_pipx_no_modules() -> None:
    """`python -m` puts the current folder first: a json.py there would be pipx's."""
    (step,) = pipx.open(host(), Options()).change(Wanted(kind="pipx", name="ruff"), None, "").do

    assert isinstance(step, Run)
    assert step.argv[1:4] == ("-P", "-m", "pipx")


@pytest.mark.parametrize(("made_ns", "goes"), [(1_000, True), (3_000, False)])
def test_what_pipx_put_back_itself_is_not_made_anew(made_ns: int, goes: bool, tmp_path: Path) -> None:
    """An environment that is older than the lock it should come from is the former one: no index is needed for it."""
    have = installed(tmp_path, "1.0", "1.0", "1.0")
    copy = tmp_path / ".local/share/pipx/aim-locks/tool" / ("f" * 12) / "pylock.tool.toml"
    copy.parent.mkdir(parents=True)
    copy.write_text("")
    os.utime(copy, ns=(2_000, 2_000))
    os.utime(Path(have.where) / "pipx_metadata.json", ns=(made_ns, made_ns))

    steps = pipx.open(host(home=tmp_path), Options()).salvage(have)

    assert steps == ((Delete(path=str(copy.parent)),) if goes else ())


# --- several at once ----------------------------------------------------------------------------------------------


def locked(name: str, folder: Path, have: str = "", python: str = "") -> Change:
    """A change that installs one tool from its lock, as the plan has it."""
    found = pipx.open(host("linux", folder), Options())
    version, sha = "1.0", "ab" * 32
    wanted = Wanted(kind="pipx", name=name, version=version, lock_file=f"/lock/{name}", lock_sha256=sha, python=python)
    there = Present(kind="pipx", name=name, version=have, where=str(folder / name)) if have else None
    steps = found.change(wanted, there, version)
    return Change(
        id=f"pipx:{name}",
        kind="pipx",
        name=name,
        have=have,
        want=version,
        reason="missing",
        do=steps.do,
        undo=steps.undo,
        lane=found.lane,
    )


def test_locked_tools_are_one_pipx(tmp_path: Path) -> None:
    """A copy of each lock, one file as `pipx list --json` writes it, one call for all of them."""
    found = pipx.open(host("linux", tmp_path), Options()).batch(
        [locked("greet", tmp_path), locked("hat", tmp_path, python="/usr/bin/python3")]
    )

    assert found is not None
    first, second, write, run, delete = found.together
    assert isinstance(write, Write)
    assert isinstance(run, Run)
    assert [step.source for step in (first, second) if isinstance(step, Copy)] == ["/lock/greet", "/lock/hat"]
    assert (run.argv[-2:], delete) == (("install", write.path), Delete(path=str(Path(write.path).parent)))
    said = {name: entry["metadata"] for name, entry in json.loads(write.text)["venvs"].items()}
    assert {name: each["main_package"]["package_or_url"] for name, each in said.items()} == {
        "greet": "greet==1.0",
        "hat": "hat==1.0",
    }
    assert said["greet"]["main_package"]["lock_file"]["__Path__"] == first.path  # type: ignore[union-attr]
    assert [said[name]["source_interpreter"] for name in said] == [
        None,
        {"__type__": "Path", "__Path__": "/usr/bin/python3"},
    ]
    assert found.alone == ((), ())


def test_what_is_there_or_has_no_lock_stays_alone(tmp_path: Path) -> None:
    """`pipx install-all` leaves alone what is installed, and takes the newest of what it does not know."""
    there = locked("greet", tmp_path, have="0.9")
    free = msgspec.structs.replace(locked("greet", tmp_path), do=locked("greet", tmp_path).do[1:])
    resource = pipx.open(host("linux", tmp_path), Options())

    assert resource.batch([locked("hat", tmp_path), there]) is None
    assert resource.batch([locked("hat", tmp_path), free]) is None
