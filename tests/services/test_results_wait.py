"""What is right stays hidden as long as somebody could still write it down."""

from typing import Any

import pytest

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.errors import ProctorError
from proctor_app.services.claims import Claim
from proctor_app.services.sitting import Sitting
from tests.papers import (
    CLOSED,
    SetExam,
    at,
    attempt_row,
    begun,
    browser_only,
    change,
    set_exam,
    with_,
)
from tests.world import Person, World, eventually

GRACE_S = 90
HALF_HOUR_S = 1800
CONTENT = browser_only(with_(questions=CLOSED, grace_s=GRACE_S))


@pytest.fixture
def sitting(monitored: World) -> Sitting:
    return monitored.services.sitting


@pytest.fixture
def ana(monitored: World) -> Person:
    return monitored.person(name="Ana")


def _exam(world: World, **terms: Any) -> SetExam:
    return set_exam(world, CONTENT, closes_at=at(world, seconds=HALF_HOUR_S), **terms)


async def _sees(world: World, who: Person, attempt_id: str) -> tuple[bool, bool, bool]:
    """Whether the candidate is shown questions with their answers, a score, and the paper."""
    sitting = world.services.sitting
    result = await sitting.result(who.actor, attempt_id)
    score = await sitting.score(who.actor, result.attempt)
    paper = await sitting.paper(who.actor, attempt_id)
    assert (result.score is None) is (score is None)
    return bool(result.questions), score is not None, bool(paper.questions)


@pytest.mark.parametrize("results", ["when_marked", "when_closed", "by_hand"])
async def test_given_the_time_is_up_then_results_wait_for_the_grace(
    monitored: World, sitting: Sitting, ana: Person, results: str
) -> None:
    released_at = monitored.clock() if results == "by_hand" else None
    exam = _exam(monitored, results=results, results_at=released_at)
    attempt_id = await begun(monitored, ana, exam)
    await sitting.save(ana.actor, attempt_id, "q-single", "3", seq=1)
    monitored.clock.advance(HALF_HOUR_S)
    await eventually(lambda: attempt_row(monitored, attempt_id).status == "timed_out")

    assert await _sees(monitored, ana, attempt_id) == (False, False, False)
    monitored.clock.advance(GRACE_S)
    await sitting.save(ana.actor, attempt_id, "q-short", "Lima", seq=2, kept=True)
    assert await _sees(monitored, ana, attempt_id) == (False, False, False)
    proctor = monitored.person(Role.PROCTOR)
    assert (await sitting.result(proctor.actor, attempt_id)).is_released

    monitored.clock.advance(0.001)
    assert await _sees(monitored, ana, attempt_id) == (True, True, True)
    with pytest.raises(ProctorError) as refused:
        await sitting.save(ana.actor, attempt_id, "q-single", "4", seq=3, kept=True)
    assert refused.value.code == "attempt_ended"


async def test_given_others_in_their_grace_when_the_exam_closes_then_results_wait_for_them(
    monitored: World, sitting: Sitting, ana: Person
) -> None:
    exam, ben = _exam(monitored, results="when_closed"), monitored.person()
    mine, theirs = await begun(monitored, ana, exam), await begun(monitored, ben, exam)
    await sitting.submit(ana.actor, mine)
    monitored.clock.advance(HALF_HOUR_S)
    await eventually(lambda: attempt_row(monitored, theirs).status == "timed_out")

    monitored.clock.advance(GRACE_S)
    assert await _sees(monitored, ana, mine) == (False, False, False)
    monitored.clock.advance(1)
    assert await _sees(monitored, ana, mine) == (True, True, True)


async def test_given_somebody_paused_when_the_exam_closes_then_results_wait_for_them(
    monitored: World, sitting: Sitting, ana: Person
) -> None:
    exam, ben = _exam(monitored, results="when_closed"), monitored.person()
    mine, theirs = await begun(monitored, ana, exam), await begun(monitored, ben, exam)
    await sitting.submit(ana.actor, mine)
    sessions, proctor = monitored.services.sessions, monitored.person(Role.PROCTOR)
    await sessions.pause(proctor.actor, ben.id, "Wait.")
    monitored.clock.advance(2 * HALF_HOUR_S)

    assert await _sees(monitored, ana, mine) == (False, False, False)
    await sessions.resume(proctor.actor, ben.id)
    await sitting.save(ben.actor, theirs, "q-single", "4")
    await sitting.submit(ben.actor, theirs)

    assert await _sees(monitored, ana, mine) == (True, True, True)


