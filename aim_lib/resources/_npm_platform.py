"""Whether a package is for this machine's node, as npm's install checks decide it. Standard library only.

Source: `npm-install-checks` and, for the few forms of ranges that are read here, node-semver.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping

TYPE_CHECKING = False  # not typing's: its import is a tenth of the program's start
if TYPE_CHECKING:
    from typing import Any

SYSTEMS = ("linux", "darwin")
ELF = {62: "x64", 183: "arm64", 3: "ia32", 40: "arm", 21: "ppc64", 22: "s390x", 243: "riscv64"}
MACH = {0x01000007: "x64", 0x0100000C: "arm64"}
LDD = "/usr/bin/ldd"  # the file by which npm tells C libraries apart
COMPARATOR = r"(>=|<=|>|<|\^|~|=|)\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?"


class Unsure(Exception):
    """What npm has to decide, or to do, itself."""


class Machine:
    """This machine as its node sees it; what is not `known` is looked up when it is needed, once."""

    def __init__(self, **known: str) -> None:
        self._known = known

    def value(self, what: str) -> str:
        """One of "os", "cpu", "libc", "node"; "" for the C library of a system other than Linux. Raises Unsure."""
        if what not in self._known:
            looks = {"os": _system, "cpu": _processor, "libc": _library, "node": _node_version}
            self._known[what] = looks[what]()
        return self._known[what]

    def fits(self, entry: Mapping[str, Any]) -> bool:
        """Whether `os`, `cpu` and `libc` of a lock's entry include this machine."""
        return all(not entry.get(what) or _is_listed(self.value(what), entry[what]) for what in ("os", "cpu", "libc"))

    def suits(self, engines: object) -> bool:
        """Whether this node is one that `engines` ask for: npm leaves out an optional package that wants another."""
        if not isinstance(engines, dict):
            return True
        if engines.get("npm"):
            raise Unsure("an optional package wants a certain npm")
        return not engines.get("node") or is_within(self.value("node"), str(engines["node"]))


def is_within(version: str, wanted: str) -> bool:
    """Whether a version without a pre-release is in a range of node-semver's. Raises Unsure for one in a rare form."""
    found = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)", version)
    if not found:
        raise Unsure(f"node has the version {version}")
    number = tuple(map(int, found.groups()))
    return any(_is_in_all(number, part.strip()) for part in wanted.split("||"))


def _is_in_all(number: tuple[int, ...], part: str) -> bool:
    comparators = re.findall(COMPARATOR, part)
    if re.sub(COMPARATOR, "", part).strip():
        raise Unsure(f"the range {part}")
    return all(low <= number < high for low, high in (_bounds(sign, numbers) for sign, *numbers in comparators))


def _bounds(sign: str, numbers: list[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The first version that is in, and the first after it that is not."""
    given = [int(number) for number in numbers if number.isdigit()]
    none, endless = (0, 0, 0), (sys.maxsize,)
    if not given:
        if sign not in ("", "=", ">=", "^", "~"):
            raise Unsure(f"the range {sign}*")
        return none, endless
    low = tuple([*given, 0, 0][:3])
    if sign == ">=":
        return low, endless
    if sign == "<":
        return none, low
    after = _next(given, len(given))
    if sign in (">", "<="):
        return (after, endless) if sign == ">" else (none, after)
    if sign == "~":
        return low, _next(given, min(2, len(given)))
    if sign == "^":
        leading = next((place for place, each in enumerate(given, 1) if each), len(given))
        return low, _next(given, leading)
    return low, after


def _next(given: list[int], place: int) -> tuple[int, ...]:
    """The version after all that begin with the first `place` numbers of `given`."""
    return tuple([*given[: place - 1], given[place - 1] + 1, 0, 0][:3])


def _is_listed(value: str, wanted: object) -> bool:
    words = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Unsure("a list of platforms in a form of its own")
    if words == ["any"]:
        return True
    refused = [word[1:] for word in words if word.startswith("!")]
    return bool(value) and value not in refused and (value in words or len(refused) == len(words))


# --- what is here -------------------------------------------------------------------------------------------------


def _system() -> str:
    name = os.uname().sysname.lower()  # not sys.platform: that of node on Android is another
    if name not in SYSTEMS or hasattr(sys, "getandroidapilevel"):
        raise Unsure(f"the system {name}")
    return name


def _processor() -> str:
    """The processor that node was built for: a machine may run programs of another one."""
    with open(_node(), "rb") as file:
        head = file.read(20)
    if head[:4] == b"\x7fELF" and head[5] == 1:
        found = ELF.get(int.from_bytes(head[18:20], "little"))
    else:
        found = MACH.get(int.from_bytes(head[4:8], "little")) if head[:4] == b"\xcf\xfa\xed\xfe" else None
    if not found:
        raise Unsure("node is no program of a known kind")
    return found


def _library() -> str:
    if _system() != "linux":
        return ""
    with open(LDD, encoding="utf-8", errors="replace") as file:
        text = file.read()
    if "musl" in text:
        return "musl"
    if "GNU C Library" in text:
        return "glibc"
    raise Unsure("an unknown C library")


def _node() -> str:
    """The node that npm would run on: the first on PATH."""
    for folder in os.get_exec_path():
        place = os.path.join(folder, "node")
        if os.access(place, os.X_OK):
            return place
    raise Unsure("there is no node")


def _node_version() -> str:
    out, into = os.pipe()
    node = _node()
    actions = [(os.POSIX_SPAWN_DUP2, into, 1)]
    child = os.posix_spawn(node, [node, "--version"], os.environ, file_actions=actions)  # noqa: TID251 - a program of its own
    os.close(into)
    said = os.read(out, 100)
    os.close(out)
    if os.waitpid(child, 0)[1]:
        raise Unsure("node does not tell its version")
    return said.decode().strip()
