"""Accounts: made by sign-up with a face, or by the command line."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from proctor_app.db.session import Database, DatabaseUnavailable
from proctor_app.db.tables import Login, User
from proctor_app.domain.access import Role
from proctor_app.errors import Conflict, Invalid, NotFound, Throttled
from proctor_app.services.accounts import SignUp
from proctor_app.services.vault import Vault
from proctor_app.settings import resolve_data_key
from proctor_app.vision.enrolment import PhotoRejected
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import FrameRejected
from tests.fakes import EMBEDDING, jpeg
from tests.world import HOME, PASSWORD, World, build

EMAIL = "ana@example.test"


def _form(email: str = EMAIL, password: str = PASSWORD, name: str = "Ana") -> SignUp:
    return SignUp(email, password, jpeg(), name)


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


@pytest.mark.parametrize(
    ("name", "kept"), [("گل\u200cپری", "گل\u200cپری"), ("\u200d \u200c", "ana")]
)
def test_given_a_name_with_joiners_then_it_is_kept_unless_it_is_of_them_alone(
    world: World, name: str, kept: str
) -> None:
    assert world.services.accounts.create(EMAIL, PASSWORD, Role.PROCTOR, name).name == kept
