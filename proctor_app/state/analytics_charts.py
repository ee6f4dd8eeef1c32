"""The figures of the analytics, as pure functions of what they show."""

from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go
import plotly.io
from plotly.subplots import make_subplots

from proctor_app.clock import iso
from proctor_app.domain.incident import event_text
from proctor_app.services.analytics import COMPLIANCE_STEP
from proctor_app.services.analytics_views import (
    Agreement,
    Health,
    Heat,
    OverTime,
    QuestionFigure,
    RuleCount,
)
from proctor_app.services.health_meter import degraded_stretches

# Without this every figure carries about 7 KB of template to the browser.
plotly.io.templates.default = None

MAX_TYPES = 7
_COLOURS = (
    "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#ee8866", "#8a94a3",
)  # fmt: skip
"""Told apart by people who see few colours, on light and on dark; the last one is for the rest."""
_ACCENT, _SECOND = "#5b7fd6", "#d9822b"
_GRID = "rgba(128,128,128,0.2)"
_HEAT = [[0.0, "rgba(213,73,60,0.12)"], [0.3, "rgba(213,73,60,0.45)"], [1.0, "rgba(180,35,24,1)"]]
_COUNTS = [[0.0, "rgba(91,127,214,0.10)"], [1.0, "rgba(91,127,214,0.85)"]]
_MAX_NAME = 18
VERDICTS = {"passed": "Dismissed", "suspicious": "Suspicious", "violation": "Violation"}
HEIGHT_PX = 320
HEALTH_HEIGHT_PX = 560
QUESTIONS_HEIGHT_PX = 420


def over_time(found: OverTime) -> go.Figure:
    """Stacked bars, the most frequent types each in a colour, the others together."""
    figure = go.Figure()
    times = [iso(time) for time in found.times]
    shown, others = found.series[:MAX_TYPES], found.series[MAX_TYPES:]
    for series, colour in zip(shown, _COLOURS, strict=False):
        name = event_text(series.event_type, "")
        figure.add_bar(x=times, y=list(series.counts), name=name, marker={"color": colour})
    if others:
        rest = [sum(counts) for counts in zip(*(one.counts for one in others), strict=True)]
        figure.add_bar(x=times, y=rest, name="All others", marker={"color": _COLOURS[-1]})
    figure.update_traces(
        width=found.step_s * 1000 * 0.9,
        offset=0,
        hovertemplate="%{y} at %{x|%H:%M}<extra>%{fullData.name}</extra>",
    )
    figure.update_layout(
        **_layout(HEIGHT_PX + 60),
        barmode="stack",
        legend={"orientation": "h", "y": -0.25, "yanchor": "top"},
        xaxis={"type": "date", "title": {"text": "time (UTC)"}, "gridcolor": _GRID},
        yaxis=_counted("incidents"),
    )
    return _fitted(figure)


def compliance(counts: Sequence[int]) -> go.Figure:
    figure = go.Figure()
    figure.add_bar(
        x=bounds(len(counts)),
        y=list(counts),
        marker={"color": _ACCENT},
        hovertemplate="%{y} with a compliance of %{x}<extra></extra>",
    )
    figure.update_layout(
        **_layout(HEIGHT_PX),
        bargap=0.08,
        xaxis={"type": "category", "title": {"text": "compliance"}, "tickangle": -45},
        yaxis=_counted("attempts"),
    )
    return _fitted(figure)


def bounds(count: int) -> list[str]:
    """ "0-4", "5-9" ... "95-100"."""
    lows = range(0, count * COMPLIANCE_STEP, COMPLIANCE_STEP)
    return [f"{low}–{100 if low >= 95 else low + COMPLIANCE_STEP - 1}" for low in lows]  # noqa: RUF001


