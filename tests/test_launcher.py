"""aim.py, driven as a user starts it, in a small project with a stub pip and a stub uv: no network, no real install."""

import ast
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[1] / "aim.py"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stub uv is a script; tests/real covers Windows")

CHILD = "import json, os, sys; print(json.dumps(sys.argv[1:])); sys.exit(int(os.environ.get('CHILD_EXIT', '0')))\n"
PIP = """
import os, pathlib, sys
print("pip", *sys.argv[1:], file=open(os.environ["STUB_LOG"], "a"))
if "--version" in sys.argv:
    sys.exit(print("pip", os.environ.get("PIP_SAYS_VERSION", "99.0"), "from a stub"))
if "PIP_SAYS" in os.environ:
    sys.exit(os.environ["PIP_SAYS"])
uv = pathlib.Path(sys.argv[sys.argv.index("--python") + 1]).with_name("uv")
uv.write_text(pathlib.Path(os.environ["STUB_UV"]).read_text())
uv.chmod(0o755)
"""
UV = """
import os, pathlib, shutil, signal, sys
print("uv", *sys.argv[1:], file=open(os.environ["STUB_LOG"], "a"))
python = pathlib.Path(sys.argv[sys.argv.index("--python") + 1])
if "sync" in sys.argv:
    if "UV_BLOCKS_ON" in os.environ:
        open(os.environ["UV_BLOCKS_ON"]).read()
    if "UV_SAYS" in os.environ:
        sys.exit(os.environ["UV_SAYS"])
    if "UV_SIGNALS" in os.environ:
        os.kill(os.getppid(), int(os.environ["UV_SIGNALS"]))
    if pathlib.Path(__file__).parent != python.parent:
        shutil.copy(__file__, python.with_name("uv"))
else:
    site = next(python.parents[1].glob("lib/python*/site-packages"))
    (site / "project.pth").write_text(sys.argv[-1])
"""
# pip and ensurepip cannot be imported, as on a Debian without python3-pip and python3-venv
HIDE_PIP = """
import sys
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pip", "ensurepip"):
            raise ModuleNotFoundError("No module named " + name)
sys.meta_path.insert(0, Hide())
"""
# As root, only without these capabilities does a read-only folder refuse (PR_CAPBSET_DROP; see capabilities(7))
DROP_POWER = """
import ctypes, os, sys
for capability in (1, 2, 3):  # DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
    if ctypes.CDLL(None).prctl(24, capability, 0, 0, 0):
        sys.exit(99)
os.execv(sys.argv[1], sys.argv[1:])
"""
# Start the launcher under an audit hook that writes down every process it starts
WATCH = """
import runpy, sys
STARTS = ("subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system")
log = open(sys.argv[1], "a", buffering=1)
sys.addaudithook(lambda event, args: event in STARTS and print(event, file=log))
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
OLD_PYTHON = """
import runpy, sys
sys.version_info, sys.version = (3, 8, 18, "final", 0), "3.8.18 (default, Feb 1 2026)"
runpy.run_path(sys.argv[1], run_name="__main__")
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A project folder with the launcher in it, and the environment in which to start it."""

    root: Path
    env: dict[str, str]

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, str(self.root / "aim.py"), *words]

    def aim(self, *words: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), env=self.env | env, cwd=cwd or self.root, text=True, capture_output=True, check=False
        )

    @contextmanager
    def running(self, *words: str, **env: str) -> Iterator[subprocess.Popen[str]]:
        command, out = self.command(*words), subprocess.PIPE
        with subprocess.Popen(command, env=self.env | env, text=True, stdout=out, stderr=out) as process:
            yield process

    def calls(self) -> list[str]:
        """Return what was started so far, without the question for pip's version."""
        log = Path(self.env["STUB_LOG"])
        lines = log.read_text().splitlines() if log.exists() else []
        return [line for line in lines if "--version" not in line]

    def syncs(self) -> list[str]:
        """Return the lock file of every sync so far."""
        return [line.rpartition("/")[2] for line in self.calls() if line.startswith("uv pip sync")]


