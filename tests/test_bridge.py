"""AI tools are asked one after the other: real programs, stubs of tools, and what they were given."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from aim_lib import app as wiring
from aim_lib import asking, bridge, files, turns
from aim_lib.app import App
from aim_lib.bridge import invoke_tool, route_capability
from aim_lib.desk import open_desk
from aim_lib.errors import LockHeld
from aim_lib.schema import Config

from .fakes import fixed_clock, host, stub

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stubs are shell scripts")
DUMP = '/usr/bin/env > "$OUT"; echo done'


def build(root: Path, aim_toml: str, env: Mapping[str, str] | None = None, *, is_own: bool = True) -> App:
    """An App of a user, or a project when not `is_own`, whose aim.toml says this."""
    home, project = root / "home", root / "project"
    project.mkdir(parents=True, exist_ok=True)
    folder = home / "aim" / "config" if is_own else project
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "aim.toml").write_text(f"[tools]\n{aim_toml}", encoding="utf-8")
    given = {
        "PATH": str(root / "bin"),
        "HOME": str(home),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        **(env or {}),
    }
    return wiring.build(host("linux", home, given, cwd=project), clock=fixed_clock)


def tools(*names: str, **more: str) -> str:
    """`[ai.tools.NAME]` for stubs that can write, then a capability that asks them in this order."""
    entries = [
        f'[ai.tools.{name}]\ncommand = ["{name}", "{{args}}", "--", "{{prompt}}"]\nprompt = "argument"\n'
        f'capabilities = ["write"]\n{more.get(name, "")}'
        for name in names
    ]
    listed = ", ".join(f'"{name}"' for name in names[1:])
    rule = f'[ai.capabilities.write]\nprimary = "{names[0]}"\nfallback = [{listed}]\n{more.get("rule", "")}'
    return "\n".join((*entries, rule))


def events(app: App, kind: str) -> list[dict[str, Any]]:
    lines = app.audit.path.read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["event_type"] == kind]


def stubs(root: Path, **scripts: str) -> None:
    for name, script in scripts.items():
        stub(root / "bin", name, script)


def alive(pid_file: Path) -> bool:
    """Whether it runs; one that nobody has reaped yet does not."""
    try:
        return psutil.Process(int(pid_file.read_text())).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# --- fallback chains ------------------------------------------------------------------------------------------------


def test_a_chain_goes_on_over_missing_and_timed_out_to_the_third(tmp_path: Path) -> None:
    """The first is not here; the second's whole tree is gone; the third sees exactly its scope of our secrets."""
    child, out = tmp_path / "child", tmp_path / "out"
    stubs(tmp_path, slow=f"/bin/sleep 600 & echo $! > {child}; wait", third=DUMP)
    told = tools("gone", "slow", "third", slow="timeout_s = 0.5", third='secrets = ["OPENAI_API_KEY", "MINE"]')
    secret = {"OPENAI_API_KEY": "sk-one-0123456789", "MINE": "mine-0123456789", "GITHUB_TOKEN": "ghp-0123456789"}
    app = build(tmp_path, told, {**secret, "OUT": str(out), "SOPS_AGE_KEY": "no", "PLAIN": "stays"})

    result = route_capability("write", {"prompt": "hi"}, app=app)

    assert (result["success"], result["message"], result["content"]["tool_id"]) == (True, "done", "third")
    assert [(each["tool"], each["failure"]) for each in result["content"]["attempts"]] == [
        ("slow", "timeout"), ("third", ""),
    ]  # fmt: skip
    assert not alive(child)
    seen = dict(line.split("=", 1) for line in out.read_text().splitlines() if "=" in line)
    given = {name: seen.get(name) for name in (*secret, "SOPS_AGE_KEY", "PLAIN")}
    assert given == {
        "OPENAI_API_KEY": "sk-one-0123456789",
        "MINE": "mine-0123456789",
        "GITHUB_TOKEN": None,
        "SOPS_AGE_KEY": None,
        "PLAIN": "stays",
    }


def test_nothing_of_our_own_environment_changes_and_values_are_masked(tmp_path: Path) -> None:
    """What the tool prints of its secret is not to be read in the answer, nor in the event log."""
    stubs(tmp_path, leaky='echo "key is $OPENAI_API_KEY"')
    app = build(tmp_path, tools("leaky", leaky='secrets = ["OPENAI_API_KEY"]'), {"OPENAI_API_KEY": "sk-one-0123456789"})

    result = route_capability("write", {"prompt": "hi"}, app=app)

    assert result["message"] == "key is [redacted]"
    assert "sk-one-0123456789" not in app.audit.path.read_text(encoding="utf-8")
    assert [event["details"]["name"] for event in events(app, "secret.injected")] == ["OPENAI_API_KEY"]


