"""`aim.environment.secrets`: AIM's vault by the predecessor's names. `vault_path` is taken and not used."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .exceptions import SecretsError
from .program import document, run


class SecretsManager:
    """Keeps secrets in AIM's vault."""

    SERVICE_NAME = "aim-plus"

    def __init__(self, vault_path: Path | str | None = None) -> None:
        self.vault_path = vault_path

    def set_secret(self, key: str, value: str, description: str = "") -> None:
        """Keep it. Raises SecretsError when it cannot be kept."""
        told = ("--description", description) if description else ()
        said = run("secrets", "set", key, "--stdin", *told, stdin=value)
        if not said.is_ok:
            raise SecretsError(said.last_words())

    def get_secret(self, key: str) -> str | None:
        """Its value, None when there is none."""
        said = run("secrets", "get", key)
        return said.stdout.removesuffix("\n") if said.is_ok else None

    def delete_secret(self, key: str) -> bool:
        """Whether there was one to delete."""
        return run("secrets", "delete", key, "--yes").is_ok

    def list_secrets(self) -> list[dict[str, Any]]:
        """The names that are kept, never a value. Raises SecretsError."""
        found = document(SecretsError, "secrets", "list")
        return [{"key": each["name"], "exists": True, **each} for each in found["secrets"]]

    def inject_into_env(self, keys: Iterable[str] | None = None) -> dict[str, str]:
        """The variables for a child's environment; all that are kept without `keys`."""
        names = list(keys) if keys is not None else [each["key"] for each in self.list_secrets()]
        values = {name: self.get_secret(name) for name in names}
        return {name: value for name, value in values.items() if value is not None}


def get_secrets_manager(vault_path: Path | str | None = None) -> SecretsManager:
    return SecretsManager(vault_path)