def new_project(folder: Path) -> Project:
    root, stubs, uv = folder / "project", folder / "stubs", folder / "uv-stub"
    (root / "aim_lib").mkdir(parents=True)
    (root / "aim_lib/__init__.py").touch()
    (root / "aim_lib/__main__.py").write_text(CHILD)
    shutil.copy(LAUNCHER, root)
    (root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    for name in ("requirements.lock", "requirements-dev.lock"):
        (root / name).write_text("rich==1.0 \\\n    --hash=sha256:00\nuv==0.9.9 \\\n    --hash=sha256:11\nzope==1.0\n")
    (stubs / "pip").mkdir(parents=True)
    (stubs / "pip/__init__.py").touch()
    (stubs / "pip/__main__.py").write_text(PIP)
    uv.write_text(f"#!{sys.executable}\n{UV}")
    env = {
        "HOME": str(folder),
        "PATH": str(folder / "empty"),
        "PYTHONPATH": str(stubs),
        "STUB_LOG": str(folder / "calls"),
        "STUB_UV": str(uv),
    }
    return Project(root, env)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project that was never set up."""
    return new_project(tmp_path)


@pytest.fixture
def ready(project: Project) -> Project:
    """A project whose environment holds the runtime set."""
    assert project.aim("x").returncode == 0
    Path(project.env["STUB_LOG"]).unlink()
    return project


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A ready project shared by the tests that change nothing in it."""
    project = new_project(tmp_path_factory.mktemp("settled"))
    assert project.aim("x").returncode == 0
    return project


def test_set_up_installs_uv_then_the_lock_then_the_project(project: Project) -> None:
    """A fresh clone gets uv by pip, a hash-checked sync, and the project itself, in this order."""
    project.aim("x")

    pip, sync, editable = project.calls()
    assert pip.startswith("pip --python")
    assert "--require-hashes" in pip
    assert sync.startswith("uv pip sync")
    assert sync.endswith(f"--require-hashes {project.root}/requirements.lock")
    assert editable.endswith(f"--no-deps --no-build-isolation --editable {project.root}")


def test_pip_is_given_only_the_pinned_uv(project: Project) -> None:
    """The requirement that pip reads is uv's block of the lock file and nothing more."""
    project.aim("x", PIP_SAYS="stop here")

    wish = (project.venv / ".aim-tmp/uv.txt").read_text()
    assert wish == "uv==0.9.9 \\\n    --hash=sha256:11\n"


def test_progress_is_on_stderr_only(project: Project) -> None:
    """During a set-up the task still owns stdout, and each stage is one line on stderr."""
    done = project.aim("x")

    assert done.stdout == '["x"]\n'
    assert [line.split()[1] for line in done.stderr.splitlines()] == ["making", "installing", "installing"]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(
            ["run", "two words", "", "it's", 'say "hi"', "$HOME", "*", "--", "-x", "\\", "naïve 例"], id="hard"
        ),
        pytest.param(["--json", "doctor"], id="flag first"),
        pytest.param(["doctor", "test"], id="test elsewhere"),
        pytest.param(["testing"], id="like test"),
        pytest.param([""], id="empty"),
    ],
)
def test_words_are_forwarded_exactly(settled: Project, words: list[str]) -> None:
    """What the user typed is what the task sees, character by character."""
    done = settled.aim(*words)

    assert json.loads(done.stdout) == words


def test_the_default_word_is_bootstrap(settled: Project) -> None:
    """Without words the launcher runs bootstrap."""
    assert json.loads(settled.aim().stdout) == ["bootstrap"]


def test_test_is_short_for_dev_test(ready: Project) -> None:
    """`aim.py test -k x` reaches the project as `dev test -k x`."""
    assert json.loads(ready.aim("test", "-k", "x").stdout) == ["dev", "test", "-k", "x"]


def test_the_exit_code_is_the_tasks(settled: Project) -> None:
    """A task's exit code is the launcher's."""
    assert settled.aim("x", CHILD_EXIT="5").returncode == 5


def test_the_current_folder_is_not_imported(settled: Project, tmp_path: Path) -> None:
    """A folder named aim_lib where the user happens to stand is not run."""
    (tmp_path / "elsewhere/aim_lib").mkdir(parents=True)
    (tmp_path / "elsewhere/aim_lib/__init__.py").touch()
    (tmp_path / "elsewhere/aim_lib/__main__.py").write_text("print('wrong')")

    assert settled.aim("x", cwd=tmp_path / "elsewhere").stdout == '["x"]\n'


