"""Objects on the desk and in the hand: one port, and MediaPipe's EfficientDet behind it."""

from pathlib import Path
from typing import Protocol

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import Box, DetectedObject

_LABELS = ("person", "cell phone", "book", "laptop")
_MIN_SCORE = 0.1
"""Low on purpose: the rules decide, and a review wants to see what was nearly reported."""
_MAX_OBJECTS = 20


class ObjectDetector(Protocol):
    """Finds things by their COCO names in one picture; keeps nothing between two of them."""

    def find(self, rgb: Pixels) -> tuple[DetectedObject, ...]:
        """Find objects in a height x width x 3 RGB picture, best first; boxes in its pixels."""
        ...

    def close(self) -> None: ...


class EfficientDet:
    """EfficientDet-Lite0 (int8, COCO, 320x320) through MediaPipe's Tasks, in IMAGE mode."""

    def __init__(self, model: Path) -> None:
        self._task = vision.ObjectDetector.create_from_options(
            vision.ObjectDetectorOptions(
                base_options=BaseOptions(model_asset_path=str(model)),
                score_threshold=_MIN_SCORE,
                max_results=_MAX_OBJECTS,
                category_allowlist=list(_LABELS),
            )
        )

    def find(self, rgb: Pixels) -> tuple[DetectedObject, ...]:
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))
        objects = []
        for detection in self._task.detect(image).detections:
            box, best = detection.bounding_box, detection.categories[0]
            x0_px, y0_px = float(box.origin_x), float(box.origin_y)
            objects.append(
                DetectedObject(
                    str(best.category_name),
                    float(best.score or 0.0),
                    Box(x0_px, y0_px, x0_px + box.width, y0_px + box.height),
                )
            )
        return tuple(sorted(objects, key=lambda found: found.score, reverse=True))

    def close(self) -> None:
        self._task.close()
