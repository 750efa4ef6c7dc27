"""A cache lives in the central folder while a link stands in its place; Git does not see it, and it all goes back."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from aim_lib import excludes, links
from aim_lib.apply import apply
from aim_lib.caches import Cache, found_in, known, search
from aim_lib.errors import AimError
from aim_lib.host import Host
from aim_lib.links import Linked, Links
from aim_lib.listing import Rules
from aim_lib.model import Change, Status
from aim_lib.platforms import _folders

from .fakes import host
from .properties.things import SYSTEM_PATH, doer


def machine(root: Path) -> Host:
    import sys

    return host(home=root, env={"PATH": SYSTEM_PATH}, python=sys.executable)


def ours(root: Path) -> Links:
    return Links(root / "state" / "links", machine(root))


def repository(root: Path, exclude: bytes | None = b"# of Git itself\n*.orig") -> Path:
    """A project with a Git of its own, and a cache that holds something."""
    project = root / "my project"
    (project / ".git" / "info").mkdir(parents=True)
    if exclude is not None:
        (project / ".git" / "info" / "exclude").write_bytes(exclude)
    (project / "sub" / ".mypy_cache" / "3.12").mkdir(parents=True)
    (project / "sub" / ".mypy_cache" / "3.12" / "x").write_text("kept", encoding="utf-8")
    return project


def the_cache(project: Path) -> Cache:
    (found,) = found_in(search([str(project)], Rules(), known()), known())
    return found


def linked(project: Path, root: Path) -> Linked:
    return links.wanted_link(the_cache(project), root / "central")


def do(root: Path, changes: tuple[Change, ...], file: str) -> None:
    kinds = {links.KIND: ours(root).kind(), excludes.KIND: excludes.kind([file])}
    records = apply(changes, doer(root, host=machine(root), resources=kinds, ecosystems={}))
    assert {record.status for record in records} <= {Status.CHANGED}


def there(root: Path, each: Linked) -> None:
    """Git is told, then it is linked."""
    git = excludes.changes({each.exclude: [each.line]}, machine(root), "a test")
    do(root, (*git, *links.linking(ours(root), [each], [change.id for change in git])), each.exclude)


def back(root: Path, each: Linked) -> None:
    away = links.unlinking(ours(root), [each])
    do(root, (*away, *excludes.changes({each.exclude: ()}, machine(root), "a test")), each.exclude)


@pytest.mark.parametrize("exclude", [None, b"", b"*.orig\n", b"no end", b"dos\r\n", b"\xff\xfe not text\n"])
def test_there_and_back_leaves_no_trace(tmp_path: Path, exclude: bytes | None) -> None:
    """The link leads to the cache; afterwards the folder is a folder, and Git's file is what it was, to the byte."""
    project = repository(tmp_path, exclude)
    each, file = linked(project, tmp_path), project / ".git" / "info" / "exclude"
    there(tmp_path, each)
    is_link, content = Path(each.path).is_symlink(), (Path(each.path) / "3.12" / "x").read_text(encoding="utf-8")
    told = file.read_bytes()
    back(tmp_path, each)

    assert (is_link, content) == (True, "kept")
    assert b"\n/sub/.mypy_cache\n" in told
    assert (file.read_bytes() if file.exists() else None) == exclude
    assert not Path(each.path).is_symlink()
    assert (Path(each.path) / "3.12" / "x").read_text(encoding="utf-8") == "kept"
    assert (ours(tmp_path).all(), list((tmp_path / "central").iterdir())) == ((), [])


def test_two_projects_of_one_name_have_two_stores(tmp_path: Path) -> None:
    """Neither sees what the other's tools remember."""
    one, other = (linked(repository(tmp_path / name), tmp_path) for name in ("a", "b"))

    assert one.store != other.store
    assert Path(one.store).parts[-3].startswith("my project-")


def test_what_is_linked_again_changes_nothing(tmp_path: Path) -> None:
    """The program that does it may be called twice, either way."""
    project = repository(tmp_path)
    each = linked(project, tmp_path)
    codes = [_folders.main([act, each.path, each.store]) for act in ("link", "link", "unlink", "unlink")]

    assert codes == [0] * 4
    assert (Path(each.path) / "3.12" / "x").exists()


