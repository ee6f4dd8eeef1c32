"""Judging: what a verdict does to an incident, its attempt and its place in the queue."""

import pytest

from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.session import Contended
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import Verdict
from proctor_app.domain.review import QueueKind, ReviewKind
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotFound
from proctor_app.services.broadcast import ReviewNews
from proctor_app.services.reviews import QueueFilter, Reviews
from tests.papers import SetExam, assign, set_exam
from tests.reviewing import E, note, sat
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
def exam(monitored: World) -> SetExam:
    return set_exam(monitored)


@pytest.fixture
def strict(monitored: World) -> SetExam:
    """An exam in which two people must agree on a violation."""
    return set_exam(monitored, reviewers=2)


def _log(world: World) -> list[str]:
    return [entry.action for entry in world.rows(tables.AuditEntry)]


# --- one incident ---


async def test_given_a_dismissal_then_the_compliance_is_back_at_once_and_it_is_on_record(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.PHONE, E.TAB_SWITCH)
    assert attempt.row.compliance == 78.5

    with monitored.services.broadcast.subscribe() as told:
        judged = await reviews.judge(proctor.actor, attempt.incidents[0], V.PASSED)
        news = await told.wait(0.01)

    assert (judged.incident.verdict, judged.incident.reviewed_by) == (V.PASSED, proctor.id)
    assert (judged.compliance.value, judged.attempt.compliance) == (98.5, 98.5)
    row = attempt.row
    assert (row.compliance, row.to_review, row.incidents) == (98.5, 1, 2)
    assert [one.kind for one in monitored.rows(tables.Review)] == [ReviewKind.FIRST]
    assert _log(monitored)[-1] == "incident.judged"
    assert news == [ReviewNews(attempt.id)]


async def test_given_an_ended_attempt_then_its_first_verdict_puts_it_under_review(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.PHONE)
    reason = attempt.row.status_reason

    judged = await reviews.judge(proctor.actor, attempt.incidents[0], V.SUSPICIOUS)

    assert judged.attempt.status is AttemptStatus.UNDER_REVIEW
    assert judged.attempt.status_reason == reason
    assert attempt.row.review_risk == judged.compliance.value


async def test_given_a_running_attempt_then_it_is_judged_and_runs_on(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.PHONE, is_open=True)

    judged = await reviews.judge(proctor.actor, attempt.incidents[0], V.VIOLATION, "A phone.")

    assert (judged.incident.verdict, judged.incident.reason) == (V.VIOLATION, "A phone.")
    assert (judged.attempt.status, attempt.row.review_risk) == (AttemptStatus.RUNNING, None)


async def test_given_late_answers_may_come_then_the_first_verdict_does_not_shut_them_out(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.PHONE, is_open=True)
    monitored.clock.advance(60 * 60)
    monitored.services.sitting._attempts.expire_overdue()

    early = await reviews.judge(proctor.actor, attempt.incidents[0], V.PASSED)
    with pytest.raises(Conflict):
        await reviews.judge_attempt(proctor.actor, attempt.id, V.PASSED, "Nothing.")
    monitored.clock.advance(61)
    later = await reviews.judge(proctor.actor, attempt.incidents[0], V.PASSED)

    assert early.attempt.status is AttemptStatus.TIMED_OUT
    assert later.attempt.status is AttemptStatus.UNDER_REVIEW


async def test_given_another_verdict_then_the_newest_stands_and_all_are_kept(
    monitored: World, reviews: Reviews, proctor: Person, second: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.PHONE)
    (incident,) = attempt.incidents

    await reviews.judge(proctor.actor, incident, V.VIOLATION, "A phone.", "device")
    judged = await reviews.judge(second.actor, incident, V.PASSED)

    shown = judged.incident
    assert (shown.verdict, shown.reason, shown.category) == (V.PASSED, "", "")
    assert (shown.reviewed_by, judged.compliance.value) == (second.id, 100.0)
    sitting = await reviews.sitting(proctor.actor, attempt.id)
    said = [(one.verdict, one.reviewer) for one in sitting.incidents[0].reviews]
    assert said == [(V.VIOLATION, "Paul"), (V.PASSED, "Petra")]


