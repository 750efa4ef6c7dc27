"""The leak scan beside other scanners, over parts of Python's own library: a part of `tests.bench`, and a program.

`python -m tests.bench_leaks FOLDER [--prints FILE]` is what the commit hook's scan costs. The rival is detect-secrets
where it is on PATH (`pipx install detect-secrets`); `grep -rF` for the same values as they are is there for comparison.
"""

from __future__ import annotations

import argparse
import random
import shutil
import string
import sys
import sysconfig
import time
from pathlib import Path

from aim_lib import leak_prints, leak_shapes, leak_values
from aim_lib.host import current
from aim_lib.leaks import Search, in_tree

from .bench import ROOT, Bench, Budget, Program, clean_env

PACKAGES = ("asyncio", "http", "json", "logging")  # the rival is slow
VALUES = 20
LEAST_MB = {"values in memory": 50, "values by fingerprint": 50, "shapes": 30}  # of plain text in a second of CPU


def leaks(bench: Bench, scratch: Path) -> None:
    """A tree, by programs; and the finders alone over one text without a hit."""
    tree, prints, plain = scratch / "tree", scratch / "prints.json", scratch / "values"
    library = Path(sysconfig.get_paths()["stdlib"])
    for name in PACKAGES:
        shutil.copytree(library / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "test*"))
    values = made_values()
    leak_prints.save(leak_prints.fingerprint(values), prints)
    plain.write_text("".join(f"{value}\n" for _, value in values), encoding="utf-8")
    env = clean_env(scratch / "home")
    ours = (sys.executable, "-m", "tests.bench_leaks", str(tree))
    programs = {
        "leaks": Program(((*ours, "--prints", str(prints)),), env, ROOT),
        "leaks prints": Program(((*ours, "--prints", str(prints), "--no-shapes"),), env, ROOT),
        "grep": Program((("sh", "-c", f"grep -rF -f {plain} {tree} || true"),), env, ROOT),
    }
    rival = shutil.which("detect-secrets")
    if rival:
        programs["detect-secrets"] = Program(((rival, "scan", "--all-files", "--no-verify", str(tree)),), env, tree)
    bench.measure(programs, max(3, bench.rounds // 5))
    if rival:
        text = "<= 1/4 of detect-secrets"
        bench.judge(Budget("leaks, values and shapes", "leaks", "detect-secrets", text, 0.25))
    else:
        print("detect-secrets is not on PATH: no rival but grep")
    bench.judge(Budget("leaks, values alone", "leaks prints", "grep", "(for comparison)", float("inf")))
    speeds(bench, b"".join(path.read_bytes() for path in sorted(library.glob("*.py"))), values)


def speeds(bench: Bench, text: bytes, values: list[tuple[str, str]]) -> None:
    """MB of one text without a hit in a second of CPU time, the best of some rounds: the machine is not ours alone."""
    finders = {
        "values in memory": leak_values.know(values).find,
        "values by fingerprint": leak_prints.prepare(leak_prints.fingerprint(values)).find,
        "shapes": leak_shapes.find_shapes,
    }
    for name, find in finders.items():
        taken = []
        for _ in range(max(3, bench.rounds // 3)):
            began = time.process_time()
            if list(find(text)):
                raise SystemExit("a text without secrets has a hit")
            taken.append(time.process_time() - began)
        speed = len(text) / 1e6 / min(taken)
        if speed < LEAST_MB[name]:
            bench.over.append(f"leaks, {name}")
        verdict = "OVER" if speed < LEAST_MB[name] else "ok"
        print(f"{f'leaks, {name}':34} {speed:10.0f} MB/s {'':>29}  {f'>= {LEAST_MB[name]} MB/s':38} {verdict}")


def made_values() -> list[tuple[str, str]]:
    """As many keys as a developer may have; always the same."""
    made = random.Random(1)  # noqa: S311 - of a bench
    letters = string.ascii_letters + string.digits
    return [(f"KEY{place}", "".join(made.choices(letters, k=48))) for place in range(VALUES)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--prints", type=Path, required=True)
    parser.add_argument("--no-shapes", action="store_true")
    asked = parser.parse_args()
    prints = leak_prints.load(asked.prints)
    values = leak_prints.prepare(prints) if prints else None
    outcome = in_tree(asked.folder, Search(values=values, has_shapes=not asked.no_shapes), current())
    sys.stdout.write(f"{outcome.files} files, {outcome.size_bytes} bytes, {len(outcome.findings)} findings\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
