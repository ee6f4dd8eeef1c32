"""Incidents that a proctor has seen live: colleagues know then that somebody took notice. It says
nothing of what the incident was; that is a review's."""

import asyncio
from collections.abc import Callable, Sequence

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.repositories.wall import Wall as WallRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import NotFound
from proctor_app.services.again import again
from proctor_app.services.attempt_access import allow_on_id, not_ones_own
from proctor_app.services.audit import Audit
from proctor_app.services.broadcast import Broadcast, ReviewNews
from proctor_app.services.wall_feed import REPEATS_WITHIN
from proctor_app.services.wall_snapshot import FEED_GOES_BACK

_MAX_ID = 2**63 - 1


class Acknowledging:
    def __init__(
        self, database: Database, broadcast: Broadcast, audit: Audit, clock: Clock
    ) -> None:
        self._database = database
        self._broadcast = broadcast
        self._audit = audit
        self._clock = clock

    async def incident(self, actor: Actor, incident_id: int) -> int:
        """Acknowledge the incident with the repeats before it that the feed tells of in one line
        with it; how many were new.

        Raises NotFound, NotAllowed (also for whoever sits it).
        """
        attempt_id, count = await asyncio.to_thread(self._incident, actor, incident_id)
        return self._tell(attempt_id, count)

    async def attempt(self, actor: Actor, attempt_id: str) -> int:
        """Acknowledge all that stands open in the attempt; how many were new. Raises as
        ``incident``."""
        count = await asyncio.to_thread(self._attempt, actor, attempt_id)
        return self._tell(attempt_id, count)

    def _tell(self, attempt_id: str, count: int) -> int:
        if count:
            self._broadcast.publish(ReviewNews(attempt_id))
        return count

    def _incident(self, actor: Actor, incident_id: int) -> tuple[str, int]:
        with self._database.read() as session:
            is_id = 0 < incident_id <= _MAX_ID  # no driver takes a longer number
            row = IncidentRows(session).by_id(incident_id) if is_id else None
            if row is None or row.hidden_at is not None:
                raise NotFound("no_incident", "There is no such incident.")
            attempt_id, kind, since = row.attempt_id, row.event_type, row.opened_at - FEED_GOES_BACK

        def concerned(rows: WallRows) -> list[tables.Incident]:
            chain = _chain(rows.up_to(attempt_id, kind, since, incident_id))
            return [one for one in chain if one.acknowledged_at is None]

        return attempt_id, self._acknowledge(actor, attempt_id, concerned)

    def _attempt(self, actor: Actor, attempt_id: str) -> int:
        now = self._clock()

        def concerned(rows: WallRows) -> list[tables.Incident]:
            return rows.unacknowledged(attempt_id, now)

        return self._acknowledge(actor, attempt_id, concerned)

    @again
    def _acknowledge(
        self,
        actor: Actor,
        attempt_id: str,
        concerned: Callable[[WallRows], Sequence[tables.Incident]],
    ) -> int:
        with self._database.write() as session:
            _lock(session, actor, attempt_id)
            found = concerned(WallRows(session))
            for row in found:
                row.acknowledged_by, row.acknowledged_at = actor.user_id, self._clock()
            if found:
                ids = ",".join(str(row.id) for row in found[:50])
                self._audit.note(
                    session,
                    actor,
                    "incident.acknowledged",
                    "attempt",
                    attempt_id,
                    incidents=ids,
                    count=len(found),
                )
            return len(found)


def _chain(newest_first: Sequence[tables.Incident]) -> list[tables.Incident]:
    """The first and its repeats, as the feed groups them: up to the first longer rest."""
    found: list[tables.Incident] = []
    for row in newest_first:
        if found and found[-1].opened_at - row.opened_at > REPEATS_WITHIN:
            break
        found.append(row)
    return found


def _lock(session: Transaction, actor: Actor, attempt_id: str) -> None:
    row = allow_on_id(session, actor, Action.WATCH, attempt_id)
    not_ones_own(actor, row)
    AttemptRows(session).locked(attempt_id)
