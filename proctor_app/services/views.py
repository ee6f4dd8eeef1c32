"""What services hand out: frozen values, no database rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import EventType, Severity, Verdict, event_text
from proctor_app.domain.score import WEIGHTS, Compliance, ScoredIncident, Weight, compliance
from proctor_app.vision.presence import Presence


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    email: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class AttemptView:
    """monitored_s: seconds in which a judgement was possible; face_s: those with a face. exam_id:
    None for a free session. number: the candidate's how-manieth of the exam. ends_by: the latest
    end. paused_at: since when its clock stands still; paused_by: candidate, staff or installation.
    answered: questions with an answer. points: None until wholly marked. compliance: by its closed
    incidents. incidents: that are not cleared away; to_review: those nobody judged. category,
    judged_by, judged_at: of the attempt's own verdict."""

    id: str
    user_id: str
    status: AttemptStatus
    status_reason: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_minutes: int
    last_frame_at: datetime | None
    monitored_s: float
    face_s: float
    exam_id: str | None = None
    version_id: str | None = None
    number: int = 1
    seed: int = 0
    ends_by: datetime | None = None
    paused_at: datetime | None = None
    paused_s: float = 0.0
    paused_by: str = ""
    holder: str = ""
    last_seen_at: datetime | None = None
    answered: int = 0
    neutral: str = ""
    receipt: str = ""
    points: float | None = None
    max_points: float | None = None
    marked_at: datetime | None = None
    compliance: float = 100.0
    incidents: int = 0
    to_review: int = 0
    released_at: datetime | None = None
    category: str = ""
    judged_by: str = ""
    judged_at: datetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When the time is up, if no pause is still going on; None before the start."""
        return ends_at(self.started_at, self.duration_minutes, self.ends_by, self.paused_s)

    def remaining_s(self, now: datetime) -> float | None:
        """Seconds left, 0 at the end; they stand still in a pause. None before the start."""
        if self.ends_at is None:
            return None
        return max(0.0, (self.ends_at - (self.paused_at or now)).total_seconds())

    def is_overdue(self, now: datetime) -> bool:
        return self.remaining_s(now) == 0.0

    @property
    def face_detection_rate(self) -> float | None:
        return Presence(self.monitored_s, self.face_s).rate


@dataclass(frozen=True, slots=True)
class IncidentView:
    """weight: what it costs by its exam's rules, None where they say nothing of their own.
    acknowledged_by: who has seen it live. proposed: a verdict that waits for a second person.
    reviewed_by, reviewed_at, reason, category: of the verdict that stands."""

    id: int
    attempt_id: str
    event_type: EventType
    severity: Severity
    detail: str
    opened_at: datetime
    closed_at: datetime | None
    confidence: float
    verdict: Verdict
    evidence_count: int
    weight: Weight | None = None
    models: str = ""
    acknowledged_by: str = ""
    proposed: str = ""
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    reason: str = ""
    category: str = ""

    @property
    def event(self) -> str:
        return event_text(self.event_type, self.detail)

    def duration_s(self, now: datetime) -> float:
        return ((self.closed_at or now) - self.opened_at).total_seconds()


def ends_at(
    started_at: datetime | None,
    duration_minutes: int,
    ends_by: datetime | None,
    paused_s: float,
) -> datetime | None:
    """When an attempt's time is up; None before its start."""
    if started_at is None:
        return None
    found = started_at + timedelta(minutes=duration_minutes)
    if ends_by is not None:
        found = min(found, ends_by)
    return found + timedelta(seconds=paused_s)


def account(user: tables.User) -> Account:
    return Account(user.id, user.email, user.name, Role(user.role))


def attempt(row: tables.Attempt) -> AttemptView:
    return AttemptView(
        id=row.id,
        user_id=row.user_id,
        status=AttemptStatus(row.status),
        status_reason=row.status_reason,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        duration_minutes=row.duration_minutes,
        last_frame_at=row.last_frame_at,
        monitored_s=row.monitored_s,
        face_s=row.face_s,
        exam_id=row.exam_id,
        version_id=row.version_id,
        number=row.number,
        seed=row.seed,
        ends_by=row.ends_by,
        paused_at=row.paused_at,
        paused_s=row.paused_s,
        paused_by=row.paused_by,
        holder=row.holder,
        last_seen_at=row.last_seen_at,
        answered=row.answered,
        neutral=row.neutral,
        receipt=row.receipt,
        points=row.points,
        max_points=row.max_points,
        marked_at=row.marked_at,
        compliance=row.compliance,
        incidents=row.incidents,
        to_review=row.to_review,
        released_at=row.released_at,
        category=row.category,
        judged_by=row.judged_by,
        judged_at=row.judged_at,
    )


def incident(
    row: tables.Incident,
    evidence_count: int,
    weights: Mapping[EventType, Weight] = WEIGHTS,
) -> IncidentView:
    assert row.id is not None
    return IncidentView(
        id=row.id,
        attempt_id=row.attempt_id,
        event_type=EventType(row.event_type),
        severity=Severity(row.severity),
        detail=row.detail,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        confidence=row.confidence,
        verdict=Verdict(row.verdict),
        evidence_count=evidence_count,
        weight=weights.get(EventType(row.event_type)),
        models=row.models,
        acknowledged_by=row.acknowledged_by,
        proposed=row.proposed,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
        reason=row.reason,
        category=row.category,
    )


def score(incidents: Iterable[IncidentView], now: datetime) -> Compliance:
    return compliance(
        ScoredIncident(i.event_type, i.confidence, i.duration_s(now), i.verdict, i.weight)
        for i in incidents
    )
