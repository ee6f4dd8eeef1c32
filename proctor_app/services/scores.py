"""An attempt's standing by its incidents: compliance, what waits for a review, its place in the
queue. Written in the very transaction that changes an incident, so that no reader has to sum up."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.tallies import Tallies, TypeTotal
from proctor_app.db.session import Transaction
from proctor_app.domain.attempt import OPEN, VERDICTS, AttemptStatus
from proctor_app.domain.incident import EventType, Verdict
from proctor_app.domain.score import (
    WEIGHTS,
    Compliance,
    ScoredIncident,
    TypeCost,
    Weight,
    cost,
    of_costs,
)

SLOT_S = 300
_LAST = 1000.0
"""Far above every compliance."""
Weights = Mapping[EventType, Weight]


def slot_of(at: datetime) -> int:
    """Which five minutes since 1970 a time lies in."""
    return int(at.timestamp()) // SLOT_S


def price(row: tables.Incident, weights: Weights) -> None:
    """Write what the incident costs as it stands; one that is open costs nothing yet."""
    row.slot = slot_of(row.opened_at)
    if row.closed_at is None:
        row.cost = 0.0
        return
    kind = EventType(row.event_type)
    lasted_s = (row.closed_at - row.opened_at).total_seconds()
    row.cost = cost(ScoredIncident(kind, row.confidence, lasted_s, weight=weights.get(kind)))


def changed(
    session: Transaction,
    attempt: tables.Attempt,
    rows: Sequence[tables.Incident],
    weights: Weights = WEIGHTS,
) -> Compliance:
    """These incidents of an attempt were opened, closed, or judged: sum up anew. The caller holds
    the attempt's row locked."""
    tallies = Tallies(session)
    for event_type, slot in {(row.event_type, row.slot) for row in rows}:
        tallies.refresh(attempt.id, event_type, slot)
    return _stand(session, attempt, weights)


def changed_all(
    session: Transaction, attempt: tables.Attempt, weights: Weights = WEIGHTS
) -> Compliance:
    """As ``changed``, where many incidents of the attempt changed."""
    Tallies(session).refresh_all(attempt.id)
    return _stand(session, attempt, weights)


def by_totals(
    totals: Sequence[TypeTotal],
    weights: Weights,
    open_now: Sequence[ScoredIncident] = (),
) -> Compliance:
    """Compliance from an attempt's sums by type, and what its open incidents cost so far."""
    sums: dict[EventType, TypeCost] = {}
    for total in totals:
        sums[EventType(total.event_type)] = TypeCost(total.incidents, total.cost)
    for incident in open_now:
        before = sums.get(incident.event_type, TypeCost(0, 0.0))
        if incident.verdict is not Verdict.PASSED:
            sums[incident.event_type] = TypeCost(before.count, before.cost + cost(incident))
    caps = {kind: (weights.get(kind) or WEIGHTS[kind]).cap for kind in sums}
    return of_costs(sums, caps)


def rank(attempt: tables.Attempt) -> None:
    """Give the attempt its place in the review queue, or take it out.

    It waits there while one of its incidents is not judged, a violation that wants a second person
    among them, whatever its own verdict is: that judges no incident, and one that was brought back
    or proposed afterwards must not be lost. Without a verdict it waits also once it has ended with
    incidents, or is under review, as every appeal makes it. Those with a verdict come last.
    """
    status = AttemptStatus(attempt.status)
    is_judged = status in VERDICTS
    if status is AttemptStatus.CANCELLED:
        waits = False
    elif status in OPEN or is_judged:
        waits = attempt.to_review > 0
    else:
        waits = attempt.incidents > 0 or status is AttemptStatus.UNDER_REVIEW
    place = attempt.compliance + (_LAST if is_judged else 0.0)
    attempt.review_risk = place if waits else None
    since = attempt.ended_at or attempt.started_at or attempt.created_at
    attempt.waits_since = since if waits else None


def _stand(session: Transaction, attempt: tables.Attempt, weights: Weights) -> Compliance:
    totals = Tallies(session).totals([attempt.id]).get(attempt.id, [])
    found = by_totals(totals, weights)
    attempt.compliance = found.value
    attempt.incidents = sum(total.incidents for total in totals)
    attempt.to_review = sum(total.waiting for total in totals)
    rank(attempt)
    AttemptRows(session).flush()
    return found
