"""What lies in a Homebrew prefix: formulae in Cellar, in use where opt/<formula> leads, and casks in Caskroom.

A formula of homebrew/core has its bare name, everything else the name that brew itself writes in full:
`user/tap/formula`, `homebrew/cask/firefox`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..model import Present
from . import read_json, subfolders

CORE, CASKS = "homebrew/core", "homebrew/cask"
SCRAPS = (".reinstall", ".tmp")  # what a killed `brew reinstall` or pour leaves beside the versions
RECEIPT = "INSTALL_RECEIPT.json"
NOT_LINKED = "it is not linked"
INTERRUPTED = "an earlier installation of it was interrupted"


def token(name: str) -> str:
    """A name without its tap."""
    return name.rpartition("/")[2]


def tap_of(name: str) -> str:
    return name.rpartition("/")[0] or CORE


def everything(prefix: Path) -> tuple[Present, ...]:
    """Formulae and casks, sorted by name, also those that came as dependencies of others (trait "dependency").

    Strings and os.scandir instead of Path: a usual prefix has hundreds of formulae, and is read at every start.
    """
    links = _links(f"{prefix}/bin")
    racks = ((rack, _folders(rack)) for rack in _folders(f"{prefix}/Cellar"))
    found = [_formula(prefix, rack, kegs, links) for rack, kegs in racks if kegs]
    found += [_cask(prefix, Path(folder), links) for folder in _folders(f"{prefix}/Caskroom")]
    return tuple(sorted(found, key=lambda present: present.name))


def files(folder: Path | str) -> tuple[str, ...]:
    """The names of what is visible in `folder`, sorted; () when it is not there."""
    return tuple(entry.name for entry in _entries(str(folder)))


def versions_beside(keg: Path) -> list[Path]:
    """Other whole versions of the formula whose version `keg` is."""
    return [other for other in subfolders(keg.parent) if other != keg and not other.name.endswith(SCRAPS)]


# --- formulae ---------------------------------------------------------------------------------------------------


def _formula(prefix: Path, rack: str, inside: list[str], links: Mapping[str, str]) -> Present:
    short, homebrew = rack.rpartition("/")[2], f"{prefix}/var/homebrew"
    keg, linked = _leads_to(f"{prefix}/opt/{short}", rack), _leads_to(f"{homebrew}/linked/{short}", rack)
    receipt = read_json(Path(keg or inside[-1], RECEIPT))
    commands = files(f"{keg}/bin") if keg else ()
    is_keg_only = bool(keg) and not linked and bool(commands) and _is_keg_only(Path(keg))
    marks = {
        "dependency": receipt.get("installed_on_request") is False,
        "keg-only": is_keg_only,
        "linked": bool(linked),
        "pinned": os.path.lexists(f"{homebrew}/pinned/{short}"),
    }
    return Present(
        kind="brew",
        name=_full_name(short, _tap(receipt), CORE),
        version=keg.rpartition("/")[2],
        where=keg or rack,
        commands=commands if linked else (),
        flaw=_formula_flaw(keg, linked, () if is_keg_only else commands, links, f"{prefix}/bin"),
        leftovers=tuple(folder for folder in inside if folder.endswith(SCRAPS)),
        traits=tuple(mark for mark, is_set in marks.items() if is_set),
    )


def _formula_flaw(keg: str, linked: str, commands: tuple[str, ...], links: Mapping[str, str], bin_folder: str) -> str:
    """Why a formula cannot be used, or ""; `commands` are those that should be linked."""
    if not keg:
        return INTERRUPTED
    if not os.access(f"{keg}/{RECEIPT}", os.F_OK):
        return f"its {RECEIPT} is gone"
    if not linked:
        return f"{NOT_LINKED} into {bin_folder}" if commands else ""
    if linked != keg:
        return f"its commands are those of {linked.rpartition('/')[2]}"
    rack = keg.rpartition("/")[0]
    for command in commands:
        if command not in links:
            return f"its command {command} is missing from {bin_folder}"
        if not links[command].startswith(f"{rack}/"):
            return f"{bin_folder}/{command} belongs to something else"
        if not os.access(links[command], os.X_OK):
            return f"its command {command} cannot be executed"
    return ""


def _leads_to(link: str, rack: str) -> str:
    """The version in `rack` that one of brew's links leads to, or "" when there is none."""
    try:
        keg = f"{rack}/{os.readlink(link).rpartition('/')[2]}"  # noqa: PTH115 - ../Cellar/<formula>/<version>
    except OSError:
        return ""
    return keg if os.access(keg, os.F_OK) else ""


