"""Log-in by face: who gets in, what everybody else is told, and when the door stays shut."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from proctor_app.db.repositories.users import Users
from proctor_app.db.tables import AuditEntry, FaceChallenge, Login, User
from proctor_app.domain.access import Role
from proctor_app.errors import Invalid, NotAuthenticated, Throttled
from proctor_app.services.face_door import FaceLoginFailed, FaceLoginPaused
from proctor_app.services.face_login import MAX_FRAMES
from proctor_app.services.logins import LoggedIn, Origin
from proctor_app.services.throttle import Limit
from proctor_app.vision.challenge import Action
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import FrameRejected
from proctor_app.vision.models.identity import MODEL
from proctor_app.vision.observation import Detector
from tests.face_logins import (
    ANOTHERS,
    FRAMES,
    acting,
    another,
    enrolled,
    performed,
    user,
)
from tests.fakes import EMBEDDING, jpeg
from tests.unit.heads import head
from tests.world import HOME, PASSWORD, World

SOMEWHERE = Origin("192.0.2.9", "Some Browser/1.0")
NOBODY = "nobody@example.test"


async def log_in(world: World, email: str, origin: Origin = HOME) -> LoggedIn:
    """Do what is asked, as the account's owner."""
    asked = world.services.face_login.challenge(email, origin)
    performed(world, asked.action)
    return await world.services.face_login.verify(email, asked.challenge_id, FRAMES, origin)


async def refused(world: World, email: str, see: Callable[[World, Action], None]) -> str:
    """Try to get in; what the answer says."""
    asked = world.services.face_login.challenge(email, HOME)
    see(world, asked.action)
    with pytest.raises((FaceLoginFailed, FaceLoginPaused)) as caught:
        await world.services.face_login.verify(email, asked.challenge_id, FRAMES, HOME)
    world.engine.script.clear()
    return f"{caught.value.code}: {caught.value.detail}"


def somebody_else(world: World, action: Action) -> None:
    performed(world, action, (ANOTHERS, ANOTHERS, ANOTHERS))


def wrong_action(world: World, action: Action) -> None:
    performed(world, another(action))


def nothing(world: World, _action: Action) -> None:
    world.engine.script.extend([head(), head(), head()])


def forget_throttles(world: World) -> None:
    for limit in (Limit.FACE_LOGIN_FAILURES, Limit.FACE_CHALLENGE_ACCOUNT):
        for email in {NOBODY, *(row.email for row in world.rows(User))}:
            world.services.face_login._throttle.clear(limit, email)


def entries(world: World) -> list[str]:
    return [row.action for row in world.rows(AuditEntry) if row.action.startswith("user.face_l")]


# --- getting in ---


async def test_given_the_enrolled_face_and_the_asked_action_then_a_session_opens(
    world: World,
) -> None:
    email = await enrolled(world)

    found = await log_in(world, email, SOMEWHERE)

    actor = world.services.logins.authenticate(found.token)
    assert actor.user_id == user(world, email).id
    login = next(row for row in world.rows(Login) if row.id == actor.session_id)
    assert (login.method, login.address, login.agent) == ("face", "192.0.2.9", "Some Browser/1.0")
    assert entries(world) == []
    noted = world.rows(AuditEntry)[-1]
    assert (noted.action, noted.subject_id, noted.detail) == (
        "user.login",
        actor.user_id,
        '{"method": "face"}',
    )
    assert world.services.audit.verify().problem == ""


async def test_when_asked_then_the_answer_names_an_action_and_sixty_seconds(world: World) -> None:
    email = await enrolled(world)
    asked = [world.services.face_login.challenge(email, HOME) for _ in range(8)]
    assert {one.expires_in_s for one in asked} == {60}
    assert len({one.challenge_id for one in asked}) == 8
    assert {len(one.challenge_id) for one in asked} == {36}
    assert {row.action for row in world.rows(FaceChallenge)} == {one.action for one in asked}


async def test_the_looks_before_and_after_and_the_act_are_compared_with_identity_models_alone(
    world: World,
) -> None:
    email = await enrolled(world)
    world.engine.asked.clear()
    await log_in(world, email)
    faces, who = frozenset({Detector.FACES}), frozenset({Detector.FACES, Detector.IDENTITY})
    assert world.engine.asked == [faces] * 3 + [who] * 3
    assert world.engine.looked_at == [*FRAMES, FRAMES[0], FRAMES[2], FRAMES[1]]


# --- staying outside ---


