"""The contract of `aim_lib/resources/`: each kind finds, changes, undoes and explains as real installers were seen to.

A kind is complete when `tests/data/resources/<kind>/` has what its README lists.
"""

from __future__ import annotations

import functools
import json
import re
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aim_lib import catalog
from aim_lib.host import Host
from aim_lib.model import Copy, Delete, Link, Move, Present, Run, Step, Wanted, Write
from aim_lib.resources import Holds, Options, Resource
from aim_lib.resources.npm import retired_folder

from ..fakes import host, stub

PACKAGE = "aim_lib.resources"
DATA = Path(__file__).parents[1] / "data" / "resources"
KINDS = catalog.own(PACKAGE)
SYSTEMS = ("linux", "macos", "windows")
PUBLIC = {
    *(
        "pypi.org",
        "files.pythonhosted.org",
        "registry.npmjs.org",
        "r.pnpm.io",
        "github.com",
        "index.crates.io",
        "127.0.0.1",
    ),
    *("deb.debian.org", "wiki.debian.org", "download.videolan.org"),
    *("formulae.brew.sh", "ghcr.io", "docs.brew.sh", "scoop.sh"),
}
STARTS_A_PROGRAM = ("subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "os.system", "os.spawn")

# What is known to be wrong today, by kind and case: each must fail until it is mended.
KNOWN: dict[tuple[str, str], str] = {}


# --- the recorded machine ---------------------------------------------------------------------------------------


def read(kind: str, name: str) -> Any:
    """A document of the kind's folder; {} when it is not there, so that only the test of completeness fails."""
    path = DATA / kind / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def fill(value: Any, home: Path) -> Any:
    """`value` with every placeholder replaced by the place it has below `home`."""
    if isinstance(value, dict):
        return {fill(key, home): fill(entry, home) for key, entry in value.items()}
    if isinstance(value, list):
        return [fill(entry, home) for entry in value]
    if not isinstance(value, str):
        return value
    for name in ("PYTHON", "GONE"):
        value = value.replace(f"{{{name}}}", str(home / f"the-{name.lower()}"))
    value = value.replace("{HOME}", str(home))
    value = str(Path(value)) if value.startswith(str(home)) else value  # with the separators of this system
    return re.sub(r"(.*)/\.([^/]+)-\{RETIRED\}", lambda found: _retired(found[1], found[2]), value)


def _retired(folder: str, name: str) -> str:
    return str(retired_folder(Path(folder, name)))


def lay_out(tree: dict[str, Any], home: Path) -> None:
    """Make the recorded files and links below `home`, and the Python that the environments were made with."""
    stub(home / "the-python" / "bin", "python3.11")
    for path, what in fill(tree, home).items():
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if "link" in what:
            place.symlink_to(what["link"])
        elif "executable" in what:
            stub(place.parent, place.name)
        elif "script" in what:
            place.write_text(what["script"], encoding="utf-8")
            place.chmod(0o755)
        elif "sql" in what:
            with sqlite3.connect(place) as database:
                database.executescript(what["sql"])
            database.close()
        else:
            place.write_text(what["text"] if "text" in what else json.dumps(what["json"]), encoding="utf-8")


def machine(home: Path, system: str = "linux", more: dict[str, str] | None = None) -> Host:
    """A host whose PATH has the installers that are not ours; `more` are further variables."""
    for name in ("node", "npm", "pnpm", "cargo"):
        stub(home / "programs", name)
    return host(system, home, env={"PATH": str(home / "programs"), **(more or {})})


def own_machine(kind: str, home: Path) -> Host:
    """The machine that the kind was recorded on: Linux, unless its machine.json says otherwise."""
    told = fill(read(kind, "machine.json"), home)
    return machine(home, told.get("system", "linux"), told.get("env"))


def recorded(kind: str, home: Path) -> Resource:
    """The resource on the machine that was recorded."""
    lay_out(read(kind, "tree.json"), home)
    return opened(kind, own_machine(kind, home))


def opened(kind: str, on: Host) -> Resource:
    resource: Resource = catalog.load(PACKAGE, kind).open(on, Options(node_version="22.14.0"))
    return resource


def expected(kind: str, name: str, home: Path) -> Present:
    fields = fill(read(kind, "expected.json")[name]["present"], home)
    return msgspec.convert({"kind": kind, "name": name, **fields}, Present)


def shown(steps: tuple[Step, ...], kind: str, home: Path) -> list[Any]:
    """Steps as `argv.json` has them: words, without the program and what each call has, or what happens to a file."""
    head, common = (fill(read(kind, "argv.json").get(key, []), home) for key in ("program", "common"))
    return [_shown(step, head, common) for step in steps]


def _shown(step: Step, head: list[str], common: list[str]) -> Any:
    match step:
        case Run(argv=argv) if any(word.endswith(".py") for word in argv):
            script = next(place for place, word in enumerate(argv) if word.endswith(".py"))
            return {"run": [Path(argv[script]).name, *argv[script + 1 :]]}
        case Run(argv=argv):
            assert list(argv[: len(head)]) == head
            words = list(argv[len(head) :])
            has_common = words[1 : 1 + len(common)] == common
            assert has_common or "--global" not in words
            return [*words[:1], *words[1 + len(common) :]] if has_common else words
        case Delete(path=path):
            return {"delete": path}
        case Copy(source=source, path=path, sha256=sha256):
            return {"copy": source, "to": path, "sha256": sha256}
        case Move(source=source, path=path):
            return {"move": source, "to": path}
        case Link(path=path, target=target):
            return {"link": path, "target": target}
        case Write(path=path, text=text, mode=mode) if is_kept(Path(path), text, mode):
            return {"keep": path}
        case Write(path=path, text=""):
            return {"lend": path}
        case Write(path=path, text=text) if path.endswith(".json"):
            return {"write": path, "json": json.loads(text)}
    raise AssertionError(f"argv.json cannot say {step}")


def is_kept(path: Path, text: str, mode: int) -> bool:
    """Whether writing this would put a file back exactly as it is now."""
    return path.is_file() and path.read_text(encoding="utf-8") == text and path.stat().st_mode & 0o777 == mode


def cases(document: str, section: str = "") -> list[Any]:
    """Every recorded case of every kind, as (kind, case) with its name as the test's id."""
    return list(_cases(document, section))


def _cases(document: str, section: str) -> Iterator[Any]:
    for kind in KINDS:
        entries = read(kind, document)
        for key in entries.get(section, ()) if section else entries:
            name = key["about"] if section else key
            yield pytest.param(kind, key, id=f"{kind}-{name}", marks=known(kind, name))


def known(kind: str, name: str) -> list[pytest.MarkDecorator]:
    """The mark of a case that a known defect fails."""
    return [pytest.mark.xfail(strict=True, reason=KNOWN[kind, name])] if (kind, name) in KNOWN else []


# --- finding ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_recorded_output(kind: str) -> None:
    """A kind without the recorded output of its real installer is not finished."""
    wanted = ("tree.json", "expected.json", "argv.json", "folders.json", "failures/expected.json")

    assert [name for name in wanted if not read(kind, name)] == []
    assert list((DATA / kind / "failures").glob("*.txt"))


@pytest.mark.parametrize(("kind", "name"), cases("expected.json"))
def test_a_recorded_thing_is_found_as_it_is(kind: str, name: str, tmp_path: Path) -> None:
    """What a real installer left on disk is read as what it is: version, commands, flaw, leftovers."""
    found = recorded(kind, tmp_path).find()

    assert [present for present in found if present.name == name] == [expected(kind, name, tmp_path)]


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=known(kind, "everything")) for kind in KINDS])
def test_find_lists_everything_once_and_sorted(kind: str, tmp_path: Path) -> None:
    """Nothing is listed twice, nothing is left out, and the order is that of the names."""
    found = recorded(kind, tmp_path).find()

    assert [present.name for present in found] == sorted(read(kind, "expected.json"))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if catalog.load(PACKAGE, kind).IS_TOOL])
