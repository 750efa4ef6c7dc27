"""scoop: where it lives, which of its versions is in use, what it cannot install, and what its failures mean."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aim_lib.errors import BadConfig, CommandFailed
from aim_lib.host import Host
from aim_lib.mistakes import find_mistakes
from aim_lib.model import Present, Run, Wanted
from aim_lib.resources import Options, scoop

from .fakes import host, stub


def windows(home: Path, **env: str) -> Host:
    return host("windows", home, {"PATHEXT": ".EXE", **env})


def install(root: Path, app: str, version: str, manifest: dict[str, object] | None = None, **info: object) -> Path:
    """An app at a version, in use; returns its folder."""
    folder = root / "apps" / app / version
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"version": version, **(manifest or {})}))
    (folder / "install.json").write_text(json.dumps({"bucket": "main", "architecture": "64bit", **info}))
    current = folder.parent / "current"
    current.unlink(missing_ok=True)
    current.symlink_to(version)
    return folder


def in_bucket(root: Path, bucket: str, app: str, **manifest: object) -> None:
    """A manifest in a bucket of this machine."""
    folder = root / "buckets" / bucket / "bucket"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{app}.json").write_text(json.dumps(manifest))


def settings(home: Path, **values: object) -> None:
    """Scoop's own settings."""
    folder = home / ".config" / "scoop"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(values))


def words(on: Host, item: Wanted, have: Present | None = None) -> list[tuple[str, ...]]:
    """What Scoop is told to do for `item`."""
    steps = scoop.open(on, Options()).change(item, have, item.version).do
    return [step.argv[step.argv.index("-File") + 2 :] for step in steps if isinstance(step, Run)]


def wanted(name: str, version: str = "", source: str = "") -> Wanted:
    return Wanted(kind="scoop", name=name, request=version or "*", version=version, source=source)


# --- where it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "values", "root"),
    [
        ({}, {}, "{home}/scoop"),
        ({"SCOOP": ""}, {}, "{home}/scoop"),
        ({}, {"root_path": "/d/scoop"}, "/d/scoop"),
        ({}, {"rootPath": "/d/before-2022"}, "/d/before-2022"),
        ({"SCOOP": "/e/scoop"}, {"root_path": "/d/scoop"}, "/e/scoop"),
    ],
)
def test_the_root_is_scoop_s_own(env: dict[str, str], values: dict[str, object], root: str, tmp_path: Path) -> None:
    """Scoop's own order: its variable, its setting (under its names of today and of before), ~/scoop."""
    settings(tmp_path, **values)

    found = scoop.open(windows(tmp_path, **env), Options())

    assert found.root == Path(root.format(home=tmp_path))
    assert found.bin_folders == (found.root / "shims",)


@pytest.mark.parametrize(
    ("env", "values", "shared"),
    [
        ({"PROGRAMDATA": "/c/ProgramData"}, {}, Path("/c/ProgramData/scoop")),
        ({"PROGRAMDATA": "/c/ProgramData"}, {"global_path": "/d/all"}, Path("/d/all")),
        ({"SCOOP_GLOBAL": "/e/all"}, {"globalPath": "/d/all"}, Path("/e/all")),
        ({}, {}, None),
    ],
)
def test_apps_for_everybody_have_a_root_of_their_own(
    env: dict[str, str], values: dict[str, object], shared: Path | None, tmp_path: Path
) -> None:
    """Scoop's order again, with the system's folder for everybody's data last."""
    settings(tmp_path, **values)

    assert scoop.open(windows(tmp_path, **env), Options()).shared == shared


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_settings_that_cannot_be_read_are_none(text: str, tmp_path: Path) -> None:
    """A broken config.json does not keep anything from being found."""
    settings(tmp_path)
    (tmp_path / ".config" / "scoop" / "config.json").write_text(text)

    assert scoop.open(windows(tmp_path), Options()).root == tmp_path / "scoop"