def test_a_second_run_starts_nothing_but_the_task(settled: Project, tmp_path: Path) -> None:
    """When nothing changed, the only process event is the exec of the task."""
    watched = tmp_path / "watched"
    command = [sys.executable, "-c", WATCH, str(watched), str(settled.root / "aim.py"), "x"]

    done = subprocess.run(command, env=settled.env, text=True, capture_output=True, check=False)

    assert (done.stdout, done.stderr) == ('["x"]\n', "")
    assert watched.read_text() == "os.exec\n"


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.lock", "aim.py"])
def test_a_changed_input_syncs_again(ready: Project, name: str) -> None:
    """A new lock file, pyproject.toml or launcher brings a sync of the same environment, without pip."""
    with (ready.root / name).open("a") as file:
        file.write("\n# changed\n")

    assert ready.aim("x").returncode == 0
    assert [call.split()[:3] for call in ready.calls()] == [["uv", "pip", "sync"], ["uv", "pip", "install"]]


@pytest.mark.parametrize("word", ["test", "dev", "dev.lint"])
def test_dev_words_get_the_dev_set(ready: Project, word: str) -> None:
    """Words for developers bring the larger lock file."""
    ready.aim(word)

    assert ready.syncs() == ["requirements-dev.lock"]


def test_the_dev_set_serves_for_runtime(ready: Project) -> None:
    """After a dev word, a runtime word installs nothing."""
    ready.aim("dev")

    ready.aim("x")

    assert ready.syncs() == ["requirements-dev.lock"]


def test_the_dev_set_is_not_taken_away(ready: Project) -> None:
    """When a lock file changes under a developer, the dev set is what is renewed, also for a runtime word."""
    ready.aim("dev")
    (ready.root / "requirements-dev.lock").write_text("uv==0.9.9\n")

    ready.aim("x")

    assert ready.syncs() == ["requirements-dev.lock"] * 2


def test_another_python_makes_it_anew_and_says_so(ready: Project) -> None:
    """An environment made by another Python is not mixed with this one."""
    stamp = ready.venv / ".aim-stamp"
    stamp.write_text(re.sub(r"Python \S+", "Python 3.99.1", stamp.read_text()))
    (ready.venv / "leftover").touch()

    done = ready.aim("x")

    assert f"anew (Python {sys.version.split()[0]}): it was made by Python 3.99.1 at {ready.venv}" in done.stderr
    assert (done.stdout, (ready.venv / "leftover").exists()) == ('["x"]\n', False)


def test_a_moved_project_is_made_anew(ready: Project, tmp_path: Path) -> None:
    """Scripts carry absolute paths, so a moved folder gets a new environment."""
    moved = Project(ready.root.rename(tmp_path / "moved"), ready.env)

    done = moved.aim("x")

    assert f"it was made by Python {sys.version.split()[0]} at {ready.venv}" in done.stderr
    assert done.stdout == '["x"]\n'


def test_a_removed_interpreter_makes_it_anew(ready: Project, tmp_path: Path) -> None:
    """A link to a Python that is gone is noticed before it is started."""
    python = ready.venv / "bin/python"
    python.unlink()
    python.symlink_to(tmp_path / "gone")

    done = ready.aim("x")

    assert "its python or uv is gone" in done.stderr
    assert done.stdout == '["x"]\n'


def test_aim_venv_names_another_folder(project: Project, tmp_path: Path) -> None:
    """With AIM_VENV the project folder gets no environment."""
    done = project.aim("x", AIM_VENV=str(tmp_path / "else where"))

    assert done.stdout == '["x"]\n'
    assert (tmp_path / "else where/.aim-stamp").exists()
    assert not project.venv.exists()


def test_a_foreign_venv_is_refused_and_kept(project: Project) -> None:
    """An environment that somebody else made is neither emptied nor synced."""
    (project.venv / "bin").mkdir(parents=True)

    done = project.aim("x")

    assert done.returncode == 2
    assert done.stderr == (
        f"error: {project.venv} exists and was not made by aim.py\n"
        f"fix: move it away, or set AIM_VENV={project.root}/.venv.aim\n"
    )
    assert [path.name for path in project.venv.iterdir()] == ["bin"]


