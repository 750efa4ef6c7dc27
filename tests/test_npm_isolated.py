"""npm tools in folders of their own: what is built, current and kept, on systems with and without links."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from aim_lib.host import Host
from aim_lib.model import Copy, Delete, Run, Wanted
from aim_lib.resources import Options, _npm_hands, npm
from aim_lib.resources._npm_isolated import name_of, safe_name

from .fakes import host, stub

MANIFEST = '{{"name": "{name}", "version": "{version}", "bin": {{"{name}": "cli.js"}}}}'


def machine(home: Path, system: str = "linux", npm_version: str = "") -> Host:
    """A machine with node and npm; the version of npm is on disk when it is given."""
    root = home / "programs"
    if system == "windows":
        stub(root, "npm.cmd")
        stub(root, "node.exe")
        script = stub(root / "node_modules" / "npm" / "bin", "npm-cli.js")
    else:
        script = stub(home / "lib" / "npm" / "bin", "npm-cli.js")
        stub(root, "node")
        (root / "npm").symlink_to(script)
    if npm_version:
        manifest = script.parents[1] / "package.json"
        manifest.write_text(json.dumps({"name": "npm", "version": npm_version}), encoding="utf-8")
    return host(system, home, {"PATH": str(root), "PATHEXT": ".EXE;.CMD"})


def tools(on: Host) -> Path:
    return on.folders.data / "npm-tools"


def build(on: Host, version: str, name: str = "mkdirp", folder: str = "") -> Path:
    """What npm leaves after it has built one version."""
    place = tools(on) / safe_name(name) / (folder or version)
    package = place / "node_modules" / name
    script = stub(package, "cli.js")
    (package / "package.json").write_text(MANIFEST.format(name=name, version=version), encoding="utf-8")
    made = place / "node_modules" / ".bin"
    made.mkdir()
    if on.is_windows:
        for ending in ("", ".cmd", ".ps1"):
            stub(made, name + ending)
    else:
        (made / name).symlink_to(script)
    (place / "node_modules" / ".package-lock.json").write_text("{}")
    manifest = {"name": "isolated-by-aim", "private": True, "dependencies": {name: version}}
    (place / "package.json").write_text(json.dumps(manifest, indent=2) + "\n")
    lock = {"packages": {"": {"dependencies": {name: version}}, f"node_modules/{name}": {"integrity": "sha512-x"}}}
    (place / "package-lock.json").write_text(_npm_hands.normal_text(json.dumps(lock).encode()))
    return place


def expose(on: Host, folder: str, name: str = "mkdirp") -> int:
    style = "text" if on.is_windows else "link"
    root = tools(on)
    return _npm_hands.main(["expose", str(root / safe_name(name)), folder, name, str(root / "bin"), style])


def wanted(version: str = "3.0.1", **more: object) -> Wanted:
    return Wanted(kind="npm", name="mkdirp", version=version, request=version, **more)  # type: ignore[arg-type]


# --- the names of folders ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cowsay", "@antfu/ni", "bin", "CON", "nul", "com1", "@bin/bin", "a.b_c~d"])
def test_a_folder_name_is_safe_and_leads_back(name: str) -> None:
    """Scopes, Windows' devices and our own folder's name: one folder, from which the package can be read."""
    folder = safe_name(name)

    assert name_of(folder) == name
    assert not {*folder} & {*'/\\:*?"<>|'}
    assert folder.lower() not in ("bin", "con", "nul", "com1")


# --- switching --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", ["linux", "windows"])
def test_the_current_version_is_found(system: str, tmp_path: Path) -> None:
    """Version and command are those of the current build; the former one is a leftover, not a flaw."""
    on = machine(tmp_path, system)
    former, now = build(on, "2.1.6"), build(on, "3.0.1")
    expose(on, "3.0.1")

    (found,) = npm.open(on, Options()).find()

    assert (found.version, found.flaw) == ("3.0.1", "")
    assert found.where == str(now / "node_modules" / "mkdirp")
    assert found.leftovers == (str(former),)
    assert found.bin_folder == str(tools(on) / "bin")


@pytest.mark.parametrize("system", ["linux", "windows"])
def test_switching_is_whole_and_repeatable(system: str, tmp_path: Path) -> None:
    """Exposing another build leads every command there, as often as it is done."""
    on = machine(tmp_path, system)
    build(on, "2.1.6")
    build(on, "3.0.1")

    codes = [expose(on, folder) for folder in ("2.1.6", "3.0.1", "3.0.1")]

    (found,) = npm.open(on, Options()).find()
    assert codes == [0, 0, 0]
    assert (found.version, found.flaw) == ("3.0.1", "")


def test_windows_entrances_name_the_build(tmp_path: Path) -> None:
    """Without links a command is three texts, for cmd.exe, PowerShell and a shell, each in its own manner."""
    on = machine(tmp_path, "windows")
    build(on, "3.0.1")
    expose(on, "3.0.1")

    texts = {path.suffix: path.read_bytes().decode() for path in (tools(on) / "bin").iterdir()}

    way = "../mkdirp/3.0.1/node_modules/.bin/mkdirp"
    assert texts[".cmd"] == f'@"%~dp0{way}.cmd" %*\r\n'.replace("/", "\\")
    assert texts[""] == f'#!/bin/sh\nexec "$(dirname "$0")/{way}" "$@"\n'
    assert f'& "$PSScriptRoot/{way}.ps1" $args' in texts[".ps1"]
    assert (tools(on) / "mkdirp" / "current").read_text() == "3.0.1"


def test_a_windows_entrance_of_another_build_is_a_flaw(tmp_path: Path) -> None:
    """Killed between the texts and the mark of the current build: a command that leads elsewhere is seen."""
    on = machine(tmp_path, "windows")
    build(on, "2.1.6")
    build(on, "3.0.1")
    expose(on, "3.0.1")
    (tools(on) / "mkdirp" / "current").write_text("2.1.6")

    (found,) = npm.open(on, Options()).find()

    assert found.flaw == f"{tools(on) / 'bin' / 'mkdirp.cmd'} belongs to something else"


@pytest.mark.parametrize("system", ["linux", "windows"])
def test_another_tools_command_is_not_taken(system: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Two packages with a command of the same name: the second is refused before anything is changed."""
    on = machine(tmp_path, system)
    build(on, "3.0.1")
    stub(tools(on) / "bin", "mkdirp.cmd" if system == "windows" else "mkdirp")

    code = expose(on, "3.0.1")

    diagnosis = npm.open(on, Options()).diagnose(capfd.readouterr().err)
    assert code == 1
    assert diagnosis.message.startswith("the package: the command mkdirp")
    assert not (tools(on) / "mkdirp" / "current").exists()


