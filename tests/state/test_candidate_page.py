"""The page about one candidate: what it shows, what it lets proctors do, and whom it refuses."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from proctor_app.db import tables
from proctor_app.db.session import Database, DatabaseUnavailable
from proctor_app.domain.access import Role
from proctor_app.errors import Invalid, NotAllowed, NotFound
from proctor_app.services import scores
from proctor_app.state import candidate
from proctor_app.state.candidate import CandidateState
from tests.fakes import jpeg
from tests.papers import SetExam, assign, attempt_row, begun, browser_only, set_exam
from tests.state.tabs import Browser, call, open_page
from tests.world import Person, World, eventually


@pytest.fixture(autouse=True)
def quick_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is pushed as often as can be."""
    monkeypatch.setattr(candidate, "_PAUSE_S", 0.005)
    monkeypatch.setattr(candidate, "_IDLE_S", 0.01)


@pytest.fixture
async def running(world: World, browser: Browser) -> AsyncIterator[World]:
    await world.services.monitoring.start()
    yield world
    browser.is_open = False
    await world.services.monitoring.close()


@pytest.fixture
def ana(running: World) -> Person:
    return running.person(name="Ana")


@pytest.fixture
def proctor(running: World) -> Person:
    return running.person(Role.PROCTOR, "Pat")


@pytest.fixture
def exam(running: World) -> SetExam:
    return set_exam(running, browser_only())


@pytest.fixture
async def attempt_id(running: World, ana: Person, exam: SetExam) -> str:
    return await begun(running, ana, exam)


async def _open(who: Person, attempt_id: str) -> tuple[CandidateState, "asyncio.Task[object]"]:
    page = open_page(CandidateState, who.token, f"/proctor/{attempt_id}")
    watch = asyncio.create_task(call(page, "watch"))
    await eventually(lambda: page.loaded)
    return page, watch


def _incident(world: World, attempt_id: str) -> int:
    with world.database.write() as session:
        row = tables.Incident(
            attempt_id=attempt_id,
            event_type="phone",
            severity="alert",
            opened_at=world.clock(),
            closed_at=world.clock() + timedelta(seconds=4),
            confidence=0.87,
        )
        session.add(row)
        session.flush()
        scores.changed(session, session.get_one(tables.Attempt, attempt_id), [row])
        assert row.id is not None
        return row.id


async def test_given_the_page_is_open_then_it_shows_the_attempt_and_follows_it(
    running: World, proctor: Person, attempt_id: str
) -> None:
    page, _ = await _open(proctor, attempt_id)
    assert (page.head.candidate, page.head.title) == ("Ana", "Arithmetic")
    assert (page.progress.words, page.compliance, page.incidents) == (
        "0 of 5 answered",
        "100",
        [],
    )
    assert page.left.runs

    incident_id = _incident(running, attempt_id)

    await eventually(lambda: [one.id for one in page.incidents] == [incident_id])
    assert (page.incidents[0].event, page.incidents[0].lasted) == ("Phone detected", "4 s")
    assert page.terms[0].name == "A phone"
    await eventually(lambda: incident_id in {c for c in _ids_drawn(page) if c})


def _ids_drawn(page: CandidateState) -> list[int]:
    bars = [trace for trace in page.figure.to_dict()["data"] if trace["type"] == "bar"]
    return [data[0] for bar in bars for data in bar.get("customdata", ())]


async def test_given_a_camera_then_the_newest_picture_is_told_by_its_number(
    running: World, ana: Person, proctor: Person
) -> None:
    started = await running.services.sessions.start(ana.actor, ana.id)
    page, _ = await _open(proctor, started.attempt.id)
    assert (page.picture.frame, page.signs.link.text) == (0, "No picture yet")

    running.clock.advance(1)
    await running.services.monitoring.ingest(ana.actor, started.attempt.id, jpeg())

    await eventually(lambda: page.picture.frame == 1)
    await eventually(lambda: page.signs.seen.text == "Face visible")
    assert (page.head.is_free, page.dots) == (True, [])


async def test_given_the_candidate_writes_then_the_page_shows_it_and_it_is_seen(
    running: World, ana: Person, proctor: Person, attempt_id: str
) -> None:
    page, _ = await _open(proctor, attempt_id)

    await running.services.sitting.send_message(ana.actor, attempt_id, "May I use earplugs?")

    await eventually(lambda: [one.text for one in page.messages] == ["May I use earplugs?"])
    assert page.messages[0].is_candidates
    await eventually(lambda: all(row.seen_at for row in running.rows(tables.Message)))


