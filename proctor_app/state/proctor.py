"""The proctor's page: a live table, an alert feed and a timeline, pushed as they change."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress

import plotly.graph_objects as go
import reflex as rx

from proctor_app.errors import Unavailable
from proctor_app.services.wall import WallView
from proctor_app.state import charts, shown
from proctor_app.state.guard import STAFF, signed_in, still_here, way_out
from proctor_app.state.shown import ShownIncident, ShownRow
from proctor_app.state.wiring import services

_IDLE_S = 1.0
"""The wall is pushed at least this often: pictures age."""
_PAUSE_S = 0.2
"""And not more often than this, however much happens."""


class ProctorState(rx.State):
    viewer: str = ""
    loaded: bool = False
    rows: list[ShownRow] = []
    feed: list[ShownIncident] = []
    running: int = 0
    alerts: int = 0
    notices: int = 0
    figure: go.Figure = go.Figure()
    _watch: str = ""
    _drawn: tuple[object, ...] = ()

    @rx.event(background=True)
    async def watch(self) -> AsyncIterator[object]:
        """Push the wall until the tab closes, the session ends or a newer watch begins."""
        actor = await signed_in(self, *STAFF)
        mine = uuid.uuid4().hex
        async with self:
            self.viewer, self._watch = actor.name, mine
        with services().broadcast.subscribe() as news:
            while self._watch == mine and await still_here(self, actor):
                with suppress(Unavailable):  # what is shown stays until the database is back
                    view = await services().wall.snapshot(actor)
                    async with self:
                        self._show(view)
                await asyncio.sleep(_PAUSE_S)
                await news.wait(_IDLE_S)
        yield await way_out(actor)

    def _show(self, view: WallView) -> None:
        self.loaded = True
        self.rows = [shown.row(row) for row in view.rows]
        self.running = len(view.rows)
        self.feed = [shown.incident(incident, who) for who, incident in view.feed]
        open_now = [incident for row in view.rows for incident in row.open_incidents]
        self.alerts = sum(incident.severity == "alert" for incident in open_now)
        self.notices = len(open_now) - self.alerts
        drawn = (
            tuple((i.id, i.closed_at) for row in view.rows for i in row.incidents),
            tuple(row.attempt.id for row in view.rows),
            int(view.taken_at.timestamp()) // 5,
        )
        if drawn != self._drawn:
            self._drawn = drawn
            self.figure = charts.timeline(view.rows, view.taken_at)
