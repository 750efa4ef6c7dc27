"""Scanning beside jdupes, rdfind and rmlint over one tree of real packages: a part of `tests.bench`, and a program.

The tree is `$AIM_BENCH_TREE`, made there by `aim dev tree` when it is not (1.5 GB; network, the first time); the rivals
are Debian's packages. Hidden files on, no size limit, warm cache. `python -m tests.bench_scan TREE` hashes all of
TREE without a thought, as one would: the rival that every other beats.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from aim_lib.host import current

from .bench import BIN, ROOT, Bench, Budget, Program, clean_env, peak_mb
from .scan_trees import make_tree

TREE = "AIM_BENCH_TREE"
RIVALS: Mapping[str, tuple[str, ...]] = {
    "jdupes": ("jdupes", "-r", "-q", "."),
    "rdfind": ("rdfind", "-dryrun", "true", "-makeresultsfile", "false", "."),
    "rmlint": ("rmlint", "--hidden", "--size", "1", "--types", "df", "-o", "summary:stdout", "."),
}
MEMORY_MB, MEMORY_AGAIN_MB = 90, 120
FOLDING = 1.25


def scan(bench: Bench, scratch: Path) -> None:
    """Duplicates afresh and again, folding, caches; each beside its rival in the same rounds."""
    place = current().get(TREE)
    folder = make_tree(Path(place) if place else scratch / "made")
    env, home = clean_env(scratch / "home"), scratch / "home"
    home.mkdir()
    rivals = {name: argv for name, argv in RIVALS.items() if shutil.which(argv[0])}
    see_the_same_bytes(folder, env, rivals)
    aim = (str(BIN / "aim"), "scan")
    memory = home / ".cache/aim/scan"
    programs = {
        "scan": Program(((*aim, "duplicates"),), env, folder, lambda: shutil.rmtree(memory, ignore_errors=True)),
        "scan again": Program(((*aim, "duplicates"),), env, folder),
    }
    against = {name: Program((argv,), env, folder) for name, argv in rivals.items()}
    bench.measure(against, 1)
    fastest = min(rivals, key=lambda name: bench.medians[name].wall_ms, default="")
    # The slow ones take ten seconds of two cores in each turn, and what comes next pays for it: once is enough.
    bench.measure(programs | {name: against[name] for name in rivals if name == fastest}, max(5, bench.rounds // 2))
    naive = Program(((sys.executable, "-m", "tests.bench_scan", str(folder)),), env, ROOT)
    bench.measure({"scan naive": naive, "scan now": programs["scan"]}, max(3, bench.rounds // 3))
    for name in rivals:
        bench.judge(Budget(f"duplicates, beside {name}", "scan", name, "(for comparison)", float("inf")))
    if fastest:
        bench.judge(Budget("duplicates, 73,000 files", "scan", fastest, f"<= 0.9 x {fastest}, the fastest", 0.9))
        bench.judge(Budget("the same again", "scan again", fastest, f"<= 0.5 x {fastest}", 0.5))
    else:
        print("neither jdupes nor rdfind nor rmlint is on PATH: no rival but hashing everything")
    bench.judge(Budget("duplicates, beside hashing all", "scan now", "scan naive", "<= 1/2.5 of it", 1 / 2.5))
    folding(bench, folder)
    caches(bench, folder, env)
    memories(bench, folder, env, memory)


def see_the_same_bytes(folder: Path, env: Mapping[str, str], rivals: Mapping[str, tuple[str, ...]]) -> None:
    """Who finds less, or more, is no rival; stops the bench."""
    ours = json.loads(_said((str(BIN / "aim"), "scan", "duplicates", "--json", "--fresh"), folder, env))
    found = {"aim": ours["totals"]["wasted_bytes"]}
    if "jdupes" in rivals:
        sizes = re.findall(
            r"^(\d+) bytes? +each:\n((?:.+\n)+)", _said(("jdupes", "-r", "-q", "-S", "."), folder, env), re.M
        )
        found["jdupes"] = sum(int(size) * (paths.count("\n") - 1) for size, paths in sizes)
    if "rdfind" in rivals:
        found["rdfind"] = _by_rdfind(folder, env)
    print(f"{'reclaimable bytes':34} {', '.join(f'{name} {size}' for name, size in found.items())}")
    if len(set(found.values())) > 1:
        raise SystemExit(f"not the same bytes: {found}")


def _by_rdfind(folder: Path, env: Mapping[str, str]) -> int:
    with tempfile.NamedTemporaryFile("rb") as results:
        _said(("rdfind", "-dryrun", "true", "-outputname", results.name, "."), folder, env)
        lines = [line.split(b" ") for line in results if not line.startswith(b"#")]
    return sum(int(line[3]) for line in lines if line[0] != b"DUPTYPE_FIRST_OCCURRENCE")


def _said(argv: tuple[str, ...], folder: Path, env: Mapping[str, str]) -> str:
    done = subprocess.run(
        argv, cwd=folder, env=dict(env), check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return done.stdout.decode("utf-8", "surrogateescape")


FOLDED = """
import sys
from aim_lib import digest_store, digests, folding, walking
tree = walking.walk([sys.argv[1]], walking.Rules(mounts=walking.mount_points()))
groups = digests.compare(tree, range(len(tree.names)), digest_store.Known(), 0).groups
if len(sys.argv) > 2:
    folding.fold(tree, groups)
