"""What a task's result depends on, as digests: its code, its arguments, its environment, its inputs. Never values."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from inspect import unwrap
from pathlib import PurePath
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


def fingerprint_of(
    body: Callable[..., Any], arguments: Mapping[str, Any], names: tuple[str, ...], env: Mapping[str, str]
) -> Fingerprint:
    """What a task's result depends on by itself: its code, its arguments, and the variables that it names."""
    return Fingerprint(
        source=source_digest(body), arguments=arguments_digest(arguments), env=environment_digest(names, env)
    )


def source_digest(body: Callable[..., Any]) -> str:
    """A digest of what a function does: comments and its place in the file do not count, functions it calls neither."""
    inner = unwrap(body)
    code = getattr(inner, "__code__", None)
    if code is None:
        return digest_of(type(inner).__qualname__)
    cells = [_stable(_content(cell)) for cell in inner.__closure__ or ()]
    return digest_of(*_code_texts(code), _stable(inner.__defaults__), _stable(inner.__kwdefaults__), *cells)


def environment_digest(names: tuple[str, ...], env: Mapping[str, str]) -> str:
    """A digest of the named variables; unset is not the same as empty."""
    return digest_of(*(f"{name}={env[name]}" if name in env else name for name in sorted(names)))


def arguments_digest(arguments: Mapping[str, Any]) -> str:
    return digest_of(*(f"{name}={_stable(arguments[name])}" for name in sorted(arguments)))


def _code_texts(code: types.CodeType) -> Iterator[str]:
    # The bytes alone know no names, nor what lies inside a `try`.
    yield code.co_code.hex()
    yield code.co_exceptiontable.hex()
    yield repr((code.co_names, code.co_varnames))
    yield from map(_stable, code.co_consts)


def _stable(value: Any) -> str:
    """A text for a value that is the same in every process: no addresses, no order of a set."""
    if isinstance(value, str | bytes | int | float | complex | bool | None):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}({','.join(map(_stable, value))})"
    if isinstance(value, set | frozenset):
        return f"set({','.join(sorted(map(_stable, value)))})"
    if isinstance(value, dict):
        return f"dict({','.join(f'{_stable(key)}:{_stable(each)}' for key, each in value.items())})"
    if isinstance(value, PurePath):
        return f"path({value})"
    if isinstance(value, types.CodeType):
        return digest_of(*_code_texts(value))
    # Not what it has closed over in turn: that may be itself.
    return (
        digest_of(*_code_texts(value.__code__)) if isinstance(value, types.FunctionType) else type(value).__qualname__
    )


def _content(cell: types.CellType) -> Any:
    """What a function has closed over: generated tasks differ by that alone."""
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None
