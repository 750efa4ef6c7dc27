"""What adopting a list declares: what nobody declares yet, under the names that are here."""

from __future__ import annotations

from aim_lib.adoption import compare, new
from aim_lib.manifests import Entry
from aim_lib.model import Present


def standings(entry: Entry, *declared: Entry, present: tuple[Present, ...] = ()) -> list[str]:
    found = compare([entry], declared, {item.id: item for item in present}, "3.11")
    return [each.standing for each in found]


def test_what_is_declared_alike_is_left_alone() -> None:
    """Also when it is written in another way."""
    entry = Entry(kind="pipx", name="black", request=">=25,<26")

    assert standings(entry, Entry(kind="pipx", name="black", request="<26, >=25")) == ["declared"]
    assert standings(entry, Entry(kind="pipx", name="Black", request=">=25,<26")) == ["declared"]


def test_a_declaration_that_differs_is_kept() -> None:
    """And said: who wrote it may have meant it."""
    (found,) = compare(
        [Entry(kind="npm", name="x", request="1.0.0")], [Entry(kind="npm", name="x", request="^2")], {}, ""
    )

    assert (found.standing, new([found])) == ("kept", ())
    assert found.why == "declared as ^2, not 1.0.0: the declaration is kept"


def test_the_same_package_by_another_manager_is_not_declared_twice() -> None:
    """pipx and uv would both put its command into one folder; a crate of that name is something else."""
    entry = Entry(kind="uv", name="ruff_lsp", request="*")

    assert standings(entry, Entry(kind="pipx", name="ruff-lsp")) == ["elsewhere"]
    assert standings(entry, Entry(kind="cargo", name="ruff_lsp")) == ["new"]


def test_a_name_is_spelled_as_it_is_installed() -> None:
    """Else the plan would call it missing."""
    entry, have = Entry(kind="pipx", name="Ruff.LSP"), Present(kind="pipx", name="ruff-lsp", version="1.0")

    (found,) = compare([entry], [], {have.id: have}, "3.11")

    assert (found.entry.name, found.present, found.standing) == ("ruff-lsp", "1.0", "new")


def test_the_usual_python_needs_no_mention() -> None:
    """Another one does."""
    tools = [Entry(kind="pipx", name="a", python="3.11"), Entry(kind="pipx", name="b", python="3.12")]

    assert [entry.python for entry in new(compare(tools, [], {}, "3.11"))] == ["", "3.12"]
