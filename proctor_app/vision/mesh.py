"""From 478 landmarks and 52 blendshapes to the few numbers the signals judge."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proctor_app.vision import head
from proctor_app.vision.head import Head, Points
from proctor_app.vision.observation import Box, FaceMesh, FacePoint, Gaze

_LANDMARKS: dict[FacePoint, int] = {
    FacePoint.NOSE_TIP: 1,
    FacePoint.NOSE_BRIDGE: 168,
    FacePoint.FOREHEAD: 10,
    FacePoint.CHIN: 152,
    FacePoint.RIGHT_EYE_OUTER: 33,
    FacePoint.RIGHT_EYE_INNER: 133,
    FacePoint.LEFT_EYE_INNER: 362,
    FacePoint.LEFT_EYE_OUTER: 263,
    FacePoint.RIGHT_EAR: 234,
    FacePoint.LEFT_EAR: 454,
    FacePoint.MOUTH_RIGHT: 61,
    FacePoint.MOUTH_LEFT: 291,
}
"""Numbers of MediaPipe's face mesh; its left and right are the candidate's own."""
_POINTS = [_LANDMARKS[point] for point in FacePoint]


@dataclass(frozen=True, slots=True)
class _Eye:
    """corners: towards the candidate's right, then left. lids: pairs of upper and lower."""

    corners: tuple[int, int]
    lids: tuple[tuple[int, int], ...]
    iris: int


_RIGHT_EYE = _Eye((33, 133), ((160, 144), (159, 145), (158, 153)), 468)
_LEFT_EYE = _Eye((362, 263), ((385, 380), (386, 374), (387, 373)), 473)
_LIPS = ((13, 14), (82, 87), (312, 317))
_FACE_HEIGHT_CM = 17.66
"""Forehead to chin of the canonical face: the measure that an open mouth does not stretch."""
_CORNEA_CM = 0.36
"""How far the lids of the canonical face stand before the corners of its eyes."""

_HIDDEN_YAW_DEG = 45.0
"""Beyond it even the nearer eye is seen from its side."""
_FAR_EYE_YAW_DEG = 30.0
"""Beyond it the further eye is guessed: it says nothing, the nearer one speaks for both."""
_MIN_EYE_PX = 8.0
_CLOSED, _OPEN = 0.05, 0.12
"""Gap of the lids in shares of the eye's width: closed eyes measured 0.01 to 0.05, eyes looking at
a phone in the lap 0.06 to 0.20, at the screen 0.20 and more."""
_BOWED_PITCH_DEG = -18.0
"""A head bowed this far shows its lids from above: closed or looking down look alike."""
_GAZE_GAP = 0.12
"""Under lids nearer than this the iris is guessed."""

# Over 3,800 frames the irises' place went with the blendshapes' gaze (correlation 0.95 to 0.99)
# by these factors and offsets.
_IRIS_TO_GAZE_X = (2.1, 0.1)
_IRIS_TO_GAZE_Y = (3.5, -0.65)


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """points: 478 x 3 in pixels of the picture; blendshapes: 0 to 1 by MediaPipe's names."""

    points: Points
    blendshapes: Mapping[str, float]

    @property
    def box(self) -> Box:
        (x0_px, y0_px), (x1_px, y1_px) = (
            self.points[:, :2].min(axis=0),
            self.points[:, :2].max(axis=0),
        )
        return Box(float(x0_px), float(y0_px), float(x1_px), float(y1_px))


def read(landmarks: Landmarks, box: Box, width_px: int, height_px: int) -> FaceMesh:
    """Read the face at ``box`` in a picture of the given size; about 0.2 ms."""
    fitted = head.fit(landmarks.points)
    shapes = landmarks.blendshapes
    gaps = _gaps(fitted)
    opening_cm = np.mean([_apart(fitted.cm, *pair) for pair in _LIPS])
    picked = landmarks.points[_POINTS, :2] / (width_px, height_px)
    return FaceMesh(
        box=box,
        pose=fitted.pose,
        gaze=_gaze(landmarks.points, fitted, shapes, gaps),
        eyes_closed=_eyes_closed(fitted, gaps),
        mouth_opening=float(opening_cm) / _FACE_HEIGHT_CM,
        smile=(shapes["mouthSmileLeft"] + shapes["mouthSmileRight"]) / 2,
        points=tuple((float(x), float(y)) for x, y in picked),
    )


