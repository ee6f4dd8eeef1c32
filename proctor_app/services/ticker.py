"""Something that is done again and again until it is stopped, whatever becomes of one turn."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine

log = logging.getLogger(__name__)


class Ticker:
    """Lives on one event loop."""

    def __init__(self, turn: Callable[[int], Awaitable[None]]) -> None:
        """turn: given its number, from 1 on."""
        self._turn = turn
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, every_s: float) -> None:
        self._task = asyncio.create_task(self._run(every_s))

    async def stop(self) -> None:
        """Wait for the turn that is being taken; it is never cancelled: what it is committing must
        not be done twice."""
        self._closing.set()
        if self._task is not None:
            await self._task

    async def _run(self, every_s: float) -> None:
        number = 0
        while not await self._closes_within(every_s):
            number += 1
            await self._turn(number)

    async def _closes_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._closing.wait()
        except TimeoutError:
            return False


async def guarded(step: Coroutine[None, None, None]) -> None:
    """One attempt's trouble, or the database's, must not end the watch over all."""
    try:
        await step
    except Exception:
        log.exception("tick.failed")