def _is_keg_only(keg: Path) -> bool:
    """Whether its formula, of which brew keeps a copy in .brew, says that it is not to be linked."""
    texts = (formula.read_text(encoding="utf-8", errors="replace") for formula in (keg / ".brew").glob("*.rb"))
    return any(re.search(r"^\s*keg_only\b", text, re.MULTILINE) for text in texts)


# --- casks ------------------------------------------------------------------------------------------------------


def _cask(prefix: Path, folder: Path, links: Mapping[str, str]) -> Present:
    receipt = read_json(folder / ".metadata" / RECEIPT)
    version, commands = _cask_version(folder), tuple(sorted(set(_cask_commands(receipt))))
    marks = {
        "cask": True,
        "dependency": receipt.get("installed_on_request") is False,
        "pinned": (prefix / "var" / "homebrew" / "pinned_casks" / folder.name).is_symlink(),
    }
    return Present(
        kind="brew",
        name=_full_name(folder.name, _tap(receipt) or CASKS, ""),
        version=version,
        where=str(folder),
        commands=commands,
        flaw=_cask_flaw(folder / version, commands, links, prefix / "bin") if version else INTERRUPTED,
        traits=tuple(mark for mark, is_set in marks.items() if is_set),
    )


def _cask_version(folder: Path) -> str:
    """The version of a cask as brew reads it: .metadata/<version>/<timestamp>/Casks, by the latest timestamp."""
    versions = subfolders(folder / ".metadata")
    stamps = [(stamp.name, version.name) for version in versions for stamp in subfolders(version)]
    return max(stamps)[1] if stamps else ""


def _cask_commands(receipt: Mapping[str, Any]) -> Iterator[str]:
    """What a cask links, by its receipt: {"binary": [source]} or {"binary": [source, {"target": name}]}."""
    artifacts = receipt.get("uninstall_artifacts")
    for artifact in artifacts if isinstance(artifacts, list) else ():
        parts = artifact.get("binary") if isinstance(artifact, dict) else None
        for part in parts[-1:] if isinstance(parts, list) else ():
            name = part.get("target") if isinstance(part, dict) else part
            if isinstance(name, str):
                yield Path(name).name


def _cask_flaw(staged: Path, commands: Iterable[str], links: Mapping[str, str], bin_folder: Path) -> str:
    if not staged.is_dir():
        return "its files are gone"
    for entry in staged.iterdir():  # an app is moved to where apps are, and a link to it stays here
        if entry.is_symlink() and not entry.exists():
            return f"{entry.name} is gone"
    for command in commands:
        if command not in links:
            return f"its command {command} is missing from {bin_folder}"
        if not os.access(links[command], os.F_OK):
            return f"its command {command} leads nowhere"
    return ""


# --- both -------------------------------------------------------------------------------------------------------


def _full_name(short: str, tap: str, home: str) -> str:
    return short if tap in ("", home) else f"{tap}/{short}"


def _tap(receipt: Mapping[str, Any]) -> str:
    source = receipt.get("source")
    return str(source.get("tap") or "") if isinstance(source, dict) else ""


def _links(folder: str) -> dict[str, str]:
    """Where each link in `folder` leads, as text: what it leads to may be gone."""
    return {
        entry.name: os.path.normpath(f"{folder}/{target}") if not target.startswith("/") else target
        for entry in _entries(folder)
        if entry.is_symlink() and (target := os.readlink(entry.path))  # noqa: PTH115 - as written
    }


def _folders(folder: str) -> list[str]:
    """The folders in `folder`, sorted; links are old names of others."""
    return [entry.path for entry in _entries(folder) if entry.is_dir(follow_symlinks=False)]


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What is visible in `folder`, sorted by name; [] when it is not there."""
    try:
        with os.scandir(folder) as found:
            return sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
