"""Dismissing a faulty rule's incidents in one go, and bringing them back."""

import asyncio

import pytest

from proctor_app.db import tables
from proctor_app.db.repositories.bulk_reviews import BulkMark, Unjudged
from proctor_app.db.repositories.bulk_reviews import BulkReviews as BulkRows
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import Verdict
from proctor_app.domain.review import ReviewKind
from proctor_app.errors import Conflict, Invalid, NotFound, Throttled
from proctor_app.services.broadcast import ReviewNews
from proctor_app.services.bulk_reviews import BulkDone, BulkReviews
from proctor_app.services.reviews import QueueFilter
from tests.papers import SetExam, set_exam
from tests.reviewing import E, note, sat
from tests.world import Person, World

V = Verdict


@pytest.fixture
def bulk(monitored: World) -> BulkReviews:
    return monitored.services.bulk_reviews


@pytest.fixture
def proctor(monitored: World) -> Person:
    return monitored.person(Role.PROCTOR, "Paul")


@pytest.fixture
def exam(monitored: World) -> SetExam:
    return set_exam(monitored)


async def test_given_a_faulty_rule_then_all_its_unjudged_incidents_of_the_exam_are_dismissed(
    monitored: World, bulk: BulkReviews, proctor: Person, exam: SetExam
) -> None:
    one = await sat(monitored, exam, E.PHONE, E.PHONE, E.PRINT)
    two = await sat(monitored, exam, E.PHONE, E.PHONE)
    free, other = await sat(monitored, None, E.PHONE), await sat(monitored, exam, E.PRINT)
    await monitored.services.reviews.judge(proctor.actor, two.incidents[0], V.SUSPICIOUS)
    assert await bulk.count(proctor.actor, exam.id, "phone") == 3
    steps: list[tuple[int, int]] = []

    def progress(done: int, of: int) -> None:
        steps.append((done, of))

    with monitored.services.broadcast.subscribe() as told:
        done = await bulk.dismiss(proctor.actor, exam.id, "phone", "A calculator.", progress)
        news = await told.wait(0.01)

    assert (done.incidents, done.attempts, steps) == (3, 2, [(1, 2), (2, 2)])
    assert (one.row.compliance, one.row.to_review) == (95.0, 1)
    assert (two.row.compliance, two.row.to_review) == (80.0, 0)
    assert (free.row.to_review, other.row.to_review) == (1, 1)
    row = one.incident(0)
    assert (row.verdict, row.reason, row.reviewed_by) == ("passed", "A calculator.", proctor.id)
    assert two.incident(0).verdict == "suspicious"
    said = [r for r in monitored.rows(tables.Review) if r.kind == ReviewKind.BULK]
    assert {r.incident_id for r in said} == {*one.incidents[:2], two.incidents[1]}
    assert {(r.bulk_id, r.at, r.reason) for r in said} == {
        (done.bulk_id, monitored.clock(), "A calculator.")
    }
    assert sorted(str(item) for item in news) == sorted(
        str(ReviewNews(attempt.id)) for attempt in (one, two)
    )
    log = [entry.action for entry in monitored.rows(tables.AuditEntry)]
    assert log.count("incidents.dismissed") == 2
    assert await bulk.count(proctor.actor, exam.id, "phone") == 0


async def test_given_an_undo_then_what_nobody_judged_since_waits_again(
    monitored: World, bulk: BulkReviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.PHONE, E.PHONE)
    done = await bulk.dismiss(proctor.actor, exam.id, "phone", "A calculator.")
    judge = monitored.services.reviews.judge
    await judge(proctor.actor, attempt.incidents[0], V.VIOLATION, "This one is a phone.")

    back = await bulk.undo(proctor.actor, done.bulk_id)
    again = await bulk.undo(proctor.actor, done.bulk_id)

    assert (back.incidents, back.attempts, again.incidents) == (1, 1, 0)
    assert [attempt.incident(n).verdict for n in (0, 1)] == ["violation", "not_reviewed"]
    assert attempt.incident(1).reason == ""
    assert (attempt.row.to_review, attempt.row.compliance) == (1, 60.0)
    (past,) = await bulk.past(proctor.actor, exam.id)
    assert (past.bulk_id, past.event_type, past.reason) == (done.bulk_id, E.PHONE, "A calculator.")
    assert (past.incidents, past.attempts, past.undone, past.reviewer) == (2, 1, 1, "Paul")


async def test_given_free_sessions_then_they_are_a_heap_of_their_own(
    monitored: World, bulk: BulkReviews, proctor: Person, exam: SetExam
) -> None:
    free, of_exam = await sat(monitored, None, E.PHONE), await sat(monitored, exam, E.PHONE)

    done = await bulk.dismiss(proctor.actor, "", "phone", "A calculator.")

    assert (done.incidents, free.row.to_review, of_exam.row.to_review) == (1, 0, 1)
    assert len(await bulk.past(proctor.actor, "")) == 1
    assert await bulk.past(proctor.actor, exam.id) == ()


