"""What the page about one candidate says."""

from collections.abc import Sequence
from datetime import datetime

from proctor_app.clock import iso
from proctor_app.domain.attempt import MONITORED, OPEN, AttemptStatus
from proctor_app.domain.exam import Level
from proctor_app.domain.incident import Severity, Verdict
from proctor_app.services.desk import CandidateView, HistoryLine, OtherAttempt, QuestionDot, Term
from proctor_app.services.evidence import EvidenceView, Moment
from proctor_app.services.messages import MessageView
from proctor_app.services.views import AttemptView, IncidentView
from proctor_app.state import shown
from proctor_app.state.candidate_shown import (
    Chosen,
    DeskIncident,
    Head,
    Picture,
    Progress,
    Said,
    ShownDot,
    ShownLine,
    ShownOther,
    ShownShot,
    ShownTerm,
    Signs,
    TimeLeft,
)
from proctor_app.state.shown import Chip, countdown, duration
from proctor_app.state.watching_words import EVENTS

LISTED = 100
_SILENT_S = 5.0
_MOMENTS = {"before": "Before", "at": "At its opening", "after": "After"}
_VERDICTS = {
    Verdict.NOT_REVIEWED: Chip("unknown", "Not reviewed"),
    Verdict.PASSED: Chip("ok", "Dismissed"),
    Verdict.SUSPICIOUS: Chip("notice", "Suspicious"),
    Verdict.VIOLATION: Chip("alert", "Violation"),
}
_SEB = {
    "": Chip("notice", "No log-in showed it"),
    "page": Chip("ok", "A log-in showed it, on its page"),
    "header": Chip("ok", "A log-in showed it, by a request"),
}
_LINES = {
    "joined": "Joined",
    "notice_accepted": "Accepted the notice",
    "identity_checked": "Identity looked at",
    "identity_try": "A try at the identity check",
    "identity_unrecognised": "The check-in did not know the face",
    "calibrated": "Head and gaze calibrated",
    "connection_replaced": "A newer connection took over",
    "tab_replaced": "Another tab took over",
    "second_tab_refused": "A second tab was refused",
    "late_answer": "An answer came late",
    "running": "Running",
    "paused": "Paused",
    "interrupted": "Interrupted",
    "submitted": "Handed in",
    "timed_out": "Time was up",
    "terminated": "Ended by a proctor",
    "cancelled": "Given up",
    "under_review": "Under review",
    "passed": "Verdict: passed",
    "suspicious": "Verdict: suspicious",
    "violation": "Verdict: violation",
}


def head(view: CandidateView) -> Head:
    attempt = view.attempt
    begun = attempt.started_at is not None and attempt.status in OPEN
    return Head(
        candidate=view.candidate,
        title=view.title or "Free session",
        number=f"Attempt {attempt.number}" if attempt.exam_id else "",
        state=shown.attempt_state(attempt.status),
        reason=attempt.status_reason,
        started_at=iso(attempt.started_at) if attempt.started_at else "",
        ended_at=iso(attempt.ended_at) if attempt.ended_at else "",
        is_open=attempt.status in OPEN,
        can_pause=attempt.status in MONITORED,
        can_resume=attempt.status is AttemptStatus.PAUSED,
        can_terminate=begun,
        has_camera=view.level is Level.CAMERA,
        is_free=attempt.exam_id is None,
    )


def time_left(view: CandidateView) -> TimeLeft:
    attempt = view.attempt
    left_s = attempt.remaining_s(view.now) if attempt.status in OPEN else None
    if left_s is None or attempt.ends_at is None:
        return TimeLeft()
    return TimeLeft(left_s, f"{attempt.ends_at} {attempt.status}", attempt.paused_at is None)


def same_time(before: TimeLeft, now: TimeLeft) -> bool:
    """Whether the browser, which counts for itself, knows it already."""
    return (before.mark, before.runs) == (now.mark, now.runs)


def signs(view: CandidateView) -> Signs:
    attempt, stream = view.attempt, view.stream
    rate = attempt.face_detection_rate
    left_out = stream.late + stream.refused
    return Signs(
        seen=_seen(view),
        link=_link(view),
        face_rate="" if rate is None else f"{rate * 100:.0f} %",
        left_out=f"{left_out} pictures came too late or were no pictures" if left_out else "",
        seb=_SEB[view.seb.how] if view.seb else Chip("unknown", ""),
        seb_at=iso(view.seb.at) if view.seb and view.seb.at else "",
    )


def picture(view: CandidateView) -> Picture:
    age_s = view.stream.picture_age_s
    return Picture() if age_s is None else Picture(view.stream.frames, round(max(0.0, age_s), 1))


def term(found: Term) -> ShownTerm:
    one = found.term
    return ShownTerm(
        EVENTS.get(one.event_type, "Monitoring interrupted")
        if one.event_type.value != "client_note"
        else "Notes of the candidate's program",
        "once" if one.count == 1 else f"{one.count} times",
        f"\N{MINUS SIGN}{one.points_lost:.1f}",
        found.is_capped,
    )


def dot(one: QuestionDot) -> ShownDot:
    """The kind is a colour's name; number and words say the same."""
    parts = [f"Question {one.number}", "answered" if one.is_answered else "no answer"]
    if one.is_flagged:
        parts.append("flagged for later")
    if one.is_here:
        parts.append("before the candidate now")
    kinds = ["dot-answered" if one.is_answered else "dot-empty"]
    kinds += ["dot-flagged"] if one.is_flagged else []
    kinds += ["dot-here"] if one.is_here else []
    return ShownDot(one.number, " ".join(kinds), ", ".join(parts))


