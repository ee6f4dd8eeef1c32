"""Webhooks and deliveries as admins see them."""

import json
from dataclasses import dataclass
from datetime import datetime

from proctor_app.db.partner_tables import Webhook, WebhookDelivery
from proctor_app.domain.webhook import DeliveryState, Kind


@dataclass(frozen=True, slots=True)
class WebhookView:
    """exam_id, exam_title: None and empty for all exams. paused_at: None while it is sent to.
    failing_since, problem: None and empty where the last try was taken. waiting: how many messages
    are to be sent. delivered_at, status_code: of the newest message that was taken."""

    id: str
    url: str
    description: str
    kinds: tuple[Kind, ...]
    exam_id: str | None
    exam_title: str
    created_at: datetime
    updated_at: datetime
    paused_at: datetime | None
    failing_since: datetime | None
    problem: str
    waiting: int
    delivered_at: datetime | None
    status_code: int | None


@dataclass(frozen=True, slots=True)
class MadeWebhook:
    """secret: shown this once."""

    webhook: WebhookView
    secret: str


@dataclass(frozen=True, slots=True)
class WebhookTerms:
    """What an admin says of a webhook; exam_id None: of all exams and free sessions."""

    url: str
    kinds: tuple[str, ...]
    description: str = ""
    exam_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """first_id: of the delivery that this repeats, empty for none. next_try_at: None where there is
    none. took_ms, status_code, problem: of the last try. body: JSON as it is sent."""

    id: str
    first_id: str
    webhook_id: str
    attempt_id: str | None
    kind: Kind
    state: DeliveryState
    created_at: datetime
    tries: int
    tried_at: datetime | None
    next_try_at: datetime | None
    ended_at: datetime | None
    took_ms: int | None
    status_code: int | None
    problem: str
    body: str


@dataclass(frozen=True, slots=True)
class DeliveryQuery:
    """state: empty for any. cursor: ``next`` of the page before."""

    state: str = ""
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """items: the newest first. next: a cursor, empty where the list ends."""

    items: tuple[DeliveryView, ...]
    next: str


def webhook_view(
    row: Webhook, title: str, waiting: int, newest: WebhookDelivery | None
) -> WebhookView:
    """newest: of those that were taken."""
    return WebhookView(
        id=row.id,
        url=row.url,
        description=row.description,
        kinds=tuple(Kind(one) for one in row.events.split()),
        exam_id=row.exam_id,
        exam_title=title,
        created_at=row.created_at,
        updated_at=row.updated_at,
        paused_at=row.paused_at,
        failing_since=row.failing_since,
        problem=row.problem,
        waiting=waiting,
        delivered_at=newest.ended_at if newest else None,
        status_code=newest.status_code if newest else None,
    )


def delivery_view(row: WebhookDelivery) -> DeliveryView:
    first_id = str(json.loads(row.body)["id"])
    return DeliveryView(
        id=row.id,
        first_id=first_id if first_id != row.id else "",
        webhook_id=row.webhook_id,
        attempt_id=row.attempt_id,
        kind=Kind(row.kind),
        state=DeliveryState(row.state),
        created_at=row.created_at,
        tries=row.tries,
        tried_at=row.tried_at,
        next_try_at=row.due_at,
        ended_at=row.ended_at,
        took_ms=row.took_ms,
        status_code=row.status_code,
        problem=row.error,
        body=row.body,
    )
