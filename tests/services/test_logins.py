"""Log-ins: whom a token makes of its bearer, and when it no longer does."""

from collections.abc import Callable

import bcrypt
import pytest

from proctor_app.db.tables import AuditEntry, Login, User
from proctor_app.domain.access import Actor, Role
from proctor_app.errors import NotAuthenticated, Throttled
from proctor_app.services.logins import Origin
from tests.world import HOME, PASSWORD, Person, World

EMAIL = "ana@example.test"


def _change(world: World, person: Person, **values: object) -> None:
    with world.database.write() as session:
        row = session.get_one(User, person.id)
        for name, value in values.items():
            setattr(row, name, value)


# --- log-in ---


def test_given_an_account_then_email_and_unique_name_log_in_however_they_are_written(
    world: World,
) -> None:
    accounts, logins = world.services.accounts, world.services.logins
    ana = accounts.create("José@example.test", PASSWORD, Role.STUDENT, "Ana Silva")

    for identifier in ("josé@example.test", " JOSÉ@EXAMPLE.TEST ", "jose\u0301@example.test"):
        assert logins.log_in(identifier, PASSWORD, HOME).account == ana
    assert logins.log_in("Ana Silva", PASSWORD, HOME).account == ana


def test_given_two_accounts_of_one_name_then_the_name_logs_nobody_in(world: World) -> None:
    for number in (1, 2):
        world.services.accounts.create(f"{number}@example.test", PASSWORD, Role.STUDENT, "Ana")

    with pytest.raises(NotAuthenticated):
        world.services.logins.log_in("Ana", PASSWORD, HOME)


_WRONG_CREDENTIALS = [
    (EMAIL, "a wrong phrase"),
    (EMAIL, ""),
    (EMAIL, PASSWORD + " "),
    (EMAIL, "x" * 1000),
    (EMAIL, "a\x00b"),
    ("nobody@example.test", PASSWORD),
    ("nobody", PASSWORD),
    ("no\x00body", PASSWORD),
    ("a\x00b@example.test", PASSWORD),
    ("@", PASSWORD),
    ("", PASSWORD),
]