def progress(dots: Sequence[QuestionDot]) -> Progress:
    if not dots:
        return Progress()
    flagged = sum(one.is_flagged for one in dots)
    words = f"{sum(one.is_answered for one in dots)} of {len(dots)} answered"
    here = next((one.number for one in dots if one.is_here), None)
    return Progress(
        words + (f", {flagged} flagged" if flagged else ""),
        f"Now at question {here} of {len(dots)}" if here else "",
    )


def listed(view: CandidateView) -> list[DeskIncident]:
    """The open ones first, then alerts, then notices, the newest first; the first hundred."""

    def place(one: IncidentView) -> tuple[bool, bool, float]:
        is_alert = one.severity is Severity.ALERT
        return one.closed_at is not None, not is_alert, -one.opened_at.timestamp()

    start = view.attempt.started_at or view.attempt.created_at
    first = sorted(view.incidents, key=place)[:LISTED]
    return [_incident(one, start, view.shots.get(one.id, ())) for one in first]


def chosen(view: CandidateView, incident_id: int) -> tuple[Chosen, list[ShownShot]]:
    """The incident and its pictures in the order they were taken; nothing for an unknown one."""
    found = next((one for one in view.incidents if one.id == incident_id), None)
    if found is None:
        return Chosen(), []
    start = view.attempt.started_at or view.attempt.created_at
    shots = [
        ShownShot(
            _address(found.id, shot),
            _MOMENTS.get(shot.moment, "Picture"),
            iso(shot.taken_at),
        )
        for shot in view.shots.get(found.id, ())
    ]
    lasted = f"lasted {duration(found.duration_s(view.now))}" if found.closed_at else "open"
    facts = f"{_into(found, start)} into the attempt, {lasted}, {found.confidence:.0%} sure"
    none = "There is no picture of this: the browser told it, or none was kept."
    return (
        Chosen(found.id, found.event, found.severity.value, facts, "" if shots else none),
        shots,
    )


def said(one: MessageView, candidate: str) -> Said:
    by = {"candidate": candidate, "proctor": "Proctor", "installation": "Sent automatically"}
    return Said(
        one.id,
        by[one.author],
        one.text,
        iso(one.sent_at),
        one.kind == "warning",
        one.author == "candidate",
    )


def line(one: HistoryLine) -> ShownLine:
    words = _LINES.get(one.kind, one.kind.replace("_", " ").capitalize())
    return ShownLine(iso(one.at), words, one.detail)


def other(one: OtherAttempt) -> ShownOther:
    attempt = one.attempt
    return ShownOther(
        attempt.id,
        one.title or "Free session",
        _standing(attempt),
        f"{attempt.compliance:.0f}",
        iso(attempt.started_at or attempt.created_at),
    )


def _incident(one: IncidentView, start: datetime, shots: Sequence[EvidenceView]) -> DeskIncident:
    closed = one.closed_at
    shot = next((one for one in shots if one.moment is Moment.AT), next(iter(shots), None))
    return DeskIncident(
        id=one.id,
        kind=one.severity.value,
        event=one.event,
        at=iso(one.opened_at),
        into=_into(one, start),
        lasted=duration((closed - one.opened_at).total_seconds()) if closed else "",
        is_open=closed is None,
        verdict=_VERDICTS[one.verdict],
        is_judged=one.verdict is not Verdict.NOT_REVIEWED,
        is_acknowledged=one.acknowledged_by != "",
        pictures=len(shots),
        picture=_address(one.id, shot) if shot else "",
    )


def _address(incident_id: int, shot: EvidenceView) -> str:
    """Asked of the server with the viewer's own session."""
    return f"/api/v1/incidents/{incident_id}/evidence/{shot.ordinal}"


def _into(one: IncidentView, start: datetime) -> str:
    return countdown((one.opened_at - start).total_seconds())


def _standing(attempt: AttemptView) -> Chip:
    """What became of an attempt: the verdict where a person gave one."""
    verdicts = {
        AttemptStatus.PASSED: Chip("ok", "Passed"),
        AttemptStatus.SUSPICIOUS: Chip("notice", "Suspicious"),
        AttemptStatus.VIOLATION: Chip("alert", "Violation"),
        AttemptStatus.UNDER_REVIEW: Chip("unknown", "Under review"),
    }
    return verdicts.get(attempt.status) or shown.attempt_state(attempt.status)


def _seen(view: CandidateView) -> Chip:
    if view.level is not Level.CAMERA:
        return Chip("none", "No camera in this exam")
    if view.attempt.status not in MONITORED:
        return Chip("none", "Not monitored now")
    return shown.seen(view.stream.status)


def _link(view: CandidateView) -> Chip:
    """The connection; nothing of it is held against anyone."""
    attempt, age_s = view.attempt, view.stream.picture_age_s
    if attempt.status not in OPEN:
        return Chip("none", "Ended")
    if attempt.status is AttemptStatus.PAUSED:
        return Chip("none", "Paused")
    if attempt.status is AttemptStatus.INTERRUPTED:
        return Chip("unknown", "Connection interrupted")
    if view.level is Level.CAMERA and (age_s is None or age_s > _SILENT_S):
        words = "No picture yet" if age_s is None else f"No picture for {duration(age_s)}"
        return Chip("unknown", words)
    return Chip("ok", "Connected")
