"""The page of the audit log: the newest first, filtered by person and by what was done."""

import asyncio
import json
from dataclasses import dataclass

import reflex as rx

from proctor_app.clock import iso
from proctor_app.domain.access import Actor, Role
from proctor_app.errors import NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.audit_log import EntryView, LogQuery
from proctor_app.state.guard import signed_in
from proctor_app.state.wiring import services

KINDS = {
    "user.": "Accounts",
    "face.": "Faces, by admins",
    "second_factor.": "Second factors",
    "password.": "Passwords",
    "consent.": "Consent",
    "attempt.": "Attempts",
    "incident": "Incidents",
    "review.": "Notes of reviewers",
    "appeal.": "Appeals",
    "evidence.": "Evidence",
    "exam.": "Exams",
    "roster.": "Rosters",
    "answer.": "Marks",
    "report.": "Reports",
    "login.": "Sessions",
    "lti.": "Learning platforms",
    "webhook.": "Webhooks",
    "key.": "API keys",
}
_ACTIONS = {
    "user.created": "Account made",
    "user.role_set": "Role changed",
    "user.disabled": "Account disabled",
    "user.enabled": "Account enabled",
    "user.logged_out": "Logged out everywhere",
    "user.erasure_begun": "Erasure begun",
    "user.erased": "Account erased",
    "user.face_enrolled": "Face enrolled",
    "user.face_removed": "Face removed",
    "user.login": "Logged in",
    "user.face_login": "Logged in by face",
    "user.face_login_failed": "Log-in by face failed",
    "user.face_locked": "Face log-in locked",
    "user.data_exported": "Own data exported",
    "user.erasure_requested": "Erasure asked for",
    "user.erasure_withdrawn": "Erasure no longer asked for",
    "password.changed": "Password changed",
    "password.reset": "Password reset",
    "password.reset_asked": "Password reset asked for",
    "face.reset": "Face reset",
    "second_factor.enabled": "Second factor switched on",
    "second_factor.disabled": "Second factor switched off",
    "second_factor.failed": "Wrong code of the second factor",
    "second_factor.reset": "Second factor reset",
    "consent.recorded": "Consent recorded",
    "attempt.started": "Attempt started",
    "attempt.ended": "Attempt ended",
    "attempt.paused": "Attempt paused",
    "attempt.resumed": "Attempt goes on",
    "attempt.judged": "Verdict on an attempt",
    "attempt.released": "Review released to the candidate",
    "attempt.release_taken_back": "Release taken back",
    "message.sent": "Message to the candidate",
    "warning.sent": "Warning to the candidate",
    "incident.acknowledged": "Incident acknowledged",
    "incident.judged": "Verdict on an incident",
    "incidents.dismissed": "Incidents of a rule dismissed",
    "incidents.dismissal_undone": "Dismissal taken back",
    "incidents.cleared": "Incidents cleared away",
    "incidents.restored": "Incidents brought back",
    "review.noted": "Note of a reviewer",
    "appeal.made": "Appeal made",
    "appeal.answered": "Appeal answered",
    "answer.marked": "Answer marked",
    "exam.published": "Exam published",
    "exam.deleted": "Exam deleted",
    "exam.exported": "Exam exported",
    "exam.picture_added": "Picture added to an exam",
    "exam.picture_removed": "Picture removed from an exam",
    "roster.added": "Added to a roster",
    "roster.changed": "Roster entry changed",
    "roster.imported": "Roster imported",
    "roster.removed": "Removed from a roster",
    "report.made": "Report made",
    "evidence.read": "Evidence looked at",
    "login.ended": "Session ended",
    "user.linked": "Account linked to a learning platform",
    "lti.platform_added": "Learning platform added",
    "lti.platform_changed": "Learning platform changed",
    "lti.key_made": "Key made to sign for learning platforms",
    "lti.launched": "Came from a learning platform",
    "lti.unlinked": "Cut from a learning platform",
    "lti.chosen": "Exam chosen for a course",
    "lti.score_resent": "Score sent to a platform again",
    "webhook.created": "Webhook made",
    "webhook.changed": "Webhook changed",
    "webhook.paused": "Webhook paused",
    "webhook.resumed": "Webhook sent to again",
    "webhook.deleted": "Webhook deleted",
    "webhook.secret_rotated": "New secret of a webhook",
    "webhook.tested": "Webhook tested",
    "webhook.redelivered": "Message of a webhook sent again",
    "key.created": "API key made",
    "key.revoked": "API key revoked",
}
_MAX_FILTER = 36


@dataclass(frozen=True)
class ShownEntry:
    """who and upon: a name, "erased", or the beginning of an id."""

    number: int
    at: str
    who: str
    who_id: str
    role: str
    action: str
    upon: str
    upon_id: str
    upon_kind: str
    detail: str


class AuditState(rx.State):
    """person: the id whose entries are shown, empty for everybody's."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    entries: list[ShownEntry] = []
    person: str = ""
    kind: str = ""
    has_older: bool = False
    has_newer: bool = False

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.viewer = actor.name
        self.person = self.router.url.query_parameters.get("person", "")[:_MAX_FILTER]
        await self._show(actor)

    @rx.event
    async def filter_kind(self, kind: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.kind = kind if kind in KINDS else ""
        await self._show(actor)

    @rx.event
    async def filter_person(self, user_id: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.person = user_id.strip()[:_MAX_FILTER]
        await self._show(actor)

    @rx.event
    async def older(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        await self._show(actor, older_than=self.entries[-1].number if self.entries else None)

    @rx.event
    async def newer(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        await self._show(actor, newer_than=self.entries[0].number if self.entries else None)

    async def _show(
        self, actor: Actor, older_than: int | None = None, newer_than: int | None = None
    ) -> None:
        query = LogQuery(self.person, self.kind, older_than, newer_than)
        try:
            page = await asyncio.to_thread(services().audit_log.page, actor, query)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem, self.loaded = error.detail, True
            return
        self.problem, self.loaded = "", True
        self.entries = [shown_entry(item) for item in page.items]
        self.has_older, self.has_newer = page.has_older, page.has_newer


def shown_entry(entry: EntryView) -> ShownEntry:
    return ShownEntry(
        number=entry.number,
        at=iso(entry.at),
        who=entry.actor or _short(entry.actor_id) or "The installation",
        who_id=entry.actor_id,
        role=entry.actor_role,
        action=_ACTIONS.get(entry.action, entry.action.replace(".", " ").replace("_", " ")),
        upon=entry.subject or _short(entry.subject_id),
        upon_id=entry.subject_id,
        upon_kind=entry.subject_type,
        detail=_detail(entry.detail),
    )


def _short(some_id: str) -> str:
    return f"{some_id[:8]} …" if len(some_id) > 12 else some_id


def _detail(detail: str) -> str:
    """ "before: student, role: proctor"."""
    found = json.loads(detail)
    pairs = found.items() if isinstance(found, dict) else ()
    return ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in pairs)
