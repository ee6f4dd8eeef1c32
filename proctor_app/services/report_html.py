"""A report as one HTML page, for a screen and for paper: its styles and pictures stand in it, and
nothing of it is fetched from anywhere."""

from dataclasses import dataclass, field
from html import escape
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from proctor_app.domain.incident import EventType, Severity, Verdict, event_text
from proctor_app.services import report_markup as m
from proctor_app.services import report_sections as parts
from proctor_app.services.report_data import AttemptReport, IncidentFacts
from proctor_app.services.report_sections import Thumbnails
from proctor_app.services.report_style import CSS

POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'"
)
MAX_INCIDENTS = 250
"""On a page; the others stand in CSV and JSON."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """timeline, compliance: PNG, None where nothing is to be drawn."""

    timeline: bytes | None = None
    compliance: bytes | None = None
    thumbnails: Thumbnails = field(default_factory=dict)


def render(report: AttemptReport, pictures: Pictures) -> str:
    """Give the whole page."""
    name = m.plain(report.candidate.name)
    title = escape(f"Report: {name}, {m.plain(_title(report))}")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{CSS}</style>
</head>
<body>
<header><div class="kicker">Proctor · report on an attempt</div>
<h1>{m.text(report.candidate.name)}</h1>
<p>{m.text(_title(report))}, attempt {report.attempt.number} · {m.label(report.attempt.status)}</p>
<p><small>Made {m.utc(report.made.at)} UTC by {m.who(report.made.by)} with Proctor
{escape(report.made.version)} · attempt {escape(report.attempt.id)}</small></p>
<p class="statement">{escape(report.statement)}</p>
{_tiles(report)}</header>
<main>
{_sections(report, pictures)}
</main>
</body>
</html>
"""


def chosen(report: AttemptReport) -> list[IncidentFacts]:
    """The incidents that the page shows: all, or those that weigh most, in their order."""
    if len(report.incidents) <= MAX_INCIDENTS:
        return list(report.incidents)
    weighed = sorted(report.incidents, key=_weight, reverse=True)[:MAX_INCIDENTS]
    ids = {one.id for one in weighed}
    return [one for one in report.incidents if one.id in ids]


def _weight(one: IncidentFacts) -> tuple[bool, bool, float]:
    is_upheld = one.verdict in (Verdict.SUSPICIOUS, Verdict.VIOLATION)
    return is_upheld, one.severity is Severity.ALERT, one.cost


def _title(report: AttemptReport) -> str:
    return report.exam.title if report.exam else "Free session"


def _tiles(report: AttemptReport) -> str:
    attempt = report.attempt
    rate = "unknown" if attempt.face_rate is None else f"{attempt.face_rate:.0%}"
    score = "not marked" if attempt.points is None else f"{attempt.points:g}"
    of = f" of {attempt.max_points:g}" if attempt.max_points else ""
    tiles = [
        (f"{report.compliance.value:.1f}", "compliance of 100"),
        (f"{report.incident_count}", f"incidents, {report.not_judged} not judged yet"),
        (rate, "of the monitored time with a face"),
    ]
    if report.exam is not None:
        tiles.append((score, f"points{of}"))
    cells = "".join(f"<li><b>{value}</b><span>{what}</span></li>" for value, what in tiles)
    return f'<ul class="tiles">{cells}</ul>'


def _sections(report: AttemptReport, pictures: Pictures) -> str:
    found = [
        m.section("decision", "Decision", _decision(report), parts.appeals(report)),
        m.section("attempt", "The attempt", _attempt(report)),
        m.section("rules", "How it was watched", _watched(report)),
        m.section("timeline", "Timeline", _timeline(pictures)),
        m.section("compliance", "How the compliance arises", _compliance(report, pictures)),
        m.section("incidents", "Incidents", _incidents(report, pictures)),
        m.section("reviews", "Reviews and notes", parts.reviews(report)),
    ]
    if report.answers:
        found.append(m.section("answers", "Questions", parts.answers(report)))
    if report.messages:
        found.append(m.section("messages", "Messages", parts.messages(report)))
    if report.signals:
        found.append(m.section("signals", "Browser signals", parts.signals(report)))
    found.append(m.section("history", "History", parts.history(report)))
    return "\n".join(found)


def _decision(report: AttemptReport) -> str:
    attempt = report.attempt
    if attempt.decision_at is None:
        return "<p>No verdict on this attempt was given yet.</p>"
    return m.facts(
        (
            ("Verdict", parts.verdict(attempt.status)),
            ("Reason", m.said(attempt.status_reason)),
            ("Kind", m.label(attempt.category) if attempt.category else m.NONE),
            ("Given by", m.who(attempt.decision_by, "somebody whose account is gone")),
            ("Given at", f"{m.utc(attempt.decision_at)} UTC"),
        )
    )


