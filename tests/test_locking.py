"""Lock files and their companions: made side by side, checked, and written all or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from aim_lib import companions, lock, locking, pins
from aim_lib.errors import CommandFailed, Failed, OurBug
from aim_lib.locking import Draft
from aim_lib.model import Locked, Present, Status, Wanted
from aim_lib.resources import Locking

from . import lockable
from .lockable import Lockable, calls, doer, tool

NO_LOCK = contextlib.nullcontext


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with the stub programs."""
    lockable.programs(tmp_path / "machine")
    return tmp_path / "machine"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def drafted(project: Path, resource: Lockable, *there: Present) -> Draft:
    """What the lock of `project` should say of the tools that are there, which are all declared."""
    items = tuple(Wanted(kind="pipx", name=each.name, folder=str(project)) for each in there)
    before = {str(project): lock.read(project)}
    flat = {(folder, entry.id): entry for folder, entries in before.items() for entry in entries}
    choices = pins.choose(items, {each.id: each for each in there}, flat)
    return locking.drafted(choices, before, {str(project): frozenset()}, {"pipx": resource})


def pin(project: Path, root: Path, *there: Present, locks: str = "ab") -> Draft:
    """Lock the tools that are there; those named in `locks` with a companion."""
    resource = Lockable(root, locks=frozenset(locks))
    draft = drafted(project, resource, *there)
    with saved(draft, root, resource):
        return draft


@contextlib.contextmanager
def saved(draft: Draft, root: Path, resource: Lockable) -> Iterator[None]:
    books, made = locking.complete(draft, doer(root, resource), NO_LOCK())
    with locking.saved(books, made):
        yield


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_companions_are_written_with_their_hash(root: Path, project: Path) -> None:
    """Below the lock's folder, by kind; a tool of which only a version can be locked has none."""
    pin(project, root, tool("a"), tool("c", "2.0"))

    made = project / "aim.lock.d/pipx/a.lock"
    assert made.read_text() == "a 1.0\n"
    assert lock.read(project) == (
        Locked(
            kind="pipx",
            name="a",
            request="*",
            version="1.0",
            file="aim.lock.d/pipx/a.lock",
            sha256=hashlib.sha256(made.read_bytes()).hexdigest(),
        ),
        Locked(kind="pipx", name="c", request="*", version="2.0"),
    )


def test_pinning_twice_starts_no_program_and_changes_no_byte(root: Path, project: Path) -> None:
    """What is locked as it should be is not locked again."""
    pin(project, root, tool("a"), tool("b"))
    before, programs = everything(project), calls(root)

    draft = pin(project, root, tool("a"), tool("b"))

    assert (draft.lacks, [record.status for record in draft.records]) == ({}, [Status.OK])
    assert (everything(project), calls(root)) == (before, programs)


def test_only_what_moved_is_locked_again(root: Path, project: Path) -> None:
    """And the record says from what to what."""
    pin(project, root, tool("a"), tool("b"))

    draft = pin(project, root, tool("a", "1.1"), tool("b"))

    assert draft.records[0].detail == "pipx:a 1.0 → 1.1"
    assert sorted(calls(root)) == ["lock a", "lock a", "lock b"]
    assert (project / "aim.lock.d/pipx/a.lock").read_text() == "a 1.1\n"


@pytest.mark.parametrize(
    ("content", "why"), [(None, companions.MISSING), ("another\n", companions.DIFFERS)], ids=["missing", "differs"]
)
def test_a_companion_that_is_not_the_locked_one_is_made_again(
    content: str | None, why: str, root: Path, project: Path
) -> None:
    """The lock stays stale until it is."""
    pin(project, root, tool("a"))
    path = project / "aim.lock.d/pipx/a.lock"
    path.write_text(content) if content else path.unlink()

    draft = pin(project, root, tool("a"))

    assert draft.records[0].detail == f"pipx:a 1.0: {why}"
    assert path.read_text() == "a 1.0\n"
    assert companions.trouble(str(project), lock.read(project)[0]) == ""


def test_the_companion_of_a_tool_that_is_gone_goes(root: Path, project: Path) -> None:
    """And the empty folders with it; what is not a tool's stays."""
    pin(project, root, tool("a"), tool("b"))
    (project / "aim.lock.d/README.md").write_text("ours\n")

    pin(project, root, tool("b"))

    assert sorted(everything(project)) == ["aim.lock", "aim.lock.d/README.md", "aim.lock.d/pipx/b.lock"]


def test_one_failure_is_everybodys(root: Path, project: Path) -> None:
    """Half a lock is a trap: nothing is written, and every tool that failed is named."""
    pin(project, root, tool("a"), tool("b"))
    before = everything(project)
    lockable.programs(root, 'if [ "$1" = b ]; then echo ok > "$3"; else echo "no $1" >&2; exit 3; fi')

    with pytest.raises(CommandFailed) as caught:
        pin(project, root, tool("a", "9"), tool("b", "9"), tool("c", "9"), locks="abc")

    assert caught.value.message == "2 tools cannot be locked; nothing was written"
    assert [line.partition(":")[0] for line in caught.value.details] == ["a", "c"]
    assert everything(project) == before


