"""Python applications installed by `uv tool`, with the uv that comes as our own dependency."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from .. import pipindex
from ..environments import normal
from ..host import Host
from ..model import Copy, Delete, Lane, Present, Run, Step, Wanted
from . import Diagnosis, Locking, Options, Steps, diagnose, links_into, subfolders, sweep
from . import _pylock as pylock
from . import _python_tools as tools

IS_TOOL = True
ECOSYSTEM = "pypi"


class Uv:
    """`uv tool` on one machine. It holds one lock for a whole command, so more than one at a time only waits."""

    def __init__(self, host: Host, options: Options) -> None:
        self.host = host
        self.options = options
        self.lane = Lane(name="uv", width=1)
        self.unsuitable = ""
        self.is_off = False
        self.notes: tuple[str, ...] = ()
        self.tools = tool_folder(host)
        self.bin_folders = (bin_folder(host),)

    def prerequisite(self) -> Wanted | None:
        return None

    def find(self) -> tuple[Present, ...]:
        whole = tuple(self._read(folder) for folder in subfolders(self.tools))
        return tools.with_orphans("uv", whole, self.tools, self.bin_folders[0])

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        python = self._python(tools.chosen_python(self.host, wanted.python))
        there = tools.environment_of(have)
        words = ["--force"] if there and not wanted.lock_file else []
        words += [*_afresh(there), *python, *(word for extra in wanted.extras for word in ("--with", extra))]
        install = self._run("install", *words, tools.requirement(wanted, version))
        undo = self._restore(wanted.name, there)
        if wanted.lock_file:
            return self._locked(wanted, there, python, install, undo)
        # What `uv tool` changes by itself is not what its lock says any more.
        forget = (Delete(path=there.made_from),) if there and there.made_from else ()
        return Steps(do=(*sweep(have), *forget, install), undo=undo)

    def locking(self, wanted: Wanted, have: Present | None, version: str, folder: Path) -> Locking | None:
        return pylock.locking(self.host, wanted, have, version, folder, self.options)

    def remove(self, have: Present) -> Steps:
        if tools.environment_of(have) is None:
            return tools.remove_orphan(have)
        return Steps(do=(*sweep(have), self._run("uninstall", have.name)), undo=self._restore(have.name, have))

    def diagnose(self, output: str) -> Diagnosis:
        return pylock.refusal(output) or diagnose("the package", output, "PyPI")

    def _locked(
        self, wanted: Wanted, have: Present | None, python: list[str], install: Run, undo: tuple[Step, ...]
    ) -> Steps:
        """An environment filled from the lock before `uv tool` comes to it, which ignores every hash that it is given.

        Finding all it needs there already, `uv tool install` adds its receipt and the commands, and installs nothing.
        Last the environment gets a copy of the lock: it says that all was made from it, and goes when that goes.
        """
        copy = self.host.folders.data / "locks" / "uv" / pylock.file_name(wanted.name)
        folder, kept = self.tools / normal(wanted.name), self._kept(wanted.name)
        inner = folder / ("Scripts/python.exe" if self.host.is_windows else "bin/python")
        gone = (self._run("uninstall", wanted.name),) if have else ()
        do = (
            *sweep(have),
            Copy(source=wanted.lock_file, path=str(copy), sha256=wanted.lock_sha256),
            *gone,
            self._uv("venv", "--no-project", *python, str(folder)),
            self._uv("pip", "sync", *_afresh(have), "--python", str(inner), str(copy)),
            install,
            Copy(source=wanted.lock_file, path=str(kept), sha256=wanted.lock_sha256),
        )
        return Steps(do=do, undo=(*((Delete(path=str(kept)),) if have else ()), *undo))

    def _kept(self, name: str) -> Path:
        """Where a tool's environment has the lock that it was made from."""
        return self.tools / normal(name) / pylock.file_name(name)

    def _restore(self, name: str, have: Present | None) -> tuple[Step, ...]:
        if have is None or not have.version:
            return (self._run("uninstall", name),)
        main, others = _asked(_receipt(self.tools / name), name)
        extras = sorted(_requirement(entry) for entry in others)
        words = [*self._python(""), *(word for extra in extras for word in ("--with", extra))]
        spec = _requirement(main) if _is_direct(main) else f"{name}{_extras(main)}=={have.version}"
        # The exact install rewrites the receipt: put back the request the user had made.
        receipt = tools.keep_receipt(self.tools / name / "uv-receipt.toml")
        return (self._run("install", "--force", *words, spec), *receipt)

    def _python(self, asked: str) -> list[str]:
        """The Python to build with: the one asked for, else the one that runs us, made from no environment of ours.

        Left to itself uv takes the first python on PATH, however old, or downloads one.
        """
        if asked:
            return ["--python", asked]
        return [] if self.host.get("UV_PYTHON") else ["--python", str(Path(self.host.python).resolve())]

    def _run(self, *words: str) -> Run:
        return self._uv("tool", *words)

    def _uv(self, *words: str) -> Run:
        folders = {"UV_TOOL_DIR": str(self.tools), "UV_TOOL_BIN_DIR": str(self.bin_folders[0])}
        return tools.run_uv(self.host, self.options, words, {**pipindex.mark("uv"), **folders})

    def _read(self, folder: Path) -> Present:
        receipt = _receipt(folder)
        main, others = _asked(receipt, folder.name)
        commands = tuple(entry["name"].removesuffix(".exe") for entry in receipt.get("entrypoints", ()))
        own = tools.Environment(folder, folder.name)
        kept = self._kept(folder.name)
        return Present(
            kind="uv",
            name=folder.name,
            version=own.version,
            where=str(folder),
            commands=commands,
            recorded=_requirement(main) if _is_direct(main) else str(main.get("specifier", "")),
            flaw=own.flaw(receipt, commands, self.bin_folders[0]),
            # uv removes the commands that the receipt names: without one they would stay, and be in the way.
            leftovers=() if receipt else links_into(folder, self.bin_folders[0]),
            extras=tuple(sorted(entry["name"] for entry in others)),
            traits=("altered",) if own.doubt else (),
            python=own.python,
            made_from=str(kept) if kept.is_file() else "",
        )


