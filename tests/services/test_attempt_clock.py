"""The candidate's clock: pauses stop it, nothing else moves it, and who paused decides."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.errors import Conflict, Invalid, NotAllowed, ProctorError
from proctor_app.services.broadcast import AttemptNews, MessageNews
from proctor_app.services.sessions import Sessions
from tests.fakes import jpeg
from tests.papers import SetExam, assign, at, attempt_row, begun, change, put_on_roster, set_exam
from tests.papers import with_ as content_with
from tests.world import Person, World

HOUR_S = 3600


@pytest.fixture
def sessions(monitored: World) -> Sessions:
    return monitored.services.sessions


@pytest.fixture
def ana(monitored: World) -> Person:
    return monitored.person(name="Ana")


@pytest.fixture
def proctor(monitored: World) -> Person:
    return monitored.person(Role.PROCTOR)


@pytest.fixture
def exam(monitored: World) -> SetExam:
    return set_exam(monitored)


@pytest.fixture
async def attempt_id(monitored: World, ana: Person, exam: SetExam) -> str:
    return await begun(monitored, ana, exam)


async def _remaining_s(world: World, who: Person, attempt_id: str) -> float | None:
    return (await world.services.sitting.paper(who.actor, attempt_id)).remaining_s


async def _refused(awaitable: Any) -> str:
    with pytest.raises(ProctorError) as refused:
        await awaitable
    return refused.value.code


async def test_given_a_pause_then_the_clock_and_the_monitoring_stand_still_until_it_is_over(
    monitored: World, sessions: Sessions, ana: Person, proctor: Person, attempt_id: str
) -> None:
    monitored.clock.advance(600)
    with monitored.services.broadcast.subscribe(attempt_id) as subscription:
        paused = await sessions.pause(proctor.actor, ana.id, "A fire alarm.")
        news = await subscription.wait(1)

    assert (paused.status, paused.status_reason) == (AttemptStatus.PAUSED, "A fire alarm.")
    assert AttemptNews(attempt_id, "paused") in news
    told = MessageNews(attempt_id, "pause", "A fire alarm.", monitored.clock())
    assert told in news
    assert monitored.services.monitoring.live(attempt_id) is None
    with pytest.raises(Conflict):
        await monitored.services.monitoring.ingest(ana.actor, attempt_id, jpeg(1))
    monitored.clock.advance(5 * HOUR_S)
    assert await _remaining_s(monitored, ana, attempt_id) == 3000
    assert monitored.services.sessions._attempts.expire_overdue() == []

    resumed = await sessions.resume(proctor.actor, ana.id)

    assert (resumed.status, resumed.paused_at, resumed.paused_by) == ("running", None, "")
    assert await _remaining_s(monitored, ana, attempt_id) == 3000
    assert monitored.services.monitoring.live(attempt_id) is not None
    monitored.clock.advance(2999)
    await monitored.services.sitting.save(ana.actor, attempt_id, "q-single", "4")
    monitored.clock.advance(1)
    save = monitored.services.sitting.save(ana.actor, attempt_id, "q-single", "3")
    assert await _refused(save) == "attempt_ended"


async def test_given_several_pauses_then_they_add_up_also_beyond_the_closing_time(
    monitored: World, sessions: Sessions, ana: Person, proctor: Person, exam: SetExam
) -> None:
    change(monitored, exam, closes_at=at(monitored, minutes=30))
    attempt_id = await begun(monitored, ana, exam)
    assert await _remaining_s(monitored, ana, attempt_id) == 1800
    for _ in range(3):
        await sessions.pause(proctor.actor, ana.id, "")
        monitored.clock.advance(1000)
        await sessions.resume(proctor.actor, ana.id)
        monitored.clock.advance(30)

    assert await _remaining_s(monitored, ana, attempt_id) == 1710
    assert attempt_row(monitored, attempt_id).paused_s == 3000


async def test_given_a_paused_attempt_when_it_is_handed_in_then_the_pause_is_over(
    monitored: World, ana: Person, proctor: Person, sessions: Sessions, attempt_id: str
) -> None:
    await sessions.pause(proctor.actor, ana.id, "")
    monitored.clock.advance(30)

    await monitored.services.sitting.submit(ana.actor, attempt_id)

    row = attempt_row(monitored, attempt_id)
    assert (row.status, row.paused_at, row.paused_by, row.paused_s) == ("submitted", None, "", 30)


async def test_given_the_time_is_up_when_paused_then_it_ends_instead(
    monitored: World, ana: Person, proctor: Person, sessions: Sessions, attempt_id: str
) -> None:
    monitored.clock.advance(HOUR_S)

    with suppress(Conflict):  # the watch over its time was faster
        paused = await sessions.pause(proctor.actor, ana.id, "Too late.")
        assert paused.status is AttemptStatus.TIMED_OUT

    assert attempt_row(monitored, attempt_id).status == AttemptStatus.TIMED_OUT


async def test_given_a_pause_when_paused_or_resumed_again_then_nothing_changes(
    monitored: World, ana: Person, proctor: Person, sessions: Sessions, attempt_id: str
) -> None:
    await sessions.pause(proctor.actor, ana.id, "First.")
    monitored.clock.advance(10)
    assert (await sessions.pause(proctor.actor, ana.id, "Second.")).status_reason == "First."
    for _ in range(2):
        assert (await sessions.resume(proctor.actor, ana.id)).status is AttemptStatus.RUNNING
    assert attempt_row(monitored, attempt_id).paused_s == 10
    with monitored.database.read() as session:
        kinds = [event.kind for event in AttemptRows(session).events(attempt_id)]
    assert kinds.count("paused") == 1


# --- who may ---


@pytest.mark.parametrize(("exam_lets", "roster_lets"), [(True, False), (False, True)])
async def test_given_a_candidate_who_may_pause_then_they_lift_their_own_pause(
    monitored: World, sessions: Sessions, ana: Person, exam_lets: bool, roster_lets: bool
) -> None:
    exam = set_exam(monitored, content_with(candidate_may_pause=exam_lets))
    put_on_roster(monitored, exam, ana, may_pause=roster_lets)
    attempt_id = await begun(monitored, ana, exam)
    assert (await monitored.services.sitting.paper(ana.actor, attempt_id)).candidate_may_pause

    paused = await sessions.pause(ana.actor, ana.id)
    assert (paused.paused_by, paused.status_reason) == ("candidate", "Paused by the candidate.")
    assert (await sessions.resume(ana.actor, ana.id)).status is AttemptStatus.RUNNING


@pytest.mark.parametrize("by", ["staff", "installation"])
async def test_given_others_paused_then_even_a_candidate_who_may_pause_cannot_lift_it(
    monitored: World, sessions: Sessions, ana: Person, proctor: Person, by: str
) -> None:
    exam = set_exam(monitored, content_with(candidate_may_pause=True))
    attempt_id = await begun(monitored, ana, exam)
    if by == "staff":
        await sessions.pause(proctor.actor, ana.id, "Wait.")
    else:
        sessions._attempts.pause(attempt_id, "installation", "The camera changed.")

    assert attempt_row(monitored, attempt_id).paused_by == by
    assert await _refused(sessions.resume(ana.actor, ana.id)) == "resume_not_allowed"
    assert (await sessions.resume(proctor.actor, ana.id)).status is AttemptStatus.RUNNING


async def test_given_a_candidate_who_may_not_pause_then_it_is_refused_also_in_a_free_session(
    sessions: Sessions, ana: Person, monitored: World, attempt_id: str
) -> None:
    assert await _refused(sessions.pause(ana.actor, ana.id)) == "pause_not_allowed"
    ben = monitored.person()
    await sessions.start(ben.actor, ben.id)
    assert await _refused(sessions.pause(ben.actor, ben.id)) == "pause_not_allowed"


async def test_given_another_exams_proctor_then_they_neither_pause_nor_end_it(
    monitored: World, sessions: Sessions, ana: Person, exam: SetExam, attempt_id: str
) -> None:
    theirs, other = monitored.person(Role.PROCTOR), monitored.person(Role.PROCTOR)
    assign(monitored, exam, theirs)
    calls: list[Callable[[Person], Awaitable[object]]] = [
        lambda who: sessions.start(who.actor, ana.id),
        lambda who: sessions.pause(who.actor, ana.id),
        lambda who: sessions.resume(who.actor, ana.id),
        lambda who: sessions.last_picture(who.actor, attempt_id),
        lambda who: sessions.incidents(who.actor, attempt_id),
        lambda who: sessions.summary(who.actor, ana.id),
        lambda who: sessions.latest(who.actor, ana.id),
        lambda who: sessions.terminate(who.actor, attempt_id, "So."),
    ]
    for call in calls:
        with pytest.raises(NotAllowed):
            await call(other)
        await call(theirs)
    assert await sessions.history(other.actor, ana.id) == []
    assert len(await sessions.history(theirs.actor, ana.id)) == 1
    wall = monitored.services.wall
    ben = monitored.person()
    running = await begun(monitored, ben, exam)
    assert running in [row.seat.attempt_id for row in (await wall.snapshot(theirs.actor)).rows]
    assert (await wall.snapshot(other.actor)).rows == ()


async def test_given_a_reason_when_terminated_then_it_ends_and_the_candidate_is_told(
    monitored: World, sessions: Sessions, ana: Person, proctor: Person, attempt_id: str
) -> None:
    await monitored.services.sitting.save(ana.actor, attempt_id, "q-single", "4")
    for reason in ("", " \0", "x" * 201):
        with pytest.raises(Invalid):
            await sessions.terminate(proctor.actor, attempt_id, reason)
    with pytest.raises(NotAllowed):
        await sessions.terminate(ana.actor, attempt_id, "I want to.")
    with monitored.services.broadcast.subscribe(attempt_id) as subscription:
        ended = await sessions.terminate(proctor.actor, attempt_id, "The building closes.")
        news = await subscription.wait(1)

    assert (ended.status, ended.points) == (AttemptStatus.TERMINATED, 1.0)
    assert ended.receipt
    at_once = MessageNews(attempt_id, "terminate", "The building closes.", monitored.clock())
    assert news[0] == at_once
    again = sessions.terminate(proctor.actor, attempt_id, "Again.")
    assert await _refused(again) == "illegal_state"


# --- whose clock ---


@pytest.mark.parametrize("hours", [1, -1])
async def test_given_the_clients_clock_is_an_hour_off_then_no_deadline_moves(
    monitored: World, ana: Person, attempt_id: str, hours: int
) -> None:
    """What clients say of time goes into no deadline: nothing they send has a place for it."""
    claimed = monitored.clock() + timedelta(hours=hours)
    seq = int(claimed.timestamp() * 1000)
    before = attempt_row(monitored, attempt_id)
    await monitored.services.sitting.save(ana.actor, attempt_id, "q-single", "4", seq=seq)

    after = attempt_row(monitored, attempt_id)
    assert (after.started_at, after.ends_by) == (before.started_at, before.ends_by)
    monitored.clock.advance(HOUR_S - 1)
    saved = await monitored.services.sitting.save(
        ana.actor, attempt_id, "q-single", "3", seq=seq + 1
    )
    assert saved.remaining_s == 1
    monitored.clock.advance(1)
    late = monitored.services.sitting.save(ana.actor, attempt_id, "q-single", "5", seq=seq + 2)
    assert await _refused(late) == "attempt_ended"


async def test_given_an_attempt_that_is_not_overdue_then_timing_it_out_changes_nothing(
    monitored: World, ana: Person, attempt_id: str, sessions: Sessions
) -> None:
    attempts = sessions._attempts
    monitored.clock.advance(HOUR_S - 0.5)
    assert attempts.time_out(attempt_id).status is AttemptStatus.RUNNING
    monitored.clock.advance(0.5)
    assert attempts.time_out(attempt_id).status is AttemptStatus.TIMED_OUT
    assert attempts.time_out(attempt_id).status is AttemptStatus.TIMED_OUT
    assert monitored.rows(tables.Attempt)[0].ended_at == monitored.clock()
