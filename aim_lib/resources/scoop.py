"""Scoop on Windows: apps of its buckets, for the user, and those an administrator installed for everybody.

Versions lie side by side in apps/<app>, and `current` is a junction to the one in use. Scoop installs the version of
its bucket, and any other only when the app's manifest says how to derive one ("autoupdate").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ..errors import BadConfig, CommandFailed
from ..host import Host
from ..model import Lane, Present, Run, Step, Wanted
from ..versions import accepts, is_above
from . import Diagnosis, Options, Steps, read_json, refuse_offline, subfolders
from ._scoop_failures import diagnose

IS_TOOL = True
PLATFORMS = ("windows",)
ECOSYSTEM: Final = "scoop"
INSTALLER = "irm get.scoop.sh | iex, in PowerShell"  # https://scoop.sh
ITSELF = "scoop"
INTERRUPTED = "an earlier installation of it was interrupted"


class Scoop:
    """Scoop on one machine. It takes no lock and rewrites its shims, so one change at a time."""

    def __init__(self, host: Host, options: Options) -> None:
        self.host = host
        self.options = options
        self.lane = Lane(name="scoop", width=1)
        self.is_off = False
        self.notes: tuple[str, ...] = ()
        settings = _settings(host)
        self.root, self.shared = _root(host, settings), _shared_root(host, settings)
        self.has_junctions = not (settings.get("no_junction") or settings.get("no_junctions"))
        self.script = self.root / "apps" / ITSELF / "current" / "bin" / "scoop.ps1"
        self.unsuitable = self._why_not()
        self.remedy = INSTALLER if self.unsuitable and host.is_windows else ""
        self.bin_folders = (self.root / "shims",) if host.is_windows else ()

    def prerequisite(self) -> Wanted | None:
        return None

    def find(self) -> tuple[Present, ...]:
        """Apps of the user, and those of everybody (trait "global") that the user has not installed too."""
        found: dict[str, Present] = {}
        if not self.host.is_windows:
            return ()
        if self.shared:
            found = {app.name: self._read(app, self.shared, "global") for app in subfolders(self.shared / "apps")}
        found |= {app.name: self._read(app, self.root) for app in subfolders(self.root / "apps")}
        return tuple(found[name] for name in sorted(found) if name != ITSELF)

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        """Raises BadConfig for a name with a bucket, CommandFailed for a version that Scoop cannot derive."""
        return refuse_offline(self._reach(wanted, have, version), self.options, "Scoop", ("install", "update"))

    def _reach(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        _check_name(wanted.name)
        want = version or wanted.request
        if have is None or have.flaw == INTERRUPTED:
            self._check_version(wanted, version)
            first = (self._scoop("uninstall", have, have.name),) if have else ()
            install = self._scoop("install", have, _spec(wanted, version))
            return Steps(do=(*first, install), undo=(self._scoop("uninstall", have, wanted.name),))
        there = Path(have.where).parent / (version or have.version)
        if (there / "install.json").is_file() and accepts(ECOSYSTEM, want, there.name):
            return self._moved(have, self._scoop("reset", have, f"{have.name}@{there.name}"))
        self._check_version(wanted, version)
        if version:
            return self._moved(have, self._scoop("install", have, _spec(wanted, version)))
        if "workspace" in have.recorded:  # of a manifest that Scoop made for one version: `update` finds no other
            again = (self._scoop("uninstall", have, have.name), self._scoop("install", have, _spec(wanted, "")))
            back = self._scoop("install", have, f"{have.name}@{have.version}")
            return Steps(do=again, undo=(again[0], back, *self._held(have)))
        return self._moved(have, self._scoop("update", have, have.name))

    def remove(self, have: Present) -> Steps:
        again = Wanted(kind="scoop", name=have.name, source=_origin(have))
        undo = (self._scoop("install", have, _spec(again, have.version)), *self._held(have))
        return Steps(do=(self._scoop("uninstall", have, have.name),), undo=undo)

    def hold(self, have: Present, *, is_held: bool) -> Steps:
        hold, unhold = (self._scoop(verb, have, have.name) for verb in ("hold", "unhold"))
        return Steps(do=(hold if is_held else unhold,), undo=(unhold if is_held else hold,))

    def diagnose(self, output: str) -> Diagnosis:
        return diagnose(output)

    def _why_not(self) -> str:
        if not self.host.is_windows:
            return "Scoop runs only on Windows"
        return "" if self.script.is_file() else f"Scoop is not installed ({self.script} is not there)"

    # --- reading ------------------------------------------------------------------------------------------------

    def _read(self, app: Path, root: Path, *traits: str) -> Present:
        folder = self._in_use(app)
        receipt = read_json(folder / "install.json") if folder else {}
        manifest = read_json(folder / "manifest.json") if folder else {}
        if folder is None or not receipt or not manifest:  # install.json is the last thing that Scoop writes
            return Present(kind="scoop", name=app.name, where=str(folder or app), flaw=INTERRUPTED, traits=traits)
        commands = tuple(sorted(set(_commands(manifest, str(receipt.get("architecture", ""))))))
        return Present(
            kind="scoop",
            name=app.name,
            version=folder.name if folder.name != "current" else str(manifest.get("version", "")),
            where=str(folder),
            commands=commands,
            recorded=str(receipt.get("bucket") or receipt.get("url") or ""),
            flaw=_shim_flaw(app.name, commands, root / "shims"),
            traits=(*traits, *(["pinned"] if receipt.get("hold") is True else [])),
        )

    def _in_use(self, app: Path) -> Path | None:
        """The folder of the version in use: where `current` leads, or without junctions the one installed last."""
        current = app / "current"
        if current.is_dir():
            return app / current.resolve().name
        receipts = sorted(app.glob("*/install.json"), key=lambda path: path.stat().st_mtime)
        return receipts[-1].parent if receipts and not self.has_junctions else None

    # --- changing -----------------------------------------------------------------------------------------------

    def _moved(self, have: Present, step: Run) -> Steps:
        """`step` to another version, and back: Scoop keeps the former one. `scoop update` leaves what is held alone."""
        back, held = self._scoop("reset", have, f"{have.name}@{have.version}"), self._held(have)
        release = (self._scoop("unhold", have, have.name),) if held else ()
        return Steps(do=(*release, step, *held), undo=(back, *held))

    def _held(self, have: Present) -> tuple[Step, ...]:
        return (self._scoop("hold", have, have.name),) if "pinned" in have.traits else ()

    def _scoop(self, verb: str, have: Present | None, name: str) -> Run:
        """A call of Scoop's script, not of scoop.cmd, which re-reads its arguments as shell text."""
        shell = str(self.host.which("pwsh") or self.host.which("powershell") or "powershell")  # as Scoop's shims choose
        how = ("-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File", str(self.script))
        is_shared = have is not None and "global" in have.traits and verb != "reset"  # which finds out by itself
        env = {"SCOOP": str(self.root), **({"SCOOP_GLOBAL": str(self.shared)} if self.shared else {})}
        argv = (shell, *how, verb, *(("--global",) if is_shared else ()), name)
        return Run(argv=argv, env=tuple(env.items()), timeout_s=self.options.timeout_s)

    # --- what the buckets say -----------------------------------------------------------------------------------

    def _check_version(self, wanted: Wanted, version: str) -> None:
        """Refuse a version that no bucket here has and that none could derive; what is not known is left to Scoop."""
        if not version or _is_file(wanted.source):
            return
        manifests = [read_json(path) for path in self._manifests(wanted.source or wanted.name)]
        offers = [str(manifest["version"]) for manifest in manifests if manifest.get("version")]
        can_derive = any("autoupdate" in manifest for manifest in manifests)
        is_newer = any(is_above(ECOSYSTEM, version, offer) for offer in offers)  # the bucket here may be old
        if offers and version not in offers and not can_derive and not is_newer:
            raise CommandFailed(
                f"{wanted.name} {version} cannot be had: Scoop has {offers[0]}, and no way to derive another",
                remedy=f'write "{offers[0]}" or "*" in aim.toml',
            )

    def _manifests(self, spec: str) -> Iterator[Path]:
        """The manifests of `app` or `bucket/app` in the buckets on this machine."""
        bucket, _, app = spec.rpartition("/")
        for folder in subfolders(self.root / "buckets"):
            if bucket in ("", folder.name):
                yield from (
                    path for path in (folder / "bucket" / f"{app}.json", folder / f"{app}.json") if path.is_file()
                )