def test_a_network_failure_is_tried_again(root: Path, project: Path) -> None:
    """As for an installation."""
    again = f'[ -e {root}/once ] || {{ : > {root}/once; echo ETIMEDOUT >&2; exit 1; }}\necho "$1 $2" > "$3"'
    lockable.programs(root, again)

    pin(project, root, tool("a"))

    assert calls(root) == ["lock a", "lock a"]
    assert (project / "aim.lock.d/pipx/a.lock").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("https://ada:hunter2secret@index/simple", "holds a credential"),
        ("https://hunter2secret@index/simple", "holds a credential"),
        ("//index/:_authToken=hunter2secret", "holds a credential"),
        ("file://$HOME_OF_ADA/wheels", "names {home}, a place of this machine"),
        ("# made by lock $3", "names a scratch folder"),
    ],
)
def test_what_must_not_be_committed_is_refused(line: str, message: str, root: Path, project: Path) -> None:
    """A companion goes into version control: no secret, no place of one machine."""
    home = root / "home"
    lockable.programs(root, f'echo "{line.replace("$HOME_OF_ADA", str(home))}" > "$3"')

    with pytest.raises(CommandFailed) as caught:
        pin(project, root, tool("a"))

    assert message.format(home=home) in caught.value.message
    assert "hunter2secret" not in "".join((caught.value.message, caught.value.remedy, *caught.value.details))
    assert everything(project) == {}


def test_ssh_and_plain_urls_are_no_credentials() -> None:
    """`git@` is everybody's."""
    assert not lock.has_credentials("git+ssh://git@github.com/x/y https://pypi.org/simple @scope/x")


def test_a_program_that_makes_nothing_has_failed(root: Path, project: Path) -> None:
    """Whatever its exit code says."""
    lockable.programs(root, "exit 0")

    with pytest.raises(CommandFailed, match="a cannot be locked: nothing was made"):
        pin(project, root, tool("a"))


def test_what_fails_after_saving_puts_everything_back(root: Path, project: Path) -> None:
    """Lock, companions, and what was removed."""
    pin(project, root, tool("a"), tool("b"))
    before = everything(project)
    resource = Lockable(root, locks=frozenset("abc"))
    draft = drafted(project, resource, tool("b", "2.0"), tool("c"))

    with pytest.raises(Failed), saved(draft, root, resource):  # noqa: PT012 - what happens meanwhile is the point
        during = everything(project)
        raise Failed("applying went wrong")

    assert during != before
    assert everything(project) == before


def test_a_lock_that_cannot_be_written_leaves_the_companions_as_they_were(root: Path, project: Path) -> None:
    """A folder where the lock should be is such a thing."""
    (project / "aim.lock").mkdir()
    books = {str(project): (Locked(kind="pipx", name="a", request="*", version="1", file="aim.lock.d/pipx/a"),)}
    made = {"pipx:a": companions.Made(file="aim.lock.d/pipx/a", content=b"x")}

    with pytest.raises(OSError), locking.saved(books, made):  # noqa: PT011 - which one is the system's choice
        pass

    assert not (project / "aim.lock.d").exists()


def test_no_entries_and_no_lock_make_no_file(project: Path) -> None:
    """There is nothing to say."""
    with locking.saved({str(project): ()}, {}):
        pass

    assert list(project.iterdir()) == []


@pytest.mark.parametrize("name", ["../escape", "/etc/passwd", ""])
def test_a_companion_lies_below_its_kind(name: str, root: Path, project: Path) -> None:
    """Another name is our own mistake, and nothing is written."""

    class Astray(Lockable):
        def locking(self, *_: object) -> Locking:
            (root / "x").write_text("x")
            return Locking(steps=(), made=str(root / "x"), name=name)

    draft = drafted(project, Astray(root), tool("a"))

    with pytest.raises(OurBug), saved(draft, root, Astray(root)):
        pass

    assert everything(project) == {}


def test_making_leaves_no_open_journal(root: Path, project: Path) -> None:
    """The next run finds no killed one, also when locking failed."""
    lockable.programs(root, "exit 1")

    with pytest.raises(CommandFailed):
        pin(project, root, tool("a"))

    assert not (root / "state" / "journal.jsonl").exists()


def test_branches_that_each_add_a_tool_merge(root: Path, project: Path) -> None:
    """With git as it is: one block a tool, sorted, nothing counted; the merged lock is whole."""
    git(project, "init", "--quiet", "--initial-branch=main")
    pin(project, root, tool("d"), tool("m"), locks="dm")
    commit(project, "base")
    git(project, "checkout", "--quiet", "-b", "one")
    pin(project, root, tool("a"), tool("d"), tool("m"), locks="adm")
    commit(project, "adds a")
    git(project, "checkout", "--quiet", "main")
    pin(project, root, tool("d"), tool("m"), tool("z"), locks="dmz")
    commit(project, "adds z")

    git(project, "merge", "--quiet", "--no-edit", "one")

    assert [entry.name for entry in lock.read(project)] == ["a", "d", "m", "z"]
    resource = Lockable(root, locks=frozenset("admz"))
    draft = drafted(project, resource, tool("a"), tool("d"), tool("m"), tool("z"))
    assert (draft.lacks, draft.records[0].detail) == ({}, "up to date")


def git(folder: Path, *words: str) -> None:
    env = {"HOME": str(folder.parent), "PATH": "/usr/bin:/bin:/usr/local/bin", "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(("git", *who, *words), cwd=folder, env=env, check=True, capture_output=True)


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
