"""The event log: appending, and questions to a million events beside jq and DuckDB: python -m tests.bench_audit.

Milliseconds elapsed and, in brackets, of CPU, beyond start-up: ours and DuckDB's (where it is installed) inside one
process, jq's as a program, which starts in milliseconds. The rivals read one plain file of JSON lines; they have no
segments to open.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from aim_lib import audit_families, audit_query, audit_verify
from aim_lib.audit import Audit
from aim_lib.audit_query import Question
from aim_lib.audit_segments import Event
from aim_lib.audit_stats import stats
from aim_lib.host import current, iso
from aim_lib.redact import Redactor

from . import event_logs
from .bench import Bench, Median, Program, run

Ask = Callable[[], object]
RARE, USUAL = event_logs.RARE, "secret.read"
# Told, so that it need not guess; times stay the texts they are.
COLUMNS = dict.fromkeys(Event.__struct_fields__, "VARCHAR") | {"details": "JSON", "seq": "BIGINT"}


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a log that ends now


def median_ms(ask: Ask, rounds: int) -> Median:
    """The median of some rounds, after one that warms up."""
    times = []
    for _ in range(rounds + 1):
        began, cpu = time.perf_counter(), time.process_time()
        ask()
        times.append(((time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000))
    wall, used = zip(*times[1:], strict=True)
    return Median(statistics.median(wall), statistics.median(used))


def question(kind: str = "", since: str = "") -> Question:
    wanted = audit_families.by_type(kind)
    return Question(wanted=(wanted,) if wanted else (), since=audit_query.moment(since, now()))


def counted(path: Path, asked: Question) -> int:
    return sum(1 for _ in audit_query.ask(path, asked))


def log_at(folder: Path) -> Audit:
    made = Audit(folder / "audit.jsonl", stamp=lambda: iso(now()), user="ada", session_id="0" * 32)
    made.redact = Redactor().text
    return made


def appending(scratch: Path, count: int) -> None:
    """Events a second of one process, without and with a sync for each."""
    for what, kind, number in (("no sync", "health.check", count), ("synced", "secret.read", count // 40)):
        log = log_at(scratch / kind)
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(number):
            log.write(kind, "NAME: read", details={"name": "NAME", "action": "read", "success": True})
        seconds = time.perf_counter() - began
        cpu_us = (time.process_time() - cpu) / number * 1e6
        each_us = seconds / number * 1e6
        print(f"append, {what:8} {number / seconds:10.0f} events/s  {each_us:8.1f} us ({cpu_us:.1f} CPU)", flush=True)


def _write(folder: Path, count: int, times: multiprocessing.Queue[list[float]]) -> None:
    log, found = log_at(folder), []
    for number in range(count):
        began = time.perf_counter()
        log.write("health.check", str(number))
        found.append(time.perf_counter() - began)
    times.put(found)


def together(scratch: Path, writers: int, each: int) -> None:
    """Several processes at once: nothing lost, the chain holds, nobody starves."""
    times: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    started = [multiprocessing.Process(target=_write, args=(scratch, each, times)) for _ in range(writers)]
    for process in started:
        process.start()
    found = sorted(took for _ in started for took in times.get())
    for process in started:
        process.join()
    verdict = audit_verify.verify(scratch / "audit.jsonl")
    holds = verdict.events == writers * each and verdict.first_break is None
    shown = " ".join(f"p{part} {found[len(found) * part // 100] * 1e6:.0f} us" for part in (50, 99))
    state = "holds" if holds else "BROKEN"
    longest = f"longest {found[-1] * 1e3:.1f} ms"
    print(
        f"{writers} writers x {each}, a write and its wait for the lock: {shown}, {longest}, chain {state}", flush=True
    )


def asking(path: Path, plain: Path, rounds: int) -> None:
    """The questions, each asked of the rivals too."""
    hour, days = (audit_query.moment(text, now()) for text in ("1h", "4d"))
    groups = f'reduce (inputs | select(.timestamp >= "{days}")) as $e ({{}}; .[$e.event_type] += 1)'
    since_days = (groups, BY_TYPE.format(f"timestamp >= '{days}'"))
    rows: tuple[tuple[str, Ask, str, str], ...] = (
        ("query --type, rare", lambda: counted(path, question(RARE)), *_where("event_type", "=", RARE)),
        ("query --type, 1 in 7", lambda: counted(path, question(USUAL)), *_where("event_type", "=", USUAL)),
        ("query --type, a family", lambda: counted(path, question("secret_get")), *_either("event_type", FAMILY)),
        (
            "query --severity, rare",
            lambda: counted(path, Question(severity="error")),
            *_where("severity", "=", "error"),
        ),
        ("query --text, nowhere", lambda: counted(path, Question(text="No Such")), *_contains("message", "no such")),
        ("query --since 1h", lambda: counted(path, question("", "1h")), *_where("timestamp", ">=", hour)),
        ("stats", lambda: stats(path, Question()), GROUPS, BY_TYPE.format("TRUE")),
        ("stats --since 4d", lambda: stats(path, question("", "4d")), *since_days),
    )
    for what, ask, jq, sql in rows:
        ours = median_ms(ask, rounds)
        rivals = [("jq", _jq(plain, jq)), ("DuckDB", _duckdb(plain, sql, rounds))]
        told = [
            f"{name} {ms} ({ours.wall_ms / ms.wall_ms:.3f} x)" if ms else f"{name}: not here" for name, ms in rivals
        ]
        print(f"{what:22} {ours}   {'  '.join(told)}", flush=True)


GROUPS = "reduce inputs as $e ({}; .[$e.event_type] += 1)"
BY_TYPE = "SELECT event_type, count(*) FROM log WHERE {} GROUP BY 1"
FAMILY = ("secret.read", "secret.injected")


def _either(name: str, values: tuple[str, ...]) -> tuple[str, str]:
    test = " or ".join(f'.{name} == "{value}"' for value in values)
    words = f"reduce inputs as $e (0; if ($e | {test}) then . + 1 else . end)"
    return words, f"SELECT * FROM log WHERE {name} IN {values}"  # noqa: S608 - our own words


def _contains(name: str, text: str) -> tuple[str, str]:
    words = f'reduce inputs as $e (0; if ($e.{name} | ascii_downcase | contains("{text}")) then . + 1 else . end)'
    return words, f"SELECT * FROM log WHERE lower({name}) LIKE '%{text}%'"  # noqa: S608 - our own words


def _where(name: str, sign: str, value: str) -> tuple[str, str]:
    """What finds events, in jq's words, which count them, and in SQL."""
    test = f'.{name} {"==" if sign == "=" else sign} "{value}"'
    words = f"reduce inputs as $e (0; if ($e | {test}) then . + 1 else . end)"
    return words, f"SELECT * FROM log WHERE {name} {sign} '{value}'"  # noqa: S608 - our own words