"""


def folding(bench: Bench, folder: Path) -> None:
    """What it costs to see which folders are equal as a whole."""
    env, words = clean_env(folder), (sys.executable, "-c", FOLDED, str(folder))
    programs = {"files": Program((words,), env, ROOT), "folders": Program(((*words, "folded"),), env, ROOT)}
    bench.measure(programs, max(3, bench.rounds // 3))
    bench.judge(Budget("duplicates, folded to folders", "folders", "files", "<= 1.25 x files alone", FOLDING))


def caches(bench: Bench, folder: Path, env: Mapping[str, str]) -> None:
    """Finding and sizing, beyond start-up, beside one `du` of what was found."""
    found = json.loads(_said((str(BIN / "aim"), "scan", "caches", "--json"), folder, env))["caches"]
    with tempfile.NamedTemporaryFile("w", suffix=".list") as paths, tempfile.TemporaryDirectory() as nothing:
        paths.write("\0".join(each["path"] for each in found))
        paths.flush()
        programs = {
            "caches": Program(((str(BIN / "aim"), "scan", "caches"),), env, folder),
            "no caches": Program(((str(BIN / "aim"), "scan", "caches"),), env, Path(nothing)),
            "du": Program((("du", "-sc", f"--files0-from={paths.name}"),), env, folder),
        }
        bench.measure(programs, bench.rounds)
    start_ms = bench.medians["no caches"].wall_ms
    text = "<= 2.5 x du + start-up"
    bench.judge(Budget(f"{len(found)} caches, found and sized", "caches", "du", text, 2.5, start_ms))


def memories(bench: Bench, folder: Path, env: Mapping[str, str], memory: Path) -> None:
    shutil.rmtree(memory, ignore_errors=True)
    for what, most in (("memory of a scan", MEMORY_MB), ("memory of the same again", MEMORY_AGAIN_MB)):
        peak = peak_mb((str(BIN / "aim"), "scan", "duplicates"), env, folder)
        if peak > most:
            bench.over.append(what)
        print(f"{what:34} {peak:12.0f} MB {'':>29}  {f'<= {most} MB':38} {'OVER' if peak > most else 'ok'}")


def hash_everything(root: Path) -> dict[str, list[Path]]:
    """Every file by the hash of all of it."""
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            found[hashlib.sha256(path.read_bytes()).hexdigest()].append(path)
    return found


if __name__ == "__main__":
    equal = [paths for paths in hash_everything(Path(sys.argv[1])).values() if len(paths) > 1]
    sys.stdout.write(f"{len(equal)} groups\n{os.linesep.join(map(str, equal[0])) if equal else ''}\n")
