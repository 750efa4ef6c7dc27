"""The version of every install: what its manager or its files say, else what it answers itself (`tool_answers`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from . import dpkg, environments
from .host import Host
from .installs import Install, Tool
from .launchers import real_path
from .tool_answers import Asker, answers

_NAMED = re.compile(r"v?(\d+\.\d+(?:\.\d+)*(?:[-+][0-9A-Za-z.+-]+)?)")


def with_versions(tools: Sequence[Tool], asker: Asker, names: Mapping[str, Sequence[str]]) -> tuple[Tool, ...]:
    """The same with every version that can be known; `names` are what packages of a tool are called, by tool."""
    packages = _debian_packages(tools, asker.host)
    read = [_with_files(tool, names.get(tool.tool, ()), packages) for tool in tools]
    said = answers([(tool.command, each.paths[0]) for tool in read for each in tool.installs if _is_open(each)], asker)

    def told(tool: Tool) -> Tool:
        return _with(tool, lambda each: _answered(each, said.get((tool.command, each.paths[0]), "")))

    return tuple(map(told, read))


def _answered(install: Install, version: str) -> Install:
    if not version or not _is_open(install):
        return install
    return msgspec.structs.replace(install, version=version, source="asked")


def _with(tool: Tool, change: Callable[[Install], Install]) -> Tool:
    return msgspec.structs.replace(tool, installs=tuple(map(change, tool.installs)))


def _is_open(install: Install) -> bool:
    """Whether its version is still not known and could be: what starts one of many by the folder has none."""
    return install.is_whole and install.note != "alias" and not install.version and not install.is_shim


def _with_files(tool: Tool, names: Sequence[str], packages: Mapping[str, str]) -> Tool:
    def read(install: Install) -> Install:
        if not _is_open(install):
            return install
        version = _of_package(install, packages) or from_files(install, tool.command, names)
        return msgspec.structs.replace(install, version=version, source="files") if version else install

    return _with(tool, read)


def _debian_packages(tools: Iterable[Tool], host: Host) -> dict[str, str]:
    """The version of every Debian package, by name; {} where no install is of one."""
    if not any(each.manager == "apt" for tool in tools for each in tool.installs):
        return {}
    stanzas = dpkg.read_stanzas(host.root / "var/lib/dpkg")
    return {each.package: each.version for each in stanzas if each.status == "installed"}


def _of_package(install: Install, packages: Mapping[str, str]) -> str:
    return packages.get(install.name, "") if install.manager == "apt" else ""


def from_files(install: Install, command: str, names: Iterable[str]) -> str:
    """The version by what lies around an install: its package.json, its environment, the name it has; or ""."""
    real = real_path(install.paths[0])
    if "/node_modules/" in real.replace("\\", "/"):
        return _of_node(real)
    environment = Path(real).parent.parent
    if (environment / "pyvenv.cfg").is_file():
        asked = dict.fromkeys((install.name, *names, command))
        found = (environments.package_version(environment, name)[0] for name in asked if name and "/" not in name)
        return next((version for version in found if version), "")
    named = _NAMED.fullmatch(Path(real).name) or _NAMED.fullmatch(Path(real).parent.name)
    return named[1] if named else ""


def _of_node(real: str) -> str:
    """The version in the nearest package.json above, which is the package's: `node_modules/NAME/bin/x.js`."""
    for folder in Path(real).parents:
        if folder.name == "node_modules":
            return ""
        try:
            said = msgspec.json.decode((folder / "package.json").read_bytes())
        except (OSError, msgspec.DecodeError):
            continue
        if isinstance(said, dict) and isinstance(said.get("version"), str):
            return str(said["version"])
    return ""
