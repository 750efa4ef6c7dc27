"""The tables of `aim.toml` about what stands around the tools: the environment, jobs, launchers, scans, caches."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from .schema_ai import EnvName


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
    protect: Annotated[
        list[str], Meta(description="Folders of which every change is told by the job of `aim alerts install`")
    ] = []
    allow: Annotated[
        list[str], Meta(description='Folders in them that may change, and names such as "*.log" that may')
    ] = []


class Wrappers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Launchers of tools, in one folder that is first on PATH (`aim wrappers rebuild`)."""

    enabled: Annotated[bool, Meta(description="false: none are made, and `aim wrappers rebuild` removes ours")] = True
    folder: Annotated[
        str, Meta(description="Where they lie, relative to this aim.toml; ~ is your home; default: AIM's data folder")
    ] = ""
    tools: Annotated[
        list[str], Meta(description="Only these tools or commands; a command need not be declared; default: declared")
    ] = []
    deny: Annotated[list[str], Meta(description='Commands that never have a launcher: patterns such as "python*"')] = (
        field(default_factory=lambda: ["node", "npm", "npx", "pnpm", "py", "python", "python3*"])
    )
    priority: Annotated[
        list[str], Meta(description="Package managers, the first wins where several have a command; else PATH decides")
    ] = []
    aliases: Annotated[dict[str, str], Meta(description="Further launchers: name -> command")] = {}
    args: Annotated[
        dict[str, list[str]], Meta(description="Words that a command is started with, before those it is given")
    ] = {}
    env: Annotated[
        dict[str, dict[EnvName, str]], Meta(description="Variables for a command alone; no secrets, see `secrets`")
    ] = {}
    secrets: Annotated[
        list[str], Meta(description="Commands that are started by `aim secrets run`, with the secrets of their scope")
    ] = []


class Scan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    roots: Annotated[
        list[str],
        Meta(description="Folders to scan, relative to this aim.toml; ~ is your home; default: where you are"),
    ] = []
    exclude: Annotated[
        list[str], Meta(description='Not scanned: names such as "*.iso", paths such as "~/music" or "big/data"')
    ] = []
    min_size_kb: Annotated[int, Meta(ge=0, description="Smaller files are not compared; 0: all are")] = 0
    across_mounts: Annotated[bool, Meta(description="Go on into other file systems that are mounted below")] = False


class Cache(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    central: Annotated[str, Meta(description="The folder where caches belong; default: in AIM's own cache folder")] = ""
    allowed: Annotated[list[str], Meta(description="Further folders in which caches are not misplaced")] = []
    patterns: Annotated[
        list[str], Meta(description="Further names to report as caches; they are never cleaned by their name")
    ] = []
    threshold_mb: Annotated[float, Meta(ge=0, description="Smaller caches are not listed, nor cleaned")] = 0
    quarantine_days: Annotated[
        int, Meta(ge=0, description="Days that what was cleaned can be restored; then `aim cache purge` deletes it")
    ] = 14
    tools: Annotated[
        list[str],
        Meta(
            description="Tools whose caches `aim cache enforce` keeps in the central folder;"
            " default: hypothesis, mypy, pytest, python, ruff"
        ),
    ] = []
    enforce: Annotated[bool, Meta(description="`aim cache watch` also does what `aim cache enforce` would")] = False
