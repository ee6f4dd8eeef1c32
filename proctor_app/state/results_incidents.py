"""What a candidate is told of the review: incidents in plain words, what was said of them, why."""

from dataclasses import dataclass, field

from proctor_app.clock import iso
from proctor_app.domain.attempt import OPEN, AttemptStatus
from proctor_app.domain.incident import EventType, Verdict, event_text
from proctor_app.domain.score import Compliance
from proctor_app.services.appeals import Outcome
from proctor_app.services.incident_list import ListedIncident
from proctor_app.services.outcomes import Told
from proctor_app.services.review_views import AppealView
from proctor_app.services.views import AttemptView
from proctor_app.state import shown
from proctor_app.state.review_words import NO_CHIP, ShownPicture, category_words, picture
from proctor_app.state.shown import Chip, duration

_VERDICTS = {
    Verdict.PASSED: Chip("ok", "Dismissed"),
    Verdict.SUSPICIOUS: Chip("notice", "Suspicious"),
    Verdict.VIOLATION: Chip("alert", "Violation"),
    Verdict.NOT_REVIEWED: Chip("unknown", "Not judged yet"),
}
_SAID = {
    Verdict.PASSED: "A person looked at this. It is not held against you.",
    Verdict.SUSPICIOUS: "A person looked at this and found it suspicious.",
    Verdict.VIOLATION: "A person looked at this and found that it broke a rule of the exam.",
}
_UNJUDGED = "The program noted this. No person has given a verdict on it yet."
_UNJUDGED_WELL = (
    Chip("unknown", "Not judged"),
    "Nobody judged this one, and it is not held against you.",
)
_OUTCOMES = {
    Verdict.PASSED: (Chip("ok", "Passed"), "Your attempt was found in order."),
    Verdict.SUSPICIOUS: (
        Chip("notice", "Suspicious"),
        "A person looked at your attempt, and something remained that could not be explained.",
    ),
    Verdict.VIOLATION: (
        Chip("alert", "Violation"),
        "A person looked at your attempt and found that a rule of the exam was broken.",
    ),
}
_WAITS = (
    "What was noted in this attempt is not released. If somebody reviews it, a person does, not a "
    "program; nothing happens by itself."
)
_NO_VERDICT = "No verdict was given on the attempt."
_UNDER_REVIEW = "A person is reviewing this attempt. You will find the outcome here."


@dataclass(frozen=True)
class ShownTerm:
    words: str
    lost: str


@dataclass(frozen=True)
class ShownTold:
    """lasted: empty where it was a moment. said: what a person found, in a sentence; reason: their
    words."""

    id: int
    event: str
    explained: str
    at: str
    lasted: str
    verdict: Chip
    said: str
    reason: str
    category: str
    pictures: list[ShownPicture]


@dataclass(frozen=True)
class ShownAnswered:
    """answered_at: empty while it waits."""

    text: str
    made_at: str
    answer: str
    answered_at: str


@dataclass(frozen=True)
class ShownOutcome:
    """verdict: of the attempt, without words where there is none; said: in a sentence. compliance:
    None where it is not told. more: words for incidents that are left out."""

    is_released: bool = False
    verdict: Chip = NO_CHIP
    said: str = ""
    reason: str = ""
    category: str = ""
    compliance: int | None = None
    terms: list[ShownTerm] = field(default_factory=list)
    incidents: list[ShownTold] = field(default_factory=list)
    more: str = ""
    appeals: list[ShownAnswered] = field(default_factory=list)
    may_appeal: bool = False
    has_appeals: bool = False


def outcome(told: Told, attempt: AttemptView) -> ShownOutcome:
    found = told.outcome
    chip, said = _verdict(found, attempt, is_told=told.is_released)
    is_well = found.verdict is Verdict.PASSED
    return ShownOutcome(
        is_released=told.is_released,
        verdict=chip,
        said=said,
        reason=found.reason,
        category=category_words(found.category),
        compliance=round(told.compliance.value) if told.compliance else None,
        terms=_terms(told.compliance),
        incidents=[_incident(one, is_well=is_well) for one in told.incidents],
        more=f"{told.left_out} more are not listed here." if told.left_out else "",
        appeals=[_appeal(one) for one in found.appeals],
        may_appeal=found.may_appeal,
        has_appeals=bool(found.appeals) or found.may_appeal,
    )


def _verdict(found: Outcome, attempt: AttemptView, *, is_told: bool) -> tuple[Chip, str]:
    if found.verdict is not None and found.verdict in _OUTCOMES:
        return _OUTCOMES[found.verdict]
    if not is_told:
        return NO_CHIP, _WAITS
    if attempt.status is AttemptStatus.UNDER_REVIEW:
        return Chip("unknown", "Under review"), _UNDER_REVIEW
    return NO_CHIP, "" if attempt.status in OPEN else _NO_VERDICT


def _incident(told: ListedIncident, *, is_well: bool) -> ShownTold:
    view = told.incident
    verdict, said = _VERDICTS[view.verdict], _SAID.get(view.verdict, _UNJUDGED)
    if is_well and view.verdict is Verdict.NOT_REVIEWED:
        verdict, said = _UNJUDGED_WELL
    lasted_s = (view.closed_at - view.opened_at).total_seconds() if view.closed_at else 0.0
    return ShownTold(
        id=view.id,
        event=view.event,
        explained=shown.incident(view).explained,
        at=iso(view.opened_at),
        lasted=duration(lasted_s) if lasted_s >= 1 else "",
        verdict=verdict,
        said=said,
        reason=view.reason,
        category=category_words(view.category),
        pictures=[picture(view.id, view.opened_at, one) for one in told.evidence],
    )


def _terms(found: Compliance | None) -> list[ShownTerm]:
    return [
        ShownTerm(f"{_name(term.event_type)}, {_times(term.count)}", f"-{term.points_lost:.1f}")
        for term in (found.terms if found else ())
        if term.points_lost
    ]


def _name(event_type: EventType) -> str:
    return event_text(event_type, "")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _appeal(one: AppealView) -> ShownAnswered:
    answered_at = iso(one.answered_at) if one.answered_at else ""
    return ShownAnswered(one.text, iso(one.made_at), one.answer, answered_at)
