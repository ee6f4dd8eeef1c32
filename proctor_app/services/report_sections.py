"""The long parts of a report's page: incidents, what was judged and said, answers, signals."""

from collections.abc import Mapping, Sequence
from html import escape

from proctor_app.domain.incident import Severity, Verdict
from proctor_app.services import report_markup as m
from proctor_app.services.report_data import AttemptReport, IncidentFacts, PictureFacts

Thumbnails = Mapping[tuple[int, int], bytes]
"""Small JPEGs by incident and ordinal."""

_SEVERITY = {Severity.ALERT: "&#9650; Alert", Severity.NOTICE: "&#9679; Notice"}
_VERDICTS = {
    Verdict.NOT_REVIEWED: "&#9675; Not judged yet",
    Verdict.PASSED: "&#10003; Dismissed",
    Verdict.SUSPICIOUS: "? Suspicious",
    Verdict.VIOLATION: "! Violation",
}
_INCIDENT_HEADS = (
    ("Began, UTC", 15),
    ("What", 32),
    ("Severity", 11),
    ("#Length", 13),
    ("#Sureness", 11),
    ("Verdict", 18),
)


def verdict(code: str) -> str:
    """A verdict with its sign, so that it needs no colour."""
    known = next((words for one, words in _VERDICTS.items() if one.value == code), "")
    return f'<span class="sign">{known}</span>' if known else m.label(code)


def incident_table(incidents: Sequence[IncidentFacts], thumbnails: Thumbnails, caption: str) -> str:
    """Each incident with what was judged of it and its pictures."""
    bodies = "".join(_incident(one, thumbnails) for one in incidents)
    return f'<div class="wide"><table>{m.head(caption, _INCIDENT_HEADS)}{bodies}</table></div>'


def _incident(one: IncidentFacts, thumbnails: Thumbnails) -> str:
    detail = "" if not one.detail or one.detail.lower() in one.event.lower() else one.detail
    what = f"<b>{m.text(one.event)}</b>" + (f" ({m.text(detail)})" if detail else "")
    length = "still open" if one.duration_s is None else m.lasting(one.duration_s)
    cells = (
        f"<td>{m.utc(one.opened_at)}</td>",
        f"<td>{what}<br><small>No. {one.id} · by the {escape(one.source)}</small></td>",
        f'<td><span class="sign">{_SEVERITY[one.severity]}</span></td>',
        f'<td class="num">{length}</td>',
        f'<td class="num">{one.confidence:.0%}</td>',
        f"<td>{verdict(one.verdict)}</td>",
    )
    more = f"{_judged(one)}{_pictures(one, thumbnails)}"
    row = f'<tr><td colspan="6">{more}</td></tr>'
    return f'<tbody class="incident"><tr>{"".join(cells)}</tr>{row}</tbody>'


def _judged(one: IncidentFacts) -> str:
    lines: list[str] = []
    if one.reviewed_at is not None:
        by = m.who(one.reviewed_by, "somebody whose account is gone")
        kind = f" · {m.label(one.category)}" if one.category else ""
        lines.append(f"Judged by {by}, {m.utc(one.reviewed_at)} UTC{kind}")
    if one.reason:
        lines.append(f"Reason: {m.said(one.reason)}")
    if one.proposed:
        lines.append(f"{m.label(one.proposed)} is proposed and waits for a second person")
    if one.acknowledged_at is not None:
        by = m.who(one.acknowledged_by, "a proctor")
        lines.append(f"Seen live by {by}, {m.utc(one.acknowledged_at)} UTC")
    if one.detector:
        lines.append(f"<small>Noted by {m.text(one.detector)}; costs {one.cost:g} points</small>")
    return "".join(f"<p>{line}</p>" for line in lines)


def _pictures(one: IncidentFacts, thumbnails: Thumbnails) -> str:
    if not one.pictures:
        return ""
    shown = "".join(_figure(one, picture, thumbnails) for picture in one.pictures)
    return f'<div class="pictures">{shown}</div>'


