"""What is staged is searched as the index has it, with the real Git, and a hook keeps it from being committed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from aim_lib import files, leak_hook, leak_values, leaks
from aim_lib.errors import CommandFailed, MissingProgram
from aim_lib.host import Host
from aim_lib.leak_git import hooks_folder
from aim_lib.leaks import Outcome, Search
from aim_lib.model import Move, Write

from .fakes import host, stub
from .leak_texts import made_key

PATH = "/usr/bin:/bin:/usr/local/bin"
KEY, OTHER = made_key(length=40), made_key("gh" + "p_", 36)
SEARCH = Search(values=leak_values.know([("KEY", KEY)]))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty repository."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


def git(folder: Path, *words: str, path: str = PATH) -> subprocess.CompletedProcess[bytes]:
    env = {"HOME": str(folder.parent), "PATH": path, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    return subprocess.run(("git", *who, *words), cwd=folder, env=env, check=True, capture_output=True)


def here(folder: Path, **env: str) -> Host:
    return host(home=folder.parent, cwd=folder, env={"PATH": PATH, "HOME": str(folder.parent), **env})


def stage(folder: Path, name: str, content: str | bytes) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    git(folder, "add", "--", name)


def told(outcome: Outcome) -> list[tuple[str, int, str]]:
    return [(one.path, one.line, one.name) for one in outcome.findings]


def test_what_is_staged_is_searched(project: Path) -> None:
    """Before the first commit too; not what was changed since, nor what is not staged."""
    stage(project, "folder/a.txt", f"one\n{KEY}\n")
    stage(project, "b.txt", "fine")
    (project / "folder" / "a.txt").write_text("taken out again", encoding="utf-8")
    (project / "c.txt").write_text(KEY, encoding="utf-8")

    outcome = leaks.in_staged(SEARCH, here(project))

    assert told(outcome) == [("folder/a.txt", 2, "KEY")]
    assert (outcome.files, outcome.findings[0].is_staged) == (2, True)


def test_nothing_staged_is_nothing_found(project: Path) -> None:
    """An empty index is no failure."""
    assert leaks.in_staged(SEARCH, here(project)) == Outcome(findings=())


def test_a_shape_counts_in_new_lines_alone(project: Path) -> None:
    """What was committed before is not this commit's leak; a value of the vault is one every time."""
    stage(project, "a.txt", f"{OTHER}\n{KEY}\nfine\n")
    git(project, "commit", "--quiet", "--message", "one")
    stage(project, "a.txt", f"new\n{OTHER}\n{KEY}\nfine\n")
    (project / "b.txt").write_text("", encoding="utf-8")
    stage(project, "b.txt", f"{OTHER}\n")

    assert told(leaks.in_staged(SEARCH, here(project))) == [("a.txt", 3, "KEY"), ("b.txt", 1, "github-token")]


def test_a_renamed_and_a_deleted_file(project: Path) -> None:
    """The first is searched under its new name, the second is gone."""
    stage(project, "a.txt", f"{KEY}\n")
    stage(project, "gone.txt", f"{KEY}\n")
    git(project, "commit", "--quiet", "--message", "one")
    git(project, "mv", "a.txt", "b.txt")
    git(project, "rm", "--quiet", "gone.txt")

    assert told(leaks.in_staged(SEARCH, here(project))) == [("b.txt", 1, "KEY")]


@pytest.mark.skipif(os.name != "posix", reason="such names are POSIX's")
def test_any_name_can_be_staged(project: Path) -> None:
    """With a line break, quotes, and bytes that are no UTF-8."""
    stage(project, os.fsdecode(b'a\n"\xff'), KEY)

    assert told(leaks.in_staged(SEARCH, here(project))) == [('a\\n"\\xff', 1, "KEY")]


def test_bytes_come_as_they_are(project: Path) -> None:
    """A staged binary file is searched as one on disk."""
    stage(project, "a.bin", b"\0\r\n\xff" + KEY.encode())

    (finding,) = leaks.in_staged(SEARCH, here(project)).findings

    assert (finding.line, finding.column) == (0, 5)


def test_a_link_is_what_it_says(project: Path) -> None:
    """The index has its target's path, which may hold a secret; the target is not read."""
    (project / "link").symlink_to(f"/somewhere/{KEY}")
    git(project, "add", "link")

    assert told(leaks.in_staged(SEARCH, here(project))) == [("link", 1, "KEY")]


def test_a_submodule_is_passed_over(project: Path) -> None:
    """It is a commit, not a file."""
    stage(project, "a.txt", "fine")
    git(project, "commit", "--quiet", "--message", "one")
    commit = git(project, "rev-parse", "HEAD").stdout.decode().strip()
    git(project, "update-index", "--add", "--cacheinfo", f"160000,{commit},sub")

    assert leaks.in_staged(SEARCH, here(project)).files == 0


