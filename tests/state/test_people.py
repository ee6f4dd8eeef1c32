"""The admins' pages about people and the log: what they show, ask and do."""

from typing import Any

import pytest

from proctor_app.db.session import Database, DatabaseUnavailable
from proctor_app.db.tables import User
from proctor_app.domain.access import Role
from proctor_app.errors import Conflict, Invalid, NotAuthenticated, NotFound
from proctor_app.services.people import COUNTED
from proctor_app.state import people_words
from proctor_app.state.audit import AuditState
from proctor_app.state.home import AdminState
from proctor_app.state.people import PeopleState
from tests.state.tabs import call, open_page
from tests.world import Person, World


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


async def opened(admin: Person) -> PeopleState:
    page = open_page(PeopleState, admin.token)
    await call(page, "load")
    return page


def names(page: PeopleState) -> list[str]:
    return [person.name for person in page.people]


def user(world: World, person: Person) -> User:
    return next(row for row in world.rows(User) if row.id == person.id)


async def confirmed(page: PeopleState, action: str, person: Person) -> str:
    """Ask and say yes; what the toast says."""
    await call(page, "ask", action, person.id)
    if page.asked.type_this:
        await call(page, "type_email", page.asked.type_this)
    answers: list[Any] = await call(page, "confirm")
    return str(answers[-1])


async def test_given_people_then_the_page_shows_them_and_how_many(
    world: World, admin: Person
) -> None:
    ana = world.person(name="Ana")
    page = await opened(admin)

    assert (page.viewer, page.loaded, page.problem) == ("Boss", True, "")
    assert (names(page), page.total) == (["Ana", "Boss"], "2 people")
    shown = page.people[0]
    assert (shown.email, shown.role_words, shown.state.text) == (ana.email, "Student", "Active")
    assert (shown.is_me, page.people[1].is_me) == (False, True)
    assert (page.has_next, page.has_previous) == (False, False)


async def test_given_a_search_and_filters_then_only_those_are_shown_until_they_are_cleared(
    world: World, admin: Person
) -> None:
    world.person(name="Ana")
    world.person(Role.PROCTOR, "Anton")
    page = await opened(admin)

    await call(page, "search", "AN")
    assert (names(page), page.is_filtered) == (["Ana", "Anton"], True)
    await call(page, "filter_role", "proctor")
    assert names(page) == ["Anton"]
    await call(page, "filter_state", "disabled")
    assert (names(page), page.total, page.problem) == ([], "0 people", "")
    await call(page, "clear_filters")
    assert (len(page.people), page.is_filtered) == (3, False)


async def test_given_a_header_is_clicked_again_then_the_order_turns_round(
    world: World, admin: Person
) -> None:
    world.clock.advance(60)
    world.person(name="Ana")
    page = await opened(admin)

    await call(page, "sort_by", "name")
    assert (page.sort, names(page)) == ("-name", ["Boss", "Ana"])
    await call(page, "sort_by", "name")
    assert (page.sort, names(page)) == ("name", ["Ana", "Boss"])
    await call(page, "set_order", "created")
    assert names(page) == ["Boss", "Ana"]


