"""What Windows has sealed is opened on Windows alone."""

from __future__ import annotations

import os

import pytest

from aim_lib import dpapi
from aim_lib.errors import NotPermitted, Unsupported


@pytest.mark.skipif(os.name == "nt", reason="Windows can")
def test_another_system_says_where_it_can_be_opened() -> None:
    """With the way to bring it here."""
    with pytest.raises(Unsupported) as caught:
        dpapi.unseal(b"sealed")

    assert "aim secrets backup" in caught.value.remedy


@pytest.mark.skipif(os.name != "nt", reason="only Windows has the Data Protection API")
def test_what_was_sealed_is_opened() -> None:
    """Whatever bytes it is, also none."""
    for plain in (b"sk-secret", "ключ-🔑".encode(), b"\0" * 5000):
        assert dpapi.unseal(dpapi.seal(plain)) == plain


@pytest.mark.skipif(os.name != "nt", reason="only Windows has the Data Protection API")
def test_what_was_altered_is_not_opened() -> None:
    """It is authenticated."""
    sealed = bytearray(dpapi.seal(b"sk-secret"))
    sealed[-1] ^= 1

    with pytest.raises(NotPermitted):
        dpapi.unseal(bytes(sealed))
