"""Log-in by face from a page: frame after frame, guided, within bounds."""

import asyncio

import pytest

from proctor_app.db.tables import AuditEntry, FaceChallenge
from proctor_app.errors import Throttled, Unavailable
from proctor_app.services.face_door import FaceLoginPaused
from proctor_app.services.face_live import (
    MAX_FRAMES,
    MAX_TRIES,
    MAX_TRIES_OF_ONE_ADDRESS,
    View,
)
from proctor_app.services.logins import Origin
from proctor_app.services.throttle import Limit
from proctor_app.vision.challenge import Action
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import FrameRejected
from tests.face_logins import ANOTHERS, acting, another, enrolled, user
from tests.fakes import EMBEDDING, jpeg
from tests.unit.heads import head
from tests.world import HOME, World, eventually

NOBODY = "nobody@example.test"


async def begin(world: World, email: str) -> tuple[str, Action]:
    live_id = await world.services.face_live.begin(email, HOME)
    row = next(row for row in world.rows(FaceChallenge) if row.id == live_id)
    return live_id, Action(row.action)


async def look(world: World, live_id: str, seconds: float = 0.2) -> View:
    world.clock.advance(seconds)
    return await world.services.face_live.look(live_id, jpeg())


async def perform(world: World, live_id: str, action: Action) -> list[View]:
    """Two looks, three frames of the action, two looks back."""
    frames = [head(), head(), *(acting(action) for _ in range(3)), head(), head()]
    world.engine.script.extend(frames)
    return [await look(world, live_id) for _ in frames]


def compare_with(world: World, embedding: tuple[float, ...]) -> None:
    """What the identity models will say of every look, once the action was seen."""
    world.engine.script.extend(head(embedding=embedding) for _ in range(3))


async def finish(
    world: World, live_id: str, action: Action, embedding: tuple[float, ...]
) -> list[View]:
    frames = [head(), head(), *(acting(action) for _ in range(3)), head(), head()]
    world.engine.script.extend(frames)
    compare_with(world, embedding)
    views = [await look(world, live_id) for _ in frames]
    world.engine.script.clear()
    return views


async def test_given_the_owner_does_what_is_asked_then_a_ticket_opens_the_session(
    world: World,
) -> None:
    email = await enrolled(world)
    live_id, action = await begin(world, email)

    views = await finish(world, live_id, action, EMBEDDING)

    assert [view.guidance.step for view in views][:2] == [0, 1]
    assert {view.problem for view in views} == {""}
    assert [view.ticket for view in views[:-1]] == [""] * 6
    last = views[-1]
    assert (last.guidance.words, last.guidance.step) == ("Thank you", 3)
    found = world.services.face_login.enter(last.ticket, HOME)
    assert found.account.id == user(world, email).id
    assert user(world, email).face_failures == 0
    again = await look(world, live_id)
    assert (again.ticket, again.problem != "") == ("", True)


async def test_given_somebody_else_then_the_end_is_a_failure_that_says_nothing(
    world: World,
) -> None:
    email = await enrolled(world)
    said = []
    for address in (email, NOBODY):
        live_id, action = await begin(world, address)
        last = (await finish(world, live_id, action, ANOTHERS))[-1]
        said.append(last)
    assert said[0] == said[1]
    assert said[0].problem == "Face log-in did not succeed. Try again, or use your password."
    assert user(world, email).face_failures == 1


async def test_given_another_action_then_the_try_ends_at_once_and_counts(world: World) -> None:
    email = await enrolled(world)
    live_id, action = await begin(world, email)
    views = await perform(world, live_id, another(action))
    ended = next(view for view in views if view.problem)
    assert "What was asked was not seen." in ended.problem
    assert views.index(ended) == 3
    assert user(world, email).face_failures == 1
    assert len(world.engine.looked_at) == 4


async def test_given_five_failures_then_the_page_is_told_to_use_the_password(world: World) -> None:
    email = await enrolled(world)
    for address in (email, NOBODY):
        for _ in range(5):
            live_id, action = await begin(world, address)
            await perform(world, live_id, another(action))
            world.engine.script.clear()
        with pytest.raises(FaceLoginPaused, match="Use your password"):
            await world.services.face_live.begin(address, HOME)
    assert user(world, email).face_locked_until is not None


async def test_given_nobody_did_anything_then_time_ends_the_try_and_it_does_not_count(
    world: World,
) -> None:
    email = await enrolled(world)
    live_id, _ = await begin(world, email)
    world.engine.script.extend([head(), head(), head()])
    assert not (await look(world, live_id)).problem
    assert not (await look(world, live_id)).problem
    ended = await look(world, live_id, 30.0)
    assert "The time for it is over." in ended.problem
    assert user(world, email).face_failures == 0
    assert world.count(AuditEntry) == 1


async def test_given_a_dark_picture_until_the_end_then_that_is_the_reason(world: World) -> None:
    email = await enrolled(world)
    live_id, _ = await begin(world, email)
    world.engine.faces = 2
    told = await look(world, live_id)
    assert (told.guidance.words, told.guidance.sign) == ("One face only", "problem")
    assert "Only one face" in (await look(world, live_id, 31.0)).problem


