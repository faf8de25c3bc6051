"""Starts serving processes, replaces those that die, and ends all of them together."""

from __future__ import annotations

import logging
import multiprocessing
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, Pipe, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from api.processes.link import ENDS_WITHIN_S, Message
from api.processes.process import Task, run_process
from search.errors import SightlineError

PAUSE_S = 5.0
"""Seconds before a process that ended before it answered is started again."""

_SPAWN = multiprocessing.get_context("spawn")

_log = logging.getLogger("sightline.processes")


@dataclass(slots=True)
class _Running:
    process: SpawnProcess
    pipe: Connection
    is_listening: bool = False


class Supervisor:
    """Keeps `n_processes` processes at a task until it is told to stop.

    Args:
        on_death: told the number and the process id of each that ended by itself.
    """

    def __init__(self, task: Task, n_processes: int, on_death: Callable[[int, int], None]) -> None:
        self._task = task
        self._n_processes = n_processes
        self._on_death = on_death
        self._running: dict[int, _Running] = {}
        self._not_before: dict[int, float] = {}

    def run(self) -> None:
        """Until SIGTERM or SIGINT.

        Raises:
            SightlineError: a process ended before it answered, and no other answers.
        """
        with _asked_to_stop() as asked:
            try:
                while True:
                    self._start_missing()
                    happened = wait([asked, *self._watched()], self._pause_s())
                    if asked in happened:
                        return
                    self._hear(happened)
                    self._bury(happened)
            finally:
                self._end_all()

    @property
    def _any_listening(self) -> bool:
        return any(one.is_listening for one in self._running.values())

    def _missing(self) -> list[int]:
        """The processes to start as soon as they may: the first alone, the others when it listens,
        since it fetches and computes what they then find."""
        if not self._any_listening:
            return [] if self._running else [0]
        return [number for number in range(self._n_processes) if number not in self._running]

    def _start_missing(self) -> None:
        now = time.monotonic()
        for number in self._missing():
            if self._not_before.get(number, now) <= now:
                self._start(number)

    def _start(self, number: int) -> None:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(
            target=run_process, args=(self._task, number, theirs), name=f"sightline-{number}"
        )
        with _interrupts_held_back():
            process.start()
        theirs.close()
        self._running[number] = _Running(process, ours)

    def _watched(self) -> list[Any]:
        sentinels = [one.process.sentinel for one in self._running.values()]
        return sentinels + [one.pipe for one in self._running.values() if not one.pipe.closed]

    def _pause_s(self) -> float | None:
        """Seconds until a process may be started again; None where none waits for that."""
        due = [self._not_before.get(number, 0.0) for number in self._missing()]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _hear(self, happened: list[Any]) -> None:
        for one in self._running.values():
            if one.pipe not in happened:
                continue
            try:
                message = one.pipe.recv()
            except (EOFError, OSError):
                one.pipe.close()
                continue
            if message is Message.LISTENING:
                one.is_listening = True
                _log.info("Process %s answers.", one.process.pid)
            elif 0 in self._running:
                _tell_of_job(self._running[0].pipe)

    def _bury(self, happened: list[Any]) -> None:
        for number, one in list(self._running.items()):
            if one.process.sentinel not in happened:
                continue
            del self._running[number]
            one.process.join()
            one.pipe.close()
            self._on_death(number, one.process.pid or 0)
            if one.is_listening:
                self._not_before.pop(number, None)
            elif self._any_listening:
                self._not_before[number] = time.monotonic() + PAUSE_S
            else:
                raise SightlineError(
                    "The service cannot start: its process ended "
                    f"{_how(one.process.exitcode)} before it answered.",
                    hint="See what it said above.",
                )
            _log.warning(
                "Process %s ended %s and is replaced.",
                one.process.pid,
                _how(one.process.exitcode),
            )

    def _end_all(self) -> None:
        for one in self._running.values():
            one.process.terminate()
        until = time.monotonic() + ENDS_WITHIN_S
        for one in self._running.values():
            one.process.join(max(0.0, until - time.monotonic()))
            if one.process.is_alive():
                _log.warning("Process %s does not end and is killed.", one.process.pid)
                one.process.kill()
                one.process.join()
            one.pipe.close()


@contextmanager
def _asked_to_stop() -> Iterator[Connection]:
    """Something that can be waited for: readable from the first SIGTERM or SIGINT on. Later ones
    change nothing; at a terminal the processes hear them themselves."""
    asked, asking = Pipe(duplex=False)
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {
        number: signal.signal(number, lambda *_: asking.send_bytes(b"stop")) for number in numbers
    }
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """A Ctrl-C while a process begins comes to it when it can end in order."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its own start would let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _tell_of_job(pipe: Connection) -> None:
    """Unless it was told so often already that the pipe is full."""
    with suppress(OSError):
        if select.select([], [pipe], [], 0)[1]:
            pipe.send(Message.JOB)


def _how(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"by {signal.Signals(-exit_code).name}"
    return f"with code {exit_code}"
