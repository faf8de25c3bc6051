"""Threads that ask at the same time are answered together, by one at a time.

A thread that finds nobody at work answers its own questions: to wait for another one costs a third
of a millisecond. What is asked meanwhile gathers, and the next batch takes it all along, so that
one reading of the vectors answers many.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Together(Generic[Question, Answer]):
    """Runs a function of many questions for threads that have some each.

    Args:
        answer: gives an answer for each question. Where it raises, all whose questions it had get
            the error.
        most: questions that are answered at once.
    """

    def __init__(self, answer: Callable[[Sequence[Question]], Sequence[Answer]], most: int) -> None:
        self._answer = answer
        self._most = most
        self._waiting: deque[tuple[Question, Future[Answer]]] = deque()
        self._at_work = Lock()
        # Its thread ends when nobody has it any more.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="together")

    @property
    def n_waiting(self) -> int:
        """Questions that nobody has begun to answer."""
        return len(self._waiting)

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """The answer to each question."""
        if len(questions) <= self._most and not self._waiting and self._at_work.acquire(False):
            try:
                return list(self._answer(questions))
            finally:
                self._at_work.release()
        return self._answered_with_others(questions)

    def _answered_with_others(self, questions: Sequence[Question]) -> list[Answer]:
        asked: list[Future[Answer]] = []
        for start in range(0, len(questions), self._most):
            some = questions[start : start + self._most]
            futures: list[Future[Answer]] = [Future() for _ in some]
            self._waiting.extend(zip(some, futures, strict=True))
            self._worker.submit(self._answer_some)
            asked += futures
        return [future.result() for future in asked]

    def _answer_some(self) -> None:
        """Nothing, where the one before has taken all."""
        with self._at_work:
            taken = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            if not taken:
                return
            try:
                answers = self._answer([question for question, _ in taken])
            except Exception as error:
                for _, future in taken:
                    future.set_exception(error)
                return
        for (_, future), answer in zip(taken, answers, strict=True):
            future.set_result(answer)
