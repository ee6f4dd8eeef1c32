"""The live wall: a page of tiles and the alert feed, pushed as they change."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress

import reflex as rx

from proctor_app.domain.access import Actor
from proctor_app.errors import NotAllowed, NotFound, Unavailable
from proctor_app.services.wall import FREE, MAX_TEXT, MOST_TILES, StateFilter, WallView, Wanted
from proctor_app.state import wall_words
from proctor_app.state.guard import STAFF, signed_in, still_here, way_out
from proctor_app.state.wall_words import FeedLine, Tile
from proctor_app.state.wiring import services

_IDLE_S = 1.0
"""The wall is pushed at least this often: compliance sinks while an incident stands open."""
_PAUSE_S = 0.2
"""And not more often than this, however much happens."""
_STATES: dict[str, StateFilter] = {
    "attention": "attention",
    "running": "running",
    "paused": "paused",
    "interrupted": "interrupted",
}
SIZES = (4, 9, 16, 25, 49, MOST_TILES)
_ID = 36
_HELD = 2 * MOST_TILES


class WallState(rx.State):
    """now_ms: the server's clock when the rest was sent. looking: the attempt that the viewer said
    they look at. begun: how many have begun the chosen exam, in words."""

    viewer: str = ""
    loaded: bool = False
    tiles: list[Tile] = []
    feed: list[FeedLine] = []
    now_ms: int = 0
    running: int = 0
    alerts: int = 0
    notices: int = 0
    interrupted: int = 0
    found: int = 0
    page: int = 1
    pages: int = 1
    exams: list[list[str]] = []
    load_words: str = ""
    begun: str = ""
    exam_id: str = ""
    severity: str = ""
    doing: str = ""
    text: str = ""
    size: int = 9
    looking: str = ""
    _held: tuple[str, ...] = ()
    _watch: str = ""

    @rx.event(background=True)
    async def watch(self) -> AsyncIterator[object]:
        """Push the wall until the tab closes or shows another page, the session ends or a newer
        watch begins."""
        actor = await signed_in(self, *STAFF)
        mine, tab = uuid.uuid4().hex, self.router.session.client_token
        asked = await _asked_exam(self, actor)
        async with self:
            self.viewer, self._watch, self._held = actor.name, mine, ()
            self.exam_id = asked or self.exam_id
        with services().broadcast.subscribe() as news:
            while self._watch == mine and self._is_here() and await still_here(self, actor):
                with suppress(Unavailable):  # what is shown stays until the database is back
                    view = await services().wall.snapshot(actor, self._wanted())
                    begun = await _begun(actor, self.exam_id)
                    async with self:
                        if self.begun != begun:
                            self.begun = begun
                        self._keep_looking(services().attention.still(actor, self.looking, tab))
                        self._show(view)
                await asyncio.sleep(_PAUSE_S)
                await news.wait(_IDLE_S)
        if self._watch == mine:
            services().attention.leave(tab)
        yield await way_out(actor)

    @rx.event
    async def pick_exam(self, exam_id: str) -> None:
        actor = await signed_in(self, *STAFF)
        await services().wall.allow_exam(actor, exam_id[:_ID])
        self.exam_id, self.page, self._held = exam_id[:_ID], 1, ()
        self.begun = await _begun(actor, self.exam_id)
        self._show(await services().wall.snapshot(actor, self._wanted(), at_once=True))

    @rx.event
    async def pick_severity(self, severity: str) -> None:
        actor = await signed_in(self, *STAFF)
        known = wall_words.severity(severity)
        self.severity, self.page, self._held = known.value if known else "", 1, ()
        self._show(await services().wall.snapshot(actor, self._wanted(), at_once=True))

    @rx.event
    async def pick_state(self, doing: str) -> None:
        actor = await signed_in(self, *STAFF)
        self.doing, self.page, self._held = _STATES.get(doing, ""), 1, ()
        self._show(await services().wall.snapshot(actor, self._wanted(), at_once=True))

    @rx.event
    async def search(self, text: str) -> None:
        actor = await signed_in(self, *STAFF)
        self.text, self.page, self._held = text[:MAX_TEXT], 1, ()
        self._show(await services().wall.snapshot(actor, self._wanted(), at_once=True))

    @rx.event
    async def pick_size(self, size: str) -> None:
        actor = await signed_in(self, *STAFF)
        wanted = next((one for one in SIZES if str(one) == size), self.size)
        self.size, self.page, self._held = wanted, 1, ()
        self._show(await services().wall.snapshot(actor, self._wanted(), at_once=True))

    @rx.event
    async def turn(self, by: int) -> None:
        """Go to a page further on, or back."""
        actor = await signed_in(self, *STAFF)
        self.page, self._held = min(max(1, self.page + by), self.pages), ()
        self._show(await services().wall.snapshot(actor, self._wanted(), at_once=True))

    @rx.event
    async def hold(self, is_held: bool) -> None:
        """Somebody points at the tiles: they keep their places until nobody does."""
        await signed_in(self, *STAFF)
        self._held = tuple(tile.id for tile in self.tiles) if is_held else ()

    @rx.event
    async def look(self, attempt_id: str) -> None:
        """Say that the viewer looks at this one, or no longer does."""
        actor = await signed_in(self, *STAFF)
        tab, attention = self.router.session.client_token, services().attention
        if attempt_id == self.looking:
            attention.leave(tab)
        else:
            await attention.look(actor, attempt_id[:_ID], tab)
        self.looking = "" if attempt_id == self.looking else attempt_id[:_ID]

    @rx.event
    async def acknowledge(self, incident_id: int) -> None:
        actor = await signed_in(self, *STAFF)
        await services().acknowledging.incident(actor, incident_id)

    @rx.event
    async def acknowledge_all(self, attempt_id: str) -> None:
        """All that stands open in an attempt."""
        actor = await signed_in(self, *STAFF)
        await services().acknowledging.attempt(actor, attempt_id[:_ID])

    def _is_here(self) -> bool:
        return self.router.url.path.rstrip("/") in ("", "/proctor")

    def _wanted(self) -> Wanted:
        return Wanted(
            exam_id=self.exam_id,
            severity=wall_words.severity(self.severity),
            state=_STATES.get(self.doing, ""),
            text=self.text,
            size=self.size,
            page=self.page,
            held=self._held,
        )

    def _keep_looking(self, is_known: bool) -> None:
        if self.looking and not is_known:
            self.looking = ""

    def _show(self, view: WallView) -> None:
        """Set what has changed alone: whatever is set is sent."""
        tiles = [wall_words.tile(row) for row in view.rows]
        feed = [
            wall_words.line(item, view.looking.get(item.newest.attempt_id, ()))
            for item in view.feed
        ]
        health = services().health_meter.now(view.taken_at).words
        counts = view.counts
        wanted: dict[str, object] = {
            "tiles": tiles,
            "feed": feed,
            "running": counts.running,
            "alerts": counts.alerts,
            "notices": counts.notices,
            "interrupted": counts.interrupted,
            "found": view.found,
            "page": view.page,
            "pages": view.pages,
            "exams": [list(one) for one in view.exams],
            "load_words": health,
            "loaded": True,
        }
        changed = {key: value for key, value in wanted.items() if getattr(self, key) != value}
        for key, value in changed.items():
            setattr(self, key, value)
        if self._held:  # whoever came meanwhile stays as well, and is not said to have left
            self._held = tuple(dict.fromkeys([*self._held, *(tile.id for tile in tiles)]))[:_HELD]
        if changed:
            self.now_ms = round(view.taken_at.timestamp() * 1000)


async def _begun(actor: Actor, exam_id: str) -> str:
    """How many have begun the exam that is chosen, if it is the actor's to watch; else nothing."""
    if exam_id in ("", FREE):
        return ""
    try:
        return wall_words.begun(await services().wall.attendance(actor, exam_id))
    except (NotFound, NotAllowed):
        return ""


async def _asked_exam(state: WallState, actor: Actor) -> str:
    """The exam that the page's address names, if it is the actor's to watch; else none."""
    exam_id = state.router.url.query_parameters.get("exam", "")[:_ID]
    try:
        if exam_id:
            await services().wall.allow_exam(actor, exam_id)
    except (NotFound, NotAllowed):
        return ""
    return exam_id
