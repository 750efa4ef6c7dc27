"""Real shells read their start files after `aim env apply`, and after it was taken back; systemd reads its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aim_lib.platforms import Vars
from aim_lib.platforms._shell_text import environment_d

from ..checkout import with_checkout
from ..test_exports import NASTY, found

pytestmark = pytest.mark.real

SYSTEM = "/usr/bin:/bin"
SHOW = 'printf "%s\\0" "$NASTY" "$PATH"'
GENERATOR = Path("/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator")
# how each is started → its argv
STARTS = {
    "bash interactive": ("bash", "-i", "-c", SHOW),
    "bash login": ("bash", "-l", "-c", SHOW),
    "zsh interactive": ("zsh", "-d", "-i", "-c", SHOW),
    "zsh login": ("zsh", "-d", "-l", "-i", "-c", SHOW),
    "dash login": ("dash", "-l", "-c", SHOW),
    "fish": ("fish", "-c", 'printf "%s\\0" "$NASTY" (string join : $PATH)'),
}
VALUE = 'it\'s "$HOME" `id` \\ ünï %x% !y\nsecond line'
CONFIG = """[tools.pipx]
[env.vars]
NASTY = '''it's "$HOME" `id` \\ ünï %x% !y
second line'''
[env.path]
first = ["~/my $own bin"]
"""


class Place:
    """A home and a project in which `aim` is started."""

    def __init__(self, root: Path, shell: str) -> None:
        self.home, self.project = root / "home", root / "project"
        self.home.mkdir()
        self.project.mkdir()
        (self.project / "aim.toml").write_text(CONFIG, encoding="utf-8")
        self.env = {"HOME": str(self.home), "PATH": SYSTEM, "SHELL": f"/bin/{shell}", "LANG": "C.UTF-8", "TERM": "dumb"}

    def aim(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = with_checkout({**self.env, "AIM_TRUST": "1"})
        argv = [sys.executable, "-m", "aim_lib", *words]
        return subprocess.run(argv, cwd=self.project, env=env, capture_output=True, text=True, check=True)

    def ask(self, start: str) -> list[str]:
        """The variable, and PATH, of a new shell."""
        name, *words = STARTS[start]
        program = found(name)
        if program is None:
            pytest.skip(f"there is no {name} here")
        done = subprocess.run(
            [str(program), *words],
            env=self.env,
            cwd=self.home,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=True,
        )
        return done.stdout.decode().split("\0")[:2]


@pytest.mark.parametrize("start", STARTS)
def test_a_new_shell_has_the_environment_until_it_is_taken_back(start: str, tmp_path: Path) -> None:
    """By the files that its login shell needs, and none is left."""
    place = Place(tmp_path, start.split()[0])
    before = place.ask(start)

    place.aim("env", "apply")
    value, path = place.ask(start)
    place.aim("env", "apply", "--undo")

    wrappers = place.home / ".local" / "share" / "aim" / "wrappers"
    assert value == VALUE
    assert path.split(":")[:2] == [str(wrappers), str(place.home / "my $own bin")]
    assert place.ask(start) == before


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_activated_and_turned_back(shell: str, tmp_path: Path) -> None:
    """As the help says it is typed."""
    place, program = Place(tmp_path, shell), found(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    aim = tmp_path / "aim"
    aim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aim_lib "$@"\n', encoding="utf-8")
    aim.chmod(0o755)
    forms = {
        "bash": 'eval "$("$0" env activate)"; {show}; eval "$("$0" env activate --undo)"; {show}',
        "fish": "$argv[1] env activate | source; {show}; $argv[1] env activate --undo | source; {show}",
    }
    show = STARTS["fish"][2] if shell == "fish" else SHOW
    script = forms.get(shell, forms["bash"]).replace("{show}", show)
    env = with_checkout({**place.env, "AIM_TRUST": "1"})
    done = subprocess.run(
        [str(program), "-c", script, str(aim)], cwd=place.project, env=env, capture_output=True, check=True
    )

    value, path, no_value, path_after = done.stdout.decode().split("\0")[:4]
    assert value == VALUE
    assert path.endswith(f"my $own bin:{SYSTEM}")
    assert (no_value, path_after) == ("", SYSTEM)


def test_systemd_reads_our_environment_d(tmp_path: Path) -> None:
    """Every value as it is, and PATH with our folders first."""
    if not GENERATOR.exists():
        pytest.skip("there is no systemd here")
    lines = tuple((f"NASTY_{number}", value) for number, value in enumerate(NASTY))
    conf = tmp_path / "environment.d" / "60-aim.conf"
    conf.parent.mkdir()
    conf.write_text(environment_d(Vars(values=lines, first=("/opt/my tools",), folder="")), encoding="utf-8")

    env = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path), "PATH": SYSTEM}
    done = subprocess.run([str(GENERATOR)], env=env, capture_output=True, text=True, check=True)
    said = dict(line.split("=", 1) for line in done.stdout.splitlines())

    assert {name: _plain(said[name]) for name, _ in lines} == dict(lines)
    assert _plain(said["PATH"]) == f"/opt/my tools:{SYSTEM}"


def _plain(text: str) -> str:
    """A value as the generator writes it: in quotes with escapes where it must be."""
    if not text.startswith('"'):
        return text
    inner = text[1:-1].replace("\\\\", "\0")
    for escaped, plain in (('\\"', '"'), ("\\$", "$"), ("\\`", "`"), ("\\n", "\n"), ("\\t", "\t")):
        inner = inner.replace(escaped, plain)
    return inner.replace("\0", "\\")
