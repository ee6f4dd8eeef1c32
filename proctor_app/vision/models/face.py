"""Faces: BlazeFace (full range) finds them, MediaPipe's face landmarks confirm them."""

from math import cos, sin
from pathlib import Path

import cv2
import numpy as np

from proctor_app.vision.frame import Pixels
from proctor_app.vision.mesh import Landmarks
from proctor_app.vision.models.blaze import BlazeFace, Proposal
from proctor_app.vision.models.openvino_net import Net
from proctor_app.vision.observation import Box, Face

_FULL_RANGE = ((4, 1),)
_SHORT_RANGE = ((8, 2), (16, 6))
_ROOM = 1.5
"""The landmarks' picture is upright and this much wider than the face in it."""
_BLENDSHAPES = {
    "eyeLookDownLeft": 11,
    "eyeLookDownRight": 12,
    "eyeLookInLeft": 13,
    "eyeLookInRight": 14,
    "eyeLookOutLeft": 15,
    "eyeLookOutRight": 16,
    "eyeLookUpLeft": 17,
    "eyeLookUpRight": 18,
    "mouthSmileLeft": 44,
    "mouthSmileRight": 45,
}
"""Those that are read, with their places among the network's 52."""
# fmt: off
_EXPRESSIVE = [
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65,
    66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136,
    144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172,
    173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283,
    284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324,
    332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385,
    386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472,
    473, 474, 475, 476, 477,
]
# fmt: on
"""What the blendshapes are computed from. Source: MediaPipe's face_blendshapes_graph."""


class FaceDetector:
    """BlazeFace full range, sparse: finds turned and far faces that the short range misses, and
    much that is no face.

    Source: model card "BlazeFace (Full-Range) Sparse", input 192x192, for faces within 5 m.
    """

    def __init__(self, model: Path, min_score: float) -> None:
        self._net = BlazeFace(model, "", _FULL_RANGE)
        self._min_score = min_score

    def find(self, rgb: Pixels) -> tuple[Face, ...]:
        """Find faces in a height x width x 3 RGB picture, best first; boxes in its pixels."""
        whole = Box(0, 0, rgb.shape[1], rgb.shape[0])
        found = self._net.find(rgb, whole, self._min_score)
        return tuple(Face(one.box, one.score) for one in found)

    def close(self) -> None:
        self._net.close()


class FaceLandmarker:
    """A second opinion on whether a part of a picture shows a face: another network (short range)
    looks for one, 478 points are laid, and their network judges whether they lie on a face.

    The networks of MediaPipe's face landmarker, on OpenVINO in half its time and with its answers.
    Source: model cards "BlazeFace (Short Range)", "MediaPipe Face Mesh V2", "Blendshape V2".
    """

    def __init__(self, model: Path, min_score: float, min_presence: float) -> None:
        """min_score: of the face that is looked for; min_presence: of the points laid on it."""
        self._min_score = min_score
        self._min_presence = min_presence
        self._detector = BlazeFace(model, "face_detector.tflite", _SHORT_RANGE)
        self._mesh = Net(model, "face_landmarks_detector.tflite", pixels=(0.0, 255.0))
        self._shapes = Net(model, "face_blendshapes.tflite")

    def find(self, rgb: Pixels, where: Box | None = None) -> Landmarks | None:
        """Lay the landmarks of the clearest face of a height x width x 3 RGB picture, or of a part
        of it, in the picture's pixels; None where no face is."""
        part = where or Box(0, 0, rgb.shape[1], rgb.shape[0])
        found = self._detector.find(rgb, part, self._min_score)
        return self._lay(rgb, found[0]) if found else None

    def close(self) -> None:
        for net in (self._detector, self._mesh, self._shapes):
            net.close()

    def _lay(self, rgb: Pixels, face: Proposal) -> Landmarks | None:
        side_px = self._mesh.input_shape[1]
        box = face.box
        middle = np.array([box.x0_px + box.x1_px, box.y0_px + box.y1_px], np.float32) / 2
        px = max(box.width_px, box.height_px) * _ROOM / side_px  # of the picture, for one of ours
        along, across = px * cos(face.turn), px * sin(face.turn)
        turn = np.array([[along, -across], [across, along]], np.float32)
        place = np.column_stack([turn, middle - turn @ (side_px / 2, side_px / 2)])
        tensor = cv2.warpAffine(
            rgb,
            place,
            (side_px, side_px),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        laid, presence, _ = self._mesh.run(tensor[np.newaxis])
        if 1 / (1 + np.exp(-float(presence.item()))) < self._min_presence:
            return None
        points = laid.reshape(-1, 3) * np.float32(px)
        points[:, :2] = laid.reshape(-1, 3)[:, :2] @ place[:, :2].T + place[:, 2]
        (shapes,) = self._shapes.run(points[np.newaxis, _EXPRESSIVE, :2])
        return Landmarks(points, {name: float(shapes[i]) for name, i in _BLENDSHAPES.items()})
