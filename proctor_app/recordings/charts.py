"""Plotly figures of a recording, as pure functions of what they show."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from proctor_app.domain.incident import EventType, Severity, Transition, event_text
from proctor_app.vision.notes import Notes
from proctor_app.vision.recording import Report
from proctor_app.vision.rules import RuleSpec

_COLOURS = {Severity.ALERT: "#d5493c", Severity.NOTICE: "#d99a2b"}
_LINE, _FILL, _GREY = "#5b7be0", "rgba(91,123,224,0.18)", "#7a8494"
_GRID = "rgba(128,128,128,0.22)"
_ROW_PX, _STRIP_PX, _GAP_PX, _FRAME_PX = 30, 62, 24, 86
_MAX_POINTS = 1500
"""A strip of more points shows the highest of each group: no peak is lost."""
_WORTH_SHOWING = 0.1
_UNKNOWN_AFTER_S = 2.5
"""A rule waits this long for a judgement; a longer silence is a gap in its line."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def timeline(notes: Notes, report: Report, specs: Sequence[RuleSpec]) -> go.Figure:
    """Incidents over time, and below them the signal of every rule that ever stirred.

    All rows share one time axis, in media time.
    """
    shown = [spec for spec in specs if spec.event_type in stirred(notes, report)]
    kinds = list(dict.fromkeys(one.event_type for one in report.incidents))
    top_px = _ROW_PX * max(1, len(kinds)) + 20
    heights = [top_px, *[_STRIP_PX] * len(shown)]
    total_px = sum(heights) + _GAP_PX * len(shown)
    figure = make_subplots(
        rows=len(heights), cols=1, shared_xaxes=True, row_heights=heights,
        vertical_spacing=_GAP_PX / total_px if shown else 0,
        subplot_titles=["", *(event_text(spec.event_type, "") for spec in shown)],
    )  # fmt: skip
    _add_incidents(figure, report, kinds)
    for row, spec in enumerate(shown, 2):
        _add_strip(figure, row, notes, spec, report.incidents)
    _lay_out(figure, report, total_px + _FRAME_PX)
    return figure


def stirred(notes: Notes, report: Report) -> frozenset[EventType]:
    """The rules whose signal was worth a strip."""
    reported = {one.event_type for one in report.incidents}
    return frozenset(
        rule
        for rule, scores in notes.scores.items()
        if rule in reported or max((s for s in scores if s is not None), default=0) > _WORTH_SHOWING
    )


def _add_incidents(figure: go.Figure, report: Report, kinds: Sequence[EventType]) -> None:
    least_s = report.duration_s / 400
    names = [event_text(kind, "") for kind in kinds] or ["No incidents"]
    # A bar without length keeps every row, and the axis where nothing happened.
    figure.add_bar(
        orientation="h", y=names, x=[0] * len(names), base=[_at(0)] * len(names),
        showlegend=False, hoverinfo="skip", row=1, col=1,
    )  # fmt: skip
    for severity, colour in _COLOURS.items():
        own = [one for one in report.incidents if one.severity is severity]
        figure.add_bar(
            orientation="h",
            name=severity.value.capitalize(),
            marker={"color": colour},
            y=[event_text(one.event_type, "") for one in own],
            base=[_at(one.start_s) for one in own],
            x=[max(least_s, _end_s(one) - one.start_s) * 1000 for one in own],
            customdata=[[one.event, round(_end_s(one) - one.start_s, 1)] for one in own],
            hovertemplate="%{customdata[0]}, %{customdata[1]} s<extra>%{fullData.name}</extra>",
            row=1,
            col=1,
        )
    order = {"categoryorder": "array", "categoryarray": names[::-1]}
    figure.update_yaxes(automargin=True, ticklabelstandoff=6, **order, row=1, col=1)


def _add_strip(
    figure: go.Figure, row: int, notes: Notes, spec: RuleSpec, incidents: Sequence[Transition]
) -> None:
    times = [mark.at_s for mark in notes.marks]
    x, y = _line(times, notes.scores[spec.event_type])
    figure.add_scatter(
        x=[_at(time_s) for time_s in x], y=y, mode="lines", connectgaps=False, showlegend=False,
        line={"color": _LINE, "width": 1.5}, fill="tozeroy", fillcolor=_FILL,
        hovertemplate="%{y:.2f}<extra></extra>", row=row, col=1,
    )  # fmt: skip
    figure.add_hline(y=spec.enter, line={"color": _GREY, "width": 1, "dash": "dot"}, row=row, col=1)
    for one in incidents:
        if one.event_type is spec.event_type:
            figure.add_vrect(
                x0=_at(one.start_s), x1=_at(_end_s(one)), fillcolor=_COLOURS[one.severity],
                opacity=0.22, line_width=0, row=row, col=1,
            )  # fmt: skip
    figure.update_yaxes(
        range=[0, 1.08], tickvals=[0, 1], ticklabelstandoff=6, fixedrange=True, row=row, col=1
    )


def _lay_out(figure: go.Figure, report: Report, height_px: int) -> None:
    last = {"range": [_at(0), _at(report.duration_s)], "type": "date"}
    form = "%H:%M:%S" if report.duration_s >= 3600 else "%M:%S"
    figure.update_xaxes(**last, tickformat=form, hoverformat=f"{form}.%1f", gridcolor=_GRID)
    figure.update_xaxes(showticklabels=True, side="top", row=1, col=1)
    figure.update_yaxes(gridcolor=_GRID, zeroline=False)
    figure.update_annotations(x=0, xanchor="left", font={"size": 12, "color": _GREY}, yshift=-2)
    figure.update_layout(
        template="none",
        barmode="overlay",
        bargap=0.35,
        height=height_px,
        margin={"l": 8, "r": 12, "t": 56, "b": 30},
        legend={
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
        },
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": _GREY, "family": 'Inter, system-ui, "Segoe UI", Roboto, sans-serif'},
        hovermode="closest",
    )


def _line(
    times: Sequence[float], scores: Sequence[float | None]
) -> tuple[list[float], list[float | None]]:
    """Give the points of a strip: detectors that look less often leave no gaps, only judgements
    that are missing do. Of many points the highest of each group stays."""
    known = [(t, s) for t, s in zip(times, scores, strict=True) if s is not None]
    step = max(1, -(-len(known) // _MAX_POINTS))
    x: list[float] = []
    y: list[float | None] = []
    for i in range(0, len(known), step):
        time_s, score = max(known[i : i + step], key=lambda pair: pair[1])
        if i and known[i][0] - known[i - 1][0] > _UNKNOWN_AFTER_S:
            x.append(known[i - 1][0])
            y.append(None)
        x.append(time_s)
        y.append(score)
    return x, y


def _end_s(one: Transition) -> float:
    return one.start_s if one.end_s is None else one.end_s


def _at(time_s: float) -> str:
    """Media time as a time of the first day of 1970: Plotly then writes minutes and seconds."""
    return (_EPOCH + timedelta(seconds=time_s)).strftime("%Y-%m-%d %H:%M:%S.%f")
