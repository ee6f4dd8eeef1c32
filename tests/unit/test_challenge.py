"""The live challenge: a look, the action that was asked, a look back, and nothing else passes."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.vision.challenge import Action, Challenge, Phase, Reason, judge, step
from proctor_app.vision.challenge_words import guidance, hint
from proctor_app.vision.observation import Observation, QualityProblem
from tests.unit.heads import head

STEP_S = 0.2
Show = Callable[[], Observation]


def left() -> Observation:
    return head(35.0)


def right() -> Observation:
    return head(-35.0)


def closed() -> Observation:
    return head(closed=1.0)


def wide() -> Observation:
    return head(mouth=0.22)


def nobody() -> Observation:
    return head(faces=0)


def two() -> Observation:
    return head(faces=2)


def dark() -> Observation:
    return head(problem=QualityProblem.DARK)


SHOWS: dict[Action, Show] = {
    Action.TURN_LEFT: left,
    Action.TURN_RIGHT: right,
    Action.BLINK: closed,
    Action.OPEN_MOUTH: wide,
}
ACTIONS = [pytest.param(action, id=action.value) for action in Action]
FAILS_AS_WRONG = [
    pytest.param(asked, seen, id=f"{asked.value}-{seen.value}")
    for asked in Action
    for seen in Action
    if asked is not seen and seen is not Action.BLINK
]


def stream(action: Action, frames: Sequence[Observation], step_s: float = STEP_S) -> Challenge:
    state = Challenge(action)
    for number, seen in enumerate(frames):
        state = step(state, seen, 100.0 + number * step_s)
    return state


def times(show: Show, count: int) -> list[Observation]:
    return [show() for _ in range(count)]


def performed(action: Action) -> list[Observation]:
    return [*times(head, 2), *times(SHOWS[action], 3), *times(head, 2)]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_look_the_action_and_a_look_back_pass(action: Action) -> None:
    state = stream(action, performed(action))
    assert (state.phase, state.reason) == (Phase.PASSED, Reason.NONE)
    assert len(state.before) == len(state.after) == 2
    assert len(state.acts) == 3
    assert set(state.kept) == {1, 2, 3, 4, 5, 6, 7}


@pytest.mark.parametrize("action", ACTIONS)
def test_three_pictures_in_order_pass_without_times(action: Action) -> None:
    assert judge(action, (head(), SHOWS[action](), head())).phase is Phase.PASSED


@pytest.mark.parametrize(("asked", "seen"), FAILS_AS_WRONG)
def test_another_action_than_asked_fails(asked: Action, seen: Action) -> None:
    for state in (
        stream(asked, performed(seen)),
        stream(asked, [*performed(seen), *performed(asked)]),
        judge(asked, tuple(performed(seen))),
    ):
        assert (state.phase, state.reason) == (Phase.FAILED, Reason.WRONG_ACTION)


@pytest.mark.parametrize("action", [a for a in Action if a is not Action.BLINK])
def test_closed_eyes_are_no_wrong_action_but_pass_for_nothing_else(action: Action) -> None:
    assert stream(action, performed(Action.BLINK)).phase is Phase.ACT
    assert judge(action, tuple(performed(Action.BLINK))).reason is Reason.NOT_SEEN
    blinked = [*times(head, 2), closed(), *times(SHOWS[action], 3), *times(head, 2)]
    assert stream(action, blinked).phase is Phase.PASSED


@pytest.mark.parametrize("action", ACTIONS)
def test_looking_at_the_camera_alone_never_passes(action: Action) -> None:
    assert stream(action, times(head, 100)).phase is Phase.ACT
    assert judge(action, tuple(times(head, 12))).reason is Reason.NOT_SEEN


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    ("looks_before", "acts", "looks_after", "reason"),
    [
        (0, 1, 2, Reason.WRONG_ORDER),
        (1, 2, 0, Reason.NOT_BACK),
        (1, 1, 0, Reason.TOO_FEW),
        (1, 0, 1, Reason.TOO_FEW),
        (0, 1, 0, Reason.TOO_FEW),
        (3, 0, 0, Reason.NOT_SEEN),
    ],
)
def test_parts_missing_or_out_of_order_have_their_reasons(
    action: Action, looks_before: int, acts: int, looks_after: int, reason: Reason
) -> None:
    frames = [*times(head, looks_before), *times(SHOWS[action], acts), *times(head, looks_after)]
    state = judge(action, tuple(frames))
    assert (state.phase, state.reason) == (Phase.FAILED, reason)


@pytest.mark.parametrize("action", ACTIONS)
def test_pictures_equal_in_every_pixel_count_once(action: Action) -> None:
    same = [head(digest=b"a"), head(digest=b"a")]
    assert stream(action, same * 20).phase is Phase.FACE
    acted = SHOWS[action]()
    first = head(digest=b"a")
    assert judge(action, (first, acted, first)).reason is Reason.TOO_FEW
    assert judge(action, (first, acted, first, acted)).reason is Reason.TOO_FEW
    frozen = [*times(head, 2), *[acted] * 10, *times(head, 2)]
    assert stream(action, frozen).phase is not Phase.PASSED


@pytest.mark.parametrize("interruption", [nobody, two, dark])
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("at", [1, 2, 6])
def test_an_interruption_begins_anew_and_passes_nothing(
    action: Action, at: int, interruption: Show
) -> None:
    frames = performed(action)
    frames[at:at] = times(interruption, 12)
    state = stream(action, frames)
    assert not state.done or at == 1
    if at == 1:  # one look is left before the action, which is then not asked yet
        assert state.phase is not Phase.PASSED
    assert stream(action, [*frames, *performed(action)]).phase is Phase.PASSED


def test_a_head_that_turns_out_of_sight_may_come_back_the_same_way() -> None:
    near_profile = [*times(head, 2), head(15.0), left(), nobody(), nobody(), left()]
    assert stream(Action.TURN_LEFT, [*near_profile, *times(head, 2)]).phase is Phase.PASSED
    gone_too_long = [*times(head, 2), left(), left(), *times(nobody, 12), *times(head, 2)]
    assert stream(Action.TURN_LEFT, gone_too_long).phase is not Phase.PASSED


@pytest.mark.parametrize("action", ACTIONS)
def test_another_face_in_the_next_frame_begins_anew(action: Action) -> None:
    """A picture held up, taken away for the action, and held up again."""
    elsewhere = [head(x=2.0) for _ in range(2)]
    swapped = [*elsewhere, *times(SHOWS[action], 3), *[head(x=2.0) for _ in range(2)]]
    assert stream(action, swapped).phase is not Phase.PASSED
    larger = [head(size=0.5) for _ in range(2)]
    assert stream(action, [*larger, *times(SHOWS[action], 3), *larger]).phase is not Phase.PASSED


@pytest.mark.parametrize("action", [Action.TURN_LEFT, Action.TURN_RIGHT])
def test_a_flat_picture_that_turns_fails_whatever_pose_its_landmarks_claim(action: Action) -> None:
    side = 1.0 if action is Action.TURN_LEFT else -1.0
    tilted = [head(side * yaw, flat=True) for yaw in (0, 0, 22, 35, 50, 35, 22, 0, 0)]
    assert stream(action, tilted).reason is Reason.FLAT
    assert judge(action, tuple(tilted)).reason is Reason.FLAT


@pytest.mark.parametrize("action", [Action.BLINK, Action.OPEN_MOUTH])
def test_eyes_and_mouth_must_move_within_a_still_face(action: Action) -> None:
    """A print tilted back is squeezed: its eyes seem to close, its mouth changes."""
    shut = 1.0 if action is Action.BLINK else 0.0
    mouth = 0.22 if action is Action.OPEN_MOUTH else 0.0
    tilted = [head(flat=True, squeezed=0.75, closed=shut, mouth=mouth) for _ in range(3)]
    frames = [*times(lambda: head(flat=True), 2), *tilted, *times(lambda: head(flat=True), 2)]
    assert stream(action, frames).reason is Reason.FLAT
    assert judge(action, tuple(frames)).reason is Reason.FLAT


@pytest.mark.parametrize("action", [Action.BLINK, Action.OPEN_MOUTH])
@pytest.mark.parametrize("frames", [1, 2, 18])
def test_a_natural_blink_a_word_and_sleep_are_not_what_was_asked(
    action: Action, frames: int
) -> None:
    acted = [*times(head, 2), *times(SHOWS[action], frames), *times(head, 2)]
    state = stream(action, acted)
    assert (state.phase, state.acts) == (Phase.ACT, ())
    assert stream(action, [*acted, *performed(action)]).phase is Phase.PASSED


def test_many_natural_blinks_do_not_add_up_to_a_meant_one() -> None:
    frames = times(head, 2)
    for _ in range(20):
        frames += [closed(), closed(), *times(head, 3)]
    assert stream(Action.BLINK, frames).phase is Phase.ACT


SEEN: dict[str, Show] = {
    "ahead": head,
    "left": left,
    "right": right,
    "closed": closed,
    "wide": wide,
    "nobody": nobody,
    "two": two,
    "dark": dark,
    "half turned": lambda: head(17.0),
    "flat turn": lambda: head(40.0, flat=True),
    "hidden eyes": lambda: head(closed=None),
}
NAMES = {
    Action.TURN_LEFT: "left",
    Action.TURN_RIGHT: "right",
    Action.BLINK: "closed",
    Action.OPEN_MOUTH: "wide",
}
_ORDERS = st.lists(st.sampled_from(sorted(SEEN)), max_size=40)


@given(asked=st.sampled_from(list(Action)), order=_ORDERS)
def test_no_order_of_frames_passes_without_the_action(asked: Action, order: list[str]) -> None:
    frames = [SEEN[name]() for name in order if name != NAMES[asked]]
    assert stream(asked, frames).phase is not Phase.PASSED
    assert judge(asked, tuple(frames[:12])).phase is Phase.FAILED


@given(asked=st.sampled_from(list(Action)), order=_ORDERS)
def test_whatever_passes_was_a_look_the_action_and_a_look_back(
    asked: Action, order: list[str]
) -> None:
    state = stream(asked, [SEEN[name]() for name in order])
    if state.phase is not Phase.PASSED:
        return
    shown = dict(enumerate(order, start=1))
    assert {shown[look.number] for look in (*state.before, *state.after)} <= {
        "ahead",
        "hidden eyes",
        "half turned",
    }
    assert {shown[look.number] for look in state.acts} <= {NAMES[asked], "flat turn"}
    assert NAMES[asked] in {shown[look.number] for look in state.acts}
    assert max(look.number for look in state.before) < min(look.number for look in state.acts)
    assert max(look.number for look in state.acts) < min(look.number for look in state.after)


@given(order=st.lists(st.sampled_from(sorted(SEEN)), min_size=1, max_size=40))
def test_a_state_that_is_done_stays_so_and_few_frames_are_kept(order: list[str]) -> None:
    state = Challenge(Action.TURN_LEFT)
    for number, name in enumerate(order):
        before, state = state, step(state, SEEN[name](), number * STEP_S)
        assert not before.done or state is before
        assert len(state.kept) <= 9


@pytest.mark.parametrize(
    ("show", "words"),
    [
        (head, "Look at the camera"),
        (nobody, "Look at the camera"),
        (left, "Look at the camera"),
        (two, "One face only"),
        (dark, "Too dark"),
        (lambda: head(problem=QualityProblem.GLARE), "Too bright"),
    ],
)
def test_the_first_words_say_what_to_do(show: Show, words: str) -> None:
    assert guidance(stream(Action.TURN_LEFT, [show()])).words == words


def test_a_small_face_is_asked_to_come_closer() -> None:
    seen = head()
    assert seen.mesh is not None
    far = replace(seen.mesh, box=replace(seen.mesh.box, x1_px=seen.mesh.box.x0_px + 60.0))
    small = replace(seen, mesh=far)
    assert guidance(stream(Action.BLINK, [small])).words == "Come closer"


def test_the_words_lead_through_the_steps() -> None:
    frames = performed(Action.TURN_LEFT)
    told = []
    state = Challenge(Action.TURN_LEFT)
    for number, seen in enumerate(frames):
        state = step(state, seen, number * STEP_S)
        now = guidance(state)
        told.append((now.words, now.sign, now.step))
    assert told[0] == ("Look at the camera", "face", 0)
    assert told[1] == ("Turn your head to your left", "left", 1)
    assert told[3] == ("Now look back at the camera", "face", 2)
    assert told[6] == ("Thank you", "passed", 3)


def test_every_reason_has_words_that_tell_nothing_of_whose_face_it_is() -> None:
    for reason in Reason:
        if reason is not Reason.NONE:
            assert hint(reason), reason
    assert hint(Reason.WRONG_ACTION) == hint(Reason.FLAT) == hint(Reason.NOT_SEEN)
