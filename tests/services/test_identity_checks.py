"""Whether it is still the person who signed up, from enrolment to incident."""

from dataclasses import replace

import pytest

from proctor_app.db.tables import Evidence, Incident, User
from proctor_app.services.accounts import SignUp
from proctor_app.vision.observation import Detector, FaceDescription
from proctor_app.vision.signals.identity import MAX_DISTANCE
from tests.fakes import EMBEDDING, face, jpeg, seen
from tests.world import HOME, PASSWORD, Person, World

MISMATCH = "identity_mismatch"
UNVERIFIABLE = FaceDescription(None, "turned")


def at(distance: float) -> FaceDescription:
    return FaceDescription((EMBEDDING[0] + distance, *EMBEDDING[1:]))


SELF, OTHER = at(0.1), at(MAX_DISTANCE + 0.3)


class Stream:
    """A candidate with a face of three pictures, whose attempt runs."""

    def __init__(self, world: World, who: Person, attempt_id: str) -> None:
        self.world, self.who, self.attempt_id = world, who, attempt_id
        self.began = world.clock()
        self._sent = 0

    async def send(
        self, described: FaceDescription | None = None, after_s: float = 1.0, faces: int = 1
    ) -> frozenset[Detector]:
        """One picture in which this face is described, where it is asked for; what was asked."""
        self._sent += 1
        self.world.clock.advance(after_s)
        self.world.engine.script.append(replace(seen(faces), identity=described))
        picture = jpeg(self._sent)
        await self.world.services.monitoring.ingest(self.who.actor, self.attempt_id, picture)
        return self.world.engine.asked[-1]

    @property
    def mismatches(self) -> list[tuple[float, float | None]]:
        """Beginning and end of each, in seconds since the stream began."""
        return [
            (
                (row.opened_at - self.began).total_seconds(),
                (row.closed_at - self.began).total_seconds() if row.closed_at else None,
            )
            for row in self.world.rows(Incident)
            if row.event_type == MISMATCH
        ]


@pytest.fixture
async def stream(monitored: World) -> Stream:
    world = monitored
    world.engine.photos.extend([face(0.0), face(0.1), face(0.2)])
    form = SignUp("ana@example.test", PASSWORD, jpeg(1), "Ana", (jpeg(2), jpeg(3)))
    await world.services.accounts.sign_up(form, HOME.address)
    found = world.services.logins.log_in("ana@example.test", PASSWORD, HOME)
    ana = Person(world.services.logins.authenticate(found.token), "ana@example.test", found.token)
    started = await world.services.sessions.start(ana.actor, ana.id)
    return Stream(world, ana, started.attempt.id)


async def test_given_the_candidate_herself_then_nothing_opens(stream: Stream) -> None:
    for _ in range(8):
        await stream.send(SELF)

    assert stream.mismatches == []


async def test_given_another_face_when_two_checks_fail_then_it_is_an_alert_with_its_picture(
    stream: Stream,
) -> None:
    await stream.send(SELF)
    await stream.send(OTHER)
    assert stream.mismatches == []
    await stream.send(OTHER)

    assert stream.mismatches == [(2.0, None)]
    (incident,) = [row for row in stream.world.rows(Incident) if row.event_type == MISMATCH]
    assert incident.severity == "alert"
    assert [row.incident_id for row in stream.world.rows(Evidence)] == [incident.id]
    await stream.send(SELF)
    assert stream.mismatches == [(2.0, 4.0)]


async def test_given_a_face_that_cannot_be_verified_then_it_is_held_against_nobody(
    stream: Stream,
) -> None:
    for _ in range(12):
        await stream.send(UNVERIFIABLE, after_s=2.0)

    assert stream.mismatches == []


async def test_given_a_check_that_failed_then_the_next_one_comes_ahead_of_its_turn(
    stream: Stream,
) -> None:
    assert Detector.IDENTITY in await stream.send(OTHER)
    assert [Detector.IDENTITY in await stream.send(after_s=1.0) for _ in range(3)] == [
        False,
        False,
        True,
    ]


async def test_given_a_face_that_comes_back_then_it_is_checked_with_the_next_picture(
    stream: Stream,
) -> None:
    assert Detector.IDENTITY in await stream.send(SELF)
    assert Detector.IDENTITY not in await stream.send()
    for _ in range(2):
        assert Detector.IDENTITY not in await stream.send(faces=0)
    assert Detector.IDENTITY not in await stream.send()  # is seen to be back

    assert Detector.IDENTITY in await stream.send(OTHER, after_s=0.5)
    await stream.send(OTHER, after_s=3.0)

    assert [began for began, _ in stream.mismatches] == [5.5]


async def test_given_the_face_is_reset_during_the_attempt_then_it_goes_on_to_its_end(
    stream: Stream,
) -> None:
    await stream.send(SELF)
    with stream.world.database.write() as session:
        row = session.get_one(User, stream.who.id)
        row.face_template, row.face_model = None, ""

    for _ in range(3):
        await stream.send(SELF)
    ended = await stream.world.services.sessions.stop(stream.who.actor, stream.who.id)

    assert ended.status == "submitted"
    assert stream.mismatches == []


async def test_given_the_face_was_reset_then_the_next_attempt_judges_no_identity(
    stream: Stream,
) -> None:
    world = stream.world
    await world.services.sessions.stop(stream.who.actor, stream.who.id)
    world.services.enrolment.remove(stream.who.actor)
    started = await world.services.sessions.start(stream.who.actor, stream.who.id)
    again = Stream(world, stream.who, started.attempt.id)

    asked = [await again.send(OTHER, after_s=2.5) for _ in range(8)]

    assert not any(Detector.IDENTITY in detectors for detectors in asked)
    assert again.mismatches == []


async def test_given_a_face_enrolled_again_then_the_next_attempt_is_judged_by_it(
    stream: Stream,
) -> None:
    world = stream.world
    await world.services.sessions.stop(stream.who.actor, stream.who.id)
    world.services.enrolment.remove(stream.who.actor)
    world.engine.photo = face(MAX_DISTANCE + 0.3)
    await world.services.enrolment.enrol(stream.who.actor, PASSWORD, [jpeg()])
    started = await world.services.sessions.start(stream.who.actor, stream.who.id)
    again = Stream(world, stream.who, started.attempt.id)

    for _ in range(3):
        await again.send(OTHER)
    assert again.mismatches == []
    for _ in range(2):
        await again.send(SELF)
    assert len(again.mismatches) == 1
