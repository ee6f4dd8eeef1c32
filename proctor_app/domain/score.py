"""Compliance: 100 minus explained terms. It ranks attention; a person gives every verdict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from proctor_app.domain.incident import EventType, Verdict


@dataclass(frozen=True, slots=True)
class ScoredIncident:
    """weight: its exam's own, None for the table's."""

    event_type: EventType
    confidence: float
    duration_s: float
    verdict: Verdict = Verdict.NOT_REVIEWED
    weight: "Weight | None" = None


@dataclass(frozen=True, slots=True)
class Weight:
    """points: what one full-length incident costs; reference_s: the length that counts as full, 0
    where the moment itself does; cap: the most that all incidents of the type cost together."""

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
    EventType.TAB_SWITCH: Weight(points=6, reference_s=20, cap=30),
    EventType.WINDOW_BLUR: Weight(points=2, reference_s=20, cap=10),
    EventType.FULLSCREEN_EXIT: Weight(points=3, reference_s=30, cap=15),
    EventType.CLIPBOARD: Weight(points=3, reference_s=0, cap=15),
    EventType.SECOND_SCREEN: Weight(points=8, reference_s=60, cap=16),
    EventType.DEVTOOLS: Weight(points=5, reference_s=0, cap=15),
    EventType.PRINT: Weight(points=5, reference_s=0, cap=15),
    EventType.CONTEXT_MENU: Weight(points=0.5, reference_s=0, cap=3),
    EventType.CAMERA_CHANGED: Weight(points=4, reference_s=0, cap=12),
    EventType.VIRTUAL_CAMERA: Weight(points=25, reference_s=0, cap=25),
    EventType.SECOND_DEVICE: Weight(points=6, reference_s=0, cap=18),
    EventType.CLIENT_NOTE: Weight(points=0, reference_s=0, cap=0),
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


@dataclass(frozen=True, slots=True)
class TypeCost:
    """What incidents of one type cost together, before the cap; those dismissed cost nothing."""

    count: int
    cost: float


def cost(incident: ScoredIncident) -> float:
    """The points one incident takes, without a cap: weight x confidence x min(1, duration /
    reference); nothing where it was dismissed."""
    if incident.verdict is Verdict.PASSED:
        return 0.0
    weight = incident.weight or WEIGHTS[incident.event_type]
    share = _share(incident.duration_s, weight.reference_s)
    return weight.points * incident.confidence * share


def compliance(incidents: Iterable[ScoredIncident]) -> Compliance:
    """Score the incidents nobody dismissed, each by its ``cost``, capped for its type."""
    sums: dict[EventType, TypeCost] = {}
    caps: dict[EventType, float] = {}
    for incident in incidents:
        if incident.verdict is Verdict.PASSED:
            continue
        kind, weight = incident.event_type, incident.weight or WEIGHTS[incident.event_type]
        caps[kind] = max(weight.cap, caps.get(kind, 0.0))
        before = sums.get(kind, TypeCost(0, 0.0))
        sums[kind] = TypeCost(before.count + 1, before.cost + cost(incident))
    return of_costs(sums, caps)


def of_costs(sums: Mapping[EventType, TypeCost], caps: Mapping[EventType, float]) -> Compliance:
    """As ``compliance``, from what the types cost already."""
    terms = tuple(
        ScoreTerm(kind, sums[kind].count, round(min(caps[kind], sums[kind].cost), 2))
        for kind in WEIGHTS
        if kind in sums
    )
    value = max(0.0, 100.0 - sum(term.points_lost for term in terms))
    return Compliance(round(value, 1), terms)


def _share(duration_s: float, reference_s: float) -> float:
    if reference_s <= 0:
        return 1.0
    return min(1.0, max(0.0, duration_s) / reference_s)