@pytest.mark.parametrize(
    "who",
    [
        pytest.param((ANOTHERS, ANOTHERS, ANOTHERS), id="another person"),
        pytest.param((EMBEDDING, ANOTHERS, EMBEDDING), id="another after"),
        pytest.param((ANOTHERS, EMBEDDING, EMBEDDING), id="another before"),
        pytest.param((EMBEDDING, EMBEDDING, ANOTHERS), id="another acts"),
    ],
)
async def test_given_any_other_face_then_nobody_gets_in_and_nothing_is_said_of_it(
    world: World, who: tuple[tuple[float, ...], ...]
) -> None:
    email = await enrolled(world)
    said = await refused(world, email, lambda w, action: performed(w, action, who))
    assert said == (
        "face_login_failed: Face log-in did not succeed. Try again, or use your password."
    )
    assert user(world, email).face_failures == 1
    assert entries(world) == ["user.face_login_failed"]


async def test_given_looks_that_cannot_be_verified_then_nobody_gets_in(world: World) -> None:
    email = await enrolled(world)
    await refused(world, email, lambda w, action: performed(w, action, (None, None, None)))
    assert user(world, email).face_failures == 1


async def test_given_a_turned_face_that_cannot_be_verified_then_the_looks_suffice(
    world: World,
) -> None:
    email = await enrolled(world)
    asked = world.services.face_login.challenge(email, HOME)
    performed(world, asked.action, (EMBEDDING, EMBEDDING, None))
    assert (await world.services.face_login.verify(email, asked.challenge_id, FRAMES, HOME)).token


async def test_given_another_action_or_none_then_the_hint_is_about_the_action_alone(
    world: World,
) -> None:
    email = await enrolled(world)
    for see in (wrong_action, nothing):
        said = await refused(world, email, see)
        assert "What was asked was not seen." in said
    assert user(world, email).face_failures == 2


async def test_given_pictures_without_a_usable_face_then_the_hint_says_so(world: World) -> None:
    email = await enrolled(world)
    said = await refused(world, email, lambda w, _: w.engine.script.extend([head(faces=2)] * 3))
    assert "too few different pictures" in said
    several = await refused(
        world, email, lambda w, _: w.engine.script.extend([head(faces=2) for _ in range(3)])
    )
    assert "Only one face" in several


@dataclass(frozen=True)
class Kind:
    """An account that may not be entered by face."""

    name: str
    spoil: Callable[[World, str], None]


def _change(**values: object) -> Callable[[World, str], None]:
    def spoil(world: World, email: str) -> None:
        with world.database.write() as session:
            found = Users(session).by_email(email)
            assert found is not None
            for name, value in values.items():
                setattr(found, name, value() if callable(value) else value)

    return spoil


def _disable(world: World, email: str) -> None:
    _change(disabled_at=world.clock.now)(world, email)


def _erase(world: World, email: str) -> None:
    _change(erased_at=world.clock.now)(world, email)


def _add_second_factor(world: World, email: str) -> None:
    _change(totp_enabled_at=world.clock.now)(world, email)


def _lock(world: World, email: str) -> None:
    until = world.clock.now.replace(minute=10)
    _change(face_failures=5, face_locked_until=until)(world, email)


