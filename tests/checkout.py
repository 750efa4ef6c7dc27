"""Programs that tests start import the AIM that the tests themselves import, in whatever folder they are started."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import aim_lib


def with_checkout(env: Mapping[str, str]) -> dict[str, str]:
    """`env` with what makes every Python below it import that AIM."""
    path = os.pathsep.join(filter(None, (env.get("PYTHONPATH", ""), _checkout())))
    return {**env, "PYTHONPATH": path} if path else dict(env)


@cache
def _checkout() -> str:
    """The folder of that AIM, "" when it is the installed one: a checkout beside that may be tested too."""
    ours = Path(aim_lib.__file__).parents[1]
    ask = (sys.executable, "-P", "-c", "import aim_lib; print(aim_lib.__file__)")
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # noqa: TID251 - the test's own
    installed = subprocess.run(ask, env=bare, text=True, capture_output=True, check=True).stdout.strip()
    return "" if Path(installed).parents[1] == ours else str(ours)
