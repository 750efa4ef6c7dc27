"""brew: whose prefix it is, which names and versions it refuses, and what its failures mean."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aim_lib.errors import BadConfig, CommandFailed
from aim_lib.host import Host
from aim_lib.mistakes import find_mistakes
from aim_lib.model import Link, Present, Run, Wanted
from aim_lib.resources import Options, brew

from .fakes import host, stub


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A Homebrew without anything in it."""
    stub(tmp_path / "homebrew" / "bin", "brew")
    return tmp_path / "homebrew"


def with_brew(prefix: Path, system: str = "macos", **env: str) -> Host:
    """A machine whose PATH has the brew of `prefix`; its home is beside that."""
    return host(system, prefix.parent, {"PATH": f"/usr/bin:{prefix / 'bin'}", **env})


def pour(prefix: Path, formula: str, version: str, commands: tuple[str, ...] = (), tap: str = "homebrew/core") -> Path:
    """A version of a formula, in use and linked; returns its folder."""
    keg = prefix / "Cellar" / formula / version
    keg.mkdir(parents=True)
    (keg / "INSTALL_RECEIPT.json").write_text(json.dumps({"installed_on_request": True, "source": {"tap": tap}}))
    link(prefix / "opt" / formula, keg)
    link(prefix / "var" / "homebrew" / "linked" / formula, keg)
    for command in commands:
        link(prefix / "bin" / command, stub(keg / "bin", command))
    return keg


def link(path: Path, target: Path) -> None:
    """A relative link, as brew makes them, in place of one that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(os.path.relpath(target, path.parent))


def lists(folder: Path, **packages: dict[str, dict[str, object]]) -> None:
    """What brew last downloaded: the document of all packages, and the names in it."""
    (folder / "internal").mkdir(parents=True)
    signed = {"payload": json.dumps(packages), "signatures": []}
    (folder / "internal" / "packages.arm64_tahoe.jws.json").write_text(json.dumps(signed))
    (folder / "formula_names.txt").write_text("\n".join(packages.get("formulae", {})))
    (folder / "cask_names.txt").write_text("\n".join(packages.get("casks", {})))


def api(home: Path) -> Path:
    """Where brew keeps its lists on macOS."""
    return home / "Library" / "Caches" / "Homebrew" / "api"


def wanted(name: str, request: str = "*", version: str = "") -> Wanted:
    return Wanted(kind="brew", name=name, request=request, version=version)


def words(on: Host, item: Wanted, have: Present | None = None) -> list[tuple[str, ...]]:
    """What brew is told to do for `item`."""
    steps = brew.open(on, Options()).change(item, have, item.version)
    return [step.argv[1:] for step in steps.do if isinstance(step, Run)]


# --- where it is ------------------------------------------------------------------------------------------------


def test_the_prefix_is_two_folders_above_brew(prefix: Path) -> None:
    """brew itself asks no variable for its prefix, so neither do we when there is a brew on PATH."""
    on = with_brew(prefix, HOMEBREW_PREFIX="/somewhere/else")

    found = brew.open(on, Options())

    assert found.prefix == prefix
    assert found.bin_folders == (prefix / "bin",)
    assert found.unsuitable == ""


def test_a_linked_brew_has_the_prefix_of_its_link(prefix: Path) -> None:
    """On an Intel Mac bin/brew is a link to the repository beside it: the prefix is where the link is."""
    repository = stub(prefix / "Homebrew" / "bin", "brew")
    (prefix / "bin" / "brew").unlink()
    (prefix / "bin" / "brew").symlink_to(repository)

    assert brew.open(with_brew(prefix), Options()).prefix == prefix


def test_the_variable_leads_to_a_brew_that_is_not_on_path(prefix: Path) -> None:
    """`brew shellenv` sets HOMEBREW_PREFIX, which is enough to find brew."""
    on = host("linux", prefix.parent, {"PATH": "/usr/bin", "HOMEBREW_PREFIX": str(prefix)})

    assert brew.open(on, Options()).program == prefix / "bin" / "brew"


@pytest.mark.parametrize(
    ("system", "reason"),
    [
        ("windows", "Homebrew does not run on Windows"),
        ("macos", "brew is not on PATH and HOMEBREW_PREFIX is not set (Homebrew is usually in /opt/homebrew or "),
        ("linux", "brew is not on PATH and HOMEBREW_PREFIX is not set (Homebrew is usually in /home/linuxbrew/"),
    ],
)
def test_a_machine_without_brew_is_told_why(system: str, reason: str, tmp_path: Path) -> None:
    """The reason names what is missing, and where Homebrew usually is on that system."""
    found = brew.open(host(system, tmp_path, {"HOMEBREW_PREFIX": str(tmp_path / "gone")}), Options())

    assert found.unsuitable.startswith(reason)
    assert ("Homebrew/install" in found.remedy) is (system != "windows")
    assert found.find() == ()


def test_a_brew_on_the_path_of_windows_is_not_used(prefix: Path) -> None:
    """A shared folder may have a brew in it; on Windows it cannot run."""
    on = host("windows", prefix.parent, {"PATH": str(prefix / "bin"), "PATHEXT": ".EXE"})

    assert brew.open(on, Options()).unsuitable


# --- what is there ----------------------------------------------------------------------------------------------


def test_the_link_in_opt_says_which_version_is_in_use(prefix: Path) -> None:
    """Of two versions side by side the one that opt leads to counts, older or not."""
    pour(prefix, "jq", "1.9.0", ("jq",))
    pour(prefix, "jq", "1.8.2", ("jq",))

    (found,) = brew.open(with_brew(prefix, "linux"), Options()).find()

    assert (found.version, found.flaw) == ("1.8.2", "")


def test_commands_of_another_version_are_a_flaw(prefix: Path) -> None:
    """When opt and brew's record of links disagree, what a shell runs is not what brew says is in use."""
    old, new = pour(prefix, "jq", "1.8.2", ("jq",)), pour(prefix, "jq", "1.9.0", ("jq",))
    link(prefix / "var" / "homebrew" / "linked" / "jq", old)

    (found,) = brew.open(with_brew(prefix), Options()).find()

    assert found.where == str(new)
    assert found.flaw == "its commands are those of 1.8.2"


