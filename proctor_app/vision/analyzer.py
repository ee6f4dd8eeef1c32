"""One set of models, and the way of a frame through it."""

import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from proctor_app.vision import quality
from proctor_app.vision.enrolment import FaceTemplate, only_face
from proctor_app.vision.faces import FaceFinder
from proctor_app.vision.frame import Frame, Pixels
from proctor_app.vision.models import files, identity
from proctor_app.vision.models.objects import EfficientDet, ObjectDetector
from proctor_app.vision.observation import Box, DetectedObject, Detector, Face, Observation

_LONG_SIDE_PX = 1280
"""Larger pictures are shrunk before the models see them; their inputs are 192 to 320 pixels."""


class Analyzer:
    """Not thread-safe: one for each thread. Keeps nothing between two frames."""

    def __init__(self, models_dir: Path) -> None:
        """Load the models (about 0.2 s); raises ModelsMissing."""
        files.require_models(models_dir)
        self._faces = FaceFinder(models_dir)
        self._objects: ObjectDetector = EfficientDet(models_dir / files.OBJECT_DETECTOR)

    def warm_up(self) -> None:
        """Run every detector once, so that the first frame is as fast as the next."""
        noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
        self.observe(Frame(noise, 0.0), frozenset(Detector))

    def observe(self, frame: Frame, detectors: frozenset[Detector]) -> Observation:
        """Run the detectors on one frame; boxes come back in the frame's own pixels."""
        began_s = time.perf_counter()
        height_px, width_px = frame.bgr.shape[:2]
        judged = quality.judge(frame.bgr)
        rgb, scale = _for_models(frame.bgr)
        faces: tuple[Face, ...] | None = None
        objects: tuple[DetectedObject, ...] | None = None
        if Detector.FACES in detectors:
            faces = tuple(
                replace(face, box=_scaled(face.box, scale)) for face in self._faces.find(rgb)
            )
        if Detector.OBJECTS in detectors:
            objects = tuple(
                replace(found, box=_scaled(found.box, scale)) for found in self._objects.find(rgb)
            )
        took_ms = (time.perf_counter() - began_s) * 1000
        return Observation(
            taken_at_s=frame.taken_at_s,
            width_px=width_px,
            height_px=height_px,
            quality=judged,
            faces=faces,
            objects=objects,
            busy_ms=took_ms,
        )

    def describe_face(self, photo: Frame) -> FaceTemplate:
        """Describe the one face of a photo; raises PhotoRejected."""
        face = only_face(self.observe(photo, frozenset({Detector.FACES})))
        rgb = np.asarray(cv2.cvtColor(photo.bgr, cv2.COLOR_BGR2RGB), np.uint8)
        return FaceTemplate(identity.describe(rgb, face.box), identity.MODEL, face.box)

    def close(self) -> None:
        self._faces.close()
        self._objects.close()


def _for_models(bgr: Pixels) -> tuple[Pixels, float]:
    """Give the picture as the models take it, and the size of its pixels in the frame's."""
    height_px, width_px = bgr.shape[:2]
    scale = max(1.0, max(height_px, width_px) / _LONG_SIDE_PX)
    if scale > 1.0:
        size = (max(1, round(width_px / scale)), max(1, round(height_px / scale)))
        bgr = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8), scale


def _scaled(box: Box, scale: float) -> Box:
    return Box(box.x0_px * scale, box.y0_px * scale, box.x1_px * scale, box.y1_px * scale)