KINDS = [
    Kind("disabled", _disable),
    Kind("erased", _erase),
    Kind("proctor", _change(role=Role.PROCTOR.value)),
    Kind("admin", _change(role=Role.ADMIN.value)),
    Kind("without a face", _change(face_template=None)),
    Kind("second factor", _add_second_factor),
    Kind("locked", _lock),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_given_an_account_that_has_no_face_log_in_then_it_looks_like_none_at_all(
    world: World, kind: Kind
) -> None:
    email = await enrolled(world)
    kind.spoil(world, email)
    before = lock_of(user(world, email))

    answers = {}
    for address in (email, NOBODY):
        for see in (performed, somebody_else, wrong_action):
            world.engine.looked_at.clear()
            said = await refused(world, address, see)
            answers[address, see.__name__] = (said, len(world.engine.looked_at))

    for name in ("performed", "somebody_else", "wrong_action"):
        assert answers[email, name] == answers[NOBODY, name]
    assert {row.user_id for row in world.rows(FaceChallenge)} == {None}
    assert lock_of(user(world, email)) == before
    assert entries(world) == []


def lock_of(found: object) -> tuple[object, ...]:
    return tuple(getattr(found, name) for name in ("face_failures", "face_locked_until"))


async def test_an_unknown_e_mail_costs_the_same_work_as_somebody_elses_face(world: World) -> None:
    email = await enrolled(world)
    looked = []
    for address in (email, NOBODY):
        world.engine.looked_at.clear()
        said = await refused(world, address, somebody_else)
        looked.append((said, len(world.engine.looked_at)))
    assert looked[0] == looked[1]


async def test_given_a_face_of_another_network_or_key_then_nobody_gets_in(world: World) -> None:
    email = await enrolled(world)
    _change(face_model="some other network")(world, email)
    await refused(world, email, performed)
    _change(face_model=MODEL, face_template=b"not sealed with our key")(world, email)
    await refused(world, email, performed)
    assert user(world, email).face_failures == 2


# --- the challenge ---


async def test_given_a_challenge_that_was_used_then_it_opens_nothing_again(world: World) -> None:
    email = await enrolled(world)
    asked = world.services.face_login.challenge(email, HOME)
    performed(world, asked.action)
    await world.services.face_login.verify(email, asked.challenge_id, FRAMES, HOME)
    performed(world, asked.action)
    with pytest.raises(FaceLoginFailed, match="time for it is over"):
        await world.services.face_login.verify(email, asked.challenge_id, FRAMES, HOME)


async def test_given_an_expired_challenge_then_it_opens_nothing(world: World) -> None:
    email = await enrolled(world)
    asked = world.services.face_login.challenge(email, HOME)
    world.clock.advance(60)
    performed(world, asked.action)
    with pytest.raises(FaceLoginFailed, match="time for it is over"):
        await world.services.face_login.verify(email, asked.challenge_id, FRAMES, HOME)
    assert world.engine.looked_at == []


@pytest.mark.parametrize("asked_for", ["somebody", "nobody"])
async def test_a_challenge_of_another_e_mail_opens_nothing_and_tells_not_whether_it_exists(
    world: World, asked_for: str
) -> None:
    mine, other = await enrolled(world), await enrolled(world)
    whose = other if asked_for == "somebody" else NOBODY
    asked = world.services.face_login.challenge(whose, HOME)
    for user_email in (mine, "unheard-of@example.test"):
        performed(world, asked.action)
        with pytest.raises(FaceLoginFailed, match="time for it is over"):
            await world.services.face_login.verify(user_email, asked.challenge_id, FRAMES, HOME)
    assert user(world, mine).face_failures == user(world, other).face_failures == 0


@pytest.mark.parametrize("made_up", ["", "x", "0" * 36, "ü" * 36, "\ud800" * 36, "a" * 24])
async def test_a_made_up_challenge_opens_nothing(world: World, made_up: str) -> None:
    email = await enrolled(world)
    with pytest.raises(FaceLoginFailed):
        await world.services.face_login.verify(email, made_up, FRAMES, HOME)
    assert world.engine.looked_at == []
    assert user(world, email).face_failures == 0


@pytest.fixture
def drawn(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Action]:
    """What is drawn, one after the other: never the same twice in a row."""
    found: list[Action] = []

    def choose() -> Action:
        found.append(list(Action)[len(found) % len(Action)])
        return found[-1]

    monkeypatch.setattr(world.services.face_login._actions, "_choose", choose)
    return found


@pytest.mark.parametrize("known", [True, False])
async def test_given_nothing_was_tried_then_asking_again_asks_for_the_same_for_fifteen_minutes(
    world: World, drawn: list[Action], known: bool
) -> None:
    email = await enrolled(world) if known else NOBODY
    service = world.services.face_login
    asked = []
    for number in range(7):
        spelling = email.upper() if number % 2 else email
        asked.append(service.challenge(spelling, HOME).action)
        world.clock.advance(2 * 60)
    assert asked == [drawn[0]] * 7

    world.clock.advance(61)
    assert service.challenge(email, HOME).action is drawn[1]
    assert len(drawn) == 2


@pytest.mark.parametrize("known", [True, False])
async def test_given_a_try_was_begun_then_another_action_is_drawn_and_for_that_e_mail_alone(
    world: World, drawn: list[Action], known: bool
) -> None:
    email = await enrolled(world) if known else NOBODY
    service = world.services.face_login
    other = service.challenge("somebody-else@example.test", HOME).action
    await refused(world, email, somebody_else)
    assert len(drawn) == 2
    with pytest.raises(FaceLoginFailed):
        await service.verify(email, "made up", FRAMES, HOME)  # begins nothing

    again = [service.challenge(email, HOME).action for _ in range(3)]

    assert (again, len(drawn)) == ([drawn[2]] * 3, 3)
    assert service.challenge("somebody-else@example.test", HOME).action is other


async def test_given_a_success_then_another_action_is_drawn(
    world: World, drawn: list[Action]
) -> None:
    email = await enrolled(world)
    await log_in(world, email)
    assert world.services.face_login.challenge(email, HOME).action is drawn[1]


async def test_given_a_try_that_the_server_could_not_judge_then_the_same_is_asked(
    world: World, drawn: list[Action]
) -> None:
    email = await enrolled(world)
    asked = world.services.face_login.challenge(email, HOME)
    world.engine.script.append(VisionFailed("a model failed"))
    with pytest.raises(VisionFailed):
        await world.services.face_login.verify(email, asked.challenge_id, FRAMES, HOME)
    assert world.services.face_login.challenge(email, HOME).action is asked.action
    assert len(drawn) == 1


def test_given_very_many_e_mails_then_what_is_remembered_of_them_is_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_app.services.face_login._MAX_REMEMBERED", 10)
    actions = world.services.face_login._actions
    for number in range(30):
        actions.of(f"{number}@example.test")
    assert len(actions._held) == 10
    world.clock.advance(15 * 60)
    actions.of("one-more@example.test")
    assert len(actions._held) == 1


async def test_old_challenges_are_forgotten(world: World) -> None:
    email = await enrolled(world)
    world.services.face_login.challenge(email, HOME)
    world.clock.advance(2 * 3600)
    world.services.face_login.challenge(email, HOME)
    assert world.count(FaceChallenge) == 1


# --- the lock ---


async def test_given_five_failures_then_the_face_is_locked_for_a_while_and_the_password_is_not(
    world: World,
) -> None:
    email = await enrolled(world)
    for _ in range(5):
        await refused(world, email, somebody_else)
    assert entries(world) == ["user.face_login_failed"] * 5 + ["user.face_locked"]

    paused = await refused(world, email, performed)

    assert paused == "face_login_paused: Face log-in is not possible now. Use your password."
    assert world.services.logins.log_in(email, PASSWORD, HOME).token
    forget_throttles(world)  # as after a restart: the lock itself is in the database
    assert (await refused(world, email, performed)).startswith("face_login_failed")
    assert user(world, email).face_failures == 5

    world.clock.advance(15 * 60 + 1)
    forget_throttles(world)
    assert (await log_in(world, email)).token
    assert user(world, email).face_failures == 0
    assert user(world, email).face_locked_until is None
    assert all(email not in row.detail for row in world.rows(AuditEntry))


async def test_given_an_unknown_e_mail_then_it_pauses_just_the_same(world: World) -> None:
    email = await enrolled(world)
    said = {address: [await refused(world, address, somebody_else) for _ in range(6)]
            for address in (email, NOBODY)}  # fmt: skip
    assert said[email] == said[NOBODY]


async def test_given_a_success_then_earlier_failures_are_forgotten(world: World) -> None:
    email = await enrolled(world)
    for _ in range(2):
        for _ in range(4):
            await refused(world, email, somebody_else)
        forget_throttles(world)
        await log_in(world, email)
        assert user(world, email).face_failures == 0
    assert "user.face_locked" not in entries(world)


async def test_given_many_tries_at_the_same_time_then_no_more_than_five_are_begun(
    world: World,
) -> None:
    email = await enrolled(world)
    service = world.services.face_login
    asked = []
    for _ in range(16):
        service._throttle.clear(Limit.FACE_CHALLENGE_ACCOUNT, email)
        asked.append(service.challenge(email, HOME))

    async def attempt(challenge_id: str) -> bool:
        service._throttle.clear(Limit.FACE_LOGIN_FAILURES, email)  # the database alone must hold
        made = await asyncio.to_thread(service._door.begin, email, challenge_id)
        if made.user_id is not None:
            await asyncio.to_thread(service._door.fail, made, "face")
        return made.user_id is not None

    begun = await asyncio.gather(*[attempt(one.challenge_id) for one in asked])

    assert sum(begun) == 5
    found = user(world, email)
    assert found.face_failures == 5
    assert found.face_locked_until is not None
    assert entries(world).count("user.face_locked") == 1
    assert entries(world).count("user.face_login_failed") == 5
    assert world.services.audit.verify().problem == ""


async def test_given_one_challenge_used_at_the_same_time_then_it_counts_once(world: World) -> None:
    email = await enrolled(world)
    asked = world.services.face_login.challenge(email, HOME)
    door = world.services.face_login._door

    def begin() -> bool:
        try:
            door.begin(email, asked.challenge_id)
        except FaceLoginFailed:
            return False
        return True

    begun = await asyncio.gather(*[asyncio.to_thread(begin) for _ in range(8)])
    assert sum(begun) == 1
    assert user(world, email).face_failures == 1


async def test_given_whole_tries_in_parallel_then_they_are_all_answered_and_five_count(
    world: World,
) -> None:
    email = await enrolled(world)
    service = world.services.face_login
    asked = [service.challenge(email, HOME) for _ in range(8)]
    answers = await asyncio.gather(
        *[service.verify(email, one.challenge_id, FRAMES, HOME) for one in asked],
        return_exceptions=True,
    )
    assert {type(answer) for answer in answers} <= {FaceLoginFailed, FaceLoginPaused}
    assert user(world, email).face_failures == 5


# --- bounds, and what is nobody's fault ---


async def test_given_the_models_fail_then_it_does_not_count(world: World) -> None:
    email = await enrolled(world)
    asked = world.services.face_login.challenge(email, HOME)
    world.engine.script.append(VisionFailed("a model failed"))
    with pytest.raises(VisionFailed):
        await world.services.face_login.verify(email, asked.challenge_id, FRAMES, HOME)
    asked = world.services.face_login.challenge(email, HOME)
    world.engine.script.extend([head(), acting(asked.action), head(), VisionFailed("later")])
    with pytest.raises(VisionFailed):
        await world.services.face_login.verify(email, asked.challenge_id, FRAMES, HOME)
    assert user(world, email).face_failures == 0
    for _ in range(4):
        await refused(world, email, somebody_else)
    assert (await log_in(world, email)).token


@pytest.mark.parametrize("count", [0, MAX_FRAMES + 1])
async def test_given_no_or_too_many_frames_then_none_is_looked_at(world: World, count: int) -> None:
    email = await enrolled(world)
    asked = world.services.face_login.challenge(email, HOME)
    with pytest.raises(Invalid):
        await world.services.face_login.verify(email, asked.challenge_id, [jpeg()] * count, HOME)
    assert world.engine.looked_at == []
    performed(world, asked.action)
    assert (await world.services.face_login.verify(email, asked.challenge_id, FRAMES, HOME)).token


@pytest.mark.parametrize(
    "frame", [b"", b"GIF89a", jpeg() + b"\0" * 300 * 1024, jpeg(width_px=2000, height_px=64)]
)
async def test_given_what_is_no_frame_then_none_is_looked_at_and_the_challenge_is_still_good(
    world: World, frame: bytes
) -> None:
    email = await enrolled(world)
    asked = world.services.face_login.challenge(email, HOME)
    with pytest.raises(FrameRejected):
        await world.services.face_login.verify(
            email, asked.challenge_id, [*FRAMES[:2], frame], HOME
        )
    assert world.engine.looked_at == []
    performed(world, asked.action)
    assert (await world.services.face_login.verify(email, asked.challenge_id, FRAMES, HOME)).token


async def test_given_a_frame_that_only_its_decoder_refuses_then_it_is_a_failure(
    world: World,
) -> None:
    email = await enrolled(world)
    rejected = FrameRejected("frame_undecodable", "the frame cannot be decoded")
    said = await refused(world, email, lambda w, _: w.engine.script.append(rejected))
    assert "The picture is not clear." in said
    assert user(world, email).face_failures == 1


async def test_challenges_are_throttled_by_account_and_by_address(world: World) -> None:
    service = world.services.face_login
    for _ in range(8):
        service.challenge(NOBODY, HOME)
    with pytest.raises(Throttled):
        service.challenge(NOBODY, HOME)
    for number in range(90):
        service.challenge(f"{number}@example.test", SOMEWHERE)
    with pytest.raises(Throttled):
        service.challenge("one-more@example.test", SOMEWHERE)
    for _ in range(80):
        with pytest.raises(FaceLoginFailed):
            await service.verify(NOBODY, "x", FRAMES, SOMEWHERE)
    with pytest.raises(Throttled):
        await service.verify(NOBODY, "x", FRAMES, SOMEWHERE)


# --- the ticket ---


async def test_a_ticket_opens_one_session_within_thirty_seconds(world: World) -> None:
    email = await enrolled(world)
    service = world.services.face_login
    ticket = service.hand_over(user(world, email))
    found = service.enter(ticket, SOMEWHERE)
    assert world.services.logins.authenticate(found.token).user_id == user(world, email).id
    late = service.hand_over(user(world, email))
    world.clock.advance(30)
    for used_up in (ticket, late, "", "made up", "\ud800"):
        with pytest.raises(NotAuthenticated):
            service.enter(used_up, SOMEWHERE)


async def test_a_ticket_of_an_account_that_was_disabled_meanwhile_opens_nothing(
    world: World,
) -> None:
    email = await enrolled(world)
    ticket = world.services.face_login.hand_over(user(world, email))
    _disable(world, email)
    with pytest.raises(FaceLoginFailed):
        world.services.face_login.enter(ticket, HOME)
