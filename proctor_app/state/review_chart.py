"""An attempt's incidents over its time, as a small figure: a line for each type, gaps in grey."""

from collections.abc import Sequence
from datetime import datetime

import plotly.graph_objects as go

from proctor_app.domain.incident import EventType, Severity
from proctor_app.services.views import AttemptView, IncidentView
from proctor_app.state import charts  # noqa: F401 - drops Plotly's template

_LOOKS = {
    Severity.ALERT: ("Alert", "#d5493c", ""),
    Severity.NOTICE: ("Notice", "#d99a2b", "/"),
}
"""Name, colour and pattern: the colour never says it alone."""
_LEAST_SHARE = 1 / 160
"""Of the whole time: a bar narrower than this could neither be seen nor clicked."""
_HOVER = "%{customdata[1]}: %{customdata[2]} s<extra>%{fullData.name}</extra>"
_ROW_PX, _FRAME_PX = 26, 74


def timeline(attempt: AttemptView, incidents: Sequence[IncidentView], now: datetime) -> go.Figure:
    """What a bar carries first is its incident's id."""
    begin = attempt.started_at or attempt.created_at
    end = max([attempt.ended_at or now, *(one.closed_at or now for one in incidents)], default=now)
    length = _minutes(begin, end)
    figure = go.Figure()
    for severity, (name, colour, pattern) in _LOOKS.items():
        shown = [one for one in incidents if one.severity is severity]
        figure.add_bar(
            orientation="h",
            name=name,
            marker={
                "color": colour,
                "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": "#8a5a00"},
            },
            y=[_label(one.event_type) for one in shown],
            base=[_minutes(begin, one.opened_at) for one in shown],
            x=[max(length * _LEAST_SHARE, one.duration_s(now) / 60) for one in shown],
            customdata=[[one.id, one.event, round(one.duration_s(now), 1)] for one in shown],
            hovertemplate=_HOVER,
        )
    labels = list(dict.fromkeys(_label(one.event_type) for one in incidents))
    for gap in incidents:
        if gap.event_type is EventType.MONITORING_GAP:
            figure.add_vrect(
                x0=_minutes(begin, gap.opened_at),
                x1=_minutes(begin, gap.closed_at or now),
                fillcolor="rgba(128,136,150,0.28)",
                line_width=0,
                layer="below",
            )
    figure.update_layout(**_layout(length, labels))
    return figure


def _minutes(begin: datetime, at: datetime) -> float:
    """Since the attempt began: the same for everybody, wherever they look from."""
    return (at - begin).total_seconds() / 60


def _layout(length: float, labels: list[str]) -> dict[str, object]:
    return {
        "barmode": "overlay",
        "bargap": 0.35,
        "height": _FRAME_PX + _ROW_PX * max(1, len(labels)),
        "margin": {"l": 8, "r": 8, "t": 24, "b": 8},
        "xaxis": {
            "range": [0, max(1.0, length)],
            "ticksuffix": " min",
            "zeroline": False,
            "automargin": True,
            "gridcolor": "rgba(128,128,128,0.2)",
        },
        "yaxis": {
            "automargin": True,
            "categoryorder": "array",
            "categoryarray": list(reversed(labels)),
            "fixedrange": True,
        },
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "#7a8494"},
        "dragmode": "zoom",
        "uirevision": "review",
    }


def _label(event_type: EventType) -> str:
    return event_type.value.replace("_", " ").capitalize()