@pytest.mark.parametrize(
    ("said", "meaning", "code"),
    [
        ("error: Hash mismatch for `rich==15.0.0`", "it is not the file that was locked (hash mismatch)", 5),
        ("error: Failed to write: No space left on device (os error 28)", "the disk is full", 4),
        ("error: failed to create `/x/.cache/uv`: Permission denied", "a folder may not be written", 7),
        ("cause: invalid peer certificate: UnknownIssuer", "certificate of the package index is not trusted", 4),
        ("cause: dns error: failed to lookup address", "the package index cannot be reached", 4),
        ("cause: error sending request for url (https://x/)", "the package index cannot be reached", 4),
    ],
)
def test_a_failing_uv_is_explained(project: Project, said: str, meaning: str, code: int) -> None:
    """What uv said is shown, what it means is the error, and the exit code is of the house."""
    done = project.aim("x", UV_SAYS=said)

    shown, error, fix = done.stderr.splitlines()[-3:]
    assert (shown, done.returncode) == (f"aim: | {said}", code)
    assert error.startswith("error: installing the packages failed (exit code 1): ")
    assert error.endswith(meaning)
    assert fix.startswith("fix: ")


def test_an_unknown_failure_shows_what_was_said(project: Project) -> None:
    """A failure nobody foresaw ends with the installer's own words and code 4."""
    done = project.aim("x", UV_SAYS="the moon is full")

    assert "aim: | the moon is full\nerror: installing the packages failed (exit code 1)\nfix: run" in done.stderr
    assert done.returncode == 4


def test_a_failing_pip_is_explained(project: Project) -> None:
    """Without a network pip's last words and the sentence about the index are shown."""
    done = project.aim("x", PIP_SAYS="WARNING: Retrying after ProxyError('x')\nERROR: No matching distribution found")

    assert "aim: | ERROR: No matching distribution found\nerror: installing uv failed" in done.stderr
    assert ("the package index cannot be reached" in done.stderr, done.returncode) == (True, 4)


def test_a_uv_on_path_is_the_last_resort(project: Project, tmp_path: Path) -> None:
    """When pip cannot bring the pinned uv, one on PATH fills the environment."""
    (tmp_path / "bin").mkdir()
    shutil.copy(project.env["STUB_UV"], tmp_path / "bin/uv")
    (tmp_path / "bin/uv").chmod(0o755)

    done = project.aim("x", PIP_SAYS="Connection refused", PATH=str(tmp_path / "bin"))

    assert f"trying {tmp_path}/bin/uv" in done.stderr
    assert done.stdout == '["x"]\n'


def test_a_tampered_uv_is_not_replaced_by_another(project: Project, tmp_path: Path) -> None:
    """A hash mismatch ends the run, also when a uv on PATH could go on."""
    (tmp_path / "bin").mkdir()
    shutil.copy(project.env["STUB_UV"], tmp_path / "bin/uv")
    (tmp_path / "bin/uv").chmod(0o755)

    done = project.aim("x", PIP_SAYS="THESE PACKAGES DO NOT MATCH THE HASHES", PATH=str(tmp_path / "bin"))

    assert (done.returncode, project.syncs()) == (5, [])


@pytest.mark.parametrize("how", [getattr(signal, "SIGKILL", 9), signal.SIGTERM])
def test_a_killed_run_is_repaired_by_the_next(project: Project, how: signal.Signals) -> None:
    """A run killed in the middle leaves no stamp, and the next one starts from an empty environment."""
    killed = project.aim("x", UV_SIGNALS=str(int(how)))

    again = project.aim("x")

    assert (killed.returncode, killed.stdout) == (-how, "")
    assert "anew" in again.stderr
    assert "the last set-up did not finish" in again.stderr
    assert again.stdout == '["x"]\n'


def test_a_killed_renewal_does_not_trust_the_old_stamp(ready: Project) -> None:
    """A lock file that is changed, half installed and changed back is not taken for installed."""
    before = (ready.root / "requirements.lock").read_text()
    (ready.root / "requirements.lock").write_text("uv==0.9.9\n")
    ready.aim("x", UV_SIGNALS=str(int(signal.SIGKILL)))
    (ready.root / "requirements.lock").write_text(before)

    assert "the last set-up did not finish" in ready.aim("x").stderr


def test_ctrl_c_is_one_sentence(project: Project) -> None:
    """An interrupt during the set-up ends with code 130 and without a traceback."""
    done = project.aim("x", UV_SIGNALS=str(int(signal.SIGINT)))

    assert done.stderr.splitlines()[-2] == "error: interrupted"
    assert ("Traceback" in done.stderr, done.returncode) == (False, 130)


