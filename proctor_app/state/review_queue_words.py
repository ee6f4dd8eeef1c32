"""What the review queue says of each attempt: how it stands, what waits and for how long."""

from dataclasses import dataclass
from datetime import datetime

from proctor_app.clock import iso
from proctor_app.domain.attempt import OPEN, VERDICTS
from proctor_app.domain.review import QueueKind, QueueSort
from proctor_app.services.review_views import QueuedAttempt, QueueFilter
from proctor_app.state.review_words import FREE, address, status
from proctor_app.state.shown import Chip, duration

KINDS = {
    QueueKind.ALL.value: "All that waits",
    QueueKind.INCIDENTS.value: "Incidents to judge",
    QueueKind.SECOND.value: "Needs a second person",
    QueueKind.VERDICT.value: "Attempt's verdict missing",
    QueueKind.APPEAL.value: "Appeal to answer",
}
SORTS = {QueueSort.RISK.value: "Riskiest first", QueueSort.AGE.value: "Oldest first"}


@dataclass(frozen=True)
class ShownQueued:
    """looking: who else looks at it now, by name."""

    attempt_id: str
    href: str
    candidate: str
    title: str
    number: str
    status: Chip
    compliance: int
    kind: str
    waiting: str
    chips: list[Chip]
    ended_at: str
    age: str
    looking: str = ""


def queued(item: QueuedAttempt, now: datetime, queue: QueueFilter) -> ShownQueued:
    """queue: what it is shown in."""
    attempt = item.attempt
    at = attempt.ended_at or attempt.started_at or attempt.created_at
    value = round(attempt.compliance)
    return ShownQueued(
        attempt_id=attempt.id,
        href=address(attempt.id, queue.exam_id, str(queue.kind), str(queue.sort)),
        candidate=item.candidate,
        title=item.title or FREE,
        number=f"attempt {attempt.number}",
        status=status(attempt),
        compliance=value,
        kind="alert" if value < 50 else "notice" if value < 80 else "ok",
        waiting=_waiting(item),
        chips=_queue_chips(item),
        ended_at=iso(at),
        age=f"{_age((now - at).total_seconds())} ago",
    )


def _waiting(item: QueuedAttempt) -> str:
    left = item.attempt.to_review
    if left:
        some = f" of {item.attempt.incidents}" if left < item.attempt.incidents else ""
        return f"{left}{some} to judge"
    return "" if item.attempt.incidents else "No incidents"


def _queue_chips(item: QueuedAttempt) -> list[Chip]:
    chips = []
    if item.open_appeal:
        chips.append(Chip("notice", "Appeal"))
    if item.second_wanted:
        chips.append(Chip("alert", "Needs a second person"))
    is_over = item.attempt.status not in OPEN and item.attempt.status not in VERDICTS
    if is_over and not item.attempt.to_review and not item.second_wanted:
        chips.append(Chip("unknown", "Verdict missing"))
    return chips


def _age(seconds: float) -> str:
    """In the largest unit alone: nobody needs the seconds."""
    for unit_s, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit_s:
            return f"{int(seconds // unit_s)} {word}"
    return duration(seconds)
