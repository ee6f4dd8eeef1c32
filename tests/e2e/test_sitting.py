"""An exam in a real browser: what the candidate wrote is there, whatever the network does."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Error, Page, Route

from proctor_app.domain.exam import ExamContent, ExamTerms, Level, SecondDevice
from tests.e2e.harness import (
    ADMIN,
    PATIENCE_S,
    STUDENT_PASSWORD,
    Launch,
    Server,
    Visitor,
    write_clip,
)
from tests.e2e.sheets import (
    QUESTIONS,
    Desk,
    answers_of,
    attempt_of,
    begin,
    eventually,
    go_to,
    join,
    own_errors,
    rows,
)
from tests.unit.test_seb import key_of_file

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
ESSAY = (
    "A p-value is computed as if the null hypothesis were true, so it can't say how likely it is."
)
_OFFLINE_S = 20.0
_HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
  document.dispatchEvent(new Event('visibilitychange'));
}"""
"""Headless Chromium shows every page all the time: the page is told otherwise."""
_SECOND_SCREEN = """
  Object.defineProperty(window.screen, 'isExtended', {configurable: true, get: () => true});
"""
_KEPT = """async () => {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const [{name}] = await indexedDB.databases();
  const database = await done(indexedDB.open(name));
  const reading = database.transaction(['answers', 'signals']);
  const [answer, signals] = await Promise.all([
    done(reading.objectStore('answers').get('q-short')),
    done(reading.objectStore('signals').getAll()),
  ]);
  database.close();
  return [answer && [answer.value, answer.flagged], signals.some(one => one.kind === 'offline')];
}"""
"""What outlives the tab: an answer with its flag, and whether it went offline."""
_LONGEST_WORD = """
  document.querySelector('.question-steps [aria-pressed]').lastChild.textContent = ' Flagged';
"""
_STEPS = """() => {
  const row = document.querySelector('.question-steps');
  return [row.scrollWidth - row.clientWidth,
          Math.max(...[...row.children].map(one => one.scrollWidth - one.clientWidth))];
}"""
_SAFE_EXAM_BROWSER = """(() => {
  const digest = async text => {
    const found = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    return [...new Uint8Array(found)].map(byte => byte.toString(16).padStart(2, '0')).join('');
  };
  window.SafeExamBrowser = {version: 'SEB', security: {
    configKey: '', browserExamKey: '',
    async updateKeys(done) {
      this.configKey = await digest(location.href.split('#')[0] + '%s');
      done();
    },
  }};
})()"""
"""What that browser gives to a page, for one Config Key."""
_HOUR_FAST = """(() => {
  const Real = Date;
  window.Date = class extends Real {
    constructor(...parts) { parts.length ? super(...parts) : super(Real.now() + 3600e3); }
    static now() { return Real.now() + 3600e3; }
  };
})()"""


def _losing_the_answer(route: Route) -> None:
    """The server does what it is asked, but the browser never hears of it."""
    route.fetch()
    with suppress(Error):  # the page itself may have given the request up by now
        route.abort()


def _cut_off(page: Page) -> None:
    """Take the network from this tab alone, for good."""
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", offline)


def _crash(page: Page) -> None:
    """Kill the tab's process; the browser goes on."""
    with pytest.raises(Error):  # nobody is left to answer
        page.context.new_cdp_session(page).send("Page.crash", timeout=2000)


