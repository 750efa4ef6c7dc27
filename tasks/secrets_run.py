"""A program with the secrets of its scope: `aim secrets run -- CMD`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._app import command

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

GROUP = "secrets"


@command(
    help={
        "only": "of its scope these names alone: A,B",
        "profile": "the secrets of this profile",
        "mask": "take the values out of what it prints, on a terminal too",
        "expired": "also secrets that have expired",
    },
    alone=True,
)
def run(app: App, only: str = "", profile: str = "", mask: bool = False, expired: bool = False) -> Result:
    """Run a command with the secrets that its scope allows it, and no others: aim secrets run -- CMD ARGS."""
    from aim_lib.errors import BadConfig, NotPermitted
    from aim_lib.model import Result

    from ._injecting import child_env, command_line, present_ones, run_with, scope_for
    from ._vault import split

    argv = command_line("aim secrets run -- CMD")
    scope, chosen = scope_for(app, argv[0]), split(only)
    if not scope.names and not chosen:
        app.audit.write("secret.refused", f"{scope.tool}: no scope", severity="warning", details={"tool": scope.tool})
        remedy = f"name them: aim run NAME -- {argv[0]}, or set secrets.scopes.{scope.tool} in your own aim.toml"
        raise NotPermitted(f"no scope allows {scope.tool} a secret", remedy=remedy)
    outside = [name for name in chosen if scope.names and name not in scope.names]
    if outside:
        raise BadConfig(
            f"{outside[0]} is not in the scope of {scope.tool}", remedy=f"aim run {outside[0]} -- {argv[0]}"
        )
    names = chosen or present_ones(app, scope.names, profile)
    env = child_env(app, names, argv[0], profile=profile, allow_expired=expired)
    return Result(exit_code=run_with(app, argv, names, env, mask=mask))