def test_a_tools_own_error_ends_the_chain_and_keeps_what_it_said(tmp_path: Path) -> None:
    """The next tool would only do the same work again; exit code and streams are in the content."""
    stubs(tmp_path, broken="echo out; echo it broke >&2; exit 3", second="echo never")
    app = build(tmp_path, tools("broken", "second"))

    result = route_capability("write", {"prompt": "hi"}, app=app)

    assert (result["success"], result["message"]) == (False, "it broke")
    content = result["content"]
    assert (content["exit_code"], content["stdout"], content["error_reason"]) == (3, "out\n", "tool_error")
    assert [each["tool"] for each in content["attempts"]] == ["broken"]


@pytest.mark.parametrize(("moves", "asked"), [('["authentication"]', ["locked", "second"]), ("[]", ["locked"])])
def test_moving_on_after_a_missing_login_is_a_matter_of_policy(moves: str, asked: list[str], tmp_path: Path) -> None:
    """`ai.policy.move_on` names the failures after which the next is asked."""
    stubs(tmp_path, locked="echo Not logged in >&2; exit 1", second="echo done")
    app = build(tmp_path, f"{tools('locked', 'second')}\n[ai.policy]\nmove_on = {moves}")

    result = route_capability("write", {"prompt": "hi"}, app=app)

    assert [each["tool"] for each in result["content"]["attempts"]] == asked
    assert result["content"]["attempts"][0]["failure"] == "authentication"


def test_a_passing_failure_is_tried_again_as_often_as_the_rule_says(tmp_path: Path) -> None:
    """Rate limits pass; what is on record counts every try."""
    count = tmp_path / "count"
    stubs(tmp_path, busy=f"[ -e {count} ] && echo done && exit 0; : > {count}; echo 429 too many requests >&2; exit 1")
    app = build(tmp_path, tools("busy", rule="retries = 2"))

    result = route_capability("write", {"prompt": "hi"}, app=app)

    assert result["success"]
    assert [event["details"]["failure"] for event in events(app, "ai.tried")] == ["rate_limit", ""]


def test_when_all_fail_each_is_told(tmp_path: Path) -> None:
    """As the predecessor said it."""
    stubs(tmp_path, a="echo Not logged in >&2; exit 1", b="echo ECONNREFUSED >&2; exit 1")

    result = route_capability("write", {"prompt": "hi"}, app=build(tmp_path, tools("a", "b")))

    assert result["message"] == "All tools failed for capability 'write': a: Not logged in; b: ECONNREFUSED"


def test_when_none_is_here_each_is_told(tmp_path: Path) -> None:
    """Nothing was started, and nothing raised."""
    result = route_capability("write", {"prompt": "hi"}, app=build(tmp_path, tools("a", "b")))

    assert not result["success"]
    assert result["message"].startswith("no tool for write can be used: a: none of a is on this machine; b: ")


def test_a_tool_that_waits_for_a_login_is_stopped_at_once(tmp_path: Path) -> None:
    """Its line says so; nobody waits for its time limit, and what it started goes with it."""
    child = tmp_path / "child"
    script = f"/bin/sleep 600 & echo $! > {child}; echo 'No API key found. Starting login flow...'; wait"
    stubs(tmp_path, amp=script)

    result = invoke_tool("amp", "code_generation", {"prompt": "hi"}, 60, app=build(tmp_path, ""))

    assert result["content"]["error_reason"] == "authentication"
    assert not alive(child)


def test_structured_output_is_kept_when_the_tool_failed(tmp_path: Path) -> None:
    """An adapter of the predecessor's contract: its content survives a non-zero exit."""
    answer = '{"success": false, "message": "half done", "content": {"files_modified": ["a.py"], "attempts": 2}}'
    stubs(tmp_path, legacy=f"/bin/cat > {tmp_path}/in; echo '{answer}'; exit 2")
    told = '[ai.tools.legacy]\nadapter = "json_stdio"\ncommand = ["legacy"]\ncapabilities = ["write"]'

    result = invoke_tool("legacy", "write", {"prompt": "it's\n$(x)"}, app=build(tmp_path, told))

    assert (result["message"], result["content"]["files_modified"]) == ("half done", ["a.py"])
    assert result["content"]["exit_code"] == 2
    assert json.loads((tmp_path / "in").read_text())["payload"] == {"prompt": "it's\n$(x)"}