@pytest.mark.parametrize("system", ["linux", "windows"])
def test_withdrawing_leaves_other_tools_alone(system: str, tmp_path: Path) -> None:
    """No command of this tool, every one of the others."""
    on = machine(tmp_path, system)
    build(on, "3.0.1")
    build(on, "7.6.0", "semver")
    expose(on, "3.0.1")
    expose(on, "7.6.0", "semver")

    code = _npm_hands.main(["withdraw", str(tools(on) / "mkdirp"), str(tools(on) / "bin")])

    left = {path.stem for path in (tools(on) / "bin").iterdir()}
    assert (code, left) == (0, {"semver"})


def test_a_hostile_command_name_stays_inside(tmp_path: Path) -> None:
    """A package.json whose command climbs out of the folder gets no link for it."""
    on = machine(tmp_path)
    place = build(on, "3.0.1")
    manifest = place / "node_modules" / "mkdirp" / "package.json"
    manifest.write_text('{"name": "mkdirp", "version": "3.0.1", "bin": {"../../evil": "cli.js", "mkdirp": "cli.js"}}')

    expose(on, "3.0.1")

    assert [path.name for path in (tools(on) / "bin").iterdir()] == ["mkdirp"]


def test_a_missing_package_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An npm that reports success without the package: nothing is switched, and the sentence is everybody's."""
    on = machine(tmp_path)

    code = expose(on, "3.0.1")

    diagnosis = npm.open(on, Options()).diagnose(capfd.readouterr().err)
    assert code == 1
    assert diagnosis.message == "the installer of the package reported success, but it is not there"


# --- what is built, and what need not be ------------------------------------------------------------------------


def test_a_former_version_is_switched_to_without_npm(tmp_path: Path) -> None:
    """What is whole, of this version and of these words is only made current."""
    on = machine(tmp_path)
    build(on, "2.1.6")
    build(on, "3.0.1")
    expose(on, "2.1.6")

    steps = npm.open(on, Options()).change(wanted(), None, "3.0.1")

    (step,) = steps.do
    assert isinstance(step, Run)
    assert step.argv[-6:-4] == ("expose", str(tools(on) / "mkdirp"))
    assert len(steps.undo) == 1


