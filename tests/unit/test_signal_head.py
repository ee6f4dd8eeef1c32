"""A head is turned by its distance from the candidate's own neutral pose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Box, Face, HeadPose, Observation
from proctor_app.vision.profile import Neutral
from proctor_app.vision.signals.head import AT_LIMIT, HeadMemory, read
from proctor_app.vision.signals.sample import UNKNOWN, Sample
from tests.unit.looks import MIDDLE, look, nobody, unseen

FRONT = Neutral(HeadPose(0.0, 0.0, 0.0), None)


def judged(*frames: Observation, neutral: Neutral | None = FRONT, fps: float = 4.0) -> Sample:
    memory = HeadMemory()
    sample = UNKNOWN
    for number, frame in enumerate(frames):
        samples, memory = read(frame, memory, neutral, number / fps)
        sample = samples[EventType.HEAD_TURNED]
    return sample


@pytest.mark.parametrize(
    ("yaw_deg", "pitch_deg", "score", "detail"),
    [
        (0, 0, 0.0, ""),
        (10, -5, 0.2, ""),
        (29, 0, 0.58, "left"),
        (30, 0, AT_LIMIT, "left"),
        (-30, 0, AT_LIMIT, "right"),
        (0, 20, AT_LIMIT, "up"),
        (0, -20, AT_LIMIT, "down"),
        (-45, -20, 0.9, "right"),
        (30, -30, 0.9, "down"),
        (80, 0, 1.0, "left"),
    ],
)
def test_the_score_is_at_the_limit_at_30_degrees_of_yaw_and_20_of_pitch(
    yaw_deg: float, pitch_deg: float, score: float, detail: str
) -> None:
    sample = judged(look(yaw_deg=yaw_deg, pitch_deg=pitch_deg))
    assert sample.score == pytest.approx(score)
    assert sample.detail == detail


def test_what_counts_is_the_distance_from_neutral() -> None:
    aside = Neutral(HeadPose(20.0, -10.0, 0.0), None)
    assert judged(look(yaw_deg=20.0, pitch_deg=-10.0), neutral=aside).score == 0.0
    assert judged(look(yaw_deg=-10.0, pitch_deg=-10.0), neutral=aside) == Sample(AT_LIMIT, "right")


def test_before_neutral_is_known_an_upright_head_is_assumed_and_more_is_allowed() -> None:
    near, far = (judged(look(yaw_deg=yaw), neutral=None) for yaw in (30.0, 45.0))
    assert near.score == pytest.approx(0.514, abs=0.01)
    assert far.score == pytest.approx(0.771, abs=0.01)
    assert far.detail == "left"


@pytest.mark.parametrize("frame", [nobody(), unseen(), look(landmarks=False)])
def test_without_a_measurement_it_is_unknown(frame: Observation) -> None:
    assert judged(frame) == UNKNOWN
    assert judged(look(), look(), frame) == UNKNOWN


LOST = look(landmarks=False, score=0.5)
TURNED_LIKE = [look(yaw_deg=-32.0), look(yaw_deg=-50.0)]


@pytest.mark.parametrize(
    "before",
    [TURNED_LIKE, [look(), look(yaw_deg=-22.0)]],
    ids=["turned", "nearly turned, and turning on"],
)
def test_a_face_in_profile_that_loses_its_landmarks_stays_turned(before: list[Observation]) -> None:
    sample = judged(*before, LOST, LOST)
    assert sample.score is not None
    assert (sample.score >= AT_LIMIT, sample.detail) == (True, "right")


@pytest.mark.parametrize(
    "frames",
    [
        [look(yaw_deg=-50.0), LOST],
        [look(), look(yaw_deg=-15.0), LOST],
        [look(yaw_deg=-28.0), look(yaw_deg=-22.0), LOST],
        [*TURNED_LIKE, nobody()],
        [*TURNED_LIKE, look(landmarks=False, score=0.39)],
        [*TURNED_LIKE, look(landmarks=False, box=Box(0.0, 0.0, 60.0, 60.0))],
        [*TURNED_LIKE, *[LOST] * 50],
    ],
    ids=["measured once", "hardly turned", "turning back", "gone", "a hand", "elsewhere", "long"],
)
def test_otherwise_lost_landmarks_leave_it_unknown(frames: list[Observation]) -> None:
    assert judged(*frames) == UNKNOWN


def test_a_frame_without_face_models_changes_nothing() -> None:
    _, memory = read(TURNED_LIKE[0], HeadMemory(), FRONT, 0.0)
    assert read(unseen(), memory, FRONT, 0.25) == ({EventType.HEAD_TURNED: UNKNOWN}, memory)


@given(st.floats(-90, 90), st.floats(-90, 90))
def test_a_mirrored_turn_scores_alike_and_names_the_other_side(yaw: float, pitch: float) -> None:
    one, other = (judged(look(yaw_deg=sign * yaw, pitch_deg=pitch)) for sign in (1, -1))
    assert one.score == other.score
    assert one.score is not None
    assert 0.0 <= one.score <= 1.0
    if one.detail in ("left", "right"):
        assert {one.detail, other.detail} == {"left", "right"} or yaw == 0


def test_a_second_face_does_not_take_the_place_of_a_lost_one() -> None:
    elsewhere = Face(Box(0.0, 0.0, 60.0, 60.0), 0.9)
    there = look(landmarks=False, score=0.45, box=MIDDLE, others=(elsewhere,))
    assert judged(*TURNED_LIKE, there).detail == "right"
