"""The pages for marking: who may, what they see of whom, and what a mark does."""

from typing import Any

import pytest

from proctor_app.db.tables import Answer
from proctor_app.domain.access import Role
from proctor_app.domain.exam import Level
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotFound
from proctor_app.services import marking as service
from proctor_app.state import marking_list
from proctor_app.state.marking import MarkingState
from proctor_app.state.marking_list import MarkingListState
from tests.papers import CONTENT, SetExam, assign, begun, set_exam, with_
from tests.state.tabs import call, open_page
from tests.world import Person, World


@pytest.fixture
def proctor(world: World) -> Person:
    return world.person(Role.PROCTOR, "Pia")


@pytest.fixture
def exam(world: World) -> SetExam:
    return set_exam(world, with_(CONTENT, level=Level.NONE))


async def sat(world: World, exam: SetExam, name: str, **answers: object) -> str:
    who = world.person(name=name)
    attempt_id = await begun(world, who, exam)
    for question, value in answers.items():
        await world.services.sitting.save(who.actor, attempt_id, f"q-{question}", value)
    await world.services.sitting.submit(who.actor, attempt_id)
    return attempt_id


async def opened(person: Person, exam: SetExam) -> MarkingState:
    page = open_page(MarkingState, person.token, f"/admin/exams/{exam.id}/marking/")
    await call(page, "load")
    return page


def mark_of(world: World, attempt_id: str, question_id: str) -> tuple[float | None, str, str]:
    (row,) = [
        one
        for one in world.rows(Answer)
        if (one.attempt_id, one.question_id) == (attempt_id, question_id)
    ]
    return row.points, row.comment, row.marked_by


async def test_given_essays_then_they_are_shown_first_and_without_names(
    world: World, proctor: Person, exam: SetExam
) -> None:
    await sat(world, exam, "Ana", single="4", essay="Because.\n  <b>So</b>")
    await sat(world, exam, "Ben", essay="No idea")
    page = await opened(proctor, exam)

    assert (page.viewer, page.is_admin, page.title) == ("Pia", False, "Arithmetic")
    assert page.question.id == "q-essay"
    assert (page.attempts, page.unmarked, page.progress) == (2, 2, "1 of 3 answers marked")
    assert [answer.lines for answer in page.answers] == [["Because.\n  <b>So</b>"], ["No idea"]]
    assert [(one.number, one.candidate) for one in page.answers] == [(1, ""), (2, "")]
    assert "Ana" not in str(page.get_delta()), "a name that is not asked for does not leave"

    await call(page, "set_named", True)
    assert [one.candidate for one in page.answers] == ["Ana", "Ben"]
    await call(page, "set_named", False)
    assert [one.candidate for one in page.answers] == ["", ""]


