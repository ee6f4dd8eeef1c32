"""Monitoring: the one way of a frame, from either transport to committed, published incidents."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from weakref import WeakValueDictionary

from proctor_app.clock import Clock
from proctor_app.db.session import DatabaseUnavailable
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import MONITORED, AttemptStatus
from proctor_app.domain.exam import Level
from proctor_app.errors import Conflict, NotFound, ProctorError, Unavailable
from proctor_app.services.access import allow
from proctor_app.services.attempts import Attempts
from proctor_app.services.broadcast import AttemptNews, Broadcast
from proctor_app.services.evidence import Picture
from proctor_app.services.health_meter import HealthMeter
from proctor_app.services.live import Incoming, LiveAttempt, Receipt, attach
from proctor_app.services.mailbox import MailboxClosed, Replaced
from proctor_app.services.recovery import Recovery
from proctor_app.services.settlement import Settlement
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.ticker import Ticker, guarded
from proctor_app.services.trace_writing import TraceWriter
from proctor_app.services.views import AttemptView
from proctor_app.services.watching import Watching
from proctor_app.vision import tracker
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import EncodedFrame, FrameRejected, inspect
from proctor_app.vision.profile import Neutral
from proctor_app.vision.schedule import due

log = logging.getLogger(__name__)

TICK_S = 1.0
MAX_AGE = timedelta(seconds=2)
"""An older frame is not looked at: it would tell of the past and delay the present."""
INTERRUPT_AFTER = timedelta(seconds=60)
"""Without a frame for this long the attempt is interrupted; its next frame resumes it."""
_AGAIN = "Frames arrive again."
_SAVE_EVERY_TICKS = 5
_TRACE_EVERY_TICKS = 15
_EXPIRE_EVERY_TICKS = 30


class Monitoring:
    """Lives on one event loop; only models and the database work in threads."""

    def __init__(
        self,
        engine: VisionEngine,
        attempts: Attempts,
        recovery: Recovery,
        settlement: Settlement,
        watching: Watching,
        traces: TraceWriter,
        broadcast: Broadcast,
        throttle: Throttle,
        meter: HealthMeter,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._attempts = attempts
        self._recovery = recovery
        self._settlement = settlement
        self._watching = watching
        self._traces = traces
        self._broadcast = broadcast
        self._throttle = throttle
        self._meter = meter
        self._clock = clock
        self._live: dict[str, LiveAttempt] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._leaving: list[LiveAttempt] = []
        self._ticker = Ticker(self._turn)

    async def start(self) -> None:
        """Recover what a crash left behind, then begin to tick."""
        recovered = await asyncio.to_thread(self._recovery.recover)
        await asyncio.to_thread(self._attempts.expire_overdue)
        log.info("monitoring.started recovered=%d", recovered)
        self._ticker.start(TICK_S)

    async def close(self) -> None:
        """Stop taking frames; write what is known. Attempts stay running for the next start."""
        await self._ticker.stop()
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

    async def follow(self, attempt_id: str) -> None:
        """Watch the attempt if it runs now, else stop watching it. Moves that cross each other are
        followed one after the other, each to what the database says then.

        An exam without a camera is watched by its page's signs of life; one that watches nothing,
        for its time alone. Raises NotFound, DatabaseUnavailable.
        """
        async with self._turns.setdefault(attempt_id, asyncio.Lock()):
            try:
                attempt = await asyncio.to_thread(self._attempts.now, attempt_id)
            except NotFound:  # its person was erased
                await self._let_go(attempt_id)
                raise
            if attempt.status in MONITORED:
                await self._watch(attempt)
            else:
                await self._let_go(attempt_id)

    async def finish(self, attempt_id: str) -> None:
        """Close the incidents of an attempt that has ended, and stop monitoring it."""
        async with self._turns.setdefault(attempt_id, asyncio.Lock()):
            await self._let_go(attempt_id)

    async def _watch(self, attempt: AttemptView) -> None:
        """Begin to monitor a running attempt, or go on with one that was interrupted."""
        assert attempt.ends_at is not None
        watched = await asyncio.to_thread(self._watching.of, attempt)
        live, is_new = self._live.get(attempt.id), False
        if live is None:
            live, is_new = attach(attempt, watched.profile, watched.rules, self._clock()), True
            live.worker = asyncio.create_task(self._work(live))
            self._live[attempt.id] = live
        live.ends_at = attempt.ends_at
        was_interrupted = live.interrupted
        live.interrupted = attempt.status is AttemptStatus.INTERRUPTED
        if not is_new and not (was_interrupted and not live.interrupted):
            return
        live.awaited_since = self._clock()
        self._broadcast.publish(AttemptNews(attempt.id, attempt.status))
        if is_new and watched.unrecognised:
            await self.note_unrecognised(attempt.id)

    def recalibrate(self, attempt_id: str, neutral: Neutral) -> None:
        """Measure head and gaze against another pose from now on."""
        live = self._live.get(attempt_id)
        if live is not None:
            profile = replace(live.tracker.profile, neutral=neutral)
            live.tracker = replace(live.tracker, profile=profile)

    async def note_unrecognised(self, attempt_id: str) -> None:
        """The face of a check while the attempt runs was not the account's."""
        live = self._live.get(attempt_id)
        if live is not None:
            async with live.lock:
                live.unrecognised(self._clock())
                await self._settlement.settle(live)

    async def admit(self, actor: Actor, attempt_id: str) -> None:
        """Return where this log-in may sit the actor's own attempt. The database is asked once for
        each log-in, and anew after an interruption: frames come too often. Raises NotAllowed (see
        ``seb_door`` as well), NotFound.
        """
        live = self._live.get(attempt_id)
        if live is not None:
            allow(actor, Action.SIT, live.user_id)
            if actor.session_id in live.inside:
                return
        await asyncio.to_thread(self._attempts.admit, actor, attempt_id)
        if live is not None:
            live.inside.add(actor.session_id)

    async def beat(self, actor: Actor, attempt_id: str) -> LiveAttempt:
        """The candidate's page is there: whatever it asks for tells so.

        Raises NotAllowed, NotFound, Conflict (the attempt does not run, or is paused).
        """
        live = await self._entered(actor, attempt_id)
        async with live.lock:
            if live.interrupted and not live.has_camera:
                await self._go_on(live, "The page is there again.")
            live.beat(self._clock())
            await self._settlement.settle(live)
        return live

    async def ingest(self, actor: Actor, attempt_id: str, data: bytes) -> Receipt:
        """Take one encoded frame of the actor's own attempt and wait until it was looked at.

        Raises FrameRejected (not a usable picture; nothing is concluded from it), Throttled,
        NotAllowed, Conflict (the attempt does not run, is paused, or has no camera), Unavailable
        (vision not ready).
        """
        live = await self._entered(actor, attempt_id)
        if not live.has_camera:
            raise Conflict("camera_not_used", "This exam does not use the camera.")
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
            self._meter.left_out(self._clock())
            return Receipt(number, analysed=False, status=live.status)
        except MailboxClosed as error:
            raise not_running() from error

    async def _let_go(self, attempt_id: str) -> None:
        live = self._live.pop(attempt_id, None)
        if live is None:
            return
        await self._detach(live)
        async with live.lock:
            live.finish(self._clock())
        self._leaving.append(live)
        await self._write_leaving()

    async def _entered(self, actor: Actor, attempt_id: str) -> LiveAttempt:
        await self.admit(actor, attempt_id)
        return self._live.get(attempt_id) or await self._reattach(actor, attempt_id)

    async def _reattach(self, actor: Actor, attempt_id: str) -> LiveAttempt:
        attempt = await asyncio.to_thread(self._attempts.by_id, actor, attempt_id)
        allow(actor, Action.SIT, attempt.user_id)
        if attempt.status not in MONITORED:
            raise not_running(attempt.status)
        await self.follow(attempt_id)
        live = self._live.get(attempt_id)
        if live is None:  # ended meanwhile
            raise not_running()
        return live

    async def _go_on(self, live: LiveAttempt, reason: str) -> None:
        await asyncio.to_thread(self._attempts.resume, live.attempt_id, reason)
        live.interrupted = False
        self._broadcast.publish(AttemptNews(live.attempt_id, AttemptStatus.RUNNING))

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
            self._meter.left_out(self._clock())
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
                await self._go_on(live, _AGAIN)
            live.absorb(observation, picture)
            await self._settlement.settle(live)
        now = self._clock()
        age_s = (now - picture.taken_at).total_seconds()
        self._meter.analysed(now, age_s, observation.busy_ms)
        return Receipt(incoming.frame_number, analysed=True, status=live.status)

    async def _turn(self, number: int) -> None:
        for live in list(self._live.values()):
            await guarded(self._tick_or_let_go(live))
        await guarded(self._write_leaving())
        if number % _SAVE_EVERY_TICKS == 0:
            await guarded(self._save_progress(list(self._live.values())))
        if number % _TRACE_EVERY_TICKS == 0:
            await guarded(self._save_traces(list(self._live.values())))
        if number % _EXPIRE_EVERY_TICKS == 0:
            await guarded(self._expire_overdue())
            await guarded(self._follow_all())

    async def _expire_overdue(self) -> None:
        for ended in await asyncio.to_thread(self._attempts.expire_overdue):
            await self.finish(ended.id)
            self._broadcast.publish(AttemptNews(ended.id, ended.status))

    async def _follow_all(self) -> None:
        """Whatever went wrong between a move and its watching is put right here."""
        running = await asyncio.to_thread(self._attempts.running)
        for attempt_id in {*self._live} ^ {*running}:
            await guarded(self.follow(attempt_id))

    async def _tick_or_let_go(self, live: LiveAttempt) -> None:
        try:
            await self._tick(live)
        except (Conflict, NotFound):  # it was ended elsewhere
            await self._stop(live.attempt_id)

    async def _stop(self, attempt_id: str) -> None:
        await self.follow(attempt_id)
        attempt = await asyncio.to_thread(self._attempts.now, attempt_id)
        self._broadcast.publish(AttemptNews(attempt_id, attempt.status))

    async def _tick(self, live: LiveAttempt) -> None:
        now = self._clock()
        if now >= live.ends_at:
            attempt = await asyncio.to_thread(self._attempts.time_out, live.attempt_id)
            if attempt.status not in MONITORED:
                await self._stop(live.attempt_id)
                return
            live.ends_at = attempt.ends_at or live.ends_at
        async with live.lock:
            live.tick(now)
            await self._settlement.settle(live)
            silent = live.silent_s(now) > INTERRUPT_AFTER.total_seconds()
            if silent and not live.interrupted and live.rules.level is not Level.NONE:
                await self._interrupt(live)

    async def _interrupt(self, live: LiveAttempt) -> None:
        what = "picture" if live.has_camera else "sign of the page"
        reason = f"No {what} for a minute."
        await asyncio.to_thread(self._attempts.interrupt, live.attempt_id, reason)
        live.interrupted = True
        live.inside.clear()
        self._broadcast.publish(AttemptNews(live.attempt_id, AttemptStatus.INTERRUPTED))

    async def _write_leaving(self) -> None:
        """Write what is left of attempts that are over; what fails is tried again."""
        for live in self._leaving:
            async with live.lock:
                await self._settlement.settle(live)
        try:
            for live in self._leaving:
                await self._settlement.mend(live, self._clock())
            await self._save_progress(self._leaving)
            await self._save_traces(self._leaving)
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

    async def _save_traces(self, lives: list[LiveAttempt]) -> None:
        changed = {live.attempt_id: pages for live in lives if (pages := live.trace.changed())}
        if changed:
            await asyncio.to_thread(self._traces.write, changed)
            for live in lives:
                live.trace.saved(changed.get(live.attempt_id, []))


def not_running(status: AttemptStatus | None = None) -> Conflict:
    """The refusal of what only a running attempt takes."""
    if status is AttemptStatus.PAUSED:
        return Conflict("attempt_paused", "The attempt is paused.")
    return Conflict("attempt_not_running", "The attempt is not running.")
