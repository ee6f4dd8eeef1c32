"""What the models saw in one frame: plain values, frozen, units in the names.

Left and right are the candidate's own: the picture is not mirrored, so the candidate's left is at
the picture's right edge.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Literal

Side = Literal["left", "right"]


class Detector(StrEnum):
    """A group of models that runs at a rate of its own."""

    FACES = "faces"
    OBJECTS = "objects"
    HANDS = "hands"
    IDENTITY = "identity"


class QualityProblem(StrEnum):
    BLOCKED = "blocked"
    DARK = "dark"
    GLARE = "glare"
    BLURRED = "blurred"


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels of the frame as it was sent, origin at the top left; x1, y1 are exclusive."""

    x0_px: float
    y0_px: float
    x1_px: float
    y1_px: float

    @property
    def width_px(self) -> float:
        return self.x1_px - self.x0_px

    @property
    def height_px(self) -> float:
        return self.y1_px - self.y0_px


@dataclass(frozen=True, slots=True)
class Face:
    box: Box
    score: float
    """Confidence that this is a face, 0 to 1."""


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Degrees from looking straight into the camera. yaw: positive to the candidate's own left;
    pitch: positive up; roll: positive towards the candidate's own left shoulder."""

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True, slots=True)
class Gaze:
    """Where the eyes look within the head, about -1 to 1. x: positive to the candidate's own left;
    y: positive up. Not yet relative to anybody's calibration."""

    x: float
    y: float


class FacePoint(IntEnum):
    """Which landmark stands where in ``FaceMesh.points``; the order never changes.

    Skull: nose, brow, eye corners, ears: they move with the head alone. Soft: chin and mouth.
    """

    NOSE_TIP = 0
    NOSE_BRIDGE = 1
    FOREHEAD = 2
    CHIN = 3
    RIGHT_EYE_OUTER = 4
    RIGHT_EYE_INNER = 5
    LEFT_EYE_INNER = 6
    LEFT_EYE_OUTER = 7
    RIGHT_EAR = 8
    LEFT_EAR = 9
    MOUTH_RIGHT = 10
    MOUTH_LEFT = 11


@dataclass(frozen=True, slots=True)
class FaceMesh:
    """What the landmarks of the largest face tell.

    eyes_closed: 0 (open) to 1 (closed), told apart from looking down; None where the eyes can't
    be seen. mouth_opening: height of the inner lips in shares of the face's height. smile: 0 to 1.
    points: one (x, y) for every FacePoint, in its order, in shares of the frame's width and height
    (beyond 0 to 1 where a face is cut by the edge), for judging movement in depth.
    """

    box: Box
    pose: HeadPose
    gaze: Gaze | None
    eyes_closed: float | None
    mouth_opening: float
    smile: float
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class DetectedObject:
    """score: the detector's; a phone's is fused of ``looks`` looks at the picture."""

    label: str
    """COCO name: "person", "cell phone", ..."""
    score: float
    box: Box
    looks: int = 1


@dataclass(frozen=True, slots=True)
class Hand:
    """gesture: name of a held-up gesture ("Thumb_Up", "Victory", ...), empty for none."""

    box: Box
    score: float
    side: Side
    gesture: str
    gesture_score: float


@dataclass(frozen=True, slots=True)
class FaceDescription:
    """embedding: 128 numbers, None where this face can't be verified; why: the reason, in a word
    ("turned", "small", "blurred", "several", "none"), empty where it can."""

    embedding: tuple[float, ...] | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class PictureQuality:
    """brightness: mean luma, 0 to 255; sharpness: strength of the sharpest detail in steps of luma
    (99.5th percentile of the Laplacian of a Gaussian, at 320 pixels width); digest: equal only
    for pictures equal in every pixel; phash: 64-bit perceptual hash, near for like pictures."""

    brightness: float
    sharpness: float
    digest: bytes
    problem: QualityProblem | None
    phash: int = 0


@dataclass(frozen=True, slots=True)
class Observation:
    """taken_at_s: the frame's time on its sender's stream clock, as given in.

    faces, objects, hands, identity: None where the detector did not run; an empty tuple means it
    ran and found nothing. mesh: the largest face's, None without a face or where its landmarks
    were not found. busy_ms: how long a worker was busy with the frame, by the wall clock.
    """

    taken_at_s: float
    width_px: int
    height_px: int
    quality: PictureQuality
    faces: tuple[Face, ...] | None = None
    mesh: FaceMesh | None = None
    objects: tuple[DetectedObject, ...] | None = None
    hands: tuple[Hand, ...] | None = None
    identity: FaceDescription | None = None
    busy_ms: float = 0.0
