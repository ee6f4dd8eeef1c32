"""People as admins look after them: found, changed, and never without an admin."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from proctor_app.db.tables import AuditEntry, User
from proctor_app.domain.access import Actor, Role
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotAuthenticated, NotFound
from proctor_app.services.people import PeoplePage, PeopleQuery, PersonView
from tests.fakes import jpeg
from tests.world import HOME, PASSWORD, Person, World


def _add(world: World, *names: str, role: Role = Role.STUDENT) -> list[str]:
    """Accounts straight into the database, a minute apart; their ids."""
    ids = []
    with world.database.write() as session:
        for name in names:
            user_id = f"id-{name.casefold()}"[:36]
            session.add(
                User(
                    id=user_id,
                    email=f"{name.casefold().replace(' ', '.')}@school.test",
                    name=name,
                    password_hash="",
                    role=role.value,
                    created_at=world.clock.advance(60),
                )
            )
            ids.append(user_id)
    return ids


def _change(world: World, user_id: str, **values: object) -> None:
    with world.database.write() as session:
        row = session.get_one(User, user_id)
        for name, value in values.items():
            setattr(row, name, value)


def _user(world: World, user_id: str) -> User:
    return next(row for row in world.rows(User) if row.id == user_id)


def _page(world: World, admin: Person, **query: object) -> PeoplePage:
    return world.services.people.page(admin.actor, PeopleQuery(**query))  # type: ignore[arg-type]


def _names(page: PeoplePage) -> list[str]:
    return [item.name for item in page.items]


def _actions(world: World, user_id: str) -> list[str]:
    """What was done with the account, log-ins apart."""
    noted = [e.action for e in world.rows(AuditEntry) if e.subject_id == user_id]
    return [action for action in noted if action != "user.login"]


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


@pytest.fixture
def other_admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Deputy")


# --- the list ---


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["Ann", "Ben", "Boss", "Cat", "Dan"]),
        ("-name", ["Dan", "Cat", "Boss", "Ben", "Ann"]),
        ("created", ["Boss", "Dan", "Ann", "Cat", "Ben"]),
        ("-created", ["Ben", "Cat", "Ann", "Dan", "Boss"]),
        ("role", ["Boss", "Ben", "Ann", "Cat", "Dan"]),
        ("-role", ["Dan", "Cat", "Ann", "Ben", "Boss"]),
        ("email", ["Ann", "Ben", "Cat", "Dan", "Boss"]),
        ("-email", ["Boss", "Dan", "Cat", "Ben", "Ann"]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_given_any_sort_and_page_size_then_pages_forth_and_back_show_everybody_once(
    world: World, admin: Person, sort: str, expected: list[str], limit: int
) -> None:
    _add(world, "Dan", "Ann", "Cat")
    _add(world, "Ben", role=Role.PROCTOR)
    _change(world, admin.id, email="zoe@school.test")

    pages = [_page(world, admin, sort=sort, limit=limit)]
    while pages[-1].next:
        pages.append(_page(world, admin, sort=sort, limit=limit, cursor=pages[-1].next))
    back = [pages[-1]]
    while back[-1].previous:
        back.append(_page(world, admin, sort=sort, limit=limit, cursor=back[-1].previous))

    assert [name for page in pages for name in _names(page)] == expected
    assert [name for page in reversed(back) for name in _names(page)] == expected
    assert {page.total for page in pages} == {5}
    assert back[-1].next == "" or _names(back[-1]) == _names(pages[0])


def test_given_many_of_the_same_name_then_pages_show_each_once(world: World, admin: Person) -> None:
    with world.database.write() as session:
        for number in range(25):
            session.add(
                User(
                    id=f"twin-{number:02}",
                    email=f"{number}@twins.test",
                    name="Twin",
                    password_hash="",
                    role="student",
                    created_at=world.clock.now,
                )
            )
    for sort in ("name", "-name", "created", "role"):
        seen, cursor = [], ""
        while True:
            page = _page(world, admin, sort=sort, limit=4, search="twin", cursor=cursor)
            seen += [item.id for item in page.items]
            if not (cursor := page.next):
                break
        assert sorted(seen) == [f"twin-{number:02}" for number in range(25)]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("ann", ["Ann Lee", "Hannah"]),
        ("ANN", ["Ann Lee", "Hannah"]),
        ("ann lee", ["Ann Lee"]),
        ("  ann   lee ", ["Ann Lee"]),
        ("hannah@school", ["Hannah"]),
        ("@school.test", ["100% Sure", "Ann Lee", "Hannah", "under_score", "Özil"]),
        ("100%", ["100% Sure"]),
        ("%", ["100% Sure"]),
        ("_", ["under_score"]),
        ("öZIL", ["Özil"]),
        ("/", []),
        ("'; DROP TABLE users; --", []),
    ],
)
def test_given_a_search_then_parts_of_names_and_emails_are_found_as_they_are_written(
    world: World, admin: Person, search: str, expected: list[str]
) -> None:
    _add(world, "Ann Lee", "Hannah", "100% Sure", "under_score", "Özil")

    page = _page(world, admin, search=search)

    assert sorted(_names(page)) == expected
    assert page.total == len(expected)


def test_given_roles_and_states_then_the_list_shows_only_those(world: World, admin: Person) -> None:
    now = world.clock.advance(0)
    _add(world, "Free", "Off", "Locked", "Was locked", "Going", "Gone")
    _add(world, "Paula", role=Role.PROCTOR)
    _change(world, "id-off", disabled_at=now)
    _change(world, "id-locked", face_locked_until=world.clock.now + timedelta(minutes=5))
    _change(world, "id-was locked", face_locked_until=now)
    _change(world, "id-going", disabled_at=now, erasure_requested_at=now)
    _change(world, "id-gone", disabled_at=now, erasure_requested_at=now, erased_at=now)

    def shown(**query: str) -> list[str]:
        page = _page(world, admin, **query)
        assert page.total == len(page.items)
        return _names(page)

    assert shown() == ["Boss", "Free", "Going", "Locked", "Off", "Paula", "Was locked"]
    assert shown(role="proctor") == ["Paula"]
    assert shown(role="admin", state="disabled") == []
    states = {"active": ["Boss", "Free", "Paula", "Was locked"], "disabled": ["Off"]}
    states |= {"locked": ["Locked"], "erasure_requested": ["Going"], "erased": ["Gone"]}
    for state, names in states.items():
        assert shown(state=state) == names
        assert {item.state for item in _page(world, admin, state=state).items} == {state}


def test_given_somebody_logged_in_then_the_list_tells_when_last(
    world: World, admin: Person
) -> None:
    ana = world.person(name="Ana")
    later = world.clock.advance(3600)
    world.services.logins.log_in(ana.email, PASSWORD, HOME)
    _add(world, "Never")

    seen = {item.name: item.last_login_at for item in _page(world, admin).items}

    assert seen == {"Ana": later, "Boss": later - timedelta(hours=1), "Never": None}


async def test_given_faces_and_second_factors_then_the_list_tells_who_has_them(
    world: World, admin: Person
) -> None:
    (ana,) = _add(world, "Ana")
    _change(world, ana, face_template=b"sealed", totp_secret=b"s", totp_enabled_at=world.clock.now)
    _add(world, "Ben")
    _change(world, "id-ben", totp_secret=b"begun, never confirmed")

    found = {i.name: (i.has_face, i.has_second_factor) for i in _page(world, admin).items}

    assert found == {"Ana": (True, True), "Ben": (False, False), "Boss": (False, False)}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"sort": "password_hash"}, "sort_unknown"),
        ({"sort": "--name"}, "sort_unknown"),
        ({"role": "king"}, "role_unknown"),
        ({"state": "happy"}, "state_unknown"),
        ({"search": "a\x00b"}, "search_invalid"),
        ({"search": "\ud800"}, "search_invalid"),
        ({"cursor": "made up"}, "cursor_invalid"),
        ({"cursor": "ä" * 10}, "cursor_invalid"),
        ({"cursor": "x" * 5000}, "cursor_invalid"),
    ],
)
def test_given_a_query_that_makes_no_sense_then_it_is_refused_with_a_reason(
    world: World, admin: Person, query: dict[str, str], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        _page(world, admin, **query)
    assert refused.value.code == code


def test_given_a_cursor_then_it_tells_nothing_and_fits_no_other_list(
    world: World, admin: Person
) -> None:
    _add(world, "Ann", "Ben")
    cursor = _page(world, admin, limit=1).next

    assert "Ann" not in cursor
    for forged in (cursor[:-2] + "AA", cursor[::-1]):
        with pytest.raises(Invalid):
            _page(world, admin, limit=1, cursor=forged)
    with pytest.raises(Invalid):
        _page(world, admin, limit=1, sort="email", cursor=cursor)


def test_given_an_enormous_limit_or_none_then_a_page_stays_a_page(
    world: World, admin: Person
) -> None:
    _add(world, *(f"N{number:03}" for number in range(120)))

    assert len(_page(world, admin, limit=10**9).items) == 100
    assert len(_page(world, admin, limit=-5).items) == 1


def test_given_roles_then_they_are_counted_without_the_erased(world: World, admin: Person) -> None:
    _add(world, "Ann", "Ben", "Gone")
    _change(world, "id-gone", erased_at=world.clock.now)

    counts = world.services.people.counts(admin.actor)

    assert counts == {Role.STUDENT: 2, Role.PROCTOR: 0, Role.ADMIN: 1}


# --- changes ---


@pytest.mark.parametrize("role", [Role.PROCTOR, Role.ADMIN])
def test_given_a_new_role_then_it_counts_at_once_and_old_sessions_end(
    world: World, admin: Person, role: Role
) -> None:
    ana = world.person()

    found = world.services.people.change(admin.actor, ana.id, role=role)

    assert (found.role, _user(world, ana.id).role) == (role, role.value)
    with pytest.raises(NotAuthenticated):
        world.services.logins.authenticate(ana.token)
    assert world.services.logins.log_in(ana.email, PASSWORD, HOME).account.role is role
    entry = next(e for e in world.rows(AuditEntry) if e.action == "user.role_set")
    assert (entry.action, entry.actor_id, entry.subject_id) == ("user.role_set", admin.id, ana.id)
    assert f'"role": "{role.value}"' in entry.detail
    assert '"before": "student"' in entry.detail


def test_given_a_disabled_account_then_nobody_gets_in_until_it_is_enabled(
    world: World, admin: Person
) -> None:
    ana = world.person()

    assert world.services.people.change(admin.actor, ana.id, disabled=True).state == "disabled"
    with pytest.raises(NotAuthenticated):
        world.services.logins.authenticate(ana.token)
    with pytest.raises(NotAuthenticated):
        world.services.logins.log_in(ana.email, PASSWORD, HOME)

    assert world.services.people.change(admin.actor, ana.id, disabled=False).state == "active"
    with pytest.raises(NotAuthenticated):
        world.services.logins.authenticate(ana.token)
    world.services.logins.log_in(ana.email, PASSWORD, HOME)
    assert _actions(world, ana.id)[-2:] == ["user.disabled", "user.enabled"]


def test_given_nothing_changes_then_nothing_is_noted_and_sessions_go_on(
    world: World, admin: Person
) -> None:
    ana = world.person()
    before = world.count(AuditEntry)

    world.services.people.change(admin.actor, ana.id, role=Role.STUDENT, disabled=False)
    world.services.people.change(admin.actor, ana.id)

    assert world.count(AuditEntry) == before
    world.services.logins.authenticate(ana.token)


def test_given_the_entry_cannot_be_written_then_the_change_is_not_made(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = world.person()

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(world.services.audit), "note", fail)
    with pytest.raises(ZeroDivisionError):
        world.services.people.change(admin.actor, ana.id, disabled=True)

    assert _user(world, ana.id).disabled_at is None
    world.services.logins.authenticate(ana.token)


def test_given_sessions_are_ended_then_every_token_is_refused(world: World, admin: Person) -> None:
    ana = world.person()
    second = world.services.logins.log_in(ana.email, PASSWORD, HOME).token

    world.services.people.end_sessions(admin.actor, ana.id)

    for token in (ana.token, second):
        with pytest.raises(NotAuthenticated):
            world.services.logins.authenticate(token)
    assert _actions(world, ana.id)[-1] == "user.logged_out"


def test_given_a_face_is_reset_then_template_lock_and_photo_are_gone(
    world: World, admin: Person
) -> None:
    ana = world.person()
    key = world.services.people._pictures.put(ana.id, jpeg())
    locked = world.clock.now + timedelta(minutes=5)
    face = {"face_template": b"sealed", "face_model": "m 1", "face_photo_key": key}
    _change(world, ana.id, **face, face_failures=5, face_locked_until=locked)

    found = world.services.people.reset_face(admin.actor, ana.id)

    row = _user(world, ana.id)
    assert (row.face_template, row.face_model, row.face_photo_key) == (None, "", "")
    assert (row.face_failures, row.face_locked_until) == (0, None)
    assert (found.has_face, found.state) == (False, "active")
    assert not (world.settings.data_dir / "pictures" / key).exists()
    assert _actions(world, ana.id)[-1] == "face.reset"


def test_given_a_photo_that_cannot_be_removed_then_the_face_stays_as_it_was(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = world.person()
    _change(world, ana.id, face_template=b"sealed", face_photo_key=f"{ana.id}/x")

    def fail(_store: object, _key: str) -> None:
        raise PermissionError

    monkeypatch.setattr(type(world.services.people._pictures), "delete", fail)
    with pytest.raises(PermissionError):
        world.services.people.reset_face(admin.actor, ana.id)

    row = _user(world, ana.id)
    assert (row.face_template, row.face_photo_key) == (b"sealed", f"{ana.id}/x")
    assert "face.reset" not in _actions(world, ana.id)


def test_given_a_second_factor_is_reset_then_the_password_alone_is_asked_for(
    world: World, admin: Person
) -> None:
    ana = world.person()
    now = world.clock.now
    _change(world, ana.id, totp_secret=b"s", totp_enabled_at=now, totp_last_step=7)

    assert not world.services.people.reset_second_factor(admin.actor, ana.id).has_second_factor

    row = _user(world, ana.id)
    assert (row.totp_secret, row.totp_enabled_at, row.totp_last_step) == (None, None, None)
    world.services.logins.log_in(ana.email, PASSWORD, HOME)
    assert _actions(world, ana.id)[-1] == "second_factor.reset"


# --- who may, and who must be left ---

Change = Callable[[World, Actor, str], PersonView]
CHANGES: dict[str, Change] = {
    "role": lambda w, a, u: w.services.people.change(a, u, role=Role.STUDENT),
    "disable": lambda w, a, u: w.services.people.change(a, u, disabled=True),
    "face": lambda w, a, u: w.services.people.reset_face(a, u),
    "second factor": lambda w, a, u: w.services.people.reset_second_factor(a, u),
    "sessions": lambda w, a, u: w.services.people.end_sessions(a, u),
    "erase": lambda w, a, u: w.services.erasure.erase(a, u),
    "look": lambda w, a, u: w.services.people.one(a, u),
}
LOSING = ["role", "disable", "erase"]


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("role", [Role.STUDENT, Role.PROCTOR])
def test_given_no_admin_then_nothing_can_be_changed_or_seen(
    world: World, admin: Person, name: str, role: Role
) -> None:
    actor = world.person(role).actor
    for target in (admin.id, actor.user_id):
        with pytest.raises(NotAllowed):
            CHANGES[name](world, actor, target)
    with pytest.raises(NotAllowed):
        world.services.people.page(actor, PeopleQuery())
    with pytest.raises(NotAllowed):
        world.services.people.counts(actor)


@pytest.mark.parametrize("name", CHANGES)
def test_given_nobody_of_this_id_then_it_is_said(world: World, admin: Person, name: str) -> None:
    with pytest.raises(NotFound):
        CHANGES[name](world, admin.actor, "nobody")


@pytest.mark.parametrize("name", LOSING)
def test_given_the_only_admin_then_they_stay_one(world: World, admin: Person, name: str) -> None:
    with pytest.raises(Conflict):
        CHANGES[name](world, admin.actor, admin.id)

    row = _user(world, admin.id)
    assert (row.role, row.disabled_at, row.erasure_requested_at) == ("admin", None, None)
    world.services.logins.authenticate(admin.token)


def test_given_another_admin_then_one_may_give_the_own_role_away(
    world: World, admin: Person, other_admin: Person
) -> None:
    assert world.services.people.change(admin.actor, admin.id, role=Role.PROCTOR).role == "proctor"

    with pytest.raises(Conflict) as refused:
        world.services.people.change(other_admin.actor, other_admin.id, role=Role.STUDENT)
    assert refused.value.code == "last_admin"


@pytest.mark.parametrize("name", ["disable", "erase"])
def test_given_another_admin_then_one_still_cannot_shut_oneself_out(
    world: World, admin: Person, other_admin: Person, name: str
) -> None:
    with pytest.raises(Conflict) as refused:
        CHANGES[name](world, admin.actor, admin.id)
    assert refused.value.code == "own_account"


def test_given_the_other_admin_is_disabled_then_they_do_not_count(
    world: World, admin: Person, other_admin: Person
) -> None:
    world.services.people.change(admin.actor, other_admin.id, disabled=True)

    with pytest.raises(Conflict):
        world.services.people.change(admin.actor, admin.id, role=Role.STUDENT)


@pytest.mark.parametrize("first", LOSING)
@pytest.mark.parametrize("second", LOSING)
def test_given_two_admins_who_act_on_each_other_at_once_then_one_of_them_is_left(
    world: World, admin: Person, other_admin: Person, first: str, second: str
) -> None:
    together = threading.Barrier(2)

    def act(change: str, actor: Actor, target: str) -> str:
        together.wait(10)
        try:
            CHANGES[change](world, actor, target)
        except (Conflict, NotAllowed) as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(2) as threads:
        answers = [
            threads.submit(act, first, admin.actor, other_admin.id),
            threads.submit(act, second, other_admin.actor, admin.id),
        ]

    assert sorted(answer.result() for answer in answers) == ["done", "not_allowed"]
    assert world.services.people.page(
        next(a.actor for a in (admin, other_admin) if _is_admin(world, a.id)), PeopleQuery()
    ).total


def _is_admin(world: World, user_id: str) -> bool:
    row = _user(world, user_id)
    return row.role == "admin" and row.disabled_at is None


@pytest.mark.parametrize("count", [4])
def test_given_every_admin_leaves_at_once_then_one_is_left(world: World, count: int) -> None:
    admins = [world.person(Role.ADMIN) for _ in range(count)]
    together = threading.Barrier(count)

    def leave(person: Person) -> str:
        together.wait(10)
        try:
            world.services.people.change(person.actor, person.id, role=Role.STUDENT)
        except Conflict as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(count) as threads:
        answers = list(threads.map(leave, admins))

    assert sorted(answers) == ["done"] * (count - 1) + ["last_admin"]
    assert sum(_is_admin(world, person.id) for person in admins) == 1
    assert world.services.audit.verify().problem == ""


def test_given_an_erased_account_then_nothing_of_it_can_be_changed(
    world: World, admin: Person
) -> None:
    ana = world.person()
    world.services.erasure.erase(admin.actor, ana.id)

    for name in ("role", "disable", "face", "second factor", "sessions"):
        with pytest.raises(Conflict) as refused:
            CHANGES[name](world, admin.actor, ana.id)
        assert refused.value.code == "account_erased"
    with pytest.raises(Conflict):
        world.services.people.change(admin.actor, ana.id, disabled=False)


def test_given_a_person_is_disabled_then_nobody_starts_an_attempt_for_them(
    world: World, admin: Person
) -> None:
    ana = world.person()
    world.services.people.change(admin.actor, ana.id, disabled=True)

    with pytest.raises(NotFound):
        world.services.sessions._attempts.start(admin.actor, ana.id)


def test_given_an_id_typed_in_capitals_then_it_is_nobodys(
    world: World, admin: Person, other_admin: Person
) -> None:
    for change in CHANGES.values():
        with pytest.raises(NotFound):
            change(world, admin.actor, admin.id.upper())
    with pytest.raises(NotFound):
        world.services.sessions._attempts.start(admin.actor, other_admin.id.upper())
    world.services.logins.authenticate(admin.token)