async def test_given_more_than_a_page_then_next_and_previous_walk_through(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_app.state.people._PAGE", 2)
    for name in ("Ana", "Ben", "Cat"):
        world.person(name=name)
    page = await opened(admin)

    await call(page, "next_page")
    assert (names(page), page.has_next, page.has_previous) == (["Boss", "Cat"], False, True)
    await call(page, "load")
    assert names(page) == ["Boss", "Cat"], "a page that is loaded again stays where it was"
    await call(page, "previous_page")
    assert (names(page), page.has_next, page.has_previous) == (["Ana", "Ben"], True, False)


@pytest.mark.parametrize(
    ("handler", "value"),
    [("sort_by", "password_hash"), ("set_order", "x" * 500), ("search", "a\x00b")],
)
async def test_given_nonsense_from_a_client_then_the_page_says_so_and_can_be_tried_again(
    world: World, admin: Person, handler: str, value: str
) -> None:
    page = await opened(admin)

    await call(page, handler, value)
    assert page.problem

    await call(page, "clear_filters")
    await call(page, "set_order", "name")
    assert (page.problem, names(page)) == ("", ["Boss"])


async def test_given_unknown_filters_from_a_client_then_they_are_none(
    world: World, admin: Person
) -> None:
    page = await opened(admin)
    await call(page, "filter_role", "king")
    await call(page, "filter_state", "x" * 10_000)
    assert (page.role, page.chosen_state, names(page)) == ("", "", ["Boss"])


async def test_given_an_action_is_asked_for_then_nothing_happens_before_the_yes(
    world: World, admin: Person
) -> None:
    ana = world.person(name="Ana")
    page = await opened(admin)

    await call(page, "ask", "disable", ana.id)

    assert (page.asking, page.asked.title) == (True, "Disable the account of Ana?")
    assert "logged out everywhere" in page.asked.text
    assert user(world, ana).disabled_at is None
    await call(page, "close", False)
    assert (page.asking, page.may_confirm) == (False, True)
    with pytest.raises(Conflict):
        await call(page, "confirm")
    assert user(world, ana).disabled_at is None


@pytest.mark.parametrize(
    ("action", "says", "state"),
    [
        ("proctor", "Ana is a proctor now.", "Active"),
        ("admin", "Ana is an admin now.", "Active"),
        ("disable", "The account of Ana is disabled.", "Disabled"),
        ("sessions", "Ana was logged out everywhere.", "Active"),
        ("face", "The face of Ana was reset.", "Active"),
        ("second_factor", "The second factor of Ana was reset.", "Active"),
    ],
)
async def test_given_a_yes_then_it_is_done_said_and_shown(
    world: World, admin: Person, action: str, says: str, state: str
) -> None:
    ana = world.person(name="Ana")
    page = await opened(admin)

    assert says in await confirmed(page, action, ana)

    assert (page.asking, page.busy) == (False, False)
    assert page.people[0].state.text == state
    if action in ("proctor", "admin"):
        assert page.people[0].role == action
    if action != "face":
        with pytest.raises(NotAuthenticated):
            world.services.logins.authenticate(ana.token)


async def test_given_an_account_was_disabled_then_it_can_be_enabled(
    world: World, admin: Person
) -> None:
    ana = world.person(name="Ana")
    page = await opened(admin)
    await confirmed(page, "disable", ana)
    assert page.people[0].is_disabled

    assert "is enabled" in await confirmed(page, "enable", ana)
    assert not page.people[0].is_disabled


async def test_given_an_erasure_then_the_email_must_be_typed_first(
    world: World, admin: Person
) -> None:
    ana = world.person(name="Ana")
    page = await opened(admin)
    await call(page, "ask", "erase", ana.id)

    for typed in ("", "Ana", ana.email[:-1]):
        await call(page, "type_email", typed)
        assert not page.may_confirm
        with pytest.raises(Conflict):
            await call(page, "confirm")
    assert user(world, ana).erased_at is None

    await call(page, "type_email", f" {ana.email.upper()} ")
    assert page.may_confirm
    answers = await call(page, "confirm")
    assert "The account was erased." in str(answers[-1])
    assert names(page) == ["Boss"]
    assert user(world, ana).erased_at is not None


async def test_given_the_service_refuses_then_the_reason_is_shown_and_nothing_changed(
    world: World, admin: Person
) -> None:
    page = await opened(admin)

    said = await confirmed(page, "student", admin)

    assert "only admin" in said
    assert (page.asking, page.busy, page.people[0].role) == (False, False, "admin")


async def test_given_ones_own_role_then_the_dialog_says_what_it_means_and_the_page_leads_away(
    world: World, admin: Person
) -> None:
    world.person(Role.ADMIN, "Deputy")
    page = await opened(admin)
    await call(page, "ask", "student", admin.id)
    assert "your own account" in page.asked.text

    with pytest.raises(NotAuthenticated):
        await call(page, "confirm")
    assert user(world, admin).role == "student"


async def test_given_a_made_up_action_or_person_then_it_is_refused(
    world: World, admin: Person
) -> None:
    page = await opened(admin)
    with pytest.raises(Invalid):
        await call(page, "ask", "promote_to_king", admin.id)
    with pytest.raises(NotFound):
        await call(page, "ask", "disable", "nobody")
    assert not page.asking
    await call(page, "close", True)
    assert not page.asking


async def test_given_the_database_is_away_then_the_page_says_so_and_the_retry_shows_the_list(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await opened(admin)
    people = type(world.services.people)

    def away(*_: object) -> None:
        raise DatabaseUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(people, "page", away)
        await call(page, "search", "bo")
        assert "does not answer" in page.problem
        assert page.loaded
    await call(page, "load")
    assert (page.problem, names(page)) == ("", ["Boss"])
    assert isinstance(world.database, Database)


def test_every_action_says_what_it_will_do_with_the_name_in_it(world: World, admin: Person) -> None:
    ana = world.services.people.one(admin.actor, world.person(name="Ana {name}").id)
    for action in people_words.ACTIONS:
        asked = people_words.question(action, ana, is_me=False)
        assert "Ana {name}" in asked.title
        assert asked.text
        assert asked.label
        assert bool(asked.type_this) == (action == "erase")
        assert people_words.done(action, "Ana")


@pytest.mark.parametrize(
    ("total", "said"),
    [
        (0, "0 people"),
        (1, "1 person"),
        (1204, "1,204 people"),
        (COUNTED, "10,000 people or more"),
    ],
)
def test_totals_are_said_as_far_as_they_were_counted(total: int, said: str) -> None:
    assert people_words.total_words(total) == said


# --- the log ---


async def test_given_changes_then_the_log_shows_them_with_names_the_newest_first(
    world: World, admin: Person
) -> None:
    ana = world.person(name="Ana")
    world.services.people.change(admin.actor, ana.id, role=Role.PROCTOR)
    log = open_page(AuditState, admin.token)

    await call(log, "load")

    first = log.entries[0]
    assert (first.who, first.role, first.upon) == ("Boss", "admin", "Ana")
    assert (first.action, first.detail) == ("Role changed", "before: student, role: proctor")
    made = [entry for entry in log.entries if entry.action == "Account made"]
    assert [entry.who for entry in made] == ["The installation"] * 2


async def test_given_filters_then_the_log_shows_only_such_entries(
    world: World, admin: Person
) -> None:
    ana, ben = world.person(name="Ana"), world.person(name="Ben")
    world.services.people.end_sessions(admin.actor, ana.id)
    world.services.people.reset_face(admin.actor, ben.id)
    log = open_page(AuditState, admin.token)

    await call(log, "filter_kind", "face.")
    assert [(entry.action, entry.upon) for entry in log.entries] == [("Face reset", "Ben")]
    await call(log, "filter_kind", "anything")
    await call(log, "filter_person", f" {ana.id} ")
    assert [entry.upon for entry in log.entries] == ["Ana"] * 3
    assert (log.kind, log.person) == ("", ana.id)
    await call(log, "filter_person", "")
    assert len(log.entries) == 8


async def test_given_more_than_a_page_then_older_and_newer_walk_through(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_app.services.audit_log.PAGE", 2)
    for _ in range(4):
        world.person()
    log = open_page(AuditState, admin.token)
    await call(log, "load")
    seen = [[entry.number for entry in log.entries]]
    for handler in ("older", "older", "newer"):
        await call(log, handler)
        seen.append([entry.number for entry in log.entries])

    assert seen == [[10, 9], [8, 7], [6, 5], [8, 7]]
    assert (log.has_newer, log.has_older) == (True, True)


async def test_the_overview_counts_people(world: World, admin: Person) -> None:
    world.person()
    world.person(Role.PROCTOR)
    await world.services.monitoring.start()
    page = open_page(AdminState, admin.token)
    await call(page, "load")
    await world.services.monitoring.close()
    assert (page.students, page.proctors, page.admins) == (1, 1, 1)
