"""`python -m aim WORDS` is `aim WORDS`."""

from __future__ import annotations

from aim_lib.entry import main

main()
