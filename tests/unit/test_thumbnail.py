"""Thumbnails: about as wide as a tile, whatever was sent."""

import cv2
import numpy as np
import pytest

from proctor_app.vision.frame import FrameRejected
from proctor_app.vision.thumbnail import thumbnail
from tests.fakes import jpeg, png


@pytest.mark.parametrize(
    ("sent", "size_px"),
    [
        ((64, 48), (64, 48)),
        ((320, 240), (320, 240)),
        ((640, 480), (320, 240)),
        ((480, 640), (320, 427)),
        ((900, 500), (320, 178)),
    ],
)
def test_given_a_frame_then_its_thumbnail_is_no_wider_than_a_tile(
    sent: tuple[int, int], size_px: tuple[int, int]
) -> None:
    for encode in (jpeg, png):
        data = encode(1, *sent)
        if len(data) > 300 * 1024:
            continue
        small = cv2.imdecode(np.frombuffer(thumbnail(data), np.uint8), cv2.IMREAD_COLOR)
        assert small is not None
        assert (small.shape[1], small.shape[0]) == size_px


@pytest.mark.parametrize("data", [b"", b"nothing", jpeg()[:200], b"\xff\xd8\xff" + b"\0" * 99])
def test_given_what_is_no_picture_then_it_is_refused(data: bytes) -> None:
    with pytest.raises(FrameRejected):
        thumbnail(data)
