"""What the site makes of plain pages, and what is noticed when a page says what is not so."""

from __future__ import annotations

from pathlib import Path

import pytest

from aim_lib import namespace
from aim_lib.engine.catalogue import Catalogue
from docs._make import documents, site
from docs._make.tables import plain, table
from tests import filled, pages
from tests.mentions import unknown_words


def page(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_section_lists_its_pages() -> None:
    """The tree of the site is made of the links that begin an item; others are only links."""
    text = "- [One](one.md): see [two](two.md).\n- [Deep](reference/deep.md): x\n\n[three](three.md)\n"

    assert site.listed(text) == ["one", "reference/deep"]


def test_the_tree_is_hidden_in_a_section_only() -> None:
    """Any other page stays as it is."""
    text = "- [One](one.md)\n"

    assert site.with_tree("ai", text) == text
    assert site.with_tree("how-to", text).endswith("```{toctree}\n:hidden:\n\none\n```\n")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "see the example and [here](b.md)"),
        (
            {"GITHUB_REPOSITORY": "a/b", "GITHUB_SHA": "c0ffee"},
            "see [the example](https://github.com/a/b/blob/c0ffee/examples/x) and [here](b.md)",
        ),
    ],
)
def test_links_that_leave_the_pages(environment: dict[str, str], expected: str) -> None:
    """They lead to the code host where one is known, else they are text."""
    text = "see [the example](../examples/x) and [here](b.md)"

    assert site.with_outside_links("ai", text, environment) == expected


def test_what_only_the_tests_need_is_not_shown() -> None:
    """Comments go, also those of several lines."""
    assert site.without_stage("a\n<!-- stage\nstub git\n-- x --\ny\n-->\nb\n<!-- file x -->\n") == "a\nb\n"


def test_words_of_a_docstring_are_no_markup() -> None:
    """Signs are signs, but between backticks."""
    assert plain("one of [health.profiles], `a_b*`, <x>") == r"one of \[health.profiles\], `a_b*`, \<x\>"


def test_a_bar_does_not_end_a_cell() -> None:
    """Nor does a line end; without rows there is no table."""
    assert table(("a",), [("x | y\nz",)]) == "| a |\n|---|\n| x \\| y z |\n"
    assert table(("a",), []) == ""


def test_keys_of_a_document() -> None:
    """Those of lists and objects too, but not of objects that are keyed by names of things."""
    document = {"command": "x", "tools": [{"id": "a"}, {"id": "b", "n": 1}], "config": {"any": 1}, "last": None}

    assert documents.keys(document) == {
        "tools": "list",
        "tools[].id": "text",
        "tools[].n": "number",
        "config": "object",
    }


def test_a_page_of_documents_is_read_back(tmp_path: Path) -> None:
    """The page is where its keys are kept; one that it does not know is told."""
    path = page(tmp_path, documents.page(tmp_path / "none.md", {"x": {"a": "text"}}))

    assert documents.read_keys(path) == {"x": {"a": "text"}}
    assert documents.unknown({"command": "x", "a": 1, "b": 2}, path) == ["b"]


@pytest.mark.parametrize(
    ("example", "complaint"),
    [
        ("$ printf 'one\\ntwo\\n'\none\n", "prints"),
        ("$ cat nothing >/dev/null 2>&1\n", "echo"),
        ("one\n", "begins with"),
    ],
)
def test_a_wrong_example_fails(example: str, complaint: str, tmp_path: Path) -> None:
    """Less output than there is, a failure that is not shown, output of nothing."""
    path = page(tmp_path, f"```console\n{example}```\n")

    with pytest.raises(AssertionError, match=complaint):
        pages.play_page(path, tmp_path)


def test_a_page_is_one_story(tmp_path: Path) -> None:
    """Files that are shown are there, what happens meanwhile has happened, and a new stage begins anew."""
    story = (
        "<!-- file a.txt -->\n\n```toml\none\n```\n\n<!-- more a.txt -->\n\n```toml\ntwo\n```\n\n"
        "<!-- meanwhile\n-- b.txt --\nthree\n-->\n\n```console\n$ cat a.txt b.txt\none\ntwo\nthree\n```\n\n"
        "<!-- stage\n-- c.txt --\n-->\n\n```console\n$ ls\nc.txt\n$ cat b.txt 2>/dev/null; echo $?\n1\n```\n"
    )

    pages.play_page(page(tmp_path, story), tmp_path)


def test_output_is_filled_in(tmp_path: Path) -> None:
    """What was there is replaced, and what differs from run to run becomes a placeholder."""
    path = page(tmp_path, "```console\n$ printf 'took 1.2 s\\nat 2026-01-02T03:04Z\\n'\nold\n```\n")

    assert "\ntook [SECONDS] s\nat [TIME]\n```" in filled.filled(path, tmp_path)
    assert "old" not in filled.filled(path, tmp_path / "again")


@pytest.mark.parametrize(
    "said",
    ["aim instal", "aim install --frobnicate", "aim secrets list --clip", "python3 aim.py dev nothing", "X=1 aim nope"],
)
@pytest.mark.parametrize("around", ["text `{}` text\n", "```sh\n{}   # why\n```\n"])
def test_a_command_that_does_not_exist_is_told(said: str, around: str, tmp_path: Path) -> None:
    """Also an option that its command does not have."""
    assert len(unknown_words(page(tmp_path, around.format(said)), Catalogue(namespace()))) == 1


@pytest.mark.parametrize(
    "said",
    [
        "aim secrets run -- codex --frobnicate",
        'eval "$(aim env activate)"',
        "aim --jobs 4 health",
        "aim audit query --since 2d | head",
        "aim secrets export [--shell \\| --format]",
        "aim COMMAND --help",
        "python3 aim.py test --real",
        "aim config",
    ],
)
def test_what_exists_is_let_through(said: str, tmp_path: Path) -> None:
    """Whatever stands around it: a pipe, a program's own words, brackets, a word in capitals."""
    assert unknown_words(page(tmp_path, f"`{said}`\n"), Catalogue(namespace())) == []
