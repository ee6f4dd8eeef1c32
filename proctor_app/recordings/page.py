"""The report on a recording as one HTML page.

It carries its pictures, its styles and Plotly's code, and a policy that forbids the browser to
fetch anything from anywhere.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

import plotly.io
from plotly.offline import get_plotlyjs

from proctor_app.domain.incident import Severity, Transition, event_text
from proctor_app.domain.score import ScoredIncident, ScoreTerm, compliance
from proctor_app.recordings.charts import stirred, timeline
from proctor_app.recordings.style import CSS
from proctor_app.vision.drawing import clock
from proctor_app.vision.notes import Notes
from proctor_app.vision.recording import Report
from proctor_app.vision.rules import RuleSpec

_POLICY = (
    "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)
_CHART = {"displayModeBar": False, "responsive": True, "plotlyServerURL": ""}
_SIGNS = {
    Severity.ALERT: '<svg viewBox="0 0 12 12" aria-hidden="true"><path d="M6 0l6 12H0z"/></svg>',
    Severity.NOTICE: (
        '<svg viewBox="0 0 12 12" aria-hidden="true"><circle cx="6" cy="6" r="5"/></svg>'
    ),
}


@dataclass(frozen=True, slots=True)
class About:
    """What the page says of its own making. fps: frames looked at per second; models: names and
    versions; annotated: the file name of the video with the findings drawn in, empty for none."""

    video: str
    made_at: datetime
    fps: float
    models: str
    version: str
    annotated: str = ""


def render(about: About, report: Report, notes: Notes, specs: Sequence[RuleSpec]) -> str:
    """Give the whole page."""
    chart = plotly.io.to_html(
        timeline(notes, report, specs), full_html=False, include_plotlyjs=False, config=_CHART
    )
    title = escape(about.video)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Recording report: {title}</title>
<style>{CSS}</style>
<script>{get_plotlyjs()}</script>
</head>
<body>
<header><div><div class="kicker">Proctor &middot; recording report</div><h1>{title}</h1>
<div class="muted">{_made(about, report, notes)}</div></div></header>
<main>
{_tiles(report, notes)}
<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>
<p class="muted">Above, the incidents. Below, the signal of each rule from 0 (surely not) to 1
(surely); an incident needs it at the dotted line for some seconds. Where a line is interrupted, the
picture allowed no judgement, and that is held against nobody. Drag to look closer, double-click to
see all.</p>{chart}{_quiet(notes, report, specs)}</section>
<section aria-labelledby="incidents"><h2 id="incidents">Incidents</h2>
{_incidents(report.incidents, notes)}</section>
<section aria-labelledby="score"><h2 id="score">How the score arises</h2>
{_score(report)}</section>
<section aria-labelledby="method"><h2 id="method">How this was found</h2>
{_method(about, specs)}</section>
</main>
<footer>Software looked at this recording and marked what a person should look at. It can be wrong
in both directions. No mark is a verdict; a person gives every verdict.</footer>
</body>
</html>
"""


def _made(about: About, report: Report, notes: Notes) -> str:
    parts = [
        f"{clock(report.duration_s)} minutes long",
        f"{len(notes.marks)} frames looked at, {about.fps:g} a second",
        f"report of {about.made_at:%d %B %Y, %H:%M} UTC",
    ]
    if about.annotated:
        parts.append(f"video with marks: {escape(about.annotated)}")
    return " &middot; ".join(parts)


def _tiles(report: Report, notes: Notes) -> str:
    alerts = sum(one.severity is Severity.ALERT for one in report.incidents)
    notices = len(report.incidents) - alerts
    rate = report.face_detection_rate
    unjudged = sum(mark.count == "unknown" for mark in notes.marks)
    tiles = (
        (f"{report.compliance:.1f}", "compliance of 100, before any verdict"),
        (f"{alerts}", "alert" if alerts == 1 else "alerts"),
        (f"{notices}", "notice" if notices == 1 else "notices"),
        ("&ndash;" if rate is None else f"{rate:.0%}", "of the judged time with a face"),
        (f"{unjudged / max(1, len(notes.marks)):.0%}", "of the frames could not be judged"),
    )
    cells = "".join(f'<div class="tile"><b>{value}</b><span>{what}</span></div>'
                    for value, what in tiles)  # fmt: skip
    return f'<div class="tiles">{cells}</div>'


