"""The admins' page of API keys: a key is seen once, and revoked after a yes."""

from typing import Any

import pytest

from proctor_app.db.partner_tables import ApiKey
from proctor_app.db.session import DatabaseUnavailable
from proctor_app.domain.access import Role
from proctor_app.domain.scopes import Scope
from proctor_app.errors import Conflict, NotFound
from proctor_app.state.api_keys import ApiKeysState
from proctor_app.state.api_keys_words import SCOPES
from tests.api_keys import api_key
from tests.state.tabs import call, open_page
from tests.world import Person, World

FORM = {
    "name": " Roster  sync ",
    "scope.rosters:write": "on",
    "scope.verdicts:write": "on",
    "expires": "90",
    "per_minute": "60",
    "per_day": "500",
}


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


async def opened(admin: Person) -> ApiKeysState:
    page = open_page(ApiKeysState, admin.token)
    await call(page, "load")
    return page


async def test_given_the_form_then_the_key_is_shown_until_the_dialog_is_left(
    world: World, admin: Person
) -> None:
    page = await opened(admin)
    await call(page, "show_making", True)
    assert (page.keys, page.making, page.made) == ([], True, "")

    await call(page, "create", FORM)

    key = page.made
    assert world.services.key_door.authenticate(key, "192.0.2.1").scopes == {Scope.ROSTERS_WRITE}
    (shown,) = page.keys
    assert (shown.name, shown.scopes, shown.owner) == ("Roster sync", ["rosters:write"], "Boss")
    assert (shown.used, shown.share, shown.rate) == ("0 of 500", "0%", "60 a minute")
    await call(page, "show_making", False)
    assert key not in repr(page.dict())
    await call(page, "show_making", True)
    assert page.made == ""


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"name": ""}, "A name has"),
        ({"name": "x" * 81}, "A name has"),
        ({"scope.rosters:write": ""}, "Choose what"),
        ({"expires": "soon"}, "whole numbers"),
        ({"expires": "0"}, "A key lasts"),
        ({"per_minute": "9" * 4000}, "whole numbers"),
        ({"per_minute": "²"}, "whole numbers"),
        ({"per_day": "-1"}, "whole numbers"),
        ({"per_day": "99999999"}, "requests in a day"),
    ],
)
async def test_given_a_form_that_makes_no_key_then_the_dialog_says_why(
    world: World, admin: Person, changed: dict[str, str], problem: str
) -> None:
    page = await opened(admin)
    await call(page, "show_making", True)
    await call(page, "create", FORM | changed)
    assert problem in page.make_problem
    assert (page.made, page.making, world.rows(ApiKey)) == ("", True, [])


async def test_given_no_end_and_no_quota_then_the_page_says_so(world: World, admin: Person) -> None:
    page = await opened(admin)
    await call(page, "create", FORM | {"expires": "never", "per_day": "0"})
    (shown,) = page.keys
    assert (shown.expires_at, shown.used, shown.share) == ("", "0", "")


async def test_given_use_then_the_bar_fills(world: World, admin: Person) -> None:
    made, door = api_key(world, admin, per_day=10), world.services.key_door
    for _ in range(9):
        key = door.authenticate(made.key, "192.0.2.1")
        door.admit(key, door.rate(key))
    (shown,) = (await opened(admin)).keys
    assert (shown.used, shown.share, shown.is_nearly_full) == ("9 of 10", "90%", True)
    assert shown.last_used_at != ""


async def test_given_a_yes_then_the_key_is_revoked_and_without_one_nothing_is(
    world: World, admin: Person
) -> None:
    made = api_key(world, admin)
    page = await opened(admin)
    with pytest.raises(Conflict):
        await call(page, "confirm")
    await call(page, "ask", made.view.id)
    assert (page.asking, page.asked.title) == (True, "Revoke “A machine”?")
    await call(page, "close", False)
    assert (page.asking, page.keys[0].state.text) == (False, "Active")

    await call(page, "ask", made.view.id)
    answers: list[Any] = await call(page, "confirm")

    assert "opens nothing any more" in str(answers[-1])
    assert (page.asking, page.keys[0].state.text, page.keys[0].may_end) == (
        False, "Revoked", False,
    )  # fmt: skip
    with pytest.raises(NotFound):
        await call(page, "ask", "nothing")


async def test_given_the_database_is_away_then_the_page_says_so_and_recovers(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await opened(admin)
    with monkeypatch.context() as broken:

        def fail(_self: object) -> None:
            raise DatabaseUnavailable

        broken.setattr(type(world.services.api_keys), "all", lambda _self, _actor: fail(_self))
        await call(page, "load")
        assert page.problem
    await call(page, "load")
    assert page.problem == ""


def test_every_scope_can_be_chosen() -> None:
    assert [scope for _, group in SCOPES for scope, _ in group] == list(Scope)
