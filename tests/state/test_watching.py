"""Pages that stay open: what reaches them, what they survive, and what ends them."""

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest

from proctor_app.db import tables
from proctor_app.db.session import Database, DatabaseUnavailable
from proctor_app.domain.access import Role
from proctor_app.errors import Conflict, NotAllowed, NotAuthenticated
from proctor_app.state.errors import handle_error
from proctor_app.state.exam import ExamState
from proctor_app.state.wall import WallState
from tests.fakes import jpeg
from tests.state.tabs import Browser, call, open_page
from tests.world import Person, World, eventually

DATA_URL = f"data:image/jpeg;base64,{base64.b64encode(jpeg()).decode()}"


@pytest.fixture
async def running(world: World, browser: Browser) -> AsyncIterator[World]:
    await world.services.monitoring.start()
    yield world
    browser.is_open = False
    await world.services.monitoring.close()


async def _sitting(world: World, candidate: Person) -> tuple[ExamState, "asyncio.Task[object]"]:
    """A candidate's page whose attempt runs, watched."""
    page = open_page(ExamState, candidate.token)
    await call(page, "load")
    await call(page, "agree", True)
    await call(page, "start")
    watch = asyncio.create_task(call(page, "watch"))
    await eventually(lambda: page.remaining != "")
    return page, watch


async def _watching(world: World) -> tuple[WallState, "asyncio.Task[object]"]:
    wall = open_page(WallState, world.person(Role.PROCTOR).token)
    watch = asyncio.create_task(call(wall, "watch"))
    await eventually(lambda: wall.loaded)
    return wall, watch


async def _let_it_turn() -> None:
    """Long enough for a page to be pushed several times."""
    await asyncio.sleep(0.1)


def _unavailable(_database: Database) -> None:
    raise DatabaseUnavailable


async def test_given_the_database_is_away_for_a_while_then_the_wall_stays_and_goes_on(
    running: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall, watch = await _watching(running)
    await _sitting(running, running.person(name="Ana"))
    await eventually(lambda: [tile.name for tile in wall.tiles] == ["Ana"])

    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", _unavailable)
        await _let_it_turn()
        assert not watch.done()
        assert [tile.name for tile in wall.tiles] == ["Ana"]

    await _sitting(running, running.person(name="Ben"))
    await eventually(lambda: len(wall.tiles) == 2)


async def test_given_tiles_that_are_held_then_whoever_comes_meanwhile_is_held_as_well(
    running: World,
) -> None:
    wall, _ = await _watching(running)
    await _sitting(running, running.person(name="Ana"))
    await eventually(lambda: len(wall.tiles) == 1)
    await call(wall, "hold", True)

    await _sitting(running, running.person(name="Ben"))

    await eventually(lambda: len(wall._held) == 2)
    assert wall._held == tuple(tile.id for tile in wall.tiles)
    await call(wall, "hold", False)
    assert wall._held == ()


async def test_given_the_database_is_away_for_a_while_then_the_candidates_page_catches_up(
    running: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = running.person()
    page, watch = await _sitting(running, ana)
    (attempt,) = running.rows(tables.Attempt)
    running.engine.faces = 0
    for _ in range(2):
        running.clock.advance(1.0)
        await call(page, "take_frame", DATA_URL, 1)
    running.clock.advance(1.0)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", _unavailable)
        await running.services.monitoring.ingest(ana.actor, attempt.id, jpeg())
        await _let_it_turn()
        assert not watch.done()
        assert page.incidents == []

    await eventually(lambda: [one.event for one in page.incidents] == ["Face not detected"])


async def test_given_a_proctor_stops_the_attempt_then_the_candidates_page_says_so_and_ends(
    running: World,
) -> None:
    ana = running.person()
    page, watch = await _sitting(running, ana)

    await running.services.sessions.stop(running.person(Role.PROCTOR).actor, ana.id)

    await asyncio.wait_for(watch, 5)
    assert (page.phase, page.ended_as, page.agreed) == ("ended", "Ended by the proctor.", False)


async def test_given_the_session_is_ended_elsewhere_then_the_candidates_page_stops_watching(
    running: World,
) -> None:
    ana = running.person()
    _, watch = await _sitting(running, ana)

    running.services.logins.log_out(ana.actor, everywhere=True)

    await asyncio.wait_for(watch, 5)
    assert running.services.broadcast.watchers == 0


async def test_given_a_proctor_is_one_no_more_then_the_wall_stops_at_once(
    running: World,
) -> None:
    eve = running.person(Role.PROCTOR)
    wall = open_page(WallState, eve.token)
    watch = asyncio.create_task(call(wall, "watch"))
    await eventually(lambda: wall.loaded)

    running.services.accounts.set_role(eve.email, Role.STUDENT)
    await asyncio.wait_for(watch, 5)

    with pytest.raises(NotAllowed):
        await call(wall, "watch")


async def test_given_two_candidates_then_neither_sees_the_others_incidents(
    running: World,
) -> None:
    ana, ben = running.person(), running.person()
    (hers, _), (his, _) = await _sitting(running, ana), await _sitting(running, ben)
    running.engine.faces = 0
    for number in range(3):
        running.clock.advance(1.0)
        await call(hers, "take_frame", DATA_URL, number)

    await eventually(lambda: len(hers.incidents) == 1)
    await _let_it_turn()
    assert his.incidents == []


@pytest.mark.parametrize(
    "data_url", ["", "https://example.org/a.jpg", "data:image/jpeg;base64,AAAA", "data:,%%%"]
)
async def test_given_a_frame_that_does_not_serve_then_it_is_answered_with_the_reason(
    running: World, data_url: str
) -> None:
    page, _ = await _sitting(running, running.person())

    await call(page, "take_frame", data_url, 3)

    assert page.acked == 3
    assert page.trouble
    assert running.engine.looked_at == []


async def test_given_no_attempt_when_a_tab_sends_a_frame_then_it_is_told(running: World) -> None:
    page = open_page(ExamState, running.person().token)

    await call(page, "take_frame", DATA_URL, 0)

    assert (page.acked, page.trouble) == (0, "There is no such attempt.")


async def test_given_models_fail_when_a_tab_sends_a_frame_then_it_is_told_and_the_next_goes_on(
    running: World,
) -> None:
    page, _ = await _sitting(running, running.person())
    running.engine.script.append(RuntimeError("nobody thought of this"))

    await call(page, "take_frame", DATA_URL, 0)
    assert (page.acked, page.trouble) == (0, "The frame could not be looked at.")
    running.clock.advance(0.5)
    await call(page, "take_frame", DATA_URL, 1)

    assert (page.acked, page.trouble) == (1, "")


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (NotAuthenticated(), '"/login"'),
        (NotAllowed(), '"/dashboard"'),
        (Conflict("a_code", "This cannot be done now."), "This cannot be done now."),
        (DatabaseUnavailable(), "The database does not answer."),
        (ZeroDivisionError("a secret of the inside"), "Something went wrong here."),
    ],
)
def test_given_an_error_then_the_page_leads_out_or_says_what_happened(
    error: Exception, part: str
) -> None:
    answer = str(handle_error(error))

    assert part in answer
    assert "secret" not in answer