def test_a_branch_is_a_version(prefix: Path) -> None:
    """What was installed with --HEAD is named after its commit, and satisfies only a request for anything."""
    keg = pour(prefix, "jq", "HEAD-1a2b3c4", ("jq",))

    (found,) = brew.open(with_brew(prefix), Options()).find()

    assert (found.version, found.where) == ("HEAD-1a2b3c4", str(keg))


def test_an_empty_folder_in_the_cellar_is_nothing(prefix: Path) -> None:
    """A failed installation may leave the folder of the formula without a version in it."""
    (prefix / "Cellar" / "jq").mkdir(parents=True)

    assert brew.open(with_brew(prefix), Options()).find() == ()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"source": null}'])
def test_a_receipt_that_cannot_be_read_tells_no_tap(text: str, prefix: Path) -> None:
    """A formula whose receipt says nothing has its bare name, as if it were Homebrew's own."""
    keg = pour(prefix, "jq", "1.8.2", ("jq",), tap="acme/tools")
    (keg / "INSTALL_RECEIPT.json").write_text(text)

    (found,) = brew.open(with_brew(prefix), Options()).find()

    assert found.name == "jq"


# --- names ------------------------------------------------------------------------------------------------------


def test_a_cask_is_declared_by_its_full_name(prefix: Path) -> None:
    """A bare name means a formula; what brew's lists know as a cask alone is refused with the name to write."""
    lists(api(prefix.parent), formulae={"jq": {}}, casks={"ghostty": {}})

    with pytest.raises(BadConfig, match="ghostty is what Homebrew calls homebrew/cask/ghostty") as caught:
        words(with_brew(prefix), wanted("ghostty"))

    assert caught.value.remedy == 'write "homebrew/cask/ghostty" in aim.toml'


def test_an_alias_is_declared_by_its_real_name(prefix: Path) -> None:
    """brew would install python@3.13 for python, and nothing called python would ever be found."""
    lists(api(prefix.parent), formulae={"python@3.13": {}})
    (api(prefix.parent) / "formula_aliases.txt").write_text("python|python@3.13\npython3|python@3.13\n")

    with pytest.raises(BadConfig, match=r"python is what Homebrew calls python@3\.13"):
        words(with_brew(prefix), wanted("python"))


def test_what_came_from_a_tap_is_declared_with_its_tap(prefix: Path) -> None:
    """Without brew's lists, what is installed already shows what a bare name would mean."""
    pour(prefix, "terraform", "1.14.0", ("terraform",), tap="hashicorp/tap")

    with pytest.raises(BadConfig, match="terraform is what Homebrew calls hashicorp/tap/terraform"):
        words(with_brew(prefix), wanted("terraform"))


def test_homebrew_core_is_not_written(prefix: Path) -> None:
    """The formulae of homebrew/core have their bare names and no second one."""
    with pytest.raises(BadConfig, match="homebrew/core/jq is what Homebrew calls jq"):
        words(with_brew(prefix), wanted("homebrew/core/jq"))


