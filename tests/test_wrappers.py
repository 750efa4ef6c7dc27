"""Which launchers there should be, and the changes that make it so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aim_lib import wrappers
from aim_lib.apply import apply
from aim_lib.errors import AimError
from aim_lib.launchers import Launcher, text_of
from aim_lib.model import Change, Write
from aim_lib.ownership import OFF_PATH, Owned
from aim_lib.wrapping import Asked, Source, Wrapped, wrap
from tests.checkout import with_checkout
from tests.fakes import stub
from tests.properties.things import doer

RUFF = Source(id="pipx:ruff", name="ruff", commands=("ruff",), by="/p/aim.toml")
UV_RUFF = Source(id="uv:ruff", name="ruff", commands=("ruff",), by="/p/aim.toml")


def copy(
    path: str, kind: str = "pipx", *, name: str = "ruff", place: int = 0, note: str = "", own: bool = True
) -> Owned:
    return Owned(
        command=Path(path).name,
        path=path,
        place=place,
        manager=kind,
        name=name,
        id=f"{kind}:{name}" if own else "",
        note=note,
        group=f"{kind}:{name}" if own else path,
    )


def asked(**more: object) -> Asked:
    return Asked(folder="/w", **more)  # type: ignore[arg-type]


def targets(sources: list[Source], copies: list[Owned], told: Asked) -> dict[str, str]:
    by_command: dict[str, tuple[Owned, ...]] = {}
    for each in copies:
        by_command[each.command] = (*by_command.get(each.command, ()), each)
    return dict(wrap(sources, by_command, told).targets)


# --- which ------------------------------------------------------------------------------------------------------


def test_every_declared_command_has_one() -> None:
    """Its target is the tool's own copy, also one that is not on PATH, whoever comes first there."""
    copies = [copy("/usr/bin/ruff", "apt", own=False), copy("/b/ruff", place=OFF_PATH)]

    assert targets([RUFF], copies, asked()) == {"ruff": "/b/ruff"}


def test_what_is_denied_has_none() -> None:
    """By patterns, aliases and what is asked for included."""
    copies = [copy("/b/ruff"), copy("/b/python3.12", "apt", own=False)]
    told = asked(deny=("py*", "lint"), tools=("ruff", "python3.12"), aliases={"lint": "ruff"})

    assert targets([RUFF], copies, told) == {"ruff": "/b/ruff"}


def test_only_those_that_are_named_have_one() -> None:
    """By the name of the tool, its id or the command; a command need not be declared."""
    black = Source(id="pipx:black", name="black", commands=("black", "blackd"), by="")
    copies = [
        copy("/b/ruff"),
        copy("/b/black", name="black"),
        copy("/b/blackd", name="black"),
        copy("/b/git", own=False),
    ]

    assert set(targets([RUFF, black], copies, asked(tools=("blackd", "git")))) == {"blackd", "git"}


@pytest.mark.parametrize("note", ["launcher", "broken", "alias"])
def test_a_launcher_is_never_a_target(note: str) -> None:
    """Nor what leads nowhere, nor Windows' own aliases: another copy is taken, or none."""
    copies = [copy("/w/git", own=False, note=note), copy("/usr/bin/git", "apt", own=False, place=1)]

    assert targets([], copies, asked(tools=("git",))) == {"git": "/usr/bin/git"}
    assert targets([], copies[:1], asked(tools=("git",))) == {}


def test_a_copy_of_one_project_is_no_target() -> None:
    """An environment that is active just now belongs to a project, not to the machine."""
    copies = [copy("/p/.venv/bin/git", "environment", own=False), copy("/usr/bin/git", "apt", own=False, place=1)]

    assert targets([], copies, asked(tools=("git",))) == {"git": "/usr/bin/git"}


def test_priority_decides_between_managers() -> None:
    """Without a word: that is what it is for; who lost is told in the document."""
    copies = {"ruff": (copy("/b/ruff"), copy("/c/ruff", "uv", place=1))}

    made = wrap([RUFF, UV_RUFF], copies, asked(priority=("uv", "pipx")))

    assert (made.targets, made.records) == ({"ruff": "/c/ruff"}, ())
    assert made.collisions == (
        {
            "command": "ruff",
            "wins": {"path": "/c/ruff", "manager": "uv", "version": ""},
            "others": [{"path": "/b/ruff", "manager": "pipx", "version": ""}],
        },
    )