def open(host: Host, options: Options) -> Uv:  # noqa: A001 - the folder's contract
    return Uv(host, options)


def tool_folder(host: Host) -> Path:
    """Where `uv tool` keeps its environments."""
    if host.get("UV_TOOL_DIR"):
        return Path(host.get("UV_TOOL_DIR"))
    if host.is_windows:
        return Path(host.get("APPDATA") or host.home / "AppData" / "Roaming") / "uv" / "data" / "tools"
    legacy = host.home / "Library" / "Application Support" / "uv" / "tools"
    if host.system == "macos" and legacy.is_dir():
        return legacy
    return Path(host.get("XDG_DATA_HOME") or host.home / ".local" / "share") / "uv" / "tools"


def bin_folder(host: Host) -> Path:
    """Where `uv tool` puts commands: not pipx's folder when XDG_DATA_HOME is set."""
    for variable in ("UV_TOOL_BIN_DIR", "XDG_BIN_HOME"):
        if host.get(variable):
            return Path(host.get(variable))
    if host.get("XDG_DATA_HOME"):
        return Path(host.get("XDG_DATA_HOME")).parent / "bin"
    return host.home / ".local" / "bin"


def _afresh(have: Present | None) -> tuple[str, ...]:
    """What was altered in place is altered in uv's cache too: they are one file."""
    return ("--refresh-package", have.name) if have and "altered" in have.traits else ()


def _asked(receipt: dict[str, Any], name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The receipt's requirement for the tool itself, and those that came `--with` it."""
    asked = [entry for entry in receipt.get("requirements", ()) if isinstance(entry, dict) and entry.get("name")]
    main: dict[str, Any] = next((entry for entry in asked if normal(entry["name"]) == normal(name)), {})
    return main, [entry for entry in asked if entry is not main]


def _is_direct(entry: dict[str, Any]) -> bool:
    return any(key in entry for key in ("directory", "editable", "path", "url", "git"))


def _requirement(entry: dict[str, Any]) -> str:
    """A requirement of the receipt as it is written on a command line."""
    for key in ("directory", "editable", "path"):
        if key in entry:
            return str(entry[key])
    if _is_direct(entry):
        return f"{entry['name']}{_extras(entry)} @ {entry['url'] if 'url' in entry else 'git+' + entry['git']}"
    return f"{entry['name']}{_extras(entry)}{entry.get('specifier', '')}"


def _extras(entry: dict[str, Any]) -> str:
    return f"[{','.join(entry['extras'])}]" if entry.get("extras") else ""


def _receipt(folder: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads((folder / "uv-receipt.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    tool = document.get("tool")
    return tool if isinstance(tool, dict) else {}
