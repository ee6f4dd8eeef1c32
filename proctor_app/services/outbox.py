"""What other systems are to hear of is written down in the transaction of what it tells of: neither
is there without the other. ``WebhookSender`` sends it afterwards.

A message holds ids, kinds and times: no name, no reason, no word of anybody.
"""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime

from proctor_app.clock import iso
from proctor_app.db import tables
from proctor_app.db.partner_tables import Webhook, WebhookDelivery
from proctor_app.db.repositories.webhooks import DeliveryRows, WebhookRows
from proctor_app.db.session import Transaction
from proctor_app.domain.incident import Verdict
from proctor_app.domain.review import ReviewKind
from proctor_app.domain.webhook import GIVE_UP_AFTER, DeliveryState, Kind

Document = dict[str, object]
_IDS_AT_ONCE = 200
"""In one message, so that it stays below 4 KB."""


def listeners(
    session: Transaction, attempt: tables.Attempt, kind: Kind, at: datetime
) -> list[Webhook]:
    """Who is to hear of this; one query."""
    found = WebhookRows(session).told_of(attempt.exam_id, at - GIVE_UP_AFTER)
    return [one for one in found if kind in one.events.split()]


def tell(
    session: Transaction,
    attempt: tables.Attempt,
    kind: Kind,
    at: datetime,
    incident: tables.Incident | None = None,
    verdict: Document | None = None,
) -> None:
    """Write a message to every webhook that wants it. The caller holds the attempt's row, so that
    its messages are numbered in the order in which they are committed. at: when it happened."""
    hearers = listeners(session, attempt, kind, at)
    if not hearers:
        return
    said: Document = {"attempt": _attempt(attempt)}
    if incident is not None:
        said["incident"] = _incident(incident)
    if verdict is not None:
        said["verdict"] = verdict
    rows = [message(one.id, kind, at, said, attempt.id) for one in hearers]
    DeliveryRows(session).add(rows)


def tell_verdict(
    session: Transaction,
    attempt: tables.Attempt,
    review: tables.Review,
    verdict: Verdict,
    incident: tables.Incident | None = None,
) -> None:
    """Tell what stands now of an incident, or (None) of the attempt itself."""
    ids = [] if incident is None or incident.id is None else [incident.id]
    said = _verdict(verdict, ReviewKind(review.kind), review.reviewer_id, review.at, ids)
    tell(session, attempt, Kind.VERDICT_GIVEN, review.at, incident, said)


def tell_reopened(session: Transaction, attempt: tables.Attempt, at: datetime) -> None:
    """Tell that the attempt's own verdict no longer stands, for its candidate appealed; nobody
    judged anything."""
    said = _verdict(Verdict.NOT_REVIEWED, ReviewKind.APPEAL, "", at, [])
    tell(session, attempt, Kind.VERDICT_GIVEN, at, verdict=said)


def tell_verdicts(
    session: Transaction,
    attempt: tables.Attempt,
    verdict: Verdict,
    kind: ReviewKind,
    reviewer_id: str,
    at: datetime,
    incident_ids: Sequence[int],
) -> None:
    """As ``tell_verdict``, of many incidents that were judged in one go."""
    for start in range(0, len(incident_ids), _IDS_AT_ONCE):
        some = incident_ids[start : start + _IDS_AT_ONCE]
        said = _verdict(verdict, kind, reviewer_id, at, some)
        tell(session, attempt, Kind.VERDICT_GIVEN, at, verdict=said)


def message(
    webhook_id: str, kind: Kind, at: datetime, said: Document, attempt_id: str | None = None
) -> WebhookDelivery:
    """A row that waits to be sent."""
    delivery_id = str(uuid.uuid4())
    body = {"id": delivery_id, "kind": kind.value, "created_at": iso(at), **said}
    return WebhookDelivery(
        id=delivery_id,
        webhook_id=webhook_id,
        attempt_id=attempt_id,
        kind=kind.value,
        body=json.dumps(body, separators=(",", ":")),
        state=DeliveryState.WAITING.value,
        created_at=at,
        due_at=at,
    )


def _attempt(row: tables.Attempt) -> Document:
    return {
        "id": row.id,
        "exam_id": row.exam_id,
        "user_id": row.user_id,
        "status": row.status,
        "started_at": iso(row.started_at) if row.started_at else None,
        "ended_at": iso(row.ended_at) if row.ended_at else None,
    }


def _incident(row: tables.Incident) -> Document:
    return {
        "incident_id": row.id,
        "event_type": row.event_type,
        "severity": row.severity,
        "start_time": iso(row.opened_at),
        "end_time": iso(row.closed_at) if row.closed_at else None,
        "confidence": row.confidence,
        "verdict": row.verdict,
    }


def _verdict(
    verdict: Verdict, kind: ReviewKind, reviewer_id: str, at: datetime, incident_ids: Sequence[int]
) -> Document:
    return {
        "of": "incidents" if incident_ids else "attempt",
        "incident_ids": list(incident_ids),
        "verdict": verdict.value,
        "how": kind.value,
        "reviewer_id": reviewer_id,
        "at": iso(at),
    }
