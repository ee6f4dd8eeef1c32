"""An incident is an episode with a start, an end and a severity; never a single frame."""

from dataclasses import dataclass
from enum import StrEnum


class EventType(StrEnum):
    FACE_ABSENT = "face_absent"
    MULTIPLE_FACES = "multiple_faces"
    BACKGROUND_PERSON = "background_person"
    PHONE = "phone"
    FORBIDDEN_OBJECT = "forbidden_object"
    HEAD_TURNED = "head_turned"
    GAZE_OFF_SCREEN = "gaze_off_screen"
    EYES_CLOSED = "eyes_closed"
    MOUTH_MOVEMENT = "mouth_movement"
    HAND_GESTURE = "hand_gesture"
    FACE_POSITION = "face_position"
    IDENTITY_MISMATCH = "identity_mismatch"
    SPOOF_SUSPECTED = "spoof_suspected"
    CAMERA_BLOCKED = "camera_blocked"
    FRAME_QUALITY_LOW = "frame_quality_low"
    MONITORING_GAP = "monitoring_gap"
    TAB_SWITCH = "tab_switch"
    WINDOW_BLUR = "window_blur"
    FULLSCREEN_EXIT = "fullscreen_exit"
    CLIPBOARD = "clipboard"
    SECOND_SCREEN = "second_screen"
    DEVTOOLS = "devtools"
    PRINT = "print"
    CONTEXT_MENU = "context_menu"
    CAMERA_CHANGED = "camera_changed"
    VIRTUAL_CAMERA = "virtual_camera"
    SECOND_DEVICE = "second_device"
    CLIENT_NOTE = "client_note"  # what another client reported, under its own text


BROWSER_EVENTS = frozenset(
    {
        EventType.TAB_SWITCH,
        EventType.WINDOW_BLUR,
        EventType.FULLSCREEN_EXIT,
        EventType.CLIPBOARD,
        EventType.SECOND_SCREEN,
        EventType.DEVTOOLS,
        EventType.PRINT,
        EventType.CONTEXT_MENU,
        EventType.CAMERA_CHANGED,
        EventType.VIRTUAL_CAMERA,
        EventType.SECOND_DEVICE,
        EventType.CLIENT_NOTE,
    }
)
"""What a browser told; the others are what a picture, or its absence, showed."""


class Severity(StrEnum):
    NOTICE = "notice"
    ALERT = "alert"


class Verdict(StrEnum):
    NOT_REVIEWED = "not_reviewed"
    PASSED = "passed"
    SUSPICIOUS = "suspicious"
    VIOLATION = "violation"


class Phase(StrEnum):
    OPENED = "opened"
    CLOSED = "closed"


_EVENT_TEXT: dict[EventType, str] = {
    EventType.FACE_ABSENT: "Face not detected",
    EventType.MULTIPLE_FACES: "Multiple people detected",
    EventType.BACKGROUND_PERSON: "Background person detected",
    EventType.PHONE: "Phone detected",
    EventType.FORBIDDEN_OBJECT: "Object detected",
    EventType.HEAD_TURNED: "Head turned",
    EventType.GAZE_OFF_SCREEN: "Eye movement detected",
    EventType.EYES_CLOSED: "Eyes closed",
    EventType.MOUTH_MOVEMENT: "Mouth movement detected",
    EventType.HAND_GESTURE: "Hand detected",
    EventType.FACE_POSITION: "Unusual face movement detected",
    EventType.IDENTITY_MISMATCH: "Face not recognised",
    EventType.SPOOF_SUSPECTED: "Presentation attack suspected",
    EventType.CAMERA_BLOCKED: "Camera blocked",
    EventType.FRAME_QUALITY_LOW: "Low image quality",
    EventType.MONITORING_GAP: "Monitoring interrupted",
    EventType.TAB_SWITCH: "Tab switch detected",
    EventType.WINDOW_BLUR: "Window focus lost",
    EventType.FULLSCREEN_EXIT: "Fullscreen exit detected",
    EventType.CLIPBOARD: "Clipboard use detected",
    EventType.SECOND_SCREEN: "Second screen detected",
    EventType.DEVTOOLS: "Developer tools detected",
    EventType.PRINT: "Printing detected",
    EventType.CONTEXT_MENU: "Context menu detected",
    EventType.CAMERA_CHANGED: "Camera changed",
    EventType.VIRTUAL_CAMERA: "Virtual camera detected",
    EventType.SECOND_DEVICE: "Second window or device detected",
    EventType.CLIENT_NOTE: "Note from the candidate's program",
}


def event_text(event_type: EventType, detail: str) -> str:
    """The text clients of the published contract know an event by.

    For three types it names what was seen: "Head turned left", "Book detected", a client's text.
    """
    if event_type is EventType.HEAD_TURNED and detail:
        return f"Head turned {detail}"
    if event_type is EventType.FORBIDDEN_OBJECT and detail:
        return f"{detail.capitalize()} detected"
    if event_type is EventType.CLIENT_NOTE and detail:
        return detail
    return _EVENT_TEXT[event_type]


@dataclass(frozen=True, slots=True)
class Transition:
    """A rule opened or closed an incident.

    start_s, end_s: seconds on the clock of the samples (epoch seconds live, media seconds in a
    recording); end_s is None while open. confidence: the rule's peak score so far, 0 to 1.
    detail: what the rule saw in a word ("dark", "2 faces", "left"), empty where there is nothing
    to add.
    """

    phase: Phase
    event_type: EventType
    severity: Severity
    start_s: float
    end_s: float | None
    confidence: float
    detail: str = ""

    @property
    def event(self) -> str:
        return event_text(self.event_type, self.detail)
