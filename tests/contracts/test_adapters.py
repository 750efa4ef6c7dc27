"""The contract of `aim_lib/adapters/`: a command line that nobody can turn, and an honest reading of what was said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aim_lib import adapters, catalog, registry
from aim_lib.adapters import Answer, Call, Failure, Request
from aim_lib.calling import ADAPTERS as ADAPTERS_PACKAGE
from aim_lib.calling import load_adapter
from aim_lib.errors import BadConfig, Unavailable
from aim_lib.proc import Completed

ADAPTERS = catalog.own(ADAPTERS_PACKAGE)
DATA = Path(__file__).parents[1] / "data" / "adapters"
CASES = sorted(DATA.glob("*/*.json"))
HOSTILE = ("two\nlines", 'it\'s "quoted"', "$(touch x) `id`", "%PATH% !x!", "--yes", "-", "größer → 1", "a;b|c&d")
SPOKEN = [(tool_id, tool.ai) for tool_id, tool in registry.load().tool.items() if tool.ai]


def request(adapter: str, **more: Any) -> Request:
    """A request for a tool that takes the prompt as the adapter's tools do."""
    command = ("tool",) if adapter == "json_stdio" else ("tool", "{edit}", "{args}", "--", "{prompt}", "{files}")
    fields = {"tool": "tool", "program": "/bin/tool", "command": command, "capability": "code_generation"}
    return Request(**{**fields, "payload": {"prompt": "say hi"}, **more})


def completed(case: dict[str, Any]) -> Completed:
    return Completed(("tool",), case["exit_code"], case["stdout"], case["stderr"], 0.1, case["timed_out"])


def read(path: Path) -> tuple[dict[str, Any], Answer]:
    case = json.loads(path.read_text(encoding="utf-8"))
    adapter = path.parent.name
    return case, load_adapter(adapter).read(request(adapter), completed(case))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_was_said_is_read_as_what_it_means(path: Path) -> None:
    """Success, the kind of failure, the message, and what of the content is told."""
    case, answer = read(path)
    expect = case["expect"]

    assert answer.success is expect["success"]
    assert answer.failure == expect.get("failure", "")
    assert answer.message == expect.get("message", answer.message)
    assert {name: answer.content.get(name) for name in expect.get("content", {})} == expect.get("content", {})


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_every_adapter_has_answers_on_record(adapter: str) -> None:
    """One of success and one of failure at least."""
    ends = {
        json.loads(path.read_text(encoding="utf-8"))["expect"]["success"] for path in DATA.glob(f"{adapter}/*.json")
    }

    assert ends == {True, False}


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_failed_answer_keeps_its_exit_code_and_says_something(path: Path) -> None:
    """What the tool said is never thrown away because it failed."""
    case, answer = read(path)

    assert answer.content["exit_code"] == case["exit_code"]
    assert answer.success or answer.failure
    msgspec.json.encode(answer)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_garbage_is_a_failure_and_no_crash(adapter: str) -> None:
    """Half a document, a list, bytes that are none."""
    member = load_adapter(adapter)

    for text in ('{"type": "result"', "[1, 2]", "\ufffd\x00", '{"error": 1}', "null"):
        answer = member.read(request(adapter), Completed(("tool",), 9, text, text, 0.1))
        assert not answer.success


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_only_passing_failures_are_declared_retryable(adapter: str) -> None:
    """Bad usage and a tool's own error would be the same again."""
    assert {Failure.AUTHENTICATION, Failure.RATE_LIMIT, Failure.NETWORK} >= load_adapter(adapter).RETRYABLE


@pytest.mark.parametrize("adapter", [name for name in ADAPTERS if name != "json_stdio"])
@pytest.mark.parametrize("prompt", HOSTILE)
def test_a_prompt_arrives_character_by_character(adapter: str, prompt: str) -> None:
    """By argument behind the template's own `--`, or by stdin, or by a file; it is never a word of its own before."""
    member = load_adapter(adapter)

    by_argument = member.call(request(adapter, payload={"prompt": prompt}))
    by_stdin = member.call(request(adapter, command=("tool",), prompt_by="stdin", payload={"prompt": prompt}))
    by_file = member.call(
        request(
            adapter,
            command=("tool", "-f", "{prompt_file}"),
            prompt_by="file",
            prompt_file="/p",
            payload={"prompt": prompt},
        )
    )

    assert by_argument.argv == ("/bin/tool", "--", prompt)
    assert (by_stdin.argv, by_stdin.stdin) == (("/bin/tool",), prompt)
    assert (by_file.argv, by_file.writes) == (("/bin/tool", "-f", "/p"), prompt)


def test_a_prompt_that_could_be_an_option_is_refused() -> None:
    """Where the template has no `--` before it."""
    asked = request("command", command=("tool", "{prompt}"), payload={"prompt": "--yes"})

    with pytest.raises(Unavailable, match="begins with a dash"):
        adapters.fill(asked)


