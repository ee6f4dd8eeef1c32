"""What stands beside an exam and changes by itself: status, own incidents, messages, the time."""

import uuid
from collections.abc import AsyncIterator
from contextlib import suppress

import reflex as rx

from proctor_app.clock import system_clock
from proctor_app.domain.access import Actor
from proctor_app.domain.attempt import MONITORED, AttemptStatus
from proctor_app.errors import Unavailable
from proctor_app.services.live import LiveStatus
from proctor_app.services.messages import MessageView
from proctor_app.services.sessions import Summary
from proctor_app.services.views import AttemptView
from proctor_app.state import shown
from proctor_app.state import sitting_words as words
from proctor_app.state.guard import signed_in, still_here, way_out
from proctor_app.state.shown import Chip, ShownIncident
from proctor_app.state.sitting_words import Clock, ShownMessage
from proctor_app.state.wiring import services

_PUSH_S = 0.5
_TURNS = 20
"""Every so many pushes all is read again, so that the time left is told anew."""
_MAX_MESSAGE = 1000


class SittingSide(rx.State, mixin=True):
    """attempt_id, holder: what is sat here, and this tab's name. remaining: of a session without
    an exam. clock: of an exam. warning: the newest that was not read yet."""

    phase: str = "loading"
    attempt_id: str = ""
    holder: str = ""
    is_exam: bool = False
    trouble: str = ""
    seen: Chip = Chip("unknown", "No picture yet")
    advice: str = ""
    incidents: list[ShownIncident] = []
    remaining: str = ""
    clock: Clock = Clock()
    messages: list[ShownMessage] = []
    warning: str = ""
    problem: str = ""
    _read_until: int = 0
    _ends_at_s: float = 0.0
    _watch: str = ""

    @rx.event
    async def send_message(self, form: dict[str, str]) -> None:
        """Say something to the proctors."""
        actor = await signed_in(self)
        text = str(form.get("text", ""))[:_MAX_MESSAGE]
        await services().sitting.send_message(actor, self.attempt_id, text)
        self._show_messages(await services().sitting.messages(actor, self.attempt_id))

    @rx.event
    async def read_warning(self) -> None:
        """The candidate has read the warning; it stays among the messages."""
        await signed_in(self)
        self.warning = ""
        self._read_until = max((one.id for one in self.messages), default=0)

    @rx.event(background=True)
    async def watch(self) -> AsyncIterator[object]:
        """Push what changes until the tab closes, or the page must show something else."""
        actor = await signed_in(self)
        mine, attempt_id = uuid.uuid4().hex, self.attempt_id
        async with self:
            self._watch = mine
        with services().broadcast.subscribe(attempt_id) as news:
            turns = 0
            has_changed = True
            while self._watch == mine and await still_here(self, actor):
                with suppress(Unavailable):  # read again at the next turn
                    if has_changed and await self._refresh(actor, attempt_id):
                        async with self:
                            following = await self._find(actor)
                        yield following
                        return
                    has_changed = False
                async with self:
                    self._show_live(attempt_id)
                turns += 1
                has_changed = bool(await news.wait(_PUSH_S)) or has_changed or turns % _TURNS == 0
        yield await way_out(actor)

    async def _find(self, actor: Actor) -> object:
        """Show where the attempt stands; returns the event that goes on from there."""
        raise NotImplementedError

    async def _refresh(self, actor: Actor, attempt_id: str) -> bool:
        """Read the attempt, its incidents and messages again; True if the page is outdated."""
        found = await services().sessions.summary(actor, actor.user_id, attempt_id)
        messages = await services().sitting.messages(actor, attempt_id)
        async with self:
            self._show(found)
            self._show_messages(messages)
            return self._is_outdated(found.attempt)

    def _is_outdated(self, attempt: AttemptView) -> bool:
        if self.phase == "paused":
            return attempt.status is not AttemptStatus.PAUSED
        if attempt.status not in MONITORED:
            return True
        return self.is_exam and attempt.holder != self.holder

    def _show(self, found: Summary) -> None:
        self.incidents = [shown.incident(incident) for incident in reversed(found.incidents)]
        ends_at = found.attempt.ends_at
        self._ends_at_s = ends_at.timestamp() if ends_at else 0.0
        self._tell_time(found.attempt.remaining_s(system_clock()))

    def _tell_time(self, remaining_s: float | None) -> None:
        left_s = -1.0 if remaining_s is None else remaining_s
        self.clock = Clock(left_s, self.clock.mark + 1)

    def _show_messages(self, found: tuple[MessageView, ...]) -> None:
        self.messages = [words.message(one) for one in found]
        unread = [m for m in self.messages if m.kind == "warning" and m.id > self._read_until]
        self.warning = unread[-1].text if unread else ""

    def _show_live(self, attempt_id: str) -> None:
        live = services().monitoring.live(attempt_id)
        status = live.status if live else LiveStatus()
        self.seen, self.advice = shown.seen(status), shown.advice(status)
        self.remaining = shown.countdown(self._ends_at_s - system_clock().timestamp())