# --- hostile payloads -----------------------------------------------------------------------------------------------

HOSTILE = (
    "two\nlines\n",
    "\"quoted\" 'twice'",
    "$(touch pwned) `touch pwned`",
    "%PATH% !x!",
    "--version",
    "größer → 1",
)


@pytest.mark.parametrize("prompt", HOSTILE)
@pytest.mark.parametrize("way", ["argument", "stdin", "file"])
def test_a_hostile_prompt_arrives_as_it_is(prompt: str, way: str, tmp_path: Path) -> None:
    """Character by character, and nothing of it is run."""
    out = tmp_path / "out"
    scripts = {"argument": 'printf %s "$2" > "$OUT"', "stdin": '/bin/cat > "$OUT"', "file": '/bin/cat "$1" > "$OUT"'}
    words = {"argument": '"--", "{prompt}"', "stdin": "", "file": '"{prompt_file}"'}
    stubs(tmp_path, mine=scripts[way])
    told = f'[ai.tools.mine]\ncommand = ["mine", {words[way]}]\nprompt = "{way}"\ncapabilities = ["write"]'
    app = build(tmp_path, told, {"OUT": str(out)})

    result = invoke_tool("mine", "write", {"prompt": prompt}, app=app)

    assert result["success"]
    assert out.read_bytes().decode() == prompt
    assert not (tmp_path / "project" / "pwned").exists()
    assert list((app.host.folders.state / "ai").glob("prompt-*")) == []


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"prompt": "a" * 1_048_576}, "ai.policy.max_payload_bytes is 1048576"),
        ({"prompt": "x", "files": ["../.git/config"]}, "'../.git/config' is outside the project"),
        ({"prompt": "x", "files": [".git/config"]}, "forbidden by ai.policy.forbidden_paths (/.git/)"),
        ({"prompt": "x", "files": ["link"]}, "forbidden by ai.policy.forbidden_paths (/.git/)"),
        ({"prompt": "x", "files": ["out"]}, "'out' is outside the project"),
        ({"files": ["a.py"]}, "the payload has no prompt"),
    ],
)
def test_what_may_not_be_sent_is_refused_with_the_reason(payload: dict[str, Any], reason: str, tmp_path: Path) -> None:
    """Nobody is asked, and the refusal is on record."""
    stubs(tmp_path, mine=f": > {tmp_path}/started")
    app = build(tmp_path, tools("mine", rule='requires = { prompt = "required" }'))
    (tmp_path / "project" / "link").symlink_to(".git/config")
    (tmp_path / "project" / "out").symlink_to("/etc/passwd")

    result = route_capability("write", payload, app=app)

    assert not result["success"]
    assert reason in result["message"]
    assert not (tmp_path / "started").exists()
    assert len(events(app, "ai.refused")) == 1


@pytest.mark.parametrize("name", [".env", "notes.txt"])
def test_a_project_cannot_send_what_the_user_keeps_back(name: str, tmp_path: Path) -> None:
    """Its policy replaces the user's for sizes; for files both count, also where the user has only the default."""
    stubs(tmp_path, mine=f": > {tmp_path}/started")
    app = build(tmp_path, f'{tools("mine")}\n[ai.policy]\nallowed_files = ["*.py", ".env"]')
    theirs = "schema_version = 1\n[ai.policy]\nallowed_files = []\nforbidden_paths = []\n"
    (tmp_path / "project" / "aim.toml").write_text(theirs, encoding="utf-8")
    app = wiring.build(app.host, clock=fixed_clock)

    result = route_capability("write", {"prompt": "x", "files": [name]}, app=app)

    assert not result["success"]
    assert "ai.policy." in result["message"]
    assert not (tmp_path / "started").exists()


def test_a_prompt_too_long_for_one_tools_arguments_goes_to_the_next(tmp_path: Path) -> None:
    """The second reads it from stdin."""
    stubs(tmp_path, first="echo never", reader="/usr/bin/wc -c")
    reader = '[ai.tools.reader]\ncommand = ["reader"]\nprompt = "stdin"\ncapabilities = ["write"]\n'
    rule = tools("first").replace("fallback = []", 'fallback = ["reader"]')

    result = route_capability("write", {"prompt": "a" * 200_000}, app=build(tmp_path, reader + rule))

    assert result["message"].strip() == "200000"
    assert result["content"]["attempts"][0]["failure"] == "not_available"


# --- consent, turns, the rest of the API ----------------------------------------------------------------------------


