"""The graph and its scheduler over random graphs: order, once, blocked, final states, codes; and circles refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aim_lib.engine import graph
from aim_lib.engine.graph import Graph, Reference, Spec
from aim_lib.engine.run import BLOCKED, CANCELLED, FAILED, OK, SKIPPED, STATES
from aim_lib.engine.topology import Edge
from aim_lib.errors import BadConfig
from tests.fakes import calls_of

from . import BOUNDED
from .dags import OFF, SKIPS, Dag, Log, Mention, Outcome, Plan, any_graphs, dags, name_of, project, run_dag

ROOT = Path(__file__).parents[2]


def built(dag: Dag) -> Graph:
    return graph.build(dag.roots, dag.spec)


def leads_to(start: str, goal: str, edges: dict[str, set[str]]) -> bool:
    """Whether `start` waits for `goal` by those edges."""
    open_keys, seen = [start], {start}
    while open_keys:
        found = edges.get(open_keys.pop(), set())
        if goal in found:
            return True
        open_keys += found - seen
        seen |= found
    return False


def declared(dag: Dag) -> dict[str, set[str]]:
    """Key → what it must come after by its own words and those of the tasks it follows."""
    keys = sorted(dag.reached())
    before: dict[str, set[str]] = {key: set() for key in keys}
    live = {key: dag.plan(key) for key in keys if dag.plan(key).condition != OFF}
    for key, plan in live.items():
        before[key] |= {mention.key for mention in plan.pre}
    prerequisites = {key: set(found) for key, found in before.items()}
    for key, plan in live.items():
        for mention in plan.post:
            if not leads_to(key, mention.key, prerequisites):  # else it has run before
                before[mention.key].add(key)
        for mention in plan.finally_:
            before[mention.key].add(key)
    return before


def has_circle(edges: dict[str, set[str]]) -> bool:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError:
        return True
    return False


# --- graph.build, without Invoke -------------------------------------------------------------------------------------


@given(any_graphs())
@BOUNDED
def test_a_graph_is_refused_exactly_when_it_has_a_circle(dag: Dag) -> None:
    """And then the message names it; what is ordered only by wish is never a reason."""
    try:
        built(dag)
    except BadConfig as error:
        refusal = error.message
    else:
        refusal = ""

    assert bool(refusal) == has_circle(declared(dag))
    assert refusal.startswith("tasks wait for each other: t") == bool(refusal)


@given(any_graphs())
@BOUNDED
def test_the_circle_that_is_named_is_one(dag: Dag) -> None:
    """Each member of it waits for the next."""
    before = declared(dag)
    assume(has_circle(before))

    with pytest.raises(BadConfig) as refused:
        built(dag)

    words = refused.value.message.removeprefix("tasks wait for each other: ").split(" → ")
    by_name = {(one.partition("(")[0], other.partition("(")[0]) for one in before for other in before[one]}
    assert words[0] == words[-1]
    assert set(pairwise(words)) <= by_name
    assert len(refused.value.details) == len(words) - 1


@given(dags())
@BOUNDED
def test_a_graph_holds_what_is_reached_in_an_order_that_keeps_every_promise(dag: Dag) -> None:
    """Each key once, each behind what it was declared to come after."""
    whole = built(dag)

    order = [node.key for node in whole.nodes]
    places = {key: place for place, key in enumerate(order)}
    assert sorted(order) == sorted(dag.reached())
    assert all(places[other] < places[key] for key, others in declared(dag).items() for other in others)
    assert all(places[edge.before] < places[node.key] for node in whole.nodes for edge in node.needs)
    assert whole.requested == tuple(dict.fromkeys(reference.key for reference in dag.roots))


@given(dags())
@BOUNDED
def test_whoever_waits_for_a_task_waits_for_what_follows_it(dag: Dag) -> None:
    """Its posts, and theirs in turn, unless those wait for whoever waits."""
    whole = built(dag)
    needs = {node.key: {edge.before for edge in node.needs} for node in whole.nodes}
    live = {key: dag.plan(key) for key in needs if dag.plan(key).condition != OFF}

    for key, plan in live.items():
        for mention in plan.pre:
            for follower in followers(mention.key, live):
                assert follower == key or leads_to(key, follower, needs) or leads_to(follower, key, needs)


def followers(key: str, live: dict[str, Plan]) -> set[str]:
    """The posts of a task, and their posts."""
    found: set[str] = set()
    open_keys = [key]
    while open_keys:
        plan = live.get(open_keys.pop())
        new = {mention.key for mention in plan.post} - found if plan else set()
        found |= new
        open_keys += new
    return found


@given(dags())
@BOUNDED
def test_an_edge_is_tolerant_when_every_mention_is(dag: Dag) -> None:
    """A task that mentions another twice, once without tolerance, does not tolerate its failure."""
    whole = built(dag)
    live = {key: dag.plan(key) for key in dag.reached() if dag.plan(key).condition != OFF}

    for node in whole.nodes:
        plan = dag.plan(node.key)
        if plan.condition == OFF:
            continue
        tolerant = {edge.before: edge.is_tolerant for edge in node.needs}
        follows = {key for key in dag.reached() if node.key in {one.key for one in dag.plan(key).mentions}}
        soft = {key for mention in plan.pre for key in followers(mention.key, live)}
        for mention in plan.pre:
            if mention.key in follows | soft:
                continue
            assert tolerant[mention.key] == all(one.is_safe for one in plan.pre if one.key == mention.key)


@given(dags())
@BOUNDED
def test_what_is_tolerated_lies_behind_safe_mentions_alone(dag: Dag) -> None:
    """One way from the command line without tolerance is enough to make a failure count."""
    assert built(dag).tolerated == dag.reached() - dag.reached(only_unsafe=True)


@given(dags(), st.data())
@BOUNDED
def test_the_order_does_not_depend_on_how_specs_are_found(dag: Dag, data: st.DataObject) -> None:
    """Nor on what was built before."""
    once = built(dag)
    answers = {key: dag.spec(reference_of(key)) for key in data.draw(st.permutations(sorted(dag.reached())))}

    assert graph.build(dag.roots, lambda reference: answers[reference.key]) == once


def reference_of(key: str) -> Reference:
    name, _, arguments = key.partition("(")
    return Reference(name=name, arguments=arguments.removesuffix(")"))


@given(dags())
@BOUNDED
def test_without_references_there_are_only_the_requested_tasks(dag: Dag) -> None:
    """In the order of the command line, waiting for nothing."""
    whole = graph.build(dag.roots, dag.spec, without_references=True)

    assert [node.key for node in whole.nodes] == list(whole.requested)
    assert all(node.needs == () for node in whole.nodes)


def test_the_order_is_the_same_under_every_hash_seed() -> None:
    """A graph with many ties, ordered in processes whose sets differ."""
    script = (
        "from aim_lib.engine.graph import *\n"
        "def spec(r):\n"
        "    n = int(r.name)\n"
        "    refs = lambda *ns: tuple(Reference(name=str(i)) for i in ns if 0 <= i < 60 and i != n)\n"
        "    behind = {'post': refs(n // 3 - 1), 'finally_': refs(n // 5 - 2)}\n"
        "    return Spec(key=r.key, name=r.name, pre=refs(n * 2 + 1, n * 2 + 2, n + 7), **behind)\n"
        "whole = build([Reference(name='0'), Reference(name='5')], spec)\n"
        "print([(one.key, one.ends, one.follows, [edge.before for edge in one.needs]) for one in whole.nodes])\n"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, cwd=ROOT, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    ]

    assert len(said[0]) > 1000
    assert said[0] == said[1] == said[2]


# --- ordered ---------------------------------------------------------------------------------------------------------


def small(**plans: Spec) -> Callable[[Reference], Spec]:
    return lambda reference: plans[reference.name]


def spec(name: str, *pre: str, is_ordered: bool = False) -> Spec:
    return Spec(key=name, name=name, pre=tuple(Reference(name=one) for one in pre), is_ordered=is_ordered)


def test_ordered_prerequisites_wait_for_each_other() -> None:
    """Also when they have nothing else to do with one another."""
    whole = graph.build([Reference(name="t")], small(a=spec("a"), b=spec("b"), t=spec("t", "b", "a", is_ordered=True)))

    assert [node.key for node in whole.nodes] == ["b", "a", "t"]
    assert whole.nodes[1].needs == (Edge(before="b", after="a", is_tolerant=True),)


def test_a_prerequisite_said_twice_in_order_counts_where_it_first_stands() -> None:
    """A task runs once; what comes later is done already."""
    whole = graph.build(
        [Reference(name="t")], small(a=spec("a"), b=spec("b"), t=spec("t", "a", "b", "a", is_ordered=True))
    )

    assert [node.key for node in whole.nodes] == ["a", "b", "t"]


def test_order_gives_way_to_prerequisites() -> None:
    """The first of two needs the second: then it has run before, which is no circle."""
    whole = graph.build(
        [Reference(name="t")], small(a=spec("a", "b"), b=spec("b"), t=spec("t", "a", "b", is_ordered=True))
    )

    assert [node.key for node in whole.nodes] == ["b", "a", "t"]


# --- long chains -----------------------------------------------------------------------------------------------------


class Declared(TypedDict, total=False):
    """What a task of a chain refers to."""

    pre: tuple[Reference, ...]
    post: tuple[Reference, ...]
    finally_: tuple[Reference, ...]


def chain(kind: str, length: int) -> tuple[Reference, Callable[[Reference], Spec]]:
    """t0 ← t1 ← …, each by `kind`; "pre and post" and "pre and finally" give every task one of its own."""

    many = tuple(Reference(name=f"p{one}") for one in range(length))

    def lookup(reference: Reference) -> Spec:
        letter, place = reference.name[0], int(reference.name[1:])
        if letter == "p":
            return Spec(key=reference.key, name=reference.name)
        below = (Reference(name=f"t{place - 1}"),) if place else ()
        own = (Reference(name=f"p{place}"),)
        declared: dict[str, Declared] = {
            "pre": {"pre": below},
            "post": {"post": below},
            "finally": {"finally_": below},
            "pre and post": {"pre": below, "post": own},
            "pre and finally": {"pre": below, "finally_": own},
            "fan": {"pre": many},
        }
        return Spec(key=reference.key, name=reference.name, **declared[kind])

    return Reference(name=f"t{length - 1}"), lookup


KINDS = ("pre", "post", "finally", "pre and post", "pre and finally", "fan")


@pytest.mark.parametrize("kind", KINDS)
def test_a_chain_of_five_thousand_is_no_matter_of_recursion(kind: str) -> None:
    """Python's limit is a thousand frames."""
    root, lookup = chain(kind, 5000)

    whole = graph.build([root], lookup)

    assert len(whole.nodes) == {"pre and post": 10000, "pre and finally": 10000, "fan": 5001}.get(kind, 5000)


