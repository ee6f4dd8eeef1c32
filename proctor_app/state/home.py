"""First pages: log-in and sign-up forms, a candidate's home, an admin's overview."""

import asyncio

import reflex as rx

from proctor_app.domain.access import Role
from proctor_app.domain.attempt import OPEN
from proctor_app.errors import NotAuthenticated
from proctor_app.services.wall import Counts
from proctor_app.state import shown
from proctor_app.state.guard import signed_in
from proctor_app.state.shown import ShownAttempt
from proctor_app.state.wiring import services


class HomeState(rx.State):
    """A candidate's own attempts, and where to go from here."""

    viewer: str = ""
    role: str = ""
    loaded: bool = False
    has_open: bool = False
    attempts: list[ShownAttempt] = []

    @rx.event
    async def enter(self) -> object:
        """From the front page, lead whoever is logged in to the first page of the role."""
        try:
            actor = await signed_in(self)
        except NotAuthenticated:
            return rx.redirect("/login")
        return rx.redirect("/admin/dashboard" if actor.role is Role.ADMIN else "/dashboard")

    @rx.event
    async def load(self) -> object:
        actor = await signed_in(self)
        if actor.role is Role.PROCTOR:
            return rx.redirect("/proctor")
        history = await services().sessions.history(actor, actor.user_id)
        self.viewer, self.role, self.loaded = actor.name, actor.role.value, True
        self.has_open = any(attempt.status in OPEN for attempt in history)
        self.attempts = [shown.attempt(attempt) for attempt in history]
        return None


class AdminState(rx.State):
    """The installation at a glance."""

    viewer: str = ""
    loaded: bool = False
    running: int = 0
    interrupted: int = 0
    finished: int = 0
    students: int = 0
    proctors: int = 0
    admins: int = 0

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        people = await asyncio.to_thread(services().people.counts, actor)
        counts: Counts = await services().wall.counts(actor)
        self.viewer, self.loaded = actor.name, True
        self.running, self.interrupted = counts.running, counts.interrupted
        self.finished = counts.finished
        self.students, self.proctors = people[Role.STUDENT], people[Role.PROCTOR]
        self.admins = people[Role.ADMIN]
