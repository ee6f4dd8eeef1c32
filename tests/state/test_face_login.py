"""The page that logs in by face: what it shows to whoever is nobody yet."""

import base64

import pytest

from proctor_app.db.tables import FaceChallenge
from proctor_app.services.face_live import MAX_TRIES
from proctor_app.state.face_login import FaceLoginState
from proctor_app.vision.challenge import Action
from tests.face_logins import ANOTHERS, acting, another, enrolled, user
from tests.fakes import EMBEDDING, jpeg
from tests.state.tabs import call, open_page
from tests.unit.heads import head
from tests.world import HOME, World

PICTURE = "data:image/jpeg;base64," + base64.b64encode(jpeg()).decode()


async def started(world: World, email: str) -> tuple[FaceLoginState, Action]:
    """The page with its camera running, and what is asked."""
    page = open_page(FaceLoginState)
    await call(page, "load")
    await call(page, "ask", {"email": email})
    await call(page, "camera_changed", "live")
    assert page.sending, page.problem
    return page, Action(world.rows(FaceChallenge)[0].action)


async def send(world: World, page: FaceLoginState) -> None:
    world.clock.advance(0.2)
    await call(page, "take_frame", PICTURE, page.acked + 1)


async def perform(
    world: World, page: FaceLoginState, action: Action, who: tuple[float, ...]
) -> list[tuple[str, str, int]]:
    """Do an action before the camera; what the page showed after every frame."""
    frames = [head(), head(), *(acting(action) for _ in range(3)), head(), head()]
    world.engine.script.extend([*frames, *(head(embedding=who) for _ in range(3))])
    shown = []
    for _ in frames:
        await send(world, page)
        shown.append((page.words, page.sign, page.step))
    world.engine.script.clear()
    return shown


async def test_given_the_owner_then_the_page_leads_through_the_steps_to_a_ticket(
    world: World,
) -> None:
    email = await enrolled(world)
    page, action = await started(world, email)
    assert (page.words, page.sign, page.step) == ("Look at the camera", "face", 0)

    shown = await perform(world, page, action, EMBEDDING)

    steps = [step for _, _, step in shown]
    assert (steps, set(steps)) == (sorted(steps), {0, 1, 2, 3})
    assert (page.phase, page.sending, page.problem) == ("entering", False, "")
    found = world.services.face_login.enter(page.ticket, HOME)
    assert found.account.id == user(world, email).id


async def test_given_somebody_else_then_the_page_says_what_to_do_and_no_more(
    world: World,
) -> None:
    email = await enrolled(world)
    page, action = await started(world, email)
    await perform(world, page, action, ANOTHERS)
    assert (page.phase, page.sending, page.ticket) == ("over", False, "")
    assert page.problem == "Face log-in did not succeed. Try again, or use your password."


async def test_given_another_action_then_one_can_try_again(world: World) -> None:
    email = await enrolled(world)
    page, action = await started(world, email)
    await perform(world, page, another(action), EMBEDDING)
    assert page.phase == "over"
    assert "What was asked was not seen." in page.problem
    await call(page, "again")
    assert (page.phase, page.email, page.problem, page.sending) == ("camera", email, "", False)
    await call(page, "camera_changed", "live")
    assert page.sending
    assert world.count(FaceChallenge) == 2


async def test_nothing_begins_before_the_camera_runs(world: World) -> None:
    page = open_page(FaceLoginState)
    await call(page, "ask", {"email": "a@example.test"})
    for status in ("starting", "denied", "busy", "x" * 1000):
        await call(page, "camera_changed", status)
    assert world.count(FaceChallenge) == 0
    assert len(page.camera) == 40
    await call(page, "camera_changed", "live")
    await call(page, "camera_changed", "live")
    assert world.count(FaceChallenge) == 1


@pytest.mark.parametrize("form", [{}, {"email": "no address"}, {"email": "x" * 10_000}])
async def test_what_is_no_e_mail_is_told(world: World, form: dict[str, str]) -> None:
    page = open_page(FaceLoginState)
    await call(page, "ask", form)
    assert len(page.email) <= 254
    await call(page, "camera_changed", "live")
    assert (page.phase, page.problem) == ("over", "This is not an e-mail address.")


async def test_a_bad_frame_is_answered_with_words_and_the_try_goes_on(world: World) -> None:
    email = await enrolled(world)
    page, action = await started(world, email)
    for number, bad in enumerate(("garbage", "data:image/jpeg;base64,AAAA", "data:,?" * 90_000)):
        await call(page, "take_frame", bad, number)
        assert (page.acked, page.sign) == (number, "problem")
        assert page.words
    assert world.engine.looked_at == []
    await perform(world, page, action, EMBEDDING)
    assert page.phase == "entering"


async def test_frames_of_a_page_that_asked_nothing_are_looked_at_by_nobody(
    world: World,
) -> None:
    page = open_page(FaceLoginState)
    await call(page, "take_frame", PICTURE, 0)
    assert (page.phase, page.acked, page.ticket) == ("email", -1, "")
    assert world.engine.looked_at == []


async def test_reloading_the_page_forgets_the_try(world: World) -> None:
    page, _ = await started(world, await enrolled(world))
    await call(page, "load")
    assert (page.phase, page.sending, page.ticket) == ("email", False, "")
    assert world.services.face_live._tries == {}


async def test_one_page_holds_one_try(world: World) -> None:
    page = open_page(FaceLoginState)
    for number in range(8):
        await call(page, "ask", {"email": f"{number}@example.test"})
        await call(page, "camera_changed", "live")
    assert len(world.services.face_live._tries) == 1 < MAX_TRIES


async def test_too_many_failures_and_tries_are_told_on_the_page(world: World) -> None:
    email = await enrolled(world)
    for _ in range(5):
        page = open_page(FaceLoginState)
        await call(page, "ask", {"email": email})
        await call(page, "camera_changed", "live")
        asked = {row.id: row for row in world.rows(FaceChallenge)}[page._live]
        await perform(world, page, another(Action(asked.action)), EMBEDDING)
    page = open_page(FaceLoginState)
    await call(page, "ask", {"email": email})
    await call(page, "camera_changed", "live")
    assert (page.phase, page.problem) == (
        "over",
        "Face log-in is not possible now. Use your password.",
    )
