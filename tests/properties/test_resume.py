"""A run that was killed or failed anywhere and then resumed has done what an uninterrupted one does."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim_lib.engine import graph
from aim_lib.engine.graph import Graph
from aim_lib.engine.places import digest_of, places_of
from aim_lib.engine.resume import read
from aim_lib.engine.run import GOOD, SKIPPED
from aim_lib.host import current

from . import BOUNDED
from .dags import Dag, Log, dags, name_of, project, run_dag


@dataclass
class Deaths:
    """What lies on disk at each moment at which a run may be killed: when a body has begun, before it does anything."""

    folder: Path
    log: Log
    moments: list[tuple[str, bytes, frozenset[str]]] = field(default_factory=list)

    def watch(self, key: str) -> None:
        files = unfinished(self.folder)
        on_disk = files[0].read_bytes() if files else b""
        self.moments.append((key, on_disk, frozenset(self.log.all("end"))))


def unfinished(folder: Path) -> list[Path]:
    return places_of(folder, current()).all_unfinished()


def on_record(folder: Path, keys: set[str]) -> set[str]:
    """Which of the keys the state file says are done."""
    known = {digest for path in unfinished(folder) for digest in read(path)}
    return {key for key in keys if digest_of(key) in known}


def always_again(whole: Graph) -> set[str]:
    """What a `finally_` needs is done in every run."""
    return {node.key for node in whole.nodes if node.must_run}


@pytest.mark.parametrize("jobs", [1, 8])
@given(dag=dags(may_fail=False), data=st.data())
@BOUNDED
def test_resume_after_a_kill_ends_as_an_uninterrupted_run(jobs: int, dag: Dag, data: st.DataObject) -> None:
    """What is on record is not done again, what was killed in its middle is, and nothing is missing at the end."""
    whole = graph.build(dag.roots, dag.spec)
    names = sorted({name_of(place) for place in dag.requested})
    dag = Dag(plans=dag.plans, requested=tuple(int(name[1:]) for name in names))
    with project() as folder:
        first = Log()
        deaths = Deaths(folder, first)
        first.at_begin = deaths.watch
        run_dag(dag, folder, first, jobs=jobs)
        state_files = places_of(folder, current())
        assert not unfinished(folder)
        killed, on_disk, ended = (
            data.draw(st.sampled_from(deaths.moments)) if deaths.moments else ("", b"", frozenset())
        )
        if on_disk:
            state_files.unfinished(names).write_bytes(on_disk + torn_line(data))
        recorded = on_record(folder, dag.reached())
        second = Log()

        outcome = run_dag(dag, folder, second, jobs=jobs, resume=True)

        left = unfinished(folder)
    again = second.all("begin")
    assert recorded == ended if jobs == 1 and on_disk else recorded <= ended
    assert set(again) | recorded == set(first.all("begin"))
    assert set(again) & recorded <= always_again(whole)
    assert not killed or killed in again
    assert len(again) == len(set(again))
    assert (outcome.code, left) == (0, [])
    assert {state.state for state in outcome.states} <= GOOD


def torn_line(data: st.DataObject) -> bytes:
    """What a kill may leave of the line that was being written."""
    line = b'{"key":"0123456789abcdef0123456789abcdef","fingerprint":{"source":""},"began":"2026"}'
    return line[: data.draw(st.integers(0, len(line)))]


@given(
    dag=dags(may_fail=False), broken=st.sets(st.integers(0, 8)), keep_going=st.booleans(), jobs=st.sampled_from((1, 8))
)
@BOUNDED
def test_resume_after_failures_ends_as_an_uninterrupted_run(
    dag: Dag, broken: set[int], keep_going: bool, jobs: int
) -> None:
    """Also what succeeded while something it tolerates had failed is made again with it."""
    whole = graph.build(dag.roots, dag.spec)
    with project() as folder, project() as elsewhere:
        untroubled = Log()
        run_dag(dag, elsewhere, untroubled)
        first = Log(broken={name_of(place) for place in broken})
        before = run_dag(dag, folder, first, jobs=jobs, keep_going=keep_going)
        recorded = on_record(folder, dag.reached())
        second = Log()

        outcome = run_dag(dag, folder, second, jobs=jobs, resume=True)

        left = unfinished(folder)
    again = set(second.all("begin"))
    wanted = set(untroubled.all("begin"))
    assert outcome.code == 0
    assert left == []
    if before.code == 0:  # what is tolerated to the end leaves nothing to resume
        assert again == wanted
        return
    assert recorded <= set(first.all("end"))
    assert again | recorded >= wanted
    fresh = {edge.before for node in whole.nodes for edge in node.needs if edge.before in again - recorded}
    for node in whole.nodes:
        is_dirty = any(edge.before in fresh and edge.before not in always_again(whole) for edge in node.needs)
        if node.key in wanted and is_dirty:
            assert node.key in again
    for state in outcome.states:
        assert state.state in GOOD
        if state.was_done:
            assert (state.state, state.key in recorded) == (SKIPPED, True)


@given(dag=dags(may_fail=False), deaths=st.lists(st.integers(0, 20), min_size=1, max_size=4))
@BOUNDED
def test_a_run_may_be_killed_again_and_again(dag: Dag, deaths: list[int]) -> None:
    """Every resumed run is killed too, until one is not; nothing that was on record is ever done again."""
    again = always_again(graph.build(dag.roots, dag.spec))
    with project() as folder, project() as elsewhere:
        untroubled, logs = Log(), []
        run_dag(dag, elsewhere, untroubled)
        places, names = places_of(folder, current()), [name_of(place) for place in dag.requested]
        for death in deaths:
            log = Log()
            watch = Deaths(folder, log)
            log.at_begin = watch.watch
            run_dag(dag, folder, log, resume=True)
            logs.append(log)
            if not watch.moments:
                break
            place = death % len(watch.moments)
            _, on_disk, ended = watch.moments[place]
            log.events = [("end", key) for key in ended]
            if on_disk:
                places.unfinished(names).write_bytes(on_disk)
        last = Log()

        outcome = run_dag(dag, folder, last, resume=True)

    done = [key for log in (*logs, last) for key in log.all("end")]
    assert outcome.code == 0
    assert set(done) == set(untroubled.all("end"))
    assert all(done.count(key) == 1 for key in set(done) - again)
