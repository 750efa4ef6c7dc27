"""mypy, ruff, pytest and Python keep their caches elsewhere and use them; Git sees nothing, and it all goes back."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from ..checkout import with_checkout

pytestmark = pytest.mark.real

BIN = Path(sys.executable).parent
SYSTEM = "/usr/bin:/bin"
LEFT = (".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__", "sub/__pycache__")
FILES = {
    "aim.toml": "[tools]\n",
    "pyproject.toml": '[project]\nname = "p"\nversion = "1"\n',
    "m.py": "import sub.n\n\nx: int = sub.n.y\n",
    "sub/__init__.py": "",
    "sub/n.py": "y = 1\n",
    "test_m.py": "import m\n\n\ndef test_a():\n    assert m.x == 1\n\n\ndef test_b():\n    assert m.x == 2\n",
}


class Project:
    """A project in Git, worked at with the real tools, in shells that have read what `aim` wrote."""

    def __init__(self, root: Path, name: str = "project") -> None:
        self.home, self.folder = root / "home", root / name
        self.home.mkdir(exist_ok=True)
        for path, text in FILES.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text, encoding="utf-8")
        (self.home / ".bashrc").write_text("alias ll='ls -l'", encoding="utf-8")
        self.env = {"HOME": str(self.home), "PATH": f"{BIN}:{SYSTEM}", "SHELL": "/bin/bash", "LANG": "C.UTF-8"}
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "first")

    def git(self, *words: str) -> str:
        return self._run(("git", *words), self.env)

    def aim(self, *words: str) -> str:
        return self._run((sys.executable, "-m", "aim_lib", *words), with_checkout(self.env))

    def work(self) -> None:
        """Every tool, in a new shell as the user would have it."""
        tools = f"ruff check -q .; mypy -p sub -m m; {sys.executable} -c 'import m'; pytest -q -p no:xdist"
        # An interactive bash reads .bashrc; without a terminal it says so on stderr.
        subprocess.run(
            ["/bin/bash", "-i", "-c", tools], cwd=self.folder, env=self.env, capture_output=True, check=False
        )

    def say(self, *argv: str) -> str:
        """What a tool says in a new shell, whatever its exit code is."""
        line = " ".join(argv)
        done = subprocess.run(
            ["/bin/bash", "-i", "-c", line], cwd=self.folder, env=self.env, capture_output=True, text=True, check=False
        )
        return done.stdout

    @property
    def status(self) -> str:
        return self.git("status", "--short", "--untracked-files=all")

    def left(self) -> list[str]:
        """What lies in the project as a real folder, of what tools leave there."""
        return [name for name in LEFT if (self.folder / name).is_dir() and not (self.folder / name).is_symlink()]

    def everything(self) -> dict[str, bytes | str]:
        """Every file below the project and every start file, with what is in it; folders and links, too."""
        found: dict[str, bytes | str] = {}
        for path in sorted(self.folder.rglob("*")):
            if ".git" in path.parts and path.name != "exclude":
                continue
            found[str(path)] = (
                f"-> {path.readlink()}" if path.is_symlink() else b"" if path.is_dir() else path.read_bytes()
            )
        found[".bashrc"] = (self.home / ".bashrc").read_bytes()
        return found

    def _run(self, argv: tuple[str, ...], env: Mapping[str, str]) -> str:
        done = subprocess.run(argv, cwd=self.folder, env=dict(env), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Worked at once before: all caches lie in the project, ignored by name as is usual."""
    made = Project(tmp_path)
    (made.folder / ".git" / "info" / "exclude").write_text("__pycache__/\n.mypy_cache/", encoding="utf-8")
    made.work()
    return made


def test_the_tools_go_on_elsewhere_and_git_sees_nothing(project: Project) -> None:
    """Nothing is left in the project, before and after every tool has run again."""
    before = (project.left(), project.status)
    project.aim("cache", "enforce")
    moved = (project.left(), project.status)
    project.work()
    again = (project.left(), project.status)
    central = project.home / ".cache" / "aim" / "central"

    assert before == (list(LEFT), "")
    assert moved == ([], "")
    assert again == ([], "")
    assert list((central / "ruff").iterdir())
    assert list((central / "pycache").rglob("n.*.pyc"))
    assert "nothing to change" in project.aim("cache", "enforce")