async def test_given_somebody_paused_for_ever_then_results_can_be_released_by_hand(
    monitored: World, sitting: Sitting, ana: Person
) -> None:
    exam, ben = _exam(monitored, results="when_closed"), monitored.person()
    mine = await begun(monitored, ana, exam)
    await begun(monitored, ben, exam)
    await sitting.submit(ana.actor, mine)
    proctor = monitored.person(Role.PROCTOR)
    await monitored.services.sessions.pause(proctor.actor, ben.id, "Wait.")
    monitored.clock.advance(HALF_HOUR_S + GRACE_S)

    change(monitored, exam, results_at=monitored.clock())

    assert (await sitting.result(ana.actor, mine)).is_released


@pytest.mark.parametrize("how", ["submitted", "terminated", "timed_out"])
async def test_given_the_end_then_the_candidate_has_no_questions_any_more_and_staff_have(
    monitored: World, sitting: Sitting, ana: Person, how: str
) -> None:
    exam, proctor = _exam(monitored), monitored.person(Role.PROCTOR)
    attempt_id = await begun(monitored, ana, exam)
    await sitting.save(ana.actor, attempt_id, "q-single", "4")
    match how:
        case "submitted":
            await sitting.submit(ana.actor, attempt_id)
        case "terminated":
            await monitored.services.sessions.terminate(proctor.actor, attempt_id, "So.")
        case "timed_out":
            monitored.clock.advance(HALF_HOUR_S)

    paper = await sitting.paper(ana.actor, attempt_id)

    assert (paper.attempt.status, paper.questions) == (AttemptStatus(how), ())
    assert paper.question_count == len(CLOSED)  # what the receipt tells
    assert len(paper.answers) == 1
    assert len((await sitting.paper(proctor.actor, attempt_id)).questions) == len(CLOSED)


async def test_given_a_pause_then_staff_still_see_the_questions(
    monitored: World, sitting: Sitting, ana: Person
) -> None:
    attempt_id, proctor = (
        await begun(monitored, ana, _exam(monitored)),
        monitored.person(Role.ADMIN),
    )
    await monitored.services.sessions.pause(proctor.actor, ana.id, "Wait.")

    assert len((await sitting.paper(proctor.actor, attempt_id)).questions) == len(CLOSED)


async def test_given_staff_sit_an_exam_then_they_see_of_it_what_candidates_see(
    monitored: World, sitting: Sitting
) -> None:
    proctor = monitored.person(Role.PROCTOR)
    attempt_id = await begun(monitored, proctor, _exam(monitored))
    await sitting.submit(proctor.actor, attempt_id)

    assert await _sees(monitored, proctor, attempt_id) == (False, False, False)


@pytest.mark.parametrize("role", [Role.PROCTOR, Role.ADMIN])
async def test_given_staff_sit_an_exam_then_they_neither_mark_it_nor_clear_what_was_found(
    monitored: World, sitting: Sitting, role: Role
) -> None:
    who, exam = monitored.person(role), _exam(monitored)
    attempt_id = await begun(monitored, who, exam)
    await sitting.save(who.actor, attempt_id, "q-single", "3")
    take = monitored.services.browser_signals.take
    await take(who.actor, attempt_id, [Claim("paste", seq=1)], "page")
    await sitting.submit(who.actor, attempt_id)
    clearing, marking = monitored.services.clearing, monitored.services.marking
    calls: list[Any] = [
        lambda one: clearing.clear(one.actor, who.id),
        lambda one: clearing.restore(one.actor, who.id),
        lambda one: marking.give(one.actor, attempt_id, "q-single", 1.0),
    ]
    for call in calls:
        with pytest.raises(ProctorError) as refused:
            call(who)
        assert refused.value.code == "own_attempt"
    assert [row.hidden_at for row in monitored.rows(tables.Incident)] == [None]
    assert attempt_row(monitored, attempt_id).points == 0.0
    other = monitored.person(Role.PROCTOR)
    for call in calls:
        assert call(other)


@pytest.mark.parametrize("results", ["by_hand", "when_closed"])
async def test_given_one_attempts_release_while_others_sit_then_nobody_is_told_what_is_right(
    monitored: World, sitting: Sitting, ana: Person, results: str
) -> None:
    exam = set_exam(monitored, CONTENT, results=results)
    ben, proctor = monitored.person(), monitored.person(Role.PROCTOR)
    mine, theirs = await begun(monitored, ana, exam), await begun(monitored, ben, exam)
    await sitting.save(ana.actor, mine, "q-single", "4")
    await sitting.submit(ana.actor, mine)
    await monitored.services.reviews.release(proctor.actor, mine)

    result = await sitting.result(ana.actor, mine)
    assert (result.is_released, result.has_key, result.score) == (True, False, 1.0)
    assert await _sees(monitored, ana, mine) == (False, True, False)
    assert (await sitting.result(proctor.actor, mine)).questions

    await sitting.submit(ben.actor, theirs)
    assert await _sees(monitored, ana, mine) == (True, True, True)
    change(monitored, exam, closes_at=at(monitored, seconds=HALF_HOUR_S))
    assert await _sees(monitored, ana, mine) == (False, True, False)  # others may still begin
