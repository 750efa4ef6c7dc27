"""The child that talks to the keyring: a JSON question on stdin, an answer on stdout. Its parent limits its time."""

from __future__ import annotations

import json
import sys
from typing import Any


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Do what `question` asks. Raises whatever the keyring raises."""
    import keyring

    service = question["service"]
    if question["do"] == "has":
        return {"found": [name for name in question["names"] if keyring.get_password(service, name)]}
    keyring.set_password(service, question["name"], question["value"])
    # The null backend accepts everything and keeps nothing: only reading back tells.
    if keyring.get_password(service, question["name"]) != question["value"]:
        return {"error": "the keyring did not keep the value"}
    return {"stored": question["name"]}


def main() -> None:
    try:
        said = answer(json.load(sys.stdin))
    except Exception as error:  # noqa: BLE001 - every backend raises its own; the class names it, the text has no value
        said = {"error": f"the keyring cannot be used ({type(error).__name__})"}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
