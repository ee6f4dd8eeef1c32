"""One's own sessions: which are listed, which may be ended, and how soon that is felt."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from proctor_app.db.tables import AuditEntry, Login, User
from proctor_app.domain.access import Action, Role, may
from proctor_app.errors import NotAuthenticated, NotFound, SecondFactorMissing, Throttled
from proctor_app.services.access import allow
from proctor_app.services.logins import Origin
from proctor_app.services.passwords import hash_password
from tests.world import HOME, PASSWORD, Person, World, build

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def _again(world: World, person: Person, origin: Origin = HOME) -> Person:
    """Another log-in of the same person."""
    found = world.services.logins.log_in(person.email, PASSWORD, origin)
    return Person(world.services.logins.authenticate(found.token), person.email, found.token)


def _is_open(world: World, person: Person) -> bool:
    try:
        world.services.logins.authenticate(person.token)
    except NotAuthenticated:
        return False
    return True


# --- the list ---


def test_given_two_log_ins_then_both_are_listed_as_they_are_known_and_nobody_elses(
    world: World,
) -> None:
    ana = world.person()
    world.person()
    world.clock.advance(90)
    began = world.clock()
    there = _again(world, ana, Origin("192.0.2.7", FIREFOX))

    first, second = world.services.logins.sessions(ana.actor)

    assert (first.id, second.id) == (there.actor.session_id, ana.actor.session_id)
    assert (first.current, second.current) == (False, True)
    assert (first.method, first.address, first.agent) == (
        "password",
        "192.0.2.7",
        "Firefox on Linux",
    )
    assert (first.created_at, first.last_used_at) == (began, began)
    assert first.expires_at == began + timedelta(hours=12)


def test_given_sessions_that_open_nothing_any_more_then_they_are_not_listed(world: World) -> None:
    ana = world.person()
    ended, idle, expired = (_again(world, ana) for _ in range(3))
    world.services.logins.log_out(ended.actor)
    with world.database.write() as session:
        session.get_one(Login, expired.actor.session_id).expires_at = world.clock()
        session.get_one(Login, idle.actor.session_id).last_used_at -= timedelta(minutes=121)

    listed = [login.id for login in world.services.logins.sessions(ana.actor)]

    assert listed == [ana.actor.session_id]


# --- ending ---


def test_given_an_own_session_when_it_is_ended_then_it_alone_is_refused_and_that_is_recorded(
    world: World,
) -> None:
    ana = world.person()
    other = _again(world, ana)

    world.services.logins.end(ana.actor, other.actor.session_id)

    assert (_is_open(world, other), _is_open(world, ana)) == (False, True)
    entry = world.rows(AuditEntry)[-1]
    assert (entry.action, entry.actor_id, entry.subject_id) == (
        "login.ended",
        ana.id,
        other.actor.session_id,
    )


def test_given_a_session_that_is_not_ones_own_open_one_then_it_is_not_found(world: World) -> None:
    ana, ben = world.person(), world.person(Role.ADMIN)
    ended = _again(world, ben)
    world.services.logins.log_out(ended.actor)

    for login_id in (ana.actor.session_id, ended.actor.session_id, "nothing", ""):
        with pytest.raises(NotFound):
            world.services.logins.end(ben.actor, login_id)

    assert _is_open(world, ana)


def test_given_all_others_are_ended_then_this_one_and_other_people_go_on(world: World) -> None:
    ana, ben = world.person(), world.person()
    others = [_again(world, ana) for _ in range(2)]

    assert world.services.logins.end_others(ana.actor) == 2

    assert [_is_open(world, one) for one in (*others, ana, ben)] == [False, False, True, True]


def test_given_a_transaction_that_fails_then_the_sessions_it_revoked_go_on(world: World) -> None:
    ana = world.person()
    _again(world, ana)

    def fail() -> None:
        with world.database.write() as session:
            assert world.services.logins.revoke_all(session, ana.id) == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _is_open(world, ana)

    with world.database.write() as session:
        assert world.services.logins.revoke_all(session, ana.id) == 2
        assert world.services.logins.revoke_all(session, ana.id) == 0
    assert not _is_open(world, ana)


def test_given_another_process_ends_the_session_then_it_is_refused_here_at_once(
    world: World, tmp_path: Path, database_url: str
) -> None:
    ana = world.person()
    elsewhere = build(tmp_path, database_url)
    elsewhere.services.logins.log_out(elsewhere.services.logins.authenticate(ana.token))
    elsewhere.database.close()

    assert not _is_open(world, ana)
    with pytest.raises(NotAuthenticated):
        world.services.logins.check_session(ana.actor)


# --- many at once ---


def test_given_wrong_passwords_all_at_once_then_no_more_than_ten_are_looked_at(
    world: World,
) -> None:
    ana = world.person()
    together = threading.Barrier(30)

    def guess() -> str:
        together.wait(10)
        try:
            world.services.logins.log_in(ana.email, "a wrong phrase", HOME)
        except (NotAuthenticated, Throttled) as refused:
            return refused.code
        return "let in"

    with ThreadPoolExecutor(30) as pool:
        codes = [one.result() for one in [pool.submit(guess) for _ in range(30)]]

    assert sorted(codes) == ["credentials_wrong"] * 10 + ["throttled"] * 20


def test_given_right_and_wrong_passwords_in_turns_then_only_the_wrong_ones_are_counted(
    world: World,
) -> None:
    ana = world.person()
    for _ in range(9):
        with pytest.raises(NotAuthenticated):
            world.services.logins.log_in(ana.email, "a wrong phrase", HOME)
        _again(world, ana)
    with pytest.raises(NotAuthenticated):
        world.services.logins.log_in(ana.email, "a wrong phrase", HOME)

    with pytest.raises(Throttled):
        _again(world, ana)


def _new_password(user: User, _world: World) -> None:
    user.password_hash = hash_password("another long phrase")


def _disabled(user: User, world: World) -> None:
    user.disabled_at = world.clock()


def _second_factor(user: User, world: World) -> None:
    user.totp_enabled_at = world.clock()


@pytest.mark.parametrize("change", [_new_password, _disabled, _second_factor])
def test_given_the_account_changes_while_a_password_is_compared_then_the_log_in_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, change: Callable[[User, World], None]
) -> None:
    ana = world.person()
    logins = world.services.logins
    find = logins._find

    def changed_after(identifier: str) -> tuple[User | None, str]:
        found = find(identifier)
        with world.database.write() as session:
            change(session.get_one(User, ana.id), world)
        return found

    monkeypatch.setattr(logins, "_find", changed_after)

    with pytest.raises(NotAuthenticated) as refused:
        logins.log_in(ana.email, PASSWORD, HOME)
    assert refused.value.code == "credentials_wrong"
    assert world.count(Login) == 1


def test_given_the_role_changes_before_a_session_opens_then_a_face_no_longer_suffices(
    world: World,
) -> None:
    ana = world.person()
    with world.database.write() as session:
        read = session.get_one(User, ana.id)
    world.services.accounts.set_role(ana.email, Role.PROCTOR)
    before = world.count(Login)

    with pytest.raises(NotAuthenticated):
        world.services.logins.open(read, "face", HOME)
    assert world.count(Login) == before
    assert world.services.logins.open(read, "password", HOME).token


# --- staff without a second factor ---


@pytest.fixture
def strict(world: World, database_url: str) -> Iterator[World]:
    """An installation that asks a second factor of its staff."""
    found = build(world.settings.data_dir, database_url, PROCTOR_SECOND_FACTOR="staff")
    yield found
    found.database.close()


@pytest.mark.parametrize("role", [Role.PROCTOR, Role.ADMIN])
def test_given_staff_without_a_second_factor_then_nothing_but_the_own_account_is_open(
    strict: World, role: Role
) -> None:
    eve = strict.person(role)

    assert strict.services.logins.log_in(eve.email, PASSWORD, HOME).limited
    assert eve.actor.limited
    assert not any(may(eve.actor, action, eve.id) for action in Action)
    with pytest.raises(SecondFactorMissing) as refused:
        allow(eve.actor, Action.WATCH)
    assert refused.value.code == "second_factor_setup_required"
    assert strict.services.accounts.account(eve.actor).id == eve.id


def test_given_students_or_an_installation_that_does_not_ask_then_nobody_is_limited(
    strict: World, tmp_path: Path, database_url: str
) -> None:
    assert not strict.person(Role.STUDENT).actor.limited
    relaxed = build(tmp_path, database_url)
    assert not relaxed.person(Role.ADMIN).actor.limited
    relaxed.database.close()


def test_given_the_second_factor_is_taken_away_then_what_stayed_open_with_it_ends(
    strict: World,
) -> None:
    eve = strict.person(Role.PROCTOR)
    with strict.database.write() as session:
        session.get_one(User, eve.id).totp_enabled_at = strict.clock()
    actor = strict.services.logins.authenticate(eve.token)
    assert not actor.limited
    strict.services.logins.check_session(actor)

    with strict.database.write() as session:
        session.get_one(User, eve.id).totp_enabled_at = None

    with pytest.raises(NotAuthenticated):
        strict.services.logins.check_session(actor)
