"""The steps that install and remove the commit hook never lose a hook that is another's."""

from __future__ import annotations

import pytest

from aim_lib.errors import NotPermitted
from aim_lib.leak_hook import COMMAND, KEPT, MARK, TEXT, install_steps, remove_steps
from aim_lib.model import Delete, Move, Write

OURS = Write(path="hooks/pre-commit", text=TEXT, mode=0o755)
FOREIGN = "#!/bin/sh\nexec make lint\n"


def test_where_there_is_none_ours_is_written() -> None:
    """As a program."""
    assert install_steps("hooks", None, None) == (OURS,)


def test_what_is_installed_is_left() -> None:
    """A second time changes nothing."""
    assert install_steps("hooks", TEXT, None) == ()


def test_an_older_one_of_ours_is_replaced() -> None:
    """It is known by its mark; the one it runs first stays."""
    assert install_steps("hooks", f"#!/bin/sh\n{MARK} of before\n", FOREIGN) == (OURS,)


def test_a_foreign_one_is_kept() -> None:
    """Under the name by which ours runs it."""
    assert install_steps("hooks", FOREIGN, None) == (Move(source="hooks/pre-commit", path=f"hooks/{KEPT}"), OURS)


def test_two_foreign_ones_are_left() -> None:
    """Neither is overwritten; the line to add is said."""
    with pytest.raises(NotPermitted, match="is not ours") as caught:
        install_steps("hooks", FOREIGN, FOREIGN)

    assert COMMAND in caught.value.remedy


def test_removing_puts_the_other_back() -> None:
    """As it was before ours came."""
    assert remove_steps("hooks", TEXT, FOREIGN) == (Move(source=f"hooks/{KEPT}", path="hooks/pre-commit"),)
    assert remove_steps("hooks", TEXT, None) == (Delete(path="hooks/pre-commit"),)


@pytest.mark.parametrize("present", [None, FOREIGN])
def test_what_is_not_ours_is_not_removed(present: str | None) -> None:
    """Nothing is done."""
    assert remove_steps("hooks", present, None) == ()
