"""Runs every `scenarios/*.txt`: the real program in a home of its own, stubs on PATH, what it must print and leave.

A scenario is lines to do and expect, then files. Expectations belong to the command above them:

    # prose
    env NAME=value              for the commands that follow
    stub NAME SCRIPT            a shell script on PATH
    index NAME VERSION...       the only package index of Python tools, on loopback, has these versions too; pipx
refuses what has no command, VERSION!
    tool KIND NAME VERSION [COMMAND]   installed as that package manager would leave it; its command prints the version
    $ aim plan --json           run the program (or `invoke`)
    ? 5                         its exit code; 0 when nothing is said
    > LINE                      all of stdout, line by line; `2>` for stderr
    out TEXT, err TEXT          a part of it; `out nothing` when it must be empty
    json PATH = VALUE           in stdout, which must be one JSON document; `keys PATH = NAMES` are all keys there
    exists PATH, absent PATH, holds PATH TEXT
    untouched                   the command made, changed and deleted no file, records and the event log aside
    -- NAME --                  a file of the project, or below [HOME]; those in a folder `bin` are programs

[HOME] and [PROJECT] stand for those folders, [SECONDS] for a duration, [VERSION] for a version, [...] for anything.
"""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aim_lib import namespace
from aim_lib.cli import translate
from aim_lib.engine.catalogue import dotted_names
from aim_lib.errors import BadConfig
from tests import wheels
from tests.checkout import with_checkout
from tests.fakes import stub

FOLDER = Path(__file__).parent / "scenarios"
DATA = Path(__file__).parent / "data"
WILD = {"[SECONDS]": r"\d+(\.\d+)?", "[VERSION]": r"\d+(\.\w+)+", "[...]": r".*"}
PROGRAMS = {"aim": ("-m", "aim_lib"), "invoke": ("-m", "invoke")}


@dataclass(slots=True)
class Stage:
    """Where a scenario plays: its home and project folders, its environment, and what the last command did."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    done: subprocess.CompletedProcess[str] | None = None
    before: dict[str, bytes | str] = field(default_factory=dict)
    index: wheels.Index | None = None
    kept: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)  # what is open while the scenario plays

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def project(self) -> Path:
        return self.root / "project"

    def path(self, name: str) -> Path:
        return self.project / name.replace("[HOME]", str(self.home))

    def named(self, text: str) -> str:
        """Text with this run's folders as the scenario names them."""
        return text.replace(str(self.home), "[HOME]").replace(str(self.project), "[PROJECT]")

    def files(self) -> dict[str, bytes | str]:
        """Everything but the records of runs, the event log, and what Python keeps of a `tasks.py` that was loaded."""
        found: dict[str, bytes | str] = {}
        records = [self.home / ".local/state/aim" / name for name in ("runs", "log", "health.json")]
        for path in sorted(self.root.rglob("*")):
            kept = any(path.is_relative_to(record) or record.is_relative_to(path) for record in records)
            if kept or "__pycache__" in path.parts:
                continue
            kind: bytes | str = f"link to {path.readlink()}" if path.is_symlink() else "folder"
            found[str(path.relative_to(self.root))] = path.read_bytes() if path.is_file() else kind
        return found


def play(script: str, root: Path) -> None:
    """Play one scenario; raises AssertionError naming its line."""
    lines, files = split(script)
    stage = Stage(root)
    for folder in (stage.home, stage.project, stage.home / "bin"):
        folder.mkdir(parents=True)
    stage.env = {
        "HOME": str(stage.home),
        "PATH": str(stage.home / "bin"),
        "LANG": "C.UTF-8",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "UV_OFFLINE": "1",  # a scenario that would install from the network fails instead
        "PIP_NO_INDEX": "1",
        "NPM_CONFIG_OFFLINE": "true",
    }
    for name, text in files.items():
        stage.path(name).parent.mkdir(parents=True, exist_ok=True)
        stage.path(name).write_text(text, encoding="utf-8")
        stage.path(name).chmod(0o755 if stage.path(name).parent.name == "bin" else 0o644)
    with stage.kept:
        for block in blocks(lines):
            perform(block, stage)


