"""A value nobody may see by accident: redacted in repr, str, format and logs; refuses pickle, JSON and msgspec.

It keeps a value out of text that is made without thinking. It does not wipe memory: Python's strings cannot be.
"""

from __future__ import annotations

import hmac
from typing import Any, NoReturn

from .errors import BadConfig

SHOWN = "[redacted]"
# The vault's own key comes by these, from who runs us: no secret of the user's, and given to no program.
KEY, KEY_FILE = "AIM_AGE_KEY", "AIM_AGE_KEY_FILE"
KEY_VARIABLES = frozenset({KEY, KEY_FILE})


class Secret:
    """One secret text; `reveal` is the only way out. Immutable, equal in constant time, in no set and no dict's key."""

    __slots__ = ("__value",)
    __hash__ = None  # type: ignore[assignment] # a hash could be compared, and would be kept in the open

    def __init__(self, value: str) -> None:
        object.__setattr__(self, "_Secret__value", value)

    def reveal(self) -> str:
        """The value itself. Call it where the value is used, and keep it in no variable longer than that."""
        value: str = self.__value  # type: ignore[attr-defined] # set past our own __setattr__
        return value

    def __repr__(self) -> str:
        return f"Secret({SHOWN})"

    def __str__(self) -> str:
        return SHOWN

    def __format__(self, _spec: str) -> str:
        return SHOWN

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self), _bytes(other))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Secret:
        return self

    def __setattr__(self, _name: str, _value: object) -> NoReturn:
        raise AttributeError("a Secret does not change")

    def __delattr__(self, _name: str) -> NoReturn:
        raise AttributeError("a Secret does not change")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a Secret is not pickled")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")

    def __dir__(self) -> list[str]:
        return ["reveal"]


def _bytes(secret: Secret) -> bytes:
    return secret.reveal().encode("utf-8", "surrogatepass")


def encoded(secret: Secret, what: str) -> bytes:
    """The value as UTF-8. Raises BadConfig, which names `what`, when it is no text that can be written so."""
    try:
        return secret.reveal().encode()
    except UnicodeEncodeError:
        pass  # that exception carries the value, so ours is raised where it is no part of it
    raise BadConfig(f"the value of {what} is not text", remedy="give it as UTF-8")
