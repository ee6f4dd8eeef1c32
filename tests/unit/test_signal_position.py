"""A face may be anywhere in the picture, as long as it can be judged and stays in it."""

import pytest

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Box, Face, Observation
from proctor_app.vision.signals.head import AT_LIMIT
from proctor_app.vision.signals.position import read
from proctor_app.vision.signals.sample import UNKNOWN, Sample
from tests.unit.looks import look, nobody, unseen


def judged(frame: Observation) -> Sample:
    return read(frame)[EventType.FACE_POSITION]


def centred(width_px: float, height_px: float) -> Box:
    return Box(320 - width_px / 2, 240 - height_px / 2, 320 + width_px / 2, 240 + height_px / 2)


@pytest.mark.parametrize(
    ("box", "detail"),
    [
        (centred(160, 200), ""),
        (centred(290, 360), ""),  # three quarters of the height
        (centred(340, 420), "near"),
        (centred(60, 70), ""),
        (centred(38, 48), "far"),
        (Box(-30, 100, 130, 300), ""),
        (Box(-60, 100, 100, 300), "leaving"),
        (Box(560, 100, 720, 300), "leaving"),
        (Box(240, -60, 400, 140), "leaving"),
        (Box(240, 340, 400, 540), "leaving"),
    ],
)
def test_too_near_too_far_and_leaving_are_told_from_the_rest(box: Box, detail: str) -> None:
    sample = judged(look(box=box))
    assert sample.score is not None
    assert sample.detail == detail
    assert (sample.score >= AT_LIMIT) == bool(detail)


@pytest.mark.parametrize("frame", [nobody(), unseen(), look(score=0.4)])
def test_without_a_face_it_is_unknown(frame: Observation) -> None:
    assert judged(frame) == UNKNOWN


def test_the_largest_face_is_judged_and_needs_no_landmarks() -> None:
    behind = Face(Box(600.0, 10.0, 660.0, 70.0), 0.9)
    assert judged(look(landmarks=False, others=(behind,))).detail == ""