async def test_given_words_and_a_warning_then_both_reach_the_candidate_and_stand_on_the_page(
    running: World, proctor: Person, attempt_id: str
) -> None:
    page, _ = await _open(proctor, attempt_id)

    await call(page, "say", "Please look at your screen.")
    await call(page, "ask", "warn")
    assert page.asking
    await call(page, "confirm", "Put the book away.")

    await eventually(lambda: len(page.messages) == 2)
    assert [(one.text, one.is_warning) for one in page.messages] == [
        ("Please look at your screen.", False),
        ("Put the book away.", True),
    ]
    assert (page.sent, page.asking, page.refused) == (2, False, "")


async def test_given_words_that_are_refused_then_the_reason_stands_beside_them(
    running: World, proctor: Person, attempt_id: str
) -> None:
    page, _ = await _open(proctor, attempt_id)

    await call(page, "say", "x" * 2000)
    assert "at most" in page.refused
    await call(page, "ask", "terminate")
    await call(page, "confirm", "  ")

    assert (page.asking, page.busy, page.sent) == (True, False, 0)
    assert page.asked_problem != ""
    assert attempt_row(running, attempt_id).status == "running"


async def test_given_pause_resume_and_end_then_what_can_be_done_follows(
    running: World, proctor: Person, attempt_id: str
) -> None:
    page, watch = await _open(proctor, attempt_id)
    assert (page.head.can_pause, page.head.can_resume, page.head.can_terminate) == (
        True,
        False,
        True,
    )

    await call(page, "ask", "pause")
    await call(page, "confirm", "")
    await eventually(lambda: page.head.can_resume and not page.head.can_pause)
    assert not page.left.runs
    await call(page, "ask", "resume")
    await call(page, "confirm", "")
    await eventually(lambda: page.head.can_pause)
    await call(page, "ask", "terminate")
    await call(page, "confirm", "Left the room.")

    await eventually(lambda: not page.head.is_open)
    assert (page.head.state.text, page.head.reason) == ("Ended by a proctor", "Left the room.")
    assert (page.head.can_terminate, page.left.remaining_s) == (False, -1)
    assert not watch.done()  # the page stays useful


async def test_given_an_incident_is_chosen_then_its_pictures_are_shown_and_put_away_again(
    running: World, proctor: Person, attempt_id: str
) -> None:
    incident_id = _incident(running, attempt_id)
    with running.database.write() as session:
        for ordinal, moment in ((0, "at"), (1, "before")):
            taken_at = running.clock() - timedelta(seconds=2 * ordinal)
            session.add(
                tables.Evidence(
                    incident_id=incident_id, ordinal=ordinal, moment=moment, taken_at=taken_at,
                    sha256="0" * 64, size_bytes=1, key=f"a/{ordinal}",
                )
            )  # fmt: skip
    page, _ = await _open(proctor, attempt_id)

    await call(page, "choose", incident_id)

    assert [(shot.words, shot.url) for shot in page.shots] == [
        ("Before", f"/api/v1/incidents/{incident_id}/evidence/1"),
        ("At its opening", f"/api/v1/incidents/{incident_id}/evidence/0"),
    ]
    assert (page.chosen.title, "87% sure" in page.chosen.facts) == ("Phone detected", True)
    await call(page, "choose", 0)
    assert (page.chosen.id, page.shots) == (0, [])


async def test_given_an_incident_without_a_picture_then_the_page_says_why(
    running: World, proctor: Person, attempt_id: str
) -> None:
    incident_id = _incident(running, attempt_id)
    page, _ = await _open(proctor, attempt_id)

    await call(page, "choose", incident_id)

    assert (page.shots, page.chosen.why_none != "") == ([], True)


async def test_given_an_incident_is_acknowledged_then_the_page_says_so(
    running: World, proctor: Person, attempt_id: str
) -> None:
    incident_id = _incident(running, attempt_id)
    page, _ = await _open(proctor, attempt_id)

    await call(page, "acknowledge", incident_id)

    assert [one.is_acknowledged for one in page.incidents] == [True]
    for unknown in (0, -1, 2**40, incident_id + 1):
        with pytest.raises(NotFound):
            await call(page, "acknowledge", unknown)


