"""Plotly figures as pure functions of what they show."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from html import escape

import plotly.graph_objects as go
import plotly.io

from proctor_app.domain.incident import Severity
from proctor_app.services.wall import WallRow

# Without this every figure carries about 7 KB of template to the browser.
plotly.io.templates.default = None

_COLOURS = {Severity.ALERT: "#d5493c", Severity.NOTICE: "#d99a2b"}
_MIN_WIDTH_MS = 1500.0
"""A bar narrower than this could not be seen on an exam of hours."""
_MAX_BARS = 400
_HOVER = "%{y}: %{customdata[0]}, %{customdata[1]} s<extra>%{fullData.name}</extra>"


def timeline(rows: Sequence[WallRow], now: datetime) -> go.Figure:
    """Incidents over time, a line per running candidate, the newest bars if there are many.

    The colour is the severity's, and the hover text says it in words.
    """
    figure = go.Figure()
    names = _labels(rows)
    # A bar without length for each candidate: those without incidents have their line, too.
    figure.add_bar(
        orientation="h",
        y=list(names.values()),
        x=[0] * len(rows),
        base=[now.isoformat()] * len(rows),
        showlegend=False,
        hoverinfo="skip",
    )
    pairs = [(names[row.attempt.id], incident) for row in rows for incident in row.incidents]
    newest = sorted(pairs, key=lambda pair: pair[1].opened_at)[-_MAX_BARS:]
    for severity, colour in _COLOURS.items():
        shown = [(who, incident) for who, incident in newest if incident.severity is severity]
        figure.add_bar(
            orientation="h",
            name=severity.value.capitalize(),
            marker={"color": colour},
            y=[who for who, _ in shown],
            base=[incident.opened_at.isoformat() for _, incident in shown],
            x=[max(_MIN_WIDTH_MS, i.duration_s(now) * 1000) for _, i in shown],
            customdata=[[i.event, round(i.duration_s(now), 1)] for _, i in shown],
            hovertemplate=_HOVER,
        )
    started = [row.attempt.started_at for row in rows if row.attempt.started_at]
    figure.update_layout(
        barmode="overlay",
        bargap=0.5,
        height=130 + 36 * max(1, len(rows)),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={
            "type": "date",
            "range": [min(started, default=now).isoformat(), now.isoformat()],
            "title": {"text": "time (UTC)"},
            "automargin": True,
            "gridcolor": "rgba(128,128,128,0.2)",
        },
        yaxis={
            "automargin": True,
            "categoryorder": "array",
            "categoryarray": list(reversed(names.values())),
        },
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": "#7a8494"},
        uirevision="timeline",
    )
    return figure


def _labels(rows: Sequence[WallRow]) -> dict[str, str]:
    """A name for each attempt; namesakes get the beginning of the attempt's id beside theirs.

    Plotly reads mark-up in labels, links included: a name must not be any.
    """
    times = Counter(row.candidate for row in rows)
    return {
        row.attempt.id: escape(row.candidate)
        if times[row.candidate] == 1
        else f"{escape(row.candidate)} ({row.attempt.id[:4]})"
        for row in rows
    }
