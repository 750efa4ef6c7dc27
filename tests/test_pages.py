"""What the pages say is so: examples print what stands there, commands and options exist, links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aim_lib import namespace
from aim_lib.engine.catalogue import Catalogue
from docs._make import environment, reference, site
from tests import pages
from tests.mentions import unknown_words

MADE = "python3 aim.py dev reference"
IN_CODE = re.compile(r"""["'](AIM_[A-Z][A-Z_]*[A-Z])["'=]""")


def talking() -> list[Path]:
    """The pages with console examples."""
    return [path for path in pages.PAGES if any(block.language == "console" for block in pages.blocks_of(path))]


def name_of(path: Path) -> str:
    return str(path.relative_to(pages.ROOT))


@pytest.mark.parametrize("page", talking(), ids=name_of)
def test_every_console_example_prints_what_stands_there(page: Path, tmp_path: Path) -> None:
    """The commands of a page, one after the other in a fresh home, print the lines below them."""
    pages.play_page(page, tmp_path)


def test_no_example_is_left_vague() -> None:
    """Nothing is left out of an example but what a declared placeholder stands for."""
    vague = [
        f"{name_of(path)}:{place}"
        for path in talking()
        for block in pages.blocks_of(path)
        if block.language == "console"
        for place, line in enumerate(block.text.splitlines(), block.line + 1)
        if line.strip() in ("...", "…", "[...]") or set(re.findall(r"\[[A-Z]{3,}\]", line)) - {*pages.PLACEHOLDERS}
    ]

    assert vague == []


def test_a_block_with_a_prompt_is_a_console_example() -> None:
    """What looks like a command with its output is one of those that are run."""
    strays = [
        f"{name_of(path)}:{block.line}"
        for path in pages.PAGES
        for block in pages.blocks_of(path)
        if block.kind == "fence" and block.language != "console" and re.search(r"^\$ ", block.text, re.MULTILINE)
    ]

    assert strays == []


@pytest.mark.parametrize("page", pages.PAGES, ids=name_of)
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    """`aim …` in a block of commands or in the text names a command of ours, and options that it has."""
    assert unknown_words(page, Catalogue(namespace())) == []


@pytest.mark.parametrize("page", pages.PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Files and headings that a page refers to are there."""
    assert list(broken(page)) == []


def broken(page: Path) -> Iterator[str]:
    for target in pages.links_of(page):
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        other = (page.parent / file).resolve() if file else page
        if not other.exists() or (anchor and other.suffix == ".md" and anchor not in pages.anchors_of(other)):
            yield target


def test_every_page_has_its_place() -> None:
    """Each page is listed by exactly one of index, how-to, reference and explanation: a line there places it."""
    docs = pages.ROOT / "docs"
    listed = [page for name in site.SECTIONS for page in site.listed((docs / f"{name}.md").read_text(encoding="utf-8"))]
    there = [str(path.relative_to(docs).with_suffix("")) for path in docs.glob("**/*.md")]

    assert sorted(listed) == sorted({*there} - {"index"})


@pytest.mark.parametrize("page", sorted(reference.pages()), ids=lambda path: path.stem)
def test_the_reference_is_as_the_code_is(page: Path) -> None:
    """Pages made from the code were made from this code."""
    assert reference.read(page) == reference.pages()[page], MADE


def test_every_variable_of_the_code_is_described() -> None:
    """A name that begins with AIM_ and stands in the code is in the reference, or stands for a key."""
    folders = [pages.ROOT / name for name in ("aim_lib", "tasks", "aim_compat")]
    sources = [pages.ROOT / "aim.py", *(path for folder in folders for path in folder.rglob("*.py"))]
    named = {name for path in sources for name in IN_CODE.findall(path.read_text(encoding="utf-8"))}
    known = {*environment.READ, *environment.SET, *environment.NEITHER}
    page = environment.page()

    assert sorted(name for name in named - known if f"`{name}`" not in page) == []
