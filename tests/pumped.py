"""A program of its own that runs a command with the pump, for tests: `python -m tests.pumped ORDER COMMAND…`.

ORDER is a JSON object with fields of `Order`, but the words after it are its argv; the environment is ours.
"""

from __future__ import annotations

import json
import sys

from aim_lib.errors import AimError
from aim_lib.host import current
from aim_lib.orders import Order
from aim_lib.pump import run


def main() -> int:
    fields = json.loads(sys.argv[1])
    env = dict(current().env)
    terminal = env.pop("TAKES_TERMINAL", None)
    if terminal:
        take(int(terminal))
    try:
        ended = run(Order(argv=sys.argv[2:], env=env, **fields))
    except AimError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 8 if ended.timed_out else ended.exit_code


def take(terminal: int) -> None:
    """Make it the one that controls us, as a shell's is; we lead a session that has none."""
    import fcntl
    import os
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    os.close(terminal)


if __name__ == "__main__":
    sys.exit(main())