def heat(found: Heat) -> go.Figure:
    """A line for each candidate, the one with the lowest compliance on top."""
    minutes = found.step_s / 60
    columns = len(found.rows[0].incidents) if found.rows else 0
    figure = go.Figure()
    figure.add_heatmap(
        x=[minutes * (number + 0.5) for number in range(columns)],
        y=list(range(len(found.rows))),
        z=[
            [lost if count else None for lost, count in zip(row.lost, row.incidents, strict=True)]
            for row in found.rows
        ],
        customdata=[list(row.incidents) for row in found.rows],
        text=[[_called(row.candidate.name, 60)] * columns for row in found.rows],
        zmin=0,
        colorscale=_HEAT,
        colorbar={"title": {"text": "points"}, "thickness": 10},
        xgap=1,
        ygap=2,
        hovertemplate="%{text}, minute %{x:.0f}: %{customdata} incidents, "
        "%{z:.1f} points<extra></extra>",
        hoverongaps=False,
    )
    names = [
        f"{_called(row.candidate.name)} · {row.candidate.compliance:.0f}" for row in found.rows
    ]
    figure.update_layout(
        **_layout(heat_height_px(len(found.rows))),
        xaxis={"title": {"text": "minutes since the start"}, "gridcolor": _GRID,
               "range": [0, max(1.0, columns * minutes)]},
        yaxis={"autorange": "reversed", "tickmode": "array",
               "tickvals": list(range(len(names))), "ticktext": names, "showgrid": False,},
    )  # fmt: skip
    return _fitted(figure)


def heat_height_px(rows: int) -> int:
    return 110 + 22 * max(3, rows)


def questions(found: Sequence[QuestionFigure]) -> go.Figure:
    """Above how long each question takes, below how often incidents open before it."""
    figure = _stacked(2)
    labels = [label(one) for one in found]
    texts = [escape(one.text[:80]) for one in found]
    minutes = [one.mean_s / 60 for one in found]
    rates = [one.per_hour for one in found]
    for row, values, colour, what in (
        (1, minutes, _ACCENT, "%{y:.1f} minutes"),
        (2, rates, _SECOND, "%{y:.1f} incidents an hour"),
    ):
        figure.add_bar(
            x=labels, y=values, marker={"color": colour}, customdata=texts, row=row, col=1,
            hovertemplate=f"%{{x}}: {what}<br>%{{customdata}}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(**_layout(QUESTIONS_HEIGHT_PX))
    figure.update_xaxes(type="category")
    _name_rows(figure, ("minutes each", "incidents / hour"))
    return _fitted(figure)


def label(question: QuestionFigure) -> str:
    return "removed" if question.number is None else f"Q{question.number}"


def agreement(found: Agreement) -> go.Figure:
    """What two people said of the same incident, either way round."""
    words = list(VERDICTS)
    counts = [
        [
            found.pairs.get((min(one, other), max(one, other)), 0) if place <= row else None
            for place, other in enumerate(words)
        ]
        for row, one in enumerate(words)
    ]
    figure = go.Figure()
    figure.add_heatmap(
        x=list(VERDICTS.values()),
        y=list(VERDICTS.values()),
        z=counts,
        text=[["" if count is None else str(count) for count in line] for line in counts],
        texttemplate="%{text}",
        colorscale=_COUNTS,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate="One said %{y}, the other %{x}: %{z}<extra></extra>",
        hoverongaps=False,
    )
    figure.update_layout(
        **_layout(HEIGHT_PX),
        xaxis={"type": "category", "showgrid": False},
        yaxis={"type": "category", "autorange": "reversed", "showgrid": False},
    )
    return _fitted(figure)


def false_alarms(found: Sequence[RuleCount]) -> go.Figure:
    """The share of dismissed incidents of each rule, with how sure that is."""
    shares = [100 * one.dismissed / one.judged for one in found]
    figure = go.Figure()
    figure.add_scatter(
        mode="markers",
        x=shares,
        y=[event_text(one.event_type, "") for one in found],
        marker={"color": _SECOND, "size": 9},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [100 * one.high - share for one, share in zip(found, shares, strict=True)],
            "arrayminus": [share - 100 * one.low for one, share in zip(found, shares, strict=True)],
            "color": _SECOND,
            "thickness": 1.5,
        },
        customdata=[[one.dismissed, one.judged] for one in found],
        hovertemplate="%{y}: %{customdata[0]} of %{customdata[1]} dismissed<extra></extra>",
    )
    figure.update_layout(
        **_layout(rules_height_px(len(found))),
        xaxis={"title": {"text": "dismissed, %"}, "range": [-2, 102], "gridcolor": _GRID,},
        yaxis={"autorange": "reversed", "gridcolor": _GRID},
    )  # fmt: skip
    return _fitted(figure)


