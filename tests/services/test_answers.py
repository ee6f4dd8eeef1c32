"""Saving answers: committed when acknowledged, nothing after the end, the same cost for ever."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event

from proctor_app.db import tables
from proctor_app.db.repositories.answers import Answers as AnswerRows
from proctor_app.domain.attempt import OPEN, AttemptStatus
from proctor_app.domain.question import MAX_ESSAY
from proctor_app.errors import Invalid, ProctorError, Throttled
from proctor_app.services.answers import MAX_SEQ, Answers, Save, Saved
from proctor_app.services.moves import Moves
from proctor_app.services.sitting import Sitting
from proctor_app.services.throttle import Limit
from proctor_app.services.versions import Versions
from tests.papers import SetExam, attempt_row, begun, set_exam
from tests.world import Person, World

HOUR_S = 3600


@pytest.fixture
def sitting(monitored: World) -> Sitting:
    return monitored.services.sitting


@pytest.fixture
def ana(monitored: World) -> Person:
    return monitored.person(name="Ana")


@pytest.fixture
def exam(monitored: World) -> SetExam:
    return set_exam(monitored)


@pytest.fixture
async def attempt_id(monitored: World, ana: Person, exam: SetExam) -> str:
    return await begun(monitored, ana, exam)


def _kept(world: World) -> dict[str, str]:
    return {row.question_id: row.value for row in world.rows(tables.Answer)}


def _answers(world: World) -> Answers:
    moves = Moves(Versions(world.database), world.clock, b"key")
    return Answers(world.database, Versions(world.database), moves, world.clock)


def _begun_quietly(world: World, who: Person, exam: SetExam) -> str:
    """As ``begun``, but nothing is monitored, so that nobody else asks the database anything."""
    sitting = world.services.sitting
    sitting._joining.join(who.actor, who.id, exam.code)
    return sitting._attempts.start(who.actor, who.id).id


async def _refused(awaitable: Any) -> str:
    with pytest.raises(ProctorError) as refused:
        await awaitable
    return refused.value.code


async def test_given_an_answer_when_saved_then_it_is_there_and_the_time_left_is_told(
    monitored: World, sitting: Sitting, ana: Person, attempt_id: str
) -> None:
    monitored.clock.advance(600)

    saved = await sitting.save(ana.actor, attempt_id, "q-single", "4", seq=7)

    assert (saved.remaining_s, saved.seq) == (HOUR_S - 600, 7)
    (row,) = monitored.rows(tables.Answer)
    assert (row.value, row.seq, row.saved_at) == ('"4"', 7, monitored.clock())
    assert (row.points, row.marked_at) == (None, None)
    assert attempt_row(monitored, attempt_id).answered == 1


@pytest.mark.parametrize(
    ("question_id", "value", "kept"),
    [
        ("q-single", "4", '"4"'),
        ("q-single", None, ""),
        ("q-multiple", ["4", "2", "4"], '["2","4"]'),
        ("q-multiple", [], ""),
        ("q-multiple", None, ""),
        ("q-numeric", 3, '"3"'),
        ("q-numeric", 2.5, '"2.5"'),
        ("q-numeric", " 3,1 ", '"3,1"'),
        ("q-short", "L\0i\x1bma", '"Lima"'),
        ("q-short", "\u20ac \U0001f600 'x", '"\u20ac \U0001f600 \'x"'),
        ("q-essay", "x" * MAX_ESSAY, '"' + "x" * MAX_ESSAY + '"'),
        ("q-essay", "", ""),
    ],
)
async def test_given_a_value_then_it_is_kept_as_its_question_has_it(
    monitored: World, sitting: Sitting, ana: Person, attempt_id: str,
    question_id: str, value: object, kept: str,
) -> None:  # fmt: skip
    await sitting.save(ana.actor, attempt_id, question_id, value)

    assert _kept(monitored) == {question_id: kept}
    assert attempt_row(monitored, attempt_id).answered == bool(kept)


@pytest.mark.parametrize(
    ("question_id", "value", "code"),
    [
        ("q-single", "6", "answer_invalid"),
        ("q-single", ["4"], "answer_invalid"),
        ("q-multiple", "2", "answer_invalid"),
        ("q-multiple", ["7"], "answer_invalid"),
        ("q-multiple", [2], "answer_invalid"),
        ("q-numeric", "three", "answer_invalid"),
        ("q-numeric", float("nan"), "answer_invalid"),
        ("q-short", "x" * 1001, "answer_invalid"),
        ("q-essay", "x" * (MAX_ESSAY + 1), "answer_invalid"),
        ("q-essay", {"a": 1}, "answer_invalid"),
        ("q-other", "x", "no_question"),
        ("q-\ud800", "x", "no_question"),
        ("q-\0", "x", "no_question"),
        ("q" * 100, "x", "no_question"),
    ],
)
async def test_given_a_value_that_is_no_answer_then_nothing_is_kept(
    monitored: World, sitting: Sitting, ana: Person, attempt_id: str,
    question_id: str, value: object, code: str,
) -> None:  # fmt: skip
    assert await _refused(sitting.save(ana.actor, attempt_id, question_id, value)) == code
    assert _kept(monitored) == {}


@pytest.mark.parametrize("seq", [-1, MAX_SEQ + 1])
async def test_given_a_seq_that_no_client_counts_to_then_it_is_refused(
    sitting: Sitting, ana: Person, attempt_id: str, seq: int
) -> None:
    assert await _refused(sitting.save(ana.actor, attempt_id, "q-single", "4", seq=seq)) == (
        "seq_invalid"
    )


async def test_given_an_older_save_that_comes_late_then_the_newer_one_stays(
    monitored: World, sitting: Sitting, ana: Person, attempt_id: str
) -> None:
    await sitting.save(ana.actor, attempt_id, "q-single", "4", seq=9)

    older = await sitting.save(ana.actor, attempt_id, "q-single", "3", seq=8)
    same = await sitting.save(ana.actor, attempt_id, "q-single", "4", seq=9)

    assert (older.seq, same.seq) == (9, 9)
    assert _kept(monitored) == {"q-single": '"4"'}
    without = await sitting.save(ana.actor, attempt_id, "q-single", "5")  # no count: what comes is
    assert without.seq == 9
    assert _kept(monitored) == {"q-single": '"5"'}


async def test_given_a_flag_that_overtakes_the_answer_before_it_then_both_are_kept(
    monitored: World, sitting: Sitting, ana: Person, attempt_id: str
) -> None:
    flag = await sitting.save(ana.actor, attempt_id, "q-single", flagged=True, seq=6)
    value = await sitting.save(ana.actor, attempt_id, "q-single", "4", seq=5)

    assert (flag.seq, value.seq) == (0, 5)
    (row,) = monitored.rows(tables.Answer)
    assert (row.value, row.is_flagged, row.seq) == ('"4"', True, 5)


async def test_given_flags_then_the_last_that_comes_stays_whatever_the_answer_counts(
    monitored: World, sitting: Sitting, ana: Person, attempt_id: str
) -> None:
    await sitting.save(ana.actor, attempt_id, "q-single", "4", seq=9)
    for seq, flagged in ((8, True), (12, False), (10, True)):
        saved = await sitting.save(ana.actor, attempt_id, "q-single", flagged=flagged, seq=seq)
        (row,) = monitored.rows(tables.Answer)
        assert (saved.seq, row.value, row.is_flagged, row.seq) == (9, '"4"', flagged, 9)

    stale = await sitting.save(ana.actor, attempt_id, "q-single", "3", flagged=False, seq=8)

    (row,) = monitored.rows(tables.Answer)
    assert (stale.seq, row.value, row.is_flagged) == (9, '"4"', True)


async def test_given_answers_that_come_and_go_then_their_count_is_right(
    monitored: World, sitting: Sitting, ana: Person, attempt_id: str
) -> None:
    for question_id, value, count in (
        ("q-single", "4", 1),
        ("q-single", "3", 1),
        ("q-short", "Lima", 2),
        ("q-single", None, 1),
        ("q-multiple", [], 1),
        ("q-single", "4", 2),
    ):
        await sitting.save(ana.actor, attempt_id, question_id, value)
        assert attempt_row(monitored, attempt_id).answered == count


async def test_given_a_flag_alone_then_the_answer_stays_as_it_is(
    monitored: World, sitting: Sitting, ana: Person, attempt_id: str
) -> None:
    await sitting.save(ana.actor, attempt_id, "q-single", "4")
    await sitting.save(ana.actor, attempt_id, "q-single", flagged=True)
    await sitting.save(ana.actor, attempt_id, "q-short", flagged=True)

    found = {row.question_id: (row.value, row.is_flagged) for row in monitored.rows(tables.Answer)}
    assert found == {"q-single": ('"4"', True), "q-short": ("", True)}
    assert attempt_row(monitored, attempt_id).answered == 1


@pytest.mark.parametrize("status", AttemptStatus)
async def test_given_any_state_then_answers_are_saved_only_while_it_runs(
    monitored: World, sitting: Sitting, ana: Person, attempt_id: str, status: AttemptStatus
) -> None:
    with monitored.database.write() as session:
        session.get_one(tables.Attempt, attempt_id).status = status.value
    if status in (AttemptStatus.RUNNING, AttemptStatus.INTERRUPTED):
        await sitting.save(ana.actor, attempt_id, "q-single", "4")
        assert attempt_row(monitored, attempt_id).status == status
        return
    expected = "attempt_paused" if status is AttemptStatus.PAUSED else "attempt_not_running"
    if status not in OPEN:
        expected = "attempt_ended"
    assert await _refused(sitting.save(ana.actor, attempt_id, "q-single", "4")) == expected
    assert _kept(monitored) == {}


# --- the end ---


async def test_given_the_time_is_up_when_saved_then_it_ends_in_the_same_call(
    monitored: World, sitting: Sitting, ana: Person, attempt_id: str
) -> None:
    await sitting.save(ana.actor, attempt_id, "q-single", "4")
    monitored.clock.advance(HOUR_S)

    code = await _refused(sitting.save(ana.actor, attempt_id, "q-single", "3"))

    assert code == "attempt_ended"
    row = attempt_row(monitored, attempt_id)
    assert (row.status, row.open_for, row.points) == ("timed_out", None, 1.0)
    assert row.receipt
    assert monitored.services.monitoring.live(attempt_id) is None
    assert _kept(monitored) == {"q-single": '"4"'}


async def test_given_answers_kept_while_offline_then_they_count_within_the_grace_and_not_after(
    monitored: World, sitting: Sitting, ana: Person, attempt_id: str
) -> None:
    monitored.clock.advance(HOUR_S + 60)
    receipts = []
    for question_id, value in (("q-single", "4"), ("q-short", "Lima")):
        late = await sitting.save(ana.actor, attempt_id, question_id, value, seq=5, kept=True)
        assert (late.remaining_s, late.seq) == (0.0, 5)
        receipts.append(attempt_row(monitored, attempt_id).receipt)

    row = attempt_row(monitored, attempt_id)
    assert (row.status, row.points, row.answered) == ("timed_out", 2.0, 2)
    assert receipts[0] != receipts[1]
    assert await sitting.is_receipt(ana.actor, attempt_id, receipts[1])
    late_save = sitting.save(ana.actor, attempt_id, "q-single", "3", seq=6)
    assert await _refused(late_save) == "attempt_ended"
    monitored.clock.advance(0.001)
    too_late = sitting.save(ana.actor, attempt_id, "q-single", "3", seq=7, kept=True)
    assert await _refused(too_late) == "attempt_ended"
    assert attempt_row(monitored, attempt_id).points == 2.0


async def test_given_it_was_handed_in_then_what_was_kept_comes_too_late(
    monitored: World, sitting: Sitting, ana: Person, attempt_id: str
) -> None:
    await sitting.submit(ana.actor, attempt_id)

    save = sitting.save(ana.actor, attempt_id, "q-single", "4", seq=5, kept=True)
    assert await _refused(save) == "attempt_ended"


# --- many at once ---


async def test_given_many_save_at_once_then_each_gets_an_answer_of_their_own(
    monitored: World, sitting: Sitting, exam: SetExam
) -> None:
    people = [monitored.person() for _ in range(4)]
    sat = [await begun(monitored, who, exam) for who in people]
    commits: list[object] = []

    def count(connection: object) -> None:
        commits.append(connection)

    event.listen(monitored.database.engine, "commit", count)

    good = [
        sitting.save(who.actor, attempt_id, "q-essay", f"{number} of {attempt_id}", seq=number)
        for number in range(1, 11)
        for who, attempt_id in zip(people, sat, strict=True)
    ]
    wrong = [
        sitting.save(people[0].actor, sat[0], "q-single", "no option"),
        sitting.save(people[0].actor, sat[1], "q-single", "4"),
        sitting.save(people[0].actor, "nothing", "q-single", "4"),
    ]
    found = await asyncio.gather(*good, *wrong, return_exceptions=True)

    codes = [one.code for one in found if isinstance(one, ProctorError)]
    assert codes == ["answer_invalid", "not_allowed", "no_attempt"]
    rows = {row.attempt_id: row for row in monitored.rows(tables.Answer)}
    for attempt_id in sat:
        assert (rows[attempt_id].value, rows[attempt_id].seq) == (f'"10 of {attempt_id}"', 10)
        assert attempt_row(monitored, attempt_id).answered == 1
    assert len(commits) < len(good) / 2  # they shared their transactions
    event.remove(monitored.database.engine, "commit", count)


def test_given_one_that_the_database_refuses_then_the_others_are_saved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [world.person() for _ in range(2)]
    exam = set_exam(world)
    ids = [_begun_quietly(world, who, exam) for who in people]
    answers = _answers(world)
    whole = answers._together

    def refuse_two(saves: list[Save]) -> Any:
        if any(save.attempt_id == ids[0] for save in saves):
            raise Invalid
        return whole(saves)

    monkeypatch.setattr(answers, "_together", refuse_two)
    outcomes = answers.save(
        [Save(who.actor, i, "q-single", "4") for who, i in zip(people, ids, strict=True)]
    )

    assert isinstance(outcomes[0].saved, Invalid)
    assert outcomes[1].saved == Saved(HOUR_S, 0)


async def test_given_far_too_many_saves_then_whoever_sends_them_is_throttled_and_nobody_else(
    sitting: Sitting, world: World, ana: Person, attempt_id: str
) -> None:
    eve = world.person()
    for _ in range(900):
        sitting._throttle.hit(Limit.ANSWER, eve.id)
    with pytest.raises(Throttled):
        await sitting.save(eve.actor, attempt_id, "q-single", "4")
    await sitting.save(ana.actor, attempt_id, "q-single", "4")


# --- the cost ---


def test_given_very_many_answers_then_a_save_finds_its_own_by_an_index(world: World) -> None:
    """What a save asks the database, explained by the database itself."""
    ana, answers = world.person(), _answers(world)
    attempt_id = _begun_quietly(world, ana, set_exam(world))
    answers.save([Save(ana.actor, attempt_id, "q-single", "4")])
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    engine = world.database.engine
    event.listen(engine, "before_cursor_execute", note)
    answers.save([Save(ana.actor, attempt_id, "q-single", "3")])
    answers.save([Save(ana.actor, attempt_id, "q-short", "Lima")])
    event.remove(engine, "before_cursor_execute", note)

    asked = [one for one in statements if one[0].split()[0] in ("SELECT", "UPDATE", "INSERT")]
    kinds = [" ".join(one[0].split()[:2]) for one in asked]
    assert [kind.split()[0] for kind in kinds] == [
        "SELECT", "SELECT", "SELECT", "UPDATE",  # attempt, its exam's browser, answer, new value
        "SELECT", "SELECT", "SELECT", "INSERT", "UPDATE",  # a new answer, and how many there are
    ] or [kind.split()[0] for kind in kinds] == [
        "SELECT", "SELECT", "SELECT", "UPDATE", "SELECT", "SELECT", "SELECT", "UPDATE", "INSERT",
    ]  # fmt: skip
    assert not any("exam_versions" in statement for statement, _ in statements)
    if not world.database.is_sqlite:
        return  # small tables are scanned there, whatever indexes they have
    with engine.connect() as connection:
        for statement, parameters in asked:
            if statement.startswith("INSERT"):
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            for line in plan:
                assert "SCAN" not in line[-1], (statement, line[-1])
                assert "TEMP B-TREE" not in line[-1], (statement, line[-1])


def test_given_a_batch_then_its_answers_are_found_by_the_index_as_well(world: World) -> None:
    if not world.database.is_sqlite:
        pytest.skip("SQLite tells its plan whatever the size of the table")
    keys = [(f"a{number}", f"q{number}") for number in range(64)]
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    engine = world.database.engine
    event.listen(engine, "before_cursor_execute", note)
    with world.database.read() as session:
        assert AnswerRows(session).those(keys) == []
    event.remove(engine, "before_cursor_execute", note)

    with engine.connect() as connection:
        for statement, parameters in statements:
            if not statement.startswith("SELECT"):
                continue
            lines = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plan = [line[-1] for line in lines]
            assert len([line for line in plan if "USING INDEX" in line]) == len(keys), plan
            assert not any("SCAN" in line for line in plan), plan
