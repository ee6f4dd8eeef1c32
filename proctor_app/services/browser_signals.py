"""Browser signals: each kept once and for good, judged by the exam's rules, told to proctors.

Claims, the incidents they make and the warnings they cause are one transaction: a crash leaves all
of them or none, and a client that was not answered sends the batch again.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.browser_events import BrowserEvents
from proctor_app.db.session import Database, DatabaseUnavailable, Transaction
from proctor_app.domain import browser_episodes as browser
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import MONITORED, OPEN, AttemptStatus
from proctor_app.domain.browser import Policy
from proctor_app.domain.browser_episodes import BrowserState, Reaction
from proctor_app.domain.exam import Level
from proctor_app.domain.incident import Phase, Transition
from proctor_app.errors import Conflict, NotFound, ProctorError
from proctor_app.services import claims as claim_rules
from proctor_app.services import views
from proctor_app.services.access import allow
from proctor_app.services.answers import elsewhere
from proctor_app.services.attempts import Attempts
from proctor_app.services.broadcast import Broadcast, MessageNews
from proctor_app.services.claims import Claim
from proctor_app.services.exam_rules import ExamRules, Rules
from proctor_app.services.incidents import Incidents, NotKept, hold_owner
from proctor_app.services.live import Found, LiveAttempt
from proctor_app.services.monitoring import Monitoring, not_running
from proctor_app.services.moves import ended
from proctor_app.services.pauses import Moved
from proctor_app.services.question_times import QuestionTimes
from proctor_app.services.sessions import Sessions
from proctor_app.services.settlement import Settlement
from proctor_app.services.signal_words import pause_reason, warning
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.views import AttemptView, IncidentView

__all__ = ["BrowserSignals", "Claim", "Kept"]

log = logging.getLogger(__name__)
_Result = TypeVar("_Result")
_TRIES = 3
"""How often an attempt may end and begin anew while a batch waits for its turn."""


@dataclass(frozen=True, slots=True)
class Kept:
    """saved: how many were new; last_seq: the highest that is kept of the attempt."""

    saved: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class _Batch:
    attempt_id: str
    claims: tuple[Claim, ...]
    source: str
    holder: str
    now: datetime


@dataclass(frozen=True, slots=True)
class _Written:
    """What one transaction wrote. stopped: the attempt, where it does not run any more; is_new:
    because this paused it, or found that its time was up."""

    kept: Kept
    state: BrowserState
    found: tuple[tuple[Found, IncidentView], ...] = ()
    warnings: tuple[str, ...] = ()
    stopped: Moved | None = None


class BrowserSignals:
    def __init__(
        self,
        database: Database,
        attempts: Attempts,
        incidents: Incidents,
        rules: ExamRules,
        times: QuestionTimes,
        monitoring: Monitoring,
        sessions: Sessions,
        settlement: Settlement,
        broadcast: Broadcast,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self._database = database
        self._attempts = attempts
        self._incidents = incidents
        self._rules = rules
        self._times = times
        self._monitoring = monitoring
        self._sessions = sessions
        self._settlement = settlement
        self._broadcast = broadcast
        self._throttle = throttle
        self._clock = clock
        self._working: set[asyncio.Task[object]] = set()

    async def take(
        self,
        actor: Actor,
        attempt_id: str,
        claims: Sequence[Claim],
        source: str,
        holder: str = "",
    ) -> int:
        """Keep what the candidate's program tells; how many were new. As ``keep``."""
        return (await self.keep(actor, attempt_id, claims, source, holder)).saved

    async def keep(
        self,
        actor: Actor,
        attempt_id: str,
        claims: Sequence[Claim],
        source: str,
        holder: str = "",
    ) -> Kept:
        """Keep each seq once, committed before this returns, and judge what is new in its order.

        A batch without claims is a sign of life. While paused, claims are kept and make no
        incident; after the end, late ones are kept for the exam's time of grace; an exam that
        watches nothing keeps none. Raises NotFound, NotAllowed, Throttled, Invalid, Conflict
        ("attempt_not_running", "attempt_ended", "sat_elsewhere"), DatabaseUnavailable.
        """
        self._throttle.hit(Limit.SIGNALS, actor.user_id)
        claim_rules.check(claims)
        return await self._undisturbed(self._keep(actor, attempt_id, tuple(claims), source, holder))

    async def keep_open(self, actor: Actor, claims: Sequence[Claim], source: str) -> Kept:
        """As ``keep``, of the actor's own open attempt; Conflict "no_open_attempt" without one."""
        try:
            attempt = await asyncio.to_thread(self._attempts.open_of, actor, actor.user_id)
        except NotFound as error:
            raise Conflict("no_open_attempt", "There is no open attempt.") from error
        return await self.keep(actor, attempt.id, claims, source)

    async def beat(self, actor: Actor, attempt_id: str) -> None:
        """The candidate's page is there. Raises as ``keep``."""
        await self.keep(actor, attempt_id, (), "page")

    async def _undisturbed(self, work: Coroutine[object, object, _Result]) -> _Result:
        """What is being committed is remembered too, even if nobody waits for it any more."""
        task = asyncio.ensure_future(work)
        self._working.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[_Result]) -> None:
        """A refusal that nobody waits for any more is no failure; anything else is told."""
        self._working.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ProctorError):
            log.error("signals.not_kept", exc_info=error)

    async def _keep(
        self, actor: Actor, attempt_id: str, claims: tuple[Claim, ...], source: str, holder: str
    ) -> Kept:
        attempt = await asyncio.to_thread(self._attempts.by_id, actor, attempt_id)
        allow(actor, Action.SIT, attempt.user_id)
        if attempt.status in OPEN:  # what comes late is of an attempt that nobody sits any more
            await self._monitoring.admit(actor, attempt_id)
        if not claims:
            return await self._seen(actor, attempt, holder)
        batch = _Batch(attempt_id, claims, source, holder, self._clock())
        for _ in range(_TRIES):
            live = await self._watched(actor, attempt)
            if live is None:
                return (await asyncio.to_thread(self._write, batch, None)).kept
            async with live.lock:
                is_watched = self._monitoring.live(attempt_id) is live
                written = await self._commit(live, batch) if is_watched else None
            if written is not None:
                if written.stopped is not None:
                    await self._sessions.paused(written.stopped)
                return written.kept
            attempt = await asyncio.to_thread(self._attempts.by_id, actor, attempt_id)
        raise not_running()

    async def _seen(self, actor: Actor, attempt: AttemptView, holder: str) -> Kept:
        """A sign of life comes every two seconds from everybody: it writes nothing."""
        if holder and attempt.holder and holder != attempt.holder:
            raise elsewhere()
        if attempt.status not in MONITORED and attempt.status is not AttemptStatus.PAUSED:
            raise not_running() if attempt.status in OPEN else ended()
        await self._watched(actor, attempt)
        return Kept(0, await asyncio.to_thread(self._newest, attempt.id))

    def _newest(self, attempt_id: str) -> int:
        with self._database.read() as session:
            return BrowserEvents(session).last_seq(attempt_id)

    async def _watched(self, actor: Actor, attempt: AttemptView) -> LiveAttempt | None:
        """The stream of an attempt that runs, its page seen just now; None where it does not."""
        if attempt.status not in MONITORED:
            return None
        try:
            return await self._monitoring.beat(actor, attempt.id)
        except Conflict:  # it was paused, or ended, in this very moment
            return None

    async def _commit(self, live: LiveAttempt, batch: _Batch) -> _Written:
        await self._settlement.settle(live)
        if live.uncommitted:
            raise DatabaseUnavailable
        await self._settlement.mend(live, batch.now)
        try:
            written = await asyncio.to_thread(self._write, batch, live)
        except DatabaseUnavailable:
            live.is_torn = True  # it may be committed, and this process does not know
            raise
        live.browser = written.state
        for found, incident in written.found:
            self._settlement.tell(live, found, incident)
        for words in written.warnings:
            self._broadcast.publish(MessageNews(batch.attempt_id, "warning", words, batch.now))
        return written

    def _write(self, batch: _Batch, live: LiveAttempt | None) -> _Written:
        with self._database.write() as session:
            try:
                hold_owner(session, batch.attempt_id)
            except NotKept as error:
                raise NotFound("no_attempt", "There is no such attempt.") from error
            row = AttemptRows(session).locked(batch.attempt_id)
            assert row is not None
            if batch.holder and row.holder and batch.holder != row.holder:
                raise elsewhere()
            rules = live.rules if live else self._rules.in_transaction(session, [row])[row.id]
            fresh = self._add(session, row, batch, rules)
            self._times.keep(session, row, fresh, batch.now)
            kept = Kept(len(fresh), BrowserEvents(session).last_seq(row.id))
            if live is None:
                return _Written(kept, BrowserState())
            if row.status not in MONITORED:
                stopped = Moved(views.attempt(row), is_new=False)
                return _Written(kept, live.browser, stopped=stopped)
            return self._judge(session, row, live, batch, fresh, kept)

    def _add(
        self, session: Transaction, row: tables.Attempt, batch: _Batch, rules: Rules
    ) -> tuple[Claim, ...]:
        """Keep what may be kept and is new."""
        taken = _taken(row, batch, rules)
        if rules.level is Level.NONE:
            return ()
        events = BrowserEvents(session)
        seen = events.known(row.id, [one.seq for one in taken if one.seq is not None])
        fresh: list[Claim] = []
        for claim in taken:
            if claim.seq is None or claim.seq not in seen:
                fresh.append(claim)
                seen |= set() if claim.seq is None else {claim.seq}
        events.add(claim_rules.row(row.id, one, batch.source, batch.now) for one in fresh)
        return tuple(fresh)

    def _judge(
        self,
        session: Transaction,
        row: tables.Attempt,
        live: LiveAttempt,
        batch: _Batch,
        fresh: tuple[Claim, ...],
        kept: Kept,
    ) -> _Written:
        state, rules = live.browser, live.rules
        transitions: list[Transition] = []
        reactions: list[Reaction] = []
        for claim in fresh:
            judged = browser.step(
                state, claim_rules.told(claim), rules.policies, batch.now.timestamp()
            )
            state = judged.state
            transitions.extend(judged.transitions)
            reactions.extend(judged.reactions)
        found = tuple(self._recorded(session, row, live, transitions))
        warnings = tuple(warning(one) for one in reactions if one.policy is Policy.WARN)
        for words in warnings:
            message = tables.Message(
                attempt_id=batch.attempt_id,
                kind="warning",
                text=words,
                sent_at=batch.now,
                seen_at=batch.now,
            )
            BrowserEvents(session).warn(message)
        pauses = [pause_reason(one) for one in reactions if one.policy is Policy.PAUSE]
        stopped = None
        if pauses:  # in this very transaction: nothing can come between the signal and its pause
            stopped = self._attempts.pauses.pause(session, row, "installation", pauses[0])
        return _Written(kept, state, found, warnings, stopped)

    def _recorded(
        self,
        session: Transaction,
        row: tables.Attempt,
        live: LiveAttempt,
        transitions: Sequence[Transition],
    ) -> list[tuple[Found, IncidentView]]:
        ids = dict(live.incidents)
        found: list[tuple[Found, IncidentView]] = []
        for change in transitions:
            key = (True, change.event_type)
            if change.phase is Phase.OPENED:
                incident = self._incidents.open_in(session, row, change, live.rules.weights)
                ids[key] = incident.id
            else:
                incident = self._incidents.end_in(
                    session,
                    row,
                    change,
                    "",
                    ids.pop(key, None),
                    live.rules.weights,
                    reword=True,
                )
            found.append((Found(change, is_told=True), incident))
        return found


def _taken(row: tables.Attempt, batch: _Batch, rules: Rules) -> tuple[Claim, ...]:
    """What of the batch the attempt's state lets in. Raises Conflict."""
    status = AttemptStatus(row.status)
    if status in MONITORED or status is AttemptStatus.PAUSED:
        return batch.claims
    if status in OPEN or row.ended_at is None:
        raise not_running()
    late = tuple(claim for claim in batch.claims if claim.is_late)
    if not late or batch.now > row.ended_at + timedelta(seconds=rules.grace_s):
        raise ended()
    return late
