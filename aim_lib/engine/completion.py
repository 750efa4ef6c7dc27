"""Completion on Tab: the script that a shell loads, and the JSON from which complete.py answers it.

`python -m aim_lib.engine.completion FILE KEY…` writes the JSON; complete.py runs it when there is none that is fresh.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from invoke import Collection, Program
from invoke.parser import Argument
from invoke.tasks import Task

from .. import files
from ..errors import BadConfig
from ..host import Host, utc_now
from ..model import Result
from ..reports import FORMATS
from . import complete
from .catalogue import Catalogue, rules_of
from .decorator import EngineTask, shared_arguments
from .introspection import list_tasks
from .options import OUTPUTS

# What a script completes: program names, and where their tasks come from ("" for the nearest tasks.py upward).
AIM = (("aim",), "aim_lib:namespace")
INVOKE = (("invoke", "inv"), "")
SCRIPTS = {"bash": "completion.bash", "zsh": "completion.zsh", "fish": "completion.fish", "pwsh": "completion.ps1"}
WRITTEN_PLAIN = re.compile(r"[\w.@/+-]+")  # a name that holds more would have to be quoted on the command line
LONGEST_TEXT = 100
CORE_VALUES = {
    "help": "tasks",
    "list": "groups",
    "list-format": ("flat", "nested", "json"),
    "print-completion-script": ("bash", "zsh", "fish"),
    "output": OUTPUTS,
    "format": FORMATS,
}
COMMAND_VALUES = {
    ("tasks.plan", "name"): "tasks",
    ("tasks.explain", "name"): "tasks",
    ("tasks.tree", "name"): "tasks",
    ("tasks.completion", "shell"): tuple(SCRIPTS),
}
CLOCK_STEP_NS = 50_000_000  # a file's time comes from a clock that moves in steps, of 4 to 16 ms, behind ours
OTHERS_FILES = ("site-packages", "dist-packages", "__pycache__", ".git")


# --- the script --------------------------------------------------------------------------------------------------


def script(shell: str, host: Host) -> Result:
    """The text that makes `shell` complete the program this is: `aim`, or `invoke` with its short name.

    Raises BadConfig for a shell that is not known.
    """
    if shell not in SCRIPTS:
        close = difflib.get_close_matches({"powershell": "pwsh"}.get(shell, shell), SCRIPTS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise BadConfig(
            f"--shell {shell!r} is not known{hint}", remedy=f"--shell {', '.join([*SCRIPTS][:-1])} or {[*SCRIPTS][-1]}"
        )
    programs, source = INVOKE if EngineTask.shares_options else AIM
    text = fill(shell, programs, (host.python, complete.__file__, str(host.folders.cache.absolute()), source))
    return Result(body={"shell": shell, "programs": list(programs), "script": text}, text=text)


def fill(shell: str, programs: Sequence[str], paths: tuple[str, str, str, str]) -> str:
    """The script of `shell` with its blanks filled: interpreter, complete.py, cache folder, source. All ASCII."""
    text = (Path(__file__).parent / "scripts" / SCRIPTS[shell]).read_text(encoding="utf-8")
    names = ("PYTHON", "COMPLETE", "CACHE", "SOURCE")
    blanks = {name: quote(value, shell) for name, value in zip(names, paths, strict=True)}
    listed = ", ".join(f"'{each}'" for each in programs) if shell == "pwsh" else " ".join(programs)
    blanks |= {"PROGRAM": programs[0], "PROGRAMS": listed}
    return re.sub(r"@([A-Z]+)@", lambda match: blanks[match[1]], text)


def quote(text: str, shell: str) -> str:
    """`text` as one word of `shell`, written in ASCII: no encoding on the way to the shell can spoil it."""
    if shell == "pwsh":
        return _quote_powershell(text)
    is_plain = text.isascii() and text.isprintable()
    if shell == "fish":
        plain = "".join(f"\\{each}" if each in "'\\" else each for each in text)
        return f"'{plain}'" if is_plain else "".join(f"\\X{each:02x}" for each in os.fsencode(text))
    if is_plain:
        return "'" + text.replace("'", "'\\''") + "'"
    return "$'" + "".join(f"\\{each:03o}" for each in os.fsencode(text)) + "'"


def _quote_powershell(text: str) -> str:
    parts = [_quoted_part(part) for part in re.findall(r"[ -~]+|[^ -~]", text)] or ["''"]
    return parts[0] if text.isascii() and text.isprintable() else f"('' + {' + '.join(parts)})"


def _quoted_part(part: str) -> str:
    if part.isascii() and part.isprintable():
        return "'" + part.replace("'", "''") + "'"
    raw = part.encode("utf-16-be", "surrogatepass")
    return " + ".join(f"[char]0x{raw[at : at + 2].hex()}" for at in range(0, len(raw), 2))


# --- the JSON ----------------------------------------------------------------------------------------------------


def main(argv: Sequence[str]) -> None:
    """Load the tasks that a key of complete.py names, and write what it needs to know of them to a file (0600)."""
    target, *key = argv
    _, source, folder, name = key
    began_ns = int(utc_now().timestamp() * 1e9) - CLOCK_STEP_NS
    if source:
        collection = _bundled(source)
        seen = _places_of(collection)
    else:
        collection, seen = _project(folder, name)
    core = core_arguments(is_bundled=bool(source))
    stamps = [_stamp(path, began_ns) for path in sorted({*seen, *_own_files()})]
    document = {"format": complete.FORMAT, "key": key, "stamps": stamps, **describe(collection, core)}
    files.make_folder(Path(target).parent)
    files.write_text(Path(target), json.dumps(document), files.PRIVATE_FILE)


def describe(collection: Collection, core: Sequence[Argument]) -> dict[str, Any]:
    """What complete.py has to know of the tasks, their groups and their options, and of those of the program."""
    catalogue = Catalogue(collection)
    shown = [each for each in list_tasks(catalogue).body["tasks"] if WRITTEN_PLAIN.fullmatch(each["name"])]
    flags = {argument.name: _flag(argument, CORE_VALUES.get(str(argument.names[0]))) for argument in core}
    return {
        "core": [flag for name, flag in flags.items() if name != "complete"],
        "help": flags["help"] | {"takes": False, "text": "what the task does and takes"},
        "shared": [_flag(argument, CORE_VALUES.get(argument.names[0])) for argument in shared_arguments()],
        "tasks": {each["name"]: _task(each, catalogue.tasks[each["name"]]) for each in shown},
        "aliases": {
            alias: each["name"] for each in shown for alias in each["aliases"] if WRITTEN_PLAIN.fullmatch(alias)
        },
        "groups": dict(_groups(collection)),
    }


def _task(described: dict[str, Any], task: Task[Any]) -> dict[str, Any]:
    own = {argument["name"] for argument in described["arguments"]}
    is_command = rules_of(task).is_command
    arguments = (each for each in task.get_arguments() if each.name in own)
    return {
        "text": _line(described["summary"]),
        "shared": isinstance(task, EngineTask),
        "flags": [
            _flag(each, COMMAND_VALUES.get((described["name"], str(each.name))) if is_command else None)
            for each in arguments
        ],
    }


def _flag(argument: Argument, values: Any) -> dict[str, Any]:
    """`takes`: a value follows; `required`: bare words fill it; `values`: the known ones, "tasks" or "groups"."""
    names = [f"--{each}" if len(each) > 1 else f"-{each}" for each in argument.names]
    is_on = argument.kind is bool and argument.default is True
    return {
        "names": [*names, *(f"--no-{each.lstrip('-')}" for each in names[:1] if is_on)],
        "text": _line(argument.help or ""),
        "takes": argument.takes_value,
        "optional": argument.optional,
        "required": bool(argument.positional) and argument.default is None,
        "repeats": argument.kind is list or argument.incrementable,
        "values": values,
    }


def _groups(collection: Collection, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, inner in collection.collections.items():
        full = f"{prefix}{collection.transform(name)}"
        members = ", ".join(inner.transform(each) for each in (*inner.tasks, *inner.collections))
        yield full, _line(vars(inner).get("__doc__") or members)
        yield from _groups(inner, f"{full}.")


def _line(text: str) -> str:
    """The first line of a text, without anything a terminal would obey."""
    first = text.strip().partition("\n")[0]
    plain = "".join(each if each.isprintable() else " " for each in first)
    return plain if len(plain) <= LONGEST_TEXT else f"{plain[: LONGEST_TEXT - 3]}..."


def core_arguments(*, is_bundled: bool) -> list[Argument]:
    """The options of the program itself."""
    program = Program()
    more = shared_arguments() if is_bundled else program.task_args()
    return [*program.core_args(), *more]


# --- where the tasks come from -----------------------------------------------------------------------------------


def _bundled(source: str) -> Collection:
    """The collection that `module:function` gives."""
    module, _, function = source.partition(":")
    collection: Collection = getattr(import_module(module), function)()
    return collection


def _places_of(collection: Collection) -> set[str]:
    """The files of a program's own tasks, and the folders they lie in."""
    homes = {str(task.body.__module__) for task in Catalogue(collection).tasks.values()}
    found = {path for home in homes if (path := getattr(sys.modules.get(home), "__file__", None))}
    return found | {str(Path(path).parent) for path in found}


