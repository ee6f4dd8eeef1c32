"""A candidate objects to what was released, and is answered."""

import pytest

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import Verdict
from proctor_app.domain.review import ReviewKind
from proctor_app.errors import Conflict, Invalid, NotAllowed, ProctorError, Throttled
from proctor_app.services.appeals import Appeals
from proctor_app.services.broadcast import DeskNews, ReviewNews
from proctor_app.services.reviews import QueueFilter, Reviews
from tests.papers import SetExam, change, set_exam
from tests.reviewing import E, Sat, sat
from tests.world import Person, World

V = Verdict


@pytest.fixture
def appeals(monitored: World) -> Appeals:
    return monitored.services.appeals


@pytest.fixture
def reviews(monitored: World) -> Reviews:
    return monitored.services.reviews


@pytest.fixture
def proctor(monitored: World) -> Person:
    return monitored.person(Role.PROCTOR, "Paul")


@pytest.fixture
def second(monitored: World) -> Person:
    return monitored.person(Role.PROCTOR, "Petra")


async def _judged(
    world: World, proctor: Person, verdict: Verdict = V.SUSPICIOUS, exam: SetExam | None = None
) -> Sat:
    """An attempt with this verdict, released to its candidate."""
    attempt = await sat(world, exam or set_exam(world), E.PHONE)
    reviews = world.services.reviews
    await reviews.judge(proctor.actor, attempt.incidents[0], verdict, "A phone.", "device")
    await reviews.judge_attempt(proctor.actor, attempt.id, verdict, "I saw it.", "device")
    await reviews.release(proctor.actor, attempt.id)
    return attempt


async def _code(refused: object) -> str:
    with pytest.raises(ProctorError) as error:
        await refused  # type: ignore[misc]
    return error.value.code


async def test_given_an_appeal_then_the_attempt_is_under_review_and_waits_in_the_queue(
    monitored: World, appeals: Appeals, reviews: Reviews, proctor: Person
) -> None:
    attempt = await _judged(monitored, proctor)

    with monitored.services.broadcast.subscribe(attempt.id) as told:
        made = await appeals.make(attempt.who.actor, attempt.id, " It was a calculator.\x00 ")
        news = await told.wait(0.01)

    assert (made.text, made.answered_at) == ("It was a calculator.", None)
    assert attempt.row.status == AttemptStatus.UNDER_REVIEW
    assert news == [ReviewNews(attempt.id), DeskNews(attempt.id)]
    (queued,) = (await reviews.queue(proctor.actor, QueueFilter(kind="appeal"))).items
    assert (queued.attempt.id, queued.open_appeal) == (attempt.id, True)
    assert await _code(appeals.make(attempt.who.actor, attempt.id, "Again.")) == "appeal_open"
    refused = reviews.judge_attempt(proctor.actor, attempt.id, V.PASSED, "Fine.")
    assert await _code(refused) == "appeal_open"


async def test_given_an_answer_without_a_verdict_then_the_old_one_is_given_again(
    monitored: World, appeals: Appeals, reviews: Reviews, proctor: Person, second: Person
) -> None:
    attempt = await _judged(monitored, proctor)
    await appeals.make(attempt.who.actor, attempt.id, "It was a calculator.")

    found = await appeals.answer(second.actor, attempt.id, "It had a camera.")

    assert (found.status, found.category) == (AttemptStatus.SUSPICIOUS, "device")
    assert found.judged_by == second.id
    sitting = await reviews.sitting(proctor.actor, attempt.id)
    (appeal,) = sitting.appeals
    assert (appeal.answer, appeal.answered_by) == ("It had a camera.", "Petra")
    assert [one.kind for one in sitting.history] == [ReviewKind.ATTEMPT, ReviewKind.APPEAL]
    assert not (await reviews.queue(proctor.actor, QueueFilter())).items
    outcome = await appeals.outcome(attempt.who.actor, attempt.id)
    assert (outcome.verdict, outcome.reason) == (V.SUSPICIOUS, "It had a camera.")
    assert (outcome.may_appeal, outcome.appeals[0].answered_by) == (False, "")
    assert "appeal.answered" in [entry.action for entry in monitored.rows(tables.AuditEntry)]


