"""A second opinion on a proposed phone, by a network that learnt from other pictures."""

from pathlib import Path

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from proctor_app.vision.frame import Pixels

_PHONE_LIKE = ("cellular telephone", "iPod", "hand-held computer")
"""ImageNet is of 2012: today's phones look like its music players and pocket computers."""


class PhoneOpinion:
    """EfficientNet-Lite0 (int8, ImageNet, 224x224) through MediaPipe's Tasks, 7 ms. Not
    thread-safe. Source: model card "EfficientNet-Lite0", ILSVRC2012 class names."""

    def __init__(self, model: Path) -> None:
        self._task = vision.ImageClassifier.create_from_options(
            vision.ImageClassifierOptions(
                base_options=BaseOptions(model_asset_path=str(model)),
                category_allowlist=list(_PHONE_LIKE),
            )
        )

    def likeness(self, rgb: Pixels) -> float:
        """Tell how much a height x width x 3 RGB crop looks like a phone, 0 to 1."""
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))
        (found,) = self._task.classify(image).classifications
        return float(sum(category.score for category in found.categories))

    def close(self) -> None:
        self._task.close()
