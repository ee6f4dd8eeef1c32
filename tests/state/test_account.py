"""The account page, the strength meter, and how soon an ended session is felt on open pages."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pyotp
import pytest

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.errors import NotFound, SecondFactorMissing
from proctor_app.state import sitting_side, wall, wiring
from proctor_app.state.account import AccountState
from proctor_app.state.errors import handle_error
from proctor_app.state.exam import ExamState
from proctor_app.state.home import AdminState, HomeState
from proctor_app.state.password_meter import PasswordMeterState
from proctor_app.state.wall import WallState
from tests.state.tabs import Browser, call, open_page
from tests.work import calls
from tests.world import HOME, PASSWORD, Person, World, build, change_elsewhere, eventually


async def _opened(person: Person) -> AccountState:
    page = open_page(AccountState, person.token)
    await call(page, "load")
    return page


# --- the account page ---


async def test_given_two_sessions_then_the_page_lists_them_and_ends_the_other_one(
    world: World,
) -> None:
    ana = world.person(name="Ana")
    other = world.services.logins.log_in(ana.email, PASSWORD, HOME)
    page = await _opened(ana)
    shown = (page.viewer, page.email, page.role, page.has_others)
    assert shown == ("Ana", ana.email, "student", True)
    (there,) = [one.id for one in page.sessions if not one.current]

    await call(page, "end_session", there)

    assert [one.current for one in page.sessions] == [True]
    assert not page.has_others
    actors = world.rows(tables.Login)
    assert sorted(row.revoked_at is None for row in actors) == [False, True]
    assert other.token not in str(page.get_delta())


async def test_given_another_ones_session_then_the_page_does_not_end_it(world: World) -> None:
    ana, ben = world.person(), world.person()
    page = await _opened(ana)

    with pytest.raises(NotFound):
        await call(page, "end_session", ben.actor.session_id)

    assert world.services.logins.authenticate(ben.token).user_id == ben.id


async def test_given_end_all_others_then_this_session_alone_is_left(world: World) -> None:
    ana, ben = world.person(), world.person()
    for _ in range(2):
        world.services.logins.log_in(ana.email, PASSWORD, HOME)
    page = await _opened(ana)

    await call(page, "end_others")

    assert [one.current for one in page.sessions] == [True]
    assert world.services.logins.authenticate(ben.token).user_id == ben.id


async def test_given_a_second_factor_is_begun_then_the_secret_is_shown_until_the_next_load(
    world: World,
) -> None:
    ana = world.person()
    page = await _opened(ana)

    await call(page, "begin_second_factor")

    assert page.picture.startswith("data:image/svg+xml")
    app = pyotp.TOTP(page.secret.replace(" ", ""))
    world.services.second_factor.confirm(ana.actor, app.at(world.clock()))
    await call(page, "load")
    assert (page.secret, page.picture, page.uri) == ("", "", "")
    assert page.second_factor_since == "2026-03-02T09:00:00.000Z"


# --- staff who must set up a second factor ---


@pytest.fixture
def strict(world: World, sqlite_url: str, browser: Browser) -> Iterator[World]:
    """An installation that asks a second factor of its staff."""
    found = build(world.settings.data_dir, sqlite_url, PROCTOR_SECOND_FACTOR="staff")
    wiring.install(wiring.Wiring(found.services, "event", 2.0, browser.is_connected))
    yield found
    found.database.close()


async def test_given_limited_staff_then_every_page_but_the_account_leads_to_it(
    strict: World,
) -> None:
    eve = strict.person(Role.ADMIN)
    for state, handler in (
        (HomeState, "enter"),
        (HomeState, "load"),
        (AdminState, "load"),
        (WallState, "watch"),
        (ExamState, "load"),
    ):
        with pytest.raises(SecondFactorMissing) as refused:
            await call(open_page(state, eve.token), handler)
        assert '"/account"' in str(handle_error(refused.value))

    page = await _opened(eve)
    assert (page.limited, page.loaded) == (True, True)
    await call(page, "begin_second_factor")
    app = pyotp.TOTP(page.secret.replace(" ", ""))
    strict.services.second_factor.confirm(eve.actor, app.at(strict.clock()))

    await call(page, "load")
    assert not page.limited
    admins = open_page(AdminState, eve.token)
    await call(admins, "load")
    assert admins.loaded


# --- the strength meter ---


async def test_given_what_somebody_types_then_its_strength_is_shown_and_it_is_not_kept(
    world: World,
) -> None:
    page = open_page(PasswordMeterState)
    secret = "iloveyou1"

    await call(page, "rate", secret)

    assert (page.kind, page.words) == ("0", "Refused: many people use this password")
    assert secret not in str(page.dict()) + str(page.get_delta())
    await call(page, "rate", "correct horse battery staple")
    assert (page.kind, page.words) == ("4", "Strong")
    await call(page, "rate", "")
    assert (page.kind, page.words) == ("none", "")


async def test_given_very_many_ratings_then_the_meter_stands_still_and_nothing_breaks(
    world: World,
) -> None:
    page = open_page(PasswordMeterState)
    for _ in range(300):
        await call(page, "rate", "")

    await call(page, "rate", "correct horse battery staple")

    assert page.kind == "none"


async def test_given_a_huge_text_then_it_is_judged_with_little_work(world: World) -> None:
    page = open_page(PasswordMeterState)
    huge = "ab" * 400_000

    await call(page, "rate", huge)

    assert page.words.startswith("Too long")
    assert calls(lambda: world.services.passwords.strength(huge, "192.0.2.1")) < 500


# --- pages that stay open ---


def _end_elsewhere(world: World, person: Person) -> None:
    statement = "UPDATE logins SET revoked_at = '2026-03-02 09:00:00' WHERE id = ?"
    change_elsewhere(world, statement, person.actor.session_id)


@pytest.fixture
async def running(world: World, browser: Browser) -> AsyncIterator[World]:
    await world.services.monitoring.start()
    yield world
    browser.is_open = False
    await world.services.monitoring.close()


async def _exam(world: World, who: Person) -> "asyncio.Task[object]":
    page = open_page(ExamState, who.token)
    for handler, *arguments in (("load",), ("agree", True), ("start",)):
        await call(page, handler, *arguments)
    watch = asyncio.create_task(call(page, "watch"))
    await eventually(lambda: page.remaining != "")
    return watch


async def _wall(world: World, who: Person) -> "asyncio.Task[object]":
    page = open_page(WallState, who.token)
    watch = asyncio.create_task(call(page, "watch"))
    await eventually(lambda: page.loaded)
    return watch


@pytest.mark.parametrize(
    ("opened", "role", "rhythm_s"),
    [
        (_exam, Role.STUDENT, lambda: sitting_side._PUSH_S),
        (_wall, Role.PROCTOR, lambda: wall._PAUSE_S + wall._IDLE_S),
    ],
)
async def test_given_another_process_ends_the_session_then_an_open_page_ends_at_its_next_look(
    running: World,
    monkeypatch: pytest.MonkeyPatch,
    opened: Callable[[World, Person], "Awaitable[asyncio.Task[object]]"],
    role: Role,
    rhythm_s: Callable[[], float],
) -> None:
    who = running.person(role)
    monkeypatch.undo()  # the pages' real rhythm
    assert rhythm_s() <= 1.2  # how often each asks whether its session is still good
    watch = await opened(running, who)

    await asyncio.to_thread(_end_elsewhere, running, who)
    left = await asyncio.wait_for(watch, 60)

    assert '"/login"' in str(left)


async def test_given_a_tab_is_closed_then_its_loop_ends_and_leads_nowhere(
    running: World, browser: Browser
) -> None:
    watch = await _wall(running, running.person(Role.PROCTOR))

    browser.is_open = False

    assert await asyncio.wait_for(watch, 60) == [None]
