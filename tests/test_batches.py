"""Several at once: one call for all, halved when it fails, so that each is judged alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim_lib.apply import apply
from aim_lib.errors import CommandFailed, TookTooLong
from aim_lib.model import Change, Copy, Delete, Lane, Record, Run, Status, Write
from aim_lib.resources import Batch, Diagnosis, Options
from aim_lib.resources._merging import merged
from aim_lib.resources._npm_batch import together
from aim_lib.resources._npm_program import Program
from tests.fakes import host, stub
from tests.properties import BOUNDED
from tests.properties.things import Things, Watch, doer

# All or none: names that begin with "bad" cannot be had. A line in `calls` for each call.
INSTALLER = """
echo "$@" >> {root}/calls
for name; do case $name in bad*) echo "no $name"; exit 1;; esac; done
for name; do mkdir -p {folder}/$name; : > {folder}/$name/payload; printf 2.0 > {folder}/$name/version; done
"""


class Batched(Things):
    """Things of which one program installs several."""

    fewest = 2
    cause = "name"

    def batch(self, changes: Sequence[Change]) -> Batch | None:
        return merged(changes)

    def diagnose(self, output: str) -> Diagnosis:
        return Diagnosis(cause=self.cause, message="the package: cannot be had", remedy="look")


@pytest.fixture
def thing(tmp_path: Path) -> Batched:
    """A machine with nothing installed."""
    found = Batched("thing", tmp_path)
    stub(tmp_path / "bin", "installer", INSTALLER.format(root=tmp_path, folder=found.folder))
    return found


def change(thing: Things, name: str, **more: object) -> Change:
    fields: dict[str, object] = {
        "id": f"thing:{name}",
        "kind": "thing",
        "name": name,
        "have": "",
        "want": "2.0",
        "reason": "missing",
        "do": (Run(argv=(str(thing.root / "bin" / "installer"), name)),),
        "undo": (Delete(path=str(thing.folder / name)),),
        "lane": Lane(name="thing", width=4),
    }
    return Change(**{**fields, **more})  # type: ignore[arg-type]


def run(thing: Things, *names: str, **more: object) -> dict[str, Record]:
    records = apply([change(thing, name) for name in names], doer(thing.root, thing, **more))
    return {record.title: record for record in records}


def calls(thing: Things) -> list[str]:
    return (thing.root / "calls").read_text(encoding="utf-8").splitlines()


def test_one_call_installs_all(thing: Batched) -> None:
    """Each is begun, verified and put on record as if it had been alone."""
    watch = Watch()

    records = run(thing, "a", "b", "c", on_event=watch)

    assert calls(thing) == ["a b c"]
    assert {name: record.detail for name, record in records.items()} == dict.fromkeys("abc", "absent → 2.0")
    assert watch.log == [(kind, f"thing:{name}") for kind in ("start", "done") for name in "abc"]


def test_a_bad_one_does_not_block_the_others(thing: Batched) -> None:
    """The call is halved until the culprit stands alone, with its own message."""
    records = run(thing, "a", "b", "bad", "d", keep_going=True)

    assert calls(thing) == ["a b bad d", "a b", "bad d", "bad", "d"]
    assert {name for name, record in records.items() if record.status is Status.CHANGED} == {"a", "b", "d"}
    assert records["bad"].status is Status.FAILED
    assert (records["bad"].detail, records["bad"].facts["output"]) == ("cannot be had", ("no bad",))


def test_without_keep_going_the_culprit_ends_the_run(thing: Batched) -> None:
    """The error names it alone, and what its half had installed is gone."""
    with pytest.raises(CommandFailed, match=r"^bad: cannot be had$"):
        run(thing, "a", "b", "bad", "d")

    assert thing.find() == ()


def test_an_optional_bad_one_is_a_warning(thing: Batched) -> None:
    """Optional and required ones go together; who may fail alone does."""
    changes = [change(thing, "a"), change(thing, "bad", optional=True), change(thing, "c")]

    records = apply(changes, doer(thing.root, thing))

    assert {record.title: record.status for record in records} == {
        "a": Status.CHANGED,
        "bad": Status.WARNED,
        "c": Status.CHANGED,
    }


@pytest.mark.parametrize("cause", ["network", "tls", "disk"])
def test_what_is_wrong_for_all_is_not_halved(thing: Batched, cause: str) -> None:
    """No half would do better: all of them failed, in one sentence."""
    thing.cause = cause

    records = run(thing, "a", "bad", "c", keep_going=True, retries=0)

    assert calls(thing) == ["a bad c"]
    assert {record.status for record in records.values()} == {Status.FAILED}
    assert records["c"].detail.startswith("a and 2 more: cannot be had")


def test_a_call_that_left_something_is_not_halved(thing: Batched) -> None:
    """It is undone: another try on top of half an installation could end anywhere."""
    folder = thing.folder / "a"
    stub(thing.root / "bin", "installer", f'echo "$@" >> {thing.root}/calls; mkdir -p {folder}; exit 1')

    records = run(thing, "a", "b", keep_going=True)

    assert calls(thing) == ["a b"]
    assert {record.status for record in records.values()} == {Status.FAILED}
    assert not folder.exists()


def test_a_call_that_takes_too_long_is_not_halved(thing: Batched) -> None:
    """Halves would wait as long again."""
    stub(thing.root / "bin", "installer", f'echo "$@" >> {thing.root}/calls; sleep 300')
    slow = [change(thing, name) for name in "ab"]
    slow = [msgspec.structs.replace(each, do=(Run(argv=(*each.do[0].argv,), timeout_s=0.5),)) for each in slow]  # type: ignore[union-attr]

    with pytest.raises(TookTooLong):
        apply(slow, doer(thing.root, thing))

    assert calls(thing) == ["a b"]


def test_one_that_is_not_there_afterwards_fails_alone(thing: Batched) -> None:
    """Exit 0 is not believed for any of them."""
    stub(
        thing.root / "bin",
        "installer",
        INSTALLER.format(root=thing.root, folder=thing.folder) + f"rm -r {thing.folder}/b",
    )

    records = run(thing, "a", "b", "c", keep_going=True)

    assert records["b"].detail.startswith("the installer of b reported success, but it is not there")
    assert [present.name for present in thing.find()] == ["a", "c"]


@pytest.mark.parametrize(
    "other",
    [
        {"do": (Run(argv=("another", "b")),)},
        {"do": (Run(argv=("x", "b")), Run(argv=("x", "b")))},
        {"do": (Delete(path="/x"),)},
        {"do": (Run(argv=("x", "b"), timeout_s=1.0),)},
        {"do": ()},
    ],
)
def test_only_what_is_alike_goes_together(thing: Batched, other: dict[str, object]) -> None:
    """One program, one environment, one step; the package alone differs."""
    first = change(thing, "a", do=(Run(argv=("x", "a")),))

    assert merged([first, change(thing, "b", **other)]) is None
    both = merged([first, change(thing, "b", do=(Run(argv=("x", "b")),))])
    assert both == Batch(together=(Run(argv=("x", "a", "b")),), alone=((), ()))
    assert merged([first], "--global") is None


@BOUNDED
@given(st.lists(st.booleans(), min_size=1, max_size=9))
def test_exactly_the_bad_ones_fail(tmp_path_factory: pytest.TempPathFactory, bad: list[bool]) -> None:
    """Whichever of them cannot be had, all others are installed."""
    root = tmp_path_factory.mktemp("machine")
    thing = Batched("thing", root)
    stub(root / "bin", "installer", INSTALLER.format(root=root, folder=thing.folder))
    names = [f"{'bad' if each else 'good'}-{place}" for place, each in enumerate(bad)]

    records = run(thing, *names, keep_going=True)

    assert [present.name for present in thing.find()] == [name for name in names if name.startswith("good")]
    assert {name for name, record in records.items() if record.status is Status.FAILED} == {
        name for name in names if name.startswith("bad")
    }


def build(name: str, **call: object) -> Change:
    """A change that makes an isolated npm tool from its lock."""
    folder = f"/tools/{name}/1.0.0"
    install = Run(argv=("npm", "ci", "--prefix", folder, "--no-fund"), **call)  # type: ignore[arg-type]
    return Change(
        id=f"npm:{name}",
        kind="npm",
        name=name,
        have="",
        want="1.0.0",
        reason="missing",
        do=(
            Delete(path=f"/tools/{name}/0.9.0"),
            Write(path=f"{folder}/package.json", text=name),
            Copy(source=f"/lock/{name}", path=f"{folder}/package-lock.json", sha256="ab"),
            install,
            Run(argv=("hands", "expose", name)),
        ),
        undo=(),
        lane=Lane(name="npm", width=4),
    )


def batch(*changes: Change) -> Batch | None:
    return together(changes, Path("/tools"), Program(host(), Options()))


def test_locked_builds_are_one_npm_ci() -> None:
    """In a folder of their own, from the same locks, with the same words; what is there goes only then."""
    found = batch(build("a"), build("b"))

    assert found is not None
    words = [step.argv[-2:] if isinstance(step, Run) else step for step in found.together]
    place = Path(next(step.path for step in found.together if isinstance(step, Delete)))
    assert place.parent == Path("/tools/.together")
    copies = [step for step in found.together if isinstance(step, Copy)]
    assert [(step.source, step.sha256, step.path) for step in copies] == [
        ("/lock/a", "ab", f"{place}/t0/package-lock.json"),
        ("/lock/b", "ab", f"{place}/t1/package-lock.json"),
    ]
    calls = [step.argv for step in found.together if isinstance(step, Run)]
    assert calls[1] == ("npm", "ci", "--prefix", str(place), "--no-fund")
    assert calls[2][-3:] == (str(place), "/tools/a/1.0.0", "/tools/b/1.0.0")
    assert words[-2:] == [Write(path=f"/tools/{name}/1.0.0/package.json", text=name) for name in "ab"]
    assert found.alone == tuple(
        (Delete(path=f"/tools/{name}/0.9.0"), Run(argv=("hands", "expose", name))) for name in "ab"
    )


def test_builds_that_call_npm_differently_stay_apart() -> None:
    """One may run its install scripts and the other may not."""
    assert batch(build("a"), build("b", env=(("NPM_CONFIG_STRICT_ALLOW_SCRIPTS", "true"),))) is None


def test_a_build_without_a_lock_stays_alone() -> None:
    """npm chooses its packages; what is chosen for one is no lock for another."""
    free = msgspec.structs.replace(build("a"), do=build("a").do[:2] + build("a").do[3:])

    assert batch(free, build("b")) is None
