"""One answer for all who ask at the same time, and not more often than need be."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Found = TypeVar("Found")
_SHARE = 3
_LONGEST_REST_S = 1.0


class Sharing(Generic[Found]):
    """Everybody gets an answer that was begun after they asked, so that it knows what they know.

    Used on one event loop. every_s: the shortest time between the beginnings of two readings; where
    a reading takes long it is more, up to a second, so that reading is not all that is done.
    """

    def __init__(self, read: Callable[[], Awaitable[Found]], every_s: float) -> None:
        self._read = read
        self._every_s = every_s
        self._rest_s = every_s
        self._next: asyncio.Task[Found] | None = None
        self._running: asyncio.Task[Found] | None = None
        self._began_s = float("-inf")
        self._known: tuple[float, Found] | None = None

    async def fresh(self) -> Found:
        """What is so from now on. Raises what the reading raises."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
            self._next.add_done_callback(_look_at)
        return await asyncio.shield(self._next)

    async def recent(self, within_s: float) -> Found:
        """What was so at most ``within_s`` ago, at once where that is known."""
        if self._known is not None and _now_s() - self._known[0] <= within_s:
            return self._known[1]
        return await self.fresh()

    async def _after(self, before: "asyncio.Task[Found] | None") -> Found:
        if before is not None:
            await asyncio.wait([before])
        await asyncio.sleep(max(0.0, self._began_s + self._rest_s - _now_s()))
        # Whoever asks from here on may know more than this reading will find.
        self._running, self._next = self._next, None
        self._began_s = began_s = _now_s()
        found = await self._read()
        rest_s = min(_LONGEST_REST_S, _SHARE * (_now_s() - began_s))
        self._rest_s = max(self._every_s, rest_s)
        self._known = (began_s, found)
        return found


def _look_at(task: "asyncio.Task[Found]") -> None:
    """An error that nobody waited for any more is nobody's."""
    if not task.cancelled():
        task.exception()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