@pytest.mark.parametrize(
    "spoilt", ["node_modules/.package-lock.json", "package.json", "node_modules/mkdirp/package.json"]
)
def test_a_former_version_that_is_not_whole_is_built_anew(spoilt: str, tmp_path: Path) -> None:
    """Half a build, or one of other words, is swept and not used."""
    on = machine(tmp_path)
    build(on, "2.1.6")
    former = build(on, "3.0.1")
    expose(on, "2.1.6")
    (former / spoilt).unlink()

    steps = npm.open(on, Options()).change(wanted(), None, "3.0.1")

    assert steps.do[0] == Delete(path=str(former))
    assert len(steps.do) == 4


@pytest.mark.parametrize(("digest", "is_used"), [("", True), ("0" * 64, False)])
def test_a_former_version_of_another_lock_is_built_anew(digest: str, is_used: bool, tmp_path: Path) -> None:
    """Where a lock is wanted, a former build counts only when it is of that very lock."""
    on = machine(tmp_path)
    build(on, "2.1.6")
    former = build(on, "3.0.1")
    expose(on, "2.1.6")
    own = hashlib.sha256((former / "package-lock.json").read_bytes()).hexdigest()

    steps = npm.open(on, Options()).change(wanted(lock_file="/lock", lock_sha256=digest or own), None, "3.0.1")

    assert (len(steps.do) == 1) is is_used
    assert any(isinstance(step, Copy) for step in steps.do) is not is_used


def test_healing_never_touches_what_is_current(tmp_path: Path) -> None:
    """The same version once more is built beside the present one, which works until the switch."""
    on = machine(tmp_path)
    now = build(on, "3.0.1")
    expose(on, "3.0.1")

    steps = npm.open(on, Options()).change(wanted(), None, "3.0.1")

    touched = [step for step in steps.do if isinstance(step, Delete) or str(now) in str(getattr(step, "path", ""))]
    assert [step for step in touched if not str(getattr(step, "path", "")).startswith(f"{now}-again")] == []


def test_the_third_build_of_a_version_takes_the_first_name(tmp_path: Path) -> None:
    """Names do not grow: what is current is never built into, and there are two."""
    on = machine(tmp_path)
    build(on, "3.0.1", folder="3.0.1-again")
    expose(on, "3.0.1-again")

    steps = npm.open(on, Options()).change(wanted(), None, "3.0.1")

    assert str(tools(on) / "mkdirp" / "3.0.1" / "package.json") == getattr(steps.do[0], "path", "")


def test_the_same_plan_twice_is_the_same(tmp_path: Path) -> None:
    """A saved plan must be one that planning gives again: nothing in it is random or of this moment."""
    on = machine(tmp_path)
    asked = Wanted(kind="npm", name="@scope/x", request="^1")

    first, second = (npm.open(on, Options()).change(asked, None, "") for _ in range(2))

    assert first == second


# --- install scripts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["isolated", "global"])
@pytest.mark.parametrize(
    ("version", "allow", "expected"),
    [
        ("12.2.0", False, {"NPM_CONFIG_STRICT_ALLOW_SCRIPTS"}),
        ("12.2.0", True, {"NPM_CONFIG_DANGEROUSLY_ALLOW_ALL_SCRIPTS"}),
        ("11.19.1", False, set()),
        ("10.9.2", True, set()),
        ("", False, set()),
    ],
)
def test_scripts_run_or_the_installation_is_refused(
    layout: str, version: str, allow: bool, expected: set[str], tmp_path: Path
) -> None:
    """npm 12 blocks scripts and says nothing in its exit code: it is told to refuse; older ones run them as ever."""
    on = machine(tmp_path, npm_version=version)

    steps = npm.open(on, Options()).change(wanted(layout=layout, allow_scripts=allow), None, "3.0.1")

    (call,) = [step for step in steps.do if isinstance(step, Run) and step.argv[0].endswith("npm")]
    assert {name for name, _ in call.env if "SCRIPTS" in name} == expected


# --- two layouts ------------------------------------------------------------------------------------------------


def put_globally(on: Host, version: str) -> Path:
    package = on.folders.data / "npm" / "lib" / "node_modules" / "mkdirp"
    script = stub(package, "cli.js")
    (package / "package.json").write_text(MANIFEST.format(name="mkdirp", version=version), encoding="utf-8")
    link = on.folders.data / "npm" / "bin" / "mkdirp"
    link.parent.mkdir()
    link.symlink_to(script)
    return package


