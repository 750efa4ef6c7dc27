"""What a run must not show: the values of environment variables whose names say that they are secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..redact import Redactor

# As a whole word of the name: TOKEN, API_KEY, DB_PASSWORD; not KEYBOARD, nor AUTHOR.
NAMES = r"(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|(API|ACCESS|PRIVATE|SECRET)_?KEY)S?(_|$)"
WORDS = frozenset(("true", "false", "enabled", "disabled", "required"))


class Redaction:
    """Masks the secrets of an environment in a text; made ready by the first one."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._redactor: Redactor | None = None

    def __call__(self, text: str) -> str:
        if self._redactor is None:
            from ..redact import Redactor

            self._redactor = Redactor()
            self._redactor.learn(self._secrets())
        return self._redactor.text(text)

    def _secrets(self) -> list[str]:
        named = re.compile(NAMES)
        return [value for name, value in self._env.items() if named.search(name.upper()) and value.lower() not in WORDS]