def _figure(one: IncidentFacts, picture: PictureFacts, thumbnails: Thumbnails) -> str:
    thumbnail = thumbnails.get((one.id, picture.ordinal))
    when = f"{escape(picture.moment)}, {m.utc(picture.taken_at)} UTC"
    if thumbnail is not None:
        alt = f"{one.event}, {picture.moment} its opening"
        image = m.picture(thumbnail, "image/jpeg", alt)
    else:
        image = f"<p><small>{'Not shown here' if picture.is_kept else 'Removed'}</small></p>"
    digest = f'<div class="digest">SHA-256 {escape(picture.sha256)}</div>'
    return f"<figure>{image}<figcaption>{when}{digest}</figcaption></figure>"


def reviews(report: AttemptReport) -> str:
    if not report.reviews:
        return '<p class="muted">Nobody has said anything about this attempt yet.</p>'
    rows = (
        (
            m.utc(one.at),
            m.who(one.by, "somebody whose account is gone"),
            f"Incident {one.incident_id}" if one.incident_id else "The attempt",
            m.label(one.kind),
            verdict(one.verdict) if one.verdict else m.NONE,
            (f"{m.label(one.category)}: " if one.category else "") + m.said(one.reason),
        )
        for one in report.reviews
    )
    heads = (("At, UTC", 14), ("By", 17), ("Of", 13), ("Kind", 10), ("Verdict", 15), ("Reason", 31))
    return m.table("Everything that was judged or noted, in order", heads, rows)


def appeals(report: AttemptReport) -> str:
    parts: list[str] = []
    for one in report.appeals:
        parts.append(f"<h3>Appeal of {m.utc(one.made_at)} UTC</h3><p>{m.said(one.text)}</p>")
        if one.answered_at is None:
            parts.append('<p class="muted">Not answered yet.</p>')
        else:
            by = m.who(one.answered_by, "somebody whose account is gone")
            parts.append(
                f"<h3>Answer by {by}, {m.utc(one.answered_at)} UTC</h3><p>{m.said(one.answer)}</p>"
            )
    return "".join(parts)


def messages(report: AttemptReport) -> str:
    rows = (
        (
            m.utc(one.sent_at),
            "The candidate" if one.is_candidates else m.who(one.by),
            m.label(one.kind),
            m.said(one.text),
        )
        for one in report.messages
    )
    heads = (("Sent, UTC", 16), ("By", 22), ("Kind", 12), ("Text", 50))
    return m.table("Messages between candidate and proctors", heads, rows)


def answers(report: AttemptReport) -> str:
    rows = (
        (
            str(one.number),
            m.text(one.text),
            m.label(one.kind),
            "Yes" if one.is_answered else "No",
            m.lasting(one.shown_s) or "unknown",
            f"{m.points(one.points)} of {one.max_points:g}" if one.is_answered else "no answer",
            m.who(one.marked_by, "by rule" if one.points is not None else "nobody yet"),
        )
        for one in report.answers
    )
    heads = (
        ("#No.", 7), ("Question", 31), ("Kind", 11), ("Answered", 11), ("#Shown", 13),
        ("Points", 13), ("Marked by", 14),
    )  # fmt: skip
    return m.table("Progress and points; answers are not part of this report", heads, rows)


def signals(report: AttemptReport) -> str:
    rows = (
        (m.label(one.kind), str(one.count), m.utc(one.first_at), m.utc(one.last_at))
        for one in report.signals
    )
    heads = (("Signal", 34), ("#Times", 14), ("First, UTC", 26), ("Last, UTC", 26))
    return m.table("Told by the candidate's browser, by the server's clock", heads, rows)


def history(report: AttemptReport) -> str:
    rows = ((m.utc(one.at), m.label(one.kind), m.text(one.detail)) for one in report.history)
    heads = (("At, UTC", 22), ("What", 28), ("Detail", 50))
    return m.table("What happened to the attempt, in order", heads, rows)