@pytest.mark.parametrize(("layout", "version"), [("", "3.0.1"), ("isolated", "3.0.1"), ("global", "2.1.6")])
def test_a_tool_in_both_layouts_is_one(layout: str, version: str, tmp_path: Path) -> None:
    """It is found where it is declared to be, isolated before global, and the other place is among its traits."""
    on = machine(tmp_path)
    places = {"3.0.1": str(build(on, "3.0.1") / "node_modules" / "mkdirp"), "2.1.6": str(put_globally(on, "2.1.6"))}
    expose(on, "3.0.1")

    (found,) = npm.open(on, Options(layouts={"npm:mkdirp": layout})).find()

    (other,) = places.keys() - {version}
    assert (found.version, found.where) == (version, places[version])
    assert f"also:{places[other]}" in found.traits


def test_a_half_built_folder_does_not_hide_a_global_tool(tmp_path: Path) -> None:
    """A killed first build beside a global tool: the tool is the global one, and stays global."""
    on = machine(tmp_path)
    build(on, "3.0.1")
    put_globally(on, "2.1.6")

    (found,) = npm.open(on, Options()).find()
    steps = npm.open(on, Options()).change(wanted(), found, "3.0.1")

    assert (found.version, found.flaw, found.traits) == ("2.1.6", "", ("global",))
    assert any(isinstance(step, Run) and "--global" in step.argv for step in steps.do)


def test_both_folders_of_commands_are_ours(tmp_path: Path) -> None:
    """With tools in both layouts both folders belong on PATH, that of isolated ones first."""
    on = machine(tmp_path)
    build(on, "3.0.1")
    put_globally(on, "2.1.6")

    found = npm.open(on, Options()).bin_folders

    assert found == (tools(on) / "bin", on.folders.data / "npm" / "bin")


def test_only_the_layout_in_use_belongs_on_path(tmp_path: Path) -> None:
    """Who has global tools alone is not told of another folder."""
    on = machine(tmp_path)
    put_globally(on, "2.1.6")

    assert npm.open(on, Options()).bin_folders == (on.folders.data / "npm" / "bin",)


@pytest.mark.parametrize(("first", "flaw"), [("#!/usr/bin/env node", "the node that runs mkdirp is gone"), ("", "")])
def test_a_script_without_node_is_broken(first: str, flaw: str, tmp_path: Path) -> None:
    """Node was uninstalled: what it ran is broken, and a program of its own is not."""
    on = machine(tmp_path)
    place = build(on, "3.0.1")
    expose(on, "3.0.1")
    (place / "node_modules" / "mkdirp" / "cli.js").write_text(f"{first}\n")
    (tmp_path / "programs" / "node").unlink()

    (found,) = npm.open(on, Options()).find()

    assert found.flaw == flaw


def test_a_tool_whose_node_was_gone_is_not_built_anew(tmp_path: Path) -> None:
    """The node comes back first; then the tool is only exposed again, with the build it has."""
    on = machine(tmp_path)
    place = build(on, "3.0.1")
    expose(on, "3.0.1")
    (place / "node_modules" / "mkdirp" / "cli.js").write_text("#!/usr/bin/env node\n")
    (tmp_path / "programs" / "node").unlink()
    resource = npm.open(on, Options(node_version="22.14.0"))
    (found,) = resource.find()

    steps = resource.change(wanted(), found, "3.0.1")

    (step,) = steps.do
    assert isinstance(step, Run)
    assert step.argv[-6:] == ("expose", str(tools(on) / "mkdirp"), "3.0.1", "mkdirp", str(tools(on) / "bin"), "link")
    assert resource.prerequisite() is not None


# --- locks ------------------------------------------------------------------------------------------------------


def test_what_is_there_is_locked_by_its_own_lock(tmp_path: Path) -> None:
    """No step: the lock that it was built from, in normal form, is the companion."""
    on = machine(tmp_path)
    place = build(on, "3.0.1")
    expose(on, "3.0.1")
    resource = npm.open(on, Options())
    (have,) = resource.find()

    locking = resource.locking(wanted(), have, "3.0.1", tmp_path / "scratch")

    assert locking is not None
    assert (locking.steps, locking.made) == ((), str(place / "package-lock.json"))
    assert locking.name == "mkdirp.package-lock.json"


