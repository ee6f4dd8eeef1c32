"""What the review desk says of incidents and attempts: how sure, how good a rule, who said what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from proctor_app.clock import iso
from proctor_app.domain.attempt import OPEN, VERDICTS, AttemptStatus
from proctor_app.domain.incident import Verdict
from proctor_app.domain.review import CATEGORY_WORDS, Category, QueueSort, ReviewKind
from proctor_app.services.evidence import EvidenceView
from proctor_app.services.review_views import (
    AppealView,
    ReviewIncident,
    ReviewSitting,
    ReviewView,
)
from proctor_app.services.views import AttemptView
from proctor_app.state import review_sources as sources
from proctor_app.state.shown import Chip, attempt_state, duration

MAX_INCIDENTS = 150
"""More than this at once would help nobody; the rest follows as these are judged."""
FREE = "Free session"
NO_CHIP = Chip("none", "")
VERDICT_CHIPS = {
    Verdict.PASSED: Chip("ok", "Dismissed"),
    Verdict.SUSPICIOUS: Chip("notice", "Suspicious"),
    Verdict.VIOLATION: Chip("alert", "Violation"),
    Verdict.NOT_REVIEWED: Chip("unknown", "Not reviewed"),
}
ATTEMPT_CHIPS = {
    AttemptStatus.UNDER_REVIEW: Chip("unknown", "Under review"),
    AttemptStatus.PASSED: Chip("ok", "Passed"),
    AttemptStatus.SUSPICIOUS: Chip("notice", "Suspicious"),
    AttemptStatus.VIOLATION: Chip("alert", "Violation"),
}
CATEGORIES = [["", "None"], *([one.value, words] for one, words in CATEGORY_WORDS.items())]
_SAID = {
    ReviewKind.FIRST: "judged",
    ReviewKind.SECOND: "confirmed or judged as the second person",
    ReviewKind.BULK: "dismissed together with others",
    ReviewKind.UNDO: "brought back what was dismissed together",
    ReviewKind.ATTEMPT: "gave the attempt's verdict",
    ReviewKind.PROPOSED: "proposed the attempt's verdict",
    ReviewKind.APPEAL: "gave the attempt's verdict, answering the appeal",
    ReviewKind.NOTE: "noted",
}


@dataclass(frozen=True)
class ShownPicture:
    """moment: before, at or after the opening. words: how long before or after."""

    moment: str
    src: str
    at: str
    words: str


@dataclass(frozen=True)
class ShownNote:
    who: str
    at: str
    text: str


@dataclass(frozen=True)
class ShownSaid:
    """One line of what was said of an attempt or an incident; about: which of them."""

    who: str
    at: str
    did: str
    verdict: Chip
    about: str
    reason: str


@dataclass(frozen=True)
class ShownJudgement:
    """An incident on the desk. otherwise: compliance, were it dismissed. by, at, reason, category:
    of the verdict that stands. proposal: words while a violation waits for a second person;
    is_mine: the one who looks proposed it. no_picture: why there is none."""

    id: int
    severity: str
    event: str
    opened_at: str
    closed_at: str
    lasted: str
    certainty: str
    detector: str
    quality: str
    no_picture: str
    evidence: list[ShownPicture]
    otherwise: int
    verdict: str
    by: str
    at: str
    reason: str
    category: str
    category_words: str
    proposal: str
    is_mine: bool
    notes: list[ShownNote]


@dataclass(frozen=True)
class ShownSitting:
    """left_out: incidents that are not shown yet. proposal: words while the attempt's violation
    waits for a second person. has_appeal: one waits for an answer, and the verdict goes with it."""

    attempt_id: str = ""
    candidate: str = ""
    title: str = ""
    number: str = ""
    status: Chip = NO_CHIP
    started_at: str = ""
    ended_at: str = ""
    compliance: int = 100
    is_open: bool = False
    is_released: bool = False
    has_appeal: bool = False
    reviewers: int = 1
    verdict: Chip = NO_CHIP
    verdict_by: str = ""
    verdict_reason: str = ""
    proposal: str = ""
    left_out: int = 0
    incidents: list[ShownJudgement] = field(default_factory=list)


@dataclass(frozen=True)
class ShownAppeal:
    """answered_at: empty while it is open."""

    id: int
    text: str
    made_at: str
    answer: str
    answered_by: str
    answered_at: str


def sitting(found: ReviewSitting, viewer_id: str) -> ShownSitting:
    attempt = found.attempt
    shown = found.incidents[:MAX_INCIDENTS]
    given = next((one for one in reversed(found.history) if _gave(one)), None)
    has_verdict = attempt.status in VERDICTS and given is not None
    proposal = found.proposal
    return ShownSitting(
        attempt_id=attempt.id,
        candidate=found.candidate,
        title=found.title or FREE,
        number=f"attempt {attempt.number}",
        status=status(attempt),
        started_at=iso(attempt.started_at or attempt.created_at),
        ended_at=iso(attempt.ended_at) if attempt.ended_at else "",
        compliance=round(found.compliance.value),
        is_open=attempt.status in OPEN,
        is_released=found.is_released,
        has_appeal=any(one.answered_at is None for one in found.appeals),
        reviewers=found.reviewers_wanted,
        verdict=status(attempt) if has_verdict else NO_CHIP,
        verdict_by=given.reviewer if given and has_verdict else "",
        verdict_reason=given.reason if given and has_verdict else "",
        proposal=f"Violation proposed by {proposal.reviewer}" if proposal else "",
        left_out=max(0, attempt.incidents - len(shown)),
        incidents=[incident(one, viewer_id) for one in shown],
    )


def incident(one: ReviewIncident, viewer_id: str) -> ShownJudgement:
    view = one.incident
    said = [review for review in one.reviews if review.kind is not ReviewKind.NOTE]
    last = said[-1] if said else None
    is_proposed = bool(view.proposed)
    closed_at = view.closed_at
    return ShownJudgement(
        id=view.id,
        severity=view.severity.value,
        event=view.event,
        opened_at=iso(view.opened_at),
        closed_at=iso(closed_at) if closed_at else "",
        lasted=duration((closed_at - view.opened_at).total_seconds()) if closed_at else "goes on",
        certainty=sources.certainty(view.event_type, view.confidence),
        detector=sources.detector(view.event_type, view.models),
        quality=one.quality.text if one.quality else "",
        no_picture=sources.no_picture(view.event_type),
        evidence=[picture(view.id, view.opened_at, item) for item in one.evidence],
        otherwise=round(one.compliance_without),
        verdict=view.verdict.value,
        by=last.reviewer if last else "",
        at=iso(last.at) if last else "",
        reason=last.reason if last and is_proposed else view.reason,
        category=last.category if last and is_proposed else view.category,
        category_words=category_words(view.category),
        proposal=f"Proposed as violation by {last.reviewer}." if last and is_proposed else "",
        is_mine=is_proposed and last is not None and last.reviewer_id == viewer_id,
        notes=[
            ShownNote(review.reviewer, iso(review.at), review.reason)
            for review in one.reviews
            if review.kind is ReviewKind.NOTE
        ],
    )


def picture(incident_id: int, opened_at: datetime, view: EvidenceView) -> ShownPicture:
    off_s = (view.taken_at - opened_at).total_seconds()
    words = f"{duration(abs(off_s))} {'before' if off_s < 0 else 'after'}"
    return ShownPicture(
        moment=view.moment,
        src=f"/api/v1/incidents/{incident_id}/evidence/{view.ordinal}",
        at=iso(view.taken_at),
        words="" if view.moment == "at" or abs(off_s) < 0.5 else words,
    )


def said(found: ReviewSitting) -> list[ShownSaid]:
    """What was said of the attempt and of its incidents, the newest first, by whom."""
    events = {one.incident.id: one.incident.event for one in found.incidents}
    lines = [*found.history, *found.notes]
    for one in found.incidents[:MAX_INCIDENTS]:
        lines.extend(one.reviews)
    lines.sort(key=lambda review: (review.at, review.id), reverse=True)
    return [_said(review, events) for review in lines[:MAX_INCIDENTS]]


def appeals(found: Sequence[AppealView]) -> list[ShownAppeal]:
    """The newest first."""
    return [
        ShownAppeal(
            one.id,
            one.text,
            iso(one.made_at),
            one.answer,
            one.answered_by,
            iso(one.answered_at) if one.answered_at else "",
        )
        for one in reversed(found)
    ]


def status(attempt: AttemptView) -> Chip:
    return ATTEMPT_CHIPS.get(attempt.status) or attempt_state(attempt.status)


def address(attempt_id: str, exam_id: str = "", kind: str = "", sort: str = "") -> str:
    """Of an attempt's review, with the queue that it was opened from."""
    usual = {"", QueueSort.RISK.value}
    named = (("exam", exam_id), ("kind", kind), ("sort", sort))
    asked = urlencode({key: value for key, value in named if value not in usual})
    return f"/review/{attempt_id}" + (f"?{asked}" if asked else "")


def category_words(category: str) -> str:
    return CATEGORY_WORDS[Category(category)] if category in set(Category) else ""


def _gave(review: ReviewView) -> bool:
    return review.kind in (ReviewKind.ATTEMPT, ReviewKind.APPEAL) and review.verdict is not None


def _said(review: ReviewView, events: dict[int, str]) -> ShownSaid:
    about = events.get(review.incident_id or 0, "")
    chip = NO_CHIP
    if review.verdict is not None and review.incident_id is None:
        chip = ATTEMPT_CHIPS.get(AttemptStatus(review.verdict.value), chip)
    elif review.verdict is not None:
        chip = VERDICT_CHIPS[review.verdict]
    return ShownSaid(
        review.reviewer, iso(review.at), _SAID[review.kind], chip, about, review.reason
    )