def test_given_a_lost_network_and_a_killed_tab_then_every_answer_and_signal_is_stored_once(
    server: Server, office: Desk, launch: Launch, tmp_path: Path
) -> None:
    content = ExamContent("Statistics II, final", duration_minutes=50, questions=QUESTIONS)
    office.exam(content, ExamTerms(code="STAT-2"))
    server.sign_up("ada@sitting.test", "Ada Lovelace")
    clip = write_clip(tmp_path / "clip.mjpeg", [("face", 30.0)])
    ada = Visitor(launch(clip), server.url)
    ada.log_in("ada@sitting.test", STUDENT_PASSWORD)
    page, context = ada.page, ada.page.context
    join(ada, "stat-2")
    ada.sees("You are in the middle")
    page.click("#go-on")
    page.click("#calibrate")
    ada.sees("Done.")
    page.click("#go-on")
    page.click("#compare")
    ada.sees("It is you.")
    page.click("#go-on")
    page.click("#begin")
    page.locator(".question-text").wait_for()
    attempt_id = attempt_of(server, "STAT-2")

    page.get_by_text("11.4 to 13.4").click()
    eventually(lambda: answers_of(server, attempt_id) == {"q-interval": '"11.4 to 13.4"'}, page)

    lost: list[str] = []

    def lose(route: Route) -> None:
        _losing_the_answer(route)
        lost.append(route.request.method)  # only now: the network may go

    context.route("**/answers/*", lose, times=1)
    context.route("**/signals", lose, times=1)
    go_to(ada, 2)
    page.get_by_text("The median").click()
    eventually(lambda: {"PUT", "POST"} <= set(lost), page)

    context.set_offline(True)
    began = time.monotonic()
    page.get_by_text("The interquartile range").click()
    go_to(ada, 5)
    ada.sees("kept on this device")
    page.locator("textarea").press_sequentially(ESSAY[:40])
    page.evaluate(_HIDE, True)
    page.wait_for_timeout(2000)
    page.evaluate(_HIDE, False)
    page.locator("textarea").press_sequentially(ESSAY[40:])
    go_to(ada, 3)
    page.fill("input.short-input", "1,4142")
    page.wait_for_timeout(max(0.0, (_OFFLINE_S - (time.monotonic() - began)) * 1000))
    assert set(answers_of(server, attempt_id)) <= {"q-interval", "q-robust"}
    context.set_offline(False)
    page.locator(".saved-saved").wait_for()
    assert answers_of(server, attempt_id) == {
        "q-interval": '"11.4 to 13.4"',
        "q-robust": '["The median","The interquartile range"]',
        "q-number": '"1,4142"',
        "q-essay": f'"{ESSAY}"',
    }

    _cut_off(page)
    go_to(ada, 4)
    page.get_by_placeholder("A short answer").fill("John Tukey")
    page.keyboard.press("Tab")
    page.keyboard.press("f")
    ada.sees("kept on this device")
    eventually(lambda: page.evaluate(_KEPT) == [["John Tukey", True], True], page)
    _crash(page)
    ada.page = page = context.new_page()
    ada.listen(page)
    page.goto(f"{server.url}/exam")
    page.locator(".question-text").wait_for()
    ada.sees("5 answered, 1 flagged, 0 to do")
    eventually(lambda: answers_of(server, attempt_id).get("q-short") == '"John Tukey"', page)

    eventually(lambda: _begun_pages(server, attempt_id) == 2, page)
    page.reload()
    ada.sees("5 answered, 1 flagged, 0 to do")
    eventually(lambda: _begun_pages(server, attempt_id) == 3, page)
    page.click("#submit")
    ada.sees("1 question is flagged")
    page.dblclick("#submit-really")
    ada.sees("The exam is over")
    ((receipt, status, answered),) = rows(
        server.data_dir, "SELECT receipt, status, answered FROM attempts WHERE id = ?", attempt_id
    )
    assert (status, answered) == ("submitted", 5)
    assert page.locator("#receipt").inner_text() == receipt
    eventually(lambda: page.evaluate("indexedDB.databases()") == [], page)
    _the_signals_are_stored_once_and_in_order(server, attempt_id)
    _the_score_is_right(server, office, attempt_id)
    assert own_errors(ada) == []


def _begun_pages(server: Server, attempt_id: str) -> int:
    """How many pages have said that they are in sight, each as it came."""
    statement = (
        "SELECT count(*) FROM browser_events"
        " WHERE attempt_id = ? AND kind = 'visible' AND NOT is_late"
    )
    ((count,),) = rows(server.data_dir, statement, attempt_id)
    assert isinstance(count, int)
    return count