@pytest.mark.parametrize("system", ["linux", "macos"])
def test_scoop_is_of_windows(system: str, tmp_path: Path) -> None:
    """Elsewhere the reason is said, and nothing is put on PATH."""
    found = scoop.open(host(system, tmp_path), Options())

    assert found.unsuitable == "Scoop runs only on Windows"
    assert found.bin_folders == ()


def test_a_windows_without_scoop_is_told_what_is_missing(tmp_path: Path) -> None:
    """The reason names the file that was looked for."""
    assert "scoop.ps1 is not there" in scoop.open(windows(tmp_path), Options()).unsuitable


def test_a_windows_with_scoop_is_suitable(tmp_path: Path) -> None:
    """Scoop's script is all that is needed; its folder need not be on PATH."""
    stub(tmp_path / "scoop" / "apps" / "scoop" / "current" / "bin", "scoop.ps1")

    assert scoop.open(windows(tmp_path), Options()).unsuitable == ""


@pytest.mark.parametrize(
    ("there", "shell"), [((), "powershell"), (("powershell",), "powershell"), (("powershell", "pwsh"), "pwsh")]
)
def test_powershell_is_chosen_as_scoop_s_shims_do(there: tuple[str, ...], shell: str, tmp_path: Path) -> None:
    """PowerShell 7 when it is on PATH, else the one of Windows, which is there also when PATH hides it."""
    for name in there:
        stub(tmp_path / "programs", f"{name}.exe")
    on = windows(tmp_path, PATH=str(tmp_path / "programs"))

    (step,) = scoop.open(on, Options()).change(wanted("bat"), None, "").do

    assert isinstance(step, Run)
    assert Path(step.argv[0]).stem == shell
    assert dict(step.env)["SCOOP"] == str(tmp_path / "scoop")


# --- what is there ----------------------------------------------------------------------------------------------


def test_scoop_itself_is_no_tool(tmp_path: Path) -> None:
    """Scoop is an app of its own; it is not what anybody declares."""
    install(tmp_path / "scoop", "scoop", "0.5.3")

    assert scoop.open(windows(tmp_path), Options()).find() == ()


def test_current_says_which_version_is_in_use(tmp_path: Path) -> None:
    """Of two versions side by side the one that `current` leads to counts, installed last or not."""
    install(tmp_path / "scoop", "bat", "0.27.0")
    install(tmp_path / "scoop", "bat", "0.26.1")

    (found,) = scoop.open(windows(tmp_path), Options()).find()

    assert found.version == "0.26.1"


def test_without_junctions_the_version_installed_last_counts(tmp_path: Path) -> None:
    """The setting no_junction does without `current`; Scoop then goes by the time of install.json."""
    settings(tmp_path, no_junction=True)
    for version in ("0.27.0", "0.26.1"):
        install(tmp_path / "scoop", "bat", version)
    (tmp_path / "scoop" / "apps" / "bat" / "current").unlink()
    os.utime(tmp_path / "scoop" / "apps" / "bat" / "0.26.1" / "install.json", (2_000_000_000, 2_000_000_000))

    (found,) = scoop.open(windows(tmp_path), Options()).find()

    assert (found.version, found.flaw) == ("0.26.1", "")


def test_a_current_that_is_a_plain_folder_has_the_version_of_its_manifest(tmp_path: Path) -> None:
    """Where the junction was replaced by a copy, the manifest in it tells."""
    folder = install(tmp_path / "scoop", "bat", "0.26.1")
    (folder.parent / "current").unlink()
    folder.rename(folder.parent / "current")

    (found,) = scoop.open(windows(tmp_path), Options()).find()

    assert found.version == "0.26.1"


