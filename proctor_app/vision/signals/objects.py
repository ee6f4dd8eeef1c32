"""Things and bodies: phones, forbidden things on the desk, somebody in the background."""

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Observation
from proctor_app.vision.signals.sample import UNKNOWN, Sample, Samples

PHONE = "cell phone"


def read(observation: Observation) -> Samples:
    """Judge phone."""
    if observation.objects is None:
        return {EventType.PHONE: UNKNOWN}
    best = max((o.score for o in observation.objects if o.label == PHONE), default=0.0)
    return {EventType.PHONE: Sample(best)}
