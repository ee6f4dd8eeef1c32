"""What waits again once an attempt has its verdict, violations that two people must agree on said
again, and an own attempt that staff read nothing of."""

from collections.abc import Callable

import pytest

from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.session import Contended
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import Verdict
from proctor_app.errors import NotAllowed
from proctor_app.services.reports import Format
from proctor_app.services.reviews import QueueFilter, Reviews
from tests.papers import SetExam, change, set_exam
from tests.reviewing import E, Sat, sat
from tests.world import Person, World

V = Verdict


@pytest.fixture
def reviews(monitored: World) -> Reviews:
    return monitored.services.reviews


@pytest.fixture
def proctor(monitored: World) -> Person:
    return monitored.person(Role.PROCTOR, "Paul")


@pytest.fixture
def second(monitored: World) -> Person:
    return monitored.person(Role.PROCTOR, "Petra")


@pytest.fixture
def strict(monitored: World) -> SetExam:
    """An exam in which two people must agree on a violation."""
    return set_exam(monitored, reviewers=2)


async def _waiting(world: World, who: Person, kind: str = "") -> list[str]:
    page = await world.services.reviews.queue(who.actor, QueueFilter(kind=kind))
    return [one.attempt.id for one in page.items]


async def _agreed(reviews: Reviews, attempt: Sat, *people: Person) -> None:
    for who in people:
        await reviews.judge(who.actor, attempt.incidents[0], V.VIOLATION, "A phone.", "device")
        await reviews.judge_attempt(who.actor, attempt.id, V.VIOLATION, "A phone.", "device")


# --- what waits again ---


async def test_given_a_verdict_then_a_dismissal_that_is_undone_waits_again(
    monitored: World, reviews: Reviews, proctor: Person
) -> None:
    exam, bulk = set_exam(monitored), monitored.services.bulk_reviews
    attempt = await sat(monitored, exam, E.PHONE)
    done = await bulk.dismiss(proctor.actor, exam.id, "phone", "Faulty.")
    await reviews.judge_attempt(proctor.actor, attempt.id, V.PASSED, "Nothing.")
    assert await _waiting(monitored, proctor) == []

    await bulk.undo(proctor.actor, done.bulk_id)

    assert await _waiting(monitored, proctor, "incidents") == [attempt.id]


async def test_given_a_verdict_then_incidents_that_are_restored_wait_again(
    monitored: World, reviews: Reviews, proctor: Person
) -> None:
    attempt, clearing = await sat(monitored, None, E.PHONE), monitored.services.clearing
    clearing.clear(proctor.actor, attempt.who.id)
    await reviews.judge_attempt(proctor.actor, attempt.id, V.PASSED, "Nothing.")
    assert await _waiting(monitored, proctor) == []

    clearing.restore(proctor.actor, attempt.who.id)

    assert await _waiting(monitored, proctor, "incidents") == [attempt.id]
    await reviews.judge(proctor.actor, attempt.incidents[0], V.PASSED)
    assert await _waiting(monitored, proctor) == []


async def test_given_an_appeal_answered_with_the_old_verdict_then_a_proposal_still_waits(
    monitored: World, reviews: Reviews, proctor: Person, second: Person, strict: SetExam
) -> None:
    attempt, appeals = await sat(monitored, strict, E.PHONE), monitored.services.appeals
    await reviews.judge(proctor.actor, attempt.incidents[0], V.PASSED)
    await reviews.judge_attempt(proctor.actor, attempt.id, V.PASSED, "Nothing.")
    await reviews.release(proctor.actor, attempt.id)

    judged = await reviews.judge(second.actor, attempt.incidents[0], V.VIOLATION, "A phone.")
    assert judged.attempt.status is AttemptStatus.PASSED
    await appeals.make(attempt.who.actor, attempt.id, "Why so late?")
    answered = await appeals.answer(second.actor, attempt.id, "We look at it still.")

    assert (answered.status, answered.to_review) == (AttemptStatus.PASSED, 1)
    assert await _waiting(monitored, proctor, "second") == [attempt.id]
    await reviews.judge(proctor.actor, attempt.incidents[0], V.PASSED)
    assert await _waiting(monitored, proctor) == []


async def test_given_a_proposal_then_the_attempts_verdict_doesnt_end_its_waiting(
    monitored: World, reviews: Reviews, proctor: Person, second: Person, strict: SetExam
) -> None:
    attempt = await sat(monitored, strict, E.PHONE)
    await reviews.judge(proctor.actor, attempt.incidents[0], V.VIOLATION, "A phone.")

    await reviews.judge_attempt(second.actor, attempt.id, V.PASSED, "Fine.")

    assert await _waiting(monitored, second, "second") == [attempt.id]


async def test_given_what_waits_in_judged_attempts_then_it_comes_last(
    monitored: World, reviews: Reviews, proctor: Person
) -> None:
    grave = await sat(monitored, None, E.PHONE, E.IDENTITY_MISMATCH)
    mild = await sat(monitored, None, E.TAB_SWITCH)
    assert await _waiting(monitored, proctor) == [grave.id, mild.id]

    await reviews.judge_attempt(proctor.actor, grave.id, V.VIOLATION, "Seen enough.")

    assert await _waiting(monitored, proctor) == [mild.id, grave.id]


