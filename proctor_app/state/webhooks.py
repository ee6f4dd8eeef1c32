"""The page of webhooks: who is told what, whether it arrives, and the log of one of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import reflex as rx

from proctor_app.domain.access import Actor, Role
from proctor_app.domain.webhook import DeliveryState
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.exam_views import ExamQuery
from proctor_app.services.webhook_views import DeliveryQuery, MadeWebhook, WebhookTerms
from proctor_app.state import webhooks_words as words
from proctor_app.state.guard import signed_in
from proctor_app.state.people_words import Question
from proctor_app.state.webhooks_words import ShownDelivery, ShownWebhook
from proctor_app.state.wiring import services

_PAGE = 25
_MOST_EXAMS = 100
_ID = 36
Form = dict[str, str]
_Found = TypeVar("_Found")


class WebhooksState(rx.State):
    """edited: the webhook in the dialog, without an id for a new one. secret: shown until the
    dialog is left. opened: whose log is shown; chosen_state: of it. said: how the last test went;
    epoch: grows with every dialog, so that its form begins anew."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    webhooks: list[ShownWebhook] = []
    exams: list[list[str]] = []
    editing: bool = False
    edited: ShownWebhook = ShownWebhook()
    edit_problem: str = ""
    secret: str = ""
    epoch: int = 0
    asking: bool = False
    asked: Question = Question()
    busy: bool = False
    testing: str = ""
    said: str = ""
    said_good: bool = False
    opened: ShownWebhook = ShownWebhook()
    deliveries: list[ShownDelivery] = []
    log_problem: str = ""
    chosen_state: str = ""
    has_next: bool = False
    has_previous: bool = False
    _action: str = ""
    _target: str = ""
    _cursors: list[str] = [""]
    _next: str = ""

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.viewer = actor.name
        self.editing, self.secret, self.said = False, "", ""
        await self._show(actor)

    @rx.event
    async def edit(self, webhook_id: str) -> None:
        """Open the dialog about one, or about a new one."""
        actor = await signed_in(self, Role.ADMIN)
        page = await asyncio.to_thread(
            services().exams.page, actor, ExamQuery(sort="title", limit=_MOST_EXAMS)
        )
        self.exams = [[one.id, one.title] for one in page.items]
        self.edited = self._one(webhook_id) if webhook_id else ShownWebhook()
        if self.edited.exam_id and self.edited.exam_id not in {one[0] for one in self.exams}:
            self.exams.append([self.edited.exam_id, self.edited.scope])
        self.editing, self.edit_problem, self.secret = True, "", ""
        self.epoch += 1

    @rx.event
    async def leave(self, is_open: bool) -> None:
        """A dialog was left; a secret that was shown is forgotten."""
        await signed_in(self, Role.ADMIN)
        self.editing = self.editing and is_open
        self.asking = self.asking and is_open
        if not is_open:
            self.secret = ""

    @rx.event
    async def keep(self, form: Form) -> object:
        """Make or change what the dialog holds; of a new one the secret is shown."""
        actor = await signed_in(self, Role.ADMIN)
        terms, target = _terms(form), self.edited.id
        try:
            found = await asyncio.to_thread(_kept, actor, target, terms)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.edit_problem = error.detail
            return None
        self.editing, self.edit_problem = False, ""
        self.secret = found.secret if found else ""
        await self._show(actor)
        return None if found else rx.toast.success("The webhook was changed.")

    @rx.event
    async def pause(self, webhook_id: str, is_paused: bool) -> object:
        actor = await signed_in(self, Role.ADMIN)
        change = services().webhooks.change
        await asyncio.to_thread(change, actor, webhook_id[:_ID], is_paused=bool(is_paused))
        await self._show(actor)
        return rx.toast.success("The webhook is paused." if is_paused else "It is sent to again.")

    @rx.event
    async def ask(self, action: str, webhook_id: str) -> None:
        """Say what will happen, and wait for a yes."""
        await signed_in(self, Role.ADMIN)
        if action not in words.ACTIONS:
            raise Invalid("action_unknown", "There is no such action.")
        self.asked, self.asking, self.busy = words.question(action), True, False
        self._action, self._target = action, webhook_id[:_ID]

    @rx.event
    async def confirm(self) -> object:
        actor = await signed_in(self, Role.ADMIN)
        if not self.asking:
            raise Conflict("not_confirmed", "Nothing was asked.")
        self.asking = False
        if self._action == "rotate":
            made = await asyncio.to_thread(services().webhooks.rotate, actor, self._target)
            self.secret = made.secret
            return None
        await asyncio.to_thread(services().webhooks.delete, actor, self._target)
        self.opened = ShownWebhook() if self.opened.id == self._target else self.opened
        await self._show(actor)
        return rx.toast.success("The webhook was deleted.")

    @rx.event
    async def test(self, webhook_id: str) -> AsyncIterator[None]:
        """Send a test, and show how it went."""
        actor = await signed_in(self, Role.ADMIN)
        self.testing, self.said = webhook_id[:_ID], ""
        yield None
        try:
            found = await services().webhooks.test(actor, webhook_id[:_ID])
            self.said, self.said_good = words.tested(found), found.state is DeliveryState.DELIVERED
        finally:
            self.testing = ""
        actor = await signed_in(self, Role.ADMIN)
        await self._show(actor)

    @rx.event
    async def open_log(self, webhook_id: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.opened, self.chosen_state, self._cursors = self._one(webhook_id), "", [""]
        await self._show_log(actor)

    @rx.event
    async def filter_state(self, state: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.chosen_state = state if state in set(DeliveryState) else ""
        self._cursors = [""]
        await self._show_log(actor)

    @rx.event
    async def next_page(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        if self._next:
            self._cursors = [*self._cursors, self._next]
        await self._show_log(actor)

    @rx.event
    async def previous_page(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self._cursors = self._cursors[:-1] or [""]
        await self._show_log(actor)

    @rx.event
    async def redeliver(self, delivery_id: str) -> object:
        actor = await signed_in(self, Role.ADMIN)
        send = services().webhooks.redeliver
        await asyncio.to_thread(send, actor, self.opened.id, delivery_id[:_ID])
        self._cursors = [""]
        await self._show(actor)
        return rx.toast.success("It is sent once more.")

    @rx.event
    async def refresh(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        await self._show(actor)

    def _one(self, webhook_id: str) -> ShownWebhook:
        for one in self.webhooks:
            if one.id == webhook_id:
                return one
        raise Invalid("no_webhook", "There is no such webhook any more. Load the page anew.")

    async def _show(self, actor: Actor) -> None:
        found, self.problem = await _asked(lambda: services().webhooks.all(actor))
        self.loaded = True
        if found is None:
            return
        self.webhooks = [words.shown_webhook(view) for view in found]
        if self.opened.id:
            mine = [one for one in self.webhooks if one.id == self.opened.id]
            self.opened = mine[0] if mine else ShownWebhook()
            await self._show_log(actor)

    async def _show_log(self, actor: Actor) -> None:
        if not self.opened.id:
            return
        query = DeliveryQuery(self.chosen_state, _PAGE, self._cursors[-1])
        opened_id = self.opened.id
        page, self.log_problem = await _asked(
            lambda: services().webhooks.deliveries(actor, opened_id, query)
        )
        if page is not None:
            self.deliveries = [words.shown_delivery(view) for view in page.items]
            self._next, self.has_next = page.next, bool(page.next)
            self.has_previous = len(self._cursors) > 1


async def _asked(question: Callable[[], _Found]) -> tuple[_Found | None, str]:
    """What the service says, or why it says nothing."""
    try:
        return await asyncio.to_thread(question), ""
    except (NotAuthenticated, NotAllowed):
        raise
    except ProctorError as error:
        return None, error.detail


def _terms(form: Form) -> WebhookTerms:
    kinds = tuple(kind.value for kind in words.KINDS if form.get(f"event.{kind.value}"))
    return WebhookTerms(
        url=str(form.get("url", "")),
        kinds=kinds,
        description=str(form.get("description", "")),
        exam_id=str(form.get("exam_id", ""))[:_ID] or None,
    )


def _kept(actor: Actor, webhook_id: str, terms: WebhookTerms) -> MadeWebhook | None:
    """The new one with its secret; None where one was changed."""
    if not webhook_id:
        return services().webhooks.create(actor, terms)
    services().webhooks.change(actor, webhook_id, terms)
    return None
