"""How values are shown: small frozen records for the pages, and words for durations."""

from dataclasses import dataclass

from proctor_app.clock import iso
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import EventType
from proctor_app.services.live import LiveStatus
from proctor_app.services.views import AttemptView, IncidentView

_FACES = {
    "one": ("ok", "Face visible"),
    "none": ("notice", "Face not visible"),
    "several": ("alert", "Several people in the picture"),
    "unknown": ("unknown", "No picture yet"),
}
_PROBLEMS = {
    "blocked": "Camera covered",
    "dark": "Picture too dark",
    "glare": "Picture too bright",
    "blurred": "Picture blurred",
    "frozen": "Picture does not change",
}
_ADVICE = {
    "one": "All is well.",
    "none": "Move into the picture. This is noted after 2 seconds.",
    "several": "You must be alone in the picture. This is noted after 1 second.",
    "unknown": "This is held against nobody.",
    "blocked": "Take away what covers the camera.",
    "dark": "Turn a lamp on, or move nearer to a window.",
    "glare": "Turn away from the bright light.",
    "blurred": "Clean the camera and hold it still.",
    "frozen": "Restart the camera, or choose another.",
}
_EXPLAINED = {
    EventType.FACE_ABSENT: "Your face was not in the picture.",
    EventType.MULTIPLE_FACES: "More than one person was in the picture.",
    EventType.BACKGROUND_PERSON: "Somebody else was in the background.",
    EventType.PHONE: "Something that looks like a phone was in the picture.",
    EventType.FORBIDDEN_OBJECT: "Something that is not allowed seemed to be in the picture.",
    EventType.HEAD_TURNED: "Your head was turned away from the screen.",
    EventType.GAZE_OFF_SCREEN: "Your eyes looked away from the screen.",
    EventType.EYES_CLOSED: "Your eyes were closed.",
    EventType.MOUTH_MOVEMENT: "Your mouth moved as if you were speaking.",
    EventType.HAND_GESTURE: "A hand was held up, or near your face.",
    EventType.FACE_POSITION: "You were too near, too far, or partly out of the picture.",
    EventType.IDENTITY_MISMATCH: "Your face did not match the one you signed up with.",
    EventType.SPOOF_SUSPECTED: "The picture looked like a still or repeated one.",
    EventType.TAB_SWITCH: "The exam's tab was hidden: another tab or program was in front of it.",
    EventType.WINDOW_BLUR: "Another window was in use beside the exam.",
    EventType.FULLSCREEN_EXIT: "The exam was not shown on the full screen.",
    EventType.CLIPBOARD: "Something was copied, cut or pasted.",
    EventType.SECOND_SCREEN: "A second screen was connected.",
    EventType.DEVTOOLS: "The browser's developer tools seemed to be open.",
    EventType.PRINT: "Printing was begun.",
    EventType.CONTEXT_MENU: "The context menu was opened.",
    EventType.CAMERA_CHANGED: "Another camera, or other settings, came into use.",
    EventType.VIRTUAL_CAMERA: "The camera's name is that of a program, not of a device.",
    EventType.SECOND_DEVICE: "The exam was opened in a second window or on a second device.",
    EventType.CLIENT_NOTE: "The program you use reported this.",
    EventType.CAMERA_BLOCKED: "Something covered the camera.",
    EventType.FRAME_QUALITY_LOW: "The picture was too poor to be judged.",
    EventType.MONITORING_GAP: "No picture arrived for a while.",
}
_STATUS_WORDS = {
    AttemptStatus.RUNNING: "Running",
    AttemptStatus.INTERRUPTED: "Interrupted",
    AttemptStatus.PAUSED: "Paused",
    AttemptStatus.SUBMITTED: "Submitted",
    AttemptStatus.TIMED_OUT: "Time was up",
    AttemptStatus.TERMINATED: "Ended by a proctor",
}


@dataclass(frozen=True)
class Chip:
    """kind: ok, notice, alert or unknown; always shown with an icon and the words."""

    kind: str
    text: str


@dataclass(frozen=True)
class ShownIncident:
    """at: ISO 8601; the browser shows it in its own zone. lasted: empty while open."""

    id: int
    attempt_id: str
    candidate: str
    kind: str
    event: str
    explained: str
    at: str
    lasted: str
    is_open: bool
    evidence: str


@dataclass(frozen=True)
class ShownAttempt:
    id: str
    status: str
    started_at: str
    lasted: str


def duration(seconds: float) -> str:
    """ "8 s", "3 min 20 s", "1 h 5 min": as short as it can be said."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def countdown(seconds: float) -> str:
    """ "1:59:07" or "48:12"."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole % 3600 // 60
    clock = f"{minutes:02}:{whole % 60:02}"
    return f"{hours}:{clock}" if hours else clock


def seen(live: LiveStatus) -> Chip:
    """What the camera shows, in a word; what can't be judged is grey and held against nobody."""
    if live.problem:
        return Chip("unknown", _PROBLEMS.get(live.problem, "Picture can't be judged"))
    kind, text = _FACES[live.face]
    return Chip(kind, text)


def advice(live: LiveStatus) -> str:
    """What the candidate can do about it."""
    return _ADVICE.get(live.problem or live.face, _ADVICE["unknown"])


def attempt_state(status: AttemptStatus) -> Chip:
    kind = "ok" if status is AttemptStatus.RUNNING else "unknown"
    return Chip(kind, _STATUS_WORDS.get(status, status.value.replace("_", " ").capitalize()))


def incident(view: IncidentView, candidate: str = "") -> ShownIncident:
    closed = view.closed_at
    lasted = duration((closed - view.opened_at).total_seconds()) if closed else ""
    evidence = f"/api/v1/incidents/{view.id}/evidence/0" if view.evidence_count else ""
    return ShownIncident(
        id=view.id,
        attempt_id=view.attempt_id,
        candidate=candidate,
        kind=view.severity.value,
        event=view.event,
        explained=_EXPLAINED[view.event_type],
        at=iso(view.opened_at),
        lasted=lasted,
        is_open=closed is None,
        evidence=evidence,
    )


def attempt(view: AttemptView) -> ShownAttempt:
    end = view.ended_at or view.last_frame_at
    lasted_s = (end - view.started_at).total_seconds() if end and view.started_at else 0.0
    return ShownAttempt(
        id=view.id,
        status=_STATUS_WORDS.get(view.status, view.status.value),
        started_at=iso(view.started_at or view.created_at),
        lasted=duration(lasted_s),
    )
