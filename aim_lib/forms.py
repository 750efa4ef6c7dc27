"""The ways in which a secret value may be written out: encoded, escaped, wrapped, line by line. Pure.

`redact` looks for them in our own texts, `masking` in what programs print. Values that were encrypted, hashed,
compressed or turned around are not known here.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

LINE_BYTES = 8  # a shorter line of a longer secret would blank out ordinary words
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
# What the encoders in use leave as it is: RFC 3986's, a path's, and those of JavaScript's two functions.
_LEFT_IN_URLS = ("", "/", "!*'()", ";,/?:@&=+$#!*'()")
_CODE_PAGES = ("cp1252", "cp850", "cp437", "utf-16-le")
_WRAPS = (76, 64)  # where `base64` and `openssl base64` begin a new line
_XML = ((b"&", b"&amp;"), (b"<", b"&lt;"), (b">", b"&gt;"), (b'"', b"&quot;"), (b"'", b"&#x27;"))


def forms(value: str, shortest: int) -> frozenset[bytes]:
    """`value` as it may appear in a program's output, in UTF-8: every form of at least `shortest` bytes.

    A value of fewer bytes has none. With white space around it, it is also known without. A value of several lines
    counts as a whole, with LF and with CRLF, and by its lines of eight bytes and more.
    """
    found: set[bytes] = set()
    for text in {value, value.strip()}:
        raw = in_utf8(text)
        if len(raw) >= shortest:
            found |= {raw, raw.hex().encode(), raw.hex().upper().encode()}
            found |= {*_escaped(text, raw), *_in_url(raw), *_in_base64(raw), *_by_line(raw), *_in_code_pages(text)}
    return frozenset(form for form in found if len(form) >= shortest)


def in_utf8(text: str) -> bytes:
    """`text` as bytes; what Python could not decode when it read the environment becomes the same bytes again."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair, as a JSON document may hold
        return text.encode("utf-8", "surrogatepass")


def _in_code_pages(text: str) -> Iterator[bytes]:
    """As programs of Windows print what is not ASCII."""
    for page in () if text.isascii() else _CODE_PAGES:
        with contextlib.suppress(UnicodeEncodeError):
            yield text.encode(page)


def _by_line(raw: bytes) -> Iterator[bytes]:
    lines = raw.splitlines()
    if len(lines) > 1:
        yield b"\r\n".join(lines)
        yield from (line.strip() for line in lines if len(line.strip()) >= LINE_BYTES)


def _escaped(text: str, raw: bytes) -> Iterator[bytes]:
    """As string literals of JSON and of Python have it, in XML, and quoted for a shell."""
    plain = in_utf8(json.dumps(text, ensure_ascii=False)[1:-1])
    numbered = json.dumps(text)[1:-1].encode()
    yield from (plain, numbered, re.sub(rb"\\u[0-9a-f]{4}", lambda code: b"\\u" + code[0][2:].upper(), numbered))
    yield plain.replace(b"/", b"\\/")
    # Go's encoder, safe for HTML: https://pkg.go.dev/encoding/json#Marshal
    yield re.sub(rb"[<>&]", lambda sign: b"\\u%04x" % ord(sign[0]), plain)
    yield from (in_utf8(repr(text)[1:-1]), repr(raw)[2:-1].encode())
    xml = raw
    for sign, entity in _XML:
        xml = xml.replace(sign, entity)
        yield xml
    yield xml.replace(b"&#x27;", b"&#39;").replace(b"&quot;", b"&#34;")
    yield raw.replace(b"'", b"'\\''")
    yield raw.replace(b"'", b"'\"'\"'")
    yield re.sub(rb"([^\w@%+=:,./\x80-\xff-])", rb"\\\1", raw)


def _in_url(raw: bytes) -> Iterator[bytes]:
    for written in (*(quote(raw, safe=left) for left in _LEFT_IN_URLS), quote_plus(raw)):
        yield written.encode()
        yield re.sub(r"%..", lambda code: code[0].lower(), written).encode()


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """At each of the three alignments, and wrapped from its own first letter on."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw)
        # The first and last quantum also carry the neighbours' bits: only what lies between is ours for sure.
        certain = encoded[-(-8 * shift // 6) : (8 * (shift + len(raw))) // 6]
        yield from (certain, certain.translate(_URL_SAFE))
    whole = base64.b64encode(raw).rstrip(b"=")
    for width in _WRAPS:
        if len(whole) > width:
            lines = [whole[start : start + width] for start in range(0, len(whole), width)]
            yield from (b"\n".join(lines), b"\r\n".join(lines), *(line for line in lines if len(line) >= LINE_BYTES))
