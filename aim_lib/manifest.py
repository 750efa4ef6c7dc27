"""Reads and writes the lists of other programs: which format a file has, what of it can stand in an aim.toml."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import PurePath

import msgspec

from . import catalog, manifests
from .errors import BadConfig, Failed
from .kinds import tool_kinds
from .manifests import Entry, Malformed, Reading, Remark, Writing
from .mistakes import did_you_mean, find_mistakes

PACKAGE = "aim_lib.manifests"
LIMIT_BYTES = 8 * 1024 * 1024
ANY_SYSTEM = "any"
# PowerShell's `>` writes UTF-16, and cmd /u does so without a mark.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def formats() -> tuple[str, ...]:
    """Every format that can be read, as users write it: `pipx-json`."""
    return tuple(name.replace("_", "-") for name in catalog.members(PACKAGE))


def targets() -> tuple[str, ...]:
    """Every format that can be written."""
    return tuple(name for name in formats() if catalog.load(PACKAGE, _module(name)).KINDS)


def decode(data: bytes, name: str) -> str:
    """The text of a list: UTF-8, or UTF-16 as PowerShell writes it; line ends become "\\n". Raises BadConfig."""
    if len(data) > LIMIT_BYTES:
        raise BadConfig(
            f"{name} is larger than {LIMIT_BYTES // 1024 // 1024} MiB: no list of tools is",
            remedy="give the list itself, as its program writes it",
        )
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadConfig(
            f"{name} is not {encoding.upper()}: {error.reason} at byte {error.start}", remedy=f"save {name} as UTF-8"
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadConfig(f"{name}, line {line}: a NUL byte: this is no text", remedy=f"save {name} as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def detect(name: str, text: str, asked: str = "") -> str:
    """The format of a list: the one that was `asked` for, else by its file's name, else by what is in it.

    Raises BadConfig when there is no such format, and when none or several fit.
    """
    if asked:
        return known(asked, formats(), "--from")
    called = PurePath(name).name.lower()
    table = catalog.table(PACKAGE)
    by_name = [each for each, module in table.items() if any(fnmatch(called, file) for file in module.FILES)]
    by_text = [each for each, module in table.items() if module.looks_like(text)]
    fitting = [each for each in by_name if each in by_text] or by_text or by_name
    if len(fitting) == 1:
        return fitting[0].replace("_", "-")
    listed = ", ".join(each.replace("_", "-") for each in fitting) or ", ".join(formats())
    what = f"{name} could be any of these: {listed}" if fitting else f"{name} is no list of tools that is known"
    raise BadConfig(
        what, remedy=f"say which it is: --from {listed.split(', ')[0]}" + ("" if fitting else f" (or {listed})")
    )


def known(name: str, names: Iterable[str], option: str) -> str:
    """`name` as one of `names`, however its parts are joined. Raises BadConfig with the nearest."""
    options = tuple(names)
    found = name.lower().replace("_", "-")
    if found not in options:
        raise BadConfig(
            f"{option} {name!r} is not known{did_you_mean(found, options)}", remedy=f"one of: {', '.join(options)}"
        )
    return found


def read(kind: str, text: str, name: str) -> Reading:
    """What a list says, each tool once, and only what can stand in an aim.toml. Raises BadConfig naming the line."""
    try:
        found: Reading = catalog.load(PACKAGE, _module(kind)).read(text)
    except Malformed as error:
        place = f"{name}, line {error.line}" if error.line else name
        raise BadConfig(f"{place}: {error.why}", remedy=f"is it really {kind}? --from says what a list is") from error
    except RecursionError as error:
        raise BadConfig(f"{name} is nested too deeply", remedy=f"is it really {kind}?") from error
    return usable(found)


def usable(found: Reading) -> Reading:
    """`found` without what no aim.toml can say, and without repeats: of two declarations the first counts."""
    kept: dict[str, Entry] = {}
    left = list(found.left_out)
    for entry in found.tools:
        why = trouble(entry)
        before = kept.get(entry.id)
        if not why and before and _without_place(before) != _without_place(entry):
            why = f"said again, differently: the first counts ({before.request})"
        if why:
            left.append(Remark(what=entry.id, why=why, line=entry.line))
        elif not before:
            kept[entry.id] = entry
    return Reading(tools=tuple(kept.values()), left_out=tuple(sorted(left, key=lambda remark: remark.line)))


def trouble(entry: Entry) -> str:
    """Why a tool cannot be declared, or ""."""
    if entry.kind not in tool_kinds():
        return f"{entry.kind} is not managed"
    if entry.name.startswith("-"):
        return "an installer would take the name for an option"
    if entry.source and manifests.source_trouble(entry.source):
        return manifests.source_trouble(entry.source)
    found = find_mistakes({"tools": {entry.kind: {entry.name: {"version": entry.request}}}})
    return next((message for _, message in found), "")


def write(kind: str, entries: Iterable[Entry], system: str) -> Writing:
    """The text of a list of `entries`, for other programs; `system` is this machine's.

    Raises Failed when nothing of it can be said: an empty list would be an order to have no tools.
    """
    module = catalog.load(PACKAGE, _module(kind))
    here = system if module.SYSTEM == "this" else module.SYSTEM
    sayable, left = [], []
    for entry in entries:
        why = _unsayable(entry, kind, module.KINDS, here)
        sayable += [] if why else [entry]
        left += [Remark(what=entry.id, why=why)] if why else []
        if not why and entry.platforms not in ((), (here,)) and here != ANY_SYSTEM:
            why = f"{kind} does not say that it is for {', '.join(entry.platforms)}"
            left.append(Remark(what=entry.id, why=why, is_part=True))
    written: Writing = module.write(tuple(sayable))
    left_out = (*left, *written.left_out)
    if not module.read(written.text).tools:
        raise Failed(
            f"there is nothing that {kind} could say",
            remedy=f"other formats: {', '.join(name for name in targets() if name != kind)}",
            details=[str(remark) for remark in left_out],
        )
    return Writing(text=written.text, left_out=left_out)


def _unsayable(entry: Entry, kind: str, kinds: tuple[str, ...], here: str) -> str:
    if entry.kind not in kinds:
        return f"{kind} has no word for {entry.kind}"
    if entry.platforms and here not in (*entry.platforms, ANY_SYSTEM):
        return f"it is for {', '.join(entry.platforms)} only, which {kind} cannot say"
    return ""


def _without_place(entry: Entry) -> Entry:
    return msgspec.structs.replace(entry, line=0, version="")


def _module(name: str) -> str:
    return name.replace("-", "_")


def _encoding(data: bytes) -> str:
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")
    if marked:
        return marked
    if len(data) > 3 and data[1] == data[3] == 0 and data[0]:
        return "utf-16-le"
    return "utf-16-be" if len(data) > 3 and data[0] == data[2] == 0 and data[1] else "utf-8"
