"""Many small writes as few transactions: whoever comes while one is being committed shares the
next, and each is answered only after the commit it was part of."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Batches(Generic[_Item, _Result]):
    """run: called in a thread with several items, gives one result each, in their order; what it
    raises is raised for all of them. Lives on one event loop."""

    def __init__(self, run: Callable[[list[_Item]], list[_Result]], at_most: int) -> None:
        self._run = run
        self._at_most = at_most
        self._waiting: deque[tuple[_Item, asyncio.Future[_Result]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def put(self, item: _Item) -> _Result:
        """Wait until the item was part of a run; its result."""
        future: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        while self._waiting:
            count = min(self._at_most, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            try:
                results = await asyncio.to_thread(self._run, [item for item, _ in batch])
            except Exception as error:  # noqa: BLE001 - raised again for everybody who waits
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
            else:
                for (_, future), result in zip(batch, results, strict=True):
                    if not future.done():  # its caller may have gone
                        future.set_result(result)