@pytest.mark.parametrize("why", ["absent", "another version", "a range", "no hash", "not normal"])
def test_otherwise_npm_makes_the_lock(why: str, tmp_path: Path) -> None:
    """A lock that is not for exactly this, or that lacks a hash, is made by npm without installing anything."""
    on = machine(tmp_path)
    place = build(on, "3.0.1")
    expose(on, "3.0.1")
    resource = npm.open(on, Options())
    (have,) = resource.find()
    lock = place / "package-lock.json"
    edits = {"a range": ('"3.0.1"', '"*"'), "no hash": ("integrity", "nothing"), "not normal": ("\n}", "}")}
    lock.write_text(lock.read_text().replace(*edits.get(why, ("", ""))))
    version = "3.0.2" if why == "another version" else "3.0.1"

    locking = resource.locking(wanted(), None if why == "absent" else have, version, tmp_path / "scratch")

    assert locking is not None
    assert [type(step).__name__ for step in locking.steps] == ["Write", "Run", "Run"]
    assert "--package-lock-only" in getattr(locking.steps[1], "argv", ())


@pytest.mark.parametrize("more", [{"layout": "global"}, {"source": "https://github.com/ada/x.tgz"}])
def test_some_are_locked_by_version_alone(more: dict[str, str], tmp_path: Path) -> None:
    """A global tool has no lock of its own, and what is not from a registry no hash."""
    resource = npm.open(machine(tmp_path), Options())

    assert resource.locking(wanted(**more), None, "3.0.1", tmp_path) is None


def entry(**keys: object) -> dict[str, object]:
    return {"version": "1.0.0", "integrity": "sha512-x", **keys}


@pytest.mark.parametrize(
    ("path", "before", "resolved"),
    [
        (
            "a",
            entry(resolved="https://mirror.test/npm/a/-/a-1.0.0.tgz?token=s"),
            "https://registry.npmjs.org/a/-/a-1.0.0.tgz",
        ),
        ("a", entry(), "https://registry.npmjs.org/a/-/a-1.0.0.tgz"),
        ("b", entry(name="a"), "https://registry.npmjs.org/a/-/a-1.0.0.tgz"),
        (
            "a",
            entry(resolved="https://registry.npmjs.org/a/-/a-1.0.0.tgz"),
            "https://registry.npmjs.org/a/-/a-1.0.0.tgz",
        ),
        ("@s/a", entry(resolved="https://mirror.test/@s/a/-/a-1.0.0.tgz"), None),
        ("a", {"version": "1.0.0", "resolved": "git+https://u:p@host.test/a.git#1"}, "git+https://host.test/a.git#1"),
        ("a", entry(inBundle=True), None),
        ("a", {"link": True, "resolved": "../a"}, "../a"),
    ],
)
def test_a_lock_is_of_no_machine(path: str, before: dict[str, object], resolved: str | None) -> None:
    """Mirrors become the public registry, which every npm takes for its own; credentials go; the rest stays."""
    lock = {"packages": {"": {}, f"node_modules/{path}": before}}

    after = json.loads(_npm_hands.normal_text(json.dumps(lock).encode()))["packages"][f"node_modules/{path}"]

    assert after.get("resolved") == resolved
    assert after.get("integrity") == before.get("integrity")


def test_the_normal_form_is_normal() -> None:
    """Bringing a lock to normal form twice gives the same bytes."""
    once = _npm_hands.normal_text(json.dumps({"packages": {"node_modules/a": entry()}}).encode())

    assert _npm_hands.normal_text(once.encode()) == once


def test_a_lock_without_a_hash_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A registry that gives no hash cannot be locked, and the package is named."""
    lock = tmp_path / "package-lock.json"
    lock.write_text(json.dumps({"packages": {"": {}, "node_modules/a": {"version": "1.0.0"}}}))

    code = _npm_hands.main(["tidy", str(lock)])

    assert code == 1
    assert "the registry gives no hash for node_modules/a" in capfd.readouterr().err


def test_a_deleted_tool_is_gone(tmp_path: Path) -> None:
    """Someone removed the whole folder of a tool: its dangling command is no tool."""
    on = machine(tmp_path)
    build(on, "3.0.1")
    expose(on, "3.0.1")
    shutil.rmtree(tools(on) / "mkdirp")

    assert npm.open(on, Options()).find() == ()