async def test_given_a_mark_then_it_is_kept_and_the_answer_stays_in_sight(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt_id = await sat(world, exam, "Ana", essay="Because.")
    page = await opened(proctor, exam)
    await call(page, "give", attempt_id, "3,5", "Nearly")

    assert mark_of(world, attempt_id, "q-essay") == (3.5, "Nearly", proctor.id)
    (answer,) = page.answers
    assert (answer.points, answer.comment, answer.problem) == ("3.5", "Nearly", "")
    assert answer.saved == "Kept, marked by you."
    assert (page.unmarked, page.progress) == (0, "1 of 1 answers marked")
    await call(page, "filter_unmarked", True)
    assert page.answers == []


@pytest.mark.parametrize("points", ["", "full", "5", "-1", "1e400", "9" * 100])
async def test_given_points_that_cant_be_given_then_it_is_said_beside_the_answer(
    world: World, proctor: Person, exam: SetExam, points: str
) -> None:
    attempt_id = await sat(world, exam, "Ana", essay="Because.")
    page = await opened(proctor, exam)
    await call(page, "give", attempt_id, points, "")
    assert page.answers[0].problem
    assert mark_of(world, attempt_id, "q-essay") == (None, "", "")
    await call(page, "give", attempt_id, "1", "")
    assert page.answers[0].problem == ""


async def test_given_a_comment_that_is_too_long_then_nothing_is_kept(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt_id = await sat(world, exam, "Ana", essay="Because.")
    page = await opened(proctor, exam)
    await call(page, "give", attempt_id, "1", "x" * 5000)
    assert page.answers[0].problem
    assert mark_of(world, attempt_id, "q-essay")[0] is None


async def test_given_a_mark_made_by_itself_then_a_person_can_change_it(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt_id = await sat(world, exam, "Ana", multiple=["2"], numeric="3.2")
    page = await opened(proctor, exam)
    assert (page.only_unmarked, page.question.id) == (False, "q-single")
    await call(page, "choose", "q-multiple")
    (answer,) = page.answers
    assert (answer.lines, answer.saved) == (["2"], "Marked by itself; you can change it.")
    assert page.question.right == ["2", "4"]
    await call(page, "give", attempt_id, "2", "")
    assert mark_of(world, attempt_id, "q-multiple") == (2.0, "", proctor.id)
    await call(page, "choose", "q-numeric")
    assert page.question.right == ["3.14 ± 0.01"]


async def test_given_many_answers_then_they_come_in_pages(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAGE", 2)
    for name in ("Ana", "Ben", "Cat"):
        await sat(world, exam, name, essay=name)
    page = await opened(proctor, exam)
    assert ([one.lines for one in page.answers], page.has_next) == ([["Ana"], ["Ben"]], True)
    await call(page, "next_page")
    assert [(one.number, one.lines) for one in page.answers] == [(3, ["Cat"])]
    assert (page.has_next, page.is_first) == (False, False)
    await call(page, "first_page")
    assert (len(page.answers), page.is_first) == (2, True)


async def test_given_an_exam_nobody_has_sat_then_the_page_says_so(
    proctor: Person, exam: SetExam
) -> None:
    page = await opened(proctor, exam)
    assert (page.loaded, page.attempts, page.answers) == (True, 0, [])


async def test_given_a_question_that_is_none_then_nothing_is_shown(
    world: World, proctor: Person, exam: SetExam
) -> None:
    await sat(world, exam, "Ana", essay="Because.")
    page = await opened(proctor, exam)
    with pytest.raises(Invalid):
        await call(page, "choose", "q-nothing")
    with pytest.raises(NotFound):
        await call(open_page(MarkingState, proctor.token, "/marking"), "load")


async def test_given_assigned_proctors_then_another_one_sees_nothing(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt_id = await sat(world, exam, "Ana", essay="Because.")
    page = await opened(proctor, exam)
    assign(world, exam, world.person(Role.PROCTOR))
    for name, arguments in (
        ("load", ()),
        ("choose", ("q-essay",)),
        ("give", (attempt_id, "1", "")),
    ):
        with pytest.raises(NotAllowed):
            await call(page, name, *arguments)
    assert mark_of(world, attempt_id, "q-essay")[0] is None


# --- results ---


async def confirmed(page: MarkingState, action: str) -> list[Any]:
    await call(page, "ask", action)
    answers: list[Any] = await call(page, "confirm")
    return answers


async def test_given_an_admin_then_results_are_released_and_withdrawn(
    world: World, exam: SetExam
) -> None:
    await sat(world, exam, "Ana", essay="Because.")
    page = await opened(world.person(Role.ADMIN), exam)
    await call(page, "ask", "release_results")
    assert "1 answer is not marked yet" in page.asked.text
    assert "every incident with its pictures and verdict" in page.asked.text
    await call(page, "close", False)
    with pytest.raises(Conflict):
        await call(page, "confirm")
    assert "released" in str(await confirmed(page, "release_results"))
    assert (page.are_results_out, page.asking) == (True, False)
    await confirmed(page, "withdraw_results")
    assert page.are_results_out is False


async def test_given_a_proctor_then_results_are_not_theirs_to_release(
    world: World, proctor: Person, exam: SetExam
) -> None:
    await sat(world, exam, "Ana", essay="Because.")
    page = await opened(proctor, exam)
    for name, arguments in (("ask", ("release_results",)), ("close", (True,)), ("confirm", ())):
        with pytest.raises(NotAllowed):
            await call(page, name, *arguments)


# --- the list ---


async def test_given_exams_then_a_proctor_is_led_to_those_of_theirs_that_were_sat(
    world: World, proctor: Person, exam: SetExam
) -> None:
    await sat(world, exam, "Ana", essay="Because.")
    set_exam(world)
    others = set_exam(world, with_(CONTENT, level=Level.NONE))
    await sat(world, others, "Ben", essay="Because.")
    assign(world, others, world.person(Role.PROCTOR))

    page = await listed(proctor)
    assert [(one.id, one.attempts) for one in page.exams] == [(exam.id, "1 attempt")]
    assert [(one.unmarked, one.left) for one in page.exams] == [(1, "1 answer left")]
    assert (page.loaded, page.total, page.has_next) == (True, "1 exam", False)


async def listed(person: Person) -> MarkingListState:
    page = open_page(MarkingListState, person.token, "/marking/")
    await call(page, "load")
    return page


async def test_given_what_is_marked_then_it_is_shown_when_all_are_asked_for(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt_id = await sat(world, exam, "Ana", essay="Because.")
    world.services.marking.give(proctor.actor, attempt_id, "q-essay", 2.0)
    page = await listed(proctor)
    assert (page.exams, page.is_all_marked) == ([], True)

    await call(page, "show", "sat")
    assert [(one.id, one.left) for one in page.exams] == [(exam.id, "0 answers left")]
    await call(page, "show", "left")
    await call(page, "search", "arith")
    assert (page.exams, page.is_all_marked) == ([], False)
    await call(page, "show_all")
    assert [one.id for one in page.exams] == [exam.id]
    assert (page.searched, page.cleared) == ("", 1)
    await call(page, "search", "Geometry")
    assert page.exams == []
    await call(page, "search", "\x00")
    assert "can't be looked for" in page.problem


async def test_given_more_exams_than_a_page_holds_then_the_oldest_is_reached(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking_list, "_PAGE", 1)
    await sat(world, exam, "Ana", essay="Because.")
    world.clock.advance(60)
    newer = set_exam(world, with_(CONTENT, level=Level.NONE))
    await sat(world, newer, "Ben", essay="Because.")
    world.clock.advance(60)
    for _ in range(3):
        set_exam(world)
    page = await listed(proctor)
    assert [one.id for one in page.exams] == [newer.id]
    await call(page, "next_page")
    assert ([one.id for one in page.exams], page.has_next) == ([exam.id], False)
    assert page.total == "2 exams"
    await call(page, "previous_page")
    assert [one.id for one in page.exams] == [newer.id]
