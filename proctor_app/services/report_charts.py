"""The charts of a report, as PNG: they stay readable in grey, by hatching, shades and words.

Only our own words stand in them. Matplotlib is loaded with the first chart; its figures are used
without pyplot, which keeps state of the whole process.
"""

import io
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from proctor_app.domain.incident import EventType, Severity, Verdict, event_text
from proctor_app.services.report_data import AttemptReport, IncidentFacts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH_IN, _ROW_IN, _FRAME_IN, _DPI = 7.0, 0.26, 0.95, 170
_MOST_ROWS = 14
_ALERT, _NOTICE, _GAP, _PAUSE, _INK = "#1f2733", "#9aa4b2", "#e7e9ec", "#f6f6f6", "#1f2733"
_LEAST_SHARE = 1 / 250
"""Of the width, for an incident that is too short to be seen."""
_OTHERS = "Other kinds"
_one_at_a_time = threading.Lock()
"""Matplotlib's fonts and settings belong to all threads."""


def timeline(report: AttemptReport) -> bytes:
    """Incidents by kind over the attempt's minutes: alerts black, notices hatched, dismissed ones
    outlined; interruptions of the monitoring grey through all rows, pauses dotted."""
    with _one_at_a_time:
        rows = _rows(report.incidents)
        figure, axes = _blank(len(rows))
        span_min = _minutes(report, report.ends_at)
        _draw_bands(axes, report)
        for one in report.incidents:
            row = rows.get(_name(one.event_type), rows.get(_OTHERS))
            if row is not None and one.event_type is not EventType.MONITORING_GAP:
                _draw(axes, report, one, row, span_min)
        axes.set_yticks(list(rows.values()), labels=list(rows))
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, span_min)
        axes.set_xlabel("Minutes since the start")
        axes.grid(visible=True, axis="x", color="#d5d9df", linewidth=0.5)
        _explain(figure, axes)
        return _png(figure)


def compliance(report: AttemptReport) -> bytes:
    """What each kind of incident took from 100, as bars with their numbers; beside each, outlined,
    the most that it can take."""
    with _one_at_a_time:
        terms = sorted(report.compliance.terms, key=lambda one: -one.points_lost)[:_MOST_ROWS]
        figure, axes = _blank(max(1, len(terms)))
        places = range(len(terms))
        axes.barh(
            places, [one.cap for one in terms], color="none", edgecolor=_NOTICE, linewidth=0.8
        )
        lost = [one.points_lost for one in terms]
        axes.barh(places, lost, color=_NOTICE, edgecolor=_INK, hatch="///", linewidth=0.6)
        for place, one in zip(places, terms, strict=True):
            axes.text(
                one.cap + 0.6, place, f"{one.points_lost:g} of {one.cap:g}", va="center", size=8
            )
        axes.set_yticks(list(places), labels=[f"{one.event} ({one.incidents})" for one in terms])
        axes.set_ylim(max(1, len(terms)) - 0.5, -0.5)
        axes.set_xlim(0, max((one.cap for one in terms), default=1.0) * 1.22 + 1)
        axes.set_xlabel("Points taken from 100 (outline: the most that a kind can take)")
        return _png(figure)


def _rows(incidents: Sequence[IncidentFacts]) -> dict[str, int]:
    """The rows by name, the most frequent kind first; where there are too many kinds the rarest
    share one."""
    counted = Counter(
        _name(one.event_type) for one in incidents if one.event_type is not EventType.MONITORING_GAP
    )
    names = [name for name, _ in counted.most_common()]
    if len(names) > _MOST_ROWS:
        names = [*names[: _MOST_ROWS - 1], _OTHERS]
    return {name: place for place, name in enumerate(names or ["No incidents"])}


def _draw(
    axes: "Axes", report: AttemptReport, one: IncidentFacts, row: int, span_min: float
) -> None:
    began_min = _minutes(report, one.opened_at)
    ended_min = _minutes(report, one.closed_at or report.ends_at)
    width_min = max(ended_min - began_min, span_min * _LEAST_SHARE)
    is_alert, is_dismissed = one.severity is Severity.ALERT, one.verdict is Verdict.PASSED
    axes.barh(
        row,
        width_min,
        left=began_min,
        height=0.62,
        color="none" if is_dismissed else _ALERT if is_alert else _NOTICE,
        edgecolor=_INK,
        hatch="" if is_dismissed or is_alert else "////",
        linewidth=0.6,
        zorder=3,
    )


def _draw_bands(axes: "Axes", report: AttemptReport) -> None:
    for one in report.incidents:
        if one.event_type is EventType.MONITORING_GAP:
            ends = _minutes(report, one.closed_at or report.ends_at)
            axes.axvspan(_minutes(report, one.opened_at), ends, color=_GAP, zorder=0)
    for pause in report.attempt.pauses:
        axes.axvspan(
            _minutes(report, pause.began_at),
            _minutes(report, pause.ended_at or report.ends_at),
            facecolor=_PAUSE,
            edgecolor=_NOTICE,
            hatch="..",
            linewidth=0,
            zorder=0,
        )


def _explain(figure: "Figure", axes: "Axes") -> None:
    from matplotlib.patches import Patch

    signs = [
        Patch(facecolor=_ALERT, edgecolor=_INK, label="Alert"),
        Patch(facecolor=_NOTICE, edgecolor=_INK, hatch="////", label="Notice"),
        Patch(facecolor="none", edgecolor=_INK, label="Dismissed"),
        Patch(facecolor=_GAP, label="Not monitored (held against nobody)"),
        Patch(facecolor=_PAUSE, edgecolor=_NOTICE, hatch="..", label="Paused"),
    ]
    figure.legend(handles=signs, loc="outside upper left", ncols=5, frameon=False, fontsize=7.5,
                  handlelength=1.6, columnspacing=1.2)  # fmt: skip
    axes.tick_params(axis="y", length=0)


def _blank(rows: int) -> "tuple[Figure, Axes]":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = (_WIDTH_IN, _FRAME_IN + _ROW_IN * max(2, rows))
    figure = Figure(figsize=size, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.tick_params(labelsize=8, color=_NOTICE)
    axes.xaxis.label.set_fontsize(8)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _png(figure: "Figure") -> bytes:
    from matplotlib import rc_context

    file = io.BytesIO()
    with rc_context({"hatch.linewidth": 0.5}):
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _name(kind: EventType) -> str:
    return event_text(kind, "")


def _minutes(report: AttemptReport, at: datetime) -> float:
    whole_s = (report.ends_at - report.begins_at).total_seconds()
    return min(whole_s, max(0.0, (at - report.begins_at).total_seconds())) / 60