@pytest.mark.parametrize("kind", KINDS)
def test_twice_as_long_is_twice_the_work(kind: str) -> None:
    """Counted in calls of functions, which do not depend on the machine; a square would be four times as much."""
    once, twice = (calls_of(lambda n=length: graph.build(*pair(kind, n))) for length in (300, 600))  # type: ignore[misc]

    assert twice < 2.6 * once


def pair(kind: str, length: int) -> tuple[list[Reference], Callable[[Reference], Spec]]:
    root, lookup = chain(kind, length)
    return [root], lookup


def test_a_circle_of_five_thousand_is_refused_in_words() -> None:
    """No RecursionError there either."""

    def lookup(reference: Reference) -> Spec:
        following = Reference(name=str((int(reference.name) + 1) % 5000))
        return Spec(key=reference.key, name=reference.name, pre=(following,))

    with pytest.raises(BadConfig) as refused:
        graph.build([Reference(name="0")], lookup)

    assert refused.value.message.startswith("tasks wait for each other: 0 → 1 → 2 → ")


# --- the real executor -----------------------------------------------------------------------------------------------


def foreseen(dag: Dag, whole: Graph) -> dict[str, str]:
    """Every task's state when a failure stops only what does not tolerate it."""
    states: dict[str, str] = {}
    for node in whole.nodes:
        plan = dag.plan(node.key)
        strict = [states[edge.before] for edge in node.needs if not edge.is_tolerant]
        followed = [states[key] for key in only_followed(dag, node.key)]
        if FAILED in strict or BLOCKED in strict:
            states[node.key] = BLOCKED
        elif plan.condition or (followed and set(followed) == {SKIPPED}):
            states[node.key] = SKIPPED
        else:
            states[node.key] = FAILED if plan.error else OK
    return states