def rules_height_px(rules: int) -> int:
    return max(HEIGHT_PX, 90 + 26 * rules)


def health(found: Health) -> go.Figure:
    """Latency, age, load and rate, one above the other; without frames there is a gap."""
    points = found.points
    figure = _stacked(4)
    times = [iso(point.at) for point in points]
    lines: tuple[tuple[int, str, str, list[float | None]], ...] = (
        (1, "half below", _ACCENT, [point.latency_p50_ms for point in points]),
        (1, "95 % below", _SECOND, [point.latency_p95_ms for point in points]),
        (2, "half below", _ACCENT, [point.age_p50_s for point in points]),
        (2, "95 % below", _SECOND, [point.age_p95_s for point in points]),
        (3, "load", _ACCENT, [100 * point.load for point in points]),
        (4, "frames", _ACCENT, [point.frames_per_s for point in points]),
    )
    for row, name, colour, values in lines:
        figure.add_scatter(
            x=times, y=values, name=name, mode="lines", row=row, col=1, connectgaps=False,
            line={"color": colour, "width": 2}, showlegend=row == 1,
            hovertemplate="%{y:.2f} at %{x|%H:%M:%S}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    for begin, end in degraded_stretches(points):
        figure.add_vrect(
            x0=iso(begin), x1=iso(end), fillcolor=_SECOND, opacity=0.18, line_width=0,
            row="all", col=1,
        )  # fmt: skip
    figure.update_layout(**_layout(HEALTH_HEIGHT_PX), legend={"orientation": "h", "y": 1.03,
                         "yanchor": "bottom"})  # fmt: skip
    figure.update_xaxes(type="date")
    figure.update_xaxes(title={"text": "time (UTC)"}, row=4, col=1)
    _name_rows(figure, ("latency, ms", "frame age, s", "load, %", "frames / s"))
    return _fitted(figure)


def _layout(height_px: int) -> dict[str, Any]:
    return {
        "height": height_px,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8, "autoexpand": True},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "#7a8494"},
        "uirevision": "same",
        "dragmode": False,
    }


def _fitted(figure: go.Figure) -> go.Figure:
    """With as much room around as its letters need."""
    figure.update_xaxes(automargin=True, title={"standoff": 8})
    figure.update_yaxes(automargin=True, title={"standoff": 8}, zeroline=False)
    return figure


def _counted(what: str) -> dict[str, Any]:
    """The axis of a number of them."""
    return {"title": {"text": what}, "gridcolor": _GRID, "rangemode": "tozero"}


def _stacked(rows: int) -> go.Figure:
    return make_subplots(rows=rows, cols=1, shared_xaxes=True, vertical_spacing=0.06)


def _name_rows(figure: go.Figure, names: Sequence[str]) -> None:
    figure.update_traces(selector={"type": "bar"}, showlegend=False)
    figure.update_xaxes(gridcolor=_GRID)
    for row, name in enumerate(names, 1):
        figure.update_yaxes(
            title={"text": name}, gridcolor=_GRID, rangemode="tozero", row=row, col=1,
        )  # fmt: skip


def _called(name: str, most: int = _MAX_NAME) -> str:
    """Plotly reads mark-up in labels, links included: a name must not be any."""
    return escape(name if len(name) <= most else f"{name[: most - 1]}…")
