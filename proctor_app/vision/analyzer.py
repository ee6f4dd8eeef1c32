"""One set of models, and the way of a frame through it."""

import logging
import time
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from proctor_app.vision import portrait, quality
from proctor_app.vision.boxes import scaled
from proctor_app.vision.detectors import DetectorChoice, load_things
from proctor_app.vision.enrolment import FaceTemplate, check_eyes, only_face, unfit
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.faces import FaceFinder
from proctor_app.vision.frame import Frame, Pixels
from proctor_app.vision.models import files, identity
from proctor_app.vision.models.hands import HandDetector
from proctor_app.vision.models.identity import Embedder, LazyNetwork
from proctor_app.vision.observation import (
    DetectedObject,
    Detector,
    Face,
    FaceDescription,
    FaceMesh,
    Hand,
    Observation,
    PictureQuality,
)

log = logging.getLogger(__name__)
_Boxed = TypeVar("_Boxed", Face, DetectedObject, Hand)

_LONG_SIDE_PX = 1280
"""Larger pictures are shrunk before the models see them; their inputs are 192 to 320 pixels."""


class Analyzer:
    """Not thread-safe: one for each thread. Keeps nothing between two frames."""

    def __init__(
        self,
        models_dir: Path,
        embedder: Embedder | None = None,
        detector: DetectorChoice = "efficientdet",
    ) -> None:
        """Load the models (about 0.3 s); raises ModelsMissing.

        embedder: shared by all analyzers of a server and closed by it; None: one of this
        analyzer's own, loaded with the first face. detector: what looks for objects.
        """
        files.require_models(models_dir)
        self._faces = FaceFinder(models_dir)
        self._things = load_things(models_dir, detector)
        self._hands = HandDetector(models_dir / files.GESTURE_RECOGNIZER)
        self._embedder: Embedder = embedder or LazyNetwork()

    @property
    def detector(self) -> str:
        """Name the models that look for objects, and what runs them."""
        return self._things.name

    def warm_up(self) -> None:
        """Run every detector once, so that the first frame is as fast as the next."""
        noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
        self.observe(Frame(noise, 0.0), frozenset(Detector))

    def observe(self, frame: Frame, detectors: frozenset[Detector]) -> Observation:
        """Run the detectors on one frame; boxes come back in the frame's own pixels. Identity
        needs the faces and runs them along."""
        began_s = time.perf_counter()
        height_px, width_px = frame.bgr.shape[:2]
        judged = quality.judge(frame.bgr)
        rgb, scale = _for_models(frame.bgr)
        faces: tuple[Face, ...] | None = None
        mesh: FaceMesh | None = None
        described: FaceDescription | None = None
        if detectors & {Detector.FACES, Detector.IDENTITY}:
            faces, mesh = self._find_faces(rgb, scale)
            if Detector.IDENTITY in detectors:
                described = self._describe(frame.bgr, judged, faces, mesh)
        hands = cache(partial(self._hands.find, rgb))  # the objects may ask for them, too
        if Detector.HANDS in detectors:
            hands()
        objects: tuple[DetectedObject, ...] | None = None
        if Detector.OBJECTS in detectors:
            objects = _scaled_all(self._things.find(rgb, hands), scale)
        looked_for_hands = hands.cache_info().currsize > 0
        return Observation(
            taken_at_s=frame.taken_at_s,
            width_px=width_px,
            height_px=height_px,
            quality=judged,
            faces=faces,
            mesh=mesh,
            objects=objects,
            hands=_scaled_all(hands(), scale) if looked_for_hands else None,
            identity=described,
            busy_ms=(time.perf_counter() - began_s) * 1000,
        )

    def describe_face(self, photo: Frame) -> FaceTemplate:
        """Describe the one face of a photo; raises PhotoRejected or VisionFailed."""
        seen = self.observe(photo, frozenset({Detector.FACES}))
        face = only_face(seen)
        if portrait.faces_camera(seen.mesh):  # of a turned face the turn is told first
            check_eyes(seen.mesh)
        described = portrait.describe(photo.bgr, (face,), seen.mesh, self._embedder)
        if described.embedding is None:
            raise unfit(described.why)
        return FaceTemplate(described.embedding, identity.MODEL, face.box)

    def close(self) -> None:
        self._faces.close()
        self._things.close()
        self._hands.close()

    def _find_faces(self, rgb: Pixels, scale: float) -> tuple[tuple[Face, ...], FaceMesh | None]:
        found = self._faces.find(rgb)
        mesh = found.mesh
        if mesh is not None:
            mesh = replace(mesh, box=scaled(mesh.box, scale))
        return _scaled_all(found.faces, scale), mesh

    def _describe(
        self,
        bgr: Pixels,
        judged: PictureQuality,
        faces: tuple[Face, ...],
        mesh: FaceMesh | None,
    ) -> FaceDescription:
        """Describe the face; where the network fails, the rest of the frame still counts."""
        if judged.problem is not None:
            return FaceDescription(None, judged.problem.value)
        try:
            return portrait.describe(bgr, faces, mesh, self._embedder)
        except VisionFailed:
            log.exception("identity.failed")
            return FaceDescription(None, "unavailable")


def _for_models(bgr: Pixels) -> tuple[Pixels, float]:
    """Give the picture as the models take it, and the size of its pixels in the frame's."""
    height_px, width_px = bgr.shape[:2]
    scale = max(1.0, max(height_px, width_px) / _LONG_SIDE_PX)
    if scale > 1.0:
        size = (max(1, round(width_px / scale)), max(1, round(height_px / scale)))
        bgr = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8), scale


def _scaled_all(found: tuple[_Boxed, ...], scale: float) -> tuple[_Boxed, ...]:
    return tuple(replace(one, box=scaled(one.box, scale)) for one in found)
