"""The page of reports: what can be exported, how far it is, and single attempts."""

import pytest

from proctor_app.domain.access import Role
from proctor_app.errors import NotAllowed, NotFound, Unavailable
from proctor_app.state import reports
from proctor_app.state.reports import ReportsState
from tests.papers import SetExam, assign, set_exam
from tests.reports import attempt_of
from tests.state.tabs import Browser, call, open_page
from tests.world import Person, World, eventually


@pytest.fixture
def proctor(world: World) -> Person:
    return world.person(Role.PROCTOR, "Pia")


@pytest.fixture
def exam(world: World) -> SetExam:
    exam = set_exam(world)
    attempt_of(world, exam, world.person(name="Ana"))
    return exam


async def opened(who: Person) -> ReportsState:
    page = open_page(ReportsState, who.token, "/reports/")
    await call(page, "load")
    return page


async def test_given_exams_then_those_one_watches_and_somebody_sat_can_be_exported(
    world: World, proctor: Person, exam: SetExam
) -> None:
    set_exam(world)  # nobody sat it
    other = set_exam(world)
    attempt_of(world, other, world.person(name="Ben"))
    assign(world, other, world.person(Role.PROCTOR))

    page = await opened(proctor)

    assert [one.id for one in page.exams] == [exam.id] == [page.exam_id]
    assert page.exams[0].words == f"Arithmetic ({exam.code}), 1 attempt"
    assert [one.candidate for one in page.attempts] == ["Ana"]
    assert page.attempts[0].words == "Arithmetic, attempt 1 · submitted · 0 incidents"


async def test_given_a_start_then_the_export_is_followed_until_it_can_be_downloaded(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "_LOOK_S", 0.01)
    page = await opened(proctor)

    following = await call(page, "start")
    assert following is ReportsState.follow
    await call(page, "follow")

    (one,) = page.exports
    assert (one.status, one.percent, one.is_ready) == ("Ready", 100, True)
    assert one.words.startswith("1 attempt, ")
    assert one.href == f"/api/v1/exports/{one.id}/file"
    assert page.is_making is False
    await call(page, "cancel", one.id)
    assert page.exports == []
    world.services.exports.close()


async def test_given_a_tab_that_was_closed_then_nobody_follows_any_more(
    world: World, proctor: Person, exam: SetExam, browser: Browser
) -> None:
    page = await opened(proctor)
    await call(page, "start")
    browser.is_open = False

    await call(page, "follow")

    exports = world.services.exports
    await eventually(lambda: exports.of(proctor.actor)[0].finished_at is not None)
    assert not page.exports[0].is_ready  # what the closed tab last showed
    world.services.exports.close()


async def test_given_formats_then_only_those_that_exist_are_chosen(
    world: World, proctor: Person, exam: SetExam
) -> None:
    page = await opened(proctor)
    for kind, is_on in (("html", False), ("csv", False), ("docx", True)):
        await call(page, "set_format", kind, is_on)
    assert (page.formats, page.has_formats) == ([], False)

    await call(page, "start")

    assert page.start_problem == "Choose at least one format."
    await call(page, "set_format", "pdf", True)
    await call(page, "set_format", "json", True)
    await call(page, "set_pictures", True)
    assert (page.formats, page.with_pictures) == (["json", "pdf"], True)


async def test_given_an_exam_that_is_not_ones_own_then_its_export_is_refused(
    world: World, proctor: Person, exam: SetExam
) -> None:
    page = await opened(proctor)
    assign(world, exam, world.person(Role.PROCTOR))

    with pytest.raises(NotAllowed):
        await call(page, "start")
    with pytest.raises(NotFound):
        await call(page, "cancel", "made up")


async def test_given_a_search_then_attempts_are_found_or_it_is_said_why_not(
    world: World, proctor: Person, exam: SetExam
) -> None:
    page = await opened(proctor)
    await call(page, "find", "nobody")
    assert page.attempts == []
    await call(page, "find", "an")
    assert [one.candidate for one in page.attempts] == ["Ana"]
    await call(page, "find", "a\x00")
    assert "characters" in page.search_problem


async def test_given_a_database_that_is_away_then_the_page_says_so(
    world: World, proctor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: object) -> None:
        raise Unavailable("database_unavailable", "The database does not answer.")

    monkeypatch.setattr(type(world.services.exams), "page", away)
    page = await opened(proctor)

    assert (page.loaded, page.problem) == (True, "The database does not answer.")
