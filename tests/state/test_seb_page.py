"""The way into an exam in Safe Exam Browser, and the part of the editor that asks for it."""

import pytest

from proctor_app.db.tables import Attempt
from proctor_app.domain.access import Role
from proctor_app.domain.seb import Shown, config_key, proof, settings
from proctor_app.services.exam_views import ExamView
from proctor_app.services.seb_door import SebRequired
from proctor_app.state.errors import handle_error
from proctor_app.state.exam import ExamState
from proctor_app.state.exam_seb import ExamSebState
from proctor_app.state.home import HomeState
from proctor_app.state.seb import SebState
from tests.exams import publish
from tests.state.tabs import call, open_page
from tests.world import HOME, PASSWORD, Person, World

HERE = "http://localhost:8080"
EXAM_KEY = "c" * 64


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN)


@pytest.fixture
def exam(world: World, admin: Person) -> ExamView:
    found = publish(world)
    world.services.seb.require(admin.actor, found.id, True)
    return found


async def page_of(who: Person, exam_id: str) -> SebState:
    page = open_page(SebState, who.token, f"/seb/{exam_id}/")
    await call(page, "load")
    return page


def enter(world: World, who: Person, exam: ExamView) -> None:
    tag = world.services.seb.exam(who.actor, exam.id).tag
    url = f"{HERE}/seb/{exam.id}/?for={tag}"
    key = config_key(settings(f"{HERE}/seb/{exam.id}"))
    world.services.seb.enter(who.actor, exam.id, Shown(url, proof(url, key)), "page", HERE)


async def test_given_a_code_typed_outside_then_the_page_leads_to_the_way_in(
    world: World, exam: ExamView
) -> None:
    page = open_page(HomeState, world.person().token)
    await call(page, "type_code", exam.code)
    with pytest.raises(SebRequired) as refused:
        await call(page, "join")
    assert f"/seb/{exam.id}" in str(handle_error(refused.value))


async def test_given_an_attempt_begun_inside_then_the_exams_page_outside_leads_there_too(
    world: World, exam: ExamView
) -> None:
    ana = world.person()
    enter(world, ana, exam)
    await world.services.sitting.join(ana.actor, exam.code)
    inside = open_page(ExamState, ana.token)
    await call(inside, "load")
    assert inside.phase == "notice"

    outside = world.services.logins.log_in(ana.email, PASSWORD, HOME)
    page = open_page(ExamState, outside.token)
    with pytest.raises(SebRequired):
        await call(page, "load")
    assert not page.paper.questions


async def test_given_no_entry_then_the_page_has_the_way_in_and_joins_nothing(
    world: World, exam: ExamView
) -> None:
    page = await page_of(world.person(), exam.id)
    assert (page.title, page.is_required, page.is_entered) == (exam.title, True, False)
    assert page.route == f"/api/v1/exams/{exam.id}/seb"
    assert page.file.startswith(f"{page.route}?link=")
    assert len(page.login_tag) == 32
    await call(page, "go_on")
    assert "Safe Exam Browser" in page.refused
    await call(page, "entered")  # a page that only says so has shown nothing
    assert not page.is_entered


async def test_given_an_entry_then_the_page_leads_on_to_the_exam(
    world: World, exam: ExamView
) -> None:
    ana = world.person()
    page = await page_of(ana, exam.id)
    enter(world, ana, exam)
    await call(page, "entered")
    assert page.is_entered
    assert "/exam" in str(await call(page, "go_on"))
    assert world.count(Attempt) == 1


async def test_given_no_such_exam_or_one_of_any_browser_then_the_page_says_so(
    world: World, exam: ExamView
) -> None:
    ana, plain = world.person(), publish(world)
    assert (await page_of(ana, "nothing")).problem == "There is no such exam."
    page = await page_of(ana, plain.id)
    assert (page.is_required, page.is_entered) == (False, True)


async def test_given_the_editors_part_then_what_is_set_is_kept_and_what_is_wrong_is_said(
    world: World, admin: Person
) -> None:
    exam = publish(world)
    page = open_page(ExamSebState, admin.token, f"/admin/exams/{exam.id}/settings/")
    await call(page, "load")
    assert (page.loaded, page.is_required) == (True, False)
    await call(page, "turn", True)
    assert (page.is_required, page.said) == (True, "Saved: only in Safe Exam Browser.")
    key = page.config_key
    await call(page, "set_keys", {"exam_keys": EXAM_KEY.upper()})
    assert (page.exam_keys, page.problem) == (EXAM_KEY, "")
    await call(page, "set_keys", {"exam_keys": "nonsense"})
    assert (page.exam_keys, page.said) == (EXAM_KEY, "")
    assert "no Browser Exam Key" in page.problem
    await call(page, "set_quit", {"quit_password": "a way out"})
    assert page.has_quit_password
    assert page.config_key != key
    await call(page, "set_quit", {})
    assert (page.has_quit_password, page.config_key) == (False, key)
    await call(page, "turn", False)
    assert not world.services.seb.settings(admin.actor, exam.id, HERE).is_required