async def test_given_too_many_frames_then_the_try_ends(world: World) -> None:
    email = await enrolled(world)
    live_id, _ = await begin(world, email)
    views = [await look(world, live_id, 0.01) for _ in range(MAX_FRAMES)]
    assert [bool(view.problem) for view in views] == [False] * (MAX_FRAMES - 1) + [True]
    assert len(world.engine.looked_at) == MAX_FRAMES
    await look(world, live_id)
    assert len(world.engine.looked_at) == MAX_FRAMES


async def test_given_a_frame_in_flight_then_the_next_one_is_not_looked_at(world: World) -> None:
    email = await enrolled(world)
    live_id, _ = await begin(world, email)
    world.engine.hold()
    first = asyncio.create_task(look(world, live_id))
    await eventually(lambda: len(world.engine.looked_at) == 1)
    second = await look(world, live_id)
    assert second.guidance.words == "Look at the camera"
    assert len(world.engine.looked_at) == 1
    world.engine.release()
    await first


async def test_given_many_tries_then_two_frames_are_looked_at_in_the_same_moment(
    world: World,
) -> None:
    lives = [(await begin(world, f"{number}@example.test"))[0] for number in range(6)]
    world.engine.hold()
    looks = [asyncio.create_task(look(world, live_id, 0.0)) for live_id in lives]
    await eventually(lambda: len(world.engine.looked_at) == 2)
    await asyncio.sleep(0.05)
    assert len(world.engine.looked_at) == 2
    world.engine.release()
    await asyncio.gather(*looks)
    assert len(world.engine.looked_at) == 6


async def test_tries_at_a_time_are_bounded_and_end_by_themselves(world: World) -> None:
    service = world.services.face_live
    places = [Origin(f"192.0.2.{number}") for number in range(MAX_TRIES + 2)]
    for number in range(MAX_TRIES):
        await service.begin(f"{number}@example.test", places[number])
    with pytest.raises(Unavailable):
        await service.begin("one-more@example.test", places[-1])
    world.clock.advance(61)
    live_id = await service.begin("one-more@example.test", places[-1])
    service.forget(live_id)
    assert (await look(world, live_id)).problem


async def test_tries_of_one_network_at_a_time_are_bounded_and_others_have_room(
    world: World,
) -> None:
    service = world.services.face_live
    lives = [
        await service.begin(f"{number}@example.test", Origin(f"2001:db8::{number}"))
        for number in range(MAX_TRIES_OF_ONE_ADDRESS)
    ]
    for _ in range(2):
        with pytest.raises(Unavailable):
            await service.begin("one-more@example.test", Origin("2001:db8::ffff"))

    assert await service.begin("one-more@example.test", Origin("2001:db8:0:1::1"))
    service.forget(lives[0])
    assert await service.begin("one-more@example.test", Origin("2001:db8::ffff"))


async def test_given_no_frame_within_ten_seconds_then_the_try_ends_and_leaves_its_place(
    world: World,
) -> None:
    email = await enrolled(world)
    service = world.services.face_live
    late, _ = await begin(world, email)
    for number in range(1, MAX_TRIES_OF_ONE_ADDRESS):
        await service.begin(f"{number}@example.test", HOME)
    world.clock.advance(10)

    assert "The time for it is over." in (await service.look(late, jpeg())).problem
    assert world.engine.looked_at == []
    assert user(world, email).face_failures == 0
    assert await service.begin("one-more@example.test", HOME)


async def test_given_a_first_frame_in_time_then_the_try_has_thirty_seconds_from_it(
    world: World,
) -> None:
    email = await enrolled(world)
    live_id, action = await begin(world, email)
    assert not (await look(world, live_id, 9.9)).problem
    world.clock.advance(20)
    assert (await finish(world, live_id, action, EMBEDDING))[-1].ticket


async def test_given_models_that_fail_then_the_try_goes_on(world: World) -> None:
    email = await enrolled(world)
    live_id, action = await begin(world, email)
    world.engine.script.append(VisionFailed("not ready"))
    told = await look(world, live_id)
    assert (told.guidance.words, told.problem) == ("One moment", "")
    assert (await finish(world, live_id, action, EMBEDDING))[-1].ticket


@pytest.mark.parametrize("frame", [b"", b"no picture", jpeg(width_px=2000, height_px=64)])
async def test_given_what_is_no_frame_then_it_is_refused_and_the_try_goes_on(
    world: World, frame: bytes
) -> None:
    email = await enrolled(world)
    live_id, action = await begin(world, email)
    with pytest.raises(FrameRejected):
        await world.services.face_live.look(live_id, frame)
    assert world.engine.looked_at == []
    assert (await finish(world, live_id, action, EMBEDDING))[-1].ticket


async def test_beginning_is_throttled(world: World) -> None:
    for _ in range(8):
        await world.services.face_live.begin(NOBODY, HOME)
    with pytest.raises(Throttled):
        await world.services.face_live.begin(NOBODY, HOME)
    world.services.face_login._throttle.clear(Limit.FACE_CHALLENGE_ACCOUNT, NOBODY)
    assert await world.services.face_live.begin(NOBODY, HOME)
