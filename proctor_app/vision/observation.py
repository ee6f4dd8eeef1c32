"""What the models saw in one frame: plain values, frozen, units in the names."""

from dataclasses import dataclass
from enum import StrEnum


class Detector(StrEnum):
    """A group of models that runs at a rate of its own."""

    FACES = "faces"
    OBJECTS = "objects"


class QualityProblem(StrEnum):
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
class DetectedObject:
    label: str
    """COCO name: "person", "cell phone", ..."""
    score: float
    box: Box


@dataclass(frozen=True, slots=True)
class PictureQuality:
    """brightness: mean luma, 0 to 255; sharpness: strength of the sharpest detail in steps of luma
    (99.5th percentile of the Laplacian of a Gaussian, at 320 pixels width); digest: equal only
    for pictures equal in every pixel."""

    brightness: float
    sharpness: float
    digest: bytes
    problem: QualityProblem | None


@dataclass(frozen=True, slots=True)
class Observation:
    """taken_at_s: the frame's time on its sender's stream clock, as given in. faces and objects
    are None where the detector did not run; an empty tuple means it ran and found nothing. cpu_ms:
    how long a worker was busy with the frame, by the wall clock."""

    taken_at_s: float
    width_px: int
    height_px: int
    quality: PictureQuality
    faces: tuple[Face, ...] | None
    objects: tuple[DetectedObject, ...] | None
    cpu_ms: float
