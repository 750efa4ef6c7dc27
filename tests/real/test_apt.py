"""The real apt and dpkg: on a root of their own with an archive of ours, and on this machine when we are root."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aim_lib.host import Host
from aim_lib.model import Present, Run, Step, Wanted
from aim_lib.proc import Completed, Runner
from aim_lib.resources import Options, apt

from ..fakes import host, stub

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
TINY = ("hello", "sl", "figlet", "ed", "bc")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("apt-get", path=PATH) is None, reason="apt-get is not on this machine"),
]


def do(steps: tuple[Step, ...], on: Host) -> Completed:
    """Run the steps, the last one's answer; the first that fails ends it."""
    for step in steps:
        assert isinstance(step, Run)
        done = Runner().run(step.argv, env={**on.env, **dict(step.env)}, timeout_s=step.timeout_s)
        if not done.is_ok:
            return done
    return done


def change(on: Host, name: str, version: str = "") -> Completed:
    """Bring a package to a version, as a plan would."""
    steps = apt.open(on, Options()).change(Wanted(kind="apt", name=name, version=version), look(on, name), version)
    return do(steps.do, on)


def look(on: Host, name: str) -> Present | None:
    return next((present for present in apt.open(on, Options()).find() if present.name == name), None)


def version_of(on: Host, name: str) -> str:
    present = look(on, name)
    return present.version if present and not present.flaw else ""


# --- a root of its own ------------------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Host:
    """A root where the real apt and dpkg work, whose one archive has two versions of `greet` and one of `stumbles`."""
    if shutil.which("dpkg-deb", path=PATH) is None:
        pytest.skip("dpkg-deb is not on this machine")
    home = tmp_path / "root"
    for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/apt/lists/partial", "etc/apt/apt.conf.d"):
        (home / folder).mkdir(parents=True)
    for folder in (
        "var/cache/apt/archives/partial",
        "etc/apt/preferences.d",
        "etc/apt/trusted.gpg.d",
        "usr/bin",
        "var/log/apt",
    ):
        (home / folder).mkdir(parents=True)
    (home / "var/lib/dpkg/status").touch()
    settings = {
        "Dir": f"{home}/",
        "Dir::State::status": f"{home}/var/lib/dpkg/status",
        "Dir::Bin::dpkg": f"{home}/usr/bin/dpkg",
        "APT::Sandbox::User": "",
        "Dpkg::Use-Pty": "0",
    }
    conf = home / "apt.conf"
    conf.write_text("".join(f'{key} "{value}";\n' for key, value in settings.items()), encoding="utf-8")
    for program in ("apt-get", "apt-mark"):
        stub(home / "usr" / "bin", program, f'APT_CONFIG="{conf}" exec /usr/bin/{program} "$@"')
    force = "--force-not-root --force-script-chrootless --force-bad-path --log=/dev/null"
    stub(home / "usr" / "bin", "dpkg", f'exec /usr/bin/dpkg --root="{home}" {force} "$@"')
    archive = tmp_path / "archive"
    archive.mkdir()
    packages = [package(archive, "greet", "1.0"), package(archive, "greet", "2.0")]
    packages.append(package(archive, "stumbles", "1.0", script="exit 1"))
    packages.append(package(archive, "leans", "1.0", "Depends: greet\n"))
    (archive / "Packages").write_text("\n".join(packages), encoding="utf-8")
    (home / "etc/apt/sources.list").write_text(f"deb [trusted=yes] file:{archive} ./\n", encoding="utf-8")
    return host("linux", home, {"PATH": PATH, "HOME": str(home)}, is_root=True)


def package(archive: Path, name: str, version: str, fields: str = "", script: str = "") -> str:
    """Build a package with one command into the archive; its paragraph in the archive's list."""
    tree = archive.parent / f"{name}-{version}"
    stub(tree / "usr" / "bin", name, f"echo {name} {version}")
    control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Ada <ada@example.org>\n"
    control += f"{fields}Description: a test\n"
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "control").write_text(control, encoding="utf-8")
    if script:
        stub(tree / "DEBIAN", "postinst", script)
    built = archive / f"{name}_{version}_all.deb"
    command = ["/usr/bin/dpkg-deb", "--root-owner-group", "--build", str(tree), str(built)]
    subprocess.run(command, check=True, capture_output=True)
    digest = hashlib.sha256(built.read_bytes()).hexdigest()
    return f"{control}Filename: ./{built.name}\nSize: {built.stat().st_size}\nSHA256: {digest}\n"


