"""The neutral pose is what the candidate shows at first, unless that is no ordinary pose."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.vision.observation import Box, Face, Gaze, HeadPose, Observation
from proctor_app.vision.profile import ANYBODY, Neutral, Profile
from proctor_app.vision.signals.calibration import SPAN_S, CalibrationMemory, known, read
from tests.unit.looks import AHEAD, look, nobody, unseen


def seen(
    frames: Iterable[Observation], fps: float = 4.0, memory: CalibrationMemory | None = None
) -> CalibrationMemory:
    memory = memory or CalibrationMemory()
    for number, frame in enumerate(frames):
        memory = read(frame, memory, number / fps)
    return memory


@pytest.mark.parametrize("fps", [2.0, 4.0, 10.0])
def test_after_two_seconds_with_one_face_its_median_is_neutral(fps: float) -> None:
    steps = int(SPAN_S * fps) + 1
    frames = [look(yaw_deg=8.0, pitch_deg=-11.0)] * steps
    assert seen(frames[:-1], fps).neutral is None
    assert seen(frames, fps).neutral == Neutral(HeadPose(8.0, -11.0, 0.0), AHEAD)


def test_a_glance_aside_does_not_move_the_median() -> None:
    frames = [look(yaw_deg=5.0)] * 3 + [look(yaw_deg=22.0)] * 2 + [look(yaw_deg=5.0)] * 4
    neutral = seen(frames).neutral
    assert neutral is not None
    assert neutral.pose.yaw_deg == 5.0


@pytest.mark.parametrize(
    "useless",
    [
        nobody(),
        unseen(),
        look(landmarks=False),
        look(yaw_deg=45.0),
        look(pitch_deg=-40.0),
        look(others=(Face(Box(0.0, 0.0, 90.0, 90.0), 0.9),)),
    ],
    ids=["nobody", "not run", "no landmarks", "turned", "bowed", "two faces"],
)
def test_frames_that_show_no_ordinary_pose_do_not_count(useless: Observation) -> None:
    assert seen([useless] * 40).neutral is None
    frames = [useless] * 8 + [look(yaw_deg=3.0)] * 9
    neutral = seen(frames).neutral
    assert neutral is not None
    assert neutral.pose.yaw_deg == 3.0


def test_after_a_gap_it_begins_anew() -> None:
    frames = [look(yaw_deg=20.0)] * 6 + [nobody()] * 8 + [look(yaw_deg=0.0)] * 9
    neutral = seen(frames).neutral
    assert neutral is not None
    assert neutral.pose.yaw_deg == 0.0


def test_a_restless_head_with_an_odd_median_is_watched_for_longer() -> None:
    first = [look(yaw_deg=yaw) for yaw in (0, 24, 24, 0, 24, 24, 0, 24, 24)]
    assert seen(first).neutral is None
    neutral = seen([*first, *[look(yaw_deg=0.0)] * 12]).neutral
    assert neutral is not None
    assert neutral.pose.yaw_deg == 0.0


def test_a_head_that_turns_to_both_sides_is_neutral_between_them() -> None:
    frames = [look(yaw_deg=yaw) for yaw in (0, 15, 18, 8, 0, -8, -18, -15, 0)]
    neutral = seen(frames).neutral
    assert neutral is not None
    assert neutral.pose.yaw_deg == 0.0


def test_with_closed_eyes_the_pose_is_settled_and_the_gaze_found_later() -> None:
    closed = [look(yaw_deg=2.0, gaze=None)] * 21
    memory = seen(closed)
    assert memory.neutral == Neutral(HeadPose(2.0, 0.0, 0.0), None)
    memory = seen([*closed, *[look(yaw_deg=9.0)] * 9, *[look(gaze=Gaze(0.9, 0.0))] * 9])
    assert memory.neutral == Neutral(HeadPose(2.0, 0.0, 0.0), AHEAD)


def test_eyes_that_look_past_the_camera_are_no_neutral_gaze() -> None:
    memory = seen([look(gaze=Gaze(0.9, 0.0))] * 30)
    assert memory.neutral is not None
    assert memory.neutral.gaze is None


def test_once_settled_it_stays() -> None:
    memory = seen([look()] * 9)
    assert seen([look(yaw_deg=20.0, gaze=Gaze(0.4, 0.0))] * 40, memory=memory) == memory


def test_the_calibration_step_goes_before_the_stream() -> None:
    given_neutral = Neutral(HeadPose(30.0, 0.0, 0.0), None)
    memory = seen([look()] * 9)
    assert known(CalibrationMemory(), Profile(neutral=given_neutral)) == given_neutral
    found_later = Neutral(given_neutral.pose, AHEAD)  # the eyes were closed in that step
    assert known(memory, Profile(neutral=given_neutral)) == found_later
    whole = Neutral(HeadPose(5.0, 0.0, 0.0), Gaze(0.1, 0.2))
    assert known(memory, Profile(neutral=whole)) == whole
    assert known(memory, ANYBODY) == memory.neutral
    assert known(CalibrationMemory(), ANYBODY) is None


@given(
    st.lists(
        st.one_of(
            st.builds(look, yaw_deg=st.floats(-80, 80), pitch_deg=st.floats(-80, 80)),
            st.just(nobody()),
            st.builds(look, gaze=st.none()),
        ),
        max_size=40,
    )
)
def test_whatever_is_seen_neutral_faces_the_front(frames: list[Observation]) -> None:
    neutral = seen(frames).neutral
    assert neutral is None or max(abs(neutral.pose.yaw_deg), abs(neutral.pose.pitch_deg)) <= 25.0
