"""Whether a face can be told from others, and the picture of it that the face network takes.

The limits come from degrading 18 pairs of pictures of one person each: up to them none or one of
the 18 was no longer recognised, a step beyond them 2 to 10.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from proctor_app.vision.frame import Pixels
from proctor_app.vision.models.identity import CHIP_PX, Embedder
from proctor_app.vision.observation import Face, FaceDescription, FaceMesh, FacePoint
from proctor_app.vision.signals.faces import FACE_SCORE

_MIN_WIDTH_PX = 50.0
"""Faces of 50 pixels were all recognised, 2 of 18 of 40 pixels were not."""
_MAX_TURN_DEG = 25.0
"""Up to it the distance to the same face from the front stays at 0.2 to 0.45; at 30 to 40 degrees
it reaches 0.6."""
_CLEAR_SCORE = 0.65
"""Above the score of a face that only the landmarker saw: lens flare, half a face, a dark one."""
_MIN_LUMA = 22.0
_MIN_DETAIL = 0.025
"""Detail in shares of the brightness. A blur of 3 pixels of 160 leaves 0.032 and costs 1 of 18
faces, one of 4 leaves 0.022 and costs 10."""

# Where eyes and nose come to lie in the network's picture, x and y in pixels. The corners of the
# eyes: dlib's measure for five landmarks with a margin of a quarter (get_face_chip_details). The
# tip of the nose: the mean of 40 pictures that were cut by the eyes and the base of the nose.
_PLACES: dict[FacePoint, tuple[float, float]] = {
    FacePoint.LEFT_EYE_OUTER: (110.96, 46.35),
    FacePoint.LEFT_EYE_INNER: (89.61, 47.90),
    FacePoint.RIGHT_EYE_INNER: (58.41, 47.91),
    FacePoint.RIGHT_EYE_OUTER: (37.06, 46.37),
    FacePoint.NOSE_TIP: (74.00, 80.24),
}
_FACE_PART = (slice(25, 140), slice(25, 125))
"""The part of the network's picture that shows the face alone."""


def describe(
    bgr: Pixels, faces: tuple[Face, ...], mesh: FaceMesh | None, embedder: Embedder
) -> FaceDescription:
    """Describe the face of a height x width x 3 BGR picture in which these were found.

    Where nobody could be told by it, the reason is given and the network is not asked. Raises
    VisionFailed.
    """
    why = _unfit(faces, mesh)
    if why or mesh is None:
        return FaceDescription(None, why or "unclear")
    chip = cut(bgr, mesh)
    why = _unclear(chip)
    return FaceDescription(None, why) if why else FaceDescription(embedder.embed(chip))


def cut(bgr: Pixels, mesh: FaceMesh) -> NDArray[np.uint8]:
    """Cut the face out of a BGR picture: upright, 150 x 150 x 3, RGB, black beyond its edges.

    Aligned by the similarity of least squares. Source: Umeyama (1991).
    """
    height_px, width_px = bgr.shape[:2]
    shares = np.array([mesh.points[point] for point in _PLACES])
    seen = shares * (width_px, height_px)
    shrink = min(1.0, _similarity(seen)[1])
    if shrink < 1.0:
        # Taking every third pixel of a large face would show patterns that are not there.
        size = (max(1, round(width_px * shrink)), max(1, round(height_px * shrink)))
        bgr = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
        seen = shares * size
    chip = cv2.warpAffine(bgr, _similarity(seen)[0], (CHIP_PX, CHIP_PX), flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(chip, cv2.COLOR_BGR2RGB), np.uint8)


def _similarity(seen: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Give the 2 x 3 matrix that lays the points onto their places, and its scale."""
    there = np.array(list(_PLACES.values()))
    middle, goal = seen.mean(axis=0), there.mean(axis=0)
    x, y = (seen - middle).T
    u, v = (there - goal).T
    spread = max(float((x * x + y * y).sum()), 1e-9)
    along, across = float((x * u + y * v).sum()) / spread, float((x * v - y * u).sum()) / spread
    turn = np.array([[along, -across], [across, along]])
    return np.column_stack([turn, goal - turn @ middle]), float(np.hypot(along, across))


def _unfit(faces: tuple[Face, ...], mesh: FaceMesh | None) -> str:
    """Say in a word why nobody can be told by what was found, empty where somebody can."""
    counted = [face for face in faces if face.score >= FACE_SCORE]
    if len(counted) != 1:
        return "several" if counted else "none"
    if mesh is None or counted[0].score < _CLEAR_SCORE:
        return "unclear"
    if min(mesh.box.width_px, mesh.box.height_px) < _MIN_WIDTH_PX:
        return "small"
    return "" if faces_camera(mesh) else "turned"


def faces_camera(mesh: FaceMesh | None) -> bool:
    """Tell whether a face looks straight enough into the camera to be told from others."""
    if mesh is None:
        return False
    return max(abs(mesh.pose.yaw_deg), abs(mesh.pose.pitch_deg)) <= _MAX_TURN_DEG


def _unclear(chip: NDArray[np.uint8]) -> str:
    luma = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY).astype(np.float32)
    brightness = float(luma[_FACE_PART].mean())
    if brightness < _MIN_LUMA:
        return "dark"
    # Source: Marr and Hildreth, Theory of edge detection (1980), the Laplacian of a Gaussian.
    edges = np.abs(cv2.Laplacian(cv2.GaussianBlur(luma, (0, 0), 1.0), cv2.CV_32F))
    detail = float(np.percentile(edges[_FACE_PART], 95))
    return "blurred" if detail < _MIN_DETAIL * brightness else ""
