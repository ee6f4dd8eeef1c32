"""A face for an account: several pictures, all of one person; again later; and not at all."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from proctor_app.db.tables import AuditEntry, User
from proctor_app.domain.access import Actor
from proctor_app.errors import Conflict, Invalid, NotFound, Throttled
from proctor_app.services.accounts import SignUp
from proctor_app.services.face_tries import MAX_AT_ONCE
from proctor_app.services.vault import Vault
from proctor_app.settings import resolve_data_key
from proctor_app.vision.capture import MAX_LOOKS, MAX_S
from proctor_app.vision.enrolment import PhotoRejected
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.models.identity import MODEL
from tests.fakes import EMBEDDING, face, jpeg
from tests.world import HOME, PASSWORD, Person, World, build, eventually

EMAIL = "ana@example.test"
PHOTOS = (jpeg(1), jpeg(2), jpeg(3))


def _form(*photos: bytes) -> SignUp:
    first, *more = photos or PHOTOS
    return SignUp(EMAIL, PASSWORD, first, "Ana", tuple(more))


def _row(world: World, user_id: str) -> User:
    return next(row for row in world.rows(User) if row.id == user_id)


def _template(world: World, row: User) -> tuple[float, ...]:
    assert row.face_template is not None
    opened = Vault(resolve_data_key(world.settings)).open(row.face_template)
    return tuple(np.frombuffer(opened, np.float64))


def _noted(world: World, person: Person) -> list[str]:
    return [row.action for row in world.rows(AuditEntry) if row.subject_id == person.id]


def _pictures(world: World) -> list[Path]:
    return [path for path in (world.settings.data_dir / "pictures").rglob("*") if path.is_file()]


# --- sign-up with several pictures ---


async def test_given_three_photos_when_signing_up_then_their_mean_is_the_template(
    world: World,
) -> None:
    world.engine.photos.extend([face(0.0), face(0.1), face(0.2)])

    await world.services.accounts.sign_up(_form(), HOME.address)

    (row,) = world.rows(User)
    assert _template(world, row) == pytest.approx((EMBEDDING[0] + 0.1, *EMBEDDING[1:]))
    assert row.face_model == MODEL
    assert world.engine.looked_at == list(PHOTOS)


async def test_given_photos_of_two_people_when_signing_up_then_no_account_is_made(
    world: World,
) -> None:
    for others in ([face(0.0), face(0.0), face(0.6)], [face(0.6), face(0.0), face(0.0)]):
        world.engine.photos.extend(others)
        with pytest.raises(Invalid) as refused:
            await world.services.accounts.sign_up(_form(), HOME.address)
        assert refused.value.code == "faces_differ"

    assert world.rows(User) == []


async def test_given_one_photo_of_several_without_a_face_then_no_account_is_made(
    world: World,
) -> None:
    world.engine.photos.extend([face(), PhotoRejected("eyes_closed")])

    with pytest.raises(PhotoRejected) as refused:
        await world.services.accounts.sign_up(_form(), HOME.address)

    assert refused.value.code == "eyes_closed"
    assert world.rows(User) == []


async def test_given_six_photos_when_signing_up_then_none_is_looked_at(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await world.services.accounts.sign_up(_form(*[jpeg()] * 6), HOME.address)

    assert refused.value.code == "photos_count"
    assert world.engine.looked_at == []


async def test_given_several_photos_and_they_are_kept_then_the_first_one_is(
    world: World, database_url: str
) -> None:
    keeping = build(world.settings.data_dir, database_url, PROCTOR_KEEP_SIGNUP_PHOTO="true")
    await keeping.services.accounts.sign_up(_form(), HOME.address)
    keeping.database.close()

    (file,) = _pictures(world)
    assert Vault(resolve_data_key(world.settings)).open(file.read_bytes()) == PHOTOS[0]


# --- again, from one's own account ---


async def test_given_no_face_when_enrolling_with_the_password_then_the_face_is_known_and_noted(
    world: World,
) -> None:
    ana = world.person()
    world.engine.photos.extend([face(0.0), face(0.2)])

    await world.services.enrolment.enrol(ana.actor, PASSWORD, PHOTOS[:2])

    row = _row(world, ana.id)
    assert _template(world, row) == pytest.approx((EMBEDDING[0] + 0.1, *EMBEDDING[1:]))
    assert _noted(world, ana)[-1] == "user.face_enrolled"
    assert world.services.audit.verify().problem == ""


async def test_given_a_face_of_another_network_when_enrolling_then_it_is_replaced(
    world: World,
) -> None:
    ana = world.person()
    world.engine.photo = face(0.1, model="a network of before")
    await world.services.enrolment.enrol(ana.actor, PASSWORD, PHOTOS)
    world.engine.photo = face(0.0)

    await world.services.enrolment.enrol(ana.actor, PASSWORD, PHOTOS)

    assert _row(world, ana.id).face_model == MODEL
    assert _template(world, _row(world, ana.id)) == pytest.approx(EMBEDDING)


async def test_given_a_face_that_serves_when_enrolling_then_it_is_not_replaced(
    world: World,
) -> None:
    ana = world.person()
    world.engine.photo = face(0.0)
    await world.services.enrolment.enrol(ana.actor, PASSWORD, PHOTOS)
    looked_at = len(world.engine.looked_at)
    world.engine.photo = face(0.9)

    with pytest.raises(Conflict) as refused:
        await world.services.enrolment.enrol(ana.actor, PASSWORD, PHOTOS)

    assert refused.value.code == "face_enrolled"
    assert len(world.engine.looked_at) == looked_at
    assert _template(world, _row(world, ana.id)) == pytest.approx(EMBEDDING)


async def test_given_two_enrolments_at_once_then_one_is_refused(world: World) -> None:
    ana = world.person()
    world.engine.photo = face()
    outcomes = await asyncio.gather(
        *(world.services.enrolment.enrol(ana.actor, PASSWORD, PHOTOS) for _ in range(2)),
        return_exceptions=True,
    )

    assert [type(one) for one in outcomes if one is not None] == [Conflict]
    assert _noted(world, ana).count("user.face_enrolled") == 1


async def test_given_a_wrong_password_when_enrolling_then_nothing_is_looked_at_and_it_is_throttled(
    world: World,
) -> None:
    ana = world.person()
    for _ in range(10):
        with pytest.raises(Invalid) as refused:
            await world.services.enrolment.enrol(ana.actor, "a wrong phrase", PHOTOS)
        assert refused.value.code == "password_wrong"

    with pytest.raises(Throttled):
        await world.services.enrolment.enrol(ana.actor, PASSWORD, PHOTOS)
    assert world.engine.looked_at == []
    assert _row(world, ana.id).face_template is None


async def test_given_guesses_all_at_once_then_no_more_passwords_are_compared_than_are_let_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = world.person()
    compared: list[str] = []
    together = threading.Barrier(8)

    def verify(password: str, _hash: str) -> bool:
        compared.append(threading.current_thread().name)
        with suppress(threading.BrokenBarrierError):  # until as many as there are threads are here
            together.wait(0.2)
        return False

    monkeypatch.setattr("proctor_app.services.enrolment.verify", verify)
    enrol = world.services.enrolment.enrol
    with ThreadPoolExecutor(8, "pool") as threads:
        monkeypatch.setattr(world.services.password_pool, "_threads", threads)
        guesses = (enrol(ana.actor, f"guess {number}", PHOTOS) for number in range(15))
        refused = await asyncio.gather(*guesses, return_exceptions=True)

    assert len(compared) == 10
    assert all(name.startswith("pool") for name in compared)
    assert [type(one) for one in refused].count(Throttled) == 5


async def test_given_right_passwords_when_enrolling_then_they_do_not_count_as_guesses(
    world: World,
) -> None:
    ana = world.person()
    for _ in range(12):
        with pytest.raises(Invalid) as refused:
            await world.services.enrolment.enrol(ana.actor, PASSWORD, [])
        assert refused.value.code == "photos_count"


async def test_given_an_open_attempt_then_the_face_is_neither_enrolled_nor_removed(
    monitored: World,
) -> None:
    world, ana = monitored, monitored.person()
    await world.services.sessions.start(ana.actor, ana.id)

    with pytest.raises(Conflict) as refused:
        await world.services.enrolment.enrol(ana.actor, PASSWORD, PHOTOS)
    assert refused.value.code == "attempt_open"
    with pytest.raises(Conflict) as refused:
        await asyncio.to_thread(world.services.enrolment.remove, ana.actor)
    assert refused.value.code == "attempt_open"

    await world.services.sessions.stop(ana.actor, ana.id)
    world.engine.photo = face()
    await world.services.enrolment.enrol(ana.actor, PASSWORD, PHOTOS)


async def test_given_a_face_when_its_owner_removes_it_then_nothing_of_it_is_held(
    world: World, database_url: str
) -> None:
    keeping = build(world.settings.data_dir, database_url, PROCTOR_KEEP_SIGNUP_PHOTO="true")
    await keeping.services.accounts.sign_up(_form(), HOME.address)
    keeping.database.close()
    logins = world.services.logins
    actor = logins.authenticate(logins.log_in(EMAIL, PASSWORD, HOME).token)
    assert len(_pictures(world)) == 1

    world.services.enrolment.remove(actor)

    row = _row(world, actor.user_id)
    assert (row.face_template, row.face_model, row.face_photo_key) == (None, "", "")
    assert _pictures(world) == []
    assert world.rows(AuditEntry)[-1].action == "user.face_removed"
    with pytest.raises(NotFound) as refused:
        world.services.enrolment.remove(actor)
    assert refused.value.code == "no_face_data"


# --- live tries ---


class Tab:
    """Somebody's camera on the sign-up page."""

    def __init__(self, world: World, name: str = "a tab", address: str = "10.0.0.1") -> None:
        self.world = world
        self.who = name, address
        self._sent = 0
        world.services.face_tries.begin(*self.who)

    async def show(self, after_s: float = 0.5) -> str:
        self.world.clock.advance(after_s)
        self._sent += 1
        return (await self.world.services.face_tries.look(*self.who, jpeg(self._sent))).code


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are not limited by the clock on the wall, which tests outrun."""
    monkeypatch.setattr("proctor_app.services.throttle.Throttle.hit", lambda *_: None)


@pytest.mark.usefixtures("patient")
async def test_given_a_resting_face_then_three_pictures_make_the_enrolment(world: World) -> None:
    world.engine.photo = face()
    tab = Tab(world)

    assert [await tab.show() for _ in range(4)] == ["hold_still", "good", "good", "done"]
    last = await world.services.face_tries.look(*tab.who, jpeg(9))
    assert (last.code, last.good, last.done, last.taken) == ("done", 3, True, False)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    "code",
    [
        "no_face",
        "several_faces",
        "photo_too_dark",
        "photo_too_bright",
        "face_too_small",
        "eyes_closed",
        "face_turned",
        "photo_blurred",
        "face_cut",
    ],
)
async def test_given_a_poor_picture_then_one_sentence_says_what_to_do_and_it_is_not_counted(
    world: World, code: str
) -> None:
    world.engine.photo = PhotoRejected(code)  # type: ignore[arg-type]
    tab = Tab(world)

    found = await world.services.face_tries.look(*tab.who, jpeg())

    assert (found.code, found.good, found.taken) == (code, 0, False)
    assert found.sentence.endswith(".")


@pytest.mark.usefixtures("patient")
async def test_given_no_try_or_one_that_lasts_too_long_then_no_picture_is_looked_at(
    world: World,
) -> None:
    tries = world.services.face_tries
    assert (await tries.look("unknown", "10.0.0.1", jpeg())).over

    world.engine.photo = PhotoRejected("no_face")
    long = Tab(world, "long")
    assert await long.show(MAX_S) == "no_face"
    assert await long.show(0.1) == "over"
    many = Tab(world, "many")
    assert [await many.show(0.1) for _ in range(MAX_LOOKS)] == ["no_face"] * MAX_LOOKS
    assert await many.show(0.1) == "over"
    assert len(world.engine.looked_at) == MAX_LOOKS + 1


@pytest.mark.usefixtures("patient")
async def test_given_a_second_try_of_the_tab_then_it_begins_from_nothing(world: World) -> None:
    world.engine.photo = face()
    tab = Tab(world)
    assert [await tab.show() for _ in range(3)][-1] == "good"

    again = Tab(world)

    assert [await again.show() for _ in range(4)] == ["hold_still", "good", "good", "done"]


@pytest.mark.usefixtures("patient")
async def test_given_pictures_in_flight_then_no_more_than_a_few_are_looked_at_at_once(
    world: World,
) -> None:
    world.engine.photo = face()
    tabs = [Tab(world, f"tab {number}") for number in range(MAX_AT_ONCE + 1)]
    world.engine.hold()
    first = asyncio.create_task(tabs[0].show())
    await asyncio.sleep(0)
    assert await tabs[0].show() == "busy"  # one in flight

    others = [asyncio.create_task(tab.show()) for tab in tabs[1:]]
    await asyncio.sleep(0)
    assert [task.done() for task in others] == [False] * (MAX_AT_ONCE - 1) + [True]
    assert others[-1].result() == "busy"
    world.engine.release()

    assert await first == "hold_still"
    assert [await task for task in others[:-1]] == ["hold_still"] * (MAX_AT_ONCE - 1)
    assert await tabs[-1].show() == "hold_still"


@pytest.mark.usefixtures("patient")
async def test_given_a_try_begun_anew_while_a_picture_is_looked_at_then_it_does_not_count(
    world: World,
) -> None:
    world.engine.photo = face()
    tab = Tab(world)
    await tab.show()
    world.engine.hold()
    late = asyncio.create_task(tab.show())
    await asyncio.sleep(0)
    again = Tab(world)
    world.engine.release()

    assert await late == "busy"
    assert await again.show() == "hold_still"


@pytest.mark.usefixtures("patient")
async def test_given_vision_is_not_ready_or_bytes_are_no_picture_then_it_is_said(
    world: World,
) -> None:
    tab = Tab(world)
    world.engine.photo = VisionFailed("not running")
    assert await tab.show() == "vision_failed"
    looked_at = len(world.engine.looked_at)

    found = await world.services.face_tries.look(*tab.who, b"nonsense")

    assert found.code == "frame_not_an_image"
    assert len(world.engine.looked_at) == looked_at


async def _often(what: Callable[[], Awaitable[object] | None], times: int) -> bool:
    """Whether it was refused at some time."""
    for _ in range(times):
        try:
            found = what()
            if found is not None:
                await found
        except Throttled:
            return True
    return False


async def test_given_a_flood_then_tries_and_pictures_are_throttled_by_tab_and_by_address(
    world: World,
) -> None:
    tries = world.services.face_tries
    world.engine.photo = PhotoRejected("no_face")
    tries.begin("a", "10.0.0.1")
    tries.begin("b", "10.0.0.1")

    assert await _often(lambda: tries.look("a", "10.0.0.1", jpeg()), 10)
    assert (await tries.look("b", "10.0.0.1", jpeg())).code == "no_face"
    assert await _often(lambda: tries.begin("a", "10.0.0.1"), 15)
    names = iter(range(1000))
    assert await _often(lambda: tries.begin(f"tab {next(names)}", "10.0.0.1"), 120)
    tries.begin("a tab of another", "10.0.0.2")
    photos = iter(range(2000))
    assert await _often(lambda: tries.check(f"t{next(photos)}", "10.0.0.3", jpeg()), 1000)


async def test_given_an_address_that_is_refused_then_its_tabs_are_not_counted(
    world: World,
) -> None:
    tries = world.services.face_tries
    world.engine.photo = PhotoRejected("no_face")
    names = iter(range(2000))
    assert await _often(lambda: tries.begin(f"tab {next(names)}", "10.0.0.1"), 120)
    assert await _often(lambda: tries.check(f"t{next(names)}", "10.0.0.1", jpeg()), 1000)

    for _ in range(12):
        with pytest.raises(Throttled):
            tries.begin("somebody's tab", "10.0.0.1")
        with pytest.raises(Throttled):
            await tries.look("tab 0", "10.0.0.1", jpeg())

    tries.begin("somebody's tab", "10.0.0.2")
    assert (await tries.look("tab 0", "10.0.0.2", jpeg())).code == "no_face"


async def test_given_a_chosen_photo_then_it_is_judged_without_a_try(world: World) -> None:
    tries = world.services.face_tries
    world.engine.photos.extend([face(), PhotoRejected("no_face")])

    good, bad = [await tries.check("a tab", "10.0.0.1", jpeg()) for _ in range(2)]

    assert (good.code, good.done) == ("good", True)
    assert (bad.code, bad.done) == ("no_face", False)
    assert bad.sentence == "No face was found. Look straight into the camera."


def test_an_actor_who_is_limited_changes_no_face(world: World) -> None:
    ana = world.person()
    limited = Actor(ana.id, "Ana", ana.actor.role, ana.actor.session_id, limited=True)

    with pytest.raises(Exception, match="second_factor"):
        world.services.enrolment.remove(limited)


async def test_given_the_photo_cannot_be_removed_then_the_face_is_not_removed_either(
    world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping = build(world.settings.data_dir, database_url, PROCTOR_KEEP_SIGNUP_PHOTO="true")
    await keeping.services.accounts.sign_up(_form(), HOME.address)
    keeping.database.close()
    logins = world.services.logins
    actor = logins.authenticate(logins.log_in(EMAIL, PASSWORD, HOME).token)

    def fail(*_: object) -> None:
        raise OSError("read-only")

    monkeypatch.setattr("proctor_app.services.picture_store.FolderStore.delete", fail)
    with pytest.raises(OSError, match="read-only"):
        world.services.enrolment.remove(actor)

    row = _row(world, actor.user_id)
    assert row.face_template is not None
    assert row.face_photo_key


@pytest.mark.parametrize("closed", ["disabled_at", "erased_at"])
async def test_given_the_account_is_closed_meanwhile_then_no_face_is_stored(
    world: World, closed: str
) -> None:
    ana = world.person()
    world.engine.photo = face()
    world.engine.hold()
    enrolling = asyncio.create_task(world.services.enrolment.enrol(ana.actor, PASSWORD, [jpeg()]))
    await eventually(lambda: bool(world.engine.looked_at))
    with world.database.write() as session:
        setattr(session.get_one(User, ana.id), closed, world.clock())
    world.engine.release()

    with pytest.raises(NotFound):
        await enrolling
    assert _row(world, ana.id).face_template is None