def test_a_package_comes_and_goes(root: Host) -> None:
    """Installed at a version, upgraded, downgraded and removed; the lists that were missing are fetched first."""
    seen = []
    for version in ("1.0", "2.0", "1.0"):
        done = change(root, "greet", version)
        assert done.is_ok, done.last_words()
        seen.append(version_of(root, "greet"))
    present = look(root, "greet")
    assert present is not None
    removed = do(apt.open(root, Options()).remove(present).do, root)

    assert removed.is_ok, removed.last_words()
    assert seen == ["1.0", "2.0", "1.0"]
    assert present.commands == ("greet",)
    assert look(root, "greet") is None


def test_an_undo_restores_the_version_and_the_hold(root: Host) -> None:
    """What was on hold at 1.0 is so again, after the change and after its undo."""
    change(root, "greet", "1.0")
    do((Run(argv=(f"{root.root}/usr/bin/apt-mark", "hold", "greet")),), root)
    steps = apt.open(root, Options()).change(Wanted(kind="apt", name="greet"), look(root, "greet"), "2.0")

    do(steps.do, root)
    after = look(root, "greet")
    undone = do(steps.undo, root)

    assert undone.is_ok, undone.last_words()
    assert after is not None
    assert (after.version, after.traits) == ("2.0", ("pinned",))
    before = look(root, "greet")
    assert before is not None
    assert (before.version, before.traits) == ("1.0", ("pinned",))


def test_what_others_need_is_not_removed(root: Host) -> None:
    """dpkg refuses; what came as a dependency is known as one."""
    change(root, "leans")
    greet = look(root, "greet")
    assert greet is not None

    done = do(apt.open(root, Options()).remove(greet).do, root)

    assert greet.traits == ("automatic",)
    assert apt.open(root, Options()).diagnose(done.stdout + done.stderr).cause == "needed"
    assert version_of(root, "leans") == "1.0"


def test_a_script_that_fails_leaves_a_flaw_that_can_be_mended(root: Host) -> None:
    """The failure is understood, the package is seen as half configured, and its undo takes it away."""
    steps = apt.open(root, Options()).change(Wanted(kind="apt", name="stumbles"), None, "")

    done = do(steps.do, root)

    assert apt.open(root, Options()).diagnose(done.stdout + done.stderr).cause == "script"
    present = look(root, "stumbles")
    assert present is not None
    assert present.flaw == "its configuration was interrupted or failed"
    assert do(steps.undo, root).is_ok
    assert look(root, "stumbles") is None


def test_a_missing_command_is_brought_back(root: Host) -> None:
    """A deleted file is no matter to apt, which says it is installed: it is installed again."""
    change(root, "greet", "2.0")
    (root.root / "usr/bin/greet").unlink()
    present = look(root, "greet")
    assert present is not None

    done = change(root, "greet", "2.0")

    assert present.flaw == f"its command greet is missing from {root.root}/usr/bin"
    assert done.is_ok, done.last_words()
    assert version_of(root, "greet") == "2.0"


@pytest.mark.parametrize(("name", "version", "cause"), [("nobody", "", "name"), ("greet", "3.0", "version")])
def test_what_there_is_not_is_said(root: Host, name: str, version: str, cause: str) -> None:
    """A name or a version that no archive has."""
    done = change(root, name, version)

    assert not done.is_ok
    assert apt.open(root, Options()).diagnose(done.stdout + done.stderr).cause == cause


# --- this machine -----------------------------------------------------------------------------------------------


@pytest.fixture
def tiny() -> Iterator[tuple[Host, str, list[str]]]:
    """This machine, a small package that is not on it, and the versions to be had; it is gone again afterwards."""
    if os.geteuid() != 0:
        pytest.skip("only root may install packages")
    on = replace(host("linux", Path("/nonexistent"), {"PATH": PATH}), root=Path("/"), is_root=True)
    if apt.open(on, Options()).unsuitable:
        pytest.skip("this machine has no dpkg")
    present = {item.name for item in apt.open(on, Options()).find()}
    for name in TINY:
        found = versions(name)
        if name not in present and found:
            yield on, name, found
            subprocess.run(["/usr/bin/dpkg", "--purge", name], check=False, capture_output=True)
            return
    pytest.skip("no small package can be had that is not there already")


def versions(name: str) -> list[str]:
    """The versions of the archives of this machine, the newest first."""
    env = {"PATH": PATH, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["/usr/bin/apt-cache", "madison", name], check=True, capture_output=True, text=True, env=env)
    return list(dict.fromkeys(line.split("|")[1].strip() for line in done.stdout.splitlines()))


def test_a_small_package_of_this_machine(tiny: tuple[Host, str, list[str]]) -> None:
    """Installed at each version there is, oldest first, back to the oldest, and removed."""
    on, name, found = tiny

    for version in (*reversed(found), found[-1]):
        done = change(on, name, version)
        assert done.is_ok, done.last_words()
        assert version_of(on, name) == version

    present = look(on, name)
    assert present is not None
    assert do(apt.open(on, Options()).remove(present).do, on).is_ok
    assert look(on, name) is None