def open(host: Host, options: Options) -> Scoop:  # noqa: A001 - the folder's contract
    return Scoop(host, options)


# --- folders ----------------------------------------------------------------------------------------------------


def _settings(host: Host) -> Mapping[str, Any]:
    """Scoop's own settings, by names in lower case."""
    home = Path(host.get("XDG_CONFIG_HOME") or host.home / ".config")
    return {key.lower(): value for key, value in read_json(home / "scoop" / "config.json").items()}


def _root(host: Host, settings: Mapping[str, Any]) -> Path:
    """$SCOOP, the setting root_path (rootPath until 2022), ~/scoop: Scoop's own order."""
    told = host.get("SCOOP") or settings.get("root_path") or settings.get("rootpath")
    return Path(str(told)) if told else host.home / "scoop"


def _shared_root(host: Host, settings: Mapping[str, Any]) -> Path | None:
    told = host.get("SCOOP_GLOBAL") or settings.get("global_path") or settings.get("globalpath")
    if told:
        return Path(str(told))
    return Path(host.get("PROGRAMDATA")) / "scoop" if host.get("PROGRAMDATA") else None


# --- names ------------------------------------------------------------------------------------------------------


def _check_name(name: str) -> None:
    bucket, _, app = name.rpartition("/")
    if bucket:
        raise BadConfig(f"{name} names a bucket", remedy=f'write {app} = {{ source = "{name}" }} in aim.toml')


