"""What every format of lists must keep: recorded ones are read as expected, and what is written is read again."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim_lib import catalog, manifest, manifests
from aim_lib.errors import BadConfig
from aim_lib.manifests import Entry, Malformed
from tests.properties import BOUNDED

DATA = Path(__file__).parents[1] / "data" / "manifests"
MEMBERS = catalog.members(manifest.PACKAGE)
WRITABLE = [name for name in MEMBERS if catalog.load(manifest.PACKAGE, name).KINDS]
LISTS = [(name, path) for name in MEMBERS for path in sorted((DATA / name).glob("*")) if path.name != "expected.json"]
lists = pytest.mark.parametrize(("name", "path"), LISTS, ids=lambda value: getattr(value, "name", value))
names = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,5})?", fullmatch=True)
numbers = st.integers(0, 99)
exact = st.builds(lambda a, b, c: f"{a}.{b}.{c}", numbers, numbers, numbers)
KINDS = {"npm": "npm", "pnpm": "npm", "pipx": "pypi", "uv": "pypi", "cargo": "cargo"}
EVERYWHERE_OF = {"brewfile": ("linux", "macos")}  # where brew runs at all: nothing needs to be said
systems = st.sampled_from([(), ("linux",), ("macos",), ("linux", "macos")])


def member(name: str) -> ModuleType:
    return catalog.load(manifest.PACKAGE, name)


def text_of(path: Path) -> str:
    return manifest.decode(path.read_bytes(), path.name)


@st.composite
def wishes(draw: st.DrawFn, ecosystem: str) -> str:
    """A request as that ecosystem writes it."""
    beginning = draw(st.sampled_from(["{}", "{}.{}"])).format(draw(numbers), draw(numbers))
    ranges = {
        "pypi": f"=={beginning}.*",
        "cargo": f"{beginning}.*",
        "npm": f"{'~' if '.' in beginning else '^'}{beginning}",
    }
    return draw(st.just("*") | exact | st.just(ranges.get(ecosystem, "*")))


@st.composite
def entries_of(draw: st.DrawFn, kinds: tuple[str, ...]) -> Entry:
    kind = draw(st.sampled_from(kinds))
    name = draw(names)
    with_extras = kind in ("pipx", "uv", "cargo")
    return Entry(
        kind=kind,
        name=f"Ada.{name}" if kind == "winget" else name,
        request=draw(wishes(KINDS.get(kind, "*")) if kind in KINDS else st.just("*") | exact),
        extras=tuple(sorted(draw(st.sets(names, max_size=2)))) if with_extras else (),
        platforms=("windows",) if kind in ("winget", "scoop") else draw(systems),
    )


@pytest.mark.parametrize("name", MEMBERS)
def test_there_are_lists_of_it(name: str) -> None:
    """A format without a list that was seen is a guess."""
    assert [path.name for member_name, path in LISTS if member_name == name]
    assert (DATA / name / "expected.json").is_file()


@lists
def test_a_list_says_what_is_expected(name: str, path: Path) -> None:
    """Its tools in its order, and in words what is left out."""
    expected = json.loads((DATA / name / "expected.json").read_text(encoding="utf-8"))[path.name]

    found = member(name).read(text_of(path))

    assert list(found.tools) == [msgspec.convert(tool, Entry) for tool in expected["tools"]]
    assert [str(remark) for remark in found.left_out] == expected["left_out"]


@lists
def test_a_list_is_known_by_its_name_and_by_itself(name: str, path: Path) -> None:
    """Nobody has to say what it is, also from stdin."""
    own = name.replace("_", "-")

    assert manifest.detect(path.name, text_of(path)) == own
    assert manifest.detect("-", text_of(path)) == own


@lists
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_how_it_is_encoded_makes_no_difference(name: str, path: Path, encoding: str) -> None:
    """With a mark and without, with the line ends of Windows: as PowerShell's `>` leaves it."""
    text = path.read_text(encoding="utf-8")

    again = manifest.decode(text.replace("\n", "\r\n").encode(encoding), path.name)

    assert member(name).read(again) == member(name).read(text)


@pytest.mark.parametrize("name", MEMBERS)
@BOUNDED
@given(text=st.text(max_size=200) | st.text(alphabet='{}[]":,=\n #abc@/-.0123', max_size=120))
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    """Nothing but Malformed is ever raised, and telling formats apart raises nothing."""
    member(name).looks_like(text)

    with contextlib.suppress(Malformed):
        assert isinstance(member(name).read(text), manifests.Reading)


@lists
@BOUNDED
@given(data=st.data())
def test_a_damaged_list_is_read_or_refused(name: str, path: Path, data: st.DataObject) -> None:
    """A piece of it is gone, or something stands in it: a reading of what could be declared, or a BadConfig."""
    text = path.read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    damaged = text[:start] + data.draw(st.sampled_from(["", "[", '"', "null", "{}", "#{x}"])) + text[end:]

    with contextlib.suppress(BadConfig):
        assert all(not manifest.trouble(entry) for entry in manifest.read(name, damaged, path.name).tools)


@pytest.mark.parametrize("name", WRITABLE)
@BOUNDED
@given(data=st.data())
def test_what_is_written_is_read_again(name: str, data: st.DataObject) -> None:
    """Every tool of one kind that was not left out comes back, as it was unless it is said to be so in part only."""
    kind = data.draw(
        st.sampled_from([each for each in member(name).KINDS if each not in ("uv", "pnpm") or name == "brewfile"])
    )
    asked = data.draw(st.lists(entries_of((kind,)), max_size=5, unique_by=lambda entry: entry.name))

    written = member(name).write(tuple(asked))

    again = {entry.name: entry for entry in member(name).read(written.text).tools}
    gone = {remark.what for remark in written.left_out if not remark.is_part}
    partly = {remark.what for remark in written.left_out if remark.is_part}
    assert set(again) == {entry.name for entry in asked if entry.id not in gone}
    for entry in asked:
        if entry.id not in gone | partly:
            has = again[entry.name]
            assert (has.request, has.extras) == (entry.request, entry.extras)
            is_said = member(name).SYSTEM != "this" and entry.platforms != EVERYWHERE_OF.get(name)
            assert has.platforms == (entry.platforms if is_said else ())


@pytest.mark.parametrize("name", WRITABLE)
def test_writing_what_was_read_keeps_every_tool(name: str) -> None:
    """A list that goes through us once and twice is the same, and lacks nothing that its own format can say."""
    for path in (path for each, path in LISTS if each == name):
        tools = tuple(entry for entry in member(name).read(text_of(path)).tools if entry.kind in member(name).KINDS)
        once = member(name).write(tools).text
        again = member(name).read(once)

        assert [entry.id for entry in again.tools] == [entry.id for entry in tools]
        assert member(name).write(again.tools).text == once


@pytest.mark.parametrize("name", WRITABLE)
def test_an_exact_version_of_the_lock_counts(name: str) -> None:
    """It is written instead of the range, wherever the format says versions."""
    kind = member(name).KINDS[0]
    text = member(name).write((Entry(kind=kind, name="Ada.tool", request=">=1,<9", version="4.5.6"),)).text

    assert ("4.5.6" in text) == (name != "brewfile")


def test_every_writable_format_says_where_it_is_for() -> None:
    """One of the three words that the folder's contract knows."""
    assert {member(name).SYSTEM for name in WRITABLE} <= {"this", "any", "windows"}
