"""Monitoring: the one way of a frame, from either transport to committed, published incidents."""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import timedelta

from proctor_app.clock import Clock
from proctor_app.db.session import AlreadyThere, DatabaseUnavailable
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import MONITORED, AttemptStatus
from proctor_app.domain.incident import Phase
from proctor_app.errors import Conflict, NotFound, ProctorError, Unavailable
from proctor_app.services.access import allow
from proctor_app.services.attempts import TIME_UP, Attempts
from proctor_app.services.broadcast import AttemptNews, Broadcast, IncidentNews
from proctor_app.services.incidents import Incidents, Picture
from proctor_app.services.live import Incoming, LiveAttempt, Receipt, attach
from proctor_app.services.mailbox import MailboxClosed, Replaced
from proctor_app.services.profiles import Profiles
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.views import AttemptView
from proctor_app.vision import tracker
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import EncodedFrame, FrameRejected, inspect
from proctor_app.vision.schedule import due

log = logging.getLogger(__name__)

TICK_S = 1.0
MAX_AGE = timedelta(seconds=2)
"""An older frame is not looked at: it would tell of the past and delay the present."""
INTERRUPT_AFTER = timedelta(seconds=60)
"""Without a frame for this long the attempt is interrupted; its next frame resumes it."""
_AGAIN = "Frames arrive again."
_SAVE_EVERY_TICKS = 5
_EXPIRE_EVERY_TICKS = 30


