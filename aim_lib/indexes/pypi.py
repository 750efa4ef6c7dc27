"""Indexes of Python packages: the Simple API as JSON (PEP 691), or as HTML (PEP 503) where that is all there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from ..environments import normal
from ..host import Host
from ..pipconf import Source
from ..pipindex import index_source
from . import Fetcher, Need, NotAsked, Package, Question, Registry, Release, Reply, in_order, moment, newest, one_line

ECOSYSTEM = "pypi"
JSON = "application/vnd.pypi.simple.v1+json"
ACCEPT = f"{JSON}, application/vnd.pypi.simple.v1+html; q=0.2, text/html; q=0.01"
SDIST = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")


class File(msgspec.Struct, frozen=True):
    """One file of a release."""

    filename: str
    requires_python: str | None = msgspec.field(default=None, name="requires-python")
    upload_time: str | None = msgspec.field(default=None, name="upload-time")
    yanked: bool | str = False


class State(msgspec.Struct, frozen=True):
    """PEP 792: active, archived, deprecated or quarantined."""

    status: str = "active"
    reason: str = ""


class Project(msgspec.Struct, frozen=True):
    """A project's page."""

    files: list[File]
    state: State = msgspec.field(default_factory=State, name="project-status")


class PyPI:
    """The indexes that pip or uv is told of. pip asks all it has and takes the best of them, and so do we."""

    def __init__(self, host: Host, fetcher: Fetcher) -> None:
        self.host = host
        self.fetcher = fetcher

    def look_up(self, name: str, need: Need, kind: str) -> Package:
        source = index_source(kind, self.host)
        if not source.registries:
            raise NotAsked(f"{'uv' if kind == 'uv' else 'pip'} is told to use no index")
        path = f"{normal(name)}/"
        questions = [Question(_registry(one, source), name, path, ACCEPT, _reader(name)) for one in source.registries]
        return _merged(name, [self.fetcher.ask(question) for question in questions])


def open(host: Host, fetcher: Fetcher) -> PyPI:  # noqa: A001 - the folder's contract
    return PyPI(host, fetcher)


def _registry(one: tuple[str, str], source: Source) -> Registry:
    url, authorization = one
    return Registry(
        url,
        authorization=authorization,
        certificates=source.certificates,
        proxy=source.proxy,
        is_offline=source.is_offline,
    )


def _merged(name: str, found: list[Package]) -> Package:
    """One package of what several indexes have of it."""
    there = [package for package in found if package.exists]
    if len(there) < 2:
        unreadable = next((package for package in found if package.unreadable), found[0])
        return there[0] if there else unreadable
    whole = {one.version: one for package in reversed(there) for one in package.releases}
    releases = in_order("pypi", whole.values())
    return msgspec.structs.replace(there[0], releases=releases, latest=newest("pypi", releases))


def _reader(name: str) -> Callable[[Reply], Package]:
    def read(reply: Reply) -> Package:
        if reply.kind.endswith("json"):
            project = msgspec.json.decode(reply.body, type=Project)
        elif reply.kind.endswith("html"):
            project = _from_html(reply.body)
        else:
            raise ValueError(reply.kind)
        return _package(name, project)

    return read


def _package(name: str, project: Project) -> Package:
    files: dict[str, list[File]] = {}
    for file in project.files:
        version = version_of(file.filename, name)
        if version:
            files.setdefault(version, []).append(file)
    releases = in_order("pypi", (_release(version, found) for version, found in files.items()))
    dates = [one.uploaded for one in releases if one.uploaded]
    state = project.state
    return Package(
        name=name,
        exists=bool(releases),  # a name without files cannot be installed; some proxies answer so for any name
        releases=releases,
        latest=newest("pypi", releases),
        deprecated="" if state.status == "active" else one_line(f"{state.status} {state.reason}"),
        created=min(dates, default=None),
    )


def _release(version: str, files: list[File]) -> Release:
    # PEP 592 withdraws files; a release is withdrawn when all of it is.
    yanked = [file.yanked for file in files]
    dates = [date for file in files if (date := moment(file.upload_time or ""))]
    return Release(
        version=version,
        yanked=next(filter(None, map(one_line, yanked)), "yanked") if _is_withdrawn(yanked) else "",
        uploaded=min(dates, default=None),
        needs=next(filter(None, (one_line(file.requires_python) for file in files)), ""),
    )


def _is_withdrawn(yanked: Iterable[bool | str]) -> bool:
    return all(mark is not False for mark in yanked)


def version_of(filename: str, project: str) -> str:
    """The version that a file's name bears, or "" when it is neither a wheel nor a source distribution."""
    if filename.endswith(".whl"):
        parts = filename.split("-")
        return parts[1] if len(parts) >= 5 else ""
    stem = next((filename.removesuffix(ending) for ending in SDIST if filename.endswith(ending)), "")
    # Old names may have a "-" in the version, and any spelling of the name before it.
    head, tail = stem[: len(project)], stem[len(project) + 1 :]
    return tail if normal(head) == normal(project) and tail else stem.rpartition("-")[2]


def _from_html(body: bytes) -> Project:
    from ..simplepage import read_page

    return Project(
        files=[
            File(
                filename=one.filename,
                requires_python=one.requires_python,
                yanked=one.yanked is not None and (one.yanked or True),
            )
            for one in read_page(body, (".whl", *SDIST))
        ]
    )
