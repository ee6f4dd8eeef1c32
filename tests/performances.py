"""People who do what a face log-in asks, and pictures that are moved before a camera instead.

People come from the labelled media beside the repository. Where a clip does not show an action the
way it is asked for, it is cut or mirrored: that is said at each.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import cos, radians, sin
from pathlib import Path

import cv2
import numpy as np

from proctor_app.vision.challenge import Action
from proctor_app.vision.frame import Pixels

VIDEOS = Path(__file__).resolve().parents[2] / "shared" / "media" / "videos"
SIZE = (640, 480)
_WALL = (105, 100, 90)
_WHOLE = ((0.0, 1e9),)


@dataclass(frozen=True, slots=True)
class Performance:
    """Somebody doing something. parts: from and to second of the clip, one after the other."""

    name: str
    action: Action
    clip: str
    parts: tuple[tuple[float, float], ...] = _WHOLE
    mirrored: bool = False

    def frames(self, fps: float) -> Iterator[Pixels]:
        """As a camera of 640 x 480 pixels shows it, so many frames a second."""
        for picture in _read(VIDEOS / self.clip, self.parts, fps):
            yield framed(np.asarray(picture[:, ::-1] if self.mirrored else picture, np.uint8))


PERFORMANCES = [
    Performance("incluit_A turns right", Action.TURN_RIGHT, "incluit_look_left.mp4"),
    # the same in a mirror
    Performance("incluit_A turns left", Action.TURN_LEFT, "incluit_look_left.mp4", mirrored=True),
    # eyes closed for 4.4 s in the clip, for 0.9 s here
    Performance(
        "incluit_A closes the eyes",
        Action.BLINK,
        "incluit_blinks_eyes_closed.mp4",
        ((3.4, 5.0), (8.5, 10.2)),
    ),
    Performance(
        "lp_d18 opens the mouth", Action.OPEN_MOUTH, "lp_mouth_wide_open.mp4", ((0, 3.75),)
    ),
    Performance(
        "clm_A opens the mouth",
        Action.OPEN_MOUTH,
        "clm_webcam_mouth_near_far_hand.mp4",
        ((10.0, 12.9),),
    ),
]


@dataclass(frozen=True, slots=True)
class Hold:
    """How a print is held: degrees; shares of the picture's width and height; size of 1 fills
    it. near: the camera's distance in widths of the print."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    x: float = 0.0
    y: float = 0.0
    size: float = 0.9
    near: float = 2.0


Move = Callable[[float], Hold]
"""How a print is held at a moment, 0 to 1; at 0 and 1 it is held straight."""


def _swing(phase: float) -> float:
    """0 to 1 to 0, resting at both ends."""
    return float(np.clip(1.6 * sin(np.pi * phase) - 0.3, 0.0, 1.0))


MOVES: dict[str, Move] = {
    "held still": lambda _: Hold(),
    "turned left": lambda t: Hold(yaw_deg=60 * _swing(t)),
    "turned right": lambda t: Hold(yaw_deg=-60 * _swing(t)),
    "turned left, near": lambda t: Hold(yaw_deg=58 * _swing(t), near=1.1),
    "turned right, near": lambda t: Hold(yaw_deg=-58 * _swing(t), near=1.1),
    "tilted back": lambda t: Hold(pitch_deg=65 * _swing(t)),
    "tilted forward": lambda t: Hold(pitch_deg=-65 * _swing(t)),
    "turned and tilted": lambda t: Hold(yaw_deg=45 * _swing(t), pitch_deg=40 * _swing(t), near=1.5),
    "turned and tilted the other way": lambda t: Hold(
        yaw_deg=-45 * _swing(t), pitch_deg=40 * _swing(t), near=1.5
    ),
    "rolled": lambda t: Hold(roll_deg=35 * _swing(t)),
    "moved about": lambda t: Hold(x=0.15 * sin(2 * np.pi * t), y=0.1 * sin(4 * np.pi * t)),
    "brought near": lambda t: Hold(size=0.7 + 0.6 * _swing(t)),
    "swung and brought near": lambda t: Hold(
        yaw_deg=50 * sin(2 * np.pi * t), size=0.8 + 0.3 * _swing(t), x=0.1 * sin(2 * np.pi * t)
    ),
}


