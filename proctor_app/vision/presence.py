"""How much of the monitored time a face was in the picture."""

from dataclasses import dataclass

MAX_STEP_S = 2.5
"""The longest time one judgement stands for; beyond it the time counts as not monitored."""


@dataclass(frozen=True, slots=True)
class Presence:
    """monitored_s: seconds in which the picture could be judged; face_s: those with a face."""

    monitored_s: float = 0.0
    face_s: float = 0.0

    @property
    def rate(self) -> float | None:
        return None if self.monitored_s <= 0 else min(1.0, self.face_s / self.monitored_s)


def count(presence: Presence, face_visible: bool | None, elapsed_s: float) -> Presence:
    """Add the time since the last observation; unknown time is left out of both sums."""
    if face_visible is None or elapsed_s <= 0:
        return presence
    step_s = min(elapsed_s, MAX_STEP_S)
    return Presence(presence.monitored_s + step_s, presence.face_s + step_s * face_visible)
