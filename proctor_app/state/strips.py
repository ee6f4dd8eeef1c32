"""One attempt over time, drawn: incidents by type, when nothing was monitored, what the rules saw
second by second, and how many pictures were looked at. A pure function of what it shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import plotly.graph_objects as go

from proctor_app.domain.incident import EventType, Severity, Verdict
from proctor_app.services.desk import DRAWN, Break, CandidateView, Span
from proctor_app.services.traces import Trace
from proctor_app.services.views import IncidentView
from proctor_app.state import charts  # noqa: F401 - sets Plotly's templates aside
from proctor_app.state.strip_lines import GRID, SHORT, Axis, rate, stirred, strip

_ROW_PX = 26
_STRIP_PX = 34
_SPACE_PX = 8
_AROUND_PX = 84
_UNSEEN_S = 10.0
"""Shorter ones are the edges of what is told."""
_BARS_ACROSS = 250
_SHORTEST = timedelta(minutes=1)
_CLEAR = "rgba(0,0,0,0)"
_HOVER = "%{customdata[1]}, %{customdata[2]}<br>%{base|%-H:%M:%S}<extra>%{fullData.name}</extra>"


@dataclass(frozen=True, slots=True)
class _Look:
    """How a kind of bar is told from the others: name, colour, and a pattern for who sees none."""

    name: str
    colour: str
    pattern: str
    lines: str = "#ffffff"


_ALERT = _Look("Alert", "#d5493c", "")
_NOTICE = _Look("Notice", "#d99a2b", "/", "#8a5a00")
_DISMISSED = _Look("Dismissed", "#9aa3ae", ".", "#4b5563")
_BREAKS: dict[Break, _Look] = {
    "gap": _Look("No picture", "#7d8794", "x", "#39414b"),
    "interrupted": _Look("Interrupted", "#a3abb6", "-", "#5b6470"),
    "paused": _Look("Paused", "#c3c9d1", ""),
}
_BANDS: dict[Break, str] = {
    "gap": "rgba(128,128,128,0.30)",
    "interrupted": "rgba(128,128,128,0.20)",
    "paused": "rgba(128,128,128,0.12)",
}


def timeline(view: CandidateView, trace: Trace | None) -> go.Figure:
    """Everything over the attempt's own time. trace: None where no camera is looked at."""
    attempt = view.attempt
    start = attempt.started_at or attempt.created_at
    end = max(attempt.ended_at or view.now, start + _SHORTEST)
    axis = Axis(start, end)
    spans = (*view.spans, *unseen(trace, view.spans, end)) if trace else view.spans
    figure = go.Figure()
    rows = _bars(figure, replace(view, spans=spans), axis)
    strips = stirred(trace) if trace else []
    heights_px = [_ROW_PX * rows, *([_STRIP_PX] * (len(strips) + (trace is not None)))]
    domains = _domains(heights_px)
    if trace is not None:
        for number, kind in enumerate(strips, 2):
            strip(figure, trace, kind, number, axis, domains[number - 1])
        rate(figure, trace, len(strips) + 2, axis, domains[-1])
    figure.update_layout(
        barmode="overlay",
        bargap=0.25,
        height=sum(heights_px) + _SPACE_PX * (len(heights_px) - 1) + _AROUND_PX,
        margin={"l": 8, "r": 8, "t": 34, "b": 34},
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        xaxis={
            "type": "date",
            "range": [axis.at(start), axis.at(end)],
            "tickformat": "%-H:%M:%S",
            "hoverformat": "%-H:%M:%S",
            "gridcolor": GRID,
            "nticks": 8,
            "anchor": f"y{len(heights_px)}" if len(heights_px) > 1 else "y",
        },
        shapes=[_band(span, axis, min(view.now, end)) for span in spans],
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        hovermode="closest",
        uirevision=attempt.id,
    )
    figure.update_layout(yaxis_domain=domains[0])
    return figure


