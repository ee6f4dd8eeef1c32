"""Pictures are judged by their headers before anything is decoded."""

import struct
import zlib
from typing import get_args

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctor_app.vision.frame import (
    FRAME_LIMITS,
    PHOTO_LIMITS,
    EncodedFrame,
    FrameRejected,
    ImageHeader,
    Limits,
    Pixels,
    RejectCode,
    decode,
    encode_jpeg,
    inspect,
)


def picture(width_px: int = 64, height_px: int = 48, channels: int = 3) -> Pixels:
    """A picture with a red left half and a blue right half, and some noise."""
    bgr = np.random.default_rng(7).integers(0, 40, (height_px, width_px, channels), np.uint8)
    bgr[:, : width_px // 2, 2] += 200
    bgr[:, width_px // 2 :, 0] += 200
    return bgr


def encoded(extension: str, pixels: np.ndarray, *options: int) -> bytes:
    _, data = cv2.imencode(extension, pixels, options)
    return data.tobytes()


JPEG = encoded(".jpg", picture())
PROGRESSIVE = encoded(".jpg", picture(), cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
PNG = encoded(".png", picture())
CODES = get_args(RejectCode)
PICTURES = st.sampled_from([JPEG, PROGRESSIVE, PNG])


def code_of(data: bytes, limits: Limits = FRAME_LIMITS) -> str:
    with pytest.raises(FrameRejected) as rejected:
        inspect(data, limits)
    assert str(rejected.value)
    return rejected.value.code


def outcome_of(frame: EncodedFrame, *, inspect_only: bool = False) -> str:
    """Give "accepted" or the code of the rejection; any other exception fails the test."""
    try:
        if inspect_only:
            inspect(frame.data)
        else:
            bgr = decode(frame).bgr
            return "accepted" if bgr.dtype == np.uint8 and bgr.shape[2:] == (3,) else "not BGR"
    except FrameRejected as rejected:
        return rejected.code
    return "accepted"


def png_of_size(width_px: int, height_px: int) -> bytes:
    """A PNG whose header announces any size; there are no pixels in it."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\x00\x00\x00\x00IEND\xaeB`\x82"


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """Insert the EXIF note that says how to turn the picture (TIFF tag 274)."""
    tiff = b"II*\x00\x08\x00\x00\x00\x01\x00" + struct.pack("<HHII", 274, 3, 1, orientation)
    body = b"Exif\x00\x00" + tiff + b"\x00\x00\x00\x00"
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


@pytest.mark.parametrize(("data", "kind"), [(JPEG, "jpeg"), (PROGRESSIVE, "jpeg"), (PNG, "png")])
def test_the_header_tells_format_and_size(data: bytes, kind: str) -> None:
    header = inspect(data)
    assert (header.format, header.width_px, header.height_px) == (kind, 64, 48)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "frame_empty"),
        (b"\x00" * (300 * 1024 + 1), "frame_too_large"),
        (b"GIF89a" + b"\x00" * 40, "frame_not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "frame_not_an_image"),
        (b"\xff\xd8\xff", "frame_truncated"),
        (b"\xff\xd8\xff\xd9", "frame_undecodable"),
        (JPEG[:2] + b"\xff\xe0\x00\x00" + JPEG[2:], "frame_undecodable"),
        (JPEG.replace(b"\xff\xc0", b"\xff\xc9"), "frame_undecodable"),
        (PNG[:12] + b"JUNK" + PNG[16:], "frame_undecodable"),
        (PNG[:20], "frame_truncated"),
    ],
)
def test_what_is_no_usable_picture_is_refused_with_its_reason(data: bytes, code: str) -> None:
    assert code_of(data) == code


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1920, 32), (32, 32)])
def test_a_frame_may_be_full_hd_in_either_orientation(size: tuple[int, int]) -> None:
    assert inspect(png_of_size(*size)) == ImageHeader("png", *size)


@pytest.mark.parametrize(
    "size", [(1921, 1080), (1920, 1081), (1081, 1920), (0, 480), (640, 31), (2**31, 2**31)]
)
def test_a_frame_of_another_size_is_refused(size: tuple[int, int]) -> None:
    assert code_of(png_of_size(*size)) == "frame_dimensions"


@pytest.mark.parametrize(
    ("size", "accepted"),
    [((6000, 4000), True), ((8000, 3000), True), ((8001, 100), False), ((5000, 5000), False)],
)
def test_a_photo_may_have_24_megapixels(size: tuple[int, int], accepted: bool) -> None:
    data = png_of_size(*size)
    if accepted:
        assert inspect(data, PHOTO_LIMITS).width_px == size[0]
    else:
        assert code_of(data, PHOTO_LIMITS) == "frame_dimensions"


def test_three_hundred_kilobytes_are_allowed_and_one_byte_more_is_not() -> None:
    padded = JPEG + b"\x00" * (300 * 1024 - len(JPEG))
    assert inspect(padded).width_px == 64
    assert code_of(padded + b"\x00") == "frame_too_large"


@settings(deadline=None)
@given(PICTURES, st.data())
def test_every_truncation_of_a_picture_is_refused(data: bytes, draw: st.DataObject) -> None:
    kept = draw.draw(st.integers(0, len(data) - 1))
    assert code_of(data[:kept]) in {"frame_empty", "frame_not_an_image", "frame_truncated"}


@settings(deadline=None)
@given(st.one_of(st.binary(), st.builds(bytes.__add__, PICTURES.map(lambda p: p[:3]), st.binary())))
def test_inspecting_arbitrary_bytes_raises_nothing_but_a_rejection(data: bytes) -> None:
    outcome = outcome_of(EncodedFrame(data, 1.0), inspect_only=True)
    assert outcome in CODES or outcome == "accepted"


@settings(deadline=None)
@given(PICTURES, st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1))
def test_a_damaged_picture_is_decoded_or_refused_and_nothing_else(
    data: bytes, damage: list[tuple[int, int]]
) -> None:
    damaged = bytearray(data)
    for at, value in damage:
        damaged[at % len(damaged)] = value
    outcome = outcome_of(EncodedFrame(bytes(damaged), 1.0))
    assert outcome in CODES or outcome == "accepted"


@pytest.mark.parametrize("padding", [b"\x00" * 200, b"\xff" * 7, JPEG])
def test_bytes_behind_a_complete_picture_are_ignored(padding: bytes) -> None:
    assert inspect(JPEG + padding).width_px == 64
    assert inspect(PNG + padding[:200]).width_px == 64


def test_a_small_file_of_very_many_scans_is_refused_before_it_is_decoded() -> None:
    scan = JPEG[JPEG.rindex(b"\xff\xda") : -2]
    bomb = JPEG[:-2] + scan * 100 + JPEG[-2:]
    assert len(bomb) < FRAME_LIMITS.max_bytes
    assert code_of(bomb) == "frame_undecodable"


def test_a_picture_whose_pixels_are_missing_is_undecodable() -> None:
    with pytest.raises(FrameRejected) as rejected:
        decode(EncodedFrame(png_of_size(640, 480), 0.0))
    assert rejected.value.code == "frame_undecodable"


@pytest.mark.parametrize(
    "pixels",
    [
        picture(channels=3),
        picture(channels=4),
        picture()[:, :, 2],
        picture().astype(np.uint16) * 257,
    ],
    ids=["colour", "alpha", "grey", "16 bit"],
)
def test_every_kind_of_png_comes_out_as_8_bit_bgr(pixels: np.ndarray) -> None:
    frame = decode(EncodedFrame(encoded(".png", pixels), 3.5))
    assert frame.bgr.dtype == np.uint8
    assert (frame.bgr.shape, frame.taken_at_s) == ((48, 64, 3), 3.5)
    left, right = frame.bgr[:, :30].mean(axis=(0, 1)), frame.bgr[:, 34:].mean(axis=(0, 1))
    assert left[2] > 190
    assert right[2] < 60


def test_a_frame_stays_as_the_camera_sent_it_and_a_photo_is_turned_upright() -> None:
    lying = with_orientation(JPEG, 6)
    assert decode(EncodedFrame(lying, 0.0), FRAME_LIMITS).bgr.shape == (48, 64, 3)
    assert decode(EncodedFrame(lying, 0.0), PHOTO_LIMITS).bgr.shape == (64, 48, 3)


@pytest.mark.parametrize(
    ("width_px", "decoded_px"), [(1600, 1600), (1602, 801), (3200, 1600), (4000, 1000)]
)
def test_a_large_photo_is_decoded_reduced(width_px: int, decoded_px: int) -> None:
    data = encoded(".jpg", np.zeros((400, width_px, 3), np.uint8))
    assert decode(EncodedFrame(data, 0.0), PHOTO_LIMITS).bgr.shape[1] == decoded_px


def test_evidence_is_a_jpeg_of_at_most_the_asked_width() -> None:
    wide = inspect(encode_jpeg(picture(640, 320), max_width_px=200))
    assert (wide.format, wide.width_px, wide.height_px) == ("jpeg", 200, 100)
    assert inspect(encode_jpeg(decode(EncodedFrame(PNG, 0.0)))).width_px == 64


def test_evidence_of_lower_quality_is_smaller() -> None:
    pixels = picture(640, 480)
    assert len(encode_jpeg(pixels, quality=40)) < len(encode_jpeg(pixels, quality=90))
