"""How often a rule is right: as measured before it was shipped, and by the verdicts given here."""

from collections.abc import Iterable
from dataclasses import dataclass

from proctor_app.db.repositories.reviews import ReviewRows
from proctor_app.db.session import Transaction
from proctor_app.domain.incident import EventType


@dataclass(frozen=True, slots=True)
class Published:
    """Precision and recall, 0 to 1, as docs/accuracy.md has them of single pictures; None where
    nothing could be measured."""

    precision: float | None
    recall: float | None


PUBLISHED: dict[EventType, Published] = {
    EventType.FACE_ABSENT: Published(0.995, 1.000),
    EventType.MULTIPLE_FACES: Published(1.000, 0.938),
    EventType.BACKGROUND_PERSON: Published(0.750, 0.750),
    EventType.PHONE: Published(0.971, 0.795),
    EventType.FORBIDDEN_OBJECT: Published(None, None),
    EventType.HEAD_TURNED: Published(1.000, 0.565),
    EventType.GAZE_OFF_SCREEN: Published(1.000, 1.000),
    EventType.EYES_CLOSED: Published(0.727, 1.000),
    EventType.HAND_GESTURE: Published(0.913, 0.162),
}


@dataclass(frozen=True, slots=True)
class RuleQuality:
    """precision, recall: as published, None where nothing was measured. judged: incidents of this
    type that people judged in this exam; dismissed: those of them that were nothing."""

    event_type: EventType
    precision: float | None
    recall: float | None
    judged: int
    dismissed: int

    @property
    def text(self) -> str:
        """For people: "Its published precision is 0.97; here 3 of 12 were dismissed."."""
        here = f"{self.dismissed} of {self.judged} were dismissed" if self.judged else ""
        if self.precision is None:
            return f"Here {here}." if here else ""
        published = f"Its published precision is {self.precision:.2f}"
        return f"{published}; here {here}." if here else f"{published}."


def rule_quality(
    session: Transaction, exam_id: str | None, event_types: Iterable[EventType]
) -> dict[EventType, RuleQuality]:
    """What is known of these rules, in one exam or in all free sessions; nothing of those that were
    neither measured nor judged."""
    wanted = set(event_types)
    counts = ReviewRows(session).judged_by_type(exam_id, [kind.value for kind in wanted])
    found: dict[EventType, RuleQuality] = {}
    for kind in wanted:
        published = PUBLISHED.get(kind, Published(None, None))
        judged, dismissed = counts.get(kind.value, (0, 0))
        if published.precision is not None or judged:
            found[kind] = RuleQuality(
                kind, published.precision, published.recall, judged, dismissed
            )
    return found
