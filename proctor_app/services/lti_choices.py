"""Choosing the exam that a place in a course opens: asked by the platform (LTI Deep Linking 2.0),
or because somebody who teaches opened a place that names none yet."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from proctor_app.clock import Clock, iso
from proctor_app.db import tables
from proctor_app.db.partner_tables import LtiChoice, LtiPlatform
from proctor_app.db.repositories.lti import LtiRows
from proctor_app.db.session import AlreadyThere, Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.exam import ExamStatus
from proctor_app.errors import Conflict, Invalid, NotFound
from proctor_app.services.access import allow
from proctor_app.services.audit import Audit
from proctor_app.services.exam_access import readable
from proctor_app.services.lti_claims import LINKING, LTI, VERSION, Launch, Place
from proctor_app.services.lti_keys import ToolKeys
from proctor_app.services.lti_links import keep_link, keep_offer
from proctor_app.services.lti_tokens import digest
from proctor_app.services.versions import Versions

CHOICE_LASTS = timedelta(hours=1)
_ANSWER_LASTS = timedelta(minutes=5)
_MAX_ID = 64


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """What is to be chosen for. returns: whether the answer goes back to the platform."""

    id: str
    platform: str
    returns: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the browser takes the answer: a signed token to the platform's address, or without
    one to a page of ours."""

    url: str
    token: str


class Choices:
    def __init__(
        self, database: Database, versions: Versions, keys: ToolKeys, audit: Audit, clock: Clock
    ) -> None:
        self._database = database
        self._versions = versions
        self._keys = keys
        self._audit = audit
        self._clock = clock

    def ask(self, session: Transaction, platform_id: str, user_id: str, launch: Launch) -> str:
        """Note in the caller's transaction what is to be chosen for; the path of the page for it.

        The page's address holds a name alone: only the person's own log-in can use it.
        """
        asked, place = launch.asked, launch.place
        kept = json.dumps([place.resource_link, place.title, place.line_item]) if place else ""
        name = digest(secrets.token_urlsafe(32))
        LtiRows(session).add(
            LtiChoice(
                digest=name,
                platform_id=platform_id,
                user_id=user_id,
                deployment=launch.deployment,
                return_url=asked.return_url if asked else "",
                data=asked.data if asked else kept,
                created_at=self._clock(),
                expires_at=self._clock() + CHOICE_LASTS,
            )
        )
        return f"/lti/choose-exam?choice={name}"

    def one(self, actor: Actor, choice_id: str) -> ChoiceView:
        """Raises NotAllowed, NotFound, Conflict ("choice_used", "choice_expired")."""
        allow(actor, Action.WATCH)
        with self._database.read() as session:
            row, platform = self._open(session, actor, choice_id)
        return ChoiceView(row.digest, platform.name, bool(row.return_url), row.expires_at)

    def answer(self, actor: Actor, choice_id: str, exam_id: str, base: str) -> Answer:
        """Choose the exam, or nothing with an empty id. Once: a second time is a Conflict.

        base: where people reach this installation. Raises NotAllowed, NotFound (the choice, the
        exam), Conflict, Invalid ("exam_not_published").
        """
        allow(actor, Action.WATCH)
        try:
            return self._answer(actor, choice_id, exam_id, base)
        except AlreadyThere:  # somebody else chose the same in this moment
            return self._answer(actor, choice_id, exam_id, base)

    def _answer(self, actor: Actor, choice_id: str, exam_id: str, base: str) -> Answer:
        with self._database.write() as session:
            row, platform = self._open(session, actor, choice_id)
            exam = self._exam(session, actor, exam_id) if exam_id else None
            if not LtiRows(session).use_choice(row.digest, self._clock()):
                raise _used()
            path = "/proctor"
            if exam is not None and not row.return_url:
                place = Place(*cast("list[str]", json.loads(row.data)))
                link = LtiRows(session).link(platform.id, row.deployment, place.resource_link)
                keep_link(session, link, platform.id, row.deployment, exam.id, place, self._clock())
                path = f"/proctor?exam={exam.id}"
            elif exam is not None:
                keep_offer(session, platform.id, exam.id, actor, self._clock())
            self._audit.note(
                session, actor, "lti.chosen", "exam", exam.id if exam else "", platform=platform.id
            )
            items = [self._item(session, exam, base)] if exam else []
        if not row.return_url:
            return Answer(path, "")
        return Answer(row.return_url, self._keys.signed(self._response(platform, row, items)))

    def _open(
        self, session: Transaction, actor: Actor, choice_id: str
    ) -> tuple[LtiChoice, LtiPlatform]:
        rows = LtiRows(session)
        row = rows.choice(choice_id) if len(choice_id) == _MAX_ID else None
        if row is None or row.user_id != actor.user_id:
            raise NotFound("no_choice", "There is nothing to choose. Begin anew in the course.")
        platform = rows.platform(row.platform_id)
        if row.used_at is not None:
            raise _used()
        if row.expires_at <= self._clock() or platform is None or platform.disabled_at is not None:
            raise Conflict("choice_expired", "This took too long. Begin anew in the course.")
        return row, platform

    def _exam(self, session: Transaction, actor: Actor, exam_id: str) -> tables.Exam:
        exam = readable(session, actor, exam_id)
        if exam.version_id is None or exam.status != ExamStatus.PUBLISHED:
            raise Invalid("exam_not_published", "Only an exam that is published can be chosen.")
        return exam

    def _item(self, session: Transaction, exam: tables.Exam, base: str) -> dict[str, object]:
        """What the platform makes a link of, with a column in its gradebook (LTI DL 2.0, 3.1)."""
        assert exam.version_id is not None
        points = self._versions.content(exam.version_id, session).max_points
        available = {
            "startDateTime": iso(exam.opens_at) if exam.opens_at else "",
            "endDateTime": iso(exam.closes_at) if exam.closes_at else "",
        }
        item: dict[str, object] = {
            "type": "ltiResourceLink",
            "title": exam.title,
            "url": f"{base}/lti/launch",
            "custom": {"exam_id": exam.id},
            "window": {"targetName": "_blank"},
        }
        if points > 0:
            item["lineItem"] = {
                "scoreMaximum": points,
                "label": exam.title,
                "resourceId": exam.id,
            }
        if given := {name: value for name, value in available.items() if value}:
            item["available"] = given
        return item

    def _response(
        self, platform: LtiPlatform, row: LtiChoice, items: list[dict[str, object]]
    ) -> dict[str, object]:
        now = self._clock()
        said: dict[str, object] = {
            "iss": platform.client_id,
            "aud": [platform.issuer],
            "iat": int(now.timestamp()),
            "exp": int((now + _ANSWER_LASTS).timestamp()),
            "nonce": secrets.token_urlsafe(24),
            f"{LTI}version": VERSION,
            f"{LTI}message_type": "LtiDeepLinkingResponse",
            f"{LTI}deployment_id": row.deployment,
            f"{LINKING}content_items": items,
        }
        if (data := json.loads(row.data)) is not None:
            said[f"{LINKING}data"] = data
        return said


def _used() -> Conflict:
    return Conflict("choice_used", "This was answered already. Begin anew in the course.")