def test_what_tools_remember_is_still_used(project: Project) -> None:
    """pytest knows what failed last, mypy does not check again what it has checked, ruff adds nothing."""
    project.aim("cache", "enforce")
    project.work()
    failed = project.say("pytest", "-q", "--lf", "-p", "no:xdist")
    checked = project.say("mypy", "-v", "-p", "sub", "-m", "m", "2>&1")
    ruff = project.home / ".cache" / "aim" / "central" / "ruff"
    count = len(list(ruff.rglob("*")))
    project.say("ruff", "check", ".")

    assert "1 failed" in failed
    assert "passed" not in failed
    assert "fresh" in checked.lower()
    assert len(list(ruff.rglob("*"))) == count


def test_it_is_undone_without_a_trace(project: Project) -> None:
    """Every file and folder of the project, and the start file, is what it was."""
    before = project.everything()
    project.aim("cache", "enforce")
    project.aim("cache", "restore")

    assert project.everything() == before
    assert project.status == ""


def test_tools_that_ran_meanwhile_have_their_caches_back(project: Project) -> None:
    """What they have remembered since goes back with them."""
    project.aim("cache", "enforce")
    project.work()
    project.aim("cache", "restore")
    failed = project.say("pytest", "-q", "--lf", "-p", "no:xdist")

    assert set(project.left()) >= {".mypy_cache", ".pytest_cache"}
    assert "1 failed" in failed
    assert project.status == ""


def test_two_projects_do_not_mix_what_they_remember(project: Project, tmp_path: Path) -> None:
    """The same names in another project: what failed in one has not failed in the other."""
    other = Project(tmp_path, "other")
    (other.folder / "test_m.py").write_text("def test_a() -> None:\n    pass\n\n\ndef test_b() -> None:\n    pass\n")
    other.work()
    project.aim("cache", "enforce")
    other.aim("cache", "enforce")
    project.work()
    other.work()

    assert "2 passed" in other.say("pytest", "-q", "--lf", "-p", "no:xdist")
    assert "1 failed" in project.say("pytest", "-q", "--lf", "-p", "no:xdist")


def test_a_lost_store_is_mended(project: Project) -> None:
    """mypy fails outright on a link that leads nowhere; after `enforce` it works."""
    project.aim("cache", "enforce")
    shutil.rmtree(project.home / ".cache" / "aim" / "central" / "projects")
    project.aim("cache", "enforce")

    assert "Success" in project.say("mypy", "-p", "sub", "-m", "m")
    assert project.status == ""


def test_the_project_s_own_shell_has_variables_instead_of_links(project: Project) -> None:
    """`env activate` tells mypy and pytest by variables, to the same places that the links lead to."""
    project.aim("cache", "enforce")
    lines = project.aim("env", "activate", "--shell", "bash")
    stores = sorted((project.home / ".cache" / "aim" / "central" / "projects").glob("*/.mypy_cache"))

    assert f"MYPY_CACHE_DIR={stores[0]}" in lines
    assert f"cache_dir={stores[0].parent / '.pytest_cache'}" in lines


def test_a_tool_at_work_hardly_notices_the_exchange(project: Project) -> None:
    """A writer hammers on a cache while it is linked and back 50 times: with an exchange of names it goes on."""
    from aim_lib.platforms import _folders

    cache, store = project.folder / ".pytest_cache", project.home / "store" / "projects" / "x"
    script = (
        "import pathlib, sys, time\nplace, bad, end = pathlib.Path(sys.argv[1]) / 'f', 0, time.monotonic() + 3\n"
        "while time.monotonic() < end:\n try: place.write_text('x')\n except OSError: bad += 1\nprint(bad)"
    )
    writer = subprocess.Popen([sys.executable, "-c", script, str(cache)], stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 2
    swaps = 0
    while time.monotonic() < end and swaps < 50:
        _folders.link(str(cache), str(store))
        _folders.unlink(str(cache), str(store))
        swaps += 1
    said, _ = writer.communicate()

    assert swaps > 10
    assert int(said) <= swaps * 2
    assert not cache.is_symlink()
