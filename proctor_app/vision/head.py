"""How a head is turned, from landmarks: a rigid face laid over them.

The landmarker's own head matrix assumes that its picture is all the camera sees: between crops that
showed one face left and right of their middle, its yaw changed by 5 to 12 degrees, this fit's by 1
or 2. It also sees more of a far turned head (47 degrees against 42, labelled 50 to 60), and an open
mouth tilts it by no more than 2 degrees.
"""

from dataclasses import dataclass
from math import asin, atan2, cos, degrees, hypot

import numpy as np
from numpy.typing import NDArray

from proctor_app.vision.observation import HeadPose

Points = NDArray[np.float32]
"""n x 3: x to the right, y down, z away from the camera, all in pixels of one picture."""

# Centimetres, x to the candidate's left, y up, z towards the camera. Source: the canonical face
# of MediaPipe's face geometry module, those of its points that no expression moves.
_RIGID: dict[int, tuple[float, float, float]] = {
    33: (-4.446, 2.664, 3.173),  # outer and inner corner of the right eye
    133: (-1.856, 2.585, 3.758),
    362: (1.856, 2.585, 3.758),  # inner and outer corner of the left eye
    263: (4.446, 2.664, 3.173),
    10: (0.0, 8.262, 4.482),  # forehead
    168: (0.0, 3.271, 5.236),  # bridge, ridge and tip of the nose
    6: (0.0, 2.473, 5.789),
    4: (0.0, -0.463, 7.587),
    129: (-1.790, -0.979, 4.848),  # wings of the nose
    358: (1.790, -0.979, 4.848),
    127: (-7.743, 2.365, -2.005),  # temples
    356: (7.743, 2.365, -2.005),
    234: (-7.664, 0.673, -2.436),  # before the ears
    454: (7.664, 0.673, -2.436),
}
_INDICES = list(_RIGID)
_FACE = np.array(list(_RIGID.values()))
_CENTRE = _FACE.mean(axis=0)
_SPREAD = float(np.square(_FACE - _CENTRE).sum())
_TO_FACE_AXES = np.array([1.0, -1.0, -1.0])
"""Pictures count downwards and away; faces upwards and towards the camera."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """rotation: 3 x 3, face to camera axes. cm: every landmark in the face's own axes, n x 3, as
    if it looked straight into the camera; px_per_cm: the face's size in the picture."""

    pose: HeadPose
    rotation: NDArray[np.float64]
    cm: NDArray[np.float64]
    px_per_cm: float


def fit(points: Points) -> Head:
    """Fit the rigid face to the landmarks by rotation, scale and shift (weak perspective).

    Source: Horn, Closed-form solution of absolute orientation (1987), its symmetric scale; the
    rotation by singular values as in Umeyama (1991).
    """
    seen = np.asarray(points, np.float64) * _TO_FACE_AXES
    rigid = seen[_INDICES]
    centre = rigid.mean(axis=0)
    left, _, right = np.linalg.svd((_FACE - _CENTRE).T @ (rigid - centre))
    mirrored = np.sign(np.linalg.det(right.T @ left.T))
    rotation = right.T @ np.diag([1.0, 1.0, mirrored]) @ left.T
    px_per_cm = float(np.sqrt(np.square(rigid - centre).sum() / _SPREAD))
    cm = (seen - centre) @ rotation / px_per_cm + _CENTRE
    return Head(_pose(rotation), rotation, cm, px_per_cm)


def _pose(rotation: NDArray[np.float64]) -> HeadPose:
    """Read the direction of the nose as yaw and pitch, and the tilt about it as roll."""
    x, y, z = (float(value) for value in rotation[:, 2])
    yaw, pitch = atan2(x, z), asin(max(-1.0, min(1.0, y)))
    # Where the candidate's left would point, were the head turned but not tilted.
    level = np.array([cos(yaw), 0.0, -x / max(hypot(x, z), 1e-9)])
    upright = np.cross(rotation[:, 2], level)
    side = rotation[:, 0]
    roll = -atan2(float(side @ upright), float(side @ level))
    return HeadPose(degrees(yaw), degrees(pitch), degrees(roll))
