"""Asks several questions at once, each in a thread of its own, and gives the answers in the order of the questions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

Answer = TypeVar("Answer")


def ask_together(questions: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Every answer, in order; raises the first question's exception when one fails, after all have ended.

    Plain threads: `concurrent.futures` would cost a listing more to import than it saves.
    """
    answers: dict[int, Answer] = {}
    failures: dict[int, BaseException] = {}

    def ask(place: int) -> None:
        try:
            answers[place] = questions[place]()
        except BaseException as error:  # noqa: BLE001 - thread boundary: raised again below
            failures[place] = error

    # Daemons: who gives up waiting for us may end the program, whatever a question still waits for.
    threads = [threading.Thread(target=ask, args=(place,), daemon=True) for place in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[min(failures)]
    return [answers[place] for place in range(len(questions))]
