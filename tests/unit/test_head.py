"""The rigid face is laid over landmarks however they are turned, moved and sized."""

from math import cos, radians, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from proctor_app.vision import head
from proctor_app.vision.head import Points

PLACE = (320.0, 200.0, 0.0)


def landmarks(
    yaw_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0, px_per_cm: float = 8.0
) -> Points:
    """Show the rigid face to a camera: turned, then nodded, then tilted, in picture pixels."""
    rotation = _about_y(yaw_deg) @ _about_x(-pitch_deg) @ _about_z(-roll_deg)
    points = np.zeros((478, 3), np.float32)
    seen = head._FACE @ rotation.T * px_per_cm
    points[head._INDICES] = seen * (1.0, -1.0, -1.0) + PLACE
    return points


def _about_x(deg: float) -> NDArray[np.float64]:
    c, s = cos(radians(deg)), sin(radians(deg))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _about_y(deg: float) -> NDArray[np.float64]:
    c, s = cos(radians(deg)), sin(radians(deg))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _about_z(deg: float) -> NDArray[np.float64]:
    c, s = cos(radians(deg)), sin(radians(deg))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


@given(st.floats(-85, 85), st.floats(-80, 80), st.floats(-80, 80), st.floats(0.5, 50.0))
def test_yaw_pitch_and_roll_are_found_again(
    yaw_deg: float, pitch_deg: float, roll_deg: float, px_per_cm: float
) -> None:
    fitted = head.fit(landmarks(yaw_deg, pitch_deg, roll_deg, px_per_cm))
    assert fitted.pose.yaw_deg == pytest.approx(yaw_deg, abs=0.1)
    assert fitted.pose.pitch_deg == pytest.approx(pitch_deg, abs=0.1)
    assert fitted.pose.roll_deg == pytest.approx(roll_deg, abs=0.1)
    assert fitted.px_per_cm == pytest.approx(px_per_cm, rel=0.01)


def test_the_landmarks_come_back_in_the_faces_own_axes() -> None:
    fitted = head.fit(landmarks(yaw_deg=40.0, pitch_deg=-15.0, roll_deg=10.0))
    assert fitted.cm[head._INDICES] == pytest.approx(head._FACE, abs=0.01)


def test_mirrored_landmarks_turn_and_tilt_the_other_way() -> None:
    points = landmarks(yaw_deg=25.0, pitch_deg=10.0, roll_deg=-5.0)
    partner = {33: 263, 133: 362, 127: 356, 129: 358, 234: 454}
    mirrored = points.copy()
    for right, left in partner.items():
        mirrored[[right, left]] = mirrored[[left, right]]
    mirrored[:, 0] *= -1
    pose = head.fit(mirrored).pose
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx((-25, 10, 5), abs=0.1)


def test_noise_of_a_pixel_moves_the_pose_by_little() -> None:
    points = landmarks(yaw_deg=20.0)
    noise = np.random.default_rng(1).normal(0.0, 1.0, points.shape).astype(np.float32)
    pose = head.fit(points + noise).pose
    assert pose.yaw_deg == pytest.approx(20.0, abs=2.0)
    assert pose.pitch_deg == pytest.approx(0.0, abs=2.0)
