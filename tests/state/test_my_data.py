"""The page of one's own data: what it shows, and what its buttons do."""

from collections.abc import AsyncIterator

import pytest

from proctor_app.db.tables import User
from proctor_app.domain.access import Role
from proctor_app.errors import Conflict
from proctor_app.state.my_data import MyDataState
from tests.fakes import face, jpeg
from tests.state.tabs import call, open_page
from tests.world import PASSWORD, Person, World


@pytest.fixture
async def running(world: World) -> AsyncIterator[World]:
    await world.services.monitoring.start()
    yield world
    await world.services.monitoring.close()


async def _loaded(who: Person) -> MyDataState:
    page = open_page(MyDataState, who.token)
    await call(page, "load")
    return page


async def test_a_new_account_shows_what_there_is_and_that_there_is_no_face(world: World) -> None:
    ana = world.person(name="Ana")

    page = await _loaded(ana)

    assert (page.loaded, page.viewer, page.name, page.email) == (True, "Ana", "Ana", ana.email)
    assert (page.role, page.face, page.photo_kept) == ("Student", "none", False)
    assert (page.sittings, page.erasure_since) == ([], "")
    assert [login.current for login in page.logins] == [True]
    assert page.entries[-1].text == "The account was made"
    assert page.entries[-1].by == "the installation"


async def test_an_attempt_is_shown_with_its_counts_and_the_consent(running: World) -> None:
    ana = running.person()
    started = await running.services.sessions.start(ana.actor, ana.id)
    running.engine.faces = 0
    for number in range(3):
        running.clock.advance(1.0)
        await running.services.monitoring.ingest(ana.actor, started.attempt.id, jpeg(number))

    page = await _loaded(ana)

    (sitting,) = page.sittings
    assert (sitting.status, sitting.incidents, sitting.pictures) == ("Running", 1, 1)
    assert sitting.consent
    assert sitting.consented_at


async def test_nobody_sees_anothers_data(world: World) -> None:
    ana, eve = world.person(name="Ana"), world.person(Role.ADMIN, "Eve")

    page = await _loaded(eve)

    assert (page.name, page.email) == ("Eve", eve.email)
    assert ana.email not in str(page.dict())


@pytest.mark.parametrize(
    ("model", "shown"), [("", "present"), ("a network of before", "old")], ids=["present", "old"]
)
async def test_a_face_is_shown_with_its_network_and_whether_it_serves(
    world: World, model: str, shown: str
) -> None:
    ana = world.person()
    world.engine.photo = face(model=model) if model else face()
    await world.services.enrolment.enrol(ana.actor, PASSWORD, [jpeg()])

    page = await _loaded(ana)

    assert page.face == shown
    assert page.face_model == world.rows(User)[0].face_model
    assert page.face_since


async def test_a_face_that_is_removed_is_gone_from_page_and_database(world: World) -> None:
    ana = world.person()
    world.engine.photo = face()
    await world.services.enrolment.enrol(ana.actor, PASSWORD, [jpeg()])
    page = await _loaded(ana)

    answer = await call(page, "remove_face")

    assert "was removed" in str(answer)
    assert page.face == "none"
    assert world.rows(User)[0].face_template is None
    assert page.entries[0].text == "The face data was removed"


async def test_while_an_attempt_is_open_the_face_stays(running: World) -> None:
    ana = running.person()
    await running.services.sessions.start(ana.actor, ana.id)
    page = await _loaded(ana)

    with pytest.raises(Conflict):
        await call(page, "remove_face")


async def test_erasure_is_asked_for_and_taken_back(world: World) -> None:
    ana = world.person()
    page = await _loaded(ana)

    await call(page, "request_erasure")
    assert page.erasure_since
    assert world.rows(User)[0].erasure_requested_at is not None
    await call(page, "withdraw_erasure")

    assert page.erasure_since == ""
    assert world.rows(User)[0].erasure_requested_at is None
    assert [entry.text for entry in page.entries[:2]] == [
        "The erasure request was taken back",
        "Erasure was requested",
    ]


async def test_the_camera_of_the_page_is_only_for_whoever_is_logged_in(world: World) -> None:
    ana = world.person()
    page = await _loaded(ana)

    await call(page, "begin_try")

    assert (page.tries, page.over) == (1, False)
