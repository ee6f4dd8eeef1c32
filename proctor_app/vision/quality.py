"""Whether a picture can be judged at all: brightness, sharpness, and a digest for repetition.

The thresholds let every usable picture of the labelled test media pass, down to a student hardly
visible before a dark wall and an empty room, and find black, white and heavily defocused ones.
"""

import hashlib

import cv2
import numpy as np
from numpy.typing import NDArray

from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import PictureQuality, QualityProblem

_WIDTH_PX = 320
_DARK_P95 = 35.0
"""95 % of a covered or black picture is below this luma; the darkest usable ones reach 48."""
_GLARE_P5 = 230.0
"""95 % of a blinded picture is above this luma; the brightest usable ones have 163 there."""
_BLURRED_SHARPNESS = 2.8
"""Defocused pictures (Gaussian blur of 12 px at 640, with sensor noise) stay below 2.7; usable
ones start at 5.4."""
_BLUR_CONTRAST = 40.0
"""With less contrast than this a picture may show a plain wall, sharp as it can be."""


def judge(bgr: Pixels) -> PictureQuality:
    """Judge a height x width x 3 BGR picture; about 2 ms at 640x480."""
    height_px, width_px = bgr.shape[:2]
    size = (_WIDTH_PX, max(1, round(height_px * _WIDTH_PX / width_px)))
    small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    luma = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    sharpness = _sharpness(luma)
    return PictureQuality(
        brightness=float(luma.mean()),
        sharpness=sharpness,
        digest=digest(bgr),
        phash=perceptual_hash(luma),
        problem=_problem(luma, sharpness),
    )


def digest(bgr: Pixels) -> bytes:
    """Give 16 bytes that are equal only for pictures equal in every pixel (BLAKE2b)."""
    pixels = np.ascontiguousarray(bgr)
    return hashlib.blake2b(
        pixels.data, digest_size=16, salt=str(pixels.shape).encode()[:16]
    ).digest()


def perceptual_hash(luma: NDArray[np.float32]) -> int:
    """Give 64 bits that differ in few places for pictures that look alike.

    Source: Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions (2010): the
    signs of the lowest 8x8 frequencies about their median.
    """
    low = cv2.dct(cv2.resize(luma, (32, 32), interpolation=cv2.INTER_AREA))[:8, :8].ravel()
    bits = low > np.median(low[1:])
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def _sharpness(luma: NDArray[np.float32]) -> float:
    """Give the strength of the sharpest detail: a defocused picture has none anywhere, while a
    sharp one may be plain nearly everywhere. The smoothing keeps sensor noise out.

    Source: Marr and Hildreth, Theory of edge detection (1980), the Laplacian of a Gaussian.
    """
    smooth = cv2.GaussianBlur(luma, (0, 0), 1.0)
    return float(np.percentile(np.abs(cv2.Laplacian(smooth, cv2.CV_32F)), 99.5))


def _problem(luma: NDArray[np.float32], sharpness: float) -> QualityProblem | None:
    low, dark, bright, high = np.percentile(luma, [1, 5, 95, 99])
    if bright < _DARK_P95:
        return QualityProblem.DARK
    if dark > _GLARE_P5:
        return QualityProblem.GLARE
    if sharpness < _BLURRED_SHARPNESS and high - low >= _BLUR_CONTRAST:
        return QualityProblem.BLURRED
    return None
