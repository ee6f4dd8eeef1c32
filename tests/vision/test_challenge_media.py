"""The live challenge on real people, and on pictures and recordings of them.

What is counted here is what the documentation says of attacks, kind by kind.
"""

import math
from collections.abc import Callable, Iterable
from functools import cache

import pytest

from proctor_app.vision.challenge import Action, Challenge, Phase, Reason, judge, step
from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import Detector, Observation
from proctor_app.vision.signals.identity import MAX_DISTANCE
from tests.performances import MOVES, PERFORMANCES, Performance, printed, still
from tests.vision.conftest import Observe

FPS = 5.0
PRINT_FRAMES = 21
ACTIONS = list(Action)
NAMED = [pytest.param(one, id=one.name) for one in PERFORMANCES]
STILLS = [
    ("incluit_headpose_all.mp4", 0.0),
    ("lp_mouth_wide_open.mp4", 0.0),
    ("lp_glasses_smile.mp4", 0.0),
]
PASSIVE = [
    "vard_gaze_center.mp4",
    "vard_gaze_left.mp4",
    "lp_webcam_glasses_blinks.mp4",
    "lp_glasses_smile.mp4",
]
"""People who sit before a camera, look about, smile and blink."""
WATCHED = {clip: Performance(clip, Action.BLINK, clip) for clip in PASSIVE}

Look = Callable[[Pixels], Observation]


@pytest.fixture(scope="session")
def look(observe: Observe) -> Look:
    return lambda picture: observe(picture, Detector.FACES)


@pytest.fixture(scope="session")
def seen(look: Look, shared_media: object) -> Callable[[Performance], tuple[Observation, ...]]:
    """What the models see of a performance, five times a second."""

    @cache
    def see(one: Performance) -> tuple[Observation, ...]:
        return tuple(look(picture) for picture in one.frames(FPS))

    return see


def live(action: Action, frames: Iterable[Observation]) -> Challenge:
    state = Challenge(action)
    for number, observation in enumerate(frames):
        state = step(state, observation, number / FPS)
    return state


def chosen(state: Challenge, frames: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """The pictures that a client of the interface would send: at most twelve, in order."""
    return tuple(frames[number - 1] for number in sorted(set(state.kept)))


# --- people ---


@pytest.mark.needs_shared
@pytest.mark.parametrize("one", NAMED)
def test_somebody_who_does_what_is_asked_passes_live_and_by_order(
    one: Performance, seen: Callable[[Performance], tuple[Observation, ...]]
) -> None:
    frames = seen(one)
    state = live(one.action, frames)
    assert (state.phase, state.reason) == (Phase.PASSED, Reason.NONE)
    assert judge(one.action, chosen(state, frames)).phase is Phase.PASSED


# --- a recording of another action ---


@pytest.mark.needs_shared
@pytest.mark.parametrize("one", NAMED)
@pytest.mark.parametrize("asked", ACTIONS)
def test_a_recording_of_another_action_fails(
    asked: Action, one: Performance, seen: Callable[[Performance], tuple[Observation, ...]]
) -> None:
    if asked is one.action:
        return
    frames = seen(one)
    state = live(asked, [*frames, *frames])
    assert state.phase is not Phase.PASSED
    if one.action is not Action.BLINK:
        assert state.reason is Reason.WRONG_ACTION
    assert judge(asked, frames[:12]).phase is Phase.FAILED
    acted = chosen(live(one.action, frames), frames)
    assert judge(asked, acted).reason in (Reason.WRONG_ACTION, Reason.NOT_SEEN)


@pytest.mark.needs_shared
@pytest.mark.parametrize("clip", PASSIVE)
@pytest.mark.parametrize("asked", ACTIONS)
def test_a_recording_of_somebody_who_sits_and_blinks_fails(
    asked: Action, clip: str, seen: Callable[[Performance], tuple[Observation, ...]]
) -> None:
    frames = seen(WATCHED[clip])
    for begin in range(0, len(frames), 10):
        assert live(asked, [*frames[begin:], *frames[:begin]]).phase is not Phase.PASSED


# --- prints ---


@pytest.mark.parametrize("move", MOVES)
def test_a_print_of_the_astronaut_fails_however_it_is_moved(
    move: str, astronaut: Pixels, look: Look
) -> None:
    _fails(look, astronaut[0:400, 20:420], move)


@pytest.mark.needs_shared
@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize(("clip", "at_s"), STILLS)
def test_a_print_of_anybody_fails_however_it_is_moved(
    clip: str, at_s: float, move: str, look: Look, shared_media: object
) -> None:
    _fails(look, still(clip, at_s), move)


def _fails(look: Look, picture: Pixels, move: str) -> None:
    frames = tuple(look(shown) for shown in printed(picture, MOVES[move], PRINT_FRAMES))
    assert frames[0].mesh is not None, "the print is not even seen"
    for asked in ACTIONS:
        assert live(asked, frames).phase is not Phase.PASSED
        for begin in range(0, PRINT_FRAMES - 11, 3):
            assert judge(asked, frames[begin : begin + 12]).phase is Phase.FAILED
        sparse = frames[::2]
        assert judge(asked, sparse).phase is Phase.FAILED


def test_a_still_picture_sent_again_and_again_fails(astronaut: Pixels, look: Look) -> None:
    frames = (look(astronaut),) * 12
    for asked in ACTIONS:
        assert judge(asked, frames).reason is Reason.TOO_FEW
        assert live(asked, frames * 3).phase is Phase.FACE


# --- other people ---


@pytest.mark.needs_shared
def test_the_looks_of_a_performance_are_nobody_elses(
    observe: Observe, seen: Callable[[Performance], tuple[Observation, ...]], astronaut: Pixels
) -> None:
    """Whoever does what is asked must still be the account's owner."""
    looks: dict[str, list[tuple[float, ...]]] = {}
    for one in PERFORMANCES:
        state = live(one.action, seen(one))
        pictures = list(one.frames(FPS))
        for number in (state.before[-1].number, state.after[-1].number):
            described = observe(pictures[number - 1], Detector.IDENTITY).identity
            assert described is not None
            assert described.embedding is not None, described.why
            looks.setdefault(one.name.split()[0], []).append(described.embedding)
    owner = observe(astronaut, Detector.IDENTITY).identity
    assert owner is not None
    assert owner.embedding is not None
    looks["astronaut"] = [owner.embedding]
    for person, own in looks.items():
        for other, theirs in looks.items():
            for embedding in own:
                near = min(math.dist(embedding, template) for template in theirs)
                assert (near <= MAX_DISTANCE) == (person == other), (person, other, near)
