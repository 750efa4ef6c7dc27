"""The nouns."""

from __future__ import annotations

import msgspec
import pytest

from aim_lib.model import (
    Copy,
    Delete,
    Link,
    Move,
    Present,
    Record,
    Run,
    Seen,
    SetVar,
    Share,
    Status,
    Step,
    Unshare,
    Wanted,
    Write,
    worst,
)

SEEN = Seen(device=2**64 - 1, inode=2, size=3, mtime_ns=4, ctime_ns=5)


def test_wanted_and_present_share_an_id() -> None:
    """What is wanted and what is present meet by kind and name."""
    assert Wanted(kind="npm", name="@x/y").id == Present(kind="npm", name="@x/y").id == "npm:@x/y"


def test_values_are_frozen() -> None:
    """A noun that crossed a layer cannot be changed behind its maker's back."""
    with pytest.raises(AttributeError, match="immutable"):
        Wanted(kind="npm", name="x").name = "y"  # type: ignore[misc]


@pytest.mark.parametrize(
    "step",
    [
        Run(argv=("a", "b"), env=(("K", "v"),), timeout_s=1.5),
        Write(path="/a", text="naïve", mode=0o600),
        Copy(source="/a", path="/b", sha256="0" * 64),
        Link(path="/a", target="b"),
        Move(source="/a", path="/b"),
        Delete(path="/a"),
        Share(path="/a", source="/b", way="clone", was=SEEN, source_was=SEEN),
        Unshare(path="/a", source="/b"),
        SetVar(name="A", value="b"),
    ],
)
def test_a_step_survives_json(step: Step) -> None:
    """A plan is data: each kind of step is told from the others when it is read back."""
    assert msgspec.json.decode(msgspec.json.encode(step), type=Step) == step


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], Status.OK),
        ([Status.OK, Status.SKIPPED], Status.OK),
        ([Status.OK, Status.CHANGED, Status.WARNED], Status.WARNED),
        ([Status.WARNED, Status.FAILED, Status.OK], Status.FAILED),
    ],
)
def test_worst_is_the_gravest_status(statuses: list[Status], expected: Status) -> None:
    """A failure outweighs a warning, a warning a change."""
    records = tuple(Record(id=str(place), status=status, title="") for place, status in enumerate(statuses))

    assert worst(records) is expected
