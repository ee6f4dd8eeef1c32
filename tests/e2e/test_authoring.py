"""An admin writes an exam in a real browser, brings files along, keeps a roster; answers to it are
marked. Every page is looked at once more as a phone shows it, and in the dark."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from proctor_app.domain.access import Role
from proctor_app.domain.exam import ExamContent, ExamTerms, Level
from proctor_app.domain.question import Question, QuestionKind
from tests.e2e.harness import ADMIN, MEDIA, STUDENT_PASSWORD, Launch, Server, Visitor
from tests.e2e.sheets import Desk, desk
from tests.world import HOME

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
GIFT = """// Questions about a river.
::River:: Which is a river? {=Danube ~Alps ~Vienna}

::Length:: How long is it, in km? {#2850:50}

::Essay:: Describe the river. {}
"""
BROKEN_GIFT = "::One:: What? {=a ~b}\n\n::Two:: Which? {=a ~b\n"
ROSTER = "email,extra_minutes,may_pause\nana@roster.test,15,yes\nben@roster.test,0,no\n"
BROKEN_ROSTER = "email,extra_minutes\nana@roster.test,lots\nnobody,1\n"
TABS = ("", "/settings", "/watching", "/people", "/preview", "/marking")


ESSAY = Question("q-1", QuestionKind.ESSAY, "Why is $e^{i\\pi}=-1$?", points=4)
ANSWERS = {"Ana": "By Euler.\n  <b>So</b> it is.", "Ben": "No idea", "Cleo": "Half a turn"}
_NETWORK = ("net::ERR_", "WebSocket connection to")
"""What Chromium itself writes about requests that fail while offline."""


@pytest.fixture
def admin(server: Server, launch: Launch) -> Visitor:
    visitor = Visitor(launch(None), server.url, viewport={"width": 1280, "height": 860})
    visitor.enter(*ADMIN)
    return visitor


def _saved(page: Page) -> None:
    page.locator('.save-state[data-kind="saved"]').wait_for()


def _add(page: Page, kind: str, text: str) -> Locator:
    """Add a question and write its text; where its options or answers are written."""
    before = page.locator("[data-question]").count()
    page.get_by_role("group", name="Add a question").get_by_role("button", name=kind).click()
    expect(page.locator("[data-question]")).to_have_count(before + 1)
    field = page.get_by_role("textbox", name="Question", exact=True)
    expect(field).to_be_focused()
    field.fill(text)
    return page.locator(".lines input[type=text]")


def _write_questions(page: Page) -> None:
    """One of each kind; with a formula, and with a picture."""
    options = _add(page, "One right option", "What is $x^2$ for $x=3$?")
    options.nth(0).fill("6")
    options.nth(1).fill("9")
    options.nth(1).press("Enter")
    page.keyboard.type("$\\frac{1}{3}$")
    page.get_by_label("Option 2 is right").check()
    page.locator(".shown-question math").first.wait_for()

    options = _add(page, "Several right options", "Which are **even**?\n")
    page.locator(".markdown-tools input[type=file]").set_input_files(MEDIA / "china.jpg")
    picture = page.locator(".shown-question img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0
    options.nth(0).fill("2")
    options.nth(1).fill("3")
    page.get_by_label("Option 1 is right").check()

    _add(page, "A number", "How much is pi?")
    page.get_by_label("Right number").fill("3,14")
    page.get_by_label("Tolerance").fill("0.01")
    page.get_by_label("Points", exact=True).fill("many")
    page.get_by_text("Not saved: The points must be a number.").wait_for()
    page.get_by_label("Points", exact=True).fill("2")

    _add(page, "A short text", "Capital of Austria?")
    page.get_by_role("button", name="Add answer").click()
    page.keyboard.type("Vienna")
    _add(page, "An essay", "Why?")
    _saved(page)


def _content(data_dir: Path) -> str:
    with sqlite3.connect(data_dir / "proctor.db") as database:
        query = "SELECT content FROM exam_versions WHERE published_at IS NOT NULL AND exam_id IN (SELECT id FROM exams WHERE code = 'STAT-1')"  # noqa: E501
        return str(database.execute(query).fetchone()[0])


def test_an_exam_is_written_published_and_given_to_people(
    server: Server, admin: Visitor, tmp_path: Path
) -> None:
    page = admin.page

    page.goto(f"{server.url}/admin/exams")
    page.get_by_role("button", name="New exam").first.click()
    page.fill("#new-title", "Statistics I")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/exams/*-*")
    exam_url = page.url.rstrip("/")
    _write_questions(page)
    page.reload()
    expect(page.locator("[data-question]")).to_have_count(5)

    _reorder_and_undo(page)
    _settings(page)
    page.locator("#publish").click()
    page.locator("#confirm").click()
    admin.sees("The exam is published")
    content = _content(server.data_dir)
    assert all(text in content for text in ("$x^2$", "picture:", "How much is pi?", '"Vienna"'))

    _roster(admin, exam_url, tmp_path)
    page.goto(f"{exam_url}/preview")
    expect(page.locator(".exam-preview .question")).to_have_count(5)
    _import(admin, tmp_path)
    _small_and_dark(admin, exam_url)
    assert [text for text in admin.errors if "status of 422" not in text] == []


def _reorder_and_undo(page: Page) -> None:
    first = page.locator("[data-question]").first
    page.get_by_role("button", name="Down: question 1").click()
    expect(first).to_contain_text("Which are even?")
    page.get_by_role("button", name="Remove: question 1").click()
    expect(first).to_contain_text("What is x^2")
    page.get_by_role("button", name="Undo").click()
    expect(first).to_contain_text("Which are even?")
    expect(page.locator("[data-question]")).to_have_count(5)


def _settings(page: Page) -> None:
    tabs = page.get_by_role("navigation", name="Pages of this exam")
    tabs.get_by_role("link", name="Settings").click()
    page.get_by_label("Duration").fill("90")
    page.locator("#field-code").fill("no")
    page.locator("#field-title").focus()
    page.get_by_text("Not saved: A code has").wait_for()
    page.locator("#field-code").fill("stat-1")
    page.locator("#field-title").focus()
    _saved(page)
    expect(page.locator("#field-code")).to_have_value("STAT-1")
    tabs.get_by_role("link", name="Watching").click()
    page.get_by_label("What is watched").select_option("browser")
    expect(page.get_by_text("Rules of the camera")).to_be_hidden()
    _saved(page)


def _roster(admin: Visitor, exam_url: str, folder: Path) -> None:
    page = admin.page
    page.goto(f"{exam_url}/people")
    page.fill("#add-email", "cat@roster.test")
    page.keyboard.press("Enter")
    admin.sees("cat@roster.test is on the roster")
    page.get_by_role("button", name="Import CSV").click()
    for name, text, wanted in (
        ("broken.csv", BROKEN_ROSTER, "Row 2"),
        ("roster.csv", ROSTER, "2 added"),
    ):
        (folder / name).write_text(text)
        page.locator("[role=dialog] input[type=file]").set_input_files(folder / name)
        page.get_by_role("button", name="Import", exact=True).click()
        page.get_by_text(wanted).first.wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("[data-entry]")).to_have_count(3)
    expect(page.locator("[data-entry='ana@roster.test']")).to_contain_text("+15 min")
    page.get_by_role("button", name="Accommodations of cat@roster.test").click()
    page.fill("#extra", "30")
    page.get_by_label("Eyes off the screen").check()
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator("[data-entry='cat@roster.test']")).to_contain_text("+30 min")
    expect(page.locator("[data-entry='cat@roster.test']")).to_contain_text("eyes off the screen")


def _import(admin: Visitor, folder: Path) -> None:
    page = admin.page
    page.goto(f"{admin.url}/admin/exams")
    page.get_by_role("button", name="Import").first.click()
    (folder / "broken.gift").write_text(BROKEN_GIFT)
    (folder / "Rivers.gift").write_text(GIFT)
    page.locator("[role=dialog] input[type=file]").set_input_files(folder / "broken.gift")
    page.get_by_role("button", name="Import", exact=True).last.click()
    admin.sees("Nothing was imported")
    admin.sees("Line 3")
    page.locator("[role=dialog] input[type=file]").set_input_files(folder / "Rivers.gift")
    page.get_by_role("button", name="Import", exact=True).last.click()
    page.wait_for_url("**/admin/exams/*-*")
    expect(page.locator("[data-question]")).to_have_count(3)
    admin.sees("Rivers")


def _small_and_dark(admin: Visitor, exam_url: str) -> None:
    """Nothing is wider than a phone, by day or by night."""
    page = admin.page
    page.set_viewport_size({"width": 390, "height": 844})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for address in (f"{admin.url}/admin/exams", *(exam_url + tab for tab in TABS)):
            page.goto(address)
            page.locator(".exam-head, #exams").first.wait_for()
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 390, f"{address} is {width} px wide"


async def _sit(office: Desk, exam_code: str) -> None:
    """Three candidates hand in an essay each."""
    logins, sitting = office.services.logins, office.services.sitting
    for name, text in ANSWERS.items():
        email = f"{name.lower()}@marked.test"
        office.services.accounts.create(email, STUDENT_PASSWORD, Role.STUDENT, name)
        who = logins.authenticate(logins.log_in(email, STUDENT_PASSWORD, HOME).token)
        attempt = await sitting.join(who, exam_code)
        await sitting.accept(who, attempt.id)
        await sitting.begin(who, attempt.id)
        await sitting.save(who, attempt.id, ESSAY.id, text)
        await sitting.submit(who, attempt.id)


def test_answers_are_marked_by_keyboard_and_the_results_released(
    server: Server, admin: Visitor
) -> None:
    office, page = desk(server.data_dir), admin.page
    content = ExamContent(
        "Essays by Euler", questions=(ESSAY,), level=Level.NONE, identity_check=False
    )
    exams = office.services.exams
    exam = exams.create(office.admin, content, ExamTerms(code="ESSAYS"), publish=True)
    with ThreadPoolExecutor(1) as pool:  # the browser's own loop runs in this thread
        pool.submit(asyncio.run, _sit(office, "ESSAYS")).result()

    page.goto(f"{server.url}/marking")
    page.get_by_role("link", name="Essays by Euler").click()
    admin.sees("3 to mark")
    expect(page.locator(".answer-text").first).to_have_text(ANSWERS["Ana"])
    assert "Ana" not in page.locator("main").inner_text()
    page.locator(".mark-points").first.focus()
    for points in ("3,5", "9", "4"):
        page.keyboard.type(points)
        page.keyboard.press("Enter")
    admin.sees("1 to mark")
    expect(page.locator("#answers [role=alert]")).to_contain_text("The points lie between")
    page.locator(".mark-points").nth(1).fill("0")
    page.keyboard.press("Enter")
    admin.sees("All marked")
    page.get_by_text("Show names").click()
    admin.sees("Ana")
    page.locator("#release").click()
    page.locator("#confirm").click()
    admin.sees("The results are released")
    assert exams.one(office.admin, exam.id).results_at is not None
    assert admin.errors == []


def test_nothing_that_was_written_without_a_network_is_lost(server: Server, admin: Visitor) -> None:
    office, page = desk(server.data_dir), admin.page
    exams = office.services.exams
    exam = exams.create(office.admin, ExamContent("Cut", questions=(ESSAY,)), ExamTerms())
    page.goto(f"{server.url}/admin/exams/{exam.id}")
    page.locator(".question-opener").click()
    field = page.get_by_role("textbox", name="Question", exact=True)
    expect(field).to_have_value(ESSAY.text)

    page.context.set_offline(True)
    field.fill("Written in a tunnel")
    page.locator('.save-state[data-kind="waits"]').wait_for()
    page.context.set_offline(False)
    _saved(page)
    expect(field).to_have_value("Written in a tunnel")
    kept = exams.one(office.admin, exam.id).content.questions[0]
    assert kept.text == "Written in a tunnel"
    assert [text for text in admin.errors if not any(word in text for word in _NETWORK)] == []