def test_outside_of_a_repository_git_says_why(tmp_path: Path) -> None:
    """In its own words, with what to do."""
    with pytest.raises(CommandFailed, match="not a git repository") as caught:
        leaks.in_staged(SEARCH, here(tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent)))

    assert "git init" in caught.value.remedy


def test_without_git_there_is_a_remedy(project: Path) -> None:
    """Exit code 3."""
    with pytest.raises(MissingProgram, match="git is not on PATH") as caught:
        leaks.in_staged(SEARCH, here(project, PATH="/nowhere"))

    assert (caught.value.exit_code, caught.value.remedy.partition(",")[0]) == (3, "install Git")


# --- the hook ----------------------------------------------------------------------------------------------------


def install(folder: Path) -> None:
    hooks = hooks_folder(here(folder))
    texts = [path.read_text(encoding="utf-8") if path.exists() else None for path in hook_files(hooks)]
    for step in leak_hook.install_steps(str(hooks), *texts):
        match step:
            case Write():
                files.write_text(Path(step.path), step.text, step.mode)
            case Move():
                files.move(Path(step.source), Path(step.path))


def hook_files(hooks: Path) -> tuple[Path, Path]:
    return hooks / leak_hook.NAME, hooks / leak_hook.KEPT


def commit(folder: Path, code: int) -> tuple[int, str]:
    """Commit with an `aim` on PATH that ends with `code` and writes down how it was called."""
    stub(folder.parent / "bin", "aim", f'echo "$@" > "{folder.parent}/asked"; exit {code}')
    try:
        git(folder, "commit", "--quiet", "--message", "x", path=f"{folder.parent / 'bin'}:{PATH}")
    except subprocess.CalledProcessError as error:
        return error.returncode, error.stderr.decode()
    return 0, ""


def test_the_hook_stops_a_commit(project: Path) -> None:
    """With the scan of what is staged, and lets a clean one through."""
    install(project)
    stage(project, "a.txt", KEY)

    assert commit(project, 5)[0] == 1
    assert (project.parent / "asked").read_text(encoding="utf-8") == "secrets scan --staged\n"
    assert commit(project, 0) == (0, "")


def test_a_hook_that_was_there_runs_first(project: Path) -> None:
    """With its own say; what it refuses is not scanned."""
    foreign = stub(
        project / ".git" / "hooks", "pre-commit", f'echo ran >> "{project}/ran"; exit "$(cat "{project}/code")"'
    )
    text = foreign.read_text(encoding="utf-8")
    install(project)
    stage(project, "a.txt", "x")
    (project / "code").write_text("7", encoding="utf-8")

    refused = commit(project, 0)[0]
    was_asked = (project.parent / "asked").exists()
    (project / "code").write_text("0", encoding="utf-8")
    done = commit(project, 0)[0]

    assert (refused, was_asked, done) == (1, False, 0)
    assert (project / "ran").read_text(encoding="utf-8") == "ran\nran\n"
    assert hook_files(project / ".git" / "hooks")[1].read_text(encoding="utf-8") == text


def test_without_aim_the_hook_says_so(project: Path) -> None:
    """A scan that did not happen is no clean scan."""
    install(project)
    stage(project, "a.txt", "x")

    with pytest.raises(subprocess.CalledProcessError) as caught:
        git(project, "commit", "--quiet", "--message", "x")

    assert b"error: aim is not on PATH" in caught.value.stderr
    assert b"git commit --no-verify" in caught.value.stderr


def test_the_index_of_a_partial_commit_is_the_one_searched(project: Path) -> None:
    """`git commit FILE` makes an index of its own and names it to the hook."""
    stage(project, "a.txt", "x")
    git(project, "commit", "--quiet", "--message", "one")
    stage(project, "b.txt", KEY)
    (project / "a.txt").write_text(f"{OTHER}\n", encoding="utf-8")
    stub(project / ".git" / "hooks", "pre-commit", 'echo "$GIT_INDEX_FILE" > ../index; cp "$GIT_INDEX_FILE" ../copy')
    git(project, "commit", "--quiet", "--message", "two", "a.txt")
    git(project, "reset", "--quiet", "--soft", "HEAD~1")

    outcome = leaks.in_staged(SEARCH, here(project, GIT_INDEX_FILE=str(project.parent / "copy")))

    assert told(outcome) == [("a.txt", 1, "github-token")]


def test_the_hooks_folder_is_gits_word(project: Path) -> None:
    """A repository may have its hooks elsewhere."""
    assert hooks_folder(here(project)) == project / ".git" / "hooks"

    git(project, "config", "core.hooksPath", "/elsewhere")

    assert hooks_folder(here(project)) == Path("/elsewhere")
