"""May this tag be released: it names the version of the sources, and the changelog has a dated section of it.

python .ci/release.py v0.1.0        prints that section, the notes of the release; exit 1 with a sentence if not
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADING = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?\n", re.MULTILINE)


def notes(tag: str, version: str, changelog: str) -> str:
    """What changed in the version that `tag` names. Raises SystemExit with the reason why it cannot be released."""
    if tag != f"v{version}":
        raise SystemExit(f"the tag {tag} is not the version of the sources, which is {version}")
    headings = [*HEADING.finditer(changelog)]
    places = [place for place, heading in enumerate(headings) if heading["version"] == version]
    if not places or not headings[places[0]]["date"]:
        raise SystemExit(f"CHANGELOG.md has no section '## [{version}] - YYYY-MM-DD'")
    place = places[0]
    end = headings[place + 1].start() if place + 1 < len(headings) else len(changelog)
    said = changelog[headings[place].end() : end].strip()
    if not said:
        raise SystemExit(f"CHANGELOG.md says nothing of {version}")
    return said


def main() -> int:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    source = (ROOT / "aim_lib/__init__.py").read_text(encoding="utf-8")
    version = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sys.stdout.write(notes(sys.argv[1], version[1] if version else "", changelog) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
