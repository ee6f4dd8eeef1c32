"""The analytics: an exam in figures, the first at once, the others one after the other."""

import uuid

import plotly.graph_objects as go
import reflex as rx

from proctor_app.clock import iso
from proctor_app.domain.access import Actor
from proctor_app.errors import NotAllowed, NotAuthenticated, NotFound, ProctorError
from proctor_app.services.analytics import HEAT_ROWS, MAX_OFFSET, Span
from proctor_app.state import analytics_words as words
from proctor_app.state.analytics_drawing import DRAWERS, FIGURES, Drawn, subject
from proctor_app.state.analytics_words import FREE, Fact, Option, ShownFigure
from proctor_app.state.guard import STAFF, signed_in
from proctor_app.state.wiring import services


class AnalyticsState(rx.State):
    """chosen: an exam's id, or "free". as_of: when the counts were found, ISO 8601. Each figure has
    its words and its drawing. problem: why nothing can be shown, empty if it can."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    exams: list[Option] = []
    chosen: str = ""
    span: str = Span.ALL.value
    as_of: str = ""
    busy: bool = False
    facts: list[Fact] = []
    heat_before: bool = False
    heat_more: bool = False
    over_time: ShownFigure = ShownFigure()
    over_time_plot: go.Figure = go.Figure()
    compliance: ShownFigure = ShownFigure()
    compliance_plot: go.Figure = go.Figure()
    heat: ShownFigure = ShownFigure()
    heat_plot: go.Figure = go.Figure()
    false_alarms: ShownFigure = ShownFigure()
    false_alarms_plot: go.Figure = go.Figure()
    questions: ShownFigure = ShownFigure()
    questions_plot: go.Figure = go.Figure()
    agreement: ShownFigure = ShownFigure()
    agreement_plot: go.Figure = go.Figure()
    health: ShownFigure = ShownFigure()
    health_plot: go.Figure = go.Figure()
    _turn: str = ""
    _offset: int = 0

    @rx.event(background=True)
    async def load(self) -> None:
        """What there is to choose from, then the figures of the exam that was sat last."""
        actor = await signed_in(self, *STAFF)
        if await self._offer(actor):
            await self._draw(actor)

    @rx.event(background=True)
    async def choose(self, exam_id: str) -> None:
        actor = await signed_in(self, *STAFF)
        async with self:
            self.chosen, self._offset = exam_id[:36], 0
        await self._draw(actor)

    @rx.event(background=True)
    async def pick_span(self, span: str) -> None:
        actor = await signed_in(self, *STAFF)
        async with self:
            self.span, self._offset = span if span in list(Span) else Span.ALL.value, 0
        await self._draw(actor)

    @rx.event(background=True)
    async def refresh(self) -> None:
        """Find everything anew; what is shown stays until it is there."""
        actor = await signed_in(self, *STAFF)
        await self._draw(actor, keep=True)

    @rx.event(background=True)
    async def next_candidates(self) -> None:
        """Of the heat map."""
        await self._turn_page(await signed_in(self, *STAFF), HEAT_ROWS)

    @rx.event(background=True)
    async def previous_candidates(self) -> None:
        await self._turn_page(await signed_in(self, *STAFF), -HEAT_ROWS)

    async def _turn_page(self, actor: Actor, step: int) -> None:
        async with self:
            self._offset = min(MAX_OFFSET, max(0, self._offset + step))
        try:
            await self._draw_one(actor, "heat", self._turn)
        except (NotAuthenticated, NotAllowed) as error:
            await self._forget(error.detail)
            raise

    async def _offer(self, actor: Actor) -> bool:
        """Whether it is known what there is to choose from."""
        try:
            choices = await services().analytics.choices(actor)
        except ProctorError as error:
            await self._forget(error.detail)
            if isinstance(error, NotAllowed | NotAuthenticated):
                raise
            return False
        async with self:
            self.viewer, self.exams = actor.name, words.options(choices)
            if self.chosen not in [option.value for option in self.exams]:
                self.chosen = choices.first or FREE
        return True

    async def _draw(self, actor: Actor, *, keep: bool = False) -> None:
        """Show the counts, then one figure after the other, until somebody chooses something else.
        keep: what stands there stays until it is found anew."""
        turn = uuid.uuid4().hex
        async with self:
            self._turn, self.busy, self.problem = turn, True, ""
            if not keep:
                self._wait()
        try:
            if await self._draw_facts(actor, turn):
                for name in FIGURES:
                    await self._draw_one(actor, name, turn)
        except (NotAuthenticated, NotAllowed) as error:
            await self._forget(error.detail)
            raise
        async with self:
            self.loaded, self.busy = True, self.busy and self._turn != turn

    async def _draw_facts(self, actor: Actor, turn: str) -> bool:
        """Whether there is anything to draw."""
        try:
            about = subject(self.chosen, self.span)
            found = await services().analytics.standing(actor, about)
        except (NotAuthenticated, NotAllowed):
            raise
        except NotFound as error:
            await self._forget(error.detail)
            return False
        except ProctorError as error:
            async with self:
                self.problem = error.detail
            return False
        async with self:
            if self._turn == turn:
                self.loaded, self.facts, self.as_of = True, words.facts(found.value), iso(found.at)
        return True

    async def _draw_one(self, actor: Actor, name: str, turn: str) -> None:
        if self._turn != turn:
            return
        try:
            drawn = await DRAWERS[name](actor, subject(self.chosen, self.span), self._offset)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            drawn = Drawn(words.failed(error.detail), None)
        async with self:
            if self._turn == turn:
                self._put(name, drawn)

    def _put(self, name: str, drawn: Drawn) -> None:
        setattr(self, name, drawn.shown)
        if drawn.figure is not None:
            setattr(self, f"{name}_plot", drawn.figure)
        if name == "heat":
            self.heat_before, self.heat_more = self._offset > 0, drawn.has_next

    async def _forget(self, problem: str) -> None:
        """Nothing of what was shown stays, no name in a drawing either."""
        async with self:
            self._wait()
            for name in FIGURES:
                setattr(self, f"{name}_plot", go.Figure())
            self._turn, self.as_of, self.heat_before, self.heat_more = "", "", False, False
            self.loaded, self.busy, self.problem = True, False, problem

    def _wait(self) -> None:
        self.facts = []
        for name in FIGURES:
            setattr(self, name, ShownFigure())
