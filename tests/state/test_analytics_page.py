"""The analytics page: what is drawn, in which order, and for whom."""

import json

import pytest

from proctor_app.db.repositories.analytics import AnalyticsRows
from proctor_app.db.session import DatabaseUnavailable
from proctor_app.domain.access import Role
from proctor_app.errors import NotAllowed
from proctor_app.state.analytics import AnalyticsState
from proctor_app.state.analytics_drawing import FIGURES
from proctor_app.state.analytics_words import ShownFigure
from tests.crowds import START, Crowd, fill
from tests.papers import SetExam, assign
from tests.state.tabs import call, open_page
from tests.world import Person, World


@pytest.fixture
def proctor(world: World) -> Person:
    return world.person(Role.PROCTOR, "Pia")


def _shown(page: AnalyticsState) -> dict[str, ShownFigure]:
    return {name: getattr(page, name) for name in FIGURES}


async def _opened(person: Person) -> AnalyticsState:
    page = open_page(AnalyticsState, person.token)
    await call(page, "load")
    return page


async def test_given_an_exam_that_was_sat_then_every_figure_of_it_is_drawn(
    world: World, proctor: Person
) -> None:
    fill(world.database, Crowd("exam", 4, 40, START, judged=0.5))

    page = await _opened(proctor)

    assert (page.viewer, page.chosen, page.loaded, page.busy) == ("Pia", "exam", True, False)
    assert (page.facts[0].name, page.facts[0].value) == ("Attempts", "4")
    for name, figure in _shown(page).items():
        expected = "empty" if name == "health" else "shown"  # no frames came in this process
        assert (name, figure.status) == (name, expected)
    assert len(page.heat_plot.data[0].z) == 4
    assert all(len(row) == len(page.over_time.head) for row in page.over_time.rows)


async def test_given_nobody_sat_anything_then_free_sessions_are_shown_and_empty(
    world: World, proctor: Person
) -> None:
    page = await _opened(proctor)

    assert (page.chosen, page.problem) == ("free", "")
    assert {figure.status for figure in _shown(page).values()} == {"empty"}


async def test_given_another_exam_is_chosen_then_its_figures_take_the_place(
    world: World, proctor: Person
) -> None:
    for name in ("one", "two"):
        fill(world.database, Crowd(name, 2 if name == "one" else 3, 10, START))
    page = await _opened(proctor)

    await call(page, "choose", "one")

    assert page.facts[0].value == "2"
    await call(page, "choose", "two")
    assert page.facts[0].value == "3"


async def test_given_an_exam_that_there_is_not_then_the_page_says_so(
    world: World, proctor: Person
) -> None:
    page = await _opened(proctor)

    await call(page, "choose", "none")

    assert page.problem == "There is no such exam."
    assert not page.busy


async def test_given_an_exam_of_others_then_choosing_it_is_refused(
    world: World, proctor: Person
) -> None:
    fill(world.database, Crowd("theirs", 1, 10, START))
    assign(world, SetExam("theirs", "", ""), world.person(Role.PROCTOR))
    page = await _opened(proctor)

    with pytest.raises(NotAllowed):
        await call(page, "choose", "theirs")

    assert page.facts == []
    assert "theirs" not in [option.value for option in page.exams]


@pytest.mark.parametrize("handler", ["refresh", "next_candidates"])
async def test_given_an_exam_that_is_no_longer_theirs_then_nothing_of_it_stays_on_the_page(
    world: World, proctor: Person, handler: str
) -> None:
    fill(world.database, Crowd("exam", 2, 10, START))
    page = await _opened(proctor)
    assert page.heat_plot.data
    assign(world, SetExam("exam", "", ""), world.person(Role.PROCTOR))

    with pytest.raises(NotAllowed):
        await call(page, handler)

    assert (page.loaded, page.busy, page.problem != "") == (True, False, True)
    assert (page.facts, page.as_of) == ([], "")
    assert not any(figure.rows for figure in _shown(page).values())
    assert not any(getattr(page, f"{name}_plot").data for name in FIGURES)


async def test_given_no_database_then_the_page_says_so_and_offers_to_try_again(
    world: World, proctor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: object) -> None:
        raise DatabaseUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(AnalyticsRows, "exams", away)
        page = await _opened(proctor)

    assert (page.loaded, page.busy) == (True, False)
    assert page.problem == DatabaseUnavailable.detail
    await call(page, "load")
    assert page.problem == ""


async def test_given_more_candidates_than_fit_then_the_next_ones_are_a_page_away(
    world: World, proctor: Person
) -> None:
    fill(world.database, Crowd("exam", 33, 2, START))
    page = await _opened(proctor)
    assert (page.heat_before, page.heat_more, len(page.heat.rows)) == (False, True, 30)

    await call(page, "next_candidates")
    assert (page.heat_before, page.heat_more, len(page.heat.rows)) == (True, False, 3)

    await call(page, "previous_candidates")
    assert (page.heat_before, page.heat_more, len(page.heat.rows)) == (False, True, 30)


async def test_given_a_span_nobody_offers_then_all_attempts_are_shown(
    world: World, proctor: Person
) -> None:
    fill(world.database, Crowd("exam", 1, 10, START))
    page = await _opened(proctor)

    await call(page, "pick_span", "for ever")

    assert (page.span, page.facts[0].value) == ("all", "1")


async def test_given_a_name_that_looks_like_markup_then_it_stays_text(
    world: World, proctor: Person
) -> None:
    fill(world.database, Crowd("exam", 1, 10, START))
    with world.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE users SET name = '<a href=x>Ana</a>' WHERE id = 'exam-u0'"
        )

    page = await _opened(proctor)

    drawn = json.dumps(json.loads(page.heat_plot.to_json()))
    assert "<a" not in drawn
    assert "&lt;a href" in drawn
