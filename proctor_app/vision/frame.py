"""Encoded pictures in, pixels out: nothing is decoded before its header was judged.

The header parsers read a few bytes of markers and chunks, so a hostile picture costs microseconds:
sizes are known, and refused, before a decoder allocates anything.
"""

import re
from dataclasses import dataclass
from typing import Literal, NoReturn

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
RejectCode = Literal[
    "frame_empty",
    "frame_too_large",
    "frame_dimensions",
    "frame_not_an_image",
    "frame_truncated",
    "frame_undecodable",
]

_MIN_SIDE_PX = 32
_DECODED_SIDE_PX = 1600
"""Larger pictures are decoded at a half, a quarter or an eighth: no model looks closer."""
_MAX_JPEG_SEGMENTS = 2000
_MAX_JPEG_SCANS = 64
"""Progressive pictures have about ten; a small file of thousands would decode for minutes."""
_JPEG_START = b"\xff\xd8\xff"
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xaeB`\x82"
_PNG_PADDING_BYTES = 4096
_SOF_BASELINE_TO_PROGRESSIVE = frozenset({0xC0, 0xC1, 0xC2})
_SOF_OTHERS = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_SOS, _EOI = 0xDA, 0xD9
# In entropy-coded data FF is followed by 00 (stuffing), a restart marker or a fill byte.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """A JPEG or PNG as it was sent. taken_at_s: seconds on the clock of its stream."""

    data: bytes
    taken_at_s: float


@dataclass(frozen=True, slots=True)
class Frame:
    """bgr: height x width x 3, uint8, blue first, as OpenCV has it."""

    bgr: Pixels
    taken_at_s: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What a picture may weigh. max_long_side_px and max_short_side_px hold in either
    orientation. turn_upright: whether the orientation a camera wrote into the file is followed."""

    max_bytes: int
    max_long_side_px: int
    max_short_side_px: int
    max_pixels: int
    turn_upright: bool


FRAME_LIMITS = Limits(300 * 1024, 1920, 1080, 1920 * 1080, turn_upright=False)
"""One picture of a stream: the bounds of the published contract."""
PHOTO_LIMITS = Limits(8 * 1024 * 1024, 8000, 8000, 24_000_000, turn_upright=True)
"""An uploaded photo; phones store theirs lying, with a note on how to turn them."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    format: Literal["jpeg", "png"]
    width_px: int
    height_px: int


class FrameRejected(ValueError):
    """A picture that can't be used. code: machine-readable snake_case; the text says why."""

    def __init__(self, code: RejectCode, detail: str) -> None:
        super().__init__(detail)
        self.code: RejectCode = code
        self.detail = detail


def inspect(data: bytes, limits: Limits = FRAME_LIMITS) -> ImageHeader:
    """Read format and size from the headers alone and judge them; decodes nothing.

    Sources: ITU-T T.81 annex B (JPEG markers), PNG (ISO/IEC 15948) section 5.
    Raises FrameRejected, and nothing else whatever the bytes are.
    """
    if not data:
        raise FrameRejected("frame_empty", "the frame has no bytes")
    if len(data) > limits.max_bytes:
        raise FrameRejected(
            "frame_too_large", f"the frame has {len(data)} bytes, allowed are {limits.max_bytes}"
        )
    if data.startswith(_JPEG_START):
        header = _jpeg_header(data)
    elif data.startswith(_PNG_START):
        header = _png_header(data)
    else:
        raise FrameRejected("frame_not_an_image", "the frame is neither a JPEG nor a PNG")
    _check_dimensions(header, limits)
    return header


def decode(frame: EncodedFrame, limits: Limits = FRAME_LIMITS) -> Frame:
    """Decode to 8-bit BGR, whatever depth or channels were sent; raises FrameRejected.

    Pictures beyond 1600 px come out reduced to a half, a quarter or an eighth of their size.
    """
    header = inspect(frame.data, limits)
    flags = _reduction(max(header.width_px, header.height_px))
    if not limits.turn_upright:
        flags |= cv2.IMREAD_IGNORE_ORIENTATION
    try:
        bgr = cv2.imdecode(np.frombuffer(frame.data, np.uint8), flags)
    except cv2.error as error:
        raise FrameRejected("frame_undecodable", "the frame cannot be decoded") from error
    if bgr is None:
        raise FrameRejected("frame_undecodable", "the frame cannot be decoded")
    return Frame(np.asarray(bgr, np.uint8), frame.taken_at_s)


def encode_jpeg(picture: Frame | Pixels, quality: int = 80, max_width_px: int = 1280) -> bytes:
    """Encode as JPEG, shrunk to max_width_px where wider: evidence and previews."""
    bgr = picture.bgr if isinstance(picture, Frame) else picture
    height_px, width_px = bgr.shape[:2]
    if width_px > max_width_px:
        size = (max_width_px, max(1, round(height_px * max_width_px / width_px)))
        bgr = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return encoded.tobytes()


def _reduction(long_side_px: int) -> int:
    for divisor, flag in (
        (1, cv2.IMREAD_COLOR),
        (2, cv2.IMREAD_REDUCED_COLOR_2),
        (4, cv2.IMREAD_REDUCED_COLOR_4),
    ):
        if long_side_px <= _DECODED_SIDE_PX * divisor:
            return flag
    return cv2.IMREAD_REDUCED_COLOR_8


def _check_dimensions(header: ImageHeader, limits: Limits) -> None:
    short_px, long_px = sorted((header.width_px, header.height_px))
    if short_px < _MIN_SIDE_PX:
        detail = f"smaller than {_MIN_SIDE_PX} pixels on a side"
    elif (
        long_px > limits.max_long_side_px
        or short_px > limits.max_short_side_px
        or long_px * short_px > limits.max_pixels
    ):
        detail = f"allowed are {limits.max_long_side_px}x{limits.max_short_side_px}"
        if limits.max_pixels < limits.max_long_side_px * limits.max_short_side_px:
            detail += f" and {limits.max_pixels} pixels in all"
    else:
        return
    raise FrameRejected(
        "frame_dimensions", f"the frame is {header.width_px}x{header.height_px}: {detail}"
    )


def _png_header(data: bytes) -> ImageHeader:
    if len(data) < 33:
        _truncated()
    if data[8:16] != b"\x00\x00\x00\x0dIHDR":
        raise FrameRejected("frame_undecodable", "the PNG does not begin with its header")
    if data.rfind(_PNG_END, max(33, len(data) - _PNG_PADDING_BYTES)) < 0:
        _truncated()
    return ImageHeader(
        "png", int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    )


def _jpeg_header(data: bytes) -> ImageHeader:
    """Walk the markers to the end of the first image; what follows it is padding to us."""
    header: ImageHeader | None = None
    at, scans = 2, 0
    for _ in range(_MAX_JPEG_SEGMENTS):
        marker, at = _next_marker(data, at)
        if marker == _EOI:
            if header is None or scans == 0:
                raise FrameRejected("frame_undecodable", "the JPEG has no picture in it")
            return header
        if marker in _STANDALONE:
            continue
        segment = _segment(data, at)
        at += 2 + len(segment)
        if marker in _SOF_BASELINE_TO_PROGRESSIVE:
            header = header or _frame_header(segment)
        elif marker in _SOF_OTHERS:
            raise FrameRejected("frame_undecodable", "this kind of JPEG is not supported")
        elif marker == _SOS:
            scans += 1
            found = _NEXT_MARKER.search(data, at)
            at = found.start() if found else _truncated()
        if scans > _MAX_JPEG_SCANS:
            break
    raise FrameRejected("frame_undecodable", "the JPEG has too many parts")


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    """Give the marker at ``at`` and the position behind it; fill bytes may precede it."""
    if at >= len(data):
        _truncated()
    if data[at] != 0xFF:
        raise FrameRejected("frame_undecodable", "the JPEG's markers are damaged")
    while at < len(data) and data[at] == 0xFF:
        at += 1
    if at >= len(data):
        _truncated()
    return data[at], at + 1


def _segment(data: bytes, at: int) -> bytes:
    length = int.from_bytes(data[at : at + 2], "big")
    if at + max(2, length) > len(data):
        _truncated()
    if length < 2:
        raise FrameRejected("frame_undecodable", "the JPEG's markers are damaged")
    return data[at + 2 : at + length]


def _frame_header(segment: bytes) -> ImageHeader:
    if len(segment) < 6:
        raise FrameRejected("frame_undecodable", "the JPEG's frame header is damaged")
    height_px, width_px = (int.from_bytes(segment[i : i + 2], "big") for i in (1, 3))
    return ImageHeader("jpeg", width_px, height_px)


def _truncated() -> NoReturn:
    raise FrameRejected("frame_truncated", "the frame ends before its picture does")