def _bars(figure: go.Figure, view: CandidateView, axis: Axis) -> int:
    """Incidents by type and breaks in a row of their own; how many rows there are."""
    shown = [i for i in view.incidents if i.event_type is not EventType.MONITORING_GAP][-DRAWN:]
    kinds = [kind for kind in EventType if any(i.event_type is kind for i in shown)]
    names = [SHORT[kind] for kind in kinds]
    monitoring = SHORT[EventType.MONITORING_GAP]
    for look, belongs in _SORTS:
        _incidents(figure, look, [i for i in shown if belongs(i)], view.now, axis)
    for kind, look in _BREAKS.items():
        spans = [span for span in view.spans if span.kind == kind]
        ends = [span.ended_at or min(view.now, axis.end) for span in spans]
        figure.add_bar(
            **_look(look),
            y=[monitoring] * len(spans),
            base=[axis.at(span.began_at) for span in spans],
            x=[_ms(end - span.began_at, axis) for span, end in zip(spans, ends, strict=True)],
            customdata=[
                [0, look.name, _lasted(end - span.began_at)]
                for span, end in zip(spans, ends, strict=True)
            ],
            showlegend=bool(spans),
        )
    order = [*names, monitoring]
    # Without length: a row without bars has its line, too.
    figure.add_bar(
        orientation="h",
        y=order,
        x=[0] * len(order),
        base=[axis.at(axis.start)] * len(order),
        showlegend=False,
        hoverinfo="skip",
    )
    figure.update_layout(
        yaxis={
            "automargin": True,
            "fixedrange": True,
            "categoryorder": "array",
            "categoryarray": order[::-1],
            "range": [-0.5, len(order) - 0.5],
            "gridcolor": GRID,
        }
    )
    return len(order)


def _incidents(
    figure: go.Figure,
    look: _Look,
    incidents: Sequence[IncidentView],
    now: datetime,
    axis: Axis,
) -> None:
    lengths = [timedelta(seconds=max(0.0, i.duration_s(now))) for i in incidents]
    figure.add_bar(
        **_look(look),
        y=[SHORT[i.event_type] for i in incidents],
        base=[axis.at(i.opened_at) for i in incidents],
        x=[_ms(length, axis) for length in lengths],
        customdata=[
            [i.id, _plain(i.event), _lasted(length) + ("" if i.closed_at else ", open")]
            for i, length in zip(incidents, lengths, strict=True)
        ],
        showlegend=bool(incidents),
    )


_SORTS: tuple[tuple[_Look, Callable[[IncidentView], bool]], ...] = (
    (_DISMISSED, lambda i: i.verdict is Verdict.PASSED),
    (_NOTICE, lambda i: i.verdict is not Verdict.PASSED and i.severity is Severity.NOTICE),
    (_ALERT, lambda i: i.verdict is not Verdict.PASSED and i.severity is Severity.ALERT),
)


def _look(look: _Look) -> dict[str, object]:
    return {
        "orientation": "h",
        "name": look.name,
        "marker": {
            "color": look.colour,
            "pattern": {"shape": look.pattern, "size": 6, "solidity": 0.25, "fgcolor": look.lines},
        },
        "hovertemplate": _HOVER,
    }


def unseen(trace: Trace, known: Sequence[Span], end: datetime) -> list[Span]:
    """Longer times of which nobody knows anything, such as a server that was away, where no break
    is known that says so."""
    if all(frames is None for frames in trace.frames):  # it was never written down
        return []
    found: list[Span] = []
    step = timedelta(seconds=trace.step_s)
    for number, frames in enumerate(trace.frames):
        began_at = trace.start + number * step
        middle = began_at + step / 2
        is_told = any(s.began_at <= middle <= (s.ended_at or end) for s in known)
        if frames is not None or is_told:
            continue
        if found and found[-1].ended_at == began_at:
            began_at = found.pop().began_at
        found.append(Span("gap", began_at, trace.start + (number + 1) * step))
    return [span for span in found if _lasted_s(span) >= max(_UNSEEN_S, 2 * trace.step_s)]


def _lasted_s(span: Span) -> float:
    return (span.ended_at - span.began_at).total_seconds() if span.ended_at else 0.0


def _band(span: Span, axis: Axis, now: datetime) -> dict[str, object]:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": axis.at(span.began_at),
        "x1": axis.at(span.ended_at or now),
        "y0": 0,
        "y1": 1,
        "line": {"width": 0},
        "fillcolor": _BANDS[span.kind],
        "layer": "below",
    }


def _domains(heights_px: Sequence[int]) -> list[tuple[float, float]]:
    """From the top down, as shares of the whole."""
    whole_px = sum(heights_px) + _SPACE_PX * (len(heights_px) - 1)
    found: list[tuple[float, float]] = []
    top_px = float(whole_px)
    for height_px in heights_px:
        found.append((max(0.0, (top_px - height_px) / whole_px), top_px / whole_px))
        top_px -= height_px + _SPACE_PX
    return found


def _ms(length: timedelta, axis: Axis) -> float:
    """A bar narrower than a share of the whole could not be seen on an exam of hours."""
    return max(length, (axis.end - axis.start) / _BARS_ACROSS).total_seconds() * 1000


def _lasted(length: timedelta) -> str:
    seconds = round(max(0.0, length.total_seconds()), 1)
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _plain(text: str) -> str:
    """Plotly reads mark-up in labels, links included: what a client wrote must not be any."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
