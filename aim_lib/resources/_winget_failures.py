"""What winget's failures mean, by its exit codes and those of the installers that it runs: its words are translated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from . import Diagnosis

# What winget prints is translated; its exit code is not (AppInstallerErrors.h). As Windows has it, unsigned.
_CODE = re.compile(r"\b0x([0-9A-F]{8})\b|(?<![\w.])(-?\d{10})\b", re.IGNORECASE)
# The installer's own, of which winget's message ends with the number: Windows Installer's codes.
_INSTALLER = re.compile(r": (\d{4})\s*$", re.MULTILINE)
_NETWORK = ("network", "winget's source cannot be reached", "check the network, then run again")
_TLS = (
    "tls",
    "the certificate of winget's source is not trusted",
    "check the clock and the certificates of the machine",
)
_DISK = ("disk", "the disk is full while installing the package", "free some space, then run the same command again")
_BUSY = ("locked", "another installation is running", "wait until it has ended, then run again")
_IN_USE = ("in-use", "the package cannot be changed while it runs", "close it, then run again")
_REBOOT = ("reboot", "the package needs a restart of the machine", "restart the machine, then: aim install")
_ADMIN = (
    "permission",
    "the package can only be changed by an administrator",
    "run again in a terminal of an administrator",
)
_POLICY = ("policy", "the organisation's policy does not allow it", "ask who administers this machine")
_NAME = (
    "name",
    "the package: winget has no such id, or no such version",
    "winget show --exact --source winget --id ID",
)
_THERE = ("present", "the package is already there, installed by something else", "uninstall it, then: aim install")
_CANCELLED = ("cancelled", "the installation was cancelled", "run the same command again")
_FAILED = (
    "script",
    "the package's own installer failed",
    "read its output above; winget --info says where its logs are",
)
_HASH = (
    "hash",
    "the package is not the file that its manifest promises: the hash differs",
    "do not install it; try again when the manifest is corrected",
)
_SOURCE = (
    "source",
    "winget's list of packages is damaged or out of date",
    "winget source reset --force (as administrator)",
)
_FIT = ("unsuitable", "the package has no installer for this machine", "choose another version in aim.toml")
_NEWER = ("newer", "a newer version of the package is already there", "uninstall it, then: aim install")
_DEPENDENCIES = ("dependencies", "the package needs another one that could not be installed", "install that first")

MEANINGS: Mapping[int, tuple[str, str, str]] = {
    **dict.fromkeys((0x8A150008, 0x8A150045, 0x8A150044, 0x8A15004B, 0x8A150107), _NETWORK),
    **dict.fromkeys((0x80072F05, 0x80072F06, 0x80072F0D, 0x80072F8F, 0x8A15005E), _TLS),
    **dict.fromkeys((0x8A150105, 0x80070070), _DISK),
    **dict.fromkeys((0x8A150102, 0x80070652), _BUSY),
    **dict.fromkeys((0x8A150101, 0x8A150103, 0x8A150111), _IN_USE),
    **dict.fromkeys((0x8A150109, 0x8A15010A, 0x8A15010B), _REBOOT),
    **dict.fromkeys((0x8A150019, 0x80070005), _ADMIN),
    **dict.fromkeys((0x8A15001B, 0x8A15001C, 0x8A15003A, 0x8A15010F), _POLICY),
    **dict.fromkeys((0x8A150014, 0x8A150016, 0x8A150017), _NAME),
    **dict.fromkeys((0x8A15002B, 0x8A150061, 0x8A15010D, 0x8A150054), _THERE),
    **dict.fromkeys((0x8A150005, 0x8A15010C), _CANCELLED),
    **dict.fromkeys((0x8A150011, 0x8A15002D, 0x8A15002E, 0x8A150060), _HASH),
    **dict.fromkeys((0x8A15000A, 0x8A15000B, 0x8A15000F, 0x8A150012, 0x8A150015, 0x8A15003F), _SOURCE),
    **dict.fromkeys((0x8A150010, 0x8A150113), _FIT),
    **dict.fromkeys((0x8A15004F, 0x8A15010E), _NEWER),
    **dict.fromkeys((0x8A15004C, 0x8A15004D, 0x8A150104, 0x8A150110), _DEPENDENCIES),
    **dict.fromkeys((0x8A150006, 0x8A150030, 0x8A150049, 0x8A150052, 0x8A150057, 0x8A150108, 0x8A150112), _FAILED),
    0x8A150056: (
        "permission",
        "the package refuses to be installed by an administrator",
        "run again without administrator rights",
    ),
    0x8A150068: ("pinned", "the package has a pin of winget's own", "winget pin remove --exact --id ID"),
    0x8A15002F: ("script", "the package has no uninstaller", "remove it in the system's settings"),
}
INSTALLER_MEANINGS = {1602: _CANCELLED, 1223: _CANCELLED, 1618: _BUSY, 1625: _POLICY, 3010: _REBOOT, 1641: _REBOOT}


def diagnose(output: str) -> Diagnosis:
    meaning = next((each for code in _codes(output) if (each := _meaning(code))), None)
    if meaning in (_FAILED, None):
        own = (INSTALLER_MEANINGS.get(int(found)) for found in _INSTALLER.findall(output))
        meaning = next((each for each in own if each), meaning)
    cause, message, remedy = meaning or (
        "unknown",
        "the package could not be installed",
        "read winget's output above; winget --info says where its logs are",
    )
    return Diagnosis(cause=cause, message=message, remedy=remedy)


def _meaning(code: int) -> tuple[str, str, str] | None:
    is_of_the_web = code & 0xFFFFF000 == 0x80072000  # WinINet's own, of which there are a hundred
    return MEANINGS.get(code, _NETWORK if is_of_the_web else None)


def _codes(output: str) -> Iterator[int]:
    """Every HRESULT in `output`, the exit code first, which comes last."""
    for found in reversed(list(_CODE.finditer(output))):
        yield int(found[1], 16) if found[1] else int(found[2]) & 0xFFFFFFFF