async def test_given_a_time_then_what_opened_before_stays(
    monitored: World, bulk: BulkReviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.PHONE, is_open=True)
    monitored.clock.advance(600)
    since = monitored.clock()
    note(monitored, attempt.id, (E.PHONE,))

    assert await bulk.count(proctor.actor, exam.id, "phone", since) == 1
    done = await bulk.dismiss(proctor.actor, exam.id, "phone", "Since noon.", since=since)

    assert (done.incidents, attempt.incident(0).verdict) == (1, "not_reviewed")


async def test_given_what_was_cleared_away_proposed_or_ones_own_then_it_is_left_alone(
    monitored: World, bulk: BulkReviews, proctor: Person
) -> None:
    exam = set_exam(monitored, reviewers=2)
    services = monitored.services
    cleared = await sat(monitored, exam, E.PHONE)
    services.clearing.clear(proctor.actor, cleared.who.id, cleared.id)
    proposed = await sat(monitored, exam, E.PHONE)
    await services.reviews.judge(proctor.actor, proposed.incidents[0], V.VIOLATION, "A phone.")
    await sat(monitored, exam, E.PHONE, who=proctor)

    assert await bulk.count(proctor.actor, exam.id, "phone") == 0
    assert (await bulk.dismiss(proctor.actor, exam.id, "phone", "Faulty.")).incidents == 0


