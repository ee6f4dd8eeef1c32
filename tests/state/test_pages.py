"""What the pages' States show and do for those who may."""

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.state.exam import ExamState
from proctor_app.state.home import AdminState, HomeState
from proctor_app.state.wall import WallState
from tests.fakes import jpeg
from tests.papers import assign, begun, browser_only, set_exam
from tests.state.tabs import Browser, call, open_page
from tests.world import Person, World, eventually


@pytest.fixture
async def running(world: World) -> AsyncIterator[World]:
    await world.services.monitoring.start()
    yield world
    await world.services.monitoring.close()


async def started(world: World, candidate: Person) -> ExamState:
    page = open_page(ExamState, candidate.token)
    await call(page, "load")
    await call(page, "agree", True)
    await call(page, "start")
    return page


async def send(world: World, page: ExamState, frames: int, faces: int) -> None:
    """Frames half a second apart, as the camera component sends them."""
    world.engine.faces = faces
    for _ in range(frames):
        world.clock.advance(0.5)
        picture = "data:image/jpeg;base64," + base64.b64encode(jpeg()).decode()
        await call(page, "take_frame", picture, page.acked + 1)


async def test_a_first_visit_shows_the_notice_and_starts_nothing(running: World) -> None:
    page = open_page(ExamState, running.person(name="Ada").token)
    await call(page, "load")
    assert (page.phase, page.viewer, page.agreed) == ("notice", "Ada", False)
    assert running.count(tables.Attempt) == 0


async def test_without_consent_nothing_starts(running: World) -> None:
    page = open_page(ExamState, running.person().token)
    await call(page, "load")
    await call(page, "start")
    assert page.phase == "notice"
    assert running.count(tables.Attempt) == 0


async def test_with_consent_the_session_runs_and_the_consent_is_recorded(running: World) -> None:
    page = await started(running, running.person())
    (attempt,) = running.rows(tables.Attempt)
    assert (page.phase, attempt.status) == ("running", "running")
    assert attempt.consented_at is not None


async def test_every_frame_is_answered_and_a_bad_one_says_why(running: World) -> None:
    page = await started(running, running.person())
    await send(running, page, frames=2, faces=1)
    assert (page.acked, page.trouble) == (1, "")
    await call(page, "take_frame", "data:image/jpeg;base64,AAAA", 2)
    assert page.acked == 2
    assert page.trouble


async def test_a_missing_face_is_shown_to_candidate_and_proctor(
    running: World, browser: Browser
) -> None:
    candidate = running.person(name="Grace")
    page = await started(running, candidate)
    wall = open_page(WallState, running.person(Role.PROCTOR).token)
    watches = [asyncio.create_task(call(one, "watch")) for one in (page, wall)]
    await send(running, page, frames=3, faces=1)
    await eventually(lambda: page.seen.text == "Face visible")
    await send(running, page, frames=6, faces=0)
    await eventually(lambda: bool(page.incidents) and bool(wall.feed))
    assert page.incidents[0].event == "Face not detected"
    assert (wall.feed[0].name, wall.feed[0].text) == ("Grace", "Face not detected")
    await eventually(lambda: [tile.name for tile in wall.tiles] == ["Grace"])
    await eventually(lambda: wall.alerts == 1)
    assert wall.tiles[0].rank == "alert"

    browser.is_open = False
    await asyncio.wait_for(asyncio.gather(*watches), 60)
    assert running.services.broadcast.watchers == 0


async def test_a_newer_watch_of_the_same_tab_ends_the_older_one(
    running: World, browser: Browser
) -> None:
    wall = open_page(WallState, running.person(Role.PROCTOR).token)
    older = asyncio.create_task(call(wall, "watch"))
    await eventually(lambda: wall.loaded)
    newer = asyncio.create_task(call(wall, "watch"))
    await asyncio.wait_for(older, 60)
    assert not newer.done()
    browser.is_open = False
    await asyncio.wait_for(newer, 60)


async def test_a_watch_ends_with_the_session_behind_it(running: World) -> None:
    proctor = running.person(Role.PROCTOR)
    wall = open_page(WallState, proctor.token)
    watch = asyncio.create_task(call(wall, "watch"))
    await eventually(lambda: wall.loaded)
    running.services.logins.log_out(proctor.actor)
    await asyncio.wait_for(watch, 60)
    assert watch.done()


async def test_after_a_reload_the_page_goes_on_with_the_same_attempt(running: World) -> None:
    candidate = running.person()
    page = await started(running, candidate)
    await send(running, page, frames=6, faces=0)
    again = open_page(ExamState, candidate.token)
    follow_up = await call(again, "load")
    assert again.phase == "running"
    assert "watch" in str(follow_up)
    await send(running, again, frames=1, faces=1)
    assert again.trouble == ""
    assert running.count(tables.Attempt) == 1


async def test_stop_ends_the_session_and_its_incidents(running: World) -> None:
    page = await started(running, running.person())
    await send(running, page, frames=6, faces=0)
    await call(page, "stop")
    (attempt,), (incident,) = running.rows(tables.Attempt), running.rows(tables.Incident)
    assert (page.phase, attempt.status) == ("ended", "submitted")
    assert incident.closed_at is not None


@pytest.mark.parametrize(
    ("role", "leads_to"),
    [(Role.STUDENT, "/dashboard"), (Role.PROCTOR, "/dashboard"), (Role.ADMIN, "/admin/dashboard")],
)
async def test_the_front_page_leads_each_role_to_its_first_page(
    world: World, role: Role, leads_to: str
) -> None:
    page = open_page(HomeState, world.person(role).token)
    assert f'"{leads_to}"' in str(await call(page, "enter"))


async def test_the_home_page_lists_own_attempts_alone(running: World) -> None:
    mine, other = running.person(), running.person()
    for candidate in (mine, other):
        await started(running, candidate)
    page = open_page(HomeState, mine.token)
    await call(page, "load")
    assert (page.has_session, page.attempts) == (True, [])
    await running.services.sessions.stop(mine.actor, mine.id)
    await call(page, "load")
    statuses = [attempt.status for attempt in page.attempts]
    assert (page.has_session, statuses) == (False, ["Submitted"])


async def test_the_admins_page_counts_attempts(running: World) -> None:
    await started(running, running.person())
    page = open_page(AdminState, running.person(Role.ADMIN).token)
    await call(page, "load")
    assert (page.running, page.interrupted, page.finished) == (1, 0, 0)


async def test_given_an_exam_is_chosen_on_the_wall_then_it_says_how_many_have_begun(
    running: World, browser: Browser
) -> None:
    exam, eve = set_exam(running, browser_only()), running.person(Role.PROCTOR)
    await begun(running, running.person(), exam)
    wall = open_page(WallState, eve.token, "/proctor")
    await call(wall, "pick_exam", exam.id)
    assert wall.begun == "1 has begun"

    watch = asyncio.create_task(call(wall, "watch"))
    await begun(running, running.person(), exam)
    running.clock.advance(3)
    await eventually(lambda: wall.begun == "2 have begun")
    assign(running, exam, running.person(Role.PROCTOR))
    await eventually(lambda: wall.begun == "")
    await call(wall, "pick_exam", "")
    assert wall.begun == ""
    browser.is_open = False
    await asyncio.wait_for(watch, 5)
