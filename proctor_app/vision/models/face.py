"""Faces: BlazeFace (full range) finds them, the face landmarker confirms them."""

from pathlib import Path

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from proctor_app.vision.frame import Pixels
from proctor_app.vision.mesh import Landmarks
from proctor_app.vision.observation import Box, Face


class FaceDetector:
    """BlazeFace full range, sparse: finds turned and far faces that the short range misses, and
    much that is no face.

    Source: model card "BlazeFace (Full-Range) Sparse", input 192x192, for faces within 5 m.
    """

    def __init__(self, model: Path, min_score: float) -> None:
        self._task = vision.FaceDetector.create_from_options(
            vision.FaceDetectorOptions(
                base_options=BaseOptions(model_asset_path=str(model)),
                min_detection_confidence=min_score,
            )
        )

    def find(self, rgb: Pixels) -> tuple[Face, ...]:
        """Find faces in a height x width x 3 RGB picture, best first; boxes in its pixels."""
        found = self._task.detect(_image(rgb)).detections
        faces = []
        for detection in found:
            box = detection.bounding_box
            x0_px, y0_px = float(box.origin_x), float(box.origin_y)
            faces.append(
                Face(
                    Box(x0_px, y0_px, x0_px + box.width, y0_px + box.height),
                    float(detection.categories[0].score or 0.0),
                )
            )
        return tuple(sorted(faces, key=lambda face: face.score, reverse=True))

    def close(self) -> None:
        self._task.close()


class FaceLandmarker:
    """MediaPipe's landmarker as a second opinion on whether a picture shows a face: it looks
    for one by itself (short range), lays 478 points and judges whether they lie on a face. Its
    head matrix stays switched off: see vision.head for why."""

    def __init__(self, model: Path, min_score: float) -> None:
        self._task = vision.FaceLandmarker.create_from_options(
            vision.FaceLandmarkerOptions(
                base_options=BaseOptions(model_asset_path=str(model)),
                num_faces=1,
                min_face_detection_confidence=min_score,
                min_face_presence_confidence=min_score,
                output_face_blendshapes=True,
            )
        )

    def find(self, rgb: Pixels) -> Landmarks | None:
        """Lay the landmarks of the clearest face of a height x width x 3 RGB picture, in its
        pixels; None where no face is."""
        found = self._task.detect(_image(rgb))
        if not found.face_landmarks:
            return None
        height_px, width_px = rgb.shape[:2]
        # Depth is given in the unit of x.
        points = np.array([(p.x, p.y, p.z) for p in found.face_landmarks[0]], np.float32)
        points *= np.array([width_px, height_px, width_px], np.float32)
        shapes = {str(one.category_name): float(one.score) for one in found.face_blendshapes[0]}
        return Landmarks(points, shapes)

    def close(self) -> None:
        self._task.close()


def _image(rgb: Pixels) -> mp.Image:
    return mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))
