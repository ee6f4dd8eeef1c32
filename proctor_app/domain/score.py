"""Compliance: 100 minus explained terms. It ranks attention; a person gives every verdict."""

from collections.abc import Iterable
from dataclasses import dataclass

from proctor_app.domain.incident import EventType, Verdict


@dataclass(frozen=True, slots=True)
class ScoredIncident:
    event_type: EventType
    confidence: float
    duration_s: float
    verdict: Verdict = Verdict.NOT_REVIEWED


@dataclass(frozen=True, slots=True)
class Weight:
    """points: what one full-length incident costs; reference_s: the length that counts as full;
    cap: the most that all incidents of the type cost together."""

    points: float
    reference_s: float
    cap: float


WEIGHTS: dict[EventType, Weight] = {
    EventType.FACE_ABSENT: Weight(points=10, reference_s=30, cap=40),
    EventType.MULTIPLE_FACES: Weight(points=15, reference_s=10, cap=45),
    EventType.BACKGROUND_PERSON: Weight(points=3, reference_s=20, cap=10),
    EventType.PHONE: Weight(points=20, reference_s=5, cap=60),
    EventType.FORBIDDEN_OBJECT: Weight(points=6, reference_s=10, cap=20),
    EventType.HEAD_TURNED: Weight(points=2, reference_s=10, cap=15),
    EventType.GAZE_OFF_SCREEN: Weight(points=2, reference_s=10, cap=15),
    EventType.EYES_CLOSED: Weight(points=1, reference_s=30, cap=5),
    EventType.MOUTH_MOVEMENT: Weight(points=2, reference_s=10, cap=15),
    EventType.HAND_GESTURE: Weight(points=1, reference_s=10, cap=8),
    EventType.FACE_POSITION: Weight(points=1, reference_s=20, cap=8),
    EventType.IDENTITY_MISMATCH: Weight(points=30, reference_s=10, cap=70),
    EventType.SPOOF_SUSPECTED: Weight(points=30, reference_s=20, cap=70),
    EventType.CAMERA_BLOCKED: Weight(points=6, reference_s=30, cap=25),
    EventType.FRAME_QUALITY_LOW: Weight(points=3, reference_s=60, cap=10),
    EventType.MONITORING_GAP: Weight(points=5, reference_s=60, cap=20),
}
"""What each type costs at most; alerts weigh much more than notices, doubtful ones least."""


@dataclass(frozen=True, slots=True)
class ScoreTerm:
    event_type: EventType
    count: int
    points_lost: float


@dataclass(frozen=True, slots=True)
class Compliance:
    """value: 0 to 100; terms: what each incident type took from it, in the table's order."""

    value: float
    terms: tuple[ScoreTerm, ...]


def compliance(incidents: Iterable[ScoredIncident]) -> Compliance:
    """Score the incidents nobody dismissed.

    Each costs weight x confidence x min(1, duration / reference), capped for its type.
    """
    lost: dict[EventType, list[float]] = {}
    for incident in incidents:
        if incident.verdict is Verdict.PASSED:
            continue
        weight = WEIGHTS[incident.event_type]
        share = min(1.0, max(0.0, incident.duration_s) / weight.reference_s)
        lost.setdefault(incident.event_type, []).append(weight.points * incident.confidence * share)
    terms = tuple(
        ScoreTerm(event_type, len(lost[event_type]), round(min(cap.cap, sum(lost[event_type])), 2))
        for event_type, cap in WEIGHTS.items()
        if event_type in lost
    )
    value = max(0.0, 100.0 - sum(term.points_lost for term in terms))
    return Compliance(round(value, 1), terms)