@pytest.mark.parametrize(
    ("verdict", "reason", "category", "code"),
    [
        ("violation", "", "", "reason_missing"),
        ("violation", " \n\x00", "", "reason_missing"),
        ("suspicious", "x" * 1001, "", "reason_too_long"),
        ("not_reviewed", "", "", "verdict_unknown"),
        ("guilty", "", "", "verdict_unknown"),
        ("passed", "", "wrong", "category_unknown"),
    ],
)
async def test_given_a_verdict_that_is_none_then_it_is_refused_and_nothing_changes(
    monitored: World,
    reviews: Reviews,
    proctor: Person,
    exam: SetExam,
    verdict: str,
    reason: str,
    category: str,
    code: str,
) -> None:
    attempt = await sat(monitored, exam, E.PHONE)

    with pytest.raises(Invalid) as refused:
        await reviews.judge(proctor.actor, attempt.incidents[0], verdict, reason, category)

    assert refused.value.code == code
    assert (attempt.incident().verdict, monitored.count(tables.Review)) == ("not_reviewed", 0)


async def test_given_an_incident_that_was_cleared_away_or_never_was_then_none_is_found(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.PHONE)
    monitored.services.clearing.clear(proctor.actor, attempt.who.id, attempt.id)

    for incident_id in (attempt.incidents[0], 0, -1, 10**30):
        with pytest.raises(NotFound):
            await reviews.judge(proctor.actor, incident_id, V.PASSED)
        with pytest.raises(NotFound):
            await reviews.note(proctor.actor, attempt.id, "Look.", incident_id)


async def test_given_staff_who_sat_it_then_somebody_else_has_to_judge(
    monitored: World, reviews: Reviews, proctor: Person, second: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.PHONE, who=proctor)

    refusals = (
        reviews.judge(proctor.actor, attempt.incidents[0], V.PASSED),
        reviews.judge_attempt(proctor.actor, attempt.id, V.PASSED, "Fine."),
        reviews.release(proctor.actor, attempt.id),
        reviews.note(proctor.actor, attempt.id, "Fine."),
        reviews.sitting(proctor.actor, attempt.id),
    )
    for refused in refusals:
        with pytest.raises(NotAllowed) as error:
            await refused
        assert error.value.code == "own_attempt"

    assert (await reviews.queue(proctor.actor, QueueFilter())).items == ()
    assert len((await reviews.queue(second.actor, QueueFilter())).items) == 1


