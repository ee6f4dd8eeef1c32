"""One set of models, and the way of a frame through it."""

import time
from pathlib import Path

import cv2
import numpy as np

from proctor_app.vision import quality
from proctor_app.vision.enrolment import FaceTemplate, only_face
from proctor_app.vision.frame import Frame, Pixels
from proctor_app.vision.models import files, identity
from proctor_app.vision.models.face import FaceDetector, FaceLandmarker
from proctor_app.vision.models.objects import EfficientDet, ObjectDetector
from proctor_app.vision.observation import Detector, Face, Observation

ALL_DETECTORS = frozenset(Detector)


class Analyzer:
    """Not thread-safe: one for each thread. Keeps nothing between two frames."""

    def __init__(self, models_dir: Path) -> None:
        """Load the models (about a second); raises ModelsMissing."""
        files.require_models(models_dir)
        self._detector = FaceDetector(models_dir / files.FACE_DETECTOR, 0.2)
        self._landmarker = FaceLandmarker(models_dir / files.FACE_LANDMARKER, 0.5)
        self._objects: ObjectDetector = EfficientDet(models_dir / files.OBJECT_DETECTOR)

    def warm_up(self) -> None:
        """Run every detector once, so that the first frame is as fast as the next."""
        noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
        self.observe(Frame(noise, 0.0), ALL_DETECTORS)

    def observe(self, frame: Frame, detectors: frozenset[Detector]) -> Observation:
        """Run the detectors on one frame."""
        began_s = time.thread_time()
        rgb = np.asarray(cv2.cvtColor(frame.bgr, cv2.COLOR_BGR2RGB), np.uint8)
        height_px, width_px = frame.bgr.shape[:2]
        judged = quality.judge(frame.bgr)
        faces = self._faces(rgb) if Detector.FACES in detectors else None
        objects = self._objects.find(rgb) if Detector.OBJECTS in detectors else None
        cpu_ms = (time.thread_time() - began_s) * 1000
        return Observation(
            frame.taken_at_s, width_px, height_px, judged, faces, objects, cpu_ms
        )

    def describe_face(self, photo: Frame) -> FaceTemplate:
        """Describe the one face of a photo; raises PhotoRejected."""
        face = only_face(self.observe(photo, frozenset({Detector.FACES})))
        rgb = np.asarray(cv2.cvtColor(photo.bgr, cv2.COLOR_BGR2RGB), np.uint8)
        return FaceTemplate(identity.describe(rgb, face.box), identity.MODEL, face.box)

    def close(self) -> None:
        self._detector.close()
        self._landmarker.close()
        self._objects.close()

    def _faces(self, rgb: Pixels) -> tuple[Face, ...]:
        return self._detector.find(rgb)
