"""However a stream is cut and its values are written: none comes through, and nothing else changes.

Three thousand cases, whatever the other properties are bounded by: this is the last fence before a log.
"""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aim_lib.masking import ALWAYS_BYTES, LEAST_BYTES, Masker, compile_patterns
from aim_lib.redact import MASK

from . import EXAMPLES

THOUSAND = settings(max_examples=max(1000, EXAMPLES), deadline=None, database=None)
KEYS = "abcXYZ0189-_"
ODD = " +/=\"'\\%&<>é😀\n"


def values_of(least: int) -> st.SearchStrategy[str]:
    # Of few letters, so that values overlap, begin alike and repeat themselves.
    return st.one_of(st.text("ab", min_size=least, max_size=14), st.text(KEYS + ODD, min_size=least, max_size=40))


values = st.lists(values_of(ALWAYS_BYTES), min_size=1, max_size=3)
declared = st.lists(values_of(LEAST_BYTES), max_size=1)
cuts = st.lists(st.integers(1, 30), min_size=1, max_size=8)
noise = st.one_of(st.binary(max_size=12), st.text(KEYS + "ab", max_size=12).map(str.encode))

WRITTEN: tuple[Callable[[str], bytes], ...] = (
    str.encode,
    lambda value: json.dumps(value)[1:-1].encode(),
    lambda value: json.dumps(value, ensure_ascii=False)[1:-1].encode(),
    lambda value: quote(value).encode(),
    lambda value: quote(value, safe="").encode(),
    lambda value: quote_plus(value).encode(),
    lambda value: value.encode().hex().encode(),
    lambda value: value.encode().hex().upper().encode(),
    lambda value: repr(value)[1:-1].encode(),
    lambda value: value.replace("'", "'\\''").encode(),
    lambda value: shlex.quote(value).removeprefix("'").removesuffix("'").encode(),
)
BASE64 = (base64.b64encode, base64.urlsafe_b64encode)


def masked(masker: Masker, text: bytes, cut: list[int]) -> bytes:
    """`text` through `masker` in pieces of these sizes, again and again."""
    said, start, turn = [], 0, 0
    while start < len(text):
        size = cut[turn % len(cut)]
        said.append(masker.feed(text[start : start + size]))
        start, turn = start + size, turn + 1
    return b"".join([*said, masker.flush()])


def is_in_mask(form: bytes) -> bool:
    return form in MASK.encode()


@THOUSAND
@given(values, declared, st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=4), st.data(), cuts)
def test_no_value_comes_through(
    long: list[str], short: list[str], picks: list[tuple[int, int]], data: st.DataObject, cut: list[int]
) -> None:
    """Several values in several forms, side by side, into each other, at any cut."""
    known = [*long, *short]
    forms = [WRITTEN[form % len(WRITTEN)](known[value % len(known)]) for value, form in picks]
    text = data.draw(noise)
    for form in forms:
        text += form + data.draw(noise)
    assume(not any(is_in_mask(form) for form in forms))

    said = masked(Masker(compile_patterns(long, short)), text, cut)

    assert [form for form in forms if form in said.replace(MASK.encode(), b"")] == []


@THOUSAND
@given(values, st.sampled_from(BASE64), st.binary(max_size=7), st.binary(max_size=7), cuts)
def test_no_value_comes_through_in_base64(
    known: list[str], encode: Callable[[bytes], bytes], before: bytes, after: bytes, cut: list[int]
) -> None:
    """Encoded with what stood around it: of all groups of four that hold nothing but the value, none is left."""
    raw = known[0].strip().encode()
    assume(len(raw) >= ALWAYS_BYTES)
    whole = encode(before + raw + after)
    ours = whole[-(-len(before) // 3) * 4 : (len(before) + len(raw)) // 3 * 4]

    said = masked(Masker(compile_patterns(known)), whole, cut)

    assert ours not in said.replace(MASK.encode(), b"")


@THOUSAND
@given(values, declared, st.lists(noise, max_size=6), st.data(), cuts)
def test_what_comes_out_does_not_depend_on_the_cuts(
    long: list[str], short: list[str], parts: list[bytes], data: st.DataObject, cut: list[int]
) -> None:
    """And where nothing is to be masked it is what went in, byte for byte."""
    patterns = compile_patterns(long, short)
    pieces = [
        form[: data.draw(st.integers(0, len(form)))]
        for form in data.draw(st.lists(st.sampled_from(patterns.sorted), max_size=3))
    ]
    text = b"".join(data.draw(st.permutations([*parts, *pieces])))
    at_once = masked(Masker(patterns), text, [len(text) or 1])

    in_pieces = masked(Masker(patterns), text, cut)

    assert in_pieces == at_once
    if not any(form in text for form in patterns.sorted):
        assert in_pieces == text
