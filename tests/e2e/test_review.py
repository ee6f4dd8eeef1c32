"""The review desk in a real browser: by keys alone, by touch, and what the candidate reads then."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from proctor_app.clock import system_clock
from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.domain.exam import ExamContent, ExamTerms
from proctor_app.domain.incident import EventType, Severity
from proctor_app.services.evidence import Moment
from proctor_app.settings import load
from tests.e2e.axe import serious
from tests.e2e.harness import STUDENT_PASSWORD, Launch, Picture, Server, Visitor, scenes
from tests.e2e.sheets import QUESTIONS, Desk, desk
from tests.noted import Attempted, Noted, attempted

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
_TYPES = (
    EventType.PHONE, EventType.FACE_ABSENT, EventType.HEAD_TURNED, EventType.TAB_SWITCH,
    EventType.MULTIPLE_FACES,
)  # fmt: skip
_ALERTS = {EventType.PHONE, EventType.FACE_ABSENT, EventType.MULTIPLE_FACES}
_REASON = "Read from it: ddd sss."
"""Its letters are keys of the desk, and must judge nothing while they are typed."""


@dataclass(frozen=True)
class Case:
    server: Server
    office: Desk
    exam_id: str
    twenty: Attempted
    next: Attempted


@pytest.fixture(scope="module")
def case(server: Server) -> Case:
    """An exam with two attempts to review; the candidate of both is Ana, the proctors are Pia and
    Ben."""
    office = desk(server.data_dir)
    for name in ("Pia", "Ben"):
        office.services.accounts.create(
            f"{name.lower()}@review.test", STUDENT_PASSWORD, Role.PROCTOR, name
        )
    ana = office.services.accounts.create(
        "ana@review.test", STUDENT_PASSWORD, Role.STUDENT, "Ana"
    ).id
    content = ExamContent("Statistics II", questions=QUESTIONS)
    exam_id = office.exam(content, ExamTerms(attempts_allowed=0, reviewers=1))
    noted = [_noted(number) for number in range(20)]
    twenty = _sat(office, server, ana, exam_id, noted, hours=2)
    following = _sat(office, server, ana, exam_id, noted[2:4], hours=4)
    return Case(server, office, exam_id, twenty, following)


@pytest.fixture
def come(case: Case, launch: Launch) -> Callable[..., Visitor]:
    def log_in(name: str, **context: object) -> Visitor:
        visitor = Visitor(launch(None), case.server.url, bypass_csp=True, **context)
        visitor.enter(f"{name}@review.test", STUDENT_PASSWORD)
        return visitor

    return log_in


def _jpeg(picture: Picture) -> bytes:
    return bytes(cv2.imencode(".jpg", picture)[1].tobytes())


def _noted(number: int) -> Noted:
    kind, face = _TYPES[number % len(_TYPES)], scenes()["face"]
    pictures = {} if kind is EventType.TAB_SWITCH else {
        Moment.BEFORE: _jpeg(face),
        Moment.AT: _jpeg(scenes()["nobody"] if kind is EventType.FACE_ABSENT else face),
        Moment.AFTER: _jpeg(np.asarray(np.roll(face, 40, axis=1), np.uint8)),
    }  # fmt: skip
    severity = Severity.ALERT if kind in _ALERTS else Severity.NOTICE
    return Noted(kind, 60.0 + 120 * number, 2.0, 0.8, severity, pictures=pictures)


def _sat(
    office: Desk, server: Server, user_id: str, exam_id: str, noted: list[Noted], hours: int
) -> Attempted:
    with office.services.database.read() as session:
        version_id = session.get_one(tables.Exam, exam_id).version_id
    return attempted(
        office.services.database,
        load({"DATA_DIR": str(server.data_dir)}),
        user_id,
        noted,
        system_clock() - timedelta(hours=hours),
        exam_id=exam_id,
        version_id=version_id,
        number=hours,
    )


def _rows(case: Case, statement: str, *values: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(case.server.data_dir / "proctor.db", timeout=30) as database:
        return database.execute(statement, values).fetchall()


def _waiting(page: Page, left: int) -> None:
    """Until the desk shows so many, and the server has answered everything."""
    expect(page.locator("#left")).to_have_text(str(left))
    expect(page.locator(".review-desk")).to_have_attribute("data-waiting", "0")


def test_given_twenty_incidents_then_keys_alone_review_them_and_the_candidate_reads_it(
    case: Case, come: Callable[..., Visitor]
) -> None:
    pia = come("pia", viewport={"width": 1280, "height": 800})
    page, keys = pia.page, pia.page.keyboard
    page.goto(f"{pia.url}/review")
    page.get_by_role("combobox", name="Exam").select_option(case.exam_id)
    expect(page.locator("#queue tbody tr")).to_have_count(2)
    page.goto(f"{pia.url}/review/{case.twenty.id}?exam={case.exam_id}")
    expect(page.locator(".evidence-row img")).to_have_count(3)
    before = int(page.locator("[data-compliance]").text_content() or "")

    first = page.locator(".review-sentence b").text_content()
    keys.press("Enter")
    expect(page.locator(".evidence-large")).to_be_visible()
    keys.press("d")
    keys.press("Escape")
    expect(page.locator(".evidence-large")).to_have_count(0)
    _waiting(page, 20)

    keys.press("ArrowDown")
    keys.press("ArrowUp")
    expect(page.locator(".review-sentence b")).to_have_text(first or "")
    keys.press("n")
    keys.type("sdv: look twice.")
    keys.press("Enter")
    expect(page.locator(".review-note")).to_contain_text("sdv: look twice.")
    _waiting(page, 20)

    wanted = ["violation", *("suspicious" if n % 5 == 0 else "passed" for n in range(1, 20))]
    keys.press("v")
    keys.press("Enter")
    expect(page.locator(".words-form [role=alert]")).to_contain_text("missing")
    keys.type(_REASON)
    keys.press("Enter")
    for verdict in wanted[1:]:
        keys.press("s" if verdict == "suspicious" else "d")
    expect(page.locator(".review-done h3")).to_have_text("All judged")
    _waiting(page, 0)

    keys.press("u")
    keys.press("s")
    wanted[-1] = "suspicious"
    expect(page.locator(".review-done h3")).to_have_text("All judged")
    _waiting(page, 0)
    expect(page.get_by_role("status").first).to_contain_text("All judged")

    keys.press("e")
    assert serious(page) == []
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Tab")
    keys.type("A phone was used.")
    keys.press("Enter")
    expect(page.locator(".review-head .chips")).to_contain_text("Violation")
    keys.press("r")
    keys.press("Enter")
    expect(page.locator(".review-head .chips")).to_contain_text("Released to the candidate")
    assert int(page.locator("[data-compliance]").text_content() or "") > before
    keys.press("g")
    page.wait_for_url(f"**/review/{case.next.id}**")
    _waiting(page, 2)

    _check_database(case, wanted)
    assert pia.errors == []
    _check_candidate(case, come)


def _check_database(case: Case, wanted: list[str]) -> None:
    """Verdicts and reasons as they were typed, and the score that follows from them."""
    rows = _rows(
        case, "SELECT verdict, reason, cost, event_type FROM incidents WHERE attempt_id = ?",
        case.twenty.id,
    )  # fmt: skip
    assert sorted(str(row[0]) for row in rows) == sorted(wanted)
    assert [row[1] for row in rows if row[0] == "violation"] == [_REASON]
    costs = [float(str(row[2])) for row in rows if row[0] != "passed"]
    ((compliance, status, left, is_released),) = _rows(
        case,
        "SELECT compliance, status, to_review, released_at IS NOT NULL FROM attempts WHERE id = ?",
        case.twenty.id,
    )
    assert compliance == pytest.approx(100 - sum(costs), abs=0.2)
    assert (status, left, is_released) == ("violation", 0, 1)
    ((said,),) = _rows(
        case, "SELECT COUNT(*) FROM reviews WHERE attempt_id = ? AND kind = 'first'",
        case.twenty.id,
    )  # fmt: skip
    assert said == 21, "every verdict once, and the one that was changed twice"


def _check_candidate(case: Case, come: Callable[..., Visitor]) -> None:
    """What was found is told, and can be objected to."""
    ana = come("ana", viewport={"width": 390, "height": 844}, color_scheme="dark")
    ana.page.goto(f"{ana.url}/results/{case.next.id}")
    ana.sees("is not released")
    ana.page.goto(f"{ana.url}/results/{case.twenty.id}")
    expect(ana.page.locator("#review")).to_contain_text("A phone was used.")
    expect(ana.page.locator("#told > li")).to_have_count(20)
    expect(ana.page.locator("#told")).to_contain_text(_REASON)
    assert serious(ana.page) == []
    ana.page.fill("#appeal-text", "It was my calculator.")
    ana.page.click("#send-appeal")
    ana.sees("Waits for an answer")
    assert ana.errors == []


def test_given_a_narrow_dark_page_then_the_desk_can_be_used_by_touch_and_read_by_all(
    case: Case, come: Callable[..., Visitor]
) -> None:
    ben = come("ben", viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True)
    ben.page.goto(f"{ben.url}/review/{case.next.id}")
    expect(ben.page.locator(".review-pick select")).to_be_visible()
    assert serious(ben.page) == []
    wide = ben.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, "nothing is cut off at the right"
    ben.page.get_by_role("button", name="Suspicious").tap()
    _waiting(ben.page, 1)
    ben.page.goto(f"{ben.url}/review")
    expect(ben.page.locator("#queue tbody tr").first).to_be_visible()
    assert ben.errors == []
