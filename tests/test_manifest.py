"""Lists of other programs: which format, what of it can be declared, and what is said when it cannot be read."""

from __future__ import annotations

import pytest

from aim_lib import manifest
from aim_lib.errors import BadConfig, Failed
from aim_lib.manifests import Entry, Reading, Remark


def test_a_huge_file_is_refused() -> None:
    """50 MB are no list of tools, and are not even decoded."""
    with pytest.raises(BadConfig, match=r"big.json is larger than 8 MiB"):
        manifest.decode(b"\xff" * 50_000_000, "big.json")


def test_a_nul_byte_is_refused_with_its_line() -> None:
    """It is no text, whatever it is."""
    with pytest.raises(BadConfig, match="Brewfile, line 2: a NUL byte"):
        manifest.decode(b'brew "jq"\nbrew "y\0q"\n', "Brewfile")


def test_what_is_not_utf8_says_where() -> None:
    """A list in the code page of a console."""
    with pytest.raises(BadConfig, match=r"f.txt is not UTF-8: invalid continuation byte at byte 3"):
        manifest.decode(b"abc\xe9def", "f.txt")


def test_half_a_utf16_character_is_refused() -> None:
    """A file that was cut off."""
    with pytest.raises(BadConfig, match="is not UTF-16"):
        manifest.decode("ab".encode("utf-16")[:-1], "f.txt")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"venvs": {},\n oops}', "line 2"),
        pytest.param("[" * 100_000, "no JSON|is not JSON", id="deep"),
        ('{"venvs": {}}', "pipx_spec_version None"),
    ],
)
def test_a_wrong_pipx_list_names_file_and_line(text: str, named: str) -> None:
    """Also one that is nested without end, and one of another version."""
    with pytest.raises(BadConfig, match=rf"pipx.json.*({named})") as caught:
        manifest.read("pipx-json", text, "pipx.json")

    assert caught.value.remedy


@pytest.mark.parametrize(
    ("kind", "text", "named"),
    [
        ("mise", "[tools]\nx = \n", "list, line 2: it is not valid TOML"),
        ("mise", 'tools = "x"\n', "list: tools is not a table"),
        ("tool-versions", "npm:x 1.0\nnpm:y\n", "list, line 2: 'npm:y' has no version"),
        ("brewfile", 'brew "a"\nbrew "b", args: [\n', r"list, line 2: the bracket \[ is never closed"),
        ("brewfile", 'brew "a"\nbrew 3\n', "list, line 2: brew is not followed by one name"),
        ("npm-ls", '{"error": {"summary": "no network"}}', "list: npm had failed: no network"),
        ("winget-json", '{"$schema": "https://aka.ms/winget-packages.schema.9.9.json"}', "9.9.json is not known"),
        ("winget-json", '{"Sources": [{"Packages": [1]}]}', "list: a package is not a table"),
        ("scoop-json", '{"apps": [1]}', "list: an app is not a table"),
        ("uv-tool-list", "ruff v0.14.1\nerror: no\n", "list, line 2: 'error: no' is no line of `uv tool list`"),
        ("cargo-list", "    rg\nripgrep 14\n", "list, line 2: 'ripgrep 14' is no line of `cargo install --list`"),
        ("pipx-toml", '[tool.pipx]\nversion = "2.0"\n', "list: tool.pipx.version '2.0' is not known"),
    ],
)
def test_a_malformed_list_names_the_line(kind: str, text: str, named: str) -> None:
    """What is wrong, in which file and where."""
    with pytest.raises(BadConfig, match=named):
        manifest.read(kind, text, "list")


def test_a_kind_that_is_not_there_is_left_out() -> None:
    """It would be an unknown table of aim.toml; the rest is adopted."""
    found = manifest.usable(
        Reading(tools=(Entry(kind="nix", name="jq", line=3), Entry(kind="npm", name="semver", request="7.6.0")))
    )

    assert [entry.id for entry in found.tools] == ["npm:semver"]
    assert [str(remark) for remark in found.left_out] == ["left out: line 3: nix:jq: nix is not managed"]


def test_of_two_that_differ_the_first_counts() -> None:
    """The second is said, one that repeats the first is not."""
    one, same, other = (
        Entry(kind="npm", name="x", request=version, line=n) for n, version in enumerate(("1.0.0", "1.0.0", "2.0.0"), 1)
    )

    found = manifest.usable(Reading(tools=(one, same, other)))

    assert found.tools == (one,)
    assert [str(remark) for remark in found.left_out] == [
        "left out: line 3: npm:x: said again, differently: the first counts (1.0.0)"
    ]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (Entry(kind="npm", name="--global"), "would take the name for an option"),
        (Entry(kind="pipx", name="x", request="not a version"), "is not a version"),
        (Entry(kind="pipx", name="x", source="https://ada:secret@example.org/x.whl"), "holds credentials"),
        (Entry(kind="pipx", name="x", source="./here"), "a folder that is not named in full"),
    ],
)
def test_what_could_not_stand_in_a_config_is_left_out(entry: Entry, why: str) -> None:
    """An aim.toml with a mistake would be refused as a whole; credentials are shown nowhere."""
    found = manifest.usable(Reading(tools=(entry,)))

    assert found.tools == ()
    assert why in found.left_out[0].why
    assert "secret" not in str(found.left_out)


def test_a_text_of_no_format_lists_all() -> None:
    """Each that could be said with --from."""
    with pytest.raises(BadConfig, match=r"note.txt is no list of tools that is known") as caught:
        manifest.detect("note.txt", "Dear reader,\n")

    assert all(name in caught.value.remedy for name in manifest.formats())


def test_a_package_json_is_not_taken_for_what_npm_lists() -> None:
    """Its dependencies are texts; a project's own needs are nobody's tools."""
    with pytest.raises(BadConfig, match="no list of tools"):
        manifest.detect("package.json", '{"name": "x", "dependencies": {"left-pad": "^1.0.0"}}')


def test_a_format_can_be_said_in_any_spelling() -> None:
    """The nearest is offered for a wrong one."""
    assert manifest.detect("x", "", "Pipx_JSON") == "pipx-json"
    with pytest.raises(BadConfig, match='did you mean "brewfile"'):
        manifest.detect("x", "", "brewfiel")


def test_nothing_to_write_is_no_empty_list() -> None:
    """An empty manifest would be an order to remove everything; what is missing is in the details."""
    with pytest.raises(Failed, match="nothing that winget-json could say") as caught:
        manifest.write("winget-json", [Entry(kind="npm", name="semver")], "linux")

    assert caught.value.details == ("left out: npm:semver: winget-json has no word for npm",)


def test_another_systems_tools_are_not_written_where_systems_cannot_be_said() -> None:
    """pipx would install them here."""
    here, there = (
        Entry(kind="pipx", name="a", platforms=("linux", "macos")),
        Entry(kind="pipx", name="b", platforms=("windows",)),
    )

    written = manifest.write("pipx-toml", [here, there], "linux")

    assert "\na = " in written.text
    assert "\nb = " not in written.text
    assert written.left_out == (
        Remark(what="pipx:a", why="pipx-toml does not say that it is for linux, macos", is_part=True),
        Remark(what="pipx:b", why="it is for windows only, which pipx-toml cannot say"),
    )
