"""Dismissing all that a faulty rule noted, seeing how far that is, and taking it back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass

import reflex as rx

from proctor_app.clock import iso
from proctor_app.domain.access import Actor
from proctor_app.domain.incident import EventType, event_text
from proctor_app.domain.review import MAX_REASON
from proctor_app.errors import NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.review_views import BulkDone, PastBulk
from proctor_app.state.guard import STAFF, signed_in
from proctor_app.state.review_queue import ReviewQueueState
from proctor_app.state.wiring import services

_ID = 36
_PUSH_S = 0.2
RULES = {one.value: event_text(one, "") for one in EventType}

Run = Callable[[Callable[[int, int], None]], Coroutine[None, None, BulkDone]]


@dataclass(frozen=True)
class ShownBulk:
    """can_undo: some of it is still dismissed by it."""

    bulk_id: str
    words: str
    who: str
    at: str
    reason: str
    can_undo: bool


class BulkState(rx.State):
    """exam: empty for free sessions. count: incidents that would be dismissed. done, of: attempts
    that are through, while busy. result: what came of it, in words."""

    is_open: bool = False
    exam: str = ""
    rule: str = ""
    count: int = 0
    problem: str = ""
    busy: bool = False
    done: int = 0
    of: int = 0
    result: str = ""
    past: list[ShownBulk] = []

    @rx.event
    async def open(self, is_open: bool) -> None:
        """Open or leave the dialog."""
        actor = await signed_in(self, *STAFF)
        self.is_open = bool(is_open)
        self.problem = self.result = ""
        if self.is_open:
            await self._show(actor)

    @rx.event
    async def choose_exam(self, exam_id: str) -> None:
        actor = await signed_in(self, *STAFF)
        self.exam, self.result = exam_id[:_ID], ""
        await self._show(actor)

    @rx.event
    async def choose_rule(self, rule: str) -> None:
        actor = await signed_in(self, *STAFF)
        self.rule, self.result = rule if rule in RULES else "", ""
        await self._show(actor)

    @rx.event(background=True)
    async def dismiss(self, form: dict[str, str]) -> AsyncIterator[object]:
        """Dismiss what is counted here."""
        actor = await signed_in(self, *STAFF)
        reason = str(form.get("reason", ""))[: MAX_REASON + 1]
        exam, rule, bulk = self.exam, self.rule, services().bulk_reviews
        await self._run(
            actor, lambda tell: bulk.dismiss(actor, exam, rule, reason, tell), "Dismissed"
        )
        yield ReviewQueueState.load

    @rx.event(background=True)
    async def undo(self, bulk_id: str) -> AsyncIterator[object]:
        """Bring back what was dismissed in one go."""
        actor = await signed_in(self, *STAFF)
        bulk = services().bulk_reviews
        await self._run(actor, lambda tell: bulk.undo(actor, bulk_id[:_ID], tell), "Brought back")
        yield ReviewQueueState.load

    async def _run(self, actor: Actor, run: Run, word: str) -> None:
        """Do it, showing how far it is; it goes on where the tab is closed."""
        async with self:
            if self.busy:
                return
            self.busy, self.done, self.of, self.problem, self.result = True, 0, 0, "", ""
        far = [0, 0]

        def tell(done: int, of: int) -> None:
            far[:] = [done, of]

        task = asyncio.create_task(run(tell))
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=_PUSH_S)
                async with self:
                    self.done, self.of = far
            found = task.result()
            async with self:
                self.result = f"{word}: {_of(found.incidents, found.attempts)}."
        except ProctorError as error:
            if isinstance(error, NotAuthenticated | NotAllowed):
                raise
            async with self:
                self.problem = error.detail
        finally:
            async with self:
                self.busy = False
                await self._show(actor, keeps_problem=True)

    async def _show(self, actor: Actor, *, keeps_problem: bool = False) -> None:
        bulk = services().bulk_reviews
        self.problem = self.problem if keeps_problem else ""
        try:
            self.count = await bulk.count(actor, self.exam, self.rule) if self.rule else 0
            self.past = [_past(one) for one in await bulk.past(actor, self.exam)]
        except NotAuthenticated:
            raise
        except ProctorError as error:
            self.problem, self.count, self.past = error.detail, 0, []


def _past(one: PastBulk) -> ShownBulk:
    words = f"{RULES[one.event_type.value]}: {_of(one.incidents, one.attempts)}"
    if one.undone:
        words += f", {one.undone} brought back"
    return ShownBulk(
        one.bulk_id, words, one.reviewer, iso(one.at), one.reason, one.undone < one.incidents
    )


def _of(incidents: int, attempts: int) -> str:
    one = "1 incident" if incidents == 1 else f"{incidents:,} incidents"
    return f"{one} in {'1 attempt' if attempts == 1 else f'{attempts:,} attempts'}"
