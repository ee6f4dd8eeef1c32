"""Threads of their own for work that takes long, so that frames, incidents and log-ins, which use
the common ones, never stand behind it."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from proctor_app.errors import Unavailable

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


class Busy(Unavailable):
    """Nothing was begun: as much as there is room for waits already."""

    code = "busy"
    detail = "The server is busy with this for others. Try again in a moment."


class Workers:
    """most_waiting: beyond the threads; who comes after them is refused at once."""

    def __init__(self, name: str, threads: int, most_waiting: int) -> None:
        self._threads = ThreadPoolExecutor(threads, name)
        self._most = threads + most_waiting
        self._lock = threading.Lock()
        self._unfinished = 0
        self._people: set[str] = set()

    async def run(
        self,
        function: Callable[_Given, _Answer],
        *arguments: _Given.args,
        **named: _Given.kwargs,
    ) -> _Answer:
        """Call the function in one of the threads. Raises what it raises, and Busy."""
        self._enter(None)
        return await self._answer(None, self._threads.submit(function, *arguments, **named))

    async def run_for(
        self,
        person_id: str,
        function: Callable[_Given, _Answer],
        *arguments: _Given.args,
        **named: _Given.kwargs,
    ) -> _Answer:
        """As ``run``; Busy as well while something of the same person is not done."""
        self._enter(person_id)
        return await self._answer(person_id, self._threads.submit(function, *arguments, **named))

    def close(self) -> None:
        """What has begun goes on to its end; nobody waits for it."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _enter(self, person_id: str | None) -> None:
        with self._lock:
            if self._unfinished >= self._most or person_id in self._people:
                raise Busy
            self._unfinished += 1
            if person_id is not None:
                self._people.add(person_id)

    async def _answer(self, person_id: str | None, work: "Future[_Answer]") -> _Answer:
        # The thread, not whoever waits, says when there is room again: they may leave before.
        work.add_done_callback(lambda _: self._leave(person_id))
        return await asyncio.wrap_future(work)

    def _leave(self, person_id: str | None) -> None:
        with self._lock:
            self._unfinished -= 1
            if person_id is not None:
                self._people.discard(person_id)
