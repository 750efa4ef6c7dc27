"""Whatever the secret and whatever surrounds it: no known form of it survives."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aim_lib.redact import MASK, SHORTEST, Redactor

from . import BOUNDED

secrets = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=SHORTEST, max_size=40),
    st.text("abcXYZ019 +/=\"'\\%&é", min_size=SHORTEST, max_size=20),
)
texts = st.text(st.characters(codec="utf-8"), max_size=30)


def redacted(text: str, *values: str) -> str:
    redactor = Redactor()
    redactor.learn(values)
    return redactor.text(text)


@BOUNDED
@given(st.lists(secrets, min_size=1, max_size=4), texts, texts)
def test_no_value_survives(values: list[str], before: str, after: str) -> None:
    """None of several planted values is found again, whatever stands around them."""
    assume(not any(value in MASK or MASK in value for value in values))

    said = redacted(before + after.join(values) + after, *values)

    assert not any(value in said for value in values)


FORMS: dict[str, Callable[[str], str]] = {
    "JSON": lambda value: json.dumps(value)[1:-1],
    "URL": lambda value: quote(value, safe=""),
    "path": quote,
    "JSON in UTF-8": lambda value: msgspec.json.encode(value).decode()[1:-1],
    "web form": quote_plus,
}


@pytest.mark.parametrize("form", FORMS)
@BOUNDED
@given(value=secrets, before=texts, after=texts)
def test_no_written_form_survives(form: str, value: str, before: str, after: str) -> None:
    """The value as a JSON document or a URL would hold it is masked too."""
    written = FORMS[form](value)
    assume(written not in MASK and MASK not in written)

    assert written not in redacted(before + written + after, value)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@BOUNDED
@given(value=secrets, before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_no_base64_form_survives(encode: Callable[[bytes], bytes], value: str, before: bytes, after: bytes) -> None:
    """Nor the value inside something that was encoded as a whole, as in `Authorization: Basic`, at any alignment."""
    raw = value.encode()
    whole = encode(before + raw + after).decode()
    first = -(-len(before) // 3) * 4  # the first and the last four that hold nothing but bytes of the secret
    last = (len(before) + len(raw)) // 3 * 4
    ours = whole[first:last]
    assume(len(ours) >= 4 and ours not in MASK)

    assert ours not in redacted(whole, value)


@BOUNDED
@given(texts, secrets)
def test_other_text_is_left_alone(text: str, value: str) -> None:
    """What holds no secret comes back as it was."""
    assume(not any(form(value) in text for form in FORMS.values()) and value not in text)
    redactor = Redactor()
    redactor.learn([value])
    encoded = {base64.b64encode(b"\0" * shift + value.encode()).decode()[4:-4] for shift in range(3)}
    assume(not any(form and form in text for form in encoded))

    assert redactor.text(text) == text
