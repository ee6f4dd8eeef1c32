"""What one log-in saw in a browser tab is not sent to the next one, and is not kept on disk."""

import runpy
from pathlib import Path
from typing import Any

import pytest
import reflex as rx
from reflex.event import Event
from reflex.istate.data import RouterData
from reflex.istate.manager import StateManager
from reflex.istate.manager.memory import StateManagerMemory
from reflex.state import OnLoadInternalState
from reflex_base.utils.format import format_event_handler

from proctor_app import cookies
from proctor_app.db.session import Database, DatabaseUnavailable
from proctor_app.domain.access import Role
from proctor_app.settings import ROOT
from proctor_app.state.account import AccountState
from proctor_app.state.exam import ExamState
from proctor_app.state.face_login import FaceLoginState
from proctor_app.state.people import PeopleState
from proctor_app.state.visitor import TabOwner, VisitorState, remove_saved_states
from tests.state.tabs import TOKEN, call
from tests.world import HOME, PASSWORD, Person, World

SNAPSHOTS = [
    format_event_handler(rx.State.event_handlers[name]) for name in ("hydrate", "hydrate_and_load")
]
NAVIGATION = format_event_handler(OnLoadInternalState.event_handlers["on_load_internal"])
OWNER = TabOwner()


class Tab:
    """All states of one browser tab, which keeps its token whoever uses it."""

    def __init__(self) -> None:
        self.root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]

    async def opens(self, token: str, event: str = SNAPSHOTS[1]) -> str:
        """A page is loaded with this session cookie; everything that is sent at once."""
        headers = {"cookie": f"{cookies.NAME}={token}"} if token else {}
        self.root.router = RouterData.from_router_data({"headers": headers, "token": TOKEN})
        app: Any = None
        assert await OWNER.preprocess(app, self.root, Event(name=event)) is None
        return str(self.root.dict())

    async def begins_second_factor(self, person: Person) -> str:
        """The secret that the page then shows."""
        await self.opens(person.token)
        page = await self.root.get_state(AccountState)
        await call(page, "load")
        await call(page, "begin_second_factor")
        assert page.secret in str(self.root.dict())
        return page.secret

    async def agrees(self) -> ExamState:
        page = await self.root.get_state(ExamState)
        await call(page, "load")
        await call(page, "agree", True)
        return page


@pytest.fixture
def tab() -> Tab:
    return Tab()


def _logged_out(world: World, ana: Person) -> str:
    world.services.logins.log_out(ana.actor)
    return ana.token


def _cookie_gone(_world: World, _ana: Person) -> str:
    return ""


def _expired(world: World, ana: Person) -> str:
    world.clock.advance(400 * 24 * 3600)
    return ana.token


def _another(world: World, _ana: Person) -> str:
    return world.person(Role.ADMIN, name="Ben").token


def _logged_in_again(world: World, ana: Person) -> str:
    return world.services.logins.log_in(ana.email, PASSWORD, HOME).token


@pytest.mark.parametrize("event", SNAPSHOTS)
@pytest.mark.parametrize(
    "leaves", [_logged_out, _cookie_gone, _expired, _another, _logged_in_again]
)
async def test_given_another_visitor_of_the_tab_then_nothing_of_the_one_before_is_sent(
    world: World, tab: Tab, leaves: Any, event: str
) -> None:
    ana = world.person(Role.ADMIN, name="Ana Before")
    await tab.opens(ana.token)
    people = await tab.root.get_state(PeopleState)
    await call(people, "load")
    account = await tab.root.get_state(AccountState)
    await call(account, "load")
    page = await tab.agrees()
    page.attempt_id = "hers"
    assert "Ana Before" in str(tab.root.dict())

    sent = await tab.opens(leaves(world, ana), event)

    assert "Ana Before" not in sent
    assert ana.email not in sent
    assert (page.agreed, page.attempt_id, account.sessions) == (False, "", [])


async def test_given_the_same_log_in_then_a_reload_keeps_the_state_of_the_tab(
    world: World, tab: Tab
) -> None:
    ana = world.person()
    await tab.opens(ana.token)
    page = await tab.agrees()

    for event in SNAPSHOTS:
        await tab.opens(ana.token, event)

    assert page.agreed
    assert (await tab.root.get_state(VisitorState))._login == ana.actor.session_id


async def test_given_the_database_is_away_then_the_state_is_emptied_and_the_request_kept(
    world: World, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = world.person(name="Ana Before")
    await tab.opens(ana.token)
    page = await tab.agrees()

    def away(_self: Database) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(Database, "read", away)
    sent = await tab.opens(ana.token)

    assert "Ana Before" not in sent
    assert not page.agreed
    assert tab.root.router.session.client_token == TOKEN
    assert cookies.read(tab.root.router.headers.cookie) == ana.token


async def test_given_no_log_in_then_the_next_without_one_sees_nothing_either(
    world: World, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tab.opens("")
    page = await tab.root.get_state(FaceLoginState)
    await call(page, "ask", {"email": "ana@example.test"})
    page.ticket = "a ticket"
    forgotten: list[str] = []
    page._live = "a try"
    monkeypatch.setattr(world.services.face_live, "forget", forgotten.append)

    sent = await tab.opens("")

    assert "ana@example.test" not in sent
    assert (page.email, page.ticket, forgotten) == ("", "", ["a try"])


@pytest.mark.parametrize("event", [*SNAPSHOTS, NAVIGATION])
async def test_given_a_second_factor_was_begun_then_any_page_load_forgets_the_secret(
    world: World, tab: Tab, event: str
) -> None:
    ana = world.person()
    secret = await tab.begins_second_factor(ana)

    sent = await tab.opens(ana.token, event)

    page = await tab.root.get_state(AccountState)
    assert (page.secret, page.picture, page.uri) == ("", "", "")
    assert secret not in sent
    assert page.loaded  # the rest of the page stays: the log-in is the same


# --- what is kept on disk ---


def test_given_the_address_of_a_redis_then_states_are_in_memory_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("REDIS_URL", "REFLEX_REDIS_URL"):
        monkeypatch.setenv(name, "redis://localhost:1")
    config = runpy.run_path(str(ROOT / "rxconfig.py"))["config"]
    for module in ("reflex.istate.manager", "reflex.utils.prerequisites"):
        monkeypatch.setattr(f"{module}.get_config", lambda: config)

    assert config.redis_url
    manager = StateManager.create()  # type: ignore[no-untyped-call]
    assert isinstance(manager, StateManagerMemory)


def test_given_states_of_an_earlier_version_then_they_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / ".states"
    folder.mkdir()
    for name in ("one.pkl", "two.pkl"):
        (folder / name).write_bytes(b"a cookie")

    remove_saved_states(folder)
    remove_saved_states(folder)

    assert list(tmp_path.iterdir()) == []


def test_given_something_else_in_the_folder_then_it_stays(tmp_path: Path) -> None:
    kept, folder, link = (tmp_path / name for name in ("kept", ".states", "link"))
    for made in (kept, folder):
        made.mkdir()
        (made / "one.pkl").touch()
    (folder / "notes.txt").touch()
    link.symlink_to(kept)

    remove_saved_states(folder)
    remove_saved_states(link)

    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert [path.name for path in kept.iterdir()] == ["one.pkl"]
