"""From an observation to one score per rule: 0 (surely not) to 1 (surely), None for unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Observation
from proctor_app.vision.rules import FROZEN_AFTER_S

PHONE = "cell phone"
FACE_SCORE = 0.5
"""A face detected at this score or above is counted as one."""


@dataclass(frozen=True, slots=True)
class Sample:
    """score: None where the picture allows no judgement. detail: what was seen, in a word.
    since_s: when it began, where that is known to be earlier than the sample itself."""

    score: float | None
    detail: str = ""
    since_s: float | None = None


UNKNOWN = Sample(None)
FaceCount = Literal["none", "one", "several", "unknown"]
Samples = Mapping[EventType, Sample]


@dataclass(frozen=True, slots=True)
class PictureMemory:
    """The last picture's digest and when it was first seen: enough to notice a frozen camera."""

    digest: bytes = b""
    since_s: float = 0.0


def read(
    observation: Observation, memory: PictureMemory, now_s: float
) -> tuple[Samples, PictureMemory]:
    """Judge one observation. While the picture itself can't be judged, the other rules rest."""
    if observation.quality.digest != memory.digest:
        memory = PictureMemory(observation.quality.digest, now_s)
    quality = _quality(observation, memory, now_s)
    samples = {EventType.FRAME_QUALITY_LOW: quality, EventType.MONITORING_GAP: Sample(0.0)}
    if quality.score:
        rest = (EventType.FACE_ABSENT, EventType.MULTIPLE_FACES, EventType.PHONE)
        return samples | dict.fromkeys(rest, UNKNOWN), memory
    return samples | _faces(observation) | {EventType.PHONE: _phone(observation)}, memory


def face_visible(samples: Samples) -> bool | None:
    """Tell whether a face was in the picture; None where it could not be judged."""
    score = samples[EventType.FACE_ABSENT].score
    return None if score is None else score < FACE_SCORE


def face_count(samples: Samples) -> FaceCount:
    """Say in a word how many faces the sample shows."""
    visible = face_visible(samples)
    if not visible:
        return "unknown" if visible is None else "none"
    second = samples[EventType.MULTIPLE_FACES].score
    return "several" if second is not None and second >= FACE_SCORE else "one"


def _quality(observation: Observation, memory: PictureMemory, now_s: float) -> Sample:
    if observation.quality.problem is not None:
        return Sample(1.0, observation.quality.problem.value)
    if now_s - memory.since_s >= FROZEN_AFTER_S:
        return Sample(1.0, "frozen", since_s=memory.since_s)
    return Sample(0.0)


def _faces(observation: Observation) -> dict[EventType, Sample]:
    if observation.faces is None:
        return {EventType.FACE_ABSENT: UNKNOWN, EventType.MULTIPLE_FACES: UNKNOWN}
    scores = sorted((face.score for face in observation.faces), reverse=True)
    best, second = [*scores, 0.0, 0.0][:2]
    count = sum(score >= FACE_SCORE for score in scores)
    return {
        EventType.FACE_ABSENT: Sample(1.0 - best),
        EventType.MULTIPLE_FACES: Sample(second, f"{count} faces" if count > 1 else ""),
    }


def _phone(observation: Observation) -> Sample:
    if observation.objects is None:
        return UNKNOWN
    return Sample(max((o.score for o in observation.objects if o.label == PHONE), default=0.0))
