"""Several questions at once."""

from __future__ import annotations

import threading

import pytest

from aim_lib.together import ask_together


def test_answers_come_in_the_order_of_the_questions() -> None:
    """Also when the first is the last to be answered; each waits for the other, so they really run side by side."""
    second_is_done = threading.Event()

    def first() -> str:
        return "first" if second_is_done.wait(10) else "alone"

    def second() -> str:
        second_is_done.set()
        return "second"

    assert ask_together([first, second]) == ["first", "second"]


def test_a_failure_is_raised_when_all_have_ended() -> None:
    """The first question's, and nobody is left behind."""
    ended = threading.Event()

    def fail() -> None:
        raise ValueError("first")

    def late() -> None:
        ended.set()
        raise KeyError("second")

    with pytest.raises(ValueError, match="first"):
        ask_together([fail, late])

    assert ended.is_set()


def test_no_question_has_no_answer() -> None:
    """An empty list is fine."""
    assert ask_together([]) == []
