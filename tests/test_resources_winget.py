"""winget: what its catalogue and the registry say together, and what its exit codes mean in any language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from aim_lib.model import Present, Run, Wanted
from aim_lib.resources import Options, _winget_failures, _winget_records, winget

from .contracts.test_resources import fill, lay_out, read
from .fakes import host, stub

BAT = f"sharkdp.bat_{_winget_records.SOURCE}".lower()
PWSH = "{b06d1894-3827-4e0c-a092-7dc50be8b210}"
GIT = {"git_is1": {"DisplayVersion": "2.47.0"}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in which winget has installed four packages."""
    lay_out(read("winget", "tree.json"), tmp_path)
    return tmp_path


def found(home: Path, uninstall: Mapping[str, Mapping[str, str]] | None) -> dict[str, Present]:
    """What is found beside these uninstall keys, by name."""
    resource = winget.Winget(host("windows", home), Options(), lambda: uninstall)
    return {present.name: present for present in resource.find()}


def local(home: Path, *parts: str) -> Path:
    return home.joinpath("AppData", "Local", "Microsoft", *parts)


# --- catalogue and registry -------------------------------------------------------------------------------------


def test_what_the_registry_shows_is_the_version_there(home: Path) -> None:
    """A program that updated itself is at another version than winget recorded."""
    assert found(home, {"git_is1": {"DisplayVersion": "2.51.2"}})["Git.Git"].version == "2.51.2"


@pytest.mark.parametrize("shown", ["2.47.0", "2.47.0.2", "2.47", ""])
def test_a_version_that_shows_itself_otherwise_is_the_recorded_one(shown: str, home: Path) -> None:
    """The manifest says between which versions the program shows itself: 2.47.0.2 is the package's 2.47.0."""
    assert found(home, {"git_is1": {"DisplayVersion": shown}})["Git.Git"].version == "2.47.0"


def test_an_earlier_recorded_version_may_be_the_one_there(home: Path) -> None:
    """winget keeps what it recorded before an upgrade: the registry decides which of them it is."""
    assert found(home, {"git_is1": {"DisplayVersion": "2.46.0"}})["Git.Git"].version == "2.46.0"


def test_what_was_removed_behind_wingets_back_is_not_there(home: Path) -> None:
    """Removed in the system's settings: the catalogue still has it, the registry does not."""
    assert set(found(home, GIT)) == {"Git.Git"}


def test_without_a_registry_the_catalogue_is_believed(home: Path) -> None:
    """A registry that cannot be read says nothing."""
    assert set(found(home, None)) == set(read("winget", "expected.json"))


def test_files_alone_are_known_by_the_keys_that_winget_writes(home: Path) -> None:
    """Their keys carry the package's id, also when there is no catalogue."""
    folder = local(home, "WinGet", "Packages", f"sharkdp.bat_{_winget_records.SOURCE}")
    entry = {
        "WinGetPackageIdentifier": "sharkdp.bat",
        "WinGetSourceIdentifier": _winget_records.SOURCE,
        "DisplayVersion": "0.25.0",
        "InstallLocation": str(folder),
    }
    next(home.rglob("installed.db")).unlink()

    (bat,) = found(home, {BAT: entry}).values()

    assert (bat.id, bat.version, bat.commands, bat.flaw) == ("winget:sharkdp.bat", "0.25.0", ("bat",), "")


def test_files_of_another_source_are_not_ours(home: Path) -> None:
    """The same id in a company's own source is another package."""
    entry = {"WinGetPackageIdentifier": "sharkdp.bat", "WinGetSourceIdentifier": "Contoso", "DisplayVersion": "9"}

    assert found(home, {"x": entry, PWSH: {"DisplayVersion": "7.4.6.0"}}).keys() == {"Microsoft.PowerShell"}


def test_a_package_whose_folder_is_gone_is_broken(home: Path) -> None:
    """Its key is still there, its files are not."""
    entry = {
        "WinGetPackageIdentifier": "sharkdp.bat",
        "WinGetSourceIdentifier": _winget_records.SOURCE,
        "DisplayVersion": "0.24.0",
        "InstallLocation": str(home / "gone"),
    }

    assert found(home, {BAT: entry})["sharkdp.bat"].flaw == "its files are gone"


def test_a_catalogue_of_another_form_is_no_catalogue(home: Path) -> None:
    """A winget of tomorrow may keep it otherwise: nothing is found, and nothing breaks."""
    next(home.rglob("installed.db")).write_bytes(b"not a database")

    assert found(home, None) == {}


