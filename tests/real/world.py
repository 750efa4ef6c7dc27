"""A throw-away home with a project in it, a PATH of chosen programs, and the ways to use AIM there as a user would."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from ..checkout import with_checkout

LIMIT_S = 300.0
PROGRAMS = Path(sys.executable).parent
INSTALLERS = ("pipx", "uv", "pip", "npm", "npx", "npm-cli.js", "pnpm", "cargo")
# What a machine needs for its network: certificates, proxies, registries.
NETWORK = ("SSL_CERT", "NODE_EXTRA_CA", "REQUESTS_CA", "CURL_CA", "PIP_CERT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
REGISTRIES = ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_INDEX_URL", "NPM_CONFIG_REGISTRY")
# What the managers keep beside their tools: lock files of pipx and uv, uv's .gitignore and .tmp, npm's list.
BOOKKEEPING = (".lock", ".gitignore", ".tmp", ".package-lock.json")
# Registries that refuse every connection, asked once.
NO_NETWORK = {
    **dict.fromkeys(("UV_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_INDEX_URL"), "http://127.0.0.1:9/simple"),
    "NPM_CONFIG_REGISTRY": "http://127.0.0.1:9",
    "NPM_CONFIG_FETCH_RETRIES": "0",
    "UV_HTTP_RETRIES": "0",
    "AIM_BOOTSTRAP_RETRIES": "0",
}
HOOK = """
import sys
def note(event, args):
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn"):
        words = [args[0], *list(args[1] or ())[1:]]
        with open({log!r}, "a") as file:
            file.write(repr([str(word) for word in words]) + "\\n")
sys.addaudithook(note)
"""
# A package with its own build backend, so that building it asks no registry for anything.
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "{name}"
version = "1.0"
[project.scripts]
{name} = "{name}:main"
"""
BACKEND = """
import pathlib, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    {first}
    name = "{name}-1.0-py3-none-any.whl"
    info = "{name}-1.0.dist-info/"
    files = {{
        "{name}.py": "def main():\\n    print('{name} 1.0')\\n",
        info + "METADATA": "Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n",
        info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        info + "entry_points.txt": "[console_scripts]\\n{name} = {name}:main\\n",
    }}
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(info + "RECORD", "".join(path + ",,\\n" for path in [*files, info + "RECORD"]))
    return name
"""


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended. `text` is all it said."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout + self.stderr

    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.stdout)
        return document


