"""Secrets in a file of `NAME=value` lines, `.secrets` in the notes folder."""

from collections.abc import Iterable
from pathlib import Path

from aim_lib.errors import Unavailable
from aim_lib.host import Host
from aim_lib.proc import Runner

from . import notes_folder


class NotesSecrets:
    name = "notes"

    def __init__(self, file: Path) -> None:
        self._file = file

    def has(self, names: Iterable[str]) -> frozenset[str]:
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except OSError:
            raise Unavailable(f"{self._file} cannot be read") from None
        return frozenset(line.partition("=")[0] for line in lines) & frozenset(names)

    def store(self, name: str, value: str) -> None:
        raise Unavailable("notes are only read")


def open(host: Host, runner: Runner) -> NotesSecrets:  # noqa: A001 - the contract
    return NotesSecrets(notes_folder(host) / ".secrets")