def test_a_winget_without_a_package_keeps_its_catalogue_elsewhere(tmp_path: Path) -> None:
    """As an administrator without App Installer it is below WinGet itself."""
    tree = {path: what for path, what in fill(read("winget", "tree.json"), tmp_path).items() if "installed.db" in path}
    (what,) = tree.values()
    lay_out({str(tmp_path.joinpath("AppData", "Local", *_winget_records.CATALOGUES[1])): what}, tmp_path)

    assert "Git.Git" in found(tmp_path, None)


def test_reading_leaves_the_catalogue_alone(home: Path) -> None:
    """It is winget's: it is opened for reading, and no journal is left beside it."""
    catalogue = next(home.rglob("installed.db"))
    before = catalogue.read_bytes()

    found(home, None)

    assert catalogue.read_bytes() == before
    assert [path.name for path in catalogue.parent.iterdir()] == ["installed.db"]


def test_there_is_no_registry_off_windows() -> None:
    """Elsewhere nobody can ask."""
    if __import__("os").name == "nt":
        pytest.skip("this machine has a registry")

    assert _winget_records.read_uninstall_keys() is None


# --- the program ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "what"), [("linux", 'platforms = ["windows"]'), ("windows", "App Installer from the Microsoft Store")]
)
def test_a_machine_without_winget_is_told_what_to_do(system: str, what: str, tmp_path: Path) -> None:
    """Another system names its platforms; Windows gets it from the Store."""
    assert what in winget.open(host(system, tmp_path), Options()).unsuitable


def test_the_stores_alias_is_winget(tmp_path: Path) -> None:
    """An alias for an app is a link that leads nowhere a file is."""
    alias = local(tmp_path, "WindowsApps", "winget.exe")
    alias.parent.mkdir(parents=True)
    alias.symlink_to(tmp_path / "no-file")

    assert winget.open(host("windows", tmp_path), Options()).unsuitable == ""


def test_every_call_is_exact_and_asks_nothing(tmp_path: Path) -> None:
    """The very id, winget's own source, every agreement accepted, no question; only install has package agreements."""
    stub(tmp_path / "programs", "winget.exe")
    on = host("windows", tmp_path, {"PATH": str(tmp_path / "programs"), "PATHEXT": ".EXE"})

    steps = winget.open(on, Options()).change(Wanted(kind="winget", name="Git.Git"), None, "2.47.0")

    (do,), (undo,) = steps.do, steps.undo
    assert isinstance(do, Run)
    assert isinstance(undo, Run)
    exact = ("--id", "Git.Git", "--exact", "--source", "winget")
    quiet = ("--silent", "--disable-interactivity", "--accept-source-agreements")
    program = str(tmp_path / "programs" / "winget.exe")
    assert do.argv == (program, "install", *exact, *quiet, "--accept-package-agreements", "--version", "2.47.0")
    assert undo.argv == (program, "uninstall", *exact, *quiet)


# --- explaining -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["2316632084", "-1978335212", "0x8a150014", "0x8A150014"])
def test_an_exit_code_means_the_same_however_it_is_written(code: str) -> None:
    """Windows has it unsigned, other shells signed, winget itself as hexadecimal; the words may be in any language."""
    output = f"Es wurde kein Paket gefunden, das den Eingabekriterien entspricht.\nexit {code}"

    assert winget.open(host(), Options()).diagnose(output).cause == "name"


@pytest.mark.parametrize("table", [_winget_failures.MEANINGS])
def test_every_meaning_can_be_acted_upon(table: Mapping[int, tuple[str, str, str]]) -> None:
    """A cause, a sentence about the package or the source, and a remedy."""
    assert all(cause and message and remedy for cause, message, remedy in table.values())


def test_the_installers_own_code_is_more_exact_than_its_failure() -> None:
    """Windows Installer's 1618 is "another installation", whatever winget calls the failure."""
    output = "Fehler bei der Installation mit Exitcode: 1618\nexit 2316632070"

    assert winget.open(host(), Options()).diagnose(output).cause == "locked"


def test_a_number_that_is_no_code_means_nothing() -> None:
    """A size or a date in the output is not taken for one."""
    output = "Downloading 1234567890 bytes of build 2024123101\nexit 1"

    assert winget.open(host(), Options()).diagnose(output).cause == "unknown"
