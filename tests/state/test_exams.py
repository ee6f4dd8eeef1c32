"""The page of all exams: what it lists, finds and begins."""

import pytest

from proctor_app.db.session import DatabaseUnavailable
from proctor_app.db.tables import Exam
from proctor_app.domain.access import Role
from proctor_app.domain.exam import ExamContent, ExamTerms
from proctor_app.domain.question import Question, QuestionKind
from proctor_app.state.exams import ExamsState
from proctor_app.state.home import AdminState
from tests.state.tabs import call, open_page
from tests.world import Person, World

ESSAY = Question("q", QuestionKind.ESSAY, "Why?")


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


def make(world: World, admin: Person, title: str, *, publish: bool = False) -> str:
    content = ExamContent(title, questions=(ESSAY,))
    world.clock.advance(1)
    return world.services.exams.create(admin.actor, content, ExamTerms(), publish).id


async def opened(admin: Person) -> ExamsState:
    page = open_page(ExamsState, admin.token, "/admin/exams/")
    await call(page, "load")
    return page


def titles(page: ExamsState) -> list[str]:
    return [exam.title for exam in page.exams]


async def test_given_no_exam_then_the_page_leads_to_the_first_one(admin: Person) -> None:
    page = await opened(admin)
    assert (page.viewer, page.loaded, page.problem) == ("Boss", True, "")
    assert (page.exams, page.is_fresh, page.is_nothing_found) == ([], True, False)


async def test_given_exams_then_the_newest_stands_first_with_its_state(
    world: World, admin: Person
) -> None:
    make(world, admin, "Algebra", publish=True)
    make(world, admin, "Biology")
    page = await opened(admin)
    assert (titles(page), page.total, page.is_fresh) == (["Biology", "Algebra"], "2 exams", False)
    assert [exam.state.text for exam in page.exams] == ["Draft", "Published"]
    assert (page.exams[0].questions, page.exams[0].minutes) == (1, 60)


async def test_given_a_search_and_a_state_then_only_those_are_shown_until_they_are_cleared(
    world: World, admin: Person
) -> None:
    make(world, admin, "Algebra", publish=True)
    make(world, admin, "Alchemy")
    page = await opened(admin)
    await call(page, "search", "al")
    assert len(page.exams) == 2
    await call(page, "filter_status", "published")
    assert titles(page) == ["Algebra"]
    await call(page, "filter_status", "closed")
    assert (page.exams, page.is_nothing_found) == ([], True)
    await call(page, "clear_filters")
    await call(page, "set_order", "title")
    assert titles(page) == ["Alchemy", "Algebra"]
    await call(page, "set_order", "' OR 1=1")
    assert page.sort == "-created"


async def test_given_more_than_a_page_then_next_and_previous_walk_through(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_app.state.exams._PAGE", 2)
    for title in ("One", "Two", "Three"):
        make(world, admin, title)
    page = await opened(admin)
    await call(page, "next_page")
    assert (titles(page), page.has_next, page.has_previous) == (["One"], False, True)
    await call(page, "previous_page")
    assert titles(page) == ["Three", "Two"]


async def test_given_a_title_then_a_draft_is_made_in_the_zone_of_the_browser(
    world: World, admin: Person
) -> None:
    page = await opened(admin)
    await call(page, "show_naming", True)
    await call(page, "know_zone", "Europe/Vienna")
    answer = await call(page, "create", {"title": " Statistics I "})
    (exam,) = world.rows(Exam)
    assert (exam.title, exam.status, exam.time_zone) == ("Statistics I", "draft", "Europe/Vienna")
    assert f"/admin/exams/{exam.id}" in str(answer)
    assert page.naming is False


async def test_given_a_zone_that_is_unknown_here_then_the_draft_is_made_in_utc(
    world: World, admin: Person
) -> None:
    page = await opened(admin)
    await call(page, "know_zone", "../../etc/passwd")
    await call(page, "create", {"title": "Statistics I"})
    assert [exam.time_zone for exam in world.rows(Exam)] == ["UTC"]


@pytest.mark.parametrize("form", [{}, {"title": "   "}, {"title": "x" * 500}])
async def test_given_no_title_or_one_that_is_too_long_then_the_dialog_says_so(
    world: World, admin: Person, form: dict[str, str]
) -> None:
    page = await opened(admin)
    await call(page, "show_naming", True)
    assert await call(page, "create", form) is None
    assert page.naming
    assert "title" in page.name_problem
    assert world.count(Exam) == 0


async def test_given_exams_then_the_overview_counts_them_by_state(
    world: World, admin: Person
) -> None:
    make(world, admin, "Algebra", publish=True)
    make(world, admin, "Biology")
    page = open_page(AdminState, admin.token)
    await call(page, "load")
    assert (page.published, page.drafts, page.closed) == (1, 1, 0)


async def test_given_the_list_cant_be_read_then_the_page_says_so_and_can_be_tried_again(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(world, admin, "Algebra")
    page = await opened(admin)
    with monkeypatch.context() as patched:

        def away(*_: object) -> None:
            raise DatabaseUnavailable

        patched.setattr(type(world.services.exams), "page", away)
        await call(page, "load")
        assert page.problem
    await call(page, "load")
    assert (page.problem, titles(page)) == ("", ["Algebra"])
