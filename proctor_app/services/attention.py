"""Who is looking at an attempt: colleagues see it, so that two don't do the same.

Only this process knows, and only while it is told so: an open page renews what it said, and what
was not renewed for a while is over.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.clock import Clock
from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor
from proctor_app.services.attempt_access import allow_on_id, not_ones_own
from proctor_app.services.broadcast import Broadcast, DeskNews

LASTS = timedelta(seconds=15)
"""How long a look holds without a sign."""


@dataclass(frozen=True, slots=True)
class Look:
    attempt_id: str
    user_id: str
    name: str
    renewed_at: datetime


class Attention:
    """Touched only on the event loop. tab: one open page of somebody's; it looks at one attempt
    at a time."""

    def __init__(self, database: Database, broadcast: Broadcast, clock: Clock) -> None:
        self._database = database
        self._broadcast = broadcast
        self._clock = clock
        self._looks: dict[str, Look] = {}

    async def look(self, actor: Actor, attempt_id: str, tab: str) -> None:
        """Say that the actor looks at the attempt from now on.

        Raises NotFound, NotAllowed (also for whoever sits it).
        """
        await asyncio.to_thread(self._allow, actor, attempt_id)
        before = self._looks.get(tab)
        self._looks[tab] = Look(attempt_id, actor.user_id, actor.name, self._clock())
        if before is not None and before.attempt_id != attempt_id:
            self._broadcast.publish(DeskNews(before.attempt_id))
        if before is None or before.attempt_id != attempt_id:
            self._broadcast.publish(DeskNews(attempt_id))

    def still(self, actor: Actor, attempt_id: str, tab: str) -> bool:
        """The page still shows it. False where that is not known any more: then ``look`` anew."""
        look = self._looks.get(tab)
        if look is None or (look.attempt_id, look.user_id) != (attempt_id, actor.user_id):
            return False
        self._looks[tab] = Look(attempt_id, actor.user_id, actor.name, self._clock())
        return True

    def leave(self, tab: str) -> None:
        """The page looks at nothing any more."""
        look = self._looks.pop(tab, None)
        if look is not None:
            self._broadcast.publish(DeskNews(look.attempt_id))

    def looking(self, attempt_id: str) -> tuple[str, ...]:
        """The names of those who look at it, in the order of the alphabet."""
        return self.all().get(attempt_id, ())

    def all(self, besides: str = "") -> dict[str, tuple[str, ...]]:
        """The names by attempt; nobody is named twice for two pages of theirs. besides: the id of
        somebody who is left out."""
        since = self._clock() - LASTS
        for tab in [tab for tab, look in self._looks.items() if look.renewed_at < since]:
            del self._looks[tab]
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for look in self._looks.values():
            if look.user_id != besides:
                found[look.attempt_id][look.user_id] = look.name
        return {key: tuple(sorted(names.values())) for key, names in found.items()}

    def _allow(self, actor: Actor, attempt_id: str) -> None:
        with self._database.read() as session:
            not_ones_own(actor, allow_on_id(session, actor, Action.WATCH, attempt_id))
