"""The speed budgets, each beside its rival in the same interleaved rounds: `aim dev bench`, or python -m tests.bench.

Prints medians of wall-clock and of CPU time (user + system, children included), and says "over" where a budget is
exceeded; only `--check` makes that an exit code. POSIX only. The homes are throw-away and laid out by hand:
reading them is what is measured, and the rivals are seen to read all of it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aim_lib.host import current

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PYPI = ("ruff==0.14.1", "pycowsay==0.0.0.2", "cowsay==6.1", "httpie==3.2.4", "black==25.9.0", "isort==7.0.0")
NPM = ("cowsay@1.6.0", "semver@7.6.0", "rimraf@5.0.5", "prettier@3.6.2", "mkdirp@3.0.1", "json@11.0.0")
PROBE_S = 1.0
MEMORY_MB = 80
PIPX = (sys.executable, "-m", "pipx")
MANAGERS = ((*PIPX, "list", "--json"), ("npm", "ls", "-g", "--json"))  # what one would ask without us


@dataclass(frozen=True, slots=True)
class Program:
    """One contender: command lines run one after the other. `prepare` runs before each round and is not measured."""

    argvs: tuple[tuple[str, ...], ...]
    env: Mapping[str, str]
    cwd: Path
    prepare: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Median:
    """Milliseconds: elapsed, and of CPU time."""

    wall_ms: float
    cpu_ms: float

    def __str__(self) -> str:
        return f"{self.wall_ms:7.0f} ({self.cpu_ms:.0f})"


@dataclass(frozen=True, slots=True)
class Budget:
    """Ours may take `most` times the rival's milliseconds and `extra_ms` on top."""

    what: str
    ours: str
    rival: str
    text: str
    most: float
    extra_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """One line of the table, as it is kept: ours by the rival's, elapsed and of CPU time."""

    what: str
    rival: str
    budget: str
    wall: float
    cpu: float
    is_over: bool


@dataclass(slots=True)
class Bench:
    """What has been measured, and which budgets were exceeded."""

    rounds: int
    medians: dict[str, Median] = field(default_factory=dict)
    over: list[str] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)

    def measure(self, programs: Mapping[str, Program], rounds: int = 0) -> None:
        """Run the programs in turns, so that all see the same weather; the first turn warms up and does not count."""
        samples: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
        for _ in range((rounds or self.rounds) + 1):
            for name, program in programs.items():
                program.prepare()
                samples[name].append(run(program))
        for name, found in samples.items():
            wall, cpu = zip(*found[1:], strict=True)
            self.medians[name] = Median(statistics.median(wall), statistics.median(cpu))

    def judge(self, budget: Budget) -> None:
        """Print one line of the table."""
        ours, rival = self.medians[budget.ours], self.medians[budget.rival]
        limit_ms = budget.most * rival.wall_ms + budget.extra_ms
        is_over = ours.wall_ms > limit_ms
        if is_over:
            self.over.append(budget.what)
        verdict = "OVER" if is_over else "ok" if budget.most < float("inf") else "-"
        wall, cpu = ours.wall_ms / rival.wall_ms, ours.cpu_ms / rival.cpu_ms
        kept = Ratio(budget.what, budget.rival, budget.text, round(wall, 3), round(cpu, 3), is_over)
        self.ratios.append(kept)
        ratio = f"{wall:.2f} ({cpu:.2f})"
        print(f"{budget.what:34} {ours!s:>15} {rival!s:>15} {ratio:>13}  {budget.text:38} {verdict}", flush=True)


