"""Hands and the gestures they hold up, by MediaPipe's gesture recognizer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import Box, Hand, Side

_MAX_HANDS = 2
_NO_GESTURE = ("", "None")


class _Point(Protocol):
    x: float
    y: float


class HandDetector:
    """Palm detector, 21 landmarks for each hand and a classifier of seven gestures, in IMAGE mode;
    12 ms without a hand, 22 with one, 31 with two. Not thread-safe.

    Source: model cards "Hand Tracking (Lite/Full)" and "Hand Gesture Classification".
    """

    def __init__(self, model: Path) -> None:
        self._task = vision.GestureRecognizer.create_from_options(
            vision.GestureRecognizerOptions(
                base_options=BaseOptions(model_asset_path=str(model)), num_hands=_MAX_HANDS
            )
        )

    def find(self, rgb: Pixels) -> tuple[Hand, ...]:
        """Find up to two hands in a height x width x 3 RGB picture; boxes in its pixels, from
        wrist to fingertips.

        The score is that of the side, the only one the models give. The side is the person's own
        where the picture is not mirrored: right hands of three labelled pictures came as right.
        """
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))
        found = self._task.recognize(image)
        hands = []
        for landmarks, sides, gestures in zip(
            found.hand_landmarks, found.handedness, found.gestures, strict=True
        ):
            side: Side = "left" if sides[0].category_name == "Left" else "right"
            gesture = str(gestures[0].category_name) if gestures else ""
            named = gesture not in _NO_GESTURE
            hands.append(
                Hand(
                    box=_around(landmarks, *rgb.shape[:2]),
                    score=float(sides[0].score),
                    side=side,
                    gesture=gesture if named else "",
                    gesture_score=float(gestures[0].score) if named else 0.0,
                )
            )
        return tuple(sorted(hands, key=lambda hand: hand.score, reverse=True))

    def close(self) -> None:
        self._task.close()


def _around(landmarks: Sequence[_Point], height_px: int, width_px: int) -> Box:
    across, down = [point.x for point in landmarks], [point.y for point in landmarks]
    return Box(
        min(across) * width_px, min(down) * height_px, max(across) * width_px, max(down) * height_px
    )
