"""An exam's own rules and costs reach whatever watches, counts and shows its incidents."""

from dataclasses import dataclass

import pytest
from sqlmodel import select

from proctor_app.db.session import Transaction
from proctor_app.db.tables import Incident, RosterEntry
from proctor_app.domain.access import Role
from proctor_app.domain.exam import Level, Preset, RuleChange
from proctor_app.domain.incident import EventType
from proctor_app.errors import NotFound
from proctor_app.services.exam_views import ExamView
from tests.fakes import jpeg, seen
from tests.seats import content, publish, sit
from tests.world import Person, World

E = EventType
STRICT = content(
    level=Level.CAMERA,
    preset=Preset.STRICT,
    rules={E.PHONE: RuleChange(points=50.0), E.MULTIPLE_FACES: RuleChange(is_on=False)},
)


@dataclass(frozen=True, slots=True)
class Watched:
    world: World
    who: Person
    attempt_id: str

    async def show(self, seconds: int, faces: int = 1, phone: float = 0.0) -> None:
        for number in range(seconds):
            self.world.clock.advance(1.0)
            self.world.engine.script.append(seen(faces, phone=phone))
            ingest = self.world.services.monitoring.ingest
            await ingest(self.who.actor, self.attempt_id, jpeg(number))

    async def compliance(self) -> tuple[float, float]:
        """As the summary and the wall have it."""
        summary = await self.world.services.sessions.summary(self.who.actor, self.who.id)
        proctor = self.world.person(Role.PROCTOR)
        wall = await self.world.services.wall.snapshot(proctor.actor)
        return summary.compliance.value, wall.rows[0].seat.compliance

    @property
    def types(self) -> list[str]:
        rows = self.world.rows(Incident)
        return [row.event_type for row in rows if row.attempt_id == self.attempt_id]


def allow_for(world: World, exam: ExamView, who: Person, off: str, preset: str) -> None:
    with world.database.write() as session:
        _add(session, exam, who, world, off, preset)


def _add(
    session: Transaction, exam: ExamView, who: Person, world: World, off: str, preset: str
) -> None:
    session.add(
        RosterEntry(
            exam_id=exam.id,
            user_id=who.id,
            email=who.email,
            detectors_off=off,
            preset=preset,
            added_at=world.clock(),
        )
    )


@pytest.fixture
async def watched(monitored: World) -> Watched:
    who, attempt_id = await sit(monitored, publish(monitored, STRICT))
    return Watched(monitored, who, attempt_id)


async def test_given_points_of_its_own_then_summary_and_wall_count_them(watched: Watched) -> None:
    await watched.show(7, phone=1.0)
    assert watched.types == ["phone"]
    assert await watched.compliance() == (50.0, 50.0)


async def test_given_a_rule_switched_off_then_no_incident_comes_of_it(watched: Watched) -> None:
    await watched.show(5, faces=2)
    assert watched.types == []


async def test_given_a_stricter_preset_then_it_opens_sooner(watched: Watched) -> None:
    await watched.show(2, faces=0)
    assert watched.types == []
    watched.world.clock.advance(-0.5)
    await watched.show(1, faces=0)  # 1.5 s, where 2 s are the standard
    assert watched.types == ["face_absent"]


async def test_given_an_accommodation_then_it_holds_for_this_candidate_alone(
    monitored: World,
) -> None:
    exam, ana, ben = publish(monitored, STRICT), monitored.person(), monitored.person()
    allow_for(monitored, exam, ana, "phone", "lenient")
    spared = Watched(monitored, *await sit(monitored, exam, ana))
    other = Watched(monitored, *await sit(monitored, exam, ben))
    await spared.show(4, phone=1.0)
    assert spared.types == []
    await spared.show(4, faces=0)  # 3 s: 4 are needed
    assert spared.types == []
    await other.show(4, phone=1.0)
    assert "phone" in other.types


async def test_given_an_incident_that_was_cleared_away_then_it_counts_nowhere(
    watched: Watched,
) -> None:
    await watched.show(7, phone=1.0)
    with watched.world.database.write() as session:
        for row in session.exec(select(Incident)):
            row.hidden_at = watched.world.clock()
    proctor = watched.world.person(Role.PROCTOR)
    assert await watched.compliance() == (100.0, 100.0)
    wall = await watched.world.services.wall.snapshot(proctor.actor)
    assert (wall.rows[0].seat.open_incidents, wall.feed) == ((), ())
    incidents = await watched.world.services.sessions.incidents(proctor.actor, watched.attempt_id)
    assert incidents == []
    (kept,) = watched.world.rows(Incident)
    with pytest.raises(NotFound):
        await watched.world.services.sessions.evidence(proctor.actor, kept.id or 0, 0)