def _spec(wanted: Wanted, version: str) -> str:
    """What to tell Scoop: the app, or its bucket and app or manifest where a source says so, at `version`."""
    spec = wanted.source or wanted.name
    return f"{spec}@{version}" if version and not _is_file(spec) else spec


def _is_file(spec: str) -> bool:
    return "://" in spec or spec.endswith(".json")


def _origin(have: Present) -> str:
    """What an app was installed from: its bucket's name for it, or a manifest that is not of Scoop's own making."""
    if _is_file(have.recorded):
        return "" if "workspace" in have.recorded or "buckets" in have.recorded else have.recorded
    return f"{have.recorded}/{have.name}" if have.recorded else ""


# --- commands ---------------------------------------------------------------------------------------------------


def _commands(manifest: Mapping[str, Any], architecture: str) -> Iterator[str]:
    """What the manifest makes shims for: "x.exe", ["x.exe", …], or ["x.exe", "name", arguments…] within that list."""
    architectures = manifest.get("architecture")
    own = architectures.get(architecture) if isinstance(architectures, dict) else None
    bins = (own.get("bin") if isinstance(own, dict) else None) or manifest.get("bin")
    for entry in bins if isinstance(bins, list) else [bins]:
        parts = [part for part in (entry if isinstance(entry, list) else [entry]) if isinstance(part, str)]
        if parts:
            stem = re.split(r"[\\/]", parts[0])[-1]
            yield (parts[1] if len(parts) > 1 else re.sub(r"\.[^.]*$", "", stem)).lower()


def _shim_flaw(app: str, commands: tuple[str, ...], shims: Path) -> str:
    """Why a command cannot be run through its shim, or does not come from `app`; "" when all are as they should be."""
    for command in commands:
        owner = _shim_owner(shims, command)
        if owner is None:
            return f"its command {command} is missing from {shims}"
        if owner and owner != app.lower():
            return f"its command {command} belongs to {owner}"
    return ""


def _shim_owner(shims: Path, command: str) -> str | None:
    """The app that a shim starts, "" when the shim does not tell, None when there is no shim."""
    texts = [shims / f"{command}{ending}" for ending in (".shim", ".cmd", ".ps1", "")]
    there = next((path for path in texts if path.is_file()), None)
    if there is None or (there.suffix == ".shim" and not there.with_suffix(".exe").is_file()):
        return None
    found = re.search(r"[\\/]apps[\\/]([^\\/]+)[\\/]", there.read_text(encoding="utf-8", errors="replace"))
    return found[1].lower() if found else ""
