"""Four ways to look at a frame, from the encoded picture on, side by side.

naive: every model made anew for every frame, as first attempts do; lived: the same models made
once, all of them on every frame; product: what the service runs, on its schedule; bare: the very
model calls the product made, on the inputs it made them with, and nothing else.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.frame import EncodedFrame, decode, inspect
from proctor_app.vision.models.face import FaceDetector, FaceLandmarker
from proctor_app.vision.models.hands import HandDetector
from proctor_app.vision.models.identity import FaceNetwork
from proctor_app.vision.models.objects import EfficientDet
from proctor_app.vision.models.phone_opinion import PhoneOpinion
from proctor_app.vision.models.yolo import Yolo
from proctor_app.vision.profile import ANYBODY, Profile
from proctor_app.vision.schedule import Schedule, due
from proctor_app.vision.tracker import TrackerState, observe, wishes

_OBJECTS = ["person", "cell phone", "book", "laptop"]
_PATCHED: tuple[tuple[type, str], ...] = (
    (FaceDetector, "find"),
    (FaceLandmarker, "find"),
    (HandDetector, "find"),
    (EfficientDet, "find"),
    (Yolo, "find"),
    (PhoneOpinion, "likeness"),
    (FaceNetwork, "embed"),
)
"""Every model that the product uses. A call is what a task of MediaPipe does in one: shrink the
picture, run the network, read its answer."""


class AllModels:
    """Faces, face mesh, hands and objects through MediaPipe's tasks as its guides show them.

    The guide to objects asks for the five best. Without that the task hands out some 1,800 boxes
    for every picture and takes five times as long: as_guided=False.
    """

    def __init__(self, models_dir: Path, *, as_guided: bool = True) -> None:
        def base(name: str) -> BaseOptions:
            return BaseOptions(model_asset_path=str(models_dir / name))

        self._stack = ExitStack()
        detector = vision.FaceDetectorOptions(base_options=base("face_detector.tflite"))
        mesh = vision.FaceLandmarkerOptions(
            base_options=base("face_landmarker.task"),
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        hands = vision.HandLandmarkerOptions(base_options=base("hand_landmarker.task"), num_hands=2)
        objects = vision.ObjectDetectorOptions(
            base_options=base("object_detector.tflite"),
            category_allowlist=_OBJECTS,
            max_results=5 if as_guided else -1,
        )
        self._tasks = [
            self._stack.enter_context(task)
            for task in (
                vision.FaceDetector.create_from_options(detector),
                vision.FaceLandmarker.create_from_options(mesh),
                vision.HandLandmarker.create_from_options(hands),
                vision.ObjectDetector.create_from_options(objects),
            )
        ]

    def look(self, frame: EncodedFrame) -> list[object]:
        """Decode a frame and run every model on it; what each of them found."""
        bgr = decode(frame).bgr
        image = mp.Image(
            image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(bgr[:, :, ::-1])
        )
        return [task.detect(image) for task in self._tasks]

    def close(self) -> None:
        self._stack.close()


def look_naively(models_dir: Path, frame: EncodedFrame, *, as_guided: bool = True) -> None:
    """Make every model, look once, let them go."""
    models = AllModels(models_dir, as_guided=as_guided)
    models.look(frame)
    models.close()


@dataclass(slots=True)
class Candidate:
    """One stream as the service follows it, from encoded frames to transitions."""

    analyzer: Analyzer
    profile: Profile = ANYBODY
    schedule: Schedule = field(default_factory=Schedule)
    state: TrackerState | None = None

    def look(self, frame: EncodedFrame) -> None:
        now_s = frame.taken_at_s
        state = self.state or TrackerState(last_s=now_s - 1.0, profile=self.profile)
        inspect(frame.data)
        detectors, self.schedule = due(self.schedule, now_s, wishes(state, now_s))
        seen = self.analyzer.observe(decode(frame), detectors)
        self.state, _, _ = observe(state, seen, now_s)


Call = Callable[[], object]


@contextmanager
def taped() -> Iterator[list[Call]]:
    """Record every call of a model, ready to be made again on the same input."""
    calls: list[Call] = []
    kept = [(kind, name, getattr(kind, name)) for kind, name in _PATCHED]
    for kind, name, method in kept:
        setattr(kind, name, _recorder(method, calls))
    try:
        yield calls
    finally:
        for kind, name, method in kept:
            setattr(kind, name, method)


def _recorder(method: Callable[..., Any], calls: list[Call]) -> Callable[..., Any]:
    def recorded(model: object, *arguments: object, **options: object) -> Any:
        calls.append(lambda: method(model, *arguments, **options))
        return method(model, *arguments, **options)

    return recorded


def look_barely(calls: Sequence[Call]) -> None:
    """Make recorded calls again."""
    for call in calls:
        call()
