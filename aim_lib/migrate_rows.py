"""Which key of which predecessor's file becomes which key of `aim.toml`: the one table of it, as data.

`aim config migrate`, loading such a file as it is, and docs/migration.md all follow this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TOOLSTACK, AIM_CONFIG, REGISTRY, RULES = "toolstack", "aim_config", "registry", "rules"
PROFILES, SETTINGS, KEYRING, VAULT = "profiles", "settings", "keyring", "vault"


@dataclass(frozen=True, slots=True)
class Row:
    """One old key. In both paths `*` is one name; the names found in `old` are put into `new`, in order.

    `new` is "" for what is not carried, and `why` then says why; else `why` is what a reader of the new file should
    know. `how` is a translation of `migrate_values`.
    """

    old: str
    new: str = ""
    how: str = "plain"
    why: str = ""


NOTHING = "it says nothing to a program"
ALWAYS = "a report is printed, or written where -o and --report say"
NOBODY = "no program ever read it"
PLACES = "pipx, npm and pnpm know their own folders; paths below it are translated"

TITLES: Mapping[str, str] = {
    TOOLSTACK: "AI_MANGER's toolstack.config.json",
    AIM_CONFIG: "AIM's aim_config.json",
    REGISTRY: "AIM's AIM_registry.json",
    RULES: "AIM's coordination rules",
    PROFILES: "tool_profiles.json",
    SETTINGS: "AIM's aim_config.yaml",
    KEYRING: "AIM's list of secrets (names alone)",
    VAULT: "AI_MANGER's vault",
}

_TOOLSTACK = (
    Row("$schema", why=NOTHING),
    Row("ToolsRoot", why=PLACES),
    Row("PipxApps", "tools.pipx", "tools"),
    Row("Pins.pipx.*", "tools.pipx.*", "pin"),
    Row("NpmGlobal", "tools.npm", "npm_tools"),
    Row("Pins.npm.*", "tools.npm.*", "npm_pin"),
    Row("CopilotPkgs", "first_of.copilot.npm", "first_of"),
    Row("Secrets.EnvMap.*", "secrets.names.*", "secret_name"),
    Row("Secrets.VaultPath", how="vault", why="its secrets are taken over by: aim secrets import"),
    Row("Scan.Roots", "scan.roots", "paths"),
    Row("Scan.AllowCentral", "cache.allowed", "paths"),
    Row("Scan.Patterns", "cache.patterns", "patterns"),
    Row("Scan.MinSizeKBForHash", "scan.min_size_kb"),
    Row("WatchRoots", "scan.roots", "paths", "the watcher and the scanner look at the same folders"),
    Row("CentralCache", "cache.central", "path"),
    Row("MasterBin.Enable", "wrappers.enabled"),
    Row("BuildWrappers", "wrappers.enabled", "either"),
    Row("MasterBin.Path", "wrappers.folder", "path"),
    Row("MasterBin.Sources", why="launchers are made of tools that are declared, wherever they lie: wrappers.tools"),
    Row("MasterBin.Priority", "wrappers.priority"),
    Row("MasterBin.DenyList", "wrappers.deny"),
    Row("Audit.AllowRoots", "alerts.allow", "paths"),
    Row("Audit.Notify.Toast", "alerts.desktop"),
    Row("Audit.Notify.WriteJson", "alerts.file", "path"),
    Row("Audit.Notify.WebhookUrl", why="an address that lets anybody post is a secret: set alerts.webhook anew"),
    Row("Audit.TaskName", why="jobs have names of their own"),
    Row("Observability.HealthScanIntervalMinutes", "jobs.health.every", "minutes"),
    Row("Observability.TelemetryUrl", why="nothing is sent anywhere"),
    Row("Observability.LogFiles", "audit.rotate", "rotated"),
    Row("Observability.Redaction.Enabled", why="secrets are always masked"),
    Row("Observability.Redaction.SensitivePatterns", why="values are masked wherever they stand, whatever their key"),
    Row("Reports.Dir", why=ALWAYS),
    Row("reportsDir", why=ALWAYS),
    Row("logging.level", why="results go to stdout and the rest to stderr; --quiet, and aim audit for what happened"),
    Row("logging.logFile", why="what happened is in the event log: aim audit"),
    Row("tasks.bootstrap.enabled", why=NOBODY),
    Row("tasks.watch.enabled", why=NOBODY),
    Row("DryRun", why="say --dry-run, or AIM_DRY_RUN=1"),
)


def _tool(before: str) -> tuple[Row, ...]:
    """What a registry says of one tool, below `before`."""
    return (
        Row(f"{before}tools.*.name", "ai.tools.*.name"),
        Row(f"{before}tools.*.detectCommands", "ai.tools.*.detect", "commands"),
        Row(f"{before}tools.*.versionCommand", "ai.tools.*.version_command", "command"),
        Row(f"{before}tools.*.capabilities", "ai.tools.*.capabilities"),
        Row(f"{before}tools.*.priority", "ai.tools.*.priority"),
        Row(f"{before}tools.*.configPaths", "ai.tools.*.config_paths", "paths"),
        Row(f"{before}tools.*.logPaths", "ai.tools.*.log_paths", "paths"),
        Row(f"{before}tools.*.adapterScript", "ai.tools.*", "adapter"),
        Row(f"{before}tools.*.pinnedVersion", "ai.tools.*.pinned", "pinned", "of a known package, in [tools]"),
        Row(f"{before}tools.*.autoUpdate", "tools", "auto_update", "self_update of its package, where that is known"),
        Row(f"{before}tools.*.installCommand", why="aim install knows how, by [tools]"),
        Row(f"{before}tools.*.updateCommand", why="aim tools update knows how, by [tools]"),
        Row(f"{before}capabilities.*.primaryTool", "ai.capabilities.*.primary"),
        Row(f"{before}capabilities.*.fallbacks", "ai.capabilities.*.fallback"),
        Row(f"{before}crossToolRulesPath", why="the rules are taken over from their own file"),
    )


_AIM_CONFIG = (
    Row("$schema", why=NOTHING),
    Row("version", why="schema_version = 1 stands in its place"),
    Row("doc_id", why=NOTHING),
    Row("environment.enabled", "aim.enabled"),
    Row("environment.toolsRoot", why=PLACES),
    Row("environment.pipxApps", "tools.pipx", "tools"),
    Row("environment.versionPins.pipx.*", "tools.pipx.*", "pin"),
    Row("environment.npmGlobal", "tools.npm", "npm_tools"),
    Row("environment.versionPins.npm.*", "tools.npm.*", "npm_pin"),
    Row("environment.secretsVault", how="vault", why="it lists names; values come from: aim secrets import keyring"),
    Row("environment.centralCache", "cache.central", "path"),
    Row("environment.healthChecks.enabled", why="health is looked at when somebody asks"),
    Row("environment.healthChecks.requiredCommands", "health.required_commands", "required"),
    Row("environment.healthChecks.requiredPaths", why="health looks at the folders that the tools are in"),
    Row("environment.scanner.roots", "scan.roots", "paths"),
    Row("environment.scanner.cachePatterns", "cache.patterns", "patterns"),
    Row("environment.scanner.minSizeKB", "scan.min_size_kb"),
    *_tool("registry."),
    Row("audit.enabled", "audit.enabled"),
    Row("audit.logPath", how="old_log", why="the event log has its own place; old events: aim audit import-legacy"),
    Row("audit.events", why="every event is kept; aim audit query --family chooses among them"),
)
_REGISTRY = (
    Row("$schema", why=NOTHING),
    Row("version", why=NOTHING),
    Row("doc_id", why=NOTHING),
    *_tool(""),
)


def _rules(before: str) -> tuple[Row, ...]:
    """What the rules say of one capability, below `before`."""
    return (
        Row(f"{before}*.primary", "ai.capabilities.*.primary"),
        Row(f"{before}*.fallback", "ai.capabilities.*.fallback"),
        Row(f"{before}*.loadBalance", "ai.capabilities.*.load_balance"),
        Row(f"{before}*.timeout_ms", "ai.capabilities.*.timeout_s", "milliseconds"),
        Row(f"{before}*.max_retries", "ai.capabilities.*.retries"),
        Row(f"{before}*.context_requirements.*", "ai.capabilities.*.requires.*"),
    )


_RULES = (
    Row("$schema", why=NOTHING),
    Row("version", why=NOTHING),
    Row("doc_id", why=NOTHING),
    Row("conflict_resolution.concurrent_access.strategy", "ai.policy.concurrency"),
    Row("conflict_resolution.concurrent_access.max_concurrent", "ai.policy.max_concurrent"),
    Row("security.allowed_file_patterns", "ai.policy.allowed_files"),
    Row("security.forbidden_paths", "ai.policy.forbidden_paths"),
    Row("security.max_payload_size_bytes", "ai.policy.max_payload_bytes"),
    Row("security.max_file_count", "ai.policy.max_files"),
    *_rules("capabilities."),
    *_rules("rules."),
    *_rules(""),
)


def _profile(before: str) -> tuple[Row, ...]:
    """What a profile says of one tool, below `before`."""
    return (
        Row(f"{before}*.command", "orchestrator.tools.*.command", "one_command"),
        Row(f"{before}*.args", "orchestrator.tools.*.args"),
        Row(f"{before}*.env.*", "orchestrator.tools.*.env.*"),
        Row(f"{before}*.timeout", "orchestrator.tools.*.timeout_s"),
        Row(f"{before}*.aim_tool_id", "orchestrator.tools.*.ai_tool"),
        Row(f"{before}*.aim_capabilities", "orchestrator.tools.*.capabilities"),
        Row(f"{before}*.use_aim", why="a request is routed to AI tools first, and falls back to the command"),
        Row(f"{before}*.type", why=NOBODY),
    )


_PROFILES = (Row("$schema", why=NOTHING), Row("doc_id", why=NOTHING), *_profile("tools."), *_profile(""))
_SETTINGS = (
    Row("enable_aim", "aim.enabled"),
    Row("enable_audit_logging", "audit.enabled"),
    Row("audit_log_retention_days", "audit.keep_days"),
    Row("default_timeout_ms", "orchestrator.default_timeout_s", "milliseconds"),
    Row("registry_path", why="the registry is found by itself"),
)
_KEYRING = (
    Row("*.description", "secrets.names.*", "own_name", "its value: aim secrets import keyring"),
    Row("*.created_at", "secrets.names.*", "own_name", "its value: aim secrets import keyring"),
)

ROWS: Mapping[str, tuple[Row, ...]] = {
    TOOLSTACK: _TOOLSTACK,
    AIM_CONFIG: _AIM_CONFIG,
    REGISTRY: _REGISTRY,
    RULES: _RULES,
    PROFILES: _PROFILES,
    SETTINGS: _SETTINGS,
    KEYRING: _KEYRING,
    VAULT: (),
}

# Packages that are gone from their index, or that nobody keeps any more, and what came after them.
SUCCESSORS: Mapping[str, str] = {
    "npm:@google/generative-ai-cli": "@google/gemini-cli",
    "npm:github-copilot-cli": "@github/copilot",
    "npm:@githubnext/github-copilot-cli": "@github/copilot",
}
GONE = frozenset({"npm:@google/generative-ai-cli", "npm:github-copilot-cli"})
# Names of commands that were never those of the program that was meant.
RENAMED_COMMANDS: Mapping[str, str] = {"claude-code": "claude"}
# The package that a tool of the old registry came in. These three had adapters of AIM's own; AIM speaks to them itself.
PACKAGES: Mapping[str, tuple[str, str]] = {
    "aider": ("pipx", "aider-chat"),
    "claude-cli": ("npm", "@anthropic-ai/claude-code"),
    "jules": ("npm", "@google/jules"),
}
