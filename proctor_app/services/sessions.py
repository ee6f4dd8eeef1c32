"""Monitored sessions: start, stop and look, the same for pages and interfaces."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from proctor_app.clock import Clock
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import MONITORED, AttemptStatus
from proctor_app.domain.score import Compliance
from proctor_app.errors import Conflict, NotAllowed, NotFound
from proctor_app.services import views
from proctor_app.services.access import allow
from proctor_app.services.attempts import Attempts
from proctor_app.services.broadcast import AttemptNews, Broadcast, Control, MessageNews
from proctor_app.services.evidence import Evidence, Picture
from proctor_app.services.incidents import Incidents
from proctor_app.services.joining import Joining
from proctor_app.services.messages import cleaned
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.pauses import Moved
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.tickets import Tickets
from proctor_app.services.versions import Versions
from proctor_app.services.views import AttemptView, IncidentView

_REASON = 200
_WORD = {"candidate": "candidate", "staff": "proctor"}


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
        joining: Joining,
        versions: Versions,
        incidents: Incidents,
        evidence: Evidence,
        monitoring: Monitoring,
        broadcast: Broadcast,
        tickets: Tickets,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self._attempts = attempts
        self._joining = joining
        self._versions = versions
        self._incidents = incidents
        self._evidence = evidence
        self._monitoring = monitoring
        self._broadcast = broadcast
        self._tickets = tickets
        self._throttle = throttle
        self._clock = clock

    async def start(self, actor: Actor, user_id: str, exam_code: str = "") -> Started:
        """Start the candidate's attempt, or return the open one, with a fresh ticket.

        exam_code: of an exam to join first; without one, the open attempt of any exam goes on, else
        a free session begins. Before its exam opens an attempt is only ready, and a paused one
        stays paused. Whoever calls this has accepted the notice; that is recorded.
        Raises NotAllowed, NotFound, Conflict, Throttled.
        """
        allow(actor, Action.STEER, user_id)
        self._throttle.hit(Limit.START, actor.user_id)
        wanted = ""
        if exam_code:
            joined = await asyncio.to_thread(self._joining.join, actor, user_id, exam_code)
            wanted = joined.id
        attempt = await asyncio.to_thread(self._attempts.start, actor, user_id, wanted)
        if attempt.status in MONITORED:
            await self._monitoring.follow(attempt.id)
        return Started(attempt, self._tickets.issue(actor, attempt.id, attempt.user_id))

    async def ticket(self, actor: Actor, attempt_id: str) -> str:
        """A ticket for the actor's own attempt as it stands; never starts another one.

        Raises NotAllowed (see ``seb_door`` as well), NotFound, Conflict (it does not run).
        """
        attempt = await asyncio.to_thread(self._attempts.by_id, actor, attempt_id)
        allow(actor, Action.SIT, attempt.user_id)
        await self._monitoring.admit(actor, attempt_id)
        if attempt.status not in MONITORED:
            raise Conflict("attempt_not_running", "The attempt is not running.")
        return self._tickets.issue(actor, attempt_id, attempt.user_id)

    async def stop(self, actor: Actor, user_id: str) -> AttemptView:
        """Submit the candidate's open attempt, or give it up where it has not begun.

        Raises NotAllowed, Conflict.
        """
        attempt = await self._open(actor, user_id)
        attempts = self._attempts
        leave = attempts.submit if attempt.started_at else attempts.cancel
        ended = await asyncio.to_thread(leave, actor, attempt.id)
        await self._stopped(ended)
        return ended

    async def pause(self, actor: Actor, user_id: str, reason: str = "") -> AttemptView:
        """Stop the clock of the candidate's open attempt and its monitoring.

        A candidate may where the exam, or the roster's entry, lets them. Paused again it stays as
        it is, but a pause of the candidate's own becomes that of staff. Raises NotAllowed,
        Throttled, Conflict ("no_open_attempt", it does not run).
        """
        self._throttle.hit(Limit.PAUSE, actor.user_id)
        attempt = await self._open(actor, user_id)
        by = self._who(actor, user_id)
        if by == "candidate" and not await self._may_pause(attempt):
            raise NotAllowed("pause_not_allowed", "Only a proctor can pause this exam.")
        if by == "candidate":
            self._throttle.hit(Limit.OWN_PAUSE, actor.user_id)
        said = _said(reason) or f"Paused by the {_WORD[by]}."
        paused = await asyncio.to_thread(self._attempts.pause, attempt.id, by, said, actor)
        await self.paused(paused)
        return paused.attempt

    async def paused(self, paused: Moved) -> None:
        """What follows when a pause was committed, or an end in its place. One that is not new is
        followed as well: it may have been committed by a call that seemed to fail."""
        attempt = paused.attempt
        await self._monitoring.follow(attempt.id)
        if not paused.is_new:
            return
        self._broadcast.publish(AttemptNews(attempt.id, attempt.status))
        if attempt.status is AttemptStatus.PAUSED:
            self._tell(attempt, "pause", attempt.status_reason)

    async def resume(self, actor: Actor, user_id: str) -> AttemptView:
        """Let the paused attempt go on. A candidate lifts only a pause of their own.

        Raises NotAllowed, Throttled, Conflict ("no_open_attempt", neither paused nor running).
        """
        self._throttle.hit(Limit.PAUSE, actor.user_id)
        attempt = await self._open(actor, user_id)
        said = f"Resumed by the {_WORD[self._who(actor, user_id)]}."
        resumed = await asyncio.to_thread(self._attempts.go_on, attempt.id, said, actor)
        await self._monitoring.follow(attempt.id)
        if resumed.is_new:
            self._tell(resumed.attempt, "resume", said)
        return resumed.attempt

    async def terminate(self, actor: Actor, attempt_id: str, reason: str) -> AttemptView:
        """End a candidate's attempt for a reason that they are told. Staff of its exam.

        Raises NotFound, NotAllowed, Invalid (no reason), Conflict (it is not begun, or over).
        """
        allow(actor, Action.WATCH)
        said = cleaned(reason, "reason", _REASON)
        await asyncio.to_thread(self._attempts.by_id, actor, attempt_id)
        ended = await asyncio.to_thread(
            self._attempts.end, attempt_id, AttemptStatus.TERMINATED, said, actor
        )
        self._tell(ended, "terminate", said)
        await self._stopped(ended)
        return ended

    async def _open(self, actor: Actor, user_id: str) -> AttemptView:
        allow(actor, Action.STEER, user_id)
        try:
            return await asyncio.to_thread(self._attempts.open_of, actor, user_id)
        except NotFound as error:
            raise Conflict(error.code, error.detail) from error

    async def _may_pause(self, attempt: AttemptView) -> bool:
        return await asyncio.to_thread(self._lets_pause, attempt)

    def _lets_pause(self, attempt: AttemptView) -> bool:
        content = self._versions.content(attempt.version_id) if attempt.version_id else None
        allows = content is not None and content.candidate_may_pause
        return self._attempts.may_pause(attempt, exam_allows=allows)

    def _who(self, actor: Actor, user_id: str) -> Literal["candidate", "staff"]:
        return "candidate" if actor.user_id == user_id else "staff"

    async def _stopped(self, attempt: AttemptView) -> None:
        """Neither its time nor its stream goes on."""
        await self._monitoring.finish(attempt.id)
        self._broadcast.publish(AttemptNews(attempt.id, attempt.status))

    def _tell(self, attempt: AttemptView, action: Control, text: str) -> None:
        self._broadcast.publish(MessageNews(attempt.id, action, text, self._clock()))

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
        """See Evidence.read."""
        return await asyncio.to_thread(self._evidence.read, actor, incident_id, ordinal)

    async def last_picture(self, actor: Actor, attempt_id: str) -> Picture | None:
        """The newest analysed frame; None where there is none (any more).

        Raises NotAllowed, NotFound (no such attempt).
        """
        allow(actor, Action.WATCH)
        await asyncio.to_thread(self._attempts.by_id, actor, attempt_id)
        live = self._monitoring.live(attempt_id)
        return live.picture if live else None

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


def _said(reason: str) -> str:
    """A reason as it is kept and shown; empty where none was given. Raises Invalid."""
    return cleaned(reason, "reason", _REASON) if reason.strip() else ""
