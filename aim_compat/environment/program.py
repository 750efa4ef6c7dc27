"""Runs `aim` and reads the document it prints: the keys of those are a contract, its Python inside is not."""

from __future__ import annotations

import json
import sys
from typing import Any

from aim_lib import host
from aim_lib.proc import Completed, Runner

from .exceptions import AIMPlusError

LIMIT_S = 1800.0


def run(*words: str, stdin: str = "") -> Completed:
    """Run `aim WORDS` in the current folder."""
    machine = host.current()
    return Runner().run(
        (sys.executable, "-m", "aim_lib", *words), env=machine.env, timeout_s=LIMIT_S, cwd=machine.cwd, stdin=stdin
    )


def document(raises: type[AIMPlusError], *words: str) -> dict[str, Any]:
    """The document of `aim WORDS --json`. Raises `raises` when it prints none."""
    said = run(*words, "--json")
    try:
        found: dict[str, Any] = json.loads(said.stdout)
    except ValueError:
        raise raises(said.last_words() or f"aim {' '.join(words)} printed no document") from None
    return found


def trouble(found: dict[str, Any]) -> str:
    """What the failed records of a document say."""
    records = [each for each in found.get("records", []) if each.get("status") in ("failed", "blocked")]
    return "; ".join(f"{each['title']}: {each['detail']}" for each in records)