def test_a_file_and_an_occupied_store_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is moved."""
    project = repository(tmp_path)
    each = linked(project, tmp_path)
    Path(each.store).mkdir(parents=True)
    (tmp_path / "file").touch()
    codes = [_folders.main(["link", path, each.store]) for path in (each.path, str(tmp_path / "file"))]

    assert codes == [1, 1]
    assert capsys.readouterr().err == f"{each.store} is there already\n{tmp_path / 'file'} is no folder\n"
    assert not Path(each.path).is_symlink()


def test_without_an_exchange_a_rename_and_a_link_do(tmp_path: Path) -> None:
    """Where the system cannot exchange two names."""
    project = repository(tmp_path)
    each = linked(project, tmp_path)
    _folders.link(each.path, each.store, lambda _one, _other: False)
    stand, content = each.stand, (Path(each.path) / "3.12" / "x").read_text(encoding="utf-8")
    _folders.unlink(each.path, each.store, lambda _one, _other: False)

    assert (stand, content) == (links.LINKED, "kept")
    assert not Path(each.path).is_symlink()
    assert (Path(each.path) / "3.12" / "x").exists()


def test_what_a_tool_has_unlinked_goes_back(tmp_path: Path) -> None:
    """`ruff clean` removes the link and leaves the folder behind."""
    project = repository(tmp_path)
    each = linked(project, tmp_path)
    _folders.main(["link", each.path, each.store])
    Path(each.path).unlink()
    stand = each.stand
    _folders.main(["unlink", each.path, each.store])

    assert stand == links.AWAY
    assert (Path(each.path) / "3.12" / "x").exists()


def test_a_link_that_leads_nowhere_is_mended(tmp_path: Path) -> None:
    """mypy and ruff fail outright when what they keep is behind such a link."""
    project = repository(tmp_path)
    each = linked(project, tmp_path)
    there(tmp_path, each)
    Path(each.store).rename(tmp_path / "lost")
    stand = each.stand
    do(tmp_path, links.mending(ours(tmp_path), [each]), each.exclude)

    assert (stand, each.stand) == (links.DANGLING, links.LINKED)
    assert Path(each.store).is_dir()


def test_a_dangling_link_goes_when_it_is_taken_back(tmp_path: Path) -> None:
    """There is nothing to move, and no link is left either."""
    project = repository(tmp_path)
    each = linked(project, tmp_path)
    there(tmp_path, each)
    Path(each.store).rename(tmp_path / "lost")
    back(tmp_path, each)

    assert not os.path.lexists(each.path)


def test_a_folder_that_a_tool_has_made_meanwhile_stays(tmp_path: Path) -> None:
    """What is in the store stays there, too: nothing is overwritten."""
    project = repository(tmp_path)
    each = linked(project, tmp_path)
    there(tmp_path, each)
    Path(each.path).unlink()
    (Path(each.path) / "new").mkdir(parents=True)
    stand = each.stand
    back(tmp_path, each)

    assert stand == links.REPLACED
    assert (Path(each.path) / "new").is_dir()
    assert Path(each.store).is_dir()


def test_a_failed_link_puts_everything_back(tmp_path: Path) -> None:
    """Git's file, too."""
    project = repository(tmp_path)
    each = linked(project, tmp_path)
    Path(each.store).mkdir(parents=True)
    file = project / ".git" / "info" / "exclude"

    with pytest.raises(AimError):
        there(tmp_path, each)
    assert file.read_bytes() == b"# of Git itself\n*.orig"
    assert not Path(each.path).is_symlink()
    assert ours(tmp_path).all() == ()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (".venv", "it is never touched"),
        ("node_modules", "it is never touched"),
        ("dist", "it is never touched"),
        (".nuxt", "its tool cannot be told another place, nor is it known to bear a link"),
        (".mypy_cache", ""),
    ],
)
def test_only_what_bears_a_link_is_linked(tmp_path: Path, name: str, why: str) -> None:
    """The hard list comes first."""
    (tmp_path / name).mkdir()
    cache = Cache(str(tmp_path / name), name, "a tool", str(tmp_path), "tag")

    assert links.why_not(cache, tmp_path / "central") == why


def test_another_file_system_and_a_mount_are_refused(tmp_path: Path) -> None:
    """A link could not take the place of the folder at once, and a mount would be lost."""
    project = repository(tmp_path)
    cache = the_cache(project)
    whys = (links.why_not(cache, Path("/proc/central")), links.why_not(cache, tmp_path, [f"{cache.path}/3.12"]))

    assert whys == ("it is on another file system than the central folder", "something is mounted there")


@pytest.mark.parametrize("name", ["plain", "a b ", "st*r[1]?", "!bang", "#hash", "back\\slash", "ünï"])
def test_git_overlooks_the_link_and_nothing_else(tmp_path: Path, name: str) -> None:
    """Whatever signs are in its name: asked of Git itself."""
    git = ("/usr/bin/git", "-C", str(tmp_path))
    subprocess.run([*git, "init", "-q"], check=True)
    place = tmp_path / name
    found = excludes.repository_of(place)
    assert found is not None
    found.exclude.write_bytes(excludes.line_for(place, found).encode() + b"\n")
    place.symlink_to(tmp_path)
    (tmp_path / "star1x").touch()
    said = subprocess.run([*git, "status", "--short", "-uall"], check=True, capture_output=True, text=True).stdout

    assert said == "?? star1x\n"


def test_a_linked_working_tree_has_the_file_of_its_repository(tmp_path: Path) -> None:
    """As Git lays it out: a file `.git` that names a folder, which names the common one."""
    own = tmp_path / "repo" / ".git" / "worktrees" / "w"
    own.mkdir(parents=True)
    (own / "commondir").write_text("../..\n", encoding="utf-8")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / ".git").write_text(f"gitdir: {own}\n", encoding="utf-8")
    found = excludes.repository_of(tmp_path / "w" / "sub" / ".mypy_cache")

    assert found == excludes.Repository(tmp_path / "w", tmp_path / "repo" / ".git" / "info" / "exclude")