def _attempt(report: AttemptReport) -> str:
    attempt, exam, candidate = report.attempt, report.exam, report.candidate
    name = exam.time_zone if exam else "UTC"
    zone = _zone(name)
    pairs = [("Candidate", m.text(candidate.name))]
    if not candidate.is_erased:
        pairs.append(("E-mail", m.text(candidate.email)))
    if exam is not None:
        version = f", version {exam.version}" if exam.version is not None else ""
        pairs.append(("Exam", f"{m.text(exam.title)} ({m.text(exam.code)}{version})"))
        if exam.opens_at or exam.closes_at:
            pairs.append(("Opens", m.both(exam.opens_at, zone, name)))
            pairs.append(("Closes", m.both(exam.closes_at, zone, name)))
    took = m.lasting(attempt.took_s) or "not known yet"
    pairs += [
        ("Attempt", f"No. {attempt.number} of this candidate"),
        ("Status", f"{m.label(attempt.status)}. {m.text(attempt.status_reason)}"),
        ("Accepted the notice", _consent(report, zone, name)),
        ("Started", m.both(attempt.started_at, zone, name)),
        ("Ended", m.both(attempt.ended_at, zone, name)),
        ("Took", f"{took} of {attempt.duration_minutes} min, pauses not counted"),
        ("Pauses", _pauses(report)),
        ("Monitored", m.lasting(attempt.monitored_s) or m.NONE),
        ("Results released", f"{m.utc(attempt.released_at)} UTC" if attempt.released_at else "no"),
    ]
    return m.facts(pairs)


def _consent(report: AttemptReport, zone: ZoneInfo, name: str) -> str:
    attempt = report.attempt
    version = f" (version {m.text(attempt.notice_version)})" if attempt.notice_version else ""
    return m.both(attempt.consented_at, zone, name) + version


def _pauses(report: AttemptReport) -> str:
    if not report.attempt.pauses:
        return m.NONE
    lines = (
        f"{m.utc(one.began_at)} to {m.utc(one.ended_at) if one.ended_at else 'now'} UTC"
        f" {m.text(one.reason)}"
        for one in report.attempt.pauses
    )
    return f"{m.lasting(report.attempt.paused_s)} in all<br>" + "<br>".join(lines)


def _watched(report: AttemptReport) -> str:
    watched, allowed = report.watched, report.accommodation
    pairs = [
        ("Level", m.label(watched.level)),
        ("Rules", f"{m.label(watched.preset)} preset"),
        ("Face compared", "yes" if watched.identity_check else "no"),
        ("Not looked for", _kinds(watched.off)),
        ("Not allowed on the desk", m.text(", ".join(watched.forbidden)) or m.NONE),
        ("Late answers taken for", f"{watched.grace_s} s"),
    ]
    if allowed is not None:
        said = [
            f"{allowed.extra_minutes} minutes more" if allowed.extra_minutes else "",
            "may pause" if allowed.may_pause else "",
            f"{allowed.preset} preset" if allowed.preset else "",
            f"not looked for: {_kinds(allowed.detectors_off)}" if allowed.detectors_off else "",
        ]
        pairs.append(("Arranged for this candidate", "; ".join(one for one in said if one)))
    return m.facts(pairs)


def _kinds(kinds: tuple[EventType, ...]) -> str:
    return m.text(", ".join(event_text(one, "") for one in kinds)) or m.NONE


def _timeline(pictures: Pictures) -> str:
    if pictures.timeline is None:
        return "<p>Nothing was noted.</p>"
    alt = "Incidents over time, by kind. The table of incidents says the same."
    return m.picture(pictures.timeline, "image/png", alt, "chart")


def _compliance(report: AttemptReport, pictures: Pictures) -> str:
    words = (
        "<p>100 minus what each kind of incident costs: its weight, times its sureness, times its"
        " length up to a full one, at most a cap for each kind. What a person dismissed costs"
        " nothing. The number orders attention; it decides nothing.</p>"
    )
    if not report.compliance.terms:
        return f"{words}<p>Nothing was taken off.</p>"
    rows = (
        (m.text(one.event), str(one.incidents), f"{one.points_lost:g}", f"{one.cap:g}")
        for one in sorted(report.compliance.terms, key=lambda one: -one.points_lost)
    )
    heads = (("Kind", 52), ("#Incidents", 16), ("#Points taken", 16), ("#At most", 16))
    chart = ""
    if pictures.compliance is not None:
        alt = "Points taken by each kind of incident, as bars. The table below says the same."
        chart = m.picture(pictures.compliance, "image/png", alt, "chart")
    caption = f"Compliance {report.compliance.value:.1f} of 100, by incidents that have ended"
    return words + chart + m.table(caption, heads, rows)


def _incidents(report: AttemptReport, pictures: Pictures) -> str:
    shown = chosen(report)
    if not shown:
        return "<p>No incident was noted.</p>"
    left_out = report.incident_count - len(shown)
    caption = "Left and right are the candidate's own. Oldest first."
    if left_out > 0:
        caption = (
            f"The {len(shown)} that weigh most, oldest first; {left_out} more are in the CSV file."
        )
    return parts.incident_table(shown, pictures.thumbnails, caption)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
