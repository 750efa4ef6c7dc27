"""What a task's result depends on, as digests: its code, its arguments, its environment, its inputs. Never values."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from inspect import unwrap
from typing import Any

from ..model import Frozen
from .places import digest_of


class Fingerprint(Frozen, frozen=True):
    """Digests; two equal ones mean that running again would give the same."""

    source: str = ""
    arguments: str = ""
    env: str = ""
    inputs: str = ""
    key: str = ""
    prerequisites: str = ""

    def difference(self, other: Fingerprint) -> str:
        """What is not as it was in `other`, in words; "" when all is."""
        words = {
            "source": "its code has changed",
            "arguments": "its arguments are others",
            "env": "its environment has changed",
            "inputs": "its inputs have changed",
            "key": "what it depends on has changed",
            "prerequisites": "a prerequisite is not as it was",
        }
        return next((text for name, text in words.items() if getattr(self, name) != getattr(other, name)), "")

    @property
    def digest(self) -> str:
        return digest_of(self.source, self.arguments, self.env, self.inputs, self.key, self.prerequisites)


def source_digest(body: Callable[..., Any]) -> str:
    """A digest of what a function does: comments and its place in the file do not count, functions it calls neither."""
    inner = unwrap(body)
    code = getattr(inner, "__code__", None)
    if code is None:
        return digest_of(type(inner).__qualname__)
    cells = [repr(_cell(cell)) for cell in inner.__closure__ or ()]
    return digest_of(*_code_texts(code), repr(inner.__defaults__), *cells)


def environment_digest(names: tuple[str, ...], env: Mapping[str, str]) -> str:
    """A digest of the named variables; unset is not the same as empty."""
    return digest_of(*(f"{name}={env[name]}" if name in env else name for name in sorted(names)))


def arguments_digest(arguments: Mapping[str, Any]) -> str:
    return digest_of(*(f"{name}={arguments[name]!r}" for name in sorted(arguments)))


def _code_texts(code: types.CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr(code.co_names)
    for constant in code.co_consts:
        yield from _code_texts(constant) if isinstance(constant, types.CodeType) else (_constant(constant),)


def _constant(value: Any) -> str:
    # The order of a set of texts differs from process to process.
    return repr(sorted(map(repr, value))) if isinstance(value, frozenset) else repr(value)


def _cell(cell: types.CellType) -> Any:
    """A closed-over value when it is a plain one: generated tasks differ by these alone."""
    try:
        value = cell.cell_contents
    except ValueError:  # not filled yet
        return None
    return value if isinstance(value, str | bytes | int | float | bool | tuple | None) else type(value).__qualname__