def test_thirty_tools_are_found_without_starting_a_program(kind: str, tmp_path: Path) -> None:
    """Finding is bulk and from disk: installers are ~500 times slower than their files."""
    many = read(kind, "many.json").get("whole")
    lay_out(many or {**read(kind, "tree.json"), **copies(kind, 30)}, tmp_path)
    resource = opened(kind, own_machine(kind, tmp_path))

    with watching() as started:
        found = resource.find()

    assert len(found) >= 30
    assert started == []


def copies(kind: str, count: int) -> dict[str, Any]:
    """The tree of the kind's last healthy thing, `count` times under other names, or what its many.json makes."""
    many = read(kind, "many.json")
    if many:
        return {**multiplied(many["each"], count), **joined(many.get("joined", {}), count)}
    entries = read(kind, "expected.json").items()
    name = [name for name, entry in entries if not entry["present"].get("flaw") and "/" not in name][-1]
    own = {path: what for path, what in read(kind, "tree.json").items() if re.search(rf"/{name}(/|$)", path)}
    text = json.dumps(own)
    return {
        path: what for place in range(count) for path, what in json.loads(text.replace(name, f"{name}{place}x")).items()
    }


def multiplied(tree: dict[str, Any], count: int) -> dict[str, Any]:
    """`tree` for every number below `count`, which {N} stands for."""
    text = json.dumps(tree)
    return {path: what for n in range(count) for path, what in json.loads(text.replace("{N}", f"{n:02}")).items()}


