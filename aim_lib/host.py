"""The machine as we see it: system, folders, PATH, environment. The only reader of `os.environ` and `sys.platform`."""

from __future__ import annotations

import getpass
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

FOLDER_VARIABLES = {
    "config": "AIM_CONFIG_DIR",
    "state": "AIM_STATE_DIR",
    "data": "AIM_DATA_DIR",
    "logs": "AIM_LOG_DIR",
    "cache": "AIM_CACHE_DIR",
}


@dataclass(frozen=True, slots=True)
class Folders:
    """Where our own things live; each is the platform's own place unless its `AIM_*_DIR` variable says otherwise."""

    config: Path
    state: Path
    data: Path
    logs: Path
    cache: Path


@dataclass(frozen=True, slots=True)
class Host:
    """A frozen snapshot of the machine; tests make one, `current()` reads the real one.

    `system` is "linux", "macos" or "windows"; `path` are the folders of PATH in order. `root` is where the system's own
    folders begin, such as `var/lib`; `is_root` is whether we may change them.
    """

    system: str
    arch: str
    home: Path
    cwd: Path
    folders: Folders
    env: Mapping[str, str] = field(default_factory=dict, repr=False)  # it has secrets, and a traceback would show them
    python: str = sys.executable
    user: str = ""
    is_interactive: bool = False
    root: Path = Path("/")
    is_root: bool = False
    name: str = ""

    @property
    def is_windows(self) -> bool:
        return self.system == "windows"

    @property
    def separator(self) -> str:
        """What stands between the entries of PATH."""
        return ";" if self.is_windows else ":"

    @property
    def path(self) -> tuple[Path, ...]:
        return tuple(Path(entry) for entry in self.env.get("PATH", "").split(self.separator) if entry)

    def path_of(self, *folders: Path) -> str:
        """The value of a PATH of these folders."""
        return self.separator.join(map(str, folders))

    def with_path(self, *folders: Path) -> Host:
        """This host with nothing but `folders` on PATH."""
        return replace(self, env=MappingProxyType({**self.env, "PATH": self.path_of(*folders)}))

    @property
    def in_ci(self) -> bool:
        return self.env.get("CI", "").lower() not in ("", "0", "false")

    def get(self, variable: str) -> str:
        """The variable's value, or "" when it is unset; an empty variable counts as unset."""
        return self.env.get(variable, "")

    def tilde(self, path: Path | str) -> str:
        """A path for people: `~` for the home."""
        there = Path(path)
        return f"~/{there.relative_to(self.home).as_posix()}" if there.is_relative_to(self.home) else str(path)

    def with_path_first(self, *folders: Path) -> Host:
        """This host with `folders` ahead of everything else on PATH."""
        return self.with_path(*folders, *self.path)

    def which_all(self, command: str) -> tuple[Path, ...]:
        """Every executable a shell could mean by `command`, in PATH order."""
        names = self._candidates(command)
        found = (folder / name for folder in dict.fromkeys(self.path) for name in names)
        return tuple(path for path in found if is_executable(path))

    def which(self, command: str) -> Path | None:
        """The executable a shell would run, or None."""
        return next(iter(self.which_all(command)), None)

    def _candidates(self, command: str) -> tuple[str, ...]:
        if not self.is_windows:
            return (command,)
        endings = self.env.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").split(";")
        if any(command.lower().endswith(ending.lower()) for ending in endings if ending):
            return (command,)
        return tuple(command + ending.lower() for ending in endings if ending)


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the one clock


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as every document and event has it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def current() -> Host:
    """Read the real machine, once per run."""
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")  # noqa: TID251
    env = MappingProxyType(dict(os.environ))  # noqa: TID251 - the one door
    return Host(
        system=system,
        arch=platform.machine().lower(),
        home=Path.home(),
        cwd=Path.cwd(),
        folders=_folders(env),
        env=env,
        user=_user(env),
        is_interactive=sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty(),
        is_root=os.name == "posix" and os.geteuid() == 0,
        name=platform.node(),
    )


def _user(env: Mapping[str, str]) -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's uid without a name
        return env.get("USERNAME", "unknown")


def _folders(env: Mapping[str, str]) -> Folders:
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("aim", appauthor=False)
    own = {
        "config": dirs.user_config_path,
        "state": dirs.user_state_path,
        "data": dirs.user_data_path,
        "logs": dirs.user_log_path,
        "cache": dirs.user_cache_path,
    }
    chosen = {
        name: Path(env[var]).expanduser() if env.get(var) else own[name] for name, var in FOLDER_VARIABLES.items()
    }
    return Folders(**chosen)