def run(program: Program) -> tuple[float, float]:
    """Run the command lines of `program`; returns milliseconds elapsed and of CPU. Stops the bench on a failure."""
    began, cpu = time.perf_counter(), 0.0
    for argv in program.argvs:
        with tempfile.TemporaryFile() as said:
            child = subprocess.Popen(
                argv, env=dict(program.env), cwd=program.cwd, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                said.seek(0)
                raise SystemExit(f"{' '.join(argv)} ended with {child.returncode}:\n{said.read().decode()}")
        cpu += used.ru_utime + used.ru_stime
    return (time.perf_counter() - began) * 1000, cpu * 1000


# --- homes ------------------------------------------------------------------------------------------------------


def clean_env(home: Path, **more: str) -> dict[str, str]:
    """The environment of a user whose home is `home`, with an npm prefix there that npm and we share."""
    foreign = ("AIM_", "PIPX_", "XDG_", "INVOKE_", "CI", "PYTHON", "VIRTUAL_ENV")
    kept = {name: value for name, value in current().env.items() if not name.startswith(foreign)}
    path = f"{home / '.local/bin'}:{home / 'npm/bin'}:{kept.get('PATH', '')}"
    prefix = {"NPM_CONFIG_PREFIX": str(home / "npm"), "NPM_CONFIG_UPDATE_NOTIFIER": "false"}
    return {**kept, "HOME": str(home), "PATH": path, **prefix, **more}


def lay_out_pipx(home: Path, name: str) -> None:
    """What pipx 1.18 leaves on disk for an application with one command."""
    venv = home / ".local/share/pipx/venvs" / name
    program, site = venv / "bin" / name, next(iter(BIN.parent.glob("lib/python*"))).name
    (venv / "lib" / site / "site-packages" / f"{name}-1.0.0.dist-info").mkdir(parents=True)
    (venv / "bin").mkdir()
    (venv / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    (venv / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).resolve().parent}\n")
    script(program, f"echo {name} 1.0.0")
    (home / ".local/bin").mkdir(parents=True, exist_ok=True)
    (home / ".local/bin" / name).symlink_to(program)
    lists = ("man_pages", "man_paths", "completions", "completion_paths", "apps_of_dependencies", "pip_args")
    main = {
        **{key: [] for key in (*lists, "man_pages_of_dependencies")},
        **{key: {} for key in ("app_paths_of_dependencies", "man_paths_of_dependencies")},
        "package": name,
        "package_or_url": f"{name}==1.0.0",
        "package_version": "1.0.0",
        "apps": [name],
        "app_paths": [{"__type__": "Path", "__Path__": str(program)}],
        "include_apps": True,
        "include_dependencies": False,
        "pinned": False,
        "suffix": "",
    }
    receipt = {
        "pipx_metadata_version": "0.12",
        "backend": "uv",
        "environment": name,
        "exposure_enabled": True,
        "injected_packages": {},
        "main_package": main,
        "python_version": f"Python {sys.version.split()[0]}",
        "source_interpreter": {"__type__": "Path", "__Path__": str(Path(sys.executable).resolve())},
        "venv_args": [],
    }
    (venv / "pipx_metadata.json").write_text(json.dumps(receipt, indent=4))


def lay_out_npm(home: Path, name: str) -> None:
    """What npm leaves in its global prefix for a package with one command."""
    package = home / "npm/lib/node_modules" / name
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0", "bin": {name: "cli.js"}}))
    script(package / "cli.js", f"echo {name} 1.0.0")
    (home / "npm/bin").mkdir(exist_ok=True)
    (home / "npm/bin" / name).symlink_to(package / "cli.js")


def script(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def furnished(scratch: Path, count: int = 10) -> Path:
    """A home with `count` pipx and `count` npm tools, and in it a project that declares them all."""
    home = scratch / "home"
    kinds = {"pipx": [f"tool-{n}" for n in range(count)], "npm": [f"thing-{n}" for n in range(count)]}
    for name in kinds["pipx"]:
        lay_out_pipx(home, name)
    for name in kinds["npm"]:
        lay_out_npm(home, name)
    lines = [
        line for kind, names in kinds.items() for line in (f"[tools.{kind}]", *(f'{name} = "1.0.0"' for name in names))
    ]
    (home / "project").mkdir()
    (home / "project/aim.toml").write_text("\n".join([*lines, "[health]", "required_commands = []", ""]))
    return home


def see_that_all_is_read(home: Path) -> None:
    """A rival that reads less than we do would not be one."""
    ours = (str(BIN / "aim"), "version", "check", "--json")
    env, cwd = clean_env(home), home / "project"
    said = [
        json.loads(subprocess.run(argv, env=env, cwd=cwd, check=True, capture_output=True).stdout)
        for argv in (*MANAGERS, ours)
    ]
    counts = (len(said[0]["venvs"]), len(said[1]["dependencies"]), said[2]["summary"]["ok"])
    if counts != (10, 10, 20):
        raise SystemExit(f"pipx, npm and aim do not read the same home: {counts}")


# --- budgets ----------------------------------------------------------------------------------------------------


def listing(bench: Bench, scratch: Path) -> None:
    """`invoke -l` here and in a folder with the smallest tasks.py there is; every other budget refers to the first."""
    small = scratch / "small"
    small.mkdir()
    (small / "tasks.py").write_text("from invoke import task\n@task\ndef hello(c): print('hello')\n")
    env = clean_env(scratch / "listing")
    words = ((str(BIN / "invoke"), "-l"),)
    bench.measure({"invoke -l": Program(words, env, ROOT), "invoke -l small": Program(words, env, small)})
    bench.judge(Budget("invoke -l", "invoke -l", "invoke -l small", "<= 1.25 x three-line tasks.py", 1.25))


def versions(bench: Bench, scratch: Path) -> None:
    """What is installed, of 20 tools: beside a listing, and beside asking the package managers."""
    home = furnished(scratch)
    see_that_all_is_read(home)
    env, cwd, aim = clean_env(home), home / "project", str(BIN / "aim")
    install = ((aim, "install"),)
    bench.measure(
        {
            "invoke -l": Program(((str(BIN / "invoke"), "-l"),), env, ROOT),
            "version json": Program(((aim, "version", "check", "--json"),), env, cwd),
            "version table": Program(((aim, "version", "check"),), env, cwd),
            "install": Program(install, env, cwd),
            "managers": Program(MANAGERS, env, cwd),
        }
    )
    for form in ("json", "table"):
        name = f"version {form}"
        bench.judge(Budget(f"version check, 20 tools, {form}", name, "invoke -l", "<= 1.6 x invoke -l", 1.6))
        bench.judge(
            Budget(f"version check, 20 tools, {form}", name, "managers", "<= 1/3 of pipx list + npm ls -g", 1 / 3)
        )
    bench.judge(Budget("install, nothing to do", "install", "invoke -l", "<= 1.5 x invoke -l", 1.5))
    print(f"{'':34} {started_programs(install[0], env, cwd)}")


def started_programs(argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> str:
    """Which programs a command starts, by the kernel's word."""
    strace = shutil.which("strace")
    if strace is None:
        return "programs started: not looked at, strace is not installed"
    with tempfile.NamedTemporaryFile("r") as trace:
        command = [strace, "-f", "-e", "trace=execve", "-o", trace.name, *argv]
        subprocess.run(command, env=dict(env), cwd=cwd, check=True, capture_output=True)
        found = re.findall(r'execve\("([^"]+)".*= 0$', trace.read(), re.MULTILINE)
    return f"programs started: {', '.join(Path(path).name for path in found)}"


NOTHING = """
from {module} import task
@task
def nothing(c):
    pass
@task
def hundred(c):
    for _ in range(100):
        c.run("true")
@task
def megabytes(c):
    c.run("head -c {count}000000 /dev/zero | tr '\\\\0' x", hide=True)
"""
MANY = """
def made(name, refer_to, line=None):
    def body(c):
        return c.run(line) if line else None
    body.__name__ = name
    globals()[name] = task(pre=[globals()[other] for other in refer_to])(body)
for place in range(1000):
    made(f"t{place}", [f"t{other}" for other in {place - 1, place // 2} if 0 <= other < place])
for place in range(8):
    made(f"s{place}", [], "sleep 0.3")
made("eight", [f"s{place}" for place in range(8)])
"""


def engine(bench: Bench, scratch: Path) -> None:
    """The engine under the stock `invoke`, beside Invoke's own executor and runner."""
    for name, module, count in (("stock", "invoke", 2), ("ours", "aim_lib.engine", 20)):
        (scratch / name).mkdir()
        text = NOTHING.format(module=module, count=count) + (MANY if name == "ours" else "")
        (scratch / name / "tasks.py").write_text(text)
    line = "tasks: {executor_class: aim_lib.engine.executor.GraphExecutor}\n"
    (scratch / "small").mkdir()
    (scratch / "small/tasks.py").write_text(NOTHING.format(module="aim_lib.engine", count=2))
    for name in ("ours", "small"):
        (scratch / name / "invoke.yaml").write_text(line)
    env = clean_env(scratch / "home")

    def program(folder: str, *words: str) -> Program:
        return Program(((str(BIN / "invoke"), *words),), env, scratch / folder)

    bench.measure({"nothing": program("small", "nothing"), "stock nothing": program("stock", "nothing")})
    bench.judge(Budget("a task that does nothing", "nothing", "stock nothing", "<= 1.15 x stock invoke", 1.15))
    few = max(3, bench.rounds // 3)
    programs = {
        "start": program("ours", "nothing"),
        "thousand": program("ours", "t999"),
        "eight": program("ours", "eight", "--jobs", "8"),
        "20 MB": program("ours", "megabytes"),
        "stock 2 MB": program("stock", "megabytes"),
        "hundred": program("small", "hundred"),
        "stock hundred": program("stock", "hundred"),
    }
    bench.measure(programs, few)
    bench.judge(Budget("1,000 tasks that do nothing", "thousand", "start", "<= start + 1500 ms", 1.0, 1500.0))
    bench.judge(Budget("8 x sleep 0.3 with --jobs 8", "eight", "start", "<= start + 400 ms", 1.0, 400.0))
    bench.judge(Budget("c.run, 20 MB hidden output", "20 MB", "start", "<= start + 900 ms", 1.0, 900.0))
    bench.judge(Budget("the same beside stock with 2 MB", "20 MB", "stock 2 MB", "(for comparison)", float("inf")))
    bench.judge(Budget("100 x c.run('true')", "hundred", "stock hundred", "<= 1.0 x stock invoke", 1.0))


# Reads ten secrets of a vault in a home, or without a word more only starts as far as that.
TEN = """
import sys
from aim_lib import app, credentials, host
built = app.build(host.current())
names = [f"NAME_{number}" for number in range(10)] if sys.argv[1] == "read" else []
found = credentials.fetch(names, {}, credentials.open_vaults(built.host, built.runner, sys.argv[2:]))
assert len(found.values) == len(names), found.misses
"""
FILL = """
from aim_lib import host, proc, secret
from aim_lib.vaults import age_file
vault = age_file.open(host.current(), proc.Runner())
vault.ladder.init("file", has_consent=True)
for number in range(10):
    vault.set(f"NAME_{number}", secret.Secret("sk-" + "x" * 40), description="for the bench")
"""


def secrets(bench: Bench, scratch: Path) -> None:
    """Ten secrets out of a vault whose key lies in an open file, imports included, beside a start without them."""
    env = clean_env(scratch / "secrets")
    subprocess.run([sys.executable, "-c", FILL], env=env, cwd=scratch, check=True)
    words = (sys.executable, "-c", TEN)
    start, ten = ((*words, what, *vaults) for what, *vaults in (("start",), ("read", "environ", "age_file")))
    bench.measure({"start": Program((start,), env, scratch), "ten secrets": Program((ten,), env, scratch)})
    bench.judge(Budget("ten secrets, key in a file", "ten secrets", "start", "<= start + 30 ms", 1.0, 30.0))


def plan40(bench: Bench, scratch: Path) -> None:
    """Forty tools of eight managers, looked at and planned: what that costs beyond a plan of nothing, and memory."""
    from tests.mixed import COUNT, mixed

    home, path = mixed(scratch, {"pipx": lay_out_pipx, "npm": lay_out_npm})
    empty = scratch / "empty"
    (empty / "project").mkdir(parents=True)
    (empty / "project/aim.toml").write_text("[tools]\n[health]\nrequired_commands = []\n")
    words = (str(BIN / "aim"), "plan", "--json")
    full = clean_env(home, PATH=path)
    programs = {
        "plan 40": Program((words,), full, home / "project"),
        "plan 0": Program((words,), clean_env(empty), empty / "project"),
        "version 40": Program(((str(BIN / "aim"), "version", "check", "--json"),), full, home / "project"),
    }
    bench.measure(programs)
    bench.judge(Budget(f"plan of {COUNT} mixed tools", "plan 40", "plan 0", "<= plan of nothing + 100 ms", 1.0, 100.0))
    bench.judge(Budget("version check of them", "version 40", "plan 0", "(for comparison)", float("inf")))
    peak = peak_mb(words, full, home / "project")
    if peak >= MEMORY_MB:
        bench.over.append("memory of the plan")
    verdict = "OVER" if peak >= MEMORY_MB else "ok"
    print(f"{'memory of the plan':34} {peak:12.0f} MB {'':>29}  {f'< {MEMORY_MB} MB':38} {verdict}")


PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""


def peak_mb(argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> float:
    """The most memory that a command had in use at once.

    A small program starts it: until a child has become another program, Linux counts what its parent has as its own.
    """
    command = (sys.executable, "-c", PEAK, *argv)
    done = subprocess.run(command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)} ended with {done.returncode}")
    return int(done.stdout) / (1024 * 1024 if current().system == "macos" else 1024)


def suites(with_install: bool) -> Iterator[Callable[[Bench, Path], None]]:
    from .bench_audit import audit
    from .bench_health import doctors, health
    from .bench_leaks import leaks
    from .bench_masking import masking
    from .bench_scan import scan
    from .bench_status import status
    from .bench_watch import watch

    yield from (listing, versions, plan40, status, secrets, health, engine, masking, leaks, audit, scan, watch)
    if with_install:
        from .bench_installs import installs
        from .bench_updates import updates

        yield from (doctors, installs, updates)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="measured rounds of each command")
    parser.add_argument(
        "--install",
        action="store_true",
        help="also npm doctor and mise doctor, really install 12 tools, ask for updates (network, minutes)",
    )
    parser.add_argument("--check", action="store_true", help="exit 1 when a budget is exceeded")
    suites_ = (
        "listing, versions, plan40, status, secrets, health, engine, masking, leaks, audit, scan, watch, doctors, "
        "installs, updates"
    )
    parser.add_argument("--only", default="", help=f"one of {suites_}")
    parser.add_argument("--keep", action="store_true", help="keep the ratios as those of this version, in docs/bench/")
    asked = parser.parse_args()
    bench = Bench(max(1, asked.rounds))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"medians of {bench.rounds} interleaved rounds, ms elapsed (CPU); {os.cpu_count()} cores, load {load}")
    print(f"{'what':34} {'ours':>15} {'rival':>15} {'ratio':>13}  {'budget':38} verdict")
    for suite in suites(asked.install):
        if asked.only and suite.__name__ != asked.only:
            continue
        with tempfile.TemporaryDirectory(prefix="aim-bench-") as scratch:
            suite(bench, Path(scratch))
    if asked.keep:
        from .bench_report import keep

        print(f"kept in {keep(bench.ratios, bench.rounds)}")
    print(f"over budget: {', '.join(bench.over)}" if bench.over else "every budget is kept")
    return 1 if bench.over and asked.check else 0


if __name__ == "__main__":
    sys.exit(main())
