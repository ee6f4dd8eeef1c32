"""How many may be at something at the same time, and how many may wait for it."""

import asyncio
from types import TracebackType

from proctor_app.errors import Unavailable

_BUSY = "Too many people log in at this moment. Try again."


class Gate:
    """``async with gate``: waits for its turn. Raises Unavailable where too many wait already;
    ``busy`` is what they are told."""

    def __init__(self, at_once: int, waiting: int, busy: str = _BUSY) -> None:
        self._busy = busy
        self._turns = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._inside = 0

    async def __aenter__(self) -> None:
        if self._inside >= self._most:
            raise Unavailable("busy", self._busy)
        self._inside += 1
        try:
            await self._turns.acquire()
        except BaseException:
            self._inside -= 1
            raise

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._inside -= 1
        self._turns.release()