def only_followed(dag: Dag, key: str) -> list[str]:
    """The tasks after which a task runs, when it is wanted for nothing else."""
    if key in {reference.key for reference in dag.roots}:
        return []
    owners = []
    for other in dag.reached():
        plan = dag.plan(other)
        if plan.condition == OFF:
            continue
        if key in {mention.key for mention in (*plan.pre, *plan.finally_)}:
            return []
        owners += [other] if key in {mention.key for mention in plan.post} else []
    return owners


def check_log(dag: Dag, whole: Graph, log: Log, outcome: Outcome) -> None:
    """Nothing twice, nothing before its prerequisites, every begin of a task that says so, no state left open."""
    begun = log.all("begin")
    assert len(begun) == len(set(begun))
    ran = {key for key, state in outcome.by_key.items() if state in (OK, FAILED)}
    stopped = {key for key in begun if outcome.by_key[key] == CANCELLED}  # it failed when the run was being stopped
    assert set(begun) == ran | stopped
    needs = {node.key: node.needs for node in whole.nodes}
    places = {key: place for place, (event, key) in enumerate(log.events) if event == "begin"}
    ends = {key: place for place, (event, key) in enumerate(log.events) if event == "end"}
    for key, place in places.items():
        for edge in needs[key]:
            assert ends.get(edge.before, places.get(edge.before, -1)) < place
            assert edge.is_tolerant or edge.before in ends or outcome.by_key[edge.before] == SKIPPED
    assert {state.state for state in outcome.states} <= set(STATES)
    assert [state.key for state in outcome.states] == [node.key for node in whole.nodes]


