"""Where completion scripts are put for each shell, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import completion_files
from aim_lib.errors import NotPermitted
from aim_lib.host import Host
from aim_lib.model import Delete, Run, Write
from tests import fakes

TEXT = "# calls complete.py\n"


def places(shell: str, host: Host, text: str | None = TEXT) -> list[str]:
    """What would be changed."""
    return [each.name for each in completion_files.place(shell, ("aim",), text, host) if not each.is_done]


@pytest.mark.parametrize(
    ("shell", "names"),
    [
        ("bash", ["~/.local/share/bash-completion/completions/aim", "~/.bashrc"]),
        ("zsh", ["~/.local/share/zsh/site-functions/_aim", "~/.zshrc"]),
        ("fish", ["~/.config/fish/completions/aim.fish"]),
        ("pwsh", ["~/aim/config/aim.completion.ps1", "~/.config/powershell/profile.ps1"]),
    ],
)
def test_each_shell_has_its_folder(tmp_path: Path, shell: str, names: list[str]) -> None:
    """A start file only where nothing else would read the script; it comes last."""
    assert places(shell, fakes.host(home=tmp_path)) == names


def test_folders_that_were_moved_count(tmp_path: Path) -> None:
    """XDG's variables and the shells' own."""
    env = {"XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/conf", "ZDOTDIR": str(tmp_path / "z")}
    host = fakes.host(home=tmp_path, env=env)

    assert places("fish", host) == [str(Path("/conf/fish/completions/aim.fish"))]
    assert places("zsh", host) == [str(Path("/data/zsh/site-functions/_aim")), "~/z/.zshrc"]


@pytest.mark.parametrize("text", ["# . bash_completion\n", "alias ll=ls\n"])
def test_bash_without_bash_completion_needs_a_block(tmp_path: Path, text: str) -> None:
    """A comment loads nothing."""
    (tmp_path / ".bashrc").write_text(text, encoding="utf-8")

    assert places("bash", fakes.host(home=tmp_path))[1:] == ["~/.bashrc"]


@pytest.mark.parametrize("name", [".bashrc", "etc/bash.bashrc"])
def test_bash_completion_reads_its_folder_itself(tmp_path: Path, name: str) -> None:
    """Where it is loaded no start file is touched."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("  . /usr/share/bash-completion/bash_completion\n", encoding="utf-8")

    assert places("bash", fakes.host(home=tmp_path)) == ["~/.local/share/bash-completion/completions/aim"]


def test_the_file_is_the_script(tmp_path: Path) -> None:
    """And to undo it where there was none is to delete it."""
    (placing,) = completion_files.place("fish", ("aim",), TEXT, fakes.host(home=tmp_path))
    path = str(tmp_path / ".config/fish/completions/aim.fish")

    assert placing.do == (Write(path=path, text=TEXT),)
    assert placing.undo == (Delete(path=path),)


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """Neither replaced nor removed."""
    path = tmp_path / ".config/fish/completions/aim.fish"
    path.parent.mkdir(parents=True)
    path.write_text("complete -c aim -a mine\n", encoding="utf-8")
    host = fakes.host(home=tmp_path)

    with pytest.raises(NotPermitted, match="is not ours"):
        places("fish", host)
    assert places("fish", host, None) == []


def test_a_start_file_that_is_read_only_stays(tmp_path: Path) -> None:
    """Its owner means it, whatever root may do."""
    (tmp_path / ".zshrc").write_text("", encoding="utf-8")
    (tmp_path / ".zshrc").chmod(0o444)

    with pytest.raises(NotPermitted) as caught:
        places("zsh", fakes.host(home=tmp_path))

    assert caught.value.message.endswith(".zshrc is read-only")


def test_a_path_is_one_word_of_the_block(tmp_path: Path) -> None:
    """Whatever the home is called."""
    home = tmp_path / "it's a home"
    home.mkdir()
    block = [*completion_files.place("zsh", ("aim",), TEXT, fakes.host(home=home))][-1]

    (step,) = block.do

    assert isinstance(step, Run)
    assert "'\"'\"'s a home/" in step.argv[-2]
    assert step.argv[-1] == "completion"
