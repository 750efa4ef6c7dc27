"""What the doctor of the environment finds, and what it does not complain of."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import env_doctor
from aim_lib.host import Host
from aim_lib.model import Record, Status
from aim_lib.platforms import ENV, Placing, Vars

from .fakes import host, stub

END = b"# <<< aim env"


def wanted(home: Path) -> Vars:
    return Vars(values=(("A", "b"),), first=(str(home / "ours"),), folder="")


def machine(home: Path, *entries: str, **env: str) -> Host:
    (home / "ours").mkdir(exist_ok=True)
    (home / "bin").mkdir(exist_ok=True)
    path = ":".join(entries or (str(home / "ours"), str(home / "bin")))
    return host(home=home, env={"A": "b", "PATH": path, **env})


def placing(have: str = "1", want: str = "1") -> Placing:
    return Placing(kind=ENV, name="~/.bashrc", have=have, want=want, do=(), undo=(), where="/home/ada/.bashrc")


def examine(on: Host, *placings: Placing, later: dict[str, str] | None = None) -> dict[str, Record]:
    records = env_doctor.examine(wanted(on.home), placings or (placing(),), on, later or {})
    return {record.id: record for record in records}


def test_nothing_is_wrong_with_what_is_as_wanted(tmp_path: Path) -> None:
    """One record, and it is fine."""
    (record,) = examine(machine(tmp_path)).values()

    assert record.status is Status.OK


@pytest.mark.parametrize(
    ("have", "want", "said"), [("", "1", "is missing"), ("1", "2", "is not up to date"), ("1", "", "is to go")]
)
def test_a_start_file_that_is_not_as_wanted(have: str, want: str, said: str, tmp_path: Path) -> None:
    """Applying mends it."""
    record = examine(machine(tmp_path), placing(have, want))["env:~/.bashrc"]

    assert (record.status, record.detail) == (Status.FAILED, f"/home/ada/.bashrc {said}")
    assert record.remedy == "aim env apply"


def test_a_variable_that_a_start_file_sets_again(tmp_path: Path) -> None:
    """Its file and line are told: applying would not help."""
    record = examine(machine(tmp_path, A="c"), later={"A": "/home/ada/.bashrc:9"})["var:A"]

    assert record.detail == "has another value here: /home/ada/.bashrc:9 sets it again"
    assert record.remedy == "take it out of /home/ada/.bashrc:9"


def test_a_value_is_not_repeated(tmp_path: Path) -> None:
    """What stands in a variable instead may be a secret."""
    found = examine(machine(tmp_path, A="hunter2"))

    assert "hunter2" not in str(found)


def test_our_folders_are_not_first(tmp_path: Path) -> None:
    """They must come before all others."""
    record = examine(machine(tmp_path, str(tmp_path / "bin"), str(tmp_path / "ours")))["path:order"]

    assert record.detail == f"it begins with {tmp_path / 'bin'}, not {tmp_path / 'ours'}"


def test_our_folders_are_not_on_path(tmp_path: Path) -> None:
    """A shell that is older than the block."""
    record = examine(machine(tmp_path, str(tmp_path / "bin")))["path:order"]

    assert record.detail == f"{tmp_path / 'ours'} not on it"
    assert "env activate" in record.remedy


def test_a_command_of_ours_that_is_shadowed(tmp_path: Path) -> None:
    """The copy that wins is named."""
    on = machine(tmp_path, str(tmp_path / "bin"), str(tmp_path / "ours"))
    for folder in ("bin", "ours"):
        stub(tmp_path / folder, "ruff")

    record = examine(on)["shadowed:ruff"]

    assert record.detail == f"{tmp_path / 'bin' / 'ruff'} comes before {tmp_path / 'ours' / 'ruff'}"


def test_what_may_be_meant_is_only_warned_of(tmp_path: Path) -> None:
    """Entries twice, gone, no folder, or relative: by themselves they break nothing."""
    (tmp_path / "file").touch()
    entries = ("ours", "bin", "bin", "gone", "file")
    on = machine(tmp_path, *(str(tmp_path / entry) for entry in entries), "rel", "")

    found = examine(on)

    assert {record.status for record in found.values()} == {Status.WARNED}
    assert set(found) == {
        f"path:{tmp_path / 'bin'}",
        f"path:{tmp_path / 'file'}",
        "path:rel",
        "path:empty",
        "path:gone",
    }


def test_a_folder_of_ours_may_be_made_later(tmp_path: Path) -> None:
    """It is on PATH before there is a first command in it."""
    on = machine(tmp_path)
    (tmp_path / "ours").rmdir()

    (record,) = examine(on).values()

    assert record.status is Status.OK


def test_assignments_behind_the_block_are_found(tmp_path: Path) -> None:
    """In the words of every shell; what only adds to the value, and what stands before, is none."""
    profile = tmp_path / ".bashrc"
    before, behind = b"A=before\n# <<< aim env <<<\n", b'export A=1\nset -gx B 2\nexport C=$C:x\nD="${D}:x"\n'
    profile.write_bytes(before + behind + b"export E = no\n typeset -x F=1\n")

    found = env_doctor.set_again(profile, "ABCDEF", END)

    assert found == {"A": f"{profile}:3", "B": f"{profile}:4", "F": f"{profile}:8"}


def test_a_start_file_without_the_block_sets_nothing_again(tmp_path: Path) -> None:
    """There is nothing behind what is not there; neither in a file that is not there."""
    (tmp_path / ".bashrc").write_bytes(b"export A=1\n")

    assert env_doctor.set_again(tmp_path / ".bashrc", ["A"], END) == {}
    assert env_doctor.set_again(tmp_path / "gone", ["A"], END) == {}
