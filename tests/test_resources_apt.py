"""apt: what it reads closely, how it gets the rights it needs, what it does first when dpkg was interrupted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aim_lib.model import Present, Run, Wanted
from aim_lib.resources import Options, apt

from .contracts.test_resources import DATA, lay_out, read
from .fakes import host, stub

FAILURES = DATA / "apt" / "failures"
JOURNAL = json.loads((DATA / "apt" / "journal.json").read_text(encoding="utf-8"))
MARKS = ["-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"]
KEEP = ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A root in which a real dpkg has worked."""
    lay_out(read("apt", "tree.json"), tmp_path)
    return tmp_path


def found(home: Path, options: Options | None = None) -> dict[str, Present]:
    """What is found, by name."""
    return {present.name: present for present in apt.open(host("linux", home), options or Options()).find()}


def install(on: apt.Apt, name: str = "sl", have: Present | None = None) -> list[Run]:
    """The steps that install a package."""
    steps = on.change(Wanted(kind="apt", name=name), have, "").do
    assert all(isinstance(step, Run) for step in steps)
    return [step for step in steps if isinstance(step, Run)]


# --- reading ----------------------------------------------------------------------------------------------------


def test_what_dpkg_has_not_merged_yet_counts(home: Path) -> None:
    """A killed dpkg leaves the truth in its journal: the database itself does not know the package at all."""
    lay_out(JOURNAL, home)

    late = found(home)["late"]

    assert (late.version, late.flaw) == ("1.0", "its configuration was interrupted or failed")


def test_an_essential_package_is_a_package(home: Path) -> None:
    """dpkg writes that mark, and "Protected", between the name and the status: so has bash it on every Debian."""
    stanza = "Package: bash\n{}Status: install ok installed\nArchitecture: amd64\nVersion: 5.2\n\n"
    database = home / "var/lib/dpkg/status"

    for marks in ("Essential: yes\n", "Protected: yes\n", "Essential: yes\nProtected: yes\n"):
        database.write_text(stanza.format(marks))
        assert found(home)["bash"].version == "5.2"


def test_settings_that_were_left_are_no_package(home: Path) -> None:
    """A removed package stays in the database for the sake of its settings."""
    assert "Package: nano\nStatus: deinstall ok config-files" in (home / "var/lib/dpkg/status").read_text()
    assert "nano" not in found(home)


def test_only_what_is_asked_for_is_read_closely(home: Path) -> None:
    """The lists of files are ten times as large as the database: the rest has a version, and no commands."""
    packages = found(home, Options(names=frozenset({"apt:jq", "pipx:hello"})))

    assert packages["jq"].commands == ("jq",)
    assert (packages["hello"].version, packages["hello"].commands) == ("2.10-3", ())


def test_a_dependency_that_is_asked_for_is_read_closely(home: Path) -> None:
    """What somebody declares counts, however it came."""
    states = home / "var/lib/apt/extended_states"
    states.write_text("Package: jq\nArchitecture: amd64\nAuto-Installed: 1\n")

    packages = found(home, Options(names=frozenset({"apt:jq"})))

    assert (packages["jq"].commands, packages["jq"].traits) == (("jq",), ("automatic",))
    assert found(home)["jq"].commands == ()


def test_a_command_without_its_file_is_a_flaw_only_where_it_was_looked_at(home: Path) -> None:
    """A deleted command of a package that nobody asks for is not ours to report."""
    assert (
        found(home, Options(names=frozenset({"apt:bc"})))["bc"].flaw == f"its command bc is missing from {home}/usr/bin"
    )
    assert found(home, Options(names=frozenset()))["bc"].flaw == ""


@pytest.mark.parametrize("system", ["macos", "windows", "linux"])
def test_a_machine_without_dpkg_is_told_what_to_declare(system: str, tmp_path: Path) -> None:
    """A tool of apt's in a file for several systems names its platforms."""
    assert 'platforms = ["linux"]' in apt.open(host(system, tmp_path), Options()).unsuitable


# --- rights -----------------------------------------------------------------------------------------------------


def test_root_needs_nobody(home: Path) -> None:
    """As root the program itself is run, and nothing is left to the user."""
    on = apt.open(host("linux", home, is_root=True), Options(has_sudo=True))

    steps = on.change(Wanted(kind="apt", name="sl"), None, "")

    assert steps.by_hand == ""
    assert install(on)[0].argv[0] == f"{home}/usr/bin/apt-get"


