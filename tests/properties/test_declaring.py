"""Whatever the tools are called, an aim.toml that is written or added to is valid and says just them."""

from __future__ import annotations

import tomllib
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from aim_lib.declaring import new_tables, plain_value, with_tools
from aim_lib.manifests import Entry
from aim_lib.starter import from_entries

from . import BOUNDED

words = st.text(max_size=12) | st.sampled_from(
    ["", "a.b", '"', "'", "\\", "\n", "#", "@x/y", "é", "=", "[tools]", "\u2028"]
)
entries = st.lists(
    st.builds(
        Entry,
        kind=st.sampled_from(["pipx", "npm", "uv"]),
        name=words,
        request=words,
        extras=st.lists(words, max_size=2).map(tuple),
        python=st.sampled_from(["", "3.12"]),
        source=words,
        platforms=st.sampled_from([(), ("linux",)]),
    ),
    max_size=6,
    unique_by=lambda entry: entry.id,
)


def tables(tools: list[Entry]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in tools:
        found.setdefault(entry.kind, {})[entry.name] = plain_value(entry)
    return found


@BOUNDED
@given(entries)
def test_a_new_file_is_valid_for_every_name(tools: list[Entry]) -> None:
    """A table a kind, each tool with all that is known of it."""
    assert tomllib.loads(new_tables(tools, {})).get("tools", {}) == tables(tools)
    assert tomllib.loads(from_entries(tools))["schema_version"] == 1


@BOUNDED
@given(entries, entries)
def test_adding_keeps_what_is_there(before: list[Entry], after: list[Entry]) -> None:
    """The union of both, those that were there first."""
    known = {entry.id for entry in before}
    added = [entry for entry in after if entry.id not in known]
    text = tomli_w.dumps({"schema_version": 1, "tools": tables(before), "health": {"min_python": "3.11"}})

    new = with_tools(text, added, "aim.toml")

    assert tomllib.loads(new) == {
        "schema_version": 1,
        "tools": tables([*before, *added]),
        "health": {"min_python": "3.11"},
    }