def test_given_wrong_credentials_then_the_answer_and_the_work_are_always_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.services.accounts.create(EMAIL, PASSWORD, Role.STUDENT)
    compared: list[bytes] = []
    real: Callable[[bytes, bytes], bool] = bcrypt.checkpw

    def counted(given: bytes, hashed: bytes) -> bool:
        compared.append(hashed)
        return real(given, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    for number, (identifier, password) in enumerate(_WRONG_CREDENTIALS, start=1):
        with pytest.raises(NotAuthenticated) as refused:
            world.services.logins.log_in(identifier, password, HOME)
        assert (refused.value.code, refused.value.detail) == (
            "credentials_wrong",
            "E-mail or password is wrong.",
        )
        assert len(compared) == number, (identifier, password)

    assert world.rows(Login) == []


def test_given_a_disabled_account_then_it_logs_in_no_more_and_the_answer_is_the_same(
    world: World,
) -> None:
    ana = world.person()
    _change(world, ana, disabled_at=world.clock())

    with pytest.raises(NotAuthenticated) as refused:
        world.services.logins.log_in(ana.email, PASSWORD, HOME)
    assert refused.value.code == "credentials_wrong"


def test_given_many_failures_then_that_account_is_throttled_by_any_name_and_no_other(
    world: World,
) -> None:
    logins = world.services.logins
    ana, ben = world.person(name="Ana Silva"), world.person(name="Ben")
    for number in range(10):
        identifier = ana.email if number % 2 else "Ana Silva"
        with pytest.raises(NotAuthenticated):
            logins.log_in(identifier, "a wrong phrase", HOME)

    for identifier in (ana.email, ana.email.upper(), "Ana Silva"):
        with pytest.raises(Throttled) as refused:
            logins.log_in(identifier, PASSWORD, HOME)
        assert 1 <= refused.value.retry_after_s <= 60
    assert logins.log_in(ben.email, PASSWORD, HOME).account.id == ben.id


def test_given_an_unknown_email_then_it_is_throttled_like_a_known_one(world: World) -> None:
    for _ in range(10):
        with pytest.raises(NotAuthenticated):
            world.services.logins.log_in("nobody@example.test", PASSWORD, HOME)

    with pytest.raises(Throttled):
        world.services.logins.log_in("nobody@example.test", PASSWORD, HOME)


_SPELLINGS = ("jos\u00e9@example.test", "JOSE\u0301@example.test", "jos\u00e9@\uff45xample.test ")


@pytest.mark.parametrize("known", [True, False])
def test_given_several_spellings_of_an_email_then_they_count_as_one_whether_it_is_known_or_not(
    world: World, known: bool
) -> None:
    if known:
        world.services.accounts.create(_SPELLINGS[0], PASSWORD, Role.STUDENT)
    answers = []
    for number in range(12):
        with pytest.raises((NotAuthenticated, Throttled)) as refused:
            world.services.logins.log_in(_SPELLINGS[number % 3], "a wrong phrase", HOME)
        answers.append(refused.value.code)

    assert answers == ["credentials_wrong"] * 10 + ["throttled"] * 2


@pytest.mark.parametrize("known", [True, False])
def test_given_an_email_without_its_accents_then_it_is_another_whether_it_is_known_or_not(
    world: World, known: bool
) -> None:
    if known:
        world.services.accounts.create("jos\u00e9@example.test", PASSWORD, Role.STUDENT)
    for email in ("jos\u00e9@example.test", "jose@example.test"):
        for _ in range(10):
            with pytest.raises(NotAuthenticated):
                world.services.logins.log_in(email, "a wrong phrase", HOME)


@pytest.mark.parametrize("known", [True, False])
def test_given_a_name_in_other_letters_then_it_is_another_name_whether_it_is_known_or_not(
    world: World, known: bool
) -> None:
    if known:
        world.person(name="Ana Silva")
    for name in ("Ana Silva", "ana silva"):
        for _ in range(10):
            with pytest.raises(NotAuthenticated):
                world.services.logins.log_in(name, "a wrong phrase", HOME)
        with pytest.raises(Throttled):
            world.services.logins.log_in(name, "a wrong phrase", HOME)


def test_given_good_log_ins_then_they_do_not_count_as_failures(world: World) -> None:
    ana = world.person()

    tokens = {world.services.logins.log_in(ana.email, PASSWORD, HOME).token for _ in range(12)}

    assert len(tokens) == 12  # a new session each time


def test_given_very_many_log_ins_from_one_address_then_it_is_throttled(world: World) -> None:
    ana = world.person()
    log_in = world.services.logins.log_in
    for _ in range(120):
        log_in(ana.email, PASSWORD, Origin("127.0.0.9"))

    with pytest.raises(Throttled):
        log_in(ana.email, PASSWORD, Origin("127.0.0.9"))
    assert log_in(ana.email, PASSWORD, Origin("127.0.0.8")).account.id == ana.id


# --- the log ---


def test_given_a_log_in_then_the_log_says_by_what_and_nothing_of_those_that_failed(
    world: World,
) -> None:
    ana = world.person()
    with pytest.raises(NotAuthenticated):
        world.services.logins.log_in(ana.email, "a wrong phrase", HOME)
    with pytest.raises(NotAuthenticated):
        world.services.logins.log_in("nobody@example.test", PASSWORD, HOME)

    noted = [entry for entry in world.rows(AuditEntry) if entry.action != "user.created"]

    assert [(entry.action, entry.subject_id, entry.detail) for entry in noted] == [
        ("user.login", ana.id, '{"method": "password"}')
    ]
    assert world.services.audit.verify().problem == ""


def test_given_a_log_out_everywhere_then_the_log_says_so_and_not_of_one_log_out(
    world: World,
) -> None:
    ana = world.person()
    elsewhere = world.services.logins.log_in(ana.email, PASSWORD, HOME)
    before = world.count(AuditEntry)

    world.services.logins.log_out(world.services.logins.authenticate(elsewhere.token))
    assert world.count(AuditEntry) == before
    world.services.logins.log_out(ana.actor, everywhere=True)

    entry = world.rows(AuditEntry)[-1]
    assert (entry.action, entry.actor_id, entry.subject_id, entry.detail) == (
        "user.logged_out",
        ana.id,
        ana.id,
        '{"ended": 1}',
    )
    assert world.count(AuditEntry) == before + 1


# --- sessions ---


def test_given_a_token_then_its_bearer_is_known_by_what_the_database_says_now(
    world: World,
) -> None:
    ana = world.person(Role.STUDENT, "Ana")
    world.services.accounts.set_role(ana.email, Role.PROCTOR)

    actor = world.services.logins.authenticate(ana.token)

    assert actor == Actor(ana.id, "Ana", Role.PROCTOR, ana.actor.session_id)


def _log_out(world: World, ana: Person) -> None:
    world.services.logins.log_out(ana.actor)


def _log_out_everywhere(world: World, ana: Person) -> None:
    other = world.services.logins.log_in(ana.email, PASSWORD, HOME)
    actor = world.services.logins.authenticate(other.token)
    world.services.logins.log_out(actor, everywhere=True)


def _disable(world: World, ana: Person) -> None:
    _change(world, ana, disabled_at=world.clock())


def _stay_idle(world: World, ana: Person) -> None:
    world.clock.advance(120 * 60 + 1)


def _pass_the_absolute_limit(world: World, ana: Person) -> None:
    for _ in range(12):
        world.services.logins.authenticate(ana.token)  # never idle
        world.clock.advance(60 * 60)


def _forget_the_log_in(world: World, ana: Person) -> None:
    with world.database.write() as session:
        session.delete(session.get_one(Login, ana.actor.session_id))


@pytest.mark.parametrize(
    "end",
    [
        _log_out,
        _log_out_everywhere,
        _disable,
        _stay_idle,
        _pass_the_absolute_limit,
        _forget_the_log_in,
    ],
)
def test_given_a_session_has_ended_then_its_token_is_refused_at_once(
    world: World, end: Callable[[World, Person], None]
) -> None:
    ana = world.person()
    world.services.logins.check_session(ana.actor)

    end(world, ana)

    with pytest.raises(NotAuthenticated):
        world.services.logins.authenticate(ana.token)
    with pytest.raises(NotAuthenticated):
        world.services.logins.check_session(ana.actor)


def test_given_one_log_out_then_the_accounts_other_sessions_and_other_accounts_go_on(
    world: World,
) -> None:
    logins = world.services.logins
    ana, ben = world.person(), world.person()
    elsewhere = logins.log_in(ana.email, PASSWORD, HOME)

    logins.log_out(ana.actor)

    assert logins.authenticate(elsewhere.token).user_id == ana.id
    logins.log_out(ana.actor, everywhere=True)
    assert logins.authenticate(ben.token) == ben.actor


def test_given_somebody_stays_active_then_the_session_does_not_idle_out(world: World) -> None:
    ana = world.person()
    for _ in range(5):
        world.clock.advance(60 * 60)
        world.services.logins.authenticate(ana.token)

    (login,) = world.rows(Login)
    assert login.last_used_at == world.clock()


def test_given_a_long_connection_then_only_use_keeps_the_session_from_idling_out(
    world: World,
) -> None:
    check_session = world.services.logins.check_session
    ana, idle = world.person(), world.person()
    for _ in range(3):
        world.clock.advance(50 * 60)
        check_session(ana.actor, used=True)

    check_session(ana.actor)
    with pytest.raises(NotAuthenticated):
        check_session(idle.actor)


def test_given_a_role_has_changed_then_a_connection_made_with_the_old_one_ends(
    world: World,
) -> None:
    eve = world.person(Role.PROCTOR)
    world.services.accounts.set_role(eve.email, Role.STUDENT)

    with pytest.raises(NotAuthenticated) as refused:
        world.services.logins.check_session(eve.actor)
    assert refused.value.code == "role_changed"


def test_given_a_log_out_while_a_request_is_on_its_way_then_the_session_stays_ended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = world.person()
    logins = world.services.logins
    world.clock.advance(5 * 60)  # so that the request notes that the session was used
    read = logins._open_session

    def log_out_after(login_id: str) -> tuple[Login, User]:
        found = read(login_id)
        logins.log_out(ana.actor)
        return found

    monkeypatch.setattr(logins, "_open_session", log_out_after)
    logins.authenticate(ana.token)
    monkeypatch.undo()

    with pytest.raises(NotAuthenticated):
        logins.authenticate(ana.token)


def test_given_a_good_token_of_another_user_for_a_log_in_then_it_is_refused(world: World) -> None:
    ana, ben = world.person(), world.person()
    with world.database.write() as session:
        session.get_one(Login, ana.actor.session_id).user_id = ben.id

    with pytest.raises(NotAuthenticated):
        world.services.logins.authenticate(ana.token)
