"""What the user told winget to leave alone: its own database of pins, `pinning.db`, beside its settings."""

from __future__ import annotations

import contextlib
from pathlib import Path

PLACES = (
    ("Packages", "Microsoft.DesktopAppInstaller_8wekyb3d8bbwe", "LocalState", "pinning.db"),
    ("Microsoft", "WinGet", "State", "defaultState", "pinning.db"),  # a winget without a package of its own
)
# PinType of winget's Pin.h: 2 holds it back from `upgrade --all`, 3 below a version, 4 from everything
QUERY = "select package_id from pin where type = 4"


def pinned_ids(local: Path) -> frozenset[str]:
    """Ids of the packages that are pinned so that nothing moves them; none when winget keeps its pins otherwise."""
    import sqlite3

    database = next((path for parts in PLACES if (path := local.joinpath(*parts)).is_file()), None)
    if database is None:
        return frozenset()
    try:
        # Read-only, and without waiting: winget holds it while it writes.
        with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=1.0)) as pins:
            return frozenset(str(row[0]) for row in pins.execute(QUERY))
    except sqlite3.Error:
        return frozenset()
