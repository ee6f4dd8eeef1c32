"""Monitored sessions: start, stop and look, the same for pages and interfaces."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from proctor_app.clock import Clock
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import MONITORED, AttemptStatus
from proctor_app.domain.score import Compliance
from proctor_app.errors import Conflict, NotFound
from proctor_app.services import views
from proctor_app.services.access import allow
from proctor_app.services.attempts import Attempts
from proctor_app.services.broadcast import AttemptNews, Broadcast
from proctor_app.services.incidents import Incidents, Picture
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.tickets import Tickets
from proctor_app.services.views import AttemptView, IncidentView


@dataclass(frozen=True, slots=True)
class Started:
    """A running attempt and the one-use ticket for its WebSocket."""

    attempt: AttemptView
    ticket: str


@dataclass(frozen=True, slots=True)
class Summary:
    attempt: AttemptView
    total_minutes: float
    compliance: Compliance
    counts: dict[str, int]
    incidents: list[IncidentView]


class Sessions:
    def __init__(
        self,
        attempts: Attempts,
        incidents: Incidents,
        monitoring: Monitoring,
        broadcast: Broadcast,
        tickets: Tickets,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self._attempts = attempts
        self._incidents = incidents
        self._monitoring = monitoring
        self._broadcast = broadcast
        self._tickets = tickets
        self._throttle = throttle
        self._clock = clock

    async def start(self, actor: Actor, user_id: str, exam_code: str = "") -> Started:
        """Start the candidate's attempt, or return the open one, with a fresh ticket.

        Whoever calls this has accepted the notice; that is recorded.
        Raises NotAllowed, NotFound, Conflict, Throttled.
        """
        allow(actor, Action.STEER, user_id)
        self._throttle.hit(Limit.START, actor.user_id)
        if exam_code:
            raise NotFound("no_exam", "There is no exam with this code.")
        attempt = await asyncio.to_thread(self._attempts.start, actor, user_id)
        await self._monitoring.watch(attempt)
        return Started(attempt, self._tickets.issue(actor, attempt.id))

    async def ticket(self, actor: Actor, attempt_id: str) -> str:
        """A ticket for the actor's own attempt as it stands; never starts another one.

        Raises NotAllowed, NotFound, Conflict (it does not run).
        """
        attempt = await asyncio.to_thread(self._attempts.by_id, actor, attempt_id)
        allow(actor, Action.SIT, attempt.user_id)
        if attempt.status not in MONITORED:
            raise Conflict("attempt_not_running", "The attempt is not running.")
        return self._tickets.issue(actor, attempt_id)

    async def stop(self, actor: Actor, user_id: str) -> AttemptView:
        """Submit the candidate's open attempt. Raises NotAllowed, Conflict."""
        allow(actor, Action.STEER, user_id)
        try:
            attempt = await asyncio.to_thread(self._attempts.open_of, actor, user_id)
        except NotFound as error:
            raise Conflict(error.code, error.detail) from error
        who = "candidate" if actor.user_id == user_id else "proctor"
        ended = await asyncio.to_thread(
            self._attempts.end, attempt.id, AttemptStatus.SUBMITTED, f"Ended by the {who}.", actor
        )
        await self._monitoring.finish(attempt.id)
        self._broadcast.publish(AttemptNews(ended.id, ended.status))
        return ended

    async def latest(self, actor: Actor, user_id: str) -> AttemptView:
        """The open attempt, else the last one. Raises NotAllowed, NotFound."""
        return await asyncio.to_thread(self._attempts.latest_of, actor, user_id)

    async def note_replaced(self, attempt_id: str) -> None:
        """Record that a newer connection took the attempt's stream over."""
        await asyncio.to_thread(self._attempts.note, attempt_id, "connection_replaced")

    async def history(self, actor: Actor, user_id: str) -> list[AttemptView]:
        return await asyncio.to_thread(self._attempts.history, actor, user_id)

    async def incidents(self, actor: Actor, attempt_id: str) -> list[IncidentView]:
        return await asyncio.to_thread(self._incidents.of_attempt, actor, attempt_id)

    async def evidence(self, actor: Actor, incident_id: int, ordinal: int) -> bytes:
        return await asyncio.to_thread(self._incidents.evidence, actor, incident_id, ordinal)

    async def last_picture(self, actor: Actor, attempt_id: str) -> Picture | None:
        """The newest analysed frame; None where there is none (any more).

        Raises NotAllowed, NotFound (no such attempt).
        """
        allow(actor, Action.WATCH)
        live = self._monitoring.live(attempt_id)
        if live is None:
            await asyncio.to_thread(self._attempts.by_id, actor, attempt_id)
            return None
        return live.picture

    async def summary(self, actor: Actor, user_id: str, attempt_id: str | None = None) -> Summary:
        """Sum an attempt up, the latest where none is named; changes nothing.

        Raises NotAllowed, NotFound.
        """
        allow(actor, Action.READ_ATTEMPT, user_id)
        if attempt_id is None:
            attempt = await self.latest(actor, user_id)
        else:
            attempt = await asyncio.to_thread(self._attempts.by_id, actor, attempt_id)
        if attempt.user_id != user_id:
            raise NotFound("no_attempt", "There is no such attempt.")
        incidents = await self.incidents(actor, attempt.id)
        now = self._clock()
        lasted_s = (
            ((attempt.ended_at or now) - attempt.started_at).total_seconds()
            if attempt.started_at
            else 0.0
        )
        counts = Counter(incident.event_type.value for incident in incidents)
        return Summary(attempt, lasted_s / 60, views.score(incidents, now), dict(counts), incidents)
