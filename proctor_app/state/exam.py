"""The candidate's exam page: consent, start, frames, status and own incidents."""

import uuid
from collections.abc import AsyncIterator
from contextlib import suppress

import reflex as rx

from proctor_app.clock import system_clock
from proctor_app.domain.access import Actor
from proctor_app.domain.attempt import MONITORED
from proctor_app.errors import NotFound, ProctorError, Unavailable
from proctor_app.services.live import LiveStatus
from proctor_app.services.views import AttemptView
from proctor_app.state import shown
from proctor_app.state.data_url import decode_data_url
from proctor_app.state.guard import signed_in, still_here, way_out
from proctor_app.state.shown import Chip, ShownIncident
from proctor_app.state.wiring import services, wired
from proctor_app.vision.frame import FrameRejected

_PUSH_S = 0.5


class ExamState(rx.State):
    """phase: loading, notice, running or ended. acked: the last frame that was answered."""

    phase: str = "loading"
    viewer: str = ""
    user_id: str = ""
    agreed: bool = False
    camera: str = "starting"
    transport: str = "event"
    fps: float = 2.0
    acked: int = -1
    ticket: str = ""
    trouble: str = ""
    seen: Chip = Chip("unknown", "No picture yet")
    advice: str = ""
    incidents: list[ShownIncident] = []
    remaining: str = ""
    ended_as: str = ""
    _attempt_id: str = ""
    _ends_at_s: float = 0.0
    _watch: str = ""

    @rx.event
    async def load(self) -> object:
        """Find out where the candidate stands; a reload goes on where it was."""
        actor = await signed_in(self)
        self.viewer, self.user_id = actor.name, actor.user_id
        self.transport, self.fps = wired().frame_transport, wired().frame_rate_fps
        self.acked, self.trouble, self.ticket = -1, "", ""
        try:
            attempt = await services().sessions.latest(actor, actor.user_id)
        except NotFound:
            self.phase = "notice"
            return None
        if attempt.status not in MONITORED:
            self.phase = "notice"
            return None
        self._attempt_id, self.phase = attempt.id, "running"
        return ExamState.watch

    @rx.event
    async def agree(self, checked: bool) -> None:
        await signed_in(self)
        self.agreed = checked

    @rx.event
    async def camera_changed(self, status: str) -> None:
        await signed_in(self)
        self.camera = status[:40]

    @rx.event
    async def start(self) -> object:
        """Start the attempt; only after the notice was accepted."""
        actor = await signed_in(self)
        if not self.agreed:
            return rx.toast.error("Read the notice and agree to it first.")
        started = await services().sessions.start(actor, actor.user_id)
        self._attempt_id, self.phase = started.attempt.id, "running"
        self.incidents, self.acked = [], -1
        return ExamState.watch

    @rx.event
    async def ask_ticket(self) -> None:
        """Give the camera a ticket for its WebSocket, to this attempt and no other."""
        actor = await signed_in(self)
        if self._attempt_id:
            self.ticket = await services().sessions.ticket(actor, self._attempt_id)

    @rx.event
    async def stop(self) -> None:
        """Submit the attempt."""
        actor = await signed_in(self)
        ended = await services().sessions.stop(actor, actor.user_id)
        self._end(ended)

    @rx.event(background=True)
    async def take_frame(self, data_url: str, seq: int) -> AsyncIterator[None]:
        """Pass one frame to monitoring; the answer releases the camera's next one."""
        actor = await signed_in(self)
        trouble = ""
        try:
            picture = decode_data_url(data_url)
            await services().monitoring.ingest(actor, self._attempt_id, picture)
        except (FrameRejected, ProctorError) as error:
            trouble = error.detail
        async with self:
            self.acked, self.trouble = int(seq), trouble
        yield

    @rx.event(background=True)
    async def watch(self) -> AsyncIterator[object]:
        """Push status, time and own incidents until the tab closes or the attempt ends."""
        actor = await signed_in(self)
        mine, attempt_id = uuid.uuid4().hex, self._attempt_id
        async with self:
            self._watch = mine
        with services().broadcast.subscribe(attempt_id) as news:
            changed = True
            while self._watch == mine and await still_here(self, actor):
                with suppress(Unavailable):  # read again at the next turn
                    if changed and await self._refresh(actor, attempt_id):
                        break
                    changed = False
                async with self:
                    self._show_live(attempt_id)
                changed = bool(await news.wait(_PUSH_S)) or changed
        yield await way_out(actor)

    async def _refresh(self, actor: Actor, attempt_id: str) -> bool:
        """Read the attempt and its incidents again; True once it has ended."""
        found = await services().sessions.summary(actor, actor.user_id, attempt_id)
        async with self:
            newest = reversed(found.incidents)
            self.incidents = [shown.incident(incident) for incident in newest]
            self._ends_at_s = found.attempt.ends_at.timestamp() if found.attempt.ends_at else 0.0
            if found.attempt.status not in MONITORED:
                self._end(found.attempt)
        return found.attempt.status not in MONITORED

    def _show_live(self, attempt_id: str) -> None:
        live = services().monitoring.live(attempt_id)
        status = live.status if live else LiveStatus()
        self.seen, self.advice = shown.seen(status), shown.advice(status)
        self.remaining = shown.countdown(self._ends_at_s - system_clock().timestamp())

    def _end(self, attempt: AttemptView) -> None:
        self.phase, self.agreed = "ended", False
        self.ended_as = attempt.status_reason
