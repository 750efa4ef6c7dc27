"""What somebody who helps needs to see of a machine, as files of one zip, and a manifest that says what each holds.

Gathers and scrubs; the caller writes. Only our own files are read, none through a link.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from . import last_health, overview, private_files
from .app import App
from .audit_query import Question, ask
from .errors import AimError
from .host import Host
from .lock import FILE_NAME as LOCK
from .model import Frozen
from .scrubbing import Scrubber

MANIFEST = "MANIFEST.md"
EVENTS = 300
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes for the same content
PACKAGES = ("aim-plus", "invoke", "pipx", "uv", "msgspec", "keyring", "pyrage", "cryptography", "psutil", "rich")
INTRODUCTION = """# Diagnostics of AIM

Made to be read before it is sent. {made}

Left out: the values of secrets, the vault and its key, the values of environment variables, your files.
`[redacted]` stands for known secrets in all the ways they may be written, for credentials in addresses, and for what
looks like a key.{names}
No program can know a secret that it was never told: look through the files.
"""


class Part(Frozen, frozen=True):
    """One file: what it holds in a sentence, and its text, "" with the reason in `why` when it is left out."""

    name: str
    about: str
    text: str = ""
    why: str = ""


def parts(app: App, scrub: Scrubber) -> tuple[Part, ...]:
    """Every file but the manifest, scrubbed, sorted by name. What cannot be had is a part with a reason."""
    makers: tuple[tuple[str, str, Callable[[App], object]], ...] = (
        ("config.json", "the merged configuration, and where each value came from", _config),
        ("environment.txt", "the names of the environment variables, without values", _environment),
        ("events.jsonl", f"the last {EVENTS} events of the log, newest first", _events),
        ("health.json", "the last health report", _health),
        ("last-run.json", "the record of the last run", _last_run),
        ("path.txt", "the folders of PATH in order, and which are there", _path),
        ("state.json", "our own folders, and whether a run is unfinished", _state),
        ("tools.json", "each tool: expected and actual version, how it stands", _tools),
        ("versions.json", "AIM, Python, the system, the packages AIM is built on", _versions),
    )
    made = [_part(name, about, make, app, scrub) for name, about, make in makers]
    return tuple(sorted((*made, *_locks(app, scrub)), key=lambda part: part.name))


def _part(name: str, about: str, make: Callable[[App], object], app: App, scrub: Scrubber) -> Part:
    try:
        found = make(app)
    except (AimError, OSError, ValueError) as error:
        return Part(name=name, about=about, why=scrub.text(str(error)))
    if not found:
        return Part(name=name, about=about, why="there is none")
    return Part(name=name, about=about, text=_as_text(found, scrub))


def _as_text(found: object, scrub: Scrubber) -> str:
    """Texts are scrubbed value by value, so that escapes of JSON hide nothing, and once more as they are written."""
    if isinstance(found, str):
        return scrub.text(found)
    clean = scrub.value(msgspec.to_builtins(found, str_keys=True))
    if isinstance(clean, list) and found and isinstance(found, Events):
        return "".join(scrub.text(json.dumps(each, ensure_ascii=False)) + "\n" for each in clean)
    return scrub.text(json.dumps(clean, ensure_ascii=False, indent=2)) + "\n"


class Events(list[Any]):
    """Documents that are written one a line."""


def _config(app: App) -> object:
    return {
        "files": app.config_files(),
        "problems": app.settings.problems,
        "config": app.settings.config,
        "origins": dict(app.settings.origins),
    }


def _environment(app: App) -> object:
    return "".join(f"{name}\n" for name in sorted(app.host.env))


def _events(app: App) -> object:
    return Events(islice(ask(app.audit.path, Question()), EVENTS))


def _health(app: App) -> object:
    return last_health.read(app.host.folders.state)


def _last_run(app: App) -> object:
    return overview.last_run(app)


def _path(app: App) -> object:
    marks = (("" if folder.is_dir() else "  (not there)", folder) for folder in app.host.path)
    return "".join(f"{folder}{mark}\n" for mark, folder in marks)


def _state(app: App) -> object:
    folders = {name: getattr(app.host.folders, name) for name in ("config", "state", "data", "logs", "cache")}
    return {
        "folders": {name: {"path": str(path), "is_there": path.is_dir()} for name, path in folders.items()},
        "has_unfinished_run": app.journal.is_open(),
        "installed": app.journal.installed(),
        "in_ci": app.host.in_ci,
        "is_root": app.host.is_root,
        "offline": app.settings.config.bootstrap.offline,
    }


def _tools(app: App) -> object:
    return app.standings()


def _versions(app: App) -> object:
    import platform
    from importlib import metadata

    found: dict[str, str] = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return {
        "aim": app.audit.version,
        "made": app.audit.stamp(),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "interpreter": app.host.python,
        "system": app.host.system,
        "platform": platform.platform(),
        "arch": app.host.arch,
        "packages": found,
    }


def _locks(app: App, scrub: Scrubber) -> Iterator[Part]:
    """Each lock beside a configuration that was read; a link in its place is not followed."""
    folders = dict.fromkeys(layer.folder for layer in app.settings.layers[1:] if layer.name.endswith(".toml"))
    for place, folder in enumerate(folders, 1):
        name = LOCK if len(folders) == 1 else f"{place}-{LOCK}"

        def read(_: App, path: Path = folder / LOCK) -> object:
            return (private_files.read(path, is_private=False) or b"").decode("utf-8", "replace")

        yield _part(name, f"the exact versions of the tools, from {scrub.text(str(folder))}", read, app, scrub)


def manifest(found: Iterable[Part], stamp: str, notes: Iterable[str], *, has_names: bool) -> str:
    """What each file holds, what could not be had, and what was taken out."""
    names = (
        "" if has_names else ";\nyour home folder stands as `~`, your name and the machine's as `<user>` and `<host>`"
    )
    lines = [INTRODUCTION.format(made=f"Made {stamp}.", names=names)]
    lines += [f"- `{part.name}`: {part.about}" + (f". Not here: {part.why}" if part.why else "") for part in found]
    lines += ["", *(f"Note: {note}." for note in notes)]
    return "\n".join(lines).rstrip() + "\n"


def packed(found: Iterable[Part], text: str) -> bytes:
    """The zip: the manifest first, then the files in their order; the same bytes for the same texts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inside in ((MANIFEST, text), *((part.name, part.text) for part in found if not part.why)):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o100600 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, inside.encode("utf-8", "replace"))
    return content.getvalue()


def target(told: str, stamp: str, host: Host) -> Path:
    """Where the zip goes: `told`, or a name with the time of it in the current folder."""
    default = f"aim-support-{stamp[:19].replace(':', '').replace('-', '')}.zip"
    return host.cwd / (Path(told).expanduser() if told else default)
