"""The properties with many more examples, round after round: `aim dev soak`, or python -m tests.soak --minutes 10."""

from __future__ import annotations

import argparse
import secrets
import subprocess
import sys
import time
from pathlib import Path

from aim_lib.host import current

ROOT = Path(__file__).resolve().parents[1]
WHAT = (
    *("tests/properties", "tests/test_resume.py", "tests/test_scheduler.py"),
    *("tests/real/test_vault_killed.py", "tests/test_audit_kills.py"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="no round begins after that time")
    parser.add_argument("--examples", type=int, default=400, help="of each property in each round")
    asked = parser.parse_args()
    deadline = time.monotonic() + asked.minutes * 60
    rounds = 0
    while rounds == 0 or time.monotonic() < deadline:
        rounds += 1
        seed = secrets.randbelow(2**32)
        print(f"round {rounds}, --hypothesis-seed={seed}", flush=True)
        argv = [sys.executable, "-m", "pytest", "-q", "-n2", f"--hypothesis-seed={seed}", *WHAT]
        code = subprocess.run(
            argv, cwd=ROOT, env={**current().env, "SOAK_EXAMPLES": str(asked.examples)}, check=False
        ).returncode
        if code:
            return code
    print(f"{rounds} rounds of {asked.examples} examples, no failure")
    return 0


if __name__ == "__main__":
    sys.exit(main())