def test_a_projects_tool_is_not_run_without_consent(tmp_path: Path) -> None:
    """Its command line is code of the project's; a Python program cannot be asked."""
    stubs(tmp_path, theirs=f": > {tmp_path}/started")

    result = route_capability("write", {"prompt": "hi"}, app=build(tmp_path, tools("theirs"), is_own=False))

    assert result["content"]["error"] == "NotPermitted"
    assert "aim config trust" in result["content"]["remedy"]
    assert not (tmp_path / "started").exists()


def test_a_trusted_projects_tool_gets_no_secret_that_the_user_did_not_allow(tmp_path: Path) -> None:
    """The project names one; the user's own files and the registry say nothing of it."""
    stubs(tmp_path, theirs='echo "key=${OPENAI_API_KEY:-none}"')
    told = tools("theirs", theirs='secrets = ["OPENAI_API_KEY"]')
    app = build(tmp_path, told, {"AIM_TRUST": "1", "OPENAI_API_KEY": "sk-one-0123456789"}, is_own=False)

    assert route_capability("write", {"prompt": "hi"}, app=app)["message"] == "key=none"


def test_one_request_at_a_time_in_a_project_is_the_rule(tmp_path: Path) -> None:
    """While another process holds the turn, `refuse` says who."""
    stubs(tmp_path, mine="echo done")
    app = build(tmp_path, f'{tools("mine")}\n[ai.policy]\nconcurrency = "refuse"')
    line = turns.Line(folder=str(app.host.folders.state / "ai"), project=str(app.host.cwd), seats=1, wait_s=0)

    with files.held_lock(Path(line.folder) / f"{line.key}-0.lock", {"command": "ai run x", "pid": 7}, 0, print):
        held = route_capability("write", {"prompt": "hi"}, app=app)
    free = route_capability("write", {"prompt": "hi"}, app=app)

    assert held["content"]["exit_code"] == LockHeld.exit_code
    assert "ai run x (pid 7" in held["message"]
    assert free["success"]


def test_whoever_waits_for_a_turn_gets_it_when_it_is_free(tmp_path: Path) -> None:
    """He is told once for whom he waits."""
    line = turns.Line(folder=str(tmp_path), project="/p", seats=1, wait_s=60)
    path = tmp_path / f"{line.key}-0.lock"
    told: list[object] = []
    other = files.held_lock(path, {"command": "first"}, 0, print)
    other.__enter__()

    def give_back(_seconds: float) -> None:
        other.__exit__(None, None, None)

    with turns.taken(line, {}, told.append, give_back):
        pass

    assert [holder["command"] for holder in told] == ["first"]  # type: ignore[index]


def test_whom_a_tool_starts_shares_its_turn(tmp_path: Path) -> None:
    """An agent that asks another would otherwise wait for itself."""
    stubs(tmp_path, mine="echo done")
    app = build(tmp_path, tools("mine"), {turns.VARIABLE: str(tmp_path / "project")})
    line = turns.Line(folder=str(app.host.folders.state / "ai"), project=str(app.host.cwd), seats=1, wait_s=0)

    with files.held_lock(Path(line.folder) / f"{line.key}-0.lock", {}, 0, print):
        result = route_capability("write", {"prompt": "hi"}, app=app)

    assert result["success"]


def test_load_balance_spreads_the_requests(tmp_path: Path) -> None:
    """Each begins with another tool."""
    stubs(tmp_path, a="echo a", b="echo b")
    app = build(tmp_path, tools("a", "b", rule="load_balance = true"))

    said = [route_capability("write", {"prompt": "hi"}, app=app)["message"] for _ in range(3)]

    assert said == ["a", "b", "a"]


def test_versions_are_told_without_any_ai(tmp_path: Path) -> None:
    """`version_checking` asks each tool that is here; an unknown name is told."""
    stubs(tmp_path, codex="echo codex-cli 0.5.0")

    result = route_capability("version_checking", {"tools": ["codex", "nobody"]}, app=build(tmp_path, ""))

    assert result["content"]["versions"] == {"codex": "0.5.0"}
    assert result["content"]["unknown"] == ["nobody"]


def test_detecting_a_tool_starts_nothing(tmp_path: Path) -> None:
    """Its version is asked only when that is wanted."""
    stubs(tmp_path, codex=f"echo codex-cli 0.5.0; : > {tmp_path}/started")
    app = build(tmp_path, "")

    assert (bridge.detect_tool("codex", app=app), bridge.detect_tool("gemini", app=app)) == (True, False)
    assert not (tmp_path / "started").exists()
    assert bridge.get_tool_version("codex", app=app) == "0.5.0"
    assert bridge.get_tool_version("gemini", app=app) is None