def test_without_priority_path_decides_and_it_is_said() -> None:
    """With what to write so that it is decided for good."""
    copies = {"ruff": (copy("/b/ruff"), copy("/c/ruff", "uv", place=1))}

    made = wrap([RUFF, UV_RUFF], copies, asked())

    assert made.targets == {"ruff": "/b/ruff"}
    assert made.records[0].remedy == 'say who comes first: wrappers.priority = ["pipx", "uv"]'


def test_one_install_under_two_names_is_no_collision() -> None:
    """A link to it, or its own folder further behind on PATH."""
    copies = {"ruff": (copy("/b/ruff"), copy("/venvs/ruff/bin/ruff", place=1))}

    assert wrap([RUFF], copies, asked()).collisions == ()


def test_an_alias_is_one_more_launcher() -> None:
    """With the words and variables of its own, else those of the command; one that stands for nothing is told."""
    told = asked(aliases={"lint": "ruff", "none": "nothing"}, args={"lint": ("check",)}, env={"ruff": {"A": "1"}})

    made = wrap([RUFF], {"ruff": (copy("/b/ruff"),)}, told)

    assert made.texts["lint"].splitlines()[-2:] == ["export A=1", 'exec /b/ruff check "$@"']
    assert [record.detail for record in made.records] == ["nothing, which it stands for, is not there"]


def test_secrets_come_by_the_command_that_injects_them() -> None:
    """Only where they are asked for: the launcher itself knows none."""
    told = asked(secrets=("ruff",), secret_run=("/py", "-P", "-m", "aim_lib", "secrets", "run", "--"))

    made = wrap([RUFF], {"ruff": (copy("/b/ruff"),)}, told)

    assert made.texts["ruff"].splitlines()[-1] == 'exec /py -P -m aim_lib secrets run -- /b/ruff "$@"'


def test_one_that_cannot_be_written_is_told_and_the_rest_made() -> None:
    """With the reason."""
    git = copy("C:\\José\\git", own=False)
    copies = {"ruff": (copy("C:\\b\\ruff"),), "git": (git,)}

    made = wrap([RUFF], copies, Asked(folder="D:\\w", is_windows=True, tools=("ruff", "git")))

    assert (set(made.texts), [record.id for record in made.records]) == ({"ruff"}, ["launcher:git"])


# --- changes ----------------------------------------------------------------------------------------------------


def wanted(folder: Path, *names: str, by: str = "/p/aim.toml") -> Wrapped:
    made = {name: Launcher(command=name, target=str(folder / "tools" / name), by=by) for name in names}
    for name in names:
        stub(folder / "tools", name)
    return Wrapped(
        texts={name: text_of(each, str(folder), is_windows=False) for name, each in made.items()},
        targets={name: each.target for name, each in made.items()},
    )


def plan(made: Wrapped, folder: Path, *in_force: str) -> tuple[Change, ...]:
    return wrappers.rebuilding(made, folder / "w", in_force or ("/p/aim.toml",), is_windows=False)


def carry_out(changes: tuple[Change, ...], folder: Path) -> None:
    apply(changes, doer(folder, resources={"launcher": wrappers.kind(folder / "w")}, ecosystems={}))


def names(changes: tuple[Change, ...]) -> dict[str, str]:
    return {change.name: change.reason for change in changes}


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    """What was made is what is wanted."""
    made = wanted(tmp_path, "ruff", "black")

    carry_out(plan(made, tmp_path), tmp_path)

    assert plan(made, tmp_path) == ()
    assert (tmp_path / "w" / "ruff").stat().st_mode & 0o777 == 0o755


def test_one_that_was_touched_is_made_again(tmp_path: Path) -> None:
    """Its text, its target, or that it may be executed."""
    made = wanted(tmp_path, "a", "b", "c")
    carry_out(plan(made, tmp_path), tmp_path)
    with (tmp_path / "w" / "a").open("a") as file:
        file.write("echo more\n")
    (tmp_path / "w" / "b").chmod(0o644)
    carry_out(plan(wanted(tmp_path / "elsewhere", "c"), tmp_path, "/another.toml"), tmp_path)

    again = plan(made, tmp_path)

    assert names(again) == {
        "a": "not as it is made",
        "b": "not executable",
        "c": f"starts {tmp_path}/tools/c, not {tmp_path}/elsewhere/tools/c",
    }