def test_a_name_that_no_list_has_is_left_to_brew(prefix: Path) -> None:
    """The lists may be a week old: brew looks again, and says itself what there is instead."""
    lists(api(prefix.parent), formulae={"jq": {}})

    assert words(with_brew(prefix), wanted("brand-new")) == [("install", "--formula", "brand-new")]


@pytest.mark.parametrize(
    "name", ["jq", "python@3.13", "gtk+3", "acme/tools/rocket", "homebrew/cask/visual-studio-code"]
)
def test_names_as_brew_spells_them_can_be_declared(name: str) -> None:
    """A formula, one with a version in its name, one of a tap, a cask."""
    assert list(find_mistakes({"tools": {"brew": {name: "*"}}})) == []


@pytest.mark.parametrize("name", ["", "-jq", "acme/rocket", "a/b/c/d", "jq;ls"])
def test_other_names_are_mistakes(name: str) -> None:
    """A tap alone is no tool, and what begins with a dash would be an option."""
    ((path, message),) = find_mistakes({"tools": {"brew": {name: "*"}}})

    assert path == ("tools", "brew", name)
    assert "cannot be the name of a brew package" in message


# --- versions ---------------------------------------------------------------------------------------------------


def test_an_older_version_is_refused_before_anything_is_touched(prefix: Path) -> None:
    """brew has no older versions; the message says what it has, and where older ones may live."""
    lists(api(prefix.parent), formulae={"jq": {"stable_version": "1.8.2", "revision": 1}})

    with pytest.raises(CommandFailed) as caught:
        words(with_brew(prefix), wanted("jq", "1.7.1", "1.7.1"))

    assert caught.value.message == "jq 1.7.1 cannot be had: Homebrew has 1.8.2_1, and installs no older version"
    assert '"1.8.2_1" or "*"' in caught.value.remedy
    assert "brew search jq@" in caught.value.remedy


def test_an_older_cask_is_refused_too(prefix: Path) -> None:
    """Casks have a list of their own, by their bare names."""
    lists(api(prefix.parent), casks={"codex": {"version": "0.170.0"}})

    with pytest.raises(CommandFailed, match=r"Homebrew has 0\.170\.0"):
        words(with_brew(prefix), wanted("homebrew/cask/codex", "0.1", "0.1"))


def test_a_revision_of_the_wanted_version_will_do(prefix: Path) -> None:
    """1.8.2_1 is 1.8.2, packaged again."""
    lists(api(prefix.parent), formulae={"jq": {"stable_version": "1.8.2", "revision": 1}})

    assert words(with_brew(prefix), wanted("jq", "1.8.2", "1.8.2")) == [("install", "--formula", "jq")]


def test_a_newer_version_may_only_need_a_newer_list(prefix: Path) -> None:
    """What the list does not have yet is looked for again; what is installed is verified afterwards anyway."""
    lists(api(prefix.parent), formulae={"jq": {"stable_version": "1.8.2"}})

    assert words(with_brew(prefix), wanted("jq", "1.9.0", "1.9.0"))[0] == ("update",)


@pytest.mark.parametrize("text", ["", "{", '{"payload": "{"}', '{"payload": 1}', '{"payload": "{\\"formulae\\": []}"}'])
def test_a_list_that_cannot_be_read_knows_nothing(text: str, prefix: Path) -> None:
    """Then brew is asked to install, and what it installed is verified."""
    lists(api(prefix.parent), formulae={"jq": {"stable_version": "1.8.2"}})
    (api(prefix.parent) / "internal" / "packages.arm64_tahoe.jws.json").write_text(text)

    assert words(with_brew(prefix), wanted("jq", "1.7.1", "1.7.1")) == [("install", "--formula", "jq")]


def test_nothing_is_known_of_somebody_s_tap(prefix: Path) -> None:
    """A tap may have a formula of the same name at another version."""
    lists(api(prefix.parent), formulae={"jq": {"stable_version": "1.8.2"}})

    assert words(with_brew(prefix), wanted("acme/tools/jq", "1.7.1", "1.7.1")) == [("install", "acme/tools/jq")]


@pytest.mark.parametrize(
    ("system", "env", "folder"),
    [
        ("macos", {}, "Library/Caches/Homebrew/api"),
        ("linux", {}, ".cache/Homebrew/api"),
        ("linux", {"XDG_CACHE_HOME": "{home}/x"}, "x/Homebrew/api"),
        ("macos", {"HOMEBREW_CACHE": "{home}/c"}, "c/api"),
    ],
)
def test_the_lists_are_where_brew_keeps_them(system: str, env: dict[str, str], folder: str, prefix: Path) -> None:
    """brew's own rule: its variable, then the system's place for caches."""
    lists(prefix.parent / folder, formulae={"jq": {"stable_version": "1.8.2"}})
    on = with_brew(prefix, system, **{key: value.format(home=prefix.parent) for key, value in env.items()})

    with pytest.raises(CommandFailed, match=r"Homebrew has 1\.8\.2"):
        words(on, wanted("jq", "1.7.1", "1.7.1"))


