"""Where our launchers lie: the one folder that comes first on PATH."""

from __future__ import annotations

from pathlib import Path

from .config import Settings
from .host import Host

NAME = "wrappers"


def wrapper_folder(settings: Settings, host: Host) -> Path:
    """`wrappers.folder` of the configuration, as seen from the file that sets it; else a folder among our data."""
    told = settings.config.wrappers.folder
    if not told:
        return host.folders.data / NAME
    base = settings.folders.get(settings.origins.get("wrappers.folder", ""), host.cwd)
    return base / Path(told.replace("~", str(host.home), 1) if told.startswith("~/") or told == "~" else told)
