"""Makes a pylock.toml fit to be shared, or says why it is not. A program of its own: `python -I _tidy_pylock.py FILE`.

It imports nothing of ours and asks no network. Dates go, since some mirrors have none: same files, same lock.
What the public index serves is said to be from there: uv looks into its cache by the index, and fetches what a lock
without one names again each time that the server does not forbid it, also for a tool it installed a minute ago.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

REFUSED = "not fit to be shared"
DATE = re.compile(r", upload-time = [0-9TZ:.+-]+")
HEAD = "[[packages]]\n"
PUBLIC, PUBLIC_FILES = "https://pypi.org/simple", "files.pythonhosted.org"


def main(argv: list[str]) -> int:
    """Rewrite the file; exit 1, with the file gone, when somebody else could not or should not use it."""
    path = Path(argv[1])
    text = path.read_text(encoding="utf-8")
    document = tomllib.loads(text)
    wrong = trouble(document)
    if wrong:
        path.unlink()
        sys.stderr.write(f"{REFUSED}: {wrong}\n")
        return 1
    path.write_text(with_index(DATE.sub("", text), document["packages"]), encoding="utf-8", newline="\n")
    return 0


def with_index(text: str, packages: list[dict[str, Any]]) -> str:
    """The lock's text with the public index named for each package that has all of its files from there."""
    start, *blocks = text.split(HEAD)
    named = [_named(block, package) for block, package in zip(blocks, packages, strict=True)]
    return HEAD.join((start, *named))


def _named(block: str, package: dict[str, Any]) -> str:
    hosts = {urlsplit(file.get("url", "")).hostname for file in _files(package)}
    if "index" in package or hosts != {PUBLIC_FILES}:
        return block
    return re.sub(r"^version = .*\n", rf'\g<0>index = "{PUBLIC}"\n', block, count=1, flags=re.MULTILINE)


def trouble(document: dict[str, Any]) -> str:
    """The first thing that keeps a lock from being shared, without repeating any address; "" when nothing does."""
    packages = document.get("packages") or []
    if not packages:
        return "it locks no package"
    return next((wrong for package in packages for wrong in _of_package(package)), "")


def _of_package(package: dict[str, Any]) -> Iterator[str]:
    name = package.get("name", "a package")
    files = _files(package)
    if not files:
        yield f"{name} comes from a folder or a repository, which has no hash"
    for file in files:
        address = urlsplit(file.get("url", ""))
        if not (file.get("hashes") or {}).get("sha256"):
            yield f"a file of {name} has no sha256"
        if address.scheme not in ("http", "https"):
            yield f"{name} comes from a folder of this machine"
        if address.username or address.password:
            yield f"the address of {name} has credentials in it"
        if address.query:
            yield f"the address of {name} has a query in it, which may be a credential"


def _files(package: dict[str, Any]) -> list[dict[str, Any]]:
    return [*package.get("wheels", ()), *(package[kind] for kind in ("sdist", "archive") if kind in package)]


if __name__ == "__main__":
    sys.exit(main(sys.argv))
