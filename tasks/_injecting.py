"""Runs a program with the secrets that it may see, and with no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aim_lib import injection
from aim_lib.injection import bare_host, put_on_record

from ._app import confirm, current_run, say

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.scopes import Scope

__all__ = ["bare_host", "child_env", "command_line", "present_ones", "run_with", "scope_for"]


def command_line(usage: str) -> tuple[str, ...]:
    """The words behind `--`. Raises BadConfig when there are none."""
    from aim_lib.errors import BadConfig

    words = current_run().rest
    if not words:
        raise BadConfig("there is no command to run", remedy=usage)
    return words


def scope_for(app: App, program: str) -> Scope:
    """What `program` may see, by its id in the registry or its name. Raises NotPermitted without consent."""
    from aim_lib import registry

    word = Path(program).name.removesuffix(".exe").removesuffix(".cmd")
    found = registry.load().named(word)
    words, known = ((word, found[0]), found[1].secrets) if found else ((word,), ())
    return injection.scope_of(app, words, known, say, confirm)


def present_ones(app: App, names: tuple[str, ...], profile: str) -> tuple[str, ...]:
    """Of a scope what there is. Raises Failed when there is none."""
    from aim_lib.errors import Failed

    there = injection.present_ones(app, names, profile, say)
    if not there:
        raise Failed(f"there is none of {', '.join(names)}", remedy=f"aim secrets set {names[0]}")
    return there


def child_env(
    app: App, names: Sequence[str], program: str, *, profile: str = "", allow_expired: bool = False
) -> dict[str, str]:
    """The environment of a program that may see `names` alone. Raises Failed when one is missing or has expired."""
    return injection.child_env(app, names, program, say, profile=profile, allow_expired=allow_expired)


def run_with(app: App, argv: Sequence[str], names: Sequence[str], env: Mapping[str, str], *, mask: bool) -> int:
    """Run `argv` on our streams; its exit code. On a terminal that a person looks at it takes our place."""
    from aim_lib import callers, pump
    from aim_lib.orders import Order

    values = tuple(env[name] for name in names)
    put_on_record(app, names, "injected", tool=Path(argv[0]).name)
    is_read_by_others = mask or app.host.in_ci or bool(callers.agent(app.host))
    order = Order(argv=tuple(argv), env=env, values=values, declared=values, masks_terminals=is_read_by_others)
    return pump.run(order).exit_code
