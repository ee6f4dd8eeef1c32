"""Whether the eyes stay closed."""

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Observation
from proctor_app.vision.signals.sample import UNKNOWN, Sample, Samples


def read(observation: Observation) -> Samples:
    """Judge eyes_closed; unknown where the eyes are not seen, or closed and looking down look
    alike."""
    mesh = observation.mesh
    if mesh is None or mesh.eyes_closed is None:
        return {EventType.EYES_CLOSED: UNKNOWN}
    return {EventType.EYES_CLOSED: Sample(mesh.eyes_closed)}
