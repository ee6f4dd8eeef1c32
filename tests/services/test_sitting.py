"""The way into an exam and through it: who may sit, how it begins, what is asked, the result."""

from typing import Any

import pytest

from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.exam import Level, SecondDevice
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotFound, ProctorError, Throttled
from proctor_app.services.broadcast import AttemptNews, DeskNews, MessageNews
from proctor_app.services.joining import OUTCOMES, SittableState
from proctor_app.services.messages import unseen
from proctor_app.services.sitting import Sitting
from tests.papers import (
    CLOSED,
    CONTENT,
    RIGHT,
    SetExam,
    assign,
    at,
    attempt_row,
    begun,
    change,
    publish,
    put_on_roster,
    set_exam,
    with_,
)
from tests.world import Person, World


@pytest.fixture
def sitting(monitored: World) -> Sitting:
    return monitored.services.sitting


@pytest.fixture
def ana(monitored: World) -> Person:
    return monitored.person(name="Ana")


@pytest.fixture
def exam(monitored: World) -> SetExam:
    return set_exam(monitored)


def _history(world: World, attempt_id: str) -> list[tuple[str, str]]:
    with world.database.read() as session:
        return [(e.kind, e.detail) for e in AttemptRows(session).events(attempt_id)]


async def _refused(awaitable: Any) -> str:
    with pytest.raises(ProctorError) as refused:
        await awaitable
    return refused.value.code


# --- join ---


async def test_given_a_code_when_joined_then_the_attempt_keeps_the_published_version(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    joined = await sitting.join(ana.actor, f"  {exam.code.lower()} ")

    assert (joined.status, joined.number) == (AttemptStatus.CREATED, 1)
    assert (joined.exam_id, joined.version_id) == (exam.id, exam.version_id)
    assert (joined.duration_minutes, joined.max_points) == (60, CONTENT.max_points)
    assert joined.started_at is None
    assert attempt_row(monitored, joined.id).consented_at is None


@pytest.mark.parametrize("code", ["", "NOPE", "\ud800", "\0", "x" * 300, "É", "E'--"])
async def test_given_a_code_nobody_made_then_there_is_no_exam(
    sitting: Sitting, ana: Person, exam: SetExam, code: str
) -> None:
    assert await _refused(sitting.join(ana.actor, code)) == "no_exam"


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"status": "draft"}, "no_exam"),
        ({"version_id": None}, "no_exam"),
        ({"status": "closed"}, "exam_closed"),
        ({"access": "roster"}, "not_on_roster"),
    ],
)
async def test_given_an_exam_that_is_not_for_them_then_nobody_joins(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam, terms: Any, code: str
) -> None:
    change(monitored, exam, **terms)

    assert await _refused(sitting.join(ana.actor, exam.code)) == code
    assert monitored.rows(tables.Attempt) == []


