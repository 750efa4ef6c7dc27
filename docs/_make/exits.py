"""The page of exit codes, from the errors that carry them."""

from __future__ import annotations

import inspect

from aim_lib import errors
from docs._make.tables import code, plain, table

HEAD = """# Exit codes

Every command ends with one of these; a program that was started never decides it with a code of its own.
A failure is printed on stderr as `error: what happened` and `fix: what to type`.

"""


def page() -> str:
    """The whole page as Markdown."""
    leaves = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, errors.AimError)]
    leaves.remove(errors.AimError)
    rows = [("0", "", "All is well: what was asked for is so.")]
    rows += [(str(leaf.exit_code), code(leaf.__name__), _says(leaf)) for leaf in leaves]
    text = table(("code", "error in the code", "means"), sorted(rows, key=lambda row: int(row[0])))
    return HEAD + text


def _says(leaf: type) -> str:
    return plain(" ".join((leaf.__doc__ or "").split()))
