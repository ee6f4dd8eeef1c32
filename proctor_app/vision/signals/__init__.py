"""From an observation to one sample per rule.

Each module reads what it knows, pure: observation, its own memory, the candidate's profile and the
time come in; samples and the new memory go out. A rule without a sample stays unknown.
"""

from dataclasses import dataclass, field, replace

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Detector, Observation
from proctor_app.vision.profile import Profile
from proctor_app.vision.schedule import Wishes
from proctor_app.vision.signals import (
    calibration,
    candidate,
    eyes,
    faces,
    gaze,
    hands,
    head,
    identity,
    liveness,
    mouth,
    objects,
    picture,
    position,
)
from proctor_app.vision.signals.calibration import CalibrationMemory
from proctor_app.vision.signals.candidate import CandidateMemory
from proctor_app.vision.signals.faces import FACE_SCORE, FaceCount, face_count, face_visible
from proctor_app.vision.signals.hands import HandsMemory
from proctor_app.vision.signals.head import HeadMemory
from proctor_app.vision.signals.identity import IdentityMemory
from proctor_app.vision.signals.liveness import LivenessMemory
from proctor_app.vision.signals.mouth import MouthMemory
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
    "wishes",
]


_OF_THINGS = frozenset({EventType.PHONE, EventType.FORBIDDEN_OBJECT, EventType.BACKGROUND_PERSON})


@dataclass(frozen=True, slots=True)
class Memory:
    """What the signals remember of one attempt's stream."""

    picture: PictureMemory = field(default_factory=PictureMemory)
    candidate: CandidateMemory = field(default_factory=CandidateMemory)
    calibration: CalibrationMemory = field(default_factory=CalibrationMemory)
    head: HeadMemory = field(default_factory=HeadMemory)
    mouth: MouthMemory = field(default_factory=MouthMemory)
    hands: HandsMemory = field(default_factory=HandsMemory)
    identity: IdentityMemory = field(default_factory=IdentityMemory)
    liveness: LivenessMemory = field(default_factory=LivenessMemory)


def read(
    observation: Observation, memory: Memory, profile: Profile, now_s: float
) -> tuple[Samples, Memory]:
    """Judge one observation. While the picture itself can't be judged, the other rules rest, all
    but liveness: a picture that stands still is just what it looks for."""
    seen, picture_memory = picture.read(observation, memory.picture, now_s)
    memory = replace(memory, picture=picture_memory)
    samples = {**seen, EventType.MONITORING_GAP: Sample(0.0)}
    if picture.judgeable(seen):
        samples |= {**faces.read(observation), **objects.read(observation, profile)}
        landmarks, memory = _read_landmarks(observation, memory, profile, now_s)
        samples |= landmarks
        shown, hands_memory = hands.read(observation, memory.hands, now_s)
        known, identity_memory = identity.read(observation, memory.identity, profile, now_s)
        memory = replace(memory, hands=hands_memory, identity=identity_memory)
        samples |= {**shown, **known}
    alive, liveness_memory = liveness.read(observation, memory.liveness, now_s)
    memory = replace(memory, liveness=liveness_memory)
    samples |= alive
    return {kind: s for kind, s in samples.items() if kind not in profile.off}, memory


def wishes(memory: Memory, profile: Profile, now_s: float) -> Wishes:
    """Say which detectors the signals want ahead of their turn, and which nobody needs."""
    at_once = hands.wishes(memory.hands, now_s)
    at_once |= identity.wishes(memory.identity, profile, now_s)
    idle = set()
    if not profile.enrolled or EventType.IDENTITY_MISMATCH in profile.off:
        idle.add(Detector.IDENTITY)
    if EventType.HAND_GESTURE in profile.off:
        idle.add(Detector.HANDS)
    if profile.off >= _OF_THINGS:
        idle.add(Detector.OBJECTS)
    return Wishes(at_once, frozenset(idle))


def _read_landmarks(
    observation: Observation, memory: Memory, profile: Profile, now_s: float
) -> tuple[Samples, Memory]:
    """Judge what a face's landmarks tell: head, gaze, eyes, mouth, and where the face is."""
    observation, candidate_memory = candidate.read(observation, memory.candidate, now_s)
    calibrated = calibration.read(observation, memory.calibration, now_s)
    neutral = calibration.known(calibrated, profile)
    turned, head_memory = head.read(observation, memory.head, neutral, now_s)
    moved, mouth_memory = mouth.read(observation, memory.mouth, now_s)
    still = {
        **gaze.read(observation, neutral),
        **eyes.read(observation),
        **position.read(observation),
    }
    memory = replace(
        memory,
        candidate=candidate_memory,
        calibration=calibrated,
        head=head_memory,
        mouth=mouth_memory,
    )
    return {**turned, **moved, **still}, memory
