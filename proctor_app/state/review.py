"""The review desk: one attempt, its incidents, and the verdicts a person gives."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from dataclasses import dataclass

import plotly.graph_objects as go
import reflex as rx

from proctor_app.clock import system_clock
from proctor_app.domain.access import Actor
from proctor_app.domain.review import MAX_REASON, QueueSort
from proctor_app.errors import (
    Conflict,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    ProctorError,
    Unavailable,
)
from proctor_app.services.review_views import QueueFilter, ReviewSitting
from proctor_app.state import review_chart
from proctor_app.state import review_words as words
from proctor_app.state.guard import STAFF, signed_in, still_here, way_out
from proctor_app.state.review_words import ShownAppeal, ShownSaid, ShownSitting
from proctor_app.state.wiring import services

_ID = 36
_LONGEST = MAX_REASON + 1
"""A character more than is taken, so that what is too long is refused and not cut."""
_IDLE_S = 5.0
_MOST_REFUSED = 20
_MOST_SEEN = 200


@dataclass(frozen=True)
class Refused:
    """What was not kept, by its number, and why."""

    seq: int
    problem: str


@dataclass(frozen=True)
class Chosen:
    """An incident that was clicked in the figure; mark changes with each click."""

    id: int = 0
    mark: int = 0


class ReviewState(rx.State):
    """acked: the highest number of what the desk sent that was dealt with, kept or refused.
    has_open_appeal: the candidate waits for an answer. others: who else looks at it now."""

    viewer: str = ""
    others: str = ""
    loaded: bool = False
    problem: str = ""
    sitting: ShownSitting = ShownSitting()
    said: list[ShownSaid] = []
    appeals: list[ShownAppeal] = []
    has_open_appeal: bool = False
    appeal_problem: str = ""
    acked: int = 0
    refused: list[Refused] = []
    chosen: Chosen = Chosen()
    figure: go.Figure = go.Figure()
    _attempt_id: str = ""
    _drawn: tuple[object, ...] = ()
    _watch: str = ""
    _seen: list[str] = []

    @rx.event
    async def load(self) -> None:
        """Show the attempt that the address names."""
        actor = await signed_in(self, *STAFF)
        self.viewer, self._attempt_id = actor.name, _attempt_in(self)
        self.chosen, self.appeal_problem = Chosen(), ""
        self._seen = [*self._seen[-_MOST_SEEN:], self._attempt_id]
        try:
            await self._show(actor)
        except ProctorError as error:
            self._cant_show(error)

    @rx.event(background=True)
    async def watch(self) -> AsyncIterator[object]:
        """Show what others do to the attempt and who looks at it, until the tab leaves it."""
        actor = await signed_in(self, *STAFF)
        attempt_id, mine = _attempt_in(self), uuid.uuid4().hex
        async with self:
            self._watch, self.others = mine, ""
        try:
            with services().broadcast.subscribe(attempt_id) as news:
                while self._goes_on(mine, attempt_id) and await still_here(self, actor):
                    with suppress(Unavailable):
                        await self._meet(actor, attempt_id, mine)
                    if await news.wait(_IDLE_S):
                        async with self:
                            with suppress(Unavailable):
                                await self._show(actor)
        except (NotFound, NotAllowed) as error:
            async with self:
                self._cant_show(error)
        finally:
            services().attention.leave(mine)
        yield await way_out(actor)

    @rx.event
    async def judge(
        self, seq: int, incident_id: int, verdict: str, reason: str, category: str
    ) -> None:
        """Say what one incident was."""
        actor = await signed_in(self, *STAFF)
        found = services().reviews.judge(
            actor, _whole(incident_id), verdict[:16], reason[:_LONGEST], category[:32]
        )
        await self._deal_with(actor, seq, found)

    @rx.event
    async def note(self, seq: int, incident_id: int, text: str) -> None:
        """Keep a remark for colleagues about one incident."""
        actor = await signed_in(self, *STAFF)
        found = services().reviews.note(
            actor, self._attempt_id, text[:_LONGEST], _whole(incident_id)
        )
        await self._deal_with(actor, seq, found)

    @rx.event
    async def judge_attempt(self, seq: int, verdict: str, reason: str, category: str) -> None:
        """Give the attempt its own verdict."""
        actor = await signed_in(self, *STAFF)
        found = services().reviews.judge_attempt(
            actor, self._attempt_id, verdict[:16], reason[:_LONGEST], category[:32]
        )
        await self._deal_with(actor, seq, found)

    @rx.event
    async def release(self) -> object:
        """Show the candidate what was found, or take that back where it was done."""
        actor = await signed_in(self, *STAFF)
        reviews, is_out = services().reviews, self.sitting.is_released
        try:
            await (reviews.take_back_release if is_out else reviews.release)(
                actor, self._attempt_id
            )
        except Conflict as error:
            return rx.toast.error(error.detail)
        await self._show(actor)
        return rx.toast.success("The release was taken back." if is_out else "Released.")

    @rx.event
    async def answer(self, form: dict[str, str]) -> None:
        """Answer the candidate's appeal, with a verdict where it is to change."""
        actor = await signed_in(self, *STAFF)
        self.appeal_problem = ""
        text, verdict = str(form.get("answer", "")), str(form.get("verdict", ""))
        try:
            await services().appeals.answer(actor, self._attempt_id, text[:_LONGEST], verdict[:16])
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.appeal_problem = error.detail
        await self._show(actor)

    @rx.event
    async def choose(self, incident_id: int) -> None:
        """Show the incident of a bar of the figure."""
        await signed_in(self, *STAFF)
        self.chosen = Chosen(_whole(incident_id), self.chosen.mark + 1)

    @rx.event
    async def next_attempt(self) -> object:
        """Lead to the next attempt of the queue, by the filter that the address carries."""
        actor = await signed_in(self, *STAFF)
        asked = self.router.url.query_parameters
        exam_id, kind = asked.get("exam", "")[:_ID], asked.get("kind", "")[:16]
        sort = asked.get("sort", "")[:16] or QueueSort.RISK.value
        wanted = QueueFilter(exam_id, kind, sort)
        found = await services().reviews.next_of(actor, wanted, frozenset(self._seen))
        if not found:
            return [rx.redirect("/review"), rx.toast.info("Nothing else waits in this queue.")]
        return rx.redirect(words.address(found, exam_id, kind, sort))

    async def _meet(self, actor: Actor, attempt_id: str, tab: str) -> None:
        """Tell colleagues that the viewer looks at the attempt, and the viewer who else does."""
        attention = services().attention
        if not attention.still(actor, attempt_id, tab):
            await attention.look(actor, attempt_id, tab)
        others = ", ".join(attention.all(besides=actor.user_id).get(attempt_id, ()))
        async with self:
            if self._watch == tab and self.others != others:
                self.others = others

    def _goes_on(self, mine: str, attempt_id: str) -> bool:
        """No newer watch, and the tab has not gone to another page."""
        return self._watch == mine and _attempt_in(self) == attempt_id

    async def _deal_with(self, actor: Actor, seq: int, work: Awaitable[object]) -> None:
        """Wait for what was asked; where it is refused, tell the desk which it was and why."""
        problem = "Something went wrong here. Try again."
        try:
            await work
            problem = ""
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            problem = error.detail
        finally:
            number = _whole(seq)
            if problem:
                self.refused = [*self.refused[-_MOST_REFUSED:], Refused(number, problem)]
            self.acked = max(self.acked, number)
        with suppress(Unavailable):
            await self._show(actor)

    async def _show(self, actor: Actor) -> None:
        found = await services().reviews.sitting(actor, self._attempt_id)
        self.loaded, self.problem = True, ""
        self.sitting = words.sitting(found, actor.user_id)
        self.said, self.appeals = words.said(found), words.appeals(found.appeals)
        self.has_open_appeal = any(not one.answered_at for one in self.appeals)
        await self._draw(found)

    async def _draw(self, found: ReviewSitting) -> None:
        """Only where something changed in it: a figure is large."""
        views = [one.incident for one in found.incidents]
        drawn = (found.attempt.id, *sorted((view.id, str(view.closed_at)) for view in views))
        if drawn != self._drawn:
            now = system_clock()
            self.figure = await asyncio.to_thread(review_chart.timeline, found.attempt, views, now)
            self._drawn = drawn

    def _cant_show(self, error: ProctorError) -> None:
        if isinstance(error, NotAuthenticated):
            raise error
        self.loaded, self.problem, self.sitting = True, error.detail, ShownSitting()
        self.said, self.appeals, self.has_open_appeal = [], [], False


def _attempt_in(state: rx.State) -> str:
    return state.router.url.path.rstrip("/").rpartition("/")[2][:_ID]


def _whole(number: object) -> int:
    """A client may send anything: 0, which is nobody's, for all that is no number of ours."""
    is_ours = isinstance(number, int) and 0 <= number < 2**31
    return int(number) if is_ours and isinstance(number, int) else 0
