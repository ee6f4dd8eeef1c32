"""Views as services hand them out, with anything a test cares about changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import EventType, Severity, Verdict
from proctor_app.services.live import LiveStatus
from proctor_app.services.views import AttemptView, IncidentView
from proctor_app.services.wall import WallRow
from proctor_app.services.wall_snapshot import Note, Seat

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

_ATTEMPT = AttemptView(
    id="an-attempt",
    user_id="a-candidate",
    status=AttemptStatus.RUNNING,
    status_reason="",
    created_at=START,
    started_at=START,
    ended_at=None,
    duration_minutes=120,
    last_frame_at=None,
    monitored_s=0.0,
    face_s=0.0,
)
_INCIDENT = IncidentView(
    id=7,
    attempt_id="an-attempt",
    event_type=EventType.FACE_ABSENT,
    severity=Severity.ALERT,
    detail="",
    opened_at=START,
    closed_at=None,
    confidence=0.9,
    verdict=Verdict.NOT_REVIEWED,
    evidence_count=1,
)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def attempt(**changes: Any) -> AttemptView:
    return replace(_ATTEMPT, **changes)


def incident(**changes: Any) -> IncidentView:
    return replace(_INCIDENT, **changes)


_NOTE = Note(
    id=7,
    attempt_id="an-attempt",
    user_id="a-candidate",
    candidate="Ana",
    exam_id=None,
    event_type=EventType.FACE_ABSENT,
    severity=Severity.ALERT,
    event="Face not detected",
    opened_at=START,
    closed_at=None,
    is_acknowledged=False,
    seen_by="",
)
_SEAT = Seat(
    attempt_id="an-attempt",
    user_id="a-candidate",
    candidate="Ana",
    exam_id=None,
    exam="",
    status=AttemptStatus.RUNNING,
    started_at=START,
    ends_at=START + timedelta(hours=2),
    left_s=None,
    answered=0,
    questions=None,
    compliance=100.0,
    open_incidents=(),
    unread=0,
)


def note(**changes: Any) -> Note:
    return replace(_NOTE, **changes)


def seat(*notes: Note, **changes: Any) -> Seat:
    """Of a candidate, with these standing open."""
    return replace(_SEAT, open_incidents=notes, **changes)


def row(found: Seat = _SEAT, **changes: Any) -> WallRow:
    """A tile of a camera exam, whose candidate is in the picture."""
    return replace(WallRow(found, LiveStatus("one"), True, False, ()), **changes)