# --- a violation that is said again ---


async def test_given_two_agreed_then_one_of_them_may_say_it_better_and_it_stands(
    monitored: World, reviews: Reviews, proctor: Person, second: Person, strict: SetExam
) -> None:
    attempt = await sat(monitored, strict, E.PHONE)
    await _agreed(reviews, attempt, proctor, second)
    await reviews.release(second.actor, attempt.id)

    incident = await reviews.judge(
        second.actor, attempt.incidents[0], V.VIOLATION, "A phone in the left hand."
    )
    judged = await reviews.judge_attempt(second.actor, attempt.id, V.VIOLATION, "Said better.")

    shown = incident.incident
    assert (shown.verdict, shown.proposed) == (V.VIOLATION, "")
    assert (shown.reason, shown.reviewed_by) == ("A phone in the left hand.", second.id)
    assert (judged.status, judged.judged_by) == (AttemptStatus.VIOLATION, second.id)
    assert (await reviews.sitting(second.actor, attempt.id)).proposal is None
    assert await _waiting(monitored, proctor) == []


async def test_given_somebody_said_otherwise_then_two_must_agree_anew(
    monitored: World, reviews: Reviews, proctor: Person, second: Person, strict: SetExam
) -> None:
    attempt = await sat(monitored, strict, E.PHONE)
    await _agreed(reviews, attempt, proctor, second)
    await reviews.judge(second.actor, attempt.incidents[0], V.PASSED)
    await reviews.judge_attempt(second.actor, attempt.id, V.PASSED, "I was wrong.")

    await _agreed(reviews, attempt, proctor)

    assert (attempt.incident().verdict, attempt.incident().proposed) == (
        "not_reviewed", "violation",
    )  # fmt: skip
    assert attempt.row.status == AttemptStatus.UNDER_REVIEW
    await _agreed(reviews, attempt, second)
    assert (attempt.incident().verdict, attempt.row.status) == ("violation", "violation")


async def test_given_a_proposal_then_it_waits_for_another_whatever_the_exam_says_now(
    monitored: World, reviews: Reviews, proctor: Person, second: Person, strict: SetExam
) -> None:
    attempt = await sat(monitored, strict, E.PHONE)
    await _agreed(reviews, attempt, proctor)
    change(monitored, strict, reviewers=1)

    await _agreed(reviews, attempt, proctor)

    assert (attempt.incident().verdict, attempt.row.status) == ("not_reviewed", "under_review")
    await _agreed(reviews, attempt, second)
    assert (attempt.incident().verdict, attempt.row.status) == ("violation", "violation")


# --- one's own attempt ---


async def test_given_staff_sat_it_then_they_read_nothing_of_its_review_before_release(
    monitored: World, reviews: Reviews, proctor: Person, second: Person
) -> None:
    services, exam = monitored.services, set_exam(monitored)
    attempt = await sat(monitored, exam, E.PHONE, who=proctor)
    await _agreed(reviews, attempt, second)

    def told(status: str = "") -> list[str]:
        return [
            one.attempt.status.value
            for one in services.attempt_list.page(proctor.actor, status).items
        ]

    for call in (services.reports.read, lambda a, i: services.reports.make(a, i, Format.JSON)):
        with pytest.raises(NotAllowed) as refused:
            call(proctor.actor, attempt.id)
        assert refused.value.code == "own_attempt"
    assert [one.attempt.status.value for one in services.reports.find(proctor.actor, "")] == [
        "under_review"
    ]
    assert (told(), told("under_review"), told("violation")) == (
        ["under_review"], ["under_review"], [],
    )  # fmt: skip
    assert [one.attempt.status for one in services.attempt_list.page(second.actor).items] == [
        "violation"
    ]
    await reviews.release(second.actor, attempt.id)
    assert (told(), told("under_review"), told("violation")) == (["violation"], [], ["violation"])


# --- given up by the database ---


@pytest.mark.parametrize("way", ["clear", "restore", "acknowledge"])
async def test_given_the_database_gives_it_up_then_it_is_done_once_more(
    monitored: World, proctor: Person, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt, services = await sat(monitored, None, E.PHONE), monitored.services
    if way == "restore":
        services.clearing.clear(proctor.actor, attempt.who.id)
    monitored.clock.advance(60)
    real: Callable[[AttemptRows, str], tables.Attempt | None] = AttemptRows.locked
    failed = list[str]()

    def locked(rows: AttemptRows, attempt_id: str) -> tables.Attempt | None:
        if len(failed) < 2:
            failed.append(attempt_id)
            raise Contended
        return real(rows, attempt_id)

    monkeypatch.setattr(AttemptRows, "locked", locked)
    match way:
        case "clear":
            count = services.clearing.clear(proctor.actor, attempt.who.id)
        case "restore":
            count = services.clearing.restore(proctor.actor, attempt.who.id)
        case _:
            count = await services.acknowledging.incident(proctor.actor, attempt.incidents[0])

    assert (len(failed), count) == (2, 1)