def test_a_prompt_inside_a_word_may_begin_with_a_dash() -> None:
    """`--message=--yes` is one word, and no option of its own."""
    asked = request("command", command=("tool", "--message={prompt}"), payload={"prompt": "--yes"})

    assert adapters.fill(asked).argv == ("/bin/tool", "--message=--yes")


@pytest.mark.parametrize(("is_windows", "most"), [(False, 100_000), (True, 24_000)])
def test_a_prompt_too_long_for_an_argument_is_refused(is_windows: bool, most: int) -> None:
    """The system would say "argument list too long", or cut it."""
    fits = request("command", payload={"prompt": "a" * most}, is_windows=is_windows)
    too_long = request("command", payload={"prompt": "a" * (most + 1)}, is_windows=is_windows)

    assert len(adapters.fill(fits).argv[-1]) == most
    with pytest.raises(Unavailable, match="longer than"):
        adapters.fill(too_long)


def test_a_nul_is_refused() -> None:
    """No argument can hold it."""
    with pytest.raises(Unavailable, match="NUL"):
        adapters.fill(request("command", payload={"prompt": "a\0b"}))


def test_a_file_that_begins_with_a_dash_is_no_option() -> None:
    """It is named by its folder."""
    asked = request("command", command=("tool", "{files}"), files=("-rf", "a.py"))

    assert adapters.fill(asked).argv == ("/bin/tool", "./-rf", "a.py")


def test_files_are_named_in_the_prompt_where_the_command_line_has_no_place_for_them() -> None:
    """A tool that takes a prompt alone is told which files it is about."""
    asked = request("command", command=("tool",), prompt_by="stdin", files=("a.py", "b.py"))

    assert adapters.fill(asked).stdin == "say hi\n\nFiles:\n- a.py\n- b.py"


def test_the_words_for_editing_are_for_capabilities_that_change_files() -> None:
    """A review changes nothing."""
    for capability, words in (("code_generation", ("--edit",)), ("code_review", ())):
        asked = request(
            "command", command=("tool", "{edit}", "{args}"), capability=capability, edit_args=("--edit",), args=("-v",)
        )
        assert adapters.fill(asked).argv == ("/bin/tool", *words, "-v")


def test_json_stdio_asks_as_the_predecessor_did() -> None:
    """Capability and payload, with time limit and retries at the top, where its adapters look for them."""
    asked = request("json_stdio", timeout_s=60, retries=1, payload={"prompt": "it's\n$(x)"})

    call = load_adapter("json_stdio").call(asked)

    assert call.argv == ("/bin/tool",)
    assert json.loads(call.stdin) == {
        "tool": "tool",
        "capability": "code_generation",
        "payload": {"prompt": "it's\n$(x)"},
        "timeout_ms": 60000,
        "max_retries": 1,
    }


def test_a_powershell_script_is_run_by_pwsh() -> None:
    """Its own words stay behind it."""
    asked = request("json_stdio", program="/x/AIM_aider.ps1", command=("AIM_aider.ps1", "-Quiet"), pwsh="/bin/pwsh")

    call = load_adapter("json_stdio").call(asked)

    assert call.argv == (
        "/bin/pwsh", "-NoLogo", "-NoProfile", "-NonInteractive", "-File", "/x/AIM_aider.ps1", "-Quiet",
    )  # fmt: skip


def test_without_pwsh_a_powershell_script_is_not_available() -> None:
    """And the next tool is asked."""
    with pytest.raises(Unavailable, match="pwsh is not on PATH"):
        load_adapter("json_stdio").call(request("json_stdio", program="/x/AIM_aider.ps1"))


def test_an_unknown_adapter_names_those_there_are() -> None:
    """A slip of the pen in aim.toml."""
    with pytest.raises(BadConfig, match="no adapter 'clod'") as caught:
        load_adapter("clod")

    assert "claude" in caught.value.remedy


@pytest.mark.parametrize(("tool_id", "spoken"), SPOKEN, ids=[tool_id for tool_id, _ in SPOKEN])
def test_every_registry_entry_can_be_spoken_to(tool_id: str, spoken: registry.Speaking) -> None:
    """Its adapter is there, its prompt has a way in, and a hostile prompt stays what it is."""
    call: Call = load_adapter(spoken.adapter).call(
        Request(
            tool=tool_id,
            program=f"/bin/{tool_id}",
            command=spoken.command,
            capability=spoken.capabilities[0],
            payload={"prompt": "--yes\n$(id)"},
            prompt_by=spoken.prompt,
            prompt_file="/prompt",
            edit_args=spoken.edit_args,
            files=("a.py",),
        )
    )

    told = (call.stdin, call.writes or "", " ".join(call.argv))
    assert not spoken.prompt or any("--yes\n$(id)" in text for text in told)
    assert "--yes" not in call.argv
    assert not any("{" in word for word in call.argv)
