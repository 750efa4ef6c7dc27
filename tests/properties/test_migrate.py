"""Whatever an old file holds, migrating it ends, and what comes of it is a configuration."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aim_lib import migrate
from aim_lib.migrate import Source
from aim_lib.migrate_document import settled, together
from aim_lib.migrate_places import Ground
from aim_lib.migrate_rows import ROWS, VAULT
from aim_lib.migrate_toml import draft
from aim_lib.mistakes import find_mistakes

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", " ", "1.0", "ruff", "@a/b", "%USERPROFILE%\\x", "C:\\Tools\\x", "/", "~", "$", "%X%", "\ud800", "a\nb", "*"]
)
LEAVES = TEXTS | st.none() | st.booleans() | st.integers() | st.floats() | st.lists(TEXTS | st.integers(), max_size=3)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2))


@st.composite
def files(draw: st.DrawFn) -> Source:
    """A file of one of the kinds, with known keys and odd ones, and any values."""
    form = draw(st.sampled_from([form for form in ROWS if form != VAULT]))
    tree: dict[str, Any] = draw(st.dictionaries(TEXTS, VALUES, max_size=2))
    for row in draw(st.lists(st.sampled_from(ROWS[form]), max_size=6)):
        *tables, last = [draw(TEXTS) if part == "*" else part for part in row.old.split(".")]
        table = tree
        for key in tables:
            table = table.setdefault(key, {}) if isinstance(table.setdefault(key, {}), dict) else {}
        table[last] = draw(VALUES)
    return Source(name="old.json", form=form, tree=tree)


@given(st.lists(files(), min_size=1, max_size=2), st.sampled_from(["linux", "windows", "macos"]))
def test_what_was_migrated_is_always_valid(sources: list[Source], system: str) -> None:
    """The checker has nothing to say, the text says what was carried, and a second run adds nothing."""
    ground = Ground(system=system, home="/home/ada", folder="/home/ada/p")

    made = settled(together(migrate.read(each, ground, lambda _text: False) for each in sources), find_mistakes)
    text = draft("", made.carried, "aim.toml").text

    assert list(find_mistakes(made.tree())) == []
    assert tomllib.loads(text) == {"schema_version": 1, **made.tree()}
    assert draft(text, made.carried, "aim.toml").text == text