def _jq(plain: Path, words: str) -> Median | None:
    """Once: it takes ten seconds and more."""
    if shutil.which("jq") is None:
        return None
    program = Program((("jq", "-n", words, str(plain)),), current().env, plain.parent)
    return Median(*run(program))


def _duckdb(plain: Path, sql: str, rounds: int) -> Median | None:
    try:
        connection = import_module("duckdb").connect()
    except ImportError:
        return None
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items())
    told = f"'{plain}', format='newline_delimited', columns={{{columns}}}"
    view = f"CREATE VIEW log AS SELECT * FROM read_json({told})"  # noqa: S608 - our own words
    connection.execute(view)
    return median_ms(lambda: connection.execute(sql).fetchall(), rounds)


def audit(bench: Bench, scratch: Path) -> None:
    """A part of `tests.bench`: a fifth of a million events, in the same limits as a million."""
    appending(scratch / "append", 20_000)
    path = event_logs.make(scratch / "logs", 200_000, now())
    for what, ask, most_ms in (
        ("query --type", lambda: counted(path, question(RARE)), 1000.0),
        ("query --since 1h", lambda: counted(path, question("", "1h")), 50.0),
        ("stats", lambda: stats(path, Question()), 1500.0),
    ):
        ours = median_ms(ask, 3).wall_ms
        if ours > most_ms:
            bench.over.append(f"audit {what}")
        verdict = "OVER" if ours > most_ms else "ok"
        print(f"{f'audit {what}':34} {ours:15.1f} {'':29}  {f'<= {most_ms:.0f} ms beyond start-up':38} {verdict}")


def flat(scratch: Path, counts: list[int], rounds: int) -> None:
    """The last hour of logs of several sizes: it should not matter how much is before it."""
    for count in counts:
        path = event_logs.make(scratch / str(count), count, now())
        hour, all_of_it = _hour_ms(path, rounds), median_ms(lambda at=path: stats(at, Question()), 3)  # type: ignore[misc]
        print(f"of {count:>10,} events: query --since 1h {hour}, stats {all_of_it}", flush=True)
        shutil.rmtree(path.parent)


def _hour_ms(path: Path, rounds: int) -> Median:
    return median_ms(lambda: counted(path, question("", "1h")), rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="events of the log that is asked")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--flat", type=int, nargs="*", default=[10_000, 100_000], help="sizes that --since is asked of")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        appending(scratch / "append", 40_000)
        together(scratch / "together", 8, 2000)
        path = event_logs.make(scratch / "logs", told.count, now())
        plain = scratch / "plain.jsonl"
        with plain.open("wb") as file:
            file.writelines(line + b"\n" for line, _ in audit_query.lines(path, Question()))
        sealed = sum(each.stat().st_size for each in path.parent.iterdir())
        print(f"{told.count} events: {plain.stat().st_size >> 20} MiB plain, {sealed >> 20} MiB as kept", flush=True)
        asking(path, plain, told.rounds)
        began, cpu = time.perf_counter(), time.process_time()
        print(f"verify: {audit_verify.verify(path).first_break}, {time.perf_counter() - began:.1f} s", flush=True)
        print(f"  of which CPU {time.process_time() - cpu:.1f} s", flush=True)
        flat(scratch / "flat", told.flat, 5 * told.rounds)


if __name__ == "__main__":
    main()