def test_a_junction_that_leads_nowhere_is_an_interruption(tmp_path: Path) -> None:
    """The version that `current` names was deleted."""
    install(tmp_path / "scoop", "bat", "0.26.1")
    for file in ("manifest.json", "install.json"):
        (tmp_path / "scoop" / "apps" / "bat" / "0.26.1" / file).unlink()
    (tmp_path / "scoop" / "apps" / "bat" / "0.26.1").rmdir()
    (tmp_path / "scoop" / "apps" / "bat" / "0.25.0").mkdir()

    (found,) = scoop.open(windows(tmp_path), Options()).find()

    assert found.flaw == "an earlier installation of it was interrupted"


@pytest.mark.parametrize(
    ("bins", "commands"),
    [
        ("bat.exe", ("bat",)),
        (["a.exe", "dir\\B.CMD"], ("a", "b")),
        ([["x.exe", "y"]], ("y",)),
        ([["x.exe", "y", "--flag"], "z"], ("y", "z")),
        ([["only.ps1"]], ("only",)),
        ("node-v1.2/tool.js", ("tool",)),
        (None, ()),
        ([], ()),
        ([None, 1], ()),
    ],
)
def test_commands_are_those_of_the_manifest(bins: object, commands: tuple[str, ...], tmp_path: Path) -> None:
    """Every form that a manifest may give them."""
    install(tmp_path / "scoop", "app", "1.0", {"bin": bins})

    (found,) = scoop.open(windows(tmp_path), Options()).find()

    assert found.commands == commands


def test_a_shim_without_its_program_is_missing(tmp_path: Path) -> None:
    """A .shim is a text beside the .exe that reads it: alone it starts nothing."""
    install(tmp_path / "scoop", "bat", "0.26.1", {"bin": "bat.exe"})
    shims = tmp_path / "scoop" / "shims"
    shims.mkdir()
    (shims / "bat.shim").write_text('path = "C:\\Users\\ada\\scoop\\apps\\bat\\current\\bat.exe"')

    (found,) = scoop.open(windows(tmp_path), Options()).find()

    assert found.flaw == f"its command bat is missing from {shims}"


# --- changing ---------------------------------------------------------------------------------------------------


def test_a_bucket_is_written_as_the_source(tmp_path: Path) -> None:
    """An app has one name, wherever it came from; what to install it from is another thing."""
    with pytest.raises(BadConfig, match="extras/vlc names a bucket") as caught:
        words(windows(tmp_path), wanted("extras/vlc"))

    assert caught.value.remedy == 'write vlc = { source = "extras/vlc" } in aim.toml'


def test_a_version_that_cannot_be_derived_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    """Without "autoupdate" in its manifest an app has the version of its bucket and no other."""
    in_bucket(tmp_path / "scoop", "main", "fixed", version="3.2")

    with pytest.raises(CommandFailed) as caught:
        words(windows(tmp_path), wanted("fixed", "3.1"))

    assert caught.value.message == "fixed 3.1 cannot be had: Scoop has 3.2, and no way to derive another"
    assert caught.value.remedy == 'write "3.2" or "*" in aim.toml'


@pytest.mark.parametrize("version", ["3.2", "3.3"])
def test_the_version_of_the_bucket_and_newer_ones_are_tried(version: str, tmp_path: Path) -> None:
    """The bucket on this machine may be older than its source: Scoop updates it before it installs."""
    in_bucket(tmp_path / "scoop", "main", "fixed", version="3.2")

    assert words(windows(tmp_path), wanted("fixed", version)) == [("install", f"fixed@{version}")]


def test_a_version_that_can_be_derived_is_tried(tmp_path: Path) -> None:
    """Scoop makes a manifest for it; whether the file is still there only its server knows."""
    in_bucket(tmp_path / "scoop", "main", "bat", version="0.26.1", autoupdate={"url": "x"})

    assert words(windows(tmp_path), wanted("bat", "0.20.0")) == [("install", "bat@0.20.0")]


