"""What a report on an attempt says: frozen values, the same for JSON, CSV, HTML and PDF.

All times are UTC. ``None`` is "not there", never zero. As JSON this is the documented format
``proctor.attempt-report/1``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.exam import Level, Preset
from proctor_app.domain.incident import EventType, Severity, Verdict
from proctor_app.domain.question import QuestionKind

FORMAT = "proctor.attempt-report/1"
STATEMENT = (
    "No machine sanctions anyone. Incidents are notes of a program that can be wrong in both"
    " directions; a person gave every verdict in this report. What could not be judged is not held"
    " against anyone."
)


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who did something; role as it is now."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Making:
    """When, by whom and by which version of the program the report was made."""

    at: datetime
    by: Who
    version: str


@dataclass(frozen=True, slots=True)
class ExamFacts:
    """version: the number of the one that was asked, None where it is gone."""

    id: str
    code: str
    title: str
    version: int | None
    time_zone: str
    opens_at: datetime | None
    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Candidate:
    id: str
    name: str
    email: str
    is_erased: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """ended_at: None while it goes on."""

    began_at: datetime
    ended_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """duration_minutes: that were allowed. took_s: from start to end without pauses, None before
    the end. face_rate: share of the monitored time with a face, 0 to 1. points: None until wholly
    marked. decision_by, decision_at, category: of the attempt's own verdict."""

    id: str
    number: int
    status: AttemptStatus
    status_reason: str
    created_at: datetime
    consented_at: datetime | None
    notice_version: str
    started_at: datetime | None
    ended_at: datetime | None
    duration_minutes: int
    took_s: float | None
    paused_s: float
    pauses: tuple[Pause, ...]
    monitored_s: float
    face_rate: float | None
    points: float | None
    max_points: float | None
    marked_at: datetime | None
    released_at: datetime | None
    category: str
    decision_by: Who | None
    decision_at: datetime | None


@dataclass(frozen=True, slots=True)
class Watched:
    """By which rules it was watched. off: event types that were not looked for."""

    level: Level
    preset: Preset
    off: tuple[EventType, ...]
    forbidden: tuple[str, ...]
    identity_check: bool
    grace_s: int


@dataclass(frozen=True, slots=True)
class Accommodation:
    """What was arranged for this candidate. preset: None for the exam's own."""

    extra_minutes: int
    may_pause: bool
    detectors_off: tuple[EventType, ...]
    preset: Preset | None


@dataclass(frozen=True, slots=True)
class Term:
    """What one kind of incident took from 100; cap: the most it can take."""

    event_type: EventType
    event: str
    incidents: int
    points_lost: float
    cap: float


@dataclass(frozen=True, slots=True)
class ComplianceFacts:
    """value: 0 to 100, by the incidents that have ended and were not dismissed."""

    value: float
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """moment: before, at or after the incident's opening. sha256: of the picture as it was kept.
    is_kept: whether it still is."""

    ordinal: int
    moment: str
    taken_at: datetime
    sha256: str
    size_bytes: int
    is_kept: bool


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """source: camera or browser. detector: names and versions of what noted it. confidence: 0 to 1.
    cost: points it takes before the cap of its kind. proposed: a verdict that waits for a second
    person."""

    id: int
    event_type: EventType
    event: str
    detail: str
    severity: Severity
    source: str
    detector: str
    opened_at: datetime
    closed_at: datetime | None
    duration_s: float | None
    confidence: float
    cost: float
    verdict: Verdict
    proposed: str
    reviewed_by: Who | None
    reviewed_at: datetime | None
    reason: str
    category: str
    acknowledged_by: Who | None
    acknowledged_at: datetime | None
    pictures: tuple[PictureFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """incident_id: None for what was said of the whole attempt."""

    at: datetime
    by: Who | None
    kind: str
    incident_id: int | None
    verdict: str
    category: str
    reason: str


@dataclass(frozen=True, slots=True)
class AppealFacts:
    made_at: datetime
    text: str
    answer: str
    answered_by: Who | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """by: None for the installation itself. kind: message or warning."""

    sent_at: datetime
    by: Who | None
    is_candidates: bool
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class EventFacts:
    at: datetime
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """Progress and points, not what was answered or would be right. marked_by: None where the rules
    marked it. shown_s: how long the question stood before the candidate, None where nobody
    knows."""

    question_id: str
    number: int
    kind: QuestionKind
    text: str
    is_answered: bool
    saved_at: datetime | None
    points: float | None
    max_points: float
    marked_by: Who | None
    shown_s: float | None


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """What the candidate's browser told of one kind, by the server's clock."""

    kind: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class AttemptReport:
    """exam: None for a free session. incident_count: how many there are, not_judged how many of
    them nobody judged; incidents holds the first of them where they are too many for one document
    (CSV has them all)."""

    format: str
    statement: str
    made: Making
    exam: ExamFacts | None
    candidate: Candidate
    attempt: AttemptFacts
    watched: Watched
    accommodation: Accommodation | None
    compliance: ComplianceFacts
    incident_count: int
    not_judged: int
    incidents: tuple[IncidentFacts, ...]
    reviews: tuple[ReviewFacts, ...]
    appeals: tuple[AppealFacts, ...]
    messages: tuple[MessageFacts, ...]
    history: tuple[EventFacts, ...]
    answers: tuple[AnswerFacts, ...]
    signals: tuple[SignalFacts, ...]

    @property
    def begins_at(self) -> datetime:
        """Where its timeline begins."""
        return self.attempt.started_at or self.attempt.created_at

    @property
    def ends_at(self) -> datetime:
        """Where its timeline ends; a moment after the beginning at least."""
        return max(self.attempt.ended_at or self.made.at, self.begins_at + timedelta(seconds=1))
