"""Whether a picture can be judged at all: brightness, sharpness, and a digest for repetition."""

import hashlib

import cv2
import numpy as np

from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import PictureQuality, QualityProblem

_WIDTH_PX = 320


def judge(bgr: Pixels) -> PictureQuality:
    """Judge a height x width x 3 BGR picture."""
    height_px, width_px = bgr.shape[:2]
    size = (_WIDTH_PX, max(1, round(height_px * _WIDTH_PX / width_px)))
    luma = cv2.cvtColor(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    brightness = float(luma.mean())
    sharpness = float(cv2.Laplacian(luma, cv2.CV_64F).var())
    problem: QualityProblem | None = None
    if brightness < 15:
        problem = QualityProblem.DARK
    elif brightness > 245:
        problem = QualityProblem.GLARE
    return PictureQuality(brightness, sharpness, digest(bgr), problem)


def digest(bgr: Pixels) -> bytes:
    """Give 16 bytes that are equal only for pictures equal in every pixel (BLAKE2b)."""
    return hashlib.blake2b(np.ascontiguousarray(bgr), digest_size=16).digest()