def test_a_version_that_lies_beside_is_not_downloaded(prefix: Path) -> None:
    """An older version that is still in the Cellar can be had although brew has none: by links."""
    lists(api(prefix.parent), formulae={"jq": {"stable_version": "1.8.2"}})
    pour(prefix, "jq", "1.7.1", ("jq",))
    pour(prefix, "jq", "1.8.2", ("jq",))
    found = brew.open(with_brew(prefix), Options())
    (have,) = found.find()

    steps = found.change(wanted("jq", "1.7.1", "1.7.1"), have, "1.7.1")

    assert Link(path=str(prefix / "bin" / "jq"), target="../Cellar/jq/1.7.1/bin/jq") in steps.do
    assert Link(path=str(prefix / "bin" / "jq"), target="../Cellar/jq/1.8.2/bin/jq") in steps.undo


def test_an_undo_never_uninstalls_what_was_there(prefix: Path) -> None:
    """Were the upgrade to fail before anything was poured, `brew uninstall` would remove the former version."""
    pour(prefix, "jq", "1.8.2", ("jq",))
    found = brew.open(with_brew(prefix), Options())
    (have,) = found.find()

    steps = found.change(wanted("jq", ">=1.9"), have, "")

    assert [step for step in steps.undo if isinstance(step, Run)] == []


def test_the_former_version_is_kept_for_an_undo(prefix: Path) -> None:
    """brew is told not to clean up after an upgrade."""
    (step,) = brew.open(with_brew(prefix), Options()).change(wanted("jq"), None, "").do

    assert isinstance(step, Run)
    assert dict(step.env)["HOMEBREW_NO_INSTALL_CLEANUP"] == "1"


# --- explaining -------------------------------------------------------------------------------------------------


def recorded(name: str) -> str:
    folder = Path(__file__).parent / "data" / "resources" / "brew" / "failures"
    return (folder / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("failure", "message", "remedy"),
    [
        ("name", "Homebrew has nothing called ripgerp", "Homebrew has ripgrep or ripgrep-all"),
        ("name-alone", "Homebrew has nothing called no-such-thing", "check the name"),
        ("tap-name", "Homebrew has nothing called acme/tools/rocket", "Homebrew has rocketd"),
        ("is-a-cask", "ghostty is a cask, not a formula", '"homebrew/cask/ghostty"'),
        ("trust", "acme/tools/rocket is of a tap", "brew trust --formula acme/tools/rocket"),
        ("link-of-another", "/bin/2to3 belongs to python@3.9", "brew unlink python@3.9"),
        ("link-of-a-stranger", "/bin/kubectl is there already", "/bin/kubectl if it is not needed"),
        ("conflict", "the package and rocket cannot be there at once", "brew unlink rocket"),
        ("app-there", "/Applications/Docker.app is there already", "--adopt"),
        ("needed", "the package is needed by jq and php", "remove that first"),
    ],
)
def test_what_brew_names_is_passed_on(failure: str, message: str, remedy: str) -> None:
    """Suggestions, owners and paths in brew's output reach the message and the remedy."""
    diagnosis = brew.open(host(), Options()).diagnose(recorded(failure))

    assert message in diagnosis.message
    assert remedy in diagnosis.remedy


@pytest.mark.parametrize("failure", ["name", "hash", "link-of-another", "needed", "no-network", "trust"])
@pytest.mark.parametrize("length", [40, 80, 120, 160])
def test_half_an_output_raises_nothing_and_lies_about_nothing(failure: str, length: int) -> None:
    """Cut anywhere, an output is understood as what it was, or as something unknown or less exact."""
    whole = brew.open(host(), Options()).diagnose(recorded(failure))

    diagnosis = brew.open(host(), Options()).diagnose(recorded(failure)[:length])

    assert diagnosis.cause in (whole.cause, "unknown", "permission" if whole.cause == "link" else whole.cause)
    assert "{" not in diagnosis.message + diagnosis.remedy


def test_progress_and_colours_do_not_hide_the_cause() -> None:
    """Bars drawn over one line and colours around a word are passed over."""
    output = "#=#=#  \r####  12.0%\r\x1b[31mError\x1b[0m: jq\r\ncurl: (28) Operation timed out after 5001 ms\r\n"

    assert brew.open(host(), Options()).diagnose(output).cause == "network"
