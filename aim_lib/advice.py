"""What to do next in a folder: at most three remarks, and the two most useful commands. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .model import Frozen, Record, Status

MOST = 3
INSIDE = ("aim secrets ensure", "aim install", "aim pin")  # what bootstrap does anyway
USUAL = ("aim status", "aim update")
DOES = {
    "aim bootstrap": "sets everything up: secrets, tools, pins",
    "aim config trust": "consents to what aim.toml would have run",
    "aim config validate": "names every mistake and its place",
    "aim init": "starts an aim.toml of your own in this folder",
    "aim install": "makes the tools as declared",
    "aim pin": "writes aim.lock",
    "aim plan": "shows what would change, and why",
    "aim secrets ensure": "asks for the missing secrets",
    "aim status": "one screen: how things stand",
    "aim update": "what newer versions there are",
}


class Scene(Frozen, frozen=True):
    """How things stand here: what was read, and nothing that had to be started.

    `file` is the aim.toml that counts here, "" when none declares anything; `counts` are tools by how they stand;
    `is_first` when we have never installed anything on this machine; `unread` is why the tools could not be judged.
    """

    file: str = ""
    is_first: bool = False
    is_interrupted: bool = False
    is_locked: bool = True
    is_trusted: bool = True
    problems: tuple[str, ...] = ()
    counts: Mapping[str, int] = {}
    absent: tuple[str, ...] = ()
    unread: tuple[str, str] = ("", "")


class Advice(Frozen, frozen=True):
    """The gravest remarks first, and the commands to type: the first is the one to begin with."""

    remarks: tuple[Record, ...]
    commands: tuple[str, ...]


def advise(scene: Scene) -> Advice:
    """The remarks that matter most on this scene, and two commands; where nothing is amiss, that is said."""
    found = list(_remarks(scene)) or [(_fine(scene), ())]
    kept = found[:MOST]
    wanted = [command for _, commands in kept for command in commands[:1]]
    more = [command for _, commands in kept for command in commands[1:]]
    named = dict.fromkeys((*wanted, *more, *USUAL))
    useful = [command for command in named if command not in INSIDE or "aim bootstrap" not in named]
    return Advice(remarks=tuple(record for record, _ in kept), commands=tuple(useful[:2]))


def _remarks(scene: Scene) -> Iterator[tuple[Record, tuple[str, ...]]]:
    """Every remark with the commands that answer it, the gravest first."""
    if scene.problems:
        more = f" (and {len(scene.problems) - 1} more)" if len(scene.problems) > 1 else ""
        yield _said(Status.FAILED, "config", f"{scene.problems[0]}{more}"), ("aim config validate",)
        return  # nothing else can be judged
    if scene.is_interrupted:
        yield (
            _said(Status.WARNED, "last run", "another run is at work, or was killed while it changed tools"),
            ("aim install",),
        )
    if not scene.file:
        yield _said(Status.SKIPPED, "config", "no aim.toml here: the built-in list of tools counts"), _starts(scene)
    if not scene.is_trusted:
        yield _said(Status.WARNED, "consent", f"{scene.file} would run code of its own"), ("aim config trust",)
    if any(scene.unread):
        yield _said(Status.FAILED, "tools", scene.unread[0]), (scene.unread[1],) if scene.unread[1] else ()
    yield from _of_tools(scene)
    if scene.absent:
        names = f"{', '.join(scene.absent[:3])}{', …' if len(scene.absent) > 3 else ''}"
        yield _said(Status.WARNED, "secrets", f"missing: {names}"), ("aim secrets ensure",)
    if not scene.is_locked and scene.file:
        yield _said(Status.WARNED, "lock", "there is no aim.lock: nobody else gets your versions"), ("aim pin",)


def _starts(scene: Scene) -> tuple[str, ...]:
    return ("aim bootstrap", "aim init") if scene.is_first else ("aim init",)


def _of_tools(scene: Scene) -> Iterator[tuple[Record, tuple[str, ...]]]:
    missing, drift = scene.counts.get("missing", 0), scene.counts.get("drift", 0)
    if not missing and not drift:
        return
    words = [f"{missing} missing"] * bool(missing) + [f"{drift} at another version"] * bool(drift)
    fine = scene.counts.get("ok", 0)
    detail = ", ".join([*words, *([f"{fine} as wanted"] * bool(fine))])
    yield _said(Status.WARNED, "tools", detail), ("aim bootstrap" if scene.is_first else "aim install", "aim plan")


def _fine(scene: Scene) -> Record:
    count = scene.counts.get("ok", 0)
    detail = f"{count} tool{'' if count == 1 else 's'} as wanted" if count else f"{scene.file} declares no tools"
    return _said(Status.OK, "all well", detail)


def _said(status: Status, title: str, detail: str) -> Record:
    return Record(id=title.replace(" ", "-"), status=status, title=title, detail=detail)
