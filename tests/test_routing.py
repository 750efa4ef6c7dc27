"""Who is asked for a capability, in which order, and why."""

from __future__ import annotations

import msgspec

from aim_lib.ai_tools import Tool, Tools, gather
from aim_lib.registry import load
from aim_lib.routing import Found, Rules, only, route
from aim_lib.schema_ai import AiTool, Capability

HERE = Found(where="/bin/x", version="1.0")


def tool(name: str, priority: int = 100, **more: object) -> Tool:
    fields = {"capabilities": ("write",), "command": (name, "{prompt}"), "title": name, "detect": (name,)}
    return Tool(id=name, adapter="command", priority=priority, **{**fields, **more})  # type: ignore[arg-type]


def tools(*found: Tool) -> Tools:
    return Tools(by_id={each.id: each for each in found})


def rules(limit: float = 300.0, **capabilities: Capability) -> Rules:
    return Rules(capabilities=capabilities, default_timeout_s=limit)


def everywhere(found: Tools) -> dict[str, Found]:
    return dict.fromkeys(found.by_id, HERE)


def test_the_primary_comes_first_then_the_fallbacks_in_order() -> None:
    """As the rules name them, whatever their priority."""
    known = tools(tool("a", 1), tool("b", 2), tool("c", 3))
    rule = Capability(primary="c", fallback=["a", "b"])

    decision = route("write", known, everywhere(known), rules(write=rule))

    assert [(each.tool, each.role) for each in decision.usable] == [
        ("c", "primary"), ("a", "fallback 1"), ("b", "fallback 2"),
    ]  # fmt: skip


def test_without_a_rule_all_that_have_it_are_asked_by_priority() -> None:
    """The smaller first, then by name; what does not have it is no candidate."""
    known = tools(tool("b", 5), tool("a", 5), tool("first", 1), tool("other", 0, capabilities=("read",)))

    decision = route("write", known, everywhere(known), rules())

    assert [each.tool for each in decision.candidates] == ["first", "a", "b"]


def test_what_is_not_here_is_passed_over_with_its_reason() -> None:
    """It stays in the answer, so that one sees why it was not asked."""
    known = tools(tool("a"), tool("b"))

    decision = route("write", known, {"a": Found(why="none of a is on this machine"), "b": HERE}, rules())

    assert [each.tool for each in decision.usable] == ["b"]
    assert decision.candidates[0].why_not == "none of a is on this machine"


def test_reasons_to_pass_a_tool_over() -> None:
    """Switched off, without the capability, without a command line, of another version than pinned, unknown."""
    known = tools(
        tool("off", is_enabled=False),
        tool("unable", capabilities=()),
        tool("mute", command=()),
        tool("old", pinned="2.0"),
    )
    rule = Capability(fallback=["off", "unable", "mute", "old", "nobody"])

    decision = route("write", known, everywhere(known), rules(write=rule))

    assert [each.why_not for each in decision.candidates] == [
        "ai.tools says enabled = false",
        "it does not have the capability write",
        "nothing says how to run it",
        "it is 1.0, and pinned to 2.0",
        "no tool of that name is known",
    ]


def test_a_capability_that_nobody_has_is_refused() -> None:
    """With its name, for it may be a slip of the pen."""
    decision = route("dance", tools(tool("a")), {}, rules())

    assert decision.refusals == ("no tool has the capability dance",)
    assert decision.usable == ()


def test_version_checking_needs_no_tool() -> None:
    """AIM answers it."""
    decision = route("version_checking", tools(), {}, rules())

    assert decision.is_native
    assert decision.refusals == ()


def test_load_balance_begins_with_another_one_each_turn() -> None:
    """Among those that can be used; the others stay last."""
    known = tools(tool("a"), tool("b"), tool("c"))
    here = {"a": HERE, "b": Found(why="gone"), "c": HERE}
    rule = Capability(primary="a", fallback=["b", "c"], load_balance=True)

    turns = [route("write", known, here, rules(write=rule), turn=turn) for turn in range(3)]

    assert [[each.tool for each in turn.candidates] for turn in turns] == [
        ["a", "c", "b"], ["c", "a", "b"], ["a", "c", "b"],
    ]  # fmt: skip


def test_the_time_limit_is_the_tools_own_then_the_capabilitys_then_the_default() -> None:
    """The nearest to the tool counts."""
    known = tools(tool("a", timeout_s=5.0), tool("b"))

    with_rule = route("write", known, everywhere(known), rules(write=Capability(timeout_s=60, retries=2)))
    without = route("write", known, everywhere(known), rules(limit=30.0))

    assert [(each.timeout_s, each.retries) for each in with_rule.candidates] == [(5.0, 2), (60.0, 2)]
    assert [each.timeout_s for each in without.candidates] == [5.0, 30.0]


def test_a_tool_asked_for_by_name_is_the_only_candidate() -> None:
    """Whatever the rules say."""
    known = tools(tool("a"), tool("b"))

    decision = only(known.by_id["b"], "write", everywhere(known), rules(write=Capability(primary="a")))

    assert [each.tool for each in decision.usable] == ["b"]


def test_the_predecessors_names_mean_the_tools_of_the_registry() -> None:
    """`claude-cli` is Claude Code; so are its id and its command."""
    known = gather(load(), {})
    rule = Capability(primary="jules", fallback=["aider", "claude-cli", "claude"])

    decision = route("code_generation", known, everywhere(known), rules(code_generation=rule))

    assert [each.tool for each in decision.usable] == ["jules", "aider", "claude-code"]


def test_an_entry_is_laid_over_the_registrys_key_by_key() -> None:
    """What it leaves out stays."""
    known = gather(load(), {"claude-cli": AiTool(priority=1, timeout_s=9, install="npm:@acme/claude")})

    claude = known.by_id["claude-code"]
    assert (claude.priority, claude.timeout_s, claude.adapter) == (1, 9, "claude")
    assert claude.sources[:2] == ("npm:@acme/claude", "npm:@anthropic-ai/claude-code")
    assert "claude-cli" not in known.by_id


def test_another_command_line_drops_the_words_of_the_former() -> None:
    """Its own words for editing and its way of asking for a login are another program's."""
    known = gather(load(), {"codex": AiTool(command=["mine", "{prompt}"])})

    assert (known.by_id["codex"].edit_args, known.by_id["codex"].login_command) == ((), ())


def test_a_tool_of_ones_own_is_found_by_its_command() -> None:
    """An entry needs no more than a command line and a capability."""
    known = gather(load(), {"mine": AiTool(command=["my-tool", "{prompt}"], capabilities=["write"])})

    mine = known.by_id["mine"]
    assert (mine.detect, mine.adapter, mine.capabilities) == (("my-tool",), "command", ("write",))


def test_a_projects_secrets_are_no_known_secrets() -> None:
    """What a project says that a tool reads widens no scope; what the user's own files say does."""
    entry = {"mine": AiTool(command=["mine"], secrets=["A", "B"])}

    theirs = gather(load(), entry, foreign={"mine"})
    own = gather(load(), entry, own_secrets={"mine": ("A", "B")})

    assert (theirs.by_id["mine"].known_secrets, theirs.by_id["mine"].is_foreign) == ((), True)
    assert own.by_id["mine"].known_secrets == ("A", "B")


def test_a_decision_is_a_document() -> None:
    """`--json` shows all of it."""
    known = tools(tool("a"))

    document = msgspec.to_builtins(route("write", known, everywhere(known), rules()))

    assert document["candidates"][0]["tool"] == "a"
