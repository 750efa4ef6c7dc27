"""What other projects of this user declare: tools lie in the home, and what one project drops another may need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from .config import load_config
from .errors import BadConfig
from .host import Host
from .wanted import wanted_tools


def declared_by(files: Iterable[Path], host: Host) -> Mapping[str, str]:
    """The tools that these files declare, by id, each with one that does; files that are gone declare nothing.

    Raises BadConfig for one that has mistakes: what it declares is not known then.
    """
    found: dict[str, str] = {}
    for file in files:
        if not file.is_file():
            continue
        try:
            settings = load_config(replace(host, cwd=file.parent))
        except BadConfig as error:
            raise BadConfig(
                f"what {host.tilde(file)} declares is not known, so nobody knows what is needed no more",
                details=(error.message, *error.details),
                remedy="correct it, or remove it if it is needed no more",
            ) from error
        for wanted in wanted_tools(settings, host.system):
            if wanted.origin == str(file):
                found.setdefault(wanted.id, str(file))
    return found