def test_only_the_named_bucket_counts(tmp_path: Path) -> None:
    """Another bucket's app of the same name says nothing of the one that was asked for."""
    in_bucket(tmp_path / "scoop", "main", "tool", version="3.2")
    in_bucket(tmp_path / "scoop", "own", "tool", version="1.0")

    with pytest.raises(CommandFailed, match=r"Scoop has 1\.0"):
        words(windows(tmp_path), wanted("tool", "0.9", source="own/tool"))


def test_removal_can_always_be_planned(tmp_path: Path) -> None:
    """That an undo may fail for want of the version is no reason to refuse the removal."""
    in_bucket(tmp_path / "scoop", "main", "fixed", version="3.2")
    install(tmp_path / "scoop", "fixed", "3.1")
    found = scoop.open(windows(tmp_path), Options())

    steps = found.remove(found.find()[0])

    assert [step.argv[-2:] for step in steps.do if isinstance(step, Run)] == [("uninstall", "fixed")]


@pytest.mark.parametrize(
    "name", ["bat", "7zip", "git-with-openssh", "neovim-nightly", "dotnet3-sdk", "notepadplusplus"]
)
def test_names_as_scoop_spells_them_can_be_declared(name: str) -> None:
    """Letters, digits, dashes."""
    assert list(find_mistakes({"tools": {"scoop": {name: "*"}}})) == []


def test_a_name_that_scoop_would_take_for_an_option_is_a_mistake() -> None:
    """What begins with a dash is no app."""
    ((_, message),) = find_mistakes({"tools": {"scoop": {"-g": "*"}}})

    assert "cannot be the name of a scoop package" in message


# --- explaining -------------------------------------------------------------------------------------------------


def recorded(name: str) -> str:
    folder = Path(__file__).parent / "data" / "resources" / "scoop" / "failures"
    return (folder / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("failure", "message", "remedy"),
    [
        ("name", "no bucket that is here has no-such-thing", "scoop search no-such-thing"),
        ("bucket", "the bucket extras has nothing called vlc", "scoop bucket add extras"),
        ("version", "Scoop can make no manifest for that version", "versions bucket"),
        ("running", "the package is running", "close it"),
        ("policy", "PowerShell may not run Scoop's scripts", "Set-ExecutionPolicy"),
    ],
)
def test_what_scoop_names_is_passed_on(failure: str, message: str, remedy: str) -> None:
    """Names and buckets in Scoop's output reach the message and the remedy."""
    diagnosis = scoop.open(host("windows"), Options()).diagnose(recorded(failure))

    assert message in diagnosis.message
    assert remedy in diagnosis.remedy


@pytest.mark.parametrize(
    ("sentence", "cause"),
    [
        ("リモート サーバーがエラーを返しました: (404) 見つかりません", "download"),
        ("El servidor remoto devolvió un error: (403) Prohibido.", "download"),
        ("Удаленный сервер возвратил ошибку: (502) Недопустимый шлюз.", "network"),
        ("未能解析此远程名称: 'github.com'", "network"),
        ("", "network"),
    ],
)
def test_the_language_of_windows_does_not_matter(sentence: str, cause: str) -> None:
    """What .NET says is in the system's language: only the code in it and Scoop's own line are read."""
    output = f"{sentence}\nURL https://github.com/sharkdp/bat/releases/bat.zip is not valid\n"

    assert scoop.open(host("windows"), Options()).diagnose(output).cause == cause


@pytest.mark.parametrize("failure", ["hash", "bucket", "version", "not-there", "running"])
@pytest.mark.parametrize("length", [20, 60, 100])
def test_half_an_output_raises_nothing_and_has_no_holes(failure: str, length: int) -> None:
    """Cut anywhere, an output still has a sentence and a remedy without unfilled names."""
    diagnosis = scoop.open(host("windows"), Options()).diagnose(recorded(failure)[:length])

    assert diagnosis.message
    assert "{" not in diagnosis.message + diagnosis.remedy
