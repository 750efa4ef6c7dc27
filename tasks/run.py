"""A program with just the secrets that are named: `aim run NAME… -- CMD`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._app import command

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

TOP_LEVEL = True


@command(
    iterable=["name"],
    help={
        "name": "a secret it may see; repeat for more",
        "profile": "the secrets of this profile",
        "mask": "take the values out of what it prints, on a terminal too",
        "expired": "also secrets that have expired",
    },
    alone=True,
)
def run(
    app: App, name: Iterable[str] | None = None, profile: str = "", mask: bool = False, expired: bool = False
) -> Result:
    """Run a command with just the named secrets: aim run NAME -- CMD ARGS."""
    from aim_lib.errors import BadConfig
    from aim_lib.model import Result

    from ._injecting import child_env, command_line, run_with

    names, argv = tuple(name or ()), command_line("aim run NAME -- CMD")
    if not names:
        raise BadConfig("run needs the names of secrets", remedy=f"aim run NAME -- {argv[0]}")
    env = child_env(app, names, argv[0], profile=profile, allow_expired=expired)
    return Result(exit_code=run_with(app, argv, names, env, mask=mask))