def _gaps(fitted: Head) -> tuple[tuple[_Eye, float], ...]:
    """Give the eyes that are seen, each with the gap of its lids in shares of its width.

    Source: Soukupova and Cech, Real-time eye blink detection using facial landmarks (2016), here
    on the face turned to the front.
    """
    yaw_deg = fitted.pose.yaw_deg
    if abs(yaw_deg) > _HIDDEN_YAW_DEG:
        return ()
    eyes: tuple[_Eye, ...] = (_RIGHT_EYE, _LEFT_EYE)
    if abs(yaw_deg) > _FAR_EYE_YAW_DEG:
        eyes = (_RIGHT_EYE,) if yaw_deg > 0 else (_LEFT_EYE,)
    gaps = []
    for eye in eyes:
        width_cm = _apart(fitted.cm, *eye.corners)
        if width_cm * fitted.px_per_cm >= _MIN_EYE_PX:
            gap_cm = float(np.mean([_apart(fitted.cm, *lids) for lids in eye.lids]))
            gaps.append((eye, gap_cm / width_cm))
    return tuple(gaps)


def _eyes_closed(fitted: Head, gaps: tuple[tuple[_Eye, float], ...]) -> float | None:
    """Judge by the wider of both eyes; None where closed and looking down look alike."""
    if not gaps:
        return None
    closed = (_OPEN - max(gap for _, gap in gaps)) / (_OPEN - _CLOSED)
    if closed > 0 and fitted.pose.pitch_deg < _BOWED_PITCH_DEG:
        return None
    return max(0.0, min(1.0, closed))


def _gaze(
    points: Points,
    fitted: Head,
    shapes: Mapping[str, float],
    gaps: tuple[tuple[_Eye, float], ...],
) -> Gaze | None:
    """Take the mean of two witnesses: the irises between the lids' corners, the blendshapes."""
    eyes = [eye for eye, gap in gaps if gap >= _GAZE_GAP]
    if not eyes:
        return None
    iris_x, iris_y = np.mean([_iris(points, fitted, eye) for eye in eyes], axis=0)
    left = shapes["eyeLookOutLeft"] - shapes["eyeLookInLeft"]
    left += shapes["eyeLookInRight"] - shapes["eyeLookOutRight"]
    up = shapes["eyeLookUpLeft"] - shapes["eyeLookDownLeft"]
    up += shapes["eyeLookUpRight"] - shapes["eyeLookDownRight"]
    return Gaze(
        x=(_limited(iris_x, *_IRIS_TO_GAZE_X) + left / 2) / 2,
        y=(_limited(iris_y, *_IRIS_TO_GAZE_Y) + up / 2) / 2,
    )


def _iris(points: Points, fitted: Head, eye: _Eye) -> NDArray[np.float64]:
    """Give where the iris stands in its eye: x and y from its middle, in halves of its width.

    The landmarks' depth of an iris errs by more than the eye is wide, so the iris is taken to lie
    in the plane of the lids.
    """
    corners = points[list(eye.corners), :2]
    offset_px = points[eye.iris, :2] - corners.mean(axis=0)
    offset_cm = offset_px * (1.0, -1.0) / fitted.px_per_cm
    flat, depth = fitted.rotation[:2, :2], fitted.rotation[:2, 2]
    in_face_cm: NDArray[np.float64] = np.linalg.solve(flat, offset_cm - depth * _CORNEA_CM)
    return in_face_cm / (_apart(fitted.cm, *eye.corners) / 2)


def _apart(cm: NDArray[np.float64], one: int, other: int) -> float:
    """The distance of two landmarks as the front view shows it."""
    return float(np.hypot(*(cm[one, :2] - cm[other, :2])))


def _limited(value: float, factor: float, offset: float) -> float:
    return max(-1.0, min(1.0, float(value) * factor + offset))
