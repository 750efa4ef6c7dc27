"""`wordcount --text TEXT`, or of what it is given on stdin."""

import argparse
import sys

from . import count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text")
    asked = parser.parse_args()
    print(count(sys.stdin.read() if asked.text is None else asked.text))