@dataclass(frozen=True, slots=True)
class World:
    """One user's machine. `env` is all that its programs see of the environment."""

    root: Path
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def project(self) -> Path:
        return self.home / "project"

    @property
    def own(self) -> Path:
        """Where AIM keeps its things: config, state, data, logs, cache."""
        return self.home / "aim"

    @property
    def bin(self) -> Path:
        """Where pipx and uv put commands."""
        return self.home / ".local" / "bin"

    @property
    def npm_bin(self) -> Path:
        return self.own / "data" / "npm" / "bin"

    @property
    def modules(self) -> Path:
        return self.own / "data" / "npm" / "lib" / "node_modules"

    @property
    def npm_tools(self) -> Path:
        """Where npm tools have folders of their own."""
        return self.own / "data" / "npm-tools"

    @property
    def venvs(self) -> Path:
        """Where the pipx that a user has today keeps its environments."""
        shared = Path("Library/Application Support/pipx" if sys.platform == "darwin" else ".local/share/pipx")  # noqa: TID251
        return self.home / shared / "venvs"

    @property
    def uv_tools(self) -> Path:
        return self.home / ".local" / "share" / "uv" / "tools"

    @property
    def lock_file(self) -> Path:
        return self.project / "aim.lock"

    # --- using it ---------------------------------------------------------------------------------------------

    def declare(self, text: str) -> None:
        """What the project's aim.toml says."""
        (self.project / "aim.toml").write_text(text)

    def with_env(self, **env: str) -> World:
        return replace(self, env={**self.env, **env})

    def with_path_first(self, *folders: Path) -> World:
        return self.with_env(PATH=os.pathsep.join([*map(str, folders), self.env["PATH"]]))

    def run(self, *argv: str | Path) -> Done:
        """Run any program here to its end."""
        done = subprocess.run(
            [*map(str, argv)],
            cwd=self.project,
            env=with_checkout(self.env),
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=LIMIT_S,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def aim(self, *words: str, **env: str) -> Done:
        return self.with_env(**env).run(sys.executable, "-m", "aim_lib", *words)

    def invoke(self, *words: str, **env: str) -> Done:
        return self.with_env(**env).run(PROGRAMS / "invoke", *words)

    def pipx(self, *words: str) -> Done:
        """The user's own, current pipx, with the uv that lies beside it."""
        return self._must(self.with_path_first(PROGRAMS).run(sys.executable, "-m", "pipx", *words))

    def uv(self, *words: str) -> Done:
        return self._must(self.run(PROGRAMS / "uv", *words))

    def npm(self, *words: str) -> Done:
        return self._must(self.run("npm", *words))

    def command(self, name: str, *words: str) -> Done:
        """Run a tool's command as a shell would that has AIM's folders first on PATH."""
        node = self.own / "data" / "node" / "bin"
        there = self.with_path_first(self.npm_tools / "bin", self.npm_bin, self.bin, node)
        found = shutil.which(name, path=there.env["PATH"])
        return there.run(found, *words) if found else Done(127, "", f"{name} is not on PATH")

    def version_of(self, name: str) -> str:
        """The first version number that `NAME --version` prints, or "" when it does not answer."""
        done = self.command(name, "--version")
        words = done.stdout.split() if done.exit_code == 0 else []
        return next((word.lstrip("v") for word in words if word.lstrip("v")[:1].isdigit()), "")

    @contextmanager
    def running(self, *words: str, **env: str) -> Iterator[subprocess.Popen[str]]:
        """AIM in the background; killed at the end of the block if it still runs."""
        argv = [sys.executable, "-m", "aim_lib", *words]
        out = subprocess.PIPE
        there = self.with_env(**env)
        with subprocess.Popen(
            argv,
            cwd=there.project,
            env=with_checkout(there.env),
            text=True,
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    @staticmethod
    def _must(done: Done) -> Done:
        assert done.exit_code == 0, done.text
        return done

    # --- looking at it ----------------------------------------------------------------------------------------

    def plan(self) -> list[dict[str, Any]]:
        done = self.aim("plan", "--json")
        assert done.exit_code == 0, done.text
        changes: list[dict[str, Any]] = done.json()["changes"]
        return changes

    def reasons(self) -> dict[str, str]:
        """What the plan would change, id → why."""
        return {change["id"]: change["reason"] for change in self.plan()}

    def standings(self) -> dict[str, tuple[str, str]]:
        """What `version check` says, tool → (status, actual version)."""
        found = self.aim("version", "check", "--json").json()["tools"]
        return {tool["tool"]: (tool["status"], tool["actual"]) for tool in found}

    def events(self, kind: str) -> list[str]:
        """The ids (`pipx:ruff`) of the audit log's events of one type, in order."""
        log = self.own / "logs" / "audit.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        found = [json.loads(line) for line in lines]
        return [event["message"].partition(": ")[0] for event in found if event["event_type"] == kind]

    def journal(self) -> list[dict[str, Any]]:
        """The whole lines of the journal that a changing run is writing."""
        try:
            text = (self.own / "state" / "journal.jsonl").read_text()
        except OSError:
            return []
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def installed(self) -> list[str]:
        """The names of everything in the folders where pipx, uv and npm keep environments, packages and commands."""
        folders = (
            self.bin,
            self.venvs,
            self.uv_tools,
            self.npm_bin,
            self.modules,
            self.npm_tools,
            self.npm_tools / "bin",
        )
        entries = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
        return sorted(
            f"{path.parent.name}/{path.name}"
            for path in entries
            if not path.name.endswith(BOOKKEEPING) and path != self.npm_tools / "bin"
        )

    def tree(self) -> dict[str, str]:
        """Every file, link and folder of the home, with a digest of what it holds; not what is only on record.

        Every run of several tasks leaves a record, also one that does nothing, and every command an event.
        """
        records, log = self.home / "aim/state/runs", self.home / "aim/logs"
        return {
            str(path.relative_to(self.home)): _digest(path)
            for path in sorted(self.home.rglob("*"))
            if not (path.is_relative_to(records) or records.is_relative_to(path) or path.is_relative_to(log))
        }

    def programs_started(self, *words: str, **env: str) -> tuple[Done, list[list[str]]]:
        """Run AIM and return every argv that it or a child of it started: by strace, else by Python's audit events."""
        log = self.root / "started.log"
        log.unlink(missing_ok=True)
        argv = (sys.executable, "-m", "aim_lib", *words)
        there = self.with_env(**env)
        if can_trace():
            done = there.run(
                "/usr/bin/env", "strace", "-f", "-qq", "-s", "400", "-e", "trace=execve", "-o", str(log), *argv
            )
            return done, [_argv(line) for line in log.read_text().splitlines() if "execve(" in line][1:]
        hook = self.root / "hook"
        hook.mkdir(exist_ok=True)
        (hook / "sitecustomize.py").write_text(HOOK.format(log=str(log)))
        done = there.with_env(PYTHONPATH=str(hook)).run(*argv)
        return done, [_argv(line) for line in log.read_text().splitlines()] if log.exists() else []

    def package(self, name: str, first: str = "pass") -> Path:
        """A package in the project, `./NAME`, whose build runs the statement `first` before anything else."""
        folder = self.project / name
        folder.mkdir()
        (folder / "pyproject.toml").write_text(PROJECT.format(name=name))
        (folder / "backend.py").write_text(BACKEND.format(name=name, first=first))
        return folder

    def gate(self, name: str) -> Gate:
        """A package `./NAME` whose build waits until it is let through."""
        arrived, leave = self.root / f"{name}.arrived", self.root / f"{name}.leave"
        os.mkfifo(arrived)
        os.mkfifo(leave)
        self.package(name, f"open({str(arrived)!r}, 'w').close(); open({str(leave)!r}).close()")
        return Gate(arrived, leave)


@dataclass(frozen=True, slots=True)
class Gate:
    """Holds a build where it is, without any clock: both sides wait for the other at a named pipe."""

    arrived: Path
    leave: Path

    def wait(self) -> None:
        """Return when the build has come to the gate."""
        with self.arrived.open() as pipe:
            pipe.read()

    def open(self) -> None:
        """Let whoever waits at the gate through."""
        with self.leave.open("w"):
            pass

    def stay_open(self) -> None:
        """Never hold a build again."""
        for pipe in (self.arrived, self.leave):
            pipe.unlink()
            pipe.write_text("")


def make_world(root: Path, base: Mapping[str, str], *, has_node: bool = True) -> World:
    """A new home under `root`, with links to sh, python3 and (unless hidden) node and npm as its whole PATH."""
    programs = root / "programs"
    link_programs(programs, "sh", "env", "strace", *(("node", "npm") if has_node else ()))
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    world = World(root)
    world.project.mkdir(parents=True)
    own = {f"AIM_{name}_DIR": str(world.own / folder) for name, folder in OWN_FOLDERS.items()}
    return world.with_env(**base, **own, HOME=str(world.home), PATH=str(programs))


def link_programs(folder: Path, *names: str) -> None:
    """Make `folder` hold links to those of this machine's programs that there are."""
    folder.mkdir(parents=True)
    for name in names:
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(Path(found).resolve())


OWN_FOLDERS = {"CONFIG": "config", "STATE": "state", "DATA": "data", "LOG": "logs", "CACHE": "cache"}


def network_settings() -> dict[str, str]:
    """The variables of this machine that its programs need to reach a registry at all."""
    everything = os.environ  # noqa: TID251 - the test's own environment
    wanted = (*NETWORK, *REGISTRIES)
    return {name: value for name, value in everything.items() if name.upper().startswith(wanted)}


def installers(started: list[list[str]]) -> list[list[str]]:
    """Those argv that are an installer's."""
    return [argv for argv in started if _is_installer(argv)]


def _is_installer(argv: list[str]) -> bool:
    leading = [Path(word).name for word in argv[:3]]
    return any(word in INSTALLERS for word in leading)


def can_trace() -> bool:
    strace = shutil.which("strace")
    return bool(strace) and subprocess.run([str(strace), "-o", os.devnull, "true"], check=False).returncode == 0


def wait_until(what: Callable[[], Any], limit_s: float = 60.0) -> Any:
    """What `what` returns once it is true; another process decides when. Fails after `limit_s` seconds."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.002)
    raise AssertionError(f"it did not come about within {limit_s:.0f} s")


def descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; a zombie waits for its parent and does nothing."""
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def processes_in(folder: Path) -> list[psutil.Process]:
    """Every process whose home lies in `folder`."""
    return [each for each in psutil.process_iter() if Path(_home_of(each)).is_relative_to(folder)]


def _home_of(process: psutil.Process) -> str:
    try:
        return str(process.environ().get("HOME", ""))
    except (psutil.Error, OSError):  # another user's, or it has just ended
        return ""


def _argv(line: str) -> list[str]:
    """The words of one line of strace's or of the hook's log."""
    inside = line[line.index("[") : line.rindex("]") + 1]
    words: list[str] = json.loads(inside) if "execve(" in line else eval(inside)  # noqa: S307 - our own hook's repr
    return words


def _digest(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
