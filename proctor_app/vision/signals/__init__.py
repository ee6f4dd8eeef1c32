"""From an observation to one sample per rule.

Each module reads what it knows, pure: observation, its own memory, the candidate's profile and the
time come in; samples and the new memory go out. A rule without a sample stays unknown.
"""

from dataclasses import dataclass, field

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Observation
from proctor_app.vision.profile import Profile
from proctor_app.vision.signals import faces, objects, picture
from proctor_app.vision.signals.faces import FACE_SCORE, FaceCount, face_count, face_visible
from proctor_app.vision.signals.picture import PictureMemory
from proctor_app.vision.signals.sample import UNKNOWN, Sample, Samples

__all__ = [
    "FACE_SCORE",
    "UNKNOWN",
    "FaceCount",
    "Memory",
    "Sample",
    "Samples",
    "face_count",
    "face_visible",
    "read",
]


@dataclass(frozen=True, slots=True)
class Memory:
    """What the signals remember of one attempt's stream."""

    picture: PictureMemory = field(default_factory=PictureMemory)


def read(
    observation: Observation, memory: Memory, profile: Profile, now_s: float
) -> tuple[Samples, Memory]:
    """Judge one observation. While the picture itself can't be judged, the other rules rest."""
    seen, picture_memory = picture.read(observation, memory.picture, now_s)
    memory = Memory(picture_memory)
    samples = {**seen, EventType.MONITORING_GAP: Sample(0.0)}
    if picture.judgeable(seen):
        samples |= {**faces.read(observation), **objects.read(observation)}
    return {kind: s for kind, s in samples.items() if kind not in profile.off}, memory