def _project(folder: str, name: str) -> tuple[Collection, set[str]]:
    """Load a project's tasks as `invoke` does, and note all that was read below its folder for that."""
    seen = {folder}
    program = Program()
    program.create_config()
    program.parse_core(["invoke", "--search-root", folder, "--collection", name])
    sys.argv = ["invoke", "--complete"]  # as tasks.py sees it when stock Invoke completes
    sys.addaudithook(lambda event, args: _note(event, args, seen))
    program.parse_collection()
    loaded = [str(path) for module in [*sys.modules.values()] if (path := getattr(module, "__file__", None))]
    below = [path for path in {*seen, *loaded} if _is_below(path, folder)]
    return program.collection, {*below, *(str(Path(path).parent) for path in below if path != folder), folder}


def _note(event: str, args: tuple[Any, ...], seen: set[str]) -> None:
    """An audit hook: tasks may be made from what else lies there, such as one for each file of a folder."""
    if event not in ("open", "os.listdir", "os.scandir") or not isinstance(args[0], str | bytes | os.PathLike):
        return
    if event != "open" or not args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        seen.add(str(Path(os.fsdecode(args[0])).absolute()))


def _is_below(path: str, folder: str) -> bool:
    """Whether a path is the project's own: below its folder, and not of an environment or a cache there."""
    parts = Path(path).parts[len(Path(folder).parts) :]
    environment = sys.prefix if Path(sys.prefix).is_relative_to(folder) else None
    return (
        Path(path).is_relative_to(folder)
        and not set(OTHERS_FILES) & set(parts)
        and (environment is None or not Path(path).is_relative_to(environment))
    )


def _own_files() -> set[str]:
    """The files of ours and of Invoke's that have a say in what is offered: an upgrade changes them."""
    package = str(__package__).partition(".")[0]
    ours = (name for name in sys.modules if name == package or name.startswith(f"{package}."))
    return {
        path for name in (*ours, __name__, "invoke.program") if (path := getattr(sys.modules[name], "__file__", None))
    }


def _stamp(path: str, began_ns: int) -> list[Any]:
    """How a file or folder was. One that was changed while it was read counts as not known: it may be half read."""
    is_file = not Path(path).is_dir()
    mtime, size = complete.stamp(path, is_file)
    return [path, None, None] if is_file and mtime is not None and mtime >= began_ns else [path, mtime, size]


if __name__ == "__main__":
    main(sys.argv[1:])
