"""Usable pictures pass, hopeless ones are named, equal ones are recognised."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import QualityProblem
from proctor_app.vision.quality import digest, judge


def noisy(bgr: NDArray[Any], sigma: float, seed: int = 0) -> Pixels:
    """Add what a sensor adds."""
    noise = np.random.default_rng(seed).normal(0, sigma, bgr.shape)
    return np.clip(bgr + noise, 0, 255).astype(np.uint8)


def plain(luma: int) -> Pixels:
    return np.full((480, 640, 3), luma, np.uint8)


def defocused(bgr: Pixels, sigma_px: float) -> Pixels:
    """Blur as a lens out of focus does, for a picture 640 pixels wide."""
    wide = cv2.resize(bgr, (640, round(bgr.shape[0] * 640 / bgr.shape[1])))
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), sigma_px), np.uint8)


@pytest.mark.parametrize("luma", [0, 6, 20, 35])
@pytest.mark.parametrize("sigma", [0.0, 2.0, 6.0])
def test_a_covered_camera_is_blocked(luma: int, sigma: float) -> None:
    assert judge(noisy(plain(luma), sigma)).problem is QualityProblem.BLOCKED


def glowing(peak_bgr: tuple[float, float, float]) -> Pixels:
    """A soft glow without any edge: light that leaks past or through what covers a lens."""
    down, across = np.mgrid[0:480, 0:640]
    glow = np.exp(-(((across - 100) / 300) ** 2) - ((down - 100) / 250) ** 2)
    return np.asarray((0.3 + 0.7 * glow)[..., None] * np.array(peak_bgr), np.uint8)


@pytest.mark.parametrize("red", [40, 80, 140, 200])
def test_a_finger_on_the_lens_is_blocked_however_bright_it_glows(red: int) -> None:
    finger = noisy(glowing((0.12 * red, 0.22 * red, red)), 4.0)
    assert judge(finger).problem is QualityProblem.BLOCKED


@pytest.mark.parametrize("peak", [20, 40])
def test_a_covered_camera_that_light_leaks_into_softly_is_blocked(peak: int) -> None:
    assert judge(noisy(glowing((peak, peak, peak)), 3.0)).problem is QualityProblem.BLOCKED


@pytest.mark.parametrize("brightest", [30, 20, 12])
def test_a_room_that_hardly_any_light_is_left_in_is_dark(
    astronaut: Pixels, china: Pixels, brightest: int
) -> None:
    for bgr in (astronaut, china):
        dim = noisy(bgr * (brightest / np.percentile(bgr, 95)), 4.0)
        assert judge(dim).problem is QualityProblem.DARK


def test_things_that_are_red_are_no_finger(astronaut: Pixels) -> None:
    red = astronaut * np.array([0.3, 0.4, 1.0])
    assert judge(red.astype(np.uint8)).problem is None


@pytest.mark.needs_shared
def test_no_picture_of_an_empty_room_or_a_person_is_blocked(shared_media: Path) -> None:
    pictures = sorted((shared_media / "images").glob("*/*"))
    assert len(pictures) > 150
    for path in pictures:
        bgr = cv2.imread(str(path))
        assert bgr is not None
        assert judge(np.asarray(bgr, np.uint8)).problem is None, path.name


def test_a_covered_camera_with_a_small_leak_of_light_is_dark() -> None:
    leaking = plain(5)
    leaking[:60, :120] = 220
    assert judge(leaking).problem is QualityProblem.DARK


def test_a_blinded_camera_has_glare() -> None:
    assert judge(noisy(plain(252), 2.0)).problem is QualityProblem.GLARE


@pytest.mark.parametrize("sigma_px", [12, 20, 40])
@pytest.mark.parametrize("noise", [0.0, 4.0])
def test_a_heavily_defocused_camera_is_blurred(
    astronaut: Pixels, china: Pixels, sigma_px: int, noise: float
) -> None:
    for bgr in (astronaut, china):
        assert judge(noisy(defocused(bgr, sigma_px), noise)).problem is QualityProblem.BLURRED


@pytest.mark.parametrize("sigma_px", [1, 2, 4])
def test_a_soft_picture_is_usable(astronaut: Pixels, china: Pixels, sigma_px: int) -> None:
    for bgr in (astronaut, china):
        assert judge(defocused(bgr, sigma_px)).problem is None


@pytest.mark.parametrize("luma", [60, 128, 200])
def test_a_plain_wall_is_usable(luma: int) -> None:
    shaded = plain(luma) + np.linspace(0, 25, 640, dtype=np.uint8)[None, :, None]
    assert judge(noisy(shaded, 3.0)).problem is None


@pytest.mark.parametrize("gain", [0.2, 0.5, 1.0, 1.5])
def test_a_face_in_dim_or_strong_light_is_usable(astronaut: Pixels, gain: float) -> None:
    lit = np.clip(astronaut * gain, 0, 255).astype(np.uint8)
    assert judge(noisy(lit, 2.0)).problem is None


def test_brightness_is_the_mean_luma_and_sharpness_falls_with_blur(china: Pixels) -> None:
    assert judge(plain(77)).brightness == pytest.approx(77)
    sharpness = [judge(defocused(china, sigma)).sharpness for sigma in (0.5, 2, 4, 8, 16)]
    assert sharpness == sorted(sharpness, reverse=True)


def test_only_pictures_equal_in_every_pixel_have_equal_digests(astronaut: Pixels) -> None:
    other = astronaut.copy()
    assert digest(astronaut) == digest(other) == judge(other).digest
    other[300, 200, 1] ^= 1
    assert digest(astronaut) != digest(other)


def test_pictures_of_another_shape_have_another_digest() -> None:
    assert digest(plain(9)) != digest(plain(9).reshape(640, 480, 3))


def test_a_part_of_a_picture_has_the_digest_of_its_copy(astronaut: Pixels) -> None:
    part = astronaut[10:200, 20:300]
    assert digest(part) == digest(part.copy())
