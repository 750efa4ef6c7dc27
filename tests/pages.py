"""The Markdown pages of this repository: their blocks, links and headings, and how their console examples are played.

A page plays as one story, in a home and a project `~/shop` of its own. What a reader does not see stands in comments:

    <!-- stage ... -->       a fresh home; below it lines and files of a scenario (tests/test_scenarios.py)
    <!-- meanwhile ... -->   more such lines, in the same home
    <!-- file NAME -->       the block below is the whole of this file of the project
    <!-- more NAME -->       the block below is added to this file
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.checkout import with_checkout
from tests.fakes import stub
from tests.test_scenarios import Stage, blocks, is_like, perform, set_up, split

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")])
PLACEHOLDERS = {
    "[SECONDS]": r"\d+(\.\d+)?",
    "[VERSION]": r"\d+(\.\w+)+",
    "[TIME]": r"(\d{4}-\d\d-\d\d[T ])?\d\d:\d\d(:\d\d)?(\.\d+)?Z?",
    "[SIZE]": r"\d+(\.\d+)? [MGT]B",
    "[DATE]": r"\d{4}-\d\d-\d\d",
    "[KEY]": r"age1[0-9a-z]+",
}
# On a terminal the progress of tools goes away when they are done; without one it stays as these lines.
FLEETING = re.compile(r"^  (… .*|● \S+ \S+  [\d.]+ s)\n", re.MULTILINE)
EVERYWHERE = ("cat", "env", "ls", "printf", "rm", "sed")  # what a shell finds on any machine


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block or a comment: its language (of a comment its first word), its text, and the line it begins at."""

    kind: str
    language: str
    text: str
    line: int


class PageStage(Stage):
    """A stage whose project lies in the home, as a reader's does."""

    @property
    def project(self) -> Path:
        return self.home / "shop"

    def named(self, text: str) -> str:
        return text.replace(str(self.home), "/home/you")


Talk = Callable[[Stage, Block, str], None]