async def test_given_the_page_is_open_then_colleagues_see_who_looks_until_they_say_otherwise(
    running: World, proctor: Person, attempt_id: str
) -> None:
    attention = running.services.attention
    page, _ = await _open(proctor, attempt_id)
    await eventually(lambda: page.looking == "Pat")

    await call(page, "look", False)
    assert attention.looking(attempt_id) == ()
    await eventually(lambda: page.looking == "")
    await call(page, "look", True)

    await eventually(lambda: attention.looking(attempt_id) == ("Pat",))


async def test_given_the_tab_is_closed_then_nobody_looks_any_more(
    running: World, browser: Browser, proctor: Person, attempt_id: str
) -> None:
    page, watch = await _open(proctor, attempt_id)
    await eventually(lambda: page.looking == "Pat")

    browser.is_open = False

    await asyncio.wait_for(watch, 5)
    assert running.services.attention.looking(attempt_id) == ()
    assert running.services.broadcast.watchers == 0


async def test_given_the_tab_goes_to_another_page_then_the_old_one_is_pushed_no_more(
    running: World, proctor: Person, attempt_id: str
) -> None:
    page, watch = await _open(proctor, attempt_id)

    page.router = open_page(CandidateState, proctor.token, "/proctor").router

    await asyncio.wait_for(watch, 5)


async def test_given_the_database_is_away_for_a_while_then_what_is_shown_stays(
    running: World, proctor: Person, attempt_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, watch = await _open(proctor, attempt_id)

    def away(_database: Database) -> None:
        raise DatabaseUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", away)
        await asyncio.sleep(0.1)
        assert (watch.done(), page.head.candidate) == (False, "Ana")
    incident_id = _incident(running, attempt_id)

    await eventually(lambda: [one.id for one in page.incidents] == [incident_id])


async def test_given_a_proctor_who_is_not_assigned_then_the_page_says_so_and_does_nothing(
    running: World, exam: SetExam, proctor: Person, attempt_id: str
) -> None:
    incident_id = _incident(running, attempt_id)
    assign(running, exam, running.person(Role.PROCTOR))
    page, watch = await _open(proctor, attempt_id)
    await asyncio.wait_for(watch, 5)

    assert (page.problem, page.head.candidate) == ("Other people watch this exam.", "")
    assert (page.incidents, page.messages, page.history) == ([], [], [])
    for handler, argument in (
        ("say", "Hello"),
        ("choose", incident_id),
        ("acknowledge", incident_id),
    ):
        with pytest.raises(NotAllowed):
            await call(page, handler, argument)
    for kind in ("warn", "pause", "resume", "terminate"):
        await call(page, "ask", kind)
        with pytest.raises(NotAllowed):
            await call(page, "confirm", "A reason")
        page.busy = False
    assert attempt_row(running, attempt_id).status == "running"
    assert running.rows(tables.Message) == []
    assert running.services.attention.looking(attempt_id) == ()


async def test_given_the_exam_becomes_other_peoples_then_nothing_of_it_stays_on_an_open_page(
    running: World, exam: SetExam, proctor: Person, attempt_id: str
) -> None:
    _incident(running, attempt_id)
    page, watch = await _open(proctor, attempt_id)
    await eventually(lambda: page.history != [] and page.looking != "")

    assign(running, exam, running.person(Role.PROCTOR))
    await asyncio.wait_for(watch, 5)

    assert page.problem == "Other people watch this exam."
    assert (page.incidents, page.terms, page.history, page.dots) == ([], [], [], [])
    assert (page.head.candidate, page.figure.data, page.looking) == ("", (), "")


async def test_given_staff_sit_an_exam_themselves_then_their_own_page_is_closed_to_them(
    running: World, exam: SetExam
) -> None:
    admin = running.person(Role.ADMIN)
    attempt_id = await begun(running, admin, exam)

    page, _ = await _open(admin, attempt_id)

    assert "your own" in page.problem
    assert page.incidents == []


async def test_given_an_unknown_attempt_then_the_page_says_that_it_is_not_there(
    running: World, proctor: Person
) -> None:
    page, watch = await _open(proctor, "nowhere")
    await asyncio.wait_for(watch, 5)

    assert page.problem == "There is no such attempt."


async def test_given_something_that_was_not_asked_then_nothing_is_done(
    running: World, proctor: Person, attempt_id: str
) -> None:
    page, _ = await _open(proctor, attempt_id)

    with pytest.raises(Invalid):
        await call(page, "ask", "promote")
    with pytest.raises(Invalid):
        await call(page, "confirm", "A reason")

    assert attempt_row(running, attempt_id).status == "running"