def _the_signals_are_stored_once_and_in_order(server: Server, attempt_id: str) -> None:
    stored = rows(
        server.data_dir,
        "SELECT seq, kind, is_late FROM browser_events WHERE attempt_id = ? AND source = 'page'"
        " ORDER BY id",
        attempt_id,
    )
    assert [seq for seq, _, _ in stored] == list(range(1, len(stored) + 1))
    told = [(str(kind), bool(is_late)) for _, kind, is_late in stored]
    new_page = [
        (kind, False) for kind in ("visible", "focus", "second_screen_gone", "online")
    ]  # how things stand
    assert [one for one in told if one[0] not in ("camera", "question")] == [
        *new_page,
        ("offline", True),
        ("hidden", True),
        ("visible", True),
        ("online", False),
        ("offline", True),  # kept by the tab that was killed, sent by the next one
        *new_page,
        *new_page,  # after the reload
    ], told
    assert {("question", False), ("question", True)} <= {*told}  # which one was shown, and when
    assert ("camera", False) in told  # each page names its camera, some as it is left


def _the_score_is_right(server: Server, office: Desk, attempt_id: str) -> None:
    statement = "SELECT question_id, points FROM answers WHERE attempt_id = ? ORDER BY points"
    assert rows(server.data_dir, statement, attempt_id) == [
        ("q-essay", None),
        ("q-number", 1.0),
        ("q-short", 2.0),
        ("q-robust", 4.0),
        ("q-interval", 5.0),
    ]
    marked = office.services.marking.give(office.admin, attempt_id, "q-essay", 6.5)
    assert (marked.points, marked.max_points) == (18.5, 20.0)


def test_given_a_clients_clock_an_hour_fast_then_the_countdown_is_the_servers(
    server: Server, office: Desk, candidate: Callable[[str], Visitor]
) -> None:
    content = ExamContent(
        "Clocks", duration_minutes=30, questions=QUESTIONS[:2], level=Level.BROWSER
    )
    office.exam(content, ExamTerms(code="CLOCKS"))
    grace = candidate("Grace")
    grace.page.add_init_script(_HOUR_FAST)
    begin(grace, "CLOCKS")
    began = time.monotonic()

    for again in (grace.page.reload, lambda: grace.page.evaluate(_HOUR_FAST)):
        again()
        grace.page.locator(".question-text").wait_for()
        grace.page.get_by_text("11.9 to 12.9").click()
        grace.sees("saved")
        minutes, seconds = grace.page.get_by_role("timer").inner_text().split(":")
        passed_s = time.monotonic() - began
        # A busy machine is seconds late with all of this; the client's clock is an hour ahead.
        assert abs(int(minutes) * 60 + int(seconds) - (30 * 60 - passed_s)) < 60
    assert own_errors(grace) == []


def test_given_a_second_window_then_it_takes_the_exam_over_and_that_is_recorded(
    server: Server, office: Desk, candidate: Callable[[str], Visitor]
) -> None:
    content = ExamContent("Windows", questions=QUESTIONS, level=Level.BROWSER)
    office.exam(content, ExamTerms(code="WINDOWS"))
    first = candidate("Joan")
    begin(first, "WINDOWS")
    first.page.get_by_text("9.3 to 15.5").click()
    first.page.locator(".saved-saved", has_text="saved").wait_for()

    second = first.page.context.new_page()
    second.goto(f"{server.url}/exam")
    second.locator(".option.is-chosen", has_text="9.3 to 15.5").wait_for()
    first.sees("The exam goes on in another window")
    assert first.page.locator(".question-text").count() == 0
    first.page.click("#take-over")
    first.page.locator(".option.is-chosen", has_text="9.3 to 15.5").wait_for()
    second.get_by_text("The exam goes on in another window").wait_for()

    events = rows(
        server.data_dir,
        "SELECT kind FROM attempt_events WHERE attempt_id = ? AND kind LIKE 'tab_%'",
        attempt_of(server, "WINDOWS"),
    )
    assert events == [("tab_replaced",)] * 2
    assert own_errors(first) == []


