"""Monitored sessions as pages and interfaces use them: start, stop, look, sum up."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from proctor_app.db.tables import Attempt, AttemptEvent, Evidence, Incident
from proctor_app.domain.access import Actor, Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.errors import Conflict, NotAllowed, NotFound, Throttled
from proctor_app.services.sessions import Sessions
from tests.fakes import jpeg
from tests.world import Person, World


@pytest.fixture
def sessions(monitored: World) -> Sessions:
    return monitored.services.sessions


@pytest.fixture
def ana(monitored: World) -> Person:
    return monitored.person(name="Ana")


async def _frame(world: World, who: Person, attempt_id: str, after_s: float, faces: int) -> bytes:
    world.clock.advance(after_s)
    world.engine.faces = faces
    data = jpeg(len(world.engine.looked_at))
    await world.services.monitoring.ingest(who.actor, attempt_id, data)
    return data


async def _absent_attempt(world: World, who: Person) -> str:
    """A running attempt with one incident: no face from second 1 on, told at second 3."""
    started = await world.services.sessions.start(who.actor, who.id)
    for _ in range(3):
        await _frame(world, who, started.attempt.id, 1.0, faces=0)
    return started.attempt.id


# --- start and stop ---


async def test_given_a_candidate_when_started_then_it_is_monitored_and_the_ticket_is_theirs(
    monitored: World, sessions: Sessions, ana: Person
) -> None:
    started = await sessions.start(ana.actor, ana.id)

    assert started.attempt.status is AttemptStatus.RUNNING
    assert monitored.services.monitoring.live(started.attempt.id) is not None
    holder = monitored.services.tickets.redeem(started.ticket)
    assert (holder.actor, holder.attempt_id) == (ana.actor, started.attempt.id)


async def test_given_an_open_attempt_when_started_again_then_only_the_ticket_is_new(
    sessions: Sessions, ana: Person
) -> None:
    first, second = [await sessions.start(ana.actor, ana.id) for _ in range(2)]

    assert first.attempt == second.attempt
    assert first.ticket != second.ticket


async def test_given_an_exam_code_nobody_made_then_nothing_is_started(
    monitored: World, sessions: Sessions, ana: Person
) -> None:
    with pytest.raises(NotFound) as refused:
        await sessions.start(ana.actor, ana.id, "EXAM-1")

    assert refused.value.code == "no_exam"
    assert monitored.rows(Attempt) == []


async def test_given_very_many_starts_then_they_are_throttled(
    sessions: Sessions, ana: Person
) -> None:
    for _ in range(30):
        await sessions.start(ana.actor, ana.id)

    with pytest.raises(Throttled):
        await sessions.start(ana.actor, ana.id)


@pytest.mark.parametrize(
    ("role", "reason"), [(None, "Ended by the candidate."), (Role.PROCTOR, "Ended by the proctor.")]
)
async def test_given_a_running_attempt_when_stopped_then_it_is_said_by_whom(
    monitored: World, sessions: Sessions, ana: Person, role: Role | None, reason: str
) -> None:
    await sessions.start(ana.actor, ana.id)
    who = monitored.person(role).actor if role else ana.actor

    ended = await sessions.stop(who, ana.id)

    assert (ended.status, ended.status_reason) == (AttemptStatus.SUBMITTED, reason)
    assert ended.ended_at == monitored.clock()


async def test_given_nothing_is_open_when_stopped_then_it_is_a_conflict(
    sessions: Sessions, ana: Person
) -> None:
    with pytest.raises(Conflict) as refused:
        await sessions.stop(ana.actor, ana.id)
    assert refused.value.code == "no_open_attempt"


async def test_given_another_connection_took_over_then_the_history_says_so(
    monitored: World, sessions: Sessions, ana: Person
) -> None:
    started = await sessions.start(ana.actor, ana.id)

    await sessions.note_replaced(started.attempt.id)

    assert monitored.rows(AttemptEvent)[-1].kind == "connection_replaced"


# --- looking ---


async def test_given_an_incident_then_its_picture_can_be_seen_by_staff(
    monitored: World, sessions: Sessions, ana: Person
) -> None:
    await _absent_attempt(monitored, ana)
    (incident,) = monitored.rows(Incident)
    assert incident.id is not None
    proctor = monitored.person(Role.PROCTOR)

    picture = await sessions.evidence(proctor.actor, incident.id, 0)

    assert picture == monitored.engine.looked_at[-1]
    for incident_id, ordinal in ((incident.id, 1), (incident.id, -1), (incident.id + 1, 0)):
        with pytest.raises(NotFound):
            await sessions.evidence(proctor.actor, incident_id, ordinal)


async def test_given_a_picture_was_removed_from_the_store_then_it_is_said(
    monitored: World, sessions: Sessions, ana: Person
) -> None:
    await _absent_attempt(monitored, ana)
    (evidence,) = monitored.rows(Evidence)
    (monitored.settings.data_dir / "pictures" / evidence.key).unlink()

    with pytest.raises(NotFound) as refused:
        await sessions.evidence(monitored.person(Role.ADMIN).actor, evidence.incident_id, 0)
    assert refused.value.code == "picture_gone"


async def test_given_frames_then_staff_see_the_newest_one_that_was_looked_at(
    monitored: World, sessions: Sessions, ana: Person
) -> None:
    started = await sessions.start(ana.actor, ana.id)
    proctor = monitored.person(Role.PROCTOR).actor
    assert await sessions.last_picture(proctor, started.attempt.id) is None

    sent = [await _frame(monitored, ana, started.attempt.id, 1.0, 1) for _ in range(2)]

    picture = await sessions.last_picture(proctor, started.attempt.id)
    assert picture is not None
    assert (picture.data, picture.media_type) == (sent[-1], "image/jpeg")
    assert picture.taken_at == monitored.clock()
    await sessions.stop(ana.actor, ana.id)
    assert await sessions.last_picture(proctor, started.attempt.id) is None
    with pytest.raises(NotFound):
        await sessions.last_picture(proctor, "no-such-attempt")


async def test_given_the_session_has_ended_then_no_ticket_is_given_and_no_other_is_started(
    monitored: World, sessions: Sessions, ana: Person
) -> None:
    started = await sessions.start(ana.actor, ana.id)
    ticket = await sessions.ticket(ana.actor, started.attempt.id)
    assert monitored.services.tickets.redeem(ticket).attempt_id == started.attempt.id

    await sessions.stop(ana.actor, ana.id)

    with pytest.raises(Conflict):
        await sessions.ticket(ana.actor, started.attempt.id)
    assert monitored.count(Attempt) == 1


# --- summing up ---


async def test_given_an_attempt_with_an_incident_then_the_summary_is_exact_and_changes_nothing(
    monitored: World, sessions: Sessions, ana: Person
) -> None:
    attempt_id = await _absent_attempt(monitored, ana)
    for after_s in (1.0, 1.0):
        await _frame(monitored, ana, attempt_id, after_s, faces=1)
    await sessions.stop(ana.actor, ana.id)
    before = (monitored.rows(Attempt), monitored.rows(Incident), monitored.rows(AttemptEvent))

    monitored.clock.advance(600)  # the past does not grow
    found = await sessions.summary(ana.actor, ana.id)

    assert (found.attempt.id, found.counts) == (attempt_id, {"face_absent": 1})
    assert found.total_minutes == pytest.approx(5 / 60)
    assert found.attempt.face_detection_rate == pytest.approx(2 / 5)
    # 10 points x confidence 1 x 3 s of 30 s
    assert found.compliance.value == 99.0
    assert [incident.duration_s(monitored.clock()) for incident in found.incidents] == [3.0]
    assert before == (
        monitored.rows(Attempt),
        monitored.rows(Incident),
        monitored.rows(AttemptEvent),
    )


async def test_given_several_attempts_then_the_latest_is_summed_up_or_the_one_named(
    monitored: World, sessions: Sessions, ana: Person
) -> None:
    first = await _absent_attempt(monitored, ana)
    await sessions.stop(ana.actor, ana.id)
    monitored.clock.advance(1)
    second = (await sessions.start(ana.actor, ana.id)).attempt.id

    assert (await sessions.summary(ana.actor, ana.id)).attempt.id == second
    assert (await sessions.summary(ana.actor, ana.id)).counts == {}
    assert (await sessions.summary(ana.actor, ana.id, first)).counts == {"face_absent": 1}
    history = await sessions.history(ana.actor, ana.id)
    assert [attempt.id for attempt in history] == [second, first]


async def test_given_an_attempt_of_somebody_else_is_named_then_it_is_not_this_candidates(
    monitored: World, sessions: Sessions, ana: Person
) -> None:
    ben = monitored.person()
    theirs = await _absent_attempt(monitored, ben)
    await sessions.start(ana.actor, ana.id)

    with pytest.raises(NotAllowed):
        await sessions.summary(ana.actor, ana.id, theirs)
    with pytest.raises(NotFound):
        await sessions.summary(monitored.person(Role.PROCTOR).actor, ana.id, theirs)


# --- who ---

_Use = Callable[[Sessions, Actor, str, str, int], Awaitable[Any]]
_OWN_OR_STAFF: list[_Use] = [
    lambda s, actor, owner, *_: s.start(actor, owner),
    lambda s, actor, owner, *_: s.latest(actor, owner),
    lambda s, actor, owner, *_: s.history(actor, owner),
    lambda s, actor, owner, *_: s.summary(actor, owner),
    lambda s, actor, owner, attempt_id, _: s.summary(actor, owner, attempt_id),
    lambda s, actor, _owner, attempt_id, _: s.incidents(actor, attempt_id),
    lambda s, actor, owner, *_: s.stop(actor, owner),
]
_STAFF_ONLY: list[_Use] = [
    lambda s, actor, _owner, _attempt, incident: s.evidence(actor, incident, 0),
    lambda s, actor, _owner, attempt_id, _: s.last_picture(actor, attempt_id),
]


@pytest.mark.parametrize("use", _OWN_OR_STAFF + _STAFF_ONLY)
async def test_given_another_candidate_then_they_get_nothing_and_staff_get_it(
    monitored: World, sessions: Sessions, ana: Person, use: _Use
) -> None:
    attempt_id = await _absent_attempt(monitored, ana)
    (incident,) = monitored.rows(Incident)
    assert incident.id is not None

    with pytest.raises(NotAllowed):
        await use(sessions, monitored.person().actor, ana.id, attempt_id, incident.id)
    proctor = monitored.person(Role.PROCTOR).actor
    assert await use(sessions, proctor, ana.id, attempt_id, incident.id)


@pytest.mark.parametrize("use", _STAFF_ONLY)
async def test_given_the_candidate_then_evidence_and_pictures_are_for_staff_before_release(
    monitored: World, sessions: Sessions, ana: Person, use: _Use
) -> None:
    attempt_id = await _absent_attempt(monitored, ana)
    (incident,) = monitored.rows(Incident)
    assert incident.id is not None

    with pytest.raises(NotAllowed):
        await use(sessions, ana.actor, ana.id, attempt_id, incident.id)
