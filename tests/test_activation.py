"""What `env activate` prints makes real shells have the wanted environment, and have the old one back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim_lib import activation
from aim_lib.errors import BadConfig
from aim_lib.platforms import Vars
from aim_lib.platforms._shell_text import fish_file, sh_file

from .test_exports import NASTY, found

# shell → argv that reads a script and prints variables, each ended by a NUL
PRINT = {
    "sh": ("dash", "-c", '. "$0"; for i in "$@"; do eval "printf \'%s\\\\0\' \\"\\${$i-<unset>}\\""; done'),
    "bash": ("bash", "-c", 'source "$0"; for i in "$@"; do printf "%s\\0" "${!i-<unset>}"; done'),
    "zsh": ("zsh", "-f", "-c", 'source "$0"; for i in "$@"; do eval "printf \'%s\\\\0\' \\"\\${$i-<unset>}\\""; done'),
    "fish": (
        "fish",
        "--no-config",
        "-c",
        'source $argv[1]; for i in $argv[2..]; if set -q $i; printf "%s\\0" "$$i"; else; printf "<unset>\\0"; end; end',
    ),
}
FOLDERS = ("/opt/my tools/bin", "/opt/it's $HOME `id`/bin", "/opt/ünï", "/opt/*[a]?")
NAMES = tuple(f"NASTY_{number}" for number in range(len(NASTY)))
WANTED = Vars(values=tuple(zip(NAMES, NASTY, strict=True)), first=FOLDERS, folder="/config")
START = {"PATH": f"/usr/bin:{FOLDERS[1]}:/bin", "NASTY_0": "was here", "HOME": "/root", "LC_ALL": "C.UTF-8"}


def after(shell: str, text: str, env: dict[str, str], folder: Path, names: tuple[str, ...]) -> dict[str, str]:
    """The variables of a real shell that has read `text`."""
    program, *words = PRINT[shell]
    place = found(program)
    if place is None:
        pytest.skip(f"there is no {program} to ask")
    script = folder / f"{shell}.text"
    script.write_bytes(text.encode())
    done = subprocess.run([str(place), *words, str(script), *names], capture_output=True, check=True, env=env)
    assert done.stderr == b""
    return dict(zip(names, done.stdout.decode().split("\0"), strict=False))


@pytest.mark.parametrize("shell", sorted(PRINT))
def test_a_shell_has_what_is_wanted(shell: str, tmp_path: Path) -> None:
    """Every value as it is, and our folders first on PATH, none twice."""
    text = activation.lines(shell, activation.activated(START, WANTED, ":"))

    seen = after(shell, text, START, tmp_path, (*NAMES, "PATH"))

    assert seen == {**dict(WANTED.values), "PATH": ":".join((*FOLDERS, "/usr/bin", "/bin"))}


@pytest.mark.parametrize("shell", sorted(PRINT))
def test_a_shell_is_what_it_was(shell: str, tmp_path: Path) -> None:
    """Values that were there come back, those that were not are unset."""
    env = apply(START, activation.activated(START, WANTED, ":"))
    text = activation.lines(shell, activation.deactivated(env, WANTED, ":"))

    seen = after(shell, text, env, tmp_path, (*NAMES, "PATH", activation.BEFORE))

    assert seen == {
        **dict.fromkeys((*NAMES, activation.BEFORE), "<unset>"),
        "NASTY_0": "was here",
        "PATH": START["PATH"],
    }


@pytest.mark.parametrize("shell", sorted(PRINT))
@pytest.mark.parametrize("times", [1, 2])
def test_the_file_that_start_files_read_does_the_same(shell: str, times: int, tmp_path: Path) -> None:
    """By a POSIX shell, zsh or fish, once or again."""
    own = tmp_path / "own"
    own.write_bytes((fish_file if shell == "fish" else sh_file)(WANTED).encode())
    text = f"{'source' if shell == 'fish' else '.'} '{own}'\n" * times

    seen = after(shell, text, START, tmp_path, (*NAMES, "PATH"))

    assert seen == {**dict(WANTED.values), "PATH": ":".join((*FOLDERS, "/usr/bin", "/bin"))}


@pytest.mark.parametrize("shell", ["bash", "sh", "zsh"])
def test_the_file_leaves_nothing_behind(shell: str, tmp_path: Path) -> None:
    """No function or variable of its own stays, also in a shell that is strict."""
    text = f"set -eu\n{sh_file(WANTED)}set +u\nLEFT=$(set | grep _aim_ || :)\n"

    seen = after(shell, text, START, tmp_path, ("LEFT",))

    assert seen == {"LEFT": ""}


def test_empty_entries_of_path_stay(tmp_path: Path) -> None:
    """They mean the current folder: whoever has them wants them."""
    env = {**START, "PATH": ":/usr/bin::/bin:"}

    seen = after("sh", sh_file(Vars(values=(), first=("/x",), folder="")), env, tmp_path, ("PATH",))

    assert seen["PATH"] == "/x::/usr/bin::/bin:"


def apply(env: dict[str, str], changed: dict[str, str | None]) -> dict[str, str]:
    kept = {name: value for name, value in env.items() if name not in changed}
    return {**kept, **{name: value for name, value in changed.items() if value is not None}}


names = st.sampled_from(["A", "B", "C"])
envs = st.dictionaries(names, st.text("xy", max_size=2)).map(lambda env: {**env, "PATH": "/usr/bin:/bin"})
wishes = st.dictionaries(names, st.text("xyz", max_size=2)).map(
    lambda values: Vars(values=tuple(sorted(values.items())), first=("/x", "/bin"), folder="")
)


@given(env=envs, first=wishes, second=wishes)
def test_undoing_any_activations_gives_the_first_environment(env: dict[str, str], first: Vars, second: Vars) -> None:
    """However often it was activated in between, and for whatever."""
    once = apply(env, activation.activated(env, first, ":"))
    twice = apply(once, activation.activated(once, second, ":"))

    assert apply(twice, activation.deactivated(twice, second, ":")) == env


@given(env=envs, wanted=wishes)
def test_activating_twice_is_activating_once(env: dict[str, str], wanted: Vars) -> None:
    """The second time there is nothing to print."""
    once = apply(env, activation.activated(env, wanted, ":"))

    assert activation.activated(once, wanted, ":") == {}


def test_what_others_have_put_on_path_since_stays() -> None:
    """A virtual environment that was activated after us is not lost by undoing ours."""
    wanted = Vars(values=(), first=("/ours",), folder="")
    env = apply({"PATH": "/bin"}, activation.activated({"PATH": "/bin"}, wanted, ":"))
    env["PATH"] = f"/venv/bin:{env['PATH']}"

    assert apply(env, activation.deactivated(env, wanted, ":"))["PATH"] == "/venv/bin:/bin"


def test_a_record_that_is_no_record_counts_as_none() -> None:
    """Whoever sets our variable to something else does no harm."""
    assert activation.deactivated({"PATH": "/bin", activation.BEFORE: "eA=="}, WANTED, ":") == {}


def test_cmd_is_told_what_it_can_be_told() -> None:
    """A value with a percent sign is doubled for a batch file; one with a quote is refused."""
    wanted = Vars(values=(("A", "100%"),), first=("C:\\own bin",), folder="")
    text = activation.lines("cmd", activation.activated({"Path": "C:\\Windows"}, wanted, ";"))

    assert '@set "A=100%%"\r\n' in text
    assert '@set "Path=C:\\own bin;C:\\Windows"\r\n' in text
    with pytest.raises(BadConfig, match="A has a quote"):
        activation.lines("cmd", {"A": '"'})


def test_powershell_is_told_in_its_own_words() -> None:
    """A quote is doubled, and what was not set is removed."""
    text = activation.lines("pwsh", {"A": "it's", "B": None})

    assert text == "Remove-Item -LiteralPath Env:B -ErrorAction SilentlyContinue\n$env:A = 'it''s'\n"
