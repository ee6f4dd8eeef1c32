"""What the analytics show, shaped for drawing: pure functions of what the database summed up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from proctor_app.clock import from_epoch_s
from proctor_app.db.repositories.analytics import (
    Candidate,
    Cell,
    QuestionTime,
    Standing,
    TypeAtTime,
    VerdictPair,
)
from proctor_app.domain.incident import EventType
from proctor_app.domain.rates import kappa, wilson
from proctor_app.services.health_meter import HealthPoint
from proctor_app.services.scores import SLOT_S, slot_of

Summary = Standing
"""What is known of all attempts together."""

_MAX_COLUMNS = 72
_WIDTHS = (1, 2, 3, 6, 12, 24, 48, 72, 144, 288, 2016)
"""Slots that are drawn as one: 5, 10, 15, 30 minutes, 1, 2, 4, 6, 12 hours, a day, a week."""


@dataclass(frozen=True, slots=True)
class ExamChoice:
    id: str
    title: str
    code: str


@dataclass(frozen=True, slots=True)
class Choices:
    """first: the exam that was sat last, None where nobody sat one."""

    exams: tuple[ExamChoice, ...]
    first: str | None


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Incidents of one type. judged: by people; dismissed: those of them that were nothing.
    low, high: where the share of false alarms lies by 95 %."""

    event_type: EventType
    incidents: int
    judged: int
    dismissed: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TypeSeries:
    event_type: EventType
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class OverTime:
    """Incidents by when they opened. series: the most frequent type first, each with a count for
    every time. rules: the types with most verdicts first."""

    times: tuple[datetime, ...]
    step_s: int
    series: tuple[TypeSeries, ...]
    rules: tuple[RuleCount, ...]


@dataclass(frozen=True, slots=True)
class HeatRow:
    """incidents, lost: in each stretch since the attempt's start; lost: points, without caps."""

    candidate: Candidate
    incidents: tuple[int, ...]
    lost: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Heat:
    """rows: the lowest compliance first."""

    rows: tuple[HeatRow, ...]
    step_s: int
    offset: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class QuestionFigure:
    """number: its place in the exam, None where the exam no longer has it. mean_s: for one
    candidate, all their looks at it together. per_hour: incidents in an hour before it."""

    number: int | None
    text: str
    candidates: int
    mean_s: float
    incidents: int
    per_hour: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """pairs: how often two people said these two things of the same incident, either way round.
    kappa: None where it can't be told."""

    pairs: dict[tuple[str, str], int]
    total: int
    agreed: int
    low: float
    high: float
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Health:
    points: tuple[HealthPoint, ...]
    now: HealthPoint


def columns(standing: Standing, now: datetime) -> tuple[int, int, int]:
    """The first slot, how many columns, and how many slots each of them takes."""
    if standing.first_at is None:
        return 0, 0, 1
    last_at = (
        now if standing.running else max(standing.last_at or standing.first_at, standing.first_at)
    )
    first, last = slot_of(standing.first_at), slot_of(last_at)
    width = _width(last - first + 1)
    first -= first % width
    return first, (last - first) // width + 1, width


def _width(slots: int) -> int:
    return next((width for width in _WIDTHS if slots <= width * _MAX_COLUMNS), _WIDTHS[-1])


def over_time(found: Sequence[TypeAtTime], first: int, count: int, width: int) -> OverTime:
    counts: dict[str, list[int]] = {}
    sums: dict[str, list[int]] = {}
    for one in found:
        # An incident may have been told of a little before the start, or while this was read.
        column = min(count - 1, max(0, (one.slot - first) // width))
        counts.setdefault(one.event_type, [0] * count)[column] += one.incidents
        judged = one.passed + one.suspicious + one.violation
        before = sums.setdefault(one.event_type, [0, 0, 0])
        sums[one.event_type] = [before[0] + one.incidents, before[1] + judged,
                                before[2] + one.passed]  # fmt: skip
    series = [TypeSeries(EventType(kind), tuple(each)) for kind, each in counts.items()]
    rules = [
        RuleCount(EventType(kind), incidents, judged, dismissed, *wilson(dismissed, judged))
        for kind, (incidents, judged, dismissed) in sums.items()
    ]
    return OverTime(
        times=tuple(from_epoch_s((first + n * width) * SLOT_S) for n in range(count)),
        step_s=width * SLOT_S,
        series=tuple(sorted(series, key=lambda one: (-one.total, one.event_type))),
        rules=tuple(sorted(rules, key=lambda one: (-one.judged, one.event_type))),
    )


def heat(
    candidates: Sequence[Candidate], cells: Sequence[Cell], offset: int, *, has_next: bool
) -> Heat:
    starts = {one.attempt_id: slot_of(one.started_at) for one in candidates}
    since = [max(0, cell.slot - starts[cell.attempt_id]) for cell in cells]
    width = _width(max(since, default=0) + 1)
    count = max(since, default=0) // width + 1
    incidents = {one.attempt_id: [0] * count for one in candidates}
    lost = {one.attempt_id: [0.0] * count for one in candidates}
    for cell, slots in zip(cells, since, strict=True):
        incidents[cell.attempt_id][slots // width] += cell.incidents
        lost[cell.attempt_id][slots // width] += cell.cost
    rows = [
        HeatRow(one, tuple(incidents[one.attempt_id]), tuple(lost[one.attempt_id]))
        for one in candidates
    ]
    return Heat(tuple(rows), width * SLOT_S, offset, has_next)


def questions(
    times: Iterable[QuestionTime], incidents: Mapping[str, int], texts: Mapping[str, str]
) -> tuple[QuestionFigure, ...]:
    """texts: of the exam's questions, in their order; those it no longer has come last."""
    known = {one.question_id: one for one in times if one.candidates}
    numbers = {question_id: number for number, question_id in enumerate(texts, 1)}
    order = [*(one for one in texts if one in known), *sorted(known.keys() - texts.keys())]
    return tuple(
        QuestionFigure(
            number=numbers.get(question_id),
            text=texts.get(question_id, ""),
            candidates=known[question_id].candidates,
            mean_s=known[question_id].seconds / known[question_id].candidates,
            incidents=incidents.get(question_id, 0),
            per_hour=_per_hour(incidents.get(question_id, 0), known[question_id].seconds),
        )
        for question_id in order
    )


def agreement(found: Iterable[VerdictPair]) -> Agreement:
    pairs: dict[tuple[str, str], int] = {}
    for pair in found:
        one, other = sorted((pair.one, pair.other))
        pairs[one, other] = pairs.get((one, other), 0) + pair.incidents
    total = sum(pairs.values())
    agreed = sum(count for (one, other), count in pairs.items() if one == other)
    return Agreement(pairs, total, agreed, *wilson(agreed, total), kappa(pairs))


def _per_hour(count: int, seconds: float) -> float:
    return count / (seconds / 3600) if seconds else 0.0
