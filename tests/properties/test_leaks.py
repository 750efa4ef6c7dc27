"""Whatever surrounds it and however it is written: a secret is found, and the finding does not repeat it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aim_lib.leak_hits import settled
from aim_lib.leak_shapes import find_shapes

from ..leak_texts import FORMS, LOOKING, made_key
from . import BOUNDED

keys = st.builds(
    made_key, st.sampled_from(("", "sk-" + "proj-", "gh" + "p_")), st.integers(36, 90), st.integers(0, 2**20)
)
texts = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=60),
    st.text('abcXYZ019+/=_-\\%\n" ', max_size=60),
)


@pytest.mark.parametrize("looking", LOOKING)
@pytest.mark.parametrize("form", FORMS)
@BOUNDED
@given(key=keys, before=texts, after=texts)
def test_a_planted_value_is_found(looking: str, form: str, key: str, before: str, after: str) -> None:
    """In memory and by fingerprint, in each form, also with letters right beside it."""
    values = LOOKING[looking]({"KEY": key})
    assume(not values.left_out)  # chance makes a key now and then that looks like words

    found = settled(values.find(f"{before}{FORMS[form](key)}{after}".encode()))

    assert {hit.name for hit in found} == {"KEY"}
    assert key not in repr((values, found))


@pytest.mark.parametrize("looking", LOOKING)
@BOUNDED
@given(st.lists(keys, min_size=1, max_size=4, unique=True), st.lists(texts, max_size=5), keys)
def test_a_text_without_a_value_is_clean(looking: str, known: list[str], pieces: list[str], other: str) -> None:
    """Other keys of the same provider are no values of ours."""
    assume(not any(key in other or other in key for key in known))
    values = LOOKING[looking]({f"KEY{place}": key for place, key in enumerate(known)})

    assert not list(values.find(other.join(["", *pieces, ""]).encode()))


@BOUNDED
@given(st.binary(max_size=300))
def test_any_bytes_can_be_searched(data: bytes) -> None:
    """Nothing is too broken to be looked at."""
    hits = [*find_shapes(data), *(hit for make in LOOKING.values() for hit in make({"KEY": made_key()}).find(data))]

    assert all(0 <= hit.start < hit.end <= len(data) for hit in hits)
