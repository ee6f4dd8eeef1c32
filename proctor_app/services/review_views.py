"""What judging hands out: the queue, one sitting with all that was said of it, bulk dismissals."""

from dataclasses import dataclass
from datetime import datetime

from proctor_app.domain.incident import EventType, Verdict
from proctor_app.domain.review import QueueKind, QueueSort, ReviewKind
from proctor_app.domain.score import Compliance
from proctor_app.services.evidence import EvidenceView as EvidenceView
from proctor_app.services.rule_quality import RuleQuality
from proctor_app.services.views import AttemptView, IncidentView


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """exam_id: "" for all. kind: what they wait for. sort: the riskiest or the oldest first."""

    exam_id: str = ""
    kind: QueueKind | str = QueueKind.ALL
    sort: QueueSort | str = QueueSort.RISK


@dataclass(frozen=True, slots=True)
class QueuedAttempt:
    """candidate: the name. title: of the exam, empty for a free session. second_wanted: how many
    violations wait for a second person, the attempt's own verdict among them."""

    attempt: AttemptView
    candidate: str
    title: str
    open_appeal: bool
    second_wanted: int


@dataclass(frozen=True, slots=True)
class QueuePage:
    """next: where the next page begins, empty on the last one."""

    items: tuple[QueuedAttempt, ...]
    next: str


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What one person said. verdict: None for a note. incident_id: None where it is of the whole
    attempt. reviewer: the name. bulk_id: empty where it was judged alone."""

    id: int
    kind: ReviewKind
    incident_id: int | None
    verdict: Verdict | None
    category: str
    reason: str
    reviewer_id: str
    reviewer: str
    bulk_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AppealView:
    """answered_at: None while it is open; answered_by: a name."""

    id: int
    text: str
    made_at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReviewIncident:
    """compliance_without: what the attempt's would be, were this one dismissed. reviews: of this
    one, notes included, oldest first. quality: None where nothing is known of its rule."""

    incident: IncidentView
    evidence: tuple[EvidenceView, ...]
    compliance_without: float
    reviews: tuple[ReviewView, ...]
    quality: RuleQuality | None


@dataclass(frozen=True, slots=True)
class ReviewSitting:
    """incidents: those nobody judged first, the dearest before; at most the first few hundred of
    ``attempt.incidents``. notes, history: of the whole attempt, oldest first. proposal: the
    attempt's violation that waits for a second person."""

    attempt: AttemptView
    candidate: str
    title: str
    compliance: Compliance
    incidents: tuple[ReviewIncident, ...]
    notes: tuple[ReviewView, ...]
    appeals: tuple[AppealView, ...]
    history: tuple[ReviewView, ...]
    proposal: ReviewView | None
    reviewers_wanted: int
    is_released: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """An incident as it stands after a verdict, and its attempt."""

    incident: IncidentView
    attempt: AttemptView
    compliance: Compliance


@dataclass(frozen=True, slots=True)
class BulkDone:
    """incidents, attempts: how many were dismissed, and in how many attempts. remaining: attempts
    that wait for the next call."""

    bulk_id: str
    incidents: int
    attempts: int
    remaining: int = 0


@dataclass(frozen=True, slots=True)
class PastBulk:
    """reviewer: the name of who dismissed them. undone: how many of them were brought back."""

    bulk_id: str
    event_type: EventType
    reason: str
    reviewer: str
    at: datetime
    incidents: int
    attempts: int
    undone: int