def test_given_an_exam_that_keeps_to_one_window_then_the_second_is_refused_and_that_is_recorded(
    server: Server, office: Desk, candidate: Callable[[str], Visitor]
) -> None:
    content = ExamContent(
        "One window", questions=QUESTIONS, level=Level.NONE, second_device=SecondDevice.REFUSE
    )
    office.exam(content, ExamTerms(code="ONE-WINDOW"))
    first = candidate("Mary")
    begin(first, "ONE-WINDOW")

    second = first.page.context.new_page()
    second.goto(f"{server.url}/exam")
    second.get_by_text("The exam is open in another window").wait_for()
    assert second.locator(".question-text").count() == 0
    first.page.get_by_text("9.3 to 15.5").click()
    first.page.locator(".saved-saved", has_text="saved").wait_for()

    events = rows(
        server.data_dir,
        "SELECT kind FROM attempt_events WHERE attempt_id = ? AND kind LIKE 'second_%'",
        attempt_of(server, "ONE-WINDOW"),
    )
    assert events == [("second_tab_refused",)]
    first.page.close()
    second.click("#take-over")
    second.locator(".option.is-chosen", has_text="9.3 to 15.5").wait_for()


def test_given_a_pause_then_the_questions_are_hidden_until_it_is_lifted(
    server: Server, office: Desk, candidate: Callable[[str], Visitor]
) -> None:
    content = ExamContent("Pauses", questions=QUESTIONS, level=Level.BROWSER)
    office.exam(content, ExamTerms(code="PAUSES"))
    emmy = candidate("Emmy")
    begin(emmy, "PAUSES")
    emmy.page.get_by_text("6.2 to 18.6").click()
    emmy.page.locator(".saved-saved", has_text="saved").wait_for()
    ((user_id,),) = rows(server.data_dir, "SELECT id FROM users WHERE email = 'emmy@sitting.test'")
    headers = server.bearer(*ADMIN)
    exam = f"{server.url}/api/v1/exam"

    assert (
        httpx.post(f"{exam}/pause/{user_id}", headers=headers, timeout=PATIENCE_S).status_code
        == 200
    )
    emmy.sees("The exam is paused")
    assert "confidence interval" not in emmy.page.content()
    emmy.page.reload()
    emmy.sees("The exam is paused")
    assert "confidence interval" not in emmy.page.content()

    assert (
        httpx.post(f"{exam}/resume/{user_id}", headers=headers, timeout=PATIENCE_S).status_code
        == 200
    )
    emmy.page.locator(".option.is-chosen", has_text="6.2 to 18.6").wait_for()
    said = {"text": "Please move the lamp behind you."}
    attempts = f"{server.url}/api/v1/attempts/{attempt_of(server, 'PAUSES')}"
    assert (
        httpx.post(
            f"{attempts}/message", json=said, headers=headers, timeout=PATIENCE_S
        ).status_code
        == 200
    )
    emmy.sees("Please move the lamp behind you.")
    emmy.page.fill("#say", "Done, thank you.")
    emmy.page.click("#send")
    emmy.sees("Done, thank you.")
    assert own_errors(emmy) == []


