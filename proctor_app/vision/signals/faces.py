"""Whether a face is there, and how many."""

from typing import Literal

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Observation
from proctor_app.vision.signals.sample import UNKNOWN, Sample, Samples

FACE_SCORE = 0.5
"""A face detected at this score or above is counted as one."""
FaceCount = Literal["none", "one", "several", "unknown"]


def read(observation: Observation) -> Samples:
    """Judge face_absent and multiple_faces."""
    if observation.faces is None:
        return {EventType.FACE_ABSENT: UNKNOWN, EventType.MULTIPLE_FACES: UNKNOWN}
    scores = sorted((face.score for face in observation.faces), reverse=True)
    best, second = [*scores, 0.0, 0.0][:2]
    count = sum(score >= FACE_SCORE for score in scores)
    return {
        EventType.FACE_ABSENT: Sample(1.0 - best),
        EventType.MULTIPLE_FACES: Sample(second, f"{count} faces" if count > 1 else ""),
    }


def face_visible(samples: Samples) -> bool | None:
    """Tell whether a face was in the picture; None where it could not be judged."""
    score = samples.get(EventType.FACE_ABSENT, UNKNOWN).score
    return None if score is None else score < FACE_SCORE


def face_count(samples: Samples) -> FaceCount:
    """Say in a word how many faces the sample shows."""
    visible = face_visible(samples)
    if not visible:
        return "unknown" if visible is None else "none"
    second = samples.get(EventType.MULTIPLE_FACES, UNKNOWN).score
    return "several" if second is not None and second >= FACE_SCORE else "one"
