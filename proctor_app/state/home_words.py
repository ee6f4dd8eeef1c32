"""What a candidate's first page shows of exams and attempts."""

from collections.abc import Sequence
from dataclasses import dataclass

from proctor_app.clock import iso
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.services.joining import SittableExam, SittableState
from proctor_app.services.views import AttemptView
from proctor_app.state import shown
from proctor_app.state.shown import duration

_STATES = {
    SittableState.OPEN: ("ok", "Open now"),
    SittableState.UPCOMING: ("none", "Opens later"),
    SittableState.USED_UP: ("none", "Sat"),
    SittableState.CLOSED: ("none", "Closed"),
}
_ORDER = list(_STATES)
_OPEN_WORDS = {
    AttemptStatus.CREATED: "You have joined it and not begun yet.",
    AttemptStatus.IDENTITY_PENDING: "You have joined it and not begun yet.",
    AttemptStatus.READY: "Everything is checked; it has not begun yet.",
    AttemptStatus.PAUSED: "It is paused.",
}


@dataclass(frozen=True)
class ShownExam:
    """opens_at, closes_at: ISO 8601, empty for none. order: what may be sat now comes first."""

    exam_id: str
    code: str
    title: str
    kind: str
    state: str
    facts: str
    opens_at: str
    closes_at: str
    is_practice: bool
    may_join: bool
    order: int


@dataclass(frozen=True)
class ShownOpen:
    """The exam that is being sat; no title: none is."""

    title: str = ""
    words: str = ""


@dataclass(frozen=True)
class ShownSitting:
    """An attempt that is over. score: empty while it is not released."""

    id: str
    title: str
    status: str
    at: str
    lasted: str
    score: str
    is_exam: bool


def exam(found: SittableExam) -> ShownExam:
    kind, state = _STATES[found.state]
    if found.is_practice:
        state = "As often as you like"
    return ShownExam(
        exam_id=found.exam_id,
        code=found.code,
        title=found.title,
        kind=kind,
        state=state,
        facts=_facts(found),
        opens_at=iso(found.opens_at) if found.opens_at else "",
        closes_at=iso(found.closes_at) if found.closes_at else "",
        is_practice=found.is_practice,
        may_join=found.state in (SittableState.OPEN, SittableState.UPCOMING),
        order=_ORDER.index(found.state),
    )


def open_exam(attempt: AttemptView, exams: Sequence[SittableExam]) -> ShownOpen:
    """The attempt to go on with."""
    title = next((exam.title for exam in exams if exam.exam_id == attempt.exam_id), "An exam")
    return ShownOpen(title, _OPEN_WORDS.get(attempt.status, "It is running: its time goes on."))


def sitting(attempt: AttemptView, title: str | None, score: float | None) -> ShownSitting:
    """title: of its exam, None for a session without one. score: as the candidate may see it."""
    end = attempt.ended_at or attempt.last_frame_at
    lasted_s = (end - attempt.started_at).total_seconds() if end and attempt.started_at else 0.0
    is_exam = attempt.exam_id is not None
    return ShownSitting(
        id=attempt.id,
        title=title or ("An exam" if is_exam else "Monitored session"),
        status=shown.attempt_state(attempt.status).text,
        at=iso(attempt.started_at or attempt.created_at),
        lasted=duration(lasted_s),
        score="" if score is None else points_of(score, attempt.max_points),
        is_exam=is_exam,
    )


def points_of(score: float, max_points: float | None) -> str:
    """ "7.5 of 10"."""
    return f"{score:g}" if max_points is None else f"{score:g} of {max_points:g}"


def _facts(found: SittableExam) -> str:
    facts = [duration(found.duration_minutes * 60)]
    if found.attempts_allowed > 1:
        facts.append(f"{found.attempts_used} of {found.attempts_allowed} attempts used")
    return " · ".join(facts)
