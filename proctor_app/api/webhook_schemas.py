"""What the routes about webhooks take and answer."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from proctor_app.clock import iso
from proctor_app.domain.webhook import KINDS, DeliveryState, Kind
from proctor_app.services.outgoing import MAX_URL
from proctor_app.services.webhook_views import (
    DeliveryPage,
    DeliveryView,
    MadeWebhook,
    WebhookTerms,
    WebhookView,
)
from proctor_app.services.webhooks import MAX_DESCRIPTION

_ID = "0d6c1b0e-6c0d-4c57-9a53-9d6f6c1f3a10"
_TERMS: dict[str, Any] = {
    "url": "https://lms.example.org/hooks/proctor",
    "events": ["attempt.finished", "verdict.given"],
    "description": "The learning platform",
    "exam_id": None,
}
_WEBHOOK: dict[str, Any] = {
    "id": _ID,
    **_TERMS,
    "created_at": "2026-03-02T09:00:00.000Z",
    "updated_at": "2026-03-02T09:00:00.000Z",
    "paused_at": None,
    "failing_since": None,
    "problem": "",
    "waiting": 0,
    "last_delivered_at": "2026-03-02T10:12:31.204Z",
    "last_status_code": 204,
}
_DELIVERY: dict[str, Any] = {
    "id": "5f2f0c56-3c5b-49b8-8d1e-6f0b4f8f2b11",
    "repeats": None,
    "webhook_id": _ID,
    "attempt_id": None,
    "kind": "test",
    "state": "delivered",
    "created_at": "2026-03-02T10:12:31.000Z",
    "tries": 1,
    "tried_at": "2026-03-02T10:12:31.000Z",
    "next_try_at": None,
    "ended_at": "2026-03-02T10:12:31.204Z",
    "took_ms": 201,
    "status_code": 204,
    "problem": "",
    "body": {
        "id": "5f2f0c56-3c5b-49b8-8d1e-6f0b4f8f2b11",
        "kind": "test",
        "created_at": "2026-03-02T10:12:31.000Z",
    },
}
_Url = Annotated[str, Field(max_length=MAX_URL)]
_Events = Annotated[
    list[Annotated[str, Field(max_length=32)]], Field(min_length=1, max_length=len(KINDS))
]
_Description = Annotated[str, Field(max_length=MAX_DESCRIPTION)]
_ExamId = Annotated[str, Field(max_length=36)]


def _shown(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


class WebhookBody(BaseModel):
    """url: an https address that is not private, unless the installation allows it. exam_id: of
    this exam alone; null for all exams and free sessions."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _TERMS})

    url: _Url
    events: _Events
    description: _Description = ""
    exam_id: _ExamId | None = None

    def terms(self) -> WebhookTerms:
        return WebhookTerms(self.url, tuple(self.events), self.description, self.exam_id)


class WebhookChange(BaseModel):
    """What is left out stays as it is. paused: nothing is sent, what happens waits for three
    days."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"paused": True}})

    url: _Url | None = None
    events: _Events | None = None
    description: _Description | None = None
    exam_id: _ExamId | None = None
    paused: bool | None = None

    def terms(self, before: WebhookView) -> WebhookTerms | None:
        """None where only the pause changes."""
        if not self.model_fields_set - {"paused"}:
            return None
        events = before.kinds if self.events is None else tuple(self.events)
        description = before.description if self.description is None else self.description
        exam_id = self.exam_id if "exam_id" in self.model_fields_set else before.exam_id
        url = before.url if self.url is None else self.url
        return WebhookTerms(url, events, description, exam_id)


class WebhookDocument(BaseModel):
    """failing_since, problem: null and "" where the last try was taken. waiting: messages that are
    to be sent. last_delivered_at, last_status_code: of the newest message that was taken."""

    model_config = _shown(_WEBHOOK)

    id: str
    url: str
    events: list[Kind]
    description: str
    exam_id: str | None
    created_at: str
    updated_at: str
    paused_at: str | None
    failing_since: str | None
    problem: str
    waiting: int
    last_delivered_at: str | None
    last_status_code: int | None


class MadeWebhookAnswer(WebhookDocument):
    """secret: signs every message. Keep it now: nobody can show it again."""

    model_config = _shown(
        {**_WEBHOOK, "secret": "whsec_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
    )

    secret: str


class WebhooksAnswer(BaseModel):
    model_config = _shown({"items": [_WEBHOOK]})

    items: list[WebhookDocument]


class DeliveryDocument(BaseModel):
    """repeats: the id of the delivery that was sent again, else null. took_ms, status_code,
    problem: of the last try; status_code null where there was no answer. body: as it is sent."""

    model_config = _shown(_DELIVERY)

    id: str
    repeats: str | None
    webhook_id: str
    attempt_id: str | None
    kind: Kind
    state: DeliveryState
    created_at: str
    tries: int
    tried_at: str | None
    next_try_at: str | None
    ended_at: str | None
    took_ms: int | None
    status_code: int | None
    problem: str
    body: dict[str, Any]


class DeliveriesAnswer(BaseModel):
    """items: the newest first. next: a cursor, null where the list ends."""

    model_config = _shown({"items": [_DELIVERY], "next": None})

    items: list[DeliveryDocument]
    next: str | None


def webhook(view: WebhookView) -> WebhookDocument:
    return WebhookDocument(**_fields(view))


def made(found: MadeWebhook) -> MadeWebhookAnswer:
    return MadeWebhookAnswer(**_fields(found.webhook), secret=found.secret)


def _fields(view: WebhookView) -> dict[str, Any]:
    return {
        "id": view.id,
        "url": view.url,
        "events": list(view.kinds),
        "description": view.description,
        "exam_id": view.exam_id,
        "created_at": iso(view.created_at),
        "updated_at": iso(view.updated_at),
        "paused_at": iso(view.paused_at) if view.paused_at else None,
        "failing_since": iso(view.failing_since) if view.failing_since else None,
        "problem": view.problem,
        "waiting": view.waiting,
        "last_delivered_at": iso(view.delivered_at) if view.delivered_at else None,
        "last_status_code": view.status_code,
    }


def delivery(view: DeliveryView) -> DeliveryDocument:
    return DeliveryDocument(
        id=view.id,
        repeats=view.first_id or None,
        webhook_id=view.webhook_id,
        attempt_id=view.attempt_id,
        kind=view.kind,
        state=view.state,
        created_at=iso(view.created_at),
        tries=view.tries,
        tried_at=iso(view.tried_at) if view.tried_at else None,
        next_try_at=iso(view.next_try_at) if view.next_try_at else None,
        ended_at=iso(view.ended_at) if view.ended_at else None,
        took_ms=view.took_ms,
        status_code=view.status_code,
        problem=view.problem,
        body=json.loads(view.body),
    )


def deliveries(page: DeliveryPage) -> DeliveriesAnswer:
    return DeliveriesAnswer(items=[delivery(one) for one in page.items], next=page.next or None)
