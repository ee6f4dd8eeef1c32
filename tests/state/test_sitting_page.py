"""The exam page: which phase it shows, what it knows of the questions in each, and what it asks."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from reflex.istate.data import RouterData

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.domain.exam import Level, SecondDevice
from proctor_app.errors import NotAllowed
from proctor_app.state import exam as exam_module
from proctor_app.state import sitting_side
from proctor_app.state.exam import ExamState
from proctor_app.state.results import ResultsState
from proctor_app.state.sitting_words import ShownPaper
from tests.fakes import jpeg
from tests.papers import CLOSED, CONTENT, SetExam, attempt_row, begun, browser_only, set_exam
from tests.state.tabs import Browser, call, open_page
from tests.world import Person, World

DATA_URL = "data:image/jpeg;base64," + base64.b64encode(jpeg()).decode()
UNWATCHED = replace(CONTENT, level=Level.NONE)


@pytest.fixture
async def running(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setattr(exam_module, "system_clock", world.clock)
    monkeypatch.setattr(sitting_side, "system_clock", world.clock)
    await world.services.monitoring.start()
    yield world
    browser.is_open = False
    await world.services.monitoring.close()


async def page_of(who: Person) -> ExamState:
    page = open_page(ExamState, who.token)
    await call(page, "load")
    return page


async def joined(world: World, who: Person, exam: SetExam) -> ExamState:
    await world.services.sitting.join(who.actor, exam.code)
    return await page_of(who)


async def agreed(world: World, who: Person, exam: SetExam) -> ExamState:
    page = await joined(world, who, exam)
    await call(page, "agree", True)
    await call(page, "start")
    return page


async def sat(world: World, who: Person, exam: SetExam) -> ExamState:
    await begun(world, who, exam)
    return await page_of(who)


async def send(world: World, page: ExamState, times: int = 1) -> None:
    for _ in range(times):
        world.clock.advance(0.5)
        await call(page, "take_frame", DATA_URL, page.acked + 1)


async def test_given_an_exam_that_was_joined_then_the_notice_comes_before_camera_and_questions(
    running: World,
) -> None:
    page = await joined(running, running.person(), set_exam(running))

    assert (page.phase, page.title, page.shows_camera) == ("notice", "Arithmetic", False)
    assert page.paper == ShownPaper()
    await call(page, "start")
    assert page.phase == "notice"
    assert attempt_row(running, page.attempt_id).consented_at is None


@pytest.mark.parametrize(
    ("days", "said"), [(180, "For 180 days after the exam ends."), (None, "no number of days")]
)
async def test_given_an_exam_that_keeps_for_some_days_then_its_notice_names_them(
    running: World, days: int | None, said: str
) -> None:
    exam = set_exam(running, retention_days=days)
    page = await joined(running, running.person(), exam)

    assert said in dict(page.notices)["How long it is kept"]


async def test_given_the_notice_is_accepted_then_the_check_follows_and_it_is_recorded(
    running: World,
) -> None:
    page = await agreed(running, running.person(), set_exam(running))

    assert (page.phase, page.step, page.shows_camera) == ("check", "check", True)
    row = attempt_row(running, page.attempt_id)
    assert row.consented_at is not None
    assert row.notice_version == page.notice_version


async def test_given_a_camera_then_its_pictures_are_judged_and_calibrated_but_not_monitored(
    running: World,
) -> None:
    page = await agreed(running, running.person(), set_exam(running))
    await call(page, "camera_changed", "live")
    await send(running, page)
    assert {check.key: check.kind for check in page.checks}["camera"] == "ok"
    assert page.checks[2].kind in ("ok", "notice")
    await call(page, "go_on")
    assert page.step == "calibration"
    looked_at = len(running.engine.looked_at)
    await send(running, page)
    assert len(running.engine.looked_at) == looked_at
    await call(page, "calibrate")
    await send(running, page)
    assert len(running.engine.looked_at) == looked_at + 1
    assert running.services.monitoring.live(page.attempt_id) is None


async def test_given_no_enrolled_face_then_the_identity_step_says_so_and_keeps_nobody_out(
    running: World,
) -> None:
    exam = set_exam(running, replace(CONTENT, identity_check=True))
    page = await agreed(running, running.person(), exam)
    await call(page, "camera_changed", "live")
    await call(page, "go_on")
    await call(page, "go_on")
    assert page.step == "identity"
    await call(page, "compare")
    await send(running, page, 3)

    assert (page.is_identified, page.outcome.kind) == (True, "unknown")
    await call(page, "go_on")
    assert page.step == "ready"
    await call(page, "begin")
    assert page.phase == "sitting"


async def test_given_the_exam_begins_then_the_page_has_the_questions_and_nothing_of_what_is_right(
    running: World,
) -> None:
    page = await agreed(running, running.person(), set_exam(running, UNWATCHED))
    await call(page, "go_on")
    assert (page.phase, page.step) == ("check", "ready")
    await call(page, "begin")

    assert page.phase == "sitting"
    assert [one.id for one in page.paper.questions] == [one.id for one in CONTENT.questions]
    sent = str(page.dict())
    assert "Capital of Peru?" in sent
    for secret in ("Lima", "3.14", "correct", "Because."):
        assert secret not in sent
    assert page.clock.remaining_s == 3600.0


async def test_given_an_exam_that_opens_later_then_the_page_waits_and_begins_at_its_time(
    running: World,
) -> None:
    opens_at = running.clock() + timedelta(minutes=5)
    exam = set_exam(running, UNWATCHED, opens_at=opens_at)
    page = await agreed(running, running.person(), exam)
    await call(page, "go_on")
    assert (page.phase, page.opens.remaining_s) == ("waiting", 300.0)
    running.clock.advance(299)
    await call(page, "begin")
    assert (page.phase, page.opens.remaining_s) == ("waiting", 1.0)
    running.clock.advance(1)
    await call(page, "begin")

    assert page.phase == "sitting"


async def test_given_a_reload_then_the_page_goes_on_where_it_was_with_what_was_answered(
    running: World,
) -> None:
    ana = running.person()
    page = await sat(running, ana, set_exam(running, UNWATCHED))
    save = running.services.sitting.save
    await save(ana.actor, page.attempt_id, "q-single", "4", flagged=True, seq=7)
    again = await page_of(ana)

    (answer,) = again.paper.answers
    assert (answer.question_id, answer.value, answer.is_flagged) == ("q-single", "4", True)
    assert again.paper.last_seq == 7


async def test_given_a_pause_then_the_questions_leave_the_page_until_it_is_lifted(
    running: World,
) -> None:
    ana, eve = running.person(), running.person(Role.PROCTOR)
    page = await sat(running, ana, set_exam(running, UNWATCHED))
    watch = asyncio.create_task(call(page, "watch"))
    await running.services.sessions.pause(eve.actor, ana.id, "The fire bell rings.")
    await asyncio.wait_for(watch, 60)

    assert (page.phase, page.why, page.may_resume) == ("paused", "The fire bell rings.", False)
    assert page.paper == ShownPaper()
    with pytest.raises(NotAllowed):
        await call(page, "resume")
    watch = asyncio.create_task(call(page, "watch"))
    await running.services.sessions.resume(eve.actor, ana.id)
    await asyncio.wait_for(watch, 60)
    assert (page.phase, len(page.paper.questions)) == ("sitting", 5)


async def test_given_an_exam_that_lets_them_then_candidates_pause_and_go_on_by_themselves(
    running: World,
) -> None:
    ana = running.person()
    exam = set_exam(running, replace(UNWATCHED, candidate_may_pause=True))
    page = await sat(running, ana, exam)
    assert page.may_pause
    await call(page, "pause")
    assert (page.phase, page.may_resume) == ("paused", True)
    await call(page, "resume")
    assert page.phase == "sitting"


def another_tab(who: Person) -> ExamState:
    page = open_page(ExamState, who.token)
    headers = {"cookie": page.router.headers.cookie}
    page.router = RouterData.from_router_data({"headers": headers, "token": "another-tab"})
    return page


async def test_given_a_second_tab_then_the_first_gives_way_and_takes_over_only_when_asked(
    running: World,
) -> None:
    ana = running.person()
    first = await sat(running, ana, set_exam(running, browser_only()))
    watch = asyncio.create_task(call(first, "watch"))
    second = another_tab(ana)
    await call(second, "load")
    await asyncio.wait_for(watch, 60)

    assert (first.phase, first.refused, second.phase) == ("replaced", False, "sitting")
    assert first.paper == ShownPaper()
    await call(first, "load")  # its connection came back: it must not take the exam by itself
    await call(first, "told", "unknown")
    assert first.phase == "replaced"
    await call(first, "take_over")
    assert first.phase == "sitting"
    await call(second, "told", "replaced")
    assert second.phase == "replaced"


async def test_given_an_exam_of_one_window_then_a_second_is_refused_while_the_first_is_open(
    running: World, browser: Browser
) -> None:
    ana = running.person()
    exam = set_exam(running, replace(UNWATCHED, second_device=SecondDevice.REFUSE))
    first = await sat(running, ana, exam)
    second = another_tab(ana)
    await call(second, "load")
    assert (second.phase, second.refused) == ("replaced", True)
    assert second.paper == ShownPaper()
    await call(first, "load")
    assert first.phase == "sitting"

    browser.is_open = False
    await call(second, "take_over")
    assert second.phase == "sitting"


async def test_given_the_exam_was_handed_in_then_the_page_shows_the_receipt_and_forgets_the_rest(
    running: World,
) -> None:
    ana = running.person()
    page = await sat(running, ana, set_exam(running, UNWATCHED))
    save = running.services.sitting.save
    await save(ana.actor, page.attempt_id, "q-single", "4", seq=1)
    await running.services.sitting.submit(ana.actor, page.attempt_id)
    await call(page, "told", "ended")

    row = attempt_row(running, page.attempt_id)
    assert (page.phase, page.receipt.code) == ("ended", row.receipt)
    assert page.receipt.answered == "1 of 5"
    assert page.paper == ShownPaper()
    assert not page.is_released
    again = await page_of(ana)
    assert again.phase == "ended"
    running.clock.advance(3600)
    assert (await page_of(ana)).phase == "notice"


async def test_given_the_time_is_up_then_the_page_ends_the_attempt_when_it_looks(
    running: World,
) -> None:
    page = await sat(running, running.person(), set_exam(running, UNWATCHED))
    running.clock.advance(3601)
    await call(page, "told", "ended")
    assert (page.phase, attempt_row(running, page.attempt_id).status) == ("ended", "timed_out")


async def test_given_messages_then_both_sides_words_are_shown_and_a_warning_until_it_is_read(
    running: World,
) -> None:
    ana, eve = running.person(), running.person(Role.PROCTOR)
    page = await sat(running, ana, set_exam(running, UNWATCHED))
    send_message = running.services.sitting.send_message
    await send_message(eve.actor, page.attempt_id, "Please sit upright.")
    await call(page, "send_message", {"text": "x" * 5000})
    assert [(one.by, one.is_own) for one in page.messages] == [("Proctor", False), ("You", True)]
    assert len(page.messages[1].text) == 1000

    with running.database.write() as session:
        session.add(
            tables.Message(
                attempt_id=page.attempt_id,
                kind="warning",
                text="Stay on the full screen.",
                sent_at=running.clock(),
            )
        )
    await call(page, "send_message", {"text": "I do."})
    assert page.warning == "Stay on the full screen."
    await call(page, "read_warning")
    await call(page, "send_message", {"text": "Read."})
    assert page.warning == ""


async def test_given_released_results_then_the_page_shows_them_and_before_that_what_comes_next(
    running: World,
) -> None:
    ana = running.person()
    exam = set_exam(running, replace(UNWATCHED, questions=CLOSED))
    page = await sat(running, ana, exam)
    save = running.services.sitting.save
    await save(ana.actor, page.attempt_id, "q-single", "4", seq=1)
    await save(ana.actor, page.attempt_id, "q-short", "Quito", seq=2)
    await running.services.sitting.submit(ana.actor, page.attempt_id)
    results = open_page(ResultsState, ana.token)
    address = {"asPath": f"/results/{page.attempt_id}/", "pathname": "/results/[attempt]"}
    results.router = RouterData.from_router_data(
        {"headers": {"cookie": results.router.headers.cookie}, "token": "a-tab", **address}
    )

    await call(results, "load")
    assert (results.is_released, results.questions, results.score) == (False, [], "")
    assert "released" in results.next_words
    assert "Lima" not in str(results.dict())

    with running.database.write() as session:
        session.get_one(tables.Exam, exam.id).results_at = running.clock()
    await call(results, "load")
    assert (results.score, results.percent) == ("1 of 6", "17 %")
    shown = [(one.verdict.text, one.right) for one in results.questions]
    assert shown[0] == ("Right", "4")
    assert shown[3] == ("Not right", "Lima")
    assert [c.is_right for c in results.questions[0].choices] == [False, True, False]

    eve = running.person()
    stranger = open_page(ResultsState, eve.token)
    stranger.router = RouterData.from_router_data(
        {"headers": {"cookie": stranger.router.headers.cookie}, "token": "b-tab", **address}
    )
    await call(stranger, "load")
    assert stranger.problem
    assert stranger.questions == []