def test_given_what_began_in_a_pause_or_before_a_restart_then_it_is_an_incident_all_the_same(
    server: Server, office: Desk, candidate: Callable[[str], Visitor]
) -> None:
    content = ExamContent("Away", questions=QUESTIONS, level=Level.BROWSER, fullscreen=True)
    office.exam(content, ExamTerms(code="AWAY"))
    lise = candidate("Lise")
    begin(lise, "AWAY")
    page = lise.page
    page.get_by_text("Show it on the full screen").click()
    page.get_by_text("Show it on the full screen").wait_for(state="hidden")
    attempt_id = attempt_of(server, "AWAY")
    ((user_id,),) = rows(server.data_dir, "SELECT id FROM users WHERE email = 'lise@sitting.test'")
    exam, headers = f"{server.url}/api/v1/exam", server.bearer(*ADMIN)
    assert (
        httpx.post(f"{exam}/pause/{user_id}", headers=headers, timeout=PATIENCE_S).status_code
        == 200
    )
    lise.sees("The exam is paused")

    page.evaluate("document.exitFullscreen()")
    page.evaluate(_HIDE, True)
    page.evaluate(_SECOND_SCREEN)
    page.wait_for_timeout(1000)
    assert _open_incidents(server, attempt_id) == []
    assert (
        httpx.post(f"{exam}/resume/{user_id}", headers=headers, timeout=PATIENCE_S).status_code
        == 200
    )
    all_three = ["fullscreen_exit", "second_screen", "tab_switch"]
    eventually(lambda: _open_incidents(server, attempt_id) == all_three, page)
    newest = "SELECT event_type FROM incidents WHERE attempt_id = ? ORDER BY id DESC LIMIT 1"
    assert rows(server.data_dir, newest, attempt_id) == [
        ("fullscreen_exit",)
    ]  # one has time to go back

    with server.crash():
        pass
    ended = "SELECT count(*) FROM incidents WHERE attempt_id = ? AND closed_at IS NOT NULL"
    eventually(lambda: rows(server.data_dir, ended, attempt_id)[0][0] == 3, page)
    eventually(lambda: _open_incidents(server, attempt_id) == all_three, page)
    page.evaluate(_HIDE, False)
    eventually(lambda: "tab_switch" not in _open_incidents(server, attempt_id), page)


def _open_incidents(server: Server, attempt_id: str) -> list[object]:
    statement = (
        "SELECT event_type FROM incidents WHERE attempt_id = ? AND closed_at IS NULL"
        " ORDER BY event_type"
    )
    return [event_type for (event_type,) in rows(server.data_dir, statement, attempt_id)]


def test_given_a_narrow_screen_then_the_steps_of_the_sheet_fit(
    office: Desk, candidate: Callable[[str], Visitor]
) -> None:
    office.exam(
        ExamContent("Narrow", questions=QUESTIONS, level=Level.NONE), ExamTerms(code="NARROW")
    )
    ida = candidate("Ida")
    for width in (390, 360, 320):
        ida.page.set_viewport_size({"width": width, "height": 844})
        if width == 390:
            begin(ida, "NARROW")
        for number in (1, len(QUESTIONS)):
            ida.page.evaluate(
                "n => document.querySelectorAll('.numbers .number')[n]?.click()", number - 1
            )
            ida.page.evaluate(_LONGEST_WORD)
            assert ida.page.evaluate(_STEPS) == [0, 0], width


def test_given_an_exam_in_safe_exam_browser_then_it_opens_there_and_nowhere_else(
    server: Server, office: Desk, candidate: Callable[[str], Visitor]
) -> None:
    exam_id = office.exam(
        ExamContent("Closed book", questions=QUESTIONS, level=Level.NONE), ExamTerms(code="SEB-1")
    )
    office.services.seb.require(office.admin, exam_id, True)
    mia = candidate("Mia")
    page = mia.page
    page.goto(f"{mia.url}/dashboard")
    page.fill("#code", "SEB-1")
    page.click("#join")
    mia.sees("Download configuration")
    link = page.locator("#seb-open").get_attribute("href") or ""
    assert link.startswith("seb://localhost:")
    with page.expect_download() as found:
        page.click("#seb-download")
    assert found.value.suggested_filename == "SEB-1.seb"
    file = Path(found.value.path()).read_bytes()
    assert httpx.get(link.replace("seb://", "http://"), timeout=PATIENCE_S).content == file
    assert not own_errors(mia)

    page.add_init_script(_SAFE_EXAM_BROWSER % ("0" * 64))
    page.reload()
    mia.sees("does not belong to this exam")
    page.add_init_script(_SAFE_EXAM_BROWSER % key_of_file(file))
    page.reload()
    page.click("#seb-go-on")
    mia.sees("Before you begin")
    page.click("#agree")
    page.click("#start")
    page.click("#go-on")
    page.click("#begin")
    page.locator(".question-text").wait_for()

    browser = page.context.browser
    assert browser is not None
    outside = Visitor(browser, server.url)
    outside.log_in("mia@sitting.test", STUDENT_PASSWORD)
    outside.page.goto(f"{server.url}/exam")
    outside.sees("Download configuration")
    assert outside.page.locator(".question-text").count() == 0
