"""What is known of one candidate before the first frame: calibration, enrolment, allowances."""

from dataclasses import dataclass

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Gaze, HeadPose


@dataclass(frozen=True, slots=True)
class Neutral:
    """How this candidate sits and looks when all is well."""

    pose: HeadPose
    gaze: Gaze | None


@dataclass(frozen=True, slots=True)
class Profile:
    """neutral: from the calibration step; None: taken from the stream's first seconds.
    enrolled: the account's face templates (128 numbers each), empty where there is none.
    forbidden: COCO names of things that may not be on the desk. off: rules switched off."""

    neutral: Neutral | None = None
    enrolled: tuple[tuple[float, ...], ...] = ()
    forbidden: frozenset[str] = frozenset({"book", "laptop"})
    off: frozenset[EventType] = frozenset()


ANYBODY = Profile()
