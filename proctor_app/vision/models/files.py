"""Which model files there are, and whether they are in place."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from proctor_app.vision.errors import ModelsMissing

FACE_DETECTOR = "face_detection_full_range_sparse.tflite"
FACE_LANDMARKER = "face_landmarker.task"
OBJECT_DETECTOR = "object_detector.tflite"
GESTURE_RECOGNIZER = "gesture_recognizer.task"
IMAGE_CLASSIFIER = "image_classifier.tflite"
_REQUIRED = (
    FACE_DETECTOR,
    FACE_LANDMARKER,
    OBJECT_DETECTOR,
    GESTURE_RECOGNIZER,
    IMAGE_CLASSIFIER,
)


def require_models(models_dir: Path) -> None:
    """Raise ModelsMissing for the first file that is not there."""
    for name in _REQUIRED:
        if not (models_dir / name).is_file():
            raise ModelsMissing(models_dir / name)


def describe_models(models_dir: Path) -> str:
    """Name every model with the first digits of its SHA-256, and the runtime: what an incident's
    record says it was found with. About 200 characters."""
    names = (f"{Path(name).stem}@{_digest(models_dir / name)}" for name in _REQUIRED)
    return ", ".join((*names, f"mediapipe {version('mediapipe')}"))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]
