"""Write the reference: python -m docs._make; with --check only say which pages are out of date (exit 5)."""

from __future__ import annotations

import sys

from docs._make import reference


def main(words: list[str]) -> int:
    stale = [path for path, text in reference.pages().items() if reference.read(path) != text]
    for path in stale:
        sys.stdout.write(f"{path.relative_to(reference.ROOT)}\n")
        if "--check" not in words:
            path.write_text(reference.pages()[path], encoding="utf-8", newline="\n")
    return 5 if stale and "--check" in words else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
