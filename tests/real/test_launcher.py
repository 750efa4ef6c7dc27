"""aim.py with the real pip, uv and PyPI, in a copy of this repository whose task only prints its words."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CHILD = "import json, sys; print(json.dumps(sys.argv[1:]))\n"
# pip and ensurepip cannot be imported, as on a Debian without python3-pip and python3-venv
HIDE_PIP = """
import sys
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pip", "ensurepip"):
            raise ModuleNotFoundError("No module named " + name)
sys.meta_path.insert(0, Hide())
"""

pytestmark = pytest.mark.real


@dataclass(frozen=True, slots=True)
class Clone:
    """A copy of the repository and the environment in which its launcher is started."""

    root: Path
    env: dict[str, str]

    def program(self, name: str) -> str:
        return str(self.root / ".venv" / ("Scripts" if os.name == "nt" else "bin") / name)

    def command(self, *words: str, python: str = sys.executable) -> list[str]:
        return [python, str(self.root / "aim.py"), *words]

    def aim(self, *words: str, python: str = sys.executable, **env: str) -> subprocess.CompletedProcess[str]:
        command = self.command(*words, python=python)
        return subprocess.run(command, env=self.env | env, text=True, capture_output=True, check=False)

    def check(self) -> subprocess.CompletedProcess[str]:
        """Let uv look whether every installed package has what it needs, and import a few of them."""
        python = self.program("python")
        subprocess.run([python, "-c", "import aim_lib, invoke, msgspec, psutil, rich"], env=self.env, check=True)
        command = [self.program("uv"), "pip", "check", "--python", python]
        return subprocess.run(command, env=self.env, text=True, capture_output=True, check=False)

    @contextmanager
    def running(self, *words: str, **env: str) -> Iterator[subprocess.Popen[str]]:
        command, out = self.command(*words), subprocess.PIPE
        with subprocess.Popen(command, env=self.env | env, text=True, stdout=out, stderr=out) as process:
            yield process


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Caches of our own, so that the first test downloads everything and the others do not."""
    folder = tmp_path_factory.mktemp("caches")
    return {"UV_CACHE_DIR": str(folder / "uv"), "PIP_CACHE_DIR": str(folder / "pip")}