def split(script: str) -> tuple[list[tuple[int, str]], dict[str, str]]:
    """The numbered lines of the script, and its files."""
    head, *parts = re.split(r"^-- (.+) --\n", script, flags=re.MULTILINE)
    lines = [(place, line) for place, line in enumerate(head.splitlines(), 1) if line and not line.startswith("#")]
    return lines, dict(zip(parts[::2], parts[1::2], strict=True))


def blocks(lines: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """Each command with its expectations; each preparation alone."""
    found: list[list[tuple[int, str]]] = []
    for place, line in lines:
        is_expectation = found and line.partition(" ")[0] in EXPECTATIONS
        found[-1].append((place, line)) if is_expectation else found.append([(place, line)])
    return found


def perform(block: list[tuple[int, str]], stage: Stage) -> None:
    (place, line), *expectations = block
    word, _, rest = line.partition(" ")
    PREPARATIONS[word](rest, stage)
    if word != "$":
        return
    asked = {line.partition(" ")[0] for _, line in expectations}
    for where, what in [*expectations, *([] if "?" in asked else [(place, "? 0")])]:
        kind, _, value = what.partition(" ")
        if kind not in (">", "2>"):
            trouble = EXPECTATIONS[kind](value, stage)
            assert not trouble, f"line {where}: {what}\n{trouble}\n{shown(stage)}"
    for kind, text in ((">", output(stage)), ("2>", errors(stage))):
        if kind in asked:
            expected = [what.partition(" ")[2] for _, what in expectations if what.partition(" ")[0] == kind]
            assert fits(expected, text), f"line {place}: {line}: {kind} differs\n{shown(stage)}"


# --- preparations ---------------------------------------------------------------------------------------------------


def set_variable(rest: str, stage: Stage) -> None:
    name, _, value = rest.partition("=")
    stage.env[name] = value.replace("[HOME]", str(stage.home)).replace("[PROJECT]", str(stage.project))


def put_stub(rest: str, stage: Stage) -> None:
    name, _, script = rest.partition(" ")
    stub(stage.home / "bin", name, script or "exit 0")


def put_fake_npm(_rest: str, stage: Stage) -> None:
    """A node that does nothing and an npm that needs no network."""
    stub(stage.home / "bin", "node")
    npm = stage.home / "bin" / "npm"
    npm.write_text((DATA / "fake-npm.sh").read_text(encoding="utf-8"), encoding="utf-8")
    npm.chmod(0o755)


def put_in_index(rest: str, stage: Stage) -> None:
    """Wheels whose commands print their name and version; one whose version ends in `!` has no command."""
    if stage.index is None:
        stage.index = stage.kept.enter_context(wheels.serving())
        stage.env |= {"UV_DEFAULT_INDEX": stage.index.url, "UV_CACHE_DIR": str(stage.root / "cache"), "UV_OFFLINE": "0"}
    name, *versions = rest.split()
    for version in versions:
        stage.index.add(name, version.rstrip("!"), has_command="!" not in version)


def run(rest: str, stage: Stage) -> None:
    program, *words = shlex.split(rest.replace("[PROJECT]", str(stage.project)))
    stage.before = stage.files()
    stage.done = subprocess.run(
        [sys.executable, *PROGRAMS[program], *words],
        cwd=stage.project,
        env=with_checkout(stage.env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def put_tool(rest: str, stage: Stage) -> None:
    kind, name, version, *command = rest.split()
    TOOLS[kind](stage.home / ".local", name, version, command[0] if command else name)


def put_pipx(local: Path, name: str, version: str, command: str) -> None:
    environment = local / "share" / "pipx" / "venvs" / name
    app = put_environment(environment, name, version, command)
    link(local / "bin" / command, app)
    main: dict[str, Any] = {key: [] for key in ("pip_args", "app_paths", "apps_of_dependencies")}
    main |= {"package": name, "package_or_url": name, "package_version": version, "apps": [command]}
    main |= {"include_dependencies": False, "include_apps": True, "app_paths_of_dependencies": {}}
    receipt = {"main_package": main, "injected_packages": {}, "backend": "uv", "pipx_metadata_version": "0.12"}
    (environment / "pipx_metadata.json").write_text(json.dumps(receipt), encoding="utf-8")


def put_uv(local: Path, name: str, version: str, command: str) -> None:
    environment = local / "share" / "uv" / "tools" / name
    app = put_environment(environment, name, version, command)
    link(local / "bin" / command, app)
    entry = f'{{ name = "{command}", install-path = "{local / "bin" / command}" }}'
    receipt = f'[tool]\nrequirements = [{{ name = "{name}" }}]\nentrypoints = [{entry}]\n'
    (environment / "uv-receipt.toml").write_text(receipt, encoding="utf-8")


def put_npm(local: Path, name: str, version: str, command: str) -> None:
    package = local / "share" / "aim" / "npm" / "lib" / "node_modules" / name
    script = stub(package, "cli.js", f"echo {version}")
    (package / "package.json").write_text(
        json.dumps({"name": name, "version": version, "bin": {command: "cli.js"}}), encoding="utf-8"
    )
    link(local / "share" / "aim" / "npm" / "bin" / command, script)


def put_brew(local: Path, name: str, version: str, command: str) -> None:
    """In the prefix of the `brew` that lies in the home's `bin`."""
    prefix = local.parent
    keg = prefix / "Cellar" / name / version
    app = stub(keg / "bin", command, f"echo {version}")
    (keg / "INSTALL_RECEIPT.json").write_text(json.dumps({"source": {"tap": "homebrew/core"}}), encoding="utf-8")
    link(prefix / "opt" / name, Path("..", "Cellar", name, version))
    link(prefix / "var/homebrew/linked" / name, Path("../../..", "Cellar", name, version))
    link(prefix / "bin" / command, Path("..", app.relative_to(prefix)))


def put_environment(environment: Path, name: str, version: str, command: str) -> Path:
    """A virtual environment in all that is looked at; returns its command."""
    distribution = f"{name.replace('-', '_')}-{version}.dist-info"
    (environment / "lib" / "python3.11" / "site-packages" / distribution).mkdir(parents=True)
    stub(environment / "bin", "python")
    return stub(environment / "bin", command, f"echo {command} {version}")


def link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


TOOLS = {"pipx": put_pipx, "npm": put_npm, "uv": put_uv, "brew": put_brew}
PREPARATIONS = {
    "env": set_variable,
    "stub": put_stub,
    "npm": put_fake_npm,
    "index": put_in_index,
    "tool": put_tool,
    "$": run,
}


# --- expectations: each returns what is wrong, or "" ----------------------------------------------------------------


def output(stage: Stage) -> str:
    return stage.named(stage.done.stdout) if stage.done else ""


def errors(stage: Stage) -> str:
    return stage.named(stage.done.stderr) if stage.done else ""


def shown(stage: Stage) -> str:
    code = stage.done.returncode if stage.done else None
    return f"exit {code}\n--- stdout\n{output(stage)}\n--- stderr\n{errors(stage)}"


def fits(expected: list[str], text: str) -> bool:
    lines = [line.rstrip() for line in text.splitlines()]
    return len(lines) == len(expected) and all(map(is_like, expected, lines))


def is_like(expected: str, line: str) -> bool:
    pattern = re.escape(expected)
    for wild, regex in WILD.items():
        pattern = pattern.replace(re.escape(wild), regex)
    return re.fullmatch(pattern, line) is not None


def in_text(part: str, text: str) -> str:
    if part == "nothing":
        return f"it is {text!r}" if text else ""
    return "" if any(is_like(f"[...]{part}[...]", line) for line in text.splitlines()) else "no line has it"


def has_code(value: str, stage: Stage) -> str:
    return "" if stage.done and stage.done.returncode == int(value) else "another exit code"


def at(path: str, stage: Stage) -> Any:
    value: Any = json.loads(output(stage))
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key] if key else value
    return value


def has_value(rest: str, stage: Stage) -> str:
    path, _, wanted = rest.partition(" = ")
    found = at(path, stage)
    if isinstance(found, str) and is_like(wanted, found):
        return ""
    return "" if json.dumps(found) == wanted else f"it is {json.dumps(found)}"


def has_keys(rest: str, stage: Stage) -> str:
    path, _, wanted = rest.partition(" = ")
    found = sorted(at("" if path == "." else path, stage))
    return "" if found == sorted(wanted.split()) else f"they are {' '.join(found)}"


def file_exists(rest: str, stage: Stage) -> str:
    return "" if stage.path(rest).exists() else "it does not"


def file_absent(rest: str, stage: Stage) -> str:
    return "it is there" if stage.path(rest).exists() else ""


def file_holds(rest: str, stage: Stage) -> str:
    name, _, part = rest.partition(" ")
    text = stage.named(stage.path(name).read_text(encoding="utf-8"))
    return "" if part in text else f"it holds\n{text}"


def is_untouched(_rest: str, stage: Stage) -> str:
    now = stage.files()
    return "\n".join(path for path in {*now, *stage.before} if now.get(path) != stage.before.get(path))


EXPECTATIONS: dict[str, Any] = {
    "?": has_code,
    ">": None,
    "2>": None,
    "out": lambda part, stage: in_text(part, output(stage)),
    "err": lambda part, stage: in_text(part, errors(stage)),
    "json": has_value,
    "keys": has_keys,
    "exists": file_exists,
    "absent": file_absent,
    "holds": file_holds,
    "untouched": is_untouched,
}


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.txt")))
def test_scenario(name: str, tmp_path: Path) -> None:
    """What the file says happens."""
    play((FOLDER / f"{name}.txt").read_text(encoding="utf-8"), tmp_path)


def test_every_command_is_in_a_scenario() -> None:
    """A new task is complete when a scenario exercises it; those of this repository alone are apart."""
    lines = [line for path in FOLDER.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    typed = [shlex.split(line)[2:] for line in lines if line.startswith("$ aim ")]
    used = set()
    for words in typed:
        with contextlib.suppress(BadConfig, IndexError):  # a scenario of wrong words, or of options alone
            used.add(translate([word for word in words if not word.startswith("-")], namespace())[0])
    known = {name: task for name, task in dotted_names(namespace()) if not name.startswith("dev.")}
    called = {alias: name for name, task in known.items() for alias in (name, *namespace().task_names.get(name, ()))}

    assert set(known) - {called.get(name, name) for name in used} == set()


@pytest.mark.parametrize(
    "line",
    [
        "? 3",
        "out no such words",
        "err anything",
        "> another line",
        "json version = 1",
        "exists nowhere",
        "absent aim.toml",
    ],
)
def test_a_wrong_expectation_fails(line: str, tmp_path: Path) -> None:
    """The runner notices: a scenario cannot pass by being misread."""
    script = f"$ aim config schema\n{line}\n-- aim.toml --\n"

    with pytest.raises((AssertionError, KeyError), match=r"line 2|line 1|version"):
        play(script, tmp_path)


def test_a_touched_file_is_noticed(tmp_path: Path) -> None:
    """`untouched` sees what a command wrote."""
    with pytest.raises(AssertionError, match=r"project/aim.toml"):
        play("$ aim init\nuntouched\n", tmp_path)


def test_an_unknown_word_fails(tmp_path: Path) -> None:
    """A misspelled expectation is not skipped."""
    with pytest.raises(KeyError, match="outt"):
        play("$ aim config schema\noutt x\n", tmp_path)
