"""The port every caller of vision uses, whoever does the work behind it."""

from typing import Protocol

from proctor_app.vision.enrolment import FaceTemplate
from proctor_app.vision.frame import EncodedFrame
from proctor_app.vision.observation import Detector, Observation


class VisionEngine(Protocol):
    """Workers behind it are interchangeable: no state of any stream lives in them."""

    @property
    def ready(self) -> bool:
        """True once frames can be analysed; models load in the background after ``start``."""
        ...

    @property
    def models(self) -> str:
        """Names and versions of the models, as stored with an incident."""
        ...

    async def start(self) -> None:
        """Load every worker's models and warm them up; raises ModelsMissing."""
        ...

    async def observe(self, frame: EncodedFrame, detectors: frozenset[Detector]) -> Observation:
        """Run the detectors on one frame. Raises FrameRejected where it can't be decoded."""
        ...

    async def describe_face(self, photo: EncodedFrame) -> FaceTemplate:
        """Describe the one face of an enrolment photo. Raises FrameRejected or PhotoRejected."""
        ...

    async def close(self) -> None:
        """Let the models go; later calls fail."""
        ...
