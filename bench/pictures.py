"""Pictures and single frames of clips, read as the product reads them."""

from pathlib import Path

import cv2
import numpy as np

from proctor_app.vision.frame import PHOTO_LIMITS, EncodedFrame, Frame, FrameRejected, decode
from proctor_app.vision.recording import Recording, RecordingUnreadable

MODEL_FAILURES = (RuntimeError, ValueError, cv2.error)
"""What models and OpenCV raise on a picture they can't take: that one file is left out."""
_LATE_S = 1.0
"""A frame found this much after the time asked for is not the one that was meant."""


class PictureUnreadable(ValueError):
    """A file that holds no usable picture; the text says why, in one line."""


def read_picture(path: Path) -> Frame:
    """Read a photo, upright: JPEG and PNG by the product's decoder, other formats by OpenCV.

    Raises PictureUnreadable.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PictureUnreadable(error.strerror or str(error)) from error
    try:
        return decode(EncodedFrame(data, 0.0), PHOTO_LIMITS)
    except FrameRejected as error:
        if error.code != "frame_not_an_image":
            raise PictureUnreadable(error.detail) from error
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise PictureUnreadable("the picture cannot be decoded") from error
    if bgr is None:
        raise PictureUnreadable("the picture cannot be decoded")
    return Frame(np.asarray(bgr, np.uint8), 0.0)


def read_frame(path: Path, time_s: float) -> Frame:
    """Read the first frame of a clip at or after a time; raises PictureUnreadable."""
    found: Frame | None = None
    try:
        with Recording(path) as recording:
            for frame in recording.frames(1000.0):
                found = frame
                if frame.taken_at_s >= time_s - 1e-6:
                    break
    except RecordingUnreadable as error:
        raise PictureUnreadable(str(error)) from error
    if found is None or abs(found.taken_at_s - time_s) > _LATE_S:
        raise PictureUnreadable(f"has no frame at {time_s:g} s")
    return Frame(found.bgr, 0.0)
