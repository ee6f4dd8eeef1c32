"""What the routes of the review take and answer."""

from datetime import datetime

from pydantic import BaseModel, Field

from proctor_app.api.attempt_schemas import ListedDocument, listed
from proctor_app.api.schemas import IncidentDocument, incident
from proctor_app.clock import iso
from proctor_app.domain.review import MAX_REASON
from proctor_app.services.attempt_list import ListedAttempt
from proctor_app.services.evidence import EvidenceView
from proctor_app.services.incident_list import IncidentPage
from proctor_app.services.review_views import AppealView, BulkDone, Judged, PastBulk, QueuePage
from proctor_app.services.views import AttemptView, IncidentView


class EvidenceDocument(BaseModel):
    """A picture at /incidents/{id}/evidence/{n}. moment: before, at or after the opening."""

    n: int
    moment: str
    taken_at: str


class ReviewedIncident(IncidentDocument):
    """reason, category: of the verdict that stands, "" for none. proposed: "violation" while that
    waits for a second person."""

    reason: str
    category: str
    proposed: str
    reviewed_at: str | None


class IncidentWithEvidence(ReviewedIncident):
    evidence: list[EvidenceDocument]


class IncidentsAnswer(BaseModel):
    """next: a cursor, null on the last page."""

    items: list[IncidentWithEvidence]
    next: str | None


class VerdictRequest(BaseModel):
    """verdict: passed, suspicious or violation; a violation needs a reason."""

    verdict: str = Field(max_length=16)
    reason: str = Field(default="", max_length=MAX_REASON)
    category: str = Field(default="", max_length=32)


class JudgedAnswer(ReviewedIncident):
    """compliance: of the attempt, as it is now."""

    attempt_id: str
    compliance: float


class AttemptAnswer(BaseModel):
    """released_at: since when the candidate sees what was found."""

    id: str
    status: str
    category: str
    judged_at: str | None
    released_at: str | None
    compliance: float
    to_review: int


class ReleaseRequest(BaseModel):
    """released: false takes it back."""

    released: bool = True


class AppealRequest(BaseModel):
    text: str = Field(max_length=MAX_REASON)


class AppealAnswerRequest(BaseModel):
    """verdict: a new one; without one the old is given again."""

    text: str = Field(max_length=MAX_REASON)
    verdict: str = Field(default="", max_length=16)


class AppealDocument(BaseModel):
    text: str
    made_at: str
    answer: str
    answered_at: str | None


class QueuedDocument(ListedDocument):
    """second_wanted: how many violations wait for a second person."""

    compliance: float
    to_review: int
    open_appeal: bool
    second_wanted: int


class QueueAnswer(BaseModel):
    """next: a cursor, null where the queue ends."""

    items: list[QueuedDocument]
    next: str | None


class DismissalRequest(BaseModel):
    """since: only incidents that opened no sooner. id: of the dismissal that is to go on."""

    event_type: str = Field(max_length=32)
    reason: str = Field(max_length=MAX_REASON)
    since: datetime | None = None
    id: str = Field(default="", max_length=36)


class DismissalAnswer(BaseModel):
    """incidents, attempts: how many were dismissed or brought back by this request, and in how many
    attempts. remaining: attempts that are left; ask again, with the id, until there are none."""

    id: str
    incidents: int
    attempts: int
    remaining: int


class PastDismissal(BaseModel):
    """undone: how many of them were brought back."""

    id: str
    incidents: int
    attempts: int
    event_type: str
    reason: str
    by: str
    at: str
    undone: int


class DismissalsAnswer(BaseModel):
    items: list[PastDismissal]


def incidents(page: IncidentPage) -> IncidentsAnswer:
    items = [
        IncidentWithEvidence(
            **_reviewed(one.incident).model_dump(),
            evidence=[_evidence(picture) for picture in one.evidence],
        )
        for one in page.items
    ]
    return IncidentsAnswer(items=items, next=page.next or None)


def judged(found: Judged) -> JudgedAnswer:
    return JudgedAnswer(
        **_reviewed(found.incident).model_dump(),
        attempt_id=found.attempt.id,
        compliance=found.compliance.value,
    )


def attempt(found: AttemptView) -> AttemptAnswer:
    return AttemptAnswer(
        id=found.id,
        status=found.status.value,
        category=found.category,
        judged_at=_iso(found.judged_at),
        released_at=_iso(found.released_at),
        compliance=found.compliance,
        to_review=found.to_review,
    )


def appeal(found: AppealView) -> AppealDocument:
    return AppealDocument(
        text=found.text,
        made_at=iso(found.made_at),
        answer=found.answer,
        answered_at=_iso(found.answered_at),
    )


def queue(page: QueuePage) -> QueueAnswer:
    items = [
        QueuedDocument(
            **listed(ListedAttempt(one.attempt, one.candidate, one.title, None)).model_dump(),
            compliance=one.attempt.compliance,
            to_review=one.attempt.to_review,
            open_appeal=one.open_appeal,
            second_wanted=one.second_wanted,
        )
        for one in page.items
    ]
    return QueueAnswer(items=items, next=page.next or None)


def dismissal(done: BulkDone) -> DismissalAnswer:
    return DismissalAnswer(
        id=done.bulk_id,
        incidents=done.incidents,
        attempts=done.attempts,
        remaining=done.remaining,
    )


def dismissals(found: tuple[PastBulk, ...]) -> DismissalsAnswer:
    return DismissalsAnswer(items=[_past(one) for one in found])


def _past(one: PastBulk) -> PastDismissal:
    return PastDismissal(
        id=one.bulk_id,
        incidents=one.incidents,
        attempts=one.attempts,
        event_type=one.event_type.value,
        reason=one.reason,
        by=one.reviewer,
        at=iso(one.at),
        undone=one.undone,
    )


def _reviewed(view: IncidentView) -> ReviewedIncident:
    return ReviewedIncident(
        **incident(view).model_dump(),
        reason=view.reason,
        category=view.category,
        proposed=view.proposed,
        reviewed_at=_iso(view.reviewed_at),
    )


def _evidence(one: EvidenceView) -> EvidenceDocument:
    return EvidenceDocument(n=one.ordinal, moment=one.moment.value, taken_at=iso(one.taken_at))


def _iso(at: datetime | None) -> str | None:
    return iso(at) if at else None
