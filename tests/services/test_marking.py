"""Marking: what is left to do, one answer after another, and the sum that follows."""

from dataclasses import replace
from typing import Any

import pytest

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotFound
from proctor_app.services import marking as marking_module
from proctor_app.services.exam_views import ExamQuery
from proctor_app.services.marking import AnswerToMark, Marking
from tests.papers import (
    ESSAY,
    SINGLE,
    SetExam,
    assign,
    attempt_row,
    begun,
    publish,
    set_exam,
    with_,
)
from tests.world import Person, World


@pytest.fixture
def marking(monitored: World) -> Marking:
    return monitored.services.marking


@pytest.fixture
def proctor(monitored: World) -> Person:
    return monitored.person(Role.PROCTOR)


@pytest.fixture
def exam(monitored: World) -> SetExam:
    return set_exam(monitored)


async def _sat(world: World, exam: SetExam, name: str = "", **answers: object) -> str:
    who = world.person(name=name)
    attempt_id = await begun(world, who, exam)
    for question, value in answers.items():
        question_id = f"q-{question}"
        await world.services.sitting.save(who.actor, attempt_id, question_id, value)
    await world.services.sitting.submit(who.actor, attempt_id)
    return attempt_id


async def test_given_answers_then_the_overview_counts_those_of_ended_attempts(
    monitored: World, marking: Marking, proctor: Person, exam: SetExam
) -> None:
    await _sat(monitored, exam, single="4", essay="A.")
    await _sat(monitored, exam, single="3", essay="B.")
    await _sat(monitored, exam)
    still = monitored.person()
    running = await begun(monitored, still, exam)
    await monitored.services.sitting.save(still.actor, running, "q-essay", "C.")
    await _sat(monitored, set_exam(monitored), essay="Of another exam.")

    found = marking.overview(proctor.actor, exam.id)

    counts = {one.question.id: (one.number, one.answers, one.unmarked) for one in found.questions}
    assert counts["q-essay"] == (5, 2, 2)
    assert counts["q-single"] == (1, 2, 0)
    assert counts["q-short"] == (4, 0, 0)
    assert (found.title, found.attempts, found.unmarked) == ("Arithmetic", 3, 2)


