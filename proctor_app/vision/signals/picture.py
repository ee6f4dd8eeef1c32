"""Whether the picture itself can be judged, and whether it is a live one at all."""

from dataclasses import dataclass

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Observation, QualityProblem
from proctor_app.vision.signals.sample import Sample, Samples

FROZEN_AFTER_S = 10.0
"""Pictures equal in every pixel for this long are no live camera: sensors always add noise."""


@dataclass(frozen=True, slots=True)
class PictureMemory:
    """The last picture's digest and when it was first seen: enough to notice a frozen camera."""

    digest: bytes = b""
    since_s: float = 0.0


def read(
    observation: Observation, memory: PictureMemory, now_s: float
) -> tuple[Samples, PictureMemory]:
    """Judge camera_blocked and frame_quality_low."""
    if observation.quality.digest != memory.digest:
        memory = PictureMemory(observation.quality.digest, now_s)
    problem = observation.quality.problem
    blocked = Sample(1.0 if problem is QualityProblem.BLOCKED else 0.0)
    low = Sample(0.0)
    if problem is not None and problem is not QualityProblem.BLOCKED:
        low = Sample(1.0, problem.value)
    elif problem is None and now_s - memory.since_s >= FROZEN_AFTER_S:
        low = Sample(1.0, "frozen", since_s=memory.since_s)
    return {EventType.CAMERA_BLOCKED: blocked, EventType.FRAME_QUALITY_LOW: low}, memory


def judgeable(samples: Samples) -> bool:
    """Tell whether the other signals may look at this picture."""
    rests = (EventType.CAMERA_BLOCKED, EventType.FRAME_QUALITY_LOW)
    return not any(samples[kind].score for kind in rests)
