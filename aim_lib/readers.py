"""Hashes of many files, read by a crew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import reading
from .crew import Crew
from .reading import Answer, Batch


class Readers:
    """Reads what it is told: batches are the jobs of its crew, by their numbers."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._own = reading.Reader()
        self._batches: Sequence[Batch] = ()
        self._answers: list[list[Answer]] = []
        self._is_whole = False

    def read(self, batches: Sequence[Batch], *, is_whole: bool, is_alone: bool = False) -> list[Answer]:
        """The answers for all files in their order; `is_alone` asks no helper."""
        self._batches, self._is_whole, self._answers = batches, is_whole, [[]] * len(batches)
        self._crew.do(self, range(len(batches)), is_alone=is_alone)
        return [answer for each in self._answers for answer in each]

    def size(self) -> int:
        return sum(len(names) for batch in self._batches for _, names, _ in batch)

    def here(self, job: int) -> list[Answer]:
        return self._own.answers(self._batches[job], is_whole=self._is_whole)

    def question(self, job: int) -> tuple[object, ...]:
        return "wholes" if self._is_whole else "heads", self._batches[job]

    def done(self, job: int, answer: object) -> Iterable[int]:
        if not isinstance(answer, list) or len(answer) != sum(len(names) for _, names, _ in self._batches[job]):
            raise ValueError("these are no answers")
        self._answers[job] = answer
        return ()
