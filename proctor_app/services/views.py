"""What services hand out: frozen values, no database rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import EventType, Severity, Verdict, event_text
from proctor_app.domain.score import Compliance, ScoredIncident, compliance


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    email: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class AttemptView:
    """monitored_s: seconds in which a judgement was possible; face_s: those with a face."""

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

    @property
    def ends_at(self) -> datetime | None:
        """When the time is up; None before the start."""
        if self.started_at is None:
            return None
        return self.started_at + timedelta(minutes=self.duration_minutes)

    @property
    def face_detection_rate(self) -> float | None:
        return None if self.monitored_s <= 0 else min(1.0, self.face_s / self.monitored_s)


@dataclass(frozen=True, slots=True)
class IncidentView:
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

    @property
    def event(self) -> str:
        return event_text(self.event_type, self.detail)

    def duration_s(self, now: datetime) -> float:
        return ((self.closed_at or now) - self.opened_at).total_seconds()


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
    )


def incident(row: tables.Incident, evidence_count: int) -> IncidentView:
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
    )


def score(incidents: Iterable[IncidentView], now: datetime) -> Compliance:
    return compliance(
        ScoredIncident(i.event_type, i.confidence, i.duration_s(now), i.verdict) for i in incidents
    )