def joined(lists: dict[str, Any], count: int) -> dict[str, Any]:
    """Files that list everything: their first line, then one for every number below `count`."""
    return {
        path: {"text": parts["head"] + "".join(parts["line"].replace("{N}", f"{n:02}") for n in range(count))}
        for path, parts in lists.items()
    }


_mine = threading.local()


def _note(event: str, _: tuple[object, ...]) -> None:
    if event in STARTS_A_PROGRAM and hasattr(_mine, "started"):
        _mine.started.append(event)


@functools.cache
def _listen() -> None:
    sys.addaudithook(_note)  # cannot be taken out again: once is enough, and it hears only while it is asked to


@contextmanager
def watching() -> Iterator[list[str]]:
    """The names of audit events by which this thread starts programs meanwhile."""
    _listen()
    started: list[str] = []
    _mine.started = started
    try:
        yield started
    finally:
        del _mine.started


def test_the_watch_notices_a_program() -> None:
    """The watch that the test above relies on does see a program being started."""
    import subprocess

    with watching() as started, pytest.raises(FileNotFoundError):
        subprocess.run(["/nowhere/program"], check=False)

    assert "subprocess.Popen" in started


# --- changing and undoing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "case"), cases("argv.json", "change"))
def test_change_says_what_to_run_and_how_to_go_back(kind: str, case: Any, tmp_path: Path) -> None:
    """The steps to a version and back are the ones that were seen to work with the real installer."""
    resource = recorded(kind, tmp_path)
    have = expected(kind, case["have"], tmp_path) if case["have"] else None
    wanted = msgspec.convert({"kind": kind, **fill(case["wanted"], tmp_path)}, Wanted)

    steps = resource.change(wanted, found(resource, have), wanted.version)

    assert shown(steps.do, kind, tmp_path) == fill(case["do"], tmp_path)
    assert shown(steps.undo, kind, tmp_path) == fill(case["undo"], tmp_path)


@pytest.mark.parametrize(("kind", "case"), cases("argv.json", "remove"))
def test_remove_says_what_to_run_and_how_to_go_back(kind: str, case: Any, tmp_path: Path) -> None:
    """Removing is undone by installing exactly what was there."""
    resource = recorded(kind, tmp_path)
    have = found(resource, expected(kind, case["have"], tmp_path))

    assert have is not None
    steps = resource.remove(have)

    assert shown(steps.do, kind, tmp_path) == fill(case["do"], tmp_path)
    assert shown(steps.undo, kind, tmp_path) == fill(case["undo"], tmp_path)


@pytest.mark.parametrize(("kind", "case"), cases("argv.json", "hold"))
def test_hold_says_what_to_run_and_how_to_go_back(kind: str, case: Any, tmp_path: Path) -> None:
    """Holding a thing at its version, and freeing it, undo one another."""
    resource = recorded(kind, tmp_path)
    have = found(resource, expected(kind, case["have"], tmp_path))

    assert have is not None
    assert isinstance(resource, Holds)
    steps = resource.hold(have, is_held=case["is_held"])

    assert shown(steps.do, kind, tmp_path) == fill(case["do"], tmp_path)
    assert shown(steps.undo, kind, tmp_path) == fill(case["undo"], tmp_path)
    assert ("pinned" in have.traits) is not case["is_held"]


