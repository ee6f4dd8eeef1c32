"""What every signal speaks: one score, or that it is not known."""

from collections.abc import Mapping
from dataclasses import dataclass

from proctor_app.domain.incident import EventType


@dataclass(frozen=True, slots=True)
class Sample:
    """score: 0 (surely not) to 1 (surely), None where the picture allows no judgement. detail:
    what was seen, in a word. since_s: when it began, where that is known to be earlier than the
    sample itself."""

    score: float | None
    detail: str = ""
    since_s: float | None = None


UNKNOWN = Sample(None)
Samples = Mapping[EventType, Sample]