def test_the_second_of_two_waits_and_installs_nothing(project: Project, tmp_path: Path) -> None:
    """Two launchers at once: the second says once that it waits, then finds everything done."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with project.running("first", UV_BLOCKS_ON=str(fifo)) as first, fifo.open("w") as gate:
        with project.running("second") as second:
            assert second.stderr is not None
            said = second.stderr.readline()
            gate.close()
            out, rest = second.communicate()
        first_out, _ = first.communicate()

    assert (said, rest) == (f"aim: waiting for another aim.py, which is setting up {project.venv}\n", "")
    assert (first_out, out, len(project.syncs())) == ('["first"]\n', '["second"]\n', 1)


def test_no_wait_gives_up_at_once(project: Project, tmp_path: Path) -> None:
    """With AIM_NO_WAIT a held lock is exit code 9; and an installer whose launcher was killed still holds it."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with project.running("first", UV_BLOCKS_ON=str(fifo)) as first, fifo.open("w"):
        first.kill()
        first.wait()

        done = project.aim("second", AIM_NO_WAIT="1")

    assert done.stderr.startswith(f"error: another aim.py is setting up {project.venv}\nfix: wait")
    assert done.returncode == 9


def test_a_read_only_project_names_the_remedy(project: Project) -> None:
    """Where .venv may not be made, the launcher says so and names AIM_VENV, with code 7."""
    project.root.chmod(0o555)
    command = [sys.executable, "-c", DROP_POWER] if os.geteuid() == 0 else []

    done = subprocess.run(
        [*command, *project.command("x")], env=project.env, text=True, capture_output=True, check=False
    )

    project.root.chmod(0o755)
    if done.returncode == 99:
        pytest.skip("root here cannot give up its right to write everywhere")
    assert f"error: cannot use {project.venv} ([Errno 13] Permission denied" in done.stderr
    assert "fix: set AIM_VENV to a folder you may write" in done.stderr
    assert done.returncode == 7


def test_a_path_no_environment_can_have_is_refused(project: Project, tmp_path: Path) -> None:
    """A colon, which PATH cannot hold, is a sentence and not a traceback."""
    done = project.aim("x", AIM_VENV=str(tmp_path / "a:b"))

    assert done.stderr.splitlines()[-1] == "fix: set AIM_VENV to another folder"
    assert done.returncode == 2


def test_a_lock_file_without_uv_is_named(project: Project) -> None:
    """A lock file that pins no uv cannot be used, and the message names it."""
    (project.root / "requirements.lock").write_text("rich==1.0\n")

    done = project.aim("x")

    assert f"error: {project.root}/requirements.lock does not pin uv\nfix: restore the file" in done.stderr
    assert done.returncode == 2


def test_a_missing_lock_file_is_named(project: Project) -> None:
    """A project without its lock file is a sentence that names the file."""
    (project.root / "requirements.lock").unlink()

    done = project.aim("x")

    assert f"No such file or directory: '{project.root}/requirements.lock'" in done.stderr.splitlines()[-2]
    assert done.returncode == 4


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on the loopback interface, from a process of its own; yield its address."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().split(" port ")[1].split()[0]
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.fixture
def without_pip(project: Project, tmp_path: Path) -> Project:
    """A project on a Python without pip and ensurepip, and an index folder that has a wheel of uv for any machine."""
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide/sitecustomize.py").write_text(HIDE_PIP)
    index = tmp_path / "index/uv"
    index.mkdir(parents=True)
    with zipfile.ZipFile(index / "wheel", "w") as wheel:
        wheel.write(project.env["STUB_UV"], "uv-0.9.9.data/scripts/uv")
    tags = [f"manylinux_2_17_{arch}.manylinux2014_{arch}" for arch in ("x86_64", "aarch64")]
    tags += ["musllinux_1_1_x86_64", "musllinux_1_1_aarch64", "macosx_10_12_x86_64", "macosx_11_0_arm64", "win_amd64"]
    names = [f"uv-0.9.9-py3-none-{tag}.whl" for tag in tags]
    (index / "index.html").write_text("".join(f'<a href="../uv/{name}#sha256=00">{name}</a>\n' for name in names))
    for name in names:
        shutil.copy(index / "wheel", index / name)
    digest = hashlib.sha256((index / "wheel").read_bytes()).hexdigest()
    (project.root / "requirements.lock").write_text(f"uv==0.9.9 \\\n    --hash=sha256:{digest}\n")
    return Project(project.root, project.env | {"PYTHONPATH": str(tmp_path / "hide")})


