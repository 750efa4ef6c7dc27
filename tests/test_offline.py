"""Without the network: who is told, what is said, and that nobody tries again."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import app, catalog, offline
from aim_lib.errors import CommandFailed
from aim_lib.journal import Journal
from aim_lib.model import Change, Lane, Run, Wanted
from aim_lib.resources import Options, without_network
from aim_lib.steps import Doer, Event, perform_with_retries

from .fakes import ScriptedRunner, audit, host

DATA = Path(__file__).parent / "data" / "resources"
MISSING = [
    ("uv", "offline", "pycowsay is not in the cache of uv"),
    ("uv", "offline-version", "pycowsay==0.0.0.1 is not in the cache of uv"),
    ("uv", "offline-file", "pycowsay-0.0.0.2-py3-none-any.whl is not in the cache of uv"),
    ("pipx", "offline", "pycowsay is not in the cache of uv"),
    ("npm", "offline", "@scope/cowsay is not in the cache of npm"),
    ("npm", "offline-file", "semver-7.5.0.tgz is not in the cache of npm"),
    ("pnpm", "10-offline", "cowsay@1.6.0 is not in the cache of pnpm"),
    ("pnpm", "11-offline", "cowsay@1.6.0 is not in the cache of pnpm"),
    ("pnpm", "11-offline-file", "semver-7.5.0.tgz is not in the cache of pnpm"),
    ("pnpm", "12-offline", "cowsay@1.6.0 is not in the cache of pnpm"),
    ("pnpm", "12-offline-file", "semver@7.5.0 is not in the cache of pnpm"),
]


@pytest.mark.parametrize(("kind", "name", "words"), MISSING)
def test_what_is_missing_is_named(kind: str, name: str, words: str) -> None:
    """Whatever the installer printed: one sentence with what is not in whose cache, and what to do."""
    output = (DATA / kind / "failures" / f"{name}.txt").read_text(encoding="utf-8")

    said = catalog.load("aim_lib.resources", kind).open(host(), Options()).diagnose(output)

    assert said.message == f"the package: {words}, and the network is switched off"
    assert said.remedy == offline.REMEDY


NOT_TOLD = ("brew", "scoop", "winget")


@pytest.mark.parametrize("kind", sorted({*catalog.own("aim_lib.resources")} - {*NOT_TOLD, "apt"}))
@pytest.mark.parametrize("is_offline", [True, False])
def test_every_installer_is_told(kind: str, is_offline: bool, tmp_path: Path) -> None:
    """All switches to all of them: pipx starts uv or pip, and a build may start cargo."""
    resource = catalog.load("aim_lib.resources", kind).open(host(home=tmp_path), Options(offline=is_offline))

    steps = resource.change(Wanted(kind=kind, name="x"), None, "22.14.0")

    runs = [dict(step.env) for step in (*steps.do, *steps.undo) if isinstance(step, Run)]
    assert runs
    assert all((offline.SWITCHES.items() <= env.items()) is is_offline for env in runs)


@pytest.mark.parametrize("kind", NOT_TOLD)
def test_one_that_cannot_be_told_is_not_started(kind: str, tmp_path: Path) -> None:
    """It would fetch what it lacks: the plan says so, and nothing is touched."""
    resource = catalog.load("aim_lib.resources", kind).open(host(home=tmp_path), Options(offline=True))

    with pytest.raises(CommandFailed, match="cannot be told to use only what it has") as caught:
        resource.change(Wanted(kind=kind, name="x"), None, "")

    assert caught.value.remedy == "run the same command without --offline"


def test_apt_downloads_nothing(tmp_path: Path) -> None:
    """What lies in its archive folder is installed all the same."""
    resource = catalog.load("aim_lib.resources", "apt").open(host(home=tmp_path), Options(offline=True))

    steps = resource.change(Wanted(kind="apt", name="jq"), None, "").do

    calls = [step.argv for step in steps if isinstance(step, Run) and step.argv[0].endswith("apt-get")]
    assert calls
    assert all("APT::Get::Download=0" in argv for argv in calls)


def test_uncached_may_look_like_unknown(tmp_path: Path) -> None:
    """pip and cargo say of what they have not cached that there is no such thing; nothing is tried again."""
    change = Change(
        id="uv:x", kind="uv", name="x", have="", want="1", reason="missing", do=(), undo=(), lane=Lane(name="uv")
    )
    events: list[Event] = []
    doer = Doer(
        host=host(home=tmp_path),
        runner=ScriptedRunner(answer=lambda _argv: (1, "", "ERROR: No matching distribution found for x")),
        resources={"uv": catalog.load("aim_lib.resources", "uv").open(host(), Options())},
        ecosystems={"uv": "pypi"},
        audit=audit(tmp_path),
        journal=Journal(tmp_path),
        is_offline=True,
        on_event=events.append,
    )

    with pytest.raises(CommandFailed, match="x, or something it needs, is not cached") as error:
        perform_with_retries(Run(argv=("uv",)), change, doer)

    assert error.value.remedy == offline.REMEDY
    assert events == []


@pytest.mark.parametrize("cause", ["disk", "hash", "build", "unknown"])
def test_other_failures_stay_what_they_are(cause: str) -> None:
    """A full disk is a full disk, with the network or without."""
    from aim_lib.resources import Diagnosis

    found = Diagnosis(cause=cause, message="m", remedy="r")

    assert without_network(found) is found


@pytest.mark.parametrize(
    ("env", "flags", "is_offline"),
    [
        ({}, None, False),
        ({"AIM_OFFLINE": "1"}, None, True),
        ({"AIM_OFFLINE": "0"}, None, False),
        ({"AIM_BOOTSTRAP_OFFLINE": "true"}, None, True),
        ({"AIM_OFFLINE": "1", "AIM_BOOTSTRAP_OFFLINE": "false"}, None, False),
        ({"AIM_OFFLINE": "0"}, {"bootstrap": {"offline": True}}, True),
    ],
)
def test_three_ways_to_say_it(
    env: dict[str, str], flags: dict[str, dict[str, bool]] | None, is_offline: bool, tmp_path: Path
) -> None:
    """A variable, its long form, and the command line, which has the last word."""
    built = app.build(host(home=tmp_path, env=env), flags=flags)

    assert built.options.offline is is_offline
