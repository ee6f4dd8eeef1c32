"""What the analytics say beside their figures: a sentence each, and the same numbers in a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from proctor_app.domain.incident import event_text
from proctor_app.services.analytics import COMPLIANCE_STEP
from proctor_app.services.analytics_views import (
    Agreement,
    Choices,
    Health,
    Heat,
    OverTime,
    QuestionFigure,
    RuleCount,
    Summary,
)
from proctor_app.state.analytics_charts import MAX_TYPES, VERDICTS, bounds, label
from proctor_app.state.shown import duration

FEW = 30
"""Fewer cases than that say little, and that is said."""


@dataclass(frozen=True)
class ShownFigure:
    """status: waiting, shown, empty or failed. words: what the figure says, or what went wrong.
    head, rows: the same numbers as a table, the first column names the row."""

    status: str = "waiting"
    words: str = ""
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Fact:
    name: str
    value: str


@dataclass(frozen=True)
class Option:
    value: str
    text: str


FREE = "free"
EMPTY = ShownFigure("empty")


def options(choices: Choices) -> list[Option]:
    exams = [Option(exam.id, f"{exam.title} ({exam.code})") for exam in choices.exams]
    return [*exams, Option(FREE, "Free sessions, without an exam")]


def facts(found: Summary) -> list[Fact]:
    mean = "–" if found.compliance is None else f"{found.compliance:.1f}"  # noqa: RUF001
    return [
        Fact("Attempts", f"{found.attempts:,}"),
        Fact("Sitting now", f"{found.running:,}"),
        Fact("Incidents", f"{found.incidents:,}"),
        Fact("To review", f"{found.to_review:,}"),
        Fact("Mean compliance", mean),
    ]


def failed(problem: str) -> ShownFigure:
    return ShownFigure("failed", problem)


def over_time(found: OverTime) -> ShownFigure:
    total = sum(series.total for series in found.series)
    if not total:
        return EMPTY
    most = found.series[0]
    by_time = [sum(counts) for counts in zip(*(s.counts for s in found.series), strict=True)]
    peak = max(range(len(by_time)), key=by_time.__getitem__)
    words = (
        f"{total:,} incidents of {len(found.series)} types. Most often: "
        f"{event_text(most.event_type, '')} ({_share(most.total, total)}). Most at once: "
        f"{by_time[peak]:,} in the {duration(found.step_s)} from {_clock(found.times[peak])}."
    )
    shown = found.series[:MAX_TYPES]
    head = ["Time (UTC)", *(event_text(one.event_type, "") for one in shown), "All types"]
    rows = [
        [_clock(time), *(str(one.counts[n]) for one in shown), str(by_time[n])]
        for n, time in enumerate(found.times)
    ]
    return ShownFigure("shown", words, head, rows)


def compliance(counts: Sequence[int]) -> ShownFigure:
    total = sum(counts)
    if not total:
        return EMPTY
    high = sum(counts[90 // COMPLIANCE_STEP :])
    low = sum(counts[: 50 // COMPLIANCE_STEP])
    words = (
        f"{high:,} of {total:,} attempts ({_share(high, total)}) stand at 90 or above, {low:,} "
        "below 50. The number ranks attention; it is no verdict."
    )
    rows = [[name, str(count)] for name, count in zip(bounds(len(counts)), counts, strict=True)]
    return ShownFigure("shown", words, ["Compliance", "Attempts"], rows)


def heat(found: Heat) -> ShownFigure:
    if not found.rows:
        return EMPTY
    first, last = found.offset + 1, found.offset + len(found.rows)
    words = (
        f"Candidates {first} to {last}, the lowest compliance first. A square is "
        f"{duration(found.step_s)} of an attempt, the darker, the more points were lost; an empty "
        "one had no incident."
    )
    rows = []
    for row in found.rows:
        peak = max(range(len(row.lost)), key=row.lost.__getitem__)
        begin = f"minute {peak * found.step_s // 60}"
        rows.append(
            [
                row.candidate.name,
                f"{row.candidate.compliance:.0f}",
                f"{row.candidate.incidents:,}",
                f"{sum(row.lost):.1f}",
                begin if row.lost[peak] else "none",
            ]
        )
    head = ["Candidate", "Compliance", "Incidents", "Points lost, without caps", "Most lost from"]
    return ShownFigure("shown", words, head, rows)


def questions(found: Sequence[QuestionFigure]) -> ShownFigure:
    if not found:
        return EMPTY
    longest = max(found, key=lambda one: one.mean_s)
    most = max(found, key=lambda one: one.per_hour)
    words = (
        f"{label(longest)} takes longest, {duration(longest.mean_s)} on average. Most incidents in "
        f"an hour open before {label(most)}: {most.per_hour:.1f}. A long question collects more of "
        "them, so the lower figure counts by the hour."
    )
    rows = [
        [
            label(one),
            one.text[:80] or "no longer in the exam",
            f"{one.candidates:,}",
            duration(one.mean_s),
            f"{one.incidents:,}",
            f"{one.per_hour:.1f}",
        ]
        for one in found
    ]
    head = ["Question", "Text", "Candidates", "Mean time", "Incidents", "Incidents an hour"]
    return ShownFigure("shown", words, head, rows)


def agreement(found: Agreement) -> ShownFigure:
    if not found.total:
        return EMPTY
    beyond = "can't be told" if found.kappa is None else f"{found.kappa:.2f}"
    words = (
        f"Two people agreed on {found.agreed:,} of {found.total:,} incidents that both judged "
        f"({_share(found.agreed, found.total)}; 95 % interval {_percent(found.low)} to "
        f"{_percent(found.high)}). Beyond chance, as Cohen's kappa: {beyond}. A second person sees "
        "what the first one proposed, so this is not blind."
    )
    rows = [
        [VERDICTS.get(one, one), VERDICTS.get(other, other), f"{count:,}"]
        for (one, other), count in sorted(found.pairs.items(), key=lambda item: -item[1])
    ]
    head = ["One said", "The other said", "Incidents"]
    return ShownFigure("shown", _with_few(words, found.total), head, rows)


def judged(found: Sequence[RuleCount]) -> list[RuleCount]:
    return [one for one in found if one.judged]


def false_alarms(found: Sequence[RuleCount]) -> ShownFigure:
    """found: rules with verdicts alone."""
    if not found:
        return EMPTY
    total, dismissed = sum(r.judged for r in found), sum(r.dismissed for r in found)
    words = (
        f"People dismissed {dismissed:,} of {total:,} incidents they judged "
        f"({_share(dismissed, total)}). A bar shows where a rule's true share lies, 95 % of the "
        "time; a wide one rests on few verdicts."
    )
    rows = [
        [
            event_text(one.event_type, ""),
            f"{one.dismissed:,} of {one.judged:,}",
            _share(one.dismissed, one.judged),
            f"{_percent(one.low)} to {_percent(one.high)}",
        ]
        for one in found
    ]
    head = ["Rule", "Dismissed", "Share", "95 % interval"]
    return ShownFigure("shown", _with_few(words, total), head, rows)


def health(found: Health) -> ShownFigure:
    if not any(point.frames or point.left_out for point in found.points):
        return EMPTY
    degraded = sum(point.is_degraded for point in found.points)
    step_s = (found.points[1].at - found.points[0].at).seconds if len(found.points) > 1 else 0
    said = f"degraded for {duration(degraded * step_s)}, shaded" if degraded else "never degraded"
    words = (
        f"Now: {found.now.words}. In the last ten minutes of this server: {said}. Degraded means "
        "that frames waited for more than 1.5 s, or that more than 5 % of them were left out. A "
        "gap is time without frames."
    )
    rows = [
        [
            f"{point.at:%H:%M:%S}",
            str(point.frames),
            str(point.left_out),
            _percent(point.load),
            _number(point.latency_p50_ms, 0),
            _number(point.latency_p95_ms, 0),
            _number(point.age_p50_s, 2),
            _number(point.age_p95_s, 2),
        ]
        for point in found.points[::6]
    ]
    head = ["Time (UTC)", "Frames in 5 s", "Left out", "Load", "Latency, ms: half", "95 %",
            "Frame age, s: half", "95 %"]  # fmt: skip
    return ShownFigure("shown", words, head, rows)


def _with_few(words: str, count: int) -> str:
    return words if count >= FEW else f"{words} So few cases say little yet."


def _share(part: int, of: int) -> str:
    return f"{100 * part / of:.0f} %" if of else "none"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _number(value: float | None, digits: int) -> str:
    return "none" if value is None else f"{value:.{digits}f}"


def _clock(at: datetime) -> str:
    return f"{at:%d %b %H:%M}"
