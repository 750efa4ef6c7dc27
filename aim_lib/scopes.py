"""Which secrets a program may see: its scope, and nothing else. Pure.

Your own `aim.toml` says what a tool may have. A project's says what it needs there; it can narrow what you allow, and
never widen it. Where you say nothing, what the registry knows that a tool reads is the most that a project can ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .model import Frozen
from .secret import KEY_VARIABLES

# What opens the vault; no program that is started ever needs it. The later ones are those of the sops command line.
IDENTITY = (
    *sorted(KEY_VARIABLES),
    "AIM_AGE_PASSPHRASE",
    "SOPS_AGE_KEY",
    "SOPS_AGE_KEY_FILE",
    "SOPS_AGE_KEY_CMD",
    "SOPS_AGE_SSH_PRIVATE_KEY_FILE",
    "SOPS_AGE_SSH_PRIVATE_KEY_CMD",
)


class Scope(Frozen, frozen=True):
    """The variables a tool may see, and the ones a project asks for in vain. `is_foreign`: the project chose them."""

    tool: str
    names: tuple[str, ...]
    refused: tuple[str, ...] = ()
    is_foreign: bool = False


def decide(
    tool: str, own: Mapping[str, Sequence[str]], project: Mapping[str, Sequence[str]], known: Sequence[str]
) -> Scope:
    """The scope of `tool`: by the user's `own` scopes, those of the `project`, and what is `known` that it reads."""
    ceiling = tuple(own.get(tool, known))
    if tool not in project:
        return Scope(tool=tool, names=ceiling)
    asked = tuple(dict.fromkeys(project[tool]))
    return Scope(
        tool=tool,
        names=tuple(name for name in asked if name in ceiling),
        refused=tuple(name for name in asked if name not in ceiling),
        is_foreign=True,
    )


def strip(env: Mapping[str, str], secret: Iterable[str], allowed: Iterable[str] = ()) -> dict[str, str]:
    """`env` without the variables that are `secret` or open the vault, but for the `allowed` ones."""
    kept = set(allowed)
    hidden = ({*secret} - kept) | {*IDENTITY}
    return {name: value for name, value in env.items() if name not in hidden}
