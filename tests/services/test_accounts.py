"""Accounts and log-ins: whom a token makes of its bearer, and when it no longer does."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bcrypt
import numpy as np
import pytest

from proctor_app.db.session import Database, DatabaseUnavailable
from proctor_app.db.tables import Login, User
from proctor_app.domain.access import Actor, Role
from proctor_app.errors import Conflict, Invalid, NotAuthenticated, NotFound, Throttled
from proctor_app.services.accounts import SignUp
from proctor_app.services.logins import Origin
from proctor_app.services.vault import Vault
from proctor_app.settings import resolve_data_key
from proctor_app.vision.enrolment import PhotoRejected
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import FrameRejected
from tests.fakes import EMBEDDING, jpeg
from tests.world import HOME, PASSWORD, Person, World, build

EMAIL = "ana@example.test"


def _form(email: str = EMAIL, password: str = PASSWORD, name: str = "Ana") -> SignUp:
    return SignUp(email, password, jpeg(), name)


def _user(world: World, person: Person) -> User:
    return next(row for row in world.rows(User) if row.id == person.id)


def _change(world: World, person: Person, **values: object) -> None:
    with world.database.write() as session:
        row = session.get_one(User, person.id)
        for name, value in values.items():
            setattr(row, name, value)


def _pictures(world: World) -> list[Path]:
    return [path for path in (world.settings.data_dir / "pictures").rglob("*") if path.is_file()]


# --- sign-up ---


async def test_given_a_face_photo_when_somebody_signs_up_then_a_student_can_log_in(
    world: World,
) -> None:
    account = await world.services.accounts.sign_up(_form("  Ana@Example.TEST "), HOME.address)

    assert (account.email, account.name, account.role) == (EMAIL, "Ana", Role.STUDENT)
    assert world.services.logins.log_in(EMAIL, PASSWORD, HOME).account == account


async def test_given_a_sign_up_then_the_template_is_stored_sealed_and_the_photo_not_at_all(
    world: World,
) -> None:
    await world.services.accounts.sign_up(_form(), HOME.address)

    (row,) = world.rows(User)
    assert row.face_template is not None
    vault = Vault(resolve_data_key(world.settings))
    opened = np.frombuffer(vault.open(row.face_template), np.float64)
    assert tuple(opened) == EMBEDDING
    for dtype in (np.float64, np.float32):
        assert np.asarray(EMBEDDING, dtype).tobytes()[:16] not in row.face_template
    assert (row.face_model, row.face_photo_key) == ("fake-identity 1", "")
    assert _pictures(world) == []


async def test_given_the_installation_keeps_photos_then_the_photo_is_kept_encrypted(
    world: World, database_url: str
) -> None:
    keeping = build(world.settings.data_dir, database_url, PROCTOR_KEEP_SIGNUP_PHOTO="true")
    form = _form()

    await keeping.services.accounts.sign_up(form, HOME.address)
    keeping.database.close()

    (row,), (file,) = world.rows(User), _pictures(world)
    assert row.face_photo_key == f"{row.id}/{file.name}"
    assert form.photo not in file.read_bytes()
    assert Vault(resolve_data_key(world.settings)).open(file.read_bytes()) == form.photo


_WRONG_FORMS = [
    (_form(email="nobody"), "email_invalid"),
    (_form(email="a@b"), "email_invalid"),
    (_form(email="a b@example.test"), "email_invalid"),
    (_form(email="a\x00b@example.test"), "email_invalid"),
    (_form(email="x" * 250 + "@example.test"), "email_invalid"),
    (_form(password="short"), "password_too_short"),
    (_form(password="x" * 73), "password_too_long"),
    (_form(password=EMAIL.upper()), "password_is_email"),
    (_form(name="Ana\x00"), "name_invalid"),
    (_form(name="Ana\u202e"), "name_invalid"),
]


async def test_given_a_wrong_form_when_somebody_signs_up_then_the_reason_is_said(
    world: World,
) -> None:
    for form, code in _WRONG_FORMS:
        with pytest.raises(Invalid) as refused:
            await world.services.accounts.sign_up(form, HOME.address)
        assert (form, refused.value.code) == (form, code)

    assert world.rows(User) == []


async def test_given_a_photo_that_does_not_serve_then_no_account_is_made(world: World) -> None:
    for failure in (
        FrameRejected("frame_undecodable", "damaged"),
        PhotoRejected("no_face", "No face was found."),
        VisionFailed("a model failed"),
    ):
        world.engine.photo = failure
        with pytest.raises(type(failure)):
            await world.services.accounts.sign_up(_form(), HOME.address)

    assert world.rows(User) == []


async def test_given_a_name_then_it_is_one_line_of_a_bounded_length_or_the_emails_first_part(
    world: World,
) -> None:
    names = {"": "0", "   ": "1", " Ana \n  de Silva\t": "Ana de Silva", "x" * 500: "x" * 120}

    for number, (name, shown) in enumerate(names.items()):
        form = _form(f"{number}@example.test", name=name)
        assert (await world.services.accounts.sign_up(form, HOME.address)).name == shown


async def test_given_the_email_is_known_when_somebody_signs_up_then_it_is_a_conflict(
    world: World,
) -> None:
    await world.services.accounts.sign_up(_form(), HOME.address)
    looked_at = len(world.engine.looked_at)

    with pytest.raises(Conflict) as refused:
        await world.services.accounts.sign_up(_form("ANA@EXAMPLE.TEST"), HOME.address)

    assert refused.value.code == "email_taken"
    assert len(world.engine.looked_at) == looked_at  # no work for nothing
    assert world.count(User) == 1


async def test_given_two_sign_ups_of_one_email_at_once_then_one_account_is_made(
    world: World, database_url: str
) -> None:
    keeping = build(world.settings.data_dir, database_url, PROCTOR_KEEP_SIGNUP_PHOTO="true")
    outcomes = await asyncio.gather(
        *(keeping.services.accounts.sign_up(_form(), HOME.address) for _ in range(3)),
        return_exceptions=True,
    )
    keeping.database.close()

    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert [refusal.code for refusal in refused] == ["email_taken"] * 2
    (row,) = world.rows(User)
    assert [f"{row.id}/{path.name}" for path in _pictures(world)] == [row.face_photo_key]


async def test_given_the_database_fails_when_somebody_signs_up_then_no_photo_stays_behind(
    world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping = build(world.settings.data_dir, database_url, PROCTOR_KEEP_SIGNUP_PHOTO="true")

    def unavailable(_database: Database) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(Database, "write", unavailable)
    with pytest.raises(DatabaseUnavailable):
        await keeping.services.accounts.sign_up(_form(), HOME.address)
    keeping.database.close()

    assert _pictures(world) == []


async def test_given_very_many_sign_ups_from_one_address_then_it_is_throttled(
    world: World,
) -> None:
    form = _form(email="nobody")
    for _ in range(60):
        with pytest.raises(Invalid):
            await world.services.accounts.sign_up(form, HOME.address)

    with pytest.raises(Throttled):
        await world.services.accounts.sign_up(form, HOME.address)
    with pytest.raises(Invalid):
        await world.services.accounts.sign_up(form, "127.0.0.2")


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


# --- staff ---


def test_given_no_admin_then_there_is_none_until_one_is_made(world: World) -> None:
    world.person(Role.PROCTOR)
    assert not world.services.accounts.has_admin()

    world.person(Role.ADMIN)
    assert world.services.accounts.has_admin()


def test_given_two_threads_make_one_account_then_one_is_told_of_the_conflict(
    world: World,
) -> None:
    together = threading.Barrier(2)

    def make() -> str:
        together.wait(5)
        try:
            return world.services.accounts.create(EMAIL, PASSWORD, Role.ADMIN).email
        except Conflict as refused:
            return refused.code

    with ThreadPoolExecutor(2) as pool:
        outcomes = {future.result() for future in [pool.submit(make), pool.submit(make)]}

    assert outcomes == {EMAIL, "email_taken"}


def test_given_nobody_of_that_email_when_a_role_is_set_then_it_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.services.accounts.set_role("nobody@example.test", Role.ADMIN)


def test_given_an_account_then_it_can_be_read_until_it_is_gone(world: World) -> None:
    ana = world.person()
    assert world.services.accounts.account(ana.actor).email == ana.email

    with world.database.write() as session:
        session.delete(session.get_one(Login, ana.actor.session_id))
        session.flush()
        session.delete(session.get_one(User, ana.id))

    with pytest.raises(NotFound):
        world.services.accounts.account(ana.actor)
