"""Several locked tools by one pipx: most of its time for each is its own start, and what it asks of every environment.

They become a file such as `pipx list --json` writes, from which pipx installs them side by side.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ..model import Change, Copy, Delete, Run, Step, Write
from . import Batch

HANDS = Path(__file__).with_name("_pipx_hands.py")
FOLDER = ".together"
FORMAT = "0.12"  # of the metadata that pipx 1.18 writes; a later pipx reads all that an earlier one wrote
OPTIONS = ("--backend", "--python", "--lock")


class Parts(NamedTuple):
    """A change that installs a tool where there is none, from its lock."""

    before: tuple[Step, ...]
    install: Run
    name: str
    version: str
    asked: dict[str, str]


def together(changes: Sequence[Change], home: Path) -> Batch | None:
    """One pipx for all `changes`, or None when one of them is something else or wants pipx called differently."""
    found = [_parts(change) for change in changes]
    parts = [one for one in found if one is not None]
    if not parts or len(parts) < len(found) or len({one.install.env for one in parts}) > 1:
        return None
    spec = json.dumps({"pipx_spec_version": "0.1", "venvs": {one.name: _entry(one) for one in parts}}, indent=2)
    folder = home / "aim-locks" / FOLDER
    path = folder / "spec.json"
    first = parts[0].install
    argv = (*first.argv[:2], str(HANDS), "install", str(path))
    steps: tuple[Step, ...] = (
        *(step for one in parts for step in one.before),
        Write(path=str(path), text=spec, mode=0o600),
        msgspec.structs.replace(first, argv=argv, timeout_s=first.timeout_s * len(parts)),
        Delete(path=str(folder)),
    )
    return Batch(together=steps, alone=((),) * len(parts))


def _parts(change: Change) -> Parts | None:
    *before, last = change.do or (None,)
    if not isinstance(last, Run) or not any(isinstance(step, Copy) for step in before):
        return None
    name, _, version = last.argv[-1].partition("==")
    words = last.argv[last.argv.index("install") + 1 : -1] if "install" in last.argv else ("?",)
    asked = dict(zip(words[::2], words[1::2], strict=False))
    is_plain = version and len(words) % 2 == 0 and set(asked) <= {*OPTIONS} and "--lock" in asked
    files = tuple(step for step in before if isinstance(step, Copy | Delete))
    return Parts(files, last, name, version, asked) if is_plain and len(files) == len(before) else None


def _entry(parts: Parts) -> dict[str, Any]:
    """A tool as pipx itself describes it. What it finds out when it installs is empty here."""
    nothing: Iterable[str] = ("pip_args", "apps", "app_paths", "apps_of_dependencies")
    package = {
        "package": parts.name,
        "package_or_url": parts.install.argv[-1],
        "package_version": parts.version,
        "lock_file": _path(parts.asked["--lock"]),
        "include_apps": True,
        "include_dependencies": False,
        **{key: [] for key in nothing},
        "app_paths_of_dependencies": {},
    }
    metadata = {
        "pipx_metadata_version": FORMAT,
        "backend": parts.asked.get("--backend", "uv"),
        "main_package": package,
        "injected_packages": {},
        "source_interpreter": _path(parts.asked["--python"]) if "--python" in parts.asked else None,
    }
    return {"metadata": metadata}


def _path(text: str) -> dict[str, str]:
    return {"__type__": "Path", "__Path__": text}
