"""The environment that is wanted: the variables of `[env.vars]`, and which folders come first on PATH."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from . import leak_prints
from .config import Settings
from .errors import BadConfig
from .host import Host
from .leak_shapes import has_shape
from .mistakes import dotted
from .platforms import Vars
from .wrapper_folder import wrapper_folder

# Names of secrets, as a whole word of the name: TOKENIZERS_PARALLELISM is none.
_SECRET = re.compile(
    r"(?i)(?:^|_)(?:api_?key|access_?key|secret_?key|private_?key|secret|token|password|passwd|passphrase|credentials?)"
    r"(?:$|_(?!(?:file|path|url|dir|cmd|command|name|id)$))"
)
# They are who the user is, or have a place of their own.
_NOT_OURS = frozenset({"HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "SHLVL", "TERM", "IFS", "USERPROFILE"})


def wanted(settings: Settings, host: Host, bin_folders: Iterable[Path], is_secret: Callable[[str], bool]) -> Vars:
    """What is to be applied on `host`. Raises BadConfig with every reason why something may not be."""
    told = settings.config.env
    reasons = [line for name, value in told.vars.items() for line in _refusals(name, value, told.xdg, is_secret)]
    first = tuple(dict.fromkeys(map(str, _folders(settings, host, bin_folders))))
    reasons += [f"env.path.first: {folder!r} {why}" for folder in first if (why := _flaw(folder, host))]
    if reasons:
        count = "1 thing" if len(reasons) == 1 else f"{len(reasons)} things"
        remedy = "correct [env]; a secret goes into the vault: aim secrets set NAME"
        raise BadConfig(f"[env] has {count} that cannot be applied", details=reasons, remedy=remedy)
    values = tuple(sorted((name, _expanded(value, host)) for name, value in told.vars.items()))
    return Vars(values=values, first=first, folder=str(host.folders.config), is_desktop=told.desktop)


def known_secrets(host: Host, redact: Callable[[str], str]) -> Callable[[str], bool]:
    """Whether a value is, or has in it, a secret that we know: of this run, or of the vault by its fingerprints.

    Raises BadConfig when the file of the fingerprints cannot be read.
    """
    prints = leak_prints.load(host.folders.data / leak_prints.FILE_NAME)
    printed = leak_prints.prepare(prints) if prints else None

    def is_secret(value: str) -> bool:
        return redact(value) != value or bool(printed and next(printed.find(value.encode()), None))

    return is_secret


def foreign(settings: Settings) -> tuple[str, ...]:
    """What of it the project's `aim.toml` says, one line each: it decides what runs, so it needs consent."""
    told = settings.config.env.vars.items()
    said = [f"{name} = {value!r}" for name, value in told if settings.is_foreign(dotted(("env", "vars", name)))]
    first = settings.config.env.path.first if settings.is_foreign("env.path.first") else []
    first = [settings.config.wrappers.folder, *first] if settings.is_foreign("wrappers.folder") else first
    return (*said, *([f"PATH begins with {', '.join(first)}"] if first else ()))


def origin_of(settings: Settings, name: str) -> str:
    """Which file or layer sets a variable."""
    return _of(settings, name)


def _of(settings: Settings, name: str) -> str:
    return settings.origins.get(dotted(("env", "vars", name)), "")


def _refusals(name: str, value: str, has_xdg: bool, is_secret: Callable[[str], bool]) -> Iterator[str]:
    key = dotted(("env", "vars", name))
    if name.upper() == "PATH":
        yield f"{key}: PATH is made of folders: list them in [env.path] first"
    elif name in _NOT_OURS:
        yield f"{key}: the system sets it itself"
    elif name.startswith("XDG_") and not has_xdg:
        yield f"{key}: it moves the folders of every program; set xdg = true in [env] if you mean it"
    elif name.startswith("AIM_"):
        yield f"{key}: our own settings stand in aim.toml itself"
    if _SECRET.search(name):
        yield f"{key}: this is the name of a secret: aim secrets set {name}"
    elif is_secret(value) or has_shape(value.encode()):
        yield f"{key}: its value is a secret: aim secrets set {name}"
    if "\0" in value:
        yield f"{key}: a NUL character can be in no variable"


def _folders(settings: Settings, host: Host, bin_folders: Iterable[Path]) -> Iterator[Path]:
    yield wrapper_folder(settings, host)
    for folder in settings.config.env.path.first:
        yield Path(_expanded(folder, host))
    yield from bin_folders


def _expanded(text: str, host: Host) -> str:
    """`~` at the beginning is the home, as it would be where a shell assigns."""
    return str(host.home) + text[1:] if text == "~" or text.startswith(("~/", "~\\")) else text


def _flaw(folder: str, host: Host) -> str:
    if host.separator in folder:
        return f"has a {host.separator!r}, which separates the entries of PATH"
    if "\n" in folder or "\r" in folder or "\0" in folder:
        return "has a control character"
    is_absolute = bool(re.match(r"[A-Za-z]:[\\/]|\\\\|%", folder)) if host.is_windows else folder.startswith("/")
    return "" if is_absolute else "is no absolute folder: then PATH would mean another one in every folder"