def printed(picture: Pixels, move: Move, frames: int, seed: int = 0) -> Iterator[Pixels]:
    """A print of the picture, moved before a camera whose sensor is noisy."""
    rng = np.random.default_rng(seed)
    for number in range(frames):
        shown = _project(picture, move(number / max(frames - 1, 1)))
        noisy = shown.astype(np.int16) + rng.integers(-4, 5, shown.shape)
        yield np.clip(noisy, 0, 255).astype(np.uint8)


def framed(picture: Pixels) -> Pixels:
    """The whole picture in a frame of 640 x 480 pixels, before a plain wall."""
    height_px, width_px = picture.shape[:2]
    scale = min(SIZE[0] / width_px, SIZE[1] / height_px)
    place = np.array(
        [
            [scale, 0.0, (SIZE[0] - scale * width_px) / 2],
            [0.0, scale, (SIZE[1] - scale * height_px) / 2],
        ]
    )
    # Shrinking by leaving pixels out would show patterns that are not there.
    blur = max(0.0, 0.5 / scale - 0.5)
    smooth = cv2.GaussianBlur(picture, (0, 0), blur) if blur > 0.1 else picture
    return np.asarray(cv2.warpAffine(smooth, place, SIZE, borderValue=_WALL), np.uint8)


def still(clip: str, at_s: float = 0.0) -> Pixels:
    """One picture of a clip."""
    return next(_read(VIDEOS / clip, ((at_s, 1e9),), 1.0))


def _project(picture: Pixels, hold: Hold) -> Pixels:
    """Photograph a flat print: a pinhole camera, rotations about the print's middle."""
    height_px, width_px = picture.shape[:2]
    scale = hold.size * SIZE[1] / height_px
    half = np.array([width_px, height_px]) * scale / 2
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * (*half, 1.0)
    yaw, pitch, roll = (radians(deg) for deg in (hold.yaw_deg, hold.pitch_deg, hold.roll_deg))
    turns = (
        np.array([[cos(roll), -sin(roll), 0], [sin(roll), cos(roll), 0], [0, 0, 1]])
        @ np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
        @ np.array([[cos(yaw), 0, sin(yaw)], [0, 1, 0], [-sin(yaw), 0, cos(yaw)]])
    )
    there = corners @ turns.T
    away = hold.near * 2 * half[0]
    middle = np.array(SIZE) * (0.5 + hold.x, 0.5 + hold.y)
    seen = there[:, :2] * (away / (away + there[:, 2:])) + middle
    flat = np.array([[0, 0], [width_px, 0], [width_px, height_px], [0, height_px]], np.float32)
    place = cv2.getPerspectiveTransform(flat, seen.astype(np.float32))
    return np.asarray(
        cv2.warpPerspective(picture, place, SIZE, flags=cv2.INTER_AREA, borderValue=_WALL), np.uint8
    )


def _read(path: Path, parts: tuple[tuple[float, float], ...], fps: float) -> Iterator[Pixels]:
    """The clip's frames at the rate asked for, of its parts alone."""
    capture = cv2.VideoCapture(str(path))
    own_fps = capture.get(cv2.CAP_PROP_FPS)
    shown_s, number = 0.0, 0
    wanted_s = 0.0
    while True:
        found, picture = capture.read()
        if not found:
            break
        at_s = number / own_fps
        number += 1
        if any(begin <= at_s < end for begin, end in parts):
            while wanted_s <= shown_s:
                yield np.asarray(picture, np.uint8)
                wanted_s += 1 / fps
            shown_s += 1 / own_fps
    capture.release()
