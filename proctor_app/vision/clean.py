"""Pictures that people upload to be shown to others: decoded and encoded anew, so that nothing but
the picture is left of the file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from proctor_app.vision.frame import FrameRejected, Limits, Pixels, inspect

_JPEG_QUALITIES = (90, 80, 70, 60)
_WHITE = 255


@dataclass(frozen=True, slots=True)
class CleanPicture:
    data: bytes
    media_type: Literal["image/jpeg", "image/png"]


def cleaned(data: bytes, limits: Limits) -> CleanPicture:
    """The picture upright, in 8 bits, on white where it was transparent; a PNG stays one unless
    only as a JPEG it weighs no more than the limits allow.

    The same bytes always give the same. Raises FrameRejected.
    """
    is_png = inspect(data, limits).format == "png"
    bgr = _on_white(data) if is_png else _decoded(data, cv2.IMREAD_COLOR)
    if is_png and len(found := _encoded(bgr, ".png", ())) <= limits.max_bytes:
        return CleanPicture(found, "image/png")
    for quality in _JPEG_QUALITIES:
        found = _encoded(bgr, ".jpg", (cv2.IMWRITE_JPEG_QUALITY, quality))
        if len(found) <= limits.max_bytes:
            return CleanPicture(found, "image/jpeg")
    raise FrameRejected(
        "frame_too_large",
        f"encoded anew the picture has more than the {limits.max_bytes} bytes allowed",
    )


def _encoded(bgr: Pixels, kind: str, options: Sequence[int]) -> bytes:
    _, encoded = cv2.imencode(kind, bgr, options)
    return encoded.tobytes()


def _on_white(data: bytes) -> Pixels:
    found = _decoded(data, cv2.IMREAD_UNCHANGED)
    if found.dtype == np.uint16:
        found = np.asarray(found >> 8, np.uint8)
    if found.ndim == 3 and found.shape[2] == 4:
        colour, cover = found[:, :, :3].astype(np.uint16), found[:, :, 3:].astype(np.uint16)
        mixed = (colour * cover + _WHITE * (_WHITE - cover)) // _WHITE
        return mixed.astype(np.uint8)
    return np.asarray(found, np.uint8)


def _decoded(data: bytes, flags: int) -> Pixels:
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise FrameRejected("frame_undecodable", "the picture cannot be decoded") from error
    if found is None:
        raise FrameRejected("frame_undecodable", "the picture cannot be decoded")
    return found  # type: ignore[return-value]
