"""Turns a root in which a real dpkg has worked into a tree.json: `record_apt.py ROOT NAME… > tree.json`.

Keeps what dpkg and apt say of the packages NAME, cut to the fields that are read, and their commands.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FIELDS = re.compile(r"^(Package|Status|Priority|Architecture|Version|Auto-Installed): .*\n", re.MULTILINE)


def paragraphs(text: str, names: list[str]) -> str:
    """The paragraphs of `names`, with the fields that matter, in their order."""
    found = [part + "\n" for part in text.split("\n\n") if re.match(r"\n?Package: (\S+)", part)]
    mine = [part for part in found if part.split()[1] in names]
    return "\n".join("".join(match[0] for match in FIELDS.finditer(part)) for part in mine)


def entries(root: Path, names: list[str]) -> Iterator[tuple[Path, dict[str, Any]]]:
    database = root / "var" / "lib" / "dpkg"
    states = root / "var" / "lib" / "apt" / "extended_states"
    for path in (database / "status", *sorted((database / "updates").glob("[0-9]*")), states):
        yield path, {"text": paragraphs(path.read_text(encoding="utf-8"), names)}
    for path in sorted((database / "info").glob("*.list")):
        if path.stem.split(":")[0] in names:
            lines = [
                line for line in path.read_text(encoding="utf-8").splitlines() if re.match(r"/\.$|.*(bin|games)/", line)
            ]
            yield path, {"text": "".join(f"{line}\n" for line in lines)}
            yield from (
                (root / line[1:], {"executable": True})
                for line in lines
                if line.startswith("/usr/") and (root / line[1:]).is_file()
            )
    if (root / "bin").is_symlink():
        yield root / "bin", {"link": "usr/bin"}


def main() -> None:
    root, *names = sys.argv[1:]
    tree = {str(path).replace(root, "{HOME}"): what for path, what in entries(Path(root), names)}
    lines = (f" {json.dumps(path)}: {json.dumps(what, ensure_ascii=False)}" for path, what in sorted(tree.items()))
    print("{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    main()