def failed_codes(dag: Dag, outcome: Outcome) -> set[int]:
    """The exit codes of failures that nobody tolerates."""
    counted = dag.reached(only_unsafe=True)
    return {one.exit_code for one in outcome.states if one.state == FAILED and one.key in counted}


@pytest.mark.parametrize("jobs", [1, 8])
@given(dag=dags())
@BOUNDED
def test_with_keep_going_every_state_is_as_foreseen(jobs: int, dag: Dag) -> None:
    """Blocked exactly by what is not tolerated; the same for one job and for eight."""
    whole, log = built(dag), Log()

    with project() as folder:
        outcome = run_dag(dag, folder, log, jobs=jobs, keep_going=True)

    check_log(dag, whole, log, outcome)
    assert outcome.by_key == foreseen(dag, whole)
    assert outcome.code in (failed_codes(dag, outcome) or {0})


@pytest.mark.parametrize("jobs", [1, 8])
@given(dag=dags(may_fail=False))
@BOUNDED
def test_without_failures_nothing_needs_keep_going(jobs: int, dag: Dag) -> None:
    """The states are those of a run that goes on, whatever the number of jobs."""
    whole, log = built(dag), Log()

    with project() as folder:
        outcome = run_dag(dag, folder, log, jobs=jobs)

    check_log(dag, whole, log, outcome)
    assert outcome.by_key == foreseen(dag, whole)
    assert outcome.code == 0


@pytest.mark.parametrize("jobs", [1, 8])
@given(dag=dags())
@BOUNDED
def test_after_the_first_failure_only_what_must_runs(jobs: int, dag: Dag) -> None:
    """Every task has a final state; the code is that of a failure nobody tolerates, 0 when there is none."""
    whole, log = built(dag), Log()

    with project() as folder:
        outcome = run_dag(dag, folder, log, jobs=jobs)

    check_log(dag, whole, log, outcome)
    codes = failed_codes(dag, outcome)
    assert outcome.code in (codes or {0})
    assert codes or CANCELLED not in outcome.by_key.values()


@given(dag=dags())
@BOUNDED
def test_one_job_starts_nothing_ordinary_after_a_failure(dag: Dag) -> None:
    """What began behind the first failure that counts is there for a `finally_`."""
    whole, log = built(dag), Log()
    must_run = {node.key for node in whole.nodes if node.must_run}

    with project() as folder:
        outcome = run_dag(dag, folder, log)

    counted = dag.reached(only_unsafe=True)
    bad = {key for key, state in outcome.by_key.items() if state == FAILED and key in counted}
    begun = log.all("begin")
    first = next((place for place, key in enumerate(begun) if key in bad), len(begun))
    assert set(begun[first + 1 :]) <= must_run


