"""Health with one command that takes a second to answer, beside a listing; with `--install` also the doctors.

The doctors need the network, node and npm; mise comes from npm into a folder of this run. What they look at is not the
same (npm asks its registry, mise its own set-up), so they are printed for comparison alone.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from .bench import BIN, PROBE_S, ROOT, Bench, Budget, Program, clean_env, script

MISE = "@jdxcode/mise"
# Either ends with 1 where it has something to say. npm's fifth part asks nodejs.org for a version and waits for minutes
# where that host cannot be reached: it is left out, to npm's advantage.
NPM_DOCTOR = ("sh", "-c", "npm doctor connection registry environment permissions cache || [ $? -eq 1 ]")
MISE_DOCTOR = ("sh", "-c", "mise doctor || [ $? -eq 1 ]")
ROUNDS = 5


def health(bench: Bench, scratch: Path) -> None:
    """A probe that takes a second may cost that second once, and the program its start."""
    bench.measure(_programs(scratch, PROBE_S), max(3, bench.rounds // 3))
    text = "<= 1150 ms + 1.25 x invoke -l"
    bench.judge(Budget("health, one probe of 1 s", "health", "invoke -l", text, 1.25, 1150.0))


def doctors(bench: Bench, scratch: Path) -> None:
    """The same, with a probe that takes a second and with one that takes no time, beside the doctors."""
    prefix = scratch / "mise"
    env = clean_env(scratch / "doctors", NPM_CONFIG_CACHE=str(scratch / "npm-cache"))
    (scratch / "doctors/npm/bin").mkdir(parents=True)
    (scratch / "doctors/npm/lib").mkdir()
    install = ("npm", "install", "--prefix", str(prefix), "--no-fund", "--no-audit", MISE)
    subprocess.run(install, env=env, check=True, capture_output=True)
    with_mise = {**env, "PATH": f"{prefix / 'node_modules/.bin'}:{env['PATH']}"}
    programs = _programs(scratch / "slow", PROBE_S)
    programs |= {"health at once": _programs(scratch / "fast", 0.0)["health"]}
    programs |= {
        "npm doctor": Program((NPM_DOCTOR,), env, scratch),
        "mise doctor": Program((MISE_DOCTOR,), with_mise, scratch),
    }
    bench.measure(programs, min(ROUNDS, bench.rounds))
    for ours in ("health", "health at once"):
        for theirs in ("npm doctor", "mise doctor"):
            what = f"{ours} beside {theirs}"
            bench.judge(Budget(what, ours, theirs, "(for comparison)", float("inf")))


def _programs(scratch: Path, probe_s: float) -> dict[str, Program]:
    """A listing, and health where the one required command takes `probe_s` seconds to tell its version."""
    home = scratch / "home"
    (home / "project").mkdir(parents=True)
    script(home / ".local/bin/slow-probe", f"sleep {probe_s}\necho slow-probe 1.0.0")
    lines = ["[health]", 'required_commands = ["slow-probe"]', "optional_commands = []", "[tools.pipx]", ""]
    (home / "project/aim.toml").write_text("\n".join(lines))
    env = clean_env(home)
    return {
        "invoke -l": Program(((str(BIN / "invoke"), "-l"),), env, ROOT),
        "health": Program(((str(BIN / "aim"), "health"),), env, home / "project"),
    }