def tokens(path: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def blocks_of(path: Path) -> Iterator[Block]:
    """The fenced blocks and comments of a page, in order."""
    for token in tokens(path):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "fence":
            yield Block("fence", token.info.strip(), token.content, line)
        elif token.type == "html_block" and token.content.startswith("<!--"):
            said = token.content.strip().removeprefix("<!--").removesuffix("-->").strip()
            word, _, text = said.partition("\n" if "\n" in said else " ")
            yield Block("comment", word.strip(), f"{text}\n" if "\n" in said else text, line)


def links_of(path: Path) -> list[str]:
    """The targets of a page's links and pictures."""
    inner = (child for token in tokens(path) for child in token.children or ())
    found = (child.attrs.get("href") or child.attrs.get("src") for child in inner)
    return [str(target) for target in found if target]


def anchors_of(path: Path) -> set[str]:
    """What the headings of a page are called in links, as GitHub and the site make it."""
    found: dict[str, int] = {}
    names = set()
    all_tokens = tokens(path)
    for place, token in enumerate(all_tokens):
        if token.type != "heading_open":
            continue
        heading = "".join(child.content for child in all_tokens[place + 1].children or ())
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        count = found.setdefault(name, 0)
        found[name] += 1
        names.add(f"{name}-{count}" if count else name)
    return names


def spans_of(path: Path) -> list[str]:
    """What stands in backticks within the text, but in the column `then` of a table, and behind "not there yet"."""
    found: list[str] = []
    cell, is_past = 0, False
    for token in tokens(path):
        if token.type == "tr_open":
            cell = 0
        elif token.type in ("th_open", "td_open"):
            cell += 1
        elif token.type == "table_close":
            is_past, cell = False, 0
        elif token.type == "inline":
            is_past = is_past or (cell == 1 and token.content == "then")
            if not (is_past and cell == 1) and not token.content.startswith("not there yet"):
                found += [child.content for child in token.children or () if child.type == "code_inline"]
    return found


def play_page(path: Path, root: Path, talk: Talk | None = None) -> None:
    """Run every console example of a page; raises AssertionError with the line of the first that differs."""
    talk, target = talk or converse, ""
    with contextlib.ExitStack() as kept:
        stage = begin(root / "0", "")
        for block in blocks_of(path):
            if block.language == "stage" and block.kind == "comment":
                stage = begin(root / str(block.line), block.text)
                kept.enter_context(stage.kept)
            elif block.kind == "comment":
                target = f"{block.language} {block.text}" if block.language in ("file", "more") else ""
                act(stage, block.text if block.language == "meanwhile" else "")
            else:
                show(stage, block, target) if target else talk(stage, block, path.name)
                target = ""


def begin(root: Path, script: str) -> PageStage:
    """A fresh stage, set as a hidden script says, on which a shell finds `aim`, `invoke` and what every system has."""
    stage = PageStage(root)
    _, files = split(script)
    set_up(stage, files)
    stage.env |= {"COLUMNS": "80", "PYTHONUNBUFFERED": "1", "SHELL": "/bin/bash", "TMPDIR": str(stage.home)}
    stage.env["PATH"] = ":".join((str(stage.home / "bin"), str(stage.home / ".local/bin")))
    act(stage, script)
    return stage


def act(stage: Stage, script: str) -> None:
    lines, files = split(script)
    for name, text in files.items():
        stage.path(name).parent.mkdir(parents=True, exist_ok=True)
        stage.path(name).write_text(text, encoding="utf-8")
    for block in blocks(lines):
        perform(block, stage)


def show(stage: Stage, block: Block, target: str) -> None:
    """Write the file that a block shows, or add to it: `target` is how, and its name."""
    how, _, name = target.partition(" ")
    place = stage.path(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    before = place.read_text(encoding="utf-8") if how == "more" else ""
    place.write_text(before + block.text, encoding="utf-8")


def converse(stage: Stage, block: Block, page: str) -> None:
    """Type the lines of a console block that begin with `$ `; what is printed must be the lines below each.

    Other blocks are only to be read.
    A command that fails is followed by `echo $?`, so that a reader sees it.
    """
    code = 0
    for line, typed, expected in exchanges(block) if block.language == "console" else ():
        where = f"{page}:{line}: {typed}"
        assert not code or "$?" in typed, f"{where}: the command before ended with {code}: say so with `echo $?`"
        said, code = typed_into_shell(stage, typed, code)
        lines = [each.rstrip() for each in said.splitlines()]
        is_same = len(lines) == len(expected) and all(
            is_like(one, other, PLACEHOLDERS) for one, other in zip(expected, lines, strict=True)
        )
        assert is_same, f"{where}\nprints (exit {code})\n{said}"
        code = 0 if "$?" in typed else code
    assert not code, f"{page}:{block.line}: the last command ended with {code}: say so with `echo $?`"


def exchanges(block: Block) -> list[tuple[int, str, list[str]]]:
    """Line number, what is typed, and the lines printed; a typed line that ends with a backslash goes on."""
    found: list[tuple[int, str, list[str]]] = []
    for place, line in enumerate(block.text.splitlines(), block.line + 1):
        if line.startswith("$ "):
            found.append((place, line[2:], []))
        elif found and found[-1][1].endswith("\\"):
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line}", [])
        elif found:
            found[-1][2].append(line.rstrip())
        else:
            raise AssertionError(f"line {place}: a console example begins with `$ `")
    return found


def typed_into_shell(stage: Stage, line: str, code: int) -> tuple[str, int]:
    """What a terminal would show of a command line, and its exit code; `code` is that of the one before."""
    tools = stage.root / "tools"
    if not tools.exists():
        for name, module in (("aim", "aim_lib"), ("invoke", "invoke")):
            stub(tools, name, f'exec "{sys.executable}" -m {module} "$@"')
        for name in EVERYWHERE:
            stub(tools, name, f'exec /bin/{name} "$@"' if Path("/bin", name).exists() else f'exec /usr/bin/{name} "$@"')
    env = {**stage.env, "PATH": ":".join((stage.env["PATH"], str(tools)))}
    done = subprocess.run(
        ["/bin/sh", "-c", f"(exit {code})\n{line}"],
        cwd=stage.project,
        env=with_checkout(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return FLEETING.sub("", stage.named(done.stdout)), done.returncode