@pytest.mark.parametrize("jobs", [1, 8])
@pytest.mark.parametrize("keep_going", [False, True])
@given(dag=dags())
@BOUNDED
def test_what_a_begun_task_promised_for_the_end_runs(jobs: int, keep_going: bool, dag: Dag) -> None:
    """A `finally_` is never cancelled, and blocked only by a prerequisite of its own."""
    log = Log()

    with project() as folder:
        outcome = run_dag(dag, folder, log, jobs=jobs, keep_going=keep_going)

    states = outcome.by_key
    for key in log.all("begin"):
        for mention in dag.plan(key).finally_:
            own = prerequisites(mention.key, dag)
            is_blocked_by_own = states[mention.key] == BLOCKED and {FAILED, BLOCKED} & {states[one] for one in own}
            assert states[mention.key] in (OK, FAILED, SKIPPED) or is_blocked_by_own


def prerequisites(key: str, dag: Dag) -> set[str]:
    """What a task waits for by its own words: its prerequisites and what follows those."""
    live = {one: dag.plan(one) for one in dag.reached() if dag.plan(one).condition != OFF}
    plan = live.get(key)
    if plan is None:
        return set()
    own = {mention.key for mention in plan.pre}
    return own | {one for mention in own for one in followers(mention, live)}


@given(dag=dags(), place=st.integers(0, 8), other=st.integers(0, 8))
@BOUNDED
def test_a_circle_stops_everything_before_anything_runs(dag: Dag, place: int, other: int) -> None:
    """Code 2, no body called, no state on record."""
    first, last = sorted((place % len(dag.plans), other % len(dag.plans)))
    plans = list(dag.plans)
    plans[last] = Plan(pre=(*plans[last].pre, Mention(first)))
    plans[first] = Plan(pre=(*plans[first].pre, Mention(last)))
    log = Log()

    with project() as folder:
        outcome = run_dag(Dag(plans=tuple(plans), requested=(last,)), folder, log)

    assert (outcome.code, log.events, outcome.states) == (2, [], ())


@given(dag=dags())
@BOUNDED
def test_post_runs_after_success_alone(dag: Dag) -> None:
    """A task that is wanted only as somebody's post never begins when one of those failed or was blocked."""
    log = Log()

    with project() as folder:
        outcome = run_dag(dag, folder, log, keep_going=True)

    for key in log.all("begin"):
        owners = {outcome.by_key[owner] for owner in only_followed(dag, key)}
        assert not owners & {FAILED, BLOCKED}


def test_a_condition_that_skips_is_not_one_that_is_off() -> None:
    """What is off leaves its prerequisites out; what a function refuses has had them."""
    plans = (Plan(), Plan(pre=(Mention(0),), condition=OFF), Plan(pre=(Mention(0),), condition=SKIPS))
    logs = (Log(), Log())

    with project() as folder:
        run_dag(Dag(plans=plans, requested=(1,)), folder, logs[0])
        run_dag(Dag(plans=plans, requested=(2,)), folder, logs[1])

    assert [log.all("begin") for log in logs] == [[], [name_of(0)]]


def chained(kind: str, length: int) -> Dag:
    """Tasks in a row, each naming the next by `kind`; the first in the order of running comes first."""
    plans = {
        "pre": [Plan(pre=(Mention(place - 1),) if place else ()) for place in range(length)],
        "post": [Plan(post=(Mention(place + 1),) if place + 1 < length else ()) for place in range(length)],
        "finally": [Plan(finally_=(Mention(place + 1),) if place + 1 < length else ()) for place in range(length)],
    }
    return Dag(plans=tuple(plans[kind]), requested=(length - 1 if kind == "pre" else 0,))


@pytest.mark.parametrize("kind", ["pre", "post", "finally"])
def test_the_executor_runs_long_chains(kind: str) -> None:
    """Longer than Python's limit of recursion, each task in its turn."""
    log = Log()

    with project() as folder:
        outcome = run_dag(chained(kind, 1500), folder, log)

    assert outcome.code == 0
    assert log.all("begin") == [name_of(place) for place in range(1500)]


@pytest.mark.parametrize("kind", ["pre", "post", "finally"])
def test_the_executor_does_twice_the_work_for_twice_the_tasks(kind: str) -> None:
    """Counted in calls; the whole of it, from looking for duplicates to the summary."""

    def run(length: int) -> None:
        with project() as folder:
            run_dag(chained(kind, length), folder, Log())

    run(10)  # what is imported or made once
    once, twice = (calls_of(lambda n=length: run(n)) for length in (150, 300))  # type: ignore[misc]

    assert twice < 2.5 * once