def test_sudo_is_told_the_environment(home: Path) -> None:
    """sudo passes none on: without it apt would ask questions, in the user's language."""
    on = apt.open(host("linux", home), Options(has_sudo=True))

    steps = on.change(Wanted(kind="apt", name="sl"), None, "")

    assert steps.by_hand == ""
    assert install(on)[0].argv[:6] == (
        "sudo",
        "-n",
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "LC_ALL=C.UTF-8",
        f"PATH={apt.PATH}",
    )


def test_without_rights_the_command_can_be_pasted(home: Path) -> None:
    """It says what we would do, without what only a program needs to say."""
    stub(home / "programs", "sudo")
    on = apt.open(host("linux", home, {"PATH": str(home / "programs")}), Options())

    steps = on.change(Wanted(kind="apt", name="jq"), None, "1.6-2.1")

    assert steps.by_hand == "sudo apt-get install --no-install-recommends --no-remove jq=1.6-2.1"


def test_several_commands_are_one_line(home: Path) -> None:
    """A held package is held again afterwards, also when a person does it."""
    stub(home / "programs", "sudo")
    on = apt.open(host("linux", home, {"PATH": str(home / "programs")}), Options())

    steps = on.change(Wanted(kind="apt", name="tree"), found(home)["tree"], "2.2.1-1")

    options = "--no-install-recommends --no-remove --allow-change-held-packages"
    assert steps.by_hand == f"sudo sh -c 'apt-get install {options} tree=2.2.1-1 && apt-mark hold tree'"


def test_a_machine_without_sudo_has_su(home: Path) -> None:
    """Debian installs no sudo when root was given a password."""
    steps = apt.open(host("linux", home), Options()).remove(found(home)["hello"])

    assert steps.by_hand == "su -c 'dpkg --force-remove-reinstreq --remove hello'"


# --- steps ------------------------------------------------------------------------------------------------------


def test_nothing_asks_and_nothing_else_is_removed(home: Path) -> None:
    """No question, the user's settings stay, no other package goes, and a lock is waited for."""
    (step,) = install(apt.open(host("linux", home), Options()))

    words = ["install", "-y", "-q", *MARKS, *KEEP, "--no-install-recommends", "--no-remove", "sl"]
    assert list(step.argv) == [f"{home}/usr/bin/apt-get", *words]
    assert dict(step.env) == {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "PATH": apt.PATH}


def test_lists_are_fetched_when_there_are_none(home: Path) -> None:
    """In a container's image every name would be unknown."""
    (home / "var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages").unlink()

    update, _ = install(apt.open(host("linux", home), Options()))

    assert update.argv[1] == "update"


def test_an_interrupted_dpkg_is_finished_first(home: Path) -> None:
    """apt refuses everything until that is done."""
    lay_out(JOURNAL, home)

    configure, _ = install(apt.open(host("linux", home), Options()))

    assert configure.argv[-2:] == ("--configure", "-a")


# --- explaining -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "holder"),
    [
        ((FAILURES / "locked.txt").read_text(encoding="utf-8"), r"in use by process \d+"),
        ((FAILURES / "locked-dpkg.txt").read_text(encoding="utf-8"), r"in use by process \d+"),
        (
            "E: Could not get lock /x. It is held by process 812 (unattended-upgr)\n",
            r"in use by unattended-upgr \(process 812\)",
        ),
        ("E: Unable to lock directory /x\n", r"in use$"),
    ],
)
def test_who_holds_the_lock_is_said(output: str, holder: str) -> None:
    """Whoever waits wants to know for whom."""
    import re

    diagnosis = apt.open(host(), Options()).diagnose(output)

    assert diagnosis.cause == "locked"
    assert re.search(holder, diagnosis.message)


def test_an_interrupted_dpkg_has_its_command() -> None:
    """The remedy can be typed."""
    output = (FAILURES / "interrupted.txt").read_text(encoding="utf-8")

    assert apt.open(host(), Options()).diagnose(output).remedy == "sudo dpkg --configure -a"


def test_a_lock_that_was_waited_for_in_vain_is_not_what_failed_later() -> None:
    """apt says that it waits, and goes on: what failed afterwards is something else."""
    waiting = "Waiting for cache lock: Could not get lock /x. It is held by process 812 (apt)...\n"

    diagnosis = apt.open(host(), Options()).diagnose(f"{waiting}E: Unable to locate package sl\n")

    assert diagnosis.cause == "name"
