"""Whether the mouth moves as in speech: it opens and closes again and again.

Sources: the syllables of speech open and close the mouth 2 to 7 times a second (Chandrasekaran et
al., The natural statistics of audiovisual speech, 2009), a yawn and a smile once. At 4 frames a
second single syllables are missed, but not that the mouth stands differently each time.
"""

from dataclasses import dataclass, replace

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import FaceMesh, Observation
from proctor_app.vision.signals.sample import UNKNOWN, Sample, Samples

_SWING = 0.03
"""In shares of the face's height, about 5 mm; a mouth at rest stayed within 0.01."""
_WIDE = 0.19
"""Speech stayed below 0.18; yawns and cries go beyond, and their swings do not count."""
_SMILE_OPENS = 0.08
"""A full smile parts the lips by this much without a word."""
_WINDOW_S = 4.0
_LONGEST_PAUSE_S = 1.5
_LONGEST_PARTED_S = 2.5
"""While the lips stay parted a speaker has not finished; two frames a second miss syllables."""
_PER_SWING = 0.2
"""Three swings are enough to begin with: a yawn, a smile, a cough have two."""
_LOST_FOR_S = 2.0
_LEAST_FACE_PX = 64.0
"""In a smaller face a swing is about two pixels: sensor noise moved the lips as far."""


@dataclass(frozen=True, slots=True)
class MouthMemory:
    """extreme: the furthest the mouth went since the last swing. rising: whether that was an
    opening; wide: one beyond speech. swings_s: when, within the window. began_s: the first swing
    of the present run."""

    extreme: float = 0.0
    rising: bool = False
    wide: bool = False
    swings_s: tuple[float, ...] = ()
    began_s: float = 0.0
    seen_s: float = float("-inf")


def read(
    observation: Observation, memory: MouthMemory, now_s: float
) -> tuple[Samples, MouthMemory]:
    """Judge mouth_movement; it is known to have begun with the first swing of the run."""
    if observation.mesh is None or observation.mesh.box.width_px < _LEAST_FACE_PX:
        return {EventType.MOUTH_MOVEMENT: UNKNOWN}, memory
    opening = _opening(observation.mesh)
    if now_s - memory.seen_s > _LOST_FOR_S:
        memory = MouthMemory(extreme=opening, seen_s=now_s)
    memory = _follow(memory, opening, now_s)
    recent = tuple(at_s for at_s in memory.swings_s if now_s - at_s <= _WINDOW_S)
    longest_s = _LONGEST_PARTED_S if opening >= _SWING else _LONGEST_PAUSE_S
    if recent and now_s - recent[-1] > longest_s:
        recent = ()
    memory = replace(memory, swings_s=recent, seen_s=now_s)
    score = min(1.0, len(recent) * _PER_SWING)
    since_s = memory.began_s if recent else None
    return {EventType.MOUTH_MOVEMENT: Sample(score, since_s=since_s)}, memory


def _opening(mesh: FaceMesh) -> float:
    return max(0.0, mesh.mouth_opening - _SMILE_OPENS * mesh.smile)


def _follow(memory: MouthMemory, opening: float, now_s: float) -> MouthMemory:
    """Follow the mouth from one extreme to the next; a swing is a way of at least _SWING."""
    if memory.rising:
        if opening >= memory.extreme:
            return _widen(replace(memory, extreme=opening))
        if memory.extreme - opening < _SWING:
            return memory
        turned = replace(memory, extreme=opening, rising=False, wide=False)
        return turned if memory.wide else _swing(turned, now_s)
    if opening <= memory.extreme:
        return replace(memory, extreme=opening)
    if opening - memory.extreme < _SWING:
        return memory
    return _widen(_swing(replace(memory, extreme=opening, rising=True), now_s))


def _swing(memory: MouthMemory, now_s: float) -> MouthMemory:
    began_s = memory.began_s if memory.swings_s else now_s
    return replace(memory, swings_s=(*memory.swings_s, now_s), began_s=began_s)


def _widen(memory: MouthMemory) -> MouthMemory:
    """Take back the swing of an opening that turns out too wide for speech."""
    if memory.wide or memory.extreme <= _WIDE:
        return memory
    return replace(memory, wide=True, swings_s=memory.swings_s[:-1])
