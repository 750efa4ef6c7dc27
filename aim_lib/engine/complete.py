"""Answers Tab: what may stand at the cursor, read from a cached JSON; starts a process only when that is out of date.

Run by path, `python -I -S complete.py SHELL CACHE SOURCE PROGRAM WORDS…`, the last word being the one at the cursor.
Imports nothing of ours and little of the standard library: every import is felt at the prompt. Whatever goes wrong, it
prints no error and ends with 0, and the shell offers file names.
"""
# Importing pathlib would double the time to an answer.
# ruff: noqa: PTH100, PTH111, PTH113, PTH116, PTH118, PTH119, PTH120, PTH123

from __future__ import annotations

import json
import os
import sys
from binascii import a2b_base64, crc32

TYPE_CHECKING = False  # importing `typing` would take as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

FORMAT = 1  # of the cached JSON; completion.py writes it
REFRESH_LIMIT_S = 10
# The options of Invoke itself that take a value: what follows one is no task.
CORE_VALUES = {"-c", "--collection", "-r", "--search-root", "-f", "--config", "-T", "--command-timeout"}
CORE_VALUES |= {"-D", "--list-depth", "-F", "--list-format", "--hide"}

if TYPE_CHECKING:
    Known = dict[str, Any]  # the cached JSON; completion.py's `describe` says what is in it
    Flag = dict[str, Any]
    Found = dict[str, str]  # what may stand at the cursor -> what it does


class Request:
    """What a shell asks. `source` names a program's own tasks ("module:function"); "" is for the nearest tasks.py."""

    def __init__(self, shell: str, cache: str, source: str, words: list[str]) -> None:
        self.shell = shell
        self.cache = cache
        self.source = source
        self.before = words[:-1]
        self.current = words[-1] if words else ""


def main(argv: list[str]) -> None:
    """Print the answer in the form the shell reads."""
    try:
        request = parse(argv)
        write(render(request, answer(request)))
    except Exception:  # noqa: BLE001, S110 - a prompt is no place for a traceback
        pass


def parse(argv: list[str]) -> Request:
    """PowerShell sends all in one base64 word: some of its versions lose empty words and quotes."""
    if argv[0] == "--base64":
        argv = a2b_base64(argv[1]).decode().split("\0")
    shell, cache, source, _, *words = argv
    if shell == "bash":
        words = [unquote(word) for word in words]
    return Request(shell, cache, source, words)


def answer(request: Request) -> Found:
    """What may stand at the cursor; empty when only the shell can tell, by the names of files."""
    known = load(request)
    if known is None:
        return {}
    line = Line(known, is_spaced=bool(request.source))
    for word in request.before:
        line.see(word)
    return line.candidates(request.current)


def render(request: Request, found: Found) -> str:
    """zsh and fish show what each does, and match by rules of their own; the others are given only what fits."""
    if request.shell == "zsh":
        return "".join(f"{value}:{text}\n" if text else f"{value}\n" for value, text in found.items())
    if request.shell == "fish":
        return "".join(f"{value}\t{text}\n" for value, text in found.items())
    fitting = [value for value in found if value.startswith(request.current)]
    if request.shell == "pwsh":  # ASCII only: its idea of our encoding depends on the console
        return json.dumps([{"text": value, "help": found[value] or value} for value in fitting])
    return "".join(f"{value}\n" for value in fitting)


def write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def unquote(word: str) -> str:
    """A word as bash hands it over, without its quotes and backslashes."""
    plain, quote, characters = "", "", iter(word)
    for each in characters:
        if each == "\\" and quote != "'":
            plain += next(characters, "")
        elif each == quote:
            quote = ""
        elif each in "'\"" and not quote:
            quote = each
        else:
            plain += each
    return plain


# --- the cache ---------------------------------------------------------------------------------------------------


def load(request: Request) -> Known | None:
    """The cached JSON, made anew first when it is out of date; None when there are no tasks, or they are broken."""
    place = ("", "") if request.source else find_project(request.before)
    if place is None:
        return None
    key = [sys.executable, request.source, *place]
    path = cache_file(request.cache, key)
    known = read(path, key)
    if known is not None and is_fresh(known):
        return known
    return read(path, key) if refresh(path, key) else None


