"""An exam whose time runs out in a real browser: what was written until then is there."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from proctor_app.domain.exam import ExamContent, ExamTerms, Level
from tests.e2e.harness import ADMIN, PATIENCE_S, Server, Visitor
from tests.e2e.sheets import (
    QUESTIONS,
    Desk,
    answers_of,
    attempt_of,
    begin,
    eventually,
    go_to,
    own_errors,
    rows,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
_TYPED = "document.querySelector('textarea:enabled')?.value ?? null"
_NEVER_GIVES_UP = "AbortSignal.timeout = () => new AbortController().signal"
"""However long a request takes, the page waits for its answer."""


def _close(server: Server, exam_id: str, in_s: int) -> datetime:
    """Let the exam close in some seconds, while somebody sits it."""
    headers = server.bearer(*ADMIN)
    closes_at = datetime.now(UTC) + timedelta(seconds=in_s)
    answer = httpx.patch(
        f"{server.url}/api/v1/exams/{exam_id}",
        json={"closes_at": closes_at.isoformat()},
        headers=headers,
        timeout=PATIENCE_S,
    )
    assert answer.status_code == 200, answer.text
    return closes_at


def _shows_the_last_minute(page: Page) -> None:
    page.get_by_role("timer").get_by_text(re.compile(r"^0?0:\d\d$")).wait_for()


def test_given_the_time_runs_out_while_offline_then_what_was_written_is_taken_within_the_grace(
    server: Server, office: Desk, candidate: Callable[[str], Visitor]
) -> None:
    rosa = candidate("Rosa")
    content = ExamContent("Short", questions=QUESTIONS[:2], level=Level.NONE, grace_s=120)
    exam_id = office.exam(content, ExamTerms(code="SHORT"))
    begin(rosa, "SHORT")
    attempt_id = attempt_of(server, "SHORT")
    closes_at = _close(server, exam_id, in_s=20)
    _shows_the_last_minute(rosa.page)
    rosa.page.context.set_offline(True)
    rosa.page.get_by_text("11.4 to 13.4").click()
    rosa.sees("kept on this device")
    eventually(lambda: datetime.now(UTC) > closes_at + timedelta(seconds=3), rosa.page)
    rosa.sees("The time is up")
    assert rosa.page.locator(".option input").first.is_disabled()
    assert answers_of(server, attempt_id) == {}
    rosa.page.context.set_offline(False)

    rosa.sees("The exam is over")
    rosa.sees("The time was up")
    eventually(lambda: answers_of(server, attempt_id) != {}, rosa.page)
    assert answers_of(server, attempt_id) == {"q-interval": '"11.4 to 13.4"'}
    assert _end_of(server, attempt_id)[:2] == ("timed_out", 5.0)
    _has_the_receipt(rosa, server, attempt_id)
    assert own_errors(rosa) == []


def test_given_the_time_runs_out_then_the_page_hands_in_by_itself(
    server: Server, office: Desk, candidate: Callable[[str], Visitor]
) -> None:
    vera = candidate("Vera")
    content = ExamContent("Brief", questions=QUESTIONS, level=Level.NONE)
    exam_id = office.exam(content, ExamTerms(code="BRIEF"))
    begin(vera, "BRIEF")
    go_to(vera, 5)
    vera.page.focus("textarea")
    _close(server, exam_id, in_s=15)
    _shows_the_last_minute(vera.page)
    written = ""
    while (typed := vera.page.evaluate(_TYPED)) is not None:  # to the last second
        written = typed
        vera.page.keyboard.press("a")
        vera.page.wait_for_timeout(200)

    vera.sees("The exam is over")
    attempt_id = attempt_of(server, "BRIEF")
    assert written
    kept = (f'"{written}"', f'"{written}a"')  # the last may be typed while it closes
    eventually(lambda: answers_of(server, attempt_id).get("q-essay") in kept, vera.page)
    assert _end_of(server, attempt_id)[0] in ("timed_out", "submitted")
    _has_the_receipt(vera, server, attempt_id)
    assert own_errors(vera) == []


def test_given_a_beat_that_is_answered_after_the_end_then_what_was_typed_last_is_sent_all_the_same(
    server: Server, office: Desk, candidate: Callable[[str], Visitor]
) -> None:
    lotte = candidate("Lotte")
    content = ExamContent("Beats", questions=QUESTIONS, level=Level.BROWSER, grace_s=120)
    exam_id = office.exam(content, ExamTerms(code="BEATS"))
    lotte.page.add_init_script(_NEVER_GIVES_UP)
    begin(lotte, "BEATS")
    go_to(lotte, 5)
    page, held = lotte.page, dict[str, Route]()
    page.locator(".saved").wait_for()

    def hold(route: Route) -> None:
        if held.setdefault(route.request.method, route) is not route:
            route.continue_()  # only the first of each

    page.route("**/answers/*", hold)
    page.route("**/signals", hold)
    page.locator("textarea").fill("In the last second")
    eventually(lambda: held.keys() == {"PUT", "POST"}, page)

    _close(server, exam_id, in_s=1)
    lotte.sees("The exam is over")
    for method in ("POST", "PUT"):  # the beat's refusal comes first
        held[method].continue_()
        page.wait_for_timeout(1000)

    attempt_id = attempt_of(server, "BEATS")
    eventually(lambda: answers_of(server, attempt_id) != {}, page)
    assert answers_of(server, attempt_id) == {"q-essay": '"In the last second"'}
    _has_the_receipt(lotte, server, attempt_id)
    assert own_errors(lotte) == []


def _end_of(server: Server, attempt_id: str) -> tuple[str, float | None, str]:
    """Status, points and receipt."""
    statement = "SELECT status, points, receipt FROM attempts WHERE id = ?"
    ((status, points, receipt),) = rows(server.data_dir, statement, attempt_id)
    return status, points, receipt


def _has_the_receipt(visitor: Visitor, server: Server, attempt_id: str) -> None:
    """Wait until the page shows the receipt for all that is stored."""
    expect(visitor.page.locator("#receipt")).to_have_text(_end_of(server, attempt_id)[2])
