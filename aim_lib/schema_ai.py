"""The tables of `aim.toml` about AI tools: `[ai]` and `[orchestrator]`; part of `schema`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

Seconds = Annotated[float, Meta(gt=0)]
EnvName = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class AiTool(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One AI tool: laid over the entry of that id in the built-in registry, key by key, or a tool of your own."""

    name: Annotated[str, Meta(description="What people call it; default: its id")] = ""
    detect: (
        Annotated[list[str], Meta(description="Commands or files of which the first that is there is the tool")]
        | UnsetType
    ) = UNSET
    install: Annotated[str, Meta(description='Where it comes from: "npm:@openai/codex", "pipx:aider-chat"')] = ""
    pinned: Annotated[str, Meta(description="The version it must have; another is told of, and not used")] = ""
    version_command: (
        Annotated[list[str], Meta(description="What is asked for its version when no metadata tells it")] | UnsetType
    ) = UNSET
    version_pattern: Annotated[str, Meta(description="Where the version stands in the answer; group 1 is taken")] = ""
    capabilities: Annotated[list[str], Meta(description="What it can do: code_generation, …")] | UnsetType = UNSET
    priority: (
        Annotated[int, Meta(description="Order where a capability names no tools: smaller is asked first")] | UnsetType
    ) = UNSET
    adapter: Annotated[str, Meta(description="How to speak to it: command, json_stdio, or one of its own")] = ""
    command: (
        Annotated[
            list[str], Meta(description="Its command line; {prompt}, {files}, {prompt_file} and {args} are filled")
        ]
        | UnsetType
    ) = UNSET
    prompt: Annotated[
        Literal["", "argument", "stdin", "file"], Meta(description="How it gets the prompt; default: the registry's")
    ] = ""
    secrets: (
        Annotated[list[EnvName], Meta(description="Variables it reads keys from; a scope decides what it gets")]
        | UnsetType
    ) = UNSET
    needs_secret: Annotated[bool, Meta(description="It does nothing without one of its secrets")] | UnsetType = UNSET
    config_paths: Annotated[list[str], Meta(description="Where it keeps its configuration")] | UnsetType = UNSET
    log_paths: Annotated[list[str], Meta(description="Where it keeps its logs")] | UnsetType = UNSET
    cache_paths: Annotated[list[str], Meta(description="Where it keeps its caches")] | UnsetType = UNSET
    timeout_s: Annotated[float, Meta(ge=0, description="Its own time limit in seconds; 0: the capability's")] = 0.0
    enabled: Annotated[bool, Meta(description="false: it is never asked")] = True


class Capability(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who does one thing, in which order, and what a request must have."""

    primary: Annotated[str, Meta(description="Id of the tool that is asked first")] = ""
    fallback: Annotated[list[str], Meta(description="Ids of those asked next, in order")] = []
    timeout_s: Annotated[float, Meta(ge=0, description="Time limit of one try, in seconds; 0: the default")] = 0.0
    retries: Annotated[int, Meta(ge=0, le=10, description="Further tries of one tool after a passing failure")] = 0
    load_balance: Annotated[bool, Meta(description="Spread requests over its tools instead of always the first")] = (
        False
    )
    requires: Annotated[
        dict[str, Literal["required", "optional"]], Meta(description="Fields of the payload, and which must be there")
    ] = {}


class AiPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every request is held to."""

    allowed_files: Annotated[
        list[str], Meta(description='Files a request may name: patterns such as "*.py"; default: any')
    ] = []
    forbidden_paths: Annotated[
        list[str], Meta(description='Paths a request may not name: "/.git/" anywhere, or patterns')
    ] = field(default_factory=lambda: ["/.git/", "/.env", "/.env.*", "/node_modules/", "/.venv/", "/venv/"])
    max_payload_bytes: Annotated[int, Meta(ge=1, description="Largest payload as JSON, in bytes")] = 1_048_576
    max_files: Annotated[int, Meta(ge=0, description="Most files that one request may name")] = 50
    move_on: Annotated[
        list[Literal["authentication", "rate_limit", "network"]],
        Meta(description="Failures after which the next tool is asked, besides not available and timeout"),
    ] = field(default_factory=lambda: ["authentication", "rate_limit", "network"])
    concurrency: Annotated[
        Literal["queue", "refuse"], Meta(description="When too many requests run in this project: wait, or say so")
    ] = "queue"
    max_concurrent: Annotated[int, Meta(ge=0, description="Requests at once in one project; 0: any number")] = 1
    queue_timeout_s: Annotated[float, Meta(ge=0, description="How long one waits for its turn, in seconds")] = 600.0


class Ai(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tools: dict[str, AiTool] = {}
    capabilities: dict[str, Capability] = {}
    policy: AiPolicy = AiPolicy()


class DirectTool(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A command that an orchestrator runs itself where no AI tool did it."""

    command: Annotated[list[str], Meta(description="Its command line; {prompt} and {files} are filled")] = []
    env: Annotated[dict[str, str], Meta(description="Variables set for it")] = {}
    timeout_s: Annotated[float, Meta(ge=0, description="Its time limit in seconds; 0: the default")] = 0.0
    ai_tool: Annotated[str, Meta(description="The AI tool it is, by id; its scope decides which secrets it sees")] = ""
    capabilities: Annotated[list[str], Meta(description="What it can do when no AI tool does")] = []


class Orchestrator(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    default_timeout_s: Annotated[Seconds, Meta(description="Time limit of one try where nothing else says so")] = 300.0
    fallback_to_direct: Annotated[
        bool, Meta(description="When no AI tool did it, or AIM is off, run the direct command")
    ] = True
    tools: dict[str, DirectTool] = {}
