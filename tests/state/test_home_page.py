"""A candidate's first page: exams to join, and what was sat."""

from dataclasses import replace
from datetime import timedelta

import pytest

from proctor_app.db import tables
from proctor_app.domain.exam import Level
from proctor_app.state.home import HomeState
from tests.papers import CLOSED, CONTENT, begun, put_on_roster, set_exam
from tests.state.tabs import call, open_page
from tests.world import Person, World

UNWATCHED = replace(CONTENT, level=Level.NONE, questions=CLOSED)


async def home_of(who: Person) -> HomeState:
    page = open_page(HomeState, who.token)
    await call(page, "load")
    return page


@pytest.mark.parametrize(
    ("typed", "problem"),
    [("", "Type the code that you were given."), ("NOPE", "There is no exam with this code.")],
)
async def test_given_a_code_that_opens_nothing_then_it_is_said_beside_it_and_what_was_typed_stays(
    world: World, typed: str, problem: str
) -> None:
    page = await home_of(world.person())
    await call(page, "type_code", typed)
    assert await call(page, "join") is None
    assert (page.problem, page.code) == (problem, typed)

    await call(page, "type_code", "S")
    assert page.problem == ""
    assert world.count(tables.Attempt) == 0


async def test_given_a_code_as_people_type_it_then_the_exam_is_joined_and_can_be_gone_on_with(
    world: World,
) -> None:
    exam = set_exam(world, UNWATCHED, code="STAT-2")
    ana = world.person()
    page = await home_of(ana)
    await call(page, "type_code", " stat-2 ")
    assert "/exam" in str(await call(page, "join"))
    again = await home_of(ana)
    assert again.open.title == "Arithmetic"
    (attempt,) = world.rows(tables.Attempt)
    assert (attempt.exam_id, attempt.status) == (exam.id, "created")


async def test_given_exams_of_every_kind_then_what_can_be_sat_now_comes_first(
    world: World,
) -> None:
    ana = world.person()
    now = world.clock()
    hour = timedelta(hours=1)
    windows = {
        "Closed": (now - 2 * hour, now - hour),
        "Later": (now + hour, now + 2 * hour),
        "Now": (now - hour, now + hour),
    }
    for title, (opens_at, closes_at) in windows.items():
        exam = set_exam(
            world, replace(UNWATCHED, title=title), opens_at=opens_at, closes_at=closes_at
        )
        put_on_roster(world, exam, ana)
    page = await home_of(ana)

    shown = [(exam.title, exam.state, exam.may_join) for exam in page.exams]
    assert shown == [
        ("Now", "Open now", True),
        ("Later", "Opens later", True),
        ("Closed", "Closed", False),
    ]


async def test_given_an_attempt_is_over_then_its_score_is_shown_once_it_is_released(
    world: World,
) -> None:
    ana = world.person()
    exam = set_exam(world, UNWATCHED)
    attempt_id = await begun(world, ana, exam)
    await world.services.sitting.save(ana.actor, attempt_id, "q-single", "4", seq=1)
    await world.services.sitting.submit(ana.actor, attempt_id)
    page = await home_of(ana)
    (attempt,) = page.attempts
    assert (attempt.title, attempt.status, attempt.score) == ("Arithmetic", "Submitted", "")

    with world.database.write() as session:
        session.get_one(tables.Exam, exam.id).results_at = world.clock()
    (attempt,) = (await home_of(ana)).attempts
    assert attempt.score == "1 of 6"
