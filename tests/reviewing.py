"""Attempts with incidents that wait for a person."""

from dataclasses import dataclass
from datetime import timedelta

from proctor_app.db import tables
from proctor_app.domain.incident import EventType, Severity
from proctor_app.services import scores
from proctor_app.services.exam_rules import ExamRules
from proctor_app.services.versions import Versions
from tests.papers import SetExam, attempt_row, begun
from tests.world import Person, World

E = EventType


@dataclass(frozen=True, slots=True)
class Sat:
    """Somebody's attempt and its incidents, in the order they were asked for."""

    world: World
    who: Person
    id: str
    incidents: tuple[int, ...]

    @property
    def row(self) -> tables.Attempt:
        return attempt_row(self.world, self.id)

    def incident(self, number: int = 0) -> tables.Incident:
        with self.world.database.read() as session:
            return session.get_one(tables.Incident, self.incidents[number])


async def sat(
    world: World,
    exam: SetExam | None,
    *types: EventType,
    who: Person | None = None,
    is_open: bool = False,
    seconds: float = 5.0,
) -> Sat:
    """An attempt at the exam (None: a free session) during which these incidents lasted so long."""
    who = who or world.person(name="Ana")
    if exam is None:
        started = await world.services.sessions.start(who.actor, who.id)
        attempt_id = started.attempt.id
    else:
        attempt_id = await begun(world, who, exam)
    found = Sat(world, who, attempt_id, tuple(note(world, attempt_id, types, seconds)))
    if not is_open:
        await world.services.sessions.stop(who.actor, who.id)
    return found


def note(
    world: World, attempt_id: str, types: tuple[EventType, ...], seconds: float = 5.0
) -> list[int]:
    """Put closed incidents of these types into an attempt, as the rules would; their ids."""
    now = world.clock()
    with world.database.write() as session:
        row = session.get_one(tables.Attempt, attempt_id)
        weights = ExamRules(world.database, Versions(world.database)).weights(session, [row])
        found = []
        for number, kind in enumerate(types):
            opened_at = now + timedelta(seconds=number)
            incident = tables.Incident(
                attempt_id=attempt_id,
                event_type=kind.value,
                severity=Severity.ALERT.value,
                opened_at=opened_at,
                closed_at=opened_at + timedelta(seconds=seconds),
                confidence=1.0,
            )
            scores.price(incident, weights[attempt_id])
            session.add(incident)
            found.append(incident)
        scores.changed_all(session, row, weights[attempt_id])
        return [one.id or 0 for one in found]