class Monitoring:
    """Lives on one event loop; only models and the database work in threads."""

    def __init__(
        self,
        engine: VisionEngine,
        attempts: Attempts,
        incidents: Incidents,
        profiles: Profiles,
        broadcast: Broadcast,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._attempts = attempts
        self._incidents = incidents
        self._profiles = profiles
        self._broadcast = broadcast
        self._throttle = throttle
        self._clock = clock
        self._live: dict[str, LiveAttempt] = {}
        self._leaving: list[LiveAttempt] = []
        self._closing = asyncio.Event()
        self._ticker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Recover what a crash left behind, then begin to tick."""
        recovered = await asyncio.to_thread(self._attempts.recover)
        await asyncio.to_thread(self._attempts.expire_overdue)
        log.info("monitoring.started recovered=%d", recovered)
        self._ticker = asyncio.create_task(self._tick_forever())

    async def close(self) -> None:
        """Stop taking frames; write what is known. Attempts stay running for the next start."""
        self._closing.set()
        if self._ticker is not None:
            await self._ticker  # never cancelled: what it is committing must not be done twice
        for live in list(self._live.values()):
            await self._detach(live)
            self._leaving.append(live)
        self._live.clear()
        await self._write_leaving()
        for live in self._leaving:
            log.error("attempt.not_written attempt_id=%s", live.attempt_id)

    def live(self, attempt_id: str) -> LiveAttempt | None:
        """What is known of an attempt's stream now; None where none runs in this process."""
        return self._live.get(attempt_id)

    async def watch(self, attempt: AttemptView) -> None:
        """Begin to monitor a running attempt, or go on with one that was interrupted."""
        profile = await asyncio.to_thread(self._profiles.of, attempt.user_id)
        live = self._live.get(attempt.id)
        if live is None:
            live = attach(attempt, profile, self._clock())
            live.worker = asyncio.create_task(self._work(live))
            self._live[attempt.id] = live
        elif not live.interrupted:
            return
        live.interrupted, live.awaited_since = False, self._clock()
        self._broadcast.publish(AttemptNews(attempt.id, attempt.status))

    async def ingest(self, actor: Actor, attempt_id: str, data: bytes) -> Receipt:
        """Take one encoded frame of the actor's own attempt and wait until it was looked at.

        Raises FrameRejected (not a usable picture; nothing is concluded from it), Throttled,
        NotAllowed, Conflict (the attempt does not run), Unavailable (vision not ready).
        """
        live = self._live.get(attempt_id) or await self._reattach(actor, attempt_id)
        allow(actor, Action.SIT, live.user_id)
        self._throttle.hit(Limit.FRAME, attempt_id)
        try:
            header = inspect(data)
        except FrameRejected:
            live.rejected += 1
            raise
        live.frames += 1
        number = live.frames
        picture = Picture(data, self._clock(), f"image/{header.format}")
        try:
            return await live.inbox.put(Incoming(picture, number))
        except Replaced:
            return Receipt(number, analysed=False, status=live.status)
        except MailboxClosed as error:
            raise _not_running() from error

    async def finish(self, attempt_id: str) -> None:
        """Close the attempt's incidents and stop monitoring it."""
        live = self._live.pop(attempt_id, None)
        if live is None:
            return
        await self._detach(live)
        async with live.lock:
            live.finish(self._clock())
        self._leaving.append(live)
        await self._write_leaving()

    async def _reattach(self, actor: Actor, attempt_id: str) -> LiveAttempt:
        attempt = await asyncio.to_thread(self._attempts.by_id, actor, attempt_id)
        allow(actor, Action.SIT, attempt.user_id)
        if attempt.status not in MONITORED:
            raise _not_running()
        if attempt.status is AttemptStatus.INTERRUPTED:
            attempt = await asyncio.to_thread(self._attempts.resume, attempt_id, _AGAIN)
        await self.watch(attempt)
        return self._live[attempt_id]

    async def _detach(self, live: LiveAttempt) -> None:
        live.inbox.close()
        if live.worker is not None:
            await live.worker

    async def _work(self, live: LiveAttempt) -> None:
        while True:
            try:
                letter = await live.inbox.take()
            except MailboxClosed:
                return
            try:
                receipt = await self._analyse(live, letter.content)
            except (FrameRejected, ProctorError) as error:
                live.rejected += 1
                outcome: Receipt | Exception = error
            except Exception as error:  # the stream must survive whatever happens to one frame
                log.exception("frame.failed attempt_id=%s", live.attempt_id)
                outcome = Unavailable("frame_failed", "The frame could not be looked at.")
                outcome.__cause__ = error
            else:
                outcome = receipt
            if letter.answer.done():
                continue
            if isinstance(outcome, Receipt):
                letter.answer.set_result(outcome)
            else:
                letter.answer.set_exception(outcome)

    async def _analyse(self, live: LiveAttempt, incoming: Incoming) -> Receipt:
        picture = incoming.picture
        if self._clock() - picture.taken_at > MAX_AGE:
            live.late += 1
            return Receipt(incoming.frame_number, analysed=False, status=live.status)
        taken_at_s = picture.taken_at.timestamp()
        detectors, schedule = due(
            live.schedule, taken_at_s, tracker.wishes(live.tracker, taken_at_s)
        )
        try:
            frame = EncodedFrame(picture.data, taken_at_s)
            observation = await self._engine.observe(frame, detectors)
        except VisionFailed as error:
            raise Unavailable("vision_failed", "The frame could not be looked at.") from error
        live.schedule = schedule
        async with live.lock:
            if live.interrupted:
                await asyncio.to_thread(self._attempts.resume, live.attempt_id, _AGAIN)
                live.interrupted = False
                self._broadcast.publish(AttemptNews(live.attempt_id, AttemptStatus.RUNNING))
            live.absorb(observation, picture)
            await self._settle(live)
        return Receipt(incoming.frame_number, analysed=True, status=live.status)

    async def _settle(self, live: LiveAttempt) -> None:
        """Commit what the trackers found, then publish it; what fails waits for the next tick."""
        while live.uncommitted:
            change, picture = live.uncommitted[0]
            evidence = picture if change.phase is Phase.OPENED else None
            try:
                incident = await asyncio.to_thread(
                    self._incidents.record, live.attempt_id, change, self._engine.models, evidence
                )
            except (DatabaseUnavailable, OSError):
                log.exception("incident.not_committed attempt_id=%s", live.attempt_id)
                return
            except AlreadyThere:  # the database refuses it for good: its attempt is gone
                log.exception("incident.refused attempt_id=%s", live.attempt_id)
                live.uncommitted.popleft()
                continue
            live.uncommitted.popleft()
            log.info("incident.%s incident_id=%d attempt_id=%s type=%s", change.phase,
                     incident.id, live.attempt_id, change.event_type)  # fmt: skip
            self._broadcast.publish(IncidentNews(live.attempt_id, change.phase, incident))

    async def _tick_forever(self) -> None:
        ticks = 0
        while not await self._closes_within(TICK_S):
            ticks += 1
            for live in list(self._live.values()):
                await self._guarded(self._tick_or_let_go(live))
            await self._guarded(self._write_leaving())
            if ticks % _SAVE_EVERY_TICKS == 0:
                await self._guarded(self._save_progress(list(self._live.values())))
            if ticks % _EXPIRE_EVERY_TICKS == 0:
                await self._guarded(self._expire_overdue())

    async def _closes_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._closing.wait()
        except TimeoutError:
            return False

    async def _guarded(self, step: Coroutine[None, None, None]) -> None:
        """One attempt's trouble, or the database's, must not end the watch over all."""
        try:
            await step
        except Exception:
            log.exception("monitoring.tick_failed")

    async def _expire_overdue(self) -> None:
        known = tuple(self._live)
        for ended in await asyncio.to_thread(self._attempts.expire_overdue, known):
            self._broadcast.publish(AttemptNews(ended.id, ended.status))

    async def _tick_or_let_go(self, live: LiveAttempt) -> None:
        try:
            await self._tick(live)
        except (Conflict, NotFound):  # it was ended elsewhere
            await self.finish(live.attempt_id)
            status = await asyncio.to_thread(self._attempts.status, live.attempt_id)
            self._broadcast.publish(AttemptNews(live.attempt_id, status))

    async def _tick(self, live: LiveAttempt) -> None:
        now = self._clock()
        if now >= live.ends_at:
            ended = await asyncio.to_thread(
                self._attempts.end, live.attempt_id, AttemptStatus.TIMED_OUT, TIME_UP
            )
            await self.finish(live.attempt_id)
            self._broadcast.publish(AttemptNews(live.attempt_id, ended.status))
            return
        async with live.lock:
            live.tick(now)
            await self._settle(live)
            if not live.interrupted and live.silent_s(now) > INTERRUPT_AFTER.total_seconds():
                reason = "No picture for a minute."
                await asyncio.to_thread(self._attempts.interrupt, live.attempt_id, reason)
                live.interrupted = True
                self._broadcast.publish(AttemptNews(live.attempt_id, AttemptStatus.INTERRUPTED))

    async def _write_leaving(self) -> None:
        """Write what is left of attempts that are over; what fails is tried again."""
        for live in self._leaving:
            async with live.lock:
                await self._settle(live)
        try:
            await self._save_progress(self._leaving)
        except DatabaseUnavailable:
            log.exception("progress.not_saved attempts=%d", len(self._leaving))
        self._leaving = [live for live in self._leaving if not live.is_written]

    async def _save_progress(self, lives: list[LiveAttempt]) -> None:
        changed = [live for live in lives if live.progress != live.saved]
        if changed:
            progress = [live.progress for live in changed]
            await asyncio.to_thread(self._attempts.save_progress, progress)
            for live, saved in zip(changed, progress, strict=True):
                live.saved = saved


def _not_running() -> Conflict:
    return Conflict("attempt_not_running", "The attempt is not running.")
