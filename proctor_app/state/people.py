"""The page about people: search, filter, sort and page through them, change them one by one."""

import asyncio
from collections.abc import AsyncIterator

import reflex as rx

from proctor_app.domain.access import Actor, Role
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.people import PeopleQuery, PersonView
from proctor_app.state import people_words as words
from proctor_app.state.guard import signed_in
from proctor_app.state.people_words import Question, ShownPerson
from proctor_app.state.wiring import services

_PAGE = 25
_MAX_TYPED = 254


class PeopleState(rx.State):
    """problem: why the list could not be read, empty if it was. sort: as the service has it, "-"
    before it downwards. cleared: how often the filters were, so that the box of the search knows.
    typed: what was typed into a dialog that asks for it."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    people: list[ShownPerson] = []
    total: str = ""
    searched: str = ""
    cleared: int = 0
    role: str = ""
    chosen_state: str = ""
    sort: str = "name"
    has_next: bool = False
    has_previous: bool = False
    asking: bool = False
    asked: Question = Question()
    typed: str = ""
    busy: bool = False
    _cursor: str = ""
    _next: str = ""
    _previous: str = ""
    _action: str = ""
    _target: str = ""

    @rx.var
    def may_confirm(self) -> bool:
        wanted = self.asked.type_this
        return not self.busy and (not wanted or self.typed.strip().casefold() == wanted)

    @rx.var
    def is_filtered(self) -> bool:
        return bool(self.searched or self.role or self.chosen_state)

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.viewer = actor.name
        await self._show(actor, self._cursor)

    @rx.event
    async def search(self, text: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.searched = text[:100]
        await self._show(actor)

    @rx.event
    async def filter_role(self, role: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.role = role if role in set(Role) else ""
        await self._show(actor)

    @rx.event
    async def filter_state(self, state: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.chosen_state = state if state in words.STATES else ""
        await self._show(actor)

    @rx.event
    async def clear_filters(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.searched = self.role = self.chosen_state = ""
        self.cleared += 1
        await self._show(actor)

    @rx.event
    async def sort_by(self, column: str) -> None:
        """Sort by this column; by the same one again, the other way round."""
        actor = await signed_in(self, Role.ADMIN)
        self.sort = f"-{column[:16]}" if self.sort == column else column[:16]
        await self._show(actor)

    @rx.event
    async def set_order(self, order: str) -> None:
        """As ``sort_by``, for a list of all orders."""
        actor = await signed_in(self, Role.ADMIN)
        self.sort = order[:16]
        await self._show(actor)

    @rx.event
    async def next_page(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        await self._show(actor, self._next)

    @rx.event
    async def previous_page(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        await self._show(actor, self._previous)

    @rx.event
    async def ask(self, action: str, user_id: str) -> None:
        """Say what will happen, and wait for a yes."""
        actor = await signed_in(self, Role.ADMIN)
        if action not in words.ACTIONS:
            raise Invalid("action_unknown", "There is no such action.")
        person = await asyncio.to_thread(services().people.one, actor, user_id[:36])
        self.asked = words.question(action, person, is_me=person.id == actor.user_id)
        self._action, self._target = action, person.id
        self.asking, self.typed, self.busy = True, "", False

    @rx.event
    async def type_email(self, text: str) -> None:
        await signed_in(self, Role.ADMIN)
        self.typed = text[:_MAX_TYPED]

    @rx.event
    async def close(self, is_open: bool) -> None:
        """The dialog was opened or left without a yes."""
        await signed_in(self, Role.ADMIN)
        self.asking = is_open and bool(self._action)

    @rx.event
    async def confirm(self) -> AsyncIterator[object]:
        """Do what was asked, show the list afresh, and tell how it went."""
        actor = await signed_in(self, Role.ADMIN)
        if not self.asking or not self.may_confirm:
            raise Conflict("not_confirmed", "Type the e-mail address to confirm.")
        self.busy = True
        yield None
        answer = await self._do(actor)
        self.busy = self.asking = False
        yield answer
        actor = await signed_in(self, Role.ADMIN)  # it may have been one's own account
        await self._show(actor, self._cursor)

    async def _do(self, actor: Actor) -> object:
        try:
            found = await asyncio.to_thread(_apply, actor, self._action, self._target)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            return rx.toast.error(error.detail)
        return rx.toast.success(words.done(self._action, found.name))

    async def _show(self, actor: Actor, cursor: str = "") -> None:
        query = PeopleQuery(self.searched, self.role, self.chosen_state, self.sort, _PAGE, cursor)
        try:
            page = await asyncio.to_thread(services().people.page, actor, query)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem, self.loaded, self._cursor = error.detail, True, ""
            return
        self.problem, self.loaded = "", True
        self.people = [words.shown_person(view, actor.user_id) for view in page.items]
        self.total = words.total_words(page.total)
        self._cursor, self._next, self._previous = cursor, page.next, page.previous
        self.has_next, self.has_previous = bool(page.next), bool(page.previous)


def _apply(actor: Actor, action: str, user_id: str) -> PersonView:
    """Asks the database and may remove files: not on the event loop."""
    people = services().people
    match action:
        case "student" | "proctor" | "admin":
            return people.change(actor, user_id, role=Role(action))
        case "disable" | "enable":
            return people.change(actor, user_id, disabled=action == "disable")
        case "face":
            return people.reset_face(actor, user_id)
        case "second_factor":
            return people.reset_second_factor(actor, user_id)
        case "platforms":
            return people.unlink(actor, user_id)
        case "sessions":
            return people.end_sessions(actor, user_id)
        case "erase":
            return services().erasure.erase(actor, user_id)
    raise Invalid("action_unknown", "There is no such action.")