async def test_given_the_closing_time_then_nobody_joins_from_then_on(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    change(monitored, exam, closes_at=at(monitored, seconds=10))
    assert (await sitting.join(ana.actor, exam.code)).exam_id == exam.id

    monitored.clock.advance(10)

    ben = monitored.person()
    assert await _refused(sitting.join(ben.actor, exam.code)) == "exam_closed"


async def test_given_a_roster_entry_then_its_extra_time_is_theirs(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    change(monitored, exam, access="roster", closes_at=at(monitored, minutes=30))
    put_on_roster(monitored, exam, ana, extra_minutes=15)

    attempt_id = await begun(monitored, ana, exam)

    row = attempt_row(monitored, attempt_id)
    assert row.duration_minutes == 75
    assert row.ends_by == at(monitored, minutes=45)  # the closing time and the extra minutes


async def test_given_an_open_attempt_of_the_exam_when_joined_again_then_it_is_the_same(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    attempt_id = await begun(monitored, ana, exam)

    assert (await sitting.join(ana.actor, exam.code)).id == attempt_id
    assert monitored.count(tables.Attempt) == 1


async def test_given_another_attempt_that_did_not_begin_then_it_gives_way(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    first = await sitting.join(ana.actor, exam.code)
    other = set_exam(monitored)

    second = await sitting.join(ana.actor, other.code)

    assert second.exam_id == other.id
    cancelled = attempt_row(monitored, first.id)
    assert (cancelled.status, cancelled.open_for) == ("cancelled", None)
    assert cancelled.receipt == ""
    again = await sitting.join(ana.actor, exam.code)  # a cancelled one uses none up
    assert (again.number, again.id != first.id) == (2, True)


async def test_given_another_attempt_is_running_then_nothing_is_joined_until_it_ends(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    other = set_exam(monitored)
    attempt_id = await begun(monitored, ana, other)
    assert await _refused(sitting.join(ana.actor, exam.code)) == "other_attempt_running"

    await sitting.submit(ana.actor, attempt_id)

    assert (await sitting.join(ana.actor, exam.code)).exam_id == exam.id


async def test_given_another_attempt_is_overdue_then_it_ends_and_the_new_one_is_joined(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    old = monitored.services.sessions._attempts.start(ana.actor, ana.id)
    monitored.clock.advance(old.duration_minutes * 60)

    assert (await sitting.join(ana.actor, exam.code)).exam_id == exam.id
    assert attempt_row(monitored, old.id).status == "timed_out"


@pytest.mark.parametrize(("allowed", "sat"), [(1, 1), (2, 2)])
async def test_given_every_attempt_is_used_then_there_is_no_further_one(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam, allowed: int, sat: int
) -> None:
    change(monitored, exam, attempts_allowed=allowed)
    for _ in range(sat):
        await sitting.submit(ana.actor, await begun(monitored, ana, exam))

    assert await _refused(sitting.join(ana.actor, exam.code)) == "no_attempts_left"


@pytest.mark.parametrize("terms", [{"attempts_allowed": 0}, {"is_practice": True}])
async def test_given_no_limit_then_it_can_be_sat_again_and_again(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam, terms: Any
) -> None:
    change(monitored, exam, **terms)
    for number in (1, 2, 3):
        attempt_id = await begun(monitored, ana, exam)
        assert attempt_row(monitored, attempt_id).number == number
        await sitting.submit(ana.actor, attempt_id)


async def test_given_an_attempt_that_did_not_begin_when_stopped_then_it_is_given_up(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    joined = await sitting.join(ana.actor, exam.code)

    ended = await monitored.services.sessions.stop(ana.actor, ana.id)

    assert (ended.id, ended.status) == (joined.id, AttemptStatus.CANCELLED)
    assert (ended.receipt, (await sitting.mine(ana.actor)).open) == ("", None)
    again = await sitting.join(ana.actor, exam.code)
    assert again.id != joined.id


async def test_given_another_exams_proctor_then_they_bring_nobody_into_it(
    monitored: World, ana: Person, exam: SetExam
) -> None:
    theirs, other = monitored.person(Role.PROCTOR), monitored.person(Role.PROCTOR)
    assign(monitored, exam, theirs)
    sessions = monitored.services.sessions

    assert await _refused(sessions.start(other.actor, ana.id, exam.code)) == "not_your_exam"
    assert monitored.rows(tables.Attempt) == []
    started = await sessions.start(theirs.actor, ana.id, exam.code)
    assert (started.attempt.user_id, started.attempt.exam_id) == (ana.id, exam.id)


async def test_given_very_many_codes_are_tried_then_it_is_throttled(
    sitting: Sitting, ana: Person
) -> None:
    for _ in range(40):
        assert await _refused(sitting.join(ana.actor, "GUESS")) == "no_exam"
    with pytest.raises(Throttled):
        await sitting.join(ana.actor, "GUESS")


# --- accept, identity, begin ---


@pytest.mark.parametrize(
    ("level", "check", "status"),
    [
        (Level.CAMERA, True, AttemptStatus.IDENTITY_PENDING),
        (Level.CAMERA, False, AttemptStatus.READY),
        (Level.BROWSER, True, AttemptStatus.READY),
        (Level.NONE, True, AttemptStatus.READY),
    ],
)
async def test_given_the_notice_is_accepted_then_it_is_recorded_once_and_the_next_step_waits(
    monitored: World, sitting: Sitting, ana: Person, level: Level, check: bool, status: Any
) -> None:
    exam = set_exam(monitored, with_(level=level, identity_check=check))
    joined = await sitting.join(ana.actor, exam.code)

    for _ in range(2):
        assert (await sitting.accept(ana.actor, joined.id)).status is status

    row = attempt_row(monitored, joined.id)
    assert row.consented_at == monitored.clock()
    actions = [entry.action for entry in monitored.rows(tables.AuditEntry)]
    assert actions.count("consent.recorded") == 1


@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_given_any_outcome_of_the_look_then_it_is_written_down_and_never_blocks(
    monitored: World, sitting: Sitting, ana: Person, outcome: str
) -> None:
    exam = set_exam(monitored, with_(identity_check=True))
    joined = await sitting.join(ana.actor, exam.code)
    refused = await _refused(sitting.confirm_identity(ana.actor, joined.id, outcome))
    assert refused == "notice_not_accepted"
    await sitting.accept(ana.actor, joined.id)

    ready = await sitting.confirm_identity(ana.actor, joined.id, outcome)

    assert ready.status is AttemptStatus.READY
    assert ("identity_checked", outcome) in _history(monitored, joined.id)
    with pytest.raises(Invalid):
        await sitting.confirm_identity(ana.actor, joined.id, "handsome")


async def test_given_a_ready_attempt_when_begun_then_its_clock_runs_and_it_is_monitored(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    joined = await sitting.join(ana.actor, exam.code)
    with pytest.raises(Conflict):
        await sitting.begin(ana.actor, joined.id)
    await sitting.accept(ana.actor, joined.id)

    started = await sitting.begin(ana.actor, joined.id)

    assert (started.status, started.started_at) == (AttemptStatus.RUNNING, monitored.clock())
    assert started.remaining_s(monitored.clock()) == 3600
    assert monitored.services.monitoring.live(joined.id) is not None
    assert await _refused(sitting.begin(ana.actor, joined.id)) == "illegal_state"


async def test_given_the_window_is_not_open_then_it_stays_ready_and_says_when(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    change(monitored, exam, opens_at=at(monitored, seconds=90))
    joined = await sitting.join(ana.actor, exam.code)
    await sitting.accept(ana.actor, joined.id)

    with pytest.raises(Conflict) as refused:
        await sitting.begin(ana.actor, joined.id)
    assert refused.value.code == "exam_not_open"
    assert "2026-03-02T09:01:30.000Z" in refused.value.detail
    assert attempt_row(monitored, joined.id).status == "ready"

    monitored.clock.advance(90)
    assert (await sitting.begin(ana.actor, joined.id)).status is AttemptStatus.RUNNING


async def test_given_the_exam_closes_before_the_beginning_then_it_does_not_begin(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    change(monitored, exam, closes_at=at(monitored, seconds=90))
    joined = await sitting.join(ana.actor, exam.code)
    await sitting.accept(ana.actor, joined.id)
    monitored.clock.advance(90)

    assert await _refused(sitting.begin(ana.actor, joined.id)) == "exam_closed"


# --- what is mine ---


async def test_given_exams_then_each_says_whether_it_can_be_sat(
    monitored: World, sitting: Sitting, ana: Person
) -> None:
    terms: dict[SittableState, dict[str, Any]] = {
        SittableState.OPEN: {},
        SittableState.UPCOMING: {"opens_at": at(monitored, hours=1)},
        SittableState.CLOSED: {"closes_at": monitored.clock()},
        SittableState.USED_UP: {},
    }
    exams = {state: set_exam(monitored, **wanted) for state, wanted in terms.items()}
    for exam in exams.values():
        put_on_roster(monitored, exam, ana, extra_minutes=5)
    set_exam(monitored)  # of others
    used_up = exams[SittableState.USED_UP]
    await sitting.submit(ana.actor, await begun(monitored, ana, used_up))
    running = await begun(monitored, ana, exams[SittableState.OPEN])

    mine = await sitting.mine(ana.actor)

    assert {one.exam_id: one.state for one in mine.exams} == {
        exam.id: state for state, exam in exams.items()
    }
    assert mine.open is not None
    assert mine.open.id == running
    found = next(one for one in mine.exams if one.exam_id == used_up.id)
    assert (found.attempts_used, found.attempts_allowed, found.duration_minutes) == (1, 1, 65)
    assert found.last is not None
    assert found.last.status is AttemptStatus.SUBMITTED
    nobody = await sitting.mine(monitored.person().actor)
    assert (nobody.open, nobody.exams) == (None, ())


# --- the paper ---


async def test_given_the_paper_then_questions_come_with_the_beginning_and_never_with_the_answers(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    joined = await sitting.join(ana.actor, exam.code)
    before = await sitting.paper(ana.actor, joined.id)
    assert (before.title, before.questions, before.remaining_s) == ("Arithmetic", (), None)
    await sitting.accept(ana.actor, joined.id)
    await sitting.begin(ana.actor, joined.id)
    await sitting.save(ana.actor, joined.id, "q-multiple", ["4", "2"], seq=3, flagged=True)

    paper = await sitting.paper(ana.actor, joined.id)

    assert [one.id for one in paper.questions] == [one.id for one in CONTENT.questions]
    assert not {"correct", "number_value", "explanation"} & set(
        paper.questions[0].__dataclass_fields__
    )
    (answer,) = paper.answers
    assert (answer.value, answer.is_flagged, answer.seq) == (("2", "4"), True, 3)
    assert (paper.last_seq, paper.last_signal_seq, paper.remaining_s) == (3, 0, 3600)


async def test_given_shuffling_then_each_attempt_has_its_own_order_and_keeps_it(
    monitored: World, sitting: Sitting
) -> None:
    exam = set_exam(monitored, with_(shuffle_questions=True, shuffle_options=True))
    orders = set()
    for _ in range(5):
        who = monitored.person()
        attempt_id = await begun(monitored, who, exam)
        papers = [await sitting.paper(who.actor, attempt_id) for _ in range(2)]
        assert papers[0].questions == papers[1].questions
        orders.add(tuple(one.id for one in papers[0].questions))
    assert len(orders) > 1


async def test_given_a_pause_then_the_questions_are_hidden_until_it_goes_on(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    attempt_id = await begun(monitored, ana, exam)
    proctor = monitored.person(Role.PROCTOR)
    await monitored.services.sessions.pause(proctor.actor, ana.id, "A fire alarm.")
    assert (await sitting.paper(ana.actor, attempt_id)).questions == ()

    await monitored.services.sessions.resume(proctor.actor, ana.id)

    assert (await sitting.paper(ana.actor, attempt_id)).questions


async def test_given_the_time_is_up_when_the_paper_is_asked_for_then_the_attempt_ends(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    attempt_id = await begun(monitored, ana, exam)
    monitored.clock.advance(3600)

    paper = await sitting.paper(ana.actor, attempt_id)

    assert (paper.attempt.status, paper.remaining_s) == (AttemptStatus.TIMED_OUT, None)


async def test_given_a_new_version_then_an_attempt_keeps_the_one_it_began_with(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    attempt_id = await begun(monitored, ana, exam)
    publish(monitored, exam, with_(title="Algebra", questions=CLOSED[:1]))

    assert (await sitting.paper(ana.actor, attempt_id)).title == "Arithmetic"
    assert len((await sitting.paper(ana.actor, attempt_id)).questions) == 5
    ben = monitored.person()
    theirs = await begun(monitored, ben, exam)
    assert (await sitting.paper(ben.actor, theirs)).title == "Algebra"


# --- hand in, receipt, result ---


async def test_given_an_attempt_when_handed_in_then_it_is_marked_and_has_a_receipt(
    monitored: World, sitting: Sitting, ana: Person
) -> None:
    exam = set_exam(monitored, with_(questions=CLOSED))
    attempt_id = await begun(monitored, ana, exam)
    for question_id, value in RIGHT.items():
        await sitting.save(ana.actor, attempt_id, question_id, value)
    monitored.clock.advance(60)

    ended = await sitting.submit(ana.actor, attempt_id)

    assert (ended.status, ended.points, ended.max_points) == (AttemptStatus.SUBMITTED, 6.0, 6.0)
    assert (ended.ended_at, ended.marked_at) == (monitored.clock(), monitored.clock())
    assert len(ended.receipt) == 19
    assert await sitting.submit(ana.actor, attempt_id) == ended
    assert await sitting.is_receipt(ana.actor, attempt_id, ended.receipt.lower())
    assert not await sitting.is_receipt(ana.actor, attempt_id, "AAAA-AAAA-AAAA-AAAA")
    first = monitored.rows(tables.Answer)[0]
    with monitored.database.write() as session:
        session.get_one(tables.Answer, first.id).value = '"3"'
    assert not await sitting.is_receipt(ana.actor, attempt_id, ended.receipt)


async def test_given_an_essay_then_there_is_no_score_before_a_person_marked_it(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    attempt_id = await begun(monitored, ana, exam)
    await sitting.save(ana.actor, attempt_id, "q-essay", "Because of everything.")
    await sitting.save(ana.actor, attempt_id, "q-numeric", "7")

    ended = await sitting.submit(ana.actor, attempt_id)

    assert (ended.points, ended.marked_at, ended.max_points) == (None, None, 10.0)
    marked = monitored.services.marking.give(
        monitored.person(Role.PROCTOR).actor, attempt_id, "q-essay", 3.0, "Good."
    )
    assert marked.points == 2.5  # half a point less for the wrong number


@pytest.mark.parametrize("results", ["by_hand", "when_marked", "when_closed"])
async def test_given_the_terms_then_the_candidate_sees_the_result_when_they_say(
    monitored: World, sitting: Sitting, ana: Person, results: str
) -> None:
    exam = set_exam(monitored, results=results, closes_at=at(monitored, hours=2))
    attempt_id = await begun(monitored, ana, exam)
    await sitting.save(ana.actor, attempt_id, "q-single", "3")
    await sitting.save(ana.actor, attempt_id, "q-essay", "So.")
    assert await _refused(sitting.result(ana.actor, attempt_id)) == "attempt_not_ended"
    ended = await sitting.submit(ana.actor, attempt_id)
    proctor = monitored.person(Role.PROCTOR)

    hidden = await sitting.result(ana.actor, attempt_id)
    assert (hidden.is_released, hidden.score, hidden.questions) == (False, None, ())
    assert hidden.receipt == ended.receipt
    assert (await sitting.result(proctor.actor, attempt_id)).is_released
    listed = monitored.services.incident_list.of
    assert await _refused(listed(ana.actor, attempt_id)) == "not_released"
    monitored.services.marking.give(proctor.actor, attempt_id, "q-essay", 4.0, "Well put.")
    assert (await sitting.result(ana.actor, attempt_id)).is_released is (results == "when_marked")
    match results:
        case "by_hand":
            change(monitored, exam, results_at=monitored.clock())
        case "when_closed":
            monitored.clock.advance(7200)

    shown = await sitting.result(ana.actor, attempt_id)

    assert (shown.is_released, shown.score, shown.max_points) == (True, 4.0, 10.0)
    single, _, numeric, _, essay = shown.questions
    assert (single.value, single.correct, single.points) == ("3", ("4",), 0.0)
    assert (numeric.value, numeric.correct, numeric.points) == ("", ("3.14",), 0.0)
    assert (essay.points, essay.comment, essay.explanation) == (4.0, "Well put.", "Because.")
    assert (await listed(ana.actor, attempt_id)).items == ()


async def test_given_somebody_with_extra_time_when_the_exam_closes_then_results_wait_for_them(
    monitored: World, sitting: Sitting, ana: Person
) -> None:
    exam = set_exam(monitored, results="when_closed", closes_at=at(monitored, minutes=30))
    ben = monitored.person()
    put_on_roster(monitored, exam, ben, extra_minutes=20)
    mine, theirs = await begun(monitored, ana, exam), await begun(monitored, ben, exam)
    await sitting.submit(ana.actor, mine)

    monitored.clock.advance(31 * 60)
    waits = await sitting.result(ana.actor, mine)
    await sitting.submit(ben.actor, theirs)

    assert not waits.is_released
    assert (await sitting.result(ana.actor, mine)).is_released


async def test_given_a_free_session_then_it_has_no_result_and_no_questions(
    monitored: World, sitting: Sitting, ana: Person
) -> None:
    started = await monitored.services.sessions.start(ana.actor, ana.id)
    assert (await sitting.paper(ana.actor, started.attempt.id)).questions == ()
    assert await _refused(sitting.save(ana.actor, started.attempt.id, "q", "x")) == "no_questions"
    await monitored.services.sessions.stop(ana.actor, ana.id)

    result = await sitting.result(ana.actor, started.attempt.id)

    assert (result.exam_id, result.is_released, result.questions) == (None, False, ())


# --- tabs ---


async def test_given_a_second_tab_then_it_takes_over_and_the_first_one_saves_no_more(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    attempt_id = await begun(monitored, ana, exam)
    assert (await sitting.hold(ana.actor, attempt_id, "one", other_is_open=False)).granted
    with monitored.services.broadcast.subscribe(attempt_id) as subscription:
        taken = await sitting.hold(ana.actor, attempt_id, "two", other_is_open=True)
        assert AttemptNews(attempt_id, "running") in await subscription.wait(1)

    assert (taken.granted, taken.attempt.holder) == (True, "two")
    assert ("tab_replaced", "") in _history(monitored, attempt_id)
    save = sitting.save(ana.actor, attempt_id, "q-single", "4", holder="one")
    assert await _refused(save) == "sat_elsewhere"
    assert await _refused(sitting.submit(ana.actor, attempt_id, "one")) == "sat_elsewhere"
    assert (await sitting.save(ana.actor, attempt_id, "q-single", "4", holder="two")).seq == 0
    assert (await sitting.submit(ana.actor, attempt_id, "two")).status is AttemptStatus.SUBMITTED


@pytest.mark.parametrize(("is_open", "granted"), [(True, False), (False, True)])
async def test_given_the_exam_refuses_a_second_device_then_only_a_lost_tab_is_replaced(
    monitored: World, sitting: Sitting, ana: Person, is_open: bool, granted: bool
) -> None:
    exam = set_exam(monitored, with_(second_device=SecondDevice.REFUSE))
    attempt_id = await begun(monitored, ana, exam)
    await sitting.hold(ana.actor, attempt_id, "one", other_is_open=False)

    held = await sitting.hold(ana.actor, attempt_id, "two", other_is_open=is_open)

    assert (held.granted, held.attempt.holder) == (granted, "two" if granted else "one")


async def test_given_a_second_tab_beside_an_open_one_then_the_proctors_hear_of_it(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    attempt_id = await begun(monitored, ana, exam)
    await sitting.hold(ana.actor, attempt_id, "one", other_is_open=False)
    await sitting.hold(ana.actor, attempt_id, "one", other_is_open=True)  # it is the same
    await sitting.hold(ana.actor, attempt_id, "two", other_is_open=False)  # after a crash
    assert monitored.rows(tables.Incident) == []

    await sitting.hold(ana.actor, attempt_id, "three", other_is_open=True)

    assert [row.event_type for row in monitored.rows(tables.Incident)] == ["second_device"]


@pytest.mark.parametrize("holder", ["", "x" * 65])
async def test_given_a_tab_without_a_usable_name_then_it_is_refused(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam, holder: str
) -> None:
    attempt_id = await begun(monitored, ana, exam)
    hold = sitting.hold(ana.actor, attempt_id, holder, other_is_open=False)
    assert await _refused(hold) == "holder_invalid"


# --- messages ---


async def test_given_messages_then_both_read_them_and_the_page_is_told_of_the_proctors(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    attempt_id = await begun(monitored, ana, exam)
    proctor = monitored.person(Role.PROCTOR)
    with monitored.services.broadcast.subscribe(attempt_id) as subscription:
        sent = await sitting.send_message(proctor.actor, attempt_id, " Please sit\0 upright. ")
        news = await subscription.wait(1)

    assert news == [MessageNews(attempt_id, "message", "Please sit upright.", monitored.clock())]
    assert sent.author == "proctor"
    await sitting.send_message(ana.actor, attempt_id, "I do.")
    for who in (ana, proctor):
        found = await sitting.messages(who.actor, attempt_id)
        assert [(one.author, one.text) for one in found] == [
            ("proctor", "Please sit upright."),
            ("candidate", "I do."),
        ]
    for text in ("", " \n", "x" * 1001):
        with pytest.raises(Invalid):
            await sitting.send_message(proctor.actor, attempt_id, text)
    await sitting.submit(ana.actor, attempt_id)
    assert await _refused(sitting.send_message(proctor.actor, attempt_id, "?")) == "attempt_ended"


async def test_given_a_proctor_warns_then_it_is_kept_as_a_warning_and_told_as_one(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    attempt_id = await begun(monitored, ana, exam)
    proctor = monitored.person(Role.PROCTOR)
    with monitored.services.broadcast.subscribe(attempt_id) as subscription:
        sent = await sitting.send_message(proctor.actor, attempt_id, "Eyes here.", warn=True)
        news = await subscription.wait(1)

    assert news == [MessageNews(attempt_id, "warning", "Eyes here.", monitored.clock())]
    assert (sent.author, sent.kind) == ("proctor", "warning")
    assert await sitting.messages(ana.actor, attempt_id) == (sent,)
    logged = [row.action for row in monitored.rows(tables.AuditEntry)]
    assert logged[-1:] == ["warning.sent"]
    with pytest.raises(NotAllowed):
        await sitting.send_message(ana.actor, attempt_id, "Myself.", warn=True)
    assert monitored.count(tables.Message) == 1


async def test_given_a_candidate_wrote_then_the_desk_is_told_until_somebody_has_seen_it(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam
) -> None:
    attempt_id = await begun(monitored, ana, exam)
    proctor = monitored.person(Role.PROCTOR)

    def waiting() -> dict[str, int]:
        with monitored.database.read() as session:
            return unseen(session, [attempt_id, "another"])

    with monitored.services.broadcast.subscribe(attempt_id) as subscription:
        await sitting.send_message(ana.actor, attempt_id, "My screen is dark.")
        await sitting.send_message(ana.actor, attempt_id, "Now it is not.")
        assert await subscription.wait(1) == [DeskNews(attempt_id)] * 2
        assert waiting() == {attempt_id: 2}
        await sitting.messages(proctor.actor, attempt_id)  # to read them alone says nothing
        assert waiting() == {attempt_id: 2}

        assert await sitting.messages_seen(proctor.actor, attempt_id) == 2
        assert await subscription.wait(1) == [DeskNews(attempt_id)]
        assert await sitting.messages_seen(proctor.actor, attempt_id) == 0
        assert await subscription.wait(0.001) == []
    assert waiting() == {}
    with pytest.raises(NotAllowed):
        await sitting.messages_seen(ana.actor, attempt_id)


async def test_given_a_proctor_sits_themselves_then_their_own_words_wait_for_somebody_else(
    monitored: World, sitting: Sitting, exam: SetExam
) -> None:
    eve = monitored.person(Role.PROCTOR)
    attempt_id = await begun(monitored, eve, exam)
    await sitting.send_message(eve.actor, attempt_id, "Hello?")

    assert await _refused(sitting.messages_seen(eve.actor, attempt_id)) == "own_attempt"
    assert await sitting.messages_seen(monitored.person(Role.ADMIN).actor, attempt_id) == 1


# --- whose it is ---

_CALLS: dict[str, Any] = {
    "accept": lambda s, a, i: s.accept(a, i),
    "identity": lambda s, a, i: s.confirm_identity(a, i, "matched"),
    "begin": lambda s, a, i: s.begin(a, i),
    "paper": lambda s, a, i: s.paper(a, i),
    "save": lambda s, a, i: s.save(a, i, "q-single", "4"),
    "submit": lambda s, a, i: s.submit(a, i),
    "hold": lambda s, a, i: s.hold(a, i, "tab", other_is_open=False),
    "result": lambda s, a, i: s.result(a, i),
    "receipt": lambda s, a, i: s.is_receipt(a, i, "x"),
    "messages": lambda s, a, i: s.messages(a, i),
    "message": lambda s, a, i: s.send_message(a, i, "Hello."),
    "warn": lambda s, a, i: s.send_message(a, i, "Hello.", warn=True),
    "seen": lambda s, a, i: s.messages_seen(a, i),
}
_THE_CANDIDATES = {"accept", "identity", "begin", "save", "submit", "hold"}


@pytest.mark.parametrize("call", _CALLS)
async def test_given_anothers_attempt_then_nothing_can_be_done_with_it(
    monitored: World, sitting: Sitting, ana: Person, exam: SetExam, call: str
) -> None:
    attempt_id = await begun(monitored, ana, exam)
    theirs, other = monitored.person(Role.PROCTOR), monitored.person(Role.PROCTOR)
    assign(monitored, exam, theirs)
    refused = [monitored.person(), other]
    if call in _THE_CANDIDATES:
        refused += [theirs, monitored.person(Role.ADMIN)]
    for who in refused:
        with pytest.raises(NotAllowed):
            await _CALLS[call](sitting, who.actor, attempt_id)
    with pytest.raises(NotFound):
        await _CALLS[call](sitting, ana.actor, "no such attempt")
    assert attempt_row(monitored, attempt_id).status == "running"