async def test_given_one_verdict_then_there_is_one_appeal_against_it_until_it_changes(
    monitored: World, appeals: Appeals, reviews: Reviews, proctor: Person, second: Person
) -> None:
    attempt = await _judged(monitored, proctor)
    ana = attempt.who.actor

    async def appealed(answer: str, verdict: str = "") -> None:
        monitored.clock.advance(60)
        await appeals.make(ana, attempt.id, "It was a calculator.")
        monitored.clock.advance(60)
        await appeals.answer(second.actor, attempt.id, answer, verdict)

    await appealed("It had a camera.")
    await reviews.judge_attempt(proctor.actor, attempt.id, V.SUSPICIOUS, "Said better.")
    assert await _code(appeals.make(ana, attempt.id, "And yet.")) == "appeal_used"
    assert not (await appeals.outcome(ana, attempt.id)).may_appeal
    assert attempt.row.status == AttemptStatus.SUSPICIOUS

    monitored.clock.advance(60)
    await reviews.judge_attempt(proctor.actor, attempt.id, V.VIOLATION, "It was a phone.")
    assert (await appeals.outcome(ana, attempt.id)).may_appeal
    await appealed("Rather unclear.", V.SUSPICIOUS)
    monitored.clock.advance(1)
    assert (await appeals.outcome(ana, attempt.id)).may_appeal
    await appealed("It stays so.")
    assert not (await appeals.outcome(ana, attempt.id)).may_appeal


async def test_given_no_verdict_yet_then_a_second_appeal_waits_for_one(
    monitored: World, appeals: Appeals, reviews: Reviews, proctor: Person
) -> None:
    attempt = await sat(monitored, None, E.PHONE)
    ana = attempt.who.actor
    await reviews.release(proctor.actor, attempt.id)
    await appeals.make(ana, attempt.id, "That was my phone case.")
    await appeals.answer(proctor.actor, attempt.id, "We will look at it.")

    assert await _code(appeals.make(ana, attempt.id, "Well?")) == "appeal_used"
    monitored.clock.advance(60)
    await reviews.judge_attempt(proctor.actor, attempt.id, V.SUSPICIOUS, "A phone.")
    assert (await appeals.make(ana, attempt.id, "But no.")).answered_at is None


async def test_given_one_person_judged_and_two_must_agree_by_now_then_an_answer_needs_another(
    monitored: World, appeals: Appeals, proctor: Person, second: Person
) -> None:
    exam = set_exam(monitored)
    attempt = await _judged(monitored, proctor, V.VIOLATION, exam)
    other = await _judged(monitored, proctor, V.VIOLATION, exam)
    change(monitored, exam, reviewers=2)
    for one in (attempt, other):
        await appeals.make(one.who.actor, one.id, "It was a calculator.")

    alone = await appeals.answer(proctor.actor, attempt.id, "I see a phone.")
    by_another = await appeals.answer(second.actor, other.id, "I see one, too.")

    assert alone.status is AttemptStatus.UNDER_REVIEW
    assert by_another.status is AttemptStatus.VIOLATION


async def test_given_an_answer_with_a_verdict_then_that_stands(
    monitored: World, appeals: Appeals, proctor: Person, second: Person
) -> None:
    attempt = await _judged(monitored, proctor)
    await appeals.make(attempt.who.actor, attempt.id, "It was a calculator.")

    found = await appeals.answer(second.actor, attempt.id, "So it was.", V.PASSED)

    assert (found.status, found.category) == (AttemptStatus.PASSED, "")


async def test_given_two_must_agree_then_a_new_violation_in_an_answer_waits_for_another(
    monitored: World, appeals: Appeals, reviews: Reviews, proctor: Person, second: Person
) -> None:
    attempt = await _judged(monitored, proctor, exam=set_exam(monitored, reviewers=2))
    await appeals.make(attempt.who.actor, attempt.id, "It was a calculator.")

    waits = await appeals.answer(second.actor, attempt.id, "I see a phone.", V.VIOLATION)
    stands = await reviews.judge_attempt(proctor.actor, attempt.id, V.VIOLATION, "I agree.")

    assert waits.status is AttemptStatus.UNDER_REVIEW
    assert stands.status is AttemptStatus.VIOLATION


async def test_given_no_verdict_yet_then_an_answer_alone_gives_none(
    monitored: World, appeals: Appeals, reviews: Reviews, proctor: Person
) -> None:
    attempt = await sat(monitored, None, E.PHONE)
    await reviews.release(proctor.actor, attempt.id)
    await appeals.make(attempt.who.actor, attempt.id, "That was my phone case.")

    found = await appeals.answer(proctor.actor, attempt.id, "We will look at it.")

    assert found.status is AttemptStatus.UNDER_REVIEW
    assert (await appeals.outcome(attempt.who.actor, attempt.id)).verdict is None


