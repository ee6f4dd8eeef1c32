"""An incident is an episode with a start, an end and a severity; never a single frame."""

from dataclasses import dataclass
from enum import StrEnum


class EventType(StrEnum):
    FACE_ABSENT = "face_absent"
    MULTIPLE_FACES = "multiple_faces"
    PHONE = "phone"
    FRAME_QUALITY_LOW = "frame_quality_low"
    MONITORING_GAP = "monitoring_gap"


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


EVENT_TEXT: dict[EventType, str] = {
    EventType.FACE_ABSENT: "Face not detected",
    EventType.MULTIPLE_FACES: "Multiple people detected",
    EventType.PHONE: "Phone detected",
    EventType.FRAME_QUALITY_LOW: "Low image quality",
    EventType.MONITORING_GAP: "Monitoring interrupted",
}
"""The text clients of the published contract know each event by."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A rule opened or closed an incident.

    start_s, end_s: seconds on the clock of the samples (epoch seconds live, media seconds in a
    recording); end_s is None while open. confidence: the rule's peak score so far, 0 to 1.
    detail: what the rule saw in a word ("dark", "2 faces"), empty where there is nothing to add.
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
        return EVENT_TEXT[self.event_type]
