"""The page about one candidate, for proctors: what is known of the attempt, and what to do."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress

import plotly.graph_objects as go
import reflex as rx

from proctor_app.domain.access import Actor, Role
from proctor_app.domain.exam import Level
from proctor_app.errors import (
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    ProctorError,
    Unavailable,
)
from proctor_app.services.desk import CandidateView
from proctor_app.services.messages import MAX_TEXT, MessageView
from proctor_app.state import candidate_asks, strips
from proctor_app.state import candidate_words as words
from proctor_app.state.candidate_shown import (
    Asked,
    Chosen,
    DeskIncident,
    Head,
    Picture,
    Progress,
    Said,
    ShownDot,
    ShownLine,
    ShownOther,
    ShownShot,
    ShownTerm,
    Signs,
    TimeLeft,
)
from proctor_app.state.guard import STAFF, signed_in, still_here, way_out
from proctor_app.state.wiring import services

_IDLE_S = 0.8
"""The page is pushed at least this often: pictures age."""
_PAUSE_S = 0.2
"""And not more often than this, however much happens."""
_DRAW_S = 5.0
"""The figure is drawn anew so often, and whenever its incidents changed."""
_ID = 36
_ANYTHING = (NotAllowed, NotAuthenticated)


class CandidateState(rx.State):
    """problem: why there is nothing to show. sent: grows with every message that was sent, and
    with every dialog that was confirmed. looking: who has the page open, the viewer too."""

    viewer: str = ""
    is_admin: bool = False
    loaded: bool = False
    problem: str = ""
    attempt_id: str = ""
    head: Head = Head()
    signs: Signs = Signs()
    picture: Picture = Picture()
    left: TimeLeft = TimeLeft()
    compliance: str = ""
    terms: list[ShownTerm] = []
    progress: Progress = Progress()
    dots: list[ShownDot] = []
    incidents: list[DeskIncident] = []
    incident_count: int = 0
    chosen: Chosen = Chosen()
    shots: list[ShownShot] = []
    messages: list[Said] = []
    history: list[ShownLine] = []
    others: list[ShownOther] = []
    looking: str = ""
    is_looking: bool = True
    figure: go.Figure = go.Figure()
    sent: int = 0
    refused: str = ""
    asking: bool = False
    asked: Asked = Asked()
    asked_problem: str = ""
    busy: bool = False
    _watch: str = ""
    _wanted: int = 0
    _drawn: tuple[object, ...] = ()
    _drawn_s: float = 0.0

    @rx.event(background=True)
    async def watch(self) -> AsyncIterator[object]:
        """Push the attempt that the address names until the tab leaves it, or the session ends."""
        actor = await signed_in(self, *STAFF)
        mine, attempt_id = uuid.uuid4().hex, self._address()
        async with self:
            self._begin(actor, mine, attempt_id)
        try:
            with services().broadcast.subscribe(attempt_id) as news:
                while self._goes_on(mine, attempt_id) and await still_here(self, actor):
                    with suppress(Unavailable):  # what is shown stays until the database is back
                        await self._push(actor, attempt_id)
                    await asyncio.sleep(_PAUSE_S)
                    await news.wait(_IDLE_S)
        except (NotFound, NotAllowed) as error:
            async with self:
                self._fail(error.detail)
        finally:
            services().attention.leave(mine)
        yield await way_out(actor)

    @rx.event
    async def say(self, text: str) -> None:
        """Write to the candidate; what is wrong with it is said beside it."""
        actor = await signed_in(self, *STAFF)
        try:
            await services().desk_actions.say(actor, self.attempt_id, text[: MAX_TEXT + 1])
        except _ANYTHING:
            raise
        except ProctorError as error:
            self.refused = error.detail
            return
        self.refused, self.sent = "", self.sent + 1

    @rx.event
    async def ask(self, kind: str) -> None:
        """Say what a warning, a pause, or the end will do."""
        await signed_in(self, *STAFF)
        asked = candidate_asks.asked(kind, self.head.candidate)
        if asked is None:
            raise Invalid("action_unknown", "There is no such action.")
        self.asked, self.asking, self.busy, self.asked_problem = asked, True, False, ""

    @rx.event
    async def close(self, is_open: bool) -> None:
        await signed_in(self, *STAFF)
        self.asking = self.asking and is_open

    @rx.event
    async def confirm(self, text: str) -> AsyncIterator[object]:
        """Do what was asked for; a refusal is said in the dialog, which stays open."""
        actor = await signed_in(self, *STAFF)
        if not self.asking or self.busy:
            raise Invalid("not_asked", "There is nothing to confirm.")
        self.busy, self.asked_problem = True, ""
        yield None
        self.asked_problem = await _refusal(self._act(actor, text[: MAX_TEXT + 1]))
        self.busy, self.asking = False, self.asked_problem != ""
        self.sent += not self.asking

    @rx.event
    async def choose(self, incident_id: int) -> None:
        """Look at an incident's pictures; 0 puts them away."""
        actor = await signed_in(self, *STAFF)
        view = await services().desk.candidate(actor, self.attempt_id)
        self._wanted = incident_id
        self.chosen, self.shots = words.chosen(view, incident_id)

    @rx.event
    async def acknowledge(self, incident_id: int) -> None:
        """Say that somebody has seen it; it is judged in the review."""
        actor = await signed_in(self, *STAFF)
        if not 0 < incident_id < 2**31:
            raise NotFound("no_incident", "There is no such incident.")
        await services().acknowledging.incident(actor, incident_id)
        self._show(await services().desk.candidate(actor, self.attempt_id))

    @rx.event
    async def look(self, is_looking: bool) -> None:
        """Tell colleagues whether the viewer takes care of this candidate."""
        await signed_in(self, *STAFF)
        self.is_looking = bool(is_looking)
        if not self.is_looking:
            services().attention.leave(self._watch)

    async def _push(self, actor: Actor, attempt_id: str) -> None:
        view = await services().desk.candidate(actor, attempt_id)
        said = await services().desk_actions.messages(actor, attempt_id)
        if _is_new(self.messages, said):
            await services().desk_actions.saw(actor, attempt_id)
        if self.is_looking and not services().attention.still(actor, attempt_id, self._watch):
            await services().attention.look(actor, attempt_id, self._watch)
        figure = await self._draw(actor, view)
        async with self:
            self._show(view)
            self._put(messages=[words.said(one, view.candidate) for one in said])
            self._put(looking=", ".join(services().attention.looking(attempt_id)))
            if figure is not None:
                self.figure = figure

    async def _draw(self, actor: Actor, view: CandidateView) -> go.Figure | None:
        """A figure where something of it changed, or it is old."""
        drawn = (view.attempt.id, tuple((i.id, i.closed_at, i.verdict) for i in view.incidents),
                 view.spans, view.attempt.status)  # fmt: skip
        now_s = time.monotonic()
        is_old = view.attempt.ended_at is None and now_s - self._drawn_s >= _DRAW_S
        if drawn == self._drawn and not is_old:
            return None
        trace = None
        if view.level is Level.CAMERA:
            trace = await services().traces.of(actor, view.attempt.id)
        figure = await services().aside.run(strips.timeline, view, trace)
        async with self:
            self._drawn, self._drawn_s = drawn, now_s
        return figure

    def _show(self, view: CandidateView) -> None:
        left = words.time_left(view)
        chosen, shots = words.chosen(view, self._wanted)
        self._put(
            loaded=True,
            problem="",
            head=words.head(view),
            signs=words.signs(view),
            picture=words.picture(view),
            left=self.left if words.same_time(self.left, left) else left,
            compliance=f"{view.compliance:.0f}",
            terms=[words.term(one) for one in view.terms],
            progress=words.progress(view.questions),
            dots=[words.dot(one) for one in view.questions],
            incidents=words.listed(view),
            incident_count=view.attempt.incidents,
            chosen=chosen,
            shots=shots,
            history=[words.line(one) for one in reversed(view.history)],
            others=[words.other(one) for one in view.others],
        )

    def _put(self, **shown: object) -> None:
        """Set what is new; what stays as it is need not be sent."""
        for name, value in shown.items():
            if getattr(self, name) != value:
                setattr(self, name, value)

    def _begin(self, actor: Actor, mine: str, attempt_id: str) -> None:
        self.viewer, self.is_admin = actor.name, actor.role is Role.ADMIN
        self._watch, self._drawn, self._wanted = mine, (), 0
        if self.attempt_id != attempt_id:
            self.loaded, self.problem, self.attempt_id = False, "", attempt_id
            self.figure, self.messages, self.asking = go.Figure(), [], False
            self.left, self.is_looking, self.refused = TimeLeft(), True, ""

    def _fail(self, problem: str) -> None:
        """Nothing of the attempt stays on the page."""
        viewer, attempt_id = self.viewer, self.attempt_id
        self.reset()  # type: ignore[no-untyped-call]
        self.viewer, self.attempt_id = viewer, attempt_id
        self.loaded, self.problem = True, problem

    def _goes_on(self, mine: str, attempt_id: str) -> bool:
        """No newer watch, and the tab has not gone to another page."""
        return self._watch == mine and self._address() == attempt_id

    def _address(self) -> str:
        return self.router.url.path.rstrip("/").rpartition("/")[2][:_ID]

    async def _act(self, actor: Actor, text: str) -> None:
        actions, attempt_id = services().desk_actions, self.attempt_id
        match self.asked.kind:
            case "warn":
                await actions.say(actor, attempt_id, text, warn=True)
            case "pause":
                await actions.pause(actor, attempt_id, text)
            case "resume":
                await actions.resume(actor, attempt_id)
            case _:
                await actions.terminate(actor, attempt_id, text)


async def _refusal(action: Awaitable[object]) -> str:
    """Why it was refused, for people; empty if it was done."""
    try:
        await action
    except _ANYTHING:
        raise
    except ProctorError as error:
        return error.detail
    return ""


def _is_new(shown: list[Said], said: tuple[MessageView, ...]) -> bool:
    """Whether the candidate wrote what the page has not shown yet."""
    known = max((one.id for one in shown), default=0)
    return any(one.id > known and one.author == "candidate" for one in said)