async def test_given_the_database_gives_a_verdict_up_then_it_is_given_once_more(
    monitored: World,
    reviews: Reviews,
    proctor: Person,
    exam: SetExam,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempt = await sat(monitored, exam, E.PHONE)
    real, failed = AttemptRows.locked, list[str]()

    def locked(rows: AttemptRows, attempt_id: str) -> tables.Attempt | None:
        if len(failed) < 2:
            failed.append(attempt_id)
            raise Contended
        return real(rows, attempt_id)

    monkeypatch.setattr(AttemptRows, "locked", locked)
    await reviews.judge(proctor.actor, attempt.incidents[0], V.PASSED)

    assert (len(failed), monitored.count(tables.Review)) == (2, 1)


# --- two people ---


async def test_given_two_must_agree_then_one_violation_waits_for_another_person(
    monitored: World, reviews: Reviews, proctor: Person, second: Person, strict: SetExam
) -> None:
    attempt = await sat(monitored, strict, E.PHONE)
    (incident,) = attempt.incidents

    first = await reviews.judge(proctor.actor, incident, V.VIOLATION, "A phone.")
    again = await reviews.judge(proctor.actor, incident, V.VIOLATION, "Look, a phone.")

    for judged in (first, again):
        assert (judged.incident.verdict, judged.incident.proposed) == (V.NOT_REVIEWED, "violation")
        assert (judged.incident.reason, judged.attempt.to_review) == ("", 1)
    (queued,) = (await reviews.queue(second.actor, QueueFilter(kind="second"))).items
    assert (queued.attempt.id, queued.second_wanted) == (attempt.id, 1)

    stands = await reviews.judge(second.actor, incident, V.VIOLATION, "I agree.")

    shown = stands.incident
    assert (shown.verdict, shown.proposed, shown.reason) == (V.VIOLATION, "", "I agree.")
    assert stands.attempt.to_review == 0
    kinds = [one.kind for one in monitored.rows(tables.Review)]
    assert kinds == [ReviewKind.FIRST, ReviewKind.FIRST, ReviewKind.SECOND]


@pytest.mark.parametrize("who", ["proctor", "second"])
async def test_given_a_proposed_violation_then_any_other_verdict_stands_at_once(
    monitored: World,
    reviews: Reviews,
    proctor: Person,
    second: Person,
    strict: SetExam,
    who: str,
) -> None:
    attempt = await sat(monitored, strict, E.PHONE)
    (incident,) = attempt.incidents
    await reviews.judge(proctor.actor, incident, V.VIOLATION, "A phone.")

    by = {"proctor": proctor, "second": second}[who]
    judged = await reviews.judge(by.actor, incident, V.SUSPICIOUS)

    assert (judged.incident.verdict, judged.incident.proposed) == (V.SUSPICIOUS, "")
    assert judged.incident.reviewed_by == by.id


async def test_given_two_must_agree_then_so_they_must_on_the_attempts_own_violation(
    monitored: World, reviews: Reviews, proctor: Person, second: Person, strict: SetExam
) -> None:
    attempt = await sat(monitored, strict)

    waits = await reviews.judge_attempt(proctor.actor, attempt.id, V.VIOLATION, "Two people.")
    again = await reviews.judge_attempt(proctor.actor, attempt.id, V.VIOLATION, "Two people!")

    assert (waits.status, again.status) == (AttemptStatus.UNDER_REVIEW,) * 2
    assert waits.judged_by == ""
    sitting = await reviews.sitting(second.actor, attempt.id)
    assert sitting.proposal is not None
    assert (sitting.proposal.reviewer, sitting.proposal.reason) == ("Paul", "Two people!")
    (queued,) = (await reviews.queue(second.actor, QueueFilter(kind="second"))).items
    assert queued.second_wanted == 1

    stands = await reviews.judge_attempt(second.actor, attempt.id, V.VIOLATION, "I saw them.")

    assert (stands.status, stands.judged_by) == (AttemptStatus.VIOLATION, second.id)
    assert (await reviews.sitting(second.actor, attempt.id)).proposal is None
    assert not (await reviews.queue(second.actor, QueueFilter())).items


# --- the attempt's own verdict, and release ---


@pytest.mark.parametrize("verdict", [V.PASSED, V.SUSPICIOUS, V.VIOLATION])
async def test_given_the_attempts_verdict_then_its_review_has_ended(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam, verdict: Verdict
) -> None:
    attempt = await sat(monitored, exam, E.PHONE)
    await reviews.judge(proctor.actor, attempt.incidents[0], V.SUSPICIOUS)

    judged = await reviews.judge_attempt(proctor.actor, attempt.id, verdict, "Seen.", "device")

    assert judged.status.value == verdict.value
    assert (judged.category, judged.judged_by) == ("device", proctor.id)
    assert judged.judged_at == monitored.clock()
    assert attempt.row.review_risk is None
    events = [one.kind for one in monitored.rows(tables.AttemptEvent)]
    assert events[-2:] == ["under_review", verdict.value]
    assert _log(monitored)[-1] == "attempt.judged"


async def test_given_an_open_attempt_then_neither_verdict_nor_release(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.PHONE, is_open=True)

    for refused in (
        reviews.judge_attempt(proctor.actor, attempt.id, V.PASSED, "Fine."),
        reviews.release(proctor.actor, attempt.id),
    ):
        with pytest.raises(Conflict) as error:
            await refused
        assert error.value.code == "attempt_not_ended"


async def test_given_no_reason_then_the_attempt_gets_no_verdict(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam)

    with pytest.raises(Invalid) as refused:
        await reviews.judge_attempt(proctor.actor, attempt.id, V.PASSED, " ")

    assert (refused.value.code, attempt.row.status) == ("reason_missing", "submitted")


async def test_given_a_release_then_it_can_be_taken_back_and_both_are_on_record(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.PHONE)

    released = await reviews.release(proctor.actor, attempt.id)
    again = await reviews.release(proctor.actor, attempt.id)
    is_shown = (await reviews.sitting(proctor.actor, attempt.id)).is_released
    back = await reviews.take_back_release(proctor.actor, attempt.id)

    assert (released.released_at, again.released_at) == (monitored.clock(), monitored.clock())
    assert (is_shown, back.released_at) == (True, None)
    assert _log(monitored)[-2:] == ["attempt.released", "attempt.release_taken_back"]


# --- what is read ---


async def test_given_a_sitting_then_what_nobody_judged_comes_first_the_dearest_before(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.TAB_SWITCH, E.PHONE, E.HEAD_TURNED, E.IDENTITY_MISMATCH)
    await reviews.judge(proctor.actor, attempt.incidents[3], V.SUSPICIOUS)
    await reviews.note(proctor.actor, attempt.id, "Wore a hat.")
    await reviews.note(proctor.actor, attempt.id, "On the desk.", attempt.incidents[1])

    found = await reviews.sitting(proctor.actor, attempt.id)

    kinds = [one.incident.event_type for one in found.incidents]
    assert kinds == [E.PHONE, E.TAB_SWITCH, E.HEAD_TURNED, E.IDENTITY_MISMATCH]
    assert (found.candidate, found.title, found.reviewers_wanted) == ("Ana", "Arithmetic", 1)
    assert found.compliance.value == found.attempt.compliance == 62.5
    assert found.incidents[0].compliance_without == 82.5
    assert [one.reason for one in found.notes] == ["Wore a hat."]
    assert [one.reason for one in found.incidents[0].reviews] == ["On the desk."]
    assert found.incidents[0].reviews[0].verdict is None


async def test_given_verdicts_here_then_a_rule_is_shown_with_how_often_it_was_right(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, *[E.PHONE] * 4, E.TAB_SWITCH, E.PRINT)
    for incident_id in attempt.incidents[:3]:
        await reviews.judge(proctor.actor, incident_id, V.PASSED)
    await reviews.judge(proctor.actor, attempt.incidents[3], V.SUSPICIOUS)
    await reviews.judge(proctor.actor, attempt.incidents[4], V.PASSED)
    await sat(monitored, set_exam(monitored), E.PHONE)

    found = await reviews.sitting(proctor.actor, attempt.id)

    said = {
        one.incident.event_type: one.quality.text if one.quality else "" for one in found.incidents
    }
    assert said == {
        E.PHONE: "Its published precision is 0.97; here 3 of 4 were dismissed.",
        E.TAB_SWITCH: "Here 1 of 1 were dismissed.",
        E.PRINT: "",
    }


async def test_given_attempts_that_wait_then_the_riskiest_come_first_page_by_page(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    mild = await sat(monitored, exam, E.TAB_SWITCH)
    grave = await sat(monitored, exam, E.PHONE, E.IDENTITY_MISMATCH)
    monitored.clock.advance(60)
    free = await sat(monitored, None, E.PHONE)
    monitored.clock.advance(60)
    same = await sat(monitored, exam, E.PHONE)
    await sat(monitored, exam)

    pages, cursor = list[list[str]](), ""
    while not pages or cursor:
        page = await reviews.queue(proctor.actor, QueueFilter(), limit=1, cursor=cursor)
        pages.append([one.attempt.id for one in page.items])
        cursor = page.next

    assert pages == [[grave.id], [free.id], [same.id], [mild.id]]
    of_exam = await reviews.queue(proctor.actor, QueueFilter(exam_id=exam.id))
    assert [one.attempt.id for one in of_exam.items] == [grave.id, same.id, mild.id]
    assert [one.title for one in of_exam.items] == ["Arithmetic"] * 3


async def test_given_the_oldest_first_then_risk_counts_for_nothing(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempts = []
    for kinds in ((E.TAB_SWITCH,), (E.PHONE, E.IDENTITY_MISMATCH), (E.PHONE,)):
        attempts.append(await sat(monitored, exam, *kinds))
        monitored.clock.advance(60)
    goes_on = await sat(monitored, None, E.PHONE, is_open=True)
    assert attempts[0].row.waits_since == attempts[0].row.ended_at
    assert goes_on.row.waits_since == goes_on.row.started_at

    wanted, found, cursor = QueueFilter(sort="age"), list[str](), ""
    while len(found) < 4:
        page = await reviews.queue(proctor.actor, wanted, limit=1, cursor=cursor)
        found += [one.attempt.id for one in page.items]
        cursor = page.next
    assert (found, cursor) == ([one.id for one in [*attempts, goes_on]], "")

    by_risk = await reviews.queue(proctor.actor, QueueFilter(), limit=1)
    for asked in (QueueFilter(sort="-age"), QueueFilter(sort="")):
        with pytest.raises(Invalid) as refused:
            await reviews.queue(proctor.actor, asked)
        assert refused.value.code == "sort_unknown"
    with pytest.raises(Invalid) as refused:
        await reviews.queue(proctor.actor, wanted, limit=1, cursor=by_risk.next)
    assert refused.value.code == "cursor_invalid"


async def test_given_nothing_waits_any_more_then_no_time_is_kept_of_it(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempt = await sat(monitored, exam, E.PHONE)

    await reviews.judge(proctor.actor, attempt.incidents[0], V.PASSED)
    await reviews.judge_attempt(proctor.actor, attempt.id, V.PASSED, "Fine.")

    assert (attempt.row.review_risk, attempt.row.waits_since) == (None, None)


async def test_given_a_filter_then_the_queue_has_only_what_waits_for_that(
    monitored: World, reviews: Reviews, proctor: Person, strict: SetExam
) -> None:
    unjudged = await sat(monitored, strict, E.PHONE)
    judged = await sat(monitored, strict, E.PHONE)
    proposed = await sat(monitored, strict, E.PHONE)
    await reviews.judge(proctor.actor, judged.incidents[0], V.PASSED)
    await reviews.judge(proctor.actor, proposed.incidents[0], V.VIOLATION, "A phone.")
    appealed = await sat(monitored, strict)
    await reviews.release(proctor.actor, appealed.id)
    await monitored.services.appeals.make(appealed.who.actor, appealed.id, "Why?")

    async def ids(kind: str) -> set[str]:
        page = await reviews.queue(proctor.actor, QueueFilter(kind=kind))
        return {one.attempt.id for one in page.items}

    assert await ids(QueueKind.INCIDENTS) == {unjudged.id}
    assert await ids(QueueKind.SECOND) == {proposed.id}
    assert await ids(QueueKind.VERDICT) == {judged.id, appealed.id}
    assert await ids(QueueKind.APPEAL) == {appealed.id}
    assert await ids("all") == {unjudged.id, judged.id, proposed.id, appealed.id}
    with pytest.raises(Invalid):
        await ids("nonsense")


async def test_given_an_exam_that_others_watch_then_the_queue_leaves_it_out(
    monitored: World, reviews: Reviews, proctor: Person, second: Person, exam: SetExam
) -> None:
    assign(monitored, exam, second)
    theirs = await sat(monitored, exam, E.PHONE)
    free = await sat(monitored, None, E.PHONE)

    mine = await reviews.queue(proctor.actor, QueueFilter())
    hers = await reviews.queue(second.actor, QueueFilter())

    assert [one.attempt.id for one in mine.items] == [free.id]
    assert {one.attempt.id for one in hers.items} == {free.id, theirs.id}
    with pytest.raises(NotAllowed):
        await reviews.queue(proctor.actor, QueueFilter(exam_id=exam.id))
    with pytest.raises(NotFound):
        await reviews.queue(proctor.actor, QueueFilter(exam_id="none"))


async def test_given_an_incident_of_another_attempt_then_no_note_on_it(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    mine, other = await sat(monitored, exam, E.PHONE), await sat(monitored, exam, E.PHONE)
    note(monitored, mine.id, (E.PRINT,))

    with pytest.raises(NotFound):
        await reviews.note(proctor.actor, mine.id, "Look.", other.incidents[0])


async def test_given_the_candidate_was_erased_then_nothing_waits_and_nothing_is_written(
    monitored: World, reviews: Reviews, proctor: Person, exam: SetExam
) -> None:
    attempt, admin = await sat(monitored, exam, E.PHONE), monitored.person(Role.ADMIN)
    monitored.services.erasure.erase(admin.actor, attempt.who.id)

    with pytest.raises(Conflict) as refused:
        await reviews.judge(proctor.actor, attempt.incidents[0], V.VIOLATION, "A phone.")

    assert refused.value.code == "candidate_erased"
    assert not (await reviews.queue(proctor.actor, QueueFilter())).items
    assert monitored.count(tables.Review) == 0