def _quiet(notes: Notes, report: Report, specs: Sequence[RuleSpec]) -> str:
    """Name the rules without a strip, so that nobody wonders what became of them."""
    shown = stirred(notes, report)
    calm: list[str] = []
    unseen: list[str] = []
    for spec in specs:
        if spec.event_type in shown:
            continue
        scores = notes.scores.get(spec.event_type, [])
        judged = any(score is not None for score in scores)
        (calm if judged else unseen).append(event_text(spec.event_type, ""))
    parts = []
    if calm:
        parts.append(f"Quiet throughout: {', '.join(calm)}.")
    if unseen:
        parts.append(f"Not judged in this recording: {', '.join(unseen)}.")
    return f'<p class="muted"><small>{escape(" ".join(parts))}</small></p>' if parts else ""


def _incidents(incidents: Sequence[Transition], notes: Notes) -> str:
    if not incidents:
        return '<p><span class="chip ok">Nothing found</span> No rule opened an incident.</p>'
    rows = (
        (
            f'<td class="time">{clock(one.start_s)} &ndash; {clock(_end_s(one))}</td>',
            f"<td>{_chip(one.severity)}</td>",
            f"<td>{escape(one.event)}{_detail(one)}</td>",
            f'<td class="number">{_end_s(one) - one.start_s:.1f} s</td>',
            f'<td class="number">{one.confidence:.0%}</td>',
            f"<td>{_picture(one, notes)}</td>",
        )
        for one in incidents
    )
    heads = ("Time", "Severity", "What", "#Length", "#Sureness", "Picture when reported")
    caption = "Left and right are the candidate's own. Choose a picture to enlarge it."
    return _table(caption, heads, ("".join(row) for row in rows))


def _detail(one: Transition) -> str:
    if not one.detail or one.detail.lower() in one.event.lower():
        return ""
    return f' <span class="muted">({escape(one.detail)})</span>'


def _chip(severity: Severity) -> str:
    word = severity.value
    return f'<span class="chip {word}">{_SIGNS[severity]}{word.capitalize()}</span>'


def _picture(one: Transition, notes: Notes) -> str:
    jpeg = notes.pictures.get((one.event_type, one.start_s))
    if jpeg is None:
        return '<span class="muted">none</span>'
    data = base64.b64encode(jpeg).decode("ascii")
    what = escape(f"{one.event} at {clock(one.start_s)}", quote=True)
    return (
        '<details class="picture"><summary>'
        f'<img alt="{what}" src="data:image/jpeg;base64,{data}"></summary></details>'
    )


def _score(report: Report) -> str:
    scored = [
        ScoredIncident(one.event_type, one.confidence, _end_s(one) - one.start_s)
        for one in report.incidents
    ]
    terms: Sequence[ScoreTerm] = compliance(scored).terms
    explained = (
        "<p>100 minus what each kind of incident costs: its weight, times its sureness, times its"
        " length up to a full one, at most a cap per kind. The score orders attention; it decides"
        " nothing.</p>"
    )
    if not terms:
        return f"{explained}<p>Nothing was taken off.</p>"
    rows = (
        f"<td>{escape(event_text(term.event_type, ''))}</td>"
        f'<td class="number">{term.count}</td><td class="number">&minus;{term.points_lost:.1f}</td>'
        for term in terms
    )
    return explained + _table("", ("Kind", "#Incidents", "#Points"), rows)


def _method(about: About, specs: Sequence[RuleSpec]) -> str:
    models = "<br>".join(escape(model.strip()) for model in about.models.split(","))
    facts = (
        f"<dl><dt>Software</dt><dd>Proctor {escape(about.version)}</dd>"
        f"<dt>Models</dt><dd>{models}</dd>"
        f"<dt>Frames</dt><dd>{about.fps:g} a second; objects, hands and identity less often</dd>"
        "</dl>"
    )
    rows = (
        f"<td>{escape(event_text(spec.event_type, ''))}</td><td>{_chip(spec.severity)}</td>"
        f'<td class="number">{spec.enter:.2f}</td><td class="number">{spec.hold_s:g} s</td>'
        f'<td class="number">{spec.release_s:g} s</td>'
        for spec in specs
    )
    caption = "The rules. One frame alone never opens an incident."
    heads = ("Rule", "Severity", "#Signal from", "#For at least", "#Ends after")
    return facts + _table(caption, heads, rows)


def _table(caption: str, heads: Sequence[str], rows: Iterable[str]) -> str:
    """A table; a head that begins with # is over a column of numbers."""
    head = "".join(
        f'<th scope="col" class="number">{name[1:]}</th>'
        if name.startswith("#")
        else f'<th scope="col">{name}</th>'
        for name in heads
    )
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    said = f"<caption>{caption}</caption>" if caption else ""
    return (
        f'<div class="scroll"><table>{said}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _end_s(one: Transition) -> float:
    return one.start_s if one.end_s is None else one.end_s