def found(resource: Resource, like: Present | None) -> Present | None:
    """The thing as the resource itself finds it: what it keeps for undo is its own affair."""
    same = ((like.id, like.where) if like else None,)
    return next((present for present in resource.find() if (present.id, present.where) in same), None)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("kind", KINDS)
def test_planning_changes_nothing(kind: str, system: str, tmp_path: Path) -> None:
    """Asking for steps leaves the disk as it was, on every system."""
    lay_out(read(kind, "tree.json"), tmp_path)
    resource = opened(kind, machine(tmp_path, system))
    before = sorted(tmp_path.rglob("*"))

    steps = [resource.change(Wanted(kind=kind, name="node"), None, "22.14.0")]
    steps += [resource.remove(present) for present in resource.find()]

    assert all(entry.do and entry.undo for entry in steps)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("kind", KINDS)
def test_programs_run_with_the_time_limit_of_the_options(kind: str, system: str, tmp_path: Path) -> None:
    """Every program that a resource asks for is bounded by the configured time."""
    resource = catalog.load(PACKAGE, kind).open(machine(tmp_path, system), Options(timeout_s=12.0))

    steps = resource.change(Wanted(kind=kind, name="node"), None, "22.14.0")

    limits = {step.timeout_s for step in (*steps.do, *steps.undo) if isinstance(step, Run)}
    assert limits == {12.0}


# --- explaining -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "name"), cases("failures/expected.json"))
def test_a_recorded_failure_has_its_cause(kind: str, name: str) -> None:
    """What a real installer printed when it failed is understood; only "network" is worth another try."""
    output = (DATA / kind / "failures" / f"{name}.txt").read_text(encoding="utf-8")

    diagnosis = opened(kind, host()).diagnose(output)

    assert diagnosis.cause == read(kind, "failures/expected.json")[name]
    assert diagnosis.message
    assert diagnosis.remedy


@pytest.mark.parametrize("kind", KINDS)
def test_every_recorded_failure_is_expected(kind: str) -> None:
    """No recording lies about that nobody compares."""
    files = sorted(path.stem for path in (DATA / kind / "failures").glob("*.txt"))

    assert files == sorted(read(kind, "failures/expected.json"))


@pytest.mark.parametrize("kind", KINDS)
def test_silence_is_an_unknown_failure(kind: str) -> None:
    """An installer that says nothing has an unknown cause, and still there is something to do."""
    diagnosis = opened(kind, host()).diagnose("")

    assert diagnosis.cause == "unknown"
    assert diagnosis.remedy


# --- every system -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("kind", KINDS)
def test_bin_folders_follow_the_system(kind: str, system: str, tmp_path: Path) -> None:
    """The folders that must be on PATH are those where the installer of that system puts commands."""
    resource = opened(kind, host(system, tmp_path))

    assert list(map(str, resource.bin_folders)) == fill(read(kind, "folders.json")[system], tmp_path)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_machine_has_nothing(kind: str, system: str, tmp_path: Path) -> None:
    """Where nothing is installed, nothing is found, and nothing is made by looking."""
    resource = opened(kind, host(system, tmp_path / "home"))

    assert resource.find() == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_lane_lets_at_least_one_through(kind: str, system: str) -> None:
    """A lane that is narrower than one change would wait for ever."""
    lane = opened(kind, host(system)).lane

    assert lane.name
    assert lane.width >= 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_names_its_ecosystem(kind: str) -> None:
    """Versions are compared by the rules of one of the ecosystems we know."""
    module = catalog.load(PACKAGE, kind)

    assert module.ECOSYSTEM in catalog.members("aim_lib.ecosystems")
    assert isinstance(module.IS_TOOL, bool)


def test_recordings_name_no_machine() -> None:
    """Recordings mention public registries and loopback, and no place of the machine they were made on."""
    texts = [path.read_text(encoding="utf-8") for path in DATA.rglob("*") if path.suffix in (".txt", ".json")]

    hosts = {name for text in texts for name in re.findall(r"https?://([^/:\s)\"'`]+)", text)}
    places = {name for text in texts for name in re.findall(r"(?<![\w}./])/(?:root|tmp|usr|var|opt|work)/\S*", text)}

    assert hosts <= PUBLIC
    assert places == set()
