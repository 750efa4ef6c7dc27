"""The way over: what the predecessors' files say, as one aim.toml."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._app import asked, command

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.migrate_document import Carried, Left, Migration
    from aim_lib.migrate_toml import Drafted
    from aim_lib.model import Record, Result

GROUP = "config"
NOTHING = "nothing of AI_MANGER or AIM was found here or above: name a file, such as toolstack.config.json"


@command(
    lenient=True,
    iterable=["file"],
    help={
        "file": "a predecessor's file; repeat for more, the last has the last word (default: those that are found)",
        "apply": "write aim.toml; without it, only show what would be written",
    },
)
def migrate(app: App, file: Iterable[str] | None = None, apply: bool = False) -> Result:
    """Take over AI_MANGER's and AIM's files into one aim.toml, every key of them accounted for."""
    from aim_lib.errors import BadConfig
    from aim_lib.model import Result

    paths = _chosen(app, tuple(file or ()))
    if not paths:
        return Result(closing=(NOTHING,), body={"files": []})
    target = _target(app, paths, is_named=bool(file))
    made = _read(app, paths, target)
    mark, before = _text_of(target)
    from aim_lib.migrate_toml import draft

    drafted = draft(before, made.carried, str(target))
    _check(drafted.text, target)
    is_done = apply and not asked().dry_run and bool(drafted.added)
    place = _write(app, target, mark + drafted.text, paths) if is_done else None
    if not target.is_file() and not drafted.added:
        raise BadConfig(f"there is nothing to take over in {paths[0]}", remedy="name another file")
    return Result(
        records=(*map(_kept, drafted.kept), *map(_left, made.left)),
        text=_diff(before, drafted.text, target),
        closing=_closing(made, drafted, target, is_done=is_done, place=place),
        body=_body(made, drafted, paths, target, is_done=is_done),
    )


def _chosen(app: App, names: tuple[str, ...]) -> tuple[Path, ...]:
    """The files that were named, or those that stand here or above, and in the folder of AIM_REGISTRY_PATH."""
    from aim_lib import predecessors

    if names:
        return tuple(app.host.cwd / Path(name).expanduser() for name in names)
    return (*predecessors.of_the_user(app.host), *predecessors.nearest(app.host))


def _target(app: App, paths: tuple[Path, ...], *, is_named: bool) -> Path:
    """The nearest `aim.toml`; where there is none, one beside what was found, or here for files that were named."""
    from aim_lib import config, predecessors

    found = config.project_file(app.host)
    if found is not None:
        return found
    return (app.host.cwd if is_named else predecessors.base_of(paths[-1], app.host)) / config.FILE_NAME


def _read(app: App, paths: tuple[Path, ...], target: Path) -> Migration:
    from aim_lib import predecessors
    from aim_lib.leak_shapes import has_shape
    from aim_lib.migrate_document import settled, together
    from aim_lib.mistakes import find_mistakes

    ground = predecessors.ground_of(app.host, target.parent, keeps_places=False)
    names = [path.name for path in paths]
    made = together(
        predecessors.translated(
            path, path.name if names.count(path.name) == 1 else _short(path, target), ground, _is_secret(has_shape)
        )
        for path in paths
    )
    return settled(made, find_mistakes)


def _is_secret(has_shape: Any) -> Any:
    def looks_like_one(text: str) -> bool:
        return bool(has_shape(text.encode("utf-8", "surrogatepass")))

    return looks_like_one


def _short(path: Path, target: Path) -> str:
    return path.relative_to(target.parent).as_posix() if path.is_relative_to(target.parent) else str(path)


def _text_of(target: Path) -> tuple[str, str]:
    """The byte order mark of what is there, or "", and the rest; both "" when there is nothing. Raises BadConfig."""
    from aim_lib import config

    if not target.is_file():
        return "", ""
    config.read_toml(target)  # says in its own words what is wrong with it
    text = target.read_bytes().decode("utf-8")
    return ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)


def _check(text: str, target: Path) -> None:
    """What is written must be read again without a mistake, what somebody wrote by hand included."""
    import tomllib

    from aim_lib.errors import BadConfig
    from aim_lib.mistakes import dotted, find_mistakes

    lines = [f"{dotted(path)}: {message}" for path, message in find_mistakes(tomllib.loads(text))]
    if lines:
        raise BadConfig(f"{target} would have mistakes", details=lines, remedy="correct these keys first")


def _write(app: App, target: Path, text: str, paths: tuple[Path, ...]) -> Path:
    """Write `aim.toml`, after copies of it and of the old files; returns the folder of the copies."""
    from aim_lib import files
    from aim_lib.host import iso

    stamp = iso(app.clock()).replace(":", "-")
    place = app.host.folders.state / "migrated" / stamp
    there = [path for path in (target, *paths) if path.is_file()]
    for number, path in enumerate(there):
        files.make_folder(place)
        files.write_bytes(place / f"{number}-{path.name}", path.read_bytes(), files.PRIVATE_FILE)
    files.write_text(target, text, target.stat().st_mode & 0o777 if target.is_file() else 0o644)
    names = ", ".join(path.name for path in paths)
    app.audit.write("config.migrated", f"{names} went into {target}", details={"copies": str(place)})
    return place


# --- how it is told ---------------------------------------------------------------------------------------------------


def _kept(each: Carried) -> Record:
    from aim_lib.migrate_toml import as_toml, comment
    from aim_lib.mistakes import dotted
    from aim_lib.model import Record, Status

    name = dotted(each.path)
    detail = f"kept as it is written by hand; {comment(each)} says {as_toml(each.value)}"
    return Record(id=name, status=Status.WARNED, title=name, detail=detail)


def _left(each: Left) -> Record:
    from aim_lib.model import Record, Status

    status = Status.WARNED if each.is_loss else Status.SKIPPED
    return Record(id=f"left:{each.origin}", status=status, title=each.origin.partition(": ")[2], detail=each.why)


def _diff(before: str, after: str, target: Path) -> str:
    import difflib

    old, new = (text.splitlines() for text in (before, after))
    name = target.name if before else "nothing"
    return "\n".join(difflib.unified_diff(old, new, name, target.name, lineterm=""))


def _closing(made: Migration, drafted: Drafted, target: Path, *, is_done: bool, place: Path | None) -> tuple[str, ...]:
    lost = sum(each.is_loss for each in made.left)
    verb = "taken over into" if is_done else "would be taken over into" if drafted.added else "to take over into"
    values = len(drafted.added) or "nothing"
    lines = [f"{values}{' values'[: 7 if len(drafted.added) != 1 else 6] if drafted.added else ''} {verb} {target}"]
    lines += [f"{lost} to look at above, marked !"] if lost else []
    lines += [f"copies of what was there: {place}"] if place else []
    lines += [f"next: {hint}" for hint in made.hints]
    if drafted.added and not is_done:
        lines.append("next: aim config migrate --apply")
    elif is_done:
        lines.append("next: aim plan")
    return tuple(lines)


def _body(made: Migration, drafted: Drafted, paths: tuple[Path, ...], target: Path, *, is_done: bool) -> dict[str, Any]:
    from aim_lib.mistakes import dotted

    def told(each: Carried) -> dict[str, Any]:
        return {"key": dotted(each.path), "value": each.value, "from": each.origins, "note": each.note}

    return {
        "files": [str(path) for path in paths],
        "target": str(target),
        "applied": is_done,
        "carried": [told(each) for each in made.carried],
        "added": [dotted(each.path) for each in drafted.added],
        "kept": [told(each) for each in drafted.kept],
        "left": [{"key": each.origin, "why": each.why, "is_loss": each.is_loss} for each in made.left],
        "next": made.hints,
    }