def cache_file(cache: str, key: list[str]) -> str:
    """Where what is known under `key` lies. The digest may be shared by two keys: the file names its own."""
    digest = crc32("\0".join(key).encode("utf-8", "surrogateescape"))
    word = "".join(each for each in os.path.basename(key[2]) or "aim" if each.isalnum())[:40]
    return os.path.join(cache, "completion", f"{word}-{digest:08x}.json")


def read(path: str, key: list[str]) -> Known | None:
    try:
        with open(path, encoding="utf-8") as file:
            known = json.load(file)
    except (OSError, ValueError):
        return None
    is_ours = isinstance(known, dict) and known.get("format") == FORMAT and known.get("key") == key
    return known if is_ours else None


def is_fresh(known: Known) -> bool:
    """Whether every file and folder that was read to make it is as it was."""
    return all(stamp(path, size is not None) == [mtime, size] for path, mtime, size in known["stamps"])


def stamp(path: str, is_file: bool) -> list[int | None]:
    """[mtime in ns, size], of a folder without size; [None, None] for what is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return [None, None]
    return [status.st_mtime_ns, status.st_size if is_file else None]


def refresh(path: str, key: list[str]) -> bool:
    """Make the JSON anew in a process that imports the tasks; whether that went well.

    A program's own tasks are loaded from the root folder: nothing that lies in the user's one is imported for them.
    """
    import subprocess

    command = [sys.executable, "-P", "-m", "aim_lib.engine.completion", path, *key]
    quiet = subprocess.DEVNULL
    cwd = os.path.abspath(os.sep) if key[1] else None
    try:
        ended = subprocess.run(
            command, stdin=quiet, stdout=quiet, stderr=quiet, cwd=cwd, timeout=REFRESH_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0


def find_project(before: list[str]) -> tuple[str, str] | None:
    """The folder and the name of the tasks that `invoke` would load: the nearest upward; None when there are none."""
    start, name = core_choices(before)
    folder = os.path.abspath(os.path.expanduser(start))
    while True:
        if os.path.isfile(os.path.join(folder, f"{name}.py")) or os.path.isfile(
            os.path.join(folder, name, "__init__.py")
        ):
            return folder, name
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def core_choices(before: list[str]) -> tuple[str, str]:
    """The search root and the collection that are named before the first task; else "" and "tasks"."""
    chosen = {"r": "", "c": "tasks"}
    names = {"-r": "r", "--search-root": "r", "-c": "c", "--collection": "c"}
    words = iter(before)
    for word in words:
        if not word.startswith("-"):
            break
        flag, equals, value = word.partition("=")
        if flag in CORE_VALUES and not equals:
            value = next(words, "")
        if flag in names and value:
            chosen[names[flag]] = value
    return chosen["r"], chosen["c"]


# --- the line ----------------------------------------------------------------------------------------------------


class Line:
    """What stands before the cursor: the task it is about, and what of it is still open.

    Spaced is the grammar of `aim`: one command of one word or more, then its words and options. Otherwise it is
    Invoke's: dotted names, any number of tasks on a line.
    """

    def __init__(self, known: Known, is_spaced: bool) -> None:
        self.known = known
        self.is_spaced = is_spaced
        self.path: list[str] = []  # the words of a spaced command, until an option comes
        self.is_path_open = is_spaced
        self.task: dict[str, Any] | None = None
        self.waiting: Flag | None = None  # an option whose value comes next
        self.given: set[str] = set()
        self.filled = 0  # how many positional words the task has got
        self.is_rest = False  # behind "--"

    @property
    def flags(self) -> list[Flag]:
        """The options that may come next, those of the task first."""
        if self.task is None:
            return self.known["core"] if not self.path else []
        shared = self.known["shared"] if self.task["shared"] else []
        return [*self.task["flags"], *shared, self.known["help"]]

    def flag(self, name: str) -> Flag | None:
        """The option of that name. Invoke takes its own anywhere."""
        return next((flag for flag in (*self.flags, *self.known["core"]) if name in flag["names"]), None)

    def see(self, word: str) -> None:
        """Take in one word before the cursor."""
        if word == "--":
            self.is_rest = True
        if self.is_rest:
            return
        is_option = word.startswith("-") and len(word) > 1
        if self.waiting is not None:
            is_value = not (self.waiting["optional"] and is_option)
            self.waiting = None
            if is_value:
                return
        if is_option:
            self.see_option(word)
        else:
            self.see_word(word)

    def see_option(self, word: str) -> None:
        name, equals, _ = word.partition("=")
        flag = self.flag(name)
        if self.path:
            self.is_path_open = False
        if flag is None:
            return
        self.given.update(flag["names"])
        if flag["takes"] and not equals:
            self.waiting = flag

    def see_word(self, word: str) -> None:
        if self.is_path_open:
            self.path.append(word)
            self.resolve()
        elif self.positional is not None:
            self.filled += 1
        elif not self.is_spaced:
            self.enter(word)

    def resolve(self) -> None:
        """The task that the spaced words are: the longest run of them that is a name, the rest its values."""
        for count in range(len(self.path), 0, -1):
            name = ".".join(self.path[:count])
            if self.enter(name):
                self.filled = len(self.path) - count
                return

    def enter(self, name: str) -> bool:
        """Begin a task; whether `name` is one."""
        self.task = self.known["tasks"].get(self.known["aliases"].get(name, name))
        self.given, self.filled = set(), 0
        return self.task is not None

    @property
    def positional(self) -> Flag | None:
        """The argument that the next bare word would fill."""
        if self.task is None:
            return None
        required = [each for each in self.task["flags"] if each["required"] and not self.given & set(each["names"])]
        if required:
            return required[self.filled] if self.filled < len(required) else None
        repeated = [each for each in self.task["flags"] if each["repeats"]]
        return repeated[0] if repeated and self.is_spaced else None

    def candidates(self, current: str) -> Found:
        if self.is_rest:
            return {}
        if self.waiting is not None and not (self.waiting["optional"] and current.startswith("-")):
            return self.values(self.waiting)
        if current.startswith("-"):
            return self.options(current)
        return self.words(current)

    def options(self, current: str) -> Found:
        name, equals, _ = current.partition("=")
        if equals:
            flag = self.flag(name)
            return {f"{name}={value}": text for value, text in self.values(flag).items()} if flag else {}
        found: Found = {}
        for flag in self.flags:
            if flag["repeats"] or not self.given & set(flag["names"]):
                shown = (each for each in flag["names"] if each.startswith("--") or not current.startswith("--"))
                found.update({each: flag["text"] for each in shown if each not in found})
        return found

    def values(self, flag: Flag) -> Found:
        """The values an option or an argument is known to take; empty leaves it to the shell."""
        if flag["values"] == "tasks":
            return {name: task["text"] for name, task in self.known["tasks"].items()}
        if flag["values"] == "groups":
            return dict(self.known["groups"])
        return dict.fromkeys(flag["values"] or (), "")

    def words(self, current: str) -> Found:
        argument = self.positional
        found = self.values(argument) if argument is not None else {}
        if self.is_path_open:
            return {**self.next_words(current), **found}
        return found if argument is not None or self.is_spaced else dict(self.names())

    def next_words(self, current: str) -> Found:
        """The words that lead on to a command; dotted names for who types dots."""
        if not self.path and "." in current:
            return dict(self.names())
        before = "".join(f"{word}." for word in self.path)
        found: Found = {}
        for name, text in self.names():
            word, dot, _ = name[len(before) :].partition(".")
            if name.startswith(before) and word:
                group = before + word
                found[word] = self.known["groups"].get(group, text) if dot or group in self.known["groups"] else text
        return found

    def names(self) -> Iterator[tuple[str, str]]:
        """Every name that a task may be called by, with what it does."""
        tasks = self.known["tasks"]
        yield from ((name, task["text"]) for name, task in tasks.items())
        yield from ((alias, tasks[name]["text"]) for alias, name in self.known["aliases"].items())


if __name__ == "__main__":
    main(sys.argv[1:])