async def test_given_no_release_then_no_appeal_and_nothing_of_the_review_is_told(
    monitored: World, appeals: Appeals, reviews: Reviews, proctor: Person
) -> None:
    attempt = await _judged(monitored, proctor)
    ana, services = attempt.who.actor, monitored.services
    told = (await services.incident_list.of(ana, attempt.id)).items
    assert [(one.incident.verdict, one.incident.reason) for one in told] == [
        (V.SUSPICIOUS, "A phone.")
    ]
    assert told[0].incident.reviewed_by == ""

    await reviews.take_back_release(proctor.actor, attempt.id)

    assert await _code(appeals.make(ana, attempt.id, "Why?")) == "not_released"
    assert await _code(services.incident_list.of(ana, attempt.id)) == "not_released"
    (noted,) = (await services.sessions.summary(ana, attempt.who.id, attempt.id)).incidents
    assert (noted.verdict, noted.reason, noted.category) == (V.NOT_REVIEWED, "", "")
    (line,) = await services.sessions.history(ana, attempt.who.id)
    result = await services.sitting.result(ana, attempt.id)
    for shown in (line, result.attempt):
        assert (shown.status, shown.category) == (AttemptStatus.UNDER_REVIEW, "")
    outcome = await appeals.outcome(ana, attempt.id)
    assert (outcome.verdict, outcome.reason, outcome.may_appeal) == (None, "", False)
    (staffs,) = await services.sessions.history(proctor.actor, attempt.who.id)
    assert staffs.status is AttemptStatus.SUSPICIOUS


async def test_given_a_free_session_then_it_too_is_released(
    monitored: World, reviews: Reviews, proctor: Person
) -> None:
    attempt = await sat(monitored, None, E.PHONE)
    ana, services = attempt.who.actor, monitored.services
    assert not (await services.sitting.result(ana, attempt.id)).is_released

    await reviews.release(proctor.actor, attempt.id)

    assert (await services.sitting.result(ana, attempt.id)).is_released
    assert len((await services.incident_list.of(ana, attempt.id)).items) == 1


async def test_given_an_exam_whose_results_wait_then_a_release_shows_this_candidates(
    monitored: World, reviews: Reviews, proctor: Person
) -> None:
    exam = set_exam(monitored, results="by_hand")
    attempt, other = await sat(monitored, exam), await sat(monitored, exam)

    await reviews.release(proctor.actor, attempt.id)

    result = monitored.services.sitting.result
    assert (await result(attempt.who.actor, attempt.id)).is_released
    assert not (await result(other.who.actor, other.id)).is_released


@pytest.mark.parametrize(("text", "code"), [(" \n", "missing"), ("x" * 1001, "too_long")])
async def test_given_words_that_are_none_or_too_many_then_they_are_refused(
    monitored: World, appeals: Appeals, proctor: Person, text: str, code: str
) -> None:
    attempt = await _judged(monitored, proctor)

    with pytest.raises(Invalid) as refused:
        await appeals.make(attempt.who.actor, attempt.id, text)
    assert refused.value.code == f"appeal_{code}"
    await appeals.make(attempt.who.actor, attempt.id, "Why?")
    with pytest.raises(Invalid) as refused:
        await appeals.answer(proctor.actor, attempt.id, text)
    assert refused.value.code == f"answer_{code}"


async def test_given_no_open_appeal_then_there_is_nothing_to_answer(
    monitored: World, appeals: Appeals, proctor: Person
) -> None:
    attempt = await _judged(monitored, proctor)

    with pytest.raises(Conflict):
        await appeals.answer(proctor.actor, attempt.id, "So.")


async def test_given_staff_who_sat_it_then_they_dont_answer_themselves(
    monitored: World, appeals: Appeals, reviews: Reviews, proctor: Person, second: Person
) -> None:
    attempt = await sat(monitored, set_exam(monitored), who=proctor)
    await reviews.release(second.actor, attempt.id)
    await appeals.make(proctor.actor, attempt.id, "Why?")

    with pytest.raises(NotAllowed):
        await appeals.answer(proctor.actor, attempt.id, "Because.")


async def test_given_one_appeal_after_another_then_they_are_throttled(
    monitored: World, appeals: Appeals, proctor: Person
) -> None:
    attempt = await _judged(monitored, proctor)

    codes = [await _code(appeals.make(attempt.who.actor, attempt.id, "")) for _ in range(6)]

    assert set(codes) == {"appeal_missing"}
    with pytest.raises(Throttled):
        await appeals.make(attempt.who.actor, attempt.id, "Why?")
