"""The truth matrix: each thing that happens to a tool is seen, explained, and right again afterwards."""

from __future__ import annotations

import re

import pytest

from .matrix import CASES, ROWS, Row, found, played, prepared
from .world import World

pytestmark = pytest.mark.real


@pytest.mark.parametrize(("kind", "row"), CASES, ids=lambda case: case.what if isinstance(case, Row) else case)
def test_what_happens_is_seen_and_mended(world: World, kind: str, row: Row) -> None:
    """Drift with exit 5 and its reason, the same in the plan; after a sync it is as wanted and verified."""
    outcome = played(prepared(world, kind), kind, row)

    assert (outcome.status, outcome.code) == ("drift", 5), outcome
    assert re.search(row.why, outcome.why), outcome
    assert outcome.why in outcome.planned or not row.is_ours_to_mend, outcome
    assert (outcome.synced, outcome.now, outcome.verified) == (0, "ok", 0), outcome


def test_a_second_copy_is_in_the_plan_with_its_owner_and_its_cure(world: World) -> None:
    """No installation mends it: the plan changes nothing and says what to remove."""
    there = prepared(world, "uv")
    row = next(row for row in ROWS if not row.is_ours_to_mend)

    plan = row.happen(there, "uv").aim("plan", "--json").json()

    (finding,) = (record for record in plan["records"] if record["status"] == "warned")
    theirs = there.home / "theirs" / "pycowsay"
    assert plan["changes"] == []
    assert finding["detail"] == f"pycowsay is {theirs}, of unknown origin, ahead of ours, {there.bin / 'pycowsay'}"
    assert finding["remedy"].startswith(f"remove {theirs}")


@pytest.mark.parametrize("kind", ["pipx", "uv"])
def test_a_command_whose_environment_is_gone_is_found_and_mended(world: World, kind: str) -> None:
    """uv itself refuses to install over it."""
    there = prepared(world, kind)
    environment = (there.venvs if kind == "pipx" else there.uv_tools) / "pycowsay"
    there.run("/usr/bin/env", "python3", "-c", f"import shutil; shutil.rmtree({str(environment)!r})")

    reasons, done = there.reasons(), there.aim("sync-versions")

    assert reasons == {f"{kind}:pycowsay": "broken: its environment is gone, its command is left behind"}
    assert done.exit_code == 0, done.text
    assert there.version_of("pycowsay") == "0.0.0.1"


@pytest.mark.parametrize("kind", ["pipx", "uv"])
def test_what_is_left_of_ours_is_pruned(world: World, kind: str) -> None:
    """Once declared, now broken and nobody's: told as unexpected with its flaw, and removed on demand."""
    there = prepared(world, kind)
    environment = (there.venvs if kind == "pipx" else there.uv_tools) / "pycowsay"
    there.run("/usr/bin/env", "python3", "-c", f"import shutil; shutil.rmtree({str(environment)!r})")
    there.declare("[tools]\n")

    told = there.aim("version", "check", "--json").json()["tools"]
    done = there.aim("sync-versions", "--prune")

    assert [(tool["status"], tool["why"]) for tool in told] == [
        ("unexpected", "broken: its environment is gone, its command is left behind")
    ]
    assert done.exit_code == 0, done.text
    assert there.installed() == []


@pytest.mark.parametrize("kind", ["pipx", "uv"])
def test_a_file_altered_in_place_does_not_come_back_from_the_cache(world: World, kind: str) -> None:
    """uv links its cache's files into environments: both have the altered one, and installing it again would fail."""
    there = prepared(world.with_env(UV_CACHE_DIR=str(world.root / "uv-cache")), kind)
    metadata = found(there, kind).version / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 0.0.0.1", "Version: 9.9.9"))

    reasons, done = there.reasons(), there.aim("sync-versions")

    assert reasons == {f"{kind}:pycowsay": "broken: its package is 9.9.9 and 0.0.0.1 at once"}
    assert done.exit_code == 0, done.text
    assert there.standings() == {"pycowsay": ("ok", "0.0.0.1")}