def test_without_pip_uv_comes_from_its_wheel(without_pip: Project, tmp_path: Path) -> None:
    """A Python with neither pip nor ensurepip takes uv from the index, checked against the lock file."""
    with serve(tmp_path / "index") as index:
        done = without_pip.aim("x", PIP_INDEX_URL=index)

    assert done.stdout == '["x"]\n'
    assert [call.split()[0] for call in without_pip.calls()] == ["uv", "uv"]


def test_a_wheel_that_was_not_locked_is_refused(without_pip: Project, tmp_path: Path) -> None:
    """A wheel whose hash is not in the lock file is not run, whatever the index says about it."""
    (without_pip.root / "requirements.lock").write_text("uv==0.9.9 \\\n    --hash=sha256:00\n")

    with serve(tmp_path / "index") as index:
        done = without_pip.aim("x", PIP_INDEX_URL=index)

    assert "error: fetching uv 0.9.9 failed: a download was refused" in done.stderr
    assert (done.returncode, without_pip.calls()) == (5, [])


def test_an_index_without_the_pinned_uv_is_named(without_pip: Project, tmp_path: Path) -> None:
    """An index that has no fitting wheel is a missing program, with pip as the remedy."""
    (tmp_path / "index/uv/index.html").write_text("<html></html>")

    with serve(tmp_path / "index") as index:
        done = without_pip.aim("x", PIP_INDEX_URL=index)

    assert (
        f"uv cannot be fetched from {index}/uv/: it has no uv 0.9.9 for this machine\nfix: install pip" in done.stderr
    )
    assert done.returncode == 3


@pytest.mark.parametrize("index", ["http://127.0.0.1:9", "http://me:secret@127.0.0.1:nine", "nonsense"])
def test_no_pip_and_no_index_is_a_sentence(without_pip: Project, index: str) -> None:
    """Without pip and without an index to ask, the launcher says so, and shows no password."""
    done = without_pip.aim("x", PIP_INDEX_URL=index)

    assert "error: this Python has no pip, and uv cannot be fetched from" in done.stderr
    assert ("Traceback" in done.stderr, "secret" in done.stderr, done.returncode) == (False, False, 4)


def test_a_pip_too_old_is_not_used(without_pip: Project, tmp_path: Path) -> None:
    """A pip before 22.3 has no --python option, so the next way is taken."""
    path = os.pathsep.join([str(tmp_path / "stubs"), str(tmp_path / "hide")])
    (tmp_path / "hide/sitecustomize.py").write_text(HIDE_PIP.replace('"pip"', '"nothing"'))

    with serve(tmp_path / "index") as index:
        done = without_pip.aim("x", PIP_INDEX_URL=index, PYTHONPATH=path, PIP_SAYS_VERSION="22.0.2")

    assert done.stdout == '["x"]\n'
    assert [call.split()[0] for call in without_pip.calls()] == ["uv", "uv"]


def test_an_old_python_gets_one_line() -> None:
    """A Python before 3.11 is told so in one line, with code 3."""
    done = subprocess.run(
        [sys.executable, "-c", OLD_PYTHON, str(LAUNCHER)], text=True, capture_output=True, check=False
    )

    assert done.stderr.startswith(
        "error: AIM needs Python 3.11 or newer; this is 3.8.18: start aim.py with a newer one"
    )
    assert (done.stderr.count("\n"), done.stdout, done.returncode) == (1, "", 3)


def test_the_file_is_of_a_syntax_old_pythons_parse() -> None:
    """Nothing in aim.py is syntax that Python 2.7 rejects before it reaches the version check."""
    text = LAUNCHER.read_text(encoding="ascii")
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.Starred, ast.Nonlocal, ast.YieldFrom)

    for node in ast.walk(ast.parse(text)):
        assert not isinstance(node, (*modern, ast.AsyncFunctionDef, ast.AsyncWith, ast.Await)), ast.dump(node)
        assert not isinstance(node, ast.FunctionDef) or (node.returns, node.args.kwonlyargs) == (None, [])
        assert not isinstance(node, ast.arg) or node.annotation is None
        assert not isinstance(node, ast.Raise) or node.cause is None
        assert not isinstance(node, ast.ClassDef) or node.keywords == []
