"""The candidate's exam page: from the notice to the receipt, and sessions without an exam."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import reflex as rx

from proctor_app.clock import iso, system_clock
from proctor_app.domain.access import Actor
from proctor_app.domain.attempt import MONITORED, OPEN, AttemptStatus
from proctor_app.errors import Conflict, NotFound, ProctorError
from proctor_app.services.attempts import NOTICE_VERSION
from proctor_app.services.paper import Paper
from proctor_app.services.views import AttemptView
from proctor_app.state import sitting_words as words
from proctor_app.state.check_in import CheckIn
from proctor_app.state.data_url import decode_data_url
from proctor_app.state.guard import signed_in
from proctor_app.state.sitting_side import SittingSide
from proctor_app.state.sitting_words import Clock, Receipt, ShownPaper
from proctor_app.state.wiring import services, wired
from proctor_app.vision.frame import FrameRejected

_RECENT = timedelta(minutes=15)
"""For so long the page shows the receipt again, and takes what was kept while offline."""
_BREAK = "The candidate takes a break."


class ExamState(SittingSide, CheckIn, rx.State):
    """phase: loading, notice, check, waiting, sitting, running (a session without an exam), paused,
    replaced or ended. acked: the last frame that was answered. refused: whether another window
    keeps the exam. opens: how long until the exam opens."""

    viewer: str = ""
    user_id: str = ""
    title: str = ""
    level: str = "camera"
    fullscreen: bool = False
    agreed: bool = False
    notices: list[tuple[str, str]] = []
    notice_version: str = NOTICE_VERSION
    facts: str = ""
    acked: int = -1
    transport: str = "event"
    fps: float = 2.0
    ticket: str = ""
    opens: Clock = Clock()
    opens_at: str = ""
    paper: ShownPaper = ShownPaper()
    why: str = ""
    may_pause: bool = False
    may_resume: bool = False
    refused: bool = False
    receipt: Receipt = Receipt()
    next_words: str = ""
    is_released: bool = False
    ended_as: str = ""
    _is_held: bool = False

    @rx.var
    def uses_camera(self) -> bool:
        return not self.is_exam or self.level == "camera"

    @rx.var
    def shows_camera(self) -> bool:
        """The camera of an exam is not started before its notice was accepted."""
        shown = ("check", "waiting", "sitting") if self.is_exam else ("notice", "running")
        return self.uses_camera and self.phase in shown

    @rx.var
    def is_sending(self) -> bool:
        """Whether the camera's pictures are wanted now."""
        return self.phase in ("running", "sitting") or (self.phase == "check" and self.is_looking)

    @rx.event
    async def load(self) -> object:
        """Find out where the candidate stands; a reload goes on where it was."""
        actor = await signed_in(self)
        self.viewer, self.user_id = actor.name, actor.user_id
        self.holder = self.router.session.client_token
        self.transport, self.fps = wired().frame_transport, wired().frame_rate_fps
        self.acked, self.trouble, self.ticket = -1, "", ""
        if _wants_session(self) and not await _has_open(actor):
            return self._offer_session()
        if not self.is_exam and self.phase == "ended":
            self.phase = "loading"  # the page of a session is new each time
        return await self._find(actor)

    @rx.event
    async def told(self, word: str) -> object:  # noqa: ARG002 - the database knows better
        """The sheet learnt that something is not as the page shows it."""
        return await self._find(await signed_in(self))

    @rx.event
    async def agree(self, checked: bool) -> None:
        await signed_in(self)
        self.agreed = checked

    @rx.event
    async def camera_changed(self, status: str) -> None:
        await signed_in(self)
        self._show_camera(status[:40])

    @rx.event
    async def start(self) -> object:
        """Start a session, or go on to an exam's check; only after the notice was accepted."""
        actor = await signed_in(self)
        if not self.agreed:
            return rx.toast.error("Read the notice and agree to it first.")
        if self.is_exam:
            await services().sitting.accept(actor, self.attempt_id)
            return await self._find(actor)
        started = await services().sessions.start(actor, actor.user_id)
        self.incidents, self.acked = [], -1
        return self._session(started.attempt)

    @rx.event
    async def begin(self) -> object:
        """Start the exam's clock, or wait on where its window is not open yet."""
        actor = await signed_in(self)
        try:
            await services().sitting.begin(actor, self.attempt_id)
        except Conflict as error:
            if error.code != "exam_not_open":
                raise
        return await self._find(actor)

    @rx.event
    async def take_over(self) -> object:
        """Go on here with what another window sits, where the exam allows it."""
        actor = await signed_in(self)
        self._is_held, self.phase = False, "loading"
        return await self._find(actor)

    @rx.event
    async def pause(self) -> object:
        actor = await signed_in(self)
        await services().sessions.pause(actor, actor.user_id, _BREAK)
        return await self._find(actor)

    @rx.event
    async def resume(self) -> object:
        actor = await signed_in(self)
        await services().sessions.resume(actor, actor.user_id)
        return await self._find(actor)

    @rx.event
    async def ask_ticket(self) -> None:
        """Give the camera a ticket for its WebSocket, to this attempt and no other."""
        actor = await signed_in(self)
        if self.attempt_id:
            self.ticket = await services().sessions.ticket(actor, self.attempt_id)

    @rx.event
    async def stop(self) -> object:
        """End a session without an exam."""
        actor = await signed_in(self)
        return self._session(await services().sessions.stop(actor, actor.user_id))

    @rx.event(background=True)
    async def take_frame(self, data_url: str, seq: int) -> AsyncIterator[None]:
        """Look at one frame, for the check or for monitoring; the answer releases the next one."""
        actor = await signed_in(self)
        trouble = ""
        try:
            picture = decode_data_url(data_url)
            if self.phase == "check":
                await self._check_frame(actor, self.attempt_id, picture)
            else:
                await services().monitoring.ingest(actor, self.attempt_id, picture)
        except (FrameRejected, ProctorError) as error:
            trouble = error.detail
        async with self:
            self.acked, self.trouble = int(seq), trouble
        yield

    async def _find(self, actor: Actor) -> object:
        """Show where the candidate's latest attempt stands."""
        try:
            attempt = await services().sessions.latest(actor, actor.user_id)
        except NotFound:
            return self._offer_session()
        if attempt.exam_id is None:
            return self._session(attempt)
        if not self._is_shown(attempt):
            return self._offer_session()
        return await self._place(actor, await services().sitting.paper(actor, attempt.id))

    def _is_shown(self, attempt: AttemptView) -> bool:
        """Whether an exam's attempt is still this page's: open, or its receipt not long ago."""
        if attempt.status in OPEN or attempt.ended_at is None:
            return attempt.status in OPEN
        is_recent = system_clock() - attempt.ended_at < _RECENT
        is_given_up = attempt.status is AttemptStatus.CANCELLED
        return not is_given_up and (is_recent or attempt.id == self.attempt_id)

    def _offer_session(self) -> object:
        self.phase, self.is_exam, self.title = "notice", False, ""
        return None

    def _session(self, attempt: AttemptView) -> object:
        """Show a session without an exam."""
        was_here = self.attempt_id == attempt.id
        self.is_exam, self.title, self.level = False, "", "camera"
        self.attempt_id, self.why = attempt.id, attempt.status_reason
        if attempt.status in MONITORED:
            self.phase = "running"
        elif attempt.status is AttemptStatus.PAUSED:
            self.phase, self.may_resume = "paused", attempt.paused_by == "candidate"
        elif was_here and self.phase in ("running", "paused", "ended"):
            self.phase, self.agreed, self.ended_as = "ended", False, attempt.status_reason
        else:
            self.phase = "notice"
        return ExamState.watch if self.phase in ("running", "paused") else None

    async def _place(self, actor: Actor, found: Paper) -> object:
        """Show the phase that an exam's attempt is in."""
        attempt = found.attempt
        self._show_exam(found)
        if attempt.status is AttemptStatus.CREATED:
            self.phase = "notice"
            self.notices = words.notices(found.level, found.retention_days)
            return None
        if attempt.status in (AttemptStatus.IDENTITY_PENDING, AttemptStatus.READY):
            return await self._before(actor, attempt)
        if attempt.status in MONITORED:
            return await self._sit(actor, found)
        self.paper = ShownPaper()  # nothing of the questions stays in the browser
        if attempt.status is AttemptStatus.PAUSED:
            self.phase, self.why = "paused", attempt.status_reason
            self.may_resume = attempt.paused_by in ("", "candidate")
            return ExamState.watch
        return await self._end(actor, found)

    def _show_exam(self, found: Paper) -> None:
        if found.attempt.id != self.attempt_id:
            self.agreed, self._is_held, self.messages, self.incidents = False, False, [], []
            self._begin_check()
        self.is_exam, self.attempt_id = True, found.attempt.id
        self.title, self.level, self.fullscreen = found.title, found.level.value, found.fullscreen
        self.may_pause, self.facts = found.candidate_may_pause, words.facts(found)

    async def _before(self, actor: Actor, attempt: AttemptView) -> object:
        """Check and identity first, then wait until the exam opens."""
        mine = await services().sitting.mine(actor)
        opens_at = next((e.opens_at for e in mine.exams if e.exam_id == attempt.exam_id), None)
        left_s = words.seconds_until(opens_at, system_clock())
        self.opens = Clock(left_s, self.opens.mark + 1)
        self.opens_at = iso(opens_at) if opens_at and left_s > 0 else ""
        is_ready = attempt.status is AttemptStatus.READY
        self.needs_identity = not is_ready
        self.phase = "waiting" if is_ready and self.opens_at and self.is_checked else "check"
        return None

    async def _sit(self, actor: Actor, found: Paper) -> object:
        attempt = found.attempt
        is_lost = self._is_held and attempt.holder != self.holder
        if is_lost or self.phase == "replaced":
            self.phase, self.refused, self._is_held = "replaced", False, False
            self.paper = ShownPaper()
            return None
        other_is_open = wired().is_connected(attempt.holder)
        held = await services().sitting.hold(
            actor, attempt.id, self.holder, other_is_open=other_is_open
        )
        self._is_held, self.refused = held.granted, not held.granted
        self.phase = "sitting" if held.granted else "replaced"
        self.paper = await asyncio.to_thread(words.paper, found) if held.granted else ShownPaper()
        self._tell_time(found.remaining_s)
        return ExamState.watch if held.granted else None

    async def _end(self, actor: Actor, found: Paper) -> object:
        result = await services().sitting.result(actor, found.attempt.id)
        self.receipt = words.receipt(found.attempt, found.question_count)
        self.is_released = result.is_released
        self.next_words = words.what_next(result.results.value, is_released=result.is_released)
        self.phase, self.agreed, self.ended_as = "ended", False, found.attempt.status_reason
        return None


def _wants_session(state: rx.State) -> bool:
    """Whether the page was asked for a session without an exam."""
    return "session" in state.router.url.query_parameters


async def _has_open(actor: Actor) -> bool:
    try:
        attempt = await services().sessions.latest(actor, actor.user_id)
    except NotFound:
        return False
    return attempt.status in OPEN