async def test_given_a_crash_in_the_middle_then_whole_attempts_are_done_and_again_does_the_rest(
    monitored: World,
    bulk: BulkReviews,
    proctor: Person,
    exam: SetExam,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempts = [await sat(monitored, exam, E.PHONE, E.PHONE) for _ in range(3)]
    real, calls = BulkRows.dismiss, list[str]()

    def dismiss(rows: BulkRows, attempt_id: str, *given: object) -> int:
        calls.append(attempt_id)
        count = real(rows, attempt_id, *given)  # type: ignore[arg-type]
        if len(calls) == 2:
            raise RuntimeError("the power is gone")
        return count

    monkeypatch.setattr(BulkRows, "dismiss", dismiss)
    with pytest.raises(RuntimeError):
        await bulk.dismiss(proctor.actor, exam.id, "phone", "Faulty.")
    left = sorted(one.row.to_review for one in attempts)
    done = await bulk.dismiss(proctor.actor, exam.id, "phone", "Faulty.")

    assert left == [0, 2, 2]
    assert (done.incidents, done.attempts) == (4, 2)
    assert [one.row.to_review for one in attempts] == [0, 0, 0]
    assert [one.row.compliance for one in attempts] == [100.0] * 3


async def test_given_nonsense_then_it_is_refused(
    monitored: World, bulk: BulkReviews, proctor: Person, exam: SetExam
) -> None:
    await sat(monitored, exam, E.PHONE)

    for event_type, reason, code in (
        ("telephone", "Faulty.", "event_type_unknown"),
        ("phone", " ", "reason_missing"),
        ("phone", "x" * 1001, "reason_too_long"),
    ):
        with pytest.raises(Invalid) as refused:
            await bulk.dismiss(proctor.actor, exam.id, event_type, reason)
        assert refused.value.code == code
    for bulk_id in ("none", "", "ä" * 99, "\x00"):
        with pytest.raises(NotFound):
            await bulk.undo(proctor.actor, bulk_id)
    with pytest.raises(NotFound):
        await bulk.count(proctor.actor, "none", "phone")


async def test_given_more_attempts_than_one_call_takes_then_the_next_ones_go_on(
    monitored: World, bulk: BulkReviews, proctor: Person, exam: SetExam
) -> None:
    attempts = [await sat(monitored, exam, E.PHONE) for _ in range(3)]
    paul = proctor.actor

    first = await bulk.dismiss(paul, exam.id, "phone", "A calculator.", at_most=2)
    rest = await bulk.dismiss(
        paul, exam.id, "phone", "Other words.", bulk_id=first.bulk_id, at_most=2
    )

    assert (first.incidents, first.attempts, first.remaining) == (2, 2, 1)
    assert (rest.bulk_id, rest.attempts, rest.remaining) == (first.bulk_id, 1, 0)
    assert {one.incident(0).reason for one in attempts} == {"A calculator."}
    (past,) = await bulk.past(paul, exam.id)
    assert (past.incidents, past.attempts, past.undone) == (3, 3, 0)
    back = await bulk.undo(paul, first.bulk_id, at_most=1)
    assert (back.attempts, back.remaining) == (1, 2)
    assert (await bulk.undo(paul, first.bulk_id)).attempts == 2
    (past,) = await bulk.past(paul, exam.id)
    assert (past.event_type, past.incidents, past.undone) == (E.PHONE, 3, 3)


async def test_given_somebody_elses_go_or_other_incidents_then_it_does_not_go_on(
    monitored: World, bulk: BulkReviews, proctor: Person, exam: SetExam
) -> None:
    await sat(monitored, exam, E.PHONE, E.PRINT)
    done = await bulk.dismiss(proctor.actor, exam.id, "print", "A page.")
    other = monitored.person(Role.PROCTOR)

    for who, kind, name in (
        (other, "print", done.bulk_id),
        (proctor, "phone", done.bulk_id),
        (proctor, "print", "none"),
        (proctor, "print", "\x00"),
    ):
        with pytest.raises(NotFound):
            await bulk.dismiss(who.actor, exam.id, kind, "A page.", bulk_id=name)


async def test_given_a_dismissal_is_running_then_no_other_of_the_same_exam_begins(
    monitored: World, bulk: BulkReviews, proctor: Person, exam: SetExam
) -> None:
    await sat(monitored, exam, E.PHONE)
    await sat(monitored, None, E.PHONE)
    ways = [bulk.dismiss(proctor.actor, exam_id, "phone", "Mine too.") for exam_id in (exam.id, "")]

    with bulk._alone(exam.id):
        same, other = await asyncio.gather(*ways, return_exceptions=True)

    assert isinstance(same, Conflict)
    assert same.code == "dismissal_running"
    assert isinstance(other, BulkDone)
    assert (await bulk.dismiss(proctor.actor, exam.id, "phone", "Now.")).attempts == 1


async def test_given_an_erased_candidate_then_nothing_more_is_written_of_them(
    monitored: World, bulk: BulkReviews, proctor: Person, exam: SetExam
) -> None:
    kept, gone = [await sat(monitored, exam, E.PHONE) for _ in range(2)]
    paul, admin = proctor.actor, monitored.person(Role.ADMIN)
    later = await sat(monitored, exam, E.PHONE)
    monitored.services.erasure.erase(admin.actor, gone.who.id)

    assert await bulk.count(paul, exam.id, "phone") == 2
    done = await bulk.dismiss(paul, exam.id, "phone", "A calculator.")
    assert (done.attempts, gone.incident(0).verdict) == (2, "not_reviewed")
    monitored.services.erasure.erase(admin.actor, later.who.id)
    assert (await bulk.undo(paul, done.bulk_id)).attempts == 1
    assert (kept.row.to_review, later.incident(0).verdict) == (1, "passed")
    mark = BulkMark(done.bulk_id, proctor.id, "So.", monitored.clock())
    wanted = Unjudged(exam.id, "phone", None, proctor.id)
    assert bulk._dismiss(paul, gone.id, wanted, mark) == 0  # erased since they were listed
    assert bulk._undo(paul, later.id, mark) == 0


async def test_given_an_ended_attempt_then_a_dismissal_puts_it_under_review(
    monitored: World, bulk: BulkReviews, proctor: Person, exam: SetExam
) -> None:
    ended = await sat(monitored, exam, E.PHONE)
    running = await sat(monitored, exam, E.PHONE, is_open=True)

    await bulk.dismiss(proctor.actor, exam.id, "phone", "A calculator.")

    assert ended.row.status == AttemptStatus.UNDER_REVIEW
    assert running.row.status == AttemptStatus.RUNNING


async def test_given_an_undo_after_the_attempts_verdict_then_it_waits_in_the_queue_again(
    monitored: World, bulk: BulkReviews, proctor: Person, exam: SetExam
) -> None:
    attempt, reviews = await sat(monitored, exam, E.PHONE), monitored.services.reviews
    done = await bulk.dismiss(proctor.actor, exam.id, "phone", "A calculator.")
    await reviews.judge_attempt(proctor.actor, attempt.id, V.PASSED, "All fine.")
    assert not (await reviews.queue(proctor.actor, QueueFilter())).items

    await bulk.undo(proctor.actor, done.bulk_id)

    for kind in ("", "incidents"):
        (queued,) = (await reviews.queue(proctor.actor, QueueFilter(kind=kind))).items
        assert (queued.attempt.id, queued.attempt.to_review) == (attempt.id, 1)


async def test_given_one_dismissal_after_another_then_they_are_throttled(
    bulk: BulkReviews, proctor: Person, exam: SetExam
) -> None:
    for _ in range(50):
        await bulk.dismiss(proctor.actor, exam.id, "phone", "Faulty.")

    with pytest.raises(Throttled):
        await bulk.dismiss(proctor.actor, exam.id, "phone", "Faulty.")
    with pytest.raises(Throttled):
        await bulk.undo(proctor.actor, "none")
