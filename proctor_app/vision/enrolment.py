"""Enrolment: whether a photo serves to know somebody by, and what is kept of the face in it."""

from dataclasses import dataclass
from typing import Literal

from proctor_app.vision.observation import Box, Face, Observation, QualityProblem
from proctor_app.vision.signals import FACE_SCORE

PhotoCode = Literal[
    "no_face",
    "several_faces",
    "face_too_small",
    "face_turned",
    "face_unclear",
    "photo_too_dark",
    "photo_too_bright",
    "photo_blurred",
    "photo_blocked",
]

MIN_FACE_PX = 80
"""The embedding network looks at a face of 150 pixels; at about half of that it degrades."""

_PROBLEMS: dict[QualityProblem, tuple[PhotoCode, str]] = {
    QualityProblem.BLOCKED: (
        "photo_blocked",
        "Something covers the camera. Take it away and try again.",
    ),
    QualityProblem.DARK: ("photo_too_dark", "The photo is too dark. Face a window or a lamp."),
    QualityProblem.GLARE: (
        "photo_too_bright",
        "The photo is too bright. Move away from the light behind or before you.",
    ),
    QualityProblem.BLURRED: (
        "photo_blurred",
        "The photo is blurred. Clean the camera and hold it still.",
    ),
}

_UNFIT: dict[str, tuple[PhotoCode, str]] = {
    "turned": ("face_turned", "The face is turned away. Look straight into the camera."),
    "small": ("face_too_small", "The face is too small. Come nearer to the camera."),
    "dark": _PROBLEMS[QualityProblem.DARK],
    "blurred": _PROBLEMS[QualityProblem.BLURRED],
}
_UNCLEAR: tuple[PhotoCode, str] = (
    "face_unclear",
    "The face can't be seen well. Face the light and keep your hands and hair off your face.",
)


@dataclass(frozen=True, slots=True)
class FaceTemplate:
    """embedding: 128 numbers describing a face; model: the name of the network they came from,
    only templates of one model compare; face: where the face was, in pixels of the decoded
    photo."""

    embedding: tuple[float, ...]
    model: str
    face: Box


class PhotoRejected(ValueError):
    """A photo that shows no single, usable face. code: machine-readable; the text says what to
    do about it."""

    def __init__(self, code: PhotoCode, detail: str) -> None:
        super().__init__(detail)
        self.code: PhotoCode = code
        self.detail = detail


def unfit(why: str) -> PhotoRejected:
    """Say what to do about a face that nobody could be known by; ``why``: the description's."""
    return PhotoRejected(*_UNFIT.get(why, _UNCLEAR))


def only_face(observation: Observation) -> Face:
    """Give the one face of a photo that was observed with the face detector.

    Raises PhotoRejected: for the picture's quality first, as it explains why a face is missing.
    """
    if observation.quality.problem is not None:
        code, detail = _PROBLEMS[observation.quality.problem]
        raise PhotoRejected(code, detail)
    faces = [face for face in observation.faces or () if face.score >= FACE_SCORE]
    if not faces:
        raise PhotoRejected("no_face", "No face was found. Look straight into the camera.")
    if len(faces) > 1:
        raise PhotoRejected(
            "several_faces", f"{len(faces)} faces were found. Only you may be in the photo."
        )
    (face,) = faces
    if min(face.box.width_px, face.box.height_px) < MIN_FACE_PX:
        raise PhotoRejected("face_too_small", "The face is too small. Come nearer to the camera.")
    return face
