"""The pictures of an incident: one from before, one at its opening, one from after."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from proctor_app.db import tables
from proctor_app.db.session import AlreadyThere, DatabaseUnavailable
from proctor_app.domain.access import Role
from proctor_app.domain.exam import Level
from proctor_app.errors import NotAllowed, NotFound
from proctor_app.services.evidence import Evidence, Moment, Picture, evidence_list
from proctor_app.services.moments import Moments
from tests.fakes import jpeg, png
from tests.papers import begun, set_exam, with_
from tests.world import Person, World, eventually

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Sitting:
    """A candidate before a camera, and what is kept of it."""

    def __init__(self, world: World, who: Person, exam_id: str, attempt_id: str) -> None:
        self.world, self.who, self.exam_id, self.attempt_id = world, who, exam_id, attempt_id
        self.began = world.clock()
        self.sent: list[bytes] = []

    async def show(self, *faces: int, every_s: float = 1.0) -> None:
        """A picture a second, with so many faces each."""
        for count in faces:
            self.world.clock.advance(every_s)
            self.world.engine.faces = count
            self.sent.append(jpeg(len(self.sent)))
            await self.world.services.monitoring.ingest(
                self.who.actor, self.attempt_id, self.sent[-1]
            )

    @property
    def incident_id(self) -> int:
        return self.world.rows(tables.Incident)[0].id or 0

    @property
    def kept(self) -> list[tuple[int, str, float]]:
        """Number, moment and second of each picture, in the order they were taken."""
        with self.world.database.read() as session:
            found = evidence_list(session, [self.incident_id]).get(self.incident_id, ())
        return [
            (one.ordinal, one.moment.value, (one.taken_at - self.began).total_seconds())
            for one in found
        ]

    async def look(self, who: Person, ordinal: int = 0) -> bytes:
        return await self.world.services.sessions.evidence(who.actor, self.incident_id, ordinal)


@pytest.fixture
async def sitting(monitored: World) -> Sitting:
    exam, who = set_exam(monitored, with_(level=Level.CAMERA)), monitored.person()
    return Sitting(monitored, who, exam.id, await begun(monitored, who, exam))


def files(world: World) -> int:
    folder = world.settings.data_dir / "pictures"
    return sum(path.is_file() for path in folder.rglob("*"))


async def test_given_an_absence_then_what_was_before_at_and_after_is_kept(sitting: Sitting) -> None:
    await sitting.show(1, 1, 1, 1, 0, 0, 0, 0, 0, 0)

    assert sitting.kept == [(1, "before", 3.0), (0, "at", 7.0), (2, "after", 9.0)]
    admin = sitting.world.person(Role.ADMIN)
    looks = [await sitting.look(admin, ordinal) for ordinal in (0, 1, 2)]
    assert looks == [sitting.sent[6], sitting.sent[2], sitting.sent[8]]
    assert files(sitting.world) == 3


async def test_given_a_short_absence_then_its_end_is_what_was_after(sitting: Sitting) -> None:
    await sitting.show(1, 0, 0, 0)
    await sitting.show(1, 1, 1, every_s=0.5)

    assert sitting.kept == [(0, "at", 4.0), (2, "after", 5.5)]


async def test_given_an_incident_at_the_start_then_nothing_is_made_up_for_before(
    sitting: Sitting,
) -> None:
    await sitting.show(0, 0, 0, 0)

    assert sitting.kept == [(0, "at", 3.0)]


async def test_given_a_gap_then_the_last_picture_before_it_and_the_first_after_are_kept(
    sitting: Sitting,
) -> None:
    await sitting.show(1, 1, 1, 1)
    sitting.world.clock.advance(10)
    await eventually(lambda: sitting.world.count(tables.Incident) == 1)
    await sitting.show(1, 1)

    assert sitting.kept == [(1, "before", 2.0), (0, "at", 4.0), (2, "after", 15.0)]


async def test_given_an_attempt_that_ends_then_its_last_picture_is_what_was_after(
    sitting: Sitting,
) -> None:
    await sitting.show(1, 0, 0, 0, 0)

    await sitting.world.services.sessions.stop(sitting.who.actor, sitting.who.id)

    assert sitting.kept == [(0, "at", 4.0), (2, "after", 5.0)]


async def test_given_what_a_browser_told_then_no_picture_is_kept(sitting: Sitting) -> None:
    await sitting.show(1, 1, 1, 1)
    await sitting.world.services.monitoring.note_unrecognised(sitting.attempt_id)
    await sitting.show(1, 1, 1)

    assert sitting.world.count(tables.Incident) == 1
    assert sitting.kept == []


async def test_given_a_picture_that_cannot_be_kept_then_the_incident_stands_and_it_is_tried_again(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_keep, failures = Evidence.keep, [DatabaseUnavailable(), DatabaseUnavailable()]

    def keep(evidence: Evidence, *what: Any) -> None:
        if failures:
            raise failures.pop()
        really_keep(evidence, *what)

    monkeypatch.setattr(Evidence, "keep", keep)
    await sitting.show(1, 1, 1, 1, 0, 0, 0)

    await eventually(lambda: not failures)
    await sitting.show(0)
    assert sitting.kept == [(1, "before", 3.0), (0, "at", 7.0)]


@pytest.mark.parametrize("failure", [OSError(28, "no room"), ValueError("a damaged key")])
async def test_given_pictures_that_can_never_be_kept_then_they_are_let_go_and_it_is_said_once(
    sitting: Sitting,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
) -> None:
    really_keep = Evidence.keep

    def keep(_evidence: Evidence, *_what: Any) -> None:
        raise failure

    monkeypatch.setattr(Evidence, "keep", keep)
    await sitting.show(1, 1, 1, 1, 0, 0, 0, 0, 0, 0)
    live = sitting.world.services.monitoring.live(sitting.attempt_id)
    assert live is not None

    await eventually(lambda: not live.moments.wanted)
    assert sitting.kept == [(0, "at", 7.0)]
    said = [one for one in caplog.records if one.msg.startswith("evidence.not_kept")]
    assert len(said) == 1
    assert live.frames == len(sitting.sent)

    monkeypatch.setattr(Evidence, "keep", really_keep)
    await sitting.show(1, 1, 1, 1, 0, 0, 0)
    assert sitting.world.count(tables.Incident) == 2
    assert {row.moment for row in sitting.world.rows(tables.Evidence)} == {"at", "before"}


async def test_given_the_same_moment_twice_then_the_first_one_stays(sitting: Sitting) -> None:
    await sitting.show(1, 1, 1, 1, 0, 0, 0)
    live = sitting.world.services.monitoring.live(sitting.attempt_id)
    assert live is not None
    other = Picture(jpeg(50), sitting.world.clock(), "image/jpeg")
    live.moments.opened(sitting.incident_id, sitting.world.clock().timestamp(), other)

    await sitting.show(0)

    assert sitting.kept == [(1, "before", 3.0), (0, "at", 7.0)]
    assert files(sitting.world) == 2


async def test_given_an_erased_candidate_then_nothing_more_is_kept(sitting: Sitting) -> None:
    await sitting.show(1, 0, 0, 0)
    with sitting.world.database.write() as session:
        user = session.get_one(tables.User, sitting.who.id)
        user.password_hash, user.erasure_requested_at = "", sitting.world.clock()

    await sitting.show(0, 0, 0)

    assert sitting.kept == [(0, "at", 4.0)]
    assert files(sitting.world) == 1


async def test_given_a_row_that_fails_then_its_picture_goes_too(sitting: Sitting) -> None:
    await sitting.show(1, 0, 0, 0)
    evidence = sitting.world.services.sessions._evidence
    of_nothing = sitting.incident_id + 1
    with pytest.raises(AlreadyThere):
        evidence.keep(
            sitting.attempt_id,
            of_nothing,
            Moment.AFTER,
            Picture(png(7), sitting.world.clock(), "image/png"),
        )

    assert files(sitting.world) == 1


# --- who may look ---


async def test_given_results_that_are_released_then_the_candidate_sees_their_own_pictures(
    sitting: Sitting,
) -> None:
    world = sitting.world
    await sitting.show(1, 0, 0, 0)
    await world.services.sessions.stop(sitting.who.actor, sitting.who.id)
    with pytest.raises(NotAllowed) as refused:
        await sitting.look(sitting.who)
    assert refused.value.code == "not_released"

    with world.database.write() as session:
        session.get_one(tables.Exam, sitting.exam_id).results_at = world.clock()

    assert await sitting.look(sitting.who) == sitting.sent[3]
    assert [row.action for row in world.rows(tables.AuditEntry)].count("evidence.read") == 0
    with pytest.raises(NotAllowed):
        await sitting.look(world.person())
    with pytest.raises(NotFound):
        await sitting.look(sitting.who, 1)


async def test_given_a_proctor_of_another_exam_then_they_see_no_picture(sitting: Sitting) -> None:
    world = sitting.world
    await sitting.show(1, 0, 0, 0)
    theirs, other = world.person(Role.PROCTOR), world.person(Role.PROCTOR)
    with world.database.write() as session:
        session.add(tables.ExamProctor(exam_id=sitting.exam_id, user_id=theirs.id))

    assert await sitting.look(theirs) == sitting.sent[3]
    with pytest.raises(NotAllowed):
        await sitting.look(other)
    assert [row.action for row in world.rows(tables.AuditEntry)].count("evidence.read") == 1


# --- what is remembered of a stream ---


def picture(at_s: float, size: int = 100) -> Picture:
    return Picture(b"." * size, START + timedelta(seconds=at_s), "image/jpeg")


def test_given_many_pictures_then_about_one_a_second_of_the_last_seconds_is_remembered() -> None:
    moments = Moments()
    for number in range(200):
        moments.see(picture(number / 10))

    taken = [(one.taken_at - START).total_seconds() for one in moments.recent]
    assert 8 <= len(taken) <= 10
    assert taken[0] >= 11.9
    found = moments.before((START + timedelta(seconds=18)).timestamp())
    assert found is not None
    assert 15.0 < (found.taken_at - START).total_seconds() <= 16.0
    assert moments.before((START + timedelta(seconds=10)).timestamp()) is None


def test_given_large_pictures_then_fewer_are_remembered_but_always_the_newest() -> None:
    moments = Moments()
    for number in range(8):
        moments.see(picture(number, 900_000))
    assert len(moments.recent) == 2
    moments.see(picture(9, 5_000_000))
    assert [len(one.data) for one in moments.recent] == [5_000_000]


def test_given_no_writing_for_long_then_what_waits_stays_bounded() -> None:
    moments = Moments()
    for number in range(100):
        moments.opened(number, 0.0, picture(0))
    assert [one.incident_id for one in moments.wanted] == list(range(84, 100))


def test_given_no_writing_of_large_pictures_then_fewer_wait_but_always_the_newest() -> None:
    moments = Moments()
    for number in range(8):
        moments.opened(number, 0.0, picture(0, 1_500_000))
    assert [one.incident_id for one in moments.wanted] == [6, 7]
    moments.opened(8, 0.0, picture(0, 9_000_000))
    assert [one.incident_id for one in moments.wanted] == [8]


def test_given_an_unknown_incident_that_ends_then_nothing_is_kept() -> None:
    moments = Moments()
    moments.closed(1, picture(1))
    assert not moments.wanted
