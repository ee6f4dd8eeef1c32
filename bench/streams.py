"""Frames for the measurements of cost: short streams, encoded as the exam's page sends them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from proctor_app.settings import ROOT
from proctor_app.vision.frame import EncodedFrame, Pixels, encode_jpeg
from proctor_app.vision.recording import Recording, RecordingUnreadable

FPS = 2.0
"""What a candidate's page sends in a second."""
_WIDTH_PX, _JPEG_QUALITY = 640, 70
"""As the camera of the exam's page scales and encodes."""
_LENGTH = 12
_LEAST = 4
_FOLDERS = (ROOT.parent / "shared" / "media" / "videos", ROOT / "tests" / ".media")
_NAMES = ("*.mp4", "*.mov", "*.mkv")
_OF_ONE_SET = 2
"""Clips whose names begin alike resemble each other; more of them would count one scene often."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Successive frames of one camera, half a second apart."""

    name: str
    frames: tuple[EncodedFrame, ...]


def load(folders: Sequence[Path] = _FOLDERS) -> list[Stream]:
    """Read streams from the clips of the first folder that has any, two of each set at most.

    Raises FileNotFoundError.
    """
    for folder in folders:
        streams: list[Stream] = []
        taken: Counter[str] = Counter()
        for path in sorted(path for name in _NAMES for path in folder.glob(name)):
            set_name = path.stem.split("_")[0]
            stream = _stream(path) if taken[set_name] < _OF_ONE_SET else None
            if stream is not None:
                taken[set_name] += 1
                streams.append(stream)
        if streams:
            return streams
    raise FileNotFoundError("no clips to measure with: run `make test` once, which fetches some")


def _stream(path: Path) -> Stream | None:
    try:
        with Recording(path) as recording:
            frames = tuple(
                EncodedFrame(_encoded(frame.bgr), frame.taken_at_s)
                for frame in islice(recording.frames(FPS), _LENGTH)
            )
    except RecordingUnreadable:
        return None
    return Stream(path.name, frames) if len(frames) >= _LEAST else None


def _encoded(bgr: Pixels) -> bytes:
    """Encode as the page does: never wider than 640 pixels, small cameras as they are."""
    height_px, width_px = bgr.shape[:2]
    if width_px > _WIDTH_PX:
        size = (_WIDTH_PX, round(height_px * _WIDTH_PX / width_px))
        bgr = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
    return encode_jpeg(bgr, _JPEG_QUALITY)