async def test_given_answers_then_they_come_page_by_page_each_once(
    monitored: World,
    marking: Marking,
    proctor: Person,
    exam: SetExam,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(marking_module, "PAGE", 2)
    ids = [await _sat(monitored, exam, f"P{n}", essay=f"Essay {n}") for n in range(5)]
    marking.give(proctor.actor, ids[1], "q-essay", 2.0)

    found: list[AnswerToMark] = []
    after = ""
    while True:
        page = marking.answers(proctor.actor, exam.id, "q-essay", after=after)
        found += page.items
        after = page.next
        if not after:
            break
    left = marking.answers(proctor.actor, exam.id, "q-essay", only_unmarked=True)

    assert [one.attempt_id for one in found] == ids
    assert [one.value for one in found] == [f"Essay {n}" for n in range(5)]
    assert found[0].candidate == "P0"
    assert (found[1].points, found[1].marked_by, found[1].is_automatic) == (2.0, proctor.id, False)
    assert [one.attempt_id for one in left.items] == [ids[0], ids[2]]
    (automatic, *_) = marking.answers(proctor.actor, exam.id, "q-single").items or (None,)
    assert automatic is None  # nobody answered it
    with pytest.raises(Invalid):
        marking.answers(proctor.actor, exam.id, "q-essay", after="nonsense")


async def test_given_a_mark_then_the_sum_is_made_anew_and_it_is_written_down(
    monitored: World, marking: Marking, proctor: Person, exam: SetExam
) -> None:
    attempt_id = await _sat(monitored, exam, single="4", numeric="9", essay="So.")
    assert attempt_row(monitored, attempt_id).points is None

    assert marking.give(proctor.actor, attempt_id, "q-essay", 2.5, " Fine.\0 ").points == 3.0
    assert marking.give(proctor.actor, attempt_id, "q-numeric", -0.25).points == 3.25
    assert marking.give(proctor.actor, attempt_id, "q-single", 0).points == 2.25

    row = attempt_row(monitored, attempt_id)
    assert (row.points, row.marked_at) == (2.25, monitored.clock())
    essay = next(row for row in monitored.rows(tables.Answer) if row.question_id == "q-essay")
    assert (essay.comment, essay.marked_by) == ("Fine.", proctor.id)
    noted = [e for e in monitored.rows(tables.AuditEntry) if e.action == "answer.marked"]
    assert [entry.actor_id for entry in noted] == [proctor.id] * 3
    assert "Fine" not in "".join(entry.detail for entry in noted)


@pytest.mark.parametrize(
    ("question", "points"),
    [
        ("q-essay", 4.01),
        ("q-essay", -0.01),
        ("q-essay", float("nan")),
        ("q-essay", float("inf")),
        ("q-numeric", -0.51),
    ],
)
async def test_given_points_that_the_question_does_not_have_then_they_are_refused(
    monitored: World, marking: Marking, proctor: Person, exam: SetExam, question: str, points: float
) -> None:
    attempt_id = await _sat(monitored, exam, numeric="9", essay="So.")

    with pytest.raises(Invalid) as refused:
        marking.give(proctor.actor, attempt_id, question, points)
    assert refused.value.code == "points_invalid"


async def test_given_nothing_to_mark_then_it_is_said(
    monitored: World, marking: Marking, proctor: Person, exam: SetExam
) -> None:
    attempt_id = await _sat(monitored, exam, essay="So.")
    who = monitored.person()
    running = await begun(monitored, who, exam)
    await monitored.services.sitting.save(who.actor, running, "q-essay", "Not yet.")

    for attempt, question, error in (
        (attempt_id, "q-short", NotFound),
        (attempt_id, "q-nothing", NotFound),
        ("no such attempt", "q-essay", NotFound),
        (running, "q-essay", Conflict),
    ):
        with pytest.raises(error):
            marking.give(proctor.actor, attempt, question, 1.0)
    with pytest.raises(Invalid):
        marking.give(proctor.actor, attempt_id, "q-essay", 1.0, "x" * 1001)
    with pytest.raises(NotFound):
        marking.overview(proctor.actor, "no such exam")


async def test_given_another_version_then_each_answer_is_marked_by_its_own(
    monitored: World, marking: Marking, proctor: Person, exam: SetExam
) -> None:
    older = await _sat(monitored, exam, essay="Old.")
    publish(monitored, exam, with_(questions=(SINGLE, replace(ESSAY, points=8.0))))
    newer = await _sat(monitored, exam, essay="New.")

    found = marking.overview(proctor.actor, exam.id)
    numbers = {one.question.id: one.number for one in found.questions}
    assert numbers == {"q-single": 1, "q-essay": 2, "q-multiple": 0, "q-numeric": 0, "q-short": 0}
    worth = {
        one.attempt_id: one.question.points
        for one in marking.answers(proctor.actor, exam.id, "q-essay").items
    }
    assert worth == {older: 4.0, newer: 8.0}
    assert marking.give(proctor.actor, newer, "q-essay", 8.0).points == 8.0
    with pytest.raises(Invalid):
        marking.give(proctor.actor, older, "q-essay", 8.0)


_CALLS: dict[str, Any] = {
    "overview": lambda m, a, e, i: m.overview(a, e),
    "answers": lambda m, a, e, i: m.answers(a, e, "q-essay"),
    "give": lambda m, a, e, i: m.give(a, i, "q-essay", 1.0),
}


@pytest.mark.parametrize("call", _CALLS)
async def test_given_people_who_do_not_watch_the_exam_then_they_mark_nothing(
    monitored: World, marking: Marking, proctor: Person, exam: SetExam, call: str
) -> None:
    attempt_id = await _sat(monitored, exam, essay="So.")
    assign(monitored, exam, proctor)

    for who in (monitored.person(), monitored.person(Role.PROCTOR)):
        with pytest.raises(NotAllowed):
            _CALLS[call](marking, who.actor, exam.id, attempt_id)
    for who in (proctor, monitored.person(Role.ADMIN)):
        assert _CALLS[call](marking, who.actor, exam.id, attempt_id)


# --- the exams there are to mark ---


def _exams(marking: Marking, who: Person, *, left: bool) -> dict[str, tuple[int, int]]:
    page = marking.exams(who.actor, ExamQuery(), only_unmarked=left)
    assert page.total == len(page.items)
    return {one.id: (one.attempts, one.unmarked) for one in page.items}


async def test_given_exams_then_those_that_were_sat_are_told_with_what_is_left(
    monitored: World, marking: Marking, proctor: Person, exam: SetExam
) -> None:
    first = await _sat(monitored, exam, single="4", essay="A.")
    await _sat(monitored, exam, essay="B.")
    await _sat(monitored, exam)
    still = monitored.person()
    running = await begun(monitored, still, exam)
    await monitored.services.sitting.save(still.actor, running, "q-essay", "C.")
    by_itself = set_exam(monitored)
    await _sat(monitored, by_itself, single="4")
    begun_alone = set_exam(monitored)
    await begun(monitored, monitored.person(), begun_alone)
    set_exam(monitored)
    await _sat(monitored, set_exam(monitored, is_practice=True), essay="For practice.")

    assert _exams(marking, proctor, left=False) == {exam.id: (3, 2), by_itself.id: (1, 0)}
    assert _exams(marking, proctor, left=True) == {exam.id: (3, 2)}
    overview = marking.overview(proctor.actor, exam.id)
    assert (overview.attempts, overview.unmarked) == (3, 2)
    marking.give(proctor.actor, first, "q-essay", 1.0)
    assert _exams(marking, proctor, left=True) == {exam.id: (3, 1)}


async def test_given_an_exam_of_other_proctors_then_it_is_not_in_the_list(
    monitored: World, marking: Marking, proctor: Person, exam: SetExam
) -> None:
    await _sat(monitored, exam, essay="A.")
    assign(monitored, exam, monitored.person(Role.PROCTOR))

    assert _exams(marking, proctor, left=False) == {}
    assert _exams(marking, monitored.person(Role.ADMIN), left=False) == {exam.id: (1, 1)}
    with pytest.raises(NotAllowed):
        marking.exams(monitored.person().actor, ExamQuery(), only_unmarked=False)
