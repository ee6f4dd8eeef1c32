"""Results that many people ask for at the same time, kept for a moment."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from proctor_app.clock import Clock

_SHORTEST = timedelta(seconds=5)
_LONGEST = timedelta(seconds=60)
_SHARE = 20
"""A result is kept so many times as long as it took to find: whatever is asked, and by however
many, the database is busy with one thing for a twentieth of the time at most."""
_PLACES = 256

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Dated(Generic[Value]):
    """at: when it was found."""

    at: datetime
    value: Value


@dataclass(slots=True)
class _Place:
    """search: the one that is under way."""

    search: "asyncio.Task[Dated[Any]] | None" = None
    found: Dated[Any] | None = None
    good_until: datetime | None = None


class Shelf:
    """Used on one event loop: whoever asks for what is being found already waits for it, and no
    thread waits with them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._places: OrderedDict[Hashable, _Place] = OrderedDict()

    async def get(self, key: Hashable, find: Callable[[], Awaitable[Value]]) -> Dated[Value]:
        """What was found lately under this key, or what ``find`` finds now; whatever it raises is
        not kept, and told to all who wait."""
        place = self._places.setdefault(key, _Place())
        self._places.move_to_end(key)
        while len(self._places) > _PLACES:
            self._places.popitem(last=False)
        if place.search is None:
            if place.found and place.good_until and self._clock() < place.good_until:
                return place.found
            place.search = asyncio.create_task(self._search(place, find))
            place.search.add_done_callback(_look_at)
        # Somebody who leaves doesn't take it away from the others.
        return await asyncio.shield(place.search)

    async def _search(self, place: _Place, find: Callable[[], Awaitable[Value]]) -> Dated[Value]:
        begun = self._clock()
        try:
            found = Dated(begun, await find())
        finally:
            place.search = None
        done = self._clock()
        place.found = found
        place.good_until = done + min(_LONGEST, max(_SHORTEST, (done - begun) * _SHARE))
        return found


def _look_at(task: "asyncio.Task[Dated[Any]]") -> None:
    """An error that nobody waited for any more is nobody's."""
    if not task.cancelled():
        task.exception()