@pytest.fixture
def clone(tmp_path: Path, caches: dict[str, str]) -> Clone:
    """What a clone of the repository would hold, with a task that only prints."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=REPOSITORY, text=True, capture_output=True, check=True).stdout
    for name in listed.rstrip("\0").split("\0"):
        if (REPOSITORY / name).is_file():  # git also lists what was deleted and not committed yet
            (tmp_path / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, tmp_path / "clone" / name)
    (tmp_path / "clone/aim_lib/__main__.py").write_text(CHILD)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIM_")}  # noqa: TID251
    return Clone(tmp_path / "clone", kept | caches)


def replace_hashes(lock_file: Path, package: str) -> None:
    """Make every hash of one package in a lock file a wrong one."""
    text = lock_file.read_text()
    found = re.search(rf"(?ms)^{package}==.*?(?=^\S|\Z)", text)
    assert found is not None
    lock_file.write_text(text.replace(found[0], re.sub(r"sha256:\w{8}", "sha256:00000000", found[0])))


def test_a_clone_is_set_up_and_then_left_alone(clone: Clone) -> None:
    """The locked packages come from PyPI and fit together; the next run is silent."""
    first = clone.aim("doctor", "two words", "")
    second = clone.aim("doctor")

    assert (first.stdout, first.returncode) == ('["doctor", "two words", ""]\n', 0), first.stderr
    assert (second.stdout, second.stderr) == ('["doctor"]\n', "")
    assert clone.check().returncode == 0


def test_the_dev_set_brings_the_tools(clone: Clone) -> None:
    """`aim.py test` has pytest, ruff and mypy, and the larger set stays for runtime words."""
    test = clone.aim("test", "-x")
    after = clone.aim("doctor")

    assert (test.stdout, after.stderr) == ('["dev", "test", "-x"]\n', ""), test.stderr
    subprocess.run([clone.program("python"), "-c", "import pytest, mypy, ruff"], env=clone.env, check=True)


@pytest.mark.parametrize("stage", ["making", "installing uv", "installing the packages"])
def test_a_kill_in_any_stage_is_repaired(clone: Clone, stage: str) -> None:
    """Killed while a stage is under way, the next run waits for what is left of it and starts afresh."""
    with clone.running("doctor") as first:
        assert first.stderr is not None
        assert any(line.startswith(f"aim: {stage}") for line in first.stderr)
        first.kill()

    again = clone.aim("doctor")

    assert (again.stdout, again.returncode) == ('["doctor"]\n', 0), again.stderr
    assert clone.check().returncode == 0


def test_a_kill_of_the_installer_too_is_repaired(clone: Clone) -> None:
    """uv killed in the middle of its work, together with the launcher, leaves nothing that is trusted."""
    if os.name == "nt":
        pytest.skip("needs process groups")
    command, out = clone.command("doctor"), subprocess.PIPE
    with subprocess.Popen(command, env=clone.env, stderr=out, text=True, start_new_session=True) as first:
        assert first.stderr is not None
        assert any(line.startswith("aim: installing the packages") for line in first.stderr)
        os.killpg(first.pid, 9)

    again = clone.aim("doctor")

    assert "the last set-up did not finish" in again.stderr
    assert clone.check().returncode == 0


def test_without_pip_uv_comes_from_pypi(clone: Clone, tmp_path: Path) -> None:
    """A Python with neither pip nor ensurepip fetches the locked wheel of uv itself."""
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide/sitecustomize.py").write_text(HIDE_PIP)

    done = clone.aim("doctor", PYTHONPATH=str(tmp_path / "hide"), PATH=str(tmp_path))

    assert (done.stdout, done.returncode) == ('["doctor"]\n', 0), done.stderr
    assert clone.check().returncode == 0


@pytest.mark.parametrize(("package", "stage"), [("uv", "installing uv"), ("rich", "installing the packages")])
def test_a_wrong_hash_is_refused(clone: Clone, package: str, stage: str) -> None:
    """Real pip and real uv refuse a file that is not the locked one, and the launcher says it in its own words."""
    replace_hashes(clone.root / "requirements.lock", package)

    done = clone.aim("doctor")

    error, fix = done.stderr.splitlines()[-2:]
    assert error.startswith(f"error: {stage} failed") and error.endswith("(hash mismatch)")  # noqa: PT018 (one line)
    assert (fix[:5], done.stdout, done.returncode) == ("fix: ", "", 5)


def test_no_network_is_a_sentence(clone: Clone, tmp_path: Path) -> None:
    """Behind a proxy that answers nothing, with empty caches, the error names the network."""
    nowhere = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), "http://127.0.0.1:9")
    bare = {"PIP_CONFIG_FILE": os.devnull, "PIP_CACHE_DIR": str(tmp_path / "c"), "PATH": str(tmp_path)}

    done = clone.aim("doctor", **nowhere, **bare, PIP_FIND_LINKS="", UV_CACHE_DIR=str(tmp_path / "u"))

    assert "error: installing uv failed (exit code 1): the package index cannot be reached\nfix: check" in done.stderr
    assert done.returncode == 4


@pytest.mark.parametrize("name", ["python2.7", "python3.6", "python3.8", "python3.10"])
def test_an_old_python_says_so(name: str) -> None:
    """Real old Pythons, where there are any, print one line and end with code 3."""
    python = shutil.which(name)
    if not python or subprocess.run([python, "--version"], capture_output=True, check=False).returncode:
        pytest.skip(f"there is no {name} here")

    done = subprocess.run([python, str(REPOSITORY / "aim.py")], text=True, capture_output=True, check=False)

    assert done.stderr.startswith(f"error: AIM needs Python 3.11 or newer; this is {name.removeprefix('python')}.")
    assert (done.stderr.count("\n"), done.returncode) == (1, 3)


@pytest.mark.parametrize("name", ["python3.12", "python3.13", "python3.14"])
def test_another_new_python_takes_over(clone: Clone, name: str) -> None:
    """A second Python, where there is one, makes the environment anew, says so and works."""
    python = shutil.which(name)
    if not python or subprocess.run([python, "--version"], capture_output=True, check=False).returncode:
        pytest.skip(f"there is no {name} here")
    clone.aim("doctor")

    done = clone.aim("doctor", python=python)

    assert f"it was made by Python {sys.version.split()[0]}" in done.stderr
    assert (done.stdout, clone.check().returncode) == ('["doctor"]\n', 0)
