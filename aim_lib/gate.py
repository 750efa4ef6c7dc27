"""What a pipeline is told: other commands' results as one verdict, and the folder of files that it keeps.

Judges and writes reports; asks nothing and mends nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from . import drift, private_files
from .errors import AimError, NotPermitted
from .host import Host
from .model import Record, Result, Status
from .reports import Look, html, json_doc, junit_xml, markdown

FOLDER = "aim-report"
JUNIT, JSON, SUMMARY, PAGE = "junit.xml", "report.json", "summary.md", "report.html"
BAD = (Status.FAILED, Status.BLOCKED)
NOT_HELD = 5  # NotAsWanted's exit code: the gate does not hold


def verdict(records: Iterable[Record]) -> str:
    """fail, warn, pass, or skip where nothing was judged."""
    found = {record.status for record in records}
    if found == {Status.SKIPPED}:
        return "skip"
    if found & set(BAD):
        return "fail"
    return "warn" if Status.WARNED in found else "pass"


def of_gate(name: str, result: Result) -> tuple[Record, ...]:
    """A command's records under the name of their gate."""
    return tuple(_under(name, record) for record in result.records)


def _under(name: str, record: Record) -> Record:
    return replace(record, id=f"{name}:{record.id}", title=f"{name}: {record.title}")


def of_error(name: str, error: AimError, folder: Path) -> tuple[Record, ...]:
    """A gate whose command failed: a record for each thing that it says, at its file where it names one."""
    said = error.details or (error.message,)
    return tuple(
        Record(
            id=f"{name}:{place}",
            status=Status.FAILED,
            title=name,
            detail=text,
            remedy=error.remedy,
            where=_file_in(text, folder),
        )
        for place, text in enumerate(said, 1)
    )


def _file_in(text: str, folder: Path) -> str:
    """The file that a mistake begins with, as the checkout calls it; "" when it names none below `folder`."""
    named = Path(text.partition(": ")[0])
    return named.relative_to(folder).as_posix() if named.suffix and named.is_relative_to(folder) else ""


def of_drift(tools: Iterable[Mapping[str, Any]]) -> tuple[Record, ...]:
    """One Record for each tool that is off, and one for the others."""
    known = tuple(tools)
    off = tuple(_off(each) for each in known if each["status"] in drift.OFF)
    fine = sum(each["status"] == drift.OK for each in known)
    said = f"{fine} as declared" if known else "no tools are declared"
    return (*off, Record(id="drift", status=Status.OK, title="drift", detail=said)) if fine or not off else off


def _off(each: Mapping[str, Any]) -> Record:
    actual = f"{each['actual']} is there" if each["actual"] else "it is not there"
    why = f" ({each['why']})" if each["why"] else ""
    return Record(
        id=f"drift:{each['manager']}:{each['tool']}",
        status=Status.FAILED,
        title=f"drift: {each['tool']}",
        detail=f"{each['status']}: {each['expected']} is wanted, {actual}{why}",
        remedy=each["remedy"] or "aim sync-versions",
    )


def report_folder(told: str, host: Host) -> Path:
    """Where the files go: `told` from the current folder.

    Raises NotPermitted when a link leads it somewhere else: a checkout is not always one's own.
    """
    wanted = Path(os.path.normpath(host.cwd / Path(told).expanduser()))
    inside = wanted.is_relative_to(host.cwd)
    strays = not wanted.resolve().is_relative_to(host.cwd.resolve()) if inside else wanted.is_symlink()
    if strays:
        what = f"{wanted} leads elsewhere by a link: {wanted.resolve()}"
        raise NotPermitted(what, remedy="name a folder without links: --output DIR")
    if wanted.exists() and not wanted.is_dir():
        raise NotPermitted(f"{wanted} is no folder", remedy="name another one: --output DIR")
    return wanted


def pages(result: Result, more: Mapping[str, Any], look: Look, *, with_page: bool) -> Iterator[tuple[str, str]]:
    """The name and the text of every file; `more` is what the page shows besides."""
    whole = replace(look, has_unicode=True, has_colour=False)
    yield JUNIT, junit_xml.render(result, whole)
    yield JSON, json_doc.render(result, whole)
    yield SUMMARY, markdown.render(result, whole)
    if with_page:
        yield PAGE, html.render(replace(result, body={**result.body, **more}), whole)


def write(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    """Write each file, whole or not at all; a link in the place of one is replaced. Raises NotPermitted, Failed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise private_files.unwritable(folder, error) from error
    for name, text in files:
        private_files.replace(folder / name, text.encode("utf-8", "backslashreplace"), mode=0o644)