def test_stale_ones_go(tmp_path: Path) -> None:
    """What this configuration no longer asks for, and whatever starts something that is gone."""
    carry_out(plan(wanted(tmp_path, "dropped", "kept"), tmp_path), tmp_path)
    carry_out(plan(wanted(tmp_path, "gone", "theirs", by="/q/aim.toml"), tmp_path, "/q/aim.toml"), tmp_path)
    (tmp_path / "tools" / "gone").unlink()

    changes = plan(wanted(tmp_path, "kept"), tmp_path)
    carry_out(changes, tmp_path)

    assert names(changes) == {"dropped": "no longer asked for", "gone": f"{tmp_path / 'tools' / 'gone'} is gone"}
    assert sorted(path.name for path in (tmp_path / "w").iterdir()) == ["kept", "theirs"]


def test_two_projects_that_want_one_alike_do_not_fight(tmp_path: Path) -> None:
    """Whoever asked first stands in it; nothing is written."""
    carry_out(plan(wanted(tmp_path, "ruff"), tmp_path), tmp_path)

    assert plan(wanted(tmp_path, "ruff", by="/q/aim.toml"), tmp_path, "/q/aim.toml") == ()


@pytest.mark.parametrize("kind", ["file", "link", "link to nowhere", "folder"])
def test_what_is_not_ours_stays(kind: str, tmp_path: Path) -> None:
    """It is told, and neither rebuilding nor clearing touches it."""
    path = tmp_path / "w" / "ruff"
    path.parent.mkdir()
    if kind == "file":
        path.write_text("mine")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(stub(tmp_path / "other", "x") if kind == "link" else tmp_path / "nowhere")
    made = wanted(tmp_path, "ruff")

    told = wrappers.in_the_way(made, tmp_path / "w", is_windows=False)

    assert (plan(made, tmp_path), wrappers.clearing(tmp_path / "w")) == ((), ())
    assert told[0].detail == f"{path} is not ours and stays"


def test_a_failure_puts_every_launcher_back(tmp_path: Path) -> None:
    """Those that were removed, too, byte for byte."""
    old = wanted(tmp_path, "dropped", "kept")
    carry_out(plan(old, tmp_path), tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "w").iterdir()}
    *changes, last = plan(wanted(tmp_path, "fresh", "kept"), tmp_path)
    lying = Change(
        **{name: getattr(last, name) for name in last.__struct_fields__} | {"id": "launcher:zz", "want": "no"}
    )

    with pytest.raises(AimError):
        carry_out((*changes, last, lying), tmp_path)

    assert {path.name: path.read_bytes() for path in (tmp_path / "w").iterdir()} == before


def test_clearing_removes_ours_alone(tmp_path: Path) -> None:
    """Of every configuration."""
    carry_out(plan(wanted(tmp_path, "ruff", by="/q/aim.toml"), tmp_path, "/q/aim.toml"), tmp_path)
    (tmp_path / "w" / "mine.txt").write_text("mine")

    carry_out(wrappers.clearing(tmp_path / "w"), tmp_path)

    assert [path.name for path in (tmp_path / "w").iterdir()] == ["mine.txt"]


def test_it_is_written_by_replacing(tmp_path: Path) -> None:
    """A shell that reads the old one goes on with it: one atomic step, no other."""
    (change,) = plan(wanted(tmp_path, "ruff"), tmp_path)

    assert [type(step) for step in change.do] == [Write]


def test_a_launcher_with_secrets_gives_the_tool_its_own_and_no_others(tmp_path: Path) -> None:
    """Through the whole program: the key of its scope arrives, another one does not; words and code are intact."""
    tool = stub(tmp_path / "tools", "tool", f'printf "%s|" "$MY_KEY" "$OTHER_KEY" "$@" > {tmp_path}/given; exit 3')
    config = '[secrets]\nrequired = ["MY_KEY", "OTHER_KEY"]\n[secrets.scopes]\ntool = ["MY_KEY"]\n'
    (tmp_path / "aim" / "config").mkdir(parents=True)
    (tmp_path / "aim" / "config" / "aim.toml").write_text(config)
    path = stub(tmp_path / "w", "tool")
    through = (sys.executable, "-P", "-m", "aim_lib", "secrets", "run", "--")
    path.write_text(text_of(Launcher(command="tool", target=str(tool), through=through), "", is_windows=False))
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "MY_KEY": "mine", "OTHER_KEY": "other"}
    env |= {
        "AIM_CONFIG_DIR": str(tmp_path / "aim" / "config"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }

    done = subprocess.run([path, "a b", "", "$x"], env=with_checkout(env), cwd=tmp_path, check=False)

    assert (done.returncode, (tmp_path / "given").read_text()) == (3, "mine||a b||$x|")