def test_the_payloads_own_time_limit_counts(tmp_path: Path) -> None:
    """As the orchestrator's `timeout_ms` did."""
    stubs(tmp_path, slow="/bin/sleep 600")

    result = route_capability("write", {"prompt": "hi", "timeout_ms": 300}, app=build(tmp_path, tools("slow")))

    assert result["content"]["error_reason"] == "timeout"


def test_an_unknown_tool_is_an_answer_and_no_exception(tmp_path: Path) -> None:
    """Every call answers in the one form."""
    result = invoke_tool("nobody", "write", {"prompt": "hi"}, app=build(tmp_path, ""))

    assert result["success"] is False
    assert "no tool of the name nobody is known" in result["message"]


def test_a_pinned_tool_of_another_version_is_passed_over(tmp_path: Path) -> None:
    """Its version is asked for that, when no metadata tells it."""
    stubs(tmp_path, codex="echo codex-cli 0.5.0")
    app = build(tmp_path, '[ai.tools.codex]\npinned = "0.6.0"')

    result = invoke_tool("codex", "code_generation", {"prompt": "hi"}, app=app)

    assert "it is 0.5.0, and pinned to 0.6.0" in result["message"]


def test_a_cancelled_call_stops_the_tool(tmp_path: Path) -> None:
    """With its whole tree."""
    child = tmp_path / "child"
    os.mkfifo(child)
    stubs(tmp_path, slow=f"/bin/sleep 600 & echo $! > {child}; wait")
    app = build(tmp_path, tools("slow"))

    async def cancelled() -> int:
        work = lambda: route_capability("write", {"prompt": "hi"}, app=app)  # noqa: E731
        call = asyncio.ensure_future(bridge._awaited(app, work))
        pid = int(await asyncio.to_thread(child.read_text))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        return pid

    pid = asyncio.run(cancelled())

    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


# --- the direct command ---------------------------------------------------------------------------------------------

DIRECT = '\n[orchestrator.tools.plain]\ncommand = ["plain"]\ncapabilities = ["write"]\n'


def test_the_direct_command_runs_when_no_ai_tool_did_it(tmp_path: Path) -> None:
    """Without any secret, for it is no tool with a scope."""
    stubs(tmp_path, plain='echo "direct key=${OPENAI_API_KEY:-none}"')
    app = build(tmp_path, tools("gone") + DIRECT, {"OPENAI_API_KEY": "sk-one-0123456789"})

    result = bridge.execute_with_aim("write", {"prompt": "hi"}, app=app)

    assert (result["success"], result["message"]) == (True, "direct key=none")
    assert [each["tool"] for each in result["content"]["attempts"]] == ["gone", "plain"]


def test_when_both_fail_both_are_told(tmp_path: Path) -> None:
    """In the words of the predecessor."""
    stubs(tmp_path, mine="echo bad >&2; exit 1", plain="echo worse >&2; exit 1")

    result = bridge.execute_with_aim("write", {"prompt": "hi"}, app=build(tmp_path, tools("mine") + DIRECT))

    assert result["message"] == "AIM: bad\nFallback: worse"


def test_while_aim_is_off_the_direct_command_runs_alone(tmp_path: Path) -> None:
    """No AI tool is asked; without a direct command the answer says that AIM is off."""
    stubs(tmp_path, mine="echo never", plain="echo direct")
    off = "\n[aim]\nenabled = false\n"

    with_one = bridge.execute_with_aim(
        "write",
        {"prompt": "hi"},
        app=build(tmp_path / "1", tools("mine") + DIRECT + off, {"PATH": str(tmp_path / "bin")}),
    )
    without = route_capability("write", {"prompt": "hi"}, app=build(tmp_path / "2", tools("mine") + off))

    assert with_one["message"] == "direct"
    assert without["content"]["error"] == "NotPermitted"
    assert "aim.enabled is false" in without["message"]


def test_the_rules_are_those_of_the_configuration(tmp_path: Path) -> None:
    """What `aim ai route` shows is what is asked."""
    app = build(tmp_path, tools("a", "b", rule="timeout_s = 7"))

    decision = asking.decide(open_desk(app, bridge.silence, bridge.nobody), "write", {})

    assert [(each.tool, each.timeout_s) for each in decision.candidates] == [("a", 7.0), ("b", 7.0)]
    assert Config().ai.policy.max_concurrent == 1
