"""Eyes are off the screen when they look away by themselves, the head staying where it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Gaze, HeadPose, Observation
from proctor_app.vision.profile import Neutral
from proctor_app.vision.signals.gaze import read
from proctor_app.vision.signals.head import AT_LIMIT
from proctor_app.vision.signals.sample import UNKNOWN, Sample
from tests.unit.looks import look, nobody, unseen

CENTRED = Neutral(HeadPose(0.0, 0.0, 0.0), Gaze(0.0, 0.0))


def judged(frame: Observation, neutral: Neutral | None = CENTRED) -> Sample:
    return read(frame, neutral)[EventType.GAZE_OFF_SCREEN]


@pytest.mark.parametrize(
    ("x", "y", "away", "detail"),
    [
        (0.0, 0.0, False, ""),
        (0.25, 0.0, False, ""),  # 9 degrees
        (0.7, 0.0, True, "left"),
        (-0.7, 0.0, True, "right"),
        (0.0, 0.7, True, "up"),
        (0.0, -0.5, False, ""),  # the keyboard, or the lower edge of the screen
        (0.0, -0.8, True, "down"),
        (0.9, -0.75, True, "left"),
    ],
)
def test_eyes_that_go_far_from_neutral_are_away(
    x: float, y: float, away: bool, detail: str
) -> None:
    sample = judged(look(gaze=Gaze(x, y)))
    assert sample.score is not None
    assert (sample.score >= AT_LIMIT, sample.detail) == (away, detail)


def test_what_counts_is_the_distance_from_neutral() -> None:
    neutral = Neutral(HeadPose(0.0, 0.0, 0.0), Gaze(0.5, -0.4))
    assert judged(look(gaze=Gaze(0.5, -0.4)), neutral).score == 0.0
    assert judged(look(gaze=Gaze(-0.2, -0.4)), neutral).detail == "right"


@pytest.mark.parametrize("yaw_deg", [18.0, -18.0])
def test_eyes_that_make_up_for_a_turn_of_the_head_are_not_away(yaw_deg: float) -> None:
    assert judged(look(yaw_deg=yaw_deg, gaze=Gaze(-yaw_deg / 36, 0.0))).score == 0.0


def test_eyes_that_go_on_from_where_the_head_points_are() -> None:
    assert judged(look(yaw_deg=12.0, gaze=Gaze(0.35, 0.0))).detail == "left"


@pytest.mark.parametrize(("yaw_deg", "pitch_deg"), [(25.0, 0.0), (0.0, -18.0)])
def test_while_the_head_is_turned_the_gaze_is_no_matter_of_its_own(
    yaw_deg: float, pitch_deg: float
) -> None:
    frame = look(yaw_deg=yaw_deg, pitch_deg=pitch_deg, gaze=Gaze(0.9, -0.9))
    assert judged(frame) == Sample(0.0)


@pytest.mark.parametrize("frame", [nobody(), unseen(), look(landmarks=False), look(gaze=None)])
def test_eyes_that_are_not_seen_or_closed_are_unknown(frame: Observation) -> None:
    assert judged(frame) == UNKNOWN


@pytest.mark.parametrize("neutral", [None, Neutral(HeadPose(0.0, 0.0, 0.0), None)])
def test_without_calibration_it_is_unknown(neutral: Neutral | None) -> None:
    assert judged(look(gaze=Gaze(0.9, 0.0)), neutral) == UNKNOWN


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-19, 19))
def test_left_and_right_are_judged_alike(x: float, y: float, yaw_deg: float) -> None:
    one = judged(look(yaw_deg=yaw_deg, gaze=Gaze(x, y)))
    other = judged(look(yaw_deg=-yaw_deg, gaze=Gaze(-x, y)))
    assert one.score == other.score
