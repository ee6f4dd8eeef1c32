"""An exam's roster: who may sit it, and what is granted to them."""

import asyncio
from dataclasses import dataclass, field

import reflex as rx

from proctor_app.domain.access import Actor, Role
from proctor_app.domain.exam import Preset
from proctor_app.domain.incident import EventType
from proctor_app.domain.question import as_number
from proctor_app.errors import Invalid, NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.exam_views import RosterView
from proctor_app.services.roster_files import MAX_EXTRA_MINUTES, RosterRow
from proctor_app.state.exam_page import exam_in
from proctor_app.state.exam_words import count_words
from proctor_app.state.guard import signed_in
from proctor_app.state.watching_words import EVENTS, PRESETS
from proctor_app.state.wiring import services

_PAGE = 50
_MAX_EMAIL = 254
Form = dict[str, str]


@dataclass(frozen=True)
class ShownEntry:
    """granted: accommodations in words. detectors_off: by their names, as the dialog has them."""

    id: int = 0
    email: str = ""
    name: str = ""
    has_account: bool = False
    granted: list[str] = field(default_factory=list)
    extra_minutes: int = 0
    may_pause: bool = False
    detectors_off: list[str] = field(default_factory=list)
    preset: str = ""
    attempts: int = 0


class RosterState(rx.State):
    """edited: the entry in the dialog; epoch: grows with every dialog and added entry, so that
    their forms begin anew. removing: the dialog asks whether the entry shall go."""

    loaded: bool = False
    problem: str = ""
    entries: list[ShownEntry] = []
    total: str = ""
    searched: str = ""
    has_next: bool = False
    has_previous: bool = False
    add_problem: str = ""
    added: str = ""
    epoch: int = 0
    editing: bool = False
    edited: ShownEntry = ShownEntry()
    edit_problem: str = ""
    removing: bool = False
    importing: bool = False
    _exam_id: str = ""
    _start: int = 0

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        exam_id = exam_in(self)
        if exam_id != self._exam_id:
            self.searched, self._start = "", 0
        self._exam_id = exam_id
        self.editing = self.removing = self.importing = False
        self.added = self.add_problem = ""
        await self._show(actor)

    @rx.event
    async def search(self, text: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.searched, self._start = text[:100], 0
        await self._show(actor)

    @rx.event
    async def next_page(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self._start += _PAGE
        await self._show(actor)

    @rx.event
    async def previous_page(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self._start -= _PAGE
        await self._show(actor)

    @rx.event
    async def add(self, form: Form) -> None:
        """Put somebody on the roster; accommodations are granted afterwards."""
        actor = await signed_in(self, Role.ADMIN)
        row = RosterRow(str(form.get("email", ""))[: _MAX_EMAIL + 1].strip())
        self.added = ""
        try:
            view = await asyncio.to_thread(services().rosters.add, actor, self._exam_id, row)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.add_problem = error.detail
            return
        self.add_problem, self.added = "", f"{view.email} is on the roster."
        self.epoch += 1
        await self._show(actor)

    @rx.event
    async def edit(self, entry_id: int) -> None:
        """Open the dialog about what is granted to somebody."""
        await signed_in(self, Role.ADMIN)
        self.edited = self._entry(entry_id)
        self.editing, self.edit_problem = True, ""
        self.epoch += 1

    @rx.event
    async def leave(self, is_open: bool) -> None:
        """A dialog was left."""
        await signed_in(self, Role.ADMIN)
        self.editing = self.editing and is_open
        self.removing = self.removing and is_open

    @rx.event
    async def grant(self, form: Form) -> object:
        """Keep what the dialog holds."""
        actor = await signed_in(self, Role.ADMIN)
        try:
            view = await asyncio.to_thread(_grant, actor, self._exam_id, self.edited.id, form)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.edit_problem = error.detail
            return None
        self.editing = False
        await self._show(actor)
        return rx.toast.success(f"Kept for {view.email}.")

    @rx.event
    async def ask_remove(self, entry_id: int) -> None:
        await signed_in(self, Role.ADMIN)
        self.edited, self.removing = self._entry(entry_id), True

    @rx.event
    async def remove(self) -> object:
        actor = await signed_in(self, Role.ADMIN)
        gone, self.removing = self.edited, False
        try:
            await asyncio.to_thread(services().rosters.remove, actor, self._exam_id, gone.id)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            return rx.toast.error(error.detail)
        finally:
            await self._show(actor)
        return rx.toast.success(f"{gone.email} was taken off the roster.")

    @rx.event
    async def show_importing(self, is_open: bool) -> None:
        await signed_in(self, Role.ADMIN)
        self.importing = is_open

    @rx.event
    async def imported(self) -> None:
        """A file was taken over by its route: show what came of it."""
        actor = await signed_in(self, Role.ADMIN)
        self.searched, self._start = "", 0
        await self._show(actor)

    def _entry(self, entry_id: int) -> ShownEntry:
        for entry in self.entries:
            if entry.id == entry_id:
                return entry
        raise Invalid("no_roster_entry", "There is no such entry on the roster.")

    async def _show(self, actor: Actor) -> None:
        try:
            found = await asyncio.to_thread(services().rosters.entries, actor, self._exam_id)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem, self.loaded = error.detail, True
            return
        wanted = self.searched.strip().casefold()
        matching = [one for one in found if wanted in f"{one.email}\n{one.name}".casefold()]
        last = max(0, (len(matching) - 1) // _PAGE * _PAGE)
        self._start = min(max(0, self._start), last)
        end = self._start + _PAGE
        self.problem, self.loaded = "", True
        self.entries = [shown_entry(one) for one in matching[self._start : end]]
        self.total = count_words(len(matching), "person", "people")
        self.has_previous, self.has_next = self._start > 0, end < len(matching)


def shown_entry(view: RosterView) -> ShownEntry:
    granted = [f"+{view.extra_minutes} min"] if view.extra_minutes else []
    granted += ["may pause"] if view.may_pause else []
    granted += [PRESETS[Preset(view.preset)].name.lower()] if view.preset else []
    granted += [f"without: {EVENTS[kind].lower()}" for kind in view.detectors_off]
    return ShownEntry(
        id=view.id,
        email=view.email,
        name=view.name,
        has_account=view.has_account,
        granted=granted,
        extra_minutes=view.extra_minutes,
        may_pause=view.may_pause,
        detectors_off=[kind.value for kind in view.detectors_off],
        preset=view.preset,
        attempts=view.attempts,
    )


def _grant(actor: Actor, exam_id: str, entry_id: int, form: Form) -> RosterView:
    preset = str(form.get("preset", ""))
    return services().rosters.change(
        actor,
        exam_id,
        entry_id,
        extra_minutes=_minutes(str(form.get("extra_minutes", ""))),
        may_pause=bool(form.get("may_pause")),
        detectors_off=[kind for kind in EventType if form.get(f"off.{kind.value}")],
        preset=preset if preset in set(Preset) else "",
    )


def _minutes(text: str) -> int:
    number = as_number(text) if text.strip() else 0.0
    if number is None or not 0 <= number <= MAX_EXTRA_MINUTES or number != int(number):
        raise Invalid("minutes_invalid", f"Give whole minutes from 0 to {MAX_EXTRA_MINUTES:,}.")
    return int(number)
