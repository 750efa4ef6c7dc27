"""Secrets for the tests of the leak scan, made up at run time, and the ways in which they are written."""

from __future__ import annotations

import base64
import json
import random
import string
import tomllib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from aim_lib import leak_prints, leak_values
from aim_lib.leak_hits import Values

DATA = Path(__file__).parent / "data" / "leaks" / "shapes.toml"
FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "URL": lambda text: quote(text, safe=""),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, one on": lambda text: base64.b64encode(f".{text}:".encode()).decode(),
    "base64, two on": lambda text: base64.b64encode(f"..{text}::".encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(f"?{text}?".encode()).decode().rstrip("="),
}
LOOKING: dict[str, Callable[[dict[str, str]], Values]] = {
    "in memory": lambda values: leak_values.know(values.items()),
    "by fingerprint": lambda values: leak_prints.prepare(leak_prints.fingerprint(values.items())),
}


def made_key(head: str = "sk-" + "proj-", length: int = 40, seed: int = 1) -> str:
    """A random key; the same for the same arguments."""
    letters = string.ascii_letters + string.digits
    return head + "".join(random.Random(seed).choices(letters, k=length))  # noqa: S311 - of a test


def shapes() -> list[tuple[str, str, tuple[str, ...]]]:
    """`(name, match, near misses)` of every row of the table of examples."""
    rows = tomllib.loads(DATA.read_text(encoding="utf-8"))["shape"]
    return [(row["name"], "".join(row["match"]), tuple(map("".join, row.get("near", ())))) for row in rows]
