"""What is held about me: overview, face data, erasure request."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from proctor_app.clock import iso
from proctor_app.domain.access import Actor
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.services.own_data import Held, HeldAttempt, HeldEntry, HeldLogin
from proctor_app.state import shown
from proctor_app.state.guard import signed_in
from proctor_app.state.live_face import LiveFace
from proctor_app.state.wiring import services

_METHODS = {"password": "by password", "face": "by face", "lti": "from a learning platform"}
_ACTIONS = {
    "user.created": "The account was made",
    "user.role_set": "The role was set",
    "user.linked": "A learning platform opens the account",
    "lti.launched": "Came from a learning platform",
    "lti.unlinked": "A learning platform was removed",
    "user.face_enrolled": "The face was enrolled again",
    "user.face_removed": "The face data was removed",
    "face.reset": "The face data was reset",
    "user.login": "Logged in",
    "user.face_login": "Logged in by face",
    "user.face_login_failed": "Logging in by face failed",
    "user.face_locked": "Logging in by face was locked for a while",
    "user.logged_out": "Logged out everywhere",
    "login.ended": "A log-in was ended",
    "user.data_exported": "The data was downloaded",
    "user.erasure_requested": "Erasure was requested",
    "user.erasure_withdrawn": "The erasure request was taken back",
    "user.disabled": "The account was disabled",
    "user.enabled": "The account was enabled",
    "password.changed": "The password was changed",
    "password.reset": "The password was reset",
    "password.reset_asked": "A link to reset the password was asked for",
    "second_factor.enabled": "The second factor was turned on",
    "second_factor.disabled": "The second factor was turned off",
    "second_factor.failed": "A wrong code of the second factor",
    "second_factor.reset": "The second factor was reset",
    "attempt.started": "A session was started",
    "attempt.ended": "A session was ended",
    "evidence.read": "A picture of an incident was looked at",
}


@dataclass(frozen=True)
class ShownLogin:
    at: str
    used: str
    text: str
    current: bool


@dataclass(frozen=True)
class ShownSitting:
    at: str
    status: str
    incidents: int
    pictures: int
    consent: str
    consented_at: str


@dataclass(frozen=True)
class ShownEntry:
    at: str
    text: str
    by: str


class MyDataState(LiveFace, rx.State):
    """face: none, old (of a network that is used no more) or present. asks_password: before it is
    enrolled."""

    viewer: str = ""
    loaded: bool = False
    email: str = ""
    name: str = ""
    role: str = ""
    since: str = ""
    second_factor: bool = False
    face: str = "none"
    face_model: str = ""
    face_since: str = ""
    photo_kept: bool = False
    asks_password: bool = True
    logins: list[ShownLogin] = []
    sittings: list[ShownSitting] = []
    entries: list[ShownEntry] = []
    erasure_since: str = ""

    @rx.event
    async def load(self) -> None:
        """Read everything anew."""
        actor = await signed_in(self)
        self._clear_try()
        await self._refresh(actor)

    @rx.event
    async def remove_face(self) -> object:
        actor = await signed_in(self)
        await asyncio.to_thread(services().enrolment.remove, actor)
        await self._refresh(actor)
        return rx.toast.success("Your face data was removed.")

    @rx.event
    async def request_erasure(self) -> None:
        actor = await signed_in(self)
        await asyncio.to_thread(services().own_data.request_erasure, actor)
        await self._refresh(actor)

    @rx.event
    async def withdraw_erasure(self) -> None:
        actor = await signed_in(self)
        await asyncio.to_thread(services().own_data.withdraw_erasure, actor)
        await self._refresh(actor)

    async def _may_try(self) -> None:
        await signed_in(self)

    async def _refresh(self, actor: Actor) -> None:
        held = await asyncio.to_thread(services().own_data.held, actor)
        self.asks_password = await asyncio.to_thread(services().enrolment.asks_password, actor)
        self.viewer, self.loaded = actor.name, True
        self._show_account(held)
        self.logins = [_login(login) for login in held.logins]
        self.sittings = [_sitting(attempt) for attempt in held.attempts]
        self.entries = [_entry(entry) for entry in held.entries]

    def _show_account(self, held: Held) -> None:
        account, face = held.account, held.face
        self.email, self.name = account.email, account.name
        self.role = account.role.value.capitalize()
        self.since, self.second_factor = iso(held.created_at), held.second_factor
        self.face = "none" if face is None else "present" if face.serves else "old"
        self.face_model = face.model if face else ""
        self.face_since = iso(face.since) if face else ""
        self.photo_kept = held.photo_kept
        self.erasure_since = iso(held.erasure_requested_at) if held.erasure_requested_at else ""


def _login(login: HeldLogin) -> ShownLogin:
    parts = (_METHODS.get(login.method, login.method), login.address, login.agent)
    text = ", ".join(part for part in parts if part)
    return ShownLogin(iso(login.created_at), iso(login.last_used_at), text, login.current)


def _sitting(attempt: HeldAttempt) -> ShownSitting:
    return ShownSitting(
        at=iso(attempt.created_at),
        status=shown.attempt_state(AttemptStatus(attempt.status)).text,
        incidents=attempt.incidents,
        pictures=attempt.pictures,
        consent=attempt.notice_version,
        consented_at=iso(attempt.consented_at) if attempt.consented_at else "",
    )


def _entry(entry: HeldEntry) -> ShownEntry:
    words = entry.action.rpartition(".")[2].replace("_", " ").capitalize()
    return ShownEntry(iso(entry.at), _ACTIONS.get(entry.action, words), entry.by)
