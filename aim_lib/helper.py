"""A program of its own, started by its path: it reads files and lists folders for another process.

    helper.py HASH [FOLDER]   the hash by its name, and where it is imported from

Each question is a tuple as marshal writes it, its first word says what is asked, and so is the answer: both ends are
one Python. It ends with its input, and at once where it has no such hash.
"""

from __future__ import annotations

import marshal
import os
import sys

TYPE_CHECKING = False  # not typing's, which takes a third of the start
if TYPE_CHECKING:
    from typing import IO, Any

_LENGTH = 8  # bytes that say how many follow
_MOST = 2**30  # bytes: who says that more follow talks nonsense


def tell(target: IO[bytes], what: Any) -> None:
    """Write plain values, as `hear` reads them."""
    said = marshal.dumps(what)
    target.write(len(said).to_bytes(_LENGTH, "little") + said)
    target.flush()


def hear(source: IO[bytes]) -> Any:
    """Read what was told. Raises EOFError at the end of `source`, ValueError or TypeError for what makes no sense."""
    # Not marshal.load, which asks the file for each value by itself.
    length = int.from_bytes(source.read(_LENGTH), "little")
    if length > _MOST:
        raise ValueError(f"{length} bytes")
    said = source.read(length)
    if not said or len(said) < length:
        raise EOFError
    return marshal.loads(said)  # noqa: S302 - from a program of ours


def serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Answer until there are no more questions."""
    from aim_lib.listing import Rules, listed
    from aim_lib.reading import Reader

    reader = Reader()
    while True:
        try:
            what, *asked = hear(source)
        except EOFError:
            return
        if what == "list":
            folders, device, rules, most = asked
            tell(target, listed(folders, device, Rules.heard(rules), most).told())
        else:
            tell(target, reader.answers(asked[0], is_whole=what == "wholes"))


def _start() -> None:
    # The package without its own beginning, and only what is needed here of it.
    package = sys.modules["aim_lib"] = type(sys)("aim_lib")
    package.__path__ = [os.path.dirname(__file__)]
    sys.path += sys.argv[2:]  # -I and -S leave it out
    from aim_lib.content_hash import algorithm

    if algorithm()[0] == sys.argv[1]:
        serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    _start()
