"""Installing twelve tools from real registries, cold homes and warm caches: ours, mise, one by one, and by hand.

Needs the network, node and npm; part of `python -m tests.bench --install`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .bench import BIN, MANAGERS, NPM, PIPX, PYPI, Bench, Budget, Program, clean_env

MISE = "@jdxcode/mise"
# mise refuses young packages by default, and a registry that tells no dates has none it would take.
MISE_SETTINGS = {
    "MISE_YES": "1",
    "MISE_TELEMETRY": "0",
    "AUBE_MINIMUM_PACKAGE_AGE": "0",
    "MISE_MINIMUM_RELEASE_AGE": "0",
}
BY_HAND = """\
set -e
python() { uv venv -q --python "$PYTHON" "$1"; uv pip sync -q --python "$1/bin/python" "$2"; }
node() { mkdir -p "$1"; cp "$2"/package*.json "$1"; npm ci --prefix "$1" --no-fund --no-audit --silent; }
export -f python node
cat "$LIST" | xargs -P 4 -L 1 bash -c '"$0" "$@"'
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the contenders work: a home that is emptied before each round, caches that stay, a project."""

    scratch: Path

    @property
    def home(self) -> Path:
        return self.scratch / "home"

    @property
    def project(self) -> Path:
        return self.scratch / "project"

    def env(self, **more: str) -> dict[str, str]:
        caches = {"UV_CACHE_DIR": str(self.scratch / "uv"), "NPM_CONFIG_CACHE": str(self.scratch / "npm-cache")}
        return clean_env(self.home, **caches, **more)

    def empty_home(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()

    def program(self, *argvs: tuple[str, ...], env: Mapping[str, str] | None = None) -> Program:
        return Program(argvs, env or self.env(), self.project, self.empty_home)


def installs(bench: Bench, scratch: Path) -> None:
    """Ours with its lock beside mise, beside one tool after the other, and beside the fastest commands by hand."""
    ground, aim = Ground(scratch), str(BIN / "aim")
    declare(ground)
    bench.measure({"warm-up": ground.program((aim, "install"), (aim, "pin"))}, 1)
    programs = {
        "install 12": ground.program((aim, "install")),
        "one by one": one_by_one(ground),
        "by hand": by_hand(ground),
    }
    mise = with_mise(ground)
    bench.measure({**programs, "mise": mise} if mise else programs, 3)
    text = "<= 1/3.5 of one by one (pipx with uv, npm -g)"
    bench.judge(Budget("install 12 tools, cold homes", "install 12", "one by one", text, 1 / 3.5))
    if mise:
        bench.judge(Budget("the same, beside mise", "install 12", "mise", "<= 0.9 x mise", 0.9))
    bench.judge(Budget("the same, by hand from the locks", "install 12", "by hand", "(a floor)", float("inf")))
    compare_reading(bench, ground)


def compare_reading(bench: Bench, ground: Ground) -> None:
    """What is installed, and that nothing is to do, in a home where all twelve are there."""
    aim, stay = str(BIN / "aim"), Program
    env = ground.env()
    subprocess.run((aim, "install"), env=env, cwd=ground.project, check=True, capture_output=True)
    for argv in one_by_one(ground).argvs:  # for the managers to have as many of their own to list
        subprocess.run(argv, env={**env, "HOME": str(ground.scratch / "other")}, check=False, capture_output=True)
    programs = {
        "version 12": stay(((aim, "version", "check", "--json"),), env, ground.project),
        "nothing 12": stay(((aim, "install"),), env, ground.project),
        "managers": stay(MANAGERS, env, ground.project),
    }
    bench.measure(programs)
    text = "<= 1/3 of pipx list + npm ls -g"
    bench.judge(Budget("version check, 12 real tools", "version 12", "managers", text, 1 / 3))
    bench.judge(Budget("install, nothing to do, 12 tools", "nothing 12", "managers", text, 1 / 3))


def declare(ground: Ground) -> None:
    """The twelve tools in an aim.toml and in a mise.toml."""
    ground.project.mkdir()
    pypi, npm = [tool.split("==") for tool in PYPI], [tool.split("@") for tool in NPM]
    lines = ["[tools.pipx]", *(f'{name} = "{version}"' for name, version in pypi)]
    lines += ["[tools.npm]", *(f'{name} = "{version}"' for name, version in npm)]
    (ground.project / "aim.toml").write_text("\n".join([*lines, ""]))
    lines = ["[tools]", *(f'"pipx:{name}" = "{version}"' for name, version in pypi)]
    lines += [f'"npm:{name}" = "{version}"' for name, version in npm]
    (ground.project / "mise.toml").write_text("\n".join([*lines, ""]))


def one_by_one(ground: Ground) -> Program:
    """What a person types: pipx with its uv backend, and npm, one tool after the other."""
    argvs: list[tuple[str, ...]] = [(*PIPX, "install", "--backend", "uv", tool) for tool in PYPI]
    argvs += [("npm", "install", "-g", "--no-fund", "--no-audit", tool) for tool in NPM]
    return ground.program(*argvs)


def by_hand(ground: Ground) -> Program:
    """`uv pip sync` and `npm ci` from the companions of our lock, four at once: no command is linked or verified."""
    folder = ground.scratch / "by-hand"
    lines = []
    for lock in sorted((ground.project / "aim.lock.d").rglob("*")):
        if lock.name.startswith("pylock."):
            lines.append(f"python {ground.home / 'tools' / lock.stem} {lock}")
        elif lock.suffix == ".json":
            own = folder / lock.stem
            own.mkdir(parents=True)
            shutil.copy(lock, own / "package-lock.json")
            (own / "package.json").write_text(json.dumps(json.loads(lock.read_text())["packages"][""]))
            lines.append(f"node {ground.home / 'tools' / lock.stem} {own}")
    folder.mkdir(exist_ok=True)
    (folder / "list").write_text("\n".join([*lines, ""]))
    (folder / "script").write_text(BY_HAND)
    more = {"LIST": str(folder / "list"), "PYTHON": str(Path(PIPX[0]).resolve())}
    path = f"{BIN}:{ground.env()['PATH']}"
    return ground.program(("bash", str(folder / "script")), env={**ground.env(**more), "PATH": path})


def with_mise(ground: Ground) -> Program | None:
    """mise with the same list: its own defaults but for the age limit; None when it cannot be had here."""
    place = ground.scratch / "mise"
    fetch = ("npm", "install", "--prefix", str(place), "--no-fund", "--no-audit", MISE)
    done = subprocess.run(fetch, env=ground.env(), check=False, capture_output=True, text=True)
    mise = place / "node_modules/.bin/mise"
    if done.returncode or not mise.exists():
        print(f"{'':34} mise could not be fetched: {done.stderr.strip().splitlines()[-1:]}")
        return None
    folders = {f"MISE_{name}_DIR": str(ground.home / "mise" / name.lower()) for name in ("DATA", "STATE", "CONFIG")}
    cache = {"MISE_CACHE_DIR": str(ground.scratch / "mise-cache"), "MISE_TRUSTED_CONFIG_PATHS": str(ground.project)}
    env = {**ground.env(**folders, **cache, **MISE_SETTINGS)}
    env["PATH"] = f"{BIN}:{env['PATH']}"  # its uv is ours
    print(f"{'':34} {describe_mise(mise, env, ground)}")
    return ground.program((str(mise), "install"), env=env)


def describe_mise(mise: Path, env: Mapping[str, str], ground: Ground) -> str:
    """Its version, the settings that matter, and the state of its lock and caches."""

    def ask(*words: str) -> str:
        done = subprocess.run(
            (str(mise), *words), env=env, cwd=ground.project, check=False, capture_output=True, text=True
        )
        return done.stdout.strip() or "default"

    settings = ", ".join(
        f"{name}={ask('settings', 'get', name)}" for name in ("jobs", "npm.package_manager", "lockfile")
    )
    changed = ", ".join(f"{name}={value}" for name, value in MISE_SETTINGS.items() if "AGE" in name)
    lock = "no mise.lock (none can be made from every registry); caches warm"
    return f"mise {ask('--version').split()[0]}: {settings}; {changed}; {lock}"
