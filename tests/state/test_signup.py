"""The sign-up page's camera: every picture gets one sentence, and nobody is logged in."""

import base64

import pytest

from proctor_app.db.tables import User
from proctor_app.services.throttle import Throttle
from proctor_app.state.signup import SignUpState
from proctor_app.vision.enrolment import PhotoRejected
from tests.fakes import face, jpeg
from tests.state.tabs import call, open_page
from tests.world import World


def picture(number: int = 0) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg(number)).decode()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are not limited by the clock on the wall, which tests outrun."""
    monkeypatch.setattr(Throttle, "hit", lambda *_: None)


async def _show(world: World, page: SignUpState, count: int, first: int = 1) -> None:
    for number in range(first, first + count):
        world.clock.advance(0.5)
        await call(page, "look", picture(number), number)


@pytest.mark.usefixtures("patient")
async def test_given_a_resting_face_then_the_pictures_taken_are_named_and_the_page_says_so(
    world: World,
) -> None:
    world.engine.photo = face()
    page = open_page(SignUpState)
    await call(page, "begin_try")

    await _show(world, page, 1)
    assert (page.acked, page.tone, page.sentence) == (1, "unknown", "Hold still for a moment.")
    await _show(world, page, 2, first=2)
    assert (page.taken, page.tone, page.sentence) == ([2, 3], "ok", "Good. Stay like this.")
    assert not page.done
    await _show(world, page, 1, first=4)

    assert (page.taken, page.done, page.wanted) == ([2, 3, 4], True, 3)
    assert page.sentence == "Your pictures are taken."
    assert world.rows(User) == []


@pytest.mark.usefixtures("patient")
async def test_given_a_poor_picture_then_its_sentence_is_shown_and_the_next_one_is_released(
    world: World,
) -> None:
    page = open_page(SignUpState)
    await call(page, "begin_try")
    for number, code in enumerate(("no_face", "several_faces", "eyes_closed"), start=1):
        world.engine.photo = PhotoRejected(code)  # type: ignore[arg-type]
        await _show(world, page, 1, first=number)
        assert (page.acked, page.tone) == (number, "notice")
        assert page.sentence == world.engine.photo.detail

    assert page.taken == []


@pytest.mark.usefixtures("patient")
async def test_given_the_pictures_are_taken_again_then_the_page_forgets_the_first_ones(
    world: World,
) -> None:
    world.engine.photo = face()
    page = open_page(SignUpState)
    await call(page, "begin_try")
    await _show(world, page, 4)

    await call(page, "begin_try")

    assert (page.tries, page.acked, page.taken, page.done, page.sentence) == (2, -1, [], False, "")
    await _show(world, page, 4, first=5)
    assert page.taken == [6, 7, 8]


@pytest.mark.usefixtures("patient")
async def test_given_a_file_that_shows_nobody_then_it_is_told_before_anything_is_sent(
    world: World,
) -> None:
    world.engine.photo = PhotoRejected("no_face")
    page = open_page(SignUpState)

    await call(page, "check_photo", picture(), 1)

    assert (page.acked, page.tone) == (1, "notice")
    assert page.sentence == "No face was found. Look straight into the camera."
    world.engine.photo = face()
    await call(page, "check_photo", picture(), 2)
    assert (page.acked, page.tone, page.sentence) == (2, "ok", "This photo serves.")


@pytest.mark.parametrize(
    "data_url", ["", "https://example.org/a.jpg", "data:,%%%", "data:image/jpeg;base64,AAAA"]
)
async def test_given_something_that_is_no_picture_then_it_is_answered_and_no_model_sees_it(
    world: World, data_url: str
) -> None:
    page = open_page(SignUpState)
    await call(page, "begin_try")

    await call(page, "look", data_url, 1)

    assert (page.acked, page.tone) == (1, "notice")
    assert page.sentence
    assert world.engine.looked_at == []


async def test_given_a_picture_that_is_too_large_then_it_is_refused_unread(world: World) -> None:
    page = open_page(SignUpState)
    await call(page, "begin_try")

    await call(page, "look", "data:image/jpeg;base64," + "A" * 500_000, 1)

    assert page.acked == 1
    assert "bytes" in page.sentence
    assert world.engine.looked_at == []


async def test_given_a_flood_then_pictures_wait_and_tries_are_refused_with_the_reason(
    world: World,
) -> None:
    world.engine.photo = PhotoRejected("no_face")
    page = open_page(SignUpState)
    await call(page, "begin_try")
    await _show(world, page, 10)
    assert (page.tone, page.sentence.split(".")[0]) == (
        "unknown",
        "Many people are signing up at this moment",
    )
    looked_at = len(world.engine.looked_at)
    assert looked_at < 10

    for _ in range(20):
        await call(page, "begin_try")

    assert page.over
    assert "Too many requests" in page.sentence


async def test_given_a_page_of_before_then_a_fresh_load_shows_nothing_of_it(world: World) -> None:
    page = open_page(SignUpState)
    await call(page, "begin_try")
    await call(page, "look", picture(), 5)

    await call(page, "load")

    assert (page.acked, page.sentence) == (-1, "")
